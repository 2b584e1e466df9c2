//! Expectations of a script: deliveries of certain types, one for each expectation.

use std::time::{Duration, Instant};

use crate::engine::receive::received::ReceivedDelivery;
use crate::model::contract::path::Assignment;
use crate::model::json::view::JsonView;
use crate::model::{EventPattern, Verdict};

/// The deliveries that are waited for.
#[derive(Debug)]
pub struct Expectations {
    began: Instant,
    wanted: Vec<Wanted>,
    places: Vec<Assignment>,
    exit_after: Option<u64>,
    seen: u64,
    /// For each delivery that was taken, the expectations that it could meet.
    taken: Vec<Vec<usize>>,
}

/// One of them.
#[derive(Debug)]
struct Wanted {
    pattern: EventPattern,
    /// The delivery that meets it.
    by: Option<usize>,
    /// When that was settled.
    met_at: Option<Instant>,
}

/// State of the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectationState {
    Waiting,
    Met,
    /// As many deliveries came as were to be waited for, and not everything was among them.
    Unmet,
    /// As many deliveries came as were to be waited for, and nothing else was asked.
    Enough,
}

impl Expectations {
    /// Waits for a delivery of each pattern, all with these values, or until `exit_after` deliveries came.
    pub fn new(patterns: Vec<EventPattern>, places: Vec<Assignment>, exit_after: Option<u64>) -> Self {
        let wanted = patterns.into_iter().map(|pattern| Wanted { pattern, by: None, met_at: None }).collect();
        Self { began: Instant::now(), wanted, places, exit_after, seen: 0, taken: Vec::new() }
    }

    /// Whether deliveries of certain types are waited for.
    pub fn is_wanting(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The number of deliveries after which the wait ends, if there is one.
    pub fn exit_after(&self) -> Option<u64> {
        self.exit_after
    }

    /// The number of deliveries that came and were not refused.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Each pattern, whether its delivery came, and how long it was waited for.
    pub fn results(&self) -> impl Iterator<Item = (&EventPattern, bool, Duration)> {
        let waited = |wanted: &Wanted| wanted.met_at.unwrap_or_else(Instant::now).duration_since(self.began);
        self.wanted.iter().map(move |wanted| (&wanted.pattern, wanted.by.is_some(), waited(wanted)))
    }

    /// Counts a delivery that was not refused. Only a verified one that was answered 2xx can meet an expectation.
    pub fn observe(&mut self, received: &ReceivedDelivery) -> ExpectationState {
        if !received.is_refused {
            self.seen += 1;
        }
        let good = received.verdict == Verdict::Verified && received.answered.is_success();
        if good && self.has_places(&received.body) {
            let event_type = received.peek.event_type.as_deref().unwrap_or_default();
            let stands_for = |(at, wanted): (usize, &Wanted)| wanted.pattern.matches(event_type).then_some(at);
            let candidates: Vec<usize> = self.wanted.iter().enumerate().filter_map(stands_for).collect();
            if !candidates.is_empty() {
                self.take(candidates);
            }
        }
        self.state()
    }

    /// State of the wait.
    pub fn state(&self) -> ExpectationState {
        let met = self.wanted.iter().all(|wanted| wanted.by.is_some());
        let enough = self.exit_after.is_some_and(|most| self.seen >= most);
        match (self.is_wanting(), met, enough) {
            (true, true, _) => ExpectationState::Met,
            (true, false, true) => ExpectationState::Unmet,
            (false, _, true) => ExpectationState::Enough,
            (_, _, false) => ExpectationState::Waiting,
        }
    }

    fn has_places(&self, body: &[u8]) -> bool {
        if self.places.is_empty() {
            return true;
        }
        JsonView::read(body).is_ok_and(|event| self.places.iter().all(|place| place.holds(event)))
    }

    /// Lets a delivery meet one of its candidates, if need be by moving others: an augmenting path, so that a
    /// narrow expectation is not starved by a wide one that came first.
    fn take(&mut self, candidates: Vec<usize>) {
        let delivery = self.taken.len();
        self.taken.push(candidates);
        let mut tried = vec![false; self.wanted.len()];
        if !self.place(delivery, &mut tried) {
            self.taken.pop();
        }
    }

    fn place(&mut self, delivery: usize, tried: &mut [bool]) -> bool {
        let candidates = self.taken.get(delivery).cloned().unwrap_or_default();
        for candidate in candidates {
            if tried.get_mut(candidate).is_none_or(|tried| std::mem::replace(tried, true)) {
                continue;
            }
            let holder = self.wanted.get(candidate).and_then(|wanted| wanted.by);
            if holder.is_none_or(|holder| self.place(holder, tried)) {
                if let Some(wanted) = self.wanted.get_mut(candidate) {
                    wanted.by = Some(delivery);
                    wanted.met_at.get_or_insert_with(Instant::now);
                }
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{ExpectationState, Expectations};
    use crate::engine::receive::received::tests::received;
    use crate::model::Verdict;
    use crate::model::signing::reason::Reason;

    fn expecting(patterns: &[&str]) -> Expectations {
        let patterns = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        Expectations::new(patterns, Vec::new(), None)
    }

    #[test]
    fn each_expectation_needs_a_delivery_of_its_own() {
        let mut expectations = expecting(&["video.*", "video.*"]);
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("image.started", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("video.completed", "a")), ExpectationState::Met);
    }

    #[test]
    fn a_wide_expectation_does_not_starve_a_narrow_one() {
        let mut expectations = expecting(&["*", "video.*", "video.completed"]);
        assert_eq!(expectations.observe(&received("video.completed", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("audio.started", "a")), ExpectationState::Met);
    }

    #[test]
    fn what_is_not_verified_or_not_accepted_does_not_count() {
        let mut expectations = expecting(&["video.started"]);
        let mut doubtful = received("video.started", "a");
        doubtful.verdict = Verdict::Unverified(Reason::MissingHeaders);
        assert_eq!(expectations.observe(&doubtful), ExpectationState::Waiting);
        let mut failed = received("video.started", "a");
        failed.answered = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(expectations.observe(&failed), ExpectationState::Waiting);
    }

    #[test]
    fn places_must_hold_their_values() {
        let places = vec!["payload.id=b".parse().unwrap()];
        let mut expectations = Expectations::new(vec!["video.*".parse().unwrap()], places, Some(3));
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("image.started", "b")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("video.started", "c")), ExpectationState::Unmet);
        assert_eq!(expectations.results().filter(|(_, met, _)| *met).count(), 0);
    }

    #[test]
    fn what_was_refused_does_not_count() {
        let mut expectations = Expectations::new(Vec::new(), Vec::new(), Some(1));
        let mut forged = received("video.started", "a");
        forged.is_refused = true;
        assert_eq!(expectations.observe(&forged), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Enough);
    }

    #[test]
    fn a_number_alone_is_enough_when_it_is_reached() {
        let mut expectations = Expectations::new(Vec::new(), Vec::new(), Some(2));
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Waiting);
        assert_eq!(expectations.observe(&received("video.started", "a")), ExpectationState::Enough);
    }
}
