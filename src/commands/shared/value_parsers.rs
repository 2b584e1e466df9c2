//! Parsers of values on the command line: durations, sizes, headers, statuses.

use std::net::{IpAddr, SocketAddr};
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::error::Error;
use crate::model::contract::path::{Assignment, AssignmentError};
use crate::model::text::duration::parse as parse_duration;

/// Reads a duration.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// A parser of whole numbers within these bounds.
pub(crate) fn whole<N: TryFrom<u64>>(least: u64, most: u64) -> impl Fn(&str) -> Result<N, String> + Clone {
    let too_large = || "the number is too large".to_owned();
    move |text| match text.parse() {
        Ok(number) if (least..=most).contains(&number) => N::try_from(number).map_err(|_| too_large()),
        _ if most < u64::MAX => Err(format!("must be a whole number from {least} to {most}")),
        Err(error) if *ParseIntError::kind(&error) == IntErrorKind::PosOverflow => Err(too_large()),
        _ => Err(format!("must be a whole number, {least} or more")),
    }
}

/// Reads an address to listen on.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "must be an IP address, such as 0.0.0.0 or ::1; localhost is the default".to_owned())
}

/// Reads an address with a port.
pub(crate) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an IP address with a port, such as 127.0.0.1:4040".to_owned())
}

/// Reads a size that is not zero.
pub(crate) fn some_size(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    if bytes == 0 { Err("must be greater than zero".to_owned()) } else { Ok(bytes) }
}

/// Reads a port.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number from 0 to 65535; 0 picks a free one".to_owned())
}

/// Reads a duration that is not zero.
pub(crate) fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("must be greater than zero".to_owned()) } else { Ok(time) }
}

/// Reads a number of credits.
pub(crate) fn credits(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "credits are a whole number, such as 40".to_owned())
}

/// Reads the number of events to send at once: bounded, since each has a connection.
pub(crate) fn burst(text: &str) -> Result<usize, String> {
    const MOST: usize = 10_000;
    let count = text.parse::<usize>().ok().filter(|count| *count <= MOST);
    count.ok_or_else(|| format!("a burst is a number from 0 to {MOST}"))
}

/// Reads `65536`, `64KiB`, `1MB` and the like.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, usize); 8] = [
        ("", 1),
        ("B", 1),
        ("KB", 1_000),
        ("KiB", 1 << 10),
        ("MB", 1_000_000),
        ("MiB", 1 << 20),
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
    ];
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let bytes = UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, bytes)| bytes);
    let number = digits.parse::<usize>().ok();
    number
        .zip(bytes)
        .and_then(|(number, bytes)| number.checked_mul(bytes))
        .ok_or_else(|| "a size reads 65536, 64KiB or 1MiB".to_owned())
}

/// Reads the size of an event to make: bounded, since it is made in memory.
pub(crate) fn event_size(text: &str) -> Result<usize, String> {
    const MOST: usize = 64 << 20;
    let bytes = size(text)?;
    if bytes > MOST { Err("an event of more than 64 MiB is not made".to_owned()) } else { Ok(bytes) }
}

/// Reads `Name: value`.
pub(crate) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header reads 'Name: value'; the ':' is missing")?;
    let name = HeaderName::from_str(name.trim())
        .map_err(|_| format!("'{}' is not a header name", name.trim().escape_debug()))?;
    if FRAMING.contains(&name) {
        return Err(format!("'{name}' says how the request is framed, which its body decides"));
    }
    if name == CONNECTION && !value.trim().eq_ignore_ascii_case("close") {
        return Err("'connection' can only be 'close'".to_owned());
    }
    if name == HOST && value.trim().is_empty() {
        return Err("'host' cannot be left out of an HTTP/1.1 request".to_owned());
    }
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| format!("the value of '{name}' has a character that a header cannot carry"))?;
    Ok((name, value))
}

/// Headers that say where a request ends, or what becomes of its connection.
const FRAMING: [HeaderName; 5] = [CONTENT_LENGTH, TRANSFER_ENCODING, TE, TRAILER, UPGRADE];

/// Reads a number greater than 0.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "must be a number greater than zero, such as 20 or 0.5".to_owned())
}

/// Reads a status to answer with.
pub(crate) fn status(text: &str) -> Result<StatusCode, String> {
    let status = text.parse::<u16>().ok().filter(|code| (200..=599).contains(code));
    status
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| "a status to answer with is a number from 200 to 599".to_owned())
}

/// Reads an assignment, `PATH=VALUE`.
pub(crate) fn assignment(text: &str) -> Result<Assignment, Error> {
    text.parse().map_err(|error| match error {
        AssignmentError::Path(error) => Error::from(error),
        AssignmentError::NoEquals(_) => Error::usage(error.to_string(), "as in payload.name=null"),
    })
}

/// Statuses that are expected of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpectedStatus {
    /// All of a hundred: `2xx`.
    Class(u16),
    /// One: `204`.
    Exactly(u16),
}

impl ExpectedStatus {
    pub(crate) fn matches(self, status: StatusCode) -> bool {
        match self {
            Self::Class(class) => status.as_u16() / 100 == class,
            Self::Exactly(code) => status.as_u16() == code,
        }
    }
}

impl FromStr for ExpectedStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let class =
            text.strip_suffix("xx").and_then(|class| class.parse().ok()).filter(|class| (1..=5).contains(class));
        let exact = text.parse().ok().filter(|code| (100..=599).contains(code));
        let expected = class.map(Self::Class).or(exact.map(Self::Exactly));
        expected.ok_or_else(|| "a status reads 2xx, 4xx or 204".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpectedStatus, header, size};

    #[test]
    fn sizes_have_units_or_are_bytes() {
        assert_eq!(size("10"), Ok(10));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("1mb"), Ok(1_000_000));
        for wrong in ["", "KiB", "-1", "1.5MiB", "99999999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let (name, value) = header("X-Test:  a: b ").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-test", "a: b"));
        for wrong in ["x", "a b: c", ": c", "a: b\nc"] {
            assert!(header(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_status_is_a_class_or_a_number() {
        assert_eq!("4xx".parse(), Ok(ExpectedStatus::Class(4)));
        assert_eq!("204".parse(), Ok(ExpectedStatus::Exactly(204)));
        for wrong in ["", "9xx", "20", "xx", "ok"] {
            assert!(wrong.parse::<ExpectedStatus>().is_err(), "{wrong}");
        }
    }
}
