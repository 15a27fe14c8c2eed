//! What the hub said last (S7): lists, profile, counts, the cursor of events. Kept so that screens have something to show
//! while the hub is out of reach, and so that a restart goes on where the last run ended. Views of single requests are files
//! of their own, the oldest of which go.
//!
//! Invariant: everything here can be asked of the hub again; nothing is decided on it but what a screen shows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::Problem,
    id::{Moment, RequestId},
    request::RequestState,
    wire::{Approver, Me, Profile, RequestSummary, RequestView},
};

use crate::{
    Desktop,
    local_state::{Store, StoreError},
    locked,
};

/// Name of the file.
pub const KNOWN: &str = "known";
/// Views of single requests that are kept.
const VIEWS_MOST: usize = 60;
/// Requests decided here that are kept in the list.
const DECIDED_MOST: usize = 30;

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    pub me: Option<Me>,
    pub profile: Option<Profile>,
    pub approvers: Option<Vec<Approver>>,
    pub requests: Vec<RequestSummary>,
    pub requests_as_of: Option<Moment>,
    pub waiting: Vec<RequestSummary>,
    pub waiting_as_of: Option<Moment>,
    /// As the hub counted them.
    pub waiting_count: u32,
    /// Returned, or decided by this person lately; latest first.
    pub decided: Vec<RequestSummary>,
    /// Of the events seen.
    pub cursor: Option<u64>,
    /// A receipt did not fit (A7). Stays until somebody enrols anew.
    pub audit_mismatch: bool,
}

impl Known {
    /// Own requests that are not ended, and how many of them were returned.
    pub fn open_counts(&self) -> (u32, u32) {
        let count = |test: fn(RequestState) -> bool| {
            u32::try_from(self.requests.iter().filter(|request| test(request.state)).count()).unwrap_or(u32::MAX)
        };
        let is_open = |state| {
            matches!(
                state,
                RequestState::Waiting | RequestState::Returned | RequestState::Queued | RequestState::InProgress
            )
        };
        (count(is_open), count(|state| state == RequestState::Returned))
    }

    /// Takes over the hub's list of own requests. What arrived while it was on its way (`before` was known when it was asked
    /// for) may be missing in it and stays.
    pub fn requests_heard(&mut self, before: &BTreeSet<RequestId>, mut listed: Vec<RequestSummary>, at: Moment) {
        let is_newer = |known: &&RequestSummary| {
            !before.contains(&known.id) && !listed.iter().any(|request| request.id == known.id)
        };
        let newer: Vec<_> = self.requests.iter().filter(is_newer).cloned().collect();
        listed.splice(0..0, newer);
        self.requests = listed;
        self.requests_as_of = Some(at);
    }

    /// Takes over how a request stands now, in every list that has it.
    pub fn request_changed(&mut self, view: &RequestView, decided_here: bool) {
        let summary = &view.summary;
        for list in [&mut self.requests, &mut self.waiting, &mut self.decided] {
            if let Some(known) = list.iter_mut().find(|known| known.id == summary.id) {
                known.clone_from(summary);
            }
        }
        let listed = self.waiting.len();
        self.waiting.retain(|known| known.state == RequestState::Waiting);
        let gone = u32::try_from(listed - self.waiting.len()).unwrap_or_default();
        self.waiting_count = self.waiting_count.saturating_sub(gone);
        if decided_here && !self.decided.iter().any(|known| known.id == summary.id) {
            self.decided.insert(0, summary.clone());
        }
        self.decided.retain(|known| known.state != RequestState::Waiting);
        self.decided.truncate(DECIDED_MOST);
    }
}

fn view_file(request: &RequestId) -> String {
    format!("views/{request}")
}

#[derive(Serialize, Deserialize)]
struct KeptView {
    at: Moment,
    view: RequestView,
}

fn keep_view(store: &Store, kept: &KeptView) -> Result<(), StoreError> {
    let name = view_file(&kept.view.summary.id);
    if !store.has(&name) {
        let names = store.list("views")?;
        if names.len() >= VIEWS_MOST {
            let mut ages = Vec::new();
            for name in names {
                let name = format!("views/{name}");
                if let Some(view) = store.get::<KeptView>(&name)? {
                    ages.push((view.at, name));
                }
            }
            ages.sort();
            let too_many = (ages.len() + 1).saturating_sub(VIEWS_MOST);
            for (_, name) in ages.into_iter().take(too_many) {
                store.remove(&name)?;
            }
        }
    }
    store.put(&name, kept)
}

impl Desktop {
    /// Changes what is known and keeps it.
    pub(crate) async fn known_change(&self, change: impl FnOnce(&mut Known)) -> Result<(), Problem> {
        let state = self.state().await?;
        // one writer at a time, so that the file never falls behind the memory
        let _writing = state.known_writing.lock().await;
        let kept = {
            let mut known = locked(&state.known);
            let before = known.clone();
            change(&mut known);
            if *known == before {
                return Ok(());
            }
            known.clone()
        };
        state.store.run(move |store| store.put(KNOWN, &kept)).await
    }

    /// Another person: nothing of the one before is shown.
    pub(crate) async fn forget_known(&self) -> Result<(), Problem> {
        let state = self.state().await?;
        self.known_change(|known| *known = Known::default()).await?;
        *locked(&state.forms) = crate::catalog::Forms::default();
        state
            .store
            .run(|store| {
                store.remove(crate::catalog::CATALOG)?;
                for name in store.list("views")? {
                    store.remove(&format!("views/{name}"))?;
                }
                Ok(())
            })
            .await
    }

    /// Keeps a view that the hub gave, as far as that is possible: it can be asked for again.
    pub(crate) async fn view_keep(&self, view: RequestView) {
        let Ok(state) = self.state().await else { return };
        let kept = KeptView { at: self.ports.clock.now(), view };
        if let Err(problem) = state.store.run(move |store| keep_view(store, &kept)).await {
            tracing::warn!(code = ?problem.code, "a view could not be kept");
        }
    }

    /// The view that was kept.
    pub(crate) async fn view_known(&self, request: &RequestId) -> Result<Option<RequestView>, Problem> {
        let state = self.state().await?;
        let name = view_file(request);
        Ok(state.store.run(move |store| store.get::<KeptView>(&name)).await?.map(|kept| kept.view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hub::view;

    #[test]
    fn what_was_sent_while_the_list_was_on_its_way_stays_listed() {
        let summary = |number| view(number, RequestState::Queued).summary;
        let at = Moment(jiff::Timestamp::UNIX_EPOCH);
        let mut known = Known { requests: vec![summary(3), summary(2), summary(1)], ..Known::default() };
        // 1 and 2 were known when it was asked for, 3 was sent since, and 1 is gone
        let before = [summary(1).id, summary(2).id].into();
        known.requests_heard(&before, vec![summary(2)], at);
        assert_eq!(known.requests, [summary(3), summary(2)]);
        known.requests_heard(&before, vec![summary(3), summary(2)], at);
        assert_eq!(known.requests, [summary(3), summary(2)], "once");
    }
}
