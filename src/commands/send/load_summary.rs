//! The summary of a load: counts by status and failure, rate, latencies, histograms.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::receive::received::milliseconds;
use crate::engine::send::load::{LoadResult, ResultTally, Tally};
use crate::error::Exit;
use crate::net::out::post_failure::PostFailure;
use crate::output::{Record, Render, Role, TextWriter, units};

/// The rows of a histogram, and the longest bar in it.
const ROWS: u64 = 10;
const BAR: u64 = 40;

pub(super) struct LoadSummary {
    pub(super) url: String,
    pub(super) tally: Tally,
}

impl LoadSummary {
    /// Number of results of each kind.
    fn counts(&self) -> impl Iterator<Item = (LoadResult, u64)> {
        self.tally.results.iter().map(|(result, tally)| (*result, tally.latencies.len()))
    }

    fn accepted(&self) -> u64 {
        let is_accepted = |result| matches!(result, LoadResult::Status(200..=299));
        self.counts().filter(|(result, _)| is_accepted(*result)).map(|(_, count)| count).sum()
    }

    /// Results per second: whole ones, or with two decimals where they are few.
    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyway")]
    fn per_second(&self) -> f64 {
        let rate = self.tally.sent() as f64 / self.tally.elapsed.as_secs_f64().max(1e-6);
        if rate < 100.0 { (rate * 100.0).round() / 100.0 } else { rate.round() }
    }

    /// Unreachable if nothing ever answered, a no if anything but 2xx came, else a yes.
    pub(super) fn exit(&self) -> Exit {
        let error = |(result, _): (LoadResult, u64)| match result {
            LoadResult::Error(failure) => Some(failure),
            LoadResult::Status(_) => None,
        };
        let errors: Vec<PostFailure> = self.counts().filter_map(error).collect();
        match (self.tally.sent() == self.accepted(), errors.len() == self.tally.results.len()) {
            (true, _) => Exit::Done,
            (false, false) => Exit::No,
            (false, true)
                if errors.iter().all(|failure| matches!(failure, PostFailure::Timeout | PostFailure::SendTimeout)) =>
            {
                Exit::TimedOut
            }
            (false, true)
                if errors.iter().all(|failure| matches!(failure, PostFailure::Descriptors | PostFailure::Setup)) =>
            {
                Exit::Setup
            }
            (false, true) => Exit::Unreachable,
        }
    }

    /// The next thing to do about the failure that came most often.
    pub(super) fn hint(&self) -> Option<&'static str> {
        let failures = self.tally.results.values().filter_map(|tally| Some((tally.latencies.len(), tally.hint?)));
        failures.max_by_key(|(count, _)| *count).map(|(_, hint)| hint)
    }
}

fn quantiles(latencies: &Histogram<u64>) -> [(&'static str, Duration); 6] {
    let at = |quantile| Duration::from_micros(latencies.value_at_quantile(quantile));
    let (min, max) = (Duration::from_micros(latencies.min()), Duration::from_micros(latencies.max()));
    [("min", min), ("p50", at(0.5)), ("p90", at(0.9)), ("p99", at(0.99)), ("p99.9", at(0.999)), ("max", max)]
}

/// Rows of equal width in time, with the number of results in each.
fn histogram(latencies: &Histogram<u64>) -> Vec<(Duration, u64)> {
    let width = latencies.max().div_ceil(ROWS).max(1);
    latencies
        .iter_linear(width)
        .map(|row| (Duration::from_micros(row.value_iterated_to()), row.count_since_last_iteration()))
        .collect()
}

fn draw(writer: &mut TextWriter<'_>, latencies: &Histogram<u64>) {
    writer.push("latency   ");
    let quantiles = quantiles(latencies).map(|(name, value)| format!("{name} {}", units::duration(value)));
    writer.line(&quantiles.join("  "));
    if !writer.is_pretty() {
        return;
    }
    let rows = histogram(latencies);
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    for (upto, count) in rows {
        let bar = usize::try_from((count * BAR).div_ceil(most)).unwrap_or_default();
        writer.push(&format!("  {:>9}  ", units::duration(upto)));
        writer.paint(Role::Accent, &"■".repeat(bar)).push(" ").line(&units::count(count));
    }
}

impl Render for LoadSummary {
    fn render(&self, writer: &mut TextWriter<'_>) {
        let elapsed = units::duration(self.tally.elapsed);
        let (sent, accepted) = (units::count(self.tally.sent()), units::count(self.accepted()));
        writer.line(&format!("sent      {sent} events in {elapsed}, {} a second", self.per_second()));
        let role = if self.tally.sent() == self.accepted() { Role::Success } else { Role::Error };
        writer.push("accepted  ").paint(role, &accepted).newline();
        for (result, count) in self.counts() {
            match result {
                LoadResult::Status(status) => writer.push(&format!("  {status}     ")),
                LoadResult::Error(failure) => {
                    writer.push("  ").paint(Role::Error, &format!("no answer ({failure})")).push("  ")
                }
            };
            writer.line(&units::count(count));
        }
        if self.tally.unknown > 0 {
            writer.push("unknown   ").paint(Role::Warning, &units::count(self.tally.unknown));
            writer.line(" sent, and not answered before the end");
        }
        if let [only] = self.tally.results.values().collect::<Vec<_>>().as_slice() {
            return draw(writer, &only.latencies);
        }
        if self.tally.results.is_empty() {
            return;
        }
        draw(writer, &self.tally.latencies());
        for (result, tally) in &self.tally.results {
            match result {
                LoadResult::Status(status) => writer.line(&format!("of {status}")),
                LoadResult::Error(failure) => writer.line(&format!("of no answer ({failure})")),
            };
            draw(writer, &tally.latencies);
        }
    }
}

impl Serialize for LoadSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut statuses, mut errors) = (BTreeMap::new(), BTreeMap::new());
        for (result, count) in self.counts() {
            match result {
                LoadResult::Status(status) => _ = statuses.insert(status, count),
                LoadResult::Error(failure) => _ = errors.insert(failure.as_str(), count),
            }
        }
        let all = Latencies(&self.tally.latencies());
        let results: Vec<ResultRecord<'_>> = self.tally.results.iter().map(ResultRecord::of).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry("sent", &self.tally.sent())?;
        map.serialize_entry("accepted", &self.accepted())?;
        map.serialize_entry("unknown", &self.tally.unknown)?;
        map.serialize_entry("statuses", &statuses)?;
        map.serialize_entry("errors", &errors)?;
        map.serialize_entry("elapsed_ms", &milliseconds(self.tally.elapsed))?;
        map.serialize_entry("per_second", &self.per_second())?;
        map.serialize_entry("latency_ms", &all.quantiles())?;
        map.serialize_entry("histogram_ms", &all.histogram())?;
        map.serialize_entry("results", &results)?;
        map.end()
    }
}

/// Latencies in milliseconds, for records.
struct Latencies<'a>(&'a Histogram<u64>);

impl Latencies<'_> {
    fn quantiles(&self) -> BTreeMap<&'static str, f64> {
        quantiles(self.0).into_iter().map(|(name, value)| (name, milliseconds(value))).collect()
    }

    fn histogram(&self) -> Vec<(f64, u64)> {
        histogram(self.0).into_iter().map(|(upto, count)| (milliseconds(upto), count)).collect()
    }
}

/// One kind of result, for records.
#[derive(Serialize)]
struct ResultRecord<'a> {
    status: Option<u16>,
    error: Option<&'a str>,
    count: u64,
    latency_ms: BTreeMap<&'static str, f64>,
    histogram_ms: Vec<(f64, u64)>,
}

impl<'a> ResultRecord<'a> {
    fn of((result, tally): (&'a LoadResult, &ResultTally)) -> Self {
        let latencies = Latencies(&tally.latencies);
        let (status, error) = match result {
            LoadResult::Status(status) => (Some(*status), None),
            LoadResult::Error(failure) => (None, Some(failure.as_str())),
        };
        let count = tally.latencies.len();
        Self { status, error, count, latency_ms: latencies.quantiles(), histogram_ms: latencies.histogram() }
    }
}

impl Record for LoadSummary {
    const NAME: &'static str = "summary";
}
