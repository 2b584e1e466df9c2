//! A running agent: started through the guardian, its output read for its whole life.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::engine::tunnel::guardian::GRACE;
use crate::engine::tunnel::launch::AgentCommand;
use crate::engine::tunnel::mask::without_tokens;
use crate::engine::tunnel::output::AgentSignal;
use crate::engine::tunnel::provider::Provider;
use crate::net::shutdown::Shutdown;
use crate::store::Environment;

/// The most of one line that is read; the rest of a longer one is skipped.
const LONGEST_LINE: usize = 16 << 10;

/// The last lines that are kept for an error report.
const KEPT_LINES: usize = 50;

/// Time for the last output after the guardian has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The hidden subcommand of this program that is the guardian.
pub const GUARDIAN: &str = "__hold";

/// Programs and folders for starting agents.
#[derive(Clone)]
pub struct AgentHost {
    /// This program, which is the guardian as well.
    pub guardian: PathBuf,
    /// The environment that agents inherit.
    pub environment: Environment,
    /// The tasks that read from agents.
    pub tasks: Shutdown,
}

/// The state of an agent.
#[derive(Clone, Debug, Default)]
pub struct AgentStatus {
    /// The public URL, and when it became known.
    pub url: Option<(String, Instant)>,
    /// Since when the agent is connected.
    pub connected: Option<Instant>,
    /// The last problem, masked.
    pub trouble: Option<String>,
    /// The address of the agent's own API.
    pub api: Option<String>,
    /// Whether the agent has ended.
    pub is_ended: bool,
}

impl AgentStatus {
    /// Of an agent that has ended.
    pub fn ended() -> Self {
        Self { is_ended: true, ..Self::default() }
    }
}

/// A running agent. It is ended when this is dropped.
pub struct Agent {
    status: watch::Receiver<AgentStatus>,
    tail: Arc<Mutex<VecDeque<String>>>,
    stop: CancellationToken,
    pid: Option<u32>,
}

impl Agent {
    /// Starts an agent.
    ///
    /// # Errors
    ///
    /// When the guardian cannot be started.
    pub fn start(provider: &Provider, program: OsString, line: &AgentCommand, host: &AgentHost) -> io::Result<Self> {
        let mut command = Command::new(&host.guardian);
        command.arg(GUARDIAN).arg("--").arg(program).args(&line.arguments);
        for name in line.hidden(&host.environment) {
            command.env_remove(name);
        }
        command.envs(line.variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C must reach this program alone, which first lets the deliveries under way be answered.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, status) = watch::channel(AgentStatus::default());
        let stop = CancellationToken::new();
        let pid = child.id();
        let token = host.environment.var("NGROK_AUTHTOKEN").map(str::to_owned);
        let reader = OutputReader {
            provider: provider.clone(),
            tokens: token.into_iter().collect(),
            tail: Arc::clone(&tail),
            status: sender,
        };
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            host.tasks.spawn(run(child, stdout, stderr, reader, stop.clone()));
        }
        Ok(Self { status, tail, stop, pid })
    }

    /// The agent's state, now and as it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<AgentStatus> {
        self.status.clone()
    }

    /// The process that ends the agent when it is ended.
    #[must_use]
    pub const fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The last lines of the agent, masked.
    #[must_use]
    pub fn tail(&self) -> Vec<String> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Ends the agent and waits until it has.
    pub async fn end(self) {
        self.stop.cancel();
        let mut status = self.status.clone();
        let _ = status.wait_for(|status| status.is_ended).await;
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct OutputReader {
    provider: Provider,
    tokens: Vec<String>,
    tail: Arc<Mutex<VecDeque<String>>>,
    status: watch::Sender<AgentStatus>,
}

async fn run(
    mut child: Child,
    stdout: ChildStdout,
    stderr: ChildStderr,
    reader: OutputReader,
    stop: CancellationToken,
) {
    let reading = async {
        tokio::join!(reader.read_all(BufReader::new(stdout)), reader.read_all(BufReader::new(stderr)));
    };
    tokio::pin!(reading);
    // Taken out, since waiting for a child closes the pipe that it still has. Its end is what the guardian waits for.
    let mut pipe = child.stdin.take();
    let mut is_read = false;
    loop {
        tokio::select! {
            _ = child.wait() => break,
            () = &mut reading, if !is_read => is_read = true,
            () = stop.cancelled() => {
                drop(pipe.take());
                // It is never killed: without it nobody would end the agent.
                let _ = timeout(GRACE + LAST_WORDS, child.wait()).await;
                break;
            }
        }
    }
    if !is_read {
        let _ = timeout(LAST_WORDS, reading).await;
    }
    reader.status.send_modify(|status| {
        status.connected = None;
        status.is_ended = true;
    });
}

impl OutputReader {
    async fn read_all(&self, mut pipe: impl AsyncBufRead + Unpin) {
        let mut line = Vec::new();
        while let Ok(true) = next_line(&mut pipe, &mut line).await {
            self.take(&String::from_utf8_lossy(&line));
        }
    }

    fn take(&self, line: &str) {
        // The details that ssh is asked for are of use to nobody but us.
        if !line.starts_with("debug1:") && !line.trim().is_empty() {
            let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
            if tail.len() == KEPT_LINES {
                tail.pop_front();
            }
            tail.push_back(without_tokens(line.trim_end(), &self.tokens));
        }
        for signal in self.provider.read(line.trim_end()) {
            self.status.send_modify(|status| self.note(status, signal));
        }
    }

    fn note(&self, status: &mut AgentStatus, signal: AgentSignal) {
        match signal {
            AgentSignal::Named(url) => status.url = Some((url, Instant::now())),
            AgentSignal::Connected => _ = status.connected.get_or_insert_with(Instant::now),
            AgentSignal::Disconnected => status.connected = None,
            AgentSignal::Trouble(text) => status.trouble = Some(without_tokens(&text, &self.tokens)),
            AgentSignal::Api(address) => status.api = Some(address),
        }
    }
}

/// Reads a line into `line`, its end not included; says whether there was one.
async fn next_line(pipe: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_any = false;
    loop {
        let buffer = pipe.fill_buf().await?;
        if buffer.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        let room = LONGEST_LINE.saturating_sub(line.len());
        line.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        let used = part.len() + usize::from(end.is_some());
        pipe.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::{LONGEST_LINE, next_line};

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut_and_none_is_too_long() {
        let long = "x".repeat(LONGEST_LINE + 10);
        let text = format!("one\n\ntwo\r\n{long}\nlast");
        let mut pipe = BufReader::with_capacity(3, text.as_bytes());
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while next_line(&mut pipe, &mut line).await.unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["one", "", "two\r", &long[..LONGEST_LINE], "last"]);
    }
}
