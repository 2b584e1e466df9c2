//! Suggestions for a command line that cannot be parsed.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::model::nearest;

/// Suggestion for a command line that cannot be parsed: the nearest known name, or the list of known ones.
pub(crate) fn advice(error: &clap::Error, arguments: &[OsString], program: &Command) -> String {
    let given = arguments.iter().skip(1).filter_map(|argument| argument.to_str());
    let current = given.into_iter().find_map(|name| program.find_subcommand(name));
    let called = current.map_or_else(|| "mh-hook".to_owned(), |current| format!("mh-hook {}", current.get_name()));
    let wrong = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let nearest = match error.kind() {
        ErrorKind::UnknownArgument => wrong(ContextKind::InvalidArg).and_then(|wrong| {
            let options = current.into_iter().chain([program]).flat_map(Command::get_arguments);
            let name = wrong.trim_start_matches('-').split('=').next().unwrap_or_default();
            nearest(name, options.filter_map(Arg::get_long)).map(|name| format!("--{name}"))
        }),
        ErrorKind::InvalidSubcommand => wrong(ContextKind::InvalidSubcommand).and_then(|wrong| {
            nearest(wrong, current.unwrap_or(program).get_subcommands().map(Command::get_name)).map(str::to_owned)
        }),
        _ => None,
    };
    match nearest {
        Some(nearest) => format!("did you mean '{nearest}'? `{called} --help` lists what there is"),
        None => format!("`{called} --help` shows what can be said"),
    }
}
