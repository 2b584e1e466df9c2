//! The folder of a temporary state: locked by the process that uses it, and removed by a later run if that was killed.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

/// Begin of the names of such folders.
const PREFIX: &str = "mh-hook-sandbox-";

/// File in the folder that its process holds locked for as long as it runs.
const LOCK: &str = "lock";

/// Age after which a folder without a lock file is a leftover, not one that is being made.
const SETTLED: Duration = Duration::from_hours(1);

/// A folder for one run, removed when it is dropped.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    /// Closed before the folder is removed.
    _lock: File,
    directory: TempDir,
}

impl TemporaryFolder {
    /// Makes a folder below `parent`, and removes those of this user there whose process is gone.
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        let folder = loop {
            let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let lock = File::create_new(directory.path().join(LOCK))?;
            lock.lock()?;
            // Another run may take the lock before us, and the folder for a leftover.
            if directory.path().join(LOCK).exists() {
                break Self { _lock: lock, directory };
            }
        };
        folder.remove_leftovers(parent);
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Removes what killed runs left. What cannot be removed stays for the next run: it is no reason not to start.
    fn remove_leftovers(&self, parent: &Path) {
        let (Ok(own), Ok(entries)) = (fs::symlink_metadata(self.path()), fs::read_dir(parent)) else { return };
        for entry in entries.flatten() {
            let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            // Not through a link: the metadata are those of the entry itself.
            let ours = named && entry.metadata().is_ok_and(|found| found.is_dir() && same_owner(&found, &own));
            if ours {
                remove_if_abandoned(&entry.path());
            }
        }
    }
}

/// Removes a folder whose lock nobody holds.
fn remove_if_abandoned(folder: &Path) {
    let lock: PathBuf = folder.join(LOCK);
    let abandoned = match File::open(&lock) {
        // Held until the folder is gone, so that two runs do not remove it at once.
        Ok(file) => file.try_lock().is_ok().then_some(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => is_settled(folder).then_some(None),
        Err(_) => None,
    };
    if let Some(_held) = abandoned {
        let _ = fs::remove_dir_all(folder);
    }
}

fn is_settled(folder: &Path) -> bool {
    let modified = fs::symlink_metadata(folder).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > SETTLED))
}

#[cfg(unix)]
fn same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

/// Elsewhere each user has another temporary directory.
#[cfg(not(unix))]
fn same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, FileTimes};
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use super::{LOCK, PREFIX, TemporaryFolder};

    /// A folder as a run leaves it that was killed.
    fn leftover(parent: &Path, name: &str, with_lock: bool) -> PathBuf {
        let folder = parent.join(format!("{PREFIX}{name}"));
        fs::create_dir_all(folder.join("files")).unwrap();
        fs::write(folder.join("state.db"), "state").unwrap();
        if with_lock {
            fs::write(folder.join(LOCK), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_is_removed_by_the_next_run_once_its_process_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let killed = leftover(parent.path(), "killed", true);
        let running = TemporaryFolder::create(parent.path()).unwrap();
        assert!(!killed.exists() && running.path().join(LOCK).exists());
        let second = TemporaryFolder::create(parent.path()).unwrap();
        assert!(running.path().exists(), "its process still runs");
        let path = second.path().to_owned();
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_without_a_lock_may_be_just_made_unless_it_is_old() {
        let parent = tempfile::tempdir().unwrap();
        let (fresh, old) = (leftover(parent.path(), "fresh", false), leftover(parent.path(), "old", false));
        File::open(&old).unwrap().set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).unwrap();
        let _running = TemporaryFolder::create(parent.path()).unwrap();
        assert_eq!((fresh.exists(), old.exists()), (true, false));
    }

    #[cfg(unix)]
    #[test]
    fn folders_of_others_links_and_other_names_stay() {
        use super::same_owner;
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = leftover(elsewhere.path(), "target", true);
        let link = parent.path().join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let other = parent.path().join("mh-hook-other");
        fs::create_dir(&other).unwrap();
        let file = parent.path().join(format!("{PREFIX}file"));
        fs::write(&file, "a file").unwrap();
        let _running = TemporaryFolder::create(parent.path()).unwrap();
        assert!([&target.join("state.db"), &link, &other, &file].into_iter().all(|path| path.exists()));
        let metadata = |path: &str| fs::metadata(path).unwrap();
        // The root directory and a folder of ours: the same owner only if the tests run as root.
        let root_is_us = std::os::unix::fs::MetadataExt::uid(&fs::metadata(parent.path()).unwrap()) == 0;
        assert_eq!(same_owner(&metadata("/"), &fs::metadata(parent.path()).unwrap()), root_is_us);
    }
}
