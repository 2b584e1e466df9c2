//! The search for the cause of a refusal: the words of the answer, the clock, and right signatures in other forms.

use http::header::{DATE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::engine::conformance::error::ConformanceError;
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::finding::Diagnosis;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::likely_cause::{
    BODY_MODEL, CSRF, LIKELY_CAUSES, LikelyCause, PASSWORD, SignedForm, TOO_SHORT,
};
use crate::engine::conformance::observation::{Answered, Observation, Response};
use crate::engine::conformance::request_spec::{Base, PLAIN, RequestSpec};
use crate::engine::conformance::topic::RuleTopic;
use crate::model::Delivery;
use crate::model::signing::signature::{SIGNATURE_HEADER, Signer};

/// The difference of clocks from which on a window of 300 s is in danger.
const NOTABLE_SKEW: i64 = 60;

/// Offsets in seconds that clocks are wrong by when nothing says so: ten minutes, and whole time zones.
const OFFSETS: [i64; 12] = [-600, 600, -3_600, 3_600, -7_200, 7_200, -18_000, 18_000, -19_800, 19_800, -28_800, 28_800];

/// The cause for which a handler refuses right deliveries just as forged ones; `None` if no likely one applies.
pub(crate) async fn find_cause(
    handler: &Handler,
    base: Base,
    right: &Observation,
) -> Result<Option<Diagnosis>, ConformanceError> {
    if let Response::Answer(answer) = &right.response
        && let Some(cause) = said(answer)
    {
        return Ok(Some(cause));
    }
    if let Some(cause) = clock(handler, base, right).await? {
        return Ok(Some(cause));
    }
    if within_its_second(handler, base).await? {
        return Ok(Some(TOO_SHORT));
    }
    for cause in &LIKELY_CAUSES {
        let Some(delivery) = in_form(handler, base, cause)? else { continue };
        if is_accepted(handler, delivery, base).await {
            return Ok(Some(cause.diagnosis.clone()));
        }
    }
    Ok(takes_a_model(handler, base).await?.then_some(BODY_MODEL))
}

/// The cause that the answer names by itself.
fn said(answer: &Answered) -> Option<Diagnosis> {
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    if text.contains("csrf") || answer.status == 419 {
        return Some(CSRF);
    }
    answer.headers.contains_key(WWW_AUTHENTICATE).then_some(PASSWORD)
}

/// Whether a delivery is accepted that arrives at the beginning of the second for which it was signed.
async fn within_its_second(handler: &Handler, base: Base) -> Result<bool, ConformanceError> {
    const SECOND: i64 = 1_000;
    /// Delay after the start of the second, for clocks that differ by little.
    const MARGIN: i64 = 20;
    let past = handler.clock.now().as_millisecond().rem_euclid(SECOND);
    let wait = u64::try_from((SECOND - past) + MARGIN).unwrap_or_default();
    sleep(std::time::Duration::from_millis(wait)).await;
    let delivery = handler.pack(&PLAIN, base, &handler.job_id())?;
    Ok(is_accepted(handler, delivery, base).await && !accepts_aged(handler, base).await?)
}

/// Whether a delivery is accepted that was signed two seconds ago, which every window of seconds allows.
pub(crate) async fn accepts_aged(handler: &Handler, base: Base) -> Result<bool, ConformanceError> {
    const AGED: RequestSpec = RequestSpec { age: 2, ..PLAIN };
    let aged = handler.ask(&AGED, base, &handler.job_id()).await?;
    Ok(Expectation::Accepted.judge(&aged).is_none())
}

/// A clock that is wrong: as the answer's `Date` says it, or as the accepted timestamp shows.
async fn clock(handler: &Handler, base: Base, right: &Observation) -> Result<Option<Diagnosis>, ConformanceError> {
    let now = handler.clock.now();
    let told = date(right).map(|theirs| theirs.as_second() - now.as_second());
    let offsets = told.filter(|skew| skew.abs() >= NOTABLE_SKEW).into_iter().chain(OFFSETS);
    for offset in offsets {
        let spec = RequestSpec { age: -offset, ..PLAIN };
        let delivery = handler.pack(&spec, base, &handler.job_id())?;
        if is_accepted(handler, delivery, base).await {
            return Ok(Some(wrong_clock(offset)));
        }
    }
    Ok(None)
}

fn date(observation: &Observation) -> Option<Timestamp> {
    let Response::Answer(answer) = &observation.response else { return None };
    let text = answer.headers.get(DATE)?.to_str().ok()?;
    rfc2822::parse(text).ok().map(|date| date.timestamp())
}

fn wrong_clock(offset: i64) -> Diagnosis {
    let by = SignedDuration::from_secs(offset.abs());
    let minutes = by.as_secs() / 60;
    let direction = if offset > 0 { "ahead of" } else { "behind" };
    let why = format!(
        "the handler's clock is about {minutes} min {direction} this one: it accepts an event that is signed for its own time, and refuses one that is signed for now"
    );
    let fix = "set the clock of that machine (timedatectl, NTP), and compare with UTC: time.time(), Date.now(), not a local time";
    Diagnosis::found("clock", RuleTopic::Window, why, fix)
}

/// A delivery that is right but for the form of its signature.
fn in_form(handler: &Handler, base: Base, cause: &LikelyCause) -> Result<Option<Delivery>, ConformanceError> {
    let mut delivery = handler.pack(&PLAIN, base, &handler.job_id())?;
    let timestamp = Handler::timestamp_of(&delivery);
    let signer = Signer::new(&handler.secret);
    let signature = match cause.form {
        SignedForm::Body(form) => form(&delivery.body).map(|body| signer.sign(&timestamp, &body)),
        SignedForm::Key(form) => {
            form(handler.secret.expose()).map(|key| Signer::from_bytes(&key).sign(&timestamp, &delivery.body))
        }
    };
    let Some(value) = signature.and_then(|signature| HeaderValue::from_str(&signature.to_string()).ok()) else {
        return Ok(None);
    };
    delivery.headers.insert(HeaderName::from_static(SIGNATURE_HEADER), value);
    Ok(Some(delivery))
}

async fn is_accepted(handler: &Handler, delivery: Delivery, base: Base) -> bool {
    let observation = handler.post(Method::POST, delivery, PLAIN.summary(base)).await;
    Expectation::Accepted.judge(&observation).is_none()
}

/// Whether a body that is no event is answered 422 with the place in the body, as FastAPI does for a model.
async fn takes_a_model(handler: &Handler, base: Base) -> Result<bool, ConformanceError> {
    const NO_EVENT: RequestSpec = RequestSpec { faults: &["array-body"], ..PLAIN };
    let observation = handler.ask(&NO_EVENT, base, &handler.job_id()).await?;
    let Response::Answer(answer) = &observation.response else { return Ok(false) };
    let text = String::from_utf8_lossy(&answer.body).replace(' ', "");
    Ok(answer.status == 422 && text.contains("\"loc\":[\"body\""))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use http::header::WWW_AUTHENTICATE;

    use super::{said, wrong_clock};
    use crate::engine::conformance::observation::Answered;

    #[test]
    fn an_answer_may_say_its_cause_itself() {
        let answer = |status, body: &'static str| Answered {
            status,
            body: Bytes::from_static(body.as_bytes()),
            ..Answered::default()
        };
        let named = |answer: &Answered| said(answer).map(|cause| cause.name);
        assert_eq!(named(&answer(403, "<p>CSRF verification failed. Request aborted.</p>")), Some("csrf"));
        assert_eq!(named(&answer(419, "Page Expired")), Some("csrf"));
        assert_eq!(named(&answer(401, "{\"message\":\"invalid signature\"}")), None);
        let headers: HeaderMap = [(WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().unwrap())].into_iter().collect();
        assert_eq!(named(&Answered { headers, ..answer(401, "") }), Some("password"));
    }

    #[test]
    fn a_wrong_clock_is_told_by_how_much_and_in_which_direction() {
        assert!(wrong_clock(-600).why.contains("about 10 min behind this one"));
        assert!(wrong_clock(3_600).why.contains("about 60 min ahead of this one"));
    }
}
