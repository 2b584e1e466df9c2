//! Memory of what was read from capture services, in `captures.json` of the data directory.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The most sources that are remembered.
const MOST_SOURCES: usize = 50;

/// The ids of the requests that were read, by source.
#[derive(Clone, Debug)]
pub struct CaptureMemory {
    path: PathBuf,
}

impl CaptureMemory {
    /// The memory of a data directory.
    pub fn at(data_directory: &Path) -> Self {
        Self { path: data_directory.join("captures.json") }
    }

    /// The ids that were read from a source, the oldest first; nothing for one that was never read.
    pub fn seen(&self, source: &str) -> Option<Vec<String>> {
        self.read().remove(source)
    }

    /// Remembers the ids that were read from a source.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn remember<'a>(&self, source: &str, ids: impl Iterator<Item = &'a String>) -> io::Result<()> {
        let mut all = self.read();
        all.insert(source.to_owned(), ids.cloned().collect());
        while all.len() > MOST_SOURCES
            && let Some(other) = all.keys().find(|key| *key != source).cloned()
        {
            all.remove(&other);
        }
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut file, &all)?;
        file.write_all(b"\n")?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    /// A file that is not there or cannot be understood is written anew.
    fn read(&self) -> BTreeMap<String, Vec<String>> {
        fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::CaptureMemory;

    #[test]
    fn what_was_read_is_remembered_by_source() {
        let directory = tempfile::tempdir().unwrap();
        let memory = CaptureMemory::at(directory.path());
        assert_eq!(memory.seen("a"), None);
        memory.remember("a", ["1".to_owned(), "2".to_owned()].iter()).unwrap();
        memory.remember("b", [].iter()).unwrap();
        assert_eq!(memory.seen("a"), Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(memory.seen("b"), Some(Vec::new()));
        std::fs::write(directory.path().join("captures.json"), "oops").unwrap();
        assert_eq!(memory.seen("a"), None);
    }
}
