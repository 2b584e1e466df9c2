//! What the README says is so: its commands run, and every field of a record stands in it.

use std::process::Command;
use std::sync::Arc;

use crate::support::{Listening, Program, has, project_file};

/// The lines of the README's code blocks that begin so.
fn lines(start: &str) -> Vec<String> {
    let readme = project_file("README.md");
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in readme.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            let line = line.trim_start();
            lines.push(line.strip_prefix("$ ").unwrap_or(line).to_owned());
        }
    }
    lines.retain(|line| line.starts_with(start));
    lines
}

/// Splits a command line as a shell does, up to a redirection or to the remark after it.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" > ").next().unwrap();
    let line = line.split("   ").next().unwrap();
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.into_iter().skip(1).filter(|word| !word.is_empty()).collect()
}

/// Replaces the value of an option, or adds it.
fn set(words: &mut Vec<String>, option: &str, value: &str) {
    match words.iter().position(|word| word == option) {
        Some(at) => value.clone_into(&mut words[at + 1]),
        None => words.extend([option.to_owned(), value.to_owned()]),
    }
}

/// Has a trial take no longer than it must, and its handler be the one that is there.
fn shorten_trial(words: &mut Vec<String>, handler: &str) {
    let has = |words: &[String], option: &str| words.iter().any(|word| word == option);
    set(words, "--port", "0");
    if !has(words, "--tool") && !has(words, "--prompt") {
        set(words, "--prompt", "[duration=0]");
    }
    if has(words, "--forward") {
        set(words, "--forward", handler);
    }
}

#[test]
fn the_commands_of_the_readme_run() {
    let program = Program::with_secret();
    program.write("photo.png", b"\x89PNG\r\n\x1a\n");
    program.write("event.json", r#"{"type":"video.completed","payload":{"id":"clx1"}}"#);
    std::fs::create_dir(program.home.path().join("src")).unwrap();
    let listening = program.listen(&[]);
    // Some commands look at deliveries that came before.
    assert_eq!(program.run(&["send", "all", "--to", &listening.url]).code, 0);
    let mut seen = 0;
    for mut words in lines("mh-hook ").iter().map(|line| words(line)) {
        let line = words.join(" ");
        let expected: &[i32] = match words[0].as_str() {
            "listen" => {
                set(&mut words, "--port", "0");
                set(&mut words, "--timeout", "50ms");
                &[0, 5]
            }
            "send" => {
                set(&mut words, "--to", &listening.url);
                if words.iter().any(|word| word == "--count") {
                    set(&mut words, "--count", "20");
                }
                if line.contains("--fault") && !line.contains("--expect-status") { &[1] } else { &[0] }
            }
            "replay" => {
                set(&mut words, "--to", &listening.url);
                &[0]
            }
            "verify" => &[0, 1],
            // No tunnel leads here.
            "e2e" if line.contains("--public-url") => continue,
            "e2e" => {
                shorten_trial(&mut words, &listening.url);
                if line.contains("[error=") { &[7] } else { &[0] }
            }
            "sandbox" => {
                set(&mut words, "--port", "0");
                set(&mut words, "--format", "json");
                let sandbox = Listening::start(program.command(&words), Arc::clone(&program.home));
                assert_eq!(sandbox.stop().code, 0, "mh-hook {line}");
                seen += 1;
                continue;
            }
            "check" => {
                words[1].clone_from(&listening.url);
                words.extend(["--only", "accepts.video-completed"].map(str::to_owned));
                &[0]
            }
            _ => &[0],
        };
        let ended = program.run(&words);
        assert!(expected.contains(&ended.code), "mh-hook {line}: {ended:?}");
        seen += 1;
    }
    assert!(seen >= 15, "only {seen} commands found");
}

/// What does not differ from run to run in the lines of a trial, whatever its ids, times, sizes and ports.
fn constant(text: &str) -> Vec<String> {
    let word = |word: &str| match word {
        "ms" | "s" | "µs" => "T".to_owned(),
        "before" | "after" => "AT".to_owned(),
        word if word.chars().any(|c| c.is_ascii_digit() || c == '…') => "#".to_owned(),
        word => word.to_owned(),
    };
    let line = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    // The details endpoint and the webhook race each other; on a machine that is busy enough, a job is complete before it was
    // seen to render.
    let mut lines: Vec<String> = text.lines().map(line).filter(|line| line != "# T rendering").collect();
    lines.sort();
    lines
}

#[test]
fn the_first_thing_that_the_readme_shows_is_what_the_program_prints() {
    let readme = project_file("README.md");
    let (before, shown) = readme.split_once("$ mh-hook e2e --image\n").unwrap();
    assert!(before.lines().count() < 25 && before.contains("    cargo run --release -- e2e --image\n"));
    let shown = shown.split_once("```").unwrap().0;
    let ended = Program::new().run(&["e2e", "--image"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let banner: Vec<&str> = ended.err.lines().take(3).collect();
    assert_eq!(constant(shown), constant(&format!("{}\n{}", banner.join("\n"), ended.out)));
}

#[test]
fn the_curl_commands_of_the_readme_work_as_typed() {
    if !has("curl") {
        return;
    }
    let program = Program::with_secret();
    let arguments = ["sandbox", "--port", "0", "--format", "json"];
    let sandbox = Listening::start(program.command(&arguments), Arc::clone(&program.home));
    let commands: Vec<String> = lines("curl ").into_iter().filter(|line| line.contains(":8787")).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let command = command.replace("http://localhost:8787", sandbox.url.trim_end_matches('/'));
        let ran =
            Command::new("sh").args(["-c", &command.replacen("curl", "curl --silent --fail", 1)]).output().unwrap();
        assert!(ran.status.success(), "{command}: {ran:?}");
        assert!(serde_json::from_slice::<serde_json::Value>(&ran.stdout).is_ok(), "{command}: {ran:?}");
    }
}

#[test]
fn every_field_of_a_record_stands_in_the_readme() {
    let readme = project_file("README.md");
    let program = Program::new();
    let mut listening = program.listen(&[]);
    let sent = program.run(&["send", "video.completed", "--format", "json", "--to", &listening.url]).records();
    let trial = program.run(&["e2e", "--image", "--prompt", "[duration=0]", "--format", "json"]).records();
    let load =
        program.run(&["send", "video.completed", "--format", "json", "--count", "2", "--to", &listening.url]).records();
    let summary = trial.last().unwrap();
    let all = [listening.record(), sent[0].clone(), load[0].clone(), summary["jobs"][0].clone()];
    for record in all.into_iter().chain(trial) {
        for (field, _) in record.as_object().unwrap() {
            let documented =
                field == "v" || readme.contains(&format!("`{field}`")) || readme.contains(&format!("\"{field}\""));
            assert!(documented, "{} has a field that the README does not name: {field}", record["record"]);
        }
    }
}

#[test]
fn every_exit_code_and_problem_stands_in_the_readme() {
    let readme = project_file("README.md");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "130"] {
        assert!(readme.contains(&format!("| {code} | ")), "{code}");
    }
}
