//! The architecture of `src/`, kept by a machine.
//!
//! The first tests run the house rules on `src/`; the others run them on samples that break them, since a checker that
//! cannot fail checks nothing.

use crate::house_rules::{
    Finding, LONGER_FILES, circles, commands_apart, doc_comments, floors, folders, globs, grandparents, lengths,
    mod_files, openings, type_names,
};
use crate::rust_source::Source;

#[track_caller]
fn assert_kept(findings: &[Finding]) {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} broken rules:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn imports_only_point_down() {
    assert_kept(&floors(&Source::all()));
}

#[test]
fn no_command_imports_another() {
    assert_kept(&commands_apart(&Source::all()));
}

#[test]
fn nothing_is_imported_by_glob() {
    assert_kept(&globs(&Source::all()));
}

#[test]
fn nobody_climbs_two_modules_up() {
    assert_kept(&grandparents(&Source::all()));
}

#[test]
fn every_file_is_short() {
    assert_kept(&lengths(&Source::all(), &LONGER_FILES));
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_kept(&openings(&Source::all()));
}

#[test]
fn mod_files_are_tables_of_contents() {
    assert_kept(&mod_files(&Source::all()));
}

#[test]
fn no_files_import_each_other() {
    assert_kept(&circles(&Source::all()));
}

#[test]
fn a_type_name_occurs_once() {
    assert_kept(&type_names(&Source::all()));
}

#[test]
fn commands_and_engines_have_folders() {
    assert_kept(&folders(&Source::all()));
}

#[test]
fn doc_comments_begin_with_the_thing() {
    assert_kept(&doc_comments(&Source::all()));
}

mod samples {
    //! What the rules say of code that keeps or breaks them.

    use crate::house_rules::{
        Finding, LONGEST_FILE, circles, commands_apart, doc_comments, floors, folders, globs, grandparents, lengths,
        mod_files, openings, type_names,
    };
    use crate::rust_source::Source;

    #[track_caller]
    fn assert_found(findings: &[Finding], expected: &[&str]) {
        let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(lines, expected);
    }

    #[track_caller]
    fn assert_floors(file: &str, text: &str, expected: &[&str]) {
        assert_found(&floors(&[Source::parse(file, text)]), expected);
    }

    #[test]
    fn an_import_from_a_higher_floor_is_found() {
        let expected = ["src/model/event.rs:2: model may not import store (store::Journal)"];
        assert_floors("src/model/event.rs", "//! Events.\nuse crate::store::Journal;", &expected);
    }

    #[test]
    fn an_import_from_the_same_floor_is_found() {
        let expected = ["src/net/server.rs:1: net may not import output (output::Theme)"];
        assert_floors("src/net/server.rs", "use crate::output::Theme;", &expected);
    }

    #[test]
    fn every_branch_of_a_group_is_followed() {
        let text = "use crate::{\n    model::{Event, secret::Secret as S},\n    output::{self, Theme},\n    net,\n};";
        let expected = [
            "src/engine/sender.rs:3: engine may not import output (output)",
            "src/engine/sender.rs:3: engine may not import output (output::Theme)",
        ];
        assert_floors("src/engine/sender.rs", text, &expected);
    }

    #[test]
    fn a_path_outside_of_a_use_is_found() {
        let text = "fn f() -> crate::engine::Sender { crate::model::make::<u8>() }\nmacro_rules! m { () => { $crate::cli::x } }";
        let expected = [
            "src/store/mod.rs:1: store may not import engine (engine::Sender)",
            "src/store/mod.rs:2: store may not import cli (cli::x)",
        ];
        assert_floors("src/store/mod.rs", text, &expected);
    }

    #[test]
    fn what_the_library_re_exports_belongs_to_the_library() {
        let expected = ["src/engine/sandbox.rs:1: engine may not import lib (Sandbox)"];
        assert_floors("src/engine/sandbox.rs", "use crate::Sandbox;", &expected);
    }

    #[test]
    fn super_is_seen_through() {
        let climbing = "use super::store::Journal;\nmod inner { use super::Journal; use self::deep::X; }";
        let expected = ["src/model.rs:1: model may not import store (store::Journal)"];
        assert_floors("src/model.rs", climbing, &expected);
    }

    #[test]
    fn strings_and_comments_import_nothing() {
        let text = "//! See [`crate::cli::run`].\n/// And `crate::cli`.\n// use crate::cli::X;\n/* use crate::cli::X; */\n\
                    const A: &str = \"use crate::cli::X;\";\nconst B: &str = r#\"crate::cli::\"X\"\"#;\nconst C: char = '\"';";
        assert_floors("src/model/event.rs", text, &[]);
    }

    #[test]
    fn tests_may_import_what_stands_lower_and_no_more() {
        let text = "#[cfg(test)]\nmod tests {\n    use crate::output::Theme;\n    use crate::commands::listen;\n}\n\
                    #[cfg(all(test, unix))]\nuse crate::output::Table;\nuse crate::output::Late;\n\
                    #[cfg(not(test))]\nuse crate::output::Never;";
        let expected = [
            "src/engine/receiver.rs:4: engine may not import commands (commands::listen)",
            "src/engine/receiver.rs:8: engine may not import output (output::Late)",
            "src/engine/receiver.rs:10: engine may not import output (output::Never)",
        ];
        assert_floors("src/engine/receiver.rs", text, &expected);
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_a_test() {
        let tests = Source::parse("src/engine/receiver/tests.rs", "use crate::output::Theme;");
        let declaring = Source::parse("src/engine/receiver/mod.rs", "#[cfg(test)]\nmod tests;");
        assert_found(&floors(&[declaring, tests]), &[]);
        let tests = Source::parse("src/engine/receiver/tests.rs", "use crate::output::Theme;");
        let expected = ["src/engine/receiver/tests.rs:1: engine may not import output (output::Theme)"];
        assert_found(&floors(&[tests]), &expected);
    }

    #[test]
    fn main_may_import_the_library_and_the_library_may_not_import_itself_from_outside() {
        assert_floors("src/main.rs", "use mh_hook::cli;\nfn main() { crate::go(); }\nfn go() {}", &[]);
        let expected = ["src/engine/sender.rs:1: engine may not import lib (model::Event)"];
        assert_floors("src/engine/sender.rs", "use mh_hook::model::Event;", &expected);
    }

    #[test]
    fn a_module_without_a_floor_is_found() {
        let expected = ["src/util.rs:1: `util` has no place in the house: tests/house_rules.rs has the table"];
        assert_floors("src/util.rs", "", &expected);
    }

    #[test]
    fn a_command_that_imports_another_is_found() {
        let sources = [
            Source::parse("src/commands/mod.rs", "pub use crate::commands::send::SendArgs;"),
            Source::parse(
                "src/commands/shared/context.rs",
                "pub struct Context;\nuse crate::commands::send::SendArgs;",
            ),
            Source::parse(
                "src/commands/send.rs",
                "pub struct SendArgs;\nuse crate::commands::shared::context::Context;",
            ),
            Source::parse("src/commands/e2e/mod.rs", "mod judge;"),
            Source::parse("src/commands/e2e/judge.rs", "use crate::commands::e2e::E2eArgs;\nuse super::super::send;"),
            Source::parse("src/commands/e2e/args.rs", "pub struct E2eArgs;"),
        ];
        let expected = [
            "src/commands/shared/context.rs:2: shared may not import the command send: move what they share to commands/shared",
            "src/commands/e2e/judge.rs:2: e2e may not import the command send: move what they share to commands/shared",
        ];
        assert_found(&commands_apart(&sources), &expected);
    }

    #[test]
    fn globs_of_ours_are_found_and_preludes_of_others_are_not() {
        let text = "use crate::model::*;\nuse proptest::prelude::*;\nuse crate::prelude::*;\nuse std::{\n    fmt::*, io\n};\n\
                    fn f<T>(a: &u8, b: *const T) -> u8 { *a * *a }\nmod tests { use super::*; use Kind::*; }";
        let expected =
            [1, 3, 5, 8, 8].map(|line| format!("src/net/server.rs:{line}: no glob imports: name what is used"));
        let expected = expected.each_ref().map(String::as_str);
        assert_found(&globs(&[Source::parse("src/net/server.rs", text)]), &expected);
    }

    #[test]
    fn climbing_twice_is_found() {
        let source = Source::parse("src/net/server.rs", "use super::a;\nuse super::super::b;");
        assert_found(&grandparents(&[source]), &["src/net/server.rs:2: no super::super: start at crate::"]);
    }

    #[test]
    fn a_long_file_is_found_and_so_is_an_exception_that_is_needed_no_more() {
        let long = || [Source::parse("src/cli.rs", &"//\n".repeat(LONGEST_FILE + 1))];
        let short = [Source::parse("src/cli.rs", &"//\n".repeat(LONGEST_FILE))];
        let exception = [("src/cli.rs", "a table")];
        assert_found(&lengths(&long(), &[]), &["src/cli.rs:401: longer than 400 lines: split it by what it is about"]);
        assert_found(&lengths(&long(), &exception), &[]);
        assert_found(&lengths(&short, &[]), &[]);
        let expected = ["src/cli.rs:400: short enough by now: take it off the list of longer files"];
        assert_found(&lengths(&short, &exception), &expected);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        let sources = [Source::parse("src/cli.rs", "use std::fmt;\n"), Source::parse("src/error.rs", "//! Errors.\n")];
        assert_found(&openings(&sources), &["src/cli.rs:1: a file opens with `//!` and what it is for"]);
    }

    #[test]
    fn code_in_a_mod_file_is_found() {
        let kept = "//! Docs.\n#![allow(missing_docs, reason = \"[none]\")]\n/// One.\npub mod one;\n#[cfg(test)]\nmod two;\n\
                    pub(crate) use one::{A, B};\npub(in crate::model) use two::C;";
        assert_found(&mod_files(&[Source::parse("src/model/mod.rs", kept)]), &[]);
        for broken in ["pub struct A;", "fn f() {}", "mod tests { }", "pub const A: u8 = 1;"] {
            let source = Source::parse("src/model/mod.rs", &format!("{kept}\n{broken}"));
            let expected = ["src/model/mod.rs:9: mod.rs holds only docs, `mod name;` and `use` lines"];
            assert_found(&mod_files(&[source]), &expected);
        }
    }

    #[test]
    fn files_that_import_each_other_are_found() {
        let sources = [
            Source::parse("src/model/mod.rs", "pub mod a;\npub mod b;\npub mod c;\npub use b::B;"),
            Source::parse("src/model/a.rs", "use crate::model::B;"),
            Source::parse("src/model/b.rs", "use super::c::C;"),
            Source::parse("src/model/c.rs", "use crate::model::{d::D, a};"),
            Source::parse("src/model/d.rs", "#[cfg(test)]\nmod tests { use crate::model::a::A; }"),
        ];
        let expected = ["src/model/a.rs:1: a circle of imports: src/model/a.rs, src/model/b.rs, src/model/c.rs"];
        assert_found(&circles(&sources), &expected);
    }

    #[test]
    fn a_type_name_that_occurs_twice_is_found() {
        let sources = [
            Source::parse("src/model/a.rs", "struct Plan;\nenum Error {}\nimpl X for Y { type Item = u8; }"),
            Source::parse("src/model/b.rs", "enum Error {}\n#[cfg(test)]\nmod tests { struct Plan; }"),
            Source::parse("src/model/c.rs", "\npub(crate) enum Plan {}"),
        ];
        assert_found(&type_names(&sources), &["src/model/c.rs:2: the type Plan is also in src/model/a.rs"]);
    }

    #[test]
    fn a_file_outside_of_a_folder_is_found() {
        let sources = ["src/commands/mod.rs", "src/commands/send/run.rs", "src/engine/helpers.rs", "src/model/id.rs"];
        let sources = sources.map(|file| Source::parse(file, ""));
        let expected = ["src/engine/helpers.rs:1: put it into the folder of its command or engine"];
        assert_found(&folders(&sources), &expected);
    }

    #[test]
    fn a_doc_comment_that_begins_with_a_question_word_is_found() {
        let text = "//! What it is.\n/// A thing.\n/// What follows is prose.\nstruct A;\n    /// Whether it is so.\n    /// How it is.\n\n    /// Which one.";
        let expected = [
            "src/a.rs:1: a doc comment does not begin with What",
            "src/a.rs:8: a doc comment does not begin with Which",
        ];
        assert_found(&doc_comments(&[Source::parse("src/a.rs", text)]), &expected);
    }
}
