//! Every operation of the API.

use http::Method;

use crate::model::contract::event::Kind;
use crate::model::tools::field::ValueShape::{Extension, Object, OneOf};
use crate::model::tools::field::{RequestField, list, need};
use crate::model::tools::lookup::tools;
use crate::model::tools::tool::Tool;

/// An operation: a method on a path, and what it does.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    /// The path, with `{id}` in place of an id.
    pub path: &'static str,
    pub action: OperationAction,
}

/// Effect of an operation.
#[derive(Clone, Copy, Debug)]
pub enum OperationAction {
    /// Starts a job of a tool.
    Create(&'static Tool),
    /// Returns a project with its status.
    Details(Kind),
    /// Deletes a project.
    Delete(Kind),
    /// Returns a face detection with its status.
    Faces,
    /// Hands out URLs to upload files to.
    UploadUrls,
    /// Tells of the account and its credits.
    Account,
    /// Lists the account's saved items.
    SavedItems,
}

/// Fields of a request for upload URLs.
pub static UPLOAD_URLS: [RequestField; 4] = [
    need("items", list(1, usize::MAX)),
    need("items[]", Object),
    need("items[].type", OneOf(&["video", "audio", "image"])),
    need("items[].extension", Extension),
];

#[rustfmt::skip]
static WITHOUT_A_JOB: [Operation; 10] = [
    operation(Method::POST,   "/v1/files/upload-urls",   OperationAction::UploadUrls),
    operation(Method::GET,    "/v1/face-detection/{id}", OperationAction::Faces),
    operation(Method::GET,    "/v1/video-projects/{id}", OperationAction::Details(Kind::Video)),
    operation(Method::DELETE, "/v1/video-projects/{id}", OperationAction::Delete(Kind::Video)),
    operation(Method::GET,    "/v1/image-projects/{id}", OperationAction::Details(Kind::Image)),
    operation(Method::DELETE, "/v1/image-projects/{id}", OperationAction::Delete(Kind::Image)),
    operation(Method::GET,    "/v1/audio-projects/{id}", OperationAction::Details(Kind::Audio)),
    operation(Method::DELETE, "/v1/audio-projects/{id}", OperationAction::Delete(Kind::Audio)),
    operation(Method::GET,    "/v1/account",             OperationAction::Account),
    operation(Method::GET,    "/v1/saved-items",         OperationAction::SavedItems),
];

/// All operations: those of the published specification, and those that only newer SDKs know.
pub fn operations() -> impl Iterator<Item = Operation> {
    let creates = tools().map(|tool| operation(Method::POST, tool.path, OperationAction::Create(tool)));
    WITHOUT_A_JOB.iter().cloned().chain(creates)
}

const fn operation(method: Method, path: &'static str, action: OperationAction) -> Operation {
    Operation { method, path, action }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::operations;

    #[test]
    fn there_are_thirty_six_of_the_specification_and_six_newer_ones() {
        let names: HashSet<(String, &str)> = operations().map(|o| (o.method.to_string(), o.path)).collect();
        assert_eq!((operations().count(), names.len()), (42, 42));
    }
}
