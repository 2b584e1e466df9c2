//! `mh-hook send`: posts signed test events, right ones or deliberately wrong ones, and shows the answers.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::sleep;

use crate::commands::send::args::SendArgs;
use crate::commands::send::{edit, event_lines, fault_list};
use crate::commands::shared::attempt_text::AttemptReport;
use crate::commands::shared::context::{Context, block_on_with, finish, interrupt, load_runtime, runtime};
use crate::commands::shared::interruption::SentSoFar;
use crate::commands::shared::request_text::RequestText;
use crate::commands::shared::{stdin, value_parsers};
use crate::engine::send::composer::{Composed, Composer, EventTemplate};
use crate::engine::send::sender::{DeliveryBuilder, Sender, SentEvent, Signing};
use crate::error::{Error, Exit};
use crate::model::contract::path::Assignment;
use crate::model::contract::payload::FieldSet;
use crate::model::schedule::wait_after;
use crate::model::signing::fault;
use crate::model::signing::fault::Fault;
use crate::model::{EventPattern, EventType, Signer};
use crate::net::out::post::Remote;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{OutputError, Printer, Progress, units};

/// The largest body that a load copies for writing. A larger one costs more to copy than to write by itself.
const SMALL: usize = 16 << 10;

/// Time until a spinner says that an answer is awaited.
const PATIENCE: Duration = Duration::from_millis(500);

/// Sends the events in order and shows each answer.
pub fn run(args: &SendArgs, context: &Context) -> Result<Exit, Error> {
    if args.fault.iter().any(|name| name == "list") {
        return fault_list::print(context);
    }
    if args.load.is_idle() {
        return Err(Error::usage("--concurrency and --rate say how, not how much", "add --count N or --duration D"));
    }
    args.tls.require_readable()?;
    let target: Target = args.to.parse()?;
    let mut events = composed(args, context)?;
    if args.edit {
        let editor = context.environment.var("VISUAL").or_else(|| context.environment.var("EDITOR"));
        events = events.into_iter().map(|event| edit::edited(event, editor)).collect::<Result<_, _>>()?;
    }
    let builder = DeliveryBuilder { signing: signing(args, context)?, headers: headers(&args.header) };
    if args.dry_run || args.curl {
        return show(args, &target, &builder, &events, context);
    }
    let runtime = if args.load.is_wanted() { load_runtime() } else { runtime() }?;
    block_on_with(&runtime, async {
        let mut interrupt = interrupt()?;
        let shutdown = Shutdown::new();
        let mut remote = Remote::new(target, &args.tls.options(), shutdown.clone())?;
        if args.load.is_wanted() && events.iter().all(|event| event.body.len() <= SMALL) {
            remote = remote.for_small_requests();
        }
        let sender = Sender { remote, builder, timeout: args.timeout, clock: context.clock.clone() };
        let (exit, have_ended) = if args.load.is_wanted() {
            args.load.drive(Arc::new(sender), templates(args, events), context, &mut interrupt).await?
        } else {
            let (so_far, total) = (SentSoFar::default(), events.len());
            let exit = tokio::select! {
                exit = send_all(args, &sender, events, &so_far, context) => exit?,
                () = interrupt.heard() => {
                    so_far.say_interrupted(total, context);
                    Exit::Interrupted
                }
            };
            // With it go the connections that it keeps, for whose tasks we wait below.
            drop(sender);
            (exit, true)
        };
        if have_ended {
            finish(&shutdown, &mut interrupt).await;
        }
        Ok(exit)
    })
}

/// The events to send: composed as asked, or the bytes that were given.
fn composed(args: &SendArgs, context: &Context) -> Result<Vec<Composed>, Error> {
    if let Some(path) = &args.body {
        return Ok(vec![Composed { event_type: None, job_id: None, body: stdin::read(path)? }]);
    }
    if let Some(path) = &args.from {
        return event_lines::read(path);
    }
    if args.events.is_empty() {
        return Err(Error::usage("no event was named", "`mh-hook events` lists them"));
    }
    let composer = Composer {
        fields: if args.documented_only { FieldSet::Documented } else { FieldSet::Wire },
        job_id: args.id.clone(),
        set: assignments(&args.set)?,
        set_new: assignments(&args.set_new)?,
        size: args.size,
        layout: args.layout,
    };
    Ok(composer.compose(&picked(&args.events)?, context.clock.now(), &mut Rng::new())?)
}

/// The events as templates for a load; an id that was asked for stays.
fn templates(args: &SendArgs, events: Vec<Composed>) -> Arc<[EventTemplate]> {
    events.into_iter().map(|event| EventTemplate::of(event, args.id.is_some() || args.from.is_some())).collect()
}

/// The event types that the patterns pick, each once: kinds as they were named, each in the order of a job's life.
fn picked(patterns: &[String]) -> Result<Vec<EventType>, Error> {
    let mut picked: Vec<EventType> = Vec::new();
    for pattern in patterns {
        for event in EventPattern::of_known(pattern)?.known() {
            if !picked.contains(&event) {
                picked.push(event);
            }
        }
    }
    let kinds: Vec<_> = picked.iter().map(|event| event.kind).collect();
    picked.sort_by_key(|event| (kinds.iter().position(|kind| *kind == event.kind), event.phase));
    Ok(picked)
}

fn assignments(texts: &[String]) -> Result<Vec<Assignment>, Error> {
    texts.iter().map(|text| value_parsers::assignment(text)).collect()
}

fn headers(pairs: &[(HeaderName, HeaderValue)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value.clone());
    }
    headers
}

fn signing(args: &SendArgs, context: &Context) -> Result<Signing, Error> {
    if args.unsigned {
        return Ok(Signing::Unsigned);
    }
    let faults = args.fault.iter().map(|name| fault::find(name)).collect::<Result<Vec<&Fault>, _>>()?;
    let found = context.secret(args.secret_file.as_deref())?;
    context.streams.note(&format!("signing with {}", found.described()));
    if faults.is_empty() {
        return Ok(Signing::Right(Signer::new(&found.secret)));
    }
    Ok(Signing::Faulty(found.secret, faults))
}

/// Prints the requests instead of sending them.
fn show(
    args: &SendArgs,
    target: &Target,
    builder: &DeliveryBuilder,
    events: &[Composed],
    context: &Context,
) -> Result<Exit, Error> {
    let printer = Printer::new(&context.streams);
    let tls = args.tls.curl_words();
    for event in events {
        let delivery = builder.build(event.body.clone(), context.clock.now());
        let request = RequestText { target, event, delivery: &delivery, tls: &tls };
        if args.curl {
            context.streams.out.write(format!("{}\n", request.curl()).as_bytes())?;
        } else {
            printer.print(&request)?;
        }
    }
    Ok(Exit::Done)
}

async fn send_all(
    args: &SendArgs,
    sender: &Sender,
    events: Vec<Composed>,
    so_far: &SentSoFar,
    context: &Context,
) -> Result<Exit, Error> {
    let mut exit = Exit::Done;
    for event in events {
        let (ended, hopeless) = deliver(args, sender, event, so_far, context).await?;
        so_far.count();
        exit = exit.worse(ended);
        if hopeless {
            break;
        }
    }
    Ok(exit)
}

/// Sends one event, again and again if so asked. Says how it ended, and whether another would fare no better.
async fn deliver(
    args: &SendArgs,
    sender: &Sender,
    event: Composed,
    so_far: &SentSoFar,
    context: &Context,
) -> Result<(Exit, bool), Error> {
    let printer = Printer::new(&context.streams);
    for number in 1.. {
        so_far.begin();
        let sent = patiently(sender, event.clone(), number, context).await;
        so_far.end();
        let report = AttemptReport {
            sent: &sent,
            expected: args.expect_status,
            faulty: args.unsigned || !args.fault.is_empty(),
        };
        // Nobody reading any more is no reason to send less.
        match printer.print(&report) {
            Ok(()) | Err(OutputError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        let wait = match report.exit() {
            Exit::Done => None,
            _ if args.retrying.retry => wait_after(number, args.retrying.time_scale),
            _ => None,
        };
        let Some(wait) = wait else {
            report.comment(context);
            if args.retrying.retry && report.exit() != Exit::Done {
                context.streams.warn(&format!("given up after {number} attempts"));
            }
            return Ok((report.exit(), report.is_hopeless()));
        };
        context.streams.note(&format!("next attempt in {}", units::duration(wait)));
        sleep(wait).await;
    }
    Ok((Exit::No, false))
}

/// Sends one event; a spinner shows that a slow answer is waited for.
async fn patiently(sender: &Sender, event: Composed, number: u32, context: &Context) -> SentEvent {
    let attempt = sender.attempt(event, number);
    tokio::pin!(attempt);
    tokio::select! {
        attempt = &mut attempt => return attempt,
        () = sleep(PATIENCE) => {}
    }
    let _spinner = Progress::spinner(&context.streams, &format!("waiting for {}", sender.remote.target()));
    attempt.await
}
