//! The development secret: made once, kept in the data directory, shared by all commands.

use crate::model::Secret;
use crate::model::text::io_message::reason;
use crate::store::directories::create_private;
use crate::store::input_file::read_found;
use crate::store::secrets::secret_file::without_line_end;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Alphanumerics after the prefix, as in Magic Hour's own secrets.
const LENGTH: usize = 32;

/// The most that is read of the file, in bytes.
const LONGEST: u64 = 64 * 1024;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The file that holds the secret with which everything verifies until the user configures one.
#[derive(Clone, Debug)]
pub struct DevelopmentSecret {
    path: PathBuf,
}

/// The development secret cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentSecretError {
    /// The file is not there yet.
    #[error("cannot read the development secret {}: there is none yet", path.display())]
    Missing { path: PathBuf },
    /// The file is there and could not be read.
    #[error("cannot read the development secret {}: {}", path.display(), reason(error))]
    Unreadable {
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// The file holds something else.
    #[error("cannot use the development secret {}: it is not mhw_test_ and 32 letters or digits", path.display())]
    Corrupt { path: PathBuf },
    /// The file could have been planted by somebody else.
    #[error("refused the development secret {}: {problem}", path.display())]
    Planted { path: PathBuf, problem: &'static str },
    /// The file could not be written.
    #[error("cannot write the development secret {}: {}", path.display(), reason(error))]
    Unwritable {
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// The operating system gave no random numbers.
    #[error("cannot make a development secret: the operating system gives no random numbers")]
    NoRandomness,
}

impl DevelopmentSecretError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } | Self::Corrupt { .. } => Some("`mh-hook secret new` makes a new one".to_owned()),
            Self::Planted { .. } => Some(
                "`mh-hook secret new` makes one that is yours alone; it must be a file of yours with mode 0600"
                    .to_owned(),
            ),
            Self::Unreadable { .. } | Self::Unwritable { .. } => {
                Some("change its permissions, set XDG_DATA_HOME, or give a secret with --secret-file".to_owned())
            }
            Self::NoRandomness => None,
        }
    }
}

impl DevelopmentSecret {
    /// The development secret of a data directory, which need not be there yet.
    pub fn at(data_directory: impl AsRef<Path>) -> Self {
        Self { path: data_directory.as_ref().join("development-secret") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the secret.
    ///
    /// # Errors
    ///
    /// When there is none, or the file cannot be read or holds something else.
    pub fn load(&self) -> Result<Secret, DevelopmentSecretError> {
        let path = self.path.clone();
        let bytes = match fs::symlink_metadata(&self.path).and_then(|metadata| {
            let problem = planted(&metadata);
            problem.map_or_else(|| read_found(&self.path, LONGEST).map(Ok), |problem| Ok(Err(problem)))
        }) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(problem)) => return Err(DevelopmentSecretError::Planted { path, problem }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(DevelopmentSecretError::Missing { path });
            }
            Err(error) => return Err(DevelopmentSecretError::Unreadable { path, error }),
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        let text = without_line_end(&text);
        if is_development_secret(text) { Ok(Secret::new(text)) } else { Err(DevelopmentSecretError::Corrupt { path }) }
    }

    /// Reads the secret, and makes it if there is none; processes that race for this all get the same one.
    pub fn load_or_create(&self) -> Result<Secret, DevelopmentSecretError> {
        match self.load() {
            Err(DevelopmentSecretError::Missing { .. }) => {}
            loaded => return loaded,
        }
        let secret = generate()?;
        let file = self.written(&secret).map_err(|error| self.unwritable(error))?;
        match file.persist_noclobber(&self.path) {
            Ok(_) => Ok(secret),
            // Another process was first, and its secret is possibly in use already.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => self.load(),
            Err(error) => Err(self.unwritable(error.error)),
        }
    }

    /// Makes a new secret in place of whatever is there; a reader sees the old one or the new one, never a part.
    pub fn replace(&self) -> Result<Secret, DevelopmentSecretError> {
        let secret = generate()?;
        let file = self.written(&secret).map_err(|error| self.unwritable(error))?;
        file.persist(&self.path).map_err(|error| self.unwritable(error.error))?;
        Ok(secret)
    }

    /// A complete file beside the final one, ready to take its name. It is created 0600.
    fn written(&self, secret: &Secret) -> io::Result<NamedTempFile> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        create_private(directory)?;
        let mut file = NamedTempFile::new_in(directory)?;
        writeln!(file, "{}", secret.expose())?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn unwritable(&self, error: io::Error) -> DevelopmentSecretError {
        DevelopmentSecretError::Unwritable { path: self.path.clone(), error }
    }
}

/// Reason to suspect a file: a secret that somebody else knows or can change proves nothing.
#[cfg(unix)]
fn planted(metadata: &fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    /// Permission to write for the group and for everybody.
    const OTHERS_WRITE: u32 = 0o022;
    match () {
        () if metadata.is_symlink() => Some("it is a link"),
        () if metadata.uid() != rustix::process::geteuid().as_raw() => Some("it belongs to another user"),
        () if metadata.is_file() && metadata.mode() & OTHERS_WRITE != 0 => Some("other users may write to it"),
        () => None,
    }
}

#[cfg(not(unix))]
fn planted(metadata: &fs::Metadata) -> Option<&'static str> {
    metadata.is_symlink().then_some("it is a link")
}

/// Makes a secret from the operating system's randomness, without keeping it anywhere.
pub fn generate() -> Result<Secret, DevelopmentSecretError> {
    // 256 is no multiple of 62: taking every byte modulo 62 would favour the first letters, so the bytes from the
    // last whole multiple on are thrown away.
    const UNFAIR: u8 = 4 * 62;
    let mut text = String::from(Secret::DEVELOPMENT_PREFIX);
    let full = text.len() + LENGTH;
    while text.len() < full {
        let mut bytes = [0; 2 * LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| DevelopmentSecretError::NoRandomness)?;
        let fair = bytes.iter().filter(|byte| **byte < UNFAIR);
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        text.extend(letters.take(full - text.len()).map(|letter| char::from(*letter)));
    }
    Ok(Secret::new(text))
}

fn is_development_secret(text: &str) -> bool {
    text.strip_prefix(Secret::DEVELOPMENT_PREFIX)
        .is_some_and(|rest| rest.len() == LENGTH && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::{DevelopmentSecret, DevelopmentSecretError, generate, is_development_secret};
    use std::fs;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn a_secret_has_the_documented_form_and_is_a_new_one_each_time() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert!(is_development_secret(one.expose()) && is_development_secret(other.expose()));
        assert!(one != other);
    }

    #[test]
    fn every_letter_is_about_as_likely() {
        let text: String = (0..500).map(|_| generate().unwrap().expose()[9..].to_owned()).collect();
        // 16,000 letters, 258 of each expected with a deviation of 16; modulo 62 would give the first eight 312.
        for letter in super::ALPHABET {
            let count = text.bytes().filter(|byte| byte == letter).count();
            assert!((130..390).contains(&count), "{} came {count} times", char::from(*letter));
        }
        let first_eight = text.bytes().filter(|byte| (b'A'..=b'H').contains(byte)).count();
        assert!((1_820..2_310).contains(&first_eight), "the first eight came {first_eight} times");
    }

    #[test]
    fn the_secret_is_made_once_and_kept() {
        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path().join("not/there/yet"));
        assert!(matches!(secret.load(), Err(DevelopmentSecretError::Missing { .. })));
        let made = secret.load_or_create().unwrap();
        assert!(secret.load_or_create().unwrap() == made);
        assert!(secret.load().unwrap() == made);
    }

    #[test]
    fn all_who_race_to_make_it_get_the_same_one() {
        for _ in 0..20 {
            let root = tempfile::tempdir().unwrap();
            let secret = DevelopmentSecret::at(root.path());
            let start = Barrier::new(4);
            let made = thread::scope(|scope| {
                let racer = || {
                    start.wait();
                    secret.load_or_create().unwrap()
                };
                let racers: Vec<_> = (0..4).map(|_| scope.spawn(racer)).collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(made.iter().all(|one| one == &made[0]));
            assert!(secret.load().unwrap() == made[0]);
            assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left lying about");
        }
    }

    #[test]
    fn replacing_makes_another_one_even_of_a_corrupt_file() {
        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path());
        let old = secret.load_or_create().unwrap();
        let new = secret.replace().unwrap();
        assert!(old != new && secret.load().unwrap() == new);
        fs::write(secret.path(), "").unwrap();
        assert!(secret.replace().unwrap() == secret.load().unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path());
        let mode = || fs::metadata(secret.path()).unwrap().permissions().mode() & 0o777;
        secret.load_or_create().unwrap();
        assert_eq!(mode(), 0o600);
        secret.replace().unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_somebody_else_may_have_planted_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path().join("data"));
        let made = secret.load_or_create().unwrap();
        let refused = |problem: &str| {
            let error = secret.load_or_create().unwrap_err().to_string();
            assert_eq!(error, format!("refused the development secret {}: {problem}", secret.path().display()));
        };
        for mode in [0o620, 0o602, 0o666] {
            fs::set_permissions(secret.path(), fs::Permissions::from_mode(mode)).unwrap();
            refused("other users may write to it");
        }
        let elsewhere = root.path().join("elsewhere");
        fs::set_permissions(secret.path(), fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(secret.path(), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, secret.path()).unwrap();
        refused("it is a link");
        assert!(secret.replace().unwrap() != made, "a new one takes the place of the link");
        assert!(secret.load().is_ok() && fs::read(elsewhere).is_ok());
        // Only the superuser can give a file away.
        if std::os::unix::fs::chown(secret.path(), Some(12_345), None).is_ok() {
            refused("it belongs to another user");
        }
    }

    #[test]
    fn a_corrupt_file_is_named_and_not_shown() {
        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path());
        for content in [&b""[..], b"mhw_test_short", b"\xff", b"mhw_live_0123456789abcdefghijABCDEFGHIJ01"] {
            fs::write(secret.path(), content).unwrap();
            let error = secret.load_or_create().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "cannot use the development secret {}: it is not mhw_test_ and 32 letters or digits",
                    secret.path().display()
                )
            );
            assert_eq!(error.hint().as_deref(), Some("`mh-hook secret new` makes a new one"));
        }
    }

    #[test]
    fn a_directory_in_its_place_is_reported() {
        let root = tempfile::tempdir().unwrap();
        let secret = DevelopmentSecret::at(root.path());
        fs::create_dir(secret.path()).unwrap();
        let error = secret.load_or_create().unwrap_err();
        assert!(matches!(error, DevelopmentSecretError::Unreadable { .. }), "{error}");
    }
}
