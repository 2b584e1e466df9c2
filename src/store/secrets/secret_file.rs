//! Secrets that the user hands over in a file or through stdin.

use crate::model::Secret;
use crate::store::io_message::reason;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// No secret is longer than this, so `--secret-file /dev/zero` ends too.
const LIMIT: u64 = 64 * 1024;

/// A file that yields no secret. Its content is never shown.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file could not be opened or read.
    #[error("cannot read the secret from {place}: {}", reason(error))]
    Unreadable {
        /// The file, or stdin.
        place: String,
        /// Error of the operating system.
        error: io::Error,
    },
    /// There is nothing in it, or nothing but a line end.
    #[error("cannot read the secret from {place}: it is empty")]
    Empty {
        /// The file, or stdin.
        place: String,
    },
    /// It is not text.
    #[error("cannot read the secret from {place}: it is not UTF-8")]
    NotUtf8 {
        /// The file, or stdin.
        place: String,
    },
    /// It is longer than 64 KiB.
    #[error("cannot read the secret from {place}: it is longer than 64 KiB")]
    TooLong {
        /// The file, or stdin.
        place: String,
    },
}

impl SecretFileError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        Some("the file holds the secret alone, as text; `-` reads it from stdin".to_owned())
    }
}

/// Reads a secret from a file, or from `stdin` when the path is `-`.
///
/// One line end at the end is dropped, since editors and `echo` add it; everything else is kept as it is.
///
/// # Errors
///
/// When the file cannot be read, is empty, is not UTF-8, or is longer than 64 KiB.
pub fn read_secret(path: &Path, stdin: impl Read) -> Result<Secret, SecretFileError> {
    if path == Path::new("-") {
        return read(stdin, "stdin".to_owned());
    }
    let place = path.display().to_string();
    match File::open(path) {
        Ok(file) => read(file, place),
        Err(error) => Err(SecretFileError::Unreadable { place, error }),
    }
}

fn read(source: impl Read, place: String) -> Result<Secret, SecretFileError> {
    let mut bytes = Vec::new();
    if let Err(error) = source.take(LIMIT + 1).read_to_end(&mut bytes) {
        return Err(SecretFileError::Unreadable { place, error });
    }
    if bytes.len() as u64 > LIMIT {
        return Err(SecretFileError::TooLong { place });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(SecretFileError::NotUtf8 { place });
    };
    let text = without_line_end(&text);
    if text.is_empty() { Err(SecretFileError::Empty { place }) } else { Ok(Secret::new(text)) }
}

/// The text without the one line end (LF or CRLF) that may close it.
pub(crate) fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::read_secret;
    use std::io;
    use std::path::Path;

    fn from_stdin(bytes: &[u8]) -> Result<String, String> {
        read_secret(Path::new("-"), bytes).map(|secret| secret.expose().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn one_line_end_is_dropped_and_no_more() {
        for (given, kept) in
            [("s3", "s3"), ("s3\n", "s3"), ("s3\r\n", "s3"), ("s3\n\n", "s3\n"), (" s3 \n", " s3 "), ("s3\r", "s3\r")]
        {
            assert_eq!(from_stdin(given.as_bytes()), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn a_file_is_read_like_stdin() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "whsec_x\n").unwrap();
        assert_eq!(read_secret(&path, io::empty()).unwrap().expose(), "whsec_x");
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        assert_eq!(from_stdin(b""), Err("cannot read the secret from stdin: it is empty".into()));
        assert_eq!(from_stdin(b"\r\n"), Err("cannot read the secret from stdin: it is empty".into()));
        assert_eq!(from_stdin(b"hunter2\xff"), Err("cannot read the secret from stdin: it is not UTF-8".into()));
    }

    #[test]
    fn an_endless_source_ends() {
        let error = read_secret(Path::new("-"), io::repeat(b'x')).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the secret from stdin: it is longer than 64 KiB");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_secret(Path::new("/nowhere/secret"), io::empty()).unwrap_err();
        assert!(error.to_string().starts_with("cannot read the secret from /nowhere/secret: "), "{error}");
        assert!(error.hint().is_some());
    }
}
