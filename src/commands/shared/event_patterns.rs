//! Patterns of event types, as options of several commands take them.

use crate::commands::shared::context::Context;
use crate::error::Error;
use crate::model::EventPattern;

/// Reads patterns. One that is probably a slip is taken as it is, with a warning: the journal may hold such a type.
///
/// # Errors
///
/// A usage error for what is no name.
pub(crate) fn event_patterns(texts: &[String], context: &Context) -> Result<Vec<EventPattern>, Error> {
    let patterns = texts.iter().map(|text| text.parse()).collect::<Result<Vec<EventPattern>, _>>()?;
    for pattern in &patterns {
        if let Some(meant) = pattern.likely_slip() {
            context.streams.warn(&format!("no event is called '{pattern}' today; did you mean '{meant}'?"));
        }
    }
    Ok(patterns)
}
