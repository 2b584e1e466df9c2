//! Problems of TLS in plain words.

use std::fmt;
use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error};

/// A reason why a connection is not encrypted, or its other side is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// The other side does not speak TLS.
    NotTls,
    /// The other side hung up during the handshake.
    HungUp,
    /// The certificate's issuer is not trusted.
    UnknownIssuer,
    /// The certificate has run out.
    Expired,
    /// The certificate is for the future.
    NotYetValid,
    /// The certificate is for other names; holds them.
    OtherName(Vec<String>),
    /// The certificate names no host at all.
    NamesNoHost,
    /// The certificate is that of an authority, and not one that was named as trusted.
    AuthorityCertificate,
    /// The certificate is not to be used for a server, or cannot be read.
    BadCertificate,
    /// The other side wants a certificate from the client.
    WantsCertificate,
    /// Both sides have no version or cipher of TLS in common.
    NothingInCommon,
    /// No certificate can name the host.
    BadHost,
    /// Anything else.
    Other,
}

impl TlsProblem {
    /// Names what rustls complains of.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => Self::NotTls,
            Error::InvalidCertificate(problem) => Self::of_certificate(problem),
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::NothingInCommon,
            Error::AlertReceived(
                AlertDescription::CertificateRequired | AlertDescription::BadCertificate | AlertDescription::UnknownCA,
            ) => Self::WantsCertificate,
            Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
                Self::NothingInCommon
            }
            Error::AlertReceived(AlertDescription::UnrecognisedName) => Self::OtherName(Vec::new()),
            _ => Self::Other,
        }
    }

    /// Names why a handshake failed.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(error) => Self::of(error),
            None if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => Self::HungUp,
            None => Self::Other,
        }
    }

    /// Whether the other side does speak TLS, whatever the problem is.
    pub(crate) const fn shows_tls(&self) -> bool {
        !matches!(self, Self::NotTls | Self::HungUp | Self::BadHost | Self::Other)
    }

    fn of_certificate(problem: &CertificateError) -> Self {
        match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName => Self::OtherName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                if presented.is_empty() {
                    return Self::NamesNoHost;
                }
                // rustls shows names as `DnsName("a.example")` and `IpAddress(127.0.0.1)`.
                let name = |text: &String| {
                    let inner = text.split_once('(').map_or(text.as_str(), |(_, inner)| inner);
                    inner.trim_end_matches(')').trim_matches('"').to_owned()
                };
                Self::OtherName(presented.iter().map(name).collect())
            }
            _ if is_authority_as_server(problem) => Self::AuthorityCertificate,
            _ => Self::BadCertificate,
        }
    }

    /// The next thing to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotTls | Self::HungUp => "is it https at all? plain http begins with http://",
            Self::UnknownIssuer | Self::AuthorityCertificate => {
                "--ca-file FILE trusts the certificates in FILE (where it is given, the server shows another one); --insecure trusts any"
            }
            Self::Expired | Self::NotYetValid => {
                "renew the certificate, and see that both clocks are right; --insecure trusts any certificate"
            }
            Self::OtherName(_) => "use a name that the certificate has; --insecure trusts any certificate",
            Self::NamesNoHost => {
                "make it with `openssl req -x509 ... -addext subjectAltName=DNS:localhost`, or name that very certificate with --ca-file FILE"
            }
            Self::BadCertificate => "give the server another certificate; --insecure trusts any",
            Self::WantsCertificate => "certificates of clients are not supported: have the server ask for none",
            Self::NothingInCommon => "have the server take TLS 1.2 or 1.3",
            Self::BadHost => "use a host name or an address",
            Self::Other => "see the server's own log; is it https at all?",
        }
    }
}

/// Whether the certificate of an authority was presented as that of a server, as `openssl req -x509` makes it.
pub(crate) fn is_authority_as_server(problem: &CertificateError) -> bool {
    let CertificateError::Other(other) = problem else { return false };
    matches!(other.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Whether a certificate was refused since it names no host, as one that was made with a common name alone.
pub(crate) fn names_no_host(problem: &CertificateError) -> bool {
    matches!(problem, CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty())
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTls => "what answers there does not speak TLS",
            Self::HungUp => "it hung up during the handshake",
            Self::UnknownIssuer => "its certificate is not from a trusted authority",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::OtherName(names) if names.is_empty() => "its certificate is for another name",
            Self::OtherName(names) => return write!(f, "its certificate is for another name: {}", names.join(", ")),
            Self::NamesNoHost => "its certificate names no host (it has no subjectAltName)",
            Self::AuthorityCertificate => "its certificate is self-signed",
            Self::BadCertificate => "its certificate cannot be used for a server",
            Self::WantsCertificate => "it wants a certificate from the client",
            Self::NothingInCommon => "it has no version of TLS in common with this program",
            Self::BadHost => "no certificate can name this host",
            Self::Other => "the handshake failed",
        })
    }
}
