//! Numbers of JSON compared by value, whatever their spelling and however long they are.

/// Whether two numbers have the same value: `30`, `30.0` and `3e1` have.
pub fn is_same_number(a: &[u8], b: &[u8]) -> bool {
    a == b || matches!((Decimal::of(a), Decimal::of(b)), (Some(a), Some(b)) if a == b)
}

/// A number as `0.digits * 10^point`, with neither leading nor trailing zeros among its digits.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    point: i128,
}

impl Decimal {
    /// Nothing if the exponent has more digits than any number that means something.
    fn of(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().ok()?;
        let written = whole.bytes().chain(fraction.bytes());
        let zeros = written.clone().take_while(|digit| *digit == b'0').count();
        let mut digits: Vec<u8> = written.skip(zeros).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, point: 0 });
        }
        let point = i128::from(exponent) + i128::try_from(whole.len()).ok()? - i128::try_from(zeros).ok()?;
        Some(Self { is_negative: text.starts_with('-'), digits, point })
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_number;

    fn same(a: &str, b: &str) -> bool {
        is_same_number(a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (a, b) in [
            ("30", "30.0"),
            ("30", "3e1"),
            ("0.5", "5E-1"),
            ("0", "-0.0e9"),
            ("1e400", "10e399"),
            ("12345678901234567890123", "12345678901234567890123.0"),
        ] {
            assert!(same(a, b) && same(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("30", "-30"),
            ("30", "3"),
            ("12345678901234567890123", "12345678901234567890124"),
            ("0.1", "0.10000000000000000000001"),
            ("1e400", "1e401"),
            ("1e99999999999999999999", "1e99999999999999999998"),
        ] {
            assert!(!same(a, b) && !same(b, a), "{a} {b}");
        }
    }
}
