//! Failures of a request that got no whole answer: not found, not connected, not sent, not answered.

use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use crate::net::out::post_failure::PostFailure;
use crate::net::out::tls_problem::TlsProblem;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The host has no address.
    #[error("cannot find the host '{host}'{}", detail(.problem))]
    Dns {
        /// The host.
        host: String,
        /// The resolver's words.
        problem: String,
    },
    /// No address took the connection.
    #[error("cannot connect to {target}: {} {}", list(.tried), explain(*.kind))]
    Connect {
        /// The host and port.
        target: String,
        /// The addresses that were tried, as far as they are known.
        tried: Vec<SocketAddr>,
        /// The failure at the last of them.
        kind: ErrorKind,
        /// Whether the other loopback address does take connections.
        listens_on_other_family: bool,
    },
    /// The connection was neither taken nor refused in time.
    #[error("cannot connect to {target}: it did not take the connection within {} s", .after.as_secs_f64())]
    ConnectTimeout {
        /// The host and port.
        target: String,
        /// The time that was allowed.
        after: Duration,
    },
    /// This program may not open another file or connection.
    #[error("cannot connect to {target}: this program has no file descriptor left for it")]
    Descriptors {
        /// The host and port.
        target: String,
    },
    /// TLS could not be agreed upon, or the certificate is not trusted.
    #[error("cannot speak TLS with {target}: {problem}")]
    Tls {
        /// The host and port.
        target: String,
        /// The problem.
        problem: TlsProblem,
    },
    /// The request could not be begun: the URL is of no use, or no client could be set up.
    #[error("cannot post to {target}: {problem}")]
    Setup {
        /// The URL, or its host and port.
        target: String,
        /// The problem.
        problem: String,
    },
    /// The connection came about, but the request was not read in time.
    #[error("{target} did not read the request within {} s", .after.as_secs_f64())]
    SendTimeout {
        /// The host and port.
        target: String,
        /// The time that was allowed.
        after: Duration,
    },
    /// The connection broke before a whole answer came, or what came is no answer.
    #[error("{target} {problem}")]
    Broken {
        /// The host and port.
        target: String,
        /// The problem.
        problem: Breakage,
    },
    /// The request was not even begun.
    #[error("not passed on: {0}")]
    NotBegun(NotBegun),
    /// The request was sent, but no whole answer came in time.
    #[error("{target} did not answer within {} s", .after.as_secs_f64())]
    TooSlow {
        /// The host and port.
        target: String,
        /// The time that was allowed.
        after: Duration,
    },
}

/// Reason why a delivery was not passed on to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBegun {
    /// It was not the delivery's turn as long as its sender may wait.
    #[error("the handler was busy with earlier deliveries for 10 s")]
    Busy,
    /// As many deliveries wait for the handler as may wait in memory; this one waits in the journal.
    #[error("it waits in the journal, since too many deliveries wait for the handler")]
    Deferred,
    /// It waited in the journal, which does not hold it any more.
    #[error("the journal does not hold it any more")]
    NotKept,
    /// As many deliveries wait for the handler as may wait.
    #[error("too many deliveries wait for the handler")]
    QueueFull,
    /// The listener ended before it was the delivery's turn.
    #[error("listening ended before its turn")]
    Stopped,
}

/// Problem of an answer that broke off, or is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// The connection was closed before the first byte.
    Closed,
    /// The connection was reset before the first byte.
    Reset,
    /// The connection was closed between the first byte and the end of the head.
    InHead,
    /// The connection was closed before the whole body was there.
    InBody {
        /// The bytes of the body that came.
        received: u64,
        /// The length that the head announced.
        announced: Option<u64>,
    },
    /// The body is sent in chunks, and one of them breaks HTTP's rules.
    BadChunk,
    /// The first bytes are not those of HTTP.
    NotHttp,
    /// The first bytes are those of TLS.
    SpeaksTls,
    /// The first bytes are those of HTTP/2.
    SpeaksHttp2,
    /// The head has too many fields, or too many bytes.
    HeadTooLarge,
    /// The head breaks HTTP's rules in the place that is named.
    BadHead(&'static str),
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed the connection before answering"),
            Self::Reset => f.write_str("reset the connection before answering"),
            Self::InHead => f.write_str("closed the connection within the headers of its answer"),
            Self::InBody { received, announced: Some(announced) } => {
                write!(f, "closed the connection after {received} of the {announced} bytes that its answer announced")
            }
            Self::InBody { received, announced: None } => {
                write!(f, "closed the connection within its answer, after {received} bytes")
            }
            Self::BadChunk => f.write_str("answered with an invalid chunk"),
            Self::NotHttp => f.write_str("answered with something else than HTTP/1.1"),
            Self::SpeaksTls => f.write_str("speaks TLS there, not plain http"),
            Self::SpeaksHttp2 => f.write_str("speaks HTTP/2 there, not HTTP/1.1"),
            Self::HeadTooLarge => f.write_str("answered with more headers than are read"),
            Self::BadHead(place) => write!(f, "answered with an invalid {place}"),
        }
    }
}

impl PostError {
    /// The failure's stable name, for scripts.
    pub const fn code(&self) -> &'static str {
        self.failure().as_str()
    }

    /// Kind of the failure.
    pub const fn failure(&self) -> PostFailure {
        match self {
            Self::Dns { .. } => PostFailure::Dns,
            Self::Connect { kind: ErrorKind::ConnectionRefused, .. } => PostFailure::Refused,
            Self::Connect { .. } => PostFailure::Unreachable,
            Self::ConnectTimeout { .. } => PostFailure::ConnectTimeout,
            Self::Descriptors { .. } => PostFailure::Descriptors,
            Self::Tls { .. } => PostFailure::Tls,
            Self::Setup { .. } => PostFailure::Setup,
            Self::SendTimeout { .. } => PostFailure::SendTimeout,
            Self::Broken { problem, .. } => match problem {
                Breakage::Closed | Breakage::Reset | Breakage::InHead | Breakage::InBody { .. } => PostFailure::Broken,
                Breakage::NotHttp | Breakage::SpeaksTls | Breakage::SpeaksHttp2 => PostFailure::NotHttp,
                Breakage::HeadTooLarge | Breakage::BadHead(_) | Breakage::BadChunk => PostFailure::BadAnswer,
            },
            Self::TooSlow { .. } => PostFailure::Timeout,
            Self::NotBegun(NotBegun::Busy) => PostFailure::Busy,
            Self::NotBegun(NotBegun::Deferred) => PostFailure::Deferred,
            Self::NotBegun(NotBegun::NotKept) => PostFailure::NotKept,
            Self::NotBegun(NotBegun::QueueFull) => PostFailure::QueueFull,
            Self::NotBegun(NotBegun::Stopped) => PostFailure::Stopped,
        }
    }

    /// Whether not a byte of the request can have reached the server, so that it cannot have acted on it.
    pub const fn is_unsent(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Connect { .. }
                | Self::ConnectTimeout { .. }
                | Self::Descriptors { .. }
                | Self::Tls { .. }
                | Self::Setup { .. }
                | Self::NotBegun(_)
        )
    }

    /// Whether a limit of time was reached.
    pub const fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::ConnectTimeout { .. }
                | Self::SendTimeout { .. }
                | Self::TooSlow { .. }
                | Self::NotBegun(NotBegun::Busy)
        )
    }

    /// Whether the hint holds for any server, not only for a handler of webhooks.
    pub const fn has_own_hint(&self) -> bool {
        matches!(self, Self::Tls { .. } | Self::Descriptors { .. } | Self::Setup { .. })
    }

    /// The next thing to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Connect { listens_on_other_family: true, .. } => {
                "the handler listens on the other one of 127.0.0.1 and [::1]: write localhost, which tries both"
            }
            Self::Connect { .. } => "is your handler running, and on this port?",
            Self::ConnectTimeout { .. } => {
                "the request never reached the handler: is it too busy to accept connections, or is there a firewall?"
            }
            Self::Descriptors { .. } => {
                "the limit is this program's own: lower the concurrency, or raise it with `ulimit -n 4096`"
            }
            Self::Dns { .. } => "is the host spelled right, and is there a network?",
            Self::Tls { problem, .. } => problem.hint(),
            Self::NotBegun(NotBegun::Deferred) => {
                "the handler is slower than the events come: answer first, then work; what waits is forwarded when it has caught up"
            }
            Self::NotBegun(NotBegun::NotKept) => "was the journal pruned or moved meanwhile?",
            Self::NotBegun(NotBegun::Stopped) => "`mh-hook replay --failed` sends it again",
            Self::NotBegun(_) => {
                "the handler is slower than the events come: answer first, then work; `mh-hook replay --failed` sends them again"
            }
            Self::Setup { .. } => "correct the URL, or the options of TLS",
            Self::SendTimeout { .. } => "the handler took the connection and reads nothing from it: does it hang?",
            Self::TooSlow { .. } => "Magic Hour waits 10 s for an answer: answer first, then work",
            Self::Broken { problem, .. } => match problem {
                Breakage::Closed | Breakage::Reset | Breakage::InHead => "did the handler crash? see its own log",
                Breakage::InBody { .. } => {
                    "the handler announced another length than it sent, or crashed: see its own log"
                }
                Breakage::BadChunk => {
                    "the handler set Transfer-Encoding: chunked itself, and wrote no chunks: leave it to the server"
                }
                Breakage::SpeaksTls => "write https:// instead of http://",
                Breakage::NotHttp => "is this the handler's port? another program may listen there",
                Breakage::SpeaksHttp2 => "have the server take HTTP/1.1 too",
                Breakage::HeadTooLarge | Breakage::BadHead(_) => "see what the handler sets as headers of its answer",
            },
        }
    }
}

fn detail(problem: &str) -> String {
    if problem.is_empty() { String::new() } else { format!(": {problem}") }
}

fn explain(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "refused the connection",
        ErrorKind::ConnectionReset => "reset the connection",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "cannot be reached from here",
        ErrorKind::TimedOut => "did not answer",
        _ => "could not be connected to",
    }
}

fn list(addresses: &[SocketAddr]) -> String {
    if addresses.is_empty() {
        return "it".to_owned();
    }
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
