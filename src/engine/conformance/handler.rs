//! The handler under test: builds deliveries for it and posts them.

use std::time::Duration;

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

use crate::engine::clock::SharedClock;
use crate::engine::conformance::observation::{Observation, Response};
use crate::engine::conformance::request_spec::{Base, RequestSpec};
use crate::engine::send::attempt::ANSWER_LIMIT;
use crate::engine::send::composer::Composer;
use crate::engine::send::sender::{DeliveryBuilder, Signing};
use crate::model::contract::path::{Assignment, AssignmentError};
use crate::model::id::job_id;
use crate::model::signing::fault;
use crate::model::signing::signature::TIMESTAMP_HEADER;
use crate::model::{Delivery, Secret};
use crate::net::out::post::{Post, Remote, TimeLimit};

/// The handler under test: its address, its secret and the job it knows.
#[derive(Debug)]
pub struct Handler {
    pub remote: Remote,
    /// The secret that it should hold.
    pub secret: Secret,
    /// Time limit of a response.
    pub timeout: Duration,
    /// Tells when deliveries are made.
    pub clock: SharedClock,
    /// A job that it knows, for those that refuse others.
    pub job_id: Option<String>,
}

impl Handler {
    /// The job of the next case: the known one, or one that nobody has heard of.
    pub fn job_id(&self) -> String {
        self.job_id.clone().unwrap_or_else(|| job_id(&mut Rng::new()))
    }

    /// Makes the delivery of a spec.
    pub fn pack(&self, spec: &RequestSpec, base: Base, job_id: &str) -> Result<Delivery, AssignmentError> {
        let spec = spec.on(base);
        let now = self.clock.now().saturating_sub(SignedDuration::from_secs(spec.age)).unwrap_or(Timestamp::MIN);
        let event = composer(&spec)?.compose_one(spec.event.unwrap_or(base.event), job_id, now)?;
        // The catalogue's tests see to it that there is a fault for each name.
        let faults = spec.faults.iter().filter_map(|name| fault::find(name).ok()).collect();
        let builder =
            DeliveryBuilder { signing: Signing::Faulty(self.secret.clone(), faults), headers: headers(spec.header) };
        Ok(builder.build(event.body, now))
    }

    /// The text of a delivery's timestamp header.
    pub(crate) fn timestamp_of(delivery: &Delivery) -> String {
        let value = delivery.headers.get(TIMESTAMP_HEADER).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    /// Posts the delivery of a spec.
    pub async fn ask(&self, spec: &RequestSpec, base: Base, job_id: &str) -> Result<Observation, AssignmentError> {
        let delivery = self.pack(spec, base, job_id)?;
        Ok(self.post(Method::POST, delivery, spec.summary(base)).await)
    }

    /// Posts a delivery; `sent` says what it is.
    pub async fn post(&self, method: Method, delivery: Delivery, sent: String) -> Observation {
        let post = Post { method, path: None, headers: delivery.headers, body: delivery.body };
        let exchange = self.remote.exchange(post, TimeLimit::Each(self.timeout), ANSWER_LIMIT).await;
        Observation { sent, response: Response::of(exchange.outcome), elapsed: exchange.timing.answering() }
    }
}

/// The composer for a complete spec.
pub(crate) fn composer(spec: &RequestSpec) -> Result<Composer, AssignmentError> {
    let parse = |texts: &[&str]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Assignment>, _>>();
    Ok(Composer {
        fields: spec.fields.unwrap_or_default(),
        job_id: None,
        set: parse(spec.set)?,
        set_new: parse(spec.set_new)?,
        size: spec.size,
        layout: spec.layout.unwrap_or_default(),
    })
}

fn headers(line: Option<&str>) -> HeaderMap {
    let pair = line.and_then(|line| line.split_once(':'));
    let name = pair.and_then(|(name, _)| name.parse::<HeaderName>().ok());
    let value = pair.and_then(|(_, value)| HeaderValue::from_str(value.trim()).ok());
    name.zip(value).into_iter().collect()
}
