//! Owns how a request is shown to a person: whole, and in lists.
//!
//! Invariant: what must not be known to a person is left out of lists and counts alike, by the same query.

use service_tool_contract::{
    id::RequestId,
    request::{self, Action, RequestState},
    wire::{RequestSummary, RequestView},
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

/// What waits for this person's decision, by the day on which it is due.
pub async fn inbox(connection: &mut Connection, scope: &TenantScope, person: &Person) -> Answer<Vec<RequestSummary>> {
    if person.role != service_tool_contract::wire::Role::Approver {
        return Ok(Vec::new());
    }
    let own_approval = store::tenant::of(connection, scope).await?.facts.own_approval;
    let waiting = store::request::waiting(connection, scope, &person.id).await?;
    Ok(waiting
        .into_iter()
        .filter(|request| {
            request::actions(request.summary.state, request.effect, &viewer_of(request, person, own_approval))
                .contains(&Action::Decide)
        })
        .map(|request| request.summary)
        .collect())
}

/// How many requests wait for this person's decision.
pub async fn waiting(connection: &mut Connection, scope: &TenantScope, person: &Person) -> Answer<u32> {
    Ok(u32::try_from(inbox(connection, scope, person).await?.len()).unwrap_or(u32::MAX))
}
