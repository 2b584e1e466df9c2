//! The requests that the inspector answers: of this machine, by its own name, from its own page, with its token.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::engine::inspector::reply::ApiRefusal;
use crate::engine::inspector::token::RunToken;
use crate::model::loopback::is_loopback_peer;
use crate::net::accept::trust::{is_forwarded, only};

/// The names of `Sec-Fetch-Site` that are let in: the page itself, and an address that was typed or opened.
/// `same-site` is another port of this machine, such as an application under development.
const SITES: [&str; 2] = ["same-origin", "none"];

/// Decides about requests.
#[derive(Clone)]
pub(super) struct PageGuard {
    /// The values of Host that are accepted, with their port.
    hosts: [String; 3],
    token: RunToken,
}

impl PageGuard {
    pub(super) fn new(port: u16, token: RunToken) -> Self {
        Self { hosts: ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}")), token }
    }

    /// Lets a request in, or says why not. The page's own files need no token: they hold no secret.
    pub(super) fn admit(&self, head: &Parts, peer: SocketAddr, is_asset: bool) -> Result<(), ApiRefusal> {
        let headers = &head.headers;
        let forbidden = |why: &'static str| Err(ApiRefusal::new(StatusCode::FORBIDDEN, why));
        if !is_loopback_peer(peer.ip()) {
            return forbidden("the inspector answers this machine only");
        }
        if is_forwarded(headers) {
            return forbidden("the inspector answers no forwarded requests");
        }
        let Some(host) = only(headers, &HOST).filter(|host| self.hosts.iter().any(|known| known == host)) else {
            return Err(ApiRefusal::new(
                StatusCode::MISDIRECTED_REQUEST,
                "the inspector answers requests to localhost only",
            ));
        };
        let is_own_origin = only(headers, &ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
        if headers.contains_key(ORIGIN) && !is_own_origin {
            return forbidden("the inspector answers its own page only");
        }
        let site = HeaderName::from_static("sec-fetch-site");
        if headers.contains_key(&site) && !only(headers, &site).is_some_and(|site| SITES.contains(&site)) {
            return forbidden("the inspector answers its own page only");
        }
        if is_asset || self.has_token(headers) {
            return Ok(());
        }
        let refusal = ApiRefusal::new(StatusCode::UNAUTHORIZED, "the token of this run is missing or wrong");
        Err(refusal.hint("open the link that the terminal shows"))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let given = only(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        given.is_some_and(|given| self.token.is(given))
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::PageGuard;
    use crate::engine::inspector::token::RunToken;
    use crate::net::accept::trust::FORWARDING;

    const LOCAL: &str = "127.0.0.1:5";

    #[track_caller]
    fn status(peer: &str, asset: bool, headers: &[(&str, &str)]) -> u16 {
        let token = RunToken::generate().unwrap();
        let bearer = format!("Bearer {}", token.expose());
        let guard = PageGuard::new(4040, token);
        let fill = |value: &str| value.replace("TOKEN", &bearer);
        let request =
            headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, fill(value)));
        let head = request.body(()).unwrap().into_parts().0;
        guard.admit(&head, peer.parse().unwrap(), asset).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    const HOST: (&str, &str) = ("host", "localhost:4040");
    const TOKEN: (&str, &str) = ("authorization", "TOKEN");

    #[test]
    fn the_page_of_this_run_is_let_in() {
        for host in ["localhost:4040", "127.0.0.1:4040", "[::1]:4040"] {
            let origin = format!("http://{host}");
            assert_eq!(status(LOCAL, false, &[("host", host), TOKEN]), 200);
            let headers = [("host", host), TOKEN, ("origin", &origin), ("sec-fetch-site", "same-origin")];
            assert_eq!(status(LOCAL, false, &headers), 200);
        }
        assert_eq!(status("[::1]:5", true, &[HOST, ("sec-fetch-site", "none")]), 200, "assets need no token");
        assert_eq!(status("[::ffff:127.0.0.1]:5", false, &[HOST, TOKEN]), 200);
    }

    #[test]
    fn without_its_token_nothing_but_assets_is_answered() {
        assert_eq!(status(LOCAL, false, &[HOST]), 401);
        assert_eq!(status(LOCAL, false, &[HOST, ("authorization", "Bearer 00")]), 401);
        assert_eq!(status(LOCAL, false, &[HOST, TOKEN, TOKEN]), 401);
        assert_eq!(status(LOCAL, false, &[HOST, ("cookie", "TOKEN")]), 401);
    }

    #[test]
    fn other_machines_names_and_sites_are_refused_even_with_the_token() {
        assert_eq!(status("10.0.0.1:5", false, &[HOST, TOKEN]), 403);
        for host in ["evil.example:4040", "localhost:4041", "localhost", "127.0.0.2:4040", "a.localhost:4040"] {
            assert_eq!(status(LOCAL, false, &[("host", host), TOKEN]), 421, "{host}");
        }
        assert_eq!(status(LOCAL, true, &[]), 421);
        assert_eq!(status(LOCAL, true, &[HOST, HOST]), 421);
        for origin in ["http://evil.example", "http://localhost:3000", "https://localhost:4040", "null"] {
            assert_eq!(status(LOCAL, false, &[HOST, TOKEN, ("origin", origin)]), 403, "{origin}");
        }
        for site in ["cross-site", "same-site", "", "same-origin, none"] {
            assert_eq!(status(LOCAL, true, &[HOST, TOKEN, ("sec-fetch-site", site)]), 403, "{site}");
        }
    }

    #[test]
    fn a_forwarded_request_is_refused() {
        for name in FORWARDING {
            assert_eq!(status(LOCAL, true, &[HOST, TOKEN, (name, "x")]), 403, "{name}");
        }
    }
}
