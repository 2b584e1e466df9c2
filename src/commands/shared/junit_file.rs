//! The file of a `--junit` option: written whole at the end of the work, or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::error::Error;
use crate::model::text::io_message::reason;
use crate::output::junit::TestSuite;

/// A report that will be written. What it cannot be written to is refused before the work begins.
pub(crate) struct JunitFile {
    path: PathBuf,
    place: ReportPlace,
}

enum ReportPlace {
    /// A file beside the final one, which takes its name when it is complete.
    Beside(NamedTempFile),
    /// A device or a pipe, such as `/dev/stdout`.
    Direct,
}

impl JunitFile {
    /// Prepares the report, if a file was named. A report of an earlier run is removed: it says nothing about this one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Self>, Error> {
        path.map(|path| Self::prepare(path).map_err(|error| refused(path, &error))).transpose()
    }

    fn prepare(path: &Path) -> io::Result<Self> {
        // The report replaces the target of a link, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Err(io::Error::other("it is a directory")),
            Ok(metadata) if !metadata.is_file() => return Ok(Self { path, place: ReportPlace::Direct }),
            Ok(metadata) if metadata.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
            Ok(_) | Err(_) => {}
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = report_file().tempfile_in(directory)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Self { path, place: ReportPlace::Beside(beside) }),
        }
    }

    /// Writes the report.
    pub(crate) fn write(self, suite: &TestSuite) -> Result<(), Error> {
        let Self { path, place } = self;
        let xml = suite.to_xml();
        let written = match place {
            ReportPlace::Direct => fs::write(&path, xml),
            ReportPlace::Beside(mut file) => {
                file.write_all(xml.as_bytes()).and_then(|()| file.persist(&path).map(drop).map_err(|error| error.error))
            }
        };
        written.map_err(|error| refused(&path, &error))
    }
}

/// A file that others may read as the umask says, as reports of other tools are.
fn report_file() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".mh-hook-junit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder
}

fn refused(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot write {}: {}", path.display(), reason(error));
    Error::usage(message, "--junit takes a file in a folder that exists")
}

#[cfg(test)]
mod tests {
    use super::JunitFile;
    use crate::output::junit::TestSuite;
    use std::fs;

    #[test]
    fn a_report_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        fs::write(&path, "yesterday's").unwrap();
        let file = JunitFile::open(Some(&path)).unwrap().unwrap();
        assert!(!path.exists(), "no report of an earlier run is left");
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of a run without a report");
        let suite = TestSuite { name: "suite".to_owned(), cases: Vec::new() };
        JunitFile::open(Some(&path)).unwrap().unwrap().write(&suite).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), suite.to_xml());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("missing/report.xml")] {
            assert!(JunitFile::open(Some(&path)).is_err());
        }
    }
}
