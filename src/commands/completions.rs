//! `mh-hook completions`: the script that completes the command line in a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::commands::Context;
use crate::error::{Error, Exit};

/// Print the completion script of a shell
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script for `command`, the whole command line's definition.
pub fn run(args: &CompletionsArgs, mut command: Command, context: &Context) -> Result<Exit, Error> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    context.streams.out.write(&script)?;
    Ok(Exit::Done)
}
