//! When a delivery is tried again, as pure functions of the attempt's number.
//!
//! Magic Hour's documentation: any answer but 2xx is retried after 1, 2, 4, 8 s ... for up to 24 hours, and an endpoint
//! has 10 s to answer. Whether the doubling has a cap or jitter is not documented; none is assumed.

use std::time::Duration;

/// Time during which Magic Hour retries one event.
pub const RETRY_LIMIT: Duration = Duration::from_hours(24);

/// Time for an endpoint to answer before the attempt counts as failed.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The planned time from the first attempt to attempt `number` (the first is 1), not scaled.
///
/// `None` when the event has been given up by then: 24 hours hold 17 attempts, the last one after 18.2 hours.
pub fn planned_offset(number: u32) -> Option<Duration> {
    let doubled = 1u64.checked_shl(number.checked_sub(1)?)?;
    let offset = Duration::from_secs(doubled - 1);
    (offset <= RETRY_LIMIT).then_some(offset)
}

/// Delay after attempt `number` failed, `scale` times shorter than documented.
///
/// `None` when that was the last attempt. Only the wait is scaled: timeouts and signed timestamps stay real.
pub fn wait_after(number: u32, scale: f64) -> Option<Duration> {
    let wait = planned_offset(number.checked_add(1)?)?.checked_sub(planned_offset(number)?)?;
    Some(Duration::try_from_secs_f64(wait.as_secs_f64() / scale).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{planned_offset, wait_after};

    #[test]
    fn twenty_four_hours_hold_seventeen_attempts() {
        let attempts = (1..).map_while(planned_offset).count();
        assert_eq!(attempts, 17);
        assert_eq!(planned_offset(17), Some(Duration::from_secs(65_535)));
        assert_eq!(planned_offset(0), None);
        assert_eq!(planned_offset(u32::MAX), None);
    }

    #[test]
    fn waits_double_from_one_second() {
        let waits: Vec<u64> = (1..).map_while(|n| wait_after(n, 1.0)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits.len(), 16);
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
    }

    #[test]
    fn a_scale_shortens_the_waits_and_nothing_else() {
        assert_eq!(wait_after(4, 1000.0), Some(Duration::from_millis(8)));
        assert_eq!((1..).map_while(|n| wait_after(n, 1e9)).count(), 16);
    }
}
