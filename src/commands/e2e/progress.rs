//! Progress of a run: a line for each job that changes on a terminal, a line for each step elsewhere, and
//! in the JSON format a record of everything.

use std::collections::HashMap;
use std::time::Duration;

use crate::commands::e2e::render::JobText;
use crate::engine::e2e::{
    Delivered, Direction, E2eEvent, JobEvent, JobReport, JobRequest, JudgementRecord, StatusChange, Transfer,
};
use crate::engine::receive::received::ReceivedDelivery;
use crate::model::Verdict;
use crate::output::sanitise::{Breaks, append_text};
use crate::output::{Format, OutputError, Printer, Progress, Streams, units};

/// Shows what happens.
pub(crate) struct E2eScreen {
    streams: Streams,
    printer: Printer,
    jobs: Vec<JobLine>,
    transfers: HashMap<(usize, String), Progress>,
    /// Error that ended the output, if any; the run goes on all the same.
    ended: Option<OutputError>,
}

/// State of a job.
struct JobLine {
    name: String,
    status: String,
    webhooks: Vec<WebhookCount>,
    progress: Option<Progress>,
}

/// Deliveries of one event with one verdict.
struct WebhookCount {
    event: String,
    verdict: &'static str,
    count: u32,
}

impl JobLine {
    fn text(&self) -> String {
        let webhook = |WebhookCount { event, verdict, count }: &WebhookCount| {
            let times = if *count > 1 { format!(" x{count}") } else { String::new() };
            let doubt = if *verdict == Verdict::Verified.as_str() { String::new() } else { format!(" {verdict}") };
            format!("{event}{doubt}{times}")
        };
        let webhooks = self.webhooks.iter().map(webhook).collect::<Vec<_>>().join(", ");
        let webhooks = if webhooks.is_empty() { "none yet".to_owned() } else { webhooks };
        format!("{}  {}  webhooks: {webhooks}", self.name, self.status)
    }
}

impl E2eScreen {
    pub(crate) fn new(requests: &[JobRequest], streams: &Streams) -> Self {
        let line = |request: &JobRequest| {
            let (name, status) = (format!("{:5}", request.kind.as_str()), "preparing".to_owned());
            let mut line = JobLine { name, status, webhooks: Vec::new(), progress: None };
            line.progress = Some(Progress::spinner(streams, &line.text()));
            line
        };
        Self {
            jobs: requests.iter().map(line).collect(),
            streams: streams.clone(),
            printer: Printer::new(streams),
            transfers: HashMap::new(),
            ended: None,
        }
    }

    /// Shows one event.
    pub(crate) fn show(&mut self, event: &E2eEvent) {
        let (job, event) = match event {
            E2eEvent::Job { job, event } => (*job, event),
            E2eEvent::Nameless(received) => return self.nameless(received),
            E2eEvent::Warning(text) => return self.streams.warn(text),
        };
        match event {
            JobEvent::StatusChanged(step) => self.stepped(job, step),
            JobEvent::Delivered(delivered) => self.delivered(job, delivered),
            JobEvent::PassedOn(passed) => self.record(|printer| printer.print(&*passed.forwarded)),
            JobEvent::Transferred(transfer) => self.transferred(job, transfer),
            // The terminal shows all answers together, at the end.
            JobEvent::Settled(_) => {}
            JobEvent::Ended(report) => self.finished(job, report),
        }
    }

    /// Streams for remarks.
    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Whether everything could be printed.
    pub(crate) fn printed(self) -> Result<(), OutputError> {
        self.ended.map_or(Ok(()), Err)
    }

    /// Writes a result, as long as results can be written.
    fn print(&mut self, print: impl FnOnce(&Printer) -> Result<(), OutputError>) {
        if self.ended.is_none() {
            self.ended = print(&self.printer).err();
        }
    }

    /// Writes what only programs want to know of as it happens.
    pub(crate) fn record(&mut self, print: impl FnOnce(&Printer) -> Result<(), OutputError>) {
        if self.streams.format == Format::Json {
            self.print(print);
        }
    }

    fn stepped(&mut self, job: usize, step: &StatusChange) {
        self.update(job, |line| step.to.as_str().clone_into(&mut line.status));
        let id = if step.from.is_none() { format!("  as {}", step.job_id) } else { String::new() };
        self.note(job, step.after, &format!("{}{id}", step.to.as_str()));
        self.record(|printer| printer.print(step));
    }

    fn delivered(&mut self, job: usize, Delivered { after, received }: &Delivered) {
        let event = received.peek.event_type.clone().unwrap_or_default();
        let verdict = received.verdict.as_str();
        let mut is_first = false;
        self.update(job, |line| {
            is_first = line.webhooks.iter().all(|seen| seen.verdict != verdict);
            match line.webhooks.iter_mut().find(|seen| seen.event == event && seen.verdict == verdict) {
                Some(seen) => seen.count += 1,
                None => line.webhooks.push(WebhookCount { event: event.clone(), verdict, count: 1 }),
            }
        });
        let text = format!("{event}  {}  -> {}", received.verdict.as_str(), received.answered.as_u16());
        self.note(job, *after, &text);
        if let (Verdict::Invalid(reason), true) = (&received.verdict, is_first) {
            self.streams.warn(&format!("{} is not authentic ({reason}); waiting for one that is", one_line(&event)));
        }
        self.record(|printer| printer.print(&**received));
    }

    fn nameless(&mut self, received: &ReceivedDelivery) {
        let problem = received.peek.problem.as_ref().map(ToString::to_string).unwrap_or_default();
        self.streams.warn(&format!("a delivery came that names no job: {}", one_line(&problem)));
        self.record(|printer| printer.print(received));
    }

    fn finished(&mut self, job: usize, report: &JobReport) {
        self.transfers.retain(|(of, _), _| *of != job);
        if let Some(line) = self.jobs.get_mut(job) {
            line.progress = None;
        }
        if self.streams.format != Format::Json {
            let is_told = !self.streams.draws_progress();
            return self.print(|printer| printer.draw(&JobText { report, is_told }));
        }
        for judgement in &report.judgements {
            self.print(|printer| printer.print(&JudgementRecord { report, judgement }));
        }
    }

    fn transferred(&mut self, job: usize, transfer: &Transfer) {
        let Transfer { direction, name, moved, total } = transfer;
        let verb = match direction {
            Direction::Up => "uploading",
            Direction::Down => "downloading",
        };
        let streams = &self.streams;
        let bar = self.transfers.entry((job, name.clone()));
        let bar = bar.or_insert_with(|| Progress::bytes(streams, *total, &format!("{verb} {name}")));
        bar.reach(*moved);
        if total.is_some_and(|total| *moved >= total) {
            self.transfers.remove(&(job, name.clone()));
        }
    }

    fn update(&mut self, job: usize, change: impl FnOnce(&mut JobLine)) {
        let Some(line) = self.jobs.get_mut(job) else { return };
        change(line);
        if let Some(progress) = &line.progress {
            progress.message(&line.text());
        }
    }

    /// Prints a step as a line, where no line changes.
    fn note(&self, job: usize, after: Duration, text: &str) {
        if let Some(line) = self.jobs.get(job).filter(|_| !self.streams.draws_progress()) {
            self.streams.note(&format!("{:>8}  {}  {}", units::duration(after), line.name, one_line(text)));
        }
    }
}

/// Received text with a line break in it must not pass for a remark of ours.
fn one_line(text: &str) -> String {
    let mut safe = String::new();
    append_text(&mut safe, text, Breaks::Escape);
    safe
}
