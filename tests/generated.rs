//! Files that the program writes itself are kept in the project, and are current.

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
