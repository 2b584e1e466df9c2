//! Memory of recent events, for detecting duplicates.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Events that are remembered; the oldest are dropped first.
const REMEMBERED: usize = 65_536;

/// Counts how often each event arrived, by the key that Magic Hour's documentation recommends: `payload.id` and `type`.
///
/// Keys are kept as hashes of 64 bits, so that memory is bounded whatever arrives; that two of the events remembered
/// share one is less likely than one in a billion.
#[derive(Debug, Default)]
pub struct Duplicates {
    counts: HashMap<u64, u32>,
    order: VecDeque<u64>,
}

impl Duplicates {
    /// Counts one more arrival of an event and returns how many there were, this one included.
    pub fn count(&mut self, job_id: &str, event_type: &str) -> u32 {
        let mut hasher = DefaultHasher::new();
        (job_id, event_type).hash(&mut hasher);
        let key = hasher.finish();
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        if count == 1 {
            self.order.push_back(key);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Duplicates, REMEMBERED};

    #[test]
    fn arrivals_of_one_event_are_counted() {
        let mut duplicates = Duplicates::default();
        assert_eq!(duplicates.count("a", "video.completed"), 1);
        assert_eq!(duplicates.count("a", "video.completed"), 2);
        assert_eq!(duplicates.count("a", "video.started"), 1);
        assert_eq!(duplicates.count("b", "video.completed"), 1);
    }

    #[test]
    fn the_oldest_are_forgotten_and_memory_stays_bounded() {
        let mut duplicates = Duplicates::default();
        for id in 0..=REMEMBERED {
            duplicates.count(&id.to_string(), "image.completed");
        }
        assert_eq!(duplicates.counts.len(), REMEMBERED);
        assert_eq!(duplicates.count("0", "image.completed"), 1);
        assert_eq!(duplicates.count(&REMEMBERED.to_string(), "image.completed"), 2);
    }
}
