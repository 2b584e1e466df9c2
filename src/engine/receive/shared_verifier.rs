//! A verifier that can be exchanged while deliveries arrive: the secret may become known late.

use std::sync::{Arc, PoisonError, RwLock};

use crate::model::Verifier;

/// The verifier that is in use. Clones share it.
#[derive(Clone, Debug)]
pub struct SharedVerifier(Arc<RwLock<Arc<Verifier>>>);

impl SharedVerifier {
    /// The verifier in use now.
    #[must_use]
    pub fn current(&self) -> Arc<Verifier> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses another verifier for what arrives from now on.
    pub fn replace(&self, verifier: Verifier) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(verifier);
    }
}

impl From<Verifier> for SharedVerifier {
    fn from(verifier: Verifier) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(verifier))))
    }
}
