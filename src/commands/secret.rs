//! `mh-hook secret`: the development secret, which all commands share when none is configured.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::model::Secret;
use crate::output::{Format, Printer, Record, Render, TextWriter};

/// Show, replace or locate the development secret
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook secret show   print it, for MAGIC_HOUR_WEBHOOK_SECRET
  mh-hook secret path   print where it is kept")]
pub struct SecretArgs {
    #[command(subcommand)]
    action: SecretAction,
}

#[derive(Subcommand, Debug)]
enum SecretAction {
    /// Print the development secret, for export MAGIC_HOUR_WEBHOOK_SECRET="$(mh-hook secret show)"
    Show,
    /// Replace the development secret with a new one, and print it
    New,
    /// Print the file that holds the development secret
    Path,
}

/// Runs one of the three. A secret that was configured is never shown, only the development secret.
pub fn run(args: &SecretArgs, context: &Context) -> Result<Exit, Error> {
    let development = context.development_secret()?;
    match args.action {
        SecretAction::Show => print_secret(&development.load_or_create()?, context)?,
        SecretAction::New => {
            let secret = development.replace()?;
            context.streams.note("programs that run already keep the old one until they are started again");
            print_secret(&secret, context)?;
        }
        SecretAction::Path => {
            let path = development.path().display().to_string();
            Printer::new(&context.streams).print(&PathRecord { path })?;
        }
    }
    Ok(Exit::Done)
}

/// Writes the secret as it is: this is the one place whose purpose that is.
fn print_secret(secret: &Secret, context: &Context) -> Result<(), Error> {
    let exposed = secret.expose();
    let line = match context.streams.format {
        Format::Json => format!("{}\n", serde_json::json!({ "v": 1, "record": "secret", "secret": exposed })),
        Format::Pretty | Format::Compact => format!("{exposed}\n"),
    };
    Ok(context.streams.out.write(line.as_bytes())?)
}

#[derive(Serialize)]
struct PathRecord {
    path: String,
}

impl Render for PathRecord {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.untrusted(&self.path).newline();
    }
}

impl Record for PathRecord {
    const NAME: &'static str = "path";
}
