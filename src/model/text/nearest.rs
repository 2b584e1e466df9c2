//! The nearest known name, for messages about unknown ones.

/// The longest name that is compared, in bytes: comparing costs the product of both lengths, and no name of ours is longer.
const LONGEST: usize = 64;

/// The shortest part that identifies a name.
const LEAST_PART: usize = 3;

/// Finds the candidate that `name` was most likely meant to be.
///
/// Case is ignored, a transposition counts as one slip, and a part of a name means the first that holds it. A name
/// that is too long, or shares too little with every candidate, has no nearest one: a wild guess helps nobody.
pub fn nearest<'a, I>(name: &str, candidates: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let candidates: Vec<&str> = candidates.into_iter().collect();
    candidates
        .iter()
        .copied()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
        .or_else(|| {
            let holds = |candidate: &&str| name.len() >= LEAST_PART && candidate.to_lowercase().contains(&name);
            candidates.into_iter().find(holds)
        })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: [&str; 3] = ["video.completed", "video.started", "audio.errored"];

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("vidoe.Completed", NAMES), Some("video.completed"));
        assert_eq!(nearest("audio.errord", NAMES), Some("audio.errored"));
    }

    #[test]
    fn a_part_of_a_name_is_enough() {
        assert_eq!(nearest("started", NAMES), Some("video.started"));
    }

    #[test]
    fn a_name_far_from_all_has_no_nearest() {
        assert_eq!(nearest("zzz", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }

    #[test]
    fn a_long_name_is_not_compared_whatever_it_resembles() {
        let name = "x".repeat(64);
        assert_eq!(nearest(&name, [name.as_str()]), Some(name.as_str()));
        let longer = "x".repeat(65);
        assert_eq!(nearest(&longer, [longer.as_str()]), None);
    }
}
