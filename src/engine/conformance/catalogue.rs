//! All cases as one table.

use crate::engine::conformance::case::Case;
use crate::engine::conformance::cases::{ACCEPTS, AUTHENTICATES, DELIVERY, MALFORMED};

/// Every case, in the order in which findings are reported.
pub fn all() -> impl Iterator<Item = &'static Case> {
    ACCEPTS.iter().chain(&AUTHENTICATES).chain(&MALFORMED).chain(&DELIVERY)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use fastrand::Rng;

    use super::all;
    use crate::engine::conformance::case::{Group, Probe};
    use crate::engine::conformance::handler::composer;
    use crate::engine::conformance::request_spec::{Base, RequestSpec};
    use crate::model::contract::payload::FieldSet;
    use crate::model::id::job_id;
    use crate::model::signing::fault::{FAULTS, Shows, find};
    use crate::model::{EventType, Layout};

    fn specs() -> impl Iterator<Item = (&'static str, &'static RequestSpec)> {
        all().flat_map(|case| {
            let specs = match &case.probe {
                Probe::Deliver(spec) => std::slice::from_ref(spec),
                Probe::Sequence(sequence) => sequence.specs,
                _ => &[],
            };
            specs.iter().map(|spec| (case.id, spec))
        })
    }

    #[test]
    fn every_id_is_there_once_and_every_cause_stands_before_its_consequence() {
        let mut seen = HashSet::new();
        for case in all() {
            assert!(seen.insert(case.id), "{} is there twice", case.id);
            assert!(case.follows.iter().all(|cause| seen.contains(cause)), "{}", case.id);
        }
        let groups: Vec<_> = all().map(|case| case.group).collect();
        assert!(Group::ALL.iter().all(|group| groups.contains(group)));
    }

    #[test]
    fn every_spec_can_be_made_of_every_event() {
        for event in EventType::ALL {
            let base = Base { event, fields: FieldSet::Wire, layout: Layout::Compact };
            for (id, spec) in specs() {
                let composer = composer(&spec.on(base)).unwrap();
                let event = spec.on(base).event.unwrap();
                let made = composer.compose_one(event, &job_id(&mut Rng::with_seed(1)), jiff::Timestamp::UNIX_EPOCH);
                assert!(made.is_ok(), "{id} of {event}");
                assert!(spec.faults.iter().all(|fault| find(fault).is_ok()), "{id}");
            }
        }
    }

    #[test]
    fn every_fault_of_the_catalogue_is_put_to_handlers() {
        let asked: HashSet<&str> = specs().flat_map(|(_, spec)| spec.faults.iter().copied()).collect();
        // A new type is asked about by changing the field, which keeps the layout that the handler accepts.
        for fault in FAULTS.iter().filter(|fault| fault.name != "unknown-type") {
            assert!(asked.contains(fault.name), "no case sends {}", fault.name);
            if let Shows::Reason(_) = fault.shows {
                let mut cases = specs().filter(|(_, spec)| spec.faults.contains(&fault.name));
                assert!(cases.any(|(id, _)| !id.starts_with("malformed.")), "{}", fault.name);
            }
        }
    }
}
