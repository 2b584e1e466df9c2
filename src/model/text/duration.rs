//! The grammar of durations, one for options, settings, directives and the control API: `1h30m`, `2d`, `5s`, `500ms`,
//! or a bare number of seconds.

use std::time::Duration;

/// The units, the largest first, with their length in seconds.
const UNITS: [(&str, f64); 5] = [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)];

/// The longest duration that is accepted: clocks have an end.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// A text that is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It does not follow the grammar.
    #[error("a duration reads 5s, 500ms, 2d or 1h30m; a bare number is seconds")]
    Malformed,
    /// It goes beyond what clocks can count.
    #[error("a duration is at most a hundred years")]
    TooLong,
}

/// Reads a duration. Each unit occurs once, the larger before the smaller.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    let seconds = if text.ends_with(|c: char| c.is_ascii_digit()) { number(text) } else { units(text) };
    match seconds.map(Duration::try_from_secs_f64) {
        None => Err(DurationError::Malformed),
        Some(Ok(duration)) if duration <= LONGEST => Ok(duration),
        Some(_) => Err(DurationError::TooLong),
    }
}

/// The sum of numbers with units, in seconds.
fn units(mut text: &str) -> Option<f64> {
    let mut larger = UNITS.as_slice();
    let mut seconds = 0.0;
    loop {
        let (digits, rest) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
        let (unit, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
        let place = larger.iter().position(|(name, _)| name.eq_ignore_ascii_case(unit))?;
        seconds += number(digits.trim())? * larger.get(place)?.1;
        larger = larger.get(place + 1..)?;
        text = rest.trim_start();
        if text.is_empty() {
            return Some(seconds);
        }
    }
}

/// A decimal number without sign or exponent.
fn number(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.') && text.starts_with(|c: char| c.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{DurationError, parse};
    use std::time::Duration;

    #[test]
    fn a_duration_is_a_number_of_seconds_or_of_units() {
        for (text, milliseconds) in [
            ("5", 5_000),
            ("0", 0),
            ("0.5", 500),
            ("5s", 5_000),
            ("1.5s", 1_500),
            ("500ms", 500),
            ("3m", 180_000),
            ("30d", 2_592_000_000),
            ("1h30m", 5_400_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("1H 30M", 5_400_000),
            (" 5s ", 5_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "", "s", "-1", "-5s", "+5s", "5y", "1e3", "1e3s", "NaN", "inf", "30m1h", "1m1m", "1h30", "5 5", ".5",
            "1..5",
        ] {
            assert_eq!(parse(text), Err(DurationError::Malformed), "{text}");
        }
        for text in ["36501d", "99999999999999999999999999999s"] {
            assert_eq!(parse(text), Err(DurationError::TooLong), "{text}");
        }
    }
}
