//! Fakes of the ports, a form, and a desktop to try things on. The hub of these tests is [`hub::FakeHub`]: a small server
//! over real TLS that can be told to misbehave; the story with the real hub is told in the tests crate.

#[cfg(feature = "browser")]
mod browser;
mod desk;
mod draft;
mod enrolment;
pub mod hub;
mod live;
mod outbox;
mod session;
mod trouble;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};
use service_tool_contract::{
    code::Problem,
    form::{
        Form,
        facts::{Facts, PersonFacts, Printer, SessionFacts, TenantFacts},
    },
    id::Moment,
    text::Language,
    wire::{CatalogForm, Role},
};

use crate::{
    Desktop,
    command::{DesktopEvent, MonitorLine, Overview, Reply, Screen, WindowLabel},
    desktop::Tempo,
    host::{
        CaptureError, Clock, Desk, Picture, Place, Policy, Ports, PrintError, PrinterSource, Randomness, ScreenSource,
        SecretError, SecretStore, TrayState, WindowShape,
    },
    hub_client::Patience,
    local_state::Steps,
    locked,
    outbox::Schedule,
};

/// Randomness of the system.
pub struct Dice(SystemRandom);

impl Dice {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(SystemRandom::new()))
    }
}

impl Randomness for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).unwrap();
    }
}

/// A clock that stands until it is moved.
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-24T09:00:00Z".parse().unwrap())))
    }

    pub fn advance(&self, time: SignedDuration) {
        let mut now = locked(&self.0);
        *now = now.checked_add(time).unwrap();
    }
}

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment(*locked(&self.0))
    }
}

/// A credential store in memory that outlives a desktop.
#[derive(Default)]
pub struct Safe {
    secrets: Mutex<BTreeMap<String, String>>,
    pub is_missing: AtomicBool,
    /// Blocks until dropped: a store that does not answer.
    pub hangs: AtomicBool,
}

impl Safe {
    pub fn names(&self) -> Vec<String> {
        locked(&self.secrets).keys().cloned().collect()
    }

    pub fn values(&self) -> Vec<String> {
        locked(&self.secrets).values().cloned().collect()
    }

    fn gate(&self) -> Result<(), SecretError> {
        while self.hangs.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        if self.is_missing.load(Ordering::SeqCst) {
            return Err(SecretError::Missing("none here".into()));
        }
        Ok(())
    }
}

impl SecretStore for Safe {
    fn secret_get(&self, name: &str) -> Result<Option<String>, SecretError> {
        self.gate()?;
        Ok(locked(&self.secrets).get(name).cloned())
    }

    fn secret_set(&self, name: &str, value: &str) -> Result<(), SecretError> {
        self.gate()?;
        locked(&self.secrets).insert(name.into(), value.into());
        Ok(())
    }

    fn secret_remove(&self, name: &str) -> Result<(), SecretError> {
        self.gate()?;
        locked(&self.secrets).remove(name);
        Ok(())
    }
}

/// A print system that answers as it is told.
pub struct PrintSystem(pub Mutex<Result<Vec<Printer>, PrintError>>);

impl PrinterSource for PrintSystem {
    fn printer_list(&self) -> Result<Vec<Printer>, PrintError> {
        locked(&self.0).clone()
    }
}

/// A screen that is pictured, and counts.
#[derive(Default)]
pub struct OneScreen {
    pub taken: AtomicU32,
}

impl ScreenSource for OneScreen {
    fn monitor_list(&self) -> Result<Vec<MonitorLine>, CaptureError> {
        Ok(vec![MonitorLine { monitor: 0, name: "screen".into(), width: 2, height: 1, primary: true }])
    }

    fn monitor_capture(&self, monitor: u32) -> Result<Picture, CaptureError> {
        if monitor > 0 {
            return Err(CaptureError::NoScreen("only one".into()));
        }
        self.front_capture()
    }

    fn front_capture(&self) -> Result<Picture, CaptureError> {
        let number = self.taken.fetch_add(1, Ordering::SeqCst);
        Ok(Picture { png: png(number, 100), width: 2, height: 1, empty: false })
    }
}

/// Bytes that begin like a PNG and are unlike those of another number.
pub fn png(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01".to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.resize(length.max(bytes.len()), 7);
    bytes
}

/// A desk that remembers.
#[derive(Default)]
pub struct FakeDesk {
    pub opened: Mutex<Vec<(WindowLabel, Screen)>>,
    pub shapes: Mutex<Vec<WindowShape>>,
    pub closed: Mutex<Vec<WindowLabel>>,
    pub events: Mutex<Vec<DesktopEvent>>,
    pub tray: Mutex<Vec<TrayState>>,
    /// What entries opened, and why they cannot.
    pub entries: Mutex<Vec<String>>,
    pub entry_trouble: Mutex<Option<String>>,
    pub is_ended: AtomicBool,
    pub has_windows: AtomicBool,
}

impl Desk for FakeDesk {
    fn window_open(&self, window: WindowLabel, screen: &Screen, shape: WindowShape) {
        locked(&self.shapes).push(shape);
        locked(&self.opened).push((window, screen.clone()));
    }

    fn window_close(&self, window: WindowLabel) {
        locked(&self.closed).push(window);
    }

    fn window_any(&self) -> bool {
        self.has_windows.load(Ordering::SeqCst)
    }

    fn tell(&self, event: &DesktopEvent) {
        locked(&self.events).push(event.clone());
    }

    fn tray_show(&self, state: TrayState) {
        locked(&self.tray).push(state);
    }

    fn entry_open(&self, open: &str) -> Result<(), String> {
        if let Some(trouble) = locked(&self.entry_trouble).clone() {
            return Err(trouble);
        }
        locked(&self.entries).push(open.to_owned());
        Ok(())
    }

    fn end(&self) {
        self.is_ended.store(true, Ordering::SeqCst);
    }
}

/// Waits until `test` holds; says what did not come.
pub async fn until(what: &str, mut test: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    while !test() {
        assert!(tokio::time::Instant::now() < deadline, "did not come: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// One workplace: a folder and the parts around it, which outlive the desktop.
pub struct Workplace {
    pub folder: tempfile::TempDir,
    pub clock: Arc<SetClock>,
    pub safe: Arc<Safe>,
    pub printers: Arc<PrintSystem>,
    pub screen: Arc<OneScreen>,
    pub desk: Arc<FakeDesk>,
    pub steps: Arc<Steps>,
    pub session: &'static str,
    pub policy: Policy,
    pub tempo: Tempo,
}

impl Workplace {
    pub fn new() -> Self {
        let quick = Duration::from_millis(20);
        let patience =
            Patience { connect: Duration::from_secs(2), read: Duration::from_secs(2), call: Duration::from_secs(3) };
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: SetClock::new(),
            safe: Arc::default(),
            printers: Arc::new(PrintSystem(Mutex::new(Ok(Vec::new())))),
            screen: Arc::default(),
            desk: Arc::default(),
            steps: Arc::default(),
            session: "7",
            policy: Policy::default(),
            tempo: Tempo {
                secret_limit: Duration::from_millis(500),
                capture_limit: Duration::from_secs(2),
                printer_wait: Duration::from_secs(2),
                screen_wait: Duration::from_secs(3),
                answer_wait: Duration::from_secs(3),
                session_wait: Duration::from_secs(3),
                lock_wait: Duration::from_millis(100),
                session_look: Duration::from_millis(50),
                poll: Duration::from_millis(50),
                retry: Schedule { waits: vec![quick], jitter_percent: 0 },
                patience,
            },
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn start(&self) -> Arc<Desktop> {
        self.try_start().unwrap()
    }

    pub fn try_start(&self) -> anyhow::Result<Arc<Desktop>> {
        let ports = Ports {
            clock: self.clock.clone(),
            randomness: Dice::new(),
            secrets: self.safe.clone(),
            printers: self.printers.clone(),
            screen: self.screen.clone(),
            desk: self.desk.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        let place = Place {
            data: self.data(),
            host: "TS-01".into(),
            session: self.session.into(),
            process: 1,
            language: Language::De,
            tray_missing: false,
        };
        Desktop::start_with(ports, self.policy.clone(), place, self.tempo.clone(), Arc::clone(&self.steps))
    }

    /// The program is killed and started again on a disk that works.
    pub async fn restart(&mut self, desktop: Arc<Desktop>) -> Arc<Desktop> {
        desktop.shutdown().await;
        drop(desktop);
        self.steps = Arc::default();
        self.start()
    }
}

/// A command of a window, as a screen calls it.
pub async fn call(desktop: &Arc<Desktop>, command: &str, request: Value) -> Result<Value, Problem> {
    let (_, windows) = crate::COMMANDS.iter().find(|(name, _)| *name == command).unwrap();
    match desktop.call(windows[0], command, request).await? {
        Reply::Json(value) => Ok(value),
        Reply::Bytes(bytes) => Ok(json!(bytes.bytes)),
    }
}

pub async fn overview(desktop: &Arc<Desktop>) -> Overview {
    serde_json::from_value(call(desktop, "overview_get", json!({})).await.unwrap()).unwrap()
}

/// A form with a name, a follow-up and pictures; it goes to an approver.
pub fn catalog_form(version: u32) -> CatalogForm {
    let text = |de: &str, en: &str| json!({ "de": de, "en": en });
    let definition = json!({
        "format": 1, "id": "test-form", "version": version, "kind": "change", "icon": "user-add", "order": 2,
        "title": text("Testformular", "Test form"), "line": text("Zum Testen", "For tests"),
        "approval": "approver", "effect": "none", "subject": text("{name}", "{name}"),
        "sections": [{
            "id": "all", "title": text("Alles", "All"),
            "fields": [
                { "id": "name", "kind": "text", "label": text("Name", "Name"), "required": "true" },
                { "id": "urgent", "kind": "yes", "label": text("Eilig", "Urgent") },
                { "id": "why", "kind": "text", "label": text("Warum", "Why"), "visible": "urgent", "required": "true" },
                { "id": "pictures", "kind": "files", "label": text("Bilder", "Pictures") },
            ],
        }],
    });
    let form = Form::load(&definition.to_string()).unwrap();
    CatalogForm { id: "test-form".into(), version, hash: form.hash().clone(), definition }
}

pub fn tenant_facts() -> TenantFacts {
    TenantFacts { name: "Kanzlei Berger".into(), provider: "SPECTRUM".into(), ..TenantFacts::default() }
}

pub fn facts() -> Facts {
    Facts {
        tenant: tenant_facts(),
        person: PersonFacts { id: "per_1".into(), name: "Anna".into(), role: Role::Staff, site: String::new() },
        session: SessionFacts::default(),
        today: service_tool_contract::id::Day("2026-11-24".parse().unwrap()),
    }
}

/// An enrolled desktop and its hub.
pub async fn enrolled(workplace: &Workplace) -> (Arc<Desktop>, Arc<hub::FakeHub>) {
    enrolled_as(workplace, Role::Staff).await
}

pub async fn enrolled_as(workplace: &Workplace, role: Role) -> (Arc<Desktop>, Arc<hub::FakeHub>) {
    let hub = hub::FakeHub::start().await;
    locked(&hub.kept).role = role;
    let desktop = workplace.start();
    let request = json!({ "code": hub.long_code(), "hub": hub.url() });
    call(&desktop, "enrolment_confirm", request).await.unwrap();
    (desktop, hub)
}

/// A draft of the test form that could be sent.
pub async fn filled(desktop: &Arc<Desktop>, name: &str) -> String {
    let draft = call(desktop, "draft_begin", json!({ "form": "test-form" })).await.unwrap();
    let draft = draft["draft"].as_str().unwrap().to_owned();
    answer(desktop, &draft, "name", json!(name)).await;
    draft
}

pub async fn answer(desktop: &Arc<Desktop>, draft: &str, field: &str, value: Value) -> Value {
    let request = json!({ "draft": draft, "field": field, "value": value, "sequence": 1 });
    call(desktop, "draft_answer", request).await.unwrap()
}

pub async fn send(desktop: &Arc<Desktop>, draft: &str) -> Result<Value, Problem> {
    call(desktop, "draft_send", json!({ "draft": draft, "approver": null, "approve": false })).await
}

/// Waits until an item of the outbox stands so.
pub async fn until_item(desktop: &Arc<Desktop>, item: &str, state: &str) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    loop {
        let line = call(desktop, "outbox_get", json!({ "item": item })).await.unwrap();
        if line["state"] == state {
            return line;
        }
        assert!(tokio::time::Instant::now() < deadline, "{line} did not become {state}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
