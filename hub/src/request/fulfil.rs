//! Owns what the provider's agents do: take up, release, comment, finish.

use serde_json::json;
use service_tool_contract::{
    id::{PersonId, RequestId},
    request::{Action, Step},
    wire::{HistoryEvent, Outcome},
};

use super::decide::{add_comment, allowed, step};
use super::{Begun, Changed, Deed, Key, Told, again, begin, checked_text, commit, tell};
use crate::failure::{Answer, Failure};
use crate::hub::Hub;
use crate::store::{self, Change, ProviderScope, TenantScope, person::Person, request::Request};

/// Begins an agent's change: the request and the authority over its firm's rows, or the answer of before.
enum Started {
    New(Change, Box<Request>, TenantScope),
    Before(Box<Changed>),
}

async fn start(hub: &Hub, provider: &ProviderScope, agent: &Person, key: &Key, id: &RequestId) -> Answer<Started> {
    let now = hub.ambient.now();
    match begin(hub, agent, key).await? {
        Begun::New(mut change) => {
            let (request, scope) =
                store::request::handed_over(&mut change, provider, id, now).await?.ok_or_else(Failure::not_found)?;
            Ok(Started::New(change, Box::new(request), scope))
        }
        Begun::Before(done) => {
            let scope = {
                let mut reading = hub.store.read().await?;
                let found = store::request::handed_over(&mut reading, provider, &done.request, now).await?;
                found.ok_or_else(Failure::not_found)?.1
            };
            Ok(Started::Before(Box::new(again(hub, &scope, agent, done).await?)))
        }
    }
}

async fn move_by(
    hub: &Hub,
    provider: &ProviderScope,
    agent: &Person,
    key: &Key,
    id: &RequestId,
    wanted: (Action, Step, Option<PersonId>),
    said: (HistoryEvent, &str, String),
) -> Answer<Changed> {
    let (mut change, request, scope) = match start(hub, provider, agent, key, id).await? {
        Started::Before(changed) => return Ok(*changed),
        Started::New(change, request, scope) => (change, request, scope),
    };
    let ((action, wanted, in_charge), (event, word, text)) = (wanted, said);
    allowed(&request, agent, action)?;
    step(&mut change, hub, &scope, &request, wanted, in_charge).await?;
    store::history::add(&mut change, &scope, id, event, agent, &text, hub.ambient.now()).await?;
    let also = request.decided_by.clone();
    tell(&mut change, hub, &scope, Told { request: &request, inbox: false, also }).await?;
    commit(
        change,
        hub,
        &scope,
        Deed { person: agent, key, id, action: word, content: json!({"text": text}), status: 200 },
    )
    .await
}

/// Takes a request up.
pub async fn take(hub: &Hub, scope: &ProviderScope, agent: &Person, key: &Key, id: &RequestId) -> Answer<Changed> {
    let wanted = (Action::Take, Step::Take, Some(agent.id.clone()));
    move_by(hub, scope, agent, key, id, wanted, (HistoryEvent::Taken, "request.taken", String::new())).await
}

/// Puts a request back into the queue.
pub async fn release(hub: &Hub, scope: &ProviderScope, agent: &Person, key: &Key, id: &RequestId) -> Answer<Changed> {
    let wanted = (Action::Release, Step::Release, None);
    move_by(hub, scope, agent, key, id, wanted, (HistoryEvent::Released, "request.released", String::new())).await
}

/// Reports a request done, or says why it cannot be done.
pub async fn finish(
    hub: &Hub,
    scope: &ProviderScope,
    agent: &Person,
    key: &Key,
    id: &RequestId,
    outcome: &Outcome,
) -> Answer<Changed> {
    let text = checked_text("text", &outcome.text, usize::from(!outcome.done), 4000)?;
    let wanted = (Action::Finish, Step::Finish { done: outcome.done }, Some(agent.id.clone()));
    let said = if outcome.done {
        (HistoryEvent::Done, "request.done", text)
    } else {
        (HistoryEvent::NotDone, "request.not_done", text)
    };
    move_by(hub, scope, agent, key, id, wanted, said).await
}

/// Says something about a request.
pub async fn agent_comment(
    hub: &Hub,
    scope: &ProviderScope,
    agent: &Person,
    key: &Key,
    id: &RequestId,
    text: &str,
) -> Answer<Changed> {
    let text = checked_text("text", text, 1, 4000)?;
    let (mut change, request, scope) = match start(hub, scope, agent, key, id).await? {
        Started::Before(changed) => return Ok(*changed),
        Started::New(change, request, scope) => (change, request, scope),
    };
    allowed(&request, agent, Action::Comment)?;
    add_comment(&mut change, hub, &scope, agent, &request, &text).await?;
    commit(
        change,
        hub,
        &scope,
        Deed { person: agent, key, id, action: "request.commented", content: json!({"text": text}), status: 201 },
    )
    .await
}
