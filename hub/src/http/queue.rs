//! `/agent/…`: what the provider's agents work on, over all firms.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use service_tool_contract::{
    code::Problem,
    id::{Digest, RequestId},
    wire::{Comment, Nothing, Outcome, RequestChanged, RequestSummary, RequestView},
};

use super::extract::{Agent, Keyed};
use super::request::{attachment, changed};
use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::request;
use crate::store;

/// What was handed over to the provider, by the day on which it is due.
#[utoipa::path(get, path = "/agent/queue", tag = "agent", security(("token" = [])), responses(
    (status = 200, body = [RequestSummary]),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn queue_list(State(hub): State<Shared>, agent: Agent) -> Answer<Json<Vec<RequestSummary>>> {
    let mut reading = hub.store.read().await?;
    Ok(Json(store::request::queue(&mut reading, &agent.scope, hub.ambient.now()).await?))
}

/// One request that was handed over, whole.
#[utoipa::path(get, path = "/agent/requests/{id}", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path),
), responses(
    (status = 200, body = RequestView),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn agent_request_get(
    State(hub): State<Shared>,
    agent: Agent,
    Path(id): Path<String>,
) -> Answer<Json<RequestView>> {
    Ok(Json(request::agent_view(&hub, &agent.scope, &agent.person, &RequestId(id)).await?))
}

/// The bytes of an attachment.
#[utoipa::path(get, path = "/agent/requests/{id}/attachments/{sha256}", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path), ("sha256" = String, Path),
), responses(
    (status = 200, content_type = "image/png", body = Vec<u8>),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn agent_attachment_get(
    State(hub): State<Shared>,
    agent: Agent,
    Path((id, sha256)): Path<(String, String)>,
) -> Answer<Response> {
    let id = RequestId(id);
    let mut reading = hub.store.read().await?;
    let (_, scope) = store::request::handed_over(&mut reading, &agent.scope, &id, hub.ambient.now())
        .await?
        .ok_or_else(Failure::not_found)?;
    drop(reading);
    attachment(&hub, &scope, &id, Digest(sha256)).await
}

/// Takes a request up.
#[utoipa::path(post, path = "/agent/requests/{id}/take", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Nothing, responses(
    (status = 200, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict: somebody else has it, or it has ended"),
))]
pub async fn agent_take(
    State(hub): State<Shared>,
    agent: Agent,
    Path(id): Path<String>,
    Keyed { key, body: Nothing {} }: Keyed<Nothing>,
) -> Answer<Response> {
    request::take(&hub, &agent.scope, &agent.person, &key, &RequestId(id)).await.map(changed)
}

/// Puts a request back into the queue.
#[utoipa::path(post, path = "/agent/requests/{id}/release", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Nothing, responses(
    (status = 200, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
))]
pub async fn agent_release(
    State(hub): State<Shared>,
    agent: Agent,
    Path(id): Path<String>,
    Keyed { key, body: Nothing {} }: Keyed<Nothing>,
) -> Answer<Response> {
    request::release(&hub, &agent.scope, &agent.person, &key, &RequestId(id)).await.map(changed)
}

/// Says something about a request.
#[utoipa::path(post, path = "/agent/requests/{id}/comments", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Comment, responses(
    (status = 201, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
))]
pub async fn agent_comment(
    State(hub): State<Shared>,
    agent: Agent,
    Path(id): Path<String>,
    Keyed { key, body }: Keyed<Comment>,
) -> Answer<Response> {
    request::agent_comment(&hub, &agent.scope, &agent.person, &key, &RequestId(id), &body.text).await.map(changed)
}

/// Reports a request done, or says why it cannot be done.
#[utoipa::path(post, path = "/agent/requests/{id}/outcome", tag = "agent", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Outcome, responses(
    (status = 200, body = RequestChanged),
    (status = 400, body = Problem, description = "malformed: a reason is demanded"),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict: the caller does not have it, or it has ended"),
))]
pub async fn agent_finish(
    State(hub): State<Shared>,
    agent: Agent,
    Path(id): Path<String>,
    Keyed { key, body }: Keyed<Outcome>,
) -> Answer<Response> {
    request::finish(&hub, &agent.scope, &agent.person, &key, &RequestId(id), &body).await.map(changed)
}
