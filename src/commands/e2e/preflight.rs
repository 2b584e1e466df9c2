//! Checks before credits are spent: the key and its credits, the public URL, its registration and the secret.

use std::future::pending;
use std::sync::Arc;

use http::StatusCode;

use crate::commands::e2e::args::E2eArgs;
use crate::commands::e2e::progress::E2eScreen;
use crate::commands::e2e::registration::Registration;
use crate::commands::e2e::session::{ResolvedOptions, Session, request_way};
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::late_secret::LateSecret;
use crate::engine::e2e::Runner;
use crate::engine::magic_hour::Account;
use crate::engine::tunnel::event::TunnelEvent;
use crate::error::Error;
use crate::net::shutdown::Shutdown;
use crate::output::{Format, OutputError, Printer};

/// A run that is ready but for these checks.
pub(super) struct Preflight<'a> {
    pub(super) args: &'a E2eArgs,
    pub(super) options: &'a ResolvedOptions,
    pub(super) context: &'a Context,
    /// The tasks of the public URL, which end after the receiver.
    pub(super) tasks: &'a Shutdown,
}

impl Preflight<'_> {
    /// Makes the checks, and shows meanwhile what arrives. Returns the secret if it became known only here.
    pub(super) async fn run(
        &self,
        session: &mut Session,
        screen: &mut E2eScreen,
    ) -> Result<Option<FoundSecret>, Error> {
        if !self.options.target.is_embedded() {
            self.check_account(&session.runner).await?;
        }
        let way = session.way.take();
        let late = self.options.awaits_secret.then(|| self.late_secret(session));
        let access = session.access.clone();
        let port = session.port;
        let work = async {
            let Some(access) = access else { return Ok(None) };
            let way = match way {
                Some(way) => way,
                None => {
                    request_way(&self.args.webhooks, self.options, (port, Arc::clone(&access)), self.tasks)
                        .open(self.context)
                        .await?
                }
            };
            let is_live = !self.options.target.is_embedded();
            if self.context.streams.format == Format::Json {
                let proven = TunnelEvent::Proven(way.url.clone());
                Printer::new(&self.context.streams).print(&proven).or_else(OutputError::unless_closed)?;
            }
            if self.args.webhooks.way.tunnel.is_some() {
                way.announce(is_live, self.context);
            } else {
                self.context.streams.note(&format!("public URL   {} reaches this machine", way.url));
            }
            let (url, familiarity) = (way.url.to_string(), way.familiarity);
            way.keep(self.context, self.tasks);
            if !is_live || self.args.webhooks.way.tunnel.is_none() {
                return Ok(None);
            }
            let is_stated = self.args.webhooks.registered;
            Registration { url, familiarity, is_stated, late, context: self.context }.complete().await
        };
        let Session { runner, events, .. } = session;
        let showing = async {
            while let Some(event) = events.next().await {
                screen.show(&event);
            }
            pending().await
        };
        tokio::select! {
            done = runner.while_routing(work) => done,
            never = showing => never,
        }
    }

    fn late_secret(&self, session: &Session) -> LateSecret {
        LateSecret {
            verifier: session.verifier.clone(),
            inspector: session.inspector_secret.clone(),
            tolerance: None,
            file: self.args.webhooks.secret_file.clone(),
            directory: self.context.environment.current_directory().map(ToOwned::to_owned),
            streams: self.context.streams.clone(),
            typed: None,
        }
    }

    /// Shows whether the key is valid and can pay.
    async fn check_account(&self, runner: &Runner) -> Result<(), Error> {
        let streams = &self.context.streams;
        let account = match runner.account().await {
            // Only newer versions of the API have it.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                streams.warn(&format!("the key cannot be tried beforehand: {error}"));
                Account::default()
            }
            account => account?,
        };
        let tier = account.tier.map_or_else(String::new, |tier| format!(", {tier} plan"));
        let Some(credits) = account.credits else { return Ok(()) };
        streams.note(&format!("account      {credits} credits{tier}"));
        let least: u64 = self.options.requests.iter().map(|request| request.least).sum();
        if u64::try_from(credits).unwrap_or_default() >= least {
            return Ok(());
        }
        let message = format!("the account has {credits} credits, and this costs at least {least}; nothing was spent");
        Err(Error::usage(message, "https://magichour.ai/pricing has more; `--tool ai-qr-code-generator` is free"))
    }
}
