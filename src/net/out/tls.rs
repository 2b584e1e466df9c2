//! TLS for outgoing connections: the system's roots, read when https is first spoken, not before.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

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
        let setup = |error: rustls::Error| TlsError::Setup(error.to_string());
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(setup)?;
        let trusting = |verifier| builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        let mut config =
            if self.insecure { trusting(Arc::new(TrustAnyone(provider))) } else { trusting(self.verifier(provider)?) };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// The configuration of a client that never speaks TLS, but has to be given one: nothing is read for it.
    ///
    /// # Errors
    ///
    /// [`TlsError::Setup`], never in practice.
    pub(crate) fn trusting_nobody() -> Result<ClientConfig, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Setup(error.to_string()))?;
        Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
    }

    /// Trusts what the system trusts, and the file's certificates. A machine without any of its own has the file's.
    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
        let setup = |problem: String| TlsError::Setup(problem);
        let Some(extra) = self.extra_roots()? else {
            let verifier = Verifier::new(provider).map_err(|error| setup(error.to_string()))?;
            return Ok(Arc::new(verifier));
        };
        if let Ok(verifier) = Verifier::new_with_extra_roots(extra.clone(), Arc::clone(&provider)) {
            return Ok(Arc::new(verifier));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(extra);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(verifier.map_err(|error| setup(error.to_string()))?)
    }

    fn extra_roots(&self) -> Result<Option<Vec<CertificateDer<'static>>>, TlsError> {
        let Some(path) = &self.ca_file else { return Ok(None) };
        let wrong = |problem: String| TlsError::CaFile { path: path.clone(), problem };
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong("it holds no certificate in PEM".to_owned()));
        }
        Ok(Some(certificates))
    }
}

/// Complaint of TLS in plain words.
pub(crate) fn in_plain_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => "what answers there does not speak TLS".to_owned(),
        other => other.to_string(),
    }
}

/// Takes any certificate, for `--insecure`. Signatures are still checked: they cost nothing and catch broken peers.
#[derive(Debug)]
struct TrustAnyone(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
