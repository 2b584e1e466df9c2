//! A run of `mh-hook e2e` in the JSON format, and what it said.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::e2e::relay::Relay;
use crate::support::{Listening, PATIENCE, Program};

/// How a trial ended.
pub(crate) struct Trial {
    pub(crate) code: i32,
    pub(crate) records: Vec<Value>,
    /// What went to stderr, objects in lines.
    pub(crate) err: String,
}

/// A trial that runs.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    records: Vec<Value>,
    said: Receiver<String>,
    err: String,
}

/// An API in another process, with a way from its webhooks to a trial.
pub(crate) struct Api {
    pub(crate) sandbox: Listening,
    pub(crate) relay: Relay,
}

impl Api {
    /// A sandbox that delivers to the relay.
    #[track_caller]
    pub(crate) fn start(program: &Program, arguments: &[&str]) -> Self {
        let relay = Relay::start();
        Self { sandbox: sandbox(program, &[&["--webhook", &relay.url], arguments].concat()), relay }
    }

    /// The program with a key for this API, and where it is.
    pub(crate) fn configured(&self, program: Program) -> Program {
        configured(program, &self.sandbox.url)
    }

    /// A trial against this API, to which the relay leads.
    #[track_caller]
    pub(crate) fn run(&self, program: &Program, arguments: &[&str]) -> Trial {
        let mut running = start(program, &[&["--port", "0"], arguments].concat());
        if let Some(port) = running.port() {
            self.relay.lead_to(port);
        }
        running.ended()
    }
}

pub(crate) const KEY: &str = "mhk_test_0123456789abcdefghijABCDEFGHIJ";

/// The program with a key, and an API at this base URL.
pub(crate) fn configured(program: Program, base_url: &str) -> Program {
    program.variable("MAGIC_HOUR_API_KEY", KEY).variable("MAGIC_HOUR_API_BASE_URL", &format!("{base_url}/v1/"))
}

#[track_caller]
pub(crate) fn sandbox(program: &Program, arguments: &[&str]) -> Listening {
    let all: Vec<&str> = ["sandbox", "--port", "0", "--format", "json"].iter().chain(arguments).copied().collect();
    Listening::start(program.command(&all), Arc::clone(&program.home))
}

/// Starts a trial, and does not wait for its end.
#[track_caller]
pub(crate) fn start(program: &Program, arguments: &[&str]) -> Running {
    let all: Vec<&str> = ["e2e", "--format", "json"].iter().chain(arguments).copied().collect();
    Running::of(program.command(&all))
}

/// Runs a trial to its end.
#[track_caller]
pub(crate) fn run(program: &Program, arguments: &[&str]) -> Trial {
    start(program, arguments).ended()
}

impl Running {
    /// Starts what this command says.
    #[track_caller]
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line + "\n")));
        Self { child, lines, records: Vec::new(), said, err: String::new() }
    }

    /// The next record; nothing at the end.
    #[track_caller]
    pub(crate) fn record(&mut self) -> Option<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let record: Value = serde_json::from_str(&line).unwrap();
        self.records.push(record.clone());
        Some(record)
    }

    /// Waits for the plan, which says where deliveries are received; nothing if there was none.
    #[track_caller]
    pub(crate) fn port(&mut self) -> Option<u16> {
        let plan = self.record()?;
        let receiver = plan["receiver"].as_str()?;
        receiver.trim_end_matches("/webhook").rsplit(':').next()?.parse().ok()
    }

    /// Waits until a job has come to this status.
    #[track_caller]
    pub(crate) fn until(&mut self, status: &str) -> Value {
        loop {
            let record = self.record().expect("the trial has ended");
            if record["record"] == "job" && record["to"] == status {
                return record;
            }
        }
    }

    /// Waits until this was said on stderr.
    #[track_caller]
    pub(crate) fn until_said(&mut self, text: &str) {
        while !self.err.contains(text) {
            self.err += &self.said.recv_timeout(PATIENCE).unwrap();
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    #[track_caller]
    pub(crate) fn ended(mut self) -> Trial {
        while self.record().is_some() {}
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.err.extend(self.said.iter());
        Trial { code, records: self.records, err: self.err }
    }
}

impl Trial {
    /// The records of one name.
    pub(crate) fn of(&self, name: &str) -> Vec<&Value> {
        self.records.iter().filter(|record| record["record"] == name).collect()
    }

    /// The verdict.
    #[track_caller]
    pub(crate) fn summary(&self) -> &Value {
        let summaries = self.of("summary");
        assert_eq!(summaries.len(), 1, "{}", self.err);
        summaries[0]
    }

    /// How the only job ended.
    #[track_caller]
    pub(crate) fn ending(&self) -> &str {
        self.summary()["jobs"][0]["ending"].as_str().unwrap()
    }

    /// The outcome of a judgement, and what was found.
    #[track_caller]
    pub(crate) fn judgement(&self, question: &str) -> (&str, &str) {
        let found = self.of("judgement").into_iter().find(|record| record["question"] == question);
        let found = found.unwrap_or_else(|| panic!("{question} was not judged: {}", self.err));
        (found["outcome"].as_str().unwrap(), found["found"].as_str().unwrap())
    }

    /// The outcomes of all checks, in the order of the report.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        self.of("judgement").into_iter().map(|record| record["outcome"].as_str().unwrap().to_owned()).collect()
    }

    /// The questions with this outcome.
    pub(crate) fn with(&self, outcome: &str) -> Vec<&str> {
        let judged = self.of("judgement").into_iter().filter(|record| record["outcome"] == outcome);
        judged.map(|record| record["question"].as_str().unwrap()).collect()
    }
}
