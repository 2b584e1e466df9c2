//! Face detection: a task with another form of id, whose faces appear one after the other.

use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::job::machine::Job;
use crate::model::job::status::Status;

/// A face that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// Path that a face swap accepts for it; ends in `<frame>-<number>.png`.
    pub path: String,
    /// URL of its picture.
    pub url: String,
}

/// The answer of the details endpoint, with the faces that were found by now.
pub fn face_details(task: &Job, faces: &[Face]) -> Value {
    let status = match task.status() {
        // The endpoint's answer knows no canceled task.
        Status::Canceled => Status::Error,
        status => status,
    };
    json!({ "id": task.id, "credits_charged": task.credits_charged(), "status": status, "faces": faces })
}

/// A fresh id for a task: a random UUID.
pub fn task_id(rng: &mut Rng) -> String {
    const VERSION: u128 = 0x4 << 76;
    const VERSION_BITS: u128 = 0xf << 76;
    const VARIANT: u128 = 0b10 << 62;
    const VARIANT_BITS: u128 = 0b11 << 62;
    let bits = rng.u128(..) & !VERSION_BITS & !VARIANT_BITS | VERSION | VARIANT;
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::{Face, face_details, task_id};
    use crate::model::job::script::tests::completing_after;
    use crate::model::job::{Job, JobSpec};
    use crate::model::tools::tool_for_path;

    #[test]
    fn ids_are_random_uuids() {
        let mut rng = Rng::with_seed(7);
        for id in (0..100).map(|_| task_id(&mut rng)) {
            let parts: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
            assert!(id.as_bytes()[14] == b'4' && matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        }
    }

    #[test]
    fn details_are_complete_and_in_order() {
        let order = JobSpec::of(tool_for_path("/v1/face-detection").unwrap(), &json!({}), Timestamp::UNIX_EPOCH);
        let task = Job::new("t".to_owned(), order, completing_after(SignedDuration::ZERO), Timestamp::UNIX_EPOCH);
        let faces = [Face { path: "api-assets/t/0-0.png".to_owned(), url: "http://x.example/0".to_owned() }];
        let expected = r#"{"id":"t","credits_charged":0,"status":"queued","faces":[{"path":"api-assets/t/0-0.png","url":"http://x.example/0"}]}"#;
        assert_eq!(face_details(&task, &faces).to_string(), expected);
    }
}
