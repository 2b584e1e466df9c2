//! The lengths that a model makes.

use std::fmt;

/// The lengths that a model makes, in seconds.
#[derive(Clone, Copy)]
pub(super) enum Lengths {
    Of(&'static [u32]),
    /// Every whole number between two, both included.
    Whole(u32, u32),
    /// Every number between two, both included.
    Between(f64, f64),
}

impl Lengths {
    pub(super) fn contains(self, length: f64) -> bool {
        match self {
            Self::Of(all) => all.iter().any(|known| f64::from(*known).total_cmp(&length).is_eq()),
            Self::Whole(least, most) => length.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&length),
            Self::Between(least, most) => (least..=most).contains(&length),
        }
    }
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(all) => write!(f, "one of {}", listed(all)),
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Between(least, most) => write!(f, "from {least} to {most} seconds long"),
        }
    }
}

/// Numbers with commas between them: `5, 10`.
pub(super) fn listed(numbers: &[u32]) -> String {
    let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    all.join(", ")
}
