//! The tools that a trial can use, as a list.

use serde::Serialize;

use crate::commands::Context;
use crate::commands::shared::list::{self, TableRow};
use crate::error::{Error, Exit};
use crate::model::Kind;
use crate::model::tools::{Tool, ValueShape, job_tools};
use crate::output::{Cell, Record, Render, Role, Table, TextWriter};

/// Prints every tool.
pub(crate) fn print(kinds: &[Kind], context: &Context) -> Result<Exit, Error> {
    let wanted = |(kind, _): &(Kind, &Tool)| kinds.is_empty() || kinds.contains(kind);
    let rows: Vec<_> = job_tools().filter(wanted).map(|(kind, tool)| ToolRow::of(kind, tool)).collect();
    list::print(&rows, context)?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct ToolRow {
    tool: &'static str,
    kind: &'static str,
    /// Credits of its cheapest job.
    credits: u64,
    needs_files: bool,
    /// The fields that name files.
    file_fields: Vec<&'static str>,
}

impl ToolRow {
    fn of(kind: Kind, tool: &'static Tool) -> Self {
        Self {
            tool: tool.name(),
            kind: kind.as_str(),
            credits: tool.probable_cost(&tool.cheapest_body()),
            needs_files: tool.needs_files(),
            file_fields: tool
                .fields
                .iter()
                .filter(|field| field.shape == ValueShape::File)
                .map(|field| field.path)
                .collect(),
        }
    }
}

impl Render for ToolRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(self.tool);
    }
}

impl Record for ToolRow {
    const NAME: &'static str = "tool";
}

impl TableRow for ToolRow {
    fn table() -> Table {
        Table::new().header(["tool", "kind", "credits", "files"])
    }

    fn cells(&self) -> Vec<Cell> {
        let credits = Cell::new(&self.credits.to_string()).right();
        let cells = [Cell::new(self.tool).role(Role::Strong), Cell::new(self.kind), credits];
        cells.into_iter().chain(self.needs_files.then(|| Cell::new(&self.file_fields.join(", ")))).collect()
    }
}
