//! Label that makes a file distinct: the job's id and the file's number.

use fastrand::Rng;

/// The mark of one file.
pub(super) struct Label(String);

impl Label {
    pub(super) fn new(job_id: &str, number: u32) -> Self {
        Self(if number == 0 { job_id.to_owned() } else { format!("{job_id}-{number}") })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The label in exactly `length` bytes: padded with spaces, or cut.
    pub(super) fn in_bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.bytes().filter(u8::is_ascii_graphic).collect();
        bytes.resize(length, b' ');
        bytes
    }

    /// Chance that depends on nothing but the label.
    pub(super) fn rng(&self) -> Rng {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        // FNV-1a: the standard hasher may change between releases of Rust, and a seed shall give the same files again.
        Rng::with_seed(self.0.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }
}
