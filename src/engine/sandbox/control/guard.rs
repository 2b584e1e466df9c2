//! Admission to the control API: this machine, or a holder of the token; never a web page of another site.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use crate::engine::sandbox::browsers::{is_cross_site, is_loopback};
use crate::engine::sandbox::json::Refusal;
use crate::model::Secret;
use crate::model::loopback::is_loopback_peer;
use crate::net::accept::trust::{is_forwarded, only};

/// Lets a request in that comes from this machine, asks for this machine, and comes from no foreign page.
///
/// On an address that other machines can reach there is no control API, unless a token guards it. With a token, every
/// request needs it, and may then come from any machine under any name.
pub(in crate::engine::sandbox) fn admit(
    head: &Parts,
    peer: SocketAddr,
    exposed: bool,
    token: Option<&Secret>,
) -> Result<(), Refusal> {
    if let Some(token) = token {
        return admit_with_token(&head.headers, token);
    }
    if exposed {
        let remark = "the control API is off, since --bind lets other machines in";
        return Err(Refusal::not_found().remark(remark));
    }
    let forbidden = |why: &str| Err(Refusal::new(StatusCode::FORBIDDEN, why));
    if !is_loopback_peer(peer.ip()) {
        return forbidden("the control API answers this machine only");
    }
    let Some(host) = only(&head.headers, &HOST).filter(|host| is_loopback(host)) else {
        return forbidden("the control API answers requests to localhost only");
    };
    if is_forwarded(&head.headers) {
        return forbidden("the control API answers no requests that a proxy or a tunnel passes on");
    }
    if is_cross_site(&head.headers) {
        return forbidden("the control API answers no pages of other sites");
    }
    match only(&head.headers, &ORIGIN) {
        Some(origin) if origin == format!("http://{host}") => Ok(()),
        None if !head.headers.contains_key(ORIGIN) => Ok(()),
        _ => forbidden("the control API answers no pages of other sites"),
    }
}

/// Lets a request in that carries the token and comes from no page: a page has no business with a token.
fn admit_with_token(headers: &HeaderMap, token: &Secret) -> Result<(), Refusal> {
    if headers.contains_key(ORIGIN) || is_cross_site(headers) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "the control API answers no pages"));
    }
    let given = only(headers, &AUTHORIZATION).and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, given)| given.trim());
    // Digests are compared, so that the time of the comparison says nothing of the token.
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    match given {
        Some(given) if digest(given) == digest(token.expose()) => Ok(()),
        _ => {
            Err(Refusal::new(StatusCode::UNAUTHORIZED, "the control API needs its token: Authorization: Bearer TOKEN"))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::admit;
    use crate::model::Secret;

    #[track_caller]
    fn answer(peer: &str, exposed: bool, headers: &[(&str, &str)]) -> u16 {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        let head = request.body(()).unwrap().into_parts().0;
        admit(&head, peer.parse().unwrap(), exposed, None).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn this_machine_is_let_in() {
        for host in ["localhost:8787", "127.0.0.1:8787", "[::1]:8787", "localhost"] {
            assert_eq!(answer("127.0.0.1:5", false, &[("host", host)]), 200, "{host}");
        }
        assert_eq!(answer("[::1]:5", false, &[("host", "localhost:1"), ("origin", "http://localhost:1")]), 200);
        assert_eq!(answer("[::ffff:127.0.0.1]:5", false, &[("host", "localhost:1")]), 200);
    }

    #[test]
    fn the_token_lets_any_machine_in_and_nothing_else_does() {
        let token = Secret::new("the token");
        let answer = |headers: &[(&str, &str)]| {
            let request =
                headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
            let head = request.body(()).unwrap().into_parts().0;
            let admitted = admit(&head, "10.0.0.1:5".parse().unwrap(), true, Some(&token));
            admitted.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
        };
        let right = ("authorization", "Bearer the token");
        assert_eq!(answer(&[("host", "sandbox:8787"), right]), 200);
        assert_eq!(answer(&[("host", "sandbox:8787")]), 401);
        assert_eq!(answer(&[("authorization", "Bearer another")]), 401);
        assert_eq!(answer(&[("authorization", "Basic the token")]), 401);
        assert_eq!(answer(&[right, right]), 401);
        assert_eq!(answer(&[right, ("origin", "http://sandbox:8787")]), 403);
    }

    #[test]
    fn other_machines_names_and_sites_are_not() {
        let host = ("host", "localhost:1");
        assert_eq!(answer("10.0.0.1:5", false, &[host]), 403);
        assert_eq!(answer("127.0.0.1:5", false, &[("host", "rebound.example:1")]), 403);
        assert_eq!(answer("127.0.0.1:5", false, &[]), 403);
        assert_eq!(answer("127.0.0.1:5", false, &[host, ("host", "localhost:2")]), 403);
        for origin in ["http://evil.example", "http://localhost:2", "https://localhost:1", "null"] {
            assert_eq!(answer("127.0.0.1:5", false, &[host, ("origin", origin)]), 403, "{origin}");
        }
        assert_eq!(answer("127.0.0.1:5", true, &[host]), 404);
    }
}
