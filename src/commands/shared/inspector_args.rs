//! The inspector beside a command: its options, its start, and the line that says where it is.

use std::path::PathBuf;

use clap::Args;

use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::open_link::open_link;
use crate::commands::shared::time_arg::moment;
use crate::commands::shared::value_parsers;
use crate::engine::inspector::{Inspector, InspectorOptions, LiveSecret, NamedTarget};
use crate::error::Error;
use crate::store::settings::SetBy;

/// Whether a page shows what happens.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Inspector")]
pub(crate) struct InspectorArgs {
    /// Show deliveries in a browser, at this port of localhost (default: a free one)
    #[arg(long, add = SetBy::User, value_name = "PORT", num_args = 0..=1, default_missing_value = "0", value_parser = value_parsers::port)]
    ui: Option<u16>,
    /// Open the inspector in the browser
    #[arg(long, add = SetBy::User, requires = "ui")]
    open: bool,
}

impl InspectorArgs {
    /// Whether the page is wanted.
    pub(crate) const fn is_wanted(self) -> bool {
        self.ui.is_some()
    }

    /// Starts the inspector, if it is wanted.
    pub(crate) async fn start(self, options: InspectorOptions, context: &Context) -> Result<Option<Inspector>, Error> {
        let Some(port) = self.ui else { return Ok(None) };
        start(InspectorOptions { port, ..options }, self.open, context).await.map(Some)
    }
}

/// Starts an inspector, and opens it if that is asked for.
pub(crate) async fn start(options: InspectorOptions, open: bool, context: &Context) -> Result<Inspector, Error> {
    let inspector = Inspector::start(options).await?;
    if open && let Err(error) = open_link(inspector.link()) {
        context.streams.warn(&format!("the browser could not be opened ({error}); open the link by hand"));
    }
    Ok(inspector)
}

/// Options that every inspector has, whatever command it belongs to.
pub(crate) fn options(
    command: &'static str,
    journal: PathBuf,
    secret: &FoundSecret,
    targets: Vec<NamedTarget>,
    context: &Context,
) -> InspectorOptions {
    InspectorOptions {
        port: 0,
        command,
        journal,
        receiver: None,
        targets,
        tls: crate::net::out::tls::TlsOptions::default(),
        secret: LiveSecret::from(secret.for_inspector()),
        sandbox: None,
        e2e: None,
        time: |text, now| moment(text).map(|moment| moment.resolve(now)),
        clock: context.clock.clone(),
    }
}

/// Prints the link to the inspector, if there is one.
pub(crate) fn announce(inspector: Option<&Inspector>, context: &Context) {
    if let Some(inspector) = inspector {
        context.streams.note(&format!("inspector    {}", inspector.link()));
    }
}

/// Stops the inspector, if there is one.
pub(crate) async fn stop(inspector: Option<Inspector>) {
    if let Some(inspector) = inspector {
        inspector.stop().await;
    }
}
