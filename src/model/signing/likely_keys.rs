//! Keys that a signer may hold in place of the secret.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use crate::model::signing::mistake::SecretSlip;
use crate::model::signing::secret_text::is_invisible;

/// The keys that a slip makes of a secret.
pub(super) fn likely_keys(secret: &str) -> Vec<(SecretSlip, Vec<u8>)> {
    const PREFIXES: [&str; 4] = ["mhw_live_", "mhw_test_", "mhw_", "whsec_"];
    let trimmed = secret.trim();
    let unquoted = trimmed.trim_matches(['"', '\'']);
    let bare = PREFIXES.into_iter().find_map(|prefix| unquoted.strip_prefix(prefix));
    let mut keys: Vec<(SecretSlip, Vec<u8>)> = [
        (SecretSlip::Newline, format!("{secret}\n")),
        (SecretSlip::Newline, format!("{secret}\r\n")),
        (SecretSlip::Whitespace, format!("{secret} ")),
        (SecretSlip::Whitespace, format!(" {secret}")),
        (SecretSlip::Whitespace, trimmed.to_owned()),
        (SecretSlip::Quotes, format!("\"{secret}\"")),
        (SecretSlip::Quotes, format!("'{secret}'")),
        (SecretSlip::Quotes, unquoted.to_owned()),
    ]
    .into_iter()
    .map(|(slip, key)| (slip, key.into_bytes()))
    .collect();
    keys.extend(bare.map(|bare| (SecretSlip::Prefix, bare.as_bytes().to_vec())));
    let visible = |c: char| !c.is_whitespace() && !is_invisible(c);
    let seen = secret.trim_matches(|c| !visible(c));
    for (start, end) in [("\u{feff}", ""), ("", "\u{200b}"), ("", "\u{a0}")] {
        keys.push((SecretSlip::Invisible, format!("{start}{secret}{end}").into_bytes()));
    }
    keys.push((SecretSlip::Invisible, seen.as_bytes().to_vec()));
    keys.push((SecretSlip::Encoded, BASE64_STANDARD.encode(secret).into_bytes()));
    let nothing = ["", "undefined", "null", "None", "nil", "MAGIC_HOUR_WEBHOOK_SECRET", "$MAGIC_HOUR_WEBHOOK_SECRET"];
    keys.extend(nothing.map(|text| (SecretSlip::Missing, text.as_bytes().to_vec())));
    let decoded = [Some(unquoted), bare].into_iter().flatten().flat_map(|text| {
        [&BASE64_STANDARD, &BASE64_STANDARD_NO_PAD].into_iter().filter_map(move |engine| engine.decode(text).ok())
    });
    keys.extend(decoded.map(|key| (SecretSlip::Base64, key)));
    keys
}
