//! The first record of every command that serves: a program that started it knows from it where, and that it may begin.

use serde::Serialize;

use crate::commands::shared::public_way::WayFields;
use crate::model::Secret;
use crate::output::{Record, Render, TextWriter};

/// Says that requests are taken from now on.
#[derive(Serialize)]
pub(crate) struct Ready {
    url: String,
    pid: u32,
    secret: String,
    /// The public URL, where there is one.
    #[serde(flatten)]
    way: Option<WayFields>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ui: Option<String>,
}

impl Ready {
    /// Of this process, which serves at `url` and signs or verifies with `secret`.
    pub(crate) fn at(url: &str, secret: &Secret) -> Self {
        Self { url: url.to_owned(), pid: std::process::id(), secret: secret.masked(), way: None, ui: None }
    }

    /// The same, with the public URL that reaches it.
    pub(crate) fn with_way(self, way: Option<WayFields>) -> Self {
        Self { way, ..self }
    }

    /// The same, with the link to the inspector, if there is one.
    pub(crate) fn with_ui(self, link: Option<&str>) -> Self {
        Self { ui: link.map(str::to_owned), ..self }
    }
}

impl Render for Ready {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.untrusted(&self.url).newline();
    }
}

impl Record for Ready {
    const NAME: &'static str = "ready";
}
