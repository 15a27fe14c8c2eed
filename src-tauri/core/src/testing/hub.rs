//! A hub of its own CA that can be told to misbehave. It does the least that the desktop needs; what a hub really decides
//! is not known here.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use service_tool_contract::{
    VERSION, VERSION_HEADER,
    code::{Code, Problem},
    id::Digest,
    request::RequestState,
    wire::{
        Brand, Catalog, Enrolment, EnrolmentOffer, Event, Events, HubIdentity, Me, Profile, Receipt, RequestChanged,
        RequestView, Role, Topic,
    },
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::locked;

/// The secret half of the one enrolment code.
pub const CODE: &str = "0A1B2C3D4E5F6G7H";

/// How the hub answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Mood {
    Well,
    /// Every call below the API is refused like this.
    Refuses(u16, Problem),
    /// The same, for calls that change something.
    RefusesChanges(u16, Value),
    /// Carries calls that change something out, but the answer is lost.
    LosesAnswers,
    /// Takes the call and never answers.
    Silent,
    /// HTML of something else.
    Rubbish,
    /// JSON, but not what was asked for.
    WrongShape,
    /// Names a version of another age.
    OtherAge,
    /// Answers without end.
    Endless,
    /// Uploads end after so many chunks.
    CutsUploads(u32),
}

/// What the hub keeps.
pub struct Kept {
    pub mood: Mood,
    pub role: Role,
    pub form_version: u32,
    pub own_approval: bool,
    pub code_used_by: Option<String>,
    pub tokens: Vec<String>,
    pub revoked: bool,
    /// What was carried out, in order: route and body.
    pub done: Vec<(String, Value)>,
    keys: HashMap<String, Value>,
    pub uploads: BTreeMap<String, Vec<u8>>,
    /// Offsets of all chunks that arrived.
    pub chunks: Vec<u64>,
    pub requests: Vec<RequestView>,
    /// Of an approver; the state tells what waits.
    pub inbox: Vec<RequestView>,
    pub events: Vec<Event>,
    pub sequence: u64,
    /// Of the heads of the audit chain; another one is another past.
    pub past: String,
    pub profile: Profile,
}

impl Kept {
    fn waiting_count(&self) -> u32 {
        let waiting = self.inbox.iter().filter(|view| view.summary.state == RequestState::Waiting);
        u32::try_from(waiting.count()).unwrap()
    }
}

/// The hub.
pub struct FakeHub {
    pub address: SocketAddr,
    pub kept: Mutex<Kept>,
    pub calls: AtomicU32,
    ca_pem: String,
    pub ca_der: Vec<u8>,
    acceptor: TlsAcceptor,
    audit: Ed25519KeyPair,
    running: Mutex<CancellationToken>,
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Ok((stream, address)) = self.listener.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Certificate of a fresh CA (DER and PEM) and a server with a certificate of it for 127.0.0.1.
fn certificates() -> (Vec<u8>, String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "CA of a test");
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &ca).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(leaf.der().to_vec())],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (ca.der().to_vec(), ca.pem(), TlsAcceptor::from(Arc::new(config)))
}

impl FakeHub {
    pub async fn start() -> Arc<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Takes the place of another one.
    pub async fn start_at(address: SocketAddr) -> Arc<Self> {
        let listener = loop {
            if let Ok(listener) = TcpListener::bind(address).await {
                break listener;
            }
            tokio::task::yield_now().await;
        };
        let address = listener.local_addr().unwrap();
        let (ca_der, ca_pem, acceptor) = certificates();
        let hub = Arc::new(Self {
            address,
            kept: Mutex::new(Kept {
                mood: Mood::Well,
                role: Role::Staff,
                form_version: 1,
                own_approval: false,
                code_used_by: None,
                tokens: Vec::new(),
                revoked: false,
                done: Vec::new(),
                keys: HashMap::new(),
                uploads: BTreeMap::new(),
                chunks: Vec::new(),
                requests: Vec::new(),
                inbox: Vec::new(),
                events: Vec::new(),
                sequence: 0,
                past: "first".into(),
                profile: Profile {
                    name: "Anna Muster".into(),
                    tenant_name: "Kanzlei Berger".into(),
                    email: "anna@kanzlei.example".into(),
                    town: "Kassel".into(),
                    phone: String::new(),
                    confirmed: false,
                },
            }),
            calls: AtomicU32::new(0),
            ca_pem,
            ca_der,
            acceptor,
            audit: Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap(),
            running: Mutex::default(),
        });
        hub.serve(listener);
        hub
    }

    fn serve(self: &Arc<Self>, listener: TcpListener) {
        let running = CancellationToken::new();
        *locked(&self.running) = running.clone();
        let tls = Tls { listener, acceptor: self.acceptor.clone() };
        let router = router(Arc::clone(self));
        tokio::spawn(async move {
            tokio::select! {
                _ = axum::serve(tls, router) => {}
                () = running.cancelled() => {}
            }
        });
    }

    /// Nobody listens any more; connections that stand go on.
    pub fn stop(&self) {
        locked(&self.running).cancel();
    }

    /// Listens again, at the same address.
    pub async fn start_again(self: &Arc<Self>) {
        loop {
            if let Ok(listener) = TcpListener::bind(self.address).await {
                return self.serve(listener);
            }
            tokio::task::yield_now().await;
        }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The code in its long form, with the pin of this hub's CA.
    pub fn long_code(&self) -> String {
        let mut alphabet = data_encoding::Specification::new();
        alphabet.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        let hash = ring::digest::digest(&ring::digest::SHA256, &self.ca_der);
        format!("{CODE}{}", alphabet.encoding().unwrap().encode(&hash.as_ref()[..10]))
    }

    pub fn feel(&self, mood: Mood) {
        locked(&self.kept).mood = mood;
    }

    /// Routes that were carried out, in order.
    pub fn routes(&self) -> Vec<String> {
        locked(&self.kept).done.iter().map(|(route, _)| route.clone()).collect()
    }

    /// Something happened that the desktop shall hear of.
    pub fn event(&self, topic: Topic) {
        locked(&self.kept).events.push(Event { topic, request: None });
    }

    pub fn identity(&self) -> HubIdentity {
        HubIdentity {
            id: "hub_1".into(),
            name: "Testhub".into(),
            audit_public_key: data_encoding::BASE64.encode(self.audit.public_key().as_ref()),
        }
    }

    fn me(&self) -> Me {
        Me {
            id: "per_1".into(),
            tenant: "ten_1".into(),
            tenant_name: "Kanzlei Berger".into(),
            name: "Anna Muster".into(),
            role: locked(&self.kept).role,
            brand: Brand { provider: "SPECTRUM".into(), hotline: "0561 0".into(), hotline_hours: String::new() },
        }
    }

    /// A receipt for something new.
    pub fn receipt(&self) -> Receipt {
        self.receipt_of(&mut locked(&self.kept))
    }

    fn receipt_of(&self, kept: &mut Kept) -> Receipt {
        kept.sequence += 1;
        let mut receipt = Receipt {
            hub: "hub_1".into(),
            tenant: "ten_1".into(),
            sequence: kept.sequence,
            head: Digest::of(format!("{} {}", kept.past, kept.sequence).as_bytes()),
            signature: String::new(),
        };
        receipt.signature = data_encoding::BASE64.encode(self.audit.sign(receipt.signed_text().as_bytes()).as_ref());
        receipt
    }
}

/// A request as the hub would show it.
pub fn view(number: usize, state: RequestState) -> RequestView {
    let person = json!({ "id": "per_1", "name": "Anna Muster" });
    let id = format!("req_{number}");
    serde_json::from_value(json!({
        "summary": {
            "id": id, "number": format!("B-{number}"), "form": "test-form", "kind": "change", "icon": "user-add",
            "title": "Testformular", "subject": "Berta", "state": state, "due": null,
            "created_at": "2026-11-24T09:00:00Z", "changed_at": "2026-11-24T09:00:00Z",
            "requester": person, "tenant_name": "Kanzlei Berger", "attachments": 0,
        },
        "effect": "none", "revision": 1, "content_hash": Digest::of(id.as_bytes()), "form_version": 1,
        "document": {
            "language": "de", "title": "Testformular", "subject": "Berta", "due": null, "sections": [],
            "plan": { "opening": [], "provider": [], "firm": [], "open": [], "cost_once_cents": 0,
                      "cost_month_cents": 0, "lead_time_days": 0 },
        },
        "attachments": [], "session": { "host": "", "session": "", "printers": [], "print_system": true },
        "history": [], "actions": [],
    }))
    .unwrap()
}

type Hub = State<Arc<FakeHub>>;

fn router(hub: Arc<FakeHub>) -> Router {
    let api = Router::new()
        .route("/enrolments/look", post(look))
        .route("/enrolments", post(enrol))
        .route("/tokens", post(token))
        .route("/me", get(async |State(hub): Hub| Json(hub.me())))
        .route("/profile", get(async |State(hub): Hub| Json(locked(&hub.kept).profile.clone())).put(profile_put))
        .route("/catalog", get(catalog))
        .route("/approvers", get(async || Json(json!([{ "id": "per_2", "name": "Dr. Berger" }]))))
        .route("/requests", get(requests).post(submit))
        .route("/requests/{id}", get(request))
        .route("/requests/{id}/{action}", post(act))
        .route("/inbox", get(inbox))
        .route("/uploads/{digest}", get(upload_state).put(upload))
        .route("/events", get(events))
        .layer(middleware::from_fn_with_state(Arc::clone(&hub), behave));
    Router::new().nest("/api/v1", api).route("/ca.pem", get(async |State(hub): Hub| hub.ca_pem.clone())).with_state(hub)
}

fn problem(status: u16, body: impl serde::Serialize) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn simple(status: u16, code: Code) -> Response {
    problem(status, Problem::new(code, "as told"))
}

async fn behave(State(hub): Hub, request: Request, next: Next) -> Response {
    hub.calls.fetch_add(1, Ordering::SeqCst);
    let mood = locked(&hub.kept).mood.clone();
    let path = request.uri().path().to_owned();
    let changes = request.method() != "GET" && !path.contains("tokens") && !path.contains("uploads");
    let is_open = path.contains("tokens") || path.contains("enrolments");
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_signed = {
        let kept = locked(&hub.kept);
        kept.tokens.iter().any(|token| bearer == format!("Bearer {token}"))
    };
    assert!(request.headers().contains_key(VERSION_HEADER), "every call names the client's version");
    let mut response = match mood.clone() {
        Mood::Refuses(status, body) => problem(status, body),
        Mood::RefusesChanges(status, body) if changes => problem(status, body),
        Mood::Silent => std::future::pending().await,
        Mood::Rubbish => return (StatusCode::OK, "<html>Anmeldung im Gästenetz</html>").into_response(),
        Mood::WrongShape => Json(json!({ "weather": "fine" })).into_response(),
        Mood::Endless => {
            let piece = vec![b' '; 1024 * 1024];
            let pieces = futures_util::stream::repeat(Ok::<_, std::convert::Infallible>(Bytes::from(piece)));
            Body::from_stream(pieces).into_response()
        }
        _ if !is_open && !is_signed => simple(401, Code::SignedOut),
        Mood::LosesAnswers if changes => {
            let _ = next.run(request).await;
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
            Body::from_stream(broken).into_response()
        }
        _ => next.run(request).await,
    };
    let version = if mood == Mood::OtherAge { "7.0.0" } else { VERSION };
    response.headers_mut().insert(VERSION_HEADER, version.parse().unwrap());
    response
}

async fn look(State(hub): Hub, Json(body): Json<Value>) -> Response {
    if body["code"] != CODE {
        return simple(403, Code::EnrolmentRefused);
    }
    Json(EnrolmentOffer {
        hub_name: "Testhub".into(),
        tenant_name: "Kanzlei Berger".into(),
        person_name: "Anna Muster".into(),
        role: locked(&hub.kept).role,
    })
    .into_response()
}

async fn enrol(State(hub): Hub, Json(body): Json<Value>) -> Response {
    let key = body["device_key"].as_str().unwrap().to_owned();
    {
        let mut kept = locked(&hub.kept);
        if body["code"] != CODE || kept.code_used_by.as_ref().is_some_and(|used| *used != key) {
            return simple(403, Code::EnrolmentRefused);
        }
        kept.code_used_by = Some(key);
    }
    Json(Enrolment { me: hub.me(), hub: hub.identity() }).into_response()
}

async fn token(State(hub): Hub, Json(body): Json<Value>) -> Response {
    let mut kept = locked(&hub.kept);
    if kept.revoked || kept.code_used_by.as_deref() != body["device_key"].as_str() {
        return simple(401, Code::SignedOut);
    }
    let token = format!("token-{}", hub.calls.load(Ordering::SeqCst));
    kept.tokens = vec![token.clone()];
    Json(json!({ "access_token": token, "expires_in_s": 900 })).into_response()
}

async fn profile_put(State(hub): Hub, Json(body): Json<Value>) -> Response {
    let mut kept = locked(&hub.kept);
    kept.done.push(("profile".into(), body.clone()));
    kept.profile.email = body["email"].as_str().unwrap().into();
    kept.profile.town = body["town"].as_str().unwrap().into();
    kept.profile.phone = body["phone"].as_str().unwrap().into();
    kept.profile.confirmed = true;
    Json(kept.profile.clone()).into_response()
}

async fn catalog(State(hub): Hub, headers: HeaderMap) -> Response {
    let kept = locked(&hub.kept);
    let tag = format!("\"{}\"", kept.form_version);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == tag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut tenant = super::tenant_facts();
    tenant.own_approval = kept.own_approval;
    let catalog = Catalog { forms: vec![super::catalog_form(kept.form_version)], tenant };
    ([(header::ETAG, tag)], Json(catalog)).into_response()
}

async fn requests(State(hub): Hub) -> Response {
    let kept = locked(&hub.kept);
    Json(kept.requests.iter().map(|view| view.summary.clone()).collect::<Vec<_>>()).into_response()
}

async fn inbox(State(hub): Hub) -> Response {
    let kept = locked(&hub.kept);
    Json(kept.inbox.iter().map(|view| view.summary.clone()).collect::<Vec<_>>()).into_response()
}

async fn request(State(hub): Hub, Path(id): Path<String>) -> Response {
    let kept = locked(&hub.kept);
    let found = kept.requests.iter().chain(&kept.inbox).find(|view| view.summary.id.as_str() == id);
    found.map_or_else(|| simple(404, Code::NotFound), |view| Json(view).into_response())
}

/// Carries `work` out once per key, and answers again with what it answered then.
fn once(
    hub: &FakeHub,
    headers: &HeaderMap,
    route: String,
    body: Value,
    work: impl FnOnce(&mut Kept) -> RequestView,
) -> Response {
    let key = headers.get("idempotency-key").unwrap().to_str().unwrap().to_owned();
    let mut kept = locked(&hub.kept);
    if let Some(before) = kept.keys.get(&key) {
        return Json(before.clone()).into_response();
    }
    kept.done.push((route, body));
    let request = work(&mut kept);
    let receipt = hub.receipt_of(&mut kept);
    let answer = serde_json::to_value(RequestChanged { request, receipt }).unwrap();
    kept.keys.insert(key, answer.clone());
    Json(answer).into_response()
}

async fn submit(State(hub): Hub, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let lacks_attachment = {
        let kept = locked(&hub.kept);
        let named = body["attachments"].as_array().unwrap().iter();
        named.into_iter().any(|part| {
            let digest = part["digest"].as_str().unwrap();
            kept.uploads.get(digest).is_none_or(|bytes| Digest::of(bytes).as_str() != digest)
        })
    };
    if lacks_attachment {
        return simple(422, Code::AttachmentMissing);
    }
    once(&hub, &headers, "requests".into(), body, |kept| {
        let view = view(kept.requests.len() + 1, RequestState::Waiting);
        kept.requests.push(view.clone());
        view
    })
}

async fn act(
    State(hub): Hub,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    once(&hub, &headers, format!("requests/{id}/{action}"), body, |kept| {
        let number = id.trim_start_matches("req_").parse().unwrap();
        let state = if action == "decision" { RequestState::Queued } else { RequestState::Waiting };
        let changed = view(number, state);
        if let Some(known) = kept.inbox.iter_mut().find(|view| view.summary.id.as_str() == id) {
            known.clone_from(&changed);
        }
        changed
    })
}

async fn upload_state(State(hub): Hub, Path(digest): Path<String>) -> Response {
    let kept = locked(&hub.kept);
    let bytes = kept.uploads.get(&digest).cloned().unwrap_or_default();
    let complete = Digest::of(&bytes).as_str() == digest;
    Json(json!({ "received": bytes.len(), "complete": complete })).into_response()
}

async fn upload(
    State(hub): Hub,
    Path(digest): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> Response {
    let mut kept = locked(&hub.kept);
    if let Mood::CutsUploads(left) = kept.mood {
        if left == 0 {
            return simple(503, Code::HubUnavailable);
        }
        kept.mood = Mood::CutsUploads(left - 1);
    }
    let offset: u64 = query["offset"].parse().unwrap();
    assert_eq!(query["media_type"], "image/png");
    let bytes = kept.uploads.entry(digest.clone()).or_default();
    if bytes.len() as u64 != offset {
        return simple(409, Code::StateConflict);
    }
    bytes.extend_from_slice(&body);
    let (received, complete) = (bytes.len(), Digest::of(bytes).as_str() == digest);
    assert!(complete || received < query["size"].parse().unwrap());
    kept.chunks.push(offset);
    Json(json!({ "received": received, "complete": complete })).into_response()
}

async fn events(State(hub): Hub, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let after: Option<usize> = query.get("after").map(|after| after.parse().unwrap());
    let waits = query["wait_s"] != "0";
    loop {
        {
            let kept = locked(&hub.kept);
            let fresh: Vec<Event> =
                after.map(|after| kept.events.iter().skip(after).cloned().collect()).unwrap_or_default();
            if !waits || !fresh.is_empty() || after.is_none() {
                return Json(Events { cursor: kept.events.len() as u64, events: fresh, waiting: kept.waiting_count() })
                    .into_response();
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
