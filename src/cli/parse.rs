//! Parsing of a command line, with the settings that apply to it.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::cli::global_args::{GlobalArgs, early_streams};
use crate::cli::help_footer::with_footer;
use crate::cli::settings_defaults::{configured_values, load, misconfigured, refuse_foreign_targets, with_settings};
use crate::cli::standard_input::refuse_two_readers;
use crate::cli::suggestions::{advice, called, missing_action};
use crate::cli::{version, welcome};
use crate::commands::shared::reference::reference;
use crate::commands::{Environment, Settings};
use crate::error::{Error, Exit};
use crate::output::log::{self, LogFilter};
use crate::output::{ConfiguredValue, OutputError, Streams};
use crate::store::settings::LOG;

/// Why parsing gave no command, and where to say so.
pub(crate) struct Stop {
    streams: Streams,
    cause: StopCause,
}

enum StopCause {
    Help(String),
    Error(Error),
}

impl Stop {
    /// Prints the help or the error; returns the exit code.
    pub(crate) fn report(self) -> Exit {
        let Self { streams, cause } = self;
        match cause {
            StopCause::Help(text) => match streams.out.write_text(&text) {
                Ok(()) | Err(OutputError::Closed) => Exit::Done,
                Err(error) => report(&streams, &error.into()),
            },
            StopCause::Error(error) => report(&streams, &error),
        }
    }
}

/// Prints an error with its hint; returns its exit code.
pub(crate) fn report(streams: &Streams, error: &Error) -> Exit {
    let exit = error.exit();
    if exit != Exit::Done {
        streams.error(&error.to_string(), error.hint().as_deref(), exit as u8);
    }
    exit
}

/// Parses twice: first for the command and the file of settings, then with those settings in place of the defaults.
pub(crate) fn parse<C: CommandFactory + FromArgMatches>(
    arguments: &[OsString],
    environment: &Environment,
) -> Result<(C, Settings, Vec<ConfiguredValue>), Box<Stop>> {
    let mut program = C::command();
    if let Some(reference) = called(arguments, &program).and_then(|command| reference(command.get_name())) {
        program = with_footer(program, reference);
    }
    let early = |error: clap::Error| {
        let streams = early_streams(arguments, environment);
        let cause = explain(&error, &program, arguments, &streams);
        Box::new(Stop { streams, cause })
    };
    let matches = program.clone().try_get_matches_from(arguments).map_err(early)?;
    let typed = C::from_arg_matches(&matches).map_err(early)?;
    let global = GlobalArgs::from_arg_matches(&matches).map_err(early)?;
    let stop = |error| Box::new(Stop { streams: global.streams(environment), cause: StopCause::Error(error) });
    start_log(&global, environment).map_err(stop)?;
    let settings = load(environment, global.config.as_deref(), &program).map_err(stop)?;
    refuse_foreign_targets(&program, &matches, &settings).map_err(stop)?;
    let (configured, matches) = match with_settings(program.clone(), &matches, &settings) {
        None => (typed, matches),
        Some(program) => {
            with_defaults(program, arguments).map_err(|error| stop(misconfigured(&error, &matches, &settings)))?
        }
    };
    let global = GlobalArgs::from_arg_matches(&matches).map_err(early)?;
    refuse_two_readers(&program, &matches)
        .map_err(|error| Box::new(Stop { streams: global.streams(environment), cause: StopCause::Error(error) }))?;
    let values = configured_values(&program, &matches, &settings);
    Ok((configured, settings, values))
}

fn with_defaults<C: FromArgMatches>(program: Command, arguments: &[OsString]) -> Result<(C, ArgMatches), clap::Error> {
    let matches = program.try_get_matches_from(arguments)?;
    Ok((C::from_arg_matches(&matches)?, matches))
}

/// Begins the log that `-v` or `MH_HOOK_LOG` asks for.
fn start_log(global: &GlobalArgs, environment: &Environment) -> Result<(), Error> {
    let filter = LogFilter::of(global.verbose, environment.var(LOG)).map_err(|_| {
        let hint = "use a level (debug, trace), or parts with levels: journal=trace,forward=debug";
        Error::usage(format!("{LOG} is no filter of the log"), hint)
    })?;
    if let Some(filter) = filter {
        log::start(filter, &global.streams(environment));
    }
    Ok(())
}

/// Turns clap's error into help, or into a message of ours.
fn explain(error: &clap::Error, program: &Command, arguments: &[OsString], streams: &Streams) -> StopCause {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayVersion if streams.verbose > 0 => StopCause::Help(version::details(&text.to_string())),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            StopCause::Help(if streams.out.theme().is_coloured() { text.ansi().to_string() } else { text.to_string() })
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => match called(arguments, program) {
            None => StopCause::Help(welcome::text()),
            Some(called) => StopCause::Error(missing_action(called)),
        },
        _ => {
            let text = text.to_string();
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
            StopCause::Error(Error::usage(message, advice(error, arguments, program)))
        }
    }
}
