//! The pauses of a run where waiting is the point.

use std::time::Duration;

/// Pauses that tests shorten.
#[derive(Clone, Copy, Debug)]
pub struct SuiteTiming {
    /// Between the two halves of a slow body.
    pub pause: Duration,
    /// Between two looks at side effects.
    pub settle: Duration,
}

impl Default for SuiteTiming {
    fn default() -> Self {
        Self { pause: Duration::from_secs(1), settle: Duration::from_millis(300) }
    }
}
