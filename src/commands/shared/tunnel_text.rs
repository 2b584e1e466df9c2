//! The text and the records of a tunnel in use.

use crate::engine::tunnel::event::TunnelEvent;
use crate::output::{Record, Render, Streams, TextWriter, units};

/// The page where a URL is registered.
const REGISTER: &str = "https://magichour.ai/developer?tab=webhooks";

/// Writes an event for people: remarks, since results are deliveries.
pub(crate) fn describe(event: &TunnelEvent, streams: &Streams) {
    match event {
        TunnelEvent::Proven(url) => streams.note(&format!("tunnel       {url} reaches this machine")),
        TunnelEvent::Confirmed(url) => {
            streams.note(&format!("registered   a verified delivery came through {url}"));
        }
        TunnelEvent::Broken { problem, restarts, .. } => {
            streams.warn(&format!("the public URL does not reach this machine at present: {problem}"));
            streams.hint(if *restarts {
                "the agent is restarted; with the same URL nothing is lost, since Magic Hour tries again for 24 hours"
            } else {
                "Magic Hour tries again for 24 hours, so nothing is lost if the same URL works again in time"
            });
        }
        TunnelEvent::RestartFailed { error, wait } => {
            streams.warn(&format!("{error}; trying again in {}", units::duration(*wait)));
        }
        TunnelEvent::GivenUp(error) => {
            streams.warn(&format!("the tunnel is gone and cannot be restarted: {error}"));
            streams.hint(&error.hint());
        }
        TunnelEvent::Moved { from, to } => {
            streams.warn(&format!("the public URL has CHANGED from {from} to {to}"));
            streams.hint(&format!("deliveries go nowhere until the new URL is registered: {REGISTER}"));
        }
    }
}

impl Render for TunnelEvent {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push("tunnel    ").push(self.state()).newline();
    }
}

impl Record for TunnelEvent {
    const NAME: &'static str = "tunnel";
}
