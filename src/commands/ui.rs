//! `mh-hook ui`: the inspector alone, for a journal that another process can be writing.

use clap::Args;

use crate::commands::shared::context::{Context, block_on, interrupt};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::inspector_args::{announce, options, start};
use crate::commands::shared::journal_args::{JournalFile, warn_of_access};
use crate::commands::shared::place::place;
use crate::commands::shared::ready::Ready;
use crate::commands::shared::value_parsers;
use crate::engine::inspector::{InspectorOptions, NamedTarget};
use crate::error::{Error, Exit};
use crate::output::{Format, Printer};
use crate::store::journal::Reader;
use crate::store::settings::SetBy;

/// Show the journal in a browser, also while another process writes to it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook ui                       print a link to the page
  mh-hook ui --open                open the page in the browser
  mh-hook ui --journal other.db    show another journal")]
pub struct UiArgs {
    /// Port of localhost to serve the page on (0 picks a free one)
    #[arg(long, add = SetBy::Project, value_name = "PORT", default_value_t = 0, value_parser = value_parsers::port)]
    port: u16,
    /// Open the page in the browser
    #[arg(long, add = SetBy::User)]
    open: bool,
    /// URL that deliveries are sent to from the page, unless another one on this machine is chosen
    #[arg(long, add = SetBy::ProjectLocally, value_name = "URL", default_value_t = default_url(), value_parser = place())]
    to: String,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<std::path::PathBuf>,
    #[command(flatten)]
    journal: JournalFile,
}

/// Serves the page until it is interrupted.
pub fn run(args: &UiArgs, context: &Context) -> Result<Exit, Error> {
    let _: crate::net::out::target::Target = args.to.parse()?;
    let secret = context.secret(args.secret_file.as_deref())?;
    let journal = args.journal.path(context)?;
    block_on(async {
        let mut interrupt = interrupt()?;
        let targets = vec![NamedTarget { name: "handler", url: args.to.clone() }];
        let options = options("ui", journal.clone(), &secret, targets, context);
        let inspector = start(InspectorOptions { port: args.port, ..options }, args.open, context).await?;
        if context.streams.format == Format::Json {
            let ready = Ready::at(inspector.link(), &secret.secret).with_ui(Some(inspector.link()));
            Printer::new(&context.streams).print(&ready)?;
        }
        announce(Some(&inspector), context);
        context.streams.note(&format!("journal      {}", journal.display()));
        if let Ok(reader) = Reader::open(&journal) {
            warn_of_access(reader.access(), context);
        }
        context.streams.note(&format!("secret       {}", secret.described()));
        context.streams.note("stop         Ctrl-C");
        interrupt.heard().await;
        tokio::select! {
            () = inspector.stop() => {}
            () = interrupt.heard() => {}
        }
        Ok(Exit::Done)
    })?
}
