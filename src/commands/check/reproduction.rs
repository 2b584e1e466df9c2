//! The command that reproduces a finding.

use std::path::Path;
use std::time::Duration;

use crate::commands::shared::shell::word;
use crate::engine::conformance::case::{BaselineRule, Probe};
use crate::engine::conformance::finding::Finding;
use crate::engine::conformance::request_spec::{Base, PLAIN, RequestSpec};
use crate::engine::conformance::symptom::Symptom;
use crate::model::Layout;
use crate::model::contract::payload::FieldSet;
use crate::model::schedule::ANSWER_TIMEOUT;

/// The options that all such commands share.
pub(crate) struct Reproduction<'a> {
    pub(crate) url: &'a str,
    pub(crate) id: Option<&'a str>,
    pub(crate) secret_file: Option<&'a Path>,
    pub(crate) tls: Vec<String>,
    /// Options that only `check` has.
    pub(crate) of_check: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) base: Base,
}

const FORGED: RequestSpec = RequestSpec { faults: &["wrong-secret"], ..PLAIN };

impl Reproduction<'_> {
    /// One line for a shell: `send` where it can say it, else `check` with the one case.
    pub(crate) fn command(&self, finding: &Finding) -> String {
        let case = finding.witness.unwrap_or(finding.case);
        let slow = finding.symptom() == Some(Symptom::TooSlow);
        let words = match &case.probe {
            Probe::Deliver(spec) if spec.age == 0 => self.send(spec, slow),
            Probe::Baseline(BaselineRule::Verifies) => self.send(&FORGED, slow),
            Probe::Baseline(_) => self.send(&PLAIN, slow),
            _ => self.check(case.id),
        };
        words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
    }

    /// The command that asks one rule again.
    pub(crate) fn again(&self, id: &str) -> String {
        self.check(id).iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
    }

    fn send(&self, spec: &RequestSpec, slow: bool) -> Vec<String> {
        let spec = spec.on(self.base);
        let mut words = words(&["mh-hook", "send", spec.event.unwrap_or(self.base.event).as_str()]);
        let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
        spec.set.iter().for_each(|change| option("--set", change));
        spec.set_new.iter().for_each(|change| option("--set-new", change));
        spec.faults.iter().for_each(|fault| option("--fault", fault));
        spec.header.iter().for_each(|header| option("--header", header));
        match spec.layout.unwrap_or_default() {
            Layout::Compact => {}
            layout => option("--layout", layout.as_str()),
        }
        if spec.size > 0 {
            option("--size", &spec.size.to_string());
        }
        if slow {
            option("--timeout", &self.seconds());
        }
        option("--to", self.url);
        if spec.fields == Some(FieldSet::Documented) {
            words.push("--documented-only".to_owned());
        }
        self.finish(words)
    }

    fn check(&self, id: &str) -> Vec<String> {
        let mut words = words(&["mh-hook", "check", self.url, "--only", id]);
        if self.timeout != ANSWER_TIMEOUT {
            words.extend(["--timeout".to_owned(), self.seconds()]);
        }
        words.extend(self.of_check.iter().cloned());
        self.finish(words)
    }

    fn finish(&self, mut words: Vec<String>) -> Vec<String> {
        words.extend(self.id.into_iter().flat_map(|id| ["--id".to_owned(), id.to_owned()]));
        let secret_file = self.secret_file.map(|path| path.display().to_string());
        words.extend(secret_file.into_iter().flat_map(|path| ["--secret-file".to_owned(), path]));
        words.extend(self.tls.iter().cloned());
        words
    }

    fn seconds(&self) -> String {
        format!("{}s", self.timeout.as_secs_f64())
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
