//! The check of a public URL: a receiver listens for a moment, and a signed event has to arrive there.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::clock::SharedClock;
use crate::engine::doctor::check::DoctorCheck;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::options::ReceiverOptions;
use crate::engine::receive::public_access::PublicAccess;
use crate::engine::receive::receiver::receive;
use crate::engine::tunnel::proof::Prover;
use crate::model::signing::verdict::Trust;
use crate::model::{Secret, Verifier};
use crate::net::accept::bind::Bound;
use crate::net::out::target::Target;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;

/// The waits between tries.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Proves that a URL reaches a port of this machine. What else arrives meanwhile is answered 503, so that it comes
/// again.
pub async fn public_url(url: &Target, port: u16, secret: Secret, tls: &TlsOptions, clock: &SharedClock) -> DoctorCheck {
    const NAME: &str = "public URL";
    let bound = match Bound::bind(None, port).await {
        Ok(bound) => bound,
        Err(error) => {
            let advice = "a listener that runs proves its URL itself; stop what has the port to have it proven here";
            return DoctorCheck::doubtful(NAME, format!("not proven: {error}"), advice);
        }
    };
    let tasks = Shutdown::new();
    let access = PublicAccess::new(secret.clone());
    let options = ReceiverOptions {
        public: Some(Arc::clone(&access)),
        respond: Some(http::StatusCode::SERVICE_UNAVAILABLE),
        ..ReceiverOptions::new(Verifier::new(secret, Trust::Configured), Arc::new(DeliveryLog::memory()))
    };
    let mut events = receive(bound, options, clock.clone(), &tasks);
    tasks.spawn(async move { while events.next().await.is_some() {} });
    let prover = Prover { access, tls: tls.clone(), clock: clock.clone(), tasks: tasks.clone(), resolver: None };
    let proof = prover.prove_patiently(url, &WAITS).await;
    tasks.drained().await;
    match proof {
        Ok(_) => DoctorCheck::good(NAME, format!("{url} reaches port {port}")),
        Err(error) => DoctorCheck::bad(NAME, error.to_string(), error.hint()),
    }
}
