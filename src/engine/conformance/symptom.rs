//! The ways in which a response is wrong.

/// One way in which a response is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// 2xx to what must be refused.
    WronglyAccepted,
    /// 4xx to what must be accepted.
    WronglyRefused,
    Failed,
    Redirected,
    RateLimited,
    /// 2xx with a body that says that it went wrong.
    Dishonest,
    /// No answer within the limit.
    TooSlow,
    /// No answer at all: the connection was refused or broken off.
    NoAnswer,
    /// The same event had its effect more than once, or never.
    WrongEffect,
}
