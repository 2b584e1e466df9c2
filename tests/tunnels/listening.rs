//! `listen` behind a public URL.

use crate::support::{Program, status};
use crate::tunnels::fakes::{World, free_port, ngrok, stay};
use crate::tunnels::front::Manners;

/// An event that Magic Hour could send.
const EVENT: &[u8] = br#"{"type":"image.completed","payload":{"id":"clx1","status":"complete"}}"#;

#[test]
fn a_started_ngrok_is_proven_before_ready_is_said() {
    let world = World::new(Program::with_secret());
    world.ngrok();
    let mut listening = world.listen(&["--tunnel", "ngrok"]);
    let ready = listening.ready().clone();
    assert_eq!(ready["public_url"], format!("{}/webhook", world.front.url));
    assert_eq!(ready["proven"], true);
    assert_eq!(ready["tunnel"]["provider"], "ngrok");
    assert_eq!((&ready["tunnel"]["attached"], &ready["tunnel"]["stable"]), (&false.into(), &true.into()));
    assert_eq!(world.arguments(), format!("http {} --log stdout --log-format json\n", listening.port()));
    // The proof itself is no delivery.
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 200);
    assert_eq!((listening.record()["id"].as_u64(), listening.stop().code), (Some(1), 0));
}

#[test]
fn auto_takes_the_ngrok_on_path() {
    let world = World::new(Program::with_secret());
    world.ngrok();
    assert_eq!(world.listen(&["--tunnel"]).ready()["tunnel"]["provider"], "ngrok");
}

#[test]
fn a_public_url_of_ones_own_is_proven_and_nothing_is_started() {
    let world = World::new(Program::with_secret());
    let port = free_port();
    world.front.lead_to(port);
    let url = format!("{}/hooks", world.front.url);
    let listening = world.listen_at(port, &world.listen_arguments(&["--public-url", &url]));
    let ready = listening.ready();
    assert_eq!((&ready["public_url"], &ready["proven"]), (&url.into(), &true.into()));
    assert!(ready["tunnel"].is_null());
}

#[test]
fn a_name_that_this_machine_cannot_look_up_is_a_warning_and_the_url_stays_unproven() {
    let program = Program::with_secret();
    let url = "https://hooks.example.invalid/webhook";
    let mut listening = program.listen(&["--public-url", url]);
    let ready = listening.ready();
    assert_eq!((&ready["public_url"], &ready["proven"]), (&url.into(), &false.into()));
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 200);
    assert_eq!(listening.record()["verdict"], "verified");
    let ended = listening.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("the URL is not proven: others may see the name already"), "{}", ended.err);
}

#[test]
fn a_host_of_ones_own_is_asked_of_ngrok_in_the_form_that_the_agent_knows() {
    let world = World::new(Program::with_secret());
    let old = "case \"$*\" in *--url*) echo 'ERROR:  unknown flag: --url' >&2; exit 1;; esac\n";
    world.fake("ngrok", &format!("{old}{}", ngrok(stay())));
    let url = format!("{}/webhook", world.front.url);
    let listening = world.listen(&["--tunnel", "ngrok", "--public-url", &url]);
    assert_eq!(listening.ready()["public_url"], url);
    let arguments = world.arguments();
    let [new, old] = arguments.lines().collect::<Vec<_>>()[..] else { panic!("{arguments}") };
    assert!(new.ends_with(" --url https://localhost") && old.ends_with(" --domain localhost"), "{arguments}");
}

#[test]
fn strangers_are_turned_away_and_what_is_unverified_is_kept_and_not_passed_on() {
    let world = World::new(Program::new());
    world.ngrok();
    let handler = Program::with_secret().listen(&["--no-journal"]);
    let mut listening = world.listen(&["--tunnel", "ngrok", "--forward", &handler.url]);
    let scan =
        listening.exchange(b"POST /wp-login.php HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&scan), 401);
    assert_eq!(listening.record()["record"], "refused");
    let greeting = listening.exchange(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (_, words) = greeting.split_once("\r\n\r\n").unwrap();
    assert!(!words.contains(char::is_numeric) && !words.contains('/'), "{words}");
    // Signed with a secret that is not known here.
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 401);
    let kept = listening.record();
    assert_eq!((kept["record"].as_str(), kept["verdict"].as_str()), (Some("delivery"), Some("unverified")));
    assert_eq!(kept["answered"], 401);
    // Had it been passed on, the attempt would stand before the end.
    let ended = listening.stop();
    assert!(!ended.out.contains("\"record\":\"forward\""), "{}", ended.out);
    let history = world.program.run(&["history", "--format", "json"]);
    assert_eq!(history.records().len(), 1, "{}", history.out);
}

#[test]
fn a_verified_delivery_through_the_tunnel_confirms_the_registration_and_it_is_remembered() {
    let world = World::new(Program::with_secret());
    world.ngrok();
    let port = free_port();
    let arguments = world.listen_arguments(&["--tunnel", "ngrok"]);
    let mut listening = world.listen_at(port, &arguments);
    let host = world.front.url.strip_prefix("https://").unwrap().as_bytes();
    assert_eq!(status(&listening.post_signed(&[("X-Forwarded-Host", host)], EVENT)), 200);
    let records = [listening.record(), listening.record()];
    let confirmed = records.iter().find(|record| record["record"] == "tunnel").unwrap();
    assert_eq!(confirmed["state"], "confirmed");
    assert!(listening.stop().err.contains("Create Webhook"));
    let again = world.listen_at(port, &arguments).stop();
    assert!(again.err.contains("deliveries came through it before"), "{}", again.err);
    assert!(!again.err.contains("Create Webhook"), "{}", again.err);
}

#[test]
fn a_tunnel_that_changes_what_it_carries_is_refused_at_once() {
    let world = World::with(Program::with_secret(), Manners::Altering);
    world.ngrok();
    let arguments = world.listen_arguments(&["listen", "--port", "0", "--tunnel", "ngrok"]);
    let ended = world.program.run(&arguments);
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert!(ended.err.contains("reaches this machine, but changes what it carries"), "{}", ended.err);
    assert!(ended.out.is_empty(), "{}", ended.out);
}

#[test]
fn a_listener_that_has_what_it_waits_for_ends_its_agent_only_after_the_answer_was_carried_back() {
    let world = World::with(Program::with_secret(), Manners::Carried);
    let carry = "exec 3< \"$FAKES/carry\" 4> \"$FAKES/carried\"\n\
                 while read -r piece <&3; do cat /dev/null; echo \"$piece\" >&4; done\nsleep 3600 & wait\n";
    world.fake("ngrok", &ngrok(&format!("trap 'exit 0' TERM INT\n{carry}")));
    let listening = world.listen(&["--tunnel", "ngrok", "--expect", "image.completed"]);
    let to = format!("{}/webhook", world.front.url);
    let sent = world.program.run(&["send", "image.completed", "--to", &to, "--ca-file", world.ca_file()]);
    assert_eq!((sent.code, listening.ended().code), (0, 0), "{}", sent.err);
}

#[test]
fn a_way_that_opens_the_machine_to_the_internet_is_not_for_a_projects_file() {
    for option in ["tunnel = 'ngrok'", "public-url = 'https://a.dev/'", "tunnel-api = '127.0.0.1:1'"] {
        let program = Program::with_secret();
        program.write("mh-hook.toml", format!("[listen]\n{option}\n"));
        let ended = program.run(&["listen", "--port", "0"]);
        assert_eq!(ended.code, 3, "{option}: {}", ended.err);
        assert!(ended.err.contains("not accepted from a project's file"), "{option}: {}", ended.err);
    }
}

#[test]
fn a_tunnel_leads_to_localhost_and_not_to_an_address_that_is_bound() {
    let ended = Program::with_secret().run(&["listen", "--tunnel", "ngrok", "--bind", "0.0.0.0"]);
    assert_eq!(ended.code, 2, "{}", ended.err);
}

#[test]
fn the_time_that_is_allowed_bounds_the_proof_of_a_public_url() {
    let url = "http://127.0.0.1:1/webhook";
    let arguments = ["listen", "--port", "0", "--no-journal", "--timeout", "2", "--public-url", url];
    let ended = Program::with_secret().run(&arguments);
    assert_eq!(ended.code, 5, "{ended:?}");
    let first = format!("public URL   {url} does not reach this machine yet; trying again\n");
    assert!(ended.err.starts_with(&first), "{}", ended.err);
    assert!(ended.err.contains("--timeout ended before the public URL was proven"), "{}", ended.err);
}
