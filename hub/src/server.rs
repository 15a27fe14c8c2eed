//! Owns `serve`: opening the data folder, listening, the work beside the calls (catalog, certificate, sweeping), and the
//! clean end.
//!
//! Invariant: one `serve` per data folder; what was accepted is finished before the end, and nothing new is accepted.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use jiff::SignedDuration;
use service_tool_contract::{id::Moment, wire::HubIdentity};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attachment::AttachmentFolder;
use crate::catalog::{self, Catalog, FormsFolder};
use crate::certificate::Source;
use crate::clock::Ambient;
use crate::connection::Bounded;
use crate::data::{DataFolder, Lock};
use crate::http::limit::Limiter;
use crate::hub::{Hub, Opened, Options, Shared, forms_folder};
use crate::store::Store;

/// How `serve` was asked to run.
#[derive(Debug, Clone)]
pub struct Configuration {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// How clients reach it; else the address it listens on, by the name `localhost` where that is a loopback one.
    pub public_url: Option<String>,
    pub name: Option<String>,
    /// A public certificate and its key, PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
    pub forms: Option<PathBuf>,
    pub options: Options,
}

/// How often certificate and leftovers are looked at.
const TEND_INTERVAL: Duration = Duration::from_secs(3600);
/// How often other processes' changes are looked for.
const FOREIGN_INTERVAL: Duration = Duration::from_secs(1);
/// How long calls may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(25);
const UPLOAD_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
const EVENT_DAYS: i64 = 30;

/// A running hub.
pub struct Running {
    pub address: SocketAddr,
    pub url: String,
    /// The CA's certificate.
    pub ca: PathBuf,
    pub hub: Shared,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    work: TaskTracker,
    certificate: Arc<Tended>,
    _lock: Lock,
}

/// The certificate of the listener, and what renews it.
struct Tended {
    source: Source,
    folder: DataFolder,
    config: RustlsConfig,
}

impl Tended {
    /// Renews the certificate where it is time, and gives it to the listener where it changed.
    fn tend(&self, ambient: &Ambient) -> Result<()> {
        let before = self.source.fingerprint(&self.folder);
        let config = self.source.server_config(&self.folder, ambient.now().0)?;
        if self.source.fingerprint(&self.folder) != before || matches!(self.source, Source::Files { .. }) {
            self.config.reload_from_config(config);
        }
        Ok(())
    }
}

/// Starts a hub. It listens when this returns.
pub async fn start(configuration: Configuration, ambient: Ambient) -> Result<Running> {
    let folder = DataFolder::open(&configuration.data)?;
    let lock = folder.lock_for_serving()?;
    let opened = Opened::open(&configuration.data, configuration.name.as_deref(), &ambient).await?;
    let listener = TcpListener::bind(configuration.listen)
        .with_context(|| format!("{} cannot be listened on", configuration.listen))?;
    let address = listener.local_addr()?;
    let url = public_url(configuration.public_url.as_deref(), address)?;
    let Opened { folder, store, mut record, authority, audit } = opened;

    record.url.clone_from(&url);
    record.own_certificate = configuration.certificate.is_none();
    if let Some(name) = &configuration.name {
        record.name.clone_from(name);
    }
    let mut change = store.change().await?;
    crate::store::hub::set(&mut change, &record).await?;
    change.commit().await?;

    let authority_pem = authority.pem().to_owned();
    let source = match configuration.certificate {
        Some((certificate, key)) => Source::Files { certificate, key },
        None => Source::Own { authority: Box::new(authority), names: names(&url) },
    };
    let config = RustlsConfig::from_config(source.server_config(&folder, ambient.now().0)?);
    let certificate = Arc::new(Tended { source, folder: folder.clone(), config: config.clone() });

    let forms = forms_folder(&folder, configuration.forms.as_deref());
    if configuration.forms.is_none() {
        catalog::write_embedded(&forms)?;
    }
    if !forms.is_dir() {
        bail!("the forms' folder {} is not there", forms.display());
    }
    let mut forms = FormsFolder::new(forms);
    forms.look(&store, &ambient).await?;

    let cursor = event_cursor(&store).await?;

    let limits = configuration.options.limits.clone();
    let hub = Arc::new(Hub {
        identity: HubIdentity {
            id: record.id.clone(),
            name: record.name.clone(),
            audit_public_key: audit.public_key(),
        },
        changes: store.changes(),
        attachments: AttachmentFolder::open(&folder)?,
        catalog: Catalog::default(),
        limiter: Limiter::new(&limits),
        options: configuration.options,
        authority: authority_pem,
        ending: CancellationToken::new(),
        in_progress: AtomicUsize::new(0),
        store,
        ambient,
        audit,
    });

    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(Bounded::new(config, limits.connections, Duration::from_secs(limits.head_s)))
        .handle(handle.clone())
        .first_request_timeout(Duration::from_secs(limits.head_s));
    let head = Duration::from_secs(limits.head_s);
    server.http_builder().http1().header_read_timeout(head).max_buf_size(64 * 1024).max_headers(64);
    server
        .http_builder()
        .http2()
        .max_concurrent_streams(64)
        .max_header_list_size(16 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    let router = crate::http::router(hub.clone());
    let serving = tokio::spawn(server.serve(router.into_make_service_with_connect_info::<SocketAddr>()));

    let work = TaskTracker::new();
    work.spawn(watch_forms(hub.clone(), forms));
    work.spawn(watch_foreign(hub.clone(), cursor));
    work.spawn(tend(hub.clone(), certificate.clone()));
    work.close();
    tracing::info!(%address, version = service_tool_contract::VERSION, "listening");
    Ok(Running { address, url, ca: folder.path("ca.pem"), hub, handle, serving, work, certificate, _lock: lock })
}

impl Running {
    /// Renews the certificate where it is time; `serve` does it hourly.
    pub fn tend_certificate(&self) -> Result<()> {
        self.certificate.tend(&self.hub.ambient)
    }

    /// Ends: nothing new is accepted, whoever waits is answered, what was accepted is finished.
    pub async fn stop(self) -> Result<()> {
        tracing::info!(calls = self.hub.in_progress.load(Ordering::Relaxed), "ending");
        self.hub.ending.cancel();
        self.handle.graceful_shutdown(Some(GRACE));
        self.serving.await.context("the listener broke")??;
        self.work.wait().await;
        self.hub.store.close().await;
        tracing::info!("ended");
        Ok(())
    }

    /// Returns when the listener ends by itself, which is a fault.
    pub async fn broken(&mut self) -> anyhow::Error {
        match (&mut self.serving).await {
            Ok(Ok(())) => anyhow::anyhow!("the listener ended"),
            Ok(Err(error)) => error.into(),
            Err(error) => error.into(),
        }
    }
}

/// Publishes changed forms for as long as the hub runs.
async fn watch_forms(hub: Shared, mut forms: FormsFolder) {
    while !ended_within(&hub, catalog::LOOK_INTERVAL).await {
        if let Err(error) = forms.look(&hub.store, &hub.ambient).await {
            tracing::error!(%error, "the forms' folder cannot be looked at");
        }
    }
}

/// Wakes those who wait when another process (the command line) has changed something.
async fn watch_foreign(hub: Shared, mut last: u64) {
    while !ended_within(&hub, FOREIGN_INTERVAL).await {
        if let Ok(cursor) = event_cursor(&hub.store).await
            && cursor != last
        {
            last = cursor;
            hub.store.announce();
        }
    }
}

async fn event_cursor(store: &Store) -> Result<u64, crate::store::StoreError> {
    crate::store::event::cursor(&mut *store.read().await?).await
}

/// Certificate and leftovers.
async fn tend(hub: Shared, certificate: Arc<Tended>) {
    loop {
        if let Err(error) = certificate.tend(&hub.ambient) {
            tracing::error!(%error, "the certificate cannot be renewed");
        }
        if let Err(error) = sweep(&hub).await {
            tracing::error!(%error, "leftovers cannot be swept");
        }
        if ended_within(&hub, TEND_INTERVAL).await {
            return;
        }
    }
}

/// Removes uploads that were never used and events that nobody waits for any more.
async fn sweep(hub: &Shared) -> Result<()> {
    let now = hub.ambient.now().0;
    let before = |age: SignedDuration| now.saturating_sub(age).map(Moment);
    let administrator = hub.store.administrator();
    let mut change = hub.store.change().await?;
    let idle = SignedDuration::try_from(UPLOAD_IDLE)?;
    let unused = crate::store::upload::forget_unused(&mut change, &administrator, before(idle)?).await?;
    crate::store::event::delete_before(
        &mut change,
        &administrator,
        before(SignedDuration::from_hours(24 * EVENT_DAYS))?,
    )
    .await?;
    change.commit().await?;
    let (attachments, now) = (hub.attachments.clone(), SystemTime::try_from(now)?);
    tokio::task::spawn_blocking(move || {
        for (scope, digest) in unused {
            attachments.remove(&scope, &digest, now, UPLOAD_IDLE);
        }
        attachments.remove_unfinished(now, UPLOAD_IDLE);
    })
    .await?;
    Ok(())
}

async fn ended_within(hub: &Shared, time: Duration) -> bool {
    tokio::time::timeout(time, hub.ending.cancelled()).await.is_ok()
}

/// The address that clients are told.
fn public_url(given: Option<&str>, address: SocketAddr) -> Result<String> {
    match given {
        Some(url) => {
            let url = url.trim_end_matches('/');
            if host_of(url).is_none_or(str::is_empty) {
                bail!("--public-url must be https://HOST[:PORT]");
            }
            Ok(url.to_owned())
        }
        None if address.ip().is_loopback() || address.ip().is_unspecified() => {
            Ok(format!("https://localhost:{}", address.port()))
        }
        None => Ok(format!("https://{address}")),
    }
}

/// The host of an https address without a path.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    if rest.contains(['/', '?', '#', '@']) {
        return None;
    }
    if let Some(rest) = rest.strip_prefix('[') {
        return rest.split(']').next();
    }
    rest.split(':').next()
}

/// Names that the hub's own certificate is for.
fn names(url: &str) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host_name = fs_err::read_to_string("/etc/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .or_else(|| std::env::var("COMPUTERNAME").ok());
    for name in host_name.into_iter().chain(host_of(url).map(str::to_owned)) {
        let name = name.to_lowercase();
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
        if is_name && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_follows_the_listener_unless_given() {
        let address: SocketAddr = "127.0.0.1:4711".parse().unwrap();
        assert_eq!(public_url(None, address).unwrap(), "https://localhost:4711");
        assert_eq!(public_url(None, "192.0.2.7:443".parse().unwrap()).unwrap(), "https://192.0.2.7:443");
        assert_eq!(public_url(Some("https://hub.example/"), address).unwrap(), "https://hub.example");
        for wrong in ["http://hub.example", "hub.example", "https://", "https://hub.example/path", "https://a@b"] {
            assert!(public_url(Some(wrong), address).is_err(), "{wrong}");
        }
        assert!(names("https://Hub.example:8443").contains(&"hub.example".to_owned()));
        assert!(names("https://[2001:db8::1]:8443").contains(&"2001:db8::1".to_owned()));
    }
}
