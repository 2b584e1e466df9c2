//! Reads Rust source as tokens and finds the paths in it that lead to other modules of ours.
//!
//! The lexer is `proc-macro2`, so strings are opaque, comments are gone and every token knows its line.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One file of `src/`.
pub(crate) struct Source {
    /// Where it lies, as in `src/model/event.rs`.
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// An identifier, a literal, a bracket, a punctuation character, or `::`.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path that begins at `crate`, `self`, `super` or the library's own name, in a `use` or anywhere else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// From the crate's root: `["store", "Journal"]` for `crate::store::Journal`, `*` for a glob.
    pub(crate) path: Vec<String>,
    /// Whether it was written with the library's name, from outside of the library.
    pub(crate) from_outside: bool,
    /// Whether it stands under `#[cfg(test)]`.
    pub(crate) in_test: bool,
    pub(crate) line: usize,
}

/// What reading a file once finds.
#[derive(Default)]
pub(crate) struct Scan {
    pub(crate) imports: Vec<Import>,
    /// Paths of modules declared as `#[cfg(test)] mod name;`, which live in files of their own.
    pub(crate) test_modules: Vec<Vec<String>>,
}

impl Source {
    /// Reads every `.rs` file below `src/`, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        collect(root, &root.join("src"), &mut sources);
        sources.sort_by(|one, other| one.file.cmp(&other.file));
        sources
    }

    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let stream = TokenStream::from_str(text).unwrap_or_else(|error| panic!("{file} is not Rust: {error}"));
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Self { file: file.to_owned(), text: text.to_owned(), tokens }
    }

    /// The module that the file holds, from the crate's root: `["model", "event"]`; nothing for `lib.rs` and `main.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inner = self.file.trim_start_matches("src/").trim_end_matches(".rs");
        let inner = inner.strip_suffix("/mod").unwrap_or(inner);
        if matches!(inner, "lib" | "main") { Vec::new() } else { inner.split('/').map(str::to_owned).collect() }
    }

    /// The text of the token at `index`, or nothing past the end.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| token.text.as_str())
    }

    pub(crate) fn scan(&self) -> Scan {
        let mut scan = Scan::default();
        let mut scopes: Vec<Scope> = Vec::new();
        let mut next = Scope::default();
        for index in 0..self.tokens.len() {
            match self.at(index) {
                "#" if self.is_test_attribute(index) => next.test = true,
                "mod" => next.module = Some(self.at(index + 1).to_owned()),
                "{" => scopes.push(std::mem::take(&mut next)),
                "}" => {
                    scopes.pop();
                    next = Scope::default();
                }
                ";" => {
                    let ended = std::mem::take(&mut next);
                    if let (Some(name), true) = (ended.module, ended.test) {
                        scan.test_modules.push([self.module_within(&scopes), vec![name]].concat());
                    }
                }
                first if is_root(first) && self.at(index + 1) == "::" && !self.follows_path(index) => {
                    let in_test = next.test || scopes.iter().any(|scope| scope.test);
                    let from_outside = first == LIBRARY;
                    let mut paths = Vec::new();
                    self.follow(index, Vec::new(), &mut paths);
                    let here = self.module_within(&scopes);
                    scan.imports.extend(paths.into_iter().map(|(path, line)| Import {
                        path: resolve(&here, &path),
                        from_outside,
                        in_test,
                        line,
                    }));
                }
                _ => {}
            }
        }
        scan
    }

    /// Names and lines of the types that are declared outside of tests, associated types aside.
    pub(crate) fn types(&self) -> Vec<(String, usize)> {
        let mut types = Vec::new();
        let mut scopes: Vec<bool> = Vec::new();
        let mut test = false;
        for index in 0..self.tokens.len() {
            match self.at(index) {
                "#" if self.is_test_attribute(index) => test = true,
                "{" => scopes.push(std::mem::take(&mut test)),
                "}" => {
                    scopes.pop();
                    test = false;
                }
                ";" => test = false,
                "struct" | "enum" | "trait" | "union" if !test && !scopes.contains(&true) => {
                    let name = self.at(index + 1);
                    if name.starts_with(char::is_uppercase) {
                        types.push((name.to_owned(), self.tokens.get(index).map_or(0, |token| token.line)));
                    }
                }
                _ => {}
            }
        }
        types
    }

    /// Paths of the use tree that begins at `index`, as written.
    pub(crate) fn paths_from(&self, index: usize) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        self.follow(index, Vec::new(), &mut paths);
        paths.into_iter().map(|(path, _)| path).collect()
    }

    /// Whether the attribute at `index` is `#[cfg(test)]`, or a `cfg(all(test, ...))`.
    fn is_test_attribute(&self, index: usize) -> bool {
        let is_cfg = [(1, "["), (2, "cfg"), (3, "(")].iter().all(|&(offset, text)| self.at(index + offset) == text);
        let condition =
            || self.tokens.iter().skip(index + 4).map(|token| token.text.as_str()).take_while(|&text| text != "]");
        is_cfg && condition().any(|text| text == "test") && !condition().any(|text| text == "not")
    }

    fn follows_path(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| self.at(before) == "::")
    }

    /// The module that code inside these scopes belongs to.
    fn module_within(&self, scopes: &[Scope]) -> Vec<String> {
        self.module().into_iter().chain(scopes.iter().filter_map(|scope| scope.module.clone())).collect()
    }

    /// Follows one path, through the groups of a `use` as well, notes where each branch ends, and returns the index
    /// behind it.
    fn follow(&self, mut index: usize, mut path: Vec<String>, paths: &mut Vec<(Vec<String>, usize)>) -> usize {
        loop {
            if self.at(index) == "{" {
                index += 1;
                while !matches!(self.at(index), "}" | "") {
                    index = self.follow(index, path.clone(), paths);
                    while !matches!(self.at(index), "," | "}" | "") {
                        index += 1;
                    }
                    index += usize::from(self.at(index) == ",");
                }
                return index + 1;
            }
            path.push(self.at(index).to_owned());
            let goes_on = self.at(index + 1) == "::" && !matches!(self.at(index + 2), "<" | "");
            if !goes_on {
                paths.push((path, self.tokens.get(index).map_or(0, |token| token.line)));
                return index + 1;
            }
            index += 2;
        }
    }
}

/// The library's name, as `main.rs` writes it.
const LIBRARY: &str = "mh_hook";

/// What an open brace belongs to.
#[derive(Default)]
struct Scope {
    module: Option<String>,
    test: bool,
}

pub(crate) fn is_root(text: &str) -> bool {
    matches!(text, "crate" | "self" | "super" | LIBRARY)
}

/// Turns a path as written in module `here` into one from the crate's root.
fn resolve(here: &[String], written: &[String]) -> Vec<String> {
    let mut path = match written.first().map(String::as_str) {
        Some("self" | "super") => here.to_vec(),
        _ => Vec::new(),
    };
    for segment in written {
        match segment.as_str() {
            "super" => {
                path.pop();
            }
            "self" | "crate" | LIBRARY => {}
            other => path.push(other.to_owned()),
        }
    }
    path
}

fn collect(root: &Path, directory: &Path, sources: &mut Vec<Source>) {
    let entries =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display())).path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
            let below_root = path.strip_prefix(root).unwrap_or(&path);
            let file = below_root.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            sources.push(Source::parse(&file, &text));
        }
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut joins = false;
    for tree in stream {
        let line = tree.span().start().line;
        let joined = std::mem::take(&mut joins);
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && joined => {
                if let Some(last) = tokens.last_mut() {
                    last.text.push(':');
                }
            }
            TokenTree::Punct(punct) => {
                joins = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
                tokens.push(Token { text: punct.as_char().to_string(), line });
            }
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::None => ("", ""),
    }
}
