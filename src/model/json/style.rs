//! The ways in which a sender may write the same event as JSON: what is signed is the bytes, so a receiver must take
//! them all.

use clap::ValueEnum;

use crate::model::json::reserialize::Rewriter;
use crate::model::json::writing::{Escapes, Numbers, Spacing, Style};

/// Style in which an event's JSON is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Without white space, as JavaScript writes
    #[default]
    Compact,
    /// Indented by two spaces
    Pretty,
    /// With a space after each colon and comma, as Python writes
    Spaced,
    /// Compact, with keys in alphabetical order, so that the payload comes before the type
    Sorted,
    /// Compact, with each character outside ASCII as \uXXXX
    Escaped,
}

impl Layout {
    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Pretty => "pretty",
            Self::Spaced => "spaced",
            Self::Sorted => "sorted",
            Self::Escaped => "escaped",
        }
    }

    /// Writes compact JSON in this layout. What is no JSON stays as it is.
    pub fn write(self, json: String) -> String {
        let (spacing, sorted, escapes) = match self {
            Self::Compact => return json,
            Self::Pretty => (Spacing::IndentTwo, false, Escapes::AsIs),
            Self::Spaced => (Spacing::Python, false, Escapes::AsIs),
            Self::Sorted => (Spacing::Compact, true, Escapes::AsIs),
            Self::Escaped => (Spacing::Compact, false, Escapes::Ascii),
        };
        let written = Rewriter::new(json.as_bytes())
            .map(|writer| writer.write(Style { spacing, sorted, escapes, numbers: Numbers::AsIs }));
        written.unwrap_or(json)
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::Layout;

    #[test]
    fn each_layout_writes_the_same_event_another_way() {
        let event = r#"{"type":"a","payload":{"name":"é","id":1}}"#;
        let written = |layout: Layout| layout.write(event.to_owned());
        assert_eq!(written(Layout::Compact), event);
        assert_eq!(written(Layout::Spaced), r#"{"type": "a", "payload": {"name": "é", "id": 1}}"#);
        assert_eq!(written(Layout::Sorted), r#"{"payload":{"id":1,"name":"é"},"type":"a"}"#);
        assert_eq!(written(Layout::Escaped), r#"{"type":"a","payload":{"name":"\u00e9","id":1}}"#);
        assert_eq!(written(Layout::Pretty).lines().count(), 7);
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for layout in Layout::value_variants() {
            assert_eq!(layout.to_possible_value().unwrap().get_name(), layout.as_str());
        }
    }
}
