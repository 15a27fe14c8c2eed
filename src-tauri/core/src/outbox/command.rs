//! What screens and other modules do with the outbox.

use std::sync::Arc;

use serde::Serialize;
use service_tool_contract::{
    code::{Code, Problem},
    id::{DraftId, OutboxId, RequestId},
    wire::RequestView,
};

use super::{Attempt, End, Item, Work};
use crate::{
    Desktop,
    command::{DraftView, OutboxAsk, OutboxLine, RequestList},
    desktop::State,
    draft::{self, picture_file},
    locked,
    request::checked,
};

fn no_such_item() -> Problem {
    Problem::new(Code::NotFound, "no such item")
}

impl Desktop {
    /// A fresh item that sends `body`.
    pub(crate) fn outbox_item<B: Serialize>(&self, state: &State, work: Work, body: &B) -> Result<Item, Problem> {
        if let Some(request) = work.request() {
            checked(request)?;
        }
        Ok(Item {
            id: OutboxId(self.fresh_id("out")),
            place: 0,
            person: self.person(state)?,
            work,
            body: serde_json::to_string(body).map_err(|error| Problem::new(Code::Internal, error.to_string()))?,
            title: String::new(),
            subject: String::new(),
            stored_at: self.ports.clock.now(),
            attachments: Vec::new(),
            draft: None,
            end: End::Open,
        })
    }

    /// Stores what somebody does with a request and waits for the first attempt (see the head of [`super`]).
    pub(crate) async fn request_change<B: Serialize>(
        self: &Arc<Self>,
        request: &RequestId,
        work: Work,
        body: &B,
    ) -> Result<RequestView, Problem> {
        let state = self.state().await?;
        let known = self.view_known(request).await?;
        let mut item = self.outbox_item(state, work, body)?;
        if let Some(view) = &known {
            item.title.clone_from(&view.summary.title);
            item.subject.clone_from(&view.summary.subject);
        }
        match self.outbox_now(state, item).await? {
            Attempt::Delivered(Some(view)) => Ok(*view),
            Attempt::Delivered(None) => self.request_fresh(request).await,
            Attempt::Refused(problem) => Err(problem),
            Attempt::Waiting(problem) => known.ok_or_else(|| {
                problem.unwrap_or_else(|| Problem::new(Code::HubUnreachable, "stored; goes out when the hub is back"))
            }),
        }
    }

    /// Stores an item, tries it at once and tells how that ended. A refusal that is told here ends the item.
    pub(crate) async fn outbox_now(self: &Arc<Self>, state: &State, item: Item) -> Result<Attempt, Problem> {
        let (id, before) = match state.outbox.same(&item.work, &item.body) {
            Some(same) => {
                let before = state.outbox.attempts(&same);
                state.outbox.wake_all();
                (same, before)
            }
            None => {
                let id = item.id.clone();
                state.outbox.store(&state.store, item).await?;
                (id, 0)
            }
        };
        self.tell_overview();
        let attempt = state.outbox.await_attempt(&id, before, self.tempo.answer_wait).await;
        if matches!(attempt, Attempt::Refused(_)) {
            state.outbox.remove(&state.store, &id).await?;
            self.tell_overview();
        }
        Ok(attempt)
    }

    /// One item.
    pub(crate) async fn outbox_get(&self, request: OutboxAsk) -> Result<OutboxLine, Problem> {
        self.state().await?.outbox.line(&request.item).ok_or_else(no_such_item)
    }

    /// Tries everything again now.
    pub(crate) async fn outbox_retry(self: &Arc<Self>) -> Result<RequestList, Problem> {
        let state = self.state().await?;
        state.outbox.wake_all();
        state.wake_live();
        self.request_list_known().await
    }

    /// Drops an item that was given up.
    pub(crate) async fn outbox_drop(self: &Arc<Self>, request: OutboxAsk) -> Result<RequestList, Problem> {
        let state = self.state().await?;
        let held = state.outbox.get(&request.item).ok_or_else(no_such_item)?;
        if !matches!(held.item.end, End::GivenUp { .. }) {
            return Err(Problem::new(Code::StateConflict, "only what was given up can be dropped"));
        }
        state.outbox.remove(&state.store, &request.item).await?;
        self.pictures_sweep(state).await?;
        self.tell_overview();
        self.request_list_known().await
    }

    /// Turns an order that was given up back into a draft. The draft is stored before the item goes, and names it.
    pub(crate) async fn outbox_return(self: &Arc<Self>, request: OutboxAsk) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let held = state.outbox.get(&request.item).ok_or_else(no_such_item)?;
        if !matches!(held.item.end, End::GivenUp { .. }) {
            return Err(Problem::new(Code::StateConflict, "only what was given up comes back"));
        }
        let mut draft =
            held.item.draft.ok_or_else(|| Problem::new(Code::StateConflict, "there is no draft to go back to"))?;
        draft.id = DraftId(self.fresh_id("dra"));
        draft.person = person;
        draft.saved_at = self.ports.clock.now();
        draft.returned_from = Some(request.item.clone());
        let id = draft.id.clone();
        {
            let mut drafts = state.drafts.lock().await;
            let draft = state
                .store
                .run(move |store| {
                    // a picture that got lost is better said now than refused again
                    let lost: Vec<_> = draft
                        .pictures
                        .iter()
                        .filter(|picture| !store.has(&picture_file(&picture.attachment.digest)))
                        .map(|picture| (picture.field.clone(), picture.id.clone()))
                        .collect();
                    for (field, id) in lost {
                        draft.picture_remove(&field, &id);
                    }
                    store.put(&draft::file(&draft.id), &draft)?;
                    Ok(draft)
                })
                .await?;
            drafts.keep(draft);
        }
        state.outbox.remove(&state.store, &request.item).await?;
        self.tell_overview();
        self.draft_get(crate::command::DraftAsk { draft: id }).await
    }

    /// Whether something is unsent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.state_now().is_some_and(|state| {
            let items = locked(&state.outbox.items);
            items.values().any(|held| !matches!(held.item.end, End::Delivered { .. }))
        })
    }
}
