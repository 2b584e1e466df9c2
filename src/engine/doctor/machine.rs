//! Checks of this machine: the data directory, the journal, ports and completions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::engine::doctor::check::DoctorCheck;
use crate::model::text::units;
use crate::net::accept::bind::Bound;
use crate::store::journal::{JournalError, Reader};
use crate::store::{Directories, Environment};

/// The least free space that is enough for a journal to grow.
const ENOUGH_SPACE: u64 = 100 << 20;

/// Looks at the data directory; nothing is made in it.
pub fn data_directory(directories: &Directories) -> DoctorCheck {
    const NAME: &str = "data";
    let path = match directories.data() {
        Ok(path) => path,
        Err(error) => return DoctorCheck::bad(NAME, error.to_string(), "set XDG_DATA_HOME, or HOME"),
    };
    let existing = path.ancestors().find(|directory| directory.exists()).unwrap_or(path);
    let space = free_space(existing);
    let shown = space.map_or(String::new(), |free| format!(", {} free", units::size(free)));
    if !is_writable(existing) {
        let found = format!("{} cannot be written", existing.display());
        return DoctorCheck::bad(NAME, found, "change its permissions, or set XDG_DATA_HOME to another directory");
    }
    if space.is_some_and(|free| free < ENOUGH_SPACE) {
        let advice = "make room: a delivery that cannot be kept is answered 503";
        return DoctorCheck::doubtful(NAME, format!("{}{shown}", path.display()), advice);
    }
    let size =
        if path.exists() { format!(", {}", units::size(size_of(path))) } else { ", made when it is needed".to_owned() };
    DoctorCheck::good(NAME, format!("{}{size}{shown}", path.display()))
}

/// Bytes of the files in a directory, as far as a bounded look goes.
fn size_of(directory: &Path) -> u64 {
    const MOST_ENTRIES: usize = 20_000;
    let (mut directories, mut seen, mut bytes) = (vec![directory.to_owned()], 0, 0);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            seen += 1;
            // The target of a link is not counted.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                directories.push(entry.path());
            } else {
                bytes += metadata.len();
            }
            if seen == MOST_ENTRIES {
                return bytes;
            }
        }
    }
    bytes
}

#[cfg(unix)]
fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(unix)]
fn free_space(directory: &Path) -> Option<u64> {
    let filesystem = rustix::fs::statvfs(directory).ok()?;
    Some(filesystem.f_bavail.saturating_mul(filesystem.f_frsize))
}

#[cfg(not(unix))]
const fn free_space(_directory: &Path) -> Option<u64> {
    None
}

/// Looks at a journal, which need not be there yet.
pub fn journal(path: &Path) -> DoctorCheck {
    const NAME: &str = "journal";
    let Ok(metadata) = fs::metadata(path) else {
        return DoctorCheck::absent(NAME, "none yet", "`mh-hook listen` makes it");
    };
    let looked = Reader::open(path).and_then(|reader| Ok((reader.format_version()?, reader.near(u64::MAX)?)));
    match looked {
        Ok((format, newest)) => {
            let newest = newest.last().map_or_else(|| "empty".to_owned(), |id| format!("newest delivery {id}"));
            let size = units::size(metadata.len());
            DoctorCheck::good(NAME, format!("{}, {size}, format {format}, {newest}", path.display()))
        }
        Err(error) => {
            let advice = JournalError::hint_to_reader(&error).to_owned();
            DoctorCheck::bad(NAME, error.to_string(), advice)
        }
    }
}

/// Tries the port of `listen` on both families, and lets it go again.
pub async fn port(port: u16) -> DoctorCheck {
    const NAME: &str = "port";
    match Bound::bind(None, port).await {
        Ok(bound) => DoctorCheck::good(NAME, format!("{port} is free ({bound})")),
        Err(error) => {
            let advice = format!("a listener may run already; otherwise {}", error.hint().unwrap_or_default());
            DoctorCheck::doubtful(NAME, error.to_string(), advice)
        }
    }
}

/// Looks for completions of the user's shell.
pub fn completions(environment: &Environment) -> DoctorCheck {
    const NAME: &str = "completions";
    let shell = environment.var("SHELL").unwrap_or_default();
    let shell = Path::new(shell).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(home) = environment.home() else { return DoctorCheck::absent(NAME, "no home directory", "set HOME") };
    let data = environment.var("XDG_DATA_HOME").map_or_else(|| home.join(".local/share"), PathBuf::from);
    let (files, start): (Vec<PathBuf>, &str) = match shell.as_str() {
        "bash" => (
            vec![
                data.join("bash-completion/completions/mh-hook"),
                "/usr/share/bash-completion/completions/mh-hook".into(),
                "/etc/bash_completion.d/mh-hook".into(),
            ],
            ".bashrc",
        ),
        "zsh" => (
            vec![
                home.join(".zfunc/_mh-hook"),
                "/usr/share/zsh/site-functions/_mh-hook".into(),
                "/usr/local/share/zsh/site-functions/_mh-hook".into(),
            ],
            ".zshrc",
        ),
        "fish" => (vec![home.join(".config/fish/completions/mh-hook.fish")], ".config/fish/config.fish"),
        _ => (Vec::new(), ".profile"),
    };
    if let Some(file) = files.iter().find(|file| file.exists()) {
        return DoctorCheck::good(NAME, file.display().to_string());
    }
    let start = home.join(start);
    if fs::read_to_string(&start).is_ok_and(|text| text.contains("mh-hook completions")) {
        return DoctorCheck::good(NAME, start.display().to_string());
    }
    let (found, shell) = match shell.as_str() {
        "" => ("SHELL is not set".to_owned(), "bash"),
        known @ ("bash" | "zsh" | "fish") => (format!("not installed for {known}"), known),
        other => (format!("not known for {other}"), "bash"),
    };
    DoctorCheck::absent(NAME, found, format!("`mh-hook completions {shell} --help` says where they belong"))
}

#[cfg(test)]
mod tests {
    use super::{completions, data_directory, journal};
    use crate::engine::doctor::check::Health;
    use crate::store::{Directories, Environment};

    #[test]
    fn a_missing_data_directory_is_no_problem_where_it_can_be_made() {
        let root = tempfile::tempdir().unwrap();
        let environment = Environment::new([("XDG_DATA_HOME", root.path())], "/");
        let check = data_directory(&Directories::of(&environment));
        assert_eq!(check.health, Health::Good, "{check:?}");
        assert!(check.found.contains("made when it is needed"), "{check:?}");
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        let nowhere = data_directory(&Directories::of(&Environment::new([("A", "b")], "/")));
        assert_eq!(nowhere.health, Health::Bad);
    }

    #[test]
    fn a_file_that_is_no_journal_is_a_problem() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("journal.db");
        assert_eq!(journal(&file).health, Health::Absent);
        std::fs::write(&file, "this is no database at all, but some text").unwrap();
        let check = journal(&file);
        assert_eq!(check.health, Health::Bad, "{check:?}");
        assert!(check.advice.is_some());
    }

    #[test]
    fn completions_are_found_as_a_file_or_in_the_shells_start() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment::new([("HOME", home.path().to_str().unwrap()), ("SHELL", "/bin/zsh")], "/");
        assert_eq!(completions(&environment).health, Health::Absent);
        std::fs::write(home.path().join(".zshrc"), "source <(mh-hook completions zsh)\n").unwrap();
        assert_eq!(completions(&environment).health, Health::Good);
    }
}
