//! The `mh-hook` command.

use std::process::ExitCode;

/// The allocator of the program: receiving takes a third less processor time than with glibc's.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mh_hook::cli::main()
}
