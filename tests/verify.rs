//! `mh-hook verify`: what it makes of one captured delivery.

use std::time::Duration;

use mh_hook::model::{Secret, Signer};
use serde_json::{Value, json};

use crate::journal_support::{keep, received};
use crate::support::{Ended, Program, SECRET};

const BODY: &str = "{\"type\":\"video.completed\",\"payload\":{\"id\":\"clx1\"}}\n";
const TIME: &str = "1730742038";

fn sign(secret: &str, parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    Signer::new(&Secret::new(secret)).sign_parts(&parts).to_string()
}

/// Judges [`BODY`] with these two headers.
fn verify(signature: &str, timestamp: &str, more: &[&str]) -> Ended {
    let program = Program::with_secret();
    let given = ["verify", "--body", "-", "--signature", signature, "--timestamp", timestamp];
    let all: Vec<&str> = given.iter().chain(more).copied().collect();
    program.run_with_input(&all, BODY.as_bytes())
}

#[track_caller]
fn verdict(signature: &str, timestamp: &str, more: &[&str]) -> (i32, Value) {
    let all: Vec<&str> = more.iter().copied().chain(["--format", "json"]).collect();
    let ended = verify(signature, timestamp, &all);
    (ended.code, ended.records().remove(0))
}

#[test]
fn a_right_signature_is_verified_as_of_its_time() {
    let signature = sign(SECRET, &[TIME, ".", BODY]);
    for at in [TIME, "2024-11-04T17:40:38Z", "2024-11-04 17:42"] {
        let (code, record) = verdict(&signature, TIME, &["--at", at]);
        assert_eq!((code, &record["record"], &record["verdict"]), (0, &json!("verdict"), &json!("verified")), "{at}");
        assert_eq!((&record["expected_signature"], &record["advice"]), (&json!(signature), &Value::Null));
    }
    let said = verify(&signature, TIME, &["--at", TIME]).out;
    let expected = format!(
        "verified\n  judged at  2024-11-04T17:40:38.000Z\n  secret     mhw_test_…GHIJ (MAGIC_HOUR_WEBHOOK_SECRET)\n  \
         signed     {TIME} \".\" and the body's 51 bytes\n  signature  {signature}\n  expected   {signature}  the same\n"
    );
    assert_eq!(said, expected);
}

#[test]
fn an_old_one_is_refused_with_a_word_on_its_signature() {
    let (code, record) = verdict(&sign(SECRET, &[TIME, ".", BODY]), TIME, &[]);
    let seen = (&record["verdict"], &record["reason"], &record["signature_matches"]);
    assert_eq!((code, seen), (1, (&json!("invalid"), &json!("timestamp-too-old"), &json!(true))));
    let both = verify(&sign(SECRET, &[BODY]), TIME, &[]).out;
    assert!(
        both.starts_with("INVALID: signed the body alone, without the timestamp\n"),
        "the cause, not the age: {both}"
    );
    assert!(both.contains("besides    timestamp is "), "{both}");
    let wide = verdict(&sign(SECRET, &[TIME, ".", BODY]), TIME, &["--tolerance", "36500d"]);
    assert_eq!(wide.0, 0);
}

#[test]
fn a_likely_mistake_is_named_with_what_to_do() {
    let right = sign(SECRET, &[TIME, ".", BODY]);
    let cases = [
        (sign(SECRET, &[BODY]), "signed-body-only", "sign the timestamp, a dot and the raw body"),
        (sign(SECRET, &[TIME, ".", BODY.trim_end()]), "trailing-newline-added", "byte for byte"),
        (sign(&format!("{SECRET}\n"), &[TIME, ".", BODY]), "secret-newline", "trim the secret"),
        (sign("another", &[TIME, ".", BODY]), "digest-differs", "compare the secret"),
        (right.to_uppercase(), "signature-uppercase", "lower-case"),
        (format!("sha256={right}"), "signature-prefix", "another provider"),
        (right[..63].to_owned(), "signature-length", "copied whole"),
    ];
    for (signature, reason, advice) in cases {
        let (code, record) = verdict(&signature, TIME, &["--at", TIME]);
        assert_eq!((code, &record["verdict"], &record["reason"]), (1, &json!("invalid"), &json!(reason)));
        assert!(record["advice"].as_str().unwrap().contains(advice), "{record}");
        assert!(verify(&signature, TIME, &["--at", TIME]).out.starts_with("INVALID: "));
    }
}

#[test]
fn without_headers_it_is_not_signed() {
    let program = Program::with_secret();
    program.write("body.json", BODY);
    let ended = program.run(&["verify", "--body", "body.json", "--format", "json"]);
    assert_eq!((ended.code, &ended.records()[0]["reason"]), (1, &json!("missing-headers")));
}

#[test]
fn a_delivery_of_the_journal_is_judged_as_of_when_it_came() {
    let program = Program::with_secret();
    keep(&program, vec![received("video.completed", "clx1", Duration::from_hours(1))], Vec::new());
    assert_eq!(program.run(&["verify", "1"]).code, 0);
    let now = program.run(&["verify", "1", "--at", "0s"]);
    assert_eq!(now.code, 1);
    assert!(now.out.starts_with("INVALID: timestamp is 1 h"), "{}", now.out);
    program.write("other", "another secret");
    let other = program.run(&["verify", "1", "--secret-file", "other"]);
    assert!(other.out.contains("  differs\n") && other.out.contains("(other)"), "{}", other.out);
}

#[test]
fn the_development_secret_says_that_it_is_one() {
    let program = Program::new();
    program.write("body.json", BODY);
    let signature = sign(SECRET, &[TIME, ".", BODY]);
    let arguments = ["verify", "--body", "body.json", "--signature", &signature, "--timestamp", TIME, "--at", TIME];
    let ended = program.run(&arguments);
    assert_eq!(ended.code, 1);
    assert!(ended.out.starts_with("unverified: ") && ended.out.contains("(development secret)"), "{}", ended.out);
    assert!(ended.out.contains("no secret is configured"), "{}", ended.out);
}

#[test]
fn what_cannot_be_judged_is_a_usage_error() {
    let program = Program::with_secret();
    let cases: [(&[&str], &str); 5] = [
        (&["verify"], "neither the ID"),
        (&["verify", "1", "--body", "x"], "cannot be used with"),
        (&["verify", "--body", "missing.json"], "cannot read missing.json"),
        (&["verify", "--body", "-", "--secret-file", "-"], "both read standard input"),
        (&["verify", "--body", "-", "--at", "yesterday"], "a time reads 1h"),
    ];
    for (arguments, said) in cases {
        let ended = program.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
}
