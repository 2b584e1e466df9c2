//! Events in the user's editor, before they are signed.

use std::io::Write;
use std::process::Command;

use bytes::Bytes;

use crate::engine::send::composer::Composed;
use crate::error::Error;
use crate::model::Layout;
use crate::model::json::view::JsonView;

/// The editor of systems on which none was named.
const USUAL_EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// Opens an event, indented, and takes what was saved. What is not changed is sent as it was.
pub(super) fn edited(event: Composed, editor: Option<&str>) -> Result<Composed, Error> {
    let failed = |problem: String| Error::usage(format!("cannot edit the event: {problem}"), "EDITOR names the editor");
    let text = String::from_utf8_lossy(&event.body).into_owned();
    let shown = Layout::Pretty.write(text);
    let file = tempfile::Builder::new().prefix("mh-hook-event-").suffix(".json").tempfile();
    let mut file = file.map_err(|error| failed(error.to_string()))?;
    file.write_all(shown.as_bytes()).map_err(|error| failed(error.to_string()))?;
    let editor = editor.unwrap_or(USUAL_EDITOR);
    let mut words = editor.split_whitespace();
    let ended = Command::new(words.next().unwrap_or(USUAL_EDITOR)).args(words).arg(file.path()).status();
    match ended {
        Ok(status) if status.success() => {}
        Ok(_) => {
            return Err(Error::usage(
                "the editor ended with an error, so nothing was sent",
                "save, and end it as usual",
            ));
        }
        Err(_) => return Err(failed(format!("there is no '{editor}'"))),
    }
    let saved = std::fs::read(file.path()).map_err(|error| failed(error.to_string()))?;
    // Editors end a file in a line break.
    let saved = saved.trim_ascii_end();
    if saved == shown.as_bytes() {
        return Ok(event);
    }
    if JsonView::read(saved).is_err() {
        return Err(Error::usage("what was saved is not JSON, so nothing was sent", "--body FILE sends any bytes"));
    }
    Ok(Composed::of(Bytes::copy_from_slice(saved)))
}
