//! Sending many events: the options, the progress, and what came back.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::interval;

use crate::commands::send::load_summary::LoadSummary;
use crate::commands::shared::context::Context;
use crate::commands::shared::value_parsers;
use crate::engine::send::composer::EventTemplate;
use crate::engine::send::load::{Load, LoadCounts, LoadProgress, Pace, start};
use crate::engine::send::sender::Sender;
use crate::error::{Error, Exit};
use crate::net::interrupt::Interrupt;
use crate::net::shutdown::Shutdown;
use crate::output::{OutputError, Printer, Progress, units};
use crate::store::settings::SetBy;

/// The events under way at once, unless asked otherwise.
const CONCURRENCY: u16 = 16;

/// The most events under way at once at a rate, unless asked otherwise.
const MOST_AT_A_RATE: usize = 4096;

/// The time between two drawings of the progress.
const TICK: Duration = Duration::from_millis(100);

/// Sending many events.
#[derive(Args, Debug)]
#[command(next_help_heading = "Load")]
pub(crate) struct LoadArgs {
    /// Send this many events, each with its own job id, and sum up
    #[arg(long, add = SetBy::User, value_name = "N", value_parser = value_parsers::whole::<u64>(1, u64::MAX), conflicts_with_all = ["retry", "dry_run", "curl"])]
    count: Option<u64>,
    /// Send for this long
    #[arg(long, add = SetBy::User, value_name = "DURATION", value_parser = value_parsers::some_time, conflicts_with_all = ["retry", "dry_run", "curl"])]
    duration: Option<Duration>,
    /// Events under way at once [default: 16; with --rate 4096]
    #[arg(long, add = SetBy::User, value_name = "C", value_parser = value_parsers::whole::<u16>(1, 4096))]
    concurrency: Option<u16>,
    /// Begin this many events per second (such as 0.5 or 250), however long the answers take
    #[arg(long, add = SetBy::User, value_name = "R", value_parser = value_parsers::positive)]
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
        let pace = if let Some(rate) = self.rate {
            Pace::Steady { rate, most: self.concurrency.map_or(MOST_AT_A_RATE, usize::from) }
        } else {
            let most = self.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
            Pace::AsAnswered(usize::from(self.concurrency.unwrap_or(CONCURRENCY)).min(most))
        };
        Load { count: self.count, duration: self.duration, pace }
    }

    /// Sends until everything was sent, or until it is interrupted, and sums up. Says as well whether all attempts have
    /// ended: a second interruption gives them up.
    pub(crate) async fn drive(
        &self,
        sender: Arc<Sender>,
        templates: Arc<[EventTemplate]>,
        context: &Context,
        interrupt: &mut Interrupt,
    ) -> Result<(Exit, bool), Error> {
        let workers = Shutdown::new();
        let url = sender.remote.target().to_string();
        let progress = start(&sender, &templates, self.load(), &workers);
        drop((sender, templates));
        let interrupted = tokio::select! {
            () = workers.finished() => false,
            () = self.show(&progress, context) => false,
            () = interrupt.heard() => true,
        };
        workers.request();
        let mut have_ended = true;
        if interrupted {
            let waiting = units::counted(progress.counts().under_way, "answer");
            context.streams.note(&format!("stopping: waiting for {waiting}; Ctrl-C again to quit now"));
            tokio::select! {
                () = workers.finished() => {}
                () = interrupt.heard() => have_ended = false,
            }
        }
        let summary = LoadSummary { url, tally: progress.take() };
        Printer::new(&context.streams).print(&summary).or_else(OutputError::unless_closed)?;
        if let Some(hint) = summary.hint() {
            context.streams.hint(hint);
        }
        Ok((if interrupted { Exit::Interrupted } else { summary.exit() }, have_ended))
    }

    /// Draws the progress for as long as it is polled.
    async fn show(&self, progress: &LoadProgress, context: &Context) {
        let bar = match self.count {
            Some(count) => Progress::count(&context.streams, count, "sending"),
            None => Progress::spinner(&context.streams, "sending"),
        };
        let mut ticks = interval(TICK);
        let mut before = 0;
        loop {
            ticks.tick().await;
            let LoadCounts { ended, failed, under_way } = progress.counts();
            bar.advance(ended - before);
            before = ended;
            let total =
                if self.count.is_some() { String::new() } else { format!("  {} answered", units::count(ended)) };
            let failed = if failed == 0 { String::new() } else { format!("  {} failed", units::count(failed)) };
            bar.message(&format!("sending{total}  {} under way{failed}", units::count(under_way)));
        }
    }
}
