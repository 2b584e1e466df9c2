//! Limits how many calls a second are answered.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::engine::sandbox::options::Rate;

/// A bucket that holds the calls of one second, and fills up at the rate.
#[derive(Debug)]
pub(super) struct RateLimit {
    rate: Rate,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    calls: f64,
    at: Timestamp,
}

impl RateLimit {
    pub(super) fn new(rate: Rate, now: Timestamp) -> Self {
        let bucket = Bucket { calls: rate.per_second().max(1.0), at: now };
        Self { rate, bucket: Mutex::new(bucket) }
    }

    /// Takes a call; if there is none left, says after how many whole seconds there will be one.
    pub(super) fn take(&self, now: Timestamp) -> Result<(), u64> {
        let per_second = self.rate.per_second();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.calls = (bucket.calls + passed * per_second).min(per_second.max(1.0));
        bucket.at = now;
        if bucket.calls >= 1.0 {
            bucket.calls -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` saturates")]
        let seconds = ((1.0 - bucket.calls) / per_second).ceil() as u64;
        Err(seconds)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::RateLimit;

    #[test]
    fn calls_beyond_the_rate_wait() {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let rate_limit = RateLimit::new("2/s".parse().unwrap(), at(0));
        assert_eq!([0, 0, 0, 400, 500].map(|time| rate_limit.take(at(time))), [Ok(()), Ok(()), Err(1), Err(1), Ok(())]);
        let slow = RateLimit::new("0.1/s".parse().unwrap(), at(0));
        assert_eq!([0, 2_000, 10_000].map(|time| slow.take(at(time))), [Ok(()), Err(8), Ok(())]);
    }
}
