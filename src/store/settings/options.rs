//! The options that can be configured, found in the definition of the command line.

use crate::store::settings::credential::PREFIX;
use clap::{Arg, ArgAction, Command};

/// Kind of value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A boolean in TOML; a variable says `true` or `false` (or 1, 0, yes, no, on, off).
    Flag,
    /// One value.
    Value,
    /// Any number of values. TOML may have a list; a variable has one value per line, since values may contain commas.
    Values,
}

impl Takes {
    fn of(option: &Arg) -> Option<Self> {
        match option.get_action() {
            ArgAction::Append => Some(Self::Values),
            ArgAction::Set => Some(Self::Value),
            ArgAction::SetTrue | ArgAction::Count => Some(Self::Flag),
            _ => None,
        }
    }
}

/// An option that has a long name and takes what a setting can hold.
#[derive(Clone, Copy)]
pub(super) struct Configurable<'a> {
    /// The long name without dashes.
    pub(super) name: &'a str,
    pub(super) takes: Takes,
    pub(super) arg: &'a Arg,
}

impl<'a> Configurable<'a> {
    fn new(arg: &'a Arg) -> Option<Self> {
        Some(Self { name: arg.get_long()?, takes: Takes::of(arg)?, arg })
    }
}

/// The options of every command.
pub(super) fn global(program: &Command) -> impl Iterator<Item = Configurable<'_>> {
    program.get_arguments().filter(|arg| arg.is_global_set()).filter_map(Configurable::new)
}

/// The options of one command, the global ones not among them.
pub(super) fn of_command(command: &Command) -> impl Iterator<Item = Configurable<'_>> {
    command.get_arguments().filter_map(Configurable::new)
}

/// The names that a file may have at its top, the credentials apart: global options and sections.
pub(super) fn top_names(program: &Command) -> impl Iterator<Item = &str> {
    global(program).map(|option| option.name).chain(program.get_subcommands().map(Command::get_name))
}

/// The variable that sets an option.
pub(super) struct Variable<'a> {
    pub(super) name: String,
    pub(super) command: Option<&'a str>,
    pub(super) option: Configurable<'a>,
}

/// Every option with its command, if it has one, and the variable that sets it.
pub(super) fn variables(program: &Command) -> impl Iterator<Item = Variable<'_>> {
    let globals = global(program).map(|option| Variable::new(None, option));
    let options = program
        .get_subcommands()
        .flat_map(|command| of_command(command).map(move |option| Variable::new(Some(command.get_name()), option)));
    globals.chain(options)
}

impl<'a> Variable<'a> {
    fn new(command: Option<&'a str>, option: Configurable<'a>) -> Self {
        let parts = command.into_iter().chain([option.name]);
        let words: Vec<String> = parts.map(|part| part.to_uppercase().replace('-', "_")).collect();
        Self { name: format!("{PREFIX}{}", words.join("_")), command, option }
    }
}

#[cfg(test)]
pub(super) mod samples {
    use crate::store::settings::set_by::SetBy;
    use clap::{Arg, ArgAction, Command};

    /// A program with a global option and a command that has an option of every sort.
    pub(crate) fn program() -> Command {
        let option = |name: &'static str| Arg::new(name).long(name).add(SetBy::Project);
        let flag = |name| option(name).action(ArgAction::SetTrue);
        Command::new("mh-hook").arg(option("format").global(true)).subcommand(
            Command::new("listen")
                .arg(option("port"))
                .arg(option("since"))
                .arg(flag("accept-invalid"))
                .arg(option("forward").action(ArgAction::Append))
                .arg(option("side-effects").add(SetBy::CommandLine))
                .arg(Arg::new("undeclared").long("undeclared"))
                .arg(flag("insecure").add(SetBy::User)),
        )
    }
}
