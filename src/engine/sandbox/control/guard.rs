//! Who may use the control API: this machine, and no web page of another site.

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::engine::sandbox::json::Refusal;
use crate::net::out::target::Target;

/// Lets a request in that comes from this machine, asks for this machine, and comes from no foreign page.
///
/// On an address that other machines can reach there is no control API.
pub(in crate::engine::sandbox) fn admit(head: &Parts, peer: SocketAddr, exposed: bool) -> Result<(), Refusal> {
    if exposed {
        let remark = "the control API is off, since --bind lets other machines in";
        return Err(Refusal::not_found().remark(remark));
    }
    let forbidden = |why: &str| Err(Refusal::new(StatusCode::FORBIDDEN, why));
    if !peer.ip().to_canonical().is_loopback() {
        return forbidden("the control API answers this machine only");
    }
    let Some(host) = only(&head.headers, &HOST).filter(|host| is_loopback(host)) else {
        return forbidden("the control API answers requests to localhost only");
    };
    match only(&head.headers, &ORIGIN) {
        Some(origin) if origin == format!("http://{host}") => Ok(()),
        None if !head.headers.contains_key(ORIGIN) => Ok(()),
        _ => forbidden("the control API answers no pages of other sites"),
    }
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn is_loopback(host: &str) -> bool {
    format!("http://{host}/").parse::<Target>().is_ok_and(|target| target.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::admit;

    #[track_caller]
    fn answer(peer: &str, exposed: bool, headers: &[(&str, &str)]) -> u16 {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        let head = request.body(()).unwrap().into_parts().0;
        admit(&head, peer.parse().unwrap(), exposed).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
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
