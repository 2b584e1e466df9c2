//! Reading what a command is given to work on.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;

use crate::error::Error;

/// The most that is read: far beyond any event, and an endless file must end somewhere.
const MOST: u64 = 64 << 20;

/// The bytes of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Bytes, Error> {
    let read = if path == Path::new("-") { read_within(io::stdin()) } else { File::open(path).and_then(read_within) };
    read.map(Bytes::from).map_err(|source| Error::Input { path: path.to_owned(), source })
}

fn read_within(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(bytes)
}
