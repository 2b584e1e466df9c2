//! `e2e` behind a tunnel: credits are spent only once the URL is proven, registered, and its secret known.

use std::os::fd::AsFd;
use std::process::Stdio;

use serde_json::Value;

use crate::e2e::fake::{Fake, json};
use crate::e2e::trial::{KEY, Running, Trial, configured, run, sandbox, start};
use crate::support::{Listening, Program, SECRET};
use crate::tunnels::fakes::World;
use crate::tunnels::front::Manners;

/// An API that has an account and nothing else: a job that is created there fails.
fn account_only() -> Fake {
    Fake::start(|_| Some(json("200 OK", r#"{"tier": "free", "credits": 400}"#)))
}

/// A world whose API is a sandbox that delivers to the front, with an ngrok on `PATH`.
fn registered_at_a_sandbox(program: Program) -> (World, Listening) {
    let world = World::new(program);
    world.ngrok();
    let url = format!("{}/webhook", world.front.url);
    let api = sandbox(&Program::with_secret(), &["--webhook", &url, "--ca-file", world.ca_file()]);
    let World { program, front, directory } = world;
    (World { program: configured(program, &api.url), front, directory }, api)
}

const JOB: [&str; 5] = ["--image", "--prompt", "[duration=0]", "--tunnel", "ngrok"];

fn arguments<'a>(world: &'a World, more: &[&'a str]) -> Vec<&'a str> {
    let port = if more.contains(&"--port") { &[][..] } else { &["--port", "0"] };
    world.listen_arguments(&[&JOB, port, more].concat())
}

fn trial(world: &World, more: &[&str]) -> Trial {
    run(&world.program, &arguments(world, more))
}

fn tunnel_states(trial: &Trial) -> Vec<&Value> {
    trial.of("tunnel").into_iter().map(|record| &record["state"]).collect()
}

#[test]
fn a_registered_url_is_proven_before_the_job_and_known_the_next_time() {
    let (world, _api) = registered_at_a_sandbox(Program::with_secret());
    let port = crate::tunnels::fakes::free_port().to_string();
    let first = trial(&world, &["--port", &port, "--live", "--registered"]);
    assert_eq!((first.code, first.with("fail")), (0, vec![]), "{}", first.err);
    assert_eq!(tunnel_states(&first), ["proven", "confirmed"]);
    assert_eq!(first.of("tunnel")[0]["public_url"], format!("{}/webhook", world.front.url));
    assert!(first.err.contains("(proven; new)") && first.err.contains("Create Webhook"), "{}", first.err);
    // A verified delivery came through it, so nothing has to be said the next time.
    let second = trial(&world, &["--port", &port]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("deliveries came through it before"), "{}", second.err);
    assert!(!second.err.contains("Create Webhook"), "{}", second.err);
}

#[test]
fn nothing_is_spent_while_the_url_was_never_seen_to_be_registered() {
    let world = World::new(Program::with_secret());
    world.ngrok();
    let api = account_only();
    let program = configured(world.program.again(), &api.url);
    let ended = run(&program, &arguments(&world, &["--live"]));
    assert_eq!(ended.code, 3, "{}", ended.err);
    let said = format!("nothing shows that {}/webhook is registered; nothing was spent", world.front.url);
    assert!(ended.err.contains(&said) && ended.err.contains("add --registered"), "{}", ended.err);
    assert!(ended.err.contains("Create Webhook"), "{}", ended.err);
    assert_only_account_was_asked(&api);
}

#[track_caller]
fn assert_only_account_was_asked(api: &Fake) {
    let asked = api.asked();
    assert!(asked.len() == 1 && asked[0].starts_with("GET /v1/account "), "{asked:?}");
}

#[test]
fn nothing_is_spent_while_the_url_is_not_proven_whatever_the_user_says() {
    let elsewhere = Manners::Answering("403 Forbidden\r\nngrok-error-code: ERR_NGROK_3004");
    for (manners, said) in [(Manners::Altering, "changes what it carries"), (elsewhere, "ERR_NGROK_3004")] {
        let world = World::with(Program::with_secret(), manners);
        world.ngrok();
        let api = account_only();
        let program = configured(world.program.again(), &api.url);
        let ended = run(&program, &arguments(&world, &["--live", "--registered"]));
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
        assert_only_account_was_asked(&api);
    }
    let world = World::new(Program::with_secret());
    let api = account_only();
    let program = configured(world.program.again(), &api.url);
    let ended = run(&program, &arguments(&world, &["--registered"]));
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.err.contains("ngrok is not installed"), "{}", ended.err);
    assert_only_account_was_asked(&api);
}

#[test]
fn the_secret_may_come_after_the_url_and_the_job_waits_for_it() {
    let (world, _api) = registered_at_a_sandbox(Program::new());
    let mut running: Running = start(&world.program, &arguments(&world, &["--live", "--registered"]));
    running.until_said("not known yet: waiting for it in ./.env");
    world.program.write(".env", format!("MAGIC_HOUR_WEBHOOK_SECRET={SECRET}\n"));
    let trial = running.ended();
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
    assert_eq!(trial.of("secret")[0]["origin"], "./.env:1");
    assert!(trial.judgement("signature").1.contains("mhw_test_…GHIJ (./.env:1)"), "{:?}", trial.judgement("signature"));
    assert!(!trial.err.contains(SECRET) && !trial.err.contains(KEY), "{}", trial.err);
}

#[test]
fn without_a_terminal_a_missing_secret_is_named_before_a_tunnel_is_opened() {
    let world = World::new(Program::new().variable("MAGIC_HOUR_API_KEY", KEY));
    world.ngrok();
    let ended = run(&world.program, &arguments(&world, &["--live"]));
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(ended.err.contains("the webhook secret is missing"), "{}", ended.err);
    assert!(world.arguments().is_empty());
}

#[test]
fn on_a_terminal_the_registration_is_asked_and_enter_confirms_it() {
    let (world, _api) = registered_at_a_sandbox(Program::with_secret());
    let arguments = arguments(&world, &["--live"]);
    let all: Vec<&str> = ["e2e", "--format", "json"].into_iter().chain(arguments).collect();
    let (keyboard, terminal) = terminal();
    let mut command = world.program.command(&all);
    command.stdin(Stdio::from(terminal));
    let mut running = Running::of(command);
    running.until_said("press Enter once that URL is registered");
    rustix::io::write(keyboard.as_fd(), b"\n").unwrap();
    let trial = running.ended();
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
}

/// The two ends of a terminal.
fn terminal() -> (rustix::fd::OwnedFd, rustix::fd::OwnedFd) {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let terminal = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (keyboard, terminal)
}

#[test]
fn the_embedded_sandbox_delivers_through_a_tunnel_and_asks_for_no_registration() {
    let world = World::new(Program::new());
    world.ngrok();
    let trial = trial(&world, &["--sandbox"]);
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
    assert!(trial.err.contains("(proven; new)") && !trial.err.contains("Create Webhook"), "{}", trial.err);
    assert!(!world.program.home.path().join(".local/share/mh-hook/tunnels.json").exists());
}

#[test]
fn registered_is_said_of_a_tunnel() {
    let ended = Program::with_secret().run(&["e2e", "--image", "--registered"]);
    assert_eq!(ended.code, 2, "{}", ended.err);
}
