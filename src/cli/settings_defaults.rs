//! Settings as defaults of the command line, whose definition is the one source of what can be configured.

use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::error::Error;
use crate::net::out::target::Target;
use crate::store::settings::{AcceptedFrom, OptionSchema, Schema, Setting, Takes};
use crate::store::{Environment, Settings};

/// Reads the settings that may apply to a command line.
pub(crate) fn load(environment: &Environment, named: Option<&Path>, command: &Command) -> Result<Settings, Error> {
    Ok(Settings::load(environment, named, &schema(command))?)
}

/// Says which setting a command line with settings in it stumbled over.
pub(crate) fn misconfigured(error: &clap::Error, matches: &ArgMatches, settings: &Settings) -> Error {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let option = argument.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let setting =
        matches.subcommand_name().and_then(|name| settings.option(name, option)).or_else(|| settings.global(option));
    let text = error.render().to_string();
    let message = text.lines().next().and_then(|line| line.strip_prefix("error: ")).unwrap_or("a setting is wrong");
    Error::Configured {
        message: message.to_owned(),
        hint: setting.map(|Setting { origin, .. }| format!("the value comes from {origin}")),
    }
}

/// The command line with configured values as defaults, if any apply to the command that was given.
pub(crate) fn with_settings(mut command: Command, matches: &ArgMatches, settings: &Settings) -> Option<Command> {
    let globals = configured(&command, |option| settings.global(option));
    let mut changed = !globals.is_empty();
    for (id, values) in globals {
        command = command.mut_arg(id, |arg| arg.default_values(values));
    }
    if let Some(name) = matches.subcommand_name() {
        let options = configured(command.find_subcommand(name)?, |option| settings.option(name, option));
        changed |= !options.is_empty();
        for (id, values) in options {
            command = command.mut_subcommand(name, |sub| sub.mut_arg(id, |arg| arg.default_values(values)));
        }
    }
    changed.then_some(command)
}

/// Refuses targets on other machines that a project's file names: deliveries hold bearer links, and a cloned project
/// must not be able to have them sent to it.
pub(crate) fn refuse_foreign_targets(matches: &ArgMatches, settings: &Settings) -> Result<(), Error> {
    let Some((command, given)) = matches.subcommand() else { return Ok(()) };
    for option in ["to", "forward", "webhook"] {
        let typed = given.try_contains_id(option).is_ok_and(|known| known)
            && given.value_source(option) == Some(ValueSource::CommandLine);
        let Some(Setting { values, origin }) = settings.option(command, option).filter(|_| !typed) else { continue };
        let is_foreign = |url: &&String| url.parse::<Target>().is_ok_and(|target| !target.is_loopback());
        if let Some(url) = values.iter().find(is_foreign).filter(|_| origin.source().is_project()) {
            return Err(Error::Configured {
                message: format!("{origin} would have deliveries sent to another machine: {url}"),
                hint: Some(format!("give --{option} yourself, or set it in the environment or in your own settings")),
            });
        }
    }
    Ok(())
}

/// The ids of a command's options that were configured, with their values.
fn configured<'a>(command: &Command, setting: impl Fn(&str) -> Option<&'a Setting>) -> Vec<(String, Vec<String>)> {
    let values = |arg: &Arg| {
        let values = setting(arg.get_long()?)?.values.clone();
        Some(match arg.get_action() {
            ArgAction::Count => values.iter().map(|value| u8::from(value == "true").to_string()).collect(),
            _ => values,
        })
    };
    command.get_arguments().filter_map(|arg| Some((arg.get_id().to_string(), values(arg)?))).collect()
}

/// Options that can be configured, with their sources.
fn schema(command: &Command) -> Schema {
    let options = |command: &Command| {
        // What is global here is so for the commands below this one, and as much its own as the rest.
        command.get_arguments().filter_map(option_schema).collect::<Vec<_>>()
    };
    let globals = command.get_arguments().filter(|arg| arg.is_global_set()).filter_map(option_schema).collect();
    command
        .get_subcommands()
        .fold(Schema::new(globals), |schema, command| schema.command(command.get_name(), options(command)))
}

fn option_schema(arg: &Arg) -> Option<OptionSchema> {
    let long = arg.get_long()?;
    let takes = match arg.get_action() {
        ArgAction::Append => Takes::Values,
        ArgAction::Set => Takes::Value,
        ArgAction::SetTrue | ArgAction::Count => Takes::Flag,
        _ => return None,
    };
    let accepted_from = match long {
        // A file that names itself, or a single event, cannot be a setting, nor can which events are meant this time, a
        // command to run, leave to reach other machines or to spend credits, or a file to hand out.
        "live" | "all" | "unknown-cost-ok" | "ping" | "upload" | "list" | "side-effects" | "yes-remote" | "config"
        | "body" | "id" | "dry-run" | "curl" | "signature" | "timestamp" | "at" | "reveal" | "type" | "job"
        | "since" | "until" | "verdict" | "where" | "last" => AcceptedFrom::CommandLine,
        // A cloned project must not be able to weaken TLS or verification, nor to read or write files of its choice.
        // Nor to choose what credits are spent on, or to have the journal let deliveries go.
        "image" | "video" | "audio" | "tool" | "model" | "prompt" | "max-credits" | "journal-max" | "no-journal"
        | "no-verify" | "download" | "public-url" | "insecure" | "accept-invalid" | "ca-file" | "secret-file"
        | "api-key-file" | "control-token-file" | "junit" | "journal" | "state" => AcceptedFrom::OutsideProject,
        _ => AcceptedFrom::Anywhere,
    };
    Some(OptionSchema::new(long, takes).accepted_from(accepted_from))
}
