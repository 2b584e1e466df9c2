//! Memory of public URLs, in `tunnels.json` of the data directory: what was proven, and what is known to be registered.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The file below the data directory.
const FILE: &str = "tunnels.json";

/// The public URLs of this user, one for each provider and port.
#[derive(Clone, Debug)]
pub struct TunnelMemory {
    path: PathBuf,
}

/// A public URL that was used before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTunnel {
    pub url: String,
    /// When it was first proven.
    pub first_seen: Timestamp,
    /// When it was last proven.
    pub last_proven: Timestamp,
    /// When a verified delivery last came through it, which shows that it is registered.
    pub confirmed_at: Option<Timestamp>,
}

/// A URL compared with the one that was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Nothing was used before.
    First,
    /// Another one was used before.
    Changed,
    /// The same was used before, and no delivery was ever seen to come through it.
    Unconfirmed,
    /// The same was used before, and a verified delivery came through it.
    Confirmed,
}

impl TunnelMemory {
    /// The memory of a data directory.
    #[must_use]
    pub fn at(data_directory: &Path) -> Self {
        Self { path: data_directory.join(FILE) }
    }

    /// Compares a URL with what is remembered.
    #[must_use]
    pub fn compare(&self, key: &str, url: &str) -> Familiarity {
        match self.read().remove(key) {
            None => Familiarity::First,
            Some(known) if known.url != url => Familiarity::Changed,
            Some(KnownTunnel { confirmed_at: None, .. }) => Familiarity::Unconfirmed,
            Some(_) => Familiarity::Confirmed,
        }
    }

    /// Notes that a URL was proven.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn note_proven(&self, key: &str, url: &str, now: Timestamp) -> io::Result<()> {
        self.change(key, url, now, |known| known.last_proven = now)
    }

    /// Notes that a verified delivery came through a URL.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn note_confirmed(&self, key: &str, url: &str, now: Timestamp) -> io::Result<()> {
        self.change(key, url, now, |known| known.confirmed_at = Some(now))
    }

    /// Everything that is remembered, by provider and port.
    #[must_use]
    pub fn all(&self) -> Vec<(String, KnownTunnel)> {
        self.read().into_iter().collect()
    }

    fn change(&self, key: &str, url: &str, now: Timestamp, change: impl FnOnce(&mut KnownTunnel)) -> io::Result<()> {
        let mut all = self.read();
        let fresh = || KnownTunnel { url: url.to_owned(), first_seen: now, last_proven: now, confirmed_at: None };
        let known = all.entry(key.to_owned()).or_insert_with(fresh);
        if known.url != url {
            *known = fresh();
        }
        change(known);
        self.write(&all)
    }

    /// A file that is not there or cannot be understood holds nothing worth an error: it is written anew.
    fn read(&self) -> BTreeMap<String, KnownTunnel> {
        fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the file whole, for this user's eyes only.
    fn write(&self, all: &BTreeMap<String, KnownTunnel>) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer_pretty(&mut file, all)?;
        file.write_all(b"\n")?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The key of the tunnel of a provider to a port.
pub fn tunnel_key(provider: &str, port: u16) -> String {
    format!("{provider}:{port}")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Familiarity, TunnelMemory};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_url_is_known_once_it_was_proven_and_confirmed_once_a_delivery_came() {
        let directory = tempfile::tempdir().unwrap();
        let memory = TunnelMemory::at(directory.path());
        let (a, b) = ("https://a.dev/webhook", "https://b.dev/webhook");
        assert_eq!(memory.compare("ngrok:8000", a), Familiarity::First);
        memory.note_proven("ngrok:8000", a, at(1)).unwrap();
        assert_eq!(memory.compare("ngrok:8000", a), Familiarity::Unconfirmed);
        memory.note_confirmed("ngrok:8000", a, at(2)).unwrap();
        memory.note_proven("ngrok:8000", a, at(3)).unwrap();
        assert_eq!(memory.compare("ngrok:8000", a), Familiarity::Confirmed);
        assert_eq!(memory.compare("ngrok:8000", b), Familiarity::Changed);
        assert_eq!(memory.compare("ngrok:9000", a), Familiarity::First);
        let [(_, known)] = &memory.all()[..] else { panic!() };
        assert_eq!((known.first_seen, known.last_proven, known.confirmed_at), (at(1), at(3), Some(at(2))));
        // A new URL was never confirmed.
        memory.note_proven("ngrok:8000", b, at(4)).unwrap();
        assert_eq!(memory.compare("ngrok:8000", b), Familiarity::Unconfirmed);
    }

    #[test]
    fn a_damaged_file_is_written_anew() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("tunnels.json"), "{oops").unwrap();
        let memory = TunnelMemory::at(directory.path());
        assert_eq!(memory.compare("ngrok:8000", "https://a.dev"), Familiarity::First);
        memory.note_proven("ngrok:8000", "https://a.dev", at(1)).unwrap();
        assert_eq!(memory.all().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        TunnelMemory::at(directory.path()).note_proven("ngrok:1", "https://a.dev", at(1)).unwrap();
        let mode = std::fs::metadata(directory.path().join("tunnels.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
