//! The command line as a whole: what may be said, what the settings add to it, and how the program ends.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::aliases::{Expanded, expand};
use crate::cli::settings_defaults::{load, misconfigured, refuse_foreign_targets, with_settings};
use crate::cli::standard_input::refuse_two_readers;
use crate::cli::suggestions::{advice, called, missing_action};
use crate::cli::{version, welcome};
use crate::commands::{
    Context, Environment, Settings, check, completions, config, doctor, e2e, events, help, history, hold, init,
    licenses, listen, man, replay, sandbox, secret, send, ui, verify,
};
use crate::error::{Error, Exit};
use crate::output::log::{self, LogFilter};
use crate::output::{ColorChoice, ColorEnvironment, Format, OutputError, OutputOptions, Streams};
use crate::store::settings::{LOG, SetBy};

/// Receive, send, test and emulate Magic Hour webhooks, offline
#[derive(Parser, Debug)]
#[command(name = "mh-hook", version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// Format of results: text with details, one line each, or JSON
    #[arg(long, global = true, add = SetBy::Project, value_enum, default_value_t = Format::Pretty)]
    format: Format,
    /// Use colour; auto: on a terminal, unless the environment decides otherwise
    #[arg(long, global = true, add = SetBy::Project, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    /// Print only results, warnings and errors
    #[arg(short, long, global = true, add = SetBy::User)]
    quiet: bool,
    /// Show more detail, and log to stderr what happens inside (-vv: more)
    #[arg(short, long, global = true, add = SetBy::Project, action = ArgAction::Count)]
    verbose: u8,
    /// Read settings from this file instead of mh-hook.toml and the user's own
    #[arg(long, global = true, add = SetBy::CommandLine, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Subcommands {
    Listen(listen::ListenArgs),
    Send(send::SendArgs),
    E2e(e2e::E2eArgs),
    Sandbox(sandbox::SandboxArgs),
    History(history::HistoryArgs),
    Replay(replay::ReplayArgs),
    Doctor(doctor::DoctorArgs),
    Verify(verify::VerifyArgs),
    Ui(ui::UiArgs),
    Check(check::CheckArgs),
    Init(init::InitArgs),
    Events(events::EventsArgs),
    Secret(secret::SecretArgs),
    Config(config::ConfigArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Licenses(licenses::LicensesArgs),
    Help(help::HelpArgs),
}

impl Subcommands {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        match self {
            Self::Listen(args) => listen::run(args, context),
            Self::Send(args) => send::run(args, context),
            Self::E2e(args) => e2e::run(args, context),
            Self::Sandbox(args) => sandbox::run(args, context),
            Self::History(args) => history::run(args, context),
            Self::Replay(args) => replay::run(args, context),
            Self::Doctor(args) => doctor::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Ui(args) => ui::run(args, context),
            Self::Check(args) => check::run(args, context),
            Self::Init(args) => init::run(args, context),
            Self::Events(args) => events::run(args, context),
            Self::Secret(args) => secret::run(args, context),
            Self::Config(args) => config::run(args, &command(), context),
            Self::Completions(args) => completions::run(args, context),
            Self::Man(args) => man::run(args, command(), context),
            Self::Licenses(args) => licenses::run(args, context),
            Self::Help(args) => help::run(args, command(), context),
        }
    }
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let environment = Environment::from_process();
    let exit = match hold::held(&arguments) {
        Some(held) => hold::run(held).unwrap_or_else(|error| report(&early_streams(&arguments, &environment), &error)),
        None => run(&arguments, &environment),
    };
    ExitCode::from(exit as u8)
}

/// The definition of the command line, for help, completions and the settings.
pub fn command() -> Command {
    Cli::command()
}

fn run(arguments: &[OsString], environment: &Environment) -> Exit {
    if let Some(answer) = completions::answer(command(), arguments, environment) {
        let streams = early_streams(&[], environment);
        let written = answer.and_then(|text| Ok(streams.out.write(&text)?));
        return written.map_or_else(|error| report(&streams, &error), |()| Exit::Done);
    }
    let Expanded { arguments, note } = expand(arguments, &command());
    match parse(&arguments, environment) {
        Ok((cli, settings)) => {
            let streams = streams(&cli.global, environment);
            if let Some(note) = note {
                streams.note(&note);
            }
            let context = Context::new(streams.clone(), settings, environment);
            cli.command.run(&context).unwrap_or_else(|error| report(&streams, &error))
        }
        Err(stop) => {
            let Stop { streams, cause } = *stop;
            match cause {
                StopCause::Help(text) => match streams.out.write_text(&text) {
                    Ok(()) | Err(OutputError::Closed) => Exit::Done,
                    Err(error) => report(&streams, &error.into()),
                },
                StopCause::Error(error) => report(&streams, &error),
            }
        }
    }
}

fn report(streams: &Streams, error: &Error) -> Exit {
    let exit = error.exit();
    if exit != Exit::Done {
        streams.error(&error.to_string(), error.hint().as_deref(), exit as u8);
    }
    exit
}

fn streams(global: &GlobalArgs, environment: &Environment) -> Streams {
    Streams::standard(OutputOptions {
        format: global.format,
        color: global.color,
        environment: ColorEnvironment::read(|name| environment.var(name).map(str::to_owned)),
        quiet: global.quiet,
        verbose: global.verbose,
    })
}

/// Why parsing did not lead to a command, and where to say so.
struct Stop {
    streams: Streams,
    cause: StopCause,
}

enum StopCause {
    Help(String),
    Error(Error),
}

/// Parses twice: first to learn which command it is and which file holds the settings, then with those settings in
/// place of the defaults.
fn parse(arguments: &[OsString], environment: &Environment) -> Result<(Cli, Settings), Box<Stop>> {
    let early = |error: &clap::Error| {
        let streams = early_streams(arguments, environment);
        let cause = explain(error, arguments, &streams);
        Box::new(Stop { streams, cause })
    };
    let matches = command().try_get_matches_from(arguments).map_err(|error| early(&error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| early(&error))?;
    let stop =
        |error: Error| Box::new(Stop { streams: streams(&cli.global, environment), cause: StopCause::Error(error) });
    start_log(&cli.global, environment).map_err(stop)?;
    let settings = load(environment, cli.global.config.as_deref(), &command()).map_err(stop)?;
    refuse_foreign_targets(&command(), &matches, &settings).map_err(stop)?;
    let (cli, matches) = match with_settings(command(), &matches, &settings) {
        None => (cli, matches),
        Some(configured) => {
            let parsed = configured.try_get_matches_from(arguments).and_then(|matches| {
                let cli = Cli::from_arg_matches(&matches)?;
                Ok((cli, matches))
            });
            parsed.map_err(|error| stop(misconfigured(&error, &matches, &settings)))?
        }
    };
    refuse_two_readers(&command(), &matches).map_err(|error| {
        Box::new(Stop { streams: streams(&cli.global, environment), cause: StopCause::Error(error) })
    })?;
    Ok((cli, settings))
}

/// Begins the log that `-v` or `MH_HOOK_LOG` asks for.
fn start_log(global: &GlobalArgs, environment: &Environment) -> Result<(), Error> {
    let filter = LogFilter::of(global.verbose, environment.var(LOG)).map_err(|_| {
        let hint = "use a level (debug, trace), or parts with levels: journal=trace,forward=debug";
        Error::usage(format!("{LOG} is no filter of the log"), hint)
    })?;
    if let Some(filter) = filter {
        log::start(filter, &streams(global, environment));
    }
    Ok(())
}

/// The streams for a command line that could not be parsed: what can be seen of the global options is heeded.
fn early_streams(arguments: &[OsString], environment: &Environment) -> Streams {
    let globals = GlobalArgs::augment_args(Command::new("mh-hook").ignore_errors(true).disable_help_flag(true));
    let visible = global_words(arguments, &globals);
    let seen = globals.try_get_matches_from(visible).and_then(|matches| GlobalArgs::from_arg_matches(&matches));
    let global = seen.unwrap_or(GlobalArgs {
        format: Format::Pretty,
        color: ColorChoice::Auto,
        quiet: false,
        verbose: 0,
        config: None,
    });
    streams(&global, environment)
}

/// The global options among the words of a command line, wherever they stand: a parser that stumbled over the rest would
/// see none of those behind it.
fn global_words(arguments: &[OsString], globals: &Command) -> Vec<OsString> {
    let mut words = arguments.iter();
    let mut kept: Vec<OsString> = words.next().cloned().into_iter().collect();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (name, has_value) = text.split_once('=').map_or((text.as_ref(), false), |(name, _)| (name, true));
        let is_it = |arg: &&Arg| {
            let long = name.strip_prefix("--").is_some_and(|name| arg.get_long() == Some(name));
            long || arg.get_short().is_some_and(|short| *name == format!("-{short}"))
        };
        if let Some(arg) = globals.get_arguments().find(is_it) {
            kept.push(word.clone());
            if !has_value && arg.get_action().takes_values() {
                kept.extend(words.next().cloned());
            }
        }
    }
    kept
}

/// Turns clap's error into help, or into a message of ours.
fn explain(error: &clap::Error, arguments: &[OsString], streams: &Streams) -> StopCause {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayVersion if streams.verbose > 0 => StopCause::Help(version::details(&text.to_string())),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            StopCause::Help(if streams.out.theme().is_coloured() { text.ansi().to_string() } else { text.to_string() })
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => match called(arguments, &command()) {
            None => StopCause::Help(welcome::text()),
            Some(called) => StopCause::Error(missing_action(called)),
        },
        _ => {
            let text = text.to_string();
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
            StopCause::Error(Error::usage(message, advice(error, arguments, &command())))
        }
    }
}
