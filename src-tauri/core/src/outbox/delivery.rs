//! The work of the outbox: when an item is tried, how its attachments go up, what each end means.

use std::{collections::HashMap, sync::Arc, time::Duration};

use reqwest::Method;
use service_tool_contract::{
    code::{Code, Problem},
    id::{Moment, OutboxId},
    wire::{AttachmentRef, Profile, RequestChanged, UploadState},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{End, Item, Work, file};
use crate::{
    Desktop,
    command::DesktopEvent,
    desktop::State,
    draft::picture_file,
    enrolment::Account,
    hub_client::{HubClient, HubError, RETRY_AFTER_MOST_S},
    local_state::StoreError,
    locked,
    receipt::{self, KeptReceipt, Standing},
};

/// Bytes of an attachment that go up at once.
const CHUNK: usize = 1024 * 1024;

/// When a failed attempt is repeated.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// After the first failure, the second, …; the last one again and again.
    pub waits: Vec<Duration>,
    /// Waits differ by so much up and down, so that a whole server farm does not come back at once.
    pub jitter_percent: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { waits: [1, 2, 5, 15, 60, 300, 900].map(Duration::from_secs).to_vec(), jitter_percent: 20 }
    }
}

impl Schedule {
    /// The wait after `failures` failures in a row. `chance` is any number; what the hub demanded is the least.
    pub fn wait(&self, failures: u32, retry_after_s: Option<u32>, chance: u32) -> Duration {
        let step = (failures.max(1) as usize - 1).min(self.waits.len().saturating_sub(1));
        let wait = self.waits.get(step).copied().unwrap_or(Duration::from_secs(60));
        let spread = i64::from(self.jitter_percent);
        let percent = 100 - spread + i64::from(chance) % (2 * spread + 1);
        let jittered = wait * u32::try_from(percent).unwrap_or(100) / 100;
        // jitter only upwards on what the hub demanded
        let demanded = retry_after_s.map(|seconds| seconds.min(RETRY_AFTER_MOST_S));
        let demanded = demanded.map(|seconds| Duration::from_secs(seconds.into()) + wait.min(jittered) / 10);
        demanded.map_or(jittered, |demanded| demanded.max(jittered))
    }
}

enum Outcome {
    Request(Box<RequestChanged>),
    Profile(Profile),
}

impl Desktop {
    /// Works as long as the program runs.
    pub(crate) async fn outbox_run(self: Arc<Self>) {
        let Ok(state) = self.state().await else { return };
        let mut running = JoinSet::new();
        let mut items = HashMap::new();
        loop {
            let (due, next) = state.outbox.take_due(Instant::now());
            for id in due {
                let desktop = Arc::clone(&self);
                let tried = id.clone();
                let task = running.spawn(async move { desktop.outbox_attempt(&tried).await });
                items.insert(task.id(), id);
            }
            let next = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                () = self.stopping.cancelled() => break,
                () = state.outbox.wake.notified() => {}
                () = sleep_until(next) => {}
                Some(ended) = running.join_next_with_id() => match ended {
                    Ok((task, ())) => { items.remove(&task); }
                    Err(error) => {
                        tracing::error!("an attempt to send ended by a fault of ours");
                        if let Some(id) = items.remove(&error.id()) {
                            self.outbox_failed(&id, Problem::new(Code::Internal, "a fault of ours"));
                        }
                    }
                },
            }
        }
    }

    async fn outbox_attempt(self: &Arc<Self>, id: &OutboxId) {
        let Ok(state) = self.state().await else { return };
        let Some(held) = state.outbox.get(id) else { return };
        self.outbox_tell(state.outbox.change(id, |_| {}));
        let account = locked(&state.account).clone();
        let tenant = account.as_ref().map(|account| account.record.enrolment.me.tenant.to_string());
        // a fresh item's receipt must be newer than all that are held now
        let above = match (held.is_fresh, tenant) {
            (true, Some(tenant)) => {
                state.store.run(move |store| receipt::latest(store, &tenant)).await.unwrap_or_default()
            }
            _ => 0,
        };
        let delivered = self.deliver(state, account.as_deref(), &held.item).await;
        if let Err(error) = &delivered {
            self.connection_heard(Some(error.code()));
        } else {
            self.connection_heard(None);
        }
        let ended = match delivered {
            Ok(outcome) => self.outbox_delivered(state, held.item, outcome, above).await,
            Err(error) if error.is_permanent() => self.outbox_given_up(state, held.item, error.problem).await,
            Err(error) => Err(error.problem),
        };
        match ended {
            Ok(()) => {
                self.tell_overview();
                self.ports.desk.tell(&DesktopEvent::RequestsChanged { request: None });
            }
            Err(problem) => self.outbox_failed(id, problem),
        }
    }

    /// Sends one item. Safe to repeat at every point.
    async fn deliver(&self, state: &State, account: Option<&Account>, item: &Item) -> Result<Outcome, HubError> {
        let refused = |status: Option<u16>, code, words: &str| HubError { status, problem: Problem::new(code, words) };
        let account = account.ok_or_else(|| refused(None, Code::NotEnrolled, "not enrolled"))?;
        if account.record.enrolment.me.id != item.person {
            return Err(refused(Some(403), Code::NotAllowed, "written by another person"));
        }
        let mut sent = 0;
        for attachment in &item.attachments {
            let name = picture_file(&attachment.digest);
            let bytes = state
                .store
                .run(move |store| store.get_bytes(&name))
                .await
                .map_err(|problem| HubError { status: None, problem })?
                .ok_or_else(|| refused(Some(400), Code::FileRefused, "the picture is damaged"))?;
            self.upload(state, &account.client, &item.id, attachment, &bytes, sent).await?;
            sent += attachment.size;
        }
        let route = item.work.route();
        let key = Some(item.id.as_str());
        match item.work {
            Work::Profile => Ok(Outcome::Profile(account.client.send(Method::PUT, &route, key, &item.body).await?)),
            _ => Ok(Outcome::Request(Box::new(account.client.send(Method::POST, &route, key, &item.body).await?))),
        }
    }

    /// Brings an attachment up, from wherever an earlier attempt ended.
    async fn upload(
        &self,
        state: &State,
        client: &HubClient,
        item: &OutboxId,
        attachment: &AttachmentRef,
        bytes: &[u8],
        before: u64,
    ) -> Result<(), HubError> {
        let path = format!("uploads/{}", attachment.digest);
        let standing = async || match client.get::<UploadState>(&path).await {
            Err(error) if error.code() == Code::NotFound => Ok(UploadState { received: 0, complete: false }),
            other => other,
        };
        let mut arrived = standing().await?;
        let mut conflicts = 0;
        while !arrived.complete {
            let rest = usize::try_from(arrived.received).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            let chunk = rest.get(..CHUNK).unwrap_or(rest);
            let query = format!(
                "{path}?offset={}&size={}&media_type={}",
                arrived.received, attachment.size, attachment.media_type
            );
            match client.put_bytes::<UploadState>(&query, chunk).await {
                Ok(now) if now.complete || now.received > arrived.received => arrived = now,
                // somebody else (an earlier attempt of ours) was there meanwhile: ask again where it stands
                Err(error) if error.code() == Code::StateConflict && conflicts < 3 => {
                    conflicts += 1;
                    arrived = standing().await?;
                }
                Ok(_) => {
                    let problem = Problem::new(Code::HubNotUnderstood, "an upload does not advance");
                    return Err(HubError { status: None, problem });
                }
                Err(error) => return Err(error),
            }
            let sent_bytes = before + arrived.received;
            self.outbox_tell(state.outbox.change(item, |held| held.sent_bytes = sent_bytes));
        }
        Ok(())
    }

    async fn outbox_delivered(
        &self,
        state: &State,
        mut item: Item,
        outcome: Outcome,
        above: u64,
    ) -> Result<(), Problem> {
        let at = self.ports.clock.now();
        let id = item.id.clone();
        let mut view = None;
        match outcome {
            Outcome::Profile(profile) => {
                item.end = End::Delivered { at, request: None, number: None };
                self.known_change(|known| known.profile = Some(profile)).await?;
            }
            Outcome::Request(changed) => {
                let RequestChanged { request, receipt } = *changed;
                let summary = &request.summary;
                item.end =
                    End::Delivered { at, request: Some(summary.id.clone()), number: Some(summary.number.clone()) };
                self.receipt_keep(state, KeptReceipt { receipt, request: summary.id.clone(), at }, above).await?;
                self.view_keep(request.clone()).await;
                let decided_here = matches!(item.work, Work::Decide { .. });
                let submitted = (item.work == Work::Submit).then(|| summary.clone());
                self.known_change(|known| {
                    if let Some(summary) = submitted
                        && !known.requests.iter().any(|request| request.id == summary.id)
                    {
                        known.requests.insert(0, summary);
                    }
                    known.request_changed(&request, decided_here);
                })
                .await?;
                view = Some(request);
            }
        }
        let kept = item.clone();
        state.store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
        self.outbox_tell(state.outbox.change(&id, |held| {
            held.item = item;
            held.sending = false;
            held.attempts += 1;
            held.problem = None;
            held.next_attempt_at = None;
            held.view = view;
        }));
        state.outbox.wake.notify_one();
        Ok(())
    }

    async fn outbox_given_up(&self, state: &State, mut item: Item, problem: Problem) -> Result<(), Problem> {
        tracing::warn!(code = ?problem.code, "the hub refused an item for good");
        let id = item.id.clone();
        item.end = End::GivenUp { reason: problem.code };
        let kept = item.clone();
        state.store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
        self.outbox_tell(state.outbox.change(&id, |held| {
            held.item = item;
            held.sending = false;
            held.attempts += 1;
            held.problem = Some(problem);
            held.next_attempt_at = None;
        }));
        state.outbox.wake.notify_one();
        Ok(())
    }

    fn outbox_failed(&self, id: &OutboxId, problem: Problem) {
        let Some(state) = self.state_now() else { return };
        let mut chance = [0; 4];
        self.ports.randomness.fill(&mut chance);
        let now = self.ports.clock.now();
        tracing::info!(code = ?problem.code, "an item could not be sent yet");
        self.outbox_tell(state.outbox.change(id, |held| {
            held.sending = false;
            held.is_fresh = false;
            held.attempts += 1;
            let wait = self.tempo.retry.wait(held.attempts, problem.retry_after, u32::from_le_bytes(chance));
            held.due = Instant::now() + wait;
            held.next_attempt_at =
                jiff::SignedDuration::try_from(wait).ok().and_then(|wait| now.0.checked_add(wait).ok()).map(Moment);
            held.problem = Some(problem);
        }));
        state.outbox.wake.notify_one();
        self.tell_overview();
    }

    /// Keeps a receipt and says where it contradicts the others. The request itself is not in doubt.
    async fn receipt_keep(&self, state: &State, kept: KeptReceipt, above: u64) -> Result<(), Problem> {
        let Some(account) = locked(&state.account).clone() else { return Ok(()) };
        let hub = account.record.enrolment.hub.clone();
        let standing = state.store.run(move |store| receipt::keep(store, &kept, &hub, above)).await?;
        if standing != Standing::Fits {
            tracing::error!(?standing, "the hub's receipt does not fit those kept here");
            self.known_change(|known| known.audit_mismatch = true).await?;
        }
        Ok(())
    }

    fn outbox_tell(&self, line: Option<crate::command::OutboxLine>) {
        if let Some(item) = line {
            self.ports.desk.tell(&DesktopEvent::OutboxChanged { item });
        }
    }

    /// Removes what was delivered long ago.
    pub(crate) async fn outbox_tidy(&self, state: &State) -> Result<(), Problem> {
        let now = self.ports.clock.now();
        let over: Vec<OutboxId> = {
            let items = locked(&state.outbox.items);
            items
                .values()
                .filter(|held| super::Outbox::is_over(&held.item, now))
                .map(|held| held.item.id.clone())
                .collect()
        };
        if over.is_empty() {
            return Ok(());
        }
        for id in &over {
            state.outbox.remove(&state.store, id).await?;
        }
        self.pictures_sweep(state).await
    }
}

impl From<StoreError> for HubError {
    fn from(error: StoreError) -> Self {
        Self { status: None, problem: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_never_fall_below_what_the_hub_demands() {
        let schedule = Schedule::default();
        for (failures, least_ms, most_ms) in [
            (1, 800, 1200),
            (2, 1600, 2400),
            (3, 4000, 6000),
            (4, 12_000, 18_000),
            (7, 720_000, 1_080_000),
            (99, 720_000, 1_080_000),
        ] {
            for chance in [0, 1, 20, 39, 40, 41, u32::MAX] {
                let wait = schedule.wait(failures, None, chance).as_millis();
                assert!((least_ms..=most_ms).contains(&wait), "{failures} {chance}: {wait}");
            }
        }
        assert!(schedule.wait(1, Some(30), 7) >= Duration::from_secs(30));
        assert!(schedule.wait(1, Some(u32::MAX), 0) <= Duration::from_secs(3601), "nobody silences a desktop for long");
        assert!(schedule.wait(7, Some(30), 7) >= Duration::from_secs(720), "later than demanded is fine");
    }
}
