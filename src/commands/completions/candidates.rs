//! Candidates for values, from the tables of the model and from the journal.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use crate::engine::conformance::catalogue;
use crate::model::contract::fields::fields;
use crate::model::directive;
use crate::model::signing::fault::FAULTS;
use crate::model::tools::job_tools;
use crate::model::{EventType, Kind, Phase};
use crate::store::journal::{Filter, Reader};

/// Number of the last deliveries that are offered.
const LAST: usize = 20;

/// One value, and a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) value: String,
    pub(crate) about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: impl Into<String>) -> Self {
        Self { value: value.into(), about: about.into() }
    }
}

pub(crate) fn event_types() -> Vec<Candidate> {
    EventType::ALL.map(|event| Candidate::new(event.as_str(), event.about())).into()
}

/// Types, and the globs and the word that mean several of them.
pub(crate) fn event_patterns() -> Vec<Candidate> {
    let kinds = Kind::ALL.map(|kind| Candidate::new(format!("{}.*", kind.as_str()), "every event of the kind"));
    let phases = Phase::ALL.map(|phase| Candidate::new(format!("*.{}", phase.as_str()), "this event of every kind"));
    let all = [Candidate::new("all", "all nine, in the order of a job's life")];
    event_types().into_iter().chain(kinds).chain(phases).chain(all).collect()
}

pub(crate) fn faults() -> Vec<Candidate> {
    let list = Candidate::new("list", "show all faults");
    FAULTS.iter().map(|fault| Candidate::new(fault.name, fault.about)).chain([list]).collect()
}

pub(crate) fn tools() -> Vec<Candidate> {
    let list = Candidate::new("list", "show all tools with their prices");
    job_tools().map(|(kind, tool)| Candidate::new(tool.name(), kind.as_str())).chain([list]).collect()
}

/// Conformance cases, and a glob for each of their groups.
pub(crate) fn cases() -> Vec<Candidate> {
    let group = |id: &str| id.split_once('.').map(|(group, _)| format!("{group}.*"));
    let groups: BTreeSet<String> = catalogue::all().filter_map(|case| group(case.id)).collect();
    let groups = groups.into_iter().map(|glob| Candidate::new(glob, "every case of this group"));
    catalogue::all().map(|case| Candidate::new(case.id, case.rule)).chain(groups).collect()
}

/// A directive for the sandbox at the end of the text that was typed.
pub(crate) fn directives(typed: &str) -> Vec<Candidate> {
    let before = match typed.rsplit_once('[') {
        Some((before, begun)) if !begun.contains(']') => before,
        _ => typed,
    };
    let about = "directive for the sandbox";
    directive::examples().map(|example| Candidate::new(format!("{before}{example}"), about)).collect()
}

/// Places of an event, as `--set` and `--where` name them.
pub(crate) fn paths() -> Vec<Candidate> {
    let mut seen = BTreeSet::new();
    let all = Kind::ALL.into_iter().flat_map(fields).filter(|field| seen.insert(field.name));
    all.map(|field| Candidate::new(format!("payload.{}=", field.name), field.about)).collect()
}

pub(crate) fn statuses() -> Vec<Candidate> {
    let any = ["2xx", "4xx", "5xx"].map(|status| Candidate::new(status, "any of these"));
    let one = ["200", "400", "401", "403", "413", "500"].map(|status| Candidate::new(status, ""));
    any.into_iter().chain(one).collect()
}

pub(crate) fn speeds() -> Vec<Candidate> {
    let speeds = [
        ("instant", "jobs end at once"),
        ("fast", "an image takes 1 s, audio 2 s, video 4 s"),
        ("realistic", "as long as at Magic Hour"),
        ("10", "ten times faster than realistic"),
    ];
    speeds.map(|(speed, about)| Candidate::new(speed, about)).into()
}

/// Numbers of the last deliveries in the journal, newest first.
pub(crate) fn deliveries(journal: &Path) -> Vec<Candidate> {
    let mut found = Vec::new();
    visit(journal, |id, event, job| {
        let about = [event, job].map(|text| text.filter(|text| is_plain(text)).unwrap_or("?")).join("  ");
        found.push(Candidate::new(id.to_string(), about));
    });
    found.reverse();
    if !found.is_empty() {
        found.insert(0, Candidate::new("last", "the newest delivery"));
    }
    found
}

/// Ids of the last jobs in the journal, newest first.
pub(crate) fn jobs(journal: &Path) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    visit(journal, |_, event, job| {
        let Some(job) = job.filter(|job| is_plain(job)) else { return };
        found.retain(|candidate| candidate.value != job);
        found.push(Candidate::new(job, event.filter(|event| is_plain(event)).unwrap_or_default()));
    });
    found.reverse();
    found
}

/// Shows number, event type and job id of the last deliveries. A journal that cannot be read has none to offer.
fn visit(journal: &Path, mut show: impl FnMut(u64, Option<&str>, Option<&str>)) {
    let filter = Filter { last: Some(LAST), ..Filter::default() };
    let Ok(reader) = Reader::open(journal) else { return };
    let visited = reader.visit(&filter, |delivery| {
        show(delivery.id, delivery.event_type.as_deref(), delivery.job_id.as_deref());
        ControlFlow::Continue(())
    });
    drop(visited);
}

/// Whether a text that was received can be handed to a shell as it is.
fn is_plain(text: &str) -> bool {
    text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::{cases, directives, event_patterns, is_plain, paths};
    use crate::model::EventPattern;

    #[test]
    fn every_event_pattern_is_one_that_commands_accept() {
        for candidate in event_patterns() {
            assert!(candidate.value.parse::<EventPattern>().is_ok(), "{}", candidate.value);
        }
    }

    #[test]
    fn a_directive_completes_the_end_of_a_prompt() {
        let of = |typed| directives(typed).into_iter().map(|candidate| candidate.value).collect::<Vec<_>>();
        assert!(of("a cat [err").contains(&"a cat [error=no_source_face]".to_owned()));
        assert!(of("[cancel] [").contains(&"[cancel] [late=5s]".to_owned()));
    }

    #[test]
    fn cases_and_their_groups_are_offered() {
        assert!(cases().iter().any(|candidate| candidate.value == "timestamp.stale"));
        assert!(cases().iter().any(|candidate| candidate.value == "timestamp.*"));
    }

    #[test]
    fn a_field_of_several_kinds_is_offered_once() {
        let ids = paths().into_iter().filter(|candidate| candidate.value == "payload.id=").count();
        assert_eq!(ids, 1);
    }

    #[test]
    fn what_a_shell_could_obey_is_never_offered() {
        assert!(is_plain("video.completed") && is_plain("cm1_x-2"));
        assert!(!is_plain("$(reboot)") && !is_plain("a b") && !is_plain("\u{1b}[2J") && !is_plain("a\nb"));
    }
}
