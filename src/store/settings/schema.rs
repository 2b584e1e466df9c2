//! Options that can be configured, taken from the command line's definition.

use crate::store::settings::credential::PREFIX;
use crate::store::settings::origin::Source;

/// Kind of value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is there or not. TOML has it as a boolean; a variable says `true` or `false` (or 1, 0, yes, no, on,
    /// off).
    Flag,
    Value,
    /// Any number of values. TOML may have a list; a variable has one value per line, since values may contain commas.
    Values,
}

/// Who may set an option besides the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedFrom {
    /// The environment and every settings file.
    Anywhere,
    /// The environment and the user's own files, but no file that may arrive with a cloned repository.
    OutsideProject,
    /// Nobody: it runs commands, say.
    CommandLine,
}

/// An option that can be configured.
#[derive(Clone, Debug)]
pub struct OptionSchema {
    pub(super) name: String,
    pub(super) takes: Takes,
    accepted_from: AcceptedFrom,
}

impl OptionSchema {
    /// An option by its long name without dashes (`forward-concurrency`), accepted from anywhere.
    pub fn new(name: impl Into<String>, takes: Takes) -> Self {
        Self { name: name.into(), takes, accepted_from: AcceptedFrom::Anywhere }
    }

    /// Restricts who may set it.
    pub fn accepted_from(self, accepted_from: AcceptedFrom) -> Self {
        Self { accepted_from, ..self }
    }

    /// Whether this place may set it, and if not, who may.
    pub(super) fn admit(&self, source: Source) -> Result<(), &'static str> {
        match self.accepted_from {
            AcceptedFrom::CommandLine => Err("only accepted on the command line"),
            AcceptedFrom::OutsideProject if source.is_project() => Err("not accepted from a project's file"),
            AcceptedFrom::OutsideProject | AcceptedFrom::Anywhere => Ok(()),
        }
    }
}

/// The options of all commands.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    globals: Vec<OptionSchema>,
    commands: Vec<(String, Vec<OptionSchema>)>,
}

impl Schema {
    /// A schema with these global options and no command yet.
    pub fn new(globals: Vec<OptionSchema>) -> Self {
        Self { globals, commands: Vec::new() }
    }

    /// Adds a command with its own options, the global ones not among them.
    pub fn command(mut self, name: impl Into<String>, options: Vec<OptionSchema>) -> Self {
        self.commands.push((name.into(), options));
        self
    }

    pub(super) fn global(&self, name: &str) -> Option<&OptionSchema> {
        self.globals.iter().find(|option| option.name == name)
    }

    pub(super) fn options_of(&self, command: &str) -> Option<&[OptionSchema]> {
        self.commands.iter().find(|(name, _)| name == command).map(|(_, options)| options.as_slice())
    }

    /// Names at the top of a file, except credentials: global options and sections.
    pub(super) fn top_names(&self) -> impl Iterator<Item = &str> {
        let globals = self.globals.iter().map(|option| option.name.as_str());
        globals.chain(self.commands.iter().map(|(name, _)| name.as_str()))
    }

    /// Every option with its command, if it has one, and the variable that sets it.
    pub(super) fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        let globals = self.globals.iter().map(|option| Variable::of(None, option));
        let options = self.commands.iter().flat_map(|(command, options)| {
            options.iter().map(move |option| Variable::of(Some(command.as_str()), option))
        });
        globals.chain(options)
    }
}

/// The variable that sets an option.
pub(super) struct Variable<'a> {
    pub(super) name: String,
    pub(super) command: Option<&'a str>,
    pub(super) option: &'a OptionSchema,
}

impl<'a> Variable<'a> {
    fn of(command: Option<&'a str>, option: &'a OptionSchema) -> Self {
        let parts = command.into_iter().chain([option.name.as_str()]);
        let words: Vec<String> = parts.map(|part| part.to_uppercase().replace('-', "_")).collect();
        Self { name: format!("{PREFIX}{}", words.join("_")), command, option }
    }
}
