//! Secrets that the user hands over in a file or through stdin.

use crate::model::signing::secret_text::{CleanSecret, SecretTextError};
use crate::model::text::encoding::to_utf8;
use crate::model::text::io_message::reason;
use crate::store::input_file::{read_named, read_within};
use std::io::{self, Read};
use std::path::Path;

/// The most that is read, in bytes: no secret is longer.
const LIMIT: u64 = 64 * 1024;

/// A file that yields no secret. Its content is never shown.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file could not be opened or read.
    #[error("cannot read the secret from {place}: {}", reason(error))]
    Unreadable {
        /// The file, or stdin.
        place: String,
        error: io::Error,
    },
    /// It is not text.
    #[error("cannot read the secret from {place}: it is not UTF-8")]
    NotUtf8 {
        /// The file, or stdin.
        place: String,
    },
    /// Its text is no secret.
    #[error("cannot read the secret from {place}: {problem}")]
    Text {
        /// The file, or stdin.
        place: String,
        problem: SecretTextError,
    },
}

impl SecretFileError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Text { problem: SecretTextError::Assignments, .. } => {
                ".env is read by itself in the folder where it is; --secret-file takes a file with the secret alone"
            }
            _ => "the file holds the secret alone, as text; `-` reads it from stdin",
        };
        Some(hint.to_owned())
    }
}

/// Reads a secret from a file, or from `stdin` when the path is `-`.
pub fn read_secret(path: &Path, stdin: impl Read) -> Result<CleanSecret, SecretFileError> {
    let is_stdin = path == Path::new("-");
    let place = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let read = if is_stdin { read_within(stdin, LIMIT) } else { read_named(path, LIMIT) };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => return Err(SecretFileError::Unreadable { place, error }),
    };
    let Ok(text) = String::from_utf8(to_utf8(&bytes).into_owned()) else {
        return Err(SecretFileError::NotUtf8 { place });
    };
    CleanSecret::read(&text).map_err(|problem| SecretFileError::Text { place, problem })
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
        let read = read_secret(Path::new("-"), bytes);
        read.map(|clean| clean.secret.expose().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_line_end_of_editors_is_dropped() {
        for given in ["s3", "s3\n", "s3\r\n"] {
            assert_eq!(from_stdin(given.as_bytes()), Ok("s3".to_owned()));
        }
        assert_eq!(from_stdin(b"\xff\xfes\x003\x00\r\x00\n\x00"), Ok("s3".to_owned()));
    }

    #[test]
    fn a_file_is_read_like_stdin() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "whsec_x\n").unwrap();
        assert_eq!(read_secret(&path, io::empty()).unwrap().secret.expose(), "whsec_x");
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        assert_eq!(from_stdin(b""), Err("cannot read the secret from stdin: it is empty".into()));
        assert_eq!(from_stdin(b"\r\n"), Err("cannot read the secret from stdin: it is empty".into()));
        assert_eq!(
            from_stdin(b"PORT=1\nMAGIC_HOUR_WEBHOOK_SECRET=hunter2\n"),
            Err("cannot read the secret from stdin: it holds NAME=value lines, not the secret alone".into())
        );
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
