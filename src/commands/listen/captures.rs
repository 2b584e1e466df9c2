//! `listen --from`: deliveries that somebody else received, from capture services and from records.

use std::fs::File;
use std::io::{self, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use tokio::sync::mpsc;

use crate::commands::shared::context::Context;
use crate::commands::shared::time_arg::{Moment, moment};
use crate::engine::capture::captured::CapturedRequest;
use crate::engine::capture::collector::{CaptureEvent, CaptureSince, CaptureSink, Collector};
use crate::engine::capture::fetch::{CaptureClient, CaptureError, CaptureHosts};
use crate::engine::capture::lines::{LineFeed, LinesRead};
use crate::engine::capture::source::CaptureSource;
use crate::engine::event_channel::event_channel;
use crate::engine::receive::intake::Intake;
use crate::error::Error;
use crate::model::text::io_message::reason;
use crate::net::out::api_client::ApiClient;
use crate::net::out::tls::TlsOptions;
use crate::net::shutdown::Shutdown;
use crate::output::{Streams, units};
use crate::store::captures::CaptureMemory;
use crate::store::settings::SetBy;

/// Deliveries that were received elsewhere.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Deliveries received elsewhere")]
pub(super) struct CaptureArgs {
    /// Instead of listening, take deliveries from a page of webhook.site, Svix Play or a webhook-tester, from a file of
    /// records, or from standard input (-); new makes a URL of webhook.site
    #[arg(long, add = SetBy::CommandLine, value_name = "URL", conflicts_with_all = ["tunnel", "public_url", "bind"])]
    pub(super) from: Vec<CaptureSource>,
    /// Start of a capture: now, all, or a time such as 1h
    #[arg(long, add = SetBy::CommandLine, value_name = "TIME", default_value = "now", value_parser = since, requires = "from")]
    since: CaptureStart,
}

#[derive(Clone, Copy, Debug)]
enum CaptureStart {
    Now,
    All,
    Moment(Moment),
}

fn since(text: &str) -> Result<CaptureStart, String> {
    match text {
        "now" => Ok(CaptureStart::Now),
        "all" => Ok(CaptureStart::All),
        time => moment(time).map(CaptureStart::Moment),
    }
}

/// Sources that are ready to be read.
pub(super) struct Captures {
    pub(super) sources: Vec<CaptureSource>,
    since: CaptureSince,
    client: Arc<CaptureClient>,
    memory: Option<CaptureMemory>,
    streams: Streams,
}

impl CaptureArgs {
    /// Prepares the sources; a URL that is yet to be made is made here.
    pub(super) async fn prepare(&self, tls: TlsOptions, context: &Context) -> Result<Captures, Error> {
        let key = context.settings.webhook_site_key().map(|key| key.value.clone());
        let client = CaptureClient { api: ApiClient::new(tls), hosts: CaptureHosts::default(), key };
        let mut sources = Vec::new();
        for source in &self.from {
            sources.push(match source {
                CaptureSource::NewWebhookSite => {
                    let made = client.create().await.map_err(|error| refused(source, &error))?;
                    context.streams.note(&format!("capture URL  {made}"));
                    context.streams.note("register     https://magichour.ai/developer?tab=webhooks -> Create Webhook");
                    made
                }
                other => other.clone(),
            });
        }
        let since = match self.since {
            CaptureStart::Now => CaptureSince::Now,
            CaptureStart::All => CaptureSince::All,
            CaptureStart::Moment(moment) => CaptureSince::Time(moment.resolve(context.clock.now())),
        };
        let memory = context.directories.create_data().ok().map(CaptureMemory::at);
        Ok(Captures { sources, since, client: Arc::new(client), memory, streams: context.streams.clone() })
    }
}

/// A source that gives nothing and is not asked again.
fn refused(source: &CaptureSource, error: &CaptureError) -> Error {
    let message = format!("cannot read {source}: {error}");
    Error::Missing { message, hint: error.hint().to_owned() }
}

impl Captures {
    /// The names of all sources.
    pub(super) fn names(&self) -> String {
        self.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Says what such sources cannot do.
    fn announce(&self) {
        if self.sources.iter().any(CaptureSource::is_service) {
            self.streams.note("             the service has answered Magic Hour already, so there are no retries,");
            self.streams.note("             and your handler's answer reaches nobody; who has the URL reads it all");
        }
    }

    /// Reads all sources at once, in tasks that `stop` tracks, until it is requested or all have ended.
    ///
    /// # Errors
    ///
    /// When a source cannot be read.
    pub(super) async fn read(self, intake: Intake, stop: &Shutdown) -> Result<(), Error> {
        self.announce();
        let reader = Arc::new(SourceReader { captures: self, intake, is_told: AtomicBool::new(false) });
        let (sender, mut ended) = mpsc::channel(1);
        for source in reader.captures.sources.clone() {
            let (reader, sender, stopped) = (Arc::clone(&reader), sender.clone(), stop.clone());
            stop.spawn(async move {
                let read = tokio::select! {
                    read = reader.read(&source) => read,
                    () = stopped.requested() => Ok(()),
                };
                let _ = sender.send(read).await;
            });
        }
        drop(sender);
        while let Some(read) = ended.recv().await {
            read?;
        }
        Ok(())
    }
}

/// Reads sources into the receiver.
struct SourceReader {
    captures: Captures,
    intake: Intake,
    /// Whether the hint about old requests was given.
    is_told: AtomicBool,
}

impl SourceReader {
    async fn read(&self, source: &CaptureSource) -> Result<(), Error> {
        match source {
            CaptureSource::Stdin => self.read_records(source, LineFeed::start(|| Ok(io::stdin().lock()))).await,
            CaptureSource::File(path) => {
                let path = path.clone();
                self.read_records(source, LineFeed::start(move || File::open(path).map(BufReader::new))).await
            }
            service => self.read_service(service).await,
        }
    }

    async fn read_records(&self, source: &CaptureSource, mut feed: LineFeed) -> Result<(), Error> {
        while let Some(delivery) = feed.deliveries.recv().await {
            self.take(delivery).await;
        }
        let Ok(sum) = feed.sum.await else { return Ok(()) };
        let sum = sum.map_err(|error| {
            let message = format!("cannot read {source}: {}", reason(&error));
            Error::usage(message, "--from takes a URL, a file of records, or - for standard input")
        })?;
        self.captures.report(source, sum)
    }

    async fn read_service(&self, source: &CaptureSource) -> Result<(), Error> {
        let (events, mut troubles) = event_channel();
        let collector = Collector {
            source: source.clone(),
            client: Arc::clone(&self.captures.client),
            since: self.captures.since,
            memory: self.captures.memory.clone(),
            events,
        };
        let describing = async {
            while let Some(event) = troubles.next().await {
                describe(&event, &self.captures.streams);
            }
        };
        let collecting = collector.collect(self);
        let (collected, ()) = tokio::join!(collecting, describing);
        collected.map_err(|error| refused(source, &error))
    }
}

impl CaptureSink for SourceReader {
    async fn take(&self, captured: CapturedRequest) {
        if self.intake.take(captured).await.is_stale && !self.is_told.swap(true, Ordering::Relaxed) {
            self.captures.streams.hint(
                "what is older than 5 minutes is kept and not forwarded; `mh-hook replay ID` signs it anew and sends it",
            );
        }
    }
}

impl Captures {
    /// Says what was read.
    ///
    /// # Errors
    ///
    /// When none of its lines is a record.
    fn report(&self, source: &CaptureSource, sum: LinesRead) -> Result<(), Error> {
        if sum.broken > 0 && !sum.is_any_record {
            let lines = units::counted(sum.broken, "line");
            return Err(Error::usage(
                format!("none of the {lines} of {source} could be read as a record"),
                "--from takes what `mh-hook history export` and `mh-hook listen --format json` write",
            ));
        }

        if sum.is_redacted {
            let text = format!("{source} was exported without --reveal: signatures of what was changed do not match");
            self.streams.warn(&text);
        }
        if sum.broken > 0 {
            let lines = units::counted(sum.broken, "line");
            self.streams.warn(&format!("{lines} of {source} could not be read as records"));
        }
        self.streams.note(&format!("{} read from {source}", units::counted(sum.deliveries, "delivery")));
        Ok(())
    }
}

fn describe(event: &CaptureEvent, streams: &Streams) {
    match event {
        CaptureEvent::Trouble { source, error, wait } => {
            streams.warn(&format!("cannot read {source}: {error}; trying again in {}", units::duration(*wait)));
            streams.hint(error.hint());
        }
        CaptureEvent::Skipped { source } => {
            streams.warn(&format!("{source} has more new requests than are read at once; the oldest were left out"));
        }
    }
}
