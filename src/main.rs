//! The `mh-hook` command.

fn main() {}
