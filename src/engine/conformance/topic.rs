//! The parts of a handler that a fix may change.

/// A part of a handler; each has its lines of code for each framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleTopic {
    /// Reading the body as bytes.
    RawBody,
    /// Computing and comparing the signature.
    Signature,
    /// Comparing the timestamp with now.
    Window,
    /// Reading the secret.
    Secret,
    /// Leaving the route out of CSRF protection.
    Csrf,
    /// Answering before the work.
    AnswerFirst,
    /// Answering with the status that says what happened.
    Status,
    /// Parsing the event without failing at what is malformed or new.
    Parsing,
    /// A part without lines of code.
    Other,
}
