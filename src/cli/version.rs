//! The version, and the build that runs: `mh-hook --version`, `mh-hook --version -v`.

use std::ffi::OsString;
use std::io::stdout;

use crate::output::{OutputError, Stream, Theme};

/// Commit that the program was built from; release builds name it.
const COMMIT: Option<&str> = option_env!("MH_HOOK_COMMIT");

/// Whether the command line asks for the version and for nothing else, so that neither definition, nor settings, nor
/// environment matter.
pub(crate) fn is_all_that_is_asked(arguments: &[OsString]) -> bool {
    matches!(arguments, [_, word] if word == "--version" || word == "-V" || word == "version")
}

/// Prints the version alone.
pub(crate) fn print() -> Result<(), OutputError> {
    let out = Stream::new("standard output", stdout(), Theme::new(false));
    out.write(concat!("mh-hook ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())
}

/// The first line as `--version` prints it, followed by commit and target.
pub(crate) fn details(version: &str) -> String {
    let commit = COMMIT.unwrap_or("unknown (not a release build)");
    format!("{}\ncommit  {commit}\ntarget  {}\n", version.trim_end(), target())
}

/// Processor, operating system and C library, as far as the library matters: `x86_64-linux-gnu`.
fn target() -> String {
    let libc = match () {
        () if cfg!(target_env = "gnu") => "-gnu",
        () if cfg!(target_env = "musl") => "-musl",
        () if cfg!(target_env = "msvc") => "-msvc",
        () => "",
    };
    format!("{}-{}{libc}", std::env::consts::ARCH, std::env::consts::OS)
}
