//! Owns how a request is shown to a person: whole, and in lists.
//!
//! Invariant: what must not be known to a person is left out of lists and counts alike, by the same query.

use jiff::SignedDuration;
use service_tool_contract::{
    id::{Moment, RequestId},
    request::{self, Action, RequestState},
    wire::{RequestSummary, RequestView, Role},
};

use super::{load, viewer_of};
use crate::failure::{Answer, Failure};
use crate::hub::Hub;
use crate::store::{self, Connection, ProviderScope, TenantScope, person::Person, request::Request};

/// The request as this person sees it.
pub(super) async fn of(
    connection: &mut Connection,
    scope: &TenantScope,
    request: Request,
    person: &Person,
) -> Answer<RequestView> {
    let own_approval = store::tenant::of(connection, scope).await?.facts.own_approval;
    let content = store::revision::find(connection, scope, &request.summary.id, request.revision).await?;
    let history = store::history::of(connection, scope, &request.summary.id).await?;
    let actions = request::actions(request.summary.state, request.effect, &viewer_of(&request, person, own_approval));
    let revises = actions.contains(&Action::Revise);
    let stands = request.summary.state == RequestState::Queued && request.decided_by.is_some();
    Ok(RequestView {
        effect: request.effect,
        revision: content.revision,
        content_hash: content.content_hash,
        form_version: content.form_version,
        document: content.document,
        attachments: content.attachments,
        session: content.session,
        history,
        actions,
        answers: if revises { content.answers } else { Default::default() },
        handed_over_at: request.handed_over_at.filter(|_| stands),
        summary: request.summary,
    })
}

/// A request, whole, for a person of the firm.
pub async fn view(hub: &Hub, scope: &TenantScope, person: &Person, id: &RequestId) -> Answer<RequestView> {
    let mut reading = hub.store.read().await?;
    let request = load(&mut reading, scope, person, id, hub).await?;
    of(&mut reading, scope, request, person).await
}

/// A request, whole, for an agent.
pub async fn agent_view(hub: &Hub, scope: &ProviderScope, agent: &Person, id: &RequestId) -> Answer<RequestView> {
    let mut reading = hub.store.read().await?;
    let (request, scope) = store::request::handed_over(&mut reading, scope, id, hub.ambient.now())
        .await?
        .ok_or_else(Failure::not_found)?;
    of(&mut reading, &scope, request, agent).await
}

/// The person's own requests.
pub async fn own(hub: &Hub, scope: &TenantScope, person: &Person) -> Answer<Vec<RequestSummary>> {
    let mut reading = hub.store.read().await?;
    Ok(store::request::own(&mut reading, scope, &person.id).await?)
}

/// Days for which an approver's decisions stay in the inbox.
const DECIDED_DAYS: i64 = 30;

/// The inbox of an approver: what waits for a decision, by the day on which it is due; then what was returned and can be
/// decided once it is answered, and what this person decided lately. The state tells them apart.
pub async fn inbox(hub: &Hub, scope: &TenantScope, person: &Person) -> Answer<Vec<RequestSummary>> {
    let mut reading = hub.store.read().await?;
    let Some(may_decide) = decider(&mut reading, scope, person).await? else { return Ok(Vec::new()) };
    let now = hub.ambient.now();
    let since = now.0.saturating_sub(SignedDuration::from_hours(24 * DECIDED_DAYS)).map_or(now, Moment);
    let mut listed = store::request::waiting(&mut reading, scope, &person.id).await?;
    listed.retain(&may_decide);
    let others = store::request::returned_or_decided(&mut reading, scope, &person.id, since).await?;
    listed.extend(
        others.into_iter().filter(|request| request.summary.state != RequestState::Returned || may_decide(request)),
    );
    Ok(listed.into_iter().map(|request| request.summary).collect())
}

/// How many requests wait for this person's decision.
pub async fn waiting(connection: &mut Connection, scope: &TenantScope, person: &Person) -> Answer<u32> {
    let Some(may_decide) = decider(connection, scope, person).await? else { return Ok(0) };
    let waiting = store::request::waiting(connection, scope, &person.id).await?;
    Ok(u32::try_from(waiting.iter().filter(|request| may_decide(request)).count()).unwrap_or(u32::MAX))
}

/// Tells which requests this person may decide, now or once they wait again; `None` for whoever decides nothing.
async fn decider<'a>(
    connection: &mut Connection,
    scope: &TenantScope,
    person: &'a Person,
) -> Answer<Option<impl Fn(&Request) -> bool + 'a>> {
    if person.role != Role::Approver {
        return Ok(None);
    }
    let own_approval = store::tenant::of(connection, scope).await?.facts.own_approval;
    Ok(Some(move |request: &Request| {
        let viewer = viewer_of(request, person, own_approval);
        request::actions(RequestState::Waiting, request.effect, &viewer).contains(&Action::Decide)
    }))
}
