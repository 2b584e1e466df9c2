//! The documentation holds: its commands run, its output is what the program prints, and it names every field of a record.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::support::{Listening, Program, has, project_file};

const TOPICS: &str = "src/commands/help/topics";

fn topic(name: &str) -> String {
    project_file(&format!("{TOPICS}/{name}.md"))
}

/// Names of all topics, as their files are called.
fn topics() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(TOPICS);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Lines of the code blocks of a Markdown text that begin with `start`.
fn lines(text: &str, start: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
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

/// The hints that samples show, each with the command that it follows.
fn shown_hints(text: &str) -> Vec<(String, String)> {
    let mut command = None;
    let mut hints = Vec::new();
    for line in text.lines().map(str::trim_start) {
        match (line.strip_prefix("$ "), &command) {
            (Some(shown), _) => command = Some(shown.to_owned()),
            (None, Some(command)) if line.starts_with("hint: ") => hints.push((command.clone(), line.to_owned())),
            (None, _) if line.starts_with("```") => command = None,
            _ => {}
        }
    }
    hints
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

/// A home with some deliveries in its journal and the files that examples name, and a listener.
struct Stage {
    program: Program,
    listening: Listening,
}

impl Stage {
    fn new() -> Self {
        let program = Program::with_secret();
        program.write("photo.png", b"\x89PNG\r\n\x1a\n");
        program.write("event.json", r#"{"type":"video.completed","payload":{"id":"clx1"}}"#);
        fs::create_dir(program.home.path().join("src")).unwrap();
        let listening = program.listen(&[]);
        assert_eq!(program.run(&["send", "all", "--to", &listening.url]).code, 0);
        Self { program, listening }
    }

    /// Runs a command line of the documentation, on free ports and against the listener, and compares its exit code.
    fn run(&self, line: &str) {
        let mut words = words(line);
        // No tunnel reaches this machine, nobody waits for what is yet to come, and no file is to be written outside of the home.
        if ["--public-url", "--tunnel", "--from", "--follow"].iter().any(|option| line.contains(option)) {
            return;
        }
        let listener = &self.listening.url;
        let expected = match words[0].as_str() {
            "listen" => {
                set(&mut words, "--port", "0");
                set(&mut words, "--timeout", "50ms");
                if line.contains("--expect") { 5 } else { 0 }
            }
            "send" => {
                set(&mut words, "--to", listener);
                if words.iter().any(|word| word == "--count") {
                    set(&mut words, "--count", "20");
                }
                i32::from(line.contains("--fault") && !line.contains("--expect-status") && !line.contains("list"))
            }
            "replay" => {
                set(&mut words, "--to", listener);
                0
            }
            "e2e" => {
                shorten_trial(&mut words, listener);
                // With its page, a run stays open until it is interrupted.
                words.retain(|word| word != "--ui");
                if line.contains("[error=") { 7 } else { 0 }
            }
            // On a port where nothing listens.
            "sandbox" if line.contains("--ping") => {
                set(&mut words, "--port", "1");
                4
            }
            "sandbox" | "ui" => {
                set(&mut words, "--port", "0");
                set(&mut words, "--format", "json");
                // There is no browser to open here.
                words.retain(|word| word != "--open");
                let serving = Listening::start(self.program.command(&words), Arc::clone(&self.program.home));
                assert_eq!(serving.stop().code, 0, "{line}");
                return;
            }
            "check" if words.get(1).is_some_and(|word| word.starts_with("http")) => {
                words[1].clone_from(listener);
                words.extend(["--only", "accepts.video-completed"].map(str::to_owned));
                0
            }
            _ => 0,
        };
        let ended = self.program.run(&words);
        assert_eq!(ended.code, expected, "{line}: {ended:?}");
    }
}

#[test]
fn the_commands_of_the_readme_and_of_the_topics_run() {
    let stage = Stage::new();
    let texts = topics().into_iter().map(|name| topic(&name)).chain([project_file("README.md")]);
    let commands: Vec<String> = texts.flat_map(|text| lines(&text, "mh-hook ")).collect();
    assert!(commands.len() >= 25, "only {} commands found", commands.len());
    for line in &commands {
        stage.run(line);
    }
}

#[test]
fn the_hints_of_the_samples_are_those_that_are_printed() {
    let stage = Stage::new();
    let texts = topics().into_iter().map(|name| topic(&name)).chain([project_file("README.md")]);
    let hints = texts.flat_map(|text| shown_hints(&text));
    let hints: Vec<_> = hints.filter(|(line, _)| line.starts_with("mh-hook send ")).collect();
    assert!(!hints.is_empty());
    for (line, hint) in &hints {
        let mut words = words(line);
        set(&mut words, "--to", &stage.listening.url);
        let printed = stage.program.run(&words).err;
        assert!(printed.lines().any(|line| line == hint), "{line}: {printed}");
    }
}

#[test]
fn the_examples_of_every_command_run() {
    let stage = Stage::new();
    let help = stage.program.run(&["--help"]).out;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        let help = stage.program.run(&[name, "--help"]).out;
        let examples = help.split("Examples:").nth(1).unwrap_or_else(|| panic!("{name} --help shows no examples"));
        let examples: Vec<&str> = examples.lines().map(str::trim).filter(|line| line.starts_with("mh-hook ")).collect();
        assert!((2..=5).contains(&examples.len()), "{name} --help shows {} examples", examples.len());
        for line in examples {
            stage.run(line);
        }
    }
}

#[test]
fn the_readme_is_short_and_lists_every_topic() {
    let readme = project_file("README.md");
    let length = readme.lines().count();
    assert!(length < 250, "README.md has {length} lines");
    let help = Program::new().run(&["help"]).out;
    for name in topics() {
        assert!(readme.contains(&format!("| [`{name}`]({TOPICS}/{name}.md) |")), "README.md does not list {name}");
        assert!(help.contains(&format!("\n  {name} ")), "`mh-hook help` does not list {name}");
    }
}

#[test]
fn a_topic_is_printed_as_markdown_into_a_pipe_and_as_a_record_in_json() {
    let text = topic("exit-codes");
    assert_eq!(Program::new().run(&["help", "exit-codes"]).out, text);
    let record = Program::new().run(&["help", "Exit-Codes", "--format", "json"]).records().remove(0);
    assert_eq!((record["record"].as_str(), record["text"].as_str()), (Some("topic"), Some(text.as_str())));
}

#[test]
fn help_of_a_command_is_what_its_option_prints() {
    let program = Program::new();
    assert_eq!(program.run(&["help", "history", "prune"]).out, program.run(&["history", "prune", "-h"]).out);
    let unknown = program.run(&["help", "exitcodes"]);
    assert_eq!(unknown.code, 2);
    assert_eq!(
        unknown.err,
        "error: no command or topic is named 'exitcodes'\n\
         hint: did you mean `mh-hook help exit-codes`? `mh-hook help` lists all\n"
    );
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
    let mut lines: Vec<String> =
        text.lines().map(line).filter(|line| !line.is_empty() && line != "# T rendering").collect();
    lines.sort();
    lines
}

#[test]
fn the_first_thing_that_the_readme_shows_is_what_the_program_prints() {
    let readme = project_file("README.md");
    let (before, shown) = readme.split_once("$ mh-hook e2e --image\n").unwrap();
    assert!(before.lines().count() < 25 && before.contains("    cargo run -- e2e --image\n"));
    let shown = shown.split_once("```").unwrap().0;
    let ended = Program::new().run(&["e2e", "--image"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let banner: Vec<&str> = ended.err.lines().take(3).collect();
    // A terminal shows the steps at the end; where no line can change they were told as they happened.
    let (steps, rest): (Vec<String>, Vec<String>) =
        constant(shown).into_iter().partition(|line| line.starts_with("# T "));
    assert_eq!(rest, constant(&format!("{}\n{}", banner.join("\n"), ended.out)));
    assert_eq!(steps.len(), 4);
    for step in steps {
        let name = step.split(' ').nth(2).unwrap();
        assert!(ended.err.contains(&format!("  {name}")), "{name}: {}", ended.err);
    }
}

#[test]
fn the_curl_commands_of_the_sandbox_topic_work_as_typed() {
    if !has("curl") {
        return;
    }
    let program = Program::with_secret();
    let arguments = ["sandbox", "--port", "0", "--format", "json"];
    let sandbox = Listening::start(program.command(&arguments), Arc::clone(&program.home));
    let commands: Vec<String> =
        lines(&topic("sandbox"), "curl ").into_iter().filter(|line| line.contains(":8787")).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let command = command.replace("http://localhost:8787", sandbox.url.trim_end_matches('/'));
        let ran =
            Command::new("sh").args(["-c", &command.replacen("curl", "curl --silent --fail", 1)]).output().unwrap();
        assert!(ran.status.success(), "{command}: {ran:?}");
        assert!(serde_json::from_slice::<serde_json::Value>(&ran.stdout).is_ok(), "{command}: {ran:?}");
    }
}

/// Commands that only print records.
const LISTINGS: [&[&str]; 13] = [
    &["check", "--list"],
    &["config", "list"],
    &["config", "path"],
    &["doctor"],
    &["e2e", "--tool", "list"],
    &["events"],
    &["history", "list"],
    &["history", "prune", "--dry-run", "--keep", "1"],
    &["init"],
    &["init", "fastapi", "-"],
    &["secret", "show"],
    &["secret", "path"],
    &["send", "--fault", "list"],
];

#[test]
fn every_field_of_a_record_stands_in_the_topic() {
    let reference = topic("json");
    let program = Program::new();
    let mut listening = program.listen(&[]);
    let sent = program.run(&["send", "video.completed", "--format", "json", "--to", &listening.url]).records();
    let trial = program.run(&["e2e", "--image", "--prompt", "[duration=0]", "--format", "json"]).records();
    let load =
        program.run(&["send", "video.completed", "--format", "json", "--count", "2", "--to", &listening.url]).records();
    let summary = trial.last().unwrap();
    let all = [listening.record(), sent[0].clone(), load[0].clone(), summary["jobs"][0].clone()];
    let listed = LISTINGS.iter().flat_map(|words| {
        let ran = program.run(&[*words, &["--format", "json"]].concat());
        assert!(!ran.out.is_empty(), "{words:?}: {}", ran.err);
        ran.records()
    });
    for record in all.into_iter().chain(listed).chain(trial) {
        for (field, _) in record.as_object().unwrap() {
            let documented = field == "v"
                || reference.contains(&format!("`{field}`"))
                || reference.contains(&format!("\"{field}\""));
            assert!(documented, "{} has a field that the topic does not name: {field}", record["record"]);
        }
    }
}

#[test]
fn every_exit_code_stands_in_the_topic() {
    let reference = topic("exit-codes");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "130"] {
        assert!(reference.contains(&format!("| {code} | ")), "{code}");
    }
}

#[test]
fn the_tour_of_contributing_is_five_files_of_560_lines_at_most() {
    let contributing = project_file("CONTRIBUTING.md");
    let tour = contributing.split("## A tour in five files").nth(1).unwrap().split("\n## ").next().unwrap();
    let files: Vec<&str> = tour
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|file| is_rust(file))
        .collect();
    assert_eq!(
        files,
        [
            "src/lib.rs",
            "src/cli/root.rs",
            "src/commands/listen/run.rs",
            "src/engine/receive/receiver.rs",
            "src/net/accept/server.rs"
        ]
    );
    let lines: usize = files.iter().map(|file| project_file(file).lines().count()).sum();
    assert!(lines <= 560, "the tour has {lines} lines");
}

#[test]
fn the_files_that_contributing_names_exist() {
    let contributing = project_file("CONTRIBUTING.md");
    let picture = contributing.split("```text").nth(1).unwrap().split("```").next().unwrap();
    let drawn = picture.split_whitespace().filter(|word| is_rust(word)).map(|word| format!("src/{word}"));
    let named = contributing
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("src/") || word.starts_with("tests/"));
    let mut files: Vec<String> = drawn.chain(named.map(str::to_owned)).collect();
    assert!(files.len() > 20, "{files:?}");
    files.retain(|file| !Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists());
    assert_eq!(files, Vec::<String>::new());
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}
