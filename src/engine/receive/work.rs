//! The work of one delivery, which its sender waits for and cannot cancel.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::engine::receive::responses::Answer;
use crate::net::shutdown::Shutdown;

/// Gives the answer to a delivery. It runs where it is awaited, which costs no task; dropped before its end, as for a
/// sender that hung up, it goes on in a tracked one.
pub(crate) struct Work {
    rest: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    shutdown: Shutdown,
}

impl Work {
    pub(crate) fn new(work: impl Future<Output = Answer> + Send + 'static, shutdown: Shutdown) -> Self {
        Self { rest: Some(Box::pin(work)), shutdown }
    }
}

impl Future for Work {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        // Nobody awaits it again after its end.
        let Some(rest) = &mut self.rest else { return Poll::Pending };
        let answer = ready!(rest.as_mut().poll(context));
        self.rest = None;
        Poll::Ready(answer)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take() {
            drop(self.shutdown.spawn(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use tokio::sync::oneshot;

    use super::Work;
    use crate::engine::receive::responses::text;
    use crate::net::shutdown::Shutdown;

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_done_before_the_end() {
        let shutdown = Shutdown::new();
        let ((begin, order), (done, is_done)) = (oneshot::channel(), oneshot::channel());
        let work = async move {
            order.await.unwrap();
            done.send(()).unwrap();
            text(StatusCode::OK, "")
        };
        drop(Work::new(work, shutdown.clone()));
        begin.send(()).unwrap();
        shutdown.drained().await;
        is_done.await.unwrap();
    }

    #[tokio::test]
    async fn work_that_is_awaited_gives_its_answer() {
        let work = Work::new(async { text(StatusCode::ACCEPTED, "") }, Shutdown::new());
        assert_eq!(work.await.status(), StatusCode::ACCEPTED);
    }
}
