//! Owns what people of the firm do with a request that is there: decide, take back, withdraw, comment.

use serde_json::json;
use service_tool_contract::{
    approval::{self, ApprovalCase},
    id::{PersonId, RequestId},
    request::{self, Action, Step, Viewer},
    wire::{Comment, Decision, HistoryEvent, Role, Verdict},
};

use super::{
    Begun, Changed, Deed, Key, Told, again, begin, checked_text, commit, conflict, load, not_allowed, tell, viewer_of,
};
use crate::failure::Answer;
use crate::hub::Hub;
use crate::store::{
    self, Change, TenantScope,
    person::Person,
    request::{Move, Request},
};

/// The case of a person and a request, for the rules of the contract.
fn case_of<'a>(
    request: &'a Request,
    person: &'a Person,
    scope: &'a TenantScope,
    own_approval: bool,
    shown: &'a service_tool_contract::id::Digest,
    current: &'a service_tool_contract::id::Digest,
) -> ApprovalCase<'a> {
    ApprovalCase {
        person: &person.id,
        person_tenant: scope.tenant(),
        person_role: person.role,
        request: &request.summary.id,
        tenant: &request.tenant,
        state: request.summary.state,
        effect: request.effect,
        affected: request.concealed_from.iter().find(|affected| **affected == person.id),
        requester: &request.summary.requester.id,
        co_authors: &[],
        approver: request.summary.approver.as_ref().map(|approver| &approver.id),
        decider: request.decided_by.as_ref(),
        own_approval,
        shown,
        current,
    }
}

/// Decides on a request.
pub async fn decide(
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    key: &Key,
    id: &RequestId,
    decision: &Decision,
) -> Answer<Changed> {
    let least = usize::from(decision.verdict != Verdict::Approve);
    let text = checked_text("text", &decision.text, least, 2000)?;
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let request = load(&mut change, scope, person, id, hub).await?;
    let own_approval = store::tenant::of(&mut change, scope).await?.facts.own_approval;
    let current = store::revision::find(&mut change, scope, id, request.revision).await?.content_hash;
    let case = case_of(&request, person, scope, own_approval, &decision.content_hash, &current);
    let may = approval::may_decide(&case)?;
    let now = hub.ambient.now();
    let state = may.state_after(decision.verdict).ok_or_else(conflict)?;
    let handed_over_at = hand_over_time(hub, decision.verdict == Verdict::Approve);
    store::request::decide(&mut change, scope, &may, state, handed_over_at, now).await?;
    let (event, action) = match decision.verdict {
        Verdict::Approve if may.is_own() => (HistoryEvent::ApprovedOwn, "request.approved_own"),
        Verdict::Approve => (HistoryEvent::Approved, "request.approved"),
        Verdict::Refuse => (HistoryEvent::Refused, "request.refused"),
        Verdict::Return => (HistoryEvent::Returned, "request.returned"),
    };
    store::history::add(&mut change, scope, id, event, person, &text, now).await?;
    tell(&mut change, hub, scope, Told { request: &request, inbox: true, also: None }).await?;
    let content = json!({
        "verdict": decision.verdict, "text": text, "content_hash": may.content(), "revision": request.revision,
    });
    commit(change, hub, scope, Deed { person, key, id, action, content, status: 200 }).await
}

/// When a request that is approved now is handed over.
pub(super) fn hand_over_time(hub: &Hub, approved: bool) -> Option<service_tool_contract::id::Moment> {
    let now = hub.ambient.now();
    let wait = jiff::SignedDuration::from_secs(i64::from(hub.options.hand_over_s));
    approved.then(|| service_tool_contract::id::Moment(now.0.saturating_add(wait).unwrap_or(now.0)))
}

/// Takes a decision back.
pub async fn take_back(hub: &Hub, scope: &TenantScope, person: &Person, key: &Key, id: &RequestId) -> Answer<Changed> {
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let request = load(&mut change, scope, person, id, hub).await?;
    let own_approval = store::tenant::of(&mut change, scope).await?.facts.own_approval;
    let current = store::revision::find(&mut change, scope, id, request.revision).await?.content_hash;
    approval::may_take_back(&case_of(&request, person, scope, own_approval, &current, &current))?;
    step(&mut change, hub, scope, &request, Step::TakeBack, None).await?;
    let now = hub.ambient.now();
    store::history::add(&mut change, scope, id, HistoryEvent::TakenBack, person, "", now).await?;
    tell(&mut change, hub, scope, Told { request: &request, inbox: true, also: None }).await?;
    commit(
        change,
        hub,
        scope,
        Deed {
            person,
            key,
            id,
            action: "request.taken_back",
            content: json!({"revision": request.revision}),
            status: 200,
        },
    )
    .await
}

/// Takes the own request back.
pub async fn withdraw(hub: &Hub, scope: &TenantScope, person: &Person, key: &Key, id: &RequestId) -> Answer<Changed> {
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let request = load(&mut change, scope, person, id, hub).await?;
    allowed(&request, person, Action::Withdraw)?;
    step(&mut change, hub, scope, &request, Step::Withdraw, None).await?;
    let now = hub.ambient.now();
    store::history::add(&mut change, scope, id, HistoryEvent::Withdrawn, person, "", now).await?;
    tell(&mut change, hub, scope, Told { request: &request, inbox: true, also: None }).await?;
    commit(
        change,
        hub,
        scope,
        Deed {
            person,
            key,
            id,
            action: "request.withdrawn",
            content: json!({"revision": request.revision}),
            status: 200,
        },
    )
    .await
}

/// Says something about a request.
pub async fn comment(
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    key: &Key,
    id: &RequestId,
    comment: &Comment,
) -> Answer<Changed> {
    let text = checked_text("text", &comment.text, 1, 4000)?;
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let request = load(&mut change, scope, person, id, hub).await?;
    allowed(&request, person, Action::Comment)?;
    add_comment(&mut change, hub, scope, person, &request, &text).await?;
    commit(
        change,
        hub,
        scope,
        Deed { person, key, id, action: "request.commented", content: json!({"text": text}), status: 201 },
    )
    .await
}

/// Writes a comment and tells those whom it concerns.
pub(super) async fn add_comment(
    change: &mut Change,
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    request: &Request,
    text: &str,
) -> Answer<()> {
    let now = hub.ambient.now();
    let id = &request.summary.id;
    store::history::add(change, scope, id, HistoryEvent::Commented, person, text, now).await?;
    store::request::touch(change, scope, id, now).await?;
    let also = request.decided_by.clone().or_else(|| request.summary.approver.as_ref().map(|one| one.id.clone()));
    tell(change, hub, scope, Told { request, inbox: false, also }).await
}

/// Whether the life cycle lists the action; where the state alone forbids it, that is said.
pub(super) fn allowed(request: &Request, person: &Person, action: Action) -> Answer<()> {
    let viewer = viewer_of(request, person, false);
    if request::actions(request.summary.state, request.effect, &viewer).contains(&action) {
        return Ok(());
    }
    // somebody to whom no state would allow it is told so; that another agent has it, or nobody, is part of the state
    let viewer = Viewer { is_in_charge: person.role == Role::Agent, ..viewer };
    let ever = [
        request::RequestState::Waiting,
        request::RequestState::Returned,
        request::RequestState::Queued,
        request::RequestState::InProgress,
    ]
    .into_iter()
    .any(|state| request::actions(state, request.effect, &viewer).contains(&action));
    Err(if ever { conflict() } else { not_allowed() })
}

/// Moves a request by a step of the life cycle. Standing approval and hand-over are dropped when it goes back.
pub(super) async fn step(
    change: &mut Change,
    hub: &Hub,
    scope: &TenantScope,
    request: &Request,
    step: Step,
    agent: Option<PersonId>,
) -> Answer<()> {
    let state = request::next(request.summary.state, step).ok_or_else(conflict)?;
    let (decided_by, handed_over_at) = match step {
        Step::TakeBack => (None, None),
        _ => (request.decided_by.clone(), request.handed_over_at),
    };
    let to = Move { state, decided_by, handed_over_at, agent };
    store::request::set_state(change, scope, &request.summary.id, &to, hub.ambient.now()).await?;
    Ok(())
}
