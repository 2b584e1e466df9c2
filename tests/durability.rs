//! Nothing that was acknowledged is lost: not by a kill, not by a full disk, not by a journal that vanishes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use mh_hook::store::journal::Reader;

use crate::journal_support::{assert_sound, kept};
use crate::support::{Listening, PATIENCE, Program, has, request, signed_headers, status};

fn body(round: usize, sender: usize, number: usize) -> Vec<u8> {
    format!(r#"{{"type":"video.completed","payload":{{"id":"clx-{round}-{sender}-{number}"}}}}"#).into_bytes()
}

/// Posts on one connection until it breaks, and returns the bodies that were answered 2xx.
fn post_until_it_breaks(port: u16, round: usize, sender: usize, acknowledged: &AtomicUsize) -> Vec<Vec<u8>> {
    let mut kept = Vec::new();
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return kept };
    for number in 0.. {
        let body = body(round, sender, number);
        let signed = signed_headers(&body);
        let signed: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let text = request("/webhook", &signed, &body);
        let text = String::from_utf8(text).unwrap().replace("Connection: close\r\n", "");
        let mut answer = Vec::new();
        if stream.write_all(text.as_bytes()).is_err() {
            break;
        }
        let mut buffer = [0; 1024];
        while !answer.ends_with(b"{\"success\": true}") {
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => answer.extend_from_slice(&buffer[..read]),
                _ => return kept,
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        kept.push(body);
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    kept
}

#[test]
fn what_was_answered_survives_a_kill_under_load_again_and_again() {
    const SENDERS: usize = 8;
    let program = Program::with_secret();
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for round in 0..5 {
        let listening = program.listen(&[]);
        let port = listening.port();
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let acknowledged = Arc::clone(&acknowledged);
                thread::spawn(move || post_until_it_breaks(port, round, sender, &acknowledged))
            })
            .collect();
        // Killed at another point of the load each time, never before something was answered.
        while acknowledged.load(Ordering::Relaxed) < 50 + 37 * round {
            thread::yield_now();
        }
        listening.kill();
        for sender in senders {
            expected.extend(sender.join().unwrap());
        }
    }
    let mut bodies: Vec<Vec<u8>> = kept(&program).into_iter().map(|delivery| delivery.body.to_vec()).collect();
    assert_sound(&program);
    bodies.sort_unstable();
    let lost: Vec<_> = expected.iter().filter(|body| bodies.binary_search(body).is_err()).collect();
    assert!(expected.len() >= 250 && lost.is_empty(), "{} of {} lost", lost.len(), expected.len());
}

#[test]
fn a_journal_that_is_deleted_underneath_is_noticed_and_begun_anew() {
    let program = Program::with_secret();
    let listening = program.listen(&[]);
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 0))), 200);
    std::fs::remove_file(program.journal()).unwrap();
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 1))), 503);
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 2))), 200);
    let ended = listening.stop();
    assert_eq!(ended.err.matches("the journal cannot be written").count(), 1, "{}", ended.err);
    assert_eq!(ended.err.matches("deliveries are kept in a new one").count(), 1, "{}", ended.err);
    let kept = kept(&program);
    assert_eq!(kept.iter().map(|delivery| delivery.body.to_vec()).collect::<Vec<_>>(), [body(0, 0, 2)]);
}

#[test]
fn a_journal_that_is_emptied_underneath_is_noticed_and_begun_anew() {
    let program = Program::with_secret();
    let listening = program.listen(&[]);
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 0))), 200);
    std::fs::write(program.journal(), "").unwrap();
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 1))), 503);
    assert_eq!(status(&listening.post_signed(&[], &body(0, 0, 2))), 200);
    let ended = listening.stop();
    assert_eq!(ended.err.matches("the journal cannot be written").count(), 1, "{}", ended.err);
    let kept = kept(&program);
    assert_eq!(kept.iter().map(|delivery| delivery.body.to_vec()).collect::<Vec<_>>(), [body(0, 0, 2)]);
}

/// The program with a limit on the size of files, in blocks of 512 bytes, that can be raised again.
#[cfg(unix)]
fn limited(program: &Program, blocks: u32, words: &str) -> Command {
    let mut command = Command::new("sh");
    let own = program.command::<&str>(&[]);
    command.args(["-c", &format!("ulimit -S -f {blocks}; exec \"$0\" {words}")]).arg(own.get_program());
    command.current_dir(program.home.path()).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command
}

#[cfg(unix)]
#[test]
fn a_file_that_reaches_its_limit_is_an_error_in_every_command() {
    let program = Program::new();
    let output = limited(&program, 1, "events video.completed --schema > schema.json").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("file too large"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_made_leaves_nothing_behind() {
    let program = Program::new();
    let directory = program.home.path().join("kept");
    std::fs::create_dir(&directory).unwrap();
    let output = limited(&program, 40, "listen --port 0 --journal kept/j.db").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<_> = directory.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_503_until_there_is_room() {
    if !has("prlimit") {
        return;
    }
    let program = Program::with_secret();
    // A limit on the size of files stands in for a full disk. The signal that comes with it must not kill the program.
    let command = limited(&program, 256, "listen --port 0 --format json");
    let listening = Listening::start(command, Arc::clone(&program.home));
    let filling = format!(r#"{{"type":"video.completed","payload":{{"id":"c","x":"{}"}}}}"#, "x".repeat(20_000));
    let first_refusal = (0..100).find(|_| status(&listening.post_signed(&[], filling.as_bytes())) == 503);
    assert!(first_refusal.is_some());
    let raised = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &listening.pid().to_string()]).status();
    assert!(raised.unwrap().success());
    assert_eq!(status(&listening.post_signed(&[], &body(1, 1, 1))), 200);
    let ended = listening.stop();
    assert!(ended.err.contains("the journal cannot be written"), "{}", ended.err);
    assert!(ended.err.contains("the journal can be written again"), "{}", ended.err);
    assert_sound(&program);
}

#[cfg(unix)]
#[test]
fn pruning_makes_room_on_a_full_disk() {
    /// The limit on the size of files that stands in for a full disk, in blocks of 512 bytes.
    const BLOCKS: u32 = 512;
    let program = Program::with_secret();
    let listen =
        || Listening::start(limited(&program, BLOCKS, "listen --port 0 --format json"), Arc::clone(&program.home));
    let filling = format!(r#"{{"type":"video.completed","payload":{{"id":"c","x":"{}"}}}}"#, "x".repeat(20_000));
    let listening = listen();
    assert!((0..100).any(|_| status(&listening.post_signed(&[], filling.as_bytes())) == 503));
    listening.stop();
    let pruned = limited(&program, BLOCKS, "history prune --keep 1").output().unwrap();
    let said = String::from_utf8_lossy(&pruned.stdout).into_owned() + &String::from_utf8_lossy(&pruned.stderr);
    assert!(pruned.status.success() && said.starts_with("deleted "), "{said}");
    let listening = listen();
    assert_eq!(status(&listening.post_signed(&[], filling.as_bytes())), 200);
    listening.stop();
    assert_sound(&program);
}

#[test]
fn at_rest_the_file_alone_holds_everything_without_its_log() {
    let program = Program::with_secret();
    let listening = program.listen(&[]);
    for number in 0..5 {
        assert_eq!(status(&listening.post_signed(&[], &body(0, 0, number))), 200);
    }
    let copy = program.home.path().join("copy.db");
    let holds_the_last = || {
        std::fs::copy(program.journal(), &copy).unwrap();
        Reader::open(&copy).and_then(|reader| reader.holds(5)).unwrap_or(false)
    };
    let until = Instant::now() + PATIENCE;
    while !holds_the_last() {
        assert!(Instant::now() < until, "the log was not written into the file");
        thread::yield_now();
    }
    listening.stop();
}

#[test]
fn two_listeners_share_one_journal() {
    let program = Arc::new(Program::with_secret());
    let ids = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (0..2)
        .map(|sender| {
            let (program, ids) = (Arc::clone(&program), Arc::clone(&ids));
            thread::spawn(move || {
                let mut listening = program.listen(&[]);
                for number in 0..50 {
                    assert_eq!(status(&listening.post_signed(&[], &body(2, sender, number))), 200);
                    ids.lock().unwrap().push(listening.record()["id"].as_u64().unwrap());
                }
                assert_eq!(listening.stop().code, 0);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let mut ids = ids.lock().unwrap().clone();
    ids.sort_unstable();
    assert_eq!(ids, (1..=100).collect::<Vec<u64>>());
}

#[test]
fn a_journal_that_cannot_be_used_stops_the_listener_before_it_listens() {
    let program = Program::new();
    program.write("other.db", "this is no journal, and no database either; it is longer than a header of one");
    let ended = program.run(&["listen", "--port", "0", "--journal", "other.db"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("other.db") && ended.err.contains("--no-journal"), "{}", ended.err);
    let ended = program.run(&["listen", "--port", "0", "--journal", "/proc/nowhere/journal.db"]);
    assert_eq!(ended.code, 3, "{ended:?}");
}
