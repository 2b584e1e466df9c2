//! A delivery between its verification and its commit.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::Timestamp;

use crate::engine::receive::received::ReceivedDelivery;
use crate::model::Verdict;
use crate::model::contract::peek::{Peek, Problem};
use crate::model::signing::reason::Reason;
use crate::store::journal::{Committed, VerifiedDelivery};

/// The header that `mh-hook replay` marks its requests with; its value is the number of the delivery.
pub(crate) const REPLAY_HEADER: &str = "mh-hook-replay";

/// A delivery that was verified, and is not kept yet.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) delivery: Arc<VerifiedDelivery>,
    pub(crate) peek: Peek,
    pub(crate) verdict: Verdict,
}

impl Verified {
    pub(crate) fn new(head: Parts, body: Bytes, remote: &str, received_at: Timestamp, verdict: Verdict) -> Self {
        let peek = Peek::at(&body);
        let reason = verdict.reason();
        let delivery = VerifiedDelivery {
            received_at,
            method: name_of(&head.method),
            path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            remote: remote.to_owned(),
            replayed: head.headers.contains_key(REPLAY_HEADER),
            headers: head.headers,
            body,
            verdict: verdict.kind(),
            reason: reason.map(Reason::code).map(Cow::Borrowed),
            explanation: reason.map(ToString::to_string),
            problem: peek.problem.as_ref().map(Problem::code).map(Cow::Borrowed),
            event_type: peek.event_type.clone(),
            job_id: peek.job_id.clone(),
            status: peek.status.clone(),
        };
        Self { delivery: Arc::new(delivery), peek, verdict }
    }

    /// The delivery with what its commit and its answer add.
    pub(crate) fn received(
        self,
        committed: Committed,
        answered: StatusCode,
        elapsed: Duration,
        shown: bool,
    ) -> ReceivedDelivery {
        let Self { delivery, peek, verdict } = self;
        ReceivedDelivery {
            id: committed.id,
            attempt: committed.repeat.max(1),
            is_refused: committed.repeat == 0,
            answered,
            elapsed,
            shown,
            peek,
            verdict,
            delivery,
        }
    }
}

fn name_of(method: &Method) -> Cow<'static, str> {
    if *method == Method::POST { Cow::Borrowed("POST") } else { Cow::Owned(method.as_str().to_owned()) }
}
