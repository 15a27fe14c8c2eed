//! The desktop: one per process, in its folder (`session`). Owns the start and the end and the menu's overview; what a
//! command does lies with its noun (`draft`, `outbox`, `request`, `profile`, `enrolment`, `catalog`, `picture`, `window`).
//!
//! The start takes the folder's lock and returns; everything that can take time (the credential store above all) happens
//! beside it, and commands wait for it. Without a credential store the desktop runs in **session mode**: the device's key
//! and all state are kept in memory, nothing is written, the person signs in anew at the next start, and an order counts as
//! sent only when the hub has acknowledged it: sending waits for that and says otherwise that it is still here.
//!
//! Invariant: nothing that is stored is shown or changed before all of it has been read.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use service_tool_contract::{
    VERSION,
    code::{Code, Problem},
    id::Moment,
    wire::{Brand, Me, Role},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    catalog::{CATALOG, CachedCatalog, Forms, SessionPrinters, not_enrolled},
    command::{Connection, DesktopEvent, DraftLine, Overview, SecretState},
    draft::{Draft, Drafts},
    enrolment::{Account, DEVICE_KEY, EnrolmentRecord, RECORD},
    host::{Place, Policy, Ports, SecretError, TrayState},
    hub_client::{HubClient, HubError, Patience},
    known::{KNOWN, Known},
    local_state::{Steps, Store, StoreError},
    locked,
    outbox::{self, Outbox, Schedule},
    picture::HeldPictures,
    profile::{SETTINGS, Settings},
    session::{Home, Locks, take_over},
};

/// All times that the desktop waits, so that a test can be quick.
#[derive(Debug, Clone)]
pub struct Tempo {
    /// For a call of the credential store.
    pub secret_limit: Duration,
    /// For the picture of the click.
    pub capture_limit: Duration,
    /// For the first list of printers, when a form opens.
    pub printer_wait: Duration,
    /// For an answer that a screen waits for, before it gets what was known last.
    pub screen_wait: Duration,
    /// For the first attempt of something that a screen waits for.
    pub answer_wait: Duration,
    /// For the hub's acknowledgement in session mode.
    pub session_wait: Duration,
    /// For a lock that is held only while what a session left is taken over.
    pub lock_wait: Duration,
    /// Between two looks after the other sessions.
    pub session_look: Duration,
    /// Between two questions to the hub while nobody looks.
    pub poll: Duration,
    pub retry: Schedule,
    pub patience: Patience,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            secret_limit: Duration::from_secs(10),
            capture_limit: Duration::from_secs(2),
            printer_wait: Duration::from_millis(300),
            screen_wait: Duration::from_secs(8),
            answer_wait: Duration::from_secs(12),
            session_wait: Duration::from_secs(30),
            lock_wait: Duration::from_secs(3),
            session_look: Duration::from_secs(60),
            poll: Duration::from_secs(60),
            retry: Schedule::default(),
            patience: Patience::default(),
        }
    }
}

/// Everything that is there once the start is over.
pub(crate) struct State {
    pub secrets: SecretState,
    pub store: Arc<Store>,
    pub settings: Mutex<Settings>,
    pub account: Mutex<Option<Arc<Account>>>,
    pub me: Mutex<Option<Me>>,
    pub known: Mutex<Known>,
    pub known_writing: tokio::sync::Mutex<()>,
    pub forms: Mutex<Forms>,
    pub printers: Mutex<SessionPrinters>,
    pub printers_heard: watch::Sender<u64>,
    pub drafts: tokio::sync::Mutex<Drafts>,
    /// What the menu shows of drafts, without waiting for one that is being written.
    pub outbox: Outbox,
    pub connection: Mutex<Connection>,
    pub live_wake: Notify,
    /// Of the last plain answer about events: what was asked, and its tag.
    pub live_tag: Mutex<Option<(String, String)>>,
    pub enrolling: tokio::sync::Mutex<()>,
    /// In session mode, instead of the credential store.
    pub pending_key: Mutex<Option<String>>,
}

impl State {
    /// Asks the hub now rather than later.
    pub fn wake_live(&self) {
        self.live_wake.notify_one();
    }
}

/// Everything the desktop does.
pub struct Desktop {
    pub(crate) ports: Ports,
    pub(crate) policy: Policy,
    pub(crate) place: Place,
    pub(crate) home: Home,
    pub(crate) tempo: Tempo,
    pub(crate) pictures: HeldPictures,
    pub(crate) stopping: CancellationToken,
    steps: Arc<Steps>,
    locks: Mutex<Option<Locks>>,
    state: OnceLock<State>,
    /// Empty while the start is under way; then whether it went well.
    started: watch::Sender<Option<Result<(), Problem>>>,
    pub(crate) activated_at: Mutex<Option<Moment>>,
    tray: Mutex<Option<TrayState>>,
    pub(crate) tray_missing: AtomicBool,
    tasks: TaskTracker,
}

impl Desktop {
    /// Takes the folder, starts the tasks. Where another session has the folder, this one works beside it; refused where this
    /// session has a running process already.
    pub fn start(ports: Ports, policy: Policy, place: Place) -> anyhow::Result<Arc<Self>> {
        Self::start_with(ports, policy, place, Tempo::default(), Arc::default())
    }

    /// The same for a task that needs the data folder itself: refused where any other process has it.
    pub fn start_alone(ports: Ports, policy: Policy, place: Place) -> anyhow::Result<Arc<Self>> {
        policy.check()?;
        let tempo = Tempo::default();
        let home = Home::take_main(&place, tempo.lock_wait)?;
        Self::start_in(ports, policy, place, home, tempo, Arc::default())
    }

    pub(crate) fn start_with(
        ports: Ports,
        policy: Policy,
        place: Place,
        tempo: Tempo,
        steps: Arc<Steps>,
    ) -> anyhow::Result<Arc<Self>> {
        policy.check()?;
        let home = Home::take(&place, tempo.lock_wait)?;
        Self::start_in(ports, policy, place, home, tempo, steps)
    }

    fn start_in(
        ports: Ports,
        policy: Policy,
        place: Place,
        (home, locks): (Home, Locks),
        tempo: Tempo,
        steps: Arc<Steps>,
    ) -> anyhow::Result<Arc<Self>> {
        let desktop = Arc::new(Self {
            ports,
            policy,
            tray_missing: AtomicBool::new(place.tray_missing),
            place,
            home,
            tempo,
            pictures: HeldPictures::default(),
            stopping: CancellationToken::new(),
            steps,
            locks: Mutex::new(Some(locks)),
            state: OnceLock::new(),
            started: watch::Sender::new(None),
            activated_at: Mutex::default(),
            tray: Mutex::default(),
            tasks: TaskTracker::new(),
        });
        desktop.spawn(Arc::clone(&desktop).start_up());
        Ok(desktop)
    }

    /// Runs beside everything else, until it is over or the program ends.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(work, &self.ports.runtime);
    }

    async fn start_up(self: Arc<Self>) {
        let result = match self.state_open().await {
            Ok(state) => {
                let _ = self.state.set(state);
                Ok(())
            }
            Err(problem) => {
                tracing::error!(%problem, "the local state cannot be opened");
                Err(problem)
            }
        };
        let is_open = result.is_ok();
        self.started.send_replace(Some(result));
        self.tell_overview();
        if is_open {
            self.spawn(Arc::clone(&self).outbox_run());
            self.spawn(Arc::clone(&self).live_run());
            self.spawn(Arc::clone(&self).sessions_run());
        }
    }

    /// Opens everything that is stored.
    async fn state_open(&self) -> Result<State, Problem> {
        let (secrets, key) = match self.state_key().await {
            Ok(key) => (SecretState::Stored, Some(key)),
            Err(problem) if problem.code == Code::SecretStoreMissing => {
                tracing::warn!("no credential store: nothing is written in this session");
                (SecretState::SessionOnly, None)
            }
            Err(problem) => return Err(problem),
        };
        let device_key = match secrets {
            SecretState::Stored => self.secret_get(DEVICE_KEY).await?,
            SecretState::SessionOnly => None,
        };
        let (home, randomness, steps) =
            (self.home.clone(), Arc::clone(&self.ports.randomness), Arc::clone(&self.steps));
        let now = self.ports.clock.now();
        let read = move || -> Result<_, StoreError> {
            let mut store = match key {
                Some(key) => Store::on_disk(&home.root, &key, randomness, steps)?,
                None => Store::in_memory(randomness),
            };
            if !home.is_main() {
                store = store.beside(&home.main)?;
            }
            let taken = take_over(&home, &store, now);
            let (items, drafts) = outbox::read(&store, now)?;
            let settings: Settings = store.get_or_shared(SETTINGS)?.unwrap_or_default();
            let mut known: Known = store.get_or_shared(KNOWN)?.unwrap_or_default();
            if taken.audit_mismatch && !known.audit_mismatch {
                known.audit_mismatch = true;
                store.put(KNOWN, &known)?;
            }
            let forms = Forms::load(store.get_or_shared::<CachedCatalog>(CATALOG)?.unwrap_or_default());
            let record: Option<EnrolmentRecord> = store.shared_get(RECORD)?;
            Ok((store, drafts, items, settings, known, forms, record))
        };
        let (store, drafts, items, settings, known, forms, record) = tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))??;
        let account = record.zip(device_key).filter(|(record, _)| record.is_allowed(&self.policy));
        let me = account.as_ref().map(|(record, _)| known.me.clone().unwrap_or_else(|| record.enrolment.me.clone()));
        let (account, connection) = match account.map(|(record, key)| self.account_of(record, key)) {
            Some(Ok(account)) => (Some(Arc::new(account)), Connection::Connecting),
            Some(Err(problem)) => {
                tracing::error!(code = ?problem.code, "the enrolment cannot be used");
                (None, Connection::Untrusted)
            }
            None => (None, Connection::NotEnrolled),
        };
        let state = State {
            secrets,
            store: Arc::new(store),
            settings: Mutex::new(settings),
            account: Mutex::new(account),
            me: Mutex::new(me),
            known: Mutex::new(known),
            known_writing: tokio::sync::Mutex::default(),
            forms: Mutex::new(forms),
            printers: Mutex::default(),
            printers_heard: watch::Sender::new(0),
            drafts: tokio::sync::Mutex::new(drafts),
            outbox: Outbox::new(items),
            connection: Mutex::new(connection),
            live_wake: Notify::new(),
            live_tag: Mutex::default(),
            enrolling: tokio::sync::Mutex::default(),
            pending_key: Mutex::default(),
        };
        self.pictures_sweep(&state).await?;
        Ok(state)
    }

    /// Waits until the start is over.
    pub(crate) async fn state(&self) -> Result<&State, Problem> {
        let mut started = self.started.subscribe();
        let result = started.wait_for(Option::is_some).await.map(|result| result.clone());
        match result {
            Ok(Some(Ok(()))) => self.state_now().ok_or_else(|| Problem::new(Code::Internal, "not started")),
            Ok(Some(Err(problem))) => Err(problem),
            Ok(None) | Err(_) => Err(Problem::new(Code::Internal, "not started")),
        }
    }

    pub(crate) fn state_now(&self) -> Option<&State> {
        self.state.get()
    }

    /// A fresh id: `prefix`, an underscore and a UUIDv7.
    pub(crate) fn fresh_id(&self, prefix: &str) -> String {
        let mut random = [0; 10];
        self.ports.randomness.fill(&mut random);
        let now_ms = u64::try_from(self.ports.clock.now().0.as_millisecond()).unwrap_or_default();
        format!("{prefix}_{}", uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid())
    }

    // --- the credential store, within its time

    async fn secret<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn crate::host::SecretStore) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, Problem> {
        let secrets = Arc::clone(&self.ports.secrets);
        let missing = |words: String| Problem::new(Code::SecretStoreMissing, words);
        match timeout(self.tempo.secret_limit, tokio::task::spawn_blocking(move || work(secrets.as_ref()))).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(missing(error.to_string())),
            Ok(Err(error)) => Err(missing(error.to_string())),
            Err(_) => Err(missing("the credential store does not answer".to_owned())),
        }
    }

    pub(crate) async fn secret_get(&self, name: &'static str) -> Result<Option<String>, Problem> {
        self.secret(move |secrets| secrets.secret_get(name)).await
    }

    pub(crate) async fn secret_set(&self, name: &'static str, value: &str) -> Result<(), Problem> {
        let value = value.to_owned();
        self.secret(move |secrets| secrets.secret_set(name, &value)).await
    }

    pub(crate) async fn secret_remove(&self, name: &'static str) -> Result<(), Problem> {
        self.secret(move |secrets| secrets.secret_remove(name)).await
    }

    // --- asking the hub

    /// Asks the hub for a screen: known to be out of reach, it is not waited for; slow, not for long.
    pub(crate) async fn ask<T, F>(&self, call: impl FnOnce(Arc<AccountClient>) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, HubError>>,
    {
        let unreachable = |words: &str| Problem::new(Code::HubUnreachable, words);
        if self.state_now().is_some_and(|state| *locked(&state.connection) == Connection::Unreachable) {
            return Err(unreachable("the hub is out of reach"));
        }
        timeout(self.tempo.screen_wait, self.ask_now(call))
            .await
            .unwrap_or_else(|_| Err(unreachable("the hub takes too long")))
    }

    /// The same for something large.
    pub(crate) async fn ask_long<T, F>(&self, call: impl FnOnce(Arc<AccountClient>) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, HubError>>,
    {
        self.ask_now(call).await
    }

    /// Asks the hub, whatever is known about it.
    pub(crate) async fn ask_now<T, F>(&self, call: impl FnOnce(Arc<AccountClient>) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, HubError>>,
    {
        let state = self.state().await?;
        let account = locked(&state.account).clone().ok_or_else(not_enrolled)?;
        let answer = call(Arc::new(AccountClient(Arc::clone(&account)))).await;
        let is_current = locked(&state.account).as_ref().is_some_and(|now| Arc::ptr_eq(now, &account));
        if is_current {
            self.connection_heard(answer.as_ref().err().map(HubError::code));
        }
        answer.map_err(Problem::from)
    }

    /// Stops the tasks; what was said to be stored is on disk afterwards, and the folder is free.
    pub async fn shutdown(&self) {
        self.stopping.cancel();
        self.tasks.close();
        let _ = timeout(Duration::from_secs(5), self.tasks.wait()).await;
        if let Some(state) = self.state_now() {
            // whoever writes a draft now is waited for
            let _drafts = state.drafts.lock().await;
            locked(&self.locks).take();
        }
        locked(&self.locks).take();
    }

    /// Everything that the menu shows.
    pub(crate) async fn overview_get(&self) -> Result<Overview, Problem> {
        let state = self.state().await?;
        let me = locked(&state.me).clone();
        let drafts = match &me {
            Some(me) => {
                let drafts = state.drafts.lock().await;
                let forms = locked(&state.forms);
                let language = self.language();
                let title = |draft: &Draft| match forms.form(&draft.form) {
                    Ok((form, _)) => form.definition().title.in_language(language).to_owned(),
                    Err(_) => draft.title.clone(),
                };
                let line = |draft: &Draft| DraftLine {
                    draft: draft.id.clone(),
                    form: draft.form.clone(),
                    title: title(draft),
                    subject: draft.subject.clone(),
                    saved_at: draft.saved_at,
                };
                drafts.of(&me.id).into_iter().map(line).collect()
            }
            None => Vec::new(),
        };
        let (unsent, given_up) = state.outbox.counts();
        let known = locked(&state.known);
        let (open_requests, returned_requests) = known.open_counts();
        let brand = match &me {
            Some(me) => me.brand.clone(),
            None => Brand {
                provider: self.policy.brand.provider.clone().unwrap_or_default(),
                hotline: self.policy.brand.hotline.clone().unwrap_or_default(),
                hotline_hours: String::new(),
            },
        };
        Ok(Overview {
            version: VERSION.to_owned(),
            language: self.language(),
            connection: *locked(&state.connection),
            secrets: state.secrets,
            brand,
            tenant_name: me.as_ref().map(|me| me.tenant_name.clone()).unwrap_or_default(),
            person_name: me.as_ref().map(|me| me.name.clone()).unwrap_or_default(),
            role: me.map_or(Role::Unknown, |me| me.role),
            host: self.place.host.clone(),
            session: self.place.session.clone(),
            waiting: self.waiting(state, &known),
            open_requests,
            returned_requests,
            unsent,
            given_up,
            drafts,
            may_quit: self.policy.may_quit(),
            profile_confirmed: known.profile.as_ref().is_some_and(|profile| profile.confirmed),
            tray_missing: self.tray_missing.load(Ordering::SeqCst),
            audit_mismatch: known.audit_mismatch,
            set_aside: state.store.set_aside(),
            policy: self.policy.names(),
            entries: self.entries(),
        })
    }

    /// Decisions that wait, without those that are on their way.
    fn waiting(&self, state: &State, known: &Known) -> u32 {
        let deciding = state.outbox.deciding();
        let on_their_way = known.waiting.iter().filter(|request| deciding.contains(&request.id)).count();
        known.waiting_count.saturating_sub(u32::try_from(on_their_way).unwrap_or(u32::MAX))
    }

    /// Tells the menu and the bag, where something that they show may have changed.
    pub(crate) fn tell_overview(&self) {
        self.ports.desk.tell(&DesktopEvent::OverviewChanged);
        let Some(state) = self.state_now() else { return };
        let (unsent, given_up) = state.outbox.counts();
        let tray = TrayState {
            waiting: self.waiting(state, &locked(&state.known)),
            unsent: unsent + given_up,
            language: self.language(),
            may_quit: self.policy.may_quit(),
        };
        let mut shown = locked(&self.tray);
        if shown.as_ref() != Some(&tray) {
            *shown = Some(tray);
            self.ports.desk.tray_show(tray);
        }
    }

    pub(crate) fn tell_inbox(&self) {
        self.ports.desk.tell(&DesktopEvent::InboxChanged);
    }
}

/// The client of an account, held by a call that is under way.
pub(crate) struct AccountClient(Arc<Account>);

impl std::ops::Deref for AccountClient {
    type Target = HubClient;

    fn deref(&self) -> &HubClient {
        &self.0.client
    }
}
