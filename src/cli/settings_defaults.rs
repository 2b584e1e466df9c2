//! Settings as defaults of the command line, whose definition is the one source of what can be configured.

use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::commands::shared::place::completed;
use crate::error::Error;
use crate::net::out::target::Target;
use crate::output::ConfiguredValue;
use crate::store::settings::{SetBy, Setting};
use crate::store::{Environment, Settings};

/// Reads the settings that may apply to a command line.
pub(crate) fn load(environment: &Environment, named: Option<&Path>, command: &Command) -> Result<Settings, Error> {
    Ok(Settings::load(environment, named, command)?)
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
    let message =
        text.split("\n\n").next().and_then(|text| text.strip_prefix("error: ")).unwrap_or("a setting is wrong");
    Error::Configured {
        message: message.split_whitespace().collect::<Vec<_>>().join(" "),
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
pub(crate) fn refuse_foreign_targets(
    command: &Command,
    matches: &ArgMatches,
    settings: &Settings,
) -> Result<(), Error> {
    let Some((name, given)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = command.find_subcommand(name) else { return Ok(()) };
    for arg in command.get_arguments().filter(|arg| SetBy::of(arg) == SetBy::ProjectLocally) {
        let Some(option) = arg.get_long() else { continue };
        let typed = given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        let Some(Setting { values, origin }) = settings.option(name, option).filter(|_| !typed) else { continue };
        // A webhook of the sandbox is followed by `#` and the events that it wants.
        let address = |url: &str| completed(url).split('#').next().unwrap_or_default().parse::<Target>();
        let is_local = |url: &str| address(url).is_ok_and(|target| target.is_loopback());
        if let Some(url) = values.iter().find(|url| !is_local(url)).filter(|_| origin.source().is_project()) {
            return Err(Error::Configured {
                message: format!("refused {name}.{option} from {origin}: {url} does not name this machine"),
                hint: Some(format!("give --{option} yourself, or set it in the environment or in your own settings")),
            });
        }
    }
    Ok(())
}

/// The values in force that were configured for a command, and not typed.
pub(crate) fn configured_values(command: &Command, matches: &ArgMatches, settings: &Settings) -> Vec<ConfiguredValue> {
    let Some((name, given)) = matches.subcommand() else { return Vec::new() };
    let options = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
    let values = options.filter_map(|arg| {
        let is_typed = matches!(given.try_get_raw(arg.get_id().as_str()), Ok(Some(_)))
            && given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        let option = arg.get_long().filter(|_| !is_typed)?;
        Some((option, settings.option(name, option)?))
    });
    let each = |(option, Setting { values, origin }): (&str, &Setting)| {
        let (option, origin) = (option.to_owned(), origin.to_string());
        let value = move |value: &String| ConfiguredValue {
            value: value.clone(),
            option: option.clone(),
            origin: origin.clone(),
        };
        values.iter().map(value).collect::<Vec<_>>()
    };
    values.flat_map(each).collect()
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
