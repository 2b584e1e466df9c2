//! Kinds of failed posts, by the names that scripts know.

use std::fmt;

use serde::{Serialize, Serializer};

/// Kind of a post without a usable answer. Ordered by name, as reports list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostFailure {
    /// The answer has a head that cannot be read.
    BadAnswer,
    /// The connection ended before the answer did.
    Broken,
    /// Too many posts wait already.
    Busy,
    ConnectTimeout,
    /// It waits in the journal until there is room for it.
    Deferred,
    /// This machine has no descriptor left.
    Descriptors,
    /// The host's name has no address.
    Dns,
    /// The answer is of another protocol.
    NotHttp,
    /// The journal does not hold it any more.
    NotKept,
    QueueFull,
    Refused,
    SendTimeout,
    /// The client could not be set up.
    Setup,
    /// The program is ending.
    Stopped,
    /// No answer came in time.
    Timeout,
    Tls,
    Unreachable,
}

impl PostFailure {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadAnswer => "bad-answer",
            Self::Broken => "broken",
            Self::Busy => "busy",
            Self::ConnectTimeout => "connect-timeout",
            Self::Deferred => "deferred",
            Self::Descriptors => "descriptors",
            Self::Dns => "dns",
            Self::NotHttp => "not-http",
            Self::NotKept => "not-kept",
            Self::QueueFull => "queue-full",
            Self::Refused => "refused",
            Self::SendTimeout => "send-timeout",
            Self::Setup => "setup",
            Self::Stopped => "stopped",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Unreachable => "unreachable",
        }
    }
}

impl fmt::Display for PostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for PostFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
