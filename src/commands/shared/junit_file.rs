//! The file of a `--junit` option.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::output::junit::TestSuite;
use crate::store::io_message::reason;

/// A report that will be written: opened before the work begins, so that work is not done for nothing.
pub(crate) struct JunitFile {
    path: PathBuf,
    file: File,
}

impl JunitFile {
    /// Opens the file, if one was named; what was in it is gone.
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Self>, Error> {
        let open = |path: &Path| match File::create(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(error) => Err(refused(path, &error)),
        };
        path.map(open).transpose()
    }

    /// Writes the report.
    pub(crate) fn write(mut self, suite: &TestSuite) -> Result<(), Error> {
        self.file.write_all(suite.to_xml().as_bytes()).map_err(|error| refused(&self.path, &error))
    }
}

fn refused(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("cannot write {}: {}", path.display(), reason(error));
    Error::usage(message, "--junit takes a file in a folder that exists")
}
