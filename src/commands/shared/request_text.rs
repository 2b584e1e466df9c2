//! A delivery as text: the HTTP request itself, or a curl command that sends the same bytes.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderName;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, USER_AGENT};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::commands::shared::shell;
use crate::commands::shared::shell::{quoted, spelled};
use crate::engine::receive::received::{HeaderPairs, serialize_body};
use crate::engine::send::composer::Composed;
use crate::model::Delivery;
use crate::net::out::end_to_end::end_to_end;
use crate::net::out::target::Target;
use crate::output::sanitise::is_hidden;
use crate::output::{Record, Render, Role, TextWriter};
use crate::store::journal::VerifiedDelivery;

/// A request that is shown instead of sent.
pub(crate) struct RequestText<'a> {
    pub(crate) target: &'a Target,
    pub(crate) event: &'a Composed,
    pub(crate) delivery: &'a Delivery,
    /// Options of TLS, as words of a curl command.
    pub(crate) tls: &'a [String],
}

/// Bodies up to this size are arguments of the command; the system has a limit for those. Larger ones come by a pipe.
const LARGEST_ARGUMENT: usize = 64 << 10;

/// Headers that curl adds by itself, and the spelling that has it leave them out.
const ADDED_BY_CURL: [(HeaderName, &str); 4] =
    [(ACCEPT, "Accept:"), (USER_AGENT, "User-Agent:"), (CONTENT_TYPE, "Content-Type:"), (EXPECT, "Expect:")];

/// A curl command that sends a delivery again as it was received.
pub(crate) fn curl_as_received(delivery: &VerifiedDelivery, target: &Target) -> String {
    let event = Composed { event_type: None, job_id: None, body: delivery.body.clone() };
    let delivery = Delivery { headers: end_to_end(&delivery.headers), body: delivery.body.clone() };
    RequestText { target, event: &event, delivery: &delivery, tls: &[] }.curl()
}

impl RequestText<'_> {
    /// An equivalent curl command, for a POSIX shell. The signature is in it, the secret is not.
    pub(crate) fn curl(&self) -> String {
        let mut command = String::from("curl --silent --show-error --include --globoff --path-as-is --http1.1");
        command.push_str(" \\\n  --noproxy '*' --request POST");
        for word in self.tls {
            let _ = write!(command, " {}", shell::word(word));
        }
        for (name, value) in &self.delivery.headers {
            let header = match (value.as_bytes(), str::from_utf8(value.as_bytes())) {
                // curl leaves a header with nothing after the colon out; the semicolon makes it send an empty one.
                (b"", _) => quoted(&format!("{name};")),
                (_, Ok(text)) if !text.contains(is_hidden) => quoted(&format!("{name}: {text}")),
                (bytes, _) => spelled(&[name.as_str().as_bytes(), b": ", bytes].concat()),
            };
            let _ = write!(command, " \\\n  --header {header}");
        }
        for (name, removed) in ADDED_BY_CURL {
            if !self.delivery.headers.contains_key(name) {
                let _ = write!(command, " \\\n  --header {removed}");
            }
        }
        let url = quoted(&self.target.to_string());
        match str::from_utf8(&self.delivery.body) {
            Ok(text)
                if text.len() <= LARGEST_ARGUMENT && !text.contains(|c| c != '\n' && c != '\t' && is_hidden(c)) =>
            {
                command + &format!(" \\\n  --data-raw {} \\\n  {url}", quoted(text))
            }
            _ => {
                let encoded = BASE64_STANDARD.encode(&self.delivery.body);
                format!("echo {encoded} | base64 -d | {command} \\\n  --data-binary @- \\\n  {url}")
            }
        }
    }
}

impl Render for RequestText<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.paint(Role::Strong, "POST ").untrusted(self.target.path.as_str()).line(" HTTP/1.1");
        let length = self.delivery.body.len().to_string();
        let mut header = |name: &str, value: &[u8]| {
            writer.paint(Role::Key, name).push(": ").untrusted_bytes(value).newline();
        };
        if !self.delivery.headers.contains_key(HOST) {
            header(HOST.as_str(), self.target.authority.as_bytes());
        }
        self.delivery.headers.iter().for_each(|(name, value)| header(name.as_str(), value.as_bytes()));
        header(CONTENT_LENGTH.as_str(), length.as_bytes());
        writer.newline();
        if !self.delivery.body.is_empty() {
            writer.untrusted_bytes(&self.delivery.body).newline();
        }
    }
}

impl Serialize for RequestText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &self.event.event_type)?;
        map.serialize_entry("job_id", &self.event.job_id)?;
        map.serialize_entry("method", "POST")?;
        map.serialize_entry("url", &self.target.to_string())?;
        map.serialize_entry("headers", &HeaderPairs(&self.delivery.headers))?;
        serialize_body(&mut map, &self.delivery.body)?;
        map.end()
    }
}

impl Record for RequestText<'_> {
    const NAME: &'static str = "request";
}
