//! A program that prints a line: the measure of `mh-hook --version` in `benches/compare`.

use std::io::{Write, stdout};

fn main() -> std::io::Result<()> {
    writeln!(stdout(), "hello, world")
}
