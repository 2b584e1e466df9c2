//! Files that are read whole: regular ones of a bounded size.
//!
//! A link to a FIFO or a device may arrive with a repository. Opening a FIFO waits for ever, and `/dev/zero` has no end.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file that the program found by itself.
pub fn read_found(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    regular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    // Another file may have taken the name in between.
    regular(&file.metadata()?)?;
    read_within(file, most)
}

/// Reads a file that the user named. A descriptor that a shell opened (`<(command)`) is read as well.
pub fn read_named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if is_open_descriptor(path) { read_within(File::open(path)?, most) } else { read_found(path, most) }
}

/// Accepts a file that the user named if it could be read, without reading it.
pub fn check_named(path: &Path) -> io::Result<()> {
    if !is_open_descriptor(path) {
        regular(&std::fs::metadata(path)?)?;
    }
    File::open(path).map(drop)
}

/// Reads up to `most` bytes, and refuses a source that holds more.
pub fn read_within(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is longer than {}", bound(most))));
    }
    Ok(bytes)
}

fn is_open_descriptor(path: &Path) -> bool {
    let of_descriptors =
        ["/dev/fd", "/proc/self/fd"].iter().any(|directory| path.parent() == Some(Path::new(directory)));
    of_descriptors && std::fs::metadata(path).is_ok_and(|metadata| sort(&metadata) == Some("a pipe"))
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    match sort(metadata) {
        None => Ok(()),
        Some(sort) => Err(io::Error::other(format!("it is {sort}, not a file"))),
    }
}

/// The sort of what is not a regular file.
fn sort(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a directory");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("something else")
}

fn bound(most: u64) -> String {
    if most >= 1 << 20 { format!("{} MiB", most >> 20) } else { format!("{} KiB", most >> 10) }
}

#[cfg(test)]
mod tests {
    use super::{check_named, read_found, read_named, read_within};
    use std::io;
    use std::path::Path;

    #[test]
    fn a_regular_file_is_read_whole_and_a_longer_one_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "x".repeat(1024)).unwrap();
        assert_eq!(read_found(&path, 1024).unwrap().len(), 1024);
        std::fs::write(&path, "x".repeat(1025)).unwrap();
        assert_eq!(read_found(&path, 1024).unwrap_err().to_string(), "it is longer than 1 KiB");
        assert_eq!(read_within(io::repeat(0), 1 << 20).unwrap_err().to_string(), "it is longer than 1 MiB");
    }

    #[test]
    #[cfg(unix)]
    fn what_never_ends_or_waits_for_ever_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        for (path, problem) in [
            (fifo.as_path(), "it is a pipe, not a file"),
            (link.as_path(), "it is a pipe, not a file"),
            (Path::new("/dev/zero"), "it is a device, not a file"),
            (directory.path(), "it is a directory, not a file"),
        ] {
            assert_eq!(read_found(path, 10).unwrap_err().to_string(), problem);
            assert_eq!(read_named(path, 10).unwrap_err().to_string(), problem);
            assert_eq!(check_named(path).unwrap_err().to_string(), problem);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_pipe_that_a_shell_opened_is_read() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"secret").unwrap();
        drop(writer);
        let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
        assert_eq!(read_named(Path::new(&path), 10).unwrap(), b"secret");
    }
}
