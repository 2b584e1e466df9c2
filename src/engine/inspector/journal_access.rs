//! The inspector's access to the journal: read on a thread that may block, written only for attempts that the page made.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;

use crate::engine::inspector::reply::ApiRefusal;
use crate::net::shutdown::Shutdown;
use crate::store::journal::{Journal, JournalError, JournalOptions, NewAttempt, Reader};

/// A journal that may not be there yet.
pub(super) struct JournalAccess {
    path: PathBuf,
    reader: Arc<Mutex<Option<Reader>>>,
    writer: tokio::sync::Mutex<Option<Arc<Journal>>>,
    shutdown: Shutdown,
}

impl JournalAccess {
    pub(super) fn new(path: PathBuf, shutdown: Shutdown) -> Self {
        Self { path, reader: Arc::default(), writer: tokio::sync::Mutex::default(), shutdown }
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Asks the journal something. Where there is none yet, the answer is the default.
    pub(super) async fn read<T, E>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiRefusal>
    where
        T: Default + Send + 'static,
        ApiRefusal: From<E>,
        E: Send + 'static,
    {
        let (path, reader) = (self.path.clone(), Arc::clone(&self.reader));
        let work = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            // A journal that was deleted or replaced goes on to be readable, and is not the one that is written to.
            let open = match reader.take().filter(Reader::is_current) {
                Some(open) => open,
                None => match Reader::open(path) {
                    Ok(open) => open,
                    Err(JournalError::Missing { .. }) => return Ok(T::default()),
                    Err(error) => return Err(error.into()),
                },
            };
            let answer = question(&open).map_err(ApiRefusal::from);
            *reader = Some(open);
            answer
        };
        let gone = || ApiRefusal::new(StatusCode::SERVICE_UNAVAILABLE, "the program is stopping");
        self.shutdown.spawn_blocking(work).await.unwrap_or_else(|_| Err(gone()))
    }

    /// Keeps an attempt.
    pub(super) async fn attempted(&self, attempt: NewAttempt) -> Result<(), ApiRefusal> {
        let journal = self.writer().await?;
        let unwritten = |error: crate::store::journal::WriteFailed| {
            ApiRefusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("{error}; the attempt was made and is not in it"),
            )
        };
        journal.attempt(attempt).await.await.map_err(unwritten)
    }

    async fn writer(&self) -> Result<Arc<Journal>, ApiRefusal> {
        let mut writer = self.writer.lock().await;
        if let Some(journal) = &*writer {
            return Ok(Arc::clone(journal));
        }
        let (journal, _notices) = Journal::open(JournalOptions::new(self.path.clone()))?;
        Ok(Arc::clone(writer.insert(Arc::new(journal))))
    }

    /// Writes what waits.
    pub(super) async fn close(&self) {
        if let Some(journal) = self.writer.lock().await.take() {
            journal.close().await;
        }
    }
}
