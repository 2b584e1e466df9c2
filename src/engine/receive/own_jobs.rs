//! Whose deliveries they are: all jobs of an account are delivered to one place, and a trial is about a few of them,
//! whose ids it knows only when their first deliveries can have come already.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Time that a delivery waits for its job's id. Magic Hour waits 10 s for an answer, of which the handler
/// needs some.
const PATIENCE: Duration = Duration::from_secs(5);

/// The jobs that are ours.
#[derive(Debug, Default)]
pub struct OwnJobs {
    known: watch::Sender<Known>,
}

#[derive(Debug, Default)]
struct Known {
    jobs: HashSet<String>,
    /// Number of jobs that are being created: while there are any, an unknown job may turn out to be ours.
    creating: usize,
}

/// Whose job it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    Ours,
    Theirs,
    /// It may turn out to be ours: jobs are being created.
    Unknown,
}

impl OwnJobs {
    /// Number of jobs that are about to be created.
    pub fn begin_creating(&self, jobs: usize) {
        self.known.send_modify(|known| known.creating += jobs);
    }

    /// A job is ours.
    pub fn insert(&self, job_id: &str) {
        self.known.send_modify(|known| _ = known.jobs.insert(job_id.to_owned()));
    }

    /// One of the jobs was created, and [added](Self::insert), or will never be.
    pub fn finish_creating(&self) {
        self.known.send_modify(|known| known.creating = known.creating.saturating_sub(1));
    }

    /// Whose job it is, as far as that is known.
    pub fn ownership(&self, job_id: Option<&str>) -> Ownership {
        let known = self.known.borrow();
        match job_id {
            Some(job_id) if known.jobs.contains(job_id) => Ownership::Ours,
            Some(_) if known.creating > 0 => Ownership::Unknown,
            _ => Ownership::Theirs,
        }
    }

    /// Whether a delivery of this job is ours; if that is not known soon, it is taken to be.
    pub async fn wait_for(&self, job_id: Option<&str>) -> bool {
        let mut changes = self.known.subscribe();
        let decided = async {
            loop {
                match self.ownership(job_id) {
                    Ownership::Ours => return true,
                    Ownership::Theirs => return false,
                    Ownership::Unknown => {}
                }
                if changes.changed().await.is_err() {
                    return true;
                }
            }
        };
        timeout(PATIENCE, decided).await.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use tokio::join;

    use super::{OwnJobs, Ownership};

    #[tokio::test(start_paused = true)]
    async fn a_delivery_that_comes_before_its_jobs_id_waits_for_it() {
        let own_jobs = OwnJobs::default();
        assert!(!own_jobs.wait_for(Some("a")).await);
        own_jobs.begin_creating(1);
        let (ours, others, ()) = join!(own_jobs.wait_for(Some("a")), own_jobs.wait_for(Some("b")), async {
            own_jobs.insert("a");
            own_jobs.finish_creating();
        });
        assert_eq!((ours, others), (true, false));
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_wait_for_ever_and_what_names_no_job_does_not_wait_at_all() {
        let own_jobs = OwnJobs::default();
        own_jobs.begin_creating(1);
        assert!(own_jobs.wait_for(Some("a")).await);
        assert!(!own_jobs.wait_for(None).await);
        assert_eq!((own_jobs.ownership(Some("a")), own_jobs.ownership(None)), (Ownership::Unknown, Ownership::Theirs));
    }
}
