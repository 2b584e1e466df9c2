//! Colour by role: call sites say what a text means, the theme knows how that looks on its stream.

use std::fmt;
use std::sync::LazyLock;

use colored::{ColoredString, Colorize};

/// Meaning of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It went well: a verified delivery, a 2xx answer.
    Success,
    /// It deserves a look: an unverified delivery, a slow answer.
    Warning,
    Error,
    /// It is there for completeness: times, sizes, hints.
    Muted,
    /// It should be seen first.
    Strong,
    /// It names what the line is about: an event type, a job id.
    Accent,
    /// A key of a JSON object.
    Key,
    String,
    Number,
    /// JSON's `true`, `false` and `null`.
    Literal,
}

impl Role {
    /// Every role, in the order of declaration, which is the order of [`PALETTE`].
    const ALL: [Self; 10] = [
        Self::Success,
        Self::Warning,
        Self::Error,
        Self::Muted,
        Self::Strong,
        Self::Accent,
        Self::Key,
        Self::String,
        Self::Number,
        Self::Literal,
    ];

    fn style(self, text: &str) -> ColoredString {
        match self {
            Self::Success | Self::String => text.green(),
            Self::Warning | Self::Number => text.yellow(),
            Self::Error => text.red().bold(),
            Self::Muted => text.dimmed(),
            Self::Strong => text.bold(),
            Self::Accent | Self::Key => text.cyan(),
            Self::Literal => text.magenta(),
        }
    }
}

/// The escape sequences before and after a text of one role.
struct Escape {
    open: String,
    close: String,
}

/// Computed once, so that painting is a copy of ready strings.
static PALETTE: LazyLock<[Escape; Role::ALL.len()]> = LazyLock::new(|| {
    // Left alone, `colored` decides for the whole program by what stdout is; here each stream's theme decides.
    colored::control::set_override(true);
    #[cfg(windows)]
    let _ = colored::control::set_virtual_terminal(true);
    Role::ALL.map(|role| {
        let painted = role.style("\0").to_string();
        let (open, close) = painted.split_once('\0').unwrap_or_default();
        Escape { open: open.to_owned(), close: close.to_owned() }
    })
});

/// Appearance of roles on one stream: coloured or plain.
#[derive(Clone, Copy)]
pub struct Theme {
    palette: Option<&'static [Escape; Role::ALL.len()]>,
}

impl Theme {
    /// A theme with `colour`, or one that leaves every text as it is.
    pub fn new(colour: bool) -> Self {
        Self { palette: colour.then(|| &*PALETTE) }
    }

    /// Whether this theme adds anything to a text.
    pub fn is_coloured(self) -> bool {
        self.palette.is_some()
    }

    /// Code before a text of this role; empty without colour.
    pub fn open(self, role: Role) -> &'static str {
        self.escape(role).map_or("", |escape| &escape.open)
    }

    /// Code after a text of this role; empty without colour.
    pub fn close(self, role: Role) -> &'static str {
        self.escape(role).map_or("", |escape| &escape.close)
    }

    /// The text between its escape sequences. It is not sanitised: that is the writer's work.
    pub fn paint<T: fmt::Display>(self, role: Role, text: T) -> impl fmt::Display {
        Painted { open: self.open(role), text, close: self.close(role) }
    }

    fn escape(self, role: Role) -> Option<&'static Escape> {
        self.palette?.get(role as usize)
    }
}

impl fmt::Debug for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Theme({})", if self.is_coloured() { "colour" } else { "plain" })
    }
}

struct Painted<T> {
    open: &'static str,
    text: T,
    close: &'static str,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.open, self.text, self.close)
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Theme};

    #[test]
    fn a_coloured_theme_wraps_the_text_and_ends_the_colour() {
        assert_eq!(Theme::new(true).paint(Role::Success, "ok").to_string(), "\x1b[32mok\x1b[0m");
        assert_eq!(Theme::new(true).paint(Role::Error, 7).to_string(), "\x1b[1;31m7\x1b[0m");
    }

    #[test]
    fn a_plain_theme_changes_nothing() {
        assert_eq!(Theme::new(false).paint(Role::Error, "no").to_string(), "no");
    }

    #[test]
    fn the_palette_has_each_role_at_its_own_place() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, place);
            assert!(!Theme::new(true).open(role).is_empty());
        }
    }
}
