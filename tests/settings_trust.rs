//! The trust of settings: every option of every command, and the places that may set it, as a table.

use clap::Command;
use mh_hook::store::settings::SetBy;

use crate::support::project_file;

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
