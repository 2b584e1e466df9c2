//! Job request.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::model::Kind;
use crate::model::contract::path::Path;
use crate::model::tools::Tool;

/// One job to submit.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// Kind of output, and so of its events.
    pub kind: Kind,
    pub tool: &'static Tool,
    /// The body of the create call, but for what is uploaded first.
    pub body: Value,
    /// The files to upload, and where each is named in the body.
    pub uploads: Vec<UploadRequest>,
    /// Probable cost in credits; rather too high than too low.
    pub estimate: u64,
    /// Least cost in credits.
    pub least: u64,
    /// Time limit of the job.
    pub timeout: Duration,
}

/// A file to upload.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// Path in the body that names it.
    pub field: Path,
    pub file: PathBuf,
    /// Kind of asset.
    pub kind: Kind,
    /// Its extension, without the dot and in lower case.
    pub extension: String,
}
