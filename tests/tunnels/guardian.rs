//! The guardian: an agent never survives its parent.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::Program;
use crate::tunnels::fakes::{Lifeline, World, ngrok};

/// Takes hold of the lifeline, for itself and for all children.
const HOLD: &str = "exec 9> \"$FAKES/alive\"\n";

/// A child that ignores SIGTERM, with a grandchild that does too.
const STUBBORN: &str = "trap '' TERM INT HUP\n\
                        (trap '' TERM INT HUP; sleep 3600) &\n\
                        while :; do sleep 3600; done\n";

#[test]
fn the_end_of_standard_input_ends_a_child_that_ignores_sigterm_and_its_child() {
    let directory = TempDir::new().unwrap();
    let lifeline = Lifeline::at(&directory.path().join("alive"));
    let program = Program::new().variable("FAKES", directory.path().to_str().unwrap());
    let script = format!("{HOLD}echo up\n{STUBBORN}");
    let mut guardian = program.command(&["__hold", "--", "sh", "-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let mut up = String::new();
    BufReader::new(guardian.stdout.take().unwrap()).read_line(&mut up).unwrap();
    assert_eq!(up, "up\n");
    drop(guardian.stdin.take());
    lifeline.wait();
    assert!(!guardian.wait().unwrap().success());
}

#[test]
fn the_guardian_ends_as_its_child_does_and_ends_what_the_child_leaves() {
    let directory = TempDir::new().unwrap();
    let lifeline = Lifeline::at(&directory.path().join("alive"));
    let program = Program::new().variable("FAKES", directory.path().to_str().unwrap());
    let held = |script: &str| {
        let mut command = program.command(&["__hold", "--", "sh", "-c", script]);
        let mut guardian = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        // Open until the end, which it would otherwise bring about.
        let _pipe = guardian.stdin.take();
        guardian.wait().unwrap()
    };
    let leaving = "exec 9> \"$FAKES/alive\"; (trap '' TERM HUP; sleep 3600) & exit 0";
    let guardian = program.command(&["__hold", "--", "sh", "-c", leaving]).stdin(Stdio::piped()).spawn().unwrap();
    lifeline.wait();
    assert_eq!(guardian.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(held("exit 0").code(), Some(0));
    assert_eq!(held("exit 7").code(), Some(1));
    let missing = program.run(&["__hold", "--", "/no/such/program"]);
    assert_eq!(missing.code, 3);
    assert!(missing.err.contains("cannot run the agent of a tunnel: "), "{}", missing.err);
}

#[test]
fn killing_the_listener_leaves_no_agent_behind() {
    let world = World::new(Program::with_secret());
    world.fake("ngrok", &format!("{HOLD}{}", ngrok(STUBBORN)));
    let lifeline = Lifeline::at(&world.file("alive"));
    let listening = world.listen(&["--tunnel", "ngrok"]);
    listening.kill();
    lifeline.wait();
}

#[test]
fn a_listener_that_is_asked_to_end_ends_its_agent_first() {
    let world = World::new(Program::with_secret());
    let last = "trap 'echo ended >&9; exit 0' TERM\nsleep 3600 & wait\n";
    world.fake("ngrok", &format!("{HOLD}{}", ngrok(last)));
    let lifeline = Lifeline::at(&world.file("alive"));
    let ended = world.listen(&["--tunnel", "ngrok"]).stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(lifeline.wait(), "ended\n");
}
