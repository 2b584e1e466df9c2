//! Columns that a text takes on a terminal, which are neither its bytes nor its characters.

use std::borrow::Cow;
use std::iter::repeat_n;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text of one line takes; our own colour codes take none.
pub fn display_width(text: &str) -> usize {
    let mut pieces = text.split('\x1b');
    let first = pieces.next().map_or(0, plain_width);
    // Each further piece starts inside a colour code, which ends with its `m`.
    first + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, visible)| plain_width(visible))).sum::<usize>()
}

/// Appends that many spaces.
#[inline]
pub fn push_spaces(out: &mut String, count: usize) {
    const SPACES: &str = "                                                                ";
    match SPACES.get(..count) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(repeat_n(' ', count)),
    }
}

/// Cuts a text without colour to `width` columns, ending it in `…` where something is missing.
pub fn fit(text: &str, width: usize) -> Cow<'_, str> {
    if plain_width(text) <= width {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(format!("{}…", split(text, room).0))
}

/// Breaks a text without colour into lines of at most `width` columns, between words where it can.
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while plain_width(rest) > width.max(1) {
        let (head, _) = split(rest, width.max(1));
        // A character wider than the line has to go somewhere.
        let head_len = head.len().max(rest.chars().next().map_or(1, char::len_utf8));
        let after_head = rest.get(head_len..).unwrap_or_default();
        let at = match rest.get(..head_len).and_then(|head| head.rfind(' ')) {
            Some(space) if space > 0 && !after_head.starts_with(' ') => space,
            _ => head_len,
        };
        let (line, tail) = rest.split_at(at);
        lines.push(line.trim_end());
        rest = tail.trim_start();
    }
    lines.push(rest);
    lines
}

/// Splits a text where its first `width` columns end.
fn split(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        // An emoji selector has no width, but can widen the character before it.
        used += if *c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) };
        used > width
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

fn plain_width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{display_width, fit, wrap};
    use crate::output::theme::{Role, Theme};

    #[test]
    fn colour_takes_no_room_and_wide_characters_take_two_columns() {
        let painted = Theme::new(true).paint(Role::Error, "日本 ok").to_string();
        assert_eq!(display_width(&painted), 7);
        assert_eq!(display_width("plain"), 5);
    }

    #[test]
    fn a_text_that_fits_stays_and_a_longer_one_ends_in_an_ellipsis() {
        assert_eq!(fit("hello", 5), "hello");
        assert_eq!(fit("hello", 4), "hel…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("❤️❤️", 3), "❤️…");
        assert_eq!(fit("hello", 0), "");
    }

    #[test]
    fn lines_break_between_words_and_inside_a_word_that_is_too_long() {
        assert_eq!(wrap("a handler must answer", 10), ["a handler", "must", "answer"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 10), [""]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_but_spaces(text in "[a-c日 é👩\\x{200d}❤\\x{fe0f}]{0,40}", width in 0_usize..12) {
            let squeeze = |text: &str| text.replace(' ', "");
            assert_eq!(squeeze(&wrap(&text, width).concat()), squeeze(&text));
            assert!(display_width(&fit(&text, width)) <= width);
        }
    }
}
