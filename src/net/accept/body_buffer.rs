//! Memory for a body that arrives piece by piece.

use bytes::{Bytes, BytesMut};
use memmap2::MmapMut;

/// Room that is made for a body before more of it than this has come: what is announced may never come.
const BEGIN: usize = 8 << 10;

/// Bytes from which on a body has pages of the operating system to itself. They take no memory before they are written
/// to, and are given back at once when the body is dropped; allocators keep what was freed, in case it is needed again.
const MAPPED: usize = 64 << 10;

/// A body as far as it has come.
#[derive(Debug)]
pub(super) enum BodyBuffer {
    Small(BytesMut),
    Large(BodyPages),
}

/// Pages that hold a body, and its length.
#[derive(Debug)]
pub(super) struct BodyPages {
    pages: MmapMut,
    length: usize,
}

impl BodyBuffer {
    /// A buffer for a body of which `data` has come, and of which at least `announced` bytes are to come.
    pub(super) fn new(data: &[u8], announced: usize) -> Self {
        let mut begun = BytesMut::with_capacity(announced.min(BEGIN).max(data.len()));
        begun.extend_from_slice(data);
        Self::Small(begun)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Small(bytes) => bytes.len(),
            Self::Large(body) => body.length,
        }
    }

    /// Adds what has come. The body has at most `most` bytes with it.
    pub(super) fn add(&mut self, data: &[u8], most: usize) {
        let length = self.len() + data.len();
        if let Self::Small(bytes) = self
            && length > MAPPED
            && let Ok(mut pages) = MmapMut::map_anon(most.max(length))
        {
            put(&mut pages, 0, bytes);
            *self = Self::Large(BodyPages { pages, length: bytes.len() });
        }
        match self {
            Self::Small(bytes) => bytes.extend_from_slice(data),
            Self::Large(body) => {
                put(&mut body.pages, body.length, data);
                body.length = length;
            }
        }
    }

    /// The body as it has come.
    pub(super) fn freeze(self) -> Bytes {
        match self {
            Self::Small(bytes) => bytes.freeze(),
            Self::Large(body) => Bytes::from_owner(body),
        }
    }
}

/// Writes `data` at `start`, where there is room for it.
fn put(pages: &mut MmapMut, start: usize, data: &[u8]) {
    if let Some(room) = pages.get_mut(start..start + data.len()) {
        room.copy_from_slice(data);
    }
}

impl AsRef<[u8]> for BodyPages {
    fn as_ref(&self) -> &[u8] {
        self.pages.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, BodyBuffer, MAPPED};

    #[test]
    fn a_body_of_any_size_is_what_has_come() {
        for size in [0, 1, BEGIN, MAPPED - 1, MAPPED, MAPPED + 1, 5 * MAPPED] {
            for piece in [1000, MAPPED, 3 * MAPPED] {
                let whole: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
                let mut pieces = whole.chunks(piece);
                let mut buffer = BodyBuffer::new(pieces.next().unwrap_or_default(), size);
                pieces.for_each(|piece| buffer.add(piece, size));
                assert_eq!(buffer.len(), size);
                assert!(buffer.freeze() == whole, "{size} bytes in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_large_body_has_pages_to_itself() {
        let mut buffer = BodyBuffer::new(&[0; 10], 0);
        buffer.add(&vec![1; MAPPED - 10], 2 * MAPPED);
        assert!(matches!(buffer, BodyBuffer::Small(_)));
        buffer.add(&[2], 2 * MAPPED);
        assert!(matches!(buffer, BodyBuffer::Large(_)));
    }
}
