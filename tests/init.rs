//! `mh-hook init`, as the program.

use crate::support::Program;

/// Every name that people may type, and the file that it writes.
const NAMES: [(&str, &str); 24] = [
    ("fastapi", "webhook.py"),
    ("python", "webhook.py"),
    ("flask", "webhook.py"),
    ("django", "webhook.py"),
    ("express", "webhook.mjs"),
    ("Node", "webhook.mjs"),
    ("nextjs", "app/webhook/route.ts"),
    ("next", "app/webhook/route.ts"),
    ("NEXT.JS", "app/webhook/route.ts"),
    ("hono", "webhook.ts"),
    ("deno", "webhook.ts"),
    ("fastify", "webhook.mjs"),
    ("nest", "webhook.ts"),
    ("cloudflare", "webhook.mjs"),
    ("lambda", "webhook.mjs"),
    ("golang", "webhook.go"),
    ("ruby", "webhook.rb"),
    ("php", "webhook.php"),
    ("laravel", "webhook.php"),
    ("java", "Webhook.java"),
    ("spring-boot", "src/main/java/WebhookController.java"),
    ("dotnet", "Program.cs"),
    ("rust", "src/bin/webhook.rs"),
    ("axum", "src/bin/webhook.rs"),
];

#[test]
fn each_name_writes_its_handler_with_the_folders_that_it_needs() {
    for (name, file) in NAMES {
        let program = Program::new();
        let ended = program.run(&["init", name]);
        assert_eq!((ended.code, ended.out.trim_end()), (0, file), "{name}: {}", ended.err);
        let text = std::fs::read_to_string(program.home.path().join(file)).unwrap();
        assert!(text.to_lowercase().contains("magic-hour-event-signature"), "{name}");
        assert!(ended.err.contains("mh-hook check http://localhost:"), "{}", ended.err);
    }
}

#[test]
fn a_new_handler_is_never_written_over_an_old_file() {
    let program = Program::new();
    let file = program.home.path().join("webhook.py");
    std::fs::write(&file, "mine").unwrap();
    let ended = program.run(&["init", "fastapi"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("webhook.py exists already, and is left as it is"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_missing_folder_is_made_and_a_place_that_cannot_be_one_is_named() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "express", "src/hooks/x.mjs"]).code, 0);
    assert!(program.home.path().join("src/hooks/x.mjs").is_file());
    let ended = program.run(&["init", "express", "src/hooks/x.mjs/y.mjs"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("cannot make the folder src/hooks/x.mjs: file exists"), "{}", ended.err);
}

#[test]
fn a_dash_shows_the_handler_and_writes_no_file() {
    let program = Program::new();
    let shown = program.run(&["init", "express", "-"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    assert!(!program.home.path().join("-").exists());
    assert_eq!(program.run(&["init", "express"]).code, 0);
    let written = std::fs::read_to_string(program.home.path().join("webhook.mjs")).unwrap();
    assert_eq!(shown.out, written);
}

#[test]
fn without_a_name_all_are_listed_and_the_one_of_the_folder_is_named() {
    let program = Program::new();
    let ended = program.run(&["init"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    for name in ["fastapi", "nextjs", "spring", "axum"] {
        assert!(ended.out.contains(name), "{}", ended.out);
    }
    assert!(ended.err.contains("`mh-hook init NAME` writes one of them"), "{}", ended.err);
    std::fs::write(program.home.path().join("requirements.txt"), "Flask==3\n").unwrap();
    let ended = program.run(&["init"]);
    assert!(ended.err.contains("requirements.txt looks like Python: Flask: `mh-hook init flask`"), "{}", ended.err);
    let records = program.run(&["init", "--format", "json"]).out;
    assert!(
        records.contains(r#""name":"flask","title":"Python: Flask","aliases":[],"file":"webhook.py""#),
        "{records}"
    );
    assert!(records.contains(r#""likely":"requirements.txt""#), "{records}");
}
