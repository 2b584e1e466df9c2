//! The options whose values can be completed, and by what.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::commands::completions::candidates::{self, Candidate};
use crate::store::{Directories, Environment};

/// Kind of value that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    EventTypes,
    EventPatterns,
    Faults,
    Tools,
    Cases,
    Directives,
    Paths,
    Statuses,
    Speeds,
    Deliveries,
    Jobs,
}

/// Rows: command (`*` for all); option or, of a positional argument, name of its value; kind of value.
#[rustfmt::skip]
const VALUES: &[(&str, &str, Values)] = &[
    ("send",    "EVENT",           Values::EventPatterns),
    ("send",    "--fault",         Values::Faults),
    ("send",    "--set",           Values::Paths),
    ("send",    "--expect-status", Values::Statuses),
    ("replay",  "ID",              Values::Deliveries),
    ("replay",  "--set",           Values::Paths),
    ("replay",  "--expect-status", Values::Statuses),
    ("show",    "ID",              Values::Deliveries),
    ("verify",  "ID",              Values::Deliveries),
    ("events",  "TYPE",            Values::EventTypes),
    ("listen",  "--expect",        Values::EventPatterns),
    ("listen",  "--events",        Values::EventPatterns),
    ("check",   "--only",          Values::Cases),
    ("check",   "--skip",          Values::Cases),
    ("e2e",     "--tool",          Values::Tools),
    ("e2e",     "--prompt",        Values::Directives),
    ("sandbox", "--speed",         Values::Speeds),
    ("*",       "--type",          Values::EventPatterns),
    ("*",       "--job",           Values::Jobs),
    ("*",       "--where",         Values::Paths),
];

/// The command line's definition, with a completer for each value of the table.
pub(crate) fn attach(command: Command, words: &[OsString], environment: &Environment) -> Command {
    attach_below(command, journal(words, environment).as_deref())
}

fn attach_below(command: Command, journal: Option<&Path>) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| match values_of(&name, &arg) {
        Some(values) => {
            let journal = journal.map(Path::to_path_buf);
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| complete(values, typed, journal.as_deref())))
        }
        None => arg,
    });
    command.mut_subcommands(|below| attach_below(below, journal))
}

fn values_of(command: &str, arg: &Arg) -> Option<Values> {
    let name = match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg.get_value_names()?.first()?.to_string(),
    };
    let row = VALUES.iter().find(|(of, option, _)| (*of == command || *of == "*") && *option == name);
    row.map(|(_, _, values)| *values)
}

/// The journal that the command line names, or the one in the data directory.
fn journal(words: &[OsString], environment: &Environment) -> Option<PathBuf> {
    let named = words.iter().zip(words.iter().skip(1)).find(|(option, _)| *option == "--journal");
    match named {
        Some((_, file)) => Some(environment.resolve(file.as_ref())),
        None => Some(Directories::of(environment).data().ok()?.join("journal.db")),
    }
}

fn complete(values: Values, typed: &OsStr, journal: Option<&Path>) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let found: Vec<Candidate> = match values {
        Values::EventTypes => candidates::event_types(),
        Values::EventPatterns => candidates::event_patterns(),
        Values::Faults => candidates::faults(),
        Values::Tools => candidates::tools(),
        Values::Cases => candidates::cases(),
        Values::Directives => candidates::directives(typed),
        Values::Paths => candidates::paths(),
        Values::Statuses => candidates::statuses(),
        Values::Speeds => candidates::speeds(),
        Values::Deliveries => journal.map(candidates::deliveries).unwrap_or_default(),
        Values::Jobs => journal.map(candidates::jobs).unwrap_or_default(),
    };
    let fitting = found.into_iter().filter(|candidate| candidate.value.starts_with(typed));
    let numbered = fitting.enumerate().map(|(order, candidate)| {
        let help = Some(candidate.about).filter(|about| !about.is_empty());
        CompletionCandidate::new(candidate.value).help(help.map(Into::into)).display_order(Some(order))
    });
    numbered.collect()
}
