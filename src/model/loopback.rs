//! Names and URLs of this machine.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether a name is `localhost` or below it (RFC 6761): such a name is this machine, and is never asked of a resolver.
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a host without brackets is this machine: `localhost`, a name below it, or a loopback address.
pub fn is_loopback_host(host: &str) -> bool {
    host.parse::<IpAddr>().map_or_else(|_| is_localhost(host), |address| address.is_loopback())
}

/// Whether the other end of a connection is on this machine.
pub fn is_loopback_peer(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether the host is this machine, and is connected to as this machine. Others that may resolve to it are not trusted.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host is possibly this machine, under any name that a trap would choose: its usual ones, those below
/// `localhost`, the unspecified address, and IPv4 in the clothes of IPv6.
pub fn may_be_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback() || v4.is_unspecified());
            address.is_loopback() || address.is_unspecified() || mapped
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{is_loopback, may_be_loopback};

    #[test]
    fn what_is_trusted_as_this_machine_is_narrow_and_what_is_feared_is_wide() {
        let judged = |url: &str| {
            let url = Url::parse(url).unwrap();
            (is_loopback(&url), may_be_loopback(&url))
        };
        for url in ["http://localhost:1", "http://localhost.", "http://x.localhost", "http://127.9.9.9", "http://[::1]"]
        {
            assert_eq!(judged(url), (true, true), "{url}");
        }
        let traps = ["http://0.0.0.0", "http://[::]", "http://[::ffff:127.0.0.1]"];
        for url in traps {
            assert_eq!(judged(url), (false, true), "{url}");
        }
        for url in ["https://videos.magichour.ai", "http://localhost.example.com", "http://10.0.0.1"] {
            assert_eq!(judged(url), (false, false), "{url}");
        }
    }
}
