//! Downloads: links are opened as anybody would who has them, without the key; what comes is looked at, and kept if that
//! was asked for.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::LOCATION;
use http::{Method, StatusCode};
use reqwest::Request;
use tempfile::{Builder, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::engine::magic_hour::api::Api;
use crate::model::loopback::may_be_loopback;
use crate::model::media::{extension_in, extension_of, sniff};
use crate::model::text::io_message::reason;
use crate::net::out::api_client::ApiResponse;
use crate::net::out::post_error::PostError;

/// Time for a server to begin its answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Redirects that are followed: storage behind a link may redirect.
const REDIRECTS: usize = 5;

/// The largest file that is fetched. A link that never ends must.
const LARGEST: u64 = 2 << 30;

/// Bytes of a file that show its type.
const SNIFFED: usize = 64;

/// A file that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    /// Its media type, by its first bytes.
    pub media_type: Option<&'static str>,
    /// Path of the kept file.
    pub saved: Option<PathBuf>,
}

/// Place to keep a file.
#[derive(Clone, Debug)]
pub struct Save<'a> {
    pub directory: &'a Path,
    /// The name without its extension, which the file's type decides.
    pub stem: String,
}

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The link is none, or points where it may not.
    #[error("the link {0}")]
    Link(&'static str),
    /// The server said no.
    #[error("answered {}", .0.as_u16())]
    Refused(StatusCode),
    /// No answer came.
    #[error(transparent)]
    Unanswered(#[from] PostError),
    /// Not all of it came.
    #[error("broke off after {bytes} bytes{}", stood_still(.error))]
    Cut { bytes: u64, error: PostError },
    /// It took too long.
    #[error("did not come within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// It is larger than any output.
    #[error("larger than {} GiB", LARGEST >> 30)]
    TooLarge,
    /// The file cannot be kept.
    #[error("cannot write {}: {}", path.display(), reason(source))]
    Disk {
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
}

fn stood_still(error: &PostError) -> String {
    match error {
        PostError::TooSlow { after, .. } => format!(", when nothing came for {} s", after.as_secs()),
        _ => String::new(),
    }
}

impl Api {
    /// Fetches a whole file; `moved` hears how many bytes have come, and how many there will be if that is known.
    pub async fn fetch(
        &self,
        link: &str,
        save: Option<Save<'_>>,
        moved: &(dyn Fn(u64, Option<u64>) + Send + Sync),
    ) -> Result<Fetched, FetchError> {
        let mut reply = self.open(link).await?;
        let total = reply.length();
        let mut draft = save.as_ref().map(|save| Draft::new(save.directory)).transpose()?;
        let (mut start, mut bytes) = (Vec::with_capacity(SNIFFED), 0);
        while let Some(piece) = reply.piece().await.map_err(|error| FetchError::Cut { bytes, error })? {
            let room = SNIFFED - start.len();
            start.extend_from_slice(piece.get(..room).unwrap_or(&piece));
            bytes += piece.len() as u64;
            if bytes > LARGEST {
                return Err(FetchError::TooLarge);
            }
            if let Some(draft) = draft.as_mut() {
                draft.write(&piece).await?;
            }
            moved(bytes, total);
        }
        let media_type = sniff(&start);
        let saved = match (draft, save) {
            (Some(draft), Some(save)) if bytes > 0 => {
                let extension = media_type.and_then(extension_of).or_else(|| extension_in(link).filter(is_plain));
                Some(draft.keep(&save, extension.unwrap_or("bin")).await?)
            }
            _ => None,
        };
        Ok(Fetched { bytes, media_type, saved })
    }

    /// Opens a link, also the target of a redirect; never to this machine unless the API is here too, nor away from
    /// https.
    async fn open(&self, link: &str) -> Result<ApiResponse, FetchError> {
        let mut url = Url::parse(link).map_err(|_| FetchError::Link("is not a URL"))?;
        let is_trap = |url: &Url| may_be_loopback(url) && !self.base().is_loopback();
        if is_trap(&url) {
            return Err(FetchError::Link("points to this machine, where Magic Hour is not"));
        }
        for _ in 0..=REDIRECTS {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(FetchError::Link("is neither http nor https"));
            }
            let reply = self.web.send(Request::new(Method::GET, url.clone()), LIMIT).await?;
            let next = reply.headers().get(LOCATION).and_then(|location| url.join(location.to_str().ok()?).ok());
            match (reply.status(), next) {
                (status, _) if status.is_success() => return Ok(reply),
                (status, Some(next)) if status.is_redirection() => {
                    let is_downgrade = url.scheme() == "https" && next.scheme() != "https";
                    if is_trap(&next) || is_downgrade {
                        return Err(FetchError::Link("is redirected to where it may not point"));
                    }
                    url = next;
                }
                (status, _) => return Err(FetchError::Refused(status)),
            }
        }
        Err(FetchError::Link("is redirected too often"))
    }
}

/// A received extension that can be part of a file's name.
fn is_plain(extension: &&str) -> bool {
    extension.len() <= 5 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A file that is not all there yet.
struct Draft {
    file: File,
    path: TempPath,
}

impl Draft {
    fn new(directory: &Path) -> Result<Self, FetchError> {
        let broken = |source| FetchError::Disk { path: directory.to_owned(), source };
        let mut builder = Builder::new();
        builder.prefix(".mh-");
        // Unlike other temporary files this one is to stay, and to be read as freely as any other.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let (file, path) = builder.tempfile_in(directory).map_err(broken)?.into_parts();
        Ok(Self { file: File::from_std(file), path })
    }

    async fn write(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(piece).await.map_err(|source| self.broken(source))
    }

    /// Gives the file its name; if another one has it, the next that is free.
    async fn keep(mut self, save: &Save<'_>, extension: &str) -> Result<PathBuf, FetchError> {
        const MOST_NAMES: u32 = 100;
        self.file.flush().await.map_err(|source| self.broken(source))?;
        let mut draft = self.path;
        for number in 1..=MOST_NAMES {
            let more = if number == 1 { String::new() } else { format!("-{number}") };
            let path = save.directory.join(format!("{}{more}.{extension}", save.stem));
            match draft.persist_noclobber(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => draft = error.path,
                Err(error) => return Err(FetchError::Disk { path, source: error.error }),
            }
        }
        let path = save.directory.join(&save.stem);
        Err(FetchError::Disk { path, source: io::ErrorKind::AlreadyExists.into() })
    }

    fn broken(&self, source: io::Error) -> FetchError {
        FetchError::Disk { path: self.path.to_path_buf(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn an_extension_that_is_no_name_is_not_used() {
        assert!(is_plain(&"mp4") && !is_plain(&"mp4/../x") && !is_plain(&"aVeryLongOne"));
    }
}
