//! `mh-hook completions`: the script that makes a shell ask this program for completions.

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::commands::completions::answer::VARIABLE;
use crate::commands::shared::context::Context;
use crate::error::{Error, Exit};

const PROGRAM: &str = "mh-hook";

/// Print the completion script of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook completions bash > ~/.local/share/bash-completion/completions/mh-hook
      for bash
  mh-hook completions zsh > ~/.zfunc/_mh-hook
      for zsh")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script. It calls this program at every completion, so it outlives most updates.
///
/// # Errors
///
/// When stdout takes no more.
pub fn run(args: &CompletionsArgs, context: &Context) -> Result<Exit, Error> {
    let script = script(args.shell).map_err(|source| Error::System { task: "write the script", source })?;
    context.streams.out.write(script.as_bytes())?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> std::io::Result<String> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    }
    let script = String::from_utf8_lossy(&script);
    let script = if shell == Shell::Zsh { autoloadable(&script) } else { script.into_owned() };
    Ok(format!("{}\n", script.trim()))
}

/// The script for zsh, so that it also works as a file of `$fpath`: zsh reads such a file at the first completion and
/// expects it to answer that one too.
fn autoloadable(script: &str) -> String {
    const REGISTRATION: &str = "compdef _clap_dynamic_completer_mh_hook mh-hook";
    let either = "if [[ $funcstack[1] == _mh-hook ]]; then\n    _clap_dynamic_completer_mh_hook \"$@\"\nelse\n    \
                  compdef _clap_dynamic_completer_mh_hook mh-hook\nfi";
    script.replace(REGISTRATION, either)
}
