//! `mh-hook history export`: records or commands of many deliveries, without secrets unless asked for.

use crate::commands::history::args::ExportArgs;
use crate::commands::history::export_text::{Heading, place_of};
use crate::commands::history::follow::{follow, newest, visit};
use crate::commands::history::list::CHUNK;
use crate::commands::history::render::DeliveryDetails;
use crate::commands::shared::context::Context;
use crate::commands::shared::filter_args::{note_unreadable, unreadable};
use crate::commands::shared::redacted;
use crate::commands::shared::request_text::curl_as_received;
use crate::error::{Error, Exit};
use crate::model::text::timestamp::rfc3339;
use crate::net::out::target::Target;
use crate::output::{Batch, Format, Printer, Render, TextWriter};
use crate::store::journal::{Reader, StoredDelivery};

impl ExportArgs {
    pub(super) fn run_on(&self, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let heading = Heading::new(rfc3339(context.clock.now()), !self.reveal);
        if self.curl {
            return self.write_commands(&heading, reader, context);
        }
        // Records are what an export is, in whatever format results are otherwise shown.
        let mut streams = context.streams.clone();
        streams.format = Format::Json;
        let mut batch = Printer::new(&streams).batch();
        batch.add(&heading)?;
        let filter = self.filter.filter(context)?;
        // Taken before the look, so that nothing is missed that comes meanwhile.
        let seen = newest(reader)?;
        let mut last = seen;
        visit(reader, &filter, |delivery| {
            last = last.max(delivery.id);
            self.add(delivery, reader, &mut batch)
        })?;
        batch.flush()?;
        note_unreadable(reader, context);
        if !self.follow {
            return Ok(Exit::Done);
        }
        follow(reader, (filter, last), context, |delivery| match delivery {
            Some(delivery) => self.add(delivery, reader, &mut batch),
            None => Ok(batch.flush()?),
        })
    }

    /// Adds the record of a delivery.
    fn add(&self, mut delivery: StoredDelivery, reader: &Reader, batch: &mut Batch) -> Result<(), Error> {
        let mut attempts = reader.attempts_of(delivery.id).map_err(unreadable)?;
        if !self.reveal {
            delivery = redacted::delivery(delivery);
            attempts = attempts.into_iter().map(redacted::attempt).collect();
        }
        batch.add(&DeliveryDetails { delivery: &delivery, attempts: &attempts })?;
        if batch.len() >= CHUNK { batch.flush().map_err(Error::from) } else { Ok(()) }
    }

    fn write_commands(&self, heading: &Heading, reader: &Reader, context: &Context) -> Result<Exit, Error> {
        let target: Target = self.to.parse()?;
        let out = &context.streams.out;
        let mut text = String::new();
        heading.render(&mut TextWriter::new(&mut text, out.theme(), None, Format::Compact));
        out.write(text.as_bytes())?;
        visit(reader, &self.filter.filter(context)?, |mut delivery| {
            if !self.reveal {
                delivery = redacted::delivery(delivery);
            }
            let command = curl_as_received(&delivery, &place_of(&delivery, &target));
            Ok(out.write(format!("\n# delivery {}\n{command}\n", delivery.id).as_bytes())?)
        })?;
        Ok(Exit::Done)
    }
}
