//! Uploads: a URL is asked for, and the file goes there piece by piece, without the key.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
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
use url::Url;

use crate::engine::magic_hour::api::Api;
use crate::engine::magic_hour::error::{ApiCall, ApiError};
use crate::model::Kind;
use crate::net::connect::PostError;
use crate::store::reason::reason;

/// Where URLs to upload to are asked for.
const URLS: &str = "/v1/files/upload-urls";

/// How much of a file is read at once.
const PIECE: usize = 64 << 10;

/// How long a whole upload may take.
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
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The storage did not take it.
    #[error("the upload of {} was refused with {}", path.display(), status.as_u16())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The status.
        status: StatusCode,
    },
    /// The storage gave no answer.
    #[error("the upload of {} failed: {error}", path.display())]
    Unanswered {
        /// The file.
        path: PathBuf,
        /// Why.
        error: PostError,
    },
}

impl Api {
    /// Uploads a file as an asset of this kind; `moved` hears how many bytes are out by now. Returns what stands for the
    /// file in a create call.
    ///
    /// # Errors
    ///
    /// [`UploadError`].
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
        let (answer, read) = tokio::join!(self.web.send(request, LIMIT), feed(file, size, sender, moved));
        read.map_err(unreadable)?;
        let answer = answer.map_err(|error| UploadError::Unanswered { path: path.to_owned(), error })?;
        if !answer.status().is_success() {
            return Err(UploadError::Refused { path: path.to_owned(), status: answer.status() });
        }
        Ok(file_path)
    }

    async fn upload_url(&self, kind: Kind, extension: &str) -> Result<(Url, String), ApiError> {
        let wanted = json!({ "items": [{ "type": kind.as_str(), "extension": extension }] });
        let answer = self.tell(URLS, &wanted).await?;
        let item = answer.pointer("/items/0");
        let text = |key| item.and_then(|item| item.get(key)).and_then(Value::as_str);
        let url = text("upload_url").and_then(|url| Url::parse(url).ok()).filter(is_http);
        url.zip(text("file_path").map(str::to_owned)).ok_or_else(|| ApiError::Garbled {
            call: ApiCall { method: Method::POST, path: URLS.to_owned() },
            status: StatusCode::OK,
            problem: "it has no upload_url and file_path".to_owned(),
        })
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Reads a file into the channel, as fast as pieces are taken from it. It ends when nobody takes them any more.
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
        if pieces.send(piece.into()).await.is_err() {
            return Ok(());
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
            // Whoever read the file has given up.
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
