//! The policy of an option: the places that may set it besides the command line.

use crate::store::settings::origin::Source;
use clap::Arg;
use clap::builder::ArgExt;

/// The places that may set an option, declared beside its definition: `#[arg(long, add = SetBy::User)]`.
///
/// An option without a declaration is taken from the command line only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The command line only: the option runs a command, spends, reaches other machines or means a single run.
    CommandLine,
    /// The environment and the user's own files, but no file that arrives with a cloned repository.
    User,
    /// Every place, also a project's file.
    Project,
    /// Every place, but a project's file only with a URL on this machine.
    ProjectLocally,
}

impl ArgExt for SetBy {}

impl SetBy {
    /// The policy of an option; the strictest one when none was declared.
    pub fn of(option: &Arg) -> Self {
        option.get::<Self>().copied().unwrap_or(Self::CommandLine)
    }

    /// Accepts or refuses a place, with the reason of a refusal.
    pub fn admit(self, source: Source) -> Result<(), &'static str> {
        match self {
            Self::CommandLine => Err("only accepted on the command line"),
            Self::User if source.is_project() => Err("not accepted from a project's file"),
            Self::User | Self::Project | Self::ProjectLocally => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SetBy;
    use crate::store::settings::origin::Source;
    use clap::Arg;

    #[test]
    fn an_option_without_a_declaration_is_for_the_command_line_only() {
        assert_eq!(SetBy::of(&Arg::new("port").long("port")), SetBy::CommandLine);
        assert_eq!(SetBy::of(&Arg::new("port").long("port").add(SetBy::User)), SetBy::User);
    }

    #[test]
    fn each_place_may_set_what_the_policy_says() {
        let places = [Source::Environment, Source::NamedFile, Source::UserFile, Source::ProjectFile];
        for (policy, accepted) in [
            (SetBy::CommandLine, [false, false, false, false]),
            (SetBy::User, [true, true, true, false]),
            (SetBy::Project, [true, true, true, true]),
            (SetBy::ProjectLocally, [true, true, true, true]),
        ] {
            assert_eq!(places.map(|place| policy.admit(place).is_ok()), accepted, "{policy:?}");
        }
    }
}
