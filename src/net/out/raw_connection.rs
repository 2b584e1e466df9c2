//! A connection whose bytes are written by hand, for requests that a well-behaved client never makes: in two halves with
//! a pause between them, broken off in the middle, or with header names in another letter case.

use std::io::ErrorKind;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net::byte_stream::ByteStream;
use crate::net::out::post_error::{Breakage, PostError};

/// The most bytes that are read in search of a status.
const MOST: usize = 64 << 10;

/// An open connection. Dropping it hangs up.
pub struct RawConnection {
    stream: Box<dyn ByteStream>,
    authority: String,
}

impl RawConnection {
    pub(crate) fn new(stream: Box<dyn ByteStream>, authority: &str) -> Self {
        Self { stream, authority: authority.to_owned() }
    }

    /// Writes bytes as they are, and sees to it that they go out.
    ///
    /// # Errors
    ///
    /// [`PostError::Broken`] when the other side has hung up.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), PostError> {
        self.stream.write_all(bytes).await.map_err(|error| self.broken(error.kind()))?;
        self.stream.flush().await.map_err(|error| self.broken(error.kind()))
    }

    /// Reads the status of the answer; interim ones (1xx) are passed over.
    ///
    /// # Errors
    ///
    /// [`PostError::Broken`] when the other side hangs up before, or does not speak HTTP.
    pub async fn status(&mut self) -> Result<StatusCode, PostError> {
        let mut read = Vec::new();
        loop {
            let mut piece = [0; 1024];
            let count = self.stream.read(&mut piece).await.map_err(|error| self.broken(error.kind()))?;
            read.extend_from_slice(piece.get(..count).unwrap_or_default());
            match final_status(&read) {
                Some(Ok(status)) => return Ok(status),
                Some(Err(())) => return Err(self.broken(ErrorKind::InvalidData)),
                None if count == 0 || read.len() > MOST => return Err(self.broken(ErrorKind::UnexpectedEof)),
                None => {}
            }
        }
    }

    fn broken(&self, kind: ErrorKind) -> PostError {
        let problem = match kind {
            ErrorKind::ConnectionReset => Breakage::Reset,
            ErrorKind::InvalidData => Breakage::NotHttp,
            _ => Breakage::Closed,
        };
        PostError::Broken { target: self.authority.clone(), problem }
    }
}

impl std::fmt::Debug for RawConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawConnection").field("authority", &self.authority).finish_non_exhaustive()
    }
}

/// The first status in `read` that is final; nothing while more has to come, an error where no status can be.
fn final_status(read: &[u8]) -> Option<Result<StatusCode, ()>> {
    let text = String::from_utf8_lossy(read);
    let mut rest: &str = &text;
    loop {
        let (line, _) = rest.split_once("\r\n")?;
        let Some(status) = status_of(line) else { return Some(Err(())) };
        if !status.is_informational() {
            return Some(Ok(status));
        }
        rest = rest.split_once("\r\n\r\n")?.1;
    }
}

fn status_of(line: &str) -> Option<StatusCode> {
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::final_status;

    #[test]
    fn a_status_is_read_as_soon_as_its_line_is_there() {
        assert_eq!(final_status(b"HTTP/1.1 204"), None);
        assert_eq!(final_status(b"HTTP/1.1 204 No Content\r\n"), Some(Ok(StatusCode::NO_CONTENT)));
    }

    #[test]
    fn interim_answers_are_passed_over() {
        assert_eq!(final_status(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
        let read = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\n";
        assert_eq!(final_status(read), Some(Ok(StatusCode::UNAUTHORIZED)));
    }

    #[test]
    fn what_is_no_http_has_no_status() {
        assert_eq!(final_status(b"SSH-2.0-OpenSSH\r\n"), Some(Err(())));
    }
}
