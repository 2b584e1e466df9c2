//! The rules of the house: who may import whom, how files open, how long they grow.
//!
//! A rule is a function from sources to findings; `architecture.rs` runs them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::circles::ImportGraph;
use crate::rust_source::{Import, Scan, Source};

/// A module at the top of `src/`, how high it stands, and which others it may import.
struct Floor {
    name: &'static str,
    level: u8,
    may_import: &'static [&'static str],
}

/// CONTRIBUTING.md explains this table; a change to it is a decision, not a repair.
const HOUSE: [Floor; 10] = [
    Floor { name: "model", level: 0, may_import: &[] },
    Floor { name: "net", level: 1, may_import: &["model"] },
    Floor { name: "store", level: 1, may_import: &["model"] },
    Floor { name: "output", level: 1, may_import: &["model"] },
    Floor { name: "engine", level: 2, may_import: &["model", "net", "store"] },
    Floor { name: "error", level: 3, may_import: &["model", "net", "store", "output", "engine"] },
    Floor { name: "commands", level: 4, may_import: &["model", "net", "store", "output", "engine", "error"] },
    Floor { name: "cli", level: 5, may_import: &["model", "net", "store", "output", "error", "commands"] },
    Floor {
        name: "lib",
        level: 6,
        may_import: &["model", "net", "store", "output", "engine", "error", "commands", "cli"],
    },
    Floor { name: "main", level: 7, may_import: &["lib"] },
];

pub(crate) const LONGEST_FILE: usize = 400;

/// Files that may be longer, each with the reason why splitting it would not help the reader.
pub(crate) const LONGER_FILES: [(&str, &str); 0] = [];

/// A broken rule, and where.
pub(crate) struct Finding {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

impl Source {
    fn finding(&self, line: usize, rule: impl Into<String>) -> Finding {
        Finding { file: self.file.clone(), line, rule: rule.into() }
    }

    /// The module at the top of `src/` that the file is part of.
    fn floor_name(&self) -> String {
        let main = self.file == "src/main.rs";
        self.module().first().cloned().unwrap_or_else(|| if main { "main" } else { "lib" }.to_owned())
    }
}

fn floor(name: &str) -> Option<&'static Floor> {
    HOUSE.iter().find(|floor| floor.name == name)
}

/// The module at the top of `src/` that an import leads to: what is no module of the house is the library's own.
fn target(import: &Import) -> &str {
    let first = import.path.first().map_or("lib", String::as_str);
    if import.from_outside || floor(first).is_none() { "lib" } else { first }
}

/// The files as scanned, those of out-of-line test modules marked as tests throughout.
fn scans(sources: &[Source]) -> Vec<(&Source, Scan)> {
    let mut scans: Vec<_> = sources.iter().map(|source| (source, source.scan())).collect();
    let test_modules: Vec<_> = scans.iter().flat_map(|(_, scan)| scan.test_modules.clone()).collect();
    for (source, scan) in &mut scans {
        let module = source.module();
        if test_modules.iter().any(|test| module.starts_with(test)) {
            scan.imports.iter_mut().for_each(|import| import.in_test = true);
        }
    }
    scans
}

pub(crate) fn floors(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (source, scan) in scans(sources) {
        let own = source.floor_name();
        let Some(floor) = floor(&own) else {
            findings.push(
                source.finding(1, format!("`{own}` has no place in the house: tests/house_rules.rs has the table")),
            );
            continue;
        };
        for import in &scan.imports {
            let target = target(import);
            let allowed = target == own
                || floor.name == "main" && !import.from_outside
                || floor.may_import.contains(&target)
                || import.in_test && is_below(target, floor);
            if !allowed {
                let rule = format!("{own} may not import {target} ({})", import.path.join("::"));
                findings.push(source.finding(import.line, rule));
            }
        }
    }
    findings
}

/// Tests may build on everything that stands lower, be it in the table or not.
fn is_below(target: &str, floor: &Floor) -> bool {
    self::floor(target).is_some_and(|target| target.level < floor.level)
}

/// The room of `src/commands/` that every command may use.
const SHARED: &str = "shared";

/// Commands do not import each other: a command is a file or a folder of `src/commands/`, except `shared`.
pub(crate) fn commands_apart(sources: &[Source]) -> Vec<Finding> {
    let command_of = |module: &[String]| match module {
        [floor, name, ..] if floor == "commands" && name != SHARED => Some(name.clone()),
        _ => None,
    };
    let commands: BTreeSet<_> = sources.iter().filter_map(|source| command_of(&source.module())).collect();
    let mut findings = Vec::new();
    for source in sources {
        let module = source.module();
        if module.first().is_none_or(|floor| floor != "commands") || module.len() < 2 {
            continue;
        }
        let own = module.get(1).cloned().unwrap_or_default();
        for import in source.scan().imports {
            if let Some(other) = command_of(&import.path).filter(|other| *other != own && commands.contains(other)) {
                let rule = format!("{own} may not import the command {other}: move what they share to commands/shared");
                findings.push(source.finding(import.line, rule));
            }
        }
    }
    findings
}

/// Preludes of other crates are made to be imported whole; nothing of ours is.
pub(crate) fn globs(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let is_glob = |import: &Import| import.path.last().is_some_and(|last| last == "*");
        let ours: BTreeSet<_> = source.scan().imports.into_iter().filter(is_glob).map(|import| import.line).collect();
        for (index, token) in source.tokens.iter().enumerate() {
            let is_glob = token.text == "*" && in_use(source, index);
            let of_a_prelude = source.at(index.wrapping_sub(2)) == "prelude";
            if is_glob && (ours.contains(&token.line) || !of_a_prelude) {
                findings.push(source.finding(token.line, "no glob imports: name what is used"));
            }
        }
    }
    findings
}

/// Whether the token at `index` is part of a `use`: what stands before it, up to `use`, can stand in a use tree.
fn in_use(source: &Source, index: usize) -> bool {
    let part_of_tree = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_:,{}#*".contains(c));
    let before = source.tokens.get(..index).unwrap_or_default();
    let tree = before.iter().rev().take_while(|token| part_of_tree(&token.text));
    tree.map(|token| token.text.as_str()).any(|text| text == "use")
}

pub(crate) fn grandparents(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for (index, token) in source.tokens.iter().enumerate() {
            if token.text == "super" && source.at(index + 1) == "::" && source.at(index + 2) == "super" {
                findings.push(source.finding(token.line, "no super::super: start at crate::"));
            }
        }
    }
    findings
}

pub(crate) fn lengths(sources: &[Source], exceptions: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        let excepted = exceptions.iter().any(|(file, _)| *file == source.file);
        if lines > LONGEST_FILE && !excepted {
            findings
                .push(source.finding(lines, format!("longer than {LONGEST_FILE} lines: split it by what it is about")));
        } else if lines <= LONGEST_FILE && excepted {
            findings.push(source.finding(lines, "short enough by now: take it off the list of longer files"));
        }
    }
    findings
}

pub(crate) fn openings(sources: &[Source]) -> Vec<Finding> {
    let unopened = sources.iter().filter(|source| !source.text.starts_with("//! "));
    unopened.map(|source| source.finding(1, "a file opens with `//!` and what it is for")).collect()
}

pub(crate) fn mod_files(sources: &[Source]) -> Vec<Finding> {
    let mod_files = sources.iter().filter(|source| source.file.ends_with("/mod.rs"));
    mod_files
        .filter_map(|source| {
            let line = first_other_item(source)?;
            Some(source.finding(line, "mod.rs holds only docs, `mod name;` and `use` lines"))
        })
        .collect()
}

/// The line of the first thing in a file that is neither an attribute nor a `mod name;` nor a `use`.
fn first_other_item(source: &Source) -> Option<usize> {
    let mut index = 0;
    while let Some(token) = source.tokens.get(index) {
        let behind = |end: &str| (index..source.tokens.len()).find(|&at| source.at(at) == end).map(|at| at + 1);
        let next = match token.text.as_str() {
            "#" => behind_attribute(source, index),
            "pub" if source.at(index + 1) == "(" => behind(")"),
            "pub" => Some(index + 1),
            "mod" if source.at(index + 2) == ";" => Some(index + 3),
            "use" => behind(";"),
            _ => None,
        };
        let Some(next) = next else { return Some(token.line) };
        index = next;
    }
    None
}

fn behind_attribute(source: &Source, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for index in start..source.tokens.len() {
        match source.at(index) {
            "[" => depth += 1,
            "]" if depth == 1 => return Some(index + 1),
            "]" => depth -= 1,
            _ => {}
        }
    }
    None
}

pub(crate) fn circles(sources: &[Source]) -> Vec<Finding> {
    let graph = ImportGraph::of(sources);
    let circle = |files: Vec<&str>| {
        let file = files.first().copied().unwrap_or_default().to_owned();
        Finding { file, line: 1, rule: format!("a circle of imports: {}", files.join(", ")) }
    };
    graph.circles().into_iter().map(circle).collect()
}

/// Names that each module may use for a type of its own.
const COMMON_NAMES: [&str; 1] = ["Error"];

/// A type name occurs once in `src/`, so that a name says which type it is.
pub(crate) fn type_names(sources: &[Source]) -> Vec<Finding> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut findings = Vec::new();
    for source in sources {
        for (name, line) in source.types() {
            if COMMON_NAMES.contains(&name.as_str()) {
                continue;
            }
            match seen.get(&name) {
                Some(first) => findings.push(source.finding(line, format!("the type {name} is also in {first}"))),
                None => {
                    seen.insert(name, source.file.clone());
                }
            }
        }
    }
    findings
}

/// A file of `commands` and `engine` belongs to a folder, except these.
const OUTSIDE_OF_FOLDERS: [&str; 14] = [
    "src/commands/mod.rs",
    "src/commands/completions.rs",
    "src/commands/events.rs",
    "src/commands/hold.rs",
    "src/commands/man.rs",
    "src/commands/replay.rs",
    "src/commands/secret.rs",
    "src/commands/ui.rs",
    "src/commands/verify.rs",
    "src/engine/mod.rs",
    "src/engine/clock.rs",
    "src/engine/event_channel.rs",
    "src/engine/records.rs",
    "src/engine/reporter.rs",
];

pub(crate) fn folders(sources: &[Source]) -> Vec<Finding> {
    let outside = |source: &&Source| {
        let module = source.module();
        let roomy = module.first().is_some_and(|floor| matches!(floor.as_str(), "commands" | "engine"));
        roomy
            && module.len() < 3
            && !source.file.ends_with("/mod.rs")
            && !OUTSIDE_OF_FOLDERS.contains(&source.file.as_str())
    };
    sources
        .iter()
        .filter(outside)
        .map(|source| source.finding(1, "put it into the folder of its command or engine"))
        .collect()
}

/// Words that turn a doc comment into a riddle: it names the thing by a question.
const QUESTION_WORDS: [&str; 6] = ["What", "How", "Where", "Which", "Whoever", "Whom"];

/// A doc comment begins with a noun or a verb of the thing.
pub(crate) fn doc_comments(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let mut before = "";
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim_start();
            let doc = line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "));
            let begins = !before.starts_with("///") && !before.starts_with("//!");
            let word = doc.and_then(|text| text.split_whitespace().next()).unwrap_or_default();
            if begins && QUESTION_WORDS.contains(&word) {
                findings.push(source.finding(index + 1, format!("a doc comment does not begin with {word}")));
            }
            before = line;
        }
    }
    findings
}
