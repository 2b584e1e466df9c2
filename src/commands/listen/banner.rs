//! The banner before the first event: the address, the secret, the journal and a command to try it.

use crate::commands::listen::args::ListenArgs;
use crate::commands::listen::place::Place;
use crate::commands::listen::public_side::Opened;
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::defaults::default_url;
use crate::commands::shared::inspector_args;
use crate::commands::shared::ready::Ready;
use crate::engine::inspector::Inspector;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::error::Error;
use crate::model::signing::verdict::Trust;
use crate::output::{Format, Printer};

/// The facts that a banner states.
pub(crate) struct Banner<'a> {
    pub(crate) place: &'a Place,
    pub(crate) secret: &'a FoundSecret,
    pub(crate) log: &'a DeliveryLog,
    pub(crate) opened: &'a Opened,
    pub(crate) inspector: Option<&'a Inspector>,
}

impl Banner<'_> {
    /// Says where it listens and with which secret, how to try it, and how to stop it by a key or a signal.
    pub(super) fn announce(&self, args: &ListenArgs, is_live: bool, context: &Context) -> Result<(), Error> {
        let Self { place, secret, log, opened, inspector, .. } = *self;
        let streams = &context.streams;
        let url = &place.url;
        let way = match opened {
            Opened::Way(way) => Some(way),
            Opened::Nothing | Opened::Interrupted | Opened::TimedOut => None,
        };
        if streams.format == Format::Json {
            let ready = Ready::at(url, &secret.secret).with_way(way.map(|way| way.fields.clone()));
            let ready = ready.with_ui(inspector.map(Inspector::link));
            Printer::new(streams).print(&ready)?;
        }
        if place.is_elsewhere {
            streams.note(&format!("reading      {url}"));
        } else {
            streams.note(&format!("listening on {url} ({})", place.addresses));
        }
        if let Some(way) = way {
            way.announce(true, context);
        }
        if way.is_none() || secret.trust == Trust::Configured {
            streams.note(&format!("secret       {}", secret.described()));
        }
        if way.is_none() && secret.trust == Trust::Development {
            streams.note("             set MAGIC_HOUR_WEBHOOK_SECRET to verify events of Magic Hour itself");
        }
        match log {
            DeliveryLog::Journal(journal) => streams.note(&format!("journal      {}", journal.path().display())),
            DeliveryLog::Memory(_) => streams.note("journal      none: what comes is forgotten with the run"),
        }
        for target in &args.forwarding.forward {
            streams.note(&format!("forward to   {target}"));
        }
        inspector_args::announce(inspector, context);
        if place.is_elsewhere {
            return Ok(());
        }
        let to = if *url == default_url() { String::new() } else { format!(" --to {url}") };
        streams.note(&format!("try it       mh-hook send video.completed{to}"));
        streams.note(if is_live { "stop         q or Ctrl-C; ? shows the keys" } else { "stop         Ctrl-C" });
        if place.is_exposed {
            streams.warn("other machines can reach this address");
        }
        if args.accept_invalid {
            streams.warn("--accept-invalid answers forged deliveries with success");
        }
        Ok(())
    }
}
