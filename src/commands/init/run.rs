//! `mh-hook init`: writes a handler that is right from the start into a new file.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::commands::shared::context::Context;
use crate::error::{Error, Exit};
use crate::output::{Canvas, Printer, Record, Render};
use crate::store::io_message::reason;

/// Write a correct webhook handler into a new file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook init fastapi                 write webhook.py
  mh-hook init express src/hooks.mjs   write that file")]
pub struct InitArgs {
    /// The framework
    #[arg(value_enum)]
    framework: Framework,
    /// The file, which must not exist yet [default: webhook.py, webhook.mjs]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The frameworks that there is a handler for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Framework {
    /// Python: FastAPI
    Fastapi,
    /// Node: Express
    Express,
}

/// Content of the file, and the commands that run it.
struct Template {
    file: &'static str,
    text: &'static str,
    install: &'static str,
    run: &'static str,
}

impl Framework {
    const fn template(self) -> Template {
        match self {
            Self::Fastapi => Template {
                file: "webhook.py",
                text: include_str!("templates/fastapi.py"),
                install: "pip install fastapi uvicorn",
                run: "python",
            },
            Self::Express => Template {
                file: "webhook.mjs",
                text: include_str!("templates/express.mjs"),
                install: "npm install express",
                run: "node",
            },
        }
    }
}

/// Writes the file, never over another.
pub fn run(args: &InitArgs, context: &Context) -> Result<Exit, Error> {
    let Template { file, text, install, run } = args.framework.template();
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from(file));
    let shown = path.display().to_string();
    // Created only if nothing is there, in one step: no other program's file can be lost in between.
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Error::usage(format!("{shown} exists already, and is left as it is"), "name another file")
        }
        _ => Error::usage(format!("cannot write {shown}: {}", reason(&error)), "name a file in a folder that exists"),
    })?;
    Printer::new(&context.streams).print(&Written { file: shown.clone() })?;
    let streams = &context.streams;
    streams.note(&format!("install   {install}"));
    streams.note("secret    export MAGIC_HOUR_WEBHOOK_SECRET=\"$(mh-hook secret show)\"");
    streams.note(&format!("run       {run} {shown}"));
    streams.note("check     mh-hook check http://localhost:8000/webhook");
    Ok(Exit::Done)
}

/// Says which file was written.
#[derive(Serialize)]
struct Written {
    file: String,
}

impl Render for Written {
    fn render(&self, canvas: &mut Canvas<'_>) {
        canvas.untrusted(&self.file).newline();
    }
}

impl Record for Written {
    fn record(&self) -> &'static str {
        "written"
    }
}
