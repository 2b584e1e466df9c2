//! The catalogue of faults as a list.

use serde::Serialize;

use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::model::signing::fault::{FAULTS, Fault, Shows};
use crate::output::{Cell, Format, Printer, Record, Render, Role, Table, TextWriter};

/// Prints every fault.
pub(crate) fn print(context: &Context) -> Result<Exit, Error> {
    let printer = Printer::new(&context.streams);
    if context.streams.format == Format::Json {
        FAULTS.iter().try_for_each(|fault| printer.print(&FaultRow::of(fault)))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new().header(["fault", "what it does"]).wrapping();
    for fault in &FAULTS {
        table.row([Cell::new(fault.name).role(Role::Strong), Cell::new(fault.about)]);
    }
    printer.draw(&table)?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct FaultRow {
    name: &'static str,
    about: &'static str,
    /// The reason that verification gives, where the fault is in the signature.
    reason: Option<&'static str>,
    /// The problem of the body, where the signature is right.
    problem: Option<&'static str>,
}

impl FaultRow {
    const fn of(fault: &Fault) -> Self {
        let (reason, problem) = match fault.shows {
            Shows::Reason(code) => (Some(code), None),
            Shows::Problem(code) => (None, Some(code)),
        };
        Self { name: fault.name, about: fault.about, reason, problem }
    }
}

impl Render for FaultRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(self.name);
    }
}

impl Record for FaultRow {
    const NAME: &'static str = "fault";
}
