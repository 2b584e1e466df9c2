//! Finds circles: files of `src/` that import each other, directly or over others.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust_source::{Source, is_root};

/// Imports between files, by their names. A name that a `mod.rs` passes on leads to the file that defines it.
pub(crate) struct ImportGraph {
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl ImportGraph {
    pub(crate) fn of(sources: &[Source]) -> Self {
        let modules = Modules::of(sources);
        let mut edges = BTreeMap::new();
        let test_modules: Vec<_> = sources.iter().flat_map(|source| source.scan().test_modules).collect();
        for source in sources.iter().filter(|source| !is_table_of_contents(source)) {
            let module = source.module();
            if test_modules.iter().any(|test| module.starts_with(test)) {
                continue;
            }
            let imports = source.scan().imports.into_iter().filter(|import| !import.in_test);
            let targets = imports.filter_map(|import| modules.file_of(&import.path));
            let targets = targets.filter(|target| *target != source.file).collect();
            edges.insert(source.file.clone(), targets);
        }
        Self { edges }
    }

    /// Files that reach themselves, a group for each circle, in the order of their names.
    pub(crate) fn circles(&self) -> Vec<Vec<&str>> {
        let mut circles: Vec<Vec<&str>> = Vec::new();
        for file in self.edges.keys() {
            if circles.iter().any(|circle| circle.contains(&file.as_str())) {
                continue;
            }
            let reached = self.reached(file);
            let circle: Vec<&str> =
                reached.iter().copied().filter(|other| self.reached(other).contains(file.as_str())).collect();
            if !circle.is_empty() {
                circles.push(circle);
            }
        }
        circles
    }

    fn reached(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = vec![file];
        while let Some(next) = open.pop() {
            for target in self.edges.get(next).into_iter().flatten() {
                if reached.insert(target.as_str()) {
                    open.push(target);
                }
            }
        }
        reached
    }
}

fn is_table_of_contents(source: &Source) -> bool {
    source.file.ends_with("/mod.rs") || source.file == "src/lib.rs"
}

/// Modules with a file, and the names that tables of contents pass on.
struct Modules {
    files: BTreeMap<Vec<String>, String>,
    passed_on: BTreeMap<Vec<String>, Vec<String>>,
}

impl Modules {
    fn of(sources: &[Source]) -> Self {
        let files = sources.iter().map(|source| (source.module(), source.file.clone())).collect();
        let contents = sources.iter().filter(|source| is_table_of_contents(source));
        let passed_on = contents.flat_map(names_passed_on).collect();
        Self { files, passed_on }
    }

    /// The file that defines what `path` names; nothing for a table of contents.
    fn file_of(&self, path: &[String]) -> Option<String> {
        let mut path = path.to_vec();
        // A name can be passed on several times.
        for _ in 0..8 {
            let passed_on = (1..=path.len()).find_map(|end| Some((end, self.passed_on.get(path.get(..end)?)?)));
            let Some((end, origin)) = passed_on else { break };
            path = [origin.as_slice(), path.get(end..)?].concat();
        }
        let file = (1..=path.len()).rev().find_map(|end| self.files.get(path.get(..end)?))?;
        (!file.ends_with("/mod.rs")).then(|| file.clone())
    }
}

/// Where the names lead that a table of contents passes on with `pub use`.
fn names_passed_on(source: &Source) -> Vec<(Vec<String>, Vec<String>)> {
    let here = source.module();
    let mut names = Vec::new();
    for index in 0..source.tokens.len() {
        if source.at(index) != "use" {
            continue;
        }
        let rooted = is_root(source.at(index + 1));
        for path in source.paths_from(index + 1) {
            let path: Vec<_> = path.into_iter().skip(usize::from(rooted)).collect();
            let origin = if rooted { path } else { [here.as_slice(), &path].concat() };
            if let Some(name) = origin.last().cloned() {
                names.push(([here.as_slice(), &[name]].concat(), origin));
            }
        }
    }
    names
}
