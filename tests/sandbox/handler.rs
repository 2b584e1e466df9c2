//! A handler in this process, which keeps what it gets and answers as it is told.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use mh_hook::model::signing::verdict::{Trust, Verifier};
use mh_hook::model::{Secret, Verdict};
use mh_hook::net::accept::bind::Bound;
use mh_hook::net::accept::limits::Limits;
use mh_hook::net::accept::server::{Peer, Service, serve};
use mh_hook::net::shutdown::Shutdown;
use serde_json::Value;

use crate::support::SECRET;

/// A delivery as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn event_type(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// What a verifier says at the time at which the delivery claims to be signed.
    pub(crate) fn verdict(&self) -> Verdict {
        let seconds = self.header("magic-hour-event-timestamp").parse().unwrap();
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        Verifier::new(Secret::new(SECRET), Trust::Configured).verify(&self.headers, &self.body, at)
    }
}

/// Tells what to answer to the how-manieth delivery, counted from 1; nothing to leave it without an answer.
type Answers = Arc<dyn Fn(usize, &Got) -> Option<u16> + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Answers,
    shutdown: Shutdown,
}

impl Handler {
    pub(crate) async fn answering(answers: impl Fn(usize, &Got) -> Option<u16> + Send + Sync + 'static) -> Self {
        let bound = Bound::bind(Some([127, 0, 0, 1].into()), 0).await.unwrap();
        let url = format!("http://127.0.0.1:{}/webhook", bound.port);
        let handler = Self { url, got: Arc::default(), answers: Arc::new(answers), shutdown: Shutdown::new() };
        let serving = serve(bound, Limits::default(), handler.clone(), handler.shutdown.clone());
        handler.shutdown.spawn(serving);
        handler
    }

    pub(crate) async fn accepting() -> Self {
        Self::answering(|_, _| Some(200)).await
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub(crate) fn types(&self) -> Vec<String> {
        self.got().iter().map(Got::event_type).collect()
    }
}

impl Service for Handler {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: Peer) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let got = Got { headers: head.headers, body: body.collect().await.unwrap().to_bytes() };
        let number = {
            let mut all = self.got.lock().unwrap();
            all.push(got.clone());
            all.len()
        };
        let Some(status) = (self.answers)(number, &got) else { return std::future::pending().await };
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    }

    fn accept_failed(&self, error: &io::Error) {
        panic!("{error}");
    }
}
