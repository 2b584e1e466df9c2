//! Requests of browsers: the pages that may call the sandbox, and the CORS headers of the answers.
//!
//! On loopback, a page of another site can still reach the sandbox through the user's browser, also by a name that
//! resolves to this machine (DNS rebinding). So `Host` and `Origin` must be those of this machine.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use crate::engine::sandbox::json::Refusal;
use crate::model::loopback;
use crate::net::accept::trust::only;
use crate::net::out::target::Target;

/// Admits a call of the API, an upload or a download: on loopback only under a name of this machine or that of
/// `public_base`, and from no page of another site.
pub(super) fn admit(head: &Parts, exposed: bool, public_base: Option<&str>) -> Result<(), Refusal> {
    if exposed {
        return Ok(());
    }
    let forbidden = |message: &str, remark: &str| Err(Refusal::new(StatusCode::FORBIDDEN, message).remark(remark));
    let public = public_base.and_then(|base| Url::parse(base).ok());
    let is_public = |host: &str| public.as_ref().is_some_and(|url| authority(url) == host);
    if !only(&head.headers, &HOST).is_some_and(|host| is_loopback(host) || is_public(host)) {
        return forbidden(
            "this sandbox answers requests to localhost only",
            "its Host is not this machine; --public-base URL allows another name, --bind ADDR opens an interface",
        );
    }
    match head.headers.get(ORIGIN) {
        Some(origin) if !is_local_origin(origin) => forbidden(
            "this sandbox answers pages of this machine only",
            "its Origin is another site; a page served from localhost may call",
        ),
        _ => Ok(()),
    }
}

/// The answer to a CORS preflight; none if the request is not one.
pub(super) fn preflight(head: &Parts) -> Option<Response> {
    let is_preflight = head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    is_preflight.then(|| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        let wanted = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let usual = HeaderValue::from_static("authorization, content-type");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(usual));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        response
    })
}

/// Lets the page that asked read the answer.
pub(super) fn share(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, content-range"));
    headers.append(VARY, HeaderValue::from_static("origin"));
}

/// Whether a browser says that the request comes from another site.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    let site = headers.get_all("sec-fetch-site");
    site.iter().any(|site| site != "same-origin" && site != "none")
}

/// Whether a `Host` is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    format!("http://{host}/").parse::<Target>().is_ok_and(|target| target.is_loopback())
}

fn is_local_origin(origin: &HeaderValue) -> bool {
    let url = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
    url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && loopback::is_loopback(&url))
}

/// The part of a URL that `Host` repeats.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::admit;

    #[track_caller]
    fn status(exposed: bool, headers: &[(&str, &str)]) -> u16 {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        let head = request.body(()).unwrap().into_parts().0;
        admit(&head, exposed, Some("https://abc.example")).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn names_and_pages_of_this_machine_are_admitted() {
        assert_eq!(status(false, &[("host", "localhost:8787")]), 200);
        assert_eq!(status(false, &[("host", "abc.example")]), 200);
        for origin in ["http://localhost:3000", "http://127.0.0.1:5173", "https://localhost"] {
            assert_eq!(status(false, &[("host", "127.0.0.1:1"), ("origin", origin)]), 200, "{origin}");
        }
    }

    #[test]
    fn rebound_names_and_pages_of_other_sites_are_refused_on_loopback() {
        assert_eq!(status(false, &[("host", "rebound.example:8787")]), 403);
        assert_eq!(status(false, &[]), 403);
        for origin in ["http://evil.example", "null", "http://localhost.evil.example", "file://"] {
            assert_eq!(status(false, &[("host", "localhost:1"), ("origin", origin)]), 403, "{origin}");
        }
        assert_eq!(status(true, &[("host", "box.lan:8787"), ("origin", "http://app.lan")]), 200);
    }
}
