//! A log of records that a run writes and the page reads: bounded, and never waited for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

/// The most records that are kept; the oldest go first.
const MOST: usize = 5_000;

/// Records of a run, each with its name.
#[derive(Debug, Default)]
pub struct RunLog {
    records: Mutex<VecDeque<Value>>,
    version: AtomicU64,
}

impl RunLog {
    /// Adds a record.
    pub fn add<T: Serialize>(&self, record: &str, fields: &T) {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(fields) else { return };
        fields.insert("record".to_owned(), json!(record));
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == MOST {
            records.pop_front();
        }
        records.push_back(Value::Object(fields));
        drop(records);
        self.touch();
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.touch();
    }

    /// Says that something changed that is read elsewhere.
    pub fn touch(&self) {
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// A number that rises with every change.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// The records that are wanted, oldest first.
    pub(super) fn records(&self, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().filter(|record| is_wanted(record)).cloned().collect()
    }
}

/// The text of a field.
pub(super) fn text<'a>(record: &'a Value, field: &str) -> Option<&'a str> {
    record.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MOST, RunLog};

    #[test]
    fn records_are_kept_in_order_and_the_oldest_go_first() {
        let log = RunLog::default();
        for number in 0..MOST + 2 {
            log.add("job", &json!({ "number": number }));
        }
        let kept = log.records(|_| true);
        assert_eq!((kept.len(), log.version()), (MOST, MOST as u64 + 2));
        assert_eq!(kept[0], json!({ "number": 2, "record": "job" }));
        assert_eq!(log.records(|record| record["number"] == 7).len(), 1);
    }
}
