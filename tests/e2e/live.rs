//! Trials against an API in another process: the same code that talks to Magic Hour.

use std::io::Write;

use serde_json::json;

use crate::e2e::fake::Fake;
use crate::e2e::trial::{Api, KEY, configured, run, sandbox};
use crate::support::{Program, SECRET};

const AT_ONCE: [&str; 3] = ["--image", "--prompt", "[duration=0]"];

#[test]
fn an_api_in_another_process_passes_and_what_came_is_kept() {
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    let program = api.configured(program);
    let trial = api.run(&program, &["--image", "--audio"]);
    assert_eq!((trial.code, trial.with("fail")), (0, vec![]), "{}", trial.err);
    let plan = trial.of("plan")[0];
    assert_eq!(
        (&plan["world"], &plan["base_url"], &plan["key"], &plan["key_origin"], &plan["max_credits"]),
        (&json!("live"), &json!(api.sandbox.url), &json!("mhk_test_…GHIJ"), &json!("MAGIC_HOUR_API_KEY"), &json!(40))
    );
    assert_eq!(trial.summary()["credits_charged"], 6);
    assert!(trial.err.contains("account      400 credits, free plan"), "{}", trial.err);
    let all: String = trial.records.iter().map(ToString::to_string).collect();
    assert!(!all.contains(KEY) && !trial.err.contains(KEY));
    assert!(!all.contains(SECRET) && !trial.err.contains(SECRET));
    // What was paid for can be looked at and sent again later.
    assert_eq!(program.run(&["history", "--format", "json"]).records().len(), 4);
}

#[test]
fn people_are_told_first_which_world_it_is_whose_key_and_what_it_costs() {
    let program = Program::with_secret();
    let api = sandbox(&program, &[]);
    let arguments = ["e2e", "--image", "--port", "0", "--grace", "100ms", "--prompt", "[duration=0]", "--no-journal"];
    let ended = configured(program, &api.url).run(&arguments);
    let mut lines = ended.err.lines();
    let first = format!("e2e at {}: about 5 credits (at most 40) of mhk_test_…GHIJ", api.url);
    assert_eq!(lines.next(), Some(first.as_str()));
    assert_eq!(lines.next(), Some("key          from MAGIC_HOUR_API_KEY"));
    // Nobody registered the endpoint.
    assert_eq!(ended.code, 8, "{ended:?}");
    assert!(ended.err.contains("was the sandbox started with --webhook http://localhost:"), "{}", ended.err);
    let verdict = "cost    5 credits (estimate 5) of mhk_test_…GHIJ (MAGIC_HOUR_API_KEY)\n";
    assert!(ended.out.ends_with(verdict) && ended.out.contains(&format!("failed at {}", api.url)), "{}", ended.out);
}

#[test]
fn a_key_from_a_file_of_the_project_is_used_and_named() {
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    program.write(".env", format!("MAGIC_HOUR_API_KEY={KEY}\nMAGIC_HOUR_API_BASE_URL={}\n", api.sandbox.url));
    let trial = api.run(&program, &AT_ONCE);
    assert_eq!((trial.code, trial.of("plan")[0]["key_origin"].as_str()), (0, Some("./.env:1")), "{}", trial.err);
}

#[test]
fn the_key_that_the_official_cli_saved_is_used_only_when_live_is_asked_for() {
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    std::fs::create_dir_all(program.home.path().join(".config/magic-hour")).unwrap();
    program.write(".config/magic-hour/config.json", format!("{{\"api_key\": \"{KEY}\"}}"));
    let program = program.variable("MAGIC_HOUR_API_BASE_URL", &api.sandbox.url);
    let unasked = run(&program, &AT_ONCE);
    assert_eq!((unasked.code, unasked.summary()["world"].as_str()), (0, Some("sandbox")));
    assert!(unasked.err.contains("the key that the official CLI saved is used only with --live"), "{}", unasked.err);
    let asked = api.run(&program, &[AT_ONCE.as_slice(), &["--live"]].concat());
    assert_eq!((asked.code, asked.summary()["world"].as_str()), (0, Some("live")), "{}", asked.err);
}

#[test]
fn a_wrong_key_is_refused_before_anything_is_spent() {
    let program = Program::with_secret();
    program.write("keys.txt", "mhk_test_theOnlyOne\n");
    let api = sandbox(&program, &["--api-key-file", "keys.txt"]);
    let program = configured(program, &api.url);
    let ended = program.run(&["e2e", "--image", "--port", "0"]);
    assert_eq!(ended.code, 6, "{ended:?}");
    let said = "error: GET /v1/account was refused with 401: Unauthorized (the API key is not valid there)\n";
    assert!(ended.err.contains(said) && ended.err.contains("hint: is it whole"), "{}", ended.err);
    assert_eq!(ended.out, format!("failed at {} before any job was judged\n", api.url));
    // Programs and CI systems are told as well.
    let trial = run(&program, &["--image", "--port", "0", "--junit", "e2e.xml"]);
    let summary = trial.summary();
    assert_eq!((&summary["exit"], &summary["passed"], &summary["jobs"]), (&json!(6), &json!(false), &json!([])));
    assert!(summary["error"].as_str().unwrap().contains("401: Unauthorized"));
    let xml = std::fs::read_to_string(program.home.path().join("e2e.xml")).unwrap();
    assert!(xml.contains("tests=\"1\" failures=\"1\"") && xml.contains("401: Unauthorized"), "{xml}");
}

#[test]
fn a_secret_of_another_endpoint_is_told_from_a_webhook_that_does_not_come() {
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    let other = Program::new().variable("MAGIC_HOUR_WEBHOOK_SECRET", "mhw_test_thatOfAnotherEndpoint0123456789");
    let other = api.configured(other);
    let trial = api.run(&other, &[AT_ONCE.as_slice(), &["--grace", "300ms"]].concat());
    assert_eq!((trial.code, trial.ending()), (1, "invalid-signature"), "{}", trial.err);
    assert!(trial.of("delivery").iter().all(|delivery| delivery["answered"] == 401));
    assert!(trial.err.contains("does the sandbox sign with the same secret?"), "{}", trial.err);
    let trial = api.run(&other, &[AT_ONCE.as_slice(), &["--no-verify"]].concat());
    assert_eq!((trial.code, trial.judgement("signature")), (0, ("skipped", "--no-verify")), "{}", trial.err);
}

#[test]
fn a_real_account_is_not_touched_without_the_secret_nor_beyond_the_limit() {
    let program = Program::new().variable("MAGIC_HOUR_API_KEY", KEY);
    let cases: [(&[&str], i32, &str); 4] = [
        (&["--image"], 3, "the webhook secret is missing"),
        (&["--video", "--max-credits", "10"], 2, "about 24 credits, more than --max-credits 10"),
        (&["--tool", "ai-meme-generator", "--image", "--max-credits", "9"], 2, "about 10 credits"),
        (&["--tool", "photo-colorizer"], 2, "photo-colorizer needs a file in assets.image_file_path"),
    ];
    for (arguments, code, said) in cases {
        let ended = program.run(&[&["e2e"], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?} {ended:?}");
        assert!(ended.err.starts_with("e2e at https://api.magichour.ai: about "), "{}", ended.err);
        assert!(ended.err.contains(said), "{arguments:?} {}", ended.err);
    }
    program.write("body.json", r#"{"end_seconds": 1, "style": {"prompt": "no model is named"}}"#);
    let ended = program.run(&["e2e", "--video", "--body", "body.json"]);
    assert!(ended.code == 2 && ended.err.contains("about 144 credits"), "{ended:?}");
    program.write("body.json", r#"{"end_seconds": 8, "model": "veo3.1-lite", "style": {"prompt": "a cat"}}"#);
    let unpriced = program.run(&["e2e", "--video", "--body", "body.json", "--max-credits", "100000"]);
    assert!(unpriced.code == 2 && unpriced.err.contains("with model veo3.1-lite is not published"), "{unpriced:?}");
    assert!(unpriced.err.contains("hint: choose another --model, or accept the unknown cost"), "{}", unpriced.err);
    program.write("body.json", r#"{"end_seconds": "60", "model": "ltx-2.3", "style": {"prompt": "as text"}}"#);
    let ended = program.run(&["e2e", "--video", "--body", "body.json", "--max-credits", "20"]);
    assert!(ended.code == 2 && ended.err.contains("what text-to-video would cost is not known"), "{ended:?}");
}

#[test]
fn an_account_that_cannot_pay_is_told_before_anything_is_spent() {
    let program = Program::with_secret();
    let api = sandbox(&program, &["--credits", "5"]);
    let ended = configured(program, &api.url).run(&["e2e", "--image", "--audio", "--port", "0"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.err.contains("the account has 5 credits, and this costs at least 6; nothing was spent"),
        "{}",
        ended.err
    );
}

#[test]
fn without_a_key_live_does_not_fall_back() {
    let program = Program::with_secret();
    // Not even if a sandbox is configured.
    program.write("mh-hook.toml", "[e2e]\nsandbox = true\n");
    program.write("e2e.xml", "the report of an earlier run");
    let ended = program.run(&["e2e", "--image", "--live", "--junit", "e2e.xml"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(!program.home.path().join("e2e.xml").exists(), "the report of an earlier run is not that of this one");
    assert!(
        ended.err.starts_with("error: --live needs an API key, and none is configured\nhint: set MAGIC_HOUR_API_KEY")
    );
}

#[test]
fn an_api_that_is_not_there_is_unreachable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let ended = configured(Program::with_secret(), &url).run(&["e2e", "--image", "--port", "0"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("it refused the connection") && ended.err.contains("hint: "), "{}", ended.err);
}

#[test]
fn a_proxy_is_used_for_magic_hour_and_never_to_reach_this_machine() {
    let proxy = Fake::start(|_| None);
    let behind = |program: Program| {
        ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
            .into_iter()
            .fold(program, |program, name| program.variable(name, &proxy.url))
    };
    let program = Program::with_secret();
    let api = Api::start(&program, &[]);
    let trial = api.run(&api.configured(behind(program)), &AT_ONCE);
    assert_eq!((trial.code, proxy.asked().len()), (0, 0), "{}", trial.err);
    let program = behind(Program::with_secret()).variable("MAGIC_HOUR_API_KEY", KEY);
    let ended = program.run(&["e2e", "--image", "--port", "0"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    let asked = proxy.asked();
    if ended.err.contains("cannot speak TLS") {
        let _ = writeln!(std::io::stderr(), "skipped: this machine has no certificates to trust");
        return;
    }
    assert!(asked[0].starts_with("CONNECT api.magichour.ai:443 "), "{asked:?}");
    assert!(asked.iter().all(|head| !head.contains(KEY)), "the key is for Magic Hour alone");
}

#[test]
fn a_port_in_use_is_named_before_anything_is_asked() {
    let program = Program::with_secret();
    let taken = program.listen(&["--no-journal"]);
    let program = configured(program, "http://127.0.0.1:1");
    let ended = program.run(&["e2e", "--image", "--port", &taken.port().to_string()]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(
        ended.err.contains("the port is in use") && ended.err.contains("that your tunnel forwards to"),
        "{}",
        ended.err
    );
}
