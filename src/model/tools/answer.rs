//! The answers of the API: those to create calls, and the codes of refusals.

use http::StatusCode;
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

/// The codes of a 402.
pub const PAYMENT_CODES: [&str; 3] = ["insufficient_credits", "subscription_required", "plan_upgrade_required"];

/// The `code` of a refusal with this status. Those of 400, 401, 402, 404, 422 and 500 are documented.
pub fn usual_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "invalid_request",
        401 => "unauthorized",
        402 => "insufficient_credits",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        408 => "request_timeout",
        409 => "conflict",
        413 => "payload_too_large",
        416 => "range_not_satisfiable",
        422 => "unprocessable_entity",
        429 => "too_many_requests",
        503 => "service_unavailable",
        _ if status.is_server_error() => "internal_server_error",
        _ => "error",
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
