//! A shell's question for completions, and the answer to it.

use std::ffi::OsString;

use clap::Command;
use clap_complete::env::Shells;

use crate::commands::completions::{bash, values};
use crate::error::Error;
use crate::store::Environment;

/// The variable by which a completion script names its shell.
pub(crate) const VARIABLE: &str = "MH_HOOK_COMPLETE";

/// Text for a shell that asks for completions of the command line that `definition` makes; nothing if no shell asks.
///
/// # Errors
///
/// When the variable names no shell that has a script.
pub fn answer(
    definition: impl FnOnce() -> Command,
    arguments: &[OsString],
    environment: &Environment,
) -> Option<Result<Vec<u8>, Error>> {
    let shell = environment.var(VARIABLE)?;
    let words: Vec<OsString> = arguments.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let mut command = values::attach(definition(), &words, environment);
    command.build();
    let directory = environment.current_directory();
    let mut text = Vec::new();
    let written = match Shells::builtins().completer(shell) {
        _ if words.is_empty() => return Some(Err(unknown(shell))),
        Some(completer) if completer.name() == "bash" => {
            bash::write_complete(&mut command, words, environment, &mut text)
        }
        Some(completer) => completer.write_complete(&mut command, words, directory, &mut text),
        None => return Some(Err(unknown(shell))),
    };
    let written = written.map_err(|source| Error::System { task: "complete the command line", source });
    Some(written.map(|()| text))
}

fn unknown(shell: &str) -> Error {
    Error::usage(
        format!("{VARIABLE} is '{shell}', which no completion script sets"),
        "unset it; `mh-hook completions --help` lists the shells",
    )
}
