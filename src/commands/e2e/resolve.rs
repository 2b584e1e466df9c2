//! Decisions before a run: target, port, secret, and the credits that it may cost.

use std::path::Path;

use crate::commands::e2e::args::E2eArgs;
use crate::commands::e2e::request::{missing_file, unpriceable, unpriced};
use crate::commands::e2e::session::ResolvedOptions;
use crate::commands::e2e::target::{E2eTarget, EmbeddedReason};
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::defaults::DEFAULT_PORT;
use crate::commands::shared::late_secret::first_secret;
use crate::commands::shared::stdin_lines::is_terminal;
use crate::engine::e2e::JobRequest;
use crate::error::Error;
use crate::model::signing::verdict::Trust;
use crate::model::text::io_message::reason;
use crate::net::out::target::Target;
use crate::store::settings::Source;

/// The most that a run may cost, unless more is said. All three kinds together cost 30.
const MAX_CREDITS: u64 = 40;

/// Decides what needs no request, and prints the target first.
pub(super) fn resolve(args: &E2eArgs, context: &Context) -> Result<ResolvedOptions, Error> {
    let requests = args.jobs.requests()?;
    if args.jobs.reads_stdin() && args.webhooks.secret_file.as_deref() == Some(Path::new("-")) {
        return Err(Error::usage("--body and --secret-file cannot both be standard input", "give one of them a file"));
    }
    let target = |url: &Option<String>| url.as_deref().map(str::parse::<Target>).transpose();
    let (forward, public) = (target(&args.webhooks.forward)?, target(&args.webhooks.way.public_url)?);
    let target = E2eTarget::choose(args.place.choice(), context)?;
    // A tunnel forwards to a fixed port; the embedded sandbox without one is content with any.
    let usual = if target.is_embedded() && !args.webhooks.way.is_public() { 0 } else { DEFAULT_PORT };
    let port = args.webhooks.port.unwrap_or(usual);
    if let Some(handler) = forward.as_ref().filter(|handler| handler.is_loopback() && handler.port == port) {
        let message = format!("--forward {handler} points back to the receiver itself, on port {port}");
        return Err(Error::usage(message, "run the handler on another port, or receive on another one with --port"));
    }
    let max_credits = args.place.max_credits.or((!target.is_embedded()).then_some(MAX_CREDITS));
    let estimate = requests.iter().map(|request| request.estimate).sum();
    announce(&target, estimate, max_credits, context);
    refuse_costs(args, &target, &requests, (estimate, max_credits))?;
    let (secret, awaits_secret) = secret(args, &target, forward.is_some(), context)?;
    if !args.webhooks.no_verify && !awaits_secret {
        context.streams.note(&format!("secret       {}", secret.described()));
        if forward.is_some() && secret.trust == Trust::Development {
            context.streams.note("             the handler needs it, too: `mh-hook secret show` prints it");
        }
    }
    if let Some((tool, field)) = stand_in(&requests).filter(|_| !target.is_costly()) {
        context
            .streams
            .note(&format!("stand-in     {tool} gets an example in {field}; --upload {field}=FILE gives it another"));
    }
    let grace = args.webhooks.grace.unwrap_or(target.grace());
    let download = args.results.download.clone();
    Ok(ResolvedOptions {
        target,
        requests,
        estimate,
        max_credits,
        port,
        forward,
        public,
        secret,
        awaits_secret,
        grace,
        download,
    })
}

/// Refuses jobs that would cost more than is allowed, or whose cost cannot be limited.
fn refuse_costs(
    args: &E2eArgs,
    target: &E2eTarget,
    requests: &[JobRequest],
    (estimate, max_credits): (u64, Option<u64>),
) -> Result<(), Error> {
    if target.is_costly() {
        if !args.jobs.has_body() {
            refuse_missing_files(requests)?;
        }
        refuse_unpriceable(requests)?;
    }
    if max_credits.is_some() && !args.place.unknown_cost_ok {
        refuse_unpriced(requests)?;
    }
    if let Some(most) = max_credits.filter(|most| estimate > *most) {
        let limit = if args.place.max_credits.is_some() { "--max-credits" } else { "the usual limit of" };
        let message = format!("this would cost about {estimate} credits, more than {limit} {most}");
        let hint = format!(
            "--max-credits {estimate} allows it; a cheap model in the body, or another --tool, costs less (`--tool list`)"
        );
        return Err(Error::usage(message, hint));
    }
    Ok(())
}

/// The secret, and whether it is only a stand-in for one that comes once the URL of a tunnel was registered.
fn secret(
    args: &E2eArgs,
    target: &E2eTarget,
    has_handler: bool,
    context: &Context,
) -> Result<(FoundSecret, bool), Error> {
    let webhooks = &args.webhooks;
    let file = webhooks.secret_file.as_deref();
    let is_new_url = webhooks.way.tunnel.is_some() && !target.is_embedded() && !webhooks.no_verify;
    if is_new_url && (is_terminal() || webhooks.registered || file.is_some()) {
        let secret = first_secret(file, true, context)?;
        let awaits_secret = secret.trust == Trust::Development;
        return Ok((secret, awaits_secret));
    }
    Ok((target.secret(file, has_handler, !webhooks.no_verify, context)?, false))
}

/// The first field of a request that names a file which nobody has.
fn stand_in(requests: &[JobRequest]) -> Option<(&'static str, String)> {
    requests.iter().find_map(|request| Some((request.tool.name(), missing_file(request)?)))
}

/// Magic Hour would look in vain for the files of the smallest bodies.
fn refuse_missing_files(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, field)) = stand_in(requests) else { return Ok(()) };
    let message = format!("{tool} needs a file in {field}");
    Err(Error::usage(message, format!("--upload {field}=FILE uploads one; --body gives the whole body")))
}

/// A limit cannot hold for a price that is not published.
fn refuse_unpriced(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, choice)) = requests.iter().find_map(|request| Some((request.tool.name(), unpriced(request)?)))
    else {
        return Ok(());
    };
    let message = format!("the price of {tool} with {choice} is not published, so --max-credits cannot limit it");
    Err(Error::usage(message, "choose another --model, or accept the unknown cost with --unknown-cost-ok"))
}

/// A limit is none for what cannot be reckoned.
fn refuse_unpriceable(requests: &[JobRequest]) -> Result<(), Error> {
    let Some((tool, why)) = requests.iter().find_map(|request| Some((request.tool.name(), unpriceable(request)?)))
    else {
        return Ok(());
    };
    let message = format!("what {tool} would cost is not known: {why} is not there, or not of its type");
    Err(Error::usage(message, "correct the body"))
}

/// Makes the directory for outputs, and sees that something can be written there, before anything is spent.
pub(super) fn prepare(directory: &Path) -> Result<(), Error> {
    let made = std::fs::create_dir_all(directory).and_then(|()| tempfile::tempfile_in(directory).map(drop));
    made.map_err(|error| {
        let message = format!("cannot write to {}: {}", directory.display(), reason(&error));
        Error::usage(message, "--download takes a directory")
    })
}

/// The first line: which target it is, whose key, and what it may cost.
fn announce(target: &E2eTarget, estimate: u64, max_credits: Option<u64>, context: &Context) {
    let streams = &context.streams;
    let E2eTarget::Embedded(why) = target else {
        let (place, most) = (target.place(), max_credits.unwrap_or_default());
        let (key, origin) = target.key().unwrap_or_default();
        streams.note(&format!("e2e {place}: about {estimate} credits (at most {most}) of {key}"));
        return streams.note(&format!("key          from {origin}"));
    };
    streams.note(&format!("e2e in the embedded sandbox: offline, {why}, no credits (about {estimate} live)"));
    if *why != EmbeddedReason::Asked && context.settings.official_cli_key().ok().flatten().is_some() {
        streams.note("             the key that the official CLI saved is used only with --live");
    }
    if *why != EmbeddedReason::Asked
        && context.settings.api_base_url().is_ok_and(|url| url.origin.source() != Source::Default)
    {
        streams.warn("MAGIC_HOUR_API_BASE_URL is not used without MAGIC_HOUR_API_KEY; a sandbox takes any key");
    }
}
