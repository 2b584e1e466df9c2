//! The query of a list: the words of `mh-hook history`, and where the page begins.

use http::Uri;
use jiff::Timestamp;
use url::form_urlencoded::parse;

use crate::engine::inspector::options::TimeParser;
use crate::engine::inspector::reply::ApiRefusal;
use crate::model::signing::verdict::VerdictKind;
use crate::store::journal::Filter;

/// The size of a page unless `limit` says otherwise, and at most.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// A list that is asked for.
pub(super) struct ListQuery {
    pub(super) filter: Filter,
    pub(super) limit: usize,
    /// Whether the length of the list is asked for.
    pub(super) counts: bool,
}

impl ListQuery {
    /// Reads the query of a URL. A word that it does not know is an error, since it would look like no match.
    pub(super) fn read(uri: &Uri, time: TimeParser, now: Timestamp) -> Result<Self, ApiRefusal> {
        let mut filter = Filter::default();
        let (mut limit, mut counts) = (USUAL, false);
        for (name, value) in parse(uri.query().unwrap_or_default().as_bytes()) {
            let wrong =
                |why: &dyn std::fmt::Display| ApiRefusal::bad_request(format!("cannot read {name}:{value}: {why}"));
            match name.as_ref() {
                "type" => filter.event_types.push(value.parse().map_err(|error| wrong(&error))?),
                "job" => filter.job = Some(value.into_owned()),
                "since" => filter.since = Some(time(&value, now).map_err(|error| wrong(&error))?),
                "until" => filter.until = Some(time(&value, now).map_err(|error| wrong(&error))?),
                "verdict" if ["verified", "unverified", "invalid"].contains(&value.as_ref()) => {
                    filter.verdict = Some(VerdictKind::named(&value));
                }
                "verdict" => return Err(wrong(&"a verdict is verified, unverified or invalid")),
                "where" => filter.places.push(value.parse().map_err(|error| wrong(&error))?),
                "search" => filter.text = Some(value.into_owned()).filter(|text| !text.is_empty()),
                "before" => filter.before = Some(value.parse().map_err(|error| wrong(&error))?),
                "after" => filter.after = Some(value.parse().map_err(|error| wrong(&error))?),
                "skip" => filter.skip = value.parse().map_err(|_| wrong(&"a number of rows is a whole number"))?,
                "count" => counts = value.parse().map_err(|_| wrong(&"count is true or false"))?,
                "limit" => {
                    let number = value.parse().ok().filter(|number| (1..=MOST).contains(number));
                    limit = number.ok_or_else(|| wrong(&format!("a limit is a whole number from 1 to {MOST}")))?;
                }
                _ => return Err(ApiRefusal::bad_request(format!("a list has no filter '{name}'"))),
            }
        }
        Ok(Self { filter, limit, counts })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::ListQuery;

    fn read(query: &str) -> Result<ListQuery, String> {
        let uri = format!("/api/deliveries?{query}").parse().unwrap();
        let time = |text: &str, now: Timestamp| if text == "now" { Ok(now) } else { Err("no time".to_owned()) };
        ListQuery::read(&uri, time, Timestamp::UNIX_EPOCH).map_err(|refusal| format!("{refusal:?}"))
    }

    #[test]
    fn the_words_of_history_make_a_filter() {
        let query = read(
            "type=video.*&type=all&job=clx7&since=now&verdict=invalid&where=payload.x%3D1&search=a+b&before=7&skip=400&limit=9&count=true",
        );
        let ListQuery { filter, limit, counts } = query.unwrap();
        assert_eq!((filter.event_types.len(), filter.places.len(), limit), (2, 1, 9));
        assert_eq!((filter.job.as_deref(), filter.text.as_deref()), (Some("clx7"), Some("a b")));
        assert_eq!((filter.skip, counts), (400, true));
        assert_eq!((filter.since, filter.before.unwrap().id), (Some(Timestamp::UNIX_EPOCH), 7));
        let plain = read("").unwrap();
        assert!(plain.filter.text.is_none() && !plain.counts);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for wrong in [
            "verdict=good",
            "since=soon",
            "where=x",
            "before=seven",
            "skip=-1",
            "limit=0",
            "limit=9999",
            "count=all",
            "colour=red",
            "type=",
        ] {
            let name = wrong.split('=').next().unwrap();
            assert!(read(wrong).err().unwrap().contains(name), "{wrong}");
        }
    }
}
