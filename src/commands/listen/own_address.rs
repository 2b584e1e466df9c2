//! Refusing to pass deliveries on to the listener itself, in whatever spelling.

use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;

use crate::error::Error;
use crate::net::accept::bind::Bound;
use crate::net::out::target::Target;

/// Refuses targets that lead to the port that was bound.
pub(crate) async fn refuse(targets: &[Target], bound: &Bound) -> Result<(), Error> {
    for target in targets {
        if target.port == bound.port && leads_here(target, bound).await {
            return Err(Error::usage(
                format!("--forward {target} points back to this listener"),
                "name the URL of your handler; if it has this port, listen on another one with --port",
            ));
        }
    }
    Ok(())
}

async fn leads_here(target: &Target, bound: &Bound) -> bool {
    if target.is_loopback() {
        return !bound.is_exposed() || bound.is_unspecified();
    }
    // A name that cannot be resolved now reaches nobody; posting to it will say so.
    let Ok(addresses) = lookup_host((target.host.as_str(), target.port)).await else { return false };
    addresses.map(|address| address.ip().to_canonical()).any(|address| {
        address.is_loopback()
            || address.is_unspecified()
            || bound.is_at(address)
            || bound.is_unspecified() && is_ours(address)
    })
}

/// Whether this machine has an address: only then can it be bound.
fn is_ours(address: IpAddr) -> bool {
    std::net::UdpSocket::bind(SocketAddr::new(address, 0)).is_ok()
}
