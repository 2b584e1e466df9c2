//! The expected response to a case, and the symptom when it differs.

use std::fmt;

use crate::engine::conformance::observation::{Observation, Response};
use crate::engine::conformance::symptom::Symptom;
use crate::net::out::post_failure::PostFailure;

/// The expected response to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// A 2xx in time.
    Accepted,
    Refused,
    /// Any answer but 5xx.
    Survived,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "2xx",
            Self::Refused => "4xx",
            Self::Survived => "any answer but 5xx",
        })
    }
}

impl Expectation {
    /// The symptom of a response; `None` if it is as expected.
    pub fn symptom(self, response: &Response) -> Option<Symptom> {
        let answer = match response {
            Response::Answer(answer) => answer,
            Response::NoAnswer { failure: PostFailure::Timeout, .. } => return Some(Symptom::TooSlow),
            Response::NoAnswer { .. } => return Some(Symptom::NoAnswer),
            Response::Measured { symptom, .. } => return *symptom,
        };
        match (self, answer.status) {
            (Self::Survived, 200..=499) => None,
            (_, 429) => Some(Symptom::RateLimited),
            (_, 300..=399) => Some(Symptom::Redirected),
            (_, 200..=299) if answer.says_error() => Some(Symptom::Dishonest),
            (Self::Accepted, 200..=299) | (Self::Refused, 400..=499) => None,
            (Self::Refused, 200..=299) => Some(Symptom::WronglyAccepted),
            (Self::Accepted, 400..=499) => Some(Symptom::WronglyRefused),
            _ => Some(Symptom::Failed),
        }
    }

    /// The symptom of an observation.
    pub fn judge(self, observation: &Observation) -> Option<Symptom> {
        self.symptom(&observation.response)
    }
}

#[cfg(test)]
mod tests {
    use super::{Expectation, Symptom};
    use crate::engine::conformance::observation::{Answered, Response};
    use crate::net::out::post_failure::PostFailure;

    fn answer(status: u16, body: &str) -> Response {
        Response::Answer(Answered { status, body: body.as_bytes().to_vec().into(), ..Answered::default() })
    }

    #[test]
    fn each_answer_means_something_else_to_each_expectation() {
        use Expectation::{Accepted, Refused, Survived};
        use Symptom::{Dishonest, Failed, RateLimited, Redirected, WronglyAccepted, WronglyRefused};
        let table = [
            (204, "", None, Some(WronglyAccepted), None),
            (200, "{\"error\":\"no\"}", Some(Dishonest), Some(Dishonest), None),
            (307, "", Some(Redirected), Some(Redirected), None),
            (401, "", Some(WronglyRefused), None, None),
            (429, "", Some(RateLimited), Some(RateLimited), None),
            (500, "", Some(Failed), Some(Failed), Some(Failed)),
        ];
        for (status, body, accepted, refused, survived) in table {
            let response = answer(status, body);
            let symptoms = [Accepted, Refused, Survived].map(|expected| expected.symptom(&response));
            assert_eq!(symptoms, [accepted, refused, survived], "{status}");
        }
    }

    #[test]
    fn no_answer_is_always_wrong() {
        let late = Response::NoAnswer { failure: PostFailure::Timeout, message: String::new() };
        let broken = Response::NoAnswer { failure: PostFailure::Broken, message: String::new() };
        for expected in [Expectation::Accepted, Expectation::Refused, Expectation::Survived] {
            assert_eq!(expected.symptom(&late), Some(Symptom::TooSlow));
            assert_eq!(expected.symptom(&broken), Some(Symptom::NoAnswer));
        }
    }
}
