//! Magic Hour's REST API, as a client calls it: what starts jobs, reports on them, and takes and gives their files.

mod api;
mod download;
mod error;
mod upload;

pub use api::{Accepted, Account, Api, details_path};
pub use download::{FetchError, Fetched, Save};
pub use error::{ApiCall, ApiError};
pub use upload::UploadError;
