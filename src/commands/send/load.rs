//! Sending many events: the options, the progress, and what came back.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tokio::time::interval;

use crate::commands::shared::context::Context;
use crate::commands::shared::value_parsers;
use crate::engine::receive::received::milliseconds;
use crate::engine::send::composer::EventTemplate;
use crate::engine::send::load::{Load, LoadProgress, Tally, start};
use crate::engine::send::sender::Sender;
use crate::error::{Error, Exit};
use crate::net::interrupt::Interrupt;
use crate::net::shutdown::Shutdown;
use crate::output::{Canvas, OutputError, Printer, Progress, Record, Render, Role, units};

/// Events in flight at once by default.
const CONCURRENCY: usize = 16;

/// Interval at which progress is drawn.
const TICK: Duration = Duration::from_millis(100);

/// The rows of the histogram, and the longest bar in it.
const ROWS: u64 = 10;
const BAR: u64 = 40;

/// Sending many events.
#[derive(Args, Debug)]
#[command(next_help_heading = "Load")]
pub(crate) struct LoadArgs {
    /// Send so many events, each of a job of its own, and sum up
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "retry")]
    count: Option<u64>,
    /// Send for so long
    #[arg(long, value_name = "DURATION", value_parser = value_parsers::duration, conflicts_with = "retry")]
    duration: Option<Duration>,
    /// Events in flight at once
    #[arg(long, value_name = "C", value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: Option<u16>,
    /// Begin so many events in a second, however fast they are answered
    #[arg(long, value_name = "R", value_parser = value_parsers::positive)]
    rate: Option<f64>,
}

impl LoadArgs {
    /// Whether many events are to be sent, not one of each.
    pub(crate) fn is_wanted(&self) -> bool {
        self.count.is_some() || self.duration.is_some()
    }

    /// Whether options of a load were given without a load.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_wanted() && (self.concurrency.is_some() || self.rate.is_some())
    }

    fn load(&self) -> Load {
        let concurrency = self.concurrency.map_or(CONCURRENCY, usize::from);
        let most = self.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
        Load { count: self.count, duration: self.duration, concurrency: concurrency.min(most), rate: self.rate }
    }

    /// Sends until everything was sent, or until it is interrupted, and sums up.
    pub(crate) async fn drive(
        &self,
        sender: Arc<Sender>,
        templates: Arc<[EventTemplate]>,
        context: &Context,
        interrupt: &mut Interrupt,
    ) -> Result<Exit, Error> {
        let workers = Shutdown::new();
        let url = sender.remote.target().to_string();
        let counts = start(&sender, &templates, self.load(), &workers);
        drop(sender);
        let interrupted = tokio::select! {
            () = workers.finished() => false,
            () = self.show(&counts, context) => false,
            () = interrupt.heard() => true,
        };
        workers.request();
        let summary = LoadSummary { url, tally: counts.take() };
        match Printer::new(&context.streams).print(&summary) {
            Ok(()) | Err(OutputError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(if interrupted { Exit::Interrupted } else { summary.exit() })
    }

    /// Draws the progress for as long as it is polled.
    async fn show(&self, counts: &LoadProgress, context: &Context) {
        let bar = match self.count {
            Some(count) => Progress::count(&context.streams, count, "sending"),
            None => Progress::spinner(&context.streams, "sending"),
        };
        let mut shown = 0;
        let mut ticks = interval(TICK);
        loop {
            ticks.tick().await;
            let ended = counts.ended();
            bar.advance(ended - shown);
            shown = ended;
        }
    }
}

/// Summary of the answers.
struct LoadSummary {
    url: String,
    tally: Tally,
}

impl LoadSummary {
    fn accepted(&self) -> u64 {
        self.tally.statuses.range(200..300).map(|(_, count)| count).sum()
    }

    fn sent(&self) -> u64 {
        self.tally.statuses.values().chain(self.tally.errors.values()).sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyway")]
    fn per_second(&self) -> f64 {
        (self.sent() as f64 / self.tally.elapsed.as_secs_f64()).round()
    }

    /// Unreachable if nothing ever answered, a no if anything but 2xx came, else a yes.
    fn exit(&self) -> Exit {
        match (self.sent() == self.accepted(), self.tally.statuses.is_empty()) {
            (true, _) => Exit::Done,
            (false, true) if self.tally.errors.keys().all(|code| *code == "timeout") => Exit::TimedOut,
            (false, true) => Exit::Unreachable,
            (false, false) => Exit::No,
        }
    }

    fn quantiles(&self) -> [(&'static str, Duration); 5] {
        let latencies = &self.tally.latencies;
        let at = |quantile| Duration::from_micros(latencies.value_at_quantile(quantile));
        [
            ("min", Duration::from_micros(latencies.min())),
            ("p50", at(0.5)),
            ("p90", at(0.9)),
            ("p99", at(0.99)),
            ("max", Duration::from_micros(latencies.max())),
        ]
    }

    /// Rows of equal width in time, with how many answers fell into each.
    fn histogram(&self) -> Vec<(Duration, u64)> {
        let latencies = &self.tally.latencies;
        let width = latencies.max().div_ceil(ROWS).max(1);
        latencies
            .iter_linear(width)
            .map(|row| (Duration::from_micros(row.value_iterated_to()), row.count_since_last_iteration()))
            .collect()
    }
}

impl Render for LoadSummary {
    fn render(&self, canvas: &mut Canvas<'_>) {
        let elapsed = units::duration(self.tally.elapsed);
        let (sent, accepted) = (units::count(self.sent()), units::count(self.accepted()));
        canvas.line(&format!("sent      {sent} events in {elapsed}, {} a second", self.per_second()));
        let role = if self.sent() == self.accepted() { Role::Success } else { Role::Error };
        canvas.push("accepted  ").paint(role, &accepted).newline();
        for (status, count) in &self.tally.statuses {
            canvas.line(&format!("  {status}     {}", units::count(*count)));
        }
        for (code, count) in &self.tally.errors {
            canvas
                .push("  ")
                .paint(Role::Error, &format!("no answer ({code})"))
                .line(&format!("  {}", units::count(*count)));
        }
        canvas.push("latency   ");
        let quantiles = self.quantiles().map(|(name, value)| format!("{name} {}", units::duration(value)));
        canvas.line(&quantiles.join("  "));
        if canvas.is_pretty() {
            let rows = self.histogram();
            let most = rows.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
            for (upto, count) in rows {
                let bar = usize::try_from((count * BAR).div_ceil(most)).unwrap_or_default();
                canvas.push(&format!("  {:>9}  ", units::duration(upto)));
                canvas.paint(Role::Accent, &"■".repeat(bar)).push(" ").line(&units::count(count));
            }
        }
    }
}

impl Serialize for LoadSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let latencies: std::collections::BTreeMap<_, f64> =
            self.quantiles().into_iter().map(|(name, value)| (name, milliseconds(value))).collect();
        let histogram: Vec<(f64, u64)> =
            self.histogram().into_iter().map(|(upto, count)| (milliseconds(upto), count)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry("sent", &self.sent())?;
        map.serialize_entry("accepted", &self.accepted())?;
        map.serialize_entry("statuses", &self.tally.statuses)?;
        map.serialize_entry("errors", &self.tally.errors)?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.tally.elapsed))?;
        map.serialize_entry("per_second", &self.per_second())?;
        map.serialize_entry("latency_ms", &latencies)?;
        map.serialize_entry("histogram_ms", &histogram)?;
        map.end()
    }
}

impl Record for LoadSummary {
    fn record(&self) -> &'static str {
        "summary"
    }
}
