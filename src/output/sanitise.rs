//! Received text made safe to show: what a terminal would obey, or hide, becomes visible as an escape.
//!
//! A sender could otherwise clear the screen, forge a line of ours, or write a word that reads differently from what
//! it is. Joiners that ordinary scripts and emoji need (U+200C, U+200D, variation selectors) stay.

use std::fmt::Write as _;

/// Treatment of newlines and tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// They stay: the text is a block of lines.
    Keep,
    /// They are shown as `\n` and `\t`: the text is part of a line.
    Escape,
}

/// Whether a terminal acts on this character, or shows nothing for it.
pub const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}' // DEL and the C1 controls, U+009B among them: an ESC and `[` in one
            | '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{feff}' // soft hyphen, no width
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers of Hangul, letters without a shape
            | '\u{17b4}' | '\u{17b5}' | '\u{2800}' // vowels of Khmer and a braille pattern without a shape
            | '\u{61c}' | '\u{200e}' | '\u{200f}' // marks of direction
            | '\u{2028}'..='\u{202e}' // separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // invisible operators and isolates
            | '\u{fff9}'..='\u{fffb}' // interlinear annotation
            | '\u{1d173}'..='\u{1d17a}' // beams and slurs of music
            | '\u{e0000}'..='\u{e0fff}' // tags and variation selectors: whole invisible alphabets
    )
}

/// Appends text, with what is hidden in it shown as `\x1b` or `\u{202e}`.
///
/// A backslash of the text itself stays single: this is for eyes, not for parsing.
pub fn append_text(out: &mut String, text: &str, breaks: Breaks) {
    if is_plain(text) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find(|c| needs_escape(c, breaks)) {
        let (clean, tail) = rest.split_at(at);
        out.push_str(clean);
        let mut tail = tail.chars();
        if let Some(hidden) = tail.next() {
            append_escape(out, hidden);
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
}

/// Appends bytes that should be text, as [`append_text`] does; what is not UTF-8 is shown as `\xff`.
pub fn append_bytes(out: &mut String, bytes: &[u8], breaks: Breaks) {
    for chunk in bytes.utf8_chunks() {
        append_text(out, chunk.valid(), breaks);
        for byte in chunk.invalid() {
            append_byte_escape(out, *byte);
        }
    }
}

/// Bytes that should be text, of which only those that are not UTF-8 are changed: they become `\xff`.
pub fn escaped_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| append_byte_escape(&mut out, *byte));
    }
    out
}

/// The first bytes of a text, at most `limit` and never half a character, and how many bytes were left out.
#[inline]
pub fn excerpt(text: &str, limit: usize) -> (&str, usize) {
    let (shown, left) = text.split_at(text.floor_char_boundary(limit));
    (shown, left.len())
}

/// Appends one line of `hexdump -C`: offset, up to sixteen bytes, and the same as ASCII.
pub fn append_hex_line(out: &mut String, offset: usize, bytes: &[u8]) {
    const PER_LINE: usize = 16;
    push(out, format_args!("{offset:08x} "));
    for place in 0..PER_LINE {
        out.push_str(if place % 8 == 0 { " " } else { "" });
        match bytes.get(place) {
            Some(byte) => push(out, format_args!("{byte:02x} ")),
            None => out.push_str("   "),
        }
    }
    out.push_str(" |");
    let shown = |byte: &u8| if matches!(byte, 0x20..=0x7e) { char::from(*byte) } else { '.' };
    out.extend(bytes.iter().take(PER_LINE).map(shown));
    out.push('|');
}

/// Printable ASCII alone: nearly every text, decided sixteen bytes at a time.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, 0x20..=0x7e))
}

fn needs_escape(c: char, breaks: Breaks) -> bool {
    is_hidden(c) && !(breaks == Breaks::Keep && matches!(c, '\n' | '\t'))
}

fn append_escape(out: &mut String, hidden: char) {
    match hidden {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // `\x80` and above are bytes that are not UTF-8, so C1 controls are written as characters.
        '\0'..='\x7f' => push(out, format_args!("\\x{:02x}", u32::from(hidden))),
        _ => push(out, format_args!("\\u{{{:x}}}", u32::from(hidden))),
    }
}

fn append_byte_escape(out: &mut String, byte: u8) {
    push(out, format_args!("\\x{byte:02x}"));
}

/// Formats into a string, which cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Breaks, append_bytes, append_hex_line, append_text, excerpt, is_hidden};

    fn shown(bytes: &[u8], breaks: Breaks) -> String {
        let mut out = String::new();
        append_bytes(&mut out, bytes, breaks);
        out
    }

    #[test]
    fn ordinary_text_of_any_script_stays() {
        for text in ["plain", "naïve – “quotes”", "日本語", "👩‍🚀 ❤️", "می‌خواهم", "back\\slash"]
        {
            assert_eq!(shown(text.as_bytes(), Breaks::Escape), text);
        }
    }

    #[test]
    fn what_a_terminal_obeys_becomes_visible() {
        assert_eq!(shown(b"\x1b[2J\x07\0\x7f", Breaks::Escape), "\\x1b[2J\\x07\\x00\\x7f");
        assert_eq!(shown("\u{9b}31m".as_bytes(), Breaks::Escape), "\\u{9b}31m");
        assert_eq!(shown("a\u{202e}b\u{e0041}c\u{feff}".as_bytes(), Breaks::Escape), "a\\u{202e}b\\u{e0041}c\\u{feff}");
    }

    #[test]
    fn what_has_no_shape_becomes_visible() {
        let invisible =
            ['\u{3164}', '\u{2800}', '\u{e0100}', '\u{e01ef}', '\u{115f}', '\u{ffa0}', '\u{34f}', '\u{17b4}'];
        for c in invisible {
            let text = format!("a{c}b");
            assert_eq!(shown(text.as_bytes(), Breaks::Keep), format!("a\\u{{{:x}}}b", u32::from(c)));
        }
    }

    #[test]
    fn what_is_not_utf_8_becomes_visible() {
        assert_eq!(shown(b"ok\xff\xfeok\xe2\x82", Breaks::Escape), "ok\\xff\\xfeok\\xe2\\x82");
    }

    #[test]
    fn newlines_and_tabs_stay_only_where_lines_are_wanted() {
        assert_eq!(shown(b"a\n\tb\r\n", Breaks::Keep), "a\n\tb\\r\n");
        assert_eq!(shown(b"a\n\tb\r\n", Breaks::Escape), "a\\n\\tb\\r\\n");
    }

    #[test]
    fn an_excerpt_never_splits_a_character() {
        assert_eq!(excerpt("aé", 2), ("a", 2));
        assert_eq!(excerpt("aé", 3), ("aé", 0));
        assert_eq!(excerpt("aé", 99), ("aé", 0));
    }

    #[test]
    fn a_hex_line_reads_as_hexdump_prints_it() {
        let mut out = String::new();
        append_hex_line(&mut out, 16, b"GIF89a\0\x1b!");
        assert_eq!(out, "00000010  47 49 46 38 39 61 00 1b  21                       |GIF89a..!|");
    }

    proptest! {
        #[test]
        fn no_bytes_reach_the_terminal_hidden(bytes in any::<Vec<u8>>()) {
            assert!(!shown(&bytes, Breaks::Escape).contains(is_hidden));
            assert!(!shown(&bytes, Breaks::Keep).contains(|c| is_hidden(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn no_text_reaches_the_terminal_hidden(text in any::<String>()) {
            let mut out = String::new();
            append_text(&mut out, &text, Breaks::Escape);
            assert!(!out.contains(is_hidden));
        }
    }
}
