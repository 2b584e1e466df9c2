//! Received text as a part of a sentence.

/// The words of a text in one line, and not too many of them: a line break could pass for the end of a line of ours.
pub fn in_one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    shortened(text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST)
}

/// A text of at most `longest` characters; a longer one ends in `…`.
pub fn shortened(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::in_one_line;

    #[test]
    fn a_text_is_one_line_with_an_end() {
        assert_eq!(in_one_line("free\nerror: your key\u{2028} was stolen "), "free error: your key was stolen");
        assert_eq!(in_one_line(&"é".repeat(1_000)).chars().count(), 301);
    }
}
