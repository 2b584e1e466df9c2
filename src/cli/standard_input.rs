//! Standard input can be read once: two options that both name it are refused.

use clap::{Arg, ArgMatches, Command};

use crate::error::Error;

/// The word that names standard input.
const STANDARD_INPUT: &str = "-";

/// Refuses a command line on which two options or operands read standard input.
pub(crate) fn refuse_two_readers(program: &Command, matches: &ArgMatches) -> Result<(), Error> {
    let (mut command, mut matches) = (program, matches);
    while let Some((name, below)) = matches.subcommand() {
        let Some(child) = command.find_subcommand(name) else { return Ok(()) };
        (command, matches) = (child, below);
    }
    let reads = |arg: &&Arg| {
        let names_a_file = arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.contains("FILE")));
        let values = matches.try_get_raw(arg.get_id().as_str()).ok().flatten();
        names_a_file && values.is_some_and(|mut values| values.any(|value| value == STANDARD_INPUT))
    };
    let readers: Vec<String> = command.get_arguments().filter(reads).map(shown).collect();
    match readers.as_slice() {
        [one, other, ..] => Err(Error::usage(
            format!("{one} and {other} both read standard input"),
            "give one of them a file; `-` can be used once",
        )),
        _ => Ok(()),
    }
}

fn shown(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().to_string().to_uppercase(), |long| format!("--{long}"))
}
