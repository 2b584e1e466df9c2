//! Links to files: signed, so that nobody can make one up, and good for a day.

use std::fmt::Write;

use jiff::Timestamp;
use url::form_urlencoded::parse;

use crate::model::Signer;
use crate::model::contract::project::{DOWNLOAD_BASE, DOWNLOAD_LIFETIME, Download};
use crate::model::job::Job;

/// Path of outputs.
pub(super) const FILES: &str = "/_files";

/// Path of uploads.
pub(super) const UPLOADS: &str = "/_uploads";

/// Prefix of every file path in a request.
pub(super) const ASSETS: &str = "api-assets/";

/// Makes and checks links.
#[derive(Clone)]
pub(super) struct Links(Signer);

/// Why a link does not open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Forged,
    Expired,
}

impl Links {
    pub(super) fn new(key: &str) -> Self {
        Self(Signer::from_bytes(key.as_bytes()))
    }

    /// A link to `path` that works for a day.
    pub(super) fn link(&self, base: &str, path: &str, now: Timestamp) -> Download {
        let expires_at = now.saturating_add(DOWNLOAD_LIFETIME).unwrap_or(Timestamp::MAX);
        // Whole seconds, since that is what the link can say.
        let seconds = expires_at.as_second();
        let expires_at = Timestamp::from_second(seconds).unwrap_or(expires_at);
        let signature = self.sign(path, &seconds.to_string());
        Download { url: format!("{base}{path}?expires={seconds}&signature={signature}"), expires_at }
    }

    /// Whether a request with this path and query may go on.
    pub(super) fn check(&self, path: &str, query: Option<&str>, now: Timestamp) -> Result<(), Closed> {
        let value = |name| parse(query?.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
        let (expires, signature) = value("expires").zip(value("signature")).ok_or(Closed::Forged)?;
        if self.sign(path, &expires) != *signature {
            return Err(Closed::Forged);
        }
        let open = expires.parse().is_ok_and(|seconds: i64| now.as_second() < seconds);
        if open { Ok(()) } else { Err(Closed::Expired) }
    }

    fn sign(&self, path: &str, expires: &str) -> String {
        self.0.sign_parts(&[path.as_bytes(), b"\n", expires.as_bytes()]).to_string()
    }

    /// The links to what a job has made.
    pub(super) fn downloads(&self, base: &str, job: &Job, now: Timestamp) -> Vec<Download> {
        outputs(job).map(|name| self.link(base, &format!("{FILES}/{}/{name}", job.id), now)).collect()
    }
}

/// The links of a job in the form that Magic Hour's documentation shows.
pub(super) fn documented(job: &Job, now: Timestamp) -> Vec<Download> {
    let expires_at = now.saturating_add(DOWNLOAD_LIFETIME).unwrap_or(Timestamp::MAX);
    let extension = job.order.output.format.extension();
    let name = |number: u32| {
        let mut name = "output".to_owned();
        if number > 0 {
            let _ = write!(name, "-{number}");
        }
        name
    };
    let url = |number| format!("{DOWNLOAD_BASE}/{}/{}.{extension}", job.id, name(number));
    (0..job.order.output.count).map(|number| Download { url: url(number), expires_at }).collect()
}

/// The names of a job's files, distinct also when the files of several jobs are saved in one directory.
fn outputs(job: &Job) -> impl Iterator<Item = String> {
    let extension = job.order.output.format.extension();
    (0..job.order.output.count).map(move |number| format!("{}-{number}.{extension}", job.id))
}

/// The number of the file with this name among a job's files.
pub(super) fn output_number(job: &Job, name: &str) -> Option<u32> {
    outputs(job).position(|known| known == name).and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Closed, Links};

    #[test]
    fn a_link_opens_its_file_for_a_day_and_no_other() {
        let links = Links::new("key");
        let now = Timestamp::from_second(1_000).unwrap();
        let link = links.link("http://h", "/_files/a", now);
        let query = link.url.strip_prefix("http://h/_files/a?");
        assert_eq!(link.expires_at.as_second(), 1_000 + 86_400);
        assert_eq!(links.check("/_files/a", query, now), Ok(()));
        assert_eq!(links.check("/_files/b", query, now), Err(Closed::Forged));
        let later = now.saturating_add(SignedDuration::from_hours(24)).unwrap();
        assert_eq!(links.check("/_files/a", query, later), Err(Closed::Expired));
        let longer = query.unwrap().replace("expires=87400", "expires=97400");
        assert_eq!(links.check("/_files/a", Some(&longer), now), Err(Closed::Forged));
        assert_eq!(Links::new("other").check("/_files/a", query, now), Err(Closed::Forged));
        assert_eq!(links.check("/_files/a", None, now), Err(Closed::Forged));
    }
}
