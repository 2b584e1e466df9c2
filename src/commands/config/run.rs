//! The actions of `mh-hook config`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command, Subcommand};
use serde::Serialize;

use crate::commands::config::setting_row::rows;
use crate::commands::config::template::{Audience, text};
use crate::commands::shared::context::Context;
use crate::commands::shared::list;
use crate::error::{Error, Exit};
use crate::model::text::io_message::reason;
use crate::output::{Printer, Record, Render, Role, TextWriter};
use crate::store::settings::SetBy;

/// Show the settings in force, or write a settings file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook config list   show every setting with its origin
  mh-hook config path   show the files that are read
  mh-hook config init   write a commented mh-hook.toml here")]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Subcommand, Debug)]
enum ConfigAction {
    /// Show every setting in force with its origin; secrets are masked
    List,
    /// Show the files that settings are read from
    Path,
    /// Write a commented settings file
    Init(InitFileArgs),
}

#[derive(Args, Debug)]
struct InitFileArgs {
    /// Write your own file instead of mh-hook.toml in this folder
    #[arg(long, add = SetBy::CommandLine)]
    user: bool,
}

/// Runs one of the three.
pub fn run(args: &ConfigArgs, program: &Command, context: &Context) -> Result<Exit, Error> {
    match &args.action {
        ConfigAction::List => list::print(&rows(program, context)?, context)?,
        ConfigAction::Path => paths(context)?,
        ConfigAction::Init(args) => init(args, program, context)?,
    }
    Ok(Exit::Done)
}

/// A file that settings are read from, if it is there.
#[derive(Serialize)]
struct FileRow {
    path: String,
    exists: bool,
}

impl Render for FileRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let state = if self.exists { "read" } else { "not there" };
        writer.untrusted(&self.path).push("  ").paint(Role::Muted, state).newline();
    }
}

impl Record for FileRow {
    const NAME: &'static str = "settings_file";
}

fn paths(context: &Context) -> Result<(), Error> {
    let printer = Printer::new(&context.streams);
    for (path, exists) in context.settings.files() {
        printer.print(&FileRow { path: path.clone(), exists: *exists })?;
    }
    Ok(())
}

fn init(args: &InitFileArgs, program: &Command, context: &Context) -> Result<(), Error> {
    let (path, audience) = if args.user {
        let path = context.directories.settings_file().ok_or_else(|| {
            Error::usage("there is no folder for your settings", "set HOME or XDG_CONFIG_HOME, or leave --user out")
        })?;
        (path, Audience::User)
    } else {
        (PathBuf::from("mh-hook.toml"), Audience::Project)
    };
    write_new(&path, &text(program, audience)).map_err(|error| refused(&path, &error))?;
    context.streams.hint("take the # from a line to set it; `mh-hook config list` shows what is in force");
    let record = FileRow { path: path.display().to_string(), exists: true };
    Ok(Printer::new(&context.streams).print(&Written(record))?)
}

/// The file that was written.
#[derive(Serialize)]
struct Written(FileRow);

impl Render for Written {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push("wrote ").untrusted(&self.0.path).newline();
    }
}

impl Record for Written {
    const NAME: &'static str = "settings_file";
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn refused(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "edit it, or remove it first",
        _ => "check the folder and its permissions",
    };
    Error::usage(format!("cannot write {}: {}", path.display(), reason(error)), hint)
}
