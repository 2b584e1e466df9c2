//! Reading what a command is given to work on.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;

use crate::error::Error;

/// The bytes of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Bytes, Error> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    read.map(Bytes::from).map_err(|source| Error::Input { path: path.to_owned(), source })
}
