//! The build that runs: `mh-hook --version -v`.

/// Commit that the program was built from; release builds name it.
const COMMIT: Option<&str> = option_env!("MH_HOOK_COMMIT");

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
