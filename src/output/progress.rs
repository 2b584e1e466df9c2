//! Progress on stderr, for eyes only: nothing is drawn into a file, in the JSON format or under `--quiet`.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::progress_bars::Bars;
use crate::output::redact;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::streams::Streams;

const SPINNER: &str = "{spinner} {msg}  {elapsed}";
const COUNT: &str = "{msg}  [{bar:30}] {human_pos}/{human_len}  {rate}  {elapsed}";
const BYTES: &str = "{msg}  [{bar:30}] {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {elapsed}";
const BYTES_UNTIL_END: &str = "{spinner} {msg}  {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}";

/// Something under way, with the time it has taken so far. It is gone from the terminal when dropped.
pub struct Progress {
    bar: Option<ProgressBar>,
    bars: Bars,
}

impl Progress {
    /// Work whose end nobody can foretell.
    pub fn spinner(streams: &Streams, message: &str) -> Self {
        Self::start(streams, None, SPINNER, message)
    }

    /// Work that is counted.
    pub fn count(streams: &Streams, total: u64, message: &str) -> Self {
        Self::start(streams, Some(total), COUNT, message)
    }

    /// A transfer, of a known or unknown size.
    pub fn bytes(streams: &Streams, total: Option<u64>, message: &str) -> Self {
        Self::start(streams, total, if total.is_some() { BYTES } else { BYTES_UNTIL_END }, message)
    }

    /// Says what is being done now. The text counts as received.
    pub fn message(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(presentable(text));
        }
    }

    /// Moves on by this number.
    pub fn advance(&self, by: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(by);
        }
    }

    /// Says how far it has come.
    pub fn reach(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
        }
    }

    fn start(streams: &Streams, total: Option<u64>, template: &str, message: &str) -> Self {
        const TICK: Duration = Duration::from_millis(100);
        let bars = streams.bars.clone();
        let bar = bars.add(|| {
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden())
                .with_style(style.progress_chars("=> ").with_key("rate", rate))
                .with_message(presentable(message))
        });
        if let Some(bar) = &bar {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, bars }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            self.bars.remove(bar);
        }
    }
}

/// Whole things per second; indicatif's own form has four decimals.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec());
}

fn presentable(message: &str) -> String {
    let mut safe = String::with_capacity(message.len());
    append_text(&mut safe, message, Breaks::Escape);
    redact::secrets(&safe).into_owned()
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    use super::{BYTES, BYTES_UNTIL_END, COUNT, Progress, SPINNER, presentable};
    use crate::output::format::Format;
    use crate::output::streams::Streams;

    #[test]
    fn the_templates_are_understood() {
        for template in [SPINNER, COUNT, BYTES, BYTES_UNTIL_END] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn nothing_is_drawn_where_nobody_watches() {
        let (streams, out, err) = Streams::in_memory(Format::Pretty);
        let progress = Progress::count(&streams, 10, "sending");
        progress.advance(3);
        progress.message("still sending");
        drop(progress);
        assert!(out.text().is_empty() && err.text().is_empty());
    }

    #[test]
    fn messages_are_safe_and_show_no_secret() {
        assert_eq!(presentable("a\x1b\nmhk_live_0123456789abcdefWXYZ"), "a\\x1b\\nmhk_live_…WXYZ");
    }
}
