//! Writing a handler: into a new file, to standard output, or the list of frameworks where none is named.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::commands::init::detect::detect;
use crate::commands::init::framework::{Framework, HandlerTemplate, Proof};
use crate::commands::init::render::{FrameworkRow, HandlerText, WrittenHandler};
use crate::commands::shared::context::Context;
use crate::commands::shared::list;
use crate::error::{Error, Exit};
use crate::model::text::io_message::reason;
use crate::output::Printer;

/// Write a correct webhook handler into a new file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook init                         list the frameworks, and name the one of this folder
  mh-hook init fastapi                 write webhook.py
  mh-hook init express src/hooks.mjs   write that file
  mh-hook init go -                    show the handler")]
pub struct InitArgs {
    /// Framework of the handler; without one, list all and name the likely one
    #[arg(value_enum, ignore_case = true)]
    framework: Option<Framework>,
    /// File to write, which must not exist yet; - is standard output [default: the framework's usual place]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Writes the file, never over another, or lists the frameworks.
pub fn run(args: &InitArgs, context: &Context) -> Result<Exit, Error> {
    let Some(framework) = args.framework else {
        return list(context);
    };
    let template = framework.template();
    if args.file.as_deref() == Some(Path::new("-")) {
        let handler = HandlerText { framework: framework.name(), text: template.text };
        Printer::new(&context.streams).print(&handler)?;
        return Ok(Exit::Done);
    }
    let path = args.file.clone().unwrap_or_else(|| usual_place(framework, &template));
    write(&path, template.text)?;
    let shown = path.display().to_string();
    Printer::new(&context.streams).print(&WrittenHandler { file: shown.clone(), framework: framework.name() })?;
    explain(&template, &shown, context);
    Ok(Exit::Done)
}

/// The folders of an application are kept: Next.js may have its routes below `src`.
fn usual_place(framework: Framework, template: &HandlerTemplate) -> PathBuf {
    let below_src = framework == Framework::Nextjs && Path::new("src/app").is_dir();
    if below_src { Path::new("src").join(template.file) } else { PathBuf::from(template.file) }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let shown = path.display();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| {
            let message = format!("cannot make the folder {}: {}", folder.display(), reason(&error));
            Error::usage(message, "name a file in a folder that exists")
        })?;
    }
    // Created only if nothing is there, in one step: no other program's file can be lost in between.
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{shown} exists already, and is left as it is"),
            "name another file, or - to see the handler",
        ),
        _ => Error::usage(format!("cannot write {shown}: {}", reason(&error)), "name a file that can be written"),
    })
}

/// The steps from the new file to a handler that was checked.
fn explain(template: &HandlerTemplate, shown: &str, context: &Context) {
    let streams = &context.streams;
    if let Some(install) = template.install {
        streams.note(&format!("install   {install}"));
    }
    streams.note("secret    export MAGIC_HOUR_WEBHOOK_SECRET=\"$(mh-hook secret show)\"");
    streams.note(&format!("run       {}", template.run.replace("{}", shown)));
    let port = template.port;
    streams.note(&format!("check     mh-hook check http://localhost:{port}/webhook"));
    if template.proof != Proof::Checked {
        streams.warn(&format!(
            "this handler was {} by its authors: check it before you rely on it",
            template.proof.as_str()
        ));
    }
}

fn list(context: &Context) -> Result<Exit, Error> {
    let found = detect(Path::new("."));
    let rows: Vec<_> =
        Framework::value_variants().iter().map(|framework| FrameworkRow::of(*framework, &found)).collect();
    list::print(&rows, context)?;
    let streams = &context.streams;
    match found.as_slice() {
        [] => streams.note("`mh-hook init NAME` writes one of them"),
        likely => {
            for likely in likely {
                let name = likely.framework.name();
                streams.note(&format!(
                    "{} looks like {}: `mh-hook init {name}`",
                    likely.file,
                    likely.framework.title()
                ));
            }
        }
    }
    Ok(Exit::Done)
}
