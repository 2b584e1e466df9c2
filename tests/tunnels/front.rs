//! A front as a tunnel's service has it: https at a port of its own, with a certificate of the test's own authority,
//! passed on to a port that becomes known later.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The front. What comes before it leads anywhere waits.
pub(crate) struct Front {
    /// The URL without a path.
    pub(crate) url: String,
    /// The certificate to trust, in PEM.
    pub(crate) ca_file: PathBuf,
    target: Arc<watch::Sender<Option<u16>>>,
}

/// What a front does with requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manners {
    /// Passes bytes on.
    Honest,
    /// Turns every `{` into `[`.
    Altering,
    /// Answers by itself, with this status line and headers.
    Answering(&'static str),
    /// Answers the first request so, and passes on those that follow.
    Late(&'static str),
    /// Passes on the first request, which is the proof; the answers to those that follow go through the agent.
    Carried,
    /// Passes on a request. Its answer comes back piece by piece, and only as long as the agent carries it.
    ThroughAgent,
}

impl Front {
    /// Opens a front whose files are in this directory.
    pub(crate) fn start(directory: &Path, manners: Manners) -> Self {
        let pipes = Arc::new(["carry", "carried"].map(|name| directory.join(name)));
        if manners == Manners::Carried {
            pipes.iter().for_each(|pipe| assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success()));
        }
        let (config, ca) = certificates();
        let ca_file = directory.join("front-ca.pem");
        std::fs::write(&ca_file, ca).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        listener.set_nonblocking(true).unwrap();
        let (sender, target) = watch::channel(None);
        thread::spawn(move || serve(listener, &TlsAcceptor::from(Arc::new(config)), &target, (manners, pipes)));
        Self { url, ca_file, target: Arc::new(sender) }
    }

    /// From now on it leads to this port.
    pub(crate) fn lead_to(&self, port: u16) {
        self.target.send_replace(Some(port));
    }

    /// Leads wherever a line in this pipe says, which is made here.
    pub(crate) fn follow(&self, pipe: &Path) {
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let (pipe, target) = (pipe.to_owned(), Arc::clone(&self.target));
        thread::spawn(move || {
            // Opened for writing too, so that it does not end with the first writer.
            let file = std::fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap();
            for line in BufReader::new(file).lines().map_while(Result::ok) {
                target.send_replace(line.trim().parse().ok());
            }
        });
    }
}

fn certificates() -> (ServerConfig, String) {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    (config.with_no_client_auth().with_single_cert(chain, key).unwrap(), issuer.pem())
}

fn serve(
    listener: std::net::TcpListener,
    tls: &TlsAcceptor,
    target: &watch::Receiver<Option<u16>>,
    (mut manners, pipes): (Manners, Arc<[PathBuf; 2]>),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, target, pipes) = (tls.clone(), target.clone(), Arc::clone(&pipes));
            let manners = match manners {
                Manners::Late(head) => {
                    manners = Manners::Honest;
                    Manners::Answering(head)
                }
                Manners::Carried => {
                    manners = Manners::ThroughAgent;
                    Manners::Honest
                }
                other => other,
            };
            tokio::task::spawn_local(async move {
                let _ = pass_on(stream, tls, target, (manners, pipes)).await;
            });
        }
    });
}

/// Bytes of an answer that the agent carries at once.
const PIECE: usize = 4;

/// Has the agent carry so many pieces. It notes each in one pipe and says so in the other; an agent that has ended does not.
fn carry(pieces: usize, [carry, carried]: &[PathBuf; 2]) -> std::io::Result<()> {
    let mut to_agent = std::fs::OpenOptions::new().write(true).open(carry)?;
    let mut from_agent = BufReader::new(std::fs::File::open(carried)?);
    for _ in 0..pieces {
        to_agent.write_all(b"piece\n")?;
        if from_agent.read_line(&mut String::new())? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

async fn pass_on(
    stream: TcpStream,
    tls: TlsAcceptor,
    mut target: watch::Receiver<Option<u16>>,
    (manners, pipes): (Manners, Arc<[PathBuf; 2]>),
) -> std::io::Result<()> {
    let mut near = tls.accept(stream).await?;
    if let Manners::Answering(head) = manners {
        let mut request = [0; 4096];
        let _ = near.read(&mut request).await?;
        near.write_all(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await?;
        return near.shutdown().await;
    }
    let port = target.wait_for(Option::is_some).await.unwrap().unwrap();
    let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
    if manners == Manners::Altering {
        let mut request = vec![0; 8192];
        let count = near.read(&mut request).await?;
        request.truncate(count);
        for byte in &mut request {
            if *byte == b'{' {
                *byte = b'[';
            }
        }
        far.write_all(&request).await?;
    }
    if manners == Manners::ThroughAgent {
        let mut request = vec![0; 8192];
        let count = near.read(&mut request).await?;
        far.write_all(&request[..count]).await?;
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).await?;
        let carried = tokio::task::spawn_blocking(move || carry(answer.len().div_ceil(PIECE), &pipes).map(|()| answer));
        near.write_all(&carried.await.unwrap()?).await?;
        return near.shutdown().await;
    }
    copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
