//! Sizes, durations and counts as people read them.

use std::time::Duration;

/// A size in bytes: `42 B`, `0.6 KB`, `1.2 KB`, `3.4 MB`. A KB is 1,000 bytes.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    if bytes < 100 {
        return format!("{bytes} B");
    }
    let tenths_of =
        |unit: u64| u128::from(bytes).saturating_mul(10).saturating_add(u128::from(unit) / 2) / u128::from(unit);
    // What would round up to `1000.0 KB` is a megabyte.
    let fitting = UNITS.into_iter().find(|(_, unit)| tenths_of(*unit) < 10_000);
    let (name, unit) = fitting.unwrap_or(("GB", 1_000_000_000));
    let tenths = tenths_of(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// A duration, to about two figures: `850 µs`, `38 ms`, `1.2 s`, `3 m 5 s`, `23 h`, `2 d 4 h`.
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_nanos().saturating_add(500) / 1_000;
    let millis = micros.saturating_add(500) / 1_000;
    let tenths = millis.saturating_add(50) / 100;
    let seconds = millis.saturating_add(500) / 1_000;
    let minutes = seconds.saturating_add(30) / 60;
    let hours = minutes.saturating_add(30) / 60;
    match () {
        () if (1..1_000).contains(&micros) => format!("{micros} µs"),
        () if millis < 1_000 => format!("{millis} ms"),
        () if tenths < 600 => match tenths % 10 {
            0 => format!("{} s", tenths / 10),
            tenth => format!("{}.{tenth} s", tenths / 10),
        },
        () if seconds < 3_600 => pair((seconds / 60, "m"), (seconds % 60, "s")),
        () if minutes < 48 * 60 => pair((minutes / 60, "h"), (minutes % 60, "m")),
        () => pair((hours / 24, "d"), (hours % 24, "h")),
    }
}

/// A count with its thousands set apart: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: `1 delivery`, `12 deliveries`, `1,000 credits`.
pub fn counted(number: u64, noun: &str) -> String {
    let noun = match (number, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    };
    format!("{} {noun}", count(number))
}

/// Two units beside each other, the smaller one only where it says something.
fn pair((large, large_unit): (u128, &str), (small, small_unit): (u128, &str)) -> String {
    match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{count, counted, duration, size};

    #[test]
    fn a_noun_goes_with_its_number() {
        let deliveries = [0, 1, 1_200].map(|number| counted(number, "delivery"));
        assert_eq!(deliveries, ["0 deliveries", "1 delivery", "1,200 deliveries"]);
        assert_eq!(counted(2, "credit"), "2 credits");
    }

    #[test]
    fn sizes_have_one_decimal() {
        let shown = [0, 99, 612, 1_234, 3_400_000, 5_200_000_000].map(size);
        assert_eq!(shown, ["0 B", "99 B", "0.6 KB", "1.2 KB", "3.4 MB", "5.2 GB"]);
    }

    #[test]
    fn a_size_that_rounds_up_takes_the_next_unit() {
        assert_eq!(size(999_949), "999.9 KB");
        assert_eq!(size(999_950), "1.0 MB");
        assert_eq!(size(u64::MAX), "18446744073.7 GB");
    }

    #[test]
    fn durations_take_the_unit_that_fits() {
        let shown = [0, 38, 1_200, 5_000, 60_000, 185_000, 82_800_000, 187_200_000].map(Duration::from_millis);
        assert_eq!(shown.map(duration), ["0 ms", "38 ms", "1.2 s", "5 s", "1 m", "3 m 5 s", "23 h", "2 d 4 h"]);
        assert_eq!(duration(Duration::from_micros(850)), "850 µs");
    }

    #[test]
    fn a_duration_that_rounds_up_takes_the_next_unit() {
        assert_eq!(duration(Duration::from_nanos(999_600)), "1 ms");
        assert_eq!(duration(Duration::from_micros(999_600)), "1 s");
        assert_eq!(duration(Duration::from_millis(59_960)), "1 m");
        assert_eq!(duration(Duration::from_millis(3_599_600)), "1 h");
        assert!(duration(Duration::MAX).ends_with(" h"));
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
