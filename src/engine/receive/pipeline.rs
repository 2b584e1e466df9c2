//! The life of a delivery: verify, keep, and only then answer, pass on and show.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::engine::clock::SharedClock;
use crate::engine::receive::admission::{HopMark, Refusal, admit, admit_site};
use crate::engine::receive::authenticator::{Authenticator, IncomingDelivery};
use crate::engine::receive::backlog::ArrivingDelivery;
use crate::engine::receive::counters::WorkGuard;
use crate::engine::receive::event::ReceiverEvent;
use crate::engine::receive::expectations::ExpectationState;
use crate::engine::receive::forwarder::{Forwarded, Outgoing};
use crate::engine::receive::keyed_queue::Ticket;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::received::{ReceivedDelivery, RejectedRequest};
use crate::engine::receive::responses::{Answer, accepted, passed_back, refused, set_verdict, text};
use crate::engine::receive::retry_observer::RetryObserver;
use crate::engine::receive::verified::Verified;
use crate::engine::receive::work::Work;
use crate::engine::reporter::Reporter;
use crate::model::Verdict;
use crate::model::schedule::ANSWER_TIMEOUT;
use crate::model::signing::reason::Reason;
use crate::net::accept::body::{BodyError, read_body};
use crate::net::shutdown::Shutdown;
use crate::store::journal::{VerifiedDelivery, WriteFailed};

/// All that the deliveries of one receiver share.
pub(crate) struct Pipeline {
    pub(super) options: ReceiverOptions,
    clock: SharedClock,
    reporter: Reporter<ReceiverEvent>,
    observer: Mutex<RetryObserver>,
    authenticator: Authenticator,
    pub(super) hop: HopMark,
    pub(super) shutdown: Shutdown,
}

/// Parts of a delivery that end with the work on it.
struct UnderWay {
    /// The time at which its head had arrived.
    began: Instant,
    _counted: WorkGuard,
    /// Its place among those that wait to be shown.
    _place: Option<OwnedSemaphorePermit>,
}

/// The arrivals of a delivery at the handlers that we answer without.
type Arrivals = Vec<(usize, ArrivingDelivery)>;

/// Who answers a delivery.
enum Responder {
    /// We do, with this.
    Answer(Answer),
    /// The one handler does, when the delivery's turn has come.
    Handler(Option<Ticket>),
}

impl Pipeline {
    pub(crate) fn new(
        options: ReceiverOptions,
        clock: SharedClock,
        reporter: Reporter<ReceiverEvent>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            observer: Mutex::new(RetryObserver::new(options.fail_first)),
            authenticator: Authenticator::new(&options),
            options,
            clock,
            reporter,
            hop: HopMark::new(),
            shutdown,
        }
    }

    /// Whether a request is possibly a delivery, by its head.
    pub(crate) fn admit(&self, head: &Parts) -> Result<(), Refusal> {
        admit(head, self.options.path.as_deref(), &self.hop)
    }

    pub(crate) async fn read(&self, body: Incoming) -> Result<Bytes, BodyError> {
        read_body(body, self.options.body, &self.shutdown).await
    }

    /// Turns away what no sender of events sends, by its headers.
    pub(crate) fn admit_sender(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        admit_site(headers)?;
        match &self.options.public {
            Some(public) if !public.admits(headers) => {
                Err((StatusCode::UNAUTHORIZED, "a delivery has the headers of Magic Hour"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a request only proves that a public URL reaches this machine.
    pub(crate) fn is_proof(&self, headers: &HeaderMap, body: &Bytes) -> bool {
        self.options.public.as_ref().is_some_and(|public| public.take_proof(headers, body, self.clock.now()))
    }

    /// Waits while too many deliveries wait to be shown.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.reporter.room().await
    }

    /// Runs a task that the end of the receiver waits for.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.shutdown.spawn(task));
    }

    pub(crate) async fn report(&self, event: ReceiverEvent) {
        self.reporter.send(event, 0).await;
    }

    /// Reports a request that was turned away.
    pub(crate) async fn reject(&self, method: Method, path: &str, answered: StatusCode, why: &str) {
        debug!(target: "receive", %method, path, status = answered.as_u16(), why, "refused");
        self.report_rejected(Some(method.to_string()), Some(path.to_owned()), Some(answered), why.to_owned()).await;
    }

    /// Reports a request as far as it was one.
    pub(crate) async fn report_rejected(
        &self,
        method: Option<String>,
        path: Option<String>,
        answered: Option<StatusCode>,
        why: String,
    ) {
        let received_at = self.clock.now();
        self.options.counters.count_rejected();
        self.report(ReceiverEvent::Rejected(RejectedRequest { received_at, method, path, answered, why })).await;
    }

    /// The time of day.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Processes a delivery that did not come over HTTP. Returns the status that its sender would have got.
    pub(crate) async fn take(self: &Arc<Self>, incoming: IncomingDelivery) -> StatusCode {
        let place = self.room().await;
        self.process(incoming, place).await.status()
    }

    /// Verifies and keeps a delivery, gives its answer, and does what nobody waits for. Its place is free when it was shown.
    pub(crate) fn process(self: &Arc<Self>, incoming: IncomingDelivery, place: Option<OwnedSemaphorePermit>) -> Work {
        let under_way =
            UnderWay { began: incoming.began, _counted: self.options.counters.delivery_begun(), _place: place };
        let pipeline = Arc::clone(self);
        let verdict = self.authenticator.judge(&incoming);
        if verdict.reason() == Some(&Reason::DigestDiffers) {
            let work = async move {
                let verified = pipeline.authenticator.diagnose(incoming, verdict).await;
                pipeline.complete(verified, under_way).await
            };
            return Work::new(work, self.shutdown.clone());
        }
        let verified = self.authenticator.verified(incoming, verdict);
        Work::new(pipeline.complete(verified, under_way), self.shutdown.clone())
    }

    /// Keeps a delivery, answers, and does what nobody waits for.
    fn complete(self: Arc<Self>, verified: Verified, under_way: UnderWay) -> impl Future<Output = Answer> + Send {
        let shown = self.is_shown(&verified.delivery);
        // Until this point nothing was awaited, but for a diagnosis: deliveries of one job take their places as they arrived.
        let (responder, arrivals) = self.responder(&verified, shown);
        let planned = match &responder {
            Responder::Answer(answer) => Some(answer.status()),
            Responder::Handler(_) => None,
        };
        async move {
            // Acknowledged from here on: this returns once the delivery is on the disk, and before any answer.
            let committed = match self.options.log.keep(&verified.delivery, planned).await {
                Ok(committed) => committed,
                Err(failed) => return self.refuse_unkept(verified.delivery, &failed, under_way),
            };
            if !self.options.delay.is_zero() {
                Box::pin(sleep(self.options.delay)).await;
            }
            let (mut answer, forwarded) = match responder {
                Responder::Answer(answer) => (answer, None),
                // On the heap, since its state is large, and this one's is copied for each delivery.
                Responder::Handler(ticket) => {
                    Box::pin(self.ask_handler(committed.id, &verified.delivery, ticket, under_way.began)).await
                }
            };
            set_verdict(&mut answer, &verified.verdict);
            let elapsed = under_way.began.elapsed();
            let received = Arc::new(verified.received(committed, answer.status(), elapsed, shown));
            self.observe(&received);
            self.conclude(received, forwarded, arrivals, under_way);
            answer
        }
    }

    fn is_shown(&self, delivery: &VerifiedDelivery) -> bool {
        let patterns = &self.options.events;
        let event_type = delivery.event_type.as_deref().unwrap_or_default();
        patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(event_type))
    }

    /// Decides who answers, in the documented order, and notes the arrival at the handlers that we answer without.
    fn responder(&self, verified: &Verified, shown: bool) -> (Responder, Arrivals) {
        let options = &self.options;
        if self.is_failed_on_purpose(verified) {
            let words = "failed on purpose (--fail-first)\n";
            return (Responder::Answer(text(StatusCode::INTERNAL_SERVER_ERROR, words)), Vec::new());
        }
        let is_taken = self.is_taken(&verified.verdict);
        let is_forwarded = is_taken && shown;
        let delivery = &verified.delivery;
        if let ([handler], None, true) = (options.forwarders.as_slice(), options.respond, is_forwarded) {
            return (Responder::Handler(handler.enqueue(delivery)), Vec::new());
        }
        let answer = match (&verified.verdict, options.respond) {
            (_, Some(status)) => text(status, "answered as --respond says\n"),
            (Verdict::Invalid(reason) | Verdict::Unverified(reason), None) if !is_taken => refused(reason),
            _ => accepted(verified.peek.problem.as_ref()),
        };
        let handlers = options.forwarders.iter().filter(|_| is_forwarded).enumerate();
        (Responder::Answer(answer), handlers.map(|(at, handler)| (at, handler.arrive(delivery))).collect())
    }

    /// Whether a delivery with this verdict is answered with success and passed on. Behind a public URL what cannot be
    /// verified waits until the secret is known.
    fn is_taken(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Verified => true,
            Verdict::Unverified(_) => self.options.accept_invalid || self.options.public.is_none(),
            Verdict::Invalid(_) => self.options.accept_invalid,
        }
    }

    fn is_failed_on_purpose(&self, verified: &Verified) -> bool {
        let VerifiedDelivery { job_id: Some(job_id), event_type: Some(event_type), headers, .. } = &*verified.delivery
        else {
            return false;
        };
        let mut observer = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        observer.observe(job_id, event_type, headers)
    }

    /// Has the one handler answer, within the time that Magic Hour gives, counted from the delivery's arrival.
    async fn ask_handler(
        &self,
        id: u64,
        delivery: &VerifiedDelivery,
        ticket: Option<Ticket>,
        began: Instant,
    ) -> (Answer, Option<Forwarded>) {
        // A handler is asked only where there is one.
        let Some(handler) = self.options.forwarders.first() else { return (accepted(None), None) };
        if let Some(own_jobs) = &self.options.own_jobs
            && !own_jobs.wait_for(delivery.job_id.as_deref()).await
        {
            return (accepted(None), None);
        }
        self.report_arrival(id, delivery).await;
        let outgoing = Outgoing { id, delivery, deadline: began + ANSWER_TIMEOUT, hop: &self.hop };
        let _work = self.options.counters.forward_begun();
        let forwarded = handler.forward_in_time(outgoing, ticket).await;
        self.options.counters.count_forwarded(&forwarded);
        let answer = passed_back(&forwarded);
        self.options.log.attempted(forwarded.entry()).await;
        self.options.log.answered(id, answer.status()).await;
        (answer, Some(forwarded))
    }

    /// Reports that a handler is asked: without that, the delivery would count as lost for those who wait.
    async fn report_arrival(&self, id: u64, delivery: &VerifiedDelivery) {
        if let (Some(_), Some(job_id)) = (&self.options.own_jobs, delivery.job_id.clone()) {
            self.report(ReceiverEvent::Arrived { delivery: id, job_id }).await;
        }
    }

    fn observe(&self, received: &ReceivedDelivery) {
        let Some(expectations) = &self.options.expectations else { return };
        let state = expectations.lock().unwrap_or_else(PoisonError::into_inner).observe(received);
        if state != ExpectationState::Waiting {
            self.shutdown.request();
        }
    }

    /// Reports a delivery and passes it on. Its sender does not wait for that; where the screen does not keep up, a task does.
    fn conclude(
        self: &Arc<Self>,
        received: Arc<ReceivedDelivery>,
        forwarded: Option<Forwarded>,
        arrivals: Arrivals,
        under_way: UnderWay,
    ) {
        let bytes = received.body.len();
        self.options.counters.count_delivery(received.verdict.kind());
        let waiting = self.reporter.offer(ReceiverEvent::Delivery(Arc::clone(&received)), bytes);
        if waiting.is_none() && forwarded.is_none() {
            return self.pass_on_all(&received, arrivals);
        }
        let pipeline = Arc::clone(self);
        self.spawn(async move {
            if let Some(delivery) = waiting {
                pipeline.reporter.send(delivery, bytes).await;
            }
            if let Some(forwarded) = forwarded {
                pipeline.report(ReceiverEvent::Forwarded(Box::new(forwarded))).await;
            }
            pipeline.pass_on_all(&received, arrivals);
            drop(under_way);
        });
    }

    fn pass_on_all(self: &Arc<Self>, received: &Arc<ReceivedDelivery>, arrivals: Arrivals) {
        for (at, arrival) in arrivals {
            self.pass_on_later(received, at, arrival);
        }
    }

    /// Reports what is known only at the end.
    pub(crate) async fn report_end(&self) {
        let report = self.observer.lock().unwrap_or_else(PoisonError::into_inner).report();
        for retries in report {
            self.report(ReceiverEvent::Retries(retries)).await;
        }
        self.reporter.tell_left_out().await;
    }

    /// Asks the sender to come again, since what it sent could not be kept.
    fn refuse_unkept(
        self: &Arc<Self>,
        delivery: Arc<VerifiedDelivery>,
        failed: &WriteFailed,
        under_way: UnderWay,
    ) -> Answer {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let (pipeline, why) = (Arc::clone(self), failed.to_string());
        self.spawn(async move {
            let method = Method::from_bytes(delivery.method.as_bytes()).unwrap_or_default();
            pipeline.reject(method, &delivery.path, status, &why).await;
            drop(under_way);
        });
        text(status, "the delivery could not be kept; send it again\n")
    }
}
