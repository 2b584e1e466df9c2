//! The part of a file that a request asks for.

use std::ops::Range;

/// Range of a `Range` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole file: there is no such header, or not one that we must understand.
    Whole,
    /// Some of its bytes.
    Some(Range<usize>),
    /// Bytes that it does not have.
    Unsatisfiable,
}

/// Reads a header for a file of `length` bytes. A request for several parts gets the whole, as HTTP allows.
pub(super) fn part(header: Option<&str>, length: usize) -> Part {
    let range = header.and_then(|header| header.strip_prefix("bytes=")).filter(|range| !range.contains(','));
    let Some((first, last)) = range.and_then(|range| range.trim().split_once('-')) else { return Part::Whole };
    let (from, to) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.is_empty() => (first, length),
        (Err(_), Ok(0)) if first.is_empty() => return Part::Unsatisfiable,
        (Err(_), Ok(suffix)) if first.is_empty() => (length.saturating_sub(suffix), length),
        _ => return Part::Whole,
    };
    if from < length { Part::Some(from..to) } else { Part::Unsatisfiable }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn a_range_is_cut_to_the_file() {
        assert_eq!(part(Some("bytes=0-3"), 10), Part::Some(0..4));
        assert_eq!(part(Some("bytes=8-99"), 10), Part::Some(8..10));
        assert_eq!(part(Some("bytes=4-"), 10), Part::Some(4..10));
        assert_eq!(part(Some("bytes=-3"), 10), Part::Some(7..10));
        assert_eq!(part(Some("bytes=-30"), 10), Part::Some(0..10));
    }

    #[test]
    fn what_is_outside_of_the_file_cannot_be_had() {
        for header in ["bytes=10-", "bytes=11-12", "bytes=-0"] {
            assert_eq!(part(Some(header), 10), Part::Unsatisfiable, "{header}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_no_range_means_the_whole() {
        let others = ["bytes=0-1,4-5", "items=0-1", "bytes=3-1", "bytes=x-y", "bytes=", "bytes=-", "0-1"];
        assert!(others.iter().all(|header| part(Some(header), 10) == Part::Whole));
        assert_eq!(part(None, 10), Part::Whole);
        assert_eq!(part(Some("bytes=0-99999999999999999999999999"), 10), Part::Whole);
    }
}
