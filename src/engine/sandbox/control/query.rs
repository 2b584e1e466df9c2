//! The query of a list: known names with good values, or a refusal.

use http::Uri;
use url::form_urlencoded::parse;

use crate::engine::sandbox::json::Refusal;
use crate::model::nearest;

/// Rows of a list unless `limit` says otherwise, and at most.
const SHOWN: u32 = 100;
const MOST_SHOWN: u32 = 10_000;

/// The query of a request.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The query of a request to a list that knows these names besides `limit`.
    ///
    /// # Errors
    ///
    /// A refusal of a name that is unknown or given twice.
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = parse(uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let names = || known.iter().copied().chain(["limit"]);
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !names().any(|known| known == name) {
                let meant = nearest(name, names()).map(|nearest| format!("; did you mean {nearest}?"));
                let list = names().collect::<Vec<_>>().join(", ");
                let message = format!("no parameter is called '{name}' here{}", meant.unwrap_or_default());
                return Err(Refusal::bad_request(format!("{message} (known: {list})")));
            }
            if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(Refusal::bad_request(format!("{name} is given twice")));
            }
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that has a few possible values.
    pub(super) fn one_of(&self, name: &str, possible: &[&str]) -> Result<Option<String>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        if possible.contains(&value) {
            return Ok(Some(value.to_owned()));
        }
        Err(Refusal::bad_request(format!("{name} must be one of {}, not '{value}'", possible.join(", "))))
    }

    /// The value of a parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = self.value(name).map(str::parse).transpose();
        number.map_err(|_| Refusal::bad_request(format!("{name} must be a whole number")))
    }

    /// The number of rows that are asked for.
    pub(super) fn limit(&self) -> Result<u32, Refusal> {
        let Some(text) = self.value("limit") else { return Ok(SHOWN) };
        let number = text.parse().ok().filter(|number| (1..=MOST_SHOWN).contains(number));
        number.ok_or_else(|| Refusal::bad_request(format!("limit must be a whole number from 1 to {MOST_SHOWN}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn an_unknown_name_and_a_wrong_value_are_refused_by_name() {
        let refused = |uri: &str| match Query::of(&uri.parse().unwrap(), &["job", "state"]) {
            Err(refusal) => refusal.message,
            Ok(query) => match (query.one_of("state", &["held", "failed"]), query.limit()) {
                (Err(refusal), _) | (_, Err(refusal)) => refusal.message,
                _ => String::new(),
            },
        };
        assert_eq!(refused("/?job=a&state=held&limit=5"), "");
        assert_eq!(
            refused("/?stat=held"),
            "no parameter is called 'stat' here; did you mean state? (known: job, state, limit)"
        );
        assert_eq!(refused("/?state=fialed"), "state must be one of held, failed, not 'fialed'");
        assert_eq!(refused("/?limit=0"), "limit must be a whole number from 1 to 10000");
        assert_eq!(refused("/?job=a&job=b"), "job is given twice");
    }
}
