//! The receiver's side of a public URL: it accepts proofs, refuses strangers, and notices that deliveries come through.

use std::sync::{Arc, Mutex, PoisonError};

use http::uri::Authority;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use memchr::memmem;
use tokio::sync::watch;

use crate::model::signing::reason::Reason;
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::model::signing::verdict::Trust;
use crate::model::{Secret, Verifier};

/// The header that names a proof, also where its body was changed on the way.
pub const PROOF_HEADER: HeaderName = HeaderName::from_static("mh-hook-proof");

/// The headers in which a front names the host that was asked for.
const HOST_HEADERS: [&str; 3] = ["host", "x-forwarded-host", "x-original-host"];

/// The state that a receiver and the watcher of its public URL share.
#[derive(Debug)]
pub struct PublicAccess {
    secret: Secret,
    verifier: Verifier,
    pending: Mutex<Option<Pending>>,
    host: Mutex<Option<(String, u16)>>,
    arrived: watch::Sender<()>,
    confirmed: watch::Sender<bool>,
}

#[derive(Debug)]
struct Pending {
    nonce: String,
    outcome: Option<Result<(), Reason>>,
}

impl PublicAccess {
    /// Access whose proofs are signed with a secret of this run: the webhook secret need not be known yet.
    #[must_use]
    pub fn new(secret: Secret) -> Arc<Self> {
        let verifier = Verifier::new(secret.clone(), Trust::Configured);
        Arc::new(Self {
            secret,
            verifier,
            pending: Mutex::default(),
            host: Mutex::default(),
            arrived: watch::Sender::default(),
            confirmed: watch::Sender::default(),
        })
    }

    /// Whether a request can be a delivery or a proof at all. Public names are scanned, and scanners send neither.
    #[must_use]
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let is_delivery = headers.contains_key(SIGNATURE_HEADER) && headers.contains_key(TIMESTAMP_HEADER);
        is_delivery || headers.contains_key(PROOF_HEADER)
    }

    /// Takes a request that is the proof which is waited for; says whether it is.
    pub fn take_proof(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let named = headers.get(PROOF_HEADER).map(http::HeaderValue::as_bytes);
        let Some(pending) = pending.as_mut() else { return named.is_some() };
        let is_ours = named == Some(pending.nonce.as_bytes()) || memmem::find(body, pending.nonce.as_bytes()).is_some();
        if is_ours {
            let verdict = self.verifier.verify(headers, body, now);
            pending.outcome = Some(verdict.reason().map_or(Ok(()), |reason| Err(reason.clone())));
            self.arrived.send_replace(());
        }
        // A proof that came too late is nothing to be kept either.
        is_ours || named.is_some()
    }

    /// Notes a verified delivery: one that came through the public URL shows that the URL is registered.
    pub fn note_verified(&self, headers: &HeaderMap) {
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((host, port)) = &*host else { return };
        let values =
            HOST_HEADERS.iter().flat_map(|name| headers.get_all(*name)).filter_map(|value| value.to_str().ok());
        if values.filter_map(host_of).any(|(named, at)| named.eq_ignore_ascii_case(host) && at == *port) {
            self.confirmed.send_replace(true);
        }
    }

    /// Notes the host and the port of the public URL.
    pub fn set_host(&self, host: &str, port: u16) {
        *self.host.lock().unwrap_or_else(PoisonError::into_inner) = Some((host.to_owned(), port));
        self.confirmed.send_replace(false);
    }

    /// Whether a verified delivery has come through the public URL, now and from now on.
    #[must_use]
    pub fn confirmed(&self) -> watch::Receiver<bool> {
        self.confirmed.subscribe()
    }

    /// The secret that proofs are signed with.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Waits for this proof from now on.
    pub fn expect(&self, nonce: &str) {
        let pending = Pending { nonce: nonce.to_owned(), outcome: None };
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = Some(pending);
    }

    /// The outcome of the proof, once it has come.
    ///
    /// # Errors
    ///
    /// The reason why it is not authentic: it was changed on its way.
    pub async fn outcome(&self) -> Result<(), Reason> {
        let mut arrived = self.arrived.subscribe();
        loop {
            let pending =
                self.pending.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|p| p.outcome.clone());
            match pending {
                Some(outcome) => return outcome,
                None => _ = arrived.changed().await,
            }
        }
    }

    /// Waits for no proof any more.
    pub fn forget(&self) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The host and the port of a `Host` header; without a port it is the one of https.
fn host_of(value: &str) -> Option<(String, u16)> {
    let authority: Authority = value.trim().parse().ok()?;
    Some((authority.host().to_owned(), authority.port_u16().unwrap_or(443)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::PublicAccess;
    use crate::model::Secret;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_has_not_both_headers_of_magic_hour_is_not_admitted() {
        let access = PublicAccess::new(Secret::new("s"));
        let (signature, timestamp) = (("magic-hour-event-signature", "x"), ("magic-hour-event-timestamp", "1"));
        assert!(access.admits(&headers(&[signature, timestamp])));
        assert!(access.admits(&headers(&[("mh-hook-proof", "n")])));
        for some in [&[signature][..], &[timestamp], &[]] {
            assert!(!access.admits(&headers(some)));
        }
    }

    #[test]
    fn a_verified_delivery_confirms_the_url_only_if_it_came_through_it() {
        let access = PublicAccess::new(Secret::new("s"));
        let confirmed = access.confirmed();
        access.note_verified(&headers(&[("host", "a.ngrok-free.dev")]));
        assert!(!*confirmed.borrow());
        access.set_host("a.ngrok-free.dev", 443);
        access.note_verified(&headers(&[("host", "localhost:8000"), ("x-forwarded-host", "a.ngrok-free.dev:80")]));
        assert!(!*confirmed.borrow());
        access.note_verified(&headers(&[("host", "localhost:8000"), ("x-forwarded-host", "A.ngrok-free.dev:443")]));
        assert!(*confirmed.borrow());
        access.set_host("b.ngrok-free.dev", 443);
        assert!(!*confirmed.borrow());
    }
}
