//! Live updates (A6): keeps the desktop at the hub's heels while it runs. Owns how often the hub is asked, what an event
//! makes the desktop ask for, and the durable cursor; leaves what screens do with it to them.
//!
//! With a window open or decisions waiting, one call waits at the hub for the next event; else the hub is asked once a
//! minute, a little earlier or later each time, so that a server farm does not ask in step.
//!
//! Invariant: the cursor moves only after everything that an event made stale has been asked for, so that a crash in
//! between asks again instead of missing it.

use std::{sync::Arc, time::Duration};

use service_tool_contract::{
    code::{Code, Problem},
    id::RequestId,
    wire::{Events, Me, Role, Topic},
};
use tokio::time::{sleep, timeout};

use crate::{
    Desktop,
    command::{Connection, DesktopEvent},
    desktop::State,
    hub_client::Tagged,
    locked,
};

/// Seconds that a call waits at the hub.
const LONG_POLL_S: u32 = 25;

impl Desktop {
    /// Works as long as the program runs.
    pub(crate) async fn live_run(self: Arc<Self>) {
        let Ok(state) = self.state().await else { return };
        let mut failures = 0;
        let mut fresh = true;
        loop {
            let wait = tokio::select! {
                () = self.stopping.cancelled() => break,
                wait = self.live_step(state, &mut failures, &mut fresh) => wait,
            };
            tokio::select! {
                () = self.stopping.cancelled() => break,
                () = state.live_wake.notified() => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// Asks once; how long to wait before the next time.
    async fn live_step(self: &Arc<Self>, state: &State, failures: &mut u32, fresh: &mut bool) -> Duration {
        if locked(&state.account).is_none() {
            *fresh = true;
            return Duration::from_secs(3600);
        }
        let _ = self.outbox_tidy(state).await;
        match self.live_poll(state, *fresh).await {
            Ok(waited) => {
                *failures = 0;
                if *fresh {
                    // whatever happened before the cursor
                    *fresh = !self.refresh_all().await;
                    return if *fresh { self.jittered(self.tempo.poll) } else { Duration::ZERO };
                }
                if waited && self.is_awake(state) { Duration::ZERO } else { self.jittered(self.tempo.poll) }
            }
            Err(problem) => {
                *failures += 1;
                let mut chance = [0; 4];
                self.ports.randomness.fill(&mut chance);
                let wait = self.tempo.retry.wait(*failures, problem.retry_after, u32::from_le_bytes(chance));
                let most = if self.is_awake(state) { self.tempo.poll / 4 } else { self.tempo.poll };
                let demanded = Duration::from_secs(problem.retry_after.unwrap_or_default().into());
                wait.min(self.jittered(most)).max(demanded)
            }
        }
    }

    /// Whether somebody looks, or has something to decide.
    fn is_awake(&self, state: &State) -> bool {
        self.ports.desk.window_any() || locked(&state.known).waiting_count > 0
    }

    fn jittered(&self, time: Duration) -> Duration {
        let mut chance = [0; 1];
        self.ports.randomness.fill(&mut chance);
        time * (85 + u32::from(chance[0]) * 30 / 255) / 100
    }

    /// One call for events. Whether it waited at the hub.
    async fn live_poll(self: &Arc<Self>, state: &State, at_once: bool) -> Result<bool, Problem> {
        let cursor = locked(&state.known).cursor;
        let wait_s = if self.is_awake(state) && cursor.is_some() && !at_once { LONG_POLL_S } else { 0 };
        let mut path = format!("events?wait_s={wait_s}");
        if let Some(cursor) = cursor {
            path.push_str(&format!("&after={cursor}"));
        }
        let events = if wait_s > 0 {
            let wait = Duration::from_secs(wait_s.into());
            let polling = self.ask_now(|client| async move { client.get_waiting::<Events>(&path, wait).await });
            tokio::pin!(polling);
            tokio::select! {
                events = &mut polling => events?,
                // somebody wants to know now, or the last window was closed
                () = state.live_wake.notified() => return Ok(true),
            }
        } else {
            let tag = locked(&state.live_tag).clone();
            let of = path.clone();
            let known = tag.filter(|(asked, _)| *asked == of).map(|(_, tag)| tag);
            let answer = self
                .ask_now(|client| async move { client.get_tagged::<Events>(&path, known.as_deref()).await })
                .await?;
            match answer {
                Tagged::Same => return Ok(false),
                Tagged::New { value, tag } => {
                    *locked(&state.live_tag) = tag.map(|tag| (of, tag));
                    value
                }
            }
        };
        self.live_apply(events).await?;
        Ok(wait_s > 0)
    }

    /// Asks for everything that the events made stale, tells the windows, then moves the cursor.
    async fn live_apply(self: &Arc<Self>, events: Events) -> Result<(), Problem> {
        let state = self.state().await?;
        let has = |topic| events.events.iter().any(|event| event.topic == topic);
        if has(Topic::Catalog) {
            self.catalog_refresh().await?;
            self.me_refresh().await?;
        }
        let mut changed: Vec<Option<RequestId>> = events
            .events
            .iter()
            .filter(|event| event.topic != Topic::Catalog)
            .map(|event| event.request.clone())
            .collect();
        changed.sort();
        changed.dedup();
        if has(Topic::Request) {
            self.requests_refresh().await?;
        }
        let count_is_stale = locked(&state.known).waiting_count != events.waiting;
        if has(Topic::Inbox) || count_is_stale {
            self.inbox_refresh().await?;
        }
        for request in changed.iter().flatten() {
            let is_listed = locked(&state.known).decided.iter().any(|known| &known.id == request);
            if is_listed {
                // it may have been withdrawn from view: then the list keeps what it was
                let _ = self.request_fresh(request).await;
            }
        }
        for request in changed {
            self.ports.desk.tell(&DesktopEvent::RequestsChanged { request });
        }
        if has(Topic::Inbox) || count_is_stale {
            self.tell_inbox();
        }
        self.known_change(|known| {
            known.cursor = Some(events.cursor);
            known.waiting_count = events.waiting;
        })
        .await?;
        self.tell_overview();
        Ok(())
    }

    /// Asks for everything, as far as the hub answers. Whether it answered all.
    pub(crate) async fn refresh_all(self: &Arc<Self>) -> bool {
        let Ok(state) = self.state().await else { return false };
        let everything = async {
            self.me_refresh().await?;
            self.catalog_refresh().await?;
            self.profile_refresh().await?;
            self.requests_refresh().await?;
            let is_approver = locked(&state.me).as_ref().is_some_and(|me| me.role == Role::Approver);
            if is_approver {
                self.inbox_refresh().await?;
                self.tell_inbox();
            }
            Ok::<_, Problem>(())
        };
        let is_whole = match timeout(self.tempo.patience.call, everything).await {
            Ok(Ok(())) => true,
            Ok(Err(problem)) => {
                tracing::info!(code = ?problem.code, "not everything could be asked of the hub");
                false
            }
            Err(_) => false,
        };
        self.tell_overview();
        self.ports.desk.tell(&DesktopEvent::RequestsChanged { request: None });
        is_whole
    }

    async fn me_refresh(&self) -> Result<(), Problem> {
        let state = self.state().await?;
        let me: Me = self.ask_now(|client| async move { client.get("me").await }).await?;
        self.known_change(|known| known.me = Some(me.clone())).await?;
        *locked(&state.me) = Some(me);
        Ok(())
    }

    /// What a call that ended says about the connection.
    pub(crate) fn connection_heard(&self, failed: Option<Code>) {
        let connection = match failed {
            Some(Code::HubUnreachable | Code::HubUnavailable) => Connection::Unreachable,
            Some(Code::HubUntrusted) => Connection::Untrusted,
            Some(Code::HubNotUnderstood | Code::ClientTooOld) => Connection::NotUnderstood,
            Some(Code::SignedOut) => Connection::SignedOut,
            Some(Code::NotEnrolled) => Connection::NotEnrolled,
            // faults of the desktop say nothing about the hub
            Some(Code::NotStored) => return,
            // a refusal is an answer
            None | Some(_) => Connection::Connected,
        };
        self.connection_set(connection);
    }

    /// Takes over how the connection stands; what waits for the hub goes on when it is back.
    pub(crate) fn connection_set(&self, connection: Connection) {
        let Some(state) = self.state_now() else { return };
        let before = std::mem::replace(&mut *locked(&state.connection), connection);
        if before == connection {
            return;
        }
        tracing::info!(?connection, "connection to the hub");
        if connection == Connection::Connected {
            state.outbox.wake_all();
            if before != Connection::Connecting {
                state.wake_live();
            }
        }
        self.tell_overview();
    }
}
