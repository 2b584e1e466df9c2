//! The `mh-hook` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mh_hook::cli::main()
}
