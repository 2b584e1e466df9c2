//! `mh-hook history show`: deliveries in full, or one part of them as it was received.

use crate::commands::history::args::ShowArgs;
use crate::commands::history::export_text::place_of;
use crate::commands::history::render::DeliveryDetails;
use crate::commands::shared::context::Context;
use crate::commands::shared::filter_args::{find, unreadable};
use crate::commands::shared::pager::paged;
use crate::commands::shared::request_text::curl_as_received;
use crate::commands::shared::selection::selected;
use crate::error::{Error, Exit};
use crate::net::out::target::Target;
use crate::output::{Format, Printer};
use crate::store::journal::{Filter, Reader, StoredDelivery};

impl ShowArgs {
    pub(super) fn run_on(&self, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let ids = selected(&self.ids, reader, &Filter::default())?;
        if self.body && ids.len() > 1 {
            return Err(Error::usage("--body prints the bytes of one delivery", "name one of them"));
        }
        if self.body || self.headers || self.curl {
            for id in ids {
                context.streams.out.write(&self.part(&find(reader, id)?)?)?;
            }
            return Ok(Exit::Done);
        }
        paged(context, |streams| {
            let printer = Printer::new(streams);
            for (at, id) in ids.into_iter().enumerate() {
                let delivery = find(reader, id)?;
                let attempts = reader.attempts_of(id).map_err(unreadable)?;
                if at > 0 && streams.format != Format::Json {
                    streams.out.write(b"\n")?;
                }
                printer.print(&DeliveryDetails { delivery: &delivery, attempts: &attempts })?;
            }
            Ok(Exit::Done)
        })
    }

    /// The part of a delivery that is wanted, exactly as it was received.
    fn part(&self, delivery: &StoredDelivery) -> Result<Vec<u8>, Error> {
        if self.body {
            return Ok(delivery.body.to_vec());
        }
        if self.headers {
            let lines = delivery
                .headers
                .iter()
                .map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
            return Ok(lines.collect::<Vec<_>>().concat());
        }
        let target: Target = self.to.parse()?;
        Ok((curl_as_received(delivery, &place_of(delivery, &target)) + "\n").into_bytes())
    }
}
