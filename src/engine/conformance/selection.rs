//! The selection of cases: globs over ids and groups, and a level.

use wildmatch::WildMatch;

use crate::engine::conformance::case::{Case, Group, Level, Probe, Special};
use crate::engine::conformance::catalogue;
use crate::model::nearest;

/// The selection as given on the command line.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only cases whose id or group matches one of these; all if there is none.
    pub only: Vec<String>,
    /// No case whose id or group matches one of these.
    pub skip: Vec<String>,
    /// The least that a rule binds.
    pub level: Level,
    /// Events in the burst; 0 skips it.
    pub burst: usize,
}

/// A glob that matches no case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no case is called '{given}'")]
pub struct UnknownCase {
    /// The selection as given on the command line.
    pub given: String,
    /// The id that was most likely meant.
    pub nearest: Option<&'static str>,
}

impl Selection {
    /// The cases that are asked for, in the order of the table.
    pub fn cases(&self) -> Result<Vec<&'static Case>, UnknownCase> {
        let (only, skip) = (globs(&self.only)?, globs(&self.skip)?);
        let asked_for = |case: &&Case| {
            (only.is_empty() || only.iter().any(|glob| picks(glob, case)))
                && !skip.iter().any(|glob| picks(glob, case))
                && case.level <= self.level
                && self.can_be_put(case)
        };
        Ok(catalogue::all().filter(asked_for).collect())
    }

    const fn can_be_put(&self, case: &Case) -> bool {
        match case.probe {
            Probe::Special(Special::Burst | Special::BurstLatency) => self.burst > 0,
            _ => true,
        }
    }
}

fn globs(texts: &[String]) -> Result<Vec<WildMatch>, UnknownCase> {
    let parse = |text: &String| {
        // `signature` means every case whose id begins with it.
        let meant = [WildMatch::new(text), WildMatch::new(&format!("{text}.*"))];
        if let Some(glob) = meant.into_iter().find(|glob| catalogue::all().any(|case| picks(glob, case))) {
            return Ok(glob);
        }
        let names = catalogue::all().map(|case| case.id).chain(Group::ALL.map(Group::as_str));
        Err(UnknownCase { given: text.clone(), nearest: nearest(text, names) })
    };
    texts.iter().map(parse).collect()
}

fn picks(glob: &WildMatch, case: &Case) -> bool {
    glob.matches(case.id) || glob.matches(case.group.as_str())
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::engine::conformance::case::Level;

    fn all() -> Selection {
        Selection { only: Vec::new(), skip: Vec::new(), level: Level::May, burst: 1 }
    }

    fn picked(selection: &Selection) -> Vec<&'static str> {
        selection.cases().unwrap().iter().map(|case| case.id).collect()
    }

    #[test]
    fn globs_pick_by_id_and_by_group() {
        let selection = Selection { only: vec!["timestamp.*".into(), "malformed".into()], ..all() };
        let ids = picked(&selection);
        assert!(ids.contains(&"timestamp.stale") && ids.contains(&"malformed.array"));
        assert!(ids.iter().all(|id| id.starts_with("timestamp.") || id.starts_with("malformed.")));
        let fewer = Selection { skip: vec!["malformed.a*".into()], ..selection };
        assert!(!picked(&fewer).contains(&"malformed.array"));
    }

    #[test]
    fn a_level_leaves_out_what_binds_less() {
        let musts = picked(&Selection { level: Level::Must, ..all() });
        assert!(musts.contains(&"accepts.body-64k") && !musts.contains(&"accepts.body-1m"));
        assert!(!musts.contains(&"signature.upper-case"));
    }

    #[test]
    fn a_glob_that_picks_nothing_names_the_nearest_case() {
        let error = Selection { only: vec!["timestamp.stail".into()], ..all() }.cases().unwrap_err();
        assert_eq!(error.nearest, Some("timestamp.stale"));
    }

    #[test]
    fn without_events_there_is_no_burst() {
        let ids = picked(&Selection { burst: 0, ..all() });
        assert!(!ids.iter().any(|id| id.starts_with("delivery.burst")));
    }
}
