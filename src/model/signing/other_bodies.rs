//! Bodies as they may have been before they were packed, encoded or changed on the way.

use std::io::Read;

use flate2::read::GzDecoder;

/// The most bytes that a compressed body is unpacked to.
const LARGEST_UNPACKED: u64 = 1 << 20;

/// The body with line ends of LF, of CRLF and of CR alone, if it has any.
pub(super) fn line_endings(body: &[u8]) -> Vec<Vec<u8>> {
    if memchr::memchr2(b'\n', b'\r', body).is_none() {
        return Vec::new();
    }
    let with = |end: &[u8]| {
        let mut changed = Vec::with_capacity(body.len() * 2);
        let mut rest = body;
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, tail) = rest.split_at(at);
            changed.extend_from_slice(line);
            changed.extend_from_slice(end);
            rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
        }
        changed.extend_from_slice(rest);
        changed
    };
    [b"\n".as_slice(), b"\r\n", b"\r"].into_iter().map(with).collect()
}

/// A gzip body unpacked, as far as it is not too large.
pub(super) fn unpacked(body: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    GzDecoder::new(body).take(LARGEST_UNPACKED).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}

/// The body as it was before someone took UTF-8 for Latin-1, or wrote Latin-1.
pub(super) fn other_charsets(body: &[u8]) -> Vec<Vec<u8>> {
    if body.is_ascii() {
        return Vec::new();
    }
    let widened: String = body.iter().map(|byte| char::from(*byte)).collect();
    let narrow = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>();
    let narrowed = str::from_utf8(body).ok().and_then(narrow);
    std::iter::once(widened.into_bytes()).chain(narrowed).collect()
}
