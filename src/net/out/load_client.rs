//! The client of a load: one request after another to one target, and of each answer no more than the status.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use tokio::time::{Instant, Sleep, sleep};

use crate::net::out::connect::OutgoingConnection;
use crate::net::out::post::{Post, Remote, TimeLimit, is_unanswered, read_body};
use crate::net::out::post_error::PostError;

/// Makes one request after another, over the connections that the remote keeps.
///
/// The outcomes are those of [`Remote::post`]. It keeps its timer from request to request, and measures no parts.
#[derive(Debug)]
pub struct LoadClient<'a> {
    remote: &'a Remote,
    /// The time that connecting may take, and then the answer.
    limit: Duration,
    /// The most bytes of an answer's body that are read.
    most: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<'a> LoadClient<'a> {
    /// A client of a remote, with the limits of each request.
    pub fn new(remote: &'a Remote, limit: Duration, most: usize) -> Self {
        Self { remote, limit, most, deadline: Box::pin(sleep(limit)) }
    }

    /// Makes a request and reads its answer. `post` makes the same request again where a kept connection has ended.
    pub async fn post(&mut self, begun: Instant, post: impl Fn() -> Post) -> Result<StatusCode, PostError> {
        if let Some(connection) = self.remote.take_idle() {
            let traffic = Arc::clone(&connection.traffic);
            match self.over(connection, self.remote.request(post()), begun).await {
                Err(error) if is_unanswered(&error, &traffic) => {}
                answered => return answered,
            }
        }
        // Boxed, for it is large and seldom needed.
        let answer = Box::pin(self.remote.post(post(), TimeLimit::Each(self.limit), self.most)).await;
        Ok(answer?.status)
    }

    /// Makes a request over a kept connection.
    async fn over(
        &mut self,
        mut connection: OutgoingConnection,
        request: Request<Full<Bytes>>,
        begun: Instant,
    ) -> Result<StatusCode, PostError> {
        let Self { remote, most, .. } = *self;
        connection.traffic.begin();
        self.deadline.as_mut().reset(begun + self.limit);
        let answered = async {
            let response = remote.begin_answer(&mut connection, request).await?;
            let (status, mut body) = (response.status(), response.into_body());
            let announced = body.size_hint().exact();
            let truncated = read_body(&mut body, most, |_| ()).await.map_err(|problem| remote.broken(problem))?;
            Ok((status, announced, truncated))
        };
        let (status, announced, truncated) = tokio::select! {
            biased;
            answered = answered => answered?,
            () = self.deadline.as_mut() => return Err(remote.too_late(&connection.traffic, self.limit)),
        };
        remote.keep_whole(connection, announced, truncated);
        Ok(status)
    }
}
