//! Settings through the real command line: where a value may stand, and which one counts.

use crate::support::Program;

/// The URL that `send` would post to.
fn target(program: &Program, arguments: &[&str]) -> String {
    let all: Vec<&str> =
        ["send", "video.completed", "--dry-run", "--format", "json"].iter().chain(arguments).copied().collect();
    let ended = program.run(&all);
    assert_eq!(ended.code, 0, "{ended:?}");
    ended.records()[0]["url"].as_str().unwrap().to_owned()
}

#[test]
fn option_beats_environment_beats_file() {
    let program = Program::new();
    program.write("mh-hook.toml", "[send]\nto = \"http://localhost:1/file\"\n");
    assert_eq!(target(&program, &[]), "http://localhost:1/file");
    let program = program.variable("MH_HOOK_SEND_TO", "http://environment");
    assert_eq!(target(&program, &[]), "http://environment");
    assert_eq!(target(&program, &["--to", "http://option"]), "http://option");
}

#[test]
fn a_cloned_project_can_neither_send_deliveries_away_nor_write_files() {
    let program = Program::new();
    program.write("mh-hook.toml", "[listen]\nforward = \"http://example.com/steal\"\n");
    let ended = program.run(&["listen", "--port", "0"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(
        ended.err,
        "error: refused listen.forward from ./mh-hook.toml:2: http://example.com/steal does not name this machine\n\
         hint: give --forward yourself, or set it in the environment or in your own settings\n"
    );
    program.write("victim", "precious");
    program.write("mh-hook.toml", "[listen]\nexpect = \"video.*\"\njunit = \"victim\"\ntimeout = 1\nport = 0\n");
    assert_eq!(program.run(&["listen"]).code, 3);
    assert_eq!(std::fs::read_to_string(program.home.path().join("victim")).unwrap(), "precious");
}

#[test]
fn a_cloned_project_can_neither_weaken_verification_nor_have_deliveries_refused() {
    let program = Program::new();
    for (command, setting) in [
        ("listen", "tolerance = 4000000000"),
        ("verify", "tolerance = 4000000000"),
        ("listen", "max-body = \"1\""),
        ("listen", "path = \"/elsewhere\""),
        ("listen", "respond = 200"),
        ("listen", "fail-first = 3"),
        ("listen", "sync = \"normal\""),
        ("listen", "bind = \"0.0.0.0\""),
        ("sandbox", "bind = \"0.0.0.0\""),
        ("sandbox", "public-base = \"http://example.com\""),
        ("send", "header = \"X-Api-Key: k\""),
        ("send", "fault = \"wrong-secret\""),
        ("send", "expect-status = \"4xx\""),
        ("check", "skip = \"*\""),
    ] {
        program.write("mh-hook.toml", format!("[{command}]\n{setting}\n"));
        let name = setting.split(' ').next().unwrap();
        let expected = format!(
            "error: refused {command}.{name} from ./mh-hook.toml:2: it is not accepted from a project's file\n\
             hint: remove it there, and give it on the command line when it is wanted\n"
        );
        let ended = program.run(&["events"]);
        assert_eq!((ended.code, ended.err), (3, expected));
    }
}

#[test]
fn a_named_file_stands_in_for_the_others() {
    let program = Program::new();
    program.write("mh-hook.toml", "[send]\nto = \"http://localhost:1/project\"\n");
    program.write("other.toml", "[send]\nunsigned = true\n");
    assert_eq!(target(&program, &["--config", "other.toml"]), "http://localhost:8000/webhook");
    let ended = program.run(&["send", "video.completed", "--dry-run", "--config", "other.toml"]);
    assert!(!ended.out.contains("magic-hour-event-signature"), "{}", ended.out);
}

#[test]
fn global_options_can_be_configured_too() {
    let program = Program::new().variable("MH_HOOK_FORMAT", "json");
    assert_eq!(program.run(&["events"]).records().len(), 9);
    let text = program.run(&["events", "--format", "compact"]);
    assert!(text.out.starts_with("event "), "{}", text.out);
}

#[test]
fn an_unknown_key_names_the_nearest_and_its_place() {
    let program = Program::new();
    program.write("mh-hook.toml", "\n[listen]\nprot = 9000\n");
    let ended = program.run(&["events"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("mh-hook.toml:3") && ended.err.contains("port"), "{}", ended.err);
    let ended = Program::new().variable("MH_HOOK_LISTEN_PROT", "1").run(&["events"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("MH_HOOK_LISTEN_PORT"), "{}", ended.err);
}

#[test]
fn a_wrong_value_says_where_it_comes_from() {
    let ended = Program::new().variable("MH_HOOK_LISTEN_PORT", "many").run(&["listen"]);
    assert_eq!(ended.code, 3);
    let expected = "error: invalid value 'many' for '--port <PORT>': a port is a number from 0 to 65535; 0 picks a free one\n\
                    hint: the value comes from MH_HOOK_LISTEN_PORT\n";
    assert_eq!(ended.err, expected);
}

#[test]
fn the_secret_of_the_environment_beats_that_of_a_file() {
    let program = Program::new();
    program.write(".env", "MAGIC_HOUR_WEBHOOK_SECRET=mhw_test_fromDotEnvFromDotEnvFromDotEnv1234\n");
    let ended = program.run(&["send", "video.completed", "--dry-run"]);
    assert!(ended.err.contains("mhw_test_…1234 (./.env"), "{}", ended.err);
    let program = program.variable("MAGIC_HOUR_WEBHOOK_SECRET", "mhw_test_fromEnvironmentFromEnvironm5678");
    let ended = program.run(&["send", "video.completed", "--dry-run"]);
    assert!(ended.err.contains("mhw_test_…5678 (MAGIC_HOUR_WEBHOOK_SECRET)"), "{}", ended.err);
}

#[test]
fn the_development_secret_is_made_once_and_can_be_replaced() {
    let program = Program::new().variable("MAGIC_HOUR_WEBHOOK_SECRET", "");
    let show = || program.run(&["secret", "show"]).out;
    let first = show();
    assert!(first.starts_with("mhw_test_") && first.trim_end().len() == 41, "{first:?}");
    assert_eq!(show(), first);
    let replaced = program.run(&["secret", "new"]);
    assert_eq!((replaced.code, replaced.out.clone()), (0, show()));
    assert_ne!(replaced.out, first);
    let path = program.run(&["secret", "path"]).out;
    assert_eq!(std::fs::read_to_string(path.trim_end()).unwrap().trim_end(), replaced.out.trim_end());
}

#[test]
fn a_configured_secret_is_never_shown() {
    let program = Program::with_secret();
    let shown = program.run(&["secret", "show"]);
    assert!(!shown.out.contains(crate::support::SECRET) && shown.out.starts_with("mhw_test_"), "{shown:?}");
}

#[test]
fn an_error_names_the_origin_of_a_configured_value() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    let nobody = "http://127.0.0.1:1/hook";
    let cases: [(&str, &str, &str, &[&str]); 14] = [
        ("listen", "port", &taken, &["listen"]),
        ("listen", "respond", "later", &["listen", "0"]),
        ("listen", "secret-file", "no/secret", &["listen", "0"]),
        ("listen", "journal", "no/folder/j.db", &["listen", "0"]),
        ("listen", "tolerance", "soon", &["listen", "0"]),
        ("send", "to", nobody, &["send", "video.started"]),
        ("send", "secret-file", "no/secret", &["send", "video.started"]),
        ("send", "timeout", "soon", &["send", "video.started"]),
        ("check", "ca-file", "no/ca.pem", &["check", "https://127.0.0.1:1/"]),
        ("sandbox", "port", &taken, &["sandbox"]),
        ("e2e", "secret-file", "no/secret", &["e2e", "--image"]),
        ("replay", "journal", "no/j.db", &["replay", "last"]),
        ("verify", "journal", "no/j.db", &["verify", "last"]),
        ("history", "journal", "no/j.db", &["history"]),
    ];
    for (command, option, value, words) in cases {
        let variable = format!("MH_HOOK_{}_{}", command.to_uppercase(), option.to_uppercase().replace('-', "_"));
        let by_variable = Program::new().variable(&variable, value).run(words);
        let program = Program::new();
        program.write("own.toml", format!("[{command}]\n{option} = '{value}'\n"));
        let by_file = program.run(&[words, &["--config", "own.toml"]].concat());
        for (ended, origin) in [(by_variable, variable.as_str()), (by_file, "own.toml:2")] {
            assert!(ended.code > 1, "{words:?} {option}: {ended:?}");
            assert!(ended.err.contains(origin), "{words:?} does not name {origin}: {}", ended.err);
        }
    }
}

#[test]
fn a_value_that_is_not_possible_gets_those_that_are() {
    let ended = Program::new().variable("MH_HOOK_FORMAT", "bogus").run(&["events"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    let message = "invalid value 'bogus' for '--format <FORMAT>' [possible values: pretty, compact, json]";
    assert_eq!(ended.err, format!("error: {message}\nhint: the value comes from MH_HOOK_FORMAT\n"));
}
