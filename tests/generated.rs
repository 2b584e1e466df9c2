//! Files that the program writes itself are kept in the project, and are current.

use std::process::Command;

use crate::support::{Program, project_file};

#[test]
fn the_completions_that_are_kept_are_those_that_the_program_prints() {
    let files = [
        ("bash", "mh-hook.bash"),
        ("zsh", "_mh-hook"),
        ("fish", "mh-hook.fish"),
        ("powershell", "_mh-hook.ps1"),
        ("elvish", "mh-hook.elv"),
    ];
    for (shell, file) in files {
        let printed = Program::new().run(&["completions", shell]);
        assert_eq!(printed.code, 0, "{}", printed.err);
        let kept = project_file(&format!("completions/{file}"));
        assert!(
            printed.out == kept,
            "completions/{file} is out of date; write it with: cargo run -- completions {shell} > completions/{file}"
        );
    }
}

#[test]
fn every_command_has_a_manual_page_that_names_its_options() {
    let directory = tempfile::tempdir().unwrap();
    let written = Program::new().run(&["man", directory.path().to_str().unwrap()]);
    assert_eq!((written.code, written.out.as_str(), written.err.as_str()), (0, "", ""));
    let mut pages = std::fs::read_dir(directory.path()).unwrap().count();
    let mut command = mh_hook::cli::command();
    command.build();
    let mut waiting = vec![command];
    while let Some(command) = waiting.pop() {
        let name = command.get_display_name().unwrap_or("mh-hook").to_owned();
        let page = std::fs::read_to_string(directory.path().join(format!("{name}.1"))).unwrap();
        let plain = page.replace('\\', "");
        for option in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(plain.contains(&format!("--{option}")), "{name}.1 does not name --{option}");
        }
        assert!(plain.contains("EXIT STATUS") && plain.contains("Local set-up"), "{name}.1:\n{page}");
        pages -= 1;
        waiting.extend(command.get_subcommands().filter(|below| !below.is_hide_set()).cloned());
    }
    assert_eq!(pages, 0, "pages of no command");
}

#[test]
fn the_page_of_a_command_is_the_same_in_every_run() {
    insta::assert_snapshot!("man", Program::new().run(&["man"]).out);
}

#[test]
fn the_notices_name_every_crate_that_is_linked_in() {
    let printed = Program::new().run(&["licenses"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.starts_with("MIT License"), "{}", printed.out);
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let crates = tree.lines().filter_map(|line| line.split_once(" v"));
    let crates: Vec<_> = crates.map(|(name, rest)| (name, rest.split(' ').next().unwrap())).collect();
    assert!(crates.len() > 100, "cargo tree printed:\n{tree}");
    for (name, version) in crates.into_iter().filter(|(name, _)| *name != "mh-hook") {
        assert!(
            printed.out.contains(&format!("\n    {name} {version}  ")),
            "no notice of {name} {version}; write the notices with: \
             .github/packages/notices.py > src/commands/licenses/THIRD-PARTY.txt"
        );
    }
}

#[test]
fn a_version_with_v_names_commit_and_target() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(Program::new().run(&["--version"]).out, format!("mh-hook {version}\n"));
    let printed = Program::new().run(&["--version", "-v"]);
    let target = format!("target  {}-{}", std::env::consts::ARCH, std::env::consts::OS);
    assert!(printed.out.starts_with(&format!("mh-hook {version}\ncommit  ")), "{}", printed.out);
    assert!(printed.out.contains(&target), "{}", printed.out);
}
