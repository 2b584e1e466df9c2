//! Trials with the user's handler behind them.

use crate::e2e::trial::{run, start};
use crate::support::{Program, request, signed_headers, status};

#[test]
fn a_handler_that_takes_everything_passes() {
    let program = Program::with_secret();
    let mut handler = program.listen(&["--no-journal"]);
    let trial = run(&program, &["--video", "--prompt", "[duration=0]", "--forward", &handler.url]);
    assert_eq!(trial.code, 0, "{}", trial.err);
    let (outcome, found) = trial.judgement("handler");
    assert_eq!(outcome, "pass");
    assert!(found.starts_with(&format!("{} answered 2 deliveries 2xx", handler.url)), "{found}");
    assert_eq!(trial.of("forward").len(), 2);
    let heard = [handler.record(), handler.record()].map(|record| record["type"].as_str().unwrap().to_owned());
    assert_eq!(heard, ["video.started", "video.completed"]);
    assert!(trial.err.contains("not asked    whether the handler refuses forged deliveries"), "{}", trial.err);
    assert!(trial.err.contains(&format!("`mh-hook check {}`", handler.url)), "{}", trial.err);
}

#[test]
fn a_handler_that_refuses_valid_signatures_is_named() {
    let elsewhere = Program::new().variable("MAGIC_HOUR_WEBHOOK_SECRET", "mhw_test_anotherSecretThanThatOfTheTests00");
    let handler = elsewhere.listen(&["--no-journal"]);
    let program = Program::with_secret();
    let arguments = ["--image", "--sandbox", "--prompt", "[duration=0]", "--forward", &handler.url];
    let trial = run(&program, &arguments);
    assert_eq!((trial.code, trial.ending(), trial.with("fail")), (1, "unmet", vec!["handler"]), "{}", trial.err);
    assert!(trial.judgement("handler").1.starts_with(&format!("{} answered 401 to image.", handler.url)));
    let ended = program.run(&[&["e2e"], arguments.as_slice()].concat());
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains(&handler.url) && ended.err.contains("does it hold the same secret"), "{}", ended.err);
}

#[test]
fn whoever_has_no_secret_is_told_which_one_the_handler_needs() {
    let ended = Program::new().run(&["e2e", "--image", "--prompt", "[duration=0]", "--forward", "http://127.0.0.1:1"]);
    assert!(ended.err.contains("the handler needs it, too: `mh-hook secret show` prints it"), "{}", ended.err);
}

#[test]
fn a_handler_that_is_not_there_is_named_too() {
    let program = Program::with_secret();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/webhook", nobody.local_addr().unwrap());
    drop(nobody);
    let trial = run(&program, &["--image", "--prompt", "[duration=0]", "--forward", &url]);
    assert_eq!((trial.code, trial.with("fail")), (1, vec!["handler"]), "{}", trial.err);
    assert!(trial.err.contains("is your handler running, and on this port?"), "{}", trial.err);
}

#[test]
fn deliveries_of_other_jobs_are_answered_counted_and_neither_judged_nor_passed_on() {
    let program = Program::with_secret();
    let mut handler = program.listen(&["--no-journal"]);
    let arguments = ["--image", "--prompt", "[duration=2s]", "--forward", &handler.url];
    let mut running = start(&program, &arguments);
    let port = running.port().unwrap();
    running.until("rendering");
    let body = br#"{"type":"image.completed","payload":{"id":"clxOfSomebodyElse"}}"#;
    let signed = signed_headers(body);
    let headers: Vec<(&str, &[u8])> = signed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::io::Write::write_all(&mut stream, &request("/webhook", &headers, body)).unwrap();
    assert_eq!(status(&crate::support::read_all(&mut stream)), 200);
    let trial = running.ended();
    assert_eq!((trial.code, trial.summary()["other_deliveries"].as_u64()), (0, Some(1)), "{}", trial.err);
    assert_eq!(trial.of("delivery").len(), 2);
    for event in ["image.started", "image.completed"] {
        let heard = handler.record();
        assert_eq!(heard["type"], event);
        assert_ne!(heard["job_id"], "clxOfSomebodyElse");
    }
}
