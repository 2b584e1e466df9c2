//! Answers to create calls.

use serde_json::{Value, json};

use crate::model::tools::kind::ToolKind;

/// The answer to a create call, with the deprecated cost that every official SDK requires of videos and images.
pub fn create_answer(kind: ToolKind, id: &str, credits: u64) -> Value {
    match kind {
        ToolKind::Video => json!({ "id": id, "estimated_frame_cost": credits, "credits_charged": credits }),
        ToolKind::Image => json!({ "id": id, "frame_cost": credits, "credits_charged": credits }),
        ToolKind::Audio | ToolKind::FaceDetection => json!({ "id": id, "credits_charged": credits }),
    }
}

#[cfg(test)]
mod tests {
    use super::create_answer;
    use crate::model::tools::ToolKind;

    #[test]
    fn each_kind_has_its_own_shape_and_order() {
        let answers = [ToolKind::Video, ToolKind::Image, ToolKind::Audio, ToolKind::FaceDetection]
            .map(|kind| create_answer(kind, "cm1", 24).to_string());
        assert_eq!(
            answers,
            [
                r#"{"id":"cm1","estimated_frame_cost":24,"credits_charged":24}"#,
                r#"{"id":"cm1","frame_cost":24,"credits_charged":24}"#,
                r#"{"id":"cm1","credits_charged":24}"#,
                r#"{"id":"cm1","credits_charged":24}"#,
            ]
        );
    }
}
