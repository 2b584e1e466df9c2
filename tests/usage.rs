//! Bad input gets one clear message, the documented exit code, and what to do next.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::Duration;

use crate::journal_support::{keep, received};
use crate::support::Program;

#[track_caller]
fn fails(arguments: &[&str], code: i32, err: &str) {
    let ended = Program::new().run(arguments);
    assert_eq!((ended.code, ended.err.as_str(), ended.out.as_str()), (code, err, ""), "{arguments:?}");
}

#[test]
fn an_option_of_another_command_gets_the_form_of_this_one() {
    for (arguments, option, meant) in [
        (&["check", "--to", "http://localhost:8000"][..], "--to", "mh-hook check URL"),
        (&["check", "--url=http://localhost:8000"], "--url", "mh-hook check URL"),
        (&["check", "--job", "c1"], "--job", "--id"),
        (&["send", "--event", "video.completed"], "--event", "mh-hook send EVENT"),
        (&["send", "--forward", "http://localhost:8000"], "--forward", "--to"),
        (&["listen", "--to", "http://localhost:8000"], "--to", "--forward"),
        (&["sandbox", "--to", "http://localhost:8000"], "--to", "--webhook"),
        (&["replay", "--id", "3"], "--id", "mh-hook replay ID"),
        (&["verify", "--id", "3"], "--id", "mh-hook verify ID"),
        (&["history", "--id", "3"], "--id", "mh-hook history show ID"),
        (&["history", "--events", "video.*"], "--events", "--type"),
    ] {
        let command = arguments[0];
        let err = format!(
            "error: unexpected argument '{option}' found\n\
             hint: did you mean '{meant}'? `mh-hook {command} --help` lists what there is\n"
        );
        fails(arguments, 2, &err);
    }
}

#[test]
fn unknown_names_get_the_nearest_known_one() {
    fails(
        &["send", "vidoe.completed"],
        2,
        "error: no event is called 'vidoe.completed'\nhint: did you mean 'video.completed'? `mh-hook events` lists all nine\n",
    );
    fails(
        &["send", "video.completed", "--fault", "stale"],
        2,
        "error: no fault is called 'stale'\nhint: did you mean 'stale-timestamp'? `mh-hook send --fault list` shows all\n",
    );
    fails(
        &["listen", "--prot", "5"],
        2,
        "error: unexpected argument '--prot' found\nhint: did you mean '--port'? `mh-hook listen --help` lists what there is\n",
    );
    fails(
        &["lisen"],
        2,
        "error: unrecognized subcommand 'lisen'\nhint: did you mean 'listen'? `mh-hook --help` lists what there is\n",
    );
    fails(
        &["send", "video.completed", "--set", "payload.nam=1", "--dry-run"],
        2,
        "error: the event has no 'payload.nam'\nhint: did you mean 'payload.name'? --set-new adds a field\n",
    );
}

#[test]
fn a_program_that_asked_for_json_gets_it_wherever_it_asked() {
    let lines: [&[&str]; 5] = [
        &["--format", "json", "send", "--bogus"],
        &["send", "--bogus", "--format", "json"],
        &["send", "a", "--timeout", "x", "--format=json"],
        &["e2e", "--live", "--sandbox", "--format", "json"],
        &["nonsense", "--format", "json"],
    ];
    for arguments in lines {
        let ended = Program::new().run(arguments);
        let error: serde_json::Value = serde_json::from_str(&ended.err).unwrap();
        assert_eq!((ended.code, error["record"].as_str(), error["exit"].as_i64()), (2, Some("error"), Some(2)));
    }
}

#[test]
fn malformed_values_are_named_with_their_place() {
    let see = "hint: `mh-hook send --help` lists what there is\n";
    let cases = [
        ("--header", "foo", "'--header <NAME: VALUE>': a header reads 'Name: value'; the ':' is missing"),
        ("--header", "a b: c", "'--header <NAME: VALUE>': 'a b' is not a header name"),
        (
            "--timeout",
            "5y",
            "'--timeout <DURATION>': a duration reads 5s, 500ms, 2d or 1h30m; a bare number is seconds",
        ),
        ("--expect-status", "9xx", "'--expect-status <STATUS>': a status reads 2xx, 4xx or 204"),
    ];
    for (option, value, problem) in cases {
        let expected = format!("error: invalid value '{value}' for {problem}\n{see}");
        fails(&["send", "video.completed", option, value], 2, &expected);
    }
    fails(
        &["send", "video.completed", "--to", "example.com:8000"],
        2,
        "error: 'example.com:8000' is not a usable URL: it has no http:// or https://\nhint: did you mean http://example.com:8000 ?\n",
    );
    fails(
        &["send", "video.completed", "--set", "payload..id=1"],
        2,
        "error: 'payload..id' is not a path: a name is missing at character 9\nhint: a path reads like payload.downloads[0].url\n",
    );
    fails(&["send", "--body", "missing.json"], 2, "error: cannot read missing.json: no such file or directory\n");
}

#[test]
fn what_has_no_end_is_refused() {
    let huge = Program::new().run(&["send", "video.completed", "--size", "18446744073709551615", "--dry-run"]);
    assert_eq!(huge.code, 2, "{huge:?}");
    if std::path::Path::new("/dev/zero").exists() {
        let endless = Program::new().run(&["send", "--body", "/dev/zero", "--dry-run"]);
        assert_eq!(endless.code, 2);
        assert_eq!(endless.err, "error: cannot read /dev/zero: it is a device, not a file\n");
        let trusting = ["send", "video.completed", "--to", "https://localhost:1/", "--ca-file", "/dev/zero"];
        let ended = Program::new().run(&trusting);
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(ended.err.contains("cannot read certificates from /dev/zero: it is no regular file"), "{}", ended.err);
        let piped = Program::new().run_with_input(&["send", "--body", "-", "--dry-run"], &vec![b'x'; (64 << 20) + 1]);
        assert_eq!((piped.code, piped.err.as_str()), (2, "error: cannot read -: it is longer than 64 MiB\n"));
    }
}

#[test]
fn a_path_that_no_request_can_have_is_refused() {
    for path in ["/a?b", "/a#b", "/a b", "/é"] {
        let ended = Program::new().run(&["listen", "--port", "0", "--path", path]);
        assert_eq!(ended.code, 2, "{ended:?}");
    }
}

#[test]
fn a_command_line_without_a_command_says_where_to_start() {
    let ended = Program::new().run::<&str>(&[]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.contains("Try:\n  mh-hook listen  "), "{}", ended.out);
    fails(
        &["secret"],
        2,
        "error: `mh-hook secret` needs one of: show, new, path\n\
         hint: try `mh-hook secret show`; `mh-hook secret --help` explains them\n",
    );
}

#[test]
fn what_is_missing_is_named_with_the_command_that_has_it() {
    fails(
        &["history", "show"],
        2,
        "error: the following required arguments were not provided: <ID>...\n\
         hint: `mh-hook history show last` shows the newest, `mh-hook history show 12` delivery 12; `mh-hook history` lists the numbers\n",
    );
    fails(
        &["verify"],
        2,
        "error: neither the ID of a delivery nor --body was given\n\
         hint: `mh-hook verify last` judges the newest delivery of the journal; --body FILE judges captured bytes, with \
         --signature and --timestamp\n",
    );
}

#[test]
fn in_json_an_error_is_one_object() {
    fails(
        &["send", "nonsense", "--format", "json"],
        2,
        "{\"v\":1,\"record\":\"error\",\"message\":\"no event is called 'nonsense'\",\"hint\":\"`mh-hook events` lists all nine; globs such as 'video.*' work too\",\"exit\":2}\n",
    );
    let unknown = Program::new().run(&["--format", "json", "sned"]);
    let record: serde_json::Value = serde_json::from_str(&unknown.err).unwrap();
    assert_eq!((record["record"].as_str(), record["exit"].as_i64()), (Some("error"), Some(2)));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let program = Program::new();
    for arguments in [&["events"][..], &["events", "video.completed"], &["--help"], &["send", "--fault", "list"]] {
        let mut child = program.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}");
        assert!(!String::from_utf8_lossy(&ended.stderr).contains("error"), "{arguments:?}");
    }
}

#[test]
fn a_closed_stdout_never_turns_a_no_into_a_yes() {
    let program = Program::new();
    let mut child = program.command(&["send", "video.completed", "--to", "http://127.0.0.1:1/"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(4));

    let program = Program::with_secret();
    keep(&program, vec![received("video.started", "clx1", Duration::ZERO)], Vec::new());
    let other = program.again().variable("MAGIC_HOUR_WEBHOOK_SECRET", "another");
    other.write("body", b"{}");
    let doctor = ["doctor", "--forward", "http://127.0.0.1:1/webhook"];
    for arguments in [&["verify", "1"][..], &["verify", "1", "1"], &["verify", "--body", "body"], &doctor] {
        let mut child = other.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_gets_a_message() {
    let program = Program::new();
    for arguments in
        [&["events"][..], &["--version"], &["secret", "show"], &["listen", "--port", "0", "--format", "json"]]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = program.command(arguments).stdout(Stdio::from(full)).output().unwrap();
        assert_eq!(ended.status.code(), Some(3), "{arguments:?}");
        let err = String::from_utf8(ended.stderr).unwrap();
        assert!(err.contains("cannot write to standard output"), "{arguments:?}: {err}");
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let program = Program::new();
    let version = program.run(&["--version"]);
    assert_eq!((version.code, version.err.as_str()), (0, ""));
    assert_eq!(version.out, format!("mh-hook {}\n", env!("CARGO_PKG_VERSION")));
    let help = program.run(&["listen", "--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("--accept-invalid"));
}

#[test]
fn a_home_that_cannot_be_written_is_said_when_a_secret_is_needed() {
    let program = Program::new().variable("XDG_DATA_HOME", "/dev/null");
    let ended = program.run(&["send", "video.completed"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("hint: "), "{}", ended.err);
    let given = program.variable("MAGIC_HOUR_WEBHOOK_SECRET", "any text will do").run(&["send", "all", "--dry-run"]);
    assert_eq!(given.code, 0, "{given:?}");
}

#[test]
fn a_value_that_cannot_work_is_refused_in_plain_words() {
    let number = "must be a whole number";
    for (arguments, words) in [
        (&["send", "video.completed", "--timeout", "0"][..], "must be greater than zero"),
        (&["send", "video.completed", "--duration", "0"], "must be greater than zero"),
        (&["replay", "last", "--timeout", "0"], "must be greater than zero"),
        (&["listen", "--timeout", "0"], "must be greater than zero"),
        (&["listen", "--max-body", "0"], "must be greater than zero"),
        (&["check", "--concurrency", "0"], "must be a whole number from 1 to 1024"),
        (&["check", "--concurrency", "18446744073709551615"], "must be a whole number from 1 to 1024"),
        (&["send", "video.completed", "--concurrency", "0"], "must be a whole number from 1 to 4096"),
        (&["send", "video.completed", "--count", "0"], "must be a whole number, 1 or more"),
        (&["send", "video.completed", "--count", "99999999999999999999999"], "the number is too large"),
        (&["send", "video.completed", "--count", "00"], "must be a whole number, 1 or more"),
        (&["listen", "--exit-after", "0"], "must be a whole number, 1 or more"),
        (&["listen", "--fail-first", "x"], number),
        (&["listen", "--forward-concurrency", "x"], number),
        (&["listen", "--ui", "x"], "a port is a number from 0 to 65535"),
        (&["listen", "--bind", "localhost"], "must be an IP address, such as 0.0.0.0 or ::1"),
        (&["history", "--last", "abc"], number),
        (&["history", "prune", "--keep", "x"], number),
        (&["sandbox", "--seed", "x"], number),
        (&["sandbox", "--workers", "0"], number),
        (&["sandbox", "--credits", "x"], number),
        (&["sandbox", "--bind", "localhost"], "must be an IP address, such as 0.0.0.0 or ::1"),
        (&["doctor", "--tunnel-api", "x"], "must be an IP address with a port, such as 127.0.0.1:4040"),
        (&["listen", "--tunnel-api", "x"], "must be an IP address with a port, such as 127.0.0.1:4040"),
    ] {
        let ended = Program::new().run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(words), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn a_hint_names_the_option_that_is_missing_and_the_help_of_the_command() {
    for (arguments, hint) in [
        (&["listen", "--open"][..], "add --ui; `mh-hook listen --help` explains it"),
        (&["listen", "--junit", "x.xml"], "add --expect TYPE; `mh-hook listen --help` explains it"),
        (&["listen", "--since", "1h"], "add --from URL; `mh-hook listen --help` explains it"),
        (&["verify", "--signature", "x"], "add --body FILE; `mh-hook verify --help` explains it"),
        (&["history", "prune"], "add --older-than DURATION or --keep N; `mh-hook history prune --help` explains it"),
        (&["history", "export", "--to", "http://localhost"], "add --curl; `mh-hook history export --help` explains it"),
        (&["events", "--schema"], "such as `mh-hook events video.completed --schema`; `mh-hook events --help`"),
        (&["history", "show", "abc"], "`mh-hook history show --help` lists what there is"),
        (&["history", "show", "--last", "3"], "`mh-hook history show --help` lists what there is"),
        (&["config", "init", "--usr"], "did you mean '--user'? `mh-hook config init --help` lists what there is"),
        (
            &["send", "video.completed", "--to", "foo"],
            "a URL reads http://localhost:3000/webhook; for this machine 3000",
        ),
        (&["events", "video.*"], "`mh-hook events` lists all nine; a sample is of one of them"),
        (&["send", "foo"], "`mh-hook events` lists all nine; globs such as 'video.*' work too"),
    ] {
        let ended = Program::new().run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(&format!("\nhint: {hint}")), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn printing_a_request_is_not_repeating_it() {
    for repeated in [&["--count", "3"][..], &["--duration", "1s"], &["--retry"]] {
        for printed in ["--curl", "--dry-run"] {
            let ended = Program::new().run(&[&["send", "video.completed", printed], repeated].concat());
            assert_eq!(ended.code, 2, "{ended:?}");
            assert!(ended.err.contains("cannot be used with"), "{}", ended.err);
        }
    }
}

#[test]
fn a_file_with_certificates_that_is_named_must_be_readable_without_https_too() {
    let program = Program::with_secret();
    program.write("body", "{}");
    for arguments in [
        &["listen", "--port", "0", "--no-journal"][..],
        &["doctor"],
        &["sandbox", "--port", "0"],
        &["e2e", "--image"],
        &["check", "http://127.0.0.1:1"],
        &["send", "video.completed", "--to", "http://127.0.0.1:1"],
        &["replay", "last", "--to", "http://127.0.0.1:1"],
    ] {
        let ended = program.run(&[arguments, &["--ca-file", "missing.pem"]].concat());
        assert_eq!(ended.code, 3, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains("cannot read certificates from missing.pem"), "{arguments:?}: {}", ended.err);
    }
}
