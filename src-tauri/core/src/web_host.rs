//! The same command table behind a small loopback server, for development and tests: a window is a page of a browser
//! (`/?window=menu#/…`, `/?window=work#/…`). Owns who may talk to it; leaves what a command does to [`Desktop`].
//!
//! The address carries a token that works once; it is exchanged for a cookie that no script can read and no other site can
//! send. Calls must also come from a page of this very server (`Host` and `Origin`), so that neither a page on the internet
//! nor a rebound name reaches the desktop.
//!
//! Invariant: no release build has this, nothing listens beyond 127.0.0.1, and without the cookie there is nothing to see.

#[cfg(not(debug_assertions))]
compile_error!("the feature `browser` is for development: a release build has no web host");

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    path::{Component, Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Path as PathOf, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{Stream, StreamExt as _};
use service_tool_contract::code::{Code, Problem};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_util::sync::CancellationToken;

use crate::{
    Desktop,
    command::{DesktopEvent, Reply, Screen, WindowLabel},
    host::{Desk, TrayState, WindowShape},
    locked,
};

/// As in `tauri.conf.json`, with calls going to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
                      font-src 'none'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// How long no page may be open before the windows count as closed.
const PAGE_CHANGE: Duration = Duration::from_secs(10);

/// Bytes of a command's request.
const REQUEST_LIMIT: usize = 1024 * 1024;

/// The windows of browser mode: pages that listen to events.
pub struct BrowserDesk {
    events: broadcast::Sender<DesktopEvent>,
    pages: Mutex<HashMap<WindowLabel, usize>>,
    open: AtomicUsize,
    tray: Mutex<TrayState>,
    ended: CancellationToken,
    /// Set by [`serve`]: the desktop is told when the last page goes.
    desktop: Mutex<std::sync::Weak<Desktop>>,
}

impl BrowserDesk {
    /// A desk; give it to [`crate::Ports`] and to [`serve`].
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            events: broadcast::Sender::new(256),
            pages: Mutex::default(),
            open: AtomicUsize::new(0),
            tray: Mutex::default(),
            ended: CancellationToken::new(),
            desktop: Mutex::default(),
        })
    }

    /// What the tray would show.
    pub fn tray(&self) -> TrayState {
        *locked(&self.tray)
    }

    fn page_opened(self: &Arc<Self>, window: WindowLabel) -> Page {
        *locked(&self.pages).entry(window).or_default() += 1;
        self.open.fetch_add(1, Ordering::SeqCst);
        Page { desk: Arc::clone(self), window }
    }
}

/// A page that listens, as long as it does.
struct Page {
    desk: Arc<BrowserDesk>,
    window: WindowLabel,
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(count) = locked(&self.desk.pages).get_mut(&self.window) {
            *count = count.saturating_sub(1);
        }
        if self.desk.open.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(desktop) = locked(&self.desk.desktop).upgrade()
        {
            let desk = Arc::clone(&self.desk);
            let told = Arc::clone(&desktop);
            desktop.spawn(async move {
                // going from page to page closes one before the other opens
                tokio::time::sleep(PAGE_CHANGE).await;
                if !desk.window_any() {
                    told.windows_closed();
                }
            });
        }
    }
}

impl Desk for BrowserDesk {
    fn window_open(&self, window: WindowLabel, screen: &Screen, _shape: WindowShape) {
        self.tell(&DesktopEvent::ScreenRequested { window, screen: screen.clone() });
    }

    // a page closes itself
    fn window_close(&self, _window: WindowLabel) {}

    fn window_any(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }

    fn tell(&self, event: &DesktopEvent) {
        // nobody listening is fine
        let _ = self.events.send(event.clone());
    }

    fn tray_show(&self, state: TrayState) {
        *locked(&self.tray) = state;
    }

    fn entry_open(&self, _open: &str) -> Result<(), String> {
        Err("a page in a browser starts nothing on this computer".to_owned())
    }

    fn end(&self) {
        self.ended.cancel();
    }
}

struct Host {
    desktop: Arc<Desktop>,
    desk: Arc<BrowserDesk>,
    dist: PathBuf,
    address: SocketAddr,
    /// The token of the address; empty once it was used.
    token: Mutex<Option<String>>,
    cookie: String,
}

type Shared = State<Arc<Host>>;

/// Binds 127.0.0.1 and gives the address to open (it works once) and the server to run until the program ends.
pub async fn serve(
    desktop: Arc<Desktop>,
    desk: Arc<BrowserDesk>,
    dist: PathBuf,
) -> anyhow::Result<(String, Pin<Box<dyn Future<Output = ()> + Send>>)> {
    anyhow::ensure!(dist.join("index.html").is_file(), "{} holds no built screens", dist.display());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let secret = || {
        let mut bytes = [0; 32];
        desktop.ports.randomness.fill(&mut bytes);
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    };
    let (token, cookie) = (secret(), secret());
    *locked(&desk.desktop) = Arc::downgrade(&desktop);
    let ended = desk.ended.clone();
    let host = Host { desktop, desk, dist, address, token: Mutex::new(Some(token.clone())), cookie };
    let host = Arc::new(host);
    let inner = Router::new()
        .route("/call/{window}/{command}", post(call))
        .route("/events", get(events))
        .fallback(get(file))
        .layer(middleware::from_fn_with_state(Arc::clone(&host), guard))
        .with_state(host);
    let server = async move {
        let serving = axum::serve(listener, inner).with_graceful_shutdown(ended.clone().cancelled_owned());
        tokio::select! {
            result = serving => {
                if let Err(error) = result {
                    tracing::error!(%error, "the web host ended");
                }
            }
            // pages that listen would hold the end up
            () = ended.cancelled() => {}
        }
    };
    Ok((format!("http://{address}/?token={token}"), Box::pin(server)))
}

/// Who may come in, and what every answer carries.
async fn guard(State(host): Shared, request: Request, next: Next) -> Response {
    let mut response = match admit(&host, &request) {
        Ok(None) => next.run(request).await,
        Ok(Some(entrance)) => entrance,
        Err(status) => (status, "Service-Tool: open the address that was printed at the start.").into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn admit(host: &Host, request: &Request) -> Result<Option<Response>, StatusCode> {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let authority = host.address.to_string();
    if text(header::HOST) != Some(authority.as_str()) {
        return Err(StatusCode::MISDIRECTED_REQUEST);
    }
    let origin = text(header::ORIGIN);
    let is_same = origin == Some(format!("http://{authority}").as_str());
    // browsers send an origin with every POST; elsewhere a foreign one is refused
    if !is_same && (origin.is_some() || request.method() != Method::GET) {
        return Err(StatusCode::FORBIDDEN);
    }
    if has_cookie(request.headers(), host) {
        return Ok(None);
    }
    let given = request
        .uri()
        .query()
        .and_then(|query| query.split('&').find_map(|part| part.strip_prefix("token=")).map(str::to_owned));
    let mut token = locked(&host.token);
    match (given, token.as_ref()) {
        (Some(given), Some(expected)) if is_equal(&given, expected) => {
            *token = None;
            let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name(host), host.cookie);
            let mut entrance = (StatusCode::SEE_OTHER, Body::empty()).into_response();
            let headers = entrance.headers_mut();
            headers.insert(header::LOCATION, HeaderValue::from_static("/?window=menu#/menu"));
            headers.insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|_| StatusCode::FORBIDDEN)?);
            Ok(Some(entrance))
        }
        _ => Err(StatusCode::FORBIDDEN),
    }
}

/// Cookies know no ports: two desktops beside each other need two names.
fn cookie_name(host: &Host) -> String {
    format!("service-tool-{}", host.address.port())
}

fn has_cookie(headers: &HeaderMap, host: &Host) -> bool {
    let name = cookie_name(host);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(key, value)| key == name && is_equal(value, &host.cookie))
}

/// Compares without telling by its time how far it came.
fn is_equal(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn problem(problem: &Problem) -> Response {
    let status = match problem.code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::WrongWindow => StatusCode::FORBIDDEN,
        Code::Malformed => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

async fn call(State(host): Shared, PathOf((window, command)): PathOf<(String, String)>, request: Request) -> Response {
    let Some(window) = WindowLabel::from_label(&window) else {
        return problem(&Problem::new(Code::NotFound, "no such window"));
    };
    let Ok(body) = axum::body::to_bytes(request.into_body(), REQUEST_LIMIT).await else {
        return problem(&Problem::new(Code::TooLarge, "the request is too large"));
    };
    let request = if body.is_empty() { Ok(serde_json::json!({})) } else { serde_json::from_slice(&body) };
    let request = match request {
        Ok(request) => request,
        Err(error) => return problem(&Problem::new(Code::Malformed, error.to_string())),
    };
    match host.desktop.call(window, &command, request).await {
        Ok(Reply::Json(value)) => {
            let body = serde_json::to_vec(&value).unwrap_or_default();
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Ok(Reply::Bytes(bytes)) => {
            let media_type = HeaderValue::from_str(&bytes.media_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([(header::CONTENT_TYPE, media_type)], bytes.bytes).into_response()
        }
        Err(error) => problem(&error),
    }
}

/// Events of the desktop; `?window=` says whose page listens.
async fn events(State(host): Shared, uri: Uri) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let label = uri.query().and_then(|query| query.split('&').find_map(|part| part.strip_prefix("window=")));
    let window = label.and_then(WindowLabel::from_label).unwrap_or(WindowLabel::Menu);
    let page = host.desk.page_opened(window);
    // somebody looks: news are asked for now, not at the next poll
    if let Some(state) = host.desktop.state_now() {
        state.wake_live();
    }
    let receiver = host.desk.events.subscribe();
    let stream = futures_util::stream::unfold((receiver, page), |(mut receiver, page)| async move {
        let event = match receiver.recv().await {
            Ok(event) => event,
            // who missed some asks for everything
            Err(broadcast::error::RecvError::Lagged(_)) => DesktopEvent::OverviewChanged,
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        Some((event, (receiver, page)))
    })
    .map(|event| Ok(Event::default().json_data(event).unwrap_or_default()));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn file(State(host): Shared, uri: Uri) -> Response {
    let path = match uri.path() {
        "/" => "index.html",
        path => path.trim_start_matches('/'),
    };
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.contains('%') || path.contains('\\') {
        return StatusCode::NOT_FOUND.into_response();
    }
    let full = host.dist.join(relative);
    match tokio::task::spawn_blocking(move || fs_err::read(full)).await {
        Ok(Ok(bytes)) => ([(header::CONTENT_TYPE, media_type(path))], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
