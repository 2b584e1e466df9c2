//! Compresses the texts that the program contains and seldom needs, which makes it smaller.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// Files below `src/`, and folders of them.
const TEXTS: [&str; 2] = ["commands/licenses/THIRD-PARTY.txt", "engine/inspector/assets"];

#[expect(clippy::disallowed_methods, reason = "Cargo names the folders in the environment")]
fn main() -> io::Result<()> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let (source, packed) = (folder("CARGO_MANIFEST_DIR")?.join("src"), folder("OUT_DIR")?);
    for text in TEXTS {
        println!("cargo::rerun-if-changed=src/{text}");
        pack(&source.join(text), &packed.join(text))?;
    }
    Ok(())
}

/// Compresses a file, or each file of a folder, to the same name with `.gz`. The same bytes come of it on each machine.
fn pack(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            pack(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    let mut name = to.as_os_str().to_owned();
    name.push(".gz");
    let mut packer = GzBuilder::new().write(fs::File::create(name)?, Compression::best());
    packer.write_all(&fs::read(from)?)?;
    packer.finish().map(drop)
}
