//! `mh-hook verify`: judges one captured delivery offline, and says what was compared.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Serialize;

use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::filter_args::find;
use crate::commands::shared::journal_args::JournalFile;
use crate::commands::shared::selection::{Selector, selected};
use crate::commands::shared::stdin;
use crate::commands::shared::time_arg::{Moment, moment};
use crate::commands::shared::value_parsers;
use crate::commands::shared::verdict_text::verdict_of;
use crate::error::{Error, Exit};
use crate::model::signing::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::model::signing::verdict::VerdictKind;
use crate::model::signing::verdict_report::{JudgedDelivery, VerdictReport};
use crate::output::{OutputError, Printer, Record, Render, Role, TextWriter, units};
use crate::store::journal::{Filter, Reader, VerifiedDelivery};
use crate::store::settings::SetBy;

/// The names of what is shown.
const LABEL_WIDTH: usize = 10;

/// Verify one captured delivery offline, and explain a failure
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook verify last              explain the verdict on the newest delivery of the journal
  mh-hook verify 4 --format json   as a record")]
pub struct VerifyArgs {
    /// Numbers of deliveries in the journal, ranges such as 3-7, or last, last~1; judged as of their arrival unless --at is given
    #[arg(value_name = "ID")]
    ids: Vec<Selector>,
    /// File with the raw body, byte for byte (- for standard input)
    #[arg(long, add = SetBy::CommandLine, value_name = "FILE", conflicts_with = "ids")]
    body: Option<PathBuf>,
    /// Value of the header magic-hour-event-signature
    #[arg(long, add = SetBy::CommandLine, value_name = "TEXT", value_parser = header_value, requires = "body", allow_hyphen_values = true)]
    signature: Option<HeaderValue>,
    /// Value of the header magic-hour-event-timestamp
    #[arg(long, add = SetBy::CommandLine, value_name = "TEXT", value_parser = header_value, requires = "body", allow_hyphen_values = true)]
    timestamp: Option<HeaderValue>,
    /// Time of the verdict: 1h (ago), 2026-07-26T15:04:05Z, or Unix seconds; for --body the default is now
    #[arg(long, add = SetBy::CommandLine, value_name = "TIME", value_parser = moment)]
    at: Option<Moment>,
    /// Largest difference between a timestamp and that time, in both directions
    #[arg(long, add = SetBy::User, value_name = "DURATION", default_value = "5m", value_parser = value_parsers::duration)]
    tolerance: Duration,
    /// Read the secret from this file (- for standard input)
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    journal: JournalFile,
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| "it has a character that a header cannot carry".to_owned())
}

/// Judges the delivery. Ends well if it is verified, else with a no.
pub fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let secret = context.secret(args.secret_file.as_deref())?;
    if args.ids.is_empty() {
        let report = Captured::of_body(args, context)?.judge(&secret, args.tolerance);
        print(&VerifyReport { delivery: None, report: &report }, context)?;
        return Ok(exit(&report));
    }
    let reader = args.journal.reader(context)?;
    let ids = selected(&args.ids, &reader, &Filter::default())?;
    let mut worst = Exit::Done;
    for id in &ids {
        let report = Captured::of_journal(&reader, *id, args, context)?.judge(&secret, args.tolerance);
        let delivery = (ids.len() > 1).then_some(*id);
        print(&VerifyReport { delivery, report: &report }, context)?;
        worst = worst.worse(exit(&report));
    }
    Ok(worst)
}

/// Prints a verdict. A reader that stopped can still ask for the exit code.
fn print(report: &VerifyReport<'_>, context: &Context) -> Result<(), Error> {
    Ok(Printer::new(&context.streams).print(report).or_else(OutputError::unless_closed)?)
}

fn exit(report: &VerdictReport) -> Exit {
    if report.verdict == VerdictKind::Verified { Exit::Done } else { Exit::No }
}

/// A delivery to judge, and as of when.
struct Captured {
    headers: HeaderMap,
    body: Bytes,
    at: Timestamp,
}

impl Captured {
    fn of_journal(reader: &Reader, id: u64, args: &VerifyArgs, context: &Context) -> Result<Self, Error> {
        let at = args.at.map(|moment| moment.resolve(context.clock.now()));
        let VerifiedDelivery { headers, body, received_at, .. } = find(reader, id)?.delivery;
        Ok(Self { headers, body, at: at.unwrap_or(received_at) })
    }

    fn of_body(args: &VerifyArgs, context: &Context) -> Result<Self, Error> {
        let now = context.clock.now();
        let at = args.at.map(|moment| moment.resolve(now));
        let Some(body) = &args.body else {
            let hint = "`mh-hook verify last` judges the newest delivery of the journal; --body FILE judges captured bytes, \
                        with --signature and --timestamp";
            return Err(Error::usage("neither the ID of a delivery nor --body was given", hint));
        };
        let body = stdin::read(body)?;
        let given = [(SIGNATURE_HEADER, &args.signature), (TIMESTAMP_HEADER, &args.timestamp)];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| value.clone().map(|value| (HeaderName::from_static(name), value)));
        Ok(Self { headers: given.collect(), body, at: at.unwrap_or(now) })
    }

    fn judge(&self, secret: &FoundSecret, tolerance: Duration) -> VerdictReport {
        let delivery = JudgedDelivery { headers: &self.headers, body: &self.body, at: self.at };
        VerdictReport::of(delivery, &secret.verifier().tolerance(tolerance), &secret.origin)
    }
}

/// A verdict with what was compared.
#[derive(Serialize)]
struct VerifyReport<'a> {
    /// Number of the delivery, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<u64>,
    #[serde(flatten)]
    report: &'a VerdictReport,
}

impl Render for VerifyReport<'_> {
    fn render(&self, writer: &mut TextWriter<'_>) {
        if let Some(id) = self.delivery {
            writer.paint(Role::Strong, &format!("delivery {id}")).spaces(2);
        }
        let (verdict, role) = verdict_of(self.report.verdict);
        writer.paint(role, verdict);
        if let Some(explanation) = &self.report.explanation {
            writer.push(": ").untrusted(explanation);
        }
        writer.newline();
        if writer.is_pretty() {
            self.render_comparison(writer);
        }
        if let Some(advice) = self.report.advice {
            field(writer, "to do").line(advice);
        }
        if self.report.development && self.report.signature_matches == Some(false) {
            let missing = "no secret is configured: set MAGIC_HOUR_WEBHOOK_SECRET, or give --secret-file FILE";
            field(writer, "").line(missing);
        }
    }
}

impl VerifyReport<'_> {
    fn render_comparison(&self, writer: &mut TextWriter<'_>) {
        let absent = "(not there exactly once)";
        let bytes = units::count(self.report.body_bytes as u64);
        field(writer, "judged at").line(&self.report.judged_at);
        field(writer, "secret").push(&self.report.secret).push(" (").untrusted(&self.report.secret_origin).line(")");
        if let Some(timestamp) = &self.report.timestamp {
            field(writer, "signed").untrusted(timestamp).line(&format!(" \".\" and the body's {bytes} bytes"));
        } else {
            field(writer, "timestamp").line(absent);
        }
        field(writer, "signature").untrusted(self.report.signature.as_deref().unwrap_or(absent)).newline();
        if let Some(expected) = &self.report.expected_signature {
            field(writer, "expected").push(expected);
            match self.report.signature_matches {
                Some(true) => writer.paint(Role::Success, "  the same"),
                Some(false) => writer.paint(Role::Error, "  differs"),
                None => writer,
            };
            writer.newline();
        }
        if let Some(also) = &self.report.besides {
            field(writer, "besides").untrusted(also).newline();
        }
    }
}

fn field<'c, 'a>(writer: &'c mut TextWriter<'a>, name: &str) -> &'c mut TextWriter<'a> {
    writer.spaces(2).column(LABEL_WIDTH, |cell| cell.paint(Role::Muted, name)).spaces(1)
}

impl Record for VerifyReport<'_> {
    const NAME: &'static str = "verdict";
}
