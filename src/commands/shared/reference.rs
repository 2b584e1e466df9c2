//! Reference of each command: exit codes, variables that are no settings, and topics to read on.

use clap::{Arg, Command};

use crate::error::Exit;
use crate::error::Exit::{
    ApiRefused, Done, Interrupted, JobFailed, No, NoWebhook, Setup, TimedOut, Unreachable, Usage,
};
use crate::store::settings::SetBy;

/// Reference of one command.
#[derive(Clone, Copy, Debug)]
pub struct CommandReference {
    pub command: &'static str,
    /// Exit codes that it may end with.
    pub exits: &'static [Exit],
    /// Variables that it reads besides those of its options.
    pub variables: &'static [&'static str],
    /// Topics of `mh-hook help`.
    pub topics: &'static [&'static str],
}

const SECRET: &str = "MAGIC_HOUR_WEBHOOK_SECRET";
const KEY: &str = "MAGIC_HOUR_API_KEY";
const BASE_URL: &str = "MAGIC_HOUR_API_BASE_URL";

/// A row for each command.
#[rustfmt::skip]
pub const COMMANDS: [CommandReference; 18] = [
    row("listen",      &[Done, No, Usage, Setup, Unreachable, TimedOut, Interrupted], &[SECRET], &["signatures", "tunnels", "inspector"]),
    row("send",        &[Done, No, Usage, Setup, Unreachable, TimedOut, Interrupted], &[SECRET, "EDITOR", "VISUAL"], &["signatures"]),
    row("e2e",         &[Done, No, Usage, Setup, Unreachable, TimedOut, ApiRefused, JobFailed, NoWebhook, Interrupted], &[SECRET, KEY, BASE_URL], &["ci", "tunnels", "sandbox"]),
    row("sandbox",     &[Done, No, Usage, Setup, Unreachable, TimedOut], &[SECRET], &["sandbox", "inspector"]),
    row("history",     &[Done, Usage, Setup, Interrupted], &["MH_HOOK_PAGER", "PAGER"], &["json", "team"]),
    row("replay",      &[Done, No, Usage, Setup, Unreachable, TimedOut, Interrupted], &[SECRET], &["signatures"]),
    row("doctor",      &[Done, No, Usage, Setup, Interrupted], &[SECRET, KEY, BASE_URL], &["settings", "tunnels"]),
    row("verify",      &[Done, No, Usage, Setup], &[SECRET], &["signatures"]),
    row("ui",          &[Done, Usage, Setup], &[SECRET], &["inspector"]),
    row("check",       &[Done, No, Usage, Setup, Unreachable, TimedOut, Interrupted], &[SECRET], &["signatures", "ci"]),
    row("init",        &[Done, Usage, Setup], &[], &["signatures"]),
    row("events",      &[Done, Usage, Setup], &[], &["json"]),
    row("secret",      &[Done, Usage, Setup], &[], &["settings"]),
    row("config",      &[Done, Usage, Setup], &["MH_HOOK_CONFIG", "XDG_CONFIG_HOME"], &["settings", "team"]),
    row("completions", &[Done, Usage, Setup], &[], &["install"]),
    row("man",         &[Done, Usage, Setup], &[], &["install"]),
    row("licenses",    &[Done, Usage, Setup], &[], &["install"]),
    row("help",        &[Done, Usage, Setup], &[], &["settings", "exit-codes"]),
];

const fn row(
    command: &'static str,
    exits: &'static [Exit],
    variables: &'static [&'static str],
    topics: &'static [&'static str],
) -> CommandReference {
    CommandReference { command, exits, variables, topics }
}

/// Reference of a command.
pub fn reference(command: &str) -> Option<&'static CommandReference> {
    COMMANDS.iter().find(|reference| reference.command == command)
}

/// Options of a command that can be set by a variable or a file.
pub fn settings(command: &Command) -> Vec<&str> {
    // Global options have their own place in a settings file.
    let is_global = |arg: &Arg| arg.get_help_heading() == Some("Global options");
    let is_setting = |arg: &&Arg| !is_global(arg) && SetBy::of(arg) != SetBy::CommandLine;
    command.get_arguments().filter(is_setting).filter_map(Arg::get_long).collect()
}
