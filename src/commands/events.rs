//! `mh-hook events`: the nine event types, a sample of one, or its JSON Schema.

use clap::Args;
use fastrand::Rng;
use serde::Serialize;

use crate::commands::Context;
use crate::commands::shared::list::{self, TableRow};
use crate::engine::send::composer::Composer;
use crate::error::{Error, Exit};
use crate::model::EventType;
use crate::model::contract::event::UnknownEvent;
use crate::model::contract::fields::schema;
use crate::model::contract::payload::FieldSet;
use crate::model::id::job_id;
use crate::output::{Cell, Format, Record, Render, Role, Table, TextWriter};
use crate::store::settings::SetBy;

/// List the event types, or print a sample or the schema of one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook events                            list the event types
  mh-hook events video.completed            print a sample
  mh-hook events video.completed --schema   print its JSON Schema")]
pub struct EventsArgs {
    /// Event type to print a sample of, such as video.completed
    #[arg(value_name = "TYPE")]
    event: Option<String>,
    /// Print the JSON Schema of the type instead of a sample
    #[arg(long, add = SetBy::CommandLine, requires = "event")]
    schema: bool,
    /// Leave out deprecated fields, which the SDKs require but the documentation does not list
    #[arg(long, add = SetBy::CommandLine)]
    documented_only: bool,
}

/// Prints the list, a sample or a schema.
pub fn run(args: &EventsArgs, context: &Context) -> Result<Exit, Error> {
    let Some(name) = &args.event else {
        list::print(&EventType::ALL.map(Row::of), context)?;
        context.streams.hint("`mh-hook events video.completed` prints a sample, --schema its JSON Schema");
        return Ok(Exit::Done);
    };
    let event: EventType = name.parse().map_err(|unknown: UnknownEvent| match unknown.nearest {
        Some(_) => unknown.into(),
        None => Error::usage(unknown.to_string(), "`mh-hook events` lists all nine; a sample is of one of them"),
    })?;
    let fields = if args.documented_only { FieldSet::Documented } else { FieldSet::Wire };
    let json = if args.schema {
        schema(event, fields == FieldSet::Wire).to_string()
    } else {
        let composer = Composer { fields, ..Composer::default() };
        let sample = composer.compose_one(event, &job_id(&mut Rng::new()), context.clock.now())?;
        String::from_utf8_lossy(&sample.body).into_owned()
    };
    print_json(&json, context)?;
    Ok(Exit::Done)
}

/// Prints JSON for people, or as one line for programs: exactly the event, so that it can be posted.
fn print_json(json: &str, context: &Context) -> Result<(), Error> {
    let out = &context.streams.out;
    if context.streams.format != Format::Pretty {
        return Ok(out.write(format!("{json}\n").as_bytes())?);
    }
    let mut text = String::new();
    let mut writer = TextWriter::new(&mut text, out.theme(), out.width(), Format::Pretty);
    if writer.json(json.as_bytes(), 0).is_err() {
        writer.line(json);
    }
    Ok(out.write_text(&text)?)
}

#[derive(Serialize)]
struct Row {
    #[serde(rename = "type")]
    event: &'static str,
    kind: &'static str,
    phase: &'static str,
    status: &'static str,
    about: &'static str,
}

impl Row {
    const fn of(event: EventType) -> Self {
        Self {
            event: event.as_str(),
            kind: event.kind.as_str(),
            phase: event.phase.as_str(),
            status: event.phase.status(),
            about: event.about(),
        }
    }
}

impl Render for Row {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(self.event);
    }
}

impl Record for Row {
    const NAME: &'static str = "event";
}

impl TableRow for Row {
    fn table() -> Table {
        Table::new().header(["event", "status", "sent when"])
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::new(self.event).role(Role::Strong), Cell::new(self.status), Cell::new(self.about).role(Role::Muted)]
    }
}

#[cfg(test)]
mod tests {
    use super::Row;

    #[test]
    fn a_row_says_the_status_that_the_payload_has() {
        let row = serde_json::to_value(Row::of("audio.errored".parse().unwrap())).unwrap();
        assert_eq!((row["type"].as_str(), row["status"].as_str()), (Some("audio.errored"), Some("error")));
    }
}
