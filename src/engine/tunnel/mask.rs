//! Tokens kept out of what an agent's words show: messages of ngrok repeat the whole token.

/// The shortest run of letters, digits and underscores that is taken for a token.
const SHORTEST_TOKEN: usize = 20;

/// Hides every token in a line: the values that are known, and every long run that is not part of a host name.
#[must_use]
pub fn without_tokens(line: &str, known: &[String]) -> String {
    let mut line = line.to_owned();
    for token in known.iter().filter(|token| !token.is_empty()) {
        line = line.replace(token.as_str(), "…");
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(start) = rest.find(is_of_word) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_of_word(c)).unwrap_or(from.len()));
        out.push_str(before);
        if is_host(word) {
            out.push_str(word);
        } else {
            push_masked(&mut out, word);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn push_masked(out: &mut String, word: &str) {
    const SHOWN: usize = 4;
    for (at, run) in word.split_inclusive(['.', '-']).enumerate() {
        let token = run.trim_end_matches(['.', '-']);
        if token.len() < SHORTEST_TOKEN {
            out.push_str(run);
            continue;
        }
        out.push_str(if at == 0 { token.get(..SHOWN).unwrap_or_default() } else { "" });
        out.push('…');
        out.push_str(run.get(token.len()..).unwrap_or_default());
    }
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether a word is a host name as agents print them: in lower case, with a top-level domain of letters.
fn is_host(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    let has_domain =
        word.rsplit_once('.').is_some_and(|(_, top)| top.len() >= 2 && top.chars().all(|c| c.is_ascii_lowercase()));
    has_domain && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::without_tokens;

    #[test]
    fn a_token_in_an_agents_message_is_hidden() {
        let line = "Your authtoken: 2aBcDeFgHiJkLmNoPqRsTuVwXyZ_1234567890abcdefghijkl.";
        assert_eq!(without_tokens(line, &[]), "Your authtoken: 2aBc….");
        let known = ["short1".to_owned()];
        assert_eq!(without_tokens("token short1 is wrong", &known), "token … is wrong");
    }

    #[test]
    fn host_names_codes_and_words_stay() {
        for line in [
            "ERR_NGROK_4018 see https://dashboard.ngrok.com/get-started/your-authtoken",
            "https://averyveryverylonglabel1234567890.ngrok-free.dev is online",
            "https://a-b.averyveryverylonglabel1234567890.dev",
            "",
        ] {
            assert_eq!(without_tokens(line, &[]), line);
        }
    }
}
