//! The end of a command's help: settings and variables, exit codes, and where to read on.

use std::borrow::Borrow;
use std::fmt::Write;

use clap::Command;

use crate::commands::shared::reference::{COMMANDS, CommandReference, settings};
use crate::error::Exit;
use crate::output::width::wrap;

/// Columns of a line.
const WIDTH: usize = 76;

/// The definition of the command line with a footer below the help of each command.
pub(crate) fn with_footers(program: Command) -> Command {
    COMMANDS.iter().fold(program, with_footer)
}

/// The definition of the command line with a footer below the help of one command.
pub(crate) fn with_footer(program: Command, reference: &CommandReference) -> Command {
    program.mut_subcommand(reference.command, |command| {
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let footer = footer(&command, reference);
        command.after_help(format!("{examples}\n\n{footer}"))
    })
}

fn footer(command: &Command, reference: &CommandReference) -> String {
    let mut text = String::new();
    let settings = settings(command);
    let name = reference.command;
    if let Some(first) = settings.first() {
        let variable = format!("MH_HOOK_{}_{}", name.to_uppercase(), first.to_uppercase().replace('-', "_"));
        paragraph(
            &mut text,
            &format!("Settings ([{name}] in mh-hook.toml, or variables such as {variable}):"),
            &settings,
        );
    }
    if !reference.variables.is_empty() {
        paragraph(&mut text, "Environment:", reference.variables);
    }
    let exits: Vec<String> = reference.exits.iter().map(|exit| described(*exit)).collect();
    paragraph(&mut text, "Exit codes:", &exits);
    let general = ["settings", "exit-codes"].into_iter().filter(|topic| !reference.topics.contains(topic));
    let topics: Vec<&str> = reference.topics.iter().copied().chain(general).collect();
    paragraph(&mut text, "More (mh-hook help TOPIC):", &topics);
    text.trim_end().to_owned()
}

fn described(exit: Exit) -> String {
    format!("{} {}", exit as u8, exit.brief())
}

/// A heading, and its items on lines that are indented.
fn paragraph<T: Borrow<str>>(text: &mut String, heading: &str, items: &[T]) {
    let _ = writeln!(text, "{heading}");
    for line in wrap(&items.join(", "), WIDTH) {
        let _ = writeln!(text, "  {line}");
    }
}
