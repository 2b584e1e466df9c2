//! The trust of settings: every option of every command, and the places that may set it, as a table.

use clap::Command;
use mh_hook::commands::shared::reference::{COMMANDS, reference, settings};
use mh_hook::store::settings::SetBy;

use crate::support::{Program, project_file};

/// The options of a command and of the commands below it, a line each.
fn rows(command: &Command, path: &str, rows: &mut Vec<String>) {
    // A global option belongs to the command that defines it.
    let inherited = |id: &str| matches!(id, "help" | "version");
    for option in command.get_arguments().filter(|arg| !inherited(arg.get_id().as_str())) {
        let Some(name) = option.get_long() else { continue };
        let declared = match option.get::<SetBy>() {
            None => "UNDECLARED",
            Some(SetBy::CommandLine) => "command line",
            Some(SetBy::User) => "user",
            Some(SetBy::Project) => "project",
            Some(SetBy::ProjectLocally) => "project, if it is a URL on this machine",
        };
        rows.push(format!("{path:<16} --{name:<20} {declared}").trim_end().to_owned());
    }
    for child in command.get_subcommands() {
        let path = if path == "(all)" { child.get_name().to_owned() } else { format!("{path} {}", child.get_name()) };
        self::rows(child, &path, rows);
    }
}

#[test]
fn every_option_declares_who_may_set_it() {
    let mut found = Vec::new();
    rows(&mh_hook::cli::command(), "(all)", &mut found);
    let table = project_file("tests/settings_trust.txt");
    let reviewed: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let unreviewed: Vec<&String> = found.iter().filter(|row| !reviewed.contains(&row.as_str())).collect();
    let gone: Vec<&&str> = reviewed.iter().filter(|row| !found.iter().any(|found| found == *row)).collect();
    assert!(
        unreviewed.is_empty() && gone.is_empty(),
        "the options and tests/settings_trust.txt differ.\nnot in the table: {unreviewed:#?}\nonly in the table: {gone:#?}"
    );
}

#[test]
fn the_help_of_every_command_names_its_settings_variables_and_exit_codes() {
    let table = project_file("tests/settings_trust.txt");
    let program = mh_hook::cli::command();
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        let reference = reference(name).unwrap_or_else(|| panic!("{name} has no row in the reference"));
        let help = Program::new().run(&[name, "--help"]).out;
        let words: Vec<&str> = help.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).collect();
        let rows = table.lines().filter(|row| row.split("--").next().is_some_and(|path| path.trim() == name));
        let configurable = rows.filter(|row| !row.ends_with("command line"));
        let mut options: Vec<&str> =
            configurable.map(|row| row.split("--").nth(1).unwrap().split(' ').next().unwrap()).collect();
        let mut named = settings(command);
        options.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, options, "settings of {name}");
        for option in options {
            assert!(words.contains(&option), "{name} --help does not name the setting {option}:\n{help}");
        }
        for variable in reference.variables {
            assert!(help.contains(variable), "{name} --help does not name {variable}");
        }
        for topic in reference.topics {
            assert_eq!(Program::new().run(&["help", topic]).code, 0, "{name} names the topic {topic}");
        }
        let exits: Vec<String> =
            reference.exits.iter().map(|exit| format!("{} {}", *exit as u8, exit.brief())).collect();
        let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(&format!("Exit codes: {}", exits.join(", "))), "{name} --help:\n{help}");
    }
    assert_eq!(COMMANDS.len(), program.get_subcommands().filter(|command| !command.is_hide_set()).count());
}
