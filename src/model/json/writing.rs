//! Styles of writing JSON, and the programs that are known for each.

use std::fmt;

/// White space between the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// White space stays where it is.
    AsIs,
    /// None at all, as `JSON.stringify` writes.
    Compact,
    /// `", "` and `": "`, as Python's `json.dumps` writes.
    Python,
    /// Lines indented by two spaces.
    IndentTwo,
    /// Lines indented by four spaces.
    IndentFour,
    /// Lines indented by tabs.
    Tabs,
}

/// Spelling of characters in strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// As they are.
    AsIs,
    /// Characters outside ASCII as `\uXXXX`, as Python's `json.dumps` writes.
    Ascii,
    /// `\uXXXX` as its character.
    Unescaped,
    /// `/` as `\/`, as PHP's `json_encode` writes with `JSON_UNESCAPED_UNICODE`.
    Slashes,
    /// `/` as `\/` and characters outside ASCII as `\uXXXX`, as PHP's `json_encode` writes.
    Php,
    /// `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`, as Go's `json.Marshal` and Rails' `to_json` write.
    Html,
    /// These, quotes, `+` and characters outside ASCII with upper-case hex, as .NET's `System.Text.Json` writes.
    DotNet,
}

/// Spelling of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// As they are.
    AsIs,
    /// `30.0` as `30`, as JavaScript and Go write.
    Shortest,
    /// `1e2` as `100.0`, as Python and Ruby write.
    Decimal,
}

/// One way to write JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The white space.
    pub spacing: Spacing,
    /// Whether the keys of every object are in alphabetical order.
    pub sorted: bool,
    /// The spelling of strings.
    pub escapes: Escapes,
    /// The spelling of numbers.
    pub numbers: Numbers,
}

impl Style {
    /// A style that changes white space alone.
    pub const fn spaced(spacing: Spacing) -> Self {
        Self { spacing, sorted: false, escapes: Escapes::AsIs, numbers: Numbers::AsIs }
    }

    /// The program that writes so, where one is known for it.
    const fn writer(self) -> Option<&'static str> {
        Some(match (self.escapes, self.spacing, self.numbers) {
            (Escapes::Slashes | Escapes::Php, ..) => "PHP's json_encode",
            (Escapes::Html, ..) => "Go's json.Marshal or Rails' to_json",
            (Escapes::DotNet, ..) => ".NET's System.Text.Json",
            (Escapes::Ascii, ..) | (_, Spacing::Python, _) => "Python's json.dumps",
            (_, _, Numbers::Decimal) => "Python's json.dumps or Ruby's to_json",
            (_, _, Numbers::Shortest) | (_, Spacing::Compact, _) => "JavaScript's JSON.stringify",
            _ => return None,
        })
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.spacing {
            Spacing::AsIs => "JSON",
            Spacing::Compact => "compact JSON",
            Spacing::Python => "spaced JSON",
            Spacing::IndentTwo | Spacing::IndentFour => "indented JSON",
            Spacing::Tabs => "JSON indented by tabs",
        })?;
        let escapes = match self.escapes {
            Escapes::AsIs => None,
            Escapes::Ascii => Some("non-ASCII characters escaped"),
            Escapes::Unescaped => Some("characters unescaped"),
            Escapes::Slashes => Some("slashes escaped"),
            Escapes::Php => Some("slashes and non-ASCII characters escaped"),
            Escapes::Html => Some("<, > and & escaped"),
            Escapes::DotNet => Some("non-ASCII characters, quotes and & escaped in upper-case hex"),
        };
        let sorted = self.sorted.then_some("keys sorted");
        let numbers = match self.numbers {
            Numbers::AsIs => None,
            Numbers::Shortest => Some("numbers shortened (30.0 to 30)"),
            Numbers::Decimal => Some("numbers without exponents (1e2 to 100.0)"),
        };
        for (at, part) in [sorted, escapes, numbers].into_iter().flatten().enumerate() {
            write!(f, "{}{part}", if at == 0 { " with " } else { " and " })?;
        }
        self.writer().map_or(Ok(()), |writer| write!(f, ", as {writer} writes it"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Escapes, Numbers, Spacing, Style};

    #[test]
    fn a_style_is_said_in_words() {
        let said = |spacing, sorted, escapes| Style { spacing, sorted, escapes, numbers: Numbers::AsIs }.to_string();
        assert_eq!(
            said(Spacing::Compact, false, Escapes::AsIs),
            "compact JSON, as JavaScript's JSON.stringify writes it"
        );
        assert_eq!(
            said(Spacing::Python, true, Escapes::Ascii),
            "spaced JSON with keys sorted and non-ASCII characters escaped, as Python's json.dumps \
             writes it"
        );
    }
}
