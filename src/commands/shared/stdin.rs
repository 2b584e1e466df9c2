//! Reading what a command is given to work on.

use std::io;
use std::path::Path;

use bytes::Bytes;

use crate::error::Error;
use crate::store::input_file::{read_named, read_within};

/// The most that is read: far beyond any event, and an endless file must end somewhere.
const MOST: u64 = 64 << 20;

/// The bytes of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Bytes, Error> {
    let read = if path == Path::new("-") { read_within(io::stdin(), MOST) } else { read_named(path, MOST) };
    read.map(Bytes::from).map_err(|source| Error::Input { path: path.to_owned(), source })
}
