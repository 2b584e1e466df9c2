//! The webhook secret that arrives while `listen` runs: it exists only after the public URL was registered.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::stdin_lines::{is_terminal, stdin_lines};
use crate::engine::inspector::LiveSecret;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::error::Error;
use crate::model::Secret;
use crate::model::signing::secret_text::{CleanSecret, SecretTextError};
use crate::model::signing::verdict::Trust;
use crate::output::{Format, Printer, Record, Render, Streams, TextWriter};
use crate::store::Settings;
use crate::store::secrets::secret_file::{SecretFileError, read_secret};

/// Interval of checking files.
const LOOK: Duration = Duration::from_secs(2);

/// The secret to start with. Behind a public URL a secret file that is not there yet, or empty, is waited for.
pub(crate) fn first_secret(file: Option<&Path>, is_public: bool, context: &Context) -> Result<FoundSecret, Error> {
    match context.secret(file) {
        Err(Error::SecretFile(SecretFileError::Text { problem: SecretTextError::Empty, .. })) if is_public => {
            context.secret(None)
        }
        Err(Error::SecretFile(SecretFileError::Unreadable { error, .. }))
            if is_public && error.kind() == io::ErrorKind::NotFound =>
        {
            context.secret(None)
        }
        found => found,
    }
}

/// Waits for the secret, and has it used from then on.
pub(crate) struct LateSecret {
    pub(crate) verifier: SharedVerifier,
    /// The secret of the inspector, if there is one.
    pub(crate) inspector: Option<LiveSecret>,
    /// The largest age of a signature, if it is not the usual one.
    pub(crate) tolerance: Option<Duration>,
    /// The file that was named, if one was.
    pub(crate) file: Option<PathBuf>,
    /// The directory whose `.env` is looked at.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) streams: Streams,
    /// Lines that are typed, where a console reads them.
    pub(crate) typed: Option<mpsc::Receiver<String>>,
}

/// Text with the time at which its file was written.
type Written = Option<SystemTime>;

impl LateSecret {
    /// Says where the secret is waited for, waits, and returns it once it is in use.
    pub(crate) async fn arrive(mut self) -> FoundSecret {
        let typed = self.typed.take().map(|lines| PasteTerminal { lines, _silence: None });
        let terminal = typed.or_else(PasteTerminal::open);
        self.streams.note("secret       not known yet: waiting for it in ./.env (MAGIC_HOUR_WEBHOOK_SECRET)");
        if let Some(file) = &self.file {
            self.streams.note(&format!("             or in {}", file.display()));
        }
        if terminal.is_some() {
            self.streams.note("             or pasted here: press Enter after it; nothing is shown");
        }
        self.streams.note("             until then deliveries are kept and answered 401; Magic Hour retries");
        let found = match terminal {
            Some(mut terminal) => tokio::select! {
                found = self.in_files() => found,
                found = terminal.pasted() => found,
            },
            None => self.in_files().await,
        };
        let verifier = found.verifier();
        self.verifier.replace(match self.tolerance {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        });
        if let Some(inspector) = &self.inspector {
            inspector.replace(found.for_inspector());
        }
        if self.streams.format == Format::Json {
            let _ = Printer::new(&self.streams).print(&SecretRecord::of(&found));
        }
        self.streams.note(&format!("secret       {}: deliveries are verified from now on", found.described()));
        found
    }

    async fn in_files(&self) -> FoundSecret {
        let mut ticks = interval(LOOK);
        let (mut dotenv, mut file) = ([Written::None; 2], Written::None);
        loop {
            ticks.tick().await;
            if let Some(directory) = self.directory.as_deref().filter(|at| any_changed(at, &mut dotenv)) {
                match Settings::webhook_secret_in_dotenv(directory) {
                    Ok(Some(configured)) => {
                        let origin = configured.origin.to_string();
                        return FoundSecret { secret: configured.value, trust: Trust::Configured, origin };
                    }
                    Ok(None) => {}
                    Err(error) => self.streams.warn(&error.to_string()),
                }
            }
            if let Some(path) = self.file.as_deref().filter(|path| changed(path, &mut file))
                && let Ok(CleanSecret { secret, .. }) = read_secret(path, io::empty())
            {
                let origin = path.display().to_string();
                return FoundSecret { secret, trust: Trust::Configured, origin };
            }
        }
    }
}

/// Whether any of the files for credentials in a directory was written since it was last seen.
fn any_changed(directory: &Path, seen: &mut [Written; 2]) -> bool {
    let files = Settings::DOTENV_FILES.iter().zip(seen);
    files.fold(false, |any, (name, seen)| changed(&directory.join(name), seen) | any)
}

/// Whether a file is there and was written since it was last seen.
fn changed(path: &Path, seen: &mut Written) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let is_new = written.is_some() && written != *seen;
    *seen = written;
    is_new
}

/// A terminal that shows nothing of what is typed.
struct PasteTerminal {
    lines: mpsc::Receiver<String>,
    _silence: Option<Silence>,
}

impl PasteTerminal {
    /// Standard input, if it is a terminal in whose foreground this program runs.
    fn open() -> Option<Self> {
        if !is_terminal() {
            return None;
        }
        let silence = Silence::begin()?;
        Some(Self { lines: stdin_lines(), _silence: Some(silence) })
    }

    async fn pasted(&mut self) -> FoundSecret {
        while let Some(line) = self.lines.recv().await {
            let text = line.trim();
            if !text.is_empty() {
                let origin = "pasted".to_owned();
                return FoundSecret { secret: Secret::new(text), trust: Trust::Configured, origin };
            }
        }
        std::future::pending().await
    }
}

/// Echo is off as long as this lives.
struct Silence {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl Silence {
    #[cfg(unix)]
    fn begin() -> Option<Self> {
        use rustix::process::getpgrp;
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};

        let stdin = io::stdin();
        // In the background, to change the terminal would stop this program.
        if tcgetpgrp(&stdin).ok()? != getpgrp() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &silent).ok()?;
        Some(Self { before })
    }

    /// No input on this platform: a pasted secret would be shown.
    #[cfg(not(unix))]
    const fn begin() -> Option<Self> {
        None
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &self.before);
    }
}

/// The secret is known from now on.
#[derive(Serialize)]
struct SecretRecord {
    secret: String,
    origin: String,
}

impl SecretRecord {
    fn of(found: &FoundSecret) -> Self {
        Self { secret: found.secret.masked(), origin: found.origin.clone() }
    }
}

impl Render for SecretRecord {
    fn render(&self, writer: &mut TextWriter<'_>) {
        writer.push("secret    ").push(&self.secret).newline();
    }
}

impl Record for SecretRecord {
    const NAME: &'static str = "secret";
}
