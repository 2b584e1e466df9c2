//! The printer of lists: a table for people, records for programs.

use crate::commands::shared::context::Context;
use crate::error::Error;
use crate::output::{Cell, Format, Printer, Record, Table};

/// A record that is a row of a list.
pub(crate) trait TableRow: Record {
    /// The empty table, with the names of its columns.
    fn table() -> Table;

    fn cells(&self) -> Vec<Cell>;
}

/// Prints a list.
pub(crate) fn print<R: TableRow>(rows: &[R], context: &Context) -> Result<(), Error> {
    let printer = Printer::new(&context.streams);
    if context.streams.format == Format::Json {
        return Ok(rows.iter().try_for_each(|row| printer.print(row))?);
    }
    let mut table = R::table();
    for row in rows {
        table.row(row.cells());
    }
    Ok(printer.draw(&table)?)
}
