//! A finding as a record: what `check --format json` prints, and the inspector shows.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::conformance::finding::{CaseOutcome, Diagnosis, Finding};
use crate::engine::conformance::observation::Response;
use crate::engine::receive::received::milliseconds;
use crate::net::out::post_failure::PostFailure;

/// The fields of a `finding` record, but for the command that shows it again.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Finding { case, outcome, observation, witness, .. } = self;
        let Diagnosis { why, fix, .. } = self.advice();
        let because = match outcome {
            CaseOutcome::Consequence(cause) | CaseOutcome::NotAsked(cause) => Some(*cause),
            _ => None,
        };
        let response = observation.as_ref().map(|observation| &observation.response);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", case.id)?;
        map.serialize_entry("group", &case.group)?;
        map.serialize_entry("level", &self.level())?;
        map.serialize_entry("outcome", outcome.as_str())?;
        map.serialize_entry("because", &because)?;
        map.serialize_entry("rule", case.rule)?;
        map.serialize_entry("source", case.advice.source)?;
        map.serialize_entry("sent", &observation.as_ref().map(|observation| &observation.sent))?;
        map.serialize_entry("expected", &case.expected.to_string())?;
        map.serialize_entry("answered", &response.and_then(Response::status))?;
        map.serialize_entry("answer", &response.and_then(answer_text))?;
        map.serialize_entry("error", &response.and_then(error))?;
        map.serialize_entry("elapsed_ms", &observation.as_ref().map(|observation| milliseconds(observation.elapsed)))?;
        map.serialize_entry("why", &why)?;
        map.serialize_entry("fix", &fix)?;
        map.serialize_entry("witness", &witness.map(|case| case.id))?;
        map.end()
    }
}

/// The answer's body as text, or what was measured.
fn answer_text(response: &Response) -> Option<String> {
    match response {
        Response::Answer(answer) => Some(String::from_utf8_lossy(&answer.body).into_owned()),
        Response::Measured { text, .. } => Some(text.clone()),
        Response::NoAnswer { .. } => None,
    }
}

#[derive(Serialize)]
struct NoResponseRecord<'a> {
    code: PostFailure,
    message: &'a str,
}

fn error(response: &Response) -> Option<NoResponseRecord<'_>> {
    match response {
        Response::NoAnswer { failure, message } => Some(NoResponseRecord { code: *failure, message }),
        _ => None,
    }
}
