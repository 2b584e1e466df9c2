//! `mh-hook __hold -- PROGRAM ARGS`: the guardian of a tunnel agent, which this program starts for itself.

use std::ffi::OsString;
use std::io;
use std::thread;

use tokio::sync::oneshot;

use crate::commands::shared::context::block_on;
use crate::engine::tunnel::agent::GUARDIAN;
use crate::engine::tunnel::guardian::{asked_to_end, guard};
use crate::error::{Error, Exit};

/// The program to hold and its arguments, if this is what a command line asks for. It is no subcommand of the public
/// command line: no settings are read for it.
pub fn held(arguments: &[OsString]) -> Option<&[OsString]> {
    match arguments {
        [_, name, dashes, held @ ..] if name == GUARDIAN && dashes == "--" => Some(held),
        _ => None,
    }
}

/// Runs the program until it ends, standard input ends, or a signal asks for the end.
///
/// # Errors
///
/// When the program cannot be run.
pub fn run(held: &[OsString]) -> Result<Exit, Error> {
    let Some((program, arguments)) = held.split_first() else {
        return Err(Error::usage(format!("{GUARDIAN} needs a program"), "it is for mh-hook's own use"));
    };
    let (parent_ended, parent_gone) = oneshot::channel::<()>();
    thread::spawn(move || {
        // The parent writes nothing: its end of the pipe is closed when it ends, in whatever way.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(parent_ended);
    });
    let status = block_on(async {
        let orphaned = asked_to_end(async { _ = parent_gone.await });
        guard(program, arguments, async { _ = orphaned.await }).await
    })?;
    let status = status.map_err(|source| Error::System { task: "run the agent of a tunnel", source })?;
    Ok(if status.success() { Exit::Done } else { Exit::No })
}
