//! A layer: what one place configures.

use tracing::debug;

use crate::model::Secret;
use crate::store::settings::credential::{Credential, Credentials};
use crate::store::settings::origin::{Configured, Origin, Setting};

/// Settings of one source.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) credentials: Credentials,
    options: Vec<SettingEntry>,
}

struct SettingEntry {
    command: Option<String>,
    name: String,
    setting: Setting,
}

impl Layer {
    /// A layer of credentials, without options yet.
    pub(super) fn of(credentials: Credentials) -> Self {
        Self { credentials, options: Vec::new() }
    }

    pub(super) fn set(&mut self, command: Option<&str>, name: &str, setting: Setting) {
        self.options.push(SettingEntry { command: command.map(str::to_owned), name: name.to_owned(), setting });
    }

    pub(super) fn option(&self, command: Option<&str>, name: &str) -> Option<&Setting> {
        let entry = self.options.iter().find(|entry| entry.command.as_deref() == command && entry.name == name)?;
        Some(&entry.setting)
    }

    /// Origins of all settings.
    pub(super) fn origins(&self) -> impl Iterator<Item = &Origin> {
        let credentials = self.credentials.iter().map(|(_, configured)| &configured.origin);
        credentials.chain(self.options.iter().map(|entry| &entry.setting.origin))
    }

    /// Logs every setting with its origin. No value is logged: it could be a secret.
    pub(super) fn log(&self) {
        for (credential, configured) in &self.credentials {
            debug!(target: "settings", name = credential.variable(), origin = %configured.origin, "read");
        }
        for SettingEntry { command, name, setting } in &self.options {
            let command = command.as_deref().unwrap_or("global");
            debug!(target: "settings", command, name, origin = %setting.origin, "read");
        }
    }

    pub(super) fn credential(&self, wanted: Credential) -> Option<&Configured<Secret>> {
        self.credentials.iter().find(|(credential, _)| *credential == wanted).map(|(_, configured)| configured)
    }
}
