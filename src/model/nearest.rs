//! The nearest known name, for messages about unknown ones.

/// Finds the candidate that `name` was most likely meant to be.
///
/// Case is ignored, a transposition counts as one slip, and a name that shares too little with every candidate has no
/// nearest one: a wild guess helps nobody.
#[must_use]
pub fn nearest<'a, I>(name: &str, candidates: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
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
    fn a_name_far_from_all_has_no_nearest() {
        assert_eq!(nearest("zzz", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }
}
