//! One field of a request: its path, whether it is needed, and its values.

use std::fmt;

/// A field of a request body.
#[derive(Clone, Copy, Debug)]
pub struct RequestField {
    /// Keys from the body inward, such as `style.prompt`; `[]` after a key means each element of a list.
    pub path: &'static str,
    /// When it must be there.
    pub need: Need,
    /// Values that it accepts.
    pub shape: ValueShape,
    /// A value that the real API accepts, for open sets of which the table lists none.
    pub example: Option<&'static str>,
}

/// When a field must be there. Null counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// In every request.
    Always,
    Never,
    /// If another field has this value.
    When(&'static str, &'static str),
    /// If another field has this value, which it also has when absent.
    WhenOrAbsent(&'static str, &'static str),
    /// If another field is absent.
    Unless(&'static str),
}

/// Values that a field accepts. As text, a description of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueShape {
    /// Text with bounds of its length in characters.
    Text {
        least: usize,
        /// The most characters; `usize::MAX` for no limit.
        most: usize,
    },
    /// A number within limits, both included.
    Number {
        least: f64,
        /// The greatest value; infinite for no limit.
        most: f64,
        /// The value is a multiple of this, unless it is 0.
        step: f64,
    },
    /// A whole number within limits, both included. `5.0` is whole.
    Integer {
        least: f64,
        /// The greatest value; infinite for no limit.
        most: f64,
    },
    /// True or false.
    Boolean,
    /// An object; each of its keys is another field.
    Object,
    /// A list with bounds of its length; its elements are another field.
    List { least: usize, most: usize },
    /// One of these texts, and no other.
    OneOf(&'static [&'static str]),
    /// One of these texts, or one that a later release of the API added: the list outgrew what is checked here.
    Known(&'static [&'static str]),
    /// One of the lines of this text, or another text: a list that is longer than a table, and as open.
    Listed(&'static str),
    /// One of these numbers.
    NumberOf(&'static [u32]),
    /// An uploaded file's path, or a public URL.
    File,
    /// An absolute http or https URL.
    Url,
    /// A file name's extension: lower-case letters and digits, without the dot.
    Extension,
}

/// Any text, also none.
pub(crate) const TEXT: ValueShape = text(0, usize::MAX);
/// Any text but none.
pub(crate) const SOME_TEXT: ValueShape = text(1, usize::MAX);
/// The name of a model, a voice or a style: an open set.
pub(crate) const OPEN: ValueShape = TEXT;
/// A time within a clip.
pub(crate) const SECONDS: ValueShape = from(0.0);
/// End of a clip.
pub(crate) const CLIP_END: ValueShape = from(0.1);
/// The name that the user gives a job.
pub(crate) const NAME: RequestField = may("name", TEXT);

pub(crate) const fn text(least: usize, most: usize) -> ValueShape {
    ValueShape::Text { least, most }
}

pub(crate) const fn from(least: f64) -> ValueShape {
    number(least, f64::INFINITY)
}

pub(crate) const fn number(least: f64, most: f64) -> ValueShape {
    ValueShape::Number { least, most, step: 0.0 }
}

pub(crate) const fn steps(least: f64, most: f64, step: f64) -> ValueShape {
    ValueShape::Number { least, most, step }
}

pub(crate) const fn whole(least: f64, most: f64) -> ValueShape {
    ValueShape::Integer { least, most }
}

pub(crate) const fn whole_from(least: f64) -> ValueShape {
    whole(least, f64::INFINITY)
}

pub(crate) const fn list(least: usize, most: usize) -> ValueShape {
    ValueShape::List { least, most }
}

/// A field that every request needs.
pub(crate) const fn need(path: &'static str, shape: ValueShape) -> RequestField {
    RequestField { path, need: Need::Always, shape, example: None }
}

/// A field that a request may leave out.
pub(crate) const fn may(path: &'static str, shape: ValueShape) -> RequestField {
    RequestField { path, need: Need::Never, shape, example: None }
}

impl RequestField {
    pub(crate) const fn when(self, other: &'static str, value: &'static str) -> Self {
        Self { need: Need::When(other, value), ..self }
    }

    pub(crate) const fn when_or_absent(self, other: &'static str, value: &'static str) -> Self {
        Self { need: Need::WhenOrAbsent(other, value), ..self }
    }

    pub(crate) const fn unless(self, other: &'static str) -> Self {
        Self { need: Need::Unless(other), ..self }
    }

    pub(crate) const fn such_as(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }
}

impl fmt::Display for ValueShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text { least: 0, most: usize::MAX } => f.write_str("text"),
            Self::Text { least, most: usize::MAX } => write!(f, "text of at least {least} {}", characters(least)),
            Self::Text { least: 0, most } => write!(f, "text of at most {most} characters"),
            Self::Text { least, most } => write!(f, "text of {least} to {most} characters"),
            Self::Number { least, most, step } => {
                range(f, "a number", least, most)?;
                if step > 0.0 { write!(f, " in steps of {step}") } else { Ok(()) }
            }
            Self::Integer { least, most } => range(f, "a whole number", least, most),
            Self::Boolean => f.write_str("true or false"),
            Self::Object => f.write_str("an object"),
            Self::List { least: 0, most: usize::MAX } => f.write_str("a list"),
            Self::List { least, most: usize::MAX } => write!(f, "a list of at least {least}"),
            Self::List { least: 0, most } => write!(f, "a list of at most {most}"),
            Self::List { least, most } => write!(f, "a list of {least} to {most}"),
            Self::OneOf(values) => write!(f, "one of {}", values.join(", ")),
            Self::Known(values) => write!(f, "a name such as {}", values.first().unwrap_or(&"any")),
            Self::Listed(lines) => write!(f, "a name such as {}", lines.lines().next().unwrap_or("any")),
            Self::NumberOf(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "one of {}", values.join(", "))
            }
            Self::File => f.write_str("the file_path of an upload, or a public URL"),
            Self::Url => f.write_str("an http or https URL"),
            Self::Extension => f.write_str("an extension of lower-case letters and digits, without a dot"),
        }
    }
}

const fn characters(count: usize) -> &'static str {
    if count == 1 { "character" } else { "characters" }
}

fn range(f: &mut fmt::Formatter<'_>, what: &str, least: f64, most: f64) -> fmt::Result {
    match (least.is_finite(), most.is_finite()) {
        (true, true) => write!(f, "{what} from {least} to {most}"),
        (true, false) => write!(f, "{what} of at least {least}"),
        (false, true) => write!(f, "{what} of at most {most}"),
        (false, false) => f.write_str(what),
    }
}

#[cfg(test)]
mod tests {
    use super::{SECONDS, SOME_TEXT, ValueShape, number, steps, text, whole};

    #[test]
    fn a_shape_says_what_is_expected() {
        let expected = [
            (text(1, 2_000), "text of 1 to 2000 characters"),
            (SOME_TEXT, "text of at least 1 character"),
            (number(1.0, 60.0), "a number from 1 to 60"),
            (SECONDS, "a number of at least 0"),
            (steps(-100.0, 100.0, 5.0), "a number from -100 to 100 in steps of 5"),
            (whole(1.0, 16.0), "a whole number from 1 to 16"),
            (ValueShape::OneOf(&["16:9", "9:16"]), "one of 16:9, 9:16"),
            (ValueShape::NumberOf(&[2, 4]), "one of 2, 4"),
        ];
        for (shape, text) in expected {
            assert_eq!(shape.to_string(), text);
        }
    }
}
