//! The frame of every machine-readable line: `{"v":1,"record":"…", …}`.

use serde::Serialize;

use crate::output::json::append_visible;

/// The version of all records. It rises only if the meaning of a released name has to change.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Envelope<'a, T> {
    v: u8,
    record: &'a str,
    #[serde(flatten)]
    fields: &'a T,
}

/// Appends one line of JSON with the fields of a record. The data is exact; only how hidden characters are written
/// spares a terminal.
pub(super) fn append_line<T: Serialize>(out: &mut String, record: &str, fields: &T) -> Result<(), serde_json::Error> {
    let line = serde_json::to_string(&Envelope { v: VERSION, record, fields })?;
    append_visible(out, &line);
    out.push('\n');
    Ok(())
}
