//! The operating system's reasons, in the style of our own messages.

use std::io;

/// Reason of an error, in lower case and without the error number: `permission denied`.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::reason;
    use std::io;

    #[test]
    fn a_reason_is_lower_case_and_has_no_number() {
        let missing = std::fs::read("/nowhere/at/all").expect_err("there is no such file");
        assert!(!reason(&missing).contains("os error"));
        assert!(reason(&missing).starts_with(char::is_lowercase));
        assert_eq!(reason(&io::Error::other("Disk on fire")), "disk on fire");
    }
}
