//! TLS for outgoing connections: the system's roots, read when https is first spoken, not before.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::net::out::tls_problem::{is_authority_as_server, names_no_host};

/// The most bytes of a file with certificates.
const LARGEST_CA_FILE: u64 = 4 << 20;

/// Trusted certificates.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Certificates in PEM to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether any certificate will do.
    pub insecure: bool,
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with certificates is not to be used.
    #[error("cannot read certificates from {}: {problem}", path.display())]
    CaFile {
        path: PathBuf,
        /// Description of the fault.
        problem: String,
    },
    /// The system has no certificates, or they could not be read.
    #[error("cannot speak https: {0}")]
    Setup(String),
}

impl TlsOptions {
    /// A client's configuration. Takes milliseconds: call it once.
    pub fn client_config(&self) -> Result<ClientConfig, TlsError> {
        let setup = |_| TlsError::Setup("TLS could not be set up".to_owned());
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(setup)?;
        let trust = if self.insecure { CertificateTrust::Anyone } else { self.trust(&provider)? };
        let verifier = Arc::new(CertificateVerifier { provider, trust });
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Whether the file with certificates can be used, if one is named.
    pub fn check_ca_file(&self) -> Result<(), TlsError> {
        self.extra_roots().map(|_| ())
    }

    /// The configuration of a client that never speaks TLS, but has to be given one: nothing is read for it.
    ///
    /// # Errors
    ///
    /// [`TlsError::Setup`], never in practice.
    pub(crate) fn trusting_nobody() -> Result<ClientConfig, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| TlsError::Setup("TLS could not be set up".to_owned()))?;
        Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
    }

    /// Trusts what the system trusts, and the file's certificates. A machine without certificates has the file's.
    fn trust(&self, provider: &Arc<CryptoProvider>) -> Result<CertificateTrust, TlsError> {
        let no_roots = || TlsError::Setup("this machine has no usable certificates of authorities".to_owned());
        let Some(named) = self.extra_roots()? else {
            let system = Arc::new(Verifier::new(Arc::clone(provider)).map_err(|_| no_roots())?);
            return Ok(CertificateTrust::Judged { system, named: Vec::new() });
        };
        let system: Arc<dyn ServerCertVerifier> =
            if let Ok(verifier) = Verifier::new_with_extra_roots(named.clone(), Arc::clone(provider)) {
                Arc::new(verifier)
            } else {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(named.clone());
                let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
                builder.build().map_err(|_| no_roots())?
            };
        Ok(CertificateTrust::Judged { system, named })
    }

    fn extra_roots(&self) -> Result<Option<Vec<CertificateDer<'static>>>, TlsError> {
        let Some(path) = &self.ca_file else { return Ok(None) };
        let wrong = |problem: &str| TlsError::CaFile { path: path.clone(), problem: problem.to_owned() };
        let bytes = read_regular(path).map_err(|problem| wrong(&problem))?;
        let certificates = certificates(&bytes).map_err(wrong)?;
        let unusable = |certificate: &&CertificateDer<'_>| ParsedCertificate::try_from(*certificate).is_err();
        if certificates.iter().any(|certificate| unusable(&certificate)) {
            return Err(wrong("a certificate in it is damaged"));
        }
        Ok(Some(certificates))
    }
}

/// Reads a regular file of a sensible size: nothing that never ends, and nothing that waits.
fn read_regular(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    };
    let metadata = std::fs::metadata(path).map_err(said)?;
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    if metadata.len() > LARGEST_CA_FILE {
        return Err(format!("it is larger than {LARGEST_CA_FILE} bytes"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST_CA_FILE).read_to_end(&mut bytes)).map_err(said)?;
    Ok(bytes)
}

/// The certificates of a file: PEM as editors and PowerShell write it, or one certificate in DER.
fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    const DER_SEQUENCE: u8 = 0x30;
    if bytes.first() == Some(&DER_SEQUENCE) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let wide = |from: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| from(*pair)).collect();
        String::from_utf16_lossy(&units).into_bytes()
    };
    let pem = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        bytes => bytes.to_vec(),
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| "its PEM is damaged")?;
    if certificates.is_empty() { Err("it holds no certificate in PEM") } else { Ok(certificates) }
}

/// Trust in a server's certificate.
#[derive(Debug)]
enum CertificateTrust {
    /// Any certificate, for `--insecure`.
    Anyone,
    /// Certificates that the system trusts, and the very ones that were named: `openssl req -x509` marks those that it makes for
    /// a server as authorities, and no verifier takes an authority for a server.
    Judged { system: Arc<dyn ServerCertVerifier>, named: Vec<CertificateDer<'static>> },
}

/// Verifier of certificates and signatures. Signatures are always checked: they cost nothing and catch broken peers.
#[derive(Debug)]
struct CertificateVerifier {
    provider: Arc<CryptoProvider>,
    trust: CertificateTrust,
}

impl ServerCertVerifier for CertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let CertificateTrust::Judged { system, named } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        match system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The dates were found good before the mark of an authority and the name were looked at. The name is looked at
            // here; that very certificate is good for any host if it names none.
            Err(rustls::Error::InvalidCertificate(problem))
                if (is_authority_as_server(&problem) || names_no_host(&problem)) && named.contains(end_entity) =>
            {
                match verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name) {
                    Err(rustls::Error::InvalidCertificate(problem)) if names_no_host(&problem) => {}
                    judged => judged?,
                }
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
