//! A tunnel in use: its agent ends, and is started again.

use std::fs::OpenOptions;
use std::process::Command;

use crate::support::{Listening, Program};
use crate::tunnels::fakes::{World, ngrok, stay};

/// An agent that ends as soon as the pipe `die` is written to, at its first start; the second stays.
fn mortal(world: &World, second: &str) {
    assert!(Command::new("mkfifo").arg(world.file("die")).status().unwrap().success());
    let first = ngrok("cat \"$FAKES/die\" > /dev/null\necho 'ERROR:  the end' >&2\nexit 1\n");
    let script = format!("if [ -e \"$FAKES/again\" ]; then\n{second}\nfi\n: > \"$FAKES/again\"\n{first}");
    world.fake("ngrok", &script);
}

fn kill(world: &World) {
    drop(OpenOptions::new().write(true).open(world.file("die")).unwrap());
}

fn states(listening: &mut Listening, count: usize) -> Vec<serde_json::Value> {
    (0..count).map(|_| listening.record()).inspect(|record| assert_eq!(record["record"], "tunnel")).collect()
}

#[test]
fn an_agent_that_ends_is_started_again_and_the_url_stays() {
    let world = World::new(Program::with_secret());
    mortal(&world, &ngrok(stay()));
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    kill(&world);
    let states = states(&mut listening, 2);
    assert_eq!((&states[0]["state"], &states[0]["restarts"]), (&"broken".into(), &true.into()));
    assert!(states[0]["problem"].as_str().unwrap().contains("the end"), "{}", states[0]);
    assert_eq!(states[1]["state"], "proven");
    assert_eq!(states[1]["public_url"], listening.ready()["public_url"]);
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn a_url_that_the_service_still_holds_at_the_restart_is_waited_for() {
    let world = World::new(Program::with_secret());
    // After the machine slept the server sees the old session for a while.
    let held = "printf 'ERROR:  The endpoint is already online.\\nERROR:  ERR_NGROK_334\\n' >&2\nexit 1\n";
    mortal(&world, held);
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    kill(&world);
    let states = states(&mut listening, 2);
    assert_eq!(states[1]["state"], "restart_failed");
    assert!(states[1]["problem"].as_str().unwrap().contains("ERR_NGROK_334"), "{}", states[1]);
    assert!(states[1]["wait_ms"].as_u64().unwrap() >= 10_000, "{}", states[1]);
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn an_agent_that_cannot_be_started_again_is_given_up_with_what_to_do() {
    let world = World::new(Program::with_secret());
    mortal(&world, "printf 'ERROR:  ERR_NGROK_107\\n' >&2\nexit 1\n");
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    kill(&world);
    let states = states(&mut listening, 2);
    assert_eq!(states[1]["state"], "given_up");
    assert!(states[1]["hint"].as_str().unwrap().contains("your-authtoken"), "{}", states[1]);
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn a_url_that_changed_at_the_restart_is_said_loudly() {
    let world = World::new(Program::with_secret());
    let moved = format!("FRONT=\"https://127.0.0.1:${{FRONT##*:}}\"\n{}", ngrok(stay()));
    mortal(&world, &moved);
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    kill(&world);
    let states = states(&mut listening, 3);
    assert_eq!(
        (states[1]["state"].as_str(), states[1]["from"].clone()),
        (Some("moved"), listening.ready()["public_url"].clone())
    );
    assert!(states[1]["public_url"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    assert_eq!(states[2]["state"], "proven");
}

#[test]
fn a_url_that_changes_in_the_middle_of_a_session_is_said_as_loudly() {
    let world = World::new(Program::with_secret());
    assert!(Command::new("mkfifo").arg(world.file("die")).status().unwrap().success());
    let renamed = "cat \"$FAKES/die\" > /dev/null\nFRONT=\"https://127.0.0.1:${FRONT##*:}\"\n";
    world.fake("ngrok", &ngrok(&format!("{renamed}{}", ngrok(stay()))));
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    kill(&world);
    let states = states(&mut listening, 2);
    assert_eq!((&states[0]["state"], &states[0]["from"]), (&"moved".into(), &listening.ready()["public_url"]));
    assert_eq!((&states[1]["state"], &states[1]["public_url"]), (&"proven".into(), &states[0]["public_url"]));
    assert_eq!(listening.stop().code, 0);
}

#[test]
fn people_are_told_what_a_change_means() {
    let world = World::new(Program::with_secret());
    let moved = format!("FRONT=\"https://127.0.0.1:${{FRONT##*:}}\"\n{}", ngrok(stay()));
    mortal(&world, &moved);
    let arguments = world.listen_arguments(&["listen", "--port", "0", "--tunnel", "ngrok"]);
    let mut child = world.program.command(&arguments).spawn().unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap())).map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("stop ")));
    kill(&world);
    let said: Vec<String> = lines.by_ref().take(4).collect();
    assert!(said[0].contains("does not reach this machine at present"), "{said:?}");
    assert!(said[1].contains("Magic Hour tries again for 24 hours"), "{said:?}");
    assert!(said[2].contains("the public URL has CHANGED from"), "{said:?}");
    assert!(said[3].contains("until the new URL is registered"), "{said:?}");
    crate::support::interrupt(child.id());
    lines.for_each(drop);
    child.wait().unwrap();
}
