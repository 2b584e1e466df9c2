//! The pager that a user has set, between long text and the terminal.

use std::process::{Command, Stdio};

use crate::commands::shared::context::{Context, interrupt, runtime};
use crate::error::Error;
use crate::model::text::io_message::reason;
use crate::output::{Format, Streams};
use crate::store::Environment;
use crate::store::settings::PAGER;

/// Variables that name the pager, the one that counts first.
pub(crate) const VARIABLES: [&str; 2] = [PAGER, "PAGER"];

/// Options of `less`, unless the user set others: leave short text on the screen, keep colour, keep the screen.
const LESS: (&str, &str) = ("LESS", "FRX");

/// Words of the pager's command; nothing where none is set, or `cat`.
pub(crate) fn pager(environment: &Environment) -> Option<Vec<String>> {
    let set = VARIABLES.iter().find_map(|name| environment.var(name))?;
    let words: Vec<String> = set.split_whitespace().map(str::to_owned).collect();
    words.first().is_some_and(|program| program != "cat").then_some(words)
}

/// Whether output goes through a pager: one is set, and a person reads text on a terminal.
pub(crate) fn is_paged(context: &Context) -> bool {
    context.streams.out.is_terminal() && context.streams.format != Format::Json && pager(&context.environment).is_some()
}

/// Runs `write` with streams whose stdout is the pager, or with the usual ones where no pager is wanted. Waits until the
/// user leaves the pager.
pub(crate) fn paged<T>(context: &Context, write: impl FnOnce(&Streams) -> Result<T, Error>) -> Result<T, Error> {
    let words = pager(&context.environment).filter(|_| is_paged(context)).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else { return write(&context.streams) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    if context.environment.var(LESS.0).is_none() {
        command.env(LESS.0, LESS.1);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            context.streams.warn(&format!("the pager {program} cannot be started: {}", reason(&error)));
            return write(&context.streams);
        }
    };
    // Ctrl-C is for the pager, as long as it runs.
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let _signals = interrupt()?;
    let written = match child.stdin.take() {
        Some(input) => {
            let mut streams = context.streams.clone();
            streams.out = streams.out.redirected(input);
            write(&streams)
        }
        None => write(&context.streams),
    };
    // Only the user ends a pager; its exit code says nothing about the text.
    let _ = child.wait();
    written
}

#[cfg(test)]
mod tests {
    use super::pager;
    use crate::store::Environment;

    #[test]
    fn the_own_variable_counts_first_and_cat_is_no_pager() {
        let words = |variables: &[(&str, &str)]| pager(&Environment::new(variables.iter().copied(), "/"));
        assert_eq!(words(&[]), None);
        assert_eq!(words(&[("PAGER", "less -R")]), Some(vec!["less".to_owned(), "-R".to_owned()]));
        assert_eq!(words(&[("PAGER", "less"), ("MH_HOOK_PAGER", "more")]), Some(vec!["more".to_owned()]));
        assert_eq!(words(&[("PAGER", "less"), ("MH_HOOK_PAGER", "cat")]), None);
    }
}
