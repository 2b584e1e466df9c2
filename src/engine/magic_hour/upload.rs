//! Uploads: a URL is asked for, and the file goes there piece by piece, without the key.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use reqwest::{Body, Request};
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::timeout;
use url::Url;

use crate::engine::magic_hour::api::Api;
use crate::engine::magic_hour::error::{ApiCall, ApiError, UPLOAD_URLS_PATH};
use crate::model::Kind;
use crate::model::loopback::is_loopback;
use crate::model::text::io_message::reason;
use crate::net::out::api_client::STANDSTILL;
use crate::net::out::post_error::PostError;

/// Bytes of a file that are read at once.
const PIECE: usize = 64 << 10;

/// Time limit of a whole upload.
const LIMIT: Duration = Duration::from_hours(1);

/// Why a file could not be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The API gave no URL to upload to.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The file cannot be read.
    #[error("cannot read {}: {}", path.display(), reason(source))]
    File {
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The storage did not take it.
    #[error("the upload of {} was refused with {}", path.display(), status.as_u16())]
    Refused { path: PathBuf, status: StatusCode },
    /// The storage gave no answer.
    #[error("the upload of {} failed: {error}", path.display())]
    Unanswered { path: PathBuf, error: PostError },
}

impl Api {
    /// Uploads a file as an asset of this kind; `moved` hears how many bytes are out by now. Returns the path of the
    /// file in a create call.
    pub async fn upload(
        &self,
        path: &Path,
        (kind, extension): (Kind, &str),
        moved: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<String, UploadError> {
        let unreadable = |source| UploadError::File { path: path.to_owned(), source };
        let file = File::open(path).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let (url, file_path) = self.upload_url(kind, extension).await?;
        let (sender, pieces) = mpsc::channel(4);
        let mut request = Request::new(Method::PUT, url);
        *request.body_mut() = Some(Body::wrap(Pieces { pieces, left: size }));
        let unanswered = |error| UploadError::Unanswered { path: path.to_owned(), error };
        let mut sending = pin!(self.web.send(request, LIMIT));
        // Storage that answers early has made up its mind: it reads no further, and nothing more is fed to it.
        let early = tokio::select! {
            answer = &mut sending => Some(answer),
            read = feed(file, size, sender, moved) => match read {
                Ok(()) => None,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    let target = in_short(path);
                    return Err(unanswered(PostError::TooSlow { target, after: STANDSTILL }));
                }
                Err(error) => return Err(unreadable(error)),
            },
        };
        let answer = match early {
            Some(answer) => answer,
            None => sending.await,
        };
        let answer = answer.map_err(unanswered)?;
        if !answer.status().is_success() {
            return Err(UploadError::Refused { path: path.to_owned(), status: answer.status() });
        }
        Ok(file_path)
    }

    async fn upload_url(&self, kind: Kind, extension: &str) -> Result<(Url, String), ApiError> {
        let wanted = json!({ "items": [{ "type": kind.as_str(), "extension": extension }] });
        let answer = self.post(UPLOAD_URLS_PATH, &wanted).await?;
        let item = answer.pointer("/items/0");
        let text = |key| item.and_then(|item| item.get(key)).and_then(Value::as_str);
        let url = text("upload_url").and_then(|url| Url::parse(url).ok()).filter(is_private);
        url.zip(text("file_path").map(str::to_owned)).ok_or_else(|| ApiError::Garbled {
            call: ApiCall { method: Method::POST, path: UPLOAD_URLS_PATH.to_owned() },
            status: StatusCode::OK,
            problem: "it has no upload_url that a file may go to, or no file_path".to_owned(),
        })
    }
}

/// Whether a file may go there: over https, or without leaving the machine.
fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

/// Name of the storage in messages; its host name means nothing to users.
fn in_short(path: &Path) -> String {
    format!("the storage for {}", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// Reads a file into the channel, as fast as pieces are taken from it. It ends when nobody takes them any more, and fails
/// when nobody does for too long.
async fn feed(
    mut file: File,
    size: u64,
    pieces: mpsc::Sender<Bytes>,
    moved: &(dyn Fn(u64) + Send + Sync),
) -> io::Result<()> {
    let mut done = 0;
    while done < size {
        let room = usize::try_from(size - done).map_or(PIECE, |left| left.min(PIECE));
        let mut piece = vec![0; room];
        let read = file.read(&mut piece).await?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read"));
        }
        piece.truncate(read);
        match timeout(STANDSTILL, pieces.send(piece.into())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ok(()),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
        done += read as u64;
        moved(done);
    }
    Ok(())
}

/// A body that comes from a channel and is of a known size.
struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(cx).map(|piece| match piece {
            Some(piece) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            // The reader of the file has given up.
            None if self.left > 0 => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
