//! A gate in front of the hub, under an authority of its own: lets everything through, or behaves like a hub that is gone,
//! refuses, is slow, answers rubbish, shows a wrong certificate, or whose answers get lost on their way.
//!
//! Desktops of such a test know the gate's address and authority and nothing of the hub behind it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use fs_err as fs;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{hub::Hub, runtime, wait, world::World};

/// How the gate behaves. A change ends all connections that stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Everything passes.
    Open,
    /// Takes connections and closes them at once.
    Refusing,
    /// Takes connections and calls, and never answers.
    Silent,
    /// Answers every call with a page that is not the hub's.
    Page,
    /// Answers every call with bytes that are not HTTP.
    Noise,
    /// Shows a certificate of another authority.
    Stranger,
    /// Brings calls to the hub, and its answers nowhere.
    LosingAnswers,
    /// Answers every call with the hub's shape of a good answer, cut off in the middle.
    Cut,
}

pub struct Gate {
    pub url: String,
    pub authority: PathBuf,
    address: SocketAddr,
    manner: watch::Sender<Manner>,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    own: TlsAcceptor,
    strange: TlsAcceptor,
    to_hub: TlsConnector,
    hub: String,
    connections: AtomicUsize,
}

impl Gate {
    /// Stands before `hub`, open.
    pub fn before(world: &World, hub: &Hub<'_>) -> Result<Self> {
        let (own, authority) = identity("Gate of a test")?;
        let (strange, _) = identity("Somebody else")?;
        let path = world.path().join("gate.pem");
        fs::write(&path, authority)?;

        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(&hub.authority)? {
            roots.add(certificate?)?;
        }
        let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];

        let shared = Shared {
            own,
            strange,
            to_hub: TlsConnector::from(Arc::new(client)),
            hub: hub.listens()?,
            connections: AtomicUsize::new(0),
        };
        let mut gate = Self {
            url: String::new(),
            authority: path,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            manner: watch::Sender::new(Manner::Open),
            shared: Arc::new(shared),
            listening: None,
        };
        gate.open()?;
        gate.url = format!("https://localhost:{}", gate.address.port());
        Ok(gate)
    }

    /// Changes how it behaves.
    pub fn behave(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    /// Stops listening: the port refuses.
    pub fn close(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
        // whoever is connected is sent away as well
        self.manner.send_modify(|_| ());
    }

    /// Listens again where it did.
    pub fn open(&mut self) -> Result<()> {
        let address = self.address;
        let listener = wait::until("the gate's port is free", wait::SOON, || {
            runtime::block_on(async { Ok(Some(TcpListener::bind(address).await?)) })
        })?;
        self.address = listener.local_addr()?;
        let (manner, shared) = (self.manner.subscribe(), Arc::clone(&self.shared));
        self.listening = Some(runtime::runtime()?.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, manner.clone(), Arc::clone(&shared)));
            }
        }));
        Ok(())
    }

    /// Connections taken so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until somebody has knocked since `earlier`.
    pub fn knocked(&self, earlier: usize, within: Duration) -> Result<()> {
        wait::until_true("somebody knocks at the gate", within, || Ok(self.connections() > earlier))
    }

    /// A policy file that names the gate as the hub.
    pub fn policy(&self, world: &World, name: &str) -> Result<PathBuf> {
        crate::hub::policy(world, name, &self.url, Some(self.authority()))
    }

    fn authority(&self) -> &Path {
        &self.authority
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.close();
    }
}

/// One connection, until it ends or the manner changes.
async fn serve(stream: TcpStream, mut manner: watch::Receiver<Manner>, shared: Arc<Shared>) {
    let now = *manner.borrow_and_update();
    tokio::select! {
        // what goes wrong on one connection is what the desktop has to cope with
        _ = behave(stream, now, &shared) => {}
        _ = manner.changed() => {}
    }
}

async fn behave(stream: TcpStream, manner: Manner, shared: &Shared) -> Result<()> {
    let acceptor = if manner == Manner::Stranger { &shared.strange } else { &shared.own };
    if manner == Manner::Refusing {
        return Ok(());
    }
    let mut client = acceptor.accept(stream).await?;
    match manner {
        Manner::Open | Manner::Refusing => pass(&mut client, shared, false).await,
        Manner::LosingAnswers => pass(&mut client, shared, true).await,
        // until the other side has enough of it
        Manner::Silent | Manner::Stranger => drain(&mut client).await,
        Manner::Page => {
            let page = "<!doctype html><title>Welcome</title><p>It works!";
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", page.len());
            answer_each(&mut client, format!("{head}{page}").as_bytes(), false).await
        }
        Manner::Noise => answer_each(&mut client, &[0x16, 0x03, 0xff, 0x00, 0x7f, 0x0a, 0x0d, 0x0a], true).await,
        Manner::Cut => {
            let cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{\"summary\":{\"id\":\"req_";
            answer_each(&mut client, cut, true).await
        }
    }
}

/// Lets bytes through to the hub; back only when not `losing`.
async fn pass<S: AsyncRead + AsyncWrite + Unpin>(client: &mut S, shared: &Shared, losing: bool) -> Result<()> {
    let stream = TcpStream::connect(&shared.hub).await?;
    let mut hub = shared.to_hub.connect(ServerName::try_from("localhost")?, stream).await?;
    if !losing {
        tokio::io::copy_bidirectional(client, &mut hub).await?;
        return Ok(());
    }
    let (mut from_client, _to_client) = tokio::io::split(client);
    let (mut from_hub, mut to_hub) = tokio::io::split(&mut hub);
    let mut first = [0; 1];
    tokio::select! {
        sent = tokio::io::copy(&mut from_client, &mut to_hub) => { sent?; }
        // the hub has done what it was asked: now the line breaks
        answered = from_hub.read(&mut first) => { answered?; }
    }
    Ok(())
}

async fn drain<S: AsyncRead + Unpin>(client: &mut S) -> Result<()> {
    let mut buffer = vec![0; 4096];
    while client.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Answers whenever something was said.
async fn answer_each<S: AsyncRead + AsyncWrite + Unpin>(client: &mut S, answer: &[u8], ending: bool) -> Result<()> {
    let mut buffer = vec![0; 65536];
    while client.read(&mut buffer).await? > 0 {
        client.write_all(answer).await?;
        client.flush().await?;
        if ending {
            client.shutdown().await?;
            break;
        }
    }
    Ok(())
}

/// A certificate for this machine under a new authority, and that authority as PEM.
fn identity(name: &str) -> Result<(TlsAcceptor, String)> {
    runtime::choose_tls_provider();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, name);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .context("the gate's certificate is not usable")?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(server)), authority.pem()))
}
