//! Binding a port: on both loopback addresses, since `localhost` may mean either, or on the one that was asked for.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::model::text::io_message::reason;

/// Tries of `--port 0`, when a port is free on IPv4 and taken on IPv6.
const FREE_PORT_RETRIES: u32 = 15;

/// The first port that anybody can bind on Unix.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// Listening sockets that share one port.
#[derive(Debug)]
pub struct Bound {
    /// One for each address.
    pub listeners: Vec<TcpListener>,
    pub port: u16,
    address: Option<IpAddr>,
}

/// Why a port could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", explain(.source))]
pub struct BindError {
    /// The address that was refused.
    pub address: SocketAddr,
    /// Error of the operating system.
    pub source: io::Error,
}

impl BindError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<String> {
        let port = self.address.port();
        match self.source.kind() {
            ErrorKind::AddrInUse => {
                let look = port_holder_command(port);
                Some(format!("see who has it with {look}, or take any free port with --port 0"))
            }
            ErrorKind::PermissionDenied if cfg!(unix) && port < FIRST_UNPRIVILEGED => {
                Some(format!("ports below {FIRST_UNPRIVILEGED} are for root; choose a higher one with --port"))
            }
            ErrorKind::PermissionDenied => {
                Some("the system does not permit this port; choose another one with --port".to_owned())
            }
            ErrorKind::AddrNotAvailable => Some("--bind takes an address of this machine".to_owned()),
            _ => None,
        }
    }
}

/// The command that shows which program has a port, for a hint.
pub fn port_holder_command(port: u16) -> String {
    if cfg!(windows) {
        format!("`netstat -ano | findstr :{port}`")
    } else {
        format!("`lsof -i :{port}` (or `ss -ltnp 'sport = :{port}'`)")
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "the port is in use".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => reason(error),
    }
}

impl Bound {
    /// Binds `port` on `address`, or on `127.0.0.1` and `[::1]` alike. Port 0 takes any that is free on both.
    ///
    /// A machine without IPv6 gets IPv4 alone.
    pub async fn bind(address: Option<IpAddr>, port: u16) -> Result<Self, BindError> {
        if let Some(address) = address {
            let listener = listen(SocketAddr::new(address, port)).await?;
            let port = local_port(&listener, port);
            return Ok(Self { listeners: vec![listener], port, address: Some(address) });
        }
        let mut retries = if port == 0 { FREE_PORT_RETRIES } else { 0 };
        loop {
            match loopback(port).await {
                Err(error) if error.source.kind() == ErrorKind::AddrInUse && retries > 0 => retries -= 1,
                result => return result,
            }
        }
    }

    /// The name to reach it by: `localhost`, or the address as a URL has it.
    pub fn host(&self) -> String {
        match self.address {
            None => "localhost".to_owned(),
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            Some(IpAddr::V4(address)) => address.to_string(),
        }
    }

    /// Whether it is bound to this one address.
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.address.is_some_and(|own| own.to_canonical() == address)
    }

    /// Whether it is bound to every address of this machine.
    pub fn is_unspecified(&self) -> bool {
        self.address.is_some_and(|address| address.is_unspecified())
    }

    /// Whether other machines can reach it.
    pub fn is_exposed(&self) -> bool {
        self.address.is_some_and(|address| !address.is_loopback())
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, listener) in self.listeners.iter().enumerate() {
            let separator = if at == 0 { "" } else { " and " };
            match listener.local_addr() {
                Ok(SocketAddr::V6(address)) => write!(f, "{separator}[{}]", address.ip())?,
                Ok(SocketAddr::V4(address)) => write!(f, "{separator}{}", address.ip())?,
                Err(_) => {}
            }
        }
        Ok(())
    }
}

async fn loopback(port: u16) -> Result<Bound, BindError> {
    let v4 = listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)).await?;
    let port = local_port(&v4, port);
    let mut listeners = vec![v4];
    match listen(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)).await {
        Ok(v6) => listeners.push(v6),
        Err(error) if lacks_ipv6(&error.source) => {}
        Err(error) => return Err(error),
    }
    Ok(Bound { listeners, port, address: None })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, source })
}

fn local_port(listener: &TcpListener, asked: u16) -> u16 {
    listener.local_addr().map_or(asked, |address| address.port())
}

/// Whether the error says that the machine has no IPv6, rather than that the port is taken.
fn lacks_ipv6(error: &io::Error) -> bool {
    const EAFNOSUPPORT: [i32; 3] = [97, 47, 10_047]; // Linux, the BSDs with macOS, Windows
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error().is_some_and(|code| EAFNOSUPPORT.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use tokio::net::TcpStream;

    use super::{BindError, Bound};

    #[tokio::test]
    async fn both_loopback_addresses_share_one_free_port() {
        let bound = Bound::bind(None, 0).await.unwrap();
        assert_ne!(bound.port, 0);
        for listener in &bound.listeners {
            let address = listener.local_addr().unwrap();
            assert_eq!(address.port(), bound.port);
            TcpStream::connect(address).await.unwrap();
        }
        assert_eq!(bound.host(), "localhost");
        assert!(!bound.is_exposed());
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_that_names_the_address() {
        let holder = Bound::bind(None, 0).await.unwrap();
        let error = Bound::bind(None, holder.port).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on 127.0.0.1:{}: the port is in use", holder.port));
        assert!(error.hint().is_some_and(|hint| hint.contains("--port 0")));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_port_below_1024_is_said_to_be_for_root() {
        for (port, is_for_root) in [(80, true), (1023, true), (1024, false), (3000, false)] {
            let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
            let hint = BindError { address, source: ErrorKind::PermissionDenied.into() }.hint().unwrap();
            assert_eq!(hint.contains("for root"), is_for_root, "{port}: {hint}");
        }
    }

    #[tokio::test]
    async fn one_address_can_be_asked_for() {
        let bound = Bound::bind(Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), 0).await.unwrap();
        assert_eq!((bound.listeners.len(), bound.host().as_str()), (1, "0.0.0.0"));
        assert!(bound.is_exposed());
    }
}
