//! Deliveries that a command line names: `12`, `3-7`, `last`, `last~2`.

use std::str::FromStr;

use crate::commands::shared::filter_args::{find, unreadable};
use crate::error::Error;
use crate::store::journal::{Cursor, Filter, Reader};

/// Deliveries: one, or all between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    One(DeliveryName),
    Range(DeliveryName, DeliveryName),
}

/// Name of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryName {
    /// By its number in the journal.
    Number(u64),
    /// By its distance from the newest.
    Last(usize),
}

impl FromStr for DeliveryName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            "an id is a number that `mh-hook history` lists, a range such as 3-7, or last, last~1; \
             for a job id there is --job"
                .to_owned()
        };
        if text == "last" {
            return Ok(Self::Last(0));
        }
        match text.strip_prefix("last~") {
            Some(back) => back.parse().map(Self::Last).map_err(|_| wrong()),
            None => text.strip_prefix('#').unwrap_or(text).parse().map(Self::Number).map_err(|_| wrong()),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((first, last)) = text.split_once('-') else { return Ok(Self::One(text.parse()?)) };
        let (first, last) = (first.parse()?, last.parse()?);
        let is_backward = match (first, last) {
            (DeliveryName::Number(first), DeliveryName::Number(last)) => first > last,
            (DeliveryName::Last(first), DeliveryName::Last(last)) => first < last,
            _ => false,
        };
        if is_backward {
            Err("a range begins with the older delivery".to_owned())
        } else {
            Ok(Self::Range(first, last))
        }
    }
}

impl DeliveryName {
    /// Its number, counted among the deliveries that `among` lets through.
    fn number(self, reader: &Reader, among: &Filter) -> Result<u64, Error> {
        let back = match self {
            Self::Number(id) => return Ok(id),
            Self::Last(back) => back,
        };
        let newest = reader.ids(&Filter { last: Some(back + 1), ..among.clone() })?;
        match newest.first() {
            Some(id) if newest.len() > back => Ok(*id),
            Some(_) => {
                let message = format!("there is no last~{back}: the journal holds {}", newest.len());
                Err(Error::usage(message, "`mh-hook history` lists them"))
            }
            None => Err(Error::usage("the journal is empty", "run `mh-hook listen` to record deliveries")),
        }
    }
}

/// The numbers of all deliveries that are named, in the order of their names. One that is not there is an error; in a
/// range some may be missing. `last` counts those that `among` lets through.
pub(crate) fn selected(selectors: &[Selector], reader: &Reader, among: &Filter) -> Result<Vec<u64>, Error> {
    let mut ids = Vec::new();
    for selector in selectors {
        match *selector {
            Selector::One(name) => {
                let id = name.number(reader, among)?;
                if !reader.holds(id).map_err(unreadable)? {
                    find(reader, id)?;
                }
                ids.push(id);
            }
            Selector::Range(first, last) => {
                let (first, last) = (first.number(reader, among)?, last.number(reader, among)?);
                let before = Cursor { id: last.saturating_add(1) };
                let filter = Filter { above: first.checked_sub(1), before: Some(before), ..Filter::default() };
                let between = reader.ids(&filter)?;
                if between.is_empty() {
                    let message = format!("the journal has no delivery from {first} to {last}");
                    return Err(Error::usage(message, "`mh-hook history` lists what there is"));
                }
                ids.extend(between);
            }
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::{DeliveryName, Selector};

    #[test]
    fn deliveries_are_named_by_number_range_or_distance_from_the_newest() {
        use DeliveryName::{Last, Number};
        for (text, meant) in [
            ("12", Selector::One(Number(12))),
            ("#12", Selector::One(Number(12))),
            ("last", Selector::One(Last(0))),
            ("last~2", Selector::One(Last(2))),
            ("3-7", Selector::Range(Number(3), Number(7))),
            ("last~4-last", Selector::Range(Last(4), Last(0))),
            ("3-last", Selector::Range(Number(3), Last(0))),
        ] {
            assert_eq!(text.parse(), Ok(meant), "{text}");
        }
        for wrong in ["", "last~", "last~x", "first", "7-3", "last-last~2", "3-", "clx1", "-1"] {
            assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
        }
    }
}
