//! A hub of its own for each test, and callers who are enrolled at it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clap::Parser;
use jiff::tz::TimeZone;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use service_tool_contract::id::Digest;
use service_tool_hub::admin::{self, Admin};
use service_tool_hub::clock::{Ambient, Clock, SetClock, SystemClock};
use service_tool_hub::hub::Options;
use service_tool_hub::server::{self, Configuration, Running};

/// How long something may take that happens by itself.
pub const SOON: Duration = Duration::from_secs(20);

/// A folder that is gone with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
        fs_err::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.0);
    }
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    admin: Admin,
}

/// A running hub.
pub struct Hub {
    pub folder: Folder,
    pub clock: Arc<dyn Clock>,
    pub configuration: Configuration,
    running: Option<Running>,
}

impl Hub {
    /// With forms of the tests and the sample firms; approved orders are handed over at once.
    pub async fn start(name: &str) -> Self {
        Self::start_with(name, Options { hand_over_s: 0, ..Options::default() }, Arc::new(SystemClock)).await
    }

    /// With other options, or a clock that the test moves.
    pub async fn start_with(name: &str, options: Options, clock: Arc<dyn Clock>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = Folder::new(name);
        let forms = folder.0.join("forms");
        fs_err::create_dir_all(&forms).unwrap();
        for form in [support_form(), change_form(1), deletion_form()] {
            write_form(&forms, &form);
        }
        let configuration = Configuration {
            data: folder.0.join("data"),
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            name: Some("Hub der Probe".to_owned()),
            certificate: None,
            forms: Some(forms),
            options,
        };
        let mut hub = Self { folder, clock, configuration, running: None };
        hub.serve().await;
        hub
    }

    pub fn ambient(&self) -> Ambient {
        Ambient::new(Arc::clone(&self.clock), TimeZone::get("Europe/Berlin").unwrap())
    }

    /// Starts again after [`Hub::stop`], at the same data.
    pub async fn serve(&mut self) {
        self.running = Some(server::start(self.configuration.clone(), self.ambient()).await.unwrap());
    }

    pub async fn stop(&mut self) {
        self.stopping().await.unwrap();
    }

    /// The end, to be awaited beside something else.
    pub fn stopping(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
        self.running.take().unwrap().stop()
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn database(&self) -> PathBuf {
        self.configuration.data.join("hub.sqlite")
    }

    pub fn forms(&self) -> &Path {
        self.configuration.forms.as_deref().unwrap()
    }

    /// The command line of the administrator.
    pub async fn admin(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let data = self.configuration.data.to_str().unwrap();
        let line = Line::try_parse_from(["admin", "--data", data].iter().chain(arguments))?;
        admin::run(line.admin, self.ambient()).await
    }

    /// A client that trusts this hub's CA alone.
    pub fn client(&self) -> Client {
        let ca = fs_err::read(&self.running().ca).unwrap();
        Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    }

    pub fn nobody(&self) -> Caller {
        Caller {
            client: self.client(),
            base: format!("{}/api/v1", self.running().url),
            token: None,
            me: Value::Null,
            device_key: String::new(),
        }
    }

    /// The sample firms' people, with fresh codes.
    pub async fn sample(&self) -> Value {
        self.admin(&["sample"]).await.unwrap()
    }

    /// Somebody of the sample firms, enrolled.
    pub async fn caller(&self, email: &str) -> Caller {
        let code = self.admin(&["code", email]).await.unwrap();
        self.nobody().enrolled(code["code"].as_str().unwrap()).await
    }

    /// Staff and two approvers of the sample firm with DATEV.
    pub async fn berger(&self) -> (Caller, Caller, Caller) {
        self.sample().await;
        (
            self.caller("jana.keller@kanzlei-berger.example").await,
            self.caller("petra.holzmann@kanzlei-berger.example").await,
            self.caller("thomas.berger@kanzlei-berger.example").await,
        )
    }

    /// Staff and the approver of the other sample firm, where own orders need somebody else.
    pub async fn dreier(&self) -> (Caller, Caller) {
        self.sample().await;
        (self.caller("lea.franke@dreier.example").await, self.caller("marta.dreier@dreier.example").await)
    }

    /// The sample's agent.
    pub async fn agent(&self) -> Caller {
        self.caller("anna.reuter@spectrum.example").await
    }
}

/// An answer with its body.
#[derive(Debug)]
pub struct Said {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{} {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body of a good answer.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self.json()
    }

    /// The code of a problem.
    #[track_caller]
    pub fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{} {}", self.status, self.text());
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

/// Somebody who calls the hub.
#[derive(Clone)]
pub struct Caller {
    pub client: Client,
    pub base: String,
    pub token: Option<String>,
    pub me: Value,
    pub device_key: String,
}

/// A fresh key of a device.
pub fn device_key() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let digest = Digest::of(format!("{number} {}", std::process::id()).as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&digest.as_str().as_bytes()[..32])
}

/// A fresh idempotency key.
pub fn key() -> String {
    format!("out_{}", device_key())
}

impl Caller {
    pub fn id(&self) -> &str {
        self.me["id"].as_str().unwrap()
    }

    pub async fn enrolled(mut self, code: &str) -> Self {
        self.device_key = device_key();
        let body = json!({"code": code, "device_key": self.device_key, "device_name": "PC-1"});
        self.me = self.post("/enrolments", &body).await.good()["me"].clone();
        self.renew().await;
        self
    }

    /// A new access token.
    pub async fn renew(&mut self) {
        self.token = None;
        let token = self.post("/tokens", &json!({"device_key": self.device_key})).await.good();
        self.token = Some(token["access_token"].as_str().unwrap().to_owned());
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("service-tool-version", service_tool_contract::VERSION);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(request: RequestBuilder) -> Said {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Said { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    pub async fn get(&self, path: &str) -> Said {
        Self::send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Said {
        Self::send(self.request(Method::POST, path).json(body)).await
    }

    /// A call under an idempotency key.
    pub async fn post_under(&self, key: &str, path: &str, body: &Value) -> Said {
        Self::send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// A call under a fresh key.
    pub async fn act(&self, path: &str, body: &Value) -> Said {
        self.post_under(&key(), path, body).await
    }

    /// An order by the form of today.
    pub async fn order(&self, form: &str, answers: Value) -> Value {
        let catalog = self.get("/catalog").await.good();
        let forms = catalog["forms"].as_array().unwrap();
        let form = forms.iter().find(|one| one["id"] == form).unwrap_or_else(|| panic!("no form {form}"));
        json!({
            "form": form["id"], "form_version": form["version"], "form_hash": form["hash"], "language": "de",
            "answers": answers, "attachments": [],
            "session": {"host": "TS-FD-03", "session": "41", "printers": [], "print_system": true},
        })
    }

    /// Orders a change; the id.
    pub async fn ordered(&self) -> String {
        let order = self.order("rename", json!({"last_name": "Sievert-Roth"})).await;
        id_of(&self.act("/requests", &order).await.good())
    }

    pub async fn view(&self, id: &str) -> Value {
        self.get(&format!("/requests/{id}")).await.good()
    }

    /// Decides on what is shown now.
    pub async fn decide(&self, id: &str, verdict: &str, text: &str) -> Said {
        let shown = self.view(id).await;
        let decision = json!({"verdict": verdict, "text": text, "content_hash": shown["content_hash"]});
        self.act(&format!("/requests/{id}/decision"), &decision).await
    }

    pub async fn put_chunk(&self, digest: &str, offset: usize, size: usize, kind: &str, bytes: Vec<u8>) -> Said {
        let path = format!("/uploads/{digest}?offset={offset}&size={size}&media_type={kind}");
        Self::send(self.request(Method::PUT, &path).header("content-type", "application/octet-stream").body(bytes))
            .await
    }

    /// Uploads a picture whole; the reference to it.
    pub async fn uploaded(&self, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        let state = self.put_chunk(digest.as_str(), 0, bytes.len(), "image/png", bytes.to_vec()).await.good();
        assert_eq!(state, json!({"received": bytes.len(), "complete": true}));
        json!({"digest": digest, "name": "Bildschirm.png", "size": bytes.len(), "media_type": "image/png"})
    }
}

/// The id of a changed request.
pub fn id_of(changed: &Value) -> String {
    changed["request"]["summary"]["id"].as_str().unwrap().to_owned()
}

/// A small PNG; `seed` makes it another one.
pub fn png(seed: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\x06\0\0\0".to_vec();
    bytes.extend([seed, 0, 0, 0]);
    bytes.extend(b"\0\0\0\x01IDAT");
    bytes.extend([seed, 0, 0, 0, 0]);
    bytes.extend(b"\0\0\0\0IEND\0\0\0\0");
    bytes
}

fn text(text: &str) -> Value {
    json!({"de": text, "en": text})
}

pub fn write_form(folder: &Path, form: &Value) {
    let path = folder.join(format!("{}.json", form["id"].as_str().unwrap()));
    let unfinished = path.with_extension("tmp");
    fs_err::write(&unfinished, form.to_string()).unwrap();
    fs_err::rename(unfinished, path).unwrap();
}

fn form(id: &str, version: u32, kind: &str, approval: &str, effect: &str, subject: &str, fields: Value) -> Value {
    json!({
        "format": 1, "id": id, "version": version, "kind": kind, "icon": "support", "order": 1, "title": text(id),
        "line": text("line"), "approval": approval, "effect": effect, "subject": text(subject),
        "sections": [{"id": "only", "title": text("Angaben"), "fields": fields}],
    })
}

pub fn support_form() -> Value {
    form(
        "help",
        1,
        "support",
        "none",
        "none",
        "{description}",
        json!([
            {"id": "description", "kind": "long_text", "label": text("Beschreibung"), "required": "true"},
            {"id": "pictures", "kind": "files", "label": text("Bilder")},
        ]),
    )
}

pub fn change_form(version: u32) -> Value {
    form(
        "rename",
        version,
        "change",
        "approver",
        "create",
        "{last_name}",
        json!([
            {"id": "last_name", "kind": "text", "label": text("Neuer Nachname"), "required": "true"},
            {"id": "remark", "kind": "long_text", "label": text("Bemerkung")},
        ]),
    )
}

pub fn deletion_form() -> Value {
    let mut form = form(
        "delete",
        1,
        "change",
        "approver",
        "delete",
        "{account}",
        json!([{
            "id": "account", "kind": "choice", "label": text("Wer?"), "required": "true",
            "options_from": "directory.people",
        }]),
    );
    form["account"] = json!("account");
    form
}

/// Asks until the answer is there, at most [`SOON`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + SOON;
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain: {what}");
        pause.tick().await;
    }
}

/// A clock that a test moves, standing at the present time so that certificates hold.
pub fn movable_clock() -> Arc<SetClock> {
    SetClock::at(SystemClock.now())
}
