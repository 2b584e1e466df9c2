//! Suggestions for a command line that cannot be parsed.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::commands::shared::selection::Selector;
use crate::error::Error;
use crate::model::nearest;

/// Options of other tools, and what means the same here. The first that the command has is suggested.
const SYNONYMS: [(&str, &[&str]); 25] = [
    ("to", &["forward", "webhook"]),
    ("forward", &["to", "webhook"]),
    ("webhook", &["to", "forward"]),
    ("events", &["type"]),
    ("job", &["id"]),
    ("url", &["to", "forward", "webhook"]),
    ("target", &["to", "forward"]),
    ("endpoint", &["to", "webhook"]),
    ("forward-to", &["forward"]),
    ("file", &["body"]),
    ("data", &["body"]),
    ("payload", &["body"]),
    ("secret", &["secret-file"]),
    ("webhook-secret", &["secret-file"]),
    ("api-key", &["api-key-file"]),
    ("host", &["bind"]),
    ("address", &["bind"]),
    ("output", &["format"]),
    ("json", &["format json"]),
    ("limit", &["last"]),
    ("lines", &["last"]),
    ("tail", &["last"]),
    ("filter", &["where", "events"]),
    ("wait", &["timeout"]),
    ("type", &["events"]),
];

/// Options that people try for what a command takes without an option, and how it takes that.
const ARGUMENTS: [(&str, &[&str], &str); 6] = [
    ("check", &["to", "url", "target", "forward", "webhook", "endpoint"], "check URL"),
    ("send", &["event", "type"], "send EVENT"),
    ("replay", &["id"], "replay ID"),
    ("verify", &["id"], "verify ID"),
    ("history", &["id"], "history show ID"),
    ("init", &["framework"], "init FRAMEWORK"),
];

/// Commands below a command that people try, and what means the same here.
const SUBCOMMANDS: [(&str, &str, &str); 5] = [
    ("history", "ls", "history list"),
    ("history", "get", "history show"),
    ("history", "clear", "history prune --keep 0"),
    ("secret", "get", "secret show"),
    ("secret", "generate", "secret new"),
];

/// Advice for commands that lack an argument.
const MISSING: [(&str, &str); 3] = [
    (
        "show",
        "`mh-hook history show last` shows the newest, `mh-hook history show 12` delivery 12; `mh-hook history` lists the numbers",
    ),
    ("check", "`mh-hook check http://localhost:8000/webhook` checks the handler there"),
    ("help", "`mh-hook help` lists commands and topics"),
];

/// The command that was called, if one was.
pub(crate) fn called<'p>(arguments: &[OsString], program: &'p Command) -> Option<&'p Command> {
    arguments.iter().skip(1).filter_map(|argument| argument.to_str()).find_map(|name| program.find_subcommand(name))
}

/// The commands that were called, each below the one before.
fn called_path<'p>(arguments: &[OsString], program: &'p Command) -> Vec<&'p Command> {
    let mut path: Vec<&Command> = Vec::new();
    for name in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        path.extend(path.last().copied().unwrap_or(program).find_subcommand(name));
    }
    path
}

/// A command without the action that it needs, such as `mh-hook secret`.
pub(crate) fn missing_action(command: &Command) -> Error {
    let name = command.get_name();
    let actions: Vec<&str> = command.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect();
    let first = actions.first().copied().unwrap_or_default();
    Error::usage(
        format!("`mh-hook {name}` needs one of: {}", actions.join(", ")),
        format!("try `mh-hook {name} {first}`; `mh-hook {name} --help` explains them"),
    )
}

/// Suggestion for a command line that cannot be parsed: the nearest known name, or the list of known ones.
pub(crate) fn advice(error: &clap::Error, arguments: &[OsString], program: &Command) -> String {
    let path = called_path(arguments, program);
    let current = path.last().copied();
    let called: Vec<&str> = ["mh-hook"].into_iter().chain(path.iter().map(|command| command.get_name())).collect();
    let called = called.join(" ");
    let wrong = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let nearest = match error.kind() {
        ErrorKind::UnknownArgument => wrong(ContextKind::InvalidArg).and_then(|wrong| {
            let options: Vec<&Command> = current.into_iter().chain([program]).collect();
            let name = wrong.trim_start_matches('-').split('=').next().unwrap_or_default();
            path.iter().rev().find_map(|command| argument_like(name, command)).or_else(|| option_like(name, &options))
        }),
        ErrorKind::InvalidSubcommand => {
            wrong(ContextKind::InvalidSubcommand).and_then(|wrong| subcommand_like(wrong, current.unwrap_or(program)))
        }
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(known)) => wrong(ContextKind::InvalidValue)
                .and_then(|wrong| nearest(wrong, known.iter().map(String::as_str)))
                .map(str::to_owned),
            _ => None,
        },
        _ => None,
    };
    let missing = || match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) if error.kind() == ErrorKind::MissingRequiredArgument => {
            advice_on_missing(missing, &called, arguments, current?)
        }
        _ => None,
    };
    match nearest {
        None if let Some(advice) = missing() => advice,
        Some(nearest) => format!("did you mean '{nearest}'? `{called} --help` lists what there is"),
        None if called == "mh-hook listen" && wrong(ContextKind::InvalidArg) == Some("[PORT]") => {
            "PORT is where mh-hook itself listens; --forward URL names your handler".to_owned()
        }
        None => format!("`{called} --help` lists what there is"),
    }
}

/// Advice for a command that lacks arguments: the options to add, or an example that has more than was typed.
fn advice_on_missing(missing: &[String], called: &str, arguments: &[OsString], command: &Command) -> Option<String> {
    let known = MISSING.iter().find(|(name, _)| command.get_name() == *name);
    if let Some((_, advice)) = known {
        return Some((*advice).to_owned());
    }
    let is_option = |name: &String| name.trim_start_matches('<').starts_with("--");
    let example = example_of(command, called, arguments);
    match example {
        Some(example) if !missing.iter().all(|name| name.starts_with("--")) => {
            Some(format!("such as `{example}`; `{called} --help` lists what there is"))
        }
        _ if missing.iter().all(is_option) => {
            let names: Vec<String> = missing.iter().map(|name| typed_form(name)).collect();
            Some(format!("add {}; `{called} --help` explains it", names.join(" and ")))
        }
        _ => None,
    }
}

/// A missing option, or one of a group, as it is typed: `--from URL`, `--keep N or --older-than DURATION`.
fn typed_form(missing: &str) -> String {
    let optional = missing.find(" [").unwrap_or(missing.len());
    missing.get(..optional).unwrap_or(missing).replace(['<', '>'], "").replace('|', " or ")
}

/// An example in the help of a command, without the words about it. It has all options that were typed, and more than the
/// command alone.
fn example_of(command: &Command, called: &str, arguments: &[OsString]) -> Option<String> {
    let typed = || arguments.iter().filter_map(|argument| argument.to_str()).filter(|word| word.starts_with("--"));
    let help = command.get_after_help()?.to_string();
    let examples = help.lines().map(str::trim).filter(|line| line.starts_with(called));
    let mut examples =
        examples.filter_map(|line| line.split("  ").next()).filter(|example| example.len() > called.len());
    let first = examples.clone().next()?;
    let closest = examples.find(|example| typed().all(|option| example.split(' ').any(|word| word == option)));
    Some(closest.unwrap_or(first).to_owned())
}

/// The form in which a command takes, without an option, what was given with one.
fn argument_like(name: &str, command: &Command) -> Option<String> {
    let known = ARGUMENTS.iter().find(|(of, options, _)| *of == command.get_name() && options.contains(&name));
    known.map(|(_, _, meant)| format!("mh-hook {meant}"))
}

/// The option of one of the commands that was probably meant.
fn option_like(name: &str, commands: &[&Command]) -> Option<String> {
    let options = || commands.iter().flat_map(|command| command.get_arguments()).filter_map(Arg::get_long);
    let has = |option: &str| options().any(|long| option.split(' ').next() == Some(long));
    let synonyms = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).map(|(_, options)| *options);
    let synonym = synonyms.unwrap_or_default().iter().find(|option| has(option));
    let meant = synonym.copied().or_else(|| nearest(name, options().chain(["help", "version"])))?;
    Some(format!("--{meant}"))
}

/// The command below a command that was probably meant.
fn subcommand_like(name: &str, command: &Command) -> Option<String> {
    let of = command.get_name();
    let synonym = SUBCOMMANDS.iter().find(|(parent, word, _)| *parent == of && *word == name);
    let visible = command.get_subcommands().filter(|child| !child.is_hide_set());
    let is_delivery = of == "history" && name.parse::<Selector>().is_ok();
    synonym
        .map(|(_, _, meant)| format!("mh-hook {meant}"))
        .or_else(|| is_delivery.then(|| format!("mh-hook history show {name}")))
        .or_else(|| nearest(name, visible.map(Command::get_name)).map(str::to_owned))
}
