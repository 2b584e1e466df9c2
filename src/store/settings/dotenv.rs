//! The layers of `./.env.local` and `./.env`: the names of credentials, and nothing else of them.
//!
//! This reader expands no variables. Common ones do, from the process environment, and with them the `.env` of a
//! cloned repository could have our key sent to a stranger: `MAGIC_HOUR_API_KEY=$MAGIC_HOUR_API_KEY` would make it
//! the file's own. It also forgives every line that is not ours, since `.env` belongs to the user's program.

use crate::model::text::encoding::to_utf8;
use crate::store::settings::credential::{self, Credential, Credentials};
use crate::store::settings::error::SettingsError;
use crate::store::settings::origin::{Origin, Source};

/// Name of the file in messages.
pub(super) const FILES: [&str; 2] = [".env.local", ".env"];

/// Reads our names from a file that is named `shown` in messages; the last assignment counts, an empty one is as good
/// as none.
pub(super) fn credentials(bytes: &[u8], shown: &str) -> Result<Credentials, SettingsError> {
    let bytes = to_utf8(bytes);
    let text = String::from_utf8_lossy(&bytes);
    if text.contains('\0') {
        return Err(SettingsError::NotUtf8 { place: shown.to_owned() });
    }
    let mut rest = text.as_ref();
    let mut line = 1;
    let mut found = Credentials::new();
    while !rest.is_empty() {
        let (assignment, after) = next_assignment(rest);
        let ours = assignment.and_then(|(name, value)| Some((Credential::with_variable(name)?, value)));
        if let Some((credential, value)) = ours {
            let origin = Origin::line(Source::DotEnv, shown, line);
            let value = checked(value).map_err(|problem| SettingsError::DotEnv {
                name: credential.variable(),
                place: origin.clone(),
                problem,
            })?;
            found.retain(|(other, _)| *other != credential);
            found.extend(credential::read(credential, &value, origin)?.map(|configured| (credential, configured)));
        } else if let Some(credential) = misspelled(rest.lines().next().unwrap_or_default()) {
            let (name, place) = (credential.variable(), Origin::line(Source::DotEnv, shown, line));
            return Err(SettingsError::DotEnv { name, place, problem: "write NAME=value" });
        }
        line += rest.strip_suffix(after).unwrap_or_default().matches('\n').count();
        rest = after;
    }
    Ok(found)
}

/// A name and its value or what is wrong with it.
type Assignment<'a> = (&'a str, Result<String, &'static str>);

/// Reads the assignment at the start of the text, if there is one, and says where the next line begins.
fn next_assignment(text: &str) -> (Option<Assignment<'_>>, &str) {
    let (line, next_line) = text.split_once('\n').unwrap_or((text, ""));
    let bare = line.trim_start();
    let exported =
        |word: &str| bare.strip_prefix(word).filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim_start);
    let bare = exported("export").or_else(|| exported("set")).or_else(|| bare.strip_prefix("$env:")).unwrap_or(bare);
    let Some((name, value)) = split_assignment(bare).filter(|_| !bare.starts_with('#')) else {
        return (None, next_line);
    };
    let name = name.trim();
    let blank = value.len() - value.trim_start().len();
    let start = line.len() - value.len() + blank;
    let quoted = text.get(start..).unwrap_or_default();
    match quoted.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => match split_quoted(quoted, quote) {
            Some((value, after)) => {
                let (tail, next_line) = after.split_once('\n').unwrap_or((after, ""));
                let tail = tail.trim();
                let clean = tail.is_empty() || tail.starts_with('#');
                let value = if clean { value } else { Err("there is text behind the closing quote") };
                (Some((name, value)), next_line)
            }
            None => (Some((name, Err("the quote is not closed"))), next_line),
        },
        _ => (Some((name, without_references(uncommented(value)))), next_line),
    }
}

/// The credential that a line sets in a way that no reader of such files takes, as `setx NAME value` or JSON do.
fn misspelled(line: &str) -> Option<Credential> {
    let is_part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let line = line.trim_start();
    if line.starts_with(['#', ';', '/']) {
        return None;
    }
    Credential::ALL.into_iter().find(|credential| {
        let Some((before, after)) = line.split_once(credential.variable()) else { return false };
        let is_whole = !before.ends_with(is_part_of_name) && !after.starts_with(is_part_of_name);
        is_whole && !before.is_empty() && !before.contains('=') && after.contains(|c: char| c.is_ascii_alphanumeric())
    })
}

/// Splits at `=`, or at `: ` as in YAML, whichever comes first.
fn split_assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_at(line.find(['=', ':'])?);
    if value.starts_with('=') { Some((name, value.get(1..)?)) } else { Some((name, value.strip_prefix(": ")?)) }
}

/// Splits a quoted value, which may span lines, from what follows it.
fn split_quoted(text: &str, quote: char) -> Option<(Result<String, &'static str>, &str)> {
    let mut characters = text.char_indices().skip(1).peekable();
    let mut value = String::new();
    let mut refers = false;
    while let Some((at, character)) = characters.next() {
        if character == quote {
            let after = text.get(at + quote.len_utf8()..).unwrap_or_default();
            return Some((if refers { Err(REFERENCE) } else { Ok(value) }, after));
        }
        if quote == '"' && character == '\\' {
            match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                plain @ ('"' | '\\' | '$') => value.push(plain),
                other => value.extend(['\\', other]),
            }
            continue;
        }
        refers |=
            quote == '"' && character == '$' && characters.peek().is_some_and(|(_, next)| matches!(next, '{' | '('));
        value.push(character);
    }
    None
}

/// An unquoted value ends where blank space and `#` begin a comment.
fn uncommented(value: &str) -> &str {
    let starts_comment = |(at, _): &(usize, &str)| value.get(..*at).is_some_and(|before| before.ends_with([' ', '\t']));
    let end = value.match_indices('#').find(starts_comment).map_or(value.len(), |(at, _)| at);
    value.get(..end).unwrap_or_default().trim()
}

const REFERENCE: &str = "it refers to another variable or command, and those are not expanded here";

fn without_references(value: &str) -> Result<String, &'static str> {
    if value.contains("${") || value.contains("$(") { Err(REFERENCE) } else { Ok(value.to_owned()) }
}

fn checked(value: Result<String, &'static str>) -> Result<String, &'static str> {
    value.and_then(|text| if text.contains(char::REPLACEMENT_CHARACTER) { Err("it is not UTF-8") } else { Ok(text) })
}

#[cfg(test)]
mod tests {
    use super::credentials;
    use crate::store::settings::credential::Credential;

    fn key(text: &str) -> Option<(String, String)> {
        let found = credentials(text.as_bytes(), "./.env").unwrap();
        let (_, key) = found.into_iter().find(|(credential, _)| *credential == Credential::ApiKey)?;
        Some((key.value.expose().to_owned(), key.origin.to_string()))
    }

    fn value(text: &str) -> Option<String> {
        key(&format!("MAGIC_HOUR_API_KEY{text}")).map(|(value, _)| value)
    }

    fn error(text: &str) -> String {
        credentials(text.as_bytes(), "./.env").unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_as_they_are_commonly_written() {
        for (written, read) in [
            ("=k3y", "k3y"),
            (" = k3y \r\n", "k3y"),
            ("=k3y # mine", "k3y"),
            ("=k#3y", "k#3y"),
            ("=#k3y", "#k3y"),
            ("='k 3y' # mine", "k 3y"),
            ("='${x}\\n'", "${x}\\n"),
            (r#"="k\"3\\y\$\x""#, "k\"3\\y$\\x"),
            (": k3y", "k3y"),
            (": 'k: 3y'", "k: 3y"),
            ("=`k3y`", "k3y"),
            ("=k$3y", "k$3y"),
            ("=ké", "ké"),
        ] {
            assert_eq!(value(written).as_deref(), Some(read), "{written}");
        }
        for empty in ["=", "= # later", "=''", "=\"\"", "", ":yaml", ": "] {
            assert_eq!(value(empty), None, "{empty}");
        }
    }

    #[test]
    fn the_last_assignment_counts_and_its_line_is_known() {
        let text = "\u{feff}# keys\nOTHER=\"two\nlines\"\nMAGIC_HOUR_API_KEY=a\n\nexport MAGIC_HOUR_API_KEY=b";
        assert_eq!(key(text), Some(("b".to_owned(), "./.env:6".to_owned())));
        assert_eq!(key("MAGIC_HOUR_API_KEY=a\nMAGIC_HOUR_API_KEY=\n"), None);
    }

    #[test]
    fn names_may_be_exported_with_any_blank() {
        for line in [
            "export MAGIC_HOUR_API_KEY=k",
            "export\tMAGIC_HOUR_API_KEY=k",
            "  export   MAGIC_HOUR_API_KEY=k",
            "set MAGIC_HOUR_API_KEY=k",
            "$env:MAGIC_HOUR_API_KEY = \"k\"",
        ] {
            assert_eq!(key(line), Some(("k".to_owned(), "./.env:1".to_owned())), "{line}");
        }
    }

    #[test]
    fn a_file_of_powershell_is_decoded_and_one_without_its_mark_is_refused() {
        let line = "MAGIC_HOUR_API_KEY=k3y\r\n";
        let little: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe", little.as_slice()].concat();
        assert_eq!(credentials(&marked, "./.env").unwrap()[0].1.value.expose(), "k3y");
        let error = credentials(&little, "./.env").unwrap_err();
        assert_eq!(error.to_string(), "cannot read ./.env: it is not UTF-8");
    }

    #[test]
    fn a_value_of_several_lines_is_refused() {
        assert_eq!(
            error("MAGIC_HOUR_WEBHOOK_SECRET=\"one\\ntwo\""),
            "cannot use MAGIC_HOUR_WEBHOOK_SECRET from ./.env:1: it has a line break in it"
        );
    }

    #[test]
    fn a_line_that_sets_a_name_of_ours_in_another_way_is_refused() {
        for line in
            ["setx MAGIC_HOUR_API_KEY hunter2", "{\"MAGIC_HOUR_API_KEY\": \"hunter2\"}", "- MAGIC_HOUR_API_KEY hunter2"]
        {
            assert_eq!(
                error(&format!("A=1\n{line}\n")),
                "cannot read MAGIC_HOUR_API_KEY in ./.env:2: write NAME=value",
                "{line}"
            );
        }
        for line in ["; MAGIC_HOUR_API_KEY x", "MY_MAGIC_HOUR_API_KEY=x", "NOTE=see MAGIC_HOUR_API_KEY there"] {
            assert!(credentials(line.as_bytes(), "./.env").unwrap().is_empty(), "{line}");
        }
    }

    #[test]
    fn lines_of_others_are_forgiven() {
        let others = "not a line\nA='open\nB=${C}\nD='x' y\n=\nMH_HOOK_NONSENSE=1\n#MAGIC_HOUR_API_KEY=no\n";
        let text = format!("{others}MAGIC_HOUR_API_KEY=k3y\n");
        assert_eq!(key(&text), Some(("k3y".to_owned(), "./.env:8".to_owned())));
        let mut bytes = b"A=\xff\n".to_vec();
        bytes.extend(b"MAGIC_HOUR_API_KEY=k3y");
        assert_eq!(credentials(&bytes, "./.env").unwrap().len(), 1);
    }

    #[test]
    fn nothing_is_expanded() {
        assert_eq!(value("=$HOME").as_deref(), Some("$HOME"));
        for text in ["MAGIC_HOUR_API_KEY=$(pass key)", "MAGIC_HOUR_API_KEY=${HOME}", "MAGIC_HOUR_API_KEY=\"a${HOME}\""]
        {
            assert_eq!(
                error(text),
                "cannot read MAGIC_HOUR_API_KEY in ./.env:1: \
                 it refers to another variable or command, and those are not expanded here"
            );
        }
    }

    #[test]
    fn a_line_of_ours_that_is_wrong_is_named_and_not_shown() {
        assert_eq!(
            error("\nMAGIC_HOUR_API_KEY='hunter2\n"),
            "cannot read MAGIC_HOUR_API_KEY in ./.env:2: the quote is not closed"
        );
        assert_eq!(
            error("MAGIC_HOUR_WEBHOOK_SECRET=\"hunter2\"hunter3"),
            "cannot read MAGIC_HOUR_WEBHOOK_SECRET in ./.env:1: there is text behind the closing quote"
        );
        let error = credentials(b"MAGIC_HOUR_API_KEY=hunter2\xff", "./.env").unwrap_err();
        assert_eq!(error.to_string(), "cannot read MAGIC_HOUR_API_KEY in ./.env:1: it is not UTF-8");
    }
}
