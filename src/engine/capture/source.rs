//! The places that captured requests are taken from, as `--from` names them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// A place that keeps requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureSource {
    /// A URL of webhook.site, by its id.
    WebhookSite(String),
    /// A URL of webhook.site that is yet to be made.
    NewWebhookSite,
    /// A URL of Svix Play, by its token.
    SvixPlay(String),
    /// A session of a webhook-tester: the server, and the session's id.
    WebhookTester(String, String),
    /// Records on standard input.
    Stdin,
    /// Records in a file.
    File(PathBuf),
}

impl CaptureSource {
    /// Whether it is asked again and again, in contrast to one that ends.
    pub const fn is_service(&self) -> bool {
        !matches!(self, Self::Stdin | Self::File(_))
    }
}

impl fmt::Display for CaptureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebhookSite(id) => write!(f, "https://webhook.site/{id}"),
            Self::NewWebhookSite => f.write_str("a new URL of webhook.site"),
            Self::SvixPlay(token) => write!(f, "https://play.svix.com/in/{token}/"),
            Self::WebhookTester(server, id) => write!(f, "{server}/s/{id}"),
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl FromStr for CaptureSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "-" => return Ok(Self::Stdin),
            "new" => return Ok(Self::NewWebhookSite),
            _ if !text.contains("://") => return Ok(Self::File(PathBuf::from(text))),
            _ => {}
        }
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default();
        let words: Vec<&str> = url.path_segments().into_iter().flatten().filter(|word| !word.is_empty()).collect();
        if let Some(id) = host.strip_suffix(".webhook.site") {
            return Ok(Self::WebhookSite(uuid(id)?));
        }
        match (host, words.as_slice()) {
            ("webhook.site", [id, ..]) => Ok(Self::WebhookSite(uuid(id)?)),
            ("play.svix.com", ["in" | "view", token, ..]) | ("api.play.svix.com", ["api", "v1", "in", token, ..]) => {
                Ok(Self::SvixPlay(token_of(token)?))
            }
            ("smee.io" | "hookdeck.com" | "beeceptor.com", _) => {
                Err(format!("{host} does not keep the bytes of a body, so no signature could be verified"))
            }
            (_, ["s", id, ..]) => Ok(Self::WebhookTester(url.origin().ascii_serialization(), uuid(id)?)),
            _ => Err(
                "use the address of a page of webhook.site, Svix Play or a webhook-tester, 'new', '-' for standard \
                      input, or a file of records"
                    .to_owned(),
            ),
        }
    }
}

fn uuid(text: &str) -> Result<String, String> {
    let is_uuid = text.len() == 36
        && text
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() });
    if is_uuid { Ok(text.to_ascii_lowercase()) } else { Err(format!("'{text}' is not the id of a capture URL")) }
}

fn token_of(text: &str) -> Result<String, String> {
    let is_token = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_token { Ok(text.to_owned()) } else { Err(format!("'{text}' is not a token of Svix Play")) }
}

#[cfg(test)]
mod tests {
    use super::CaptureSource;

    const ID: &str = "0a1b2c3d-0000-4000-8000-00000000000f";

    #[test]
    fn the_address_of_a_services_page_is_enough() {
        let site = CaptureSource::WebhookSite(ID.to_owned());
        for text in [
            format!("https://webhook.site/{ID}"),
            format!("https://webhook.site/{ID}/some/path?x=1"),
            format!("https://{ID}.webhook.site"),
        ] {
            assert_eq!(text.parse(), Ok(site.clone()), "{text}");
        }
        let play = CaptureSource::SvixPlay("e_abc".to_owned());
        for text in ["https://play.svix.com/in/e_abc/", "https://play.svix.com/view/e_abc"] {
            assert_eq!(text.parse(), Ok(play.clone()), "{text}");
        }
        let tester = CaptureSource::WebhookTester("http://localhost:8080".to_owned(), ID.to_owned());
        assert_eq!(format!("http://localhost:8080/s/{ID}/1").parse(), Ok(tester));
        assert_eq!("-".parse(), Ok(CaptureSource::Stdin));
        assert_eq!("new".parse(), Ok(CaptureSource::NewWebhookSite));
        assert_eq!("kept.ndjson".parse(), Ok(CaptureSource::File("kept.ndjson".into())));
    }

    #[test]
    fn what_keeps_no_bytes_or_is_no_page_is_refused() {
        for (text, part) in [
            ("https://smee.io/abc", "does not keep the bytes"),
            ("https://webhook.site/nonsense", "not the id"),
            ("https://webhook.site/", "use the address"),
            ("https://example.com/hooks", "use the address"),
            ("https://play.svix.com/in/a%20b/", "not a token"),
        ] {
            let error = text.parse::<CaptureSource>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
