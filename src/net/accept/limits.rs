//! The limits of an HTTP surface: of number, size and time.

use std::time::Duration;

/// The most header fields that hyper takes by default.
pub(super) const USUAL_HEADERS: usize = 100;

/// Bounds of the connections to a surface.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at once. At the limit, the one that is idle longest is closed for the next.
    pub connections: usize,
    /// The longest time to a head's last byte: from accepting the connection, or from its first byte.
    pub head_time: Duration,
    /// The longest time between two requests on one connection.
    pub idle_time: Duration,
    /// The longest time in which nothing of an answer is taken.
    pub write_time: Duration,
    /// The longest time after an answer in which the other side is waited for to close too, when we close. Behind a
    /// tunnel its agent is on the other side, and closes once it has carried the answer on.
    pub carry_time: Option<Duration>,
    /// The longest time that requests under way are waited for after a stop.
    pub drain_time: Duration,
    /// The most bytes in a head; more are answered 431.
    pub head_size: usize,
    /// The most header fields; more are answered 431.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 128,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            write_time: Duration::from_secs(10),
            carry_time: None,
            drain_time: Duration::from_secs(30),
            head_size: 64 << 10,
            headers: USUAL_HEADERS,
        }
    }
}
