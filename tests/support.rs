//! What the tests of the program share: the real binary in a home of its own, and requests made by hand.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use mh_hook::commands::shared::reference::reference;
use mh_hook::model::{Delivery, Secret, Signer};
use serde_json::Value;
use tempfile::TempDir;

/// The longest wait for something that must happen. Passing tests never wait this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A secret that tests configure.
pub(crate) const SECRET: &str = "mhw_test_0123456789abcdefghijABCDEFGHIJ";

/// The program in a world of its own: an empty home, and nothing of this process's environment but `PATH`.
pub(crate) struct Program {
    pub(crate) home: Arc<TempDir>,
    variables: BTreeMap<String, String>,
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { home: Arc::new(TempDir::new().unwrap()), variables: BTreeMap::new() }
    }

    /// With the tests' secret configured.
    pub(crate) fn with_secret() -> Self {
        Self::new().variable("MAGIC_HOUR_WEBHOOK_SECRET", SECRET)
    }

    /// The same program in the same home.
    pub(crate) fn again(&self) -> Self {
        Self { home: Arc::clone(&self.home), variables: self.variables.clone() }
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mh-hook"));
        command.args(arguments).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("PATH", search_path());
        command.env("TZ", "UTC").envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ended {
        let ended = Ended::of(self.command(arguments).output().unwrap());
        let words: Vec<_> = arguments.iter().filter_map(|word| word.as_ref().to_str()).collect();
        assert_documented(&words, &ended);
        ended
    }

    #[track_caller]
    pub(crate) fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin: ChildStdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = thread::spawn(move || stdin.write_all(&input));
        let ended = Ended::of(child.wait_with_output().unwrap());
        let _ = writer.join().unwrap();
        ended
    }

    /// Starts `listen` on a free port and waits until it is ready.
    #[track_caller]
    pub(crate) fn listen(&self, arguments: &[&str]) -> Listening {
        let all: Vec<&str> = ["listen", "--port", "0", "--format", "json"].iter().chain(arguments).copied().collect();
        Listening::start(self.command(&all), Arc::clone(&self.home))
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> PathBuf {
        self.home.path().join(".local/share/mh-hook/journal.db")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.home.path().join(name), content).unwrap();
    }
}

/// Asserts that a command ends with one of the exit codes that its help names.
#[track_caller]
fn assert_documented(words: &[&str], ended: &Ended) {
    let Some(reference) = words.first().and_then(|name| reference(name)) else { return };
    let codes: Vec<i32> = reference.exits.iter().map(|exit| i32::from(*exit as u8)).collect();
    assert!(codes.contains(&ended.code), "the help of {} does not name exit code {}: {ended:?}", words[0], ended.code);
}

impl Ended {
    fn of(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Every line of stdout as a record.
    #[track_caller]
    pub(crate) fn records(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A `listen` that runs.
pub(crate) struct Listening {
    child: Child,
    lines: Receiver<String>,
    pub(crate) url: String,
    /// The first record.
    pub(crate) ready: Value,
    /// The journal lives in it.
    _home: Arc<TempDir>,
}

impl Listening {
    #[track_caller]
    pub(crate) fn start(mut command: Command, home: Arc<TempDir>) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut listening = Self { child, lines, url: String::new(), ready: Value::Null, _home: home };
        let ready = listening.record();
        assert_eq!(ready["record"], "ready");
        ready["url"].as_str().unwrap().clone_into(&mut listening.url);
        listening.ready = ready;
        listening
    }

    /// The next record on stdout.
    #[track_caller]
    pub(crate) fn record(&mut self) -> Value {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).unwrap(),
            Err(error) => {
                let _ = self.child.kill();
                let mut said = String::new();
                let _ = self.child.stderr.take().unwrap().read_to_string(&mut said);
                panic!("no record came ({error}); stderr: {said}");
            }
        }
    }

    /// The first record.
    pub(crate) fn ready(&self) -> &Value {
        &self.ready
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> &str {
        self.url.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority().rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// Sends these bytes as they are and reads until the other side closes.
    #[track_caller]
    pub(crate) fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        read_all(&mut stream)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Posts a body with these headers on a connection of its own.
    #[track_caller]
    pub(crate) fn post(&self, headers: &[(&str, &[u8])], body: &[u8]) -> String {
        self.exchange(&request("/webhook", headers, body))
    }

    /// Posts a body that is signed with the tests' secret.
    #[track_caller]
    pub(crate) fn post_signed(&self, headers: &[(&str, &[u8])], body: &[u8]) -> String {
        let signed = signed_headers(body);
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let all: Vec<(&str, &[u8])> = signed.chain(headers.iter().copied()).collect();
        self.post(&all, body)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Reads from the banner of a listener in a format for people where it listens.
    #[track_caller]
    pub(crate) fn url_on_stderr(child: &mut Child) -> String {
        let mut banner = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut banner).unwrap();
        // Nobody may be kept waiting by a full pipe.
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let url = banner.strip_prefix("listening on ").and_then(|rest| rest.split(' ').next());
        url.unwrap_or_else(|| panic!("no banner: {banner}")).to_owned()
    }

    /// Reads stderr up to a line with this text.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn await_on_stderr(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        // Byte by byte, so that what follows the line is there for the end.
        while stderr.read(&mut byte).unwrap() > 0 {
            line.extend(byte);
            if byte == *b"\n" && String::from_utf8_lossy(&line).contains(text) {
                return;
            }
            if byte == *b"\n" {
                line.clear();
            }
        }
        panic!("stderr ended without {text}");
    }

    /// Asks it to end, as Ctrl-C does, and returns how it ended and the rest of what it said.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        interrupt(self.child.id());
        self.ended()
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let out = self.lines.iter().map(|line| line + "\n").collect();
        Ended { code: status.code().unwrap_or(-1), out, err }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tools such as curl are looked for where the machine has them")]
fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Sends SIGTERM, which means what Ctrl-C means.
pub(crate) fn interrupt(pid: u32) {
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
}

/// Whether a program that is started here hears a signal. One that is ignored where the tests run, as under nohup,
/// stays ignored in the program.
pub(crate) fn hears(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.unwrap_or_default() & (1 << (signal - 1)) == 0
}

/// A POST as bytes, which asks for the connection to be closed.
pub(crate) fn request(path: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);
    request
}

/// The headers of a delivery that is signed with the tests' secret, now.
pub(crate) fn signed_headers(body: &[u8]) -> Vec<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "the program under test has the real clock")]
    let now = Timestamp::now();
    let delivery = Delivery::signed(&Signer::new(&Secret::new(SECRET)), body.to_vec().into(), now);
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    delivery.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Reads until the other side closes. A reset after the answer is an end as well.
pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer.
#[track_caller]
pub(crate) fn status(answer: &str) -> u16 {
    let word = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}"));
    word.parse().unwrap()
}

/// Whether a program is on this machine; says aloud when it is not, so that a skipped test is seen.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: {program} is not on this machine");
    }
    found
}

/// A file of the project.
pub(crate) fn project_file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}
