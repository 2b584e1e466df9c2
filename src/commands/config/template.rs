//! A settings file to begin with: every setting that it may hold, commented out, with its help.

use clap::{Arg, ArgAction, Command};

use crate::store::settings::SetBy;

/// The reader of a settings file, which decides what the file may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// A project, whose file arrives with a clone.
    Project,
    /// The user alone.
    User,
}

impl Audience {
    fn may_set(self, arg: &Arg) -> bool {
        match SetBy::of(arg) {
            SetBy::CommandLine => false,
            SetBy::User => self == Self::User,
            SetBy::Project | SetBy::ProjectLocally => true,
        }
    }
}

/// The text of the file.
pub(super) fn text(program: &Command, audience: Audience) -> String {
    let head = match audience {
        Audience::Project => "# Settings of mh-hook for this project. An option on the command line wins over them.\n",
        Audience::User => "# Settings of mh-hook for you. A project's mh-hook.toml wins over them.\n",
    };
    let mut text =
        format!("{head}# `mh-hook config list` shows what is in force, `mh-hook help settings` explains it.\n");
    for arg in program.get_arguments().filter(|arg| arg.is_global_set()) {
        text.extend(entry(arg, audience));
    }
    for command in program.get_subcommands() {
        let entries: String = command.get_arguments().filter_map(|arg| entry(arg, audience)).collect();
        if !entries.is_empty() {
            text.extend(["\n[", command.get_name(), "]\n", entries.trim_start()]);
        }
    }
    text
}

/// A setting, commented out, below its help.
fn entry(arg: &Arg, audience: Audience) -> Option<String> {
    let name = arg.get_long().filter(|_| audience.may_set(arg))?;
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    Some(format!("\n# {}\n# {name} = {}\n", help.replace('\n', " "), example(arg)?))
}

/// A value of the right type: the default, or a placeholder.
fn example(arg: &Arg) -> Option<String> {
    let default = arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let name = arg.get_value_names().and_then(|names| names.first()).map_or_else(String::new, ToString::to_string);
    let value = default.unwrap_or(name);
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::Count => Some("false".to_owned()),
        ArgAction::Append => Some(format!("[{value:?}]")),
        ArgAction::Set if value.parse::<f64>().is_ok() => Some(value),
        ArgAction::Set => Some(format!("{value:?}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, text};
    use crate::store::settings::SetBy;
    use clap::{Arg, Command};

    #[test]
    fn a_file_holds_what_its_reader_may_set() {
        let program = Command::new("mh-hook").subcommand(
            Command::new("listen")
                .arg(Arg::new("port").long("port").default_value("8000").help("Port").add(SetBy::Project))
                .arg(Arg::new("bind").long("bind").value_name("ADDR").help("Address").add(SetBy::User))
                .arg(Arg::new("where").long("where").add(SetBy::CommandLine)),
        );
        let body = |audience| text(&program, audience).lines().skip(2).collect::<Vec<_>>().join("\n");
        assert_eq!(body(Audience::Project), "\n[listen]\n# Port\n# port = 8000");
        assert_eq!(body(Audience::User), "\n[listen]\n# Port\n# port = 8000\n\n# Address\n# bind = \"ADDR\"");
    }
}
