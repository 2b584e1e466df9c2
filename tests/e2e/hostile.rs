//! APIs that are broken, or up to no good.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use crate::e2e::fake::{Fake, json};
use crate::e2e::trial::{KEY, Running, Trial, configured, run, start};
use crate::support::{PATIENCE, Program, interrupt};

const ACCOUNT: &str = r#"{"id": "a", "email": null, "tier": "free", "credits": 400, "subscription": null}"#;

/// A trial against an API that takes the key, and answers everything else so.
fn against(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> (Trial, Fake) {
    let api = Fake::start(
        move |line| if line.contains("/v1/account") { Some(json("200 OK", ACCOUNT)) } else { answer(line) },
    );
    let program = configured(Program::with_secret(), &api.url);
    let trial = run(&program, &["--image", "--port", "0", "--timeout", "1s", "--grace", "100ms", "--no-journal"]);
    (trial, api)
}

/// An API that takes the key, says when anything else is asked of it, and answers that so; and a trial against it, which
/// has just asked.
fn caught_asking(answer: impl Fn() -> Option<String> + Send + Sync + 'static) -> (Running, Fake) {
    let (asked, heard) = channel();
    let asked = Mutex::new(asked);
    let api = Fake::start(move |line| {
        if line.contains("/v1/account") {
            return Some(json("200 OK", ACCOUNT));
        }
        asked.lock().unwrap().send(()).unwrap();
        answer()
    });
    let program = configured(Program::with_secret(), &api.url);
    let running = start(&program, &["--image", "--port", "0", "--no-journal"]);
    heard.recv_timeout(PATIENCE).unwrap();
    (running, api)
}

fn creations(api: &Fake) -> usize {
    api.asked().iter().filter(|head| head.starts_with("POST ")).count()
}

#[test]
fn a_creation_that_may_have_been_accepted_is_not_repeated() {
    let (trial, api) = against(|_| None);
    assert_eq!((trial.code, creations(&api)), (4, 1), "{}", trial.err);
    assert!(trial.err.contains("may have been started all the same"), "{}", trial.err);
    let (trial, api) = against(|_| Some(json("500 Internal Server Error", r#"{"message": "oops"}"#)));
    assert_eq!((trial.code, creations(&api), trial.ending()), (6, 1, "refused"), "{}", trial.err);
}

#[test]
fn a_creation_that_was_refused_for_too_many_calls_is_made_again_when_the_api_says_so() {
    let tries = AtomicUsize::new(0);
    let (trial, api) = against(move |line| {
        if line.starts_with("GET ") {
            return Some(json("200 OK", r#"{"status": "canceled"}"#));
        }
        Some(match tries.fetch_add(1, Ordering::Relaxed) {
            0 => "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n".to_owned(),
            _ => json("200 OK", r#"{"id": "cm1", "credits_charged": 5}"#),
        })
    });
    assert_eq!((creations(&api), trial.ending()), (2, "canceled"), "{}", trial.err);
    let (trial, api) = against(|_| {
        Some("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n".to_owned())
    });
    assert_eq!((trial.code, creations(&api)), (6, 1), "{}", trial.err);
}

#[test]
fn the_key_follows_no_redirect() {
    let thief = Fake::start(|_| Some(json("200 OK", ACCOUNT)));
    let elsewhere = thief.url.clone();
    let api = Fake::start(move |_| {
        Some(format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}/v1/account\r\nContent-Length: 0\r\n\r\n"))
    });
    let trial = run(&configured(Program::with_secret(), &api.url), &["--image", "--port", "0"]);
    assert_eq!((trial.code, thief.asked().len()), (6, 0), "{}", trial.err);
    assert!(api.asked()[0].contains(&format!("Bearer {KEY}")));
    assert!(trial.err.contains(&format!("with 302: to {}", thief.url)), "{}", trial.err);
    assert!(trial.err.contains("correct MAGIC_HOUR_API_BASE_URL"), "{}", trial.err);
}

#[test]
fn an_answer_that_is_not_the_apis_is_called_so() {
    for (body, said) in [
        ("<html>hello", "text that is no JSON"),
        ("", "nothing"),
        (r#"{"credits_charged": 5}"#, "it has no id"),
        (r#"{"id": "../../etc/passwd"}"#, "its id is '../../etc/passwd'"),
    ] {
        let (trial, api) = against(move |_| Some(json("200 OK", body)));
        assert_eq!((trial.code, creations(&api)), (6, 1), "{body} {}", trial.err);
        assert!(trial.err.contains(said), "{body} {}", trial.err);
        // Whoever answered with success may well have started it.
        assert!(trial.err.contains("may have been started all the same"), "{body} {}", trial.err);
    }
}

#[test]
fn the_id_of_a_job_that_is_being_created_is_not_lost_to_an_interruption() {
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let (running, _api) = caught_asking(move || {
        released.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        Some(json("200 OK", r#"{"id": "cmCreatedAtTheLast", "credits_charged": 5}"#))
    });
    interrupt(running.pid());
    release.send(()).unwrap();
    let trial = running.ended();
    assert_eq!((trial.code, trial.summary()["jobs"][0]["job_id"].as_str()), (130, Some("cmCreatedAtTheLast")));
    assert!(trial.err.contains("/v1/image-projects/cmCreatedAtTheLast"), "{}", trial.err);
}

#[test]
fn nothing_is_created_after_an_interruption() {
    let refusal = || "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n".to_owned();
    let (running, api) = caught_asking(move || Some(refusal()));
    interrupt(running.pid());
    let trial = running.ended();
    assert_eq!((trial.code, creations(&api)), (130, 1), "{}", trial.err);
    assert!(trial.err.contains("interrupted before the image job was submitted"), "{}", trial.err);
}

#[test]
fn whoever_interrupts_twice_waits_for_nothing() {
    let (mut running, _api) = caught_asking(|| {
        std::thread::park();
        None
    });
    interrupt(running.pid());
    running.until_said("stopping: no further job is submitted");
    interrupt(running.pid());
    let trial = running.ended();
    assert_eq!((trial.code, trial.summary()["jobs"].as_array().map(Vec::len)), (130, Some(0)), "{}", trial.err);
    assert!(trial.err.contains("interrupted twice"), "{}", trial.err);
}

#[test]
fn a_trial_that_is_interrupted_before_it_begins_says_that_nothing_was_spent() {
    let (asked, heard) = channel();
    let asked = Mutex::new(asked);
    let api = Fake::start(move |_| {
        asked.lock().unwrap().send(()).unwrap();
        std::thread::park();
        None
    });
    let program = configured(Program::with_secret(), &api.url);
    let running = start(&program, &["--image", "--port", "0", "--no-journal"]);
    heard.recv_timeout(PATIENCE).unwrap();
    interrupt(running.pid());
    let trial = running.ended();
    assert_eq!((trial.code, creations(&api)), (130, 0), "{}", trial.err);
    assert!(trial.err.contains("interrupted before any job was submitted"), "{}", trial.err);
}

#[test]
fn a_details_endpoint_that_fails_for_a_while_is_asked_again() {
    let tries = AtomicUsize::new(0);
    let (trial, _) = against(move |line| {
        Some(if line.starts_with("POST ") {
            json("200 OK", r#"{"id": "cm1", "credits_charged": 5}"#)
        } else if tries.fetch_add(1, Ordering::Relaxed) < 2 {
            json("503 Service Unavailable", "{}")
        } else {
            json("200 OK", r#"{"status": "canceled"}"#)
        })
    });
    assert_eq!((trial.code, trial.ending()), (7, "canceled"), "{}", trial.err);
}

#[test]
fn storage_that_answers_before_it_has_read_is_believed() {
    let api = Fake::start_and_tell_where(|url, line| {
        Some(if line.contains("/v1/account") {
            json("200 OK", ACCOUNT)
        } else if line.starts_with("PUT ") {
            json("403 Forbidden", "")
        } else {
            let item = format!(r#"{{"upload_url": "{url}/x", "expires_at": "", "file_path": "api-assets/x.mp4"}}"#);
            json("200 OK", &format!(r#"{{"items": [{item}]}}"#))
        })
    });
    let program = configured(Program::with_secret(), &api.url);
    let large = std::fs::File::create(program.home.path().join("large.mp4")).unwrap();
    large.set_len(64 << 20).unwrap();
    let arguments =
        ["--tool", "auto-subtitle-generator", "--upload", "assets.video_file_path=large.mp4", "--port", "0"];
    let trial = run(&program, &arguments);
    assert_eq!((trial.code, trial.ending()), (6, "refused"), "{}", trial.err);
    assert!(trial.err.contains("the upload of large.mp4 was refused with 403"), "{}", trial.err);
    assert_eq!(api.asked().iter().filter(|head| head.starts_with("PUT ")).count(), 1);
}

#[test]
fn a_details_endpoint_that_wants_to_be_left_alone_is() {
    let (trial, api) = against(|line| {
        Some(if line.starts_with("POST ") {
            json("200 OK", r#"{"id": "cm1", "credits_charged": 5}"#)
        } else {
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n".to_owned()
        })
    });
    assert_eq!((trial.code, trial.ending()), (5, "timed-out"), "{}", trial.err);
    assert_eq!(api.asked().iter().filter(|head| head.contains("/v1/image-projects/")).count(), 1);
    assert!(trial.err.contains("cannot get the status of image job cm1"), "{}", trial.err);
}

/// What the details endpoint says of a job.
fn details(status: &str, downloads: &str) -> String {
    let body = format!(
        r#"{{"id": "cm1", "name": null, "status": "{status}", "image_count": 1, "type": "AI_IMAGE", "created_at": "2026-01-01T00:00:00Z", "enabled": true, "credits_charged": 5, "downloads": {downloads}, "error": null}}"#
    );
    json("200 OK", &body)
}

#[test]
fn a_job_that_costs_more_than_was_thought_is_not_passed_over_in_silence() {
    let (trial, _) = against(|line| {
        Some(if line.starts_with("POST ") {
            json("200 OK", r#"{"id": "cm1", "credits_charged": 5000}"#)
        } else {
            json("200 OK", r#"{"status": "canceled"}"#)
        })
    });
    assert_eq!((trial.code, trial.ending()), (7, "canceled"), "{}", trial.err);
    assert!(trial.err.contains("5000 credits were charged, more than the limit of 40"), "{}", trial.err);
}

#[test]
fn links_that_lead_nowhere_good_are_not_followed() {
    for (link, said) in [
        ("file:///etc/passwd", "the link is neither http nor https"),
        ("not a url", "the link is not a URL"),
        ("http://127.0.0.1:1/x.png", "refused the connection"),
    ] {
        let downloads = format!(r#"[{{"url": "{link}", "expires_at": "2100-01-01T00:00:00Z"}}]"#);
        let (trial, _) = against(move |line| {
            Some(if line.starts_with("POST ") {
                json("200 OK", r#"{"id": "cm1", "credits_charged": 5}"#)
            } else {
                details("complete", &downloads)
            })
        });
        assert_eq!((trial.code, trial.ending()), (8, "no-webhook"), "{link} {}", trial.err);
        let (outcome, found) = trial.judgement("outputs");
        assert!(outcome == "fail" && found.contains(said), "{link} {found}");
    }
}

#[test]
fn a_text_from_the_api_cannot_steer_the_terminal() {
    let message = r#"{"message": "no \u001b[2Jmhk_live_0123456789abcdefghijABCDEFGHIJ\u202e"}"#;
    let api = Fake::start(move |line| {
        Some(if line.contains("account") { json("200 OK", ACCOUNT) } else { json("422 No", message) })
    });
    let ended = configured(Program::with_secret(), &api.url).run(&["e2e", "--image", "--port", "0", "--no-journal"]);
    assert_eq!(ended.code, 6, "{ended:?}");
    let all = format!("{}{}", ended.out, ended.err);
    assert!(all.contains("no \\x1b[2Jmhk_live_…GHIJ\\u{202e}") && !all.contains('\u{1b}'), "{all}");
}

#[test]
fn an_api_without_an_account_endpoint_is_tried_all_the_same() {
    let api = Fake::start(|line| {
        Some(if line.starts_with("POST ") {
            json("403 Forbidden", r#"{"message": "not in this plan"}"#)
        } else {
            json("404 Not Found", r#"{"message": "Not Found"}"#)
        })
    });
    let trial = run(&configured(Program::with_secret(), &api.url), &["--image", "--port", "0", "--no-journal"]);
    assert_eq!((trial.code, trial.ending()), (6, "refused"), "{}", trial.err);
    assert!(trial.err.contains("the key cannot be tried beforehand"), "{}", trial.err);
}

#[test]
fn an_account_endpoint_that_fails_for_a_while_is_asked_again() {
    let tries = AtomicUsize::new(0);
    let api = Fake::start(move |line| {
        Some(if line.contains("account") && tries.fetch_add(1, Ordering::Relaxed) == 0 {
            json("503 Service Unavailable", r#"{"message": "soon"}"#)
        } else if line.contains("account") {
            json("200 OK", ACCOUNT)
        } else {
            json("401 Unauthorized", r#"{"message": "Unauthorized"}"#)
        })
    });
    let trial = run(&configured(Program::with_secret(), &api.url), &["--image", "--port", "0", "--no-journal"]);
    assert_eq!((trial.code, trial.ending()), (6, "refused"), "{}", trial.err);
    assert_eq!(api.asked().iter().filter(|head| head.contains("/v1/account")).count(), 2);
}

#[test]
fn credits_that_are_no_number_of_credits_are_not_believed() {
    for charged in ["-1", "1e308", "1.5", "\"5\"", "99999999999999999999"] {
        let (trial, _) = against(move |line| {
            Some(if line.starts_with("POST ") {
                json("200 OK", &format!(r#"{{"id": "cm1", "credits_charged": {charged}}}"#))
            } else {
                details("complete", "[]")
            })
        });
        let (outcome, found) = trial.judgement("accepted");
        assert_eq!(outcome, "fail", "{charged}: {found}");
        assert!(found.contains("not a number of credits"), "{charged}: {found}");
        assert_ne!(trial.code, 0, "{charged}: {}", trial.err);
    }
}

#[test]
fn an_account_that_is_none_ends_the_run_before_anything_is_created() {
    for (account, said) in [
        ("5", "it is no object"),
        ("[]", "it is no object"),
        (r#"{"credits": "many"}"#, "its credits are no whole number"),
        (r#"{"credits": 1e308}"#, "its credits are no whole number"),
    ] {
        let api = Fake::start(move |_| Some(json("200 OK", account)));
        let trial = run(&configured(Program::with_secret(), &api.url), &["--image", "--port", "0", "--no-journal"]);
        assert_eq!((trial.code, creations(&api)), (6, 0), "{account}: {}", trial.err);
        assert!(trial.err.contains(said), "{account}: {}", trial.err);
    }
}
