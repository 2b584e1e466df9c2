//! The command line as a whole: its commands and its global options, and the end of the program.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::cli::aliases::{Expanded, expand};
use crate::cli::global_args::{self, GlobalArgs, early_streams};
use crate::cli::help_footer::with_footers;
use crate::cli::parse::{parse, report};
use crate::cli::version;
use crate::commands::{
    Context, Environment, check, completions, config, doctor, e2e, events, help, history, hold, init, licenses, listen,
    man, replay, sandbox, secret, send, ui, verify,
};
use crate::error::{Error, Exit};
use crate::net::file_size::survive_file_size_limit;

/// Receive, send, test and emulate Magic Hour webhooks, offline
#[derive(Parser, Debug)]
#[command(name = "mh-hook", version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Subcommands,
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
            Self::Help(args) => help::run(args, with_footers(command()), context),
        }
    }
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Where it cannot be written, the usual way says why.
    if version::is_all_that_is_asked(&arguments) && version::print().is_ok() {
        return ExitCode::SUCCESS;
    }
    let environment = Environment::from_process();
    survive_file_size_limit();
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
    if let Some(answer) = completions::answer(command, arguments, environment) {
        let streams = early_streams(&[], environment);
        let written = answer.and_then(|text| Ok(streams.out.write(&text)?));
        return written.map_or_else(|error| report(&streams, &error), |()| Exit::Done);
    }
    let Expanded { arguments, note } = expand(arguments, &global_args::definition());
    let (cli, settings, configured) = match parse::<Cli>(&arguments, environment) {
        Ok(parsed) => parsed,
        Err(stop) => return stop.report(),
    };
    let mut streams = cli.global.streams(environment);
    streams.configured = configured.into();
    if let Some(note) = note {
        streams.note(&note);
    }
    let context = Context::new(streams.clone(), settings, environment);
    cli.command.run(&context).unwrap_or_else(|error| report(&streams, &error))
}
