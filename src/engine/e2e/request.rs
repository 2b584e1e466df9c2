//! What is to be submitted.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::model::Kind;
use crate::model::contract::path::Path;
use crate::model::tools::Tool;

/// One job to submit.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// What it makes, and so which events tell of it.
    pub kind: Kind,
    pub tool: &'static Tool,
    /// The body of the create call, but for what is uploaded first.
    pub body: Value,
    /// The files to upload, and where each is named in the body.
    pub uploads: Vec<UploadRequest>,
    /// What it will probably cost, in credits; rather too much than too little.
    pub estimate: u64,
    /// What it will cost at least.
    pub least: u64,
    /// How long the job may take.
    pub timeout: Duration,
}

/// A file to upload.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// Where the body names it.
    pub field: Path,
    pub file: PathBuf,
    /// What sort of asset it is.
    pub kind: Kind,
    /// Its extension, without the dot and in lower case.
    pub extension: String,
}
