//! A sandbox in this process, and what talks to it.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use mh_hook::engine::clock::TokioClock;
use mh_hook::engine::event_channel::EventReceiver;
use mh_hook::engine::sandbox::{Attempted, JobStep, SandboxEvent};
use mh_hook::model::Secret;
use mh_hook::model::job::Speed;
use mh_hook::net::out::post::{Answer, Post, Remote, TimeLimit};
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;
use mh_hook::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::support::SECRET;

/// The time at which paused clocks start.
pub(crate) const START: i64 = 1_730_742_038;

/// A sandbox, a client of it, and what it tells.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) events: EventReceiver<SandboxEvent>,
    remote: Remote,
    shutdown: Shutdown,
}

/// What a test changes of the usual behaviour: jobs that are done at once.
pub(crate) fn options(change: impl FnOnce(&mut SandboxOptions)) -> SandboxOptions {
    let mut options = SandboxOptions::new(Secret::new(SECRET));
    options.speed = Speed::Instant;
    options.credits = 1_000_000;
    change(&mut options);
    options
}

/// A clock that goes as tokio's paused time does.
pub(crate) fn paused(options: &mut SandboxOptions) {
    options.clock = Some(Arc::new(TokioClock::starting_at(Timestamp::from_second(START).unwrap())));
}

impl World {
    pub(crate) async fn start(options: SandboxOptions) -> Self {
        let (sandbox, events) = Sandbox::start_and_tell(options).await.unwrap();
        let (remote, shutdown) = client(sandbox.base_url());
        Self { sandbox, events, remote, shutdown }
    }

    /// The usual sandbox, delivering to these endpoints.
    pub(crate) async fn delivering(endpoints: &[impl AsRef<str>]) -> Self {
        Self::start(options(|options| options.endpoints = specs(endpoints))).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let name = |name: &str| name.parse::<HeaderName>().unwrap();
        let headers: HeaderMap =
            headers.iter().map(|(key, value)| (name(key), HeaderValue::from_str(value).unwrap())).collect();
        let post =
            Post { method, path: Some(path.parse().unwrap()), headers, body: bytes::Bytes::copy_from_slice(body) };
        self.remote.post(post, TimeLimit::Whole(Duration::from_mins(50)), 64 << 20).await.unwrap()
    }

    /// Calls an operation with a key; the status and the body, null if there is none.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.send(method, path, &[("authorization", "Bearer any")], body.as_bytes()).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Creates a job and gives its id.
    pub(crate) async fn create(&self, tool: &str, body: &Value) -> String {
        let (status, answer) = self.call(Method::POST, &format!("/v1/{tool}"), body).await;
        assert_eq!(status, 200, "{tool}: {answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Creates an image job of this name.
    pub(crate) async fn image(&self, name: &str) -> String {
        let body = serde_json::json!({ "name": name, "image_count": 1, "style": { "prompt": "a cat" } });
        self.create("ai-image-generator", &body).await
    }

    /// The next attempt that has ended.
    pub(crate) async fn attempt(&mut self) -> Attempted {
        loop {
            match self.events.next().await.expect("the sandbox has stopped") {
                SandboxEvent::Attempt(attempt) => return *attempt,
                SandboxEvent::Warning(text) => panic!("{text}"),
                _ => {}
            }
        }
    }

    /// The next step of a job.
    pub(crate) async fn step(&mut self) -> JobStep {
        loop {
            if let SandboxEvent::Job(step) = self.events.next().await.expect("the sandbox has stopped") {
                return step;
            }
        }
    }

    /// The next so many attempts.
    pub(crate) async fn attempts(&mut self, count: usize) -> Vec<Attempted> {
        let mut attempts = Vec::with_capacity(count);
        while attempts.len() < count {
            attempts.push(self.attempt().await);
        }
        attempts
    }

    pub(crate) async fn stop(self) {
        let Self { sandbox, remote, shutdown, events } = self;
        drop((remote, events));
        sandbox.stop().await;
        shutdown.drained().await;
    }
}

/// A client of whatever is there.
pub(crate) fn client(base_url: &str) -> (Remote, Shutdown) {
    let shutdown = Shutdown::new();
    // By number, since looking a name up takes real time even where the clock is paused.
    let target = base_url.replace("localhost", "127.0.0.1").parse().unwrap();
    (Remote::new(target, &TlsOptions::default(), shutdown.clone()).unwrap(), shutdown)
}

pub(crate) fn specs(endpoints: &[impl AsRef<str>]) -> Vec<mh_hook::engine::sandbox::EndpointSpec> {
    endpoints.iter().map(|text| text.as_ref().parse().unwrap()).collect()
}
