//! The delivery of a case as data: a sample event, its changes, and its way of sending.

use std::fmt::Write;

use crate::model::contract::payload::FieldSet;
use crate::model::{EventType, Layout, Phase};

/// The differences between one delivery and the base form.
#[derive(Clone, Copy, Debug)]
pub struct RequestSpec {
    pub event: Option<EventType>,
    /// Phase of a job of the accepted kind; used when `event` is `None`.
    pub phase: Option<Phase>,
    /// Fields that are changed, as `--set` has them.
    pub set: &'static [&'static str],
    /// Fields that are added, as `--set-new` has them.
    pub set_new: &'static [&'static str],
    /// Fields of the payload.
    pub fields: Option<FieldSet>,
    pub layout: Option<Layout>,
    /// Minimum size of the body in bytes.
    pub size: usize,
    /// Names of faults from the catalogue.
    pub faults: &'static [&'static str],
    /// A header that is added, replaced or left out, as `--header` has it.
    pub header: Option<&'static str>,
    /// Age of the delivery and its signature in seconds.
    pub age: i64,
}

/// A delivery in which nothing is special.
pub const PLAIN: RequestSpec = RequestSpec {
    event: None,
    phase: None,
    set: &[],
    set_new: &[],
    fields: None,
    layout: None,
    size: 0,
    faults: &[],
    header: None,
    age: 0,
};

/// The form that the handler accepts; the default of every spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    pub event: EventType,
    /// The fields of its payload.
    pub fields: FieldSet,
    /// The style of its JSON.
    pub layout: Layout,
}

impl RequestSpec {
    /// This spec with nothing left open.
    pub fn on(self, base: Base) -> Self {
        let of_its_kind = EventType::new(base.event.kind, self.phase.unwrap_or(base.event.phase));
        Self {
            event: self.event.or(Some(of_its_kind)),
            fields: self.fields.or(Some(base.fields)),
            layout: self.layout.or(Some(base.layout)),
            ..self
        }
    }

    /// The request in one line.
    pub fn summary(&self, base: Base) -> String {
        let spec = self.on(base);
        let mut line = spec.event.unwrap_or(base.event).to_string();
        match spec.layout.unwrap_or_default() {
            Layout::Compact => {}
            layout => _ = write!(line, ", {} JSON", layout.as_str()),
        }
        if spec.fields == Some(FieldSet::Documented) {
            line.push_str(", documented fields only");
        }
        for change in spec.set.iter().chain(spec.set_new) {
            let shown: String = change.chars().take(60).collect();
            let _ = write!(line, ", {shown}{}", if shown.len() < change.len() { "…" } else { "" });
        }
        if spec.size > 0 {
            let _ = write!(line, ", {} KB of downloads", spec.size / 1_000);
        }
        match spec.header.map(|header| header.strip_suffix(':').ok_or(header)) {
            Some(Ok(name)) => _ = write!(line, ", without {name}"),
            Some(Err(header)) => _ = write!(line, ", {header}"),
            None => {}
        }
        for fault in spec.faults {
            let _ = write!(line, ", {fault}");
        }
        if spec.age > 0 {
            let _ = match (spec.age / 3_600, spec.age / 60) {
                (0, 0) => write!(line, ", signed {} s ago", spec.age),
                (0, minutes) => write!(line, ", signed {minutes} min ago"),
                (hours, _) => write!(line, ", with its headers of {hours} h ago"),
            };
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, PLAIN, RequestSpec};
    use crate::model::Layout;
    use crate::model::contract::payload::FieldSet;

    #[test]
    fn a_summary_says_what_is_special() {
        let base =
            Base { event: "image.completed".parse().unwrap(), fields: FieldSet::Documented, layout: Layout::Compact };
        assert_eq!(PLAIN.summary(base), "image.completed, documented fields only");
        let spec = RequestSpec {
            event: Some("audio.started".parse().unwrap()),
            fields: Some(FieldSet::Wire),
            layout: Some(Layout::Pretty),
            set: &["payload.name=null"],
            header: Some("content-type:"),
            faults: &["stale-timestamp"],
            ..PLAIN
        };
        let expected = "audio.started, pretty JSON, payload.name=null, without content-type, stale-timestamp";
        assert_eq!(spec.summary(base), expected);
    }
}
