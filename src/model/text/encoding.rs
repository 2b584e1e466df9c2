//! The encodings in which editors and shells save text: UTF-8, and UTF-16 as PowerShell's `>` writes it.

use std::borrow::Cow;

/// Decodes UTF-16 that begins with a byte order mark, and drops the mark of UTF-8. Other bytes are returned as they are.
pub fn to_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ => Cow::Borrowed(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let (pairs, _half) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::to_utf8;

    #[test]
    fn marks_of_encodings_are_understood() {
        assert_eq!(*to_utf8(b"a"), *b"a");
        assert_eq!(*to_utf8(b"\xef\xbb\xbfa"), *b"a");
        assert_eq!(*to_utf8(b"\xff\xfea\0\xe9\0"), *"aé".as_bytes());
        assert_eq!(*to_utf8(b"\xfe\xff\0a\0\xe9"), *"aé".as_bytes());
        assert_eq!(*to_utf8(b"\xff\xfe\0\xd8"), *"\u{fffd}".as_bytes());
        assert_eq!(*to_utf8(b"\xff"), *b"\xff");
    }
}
