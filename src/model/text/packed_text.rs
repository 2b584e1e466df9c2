//! Texts that `build.rs` compresses.

use std::io::{self, Read as _};

use flate2::read::GzDecoder;

/// A text of the source, as gzip.
#[derive(Clone, Copy)]
pub(crate) struct PackedText(pub(crate) &'static [u8]);

impl PackedText {
    /// The text.
    ///
    /// # Errors
    ///
    /// When the program is damaged.
    pub(crate) fn unpack(self) -> io::Result<String> {
        let mut text = String::new();
        GzDecoder::new(self.0).read_to_string(&mut text)?;
        Ok(text)
    }
}

/// The text of a file below `src/`, which must be among those that `build.rs` compresses.
macro_rules! packed_text {
    ($path:expr) => {
        $crate::model::text::packed_text::PackedText(include_bytes!(concat!(env!("OUT_DIR"), "/", $path, ".gz")))
    };
}

pub(crate) use packed_text;
