//! The catalogue of faults as a list.

use serde::Serialize;

use crate::commands::Context;
use crate::commands::shared::list::{self, TableRow};
use crate::error::{Error, Exit};
use crate::model::signing::fault::{FAULTS, Fault, Shows};
use crate::output::{Cell, Record, Render, Role, Table, TextWriter};

/// Prints every fault.
pub(crate) fn print(context: &Context) -> Result<Exit, Error> {
    list::print(&FAULTS.each_ref().map(FaultRow::of), context)?;
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

impl TableRow for FaultRow {
    fn table() -> Table {
        Table::new().header(["fault", "what it does"]).wrapping()
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::new(self.name).role(Role::Strong), Cell::new(self.about)]
    }
}
