//! A listener on a terminal: keys, the end of the screen that changes, and the terminal as it was before.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::journal_support::{keep, received};
use crate::loading::slow_server;
use crate::support::{PATIENCE, Program, read_all, status};

const ROWS: u16 = 40;
const COLUMNS: u16 = 100;

/// Not every system can open a terminal like this in one step.
#[cfg(target_os = "linux")]
const NOT_INHERITED: OpenptFlags = OpenptFlags::CLOEXEC;
#[cfg(not(target_os = "linux"))]
const NOT_INHERITED: OpenptFlags = OpenptFlags::empty();

/// A small terminal.
const SMALL: (u16, u16) = (15, 40);

/// The program on a terminal of its own.
struct OnTerminal {
    child: Child,
    keys: File,
    terminal: OwnedFd,
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
}

impl OnTerminal {
    /// Starts the command. Its input is the terminal, unless it is told otherwise.
    fn start(command: Command, is_input: bool) -> Self {
        Self::start_sized(command, is_input, (ROWS, COLUMNS))
    }

    fn start_sized(command: Command, is_input: bool, (rows, columns): (u16, u16)) -> Self {
        let (master, terminal) = terminal((rows, columns));
        let child = on_terminal(command, is_input, &terminal);
        let screen = Arc::new((Mutex::new(vt100::Parser::new(rows, columns, 1_000)), Condvar::new()));
        let (seen, mut output) = (Arc::clone(&screen), File::from(master.try_clone().unwrap()));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                seen.0.lock().unwrap().process(&bytes[..count]);
                seen.1.notify_all();
            }
        });
        Self { child, keys: File::from(master), terminal, screen }
    }

    /// The lines of the screen.
    fn lines(&self) -> Vec<String> {
        lines(&self.screen.0.lock().unwrap())
    }

    /// Waits until the screen is as described.
    #[track_caller]
    fn wait_for(&self, what: &str, is_shown: impl Fn(&[String]) -> bool) {
        let (screen, changed) = &*self.screen;
        let waited = changed.wait_timeout_while(screen.lock().unwrap(), PATIENCE, |screen| !is_shown(&lines(screen)));
        let (screen, timed_out) = waited.unwrap();
        assert!(!timed_out.timed_out(), "{what} is not on the screen:\n{}", lines(&screen).join("\n"));
    }

    #[track_caller]
    fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |lines| lines.join("\n").contains(text));
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether the terminal collects and echoes lines, as a shell expects it.
    fn collects_lines(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Waits until the terminal collects lines, or no longer does.
    #[track_caller]
    fn wait_for_mode(&self, collects_lines: bool) {
        let begun = Instant::now();
        while self.collects_lines() != collects_lines {
            assert!(begun.elapsed() < PATIENCE, "the terminal's mode does not change");
            thread::yield_now();
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed()).unwrap()
    }

    /// The port that it listens on, from its banner.
    #[track_caller]
    fn port(&self) -> String {
        self.wait_for_text("\nstop ");
        let text = self.lines().join("\n");
        let (_, rest) = text.split_once("listening on http://localhost:").unwrap();
        rest.split('/').next().unwrap().to_owned()
    }
}

/// Both ends of a terminal. Programs that are started meanwhile do not inherit them, so that closing them closes it.
fn terminal((rows, columns): (u16, u16)) -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | NOT_INHERITED).unwrap();
    fcntl_setfd(&master, FdFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&terminal, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (master, terminal)
}

fn on_terminal(mut command: Command, is_input: bool, terminal: &OwnedFd) -> Child {
    let end = || Stdio::from(terminal.try_clone().unwrap());
    command.stdin(if is_input { end() } else { Stdio::null() }).stdout(end()).stderr(end()).env("TERM", "xterm");
    command.spawn().unwrap()
}

/// The program after its terminal was closed.
struct Abandoned {
    pid: Pid,
    ended: Receiver<Option<i32>>,
}

impl Abandoned {
    /// Starts the command, and closes its terminal once it shows this. Returns what it showed as well.
    #[track_caller]
    fn after(text: &str, command: Command) -> (Self, String) {
        let (master, slave) = terminal((ROWS, COLUMNS));
        let mut child = on_terminal(command, true, &slave);
        drop(slave);
        let (sender, ended) = channel();
        let abandoned = Self { pid: Pid::from_raw(child.id().cast_signed()).unwrap(), ended };
        thread::spawn(move || sender.send(child.wait().unwrap().code()));
        let (mut output, mut seen, mut bytes) = (File::from(master), String::new(), [0; 4096]);
        while !seen.contains(text) {
            let count = output.read(&mut bytes).unwrap_or_default();
            assert!(count > 0, "{text} is not shown:\n{seen}");
            seen += &String::from_utf8_lossy(&bytes[..count]);
        }
        (abandoned, seen)
    }

    /// Sends a signal.
    fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Says that the terminal was closed, as the system does, and gives the exit code.
    #[track_caller]
    fn hang_up(self) -> Option<i32> {
        self.signal(Signal::HUP);
        self.ended.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            self.signal(Signal::KILL);
            panic!("the program goes on: {error}")
        })
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(screen: &vt100::Parser) -> Vec<String> {
    let (_, columns) = screen.screen().size();
    screen.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
}

fn listen(program: &Program, arguments: &[&str]) -> OnTerminal {
    OnTerminal::start(program.command(&[&["listen", "--port", "0"], arguments].concat()), true)
}

#[track_caller]
fn send(program: &Program, event: &str, port: &str) {
    let ended = program.run(&["send", event, "--id", "clx1", "--to", port, "--expect-status", "2xx"]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn the_newest_event_is_unfolded_and_the_older_ones_are_lines() {
    let program = Program::with_secret();
    let mut listening = listen(&program, &[]);
    let port = listening.port();
    send(&program, "video.started", &port);
    listening.wait_for_text("\"type\": \"video.started\"");
    send(&program, "video.completed", &port);
    listening.wait_for_text("\"type\": \"video.completed\"");
    let text = listening.lines().join("\n");
    assert!(!text.contains("\"type\": \"video.started\""), "the older payload is folded:\n{text}");
    assert!(text.contains("video.started    clx1"), "{text}");
    assert!(text.contains("\nlistening on") || text.starts_with("listening on"), "the banner stays:\n{text}");
    listening.press("f");
    listening.wait_for("the newest folded", |lines| !lines.join("\n").contains("\"payload\""));
    listening.press("f");
    listening.wait_for_text("\"type\": \"video.completed\"");
}

#[test]
fn keys_replay_copy_and_explain_and_the_end_says_what_came() {
    let program = Program::with_secret();
    let handler = program.listen(&["--no-journal"]);
    let mut listening = listen(&program, &["--forward", &handler.url]);
    let port = listening.port();
    listening.press("r");
    listening.wait_for_text("no delivery has come yet");
    send(&program, "image.completed", &port);
    listening.wait_for_text("forward  http");
    listening.press("r");
    listening.wait_for_text("replay  http");
    listening.press("?");
    listening.wait_for_text("q  stop");
    listening.press("c");
    listening.wait_for_text("a curl command for delivery 1 was sent to the clipboard");
    listening.press("c");
    listening.wait_for_text("curl --silent");
    listening.press("q");
    assert_eq!(listening.child.wait().unwrap().code(), Some(0));
    listening.wait_for_text("1 received; journal ");
    assert!(listening.collects_lines());
    let shown = program.run(&["history", "show", "1"]);
    assert!(shown.out.contains("  replay  http"), "{}", shown.out);
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut listening = listen(&Program::with_secret(), &[]);
        listening.port();
        listening.wait_for_mode(false);
        listening.signal(signal);
        listening.child.wait().unwrap();
        assert!(listening.collects_lines(), "{signal:?}");
    }
}

#[test]
fn a_listener_that_is_suspended_gives_the_terminal_back_and_takes_it_again() {
    let program = Program::with_secret();
    let mut listening = listen(&program, &[]);
    let port = listening.port();
    listening.wait_for_mode(false);
    listening.signal(Signal::TSTP);
    let (_, status) = waitpid(Some(listening.pid()), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(status.stopped(), "{status:?}");
    assert!(listening.collects_lines());
    listening.signal(Signal::CONT);
    listening.wait_for_mode(false);
    send(&program, "audio.completed", &port);
    listening.wait_for_text("\"type\": \"audio.completed\"");
    listening.press("q");
    assert_eq!(listening.child.wait().unwrap().code(), Some(0));
}

#[test]
fn after_a_resize_what_is_on_the_screen_stays() {
    let program = Program::with_secret();
    let listening = listen(&program, &[]);
    let port = listening.port();
    send(&program, "audio.started", &port);
    listening.wait_for_text("\"type\": \"audio.started\"");
    let size = Winsize { ws_row: ROWS + 8, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    listening.screen.0.lock().unwrap().screen_mut().set_size(size.ws_row, size.ws_col);
    tcsetwinsize(&listening.terminal, size).unwrap();
    send(&program, "audio.errored", &port);
    listening.wait_for_text("\"type\": \"audio.errored\"");
    let text = listening.lines().join("\n");
    assert!(text.contains("\"type\": \"audio.started\""), "{text}");
}

#[test]
fn on_a_small_terminal_the_payload_is_cut_and_folds_all_the_same() {
    let program = Program::with_secret();
    let command = program.command(&["listen", "--port", "0"]);
    let mut listening = OnTerminal::start_sized(command, true, SMALL);
    listening.wait_for_text("stop         q");
    let all = listening.screen.0.lock().unwrap().screen().contents();
    let port = all.split("localhost:").nth(1).unwrap().replace('\n', "");
    let port = port.split('/').next().unwrap().to_owned();
    send(&program, "video.completed", &port);
    listening.wait_for_text(" more lines: ");
    send(&program, "audio.started", &port);
    listening.wait_for_text("audio.started");
    listening.press("f");
    listening.wait_for("both folded", |lines| !lines.join("\n").contains("\"payload\""));
    let text = listening.lines().join("\n");
    assert!(text.contains("video.completed  clx1") && text.contains("audio.started    clx1"), "{text}");
}

#[test]
fn without_a_keyboard_nothing_is_folded() {
    let program = Program::with_secret();
    let listening = OnTerminal::start(program.command(&["listen", "--port", "0"]), false);
    let port = listening.port();
    assert!(listening.collects_lines());
    send(&program, "video.started", &port);
    listening.wait_for_text("\"type\": \"video.started\"");
    send(&program, "audio.started", &port);
    listening.wait_for_text("\"type\": \"audio.started\"");
    assert!(listening.screen.0.lock().unwrap().screen().contents().contains("video.started    clx1"));
    assert!(listening.lines().join("\n").contains("\"type\": \"video.started\""), "{:#?}", listening.lines());
}

#[test]
fn a_pager_that_is_set_is_used_on_a_terminal_only() {
    let program = Program::with_secret().variable("MH_HOOK_PAGER", "sed s/^/paged:/");
    keep(&program, vec![received("video.started", "clx1", Duration::ZERO)], Vec::new());
    let mut listed = OnTerminal::start(program.command(&["history"]), true);
    assert_eq!(listed.child.wait().unwrap().code(), Some(0));
    listed.wait_for("the paged list", |lines| {
        lines.iter().any(|line| line.starts_with("paged:") && line.contains("clx1"))
    });
    assert!(!program.run(&["history"]).out.contains("paged:"));
}

#[test]
fn a_load_shows_how_far_it_is() {
    let program = Program::with_secret();
    let (url, _unanswered) = slow_server(5);
    let arguments = ["send", "video.completed", "--duration", "1h", "--concurrency", "4", "--to", &url];
    let sending = OnTerminal::start(program.command(&arguments), true);
    sending.wait_for_text("sending  5 answered  4 under way");
    sending.signal(Signal::INT);
    sending.wait_for_text("stopping: waiting for 4 answers");
    sending.signal(Signal::INT);
    sending.wait_for_text("unknown   4 sent");
}

#[test]
fn a_listener_whose_terminal_was_closed_goes_on_until_a_signal_ends_it() {
    let program = Program::with_secret();
    let (listening, seen) = Abandoned::after("shows the keys", program.command(&["listen", "--port", "0"]));
    let port: String =
        seen.split("http://localhost:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /webhook HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(status(&read_all(&mut stream)), 200);
    assert_eq!(listening.hang_up(), Some(0));
}

#[test]
fn progress_on_a_terminal_that_was_closed_ends_as_documented() {
    let program = Program::with_secret();
    let (trial, _) = Abandoned::after("webhooks: none yet", program.command(&["e2e", "--image"]));
    assert_eq!(trial.hang_up(), Some(130));

    let (url, _unanswered) = slow_server(5);
    let arguments = ["send", "video.completed", "--duration", "1h", "--concurrency", "4", "--to", &url];
    let (load, _) = Abandoned::after("5 answered", program.command(&arguments));
    load.signal(Signal::INT);
    assert_eq!(load.hang_up(), Some(130));
}
