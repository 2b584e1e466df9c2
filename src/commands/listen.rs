//! `mh-hook listen`: receives events on this machine, says whether each is authentic, and shows it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::commands::context::{Context, FoundSecret, finish, interrupted, runtime};
use crate::commands::defaults::{DEFAULT_PATH, DEFAULT_PORT, default_url};
use crate::commands::values;
use crate::engine::feed::Listener;
use crate::engine::receiver::{ReceiverEvent, ReceiverOptions, receive};
use crate::error::{Error, Exit};
use crate::model::EventPattern;
use crate::model::signature::TOLERANCE;
use crate::model::verdict::Trust;
use crate::net::bind::Bound;
use crate::net::body::BodyLimits;
use crate::net::shutdown::Shutdown;
use crate::output::{Canvas, Format, OutputError, Printer, Record, Render, Streams};

/// How long a request may take to arrive.
const READ_TIME: Duration = Duration::from_secs(10);

/// The most events that are written at once.
const BATCH: usize = 256;

/// Receive events on this machine: verify, show, answer
#[derive(Args, Debug)]
pub struct ListenArgs {
    /// The port; 0 takes any that is free
    #[arg(long, default_value_t = DEFAULT_PORT, value_parser = values::port)]
    port: u16,
    /// Listen on this address instead of on both of localhost
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Take events at this path and below it only; anything else is answered 404
    #[arg(long, value_name = "PATH", value_parser = path)]
    path: Option<String>,
    /// Show only events of these types (globs work); the others are answered all the same
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    events: Vec<String>,
    /// Read the secret from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// How many seconds a timestamp may be from now, either way
    #[arg(long, value_name = "SECONDS", default_value_t = TOLERANCE.as_secs())]
    tolerance: u64,
    /// Answer invalid deliveries as if they were valid
    #[arg(long)]
    accept_invalid: bool,
    /// The largest body to accept
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = values::size)]
    max_body: usize,
}

fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err("a path starts with '/'".to_owned()) }
}

/// Listens until it is interrupted, or until nobody reads its output any more.
///
/// # Errors
///
/// When an argument makes no sense, the secret or the port cannot be had, or output cannot be written.
pub fn run(args: &ListenArgs, context: &Context) -> Result<Exit, Error> {
    let events = args.events.iter().map(|text| text.parse()).collect::<Result<Vec<EventPattern>, _>>()?;
    let secret = context.secret(args.secret_file.as_deref())?;
    let options = ReceiverOptions {
        verifier: secret.verifier().tolerance(Duration::from_secs(args.tolerance)),
        accept_invalid: args.accept_invalid,
        path: args.path.clone(),
        events,
        body: BodyLimits { size: args.max_body, time: READ_TIME },
    };
    runtime()?.block_on(async {
        let bound = Bound::bind(args.bind, args.port).await?;
        announce(args, &bound, &secret, context)?;
        let shutdown = Shutdown::new();
        let feed = receive(bound, options, context.clock.clone(), &shutdown);
        let printed = print_all(feed, &context.streams, shutdown.clone());
        tokio::select! {
            signal = interrupted() => signal?,
            () = shutdown.requested() => {}
        }
        finish(&shutdown).await;
        printed.await.unwrap_or(Ok(()))?;
        Ok(Exit::Done)
    })
}

/// Says where it listens and with which secret, and how to try it.
fn announce(args: &ListenArgs, bound: &Bound, secret: &FoundSecret, context: &Context) -> Result<(), Error> {
    let streams = &context.streams;
    let path = args.path.as_deref().unwrap_or(DEFAULT_PATH);
    let url = format!("http://{}:{}{path}", bound.host(), bound.port);
    if streams.format == Format::Json {
        let ready = Ready { url: url.clone(), pid: std::process::id(), secret: secret.secret.masked() };
        Printer::new(streams).print(&ready)?;
    }
    streams.note(&format!("listening on {url} ({bound})"));
    streams.note(&format!("secret       {}", secret.described()));
    if secret.trust == Trust::Development {
        streams.note("             set MAGIC_HOUR_WEBHOOK_SECRET to verify events of Magic Hour itself");
    }
    let to = if url == default_url() { String::new() } else { format!(" --to {url}") };
    streams.note(&format!("try it       mh-hook send video.completed{to}"));
    streams.note("stop         Ctrl-C");
    if bound.is_exposed() {
        streams.warn("other machines can reach this address");
    }
    if args.accept_invalid {
        streams.warn("--accept-invalid answers forged deliveries with success");
    }
    Ok(())
}

/// Prints events from a thread of its own, so that a slow terminal does not keep the sockets waiting.
///
/// When nobody reads the output any more there is nothing left to do, so the shutdown is requested.
fn print_all(
    mut feed: Listener<ReceiverEvent>,
    streams: &Streams,
    shutdown: Shutdown,
) -> tokio::sync::oneshot::Receiver<Result<(), OutputError>> {
    let streams = streams.clone();
    let (done, printed) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let result = print_until_closed(&mut feed, &streams);
        shutdown.request();
        let _ = done.send(result);
    });
    printed
}

fn print_until_closed(feed: &mut Listener<ReceiverEvent>, streams: &Streams) -> Result<(), OutputError> {
    let mut batch = Printer::new(streams).batch();
    while let Some(first) = feed.blocking_next() {
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                ReceiverEvent::Delivery(received) if received.shown => batch.add(&*received)?,
                ReceiverEvent::Delivery(_) => {}
                ReceiverEvent::Refused(refused) => batch.add(&refused)?,
                ReceiverEvent::AcceptFailed(error) => {
                    streams.warn(&format!("cannot accept a connection: {error}; trying again"));
                }
            }
            next = if batch.len() < BATCH { feed.waiting() } else { None };
        }
        batch.flush()?;
    }
    Ok(())
}

/// Says that events are taken from now on.
#[derive(Serialize)]
struct Ready {
    url: String,
    pid: u32,
    secret: String,
}

impl Render for Ready {
    fn render(&self, canvas: &mut Canvas<'_>) {
        canvas.untrusted(&self.url).newline();
    }
}

impl Record for Ready {
    fn record(&self) -> &'static str {
        "ready"
    }
}
