//! `mh-hook man`: the manual pages, one for each command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::commands::shared::context::Context;
use crate::commands::shared::reference::{CommandReference, reference, settings};
use crate::error::{Error, Exit};
use crate::model::text::io_message::reason;

/// Print the manual page, or write the pages of all commands into a directory
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook man > mh-hook.1   write the manual page of mh-hook
  mh-hook man target/man    write a page for each command into a folder")]
pub struct ManArgs {
    /// Directory for the pages; without it, the page of mh-hook is printed
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

/// Renders the pages of `command`, the whole command line's definition.
///
/// # Errors
///
/// When the directory cannot be written, or stdout takes no more.
pub fn run(args: &ManArgs, mut command: Command, context: &Context) -> Result<Exit, Error> {
    command.build();
    if let Some(directory) = &args.directory {
        let cannot_write = |error: io::Error| {
            let message = format!("cannot write manual pages to {}: {}", directory.display(), reason(&error));
            Error::usage(message, "name a directory that can be written")
        };
        fs::create_dir_all(directory).map_err(cannot_write)?;
        write_pages(&command, directory).map_err(cannot_write)?;
    } else {
        let page = page(&command).map_err(|source| Error::System { task: "render the manual page", source })?;
        context.streams.out.write(&page)?;
    }
    Ok(Exit::Done)
}

/// Writes the page of a command and of every command below it: `mh-hook-history-show.1`.
fn write_pages(command: &Command, directory: &Path) -> io::Result<()> {
    let name = page_name(command);
    fs::write(directory.join(format!("{name}.1")), page(command)?)?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write_pages(below, directory))
}

/// Name of a command's page: its words joined by hyphens.
fn page_name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).replace(' ', "-")
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    let mut page = title(command).into_bytes();
    man.render_name_section(&mut page)?;
    synopsis(command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    examples(command, &mut rest);
    environment(command, &mut rest);
    exit_status(command, &mut rest);
    see_also(command, &mut rest);
    rest.to_writer(&mut page)?;
    Ok(tidied(&String::from_utf8_lossy(&page)).into_bytes())
}

/// The title line. It has no date, so that the same version always gives the same pages.
fn title(command: &Command) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(".TH \"{}\" 1 \"\" \"mh-hook {version}\" \"mh-hook manual\"\n", page_name(command).to_uppercase())
}

fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.control("nf", []);
    for line in usage.lines() {
        roff.text([roman(line.trim())]);
    }
    roff.control("fi", []);
    roff
}

/// The text after the options, line by line as `--help` shows it.
fn examples(command: &Command, roff: &mut Roff) {
    let Some(text) = command.get_after_long_help().or_else(|| command.get_after_help()) else { return };
    let text = text.to_string();
    let (heading, lines) = match text.trim_start().split_once(":\n") {
        Some((first, rest)) if !first.contains('\n') => (first.to_uppercase(), rest.to_owned()),
        _ => ("NOTES".to_owned(), text),
    };
    roff.control("SH", [heading.as_str()]);
    roff.control("nf", []);
    for line in lines.trim_end().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

/// The page without blanks at line ends, empty lines, and line breaks beside a space request, which `mandoc` warns about.
fn tidied(page: &str) -> String {
    let space = |line: &str| if line.trim().is_empty() { ".sp".to_owned() } else { line.trim_end().to_owned() };
    let lines: Vec<String> = page.lines().map(space).collect();
    let is_space = |index: Option<usize>| index.and_then(|index| lines.get(index)).is_some_and(|line| line == ".sp");
    let mut kept = String::new();
    for (index, line) in lines.iter().enumerate() {
        let beside_space = is_space(index.checked_sub(1)) || is_space(Some(index + 1));
        if !(line == ".br" && beside_space) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Reference of a command that is not below another one.
fn reference_of(command: &Command) -> Option<&'static CommandReference> {
    reference(command.get_name()).filter(|found| page_name(command) == format!("mh-hook-{}", found.command))
}

/// The variables that a command reads, and the pattern of those that set its options.
fn environment(command: &Command, roff: &mut Roff) {
    let Some(reference) = reference_of(command) else { return };
    let settings = settings(command);
    if settings.is_empty() && reference.variables.is_empty() {
        return;
    }
    roff.control("SH", ["ENVIRONMENT"]);
    let of_options = settings.iter().map(|option| {
        format!("MH_HOOK_{}_{}", reference.command.to_uppercase(), option.to_uppercase().replace('-', "_"))
    });
    let names: Vec<String> = reference.variables.iter().map(ToString::to_string).chain(of_options).collect();
    roff.text([roman(names.join(", "))]);
}

/// Exit codes of a command with their meanings; those of all commands on the page of the program.
fn exit_status(command: &Command, roff: &mut Roff) {
    roff.control("SH", ["EXIT STATUS"]);
    let own = reference_of(command).map(|reference| reference.exits);
    for (code, meaning) in Exit::MEANINGS.into_iter().filter(|(code, _)| own.is_none_or(|own| own.contains(code))) {
        roff.control("TP", []);
        roff.text([bold((code as u8).to_string())]);
        roff.text([roman(meaning)]);
    }
}

fn see_also(command: &Command, roff: &mut Roff) {
    let name = page_name(command);
    roff.control("SH", ["SEE ALSO"]);
    match name.rsplit_once('-').filter(|(above, _)| above.contains("mh-hook")) {
        Some((above, _)) => roff.text([bold(above), roman("(1)")]),
        None => roff.text([roman("https://docs.magichour.ai")]),
    };
}
