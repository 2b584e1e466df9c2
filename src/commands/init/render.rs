//! The results of `init`: the list of frameworks, the file that was written, and a handler on standard output.

use serde::Serialize;

use crate::commands::init::detect::Likely;
use crate::commands::init::framework::Framework;
use crate::commands::shared::list::TableRow;
use crate::output::{Cell, Record, Render, Role, Table, TextWriter};

/// A framework as one row of the list.
#[derive(Serialize)]
pub(super) struct FrameworkRow {
    name: String,
    title: String,
    aliases: Vec<String>,
    file: &'static str,
    proof: &'static str,
    /// The file in this folder that names the framework.
    likely: Option<&'static str>,
}

impl FrameworkRow {
    pub(super) fn of(framework: Framework, found: &[Likely]) -> Self {
        let template = framework.template();
        let likely = found.iter().find(|likely| likely.framework == framework).map(|likely| likely.file);
        Self {
            name: framework.name(),
            title: framework.title(),
            aliases: framework.aliases(),
            file: template.file,
            proof: template.proof.as_str(),
            likely,
        }
    }
}

impl Render for FrameworkRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.line(&self.name);
    }
}

impl Record for FrameworkRow {
    const NAME: &'static str = "framework";
}

impl TableRow for FrameworkRow {
    fn table() -> Table {
        Table::new().header(["name", "framework", "file", "tested"]).wrapping()
    }

    fn cells(&self) -> Vec<Cell> {
        let role = if self.likely.is_some() { Role::Success } else { Role::Strong };
        vec![Cell::new(&self.name).role(role), Cell::new(&self.title), Cell::new(self.file), Cell::new(self.proof)]
    }
}

/// The file that was written.
#[derive(Serialize)]
pub(super) struct WrittenHandler {
    pub(super) file: String,
    pub(super) framework: String,
}

impl Render for WrittenHandler {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.untrusted(&self.file).newline();
    }
}

impl Record for WrittenHandler {
    const NAME: &'static str = "written";
}

/// A handler that goes to standard output.
#[derive(Serialize)]
pub(super) struct HandlerText {
    pub(super) framework: String,
    pub(super) text: &'static str,
}

impl Render for HandlerText {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push(self.text);
    }
}

impl Record for HandlerText {
    const NAME: &'static str = "handler";
}
