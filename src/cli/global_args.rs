//! The global options, and the streams that they ask for.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Command, FromArgMatches};

use crate::commands::Environment;
use crate::output::{ColorChoice, ColorEnvironment, Format, OutputOptions, Streams};
use crate::store::settings::SetBy;

#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
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
    pub(crate) verbose: u8,
    /// Read settings from this file instead of mh-hook.toml and the user's own
    #[arg(long, global = true, add = SetBy::CommandLine, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl GlobalArgs {
    /// The streams of a run.
    pub(crate) fn streams(&self, environment: &Environment) -> Streams {
        Streams::standard(OutputOptions {
            format: self.format,
            color: self.color,
            environment: ColorEnvironment::read(|name| environment.var(name).map(str::to_owned)),
            quiet: self.quiet,
            verbose: self.verbose,
        })
    }
}

/// The program with its global options, and without its commands.
pub(crate) fn definition() -> Command {
    GlobalArgs::augment_args(Command::new("mh-hook"))
}

/// The streams for a command line that could not be parsed: what can be seen of the global options is heeded.
pub(crate) fn early_streams(arguments: &[OsString], environment: &Environment) -> Streams {
    let globals = definition().ignore_errors(true).disable_help_flag(true);
    let visible = global_words(arguments, &globals);
    let seen = globals.try_get_matches_from(visible).and_then(|matches| GlobalArgs::from_arg_matches(&matches));
    let global = seen.unwrap_or(GlobalArgs {
        format: Format::Pretty,
        color: ColorChoice::Auto,
        quiet: false,
        verbose: 0,
        config: None,
    });
    global.streams(environment)
}

/// The global options among the words of a command line, wherever they are: a parser that stopped at the rest would
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
