//! A setting in force as a row: its name, its value and its origin.

use clap::{Arg, Command};
use serde::Serialize;

use crate::commands::shared::context::Context;
use crate::commands::shared::list::TableRow;
use crate::error::Error;
use crate::output::{Cell, Record, Render, Role, Table, TextWriter};
use crate::store::settings::{SetBy, Setting};

/// The origin of a value that nobody set.
const DEFAULT: &str = "default";

/// A setting in force.
#[derive(Serialize)]
pub(super) struct SettingRow {
    /// The name in a settings file, with its section.
    pub(super) name: String,
    /// The values as the command line takes them; a secret is masked.
    pub(super) values: Vec<String>,
    /// The variable, the file and line, or `default`.
    pub(super) origin: String,
}

impl Render for SettingRow {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.untrusted(&format!("{} = {}  {}", self.name, self.values.join(", "), self.origin)).newline();
    }
}

impl Record for SettingRow {
    const NAME: &'static str = "setting";
}

impl TableRow for SettingRow {
    fn table() -> Table {
        Table::new().header(["setting", "value", "origin"])
    }

    fn cells(&self) -> Vec<Cell> {
        let role = if self.origin == DEFAULT { Role::Muted } else { Role::Strong };
        let (values, origin) = (self.values.join(", "), Cell::new(&self.origin).role(Role::Muted));
        vec![Cell::new(&self.name).role(role), Cell::new(&values), origin]
    }
}

/// Every setting that has a value: credentials, global options, then the options of each command.
pub(super) fn rows(program: &Command, context: &Context) -> Result<Vec<SettingRow>, Error> {
    let settings = &context.settings;
    let mut rows = credentials(context)?;
    let globals = program.get_arguments().filter(|arg| arg.is_global_set());
    rows.extend(globals.filter_map(|arg| option_row(arg, None, settings.global(arg.get_long()?))));
    for command in program.get_subcommands() {
        let name = command.get_name();
        rows.extend(
            command
                .get_arguments()
                .filter_map(|arg| option_row(arg, Some(name), settings.option(name, arg.get_long()?))),
        );
    }
    Ok(rows)
}

fn credentials(context: &Context) -> Result<Vec<SettingRow>, Error> {
    let settings = &context.settings;
    let secret =
        settings.webhook_secret().map(|found| ("webhook-secret", found.value.masked(), found.origin.to_string()));
    let key = settings.api_key().map(|found| ("api-key", found.value.masked(), found.origin.to_string()));
    let site = settings.webhook_site_key();
    let site = site.map(|found| ("webhook-site-api-key", found.value.masked(), found.origin.to_string()));
    let url = settings.api_base_url()?;
    let url = ("api-base-url", url.value.as_str().to_owned(), url.origin.to_string());
    let row = |(name, value, origin): (&str, String, String)| SettingRow {
        name: name.to_owned(),
        values: vec![value],
        origin: if origin == "the default" { DEFAULT.to_owned() } else { origin },
    };
    Ok([secret, key, site, Some(url)].into_iter().flatten().map(row).collect())
}

/// A row for an option that can be configured and has a value.
fn option_row(arg: &Arg, command: Option<&str>, setting: Option<&Setting>) -> Option<SettingRow> {
    let long = arg.get_long().filter(|_| SetBy::of(arg) != SetBy::CommandLine)?;
    let name = command.map_or_else(|| long.to_owned(), |command| format!("{command}.{long}"));
    if let Some(Setting { values, origin }) = setting {
        return Some(SettingRow { name, values: values.clone(), origin: origin.to_string() });
    }
    let values: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let is_set = arg.get_action().takes_values() && !values.is_empty();
    is_set.then(|| SettingRow { name, values, origin: DEFAULT.to_owned() })
}
