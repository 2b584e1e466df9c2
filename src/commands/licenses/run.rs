//! `mh-hook licenses`: prints the notices of the code that the program contains.

use clap::Args;
use serde_json::json;

use crate::commands::shared::context::Context;
use crate::error::{Error, Exit};
use crate::model::text::packed_text::{PackedText, packed_text};
use crate::output::Format;

/// Licences of this program and of everything linked into it, for all platforms.
const NOTICES: PackedText = packed_text!("commands/licenses/THIRD-PARTY.txt");

/// Our own licence.
const LICENCE: &str = include_str!("../../../LICENSE");

/// Print the licences of mh-hook and of the code it contains
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook licenses                 print all licences
  mh-hook licenses --format json   as a record")]
pub struct LicensesArgs {}

/// Prints our own licence, then those of others.
///
/// # Errors
///
/// When stdout takes no more.
pub fn run(_: &LicensesArgs, context: &Context) -> Result<Exit, Error> {
    let notices = NOTICES.unpack().map_err(|source| Error::System { task: "read the licences", source })?;
    let text = match context.streams.format {
        Format::Json => {
            format!("{}\n", json!({ "v": 1, "record": "licenses", "license": LICENCE, "notices": notices }))
        }
        Format::Pretty | Format::Compact => format!("{LICENCE}\n{notices}"),
    };
    context.streams.out.write(text.as_bytes())?;
    Ok(Exit::Done)
}
