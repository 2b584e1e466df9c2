//! Secrets and bearer links kept out of what people read.

use std::borrow::Cow;

use memchr::memmem;

use crate::model::Secret;

/// Replacement for the part of a URL that is not shown.
const CUT_QUERY: &str = "?…";

/// Hides everything that looks like a Magic Hour secret or key (`mhw_...`, `mhk_...`), as [`Secret::masked`] does.
///
/// The text may hold colour codes. A bare prefix, as help texts mention it, stays.
pub fn secrets(text: &str) -> Cow<'_, str> {
    let Some(first) = find_secret(text) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let (mut before, mut rest) = text.split_at(first);
    loop {
        out.push_str(before);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (secret, after) = rest.split_at(end);
        let masked = Secret::new(secret).masked();
        let nothing_hidden = masked.strip_suffix('…') == Some(secret);
        out.push_str(if nothing_hidden { secret } else { &masked });
        let Some(next) = find_secret(after) else {
            out.push_str(after);
            return Cow::Owned(out);
        };
        (before, rest) = after.split_at(next);
    }
}

/// Cuts the query of a text that is one URL: `https://host/path?…`. Download URLs are bearer links, and the query is
/// what opens them.
pub fn query(url: &str) -> Cow<'_, str> {
    match url.split_once('?') {
        Some((path, _)) => Cow::Owned(format!("{path}{CUT_QUERY}")),
        None => Cow::Borrowed(url),
    }
}

/// Cuts the query of every URL in a text: of a text that is a URL all of it, else up to a blank, a quote or a bracket.
pub fn queries(text: &str) -> Cow<'_, str> {
    if is_url(text) && !text.contains('\n') {
        return query(text);
    }
    if memchr::memchr(b'?', text.as_bytes()).is_none() || memmem::find(text.as_bytes(), b"://").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(ends_url).unwrap_or(after.len());
        let (url, tail) = after.split_at(end);
        out.push_str(&query(url));
        rest = tail;
    }
    out.push_str(rest);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Start of the next secret: one search for what both prefixes share, so that ordinary text costs one pass.
fn find_secret(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, b"mh").find(|at| matches!(bytes.get(at + 2..at + 4), Some(b"w_" | b"k_")))
}

fn is_url(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::{any, proptest};

    use super::{queries, query, secrets};

    #[test]
    fn a_secret_shows_its_sort_and_its_last_four_characters() {
        assert_eq!(
            secrets("got mhw_live_0123456789abcdefghijABCDEFGHIJ, and (mhk_test_0123456789abcdefghijABCDEFGHIJ)"),
            "got mhw_live_…GHIJ, and (mhk_test_…GHIJ)"
        );
    }

    #[test]
    fn a_short_secret_is_hidden_and_a_bare_prefix_stays() {
        assert_eq!(secrets("mhk_test_x mhw_live_ mhw_ mhx_y mh"), "mhk_test_… mhw_live_ mhw_ mhx_y mh");
    }

    #[test]
    fn colour_codes_around_a_secret_survive() {
        assert_eq!(secrets("\x1b[32mmhw_test_0123456789abcdefWXYZ\x1b[0m"), "\x1b[32mmhw_test_…WXYZ\x1b[0m");
    }

    #[test]
    fn text_without_secrets_is_not_copied() {
        assert!(matches!(secrets("an hour of mhm"), Cow::Borrowed(_)));
        assert!(matches!(queries("is it? https://example.com/a"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_url_loses_its_query() {
        assert_eq!(query("https://h/p?sig=1&x=2"), "https://h/p?…");
        assert_eq!(query("https://h/p"), "https://h/p");
    }

    #[test]
    fn urls_inside_a_text_lose_their_queries_and_nothing_else_is_lost() {
        assert_eq!(queries("why? see <https://h/p?sig=1> or https://h/q"), "why? see <https://h/p?…> or https://h/q");
        assert_eq!(queries("HTTPS://h/p?sig=a b"), "HTTPS://h/p?…");
        assert_eq!(queries("https://h/p?sig=1\nnext"), "https://h/p?…\nnext");
    }

    proptest! {
        #[test]
        fn masking_never_panics_and_is_done_after_once(text in any::<String>()) {
            let once = secrets(&text).into_owned();
            assert_eq!(secrets(&once), once);
            let once = queries(&text).into_owned();
            assert_eq!(queries(&once), once);
        }

        #[test]
        fn no_secret_passes(start in "[ -~]{0,9}", tail in "[a-zA-Z0-9]{16,40}", end in "[ -~é]{0,9}") {
            let text = format!("{start}mhw_live_{tail}{end}");
            assert!(!secrets(&text).contains(&tail));
        }
    }
}
