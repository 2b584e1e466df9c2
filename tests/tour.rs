//! A tour of short commands, as people type them who have never read the README.

use crate::support::{Ended, Program, project_file};

/// Asserts that an error says what to do next, and names only commands that exist.
#[track_caller]
fn leads_somewhere(line: &str, ended: &Ended) {
    if ended.code != 0 {
        assert!(ended.err.contains("\nhint: "), "{line}: {}", ended.err);
    }
    let program = mh_hook::cli::command();
    for quoted in ended.err.split('`').skip(1).step_by(2) {
        let Some(word) = quoted.strip_prefix("mh-hook ").and_then(|rest| rest.split(' ').next()) else { continue };
        assert!(word.starts_with('-') || program.find_subcommand(word).is_some(), "{line}: no command `{quoted}`");
    }
}

#[test]
fn sixty_short_commands_end_as_they_should() {
    let program = Program::new();
    let listening = program.listen(&[]);
    let port = listening.port().to_string();
    let tour = project_file("tests/tour.txt");
    let lines: Vec<&str> = tour.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 60, "{} commands", lines.len());
    for line in lines {
        let (code, command) = line.split_once(" mh-hook").unwrap();
        let command = command.replace("{port}", &port);
        let words: Vec<&str> = command.split_whitespace().collect();
        let ended = program.run(&words);
        assert_eq!(ended.code.to_string(), code, "{line}\n{}{}", ended.out, ended.err);
        leads_somewhere(line, &ended);
    }
    listening.stop();
}

#[test]
fn a_word_of_another_tool_is_followed_by_the_name_here() {
    let ended = Program::new().run(&["trigger", "video.completed", "--dry-run"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("`trigger` is `mh-hook send` here"), "{}", ended.err);
}

#[test]
fn the_settings_in_force_name_their_origins_and_hide_secrets() {
    let program = Program::with_secret().variable("MH_HOOK_LISTEN_PORT", "9000");
    program.write("mh-hook.toml", "[send]\ntimeout = \"5s\"\n");
    let records = program.run(&["config", "list", "--format", "json"]).records();
    let setting = |name: &str| records.iter().find(|record| record["name"] == name).unwrap().clone();
    assert_eq!(setting("listen.port")["values"][0], "9000");
    assert_eq!(setting("listen.port")["origin"], "MH_HOOK_LISTEN_PORT");
    assert_eq!(setting("send.timeout")["origin"], "./mh-hook.toml:2");
    assert_eq!(setting("sandbox.port")["origin"], "default");
    assert_eq!(setting("webhook-secret")["origin"], "MAGIC_HOUR_WEBHOOK_SECRET");
    let all = serde_json::to_string(&records).unwrap();
    assert!(!all.contains(crate::support::SECRET), "{all}");
}

#[test]
fn a_settings_file_to_begin_with_is_accepted_as_it_is_and_never_overwritten() {
    let program = Program::new();
    assert_eq!(program.run(&["config", "init"]).code, 0);
    let path = program.home.path().join("mh-hook.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    // Every line that sets something can be taken as it is, but for the placeholders of places and names.
    let taken: String = text
        .lines()
        .map(|line| {
            line.strip_prefix("# ").filter(|line| line.starts_with("port = ")).unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    program.write("mh-hook.toml", taken);
    assert_eq!(program.run(&["events"]).code, 0);
    let again = program.run(&["config", "init"]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (2, "error: cannot write mh-hook.toml: file exists\nhint: edit it, or remove it first\n")
    );
}
