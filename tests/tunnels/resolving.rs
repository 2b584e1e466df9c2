//! A public name that this machine cannot look up yet.

use std::sync::Arc;

use mh_hook::engine::clock::{SharedClock, SystemClock};
use mh_hook::engine::event_channel::EventReceiver;
use mh_hook::engine::receive::delivery_log::DeliveryLog;
use mh_hook::engine::receive::event::ReceiverEvent;
use mh_hook::engine::receive::options::ReceiverOptions;
use mh_hook::engine::receive::public_access::PublicAccess;
use mh_hook::engine::receive::receiver::receive;
use mh_hook::engine::tunnel::proof::{ProofError, Prover, ResolvedBy};
use mh_hook::engine::tunnel::public_resolver::PublicResolver;
use mh_hook::error::{Error, Exit};
use mh_hook::model::signing::verdict::Trust;
use mh_hook::model::{Secret, Verifier};
use mh_hook::net::accept::bind::Bound;
use mh_hook::net::out::tls::TlsOptions;
use mh_hook::net::shutdown::Shutdown;

use crate::e2e::fake::{Fake, json};
use crate::support::SECRET;

/// A receiver behind a public URL, at a free port.
pub(super) async fn receiving(
    clock: SharedClock,
    tasks: &Shutdown,
) -> (Arc<PublicAccess>, u16, EventReceiver<ReceiverEvent>) {
    let access = PublicAccess::new(Secret::new(SECRET));
    let bound = Bound::bind(None, 0).await.unwrap();
    let port = bound.port;
    let options = ReceiverOptions {
        public: Some(Arc::clone(&access)),
        ..ReceiverOptions::new(Verifier::new(Secret::new(SECRET), Trust::Configured), Arc::new(DeliveryLog::memory()))
    };
    let events = receive(bound, options, clock, tasks);
    (access, port, events)
}

/// Proves a URL whose name no resolver of this machine knows, with a public resolver that answers so.
async fn prove_with(answer: &'static str) -> (Result<ResolvedBy, ProofError>, Vec<String>) {
    let resolver = Fake::start(move |_| Some(json("200 OK", answer)));
    let tasks = Shutdown::new();
    let (access, port, _events) = receiving(Arc::new(SystemClock), &tasks).await;
    let url = format!("http://four-words.trycloudflare.invalid:{port}/webhook").parse().unwrap();
    let tls = TlsOptions::default();
    let public = Arc::new(PublicResolver::at(&format!("{}/dns-query", resolver.url), tls.clone()));
    let prover = Prover { access, tls, clock: Arc::new(SystemClock), tasks: tasks.clone(), resolver: Some(public) };
    let proof = prover.prove(&url).await;
    tasks.drained().await;
    (proof, resolver.asked())
}

#[tokio::test]
async fn a_name_that_only_others_see_is_proven_at_the_address_that_they_see() {
    let answer = r#"{"Status":0,"Answer":[{"type":5,"data":"edge.example."},{"type":1,"data":"127.0.0.1"}]}"#;
    let (proof, asked) = prove_with(answer).await;
    assert_eq!(proof.unwrap(), ResolvedBy::PublicResolver);
    assert!(asked[0].starts_with("GET /dns-query?name=four-words.trycloudflare.invalid&type=A "), "{asked:?}");
    assert!(asked[0].to_ascii_lowercase().contains("accept: application/dns-json"), "{asked:?}");
}

#[tokio::test]
async fn a_name_that_nobody_sees_is_unresolved_and_the_exit_code_is_that_of_an_unreachable_target() {
    for answer in [r#"{"Status":3}"#, r#"{"Status":0,"Answer":null}"#, "not JSON"] {
        let error = prove_with(answer).await.0.unwrap_err();
        assert!(error.is_unresolved(), "{error}");
        assert!(error.hint().contains("many tunnels get another at each start"), "{}", error.hint());
        assert_eq!(Error::from(error).exit(), Exit::Unreachable);
    }
}
