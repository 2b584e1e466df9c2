//! A journal where nothing can be written: a read-only disk, or the directory of somebody else.

use std::fs::{Permissions, metadata, set_permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Program, interrupt, status};

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

const BODY: &[u8] = br#"{"type":"video.completed","payload":{"id":"clx-kept"}}"#;

/// Sets the mode of a folder and of all that is in it: the write bits stand for a disk that can be written.
fn set_modes(folder: &Path, folder_mode: u32, file_mode: u32) {
    for entry in folder.read_dir().unwrap() {
        set_permissions(entry.unwrap().path(), Permissions::from_mode(file_mode)).unwrap();
    }
    set_permissions(folder, Permissions::from_mode(folder_mode)).unwrap();
}

/// The program as a user for whom the modes of files count: root becomes nobody, with a copy of the program to run.
fn as_reader(program: &Program, arguments: &[&str]) -> Command {
    let own = program.command::<&str>(&[]);
    let mut executable = PathBuf::from(own.get_program());
    if metadata(program.home.path()).unwrap().uid() == 0 {
        let copy = program.home.path().join("mh-hook");
        if !copy.exists() {
            std::fs::copy(&executable, &copy).unwrap();
        }
        executable = copy;
    }
    set_permissions(program.home.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&executable);
    command.args(arguments).current_dir("/").env_clear();
    command.env("HOME", program.home.path().join("nowhere")).env("MAGIC_HOUR_WEBHOOK_SECRET", crate::support::SECRET);
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    if metadata(program.home.path()).unwrap().uid() == 0 {
        command.uid(NOBODY);
    }
    command
}

/// Runs a command and asserts that it succeeds and shows this; returns what it said besides.
#[track_caller]
fn shown(program: &Program, journal: &str, arguments: &[&str], expected: &str) -> String {
    let all: Vec<&str> = arguments.iter().copied().chain(["--journal", journal]).collect();
    let output = as_reader(program, &all).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
    assert!(out.contains(expected), "{arguments:?}: {out}");
    err
}

const FIXED: &str = "the journal's directory cannot be written: the journal is read as it is now";

#[test]
fn every_reading_command_reads_a_journal_where_nothing_can_be_written_and_says_so() {
    let program = Program::with_secret();
    let folder = program.home.path().join("archive");
    std::fs::create_dir(&folder).unwrap();
    let journal = folder.join("journal.db").to_str().unwrap().to_owned();
    let listening = program.listen(&["--journal", &journal]);
    assert_eq!(status(&listening.post_signed(&[], BODY)), 200);
    assert_eq!(listening.stop().code, 0);
    set_modes(&folder, 0o555, 0o444);
    let handler = program.listen(&["--no-journal"]);
    for (command, expected) in [
        (&["history"][..], "clx-kept"),
        (&["history", "show", "1"], "clx-kept"),
        (&["history", "export"], "clx-kept"),
        (&["verify", "1", "--format", "json"], r#""verdict":"verified""#),
    ] {
        let said = shown(&program, &journal, command, expected);
        assert!(said.contains(FIXED), "{command:?}: {said}");
    }
    assert!(
        shown(&program, &journal, &["replay", "1", "--to", &handler.url], "-> 200").contains("attempts are not kept")
    );
    let mut page = as_reader(&program, &["ui", "--journal", &journal]).spawn().unwrap();
    let mut lines = BufReader::new(page.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(FIXED)), "the page says so too");
    interrupt(page.id());
    page.wait().unwrap();
    set_modes(&folder, 0o755, 0o644);
}

#[test]
fn a_reader_without_write_permission_sees_what_a_running_listener_keeps() {
    let program = Program::with_secret();
    let folder = program.home.path().join("shared");
    std::fs::create_dir(&folder).unwrap();
    let journal = folder.join("journal.db").to_str().unwrap().to_owned();
    let listening = program.listen(&["--journal", &journal]);
    assert_eq!(status(&listening.post_signed(&[], BODY)), 200);
    set_modes(&folder, 0o755, 0o644);
    let said = shown(&program, &journal, &["history"], "clx-kept");
    assert_eq!(said, "");
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn what_is_only_in_the_log_is_missed_aloud() {
    let program = Program::with_secret();
    let folder = program.home.path().join("copied");
    std::fs::create_dir(&folder).unwrap();
    let journal = folder.join("journal.db").to_str().unwrap().to_owned();
    let listening = program.listen(&["--journal", &journal]);
    assert_eq!(status(&listening.post_signed(&[], BODY)), 200);
    assert_eq!(listening.stop().code, 0);
    // A copy without the log's index, as backups are made of a listener that was killed.
    std::fs::write(folder.join("journal.db-wal"), "frames that were never moved").unwrap();
    set_modes(&folder, 0o555, 0o444);
    let said = shown(&program, &journal, &["history"], "clx-kept");
    assert!(said.contains("without the newest deliveries, which are still in its -wal file"), "{said}");
    set_modes(&folder, 0o755, 0o644);
}
