//! The choices of form and colour, and how they are settled for one stream.

use clap::ValueEnum;

/// The form in which results are written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: lines, coloured JSON, tables
    #[default]
    Pretty,
    /// For people in a hurry: one line for each result
    Compact,
    /// For programs: one JSON object per line
    Json,
}

/// Colour as the user's option asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Colour everywhere
    Always,
    /// No colour
    Never,
}

/// Colour variables of the environment. The output floor reads no environment itself: the caller passes them in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColorEnvironment {
    /// `NO_COLOR` is set to anything but the empty string.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set to anything but the empty string and `0`.
    pub clicolor_force: bool,
    /// `TERM` is `dumb`.
    pub term_dumb: bool,
}

impl ColorEnvironment {
    /// Judges the three variables, asking `lookup` for the value of each.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| lookup(name).unwrap_or_default();
        Self {
            no_color: !value("NO_COLOR").is_empty(),
            clicolor_force: !matches!(value("CLICOLOR_FORCE").as_str(), "" | "0"),
            term_dumb: value("TERM") == "dumb",
        }
    }
}

impl ColorChoice {
    /// Settles whether one stream is coloured: the option first, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether
    /// the stream is a `terminal` that understands colour.
    pub fn decide(self, environment: ColorEnvironment, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if environment.no_color => false,
            Self::Auto => environment.clicolor_force || (terminal && !environment.term_dumb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ColorChoice, ColorEnvironment};

    fn environment(variables: &[(&str, &str)]) -> ColorEnvironment {
        ColorEnvironment::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_option_beats_the_environment() {
        assert!(ColorChoice::Always.decide(environment(&[("NO_COLOR", "1")]), false));
        assert!(!ColorChoice::Never.decide(environment(&[("CLICOLOR_FORCE", "1")]), true));
    }

    #[test]
    fn no_color_beats_a_forced_colour() {
        assert!(!ColorChoice::Auto.decide(environment(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), true));
    }

    #[test]
    fn empty_variables_and_a_zero_say_nothing() {
        let silent = environment(&[("NO_COLOR", ""), ("CLICOLOR_FORCE", "0")]);
        assert_eq!(silent, ColorEnvironment::default());
        assert!(ColorChoice::Auto.decide(silent, true));
        assert!(!ColorChoice::Auto.decide(silent, false));
    }

    #[test]
    fn colour_can_be_forced_into_a_pipe() {
        assert!(ColorChoice::Auto.decide(environment(&[("CLICOLOR_FORCE", "1")]), false));
    }

    #[test]
    fn a_dumb_terminal_gets_no_colour() {
        assert!(!ColorChoice::Auto.decide(environment(&[("TERM", "dumb")]), true));
    }
}
