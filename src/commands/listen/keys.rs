//! Keys of a listener on a terminal.

/// A key's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Replay,
    Fold,
    Curl,
    Open,
    Help,
    Quit,
    /// Enter makes room below what is shown.
    Room,
}

/// Letter, meaning and help of each key.
const KEYS: [(u8, Key, &str); 6] = [
    (b'r', Key::Replay, "send the newest delivery to the handlers again"),
    (b'f', Key::Fold, "fold or unfold the payload"),
    (b'c', Key::Curl, "copy a curl command that sends it as received; c again prints it"),
    (b'o', Key::Open, "open its first download"),
    (b'?', Key::Help, "show the keys"),
    (b'q', Key::Quit, "stop"),
];

/// Bytes of one read that are keys; more at once are pasted text, whose letters mean nothing.
const MOST_KEYS: usize = 8;

/// The keys among the bytes of one read. Arrows and other keys that begin with Escape mean nothing.
pub(super) fn keys_in(bytes: &[u8]) -> Vec<Key> {
    if bytes.len() > MOST_KEYS || bytes.contains(&0x1b) {
        return Vec::new();
    }
    bytes.iter().filter_map(|byte| key(*byte)).collect()
}

fn key(byte: u8) -> Option<Key> {
    if matches!(byte, b'\n' | b'\r') {
        return Some(Key::Room);
    }
    KEYS.iter().find(|(letter, ..)| *letter == byte.to_ascii_lowercase()).map(|(_, key, _)| *key)
}

/// A line for each key.
pub(super) fn help() -> impl Iterator<Item = String> {
    KEYS.iter().map(|(letter, _, help)| format!("{}  {help}", char::from(*letter)))
}

#[cfg(test)]
mod tests {
    use super::{Key, keys_in};

    #[test]
    fn letters_are_keys_and_what_is_pasted_or_begins_with_escape_is_not() {
        assert_eq!(keys_in(b"rF?\n"), [Key::Replay, Key::Fold, Key::Help, Key::Room]);
        assert_eq!(keys_in(b"x"), []);
        assert_eq!(keys_in(b"\x1bOq"), []);
        assert_eq!(keys_in(b"mhw_test_qqqq"), []);
    }
}
