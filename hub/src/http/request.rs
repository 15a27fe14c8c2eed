//! `/requests` and `/inbox`: what people of a firm order, follow and decide.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use service_tool_contract::{
    code::Problem,
    id::{Digest, RequestId},
    wire::{Comment, Decision, Nothing, RequestChanged, RequestSubmit, RequestSummary, RequestView},
};
use tokio_util::io::ReaderStream;

use super::extract::{Keyed, Member};
use crate::failure::{Answer, Failure, disk};
use crate::hub::{Hub, Shared};
use crate::request::{self, Changed};
use crate::store::{self, TenantScope};

/// Bytes of an attachment that are read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The answer to a change.
pub fn changed((status, changed): Changed) -> Response {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), Json(changed)).into_response()
}

/// Orders.
#[utoipa::path(post, path = "/requests", tag = "requests", security(("token" = [])), params(
    ("idempotency-key" = String, Header, description = "8 to 80 printable characters, scoped to the person"),
), request_body = RequestSubmit, responses(
    (status = 201, body = RequestChanged),
    (status = 400, body = Problem, description = "malformed"),
    (status = 403, body = Problem, description = "not_allowed, own_request"),
    (status = 422, body = Problem, description = "answers_refused with findings, form_unknown, attachment_missing, key_reused"),
))]
pub async fn request_submit(
    State(hub): State<Shared>,
    member: Member,
    Keyed { key, body }: Keyed<RequestSubmit>,
) -> Answer<Response> {
    Box::pin(request::submit(&hub, &member.scope, &member.person, &key, &body)).await.map(changed)
}

/// The caller's own requests, newest first, at most 500.
#[utoipa::path(get, path = "/requests", tag = "requests", security(("token" = [])), responses(
    (status = 200, body = [RequestSummary]),
))]
pub async fn request_list(State(hub): State<Shared>, member: Member) -> Answer<Json<Vec<RequestSummary>>> {
    Ok(Json(request::own(&hub, &member.scope, &member.person).await?))
}

/// One request, whole: an own one, or for approvers any of the firm that is not kept from them.
#[utoipa::path(get, path = "/requests/{id}", tag = "requests", security(("token" = [])), params(
    ("id" = String, Path),
), responses(
    (status = 200, body = RequestView),
    (status = 404, body = Problem, description = "not_found: not there, or not for the caller"),
))]
pub async fn request_get(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
) -> Answer<Json<RequestView>> {
    Ok(Json(request::view(&hub, &member.scope, &member.person, &RequestId(id)).await?))
}

/// Answers a returned request with a new revision.
#[utoipa::path(post, path = "/requests/{id}/revisions", tag = "requests", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = RequestSubmit, responses(
    (status = 201, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
    (status = 422, body = Problem, description = "answers_refused with findings, form_unknown, attachment_missing, key_reused"),
))]
pub async fn request_revise(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Keyed { key, body }: Keyed<RequestSubmit>,
) -> Answer<Response> {
    Box::pin(request::revise(&hub, &member.scope, &member.person, &key, &RequestId(id), &body)).await.map(changed)
}

/// Takes the own request back.
#[utoipa::path(post, path = "/requests/{id}/withdrawal", tag = "requests", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Nothing, responses(
    (status = 200, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
))]
pub async fn request_withdraw(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Keyed { key, body: Nothing {} }: Keyed<Nothing>,
) -> Answer<Response> {
    request::withdraw(&hub, &member.scope, &member.person, &key, &RequestId(id)).await.map(changed)
}

/// Says something about a request.
#[utoipa::path(post, path = "/requests/{id}/comments", tag = "requests", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Comment, responses(
    (status = 201, body = RequestChanged),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
))]
pub async fn request_comment(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Keyed { key, body }: Keyed<Comment>,
) -> Answer<Response> {
    request::comment(&hub, &member.scope, &member.person, &key, &RequestId(id), &body).await.map(changed)
}

/// Decides on a request, bound to the content that was shown.
#[utoipa::path(post, path = "/requests/{id}/decision", tag = "inbox", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Decision, responses(
    (status = 200, body = RequestChanged),
    (status = 403, body = Problem, description = "not_allowed, own_request"),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict: decided already; changed: another content than was shown"),
))]
pub async fn request_decide(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Keyed { key, body }: Keyed<Decision>,
) -> Answer<Response> {
    request::decide(&hub, &member.scope, &member.person, &key, &RequestId(id), &body).await.map(changed)
}

/// Takes the own approval back, until the provider has taken the request up.
#[utoipa::path(post, path = "/requests/{id}/take-back", tag = "inbox", security(("token" = [])), params(
    ("id" = String, Path), ("idempotency-key" = String, Header),
), request_body = Nothing, responses(
    (status = 200, body = RequestChanged),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "not_found"),
    (status = 409, body = Problem, description = "state_conflict"),
))]
pub async fn request_take_back(
    State(hub): State<Shared>,
    member: Member,
    Path(id): Path<String>,
    Keyed { key, body: Nothing {} }: Keyed<Nothing>,
) -> Answer<Response> {
    request::take_back(&hub, &member.scope, &member.person, &key, &RequestId(id)).await.map(changed)
}

/// What waits for the caller's decision, by the day on which it is due; then what was returned and can be decided once it
/// is answered, and what the caller decided in the last 30 days.
#[utoipa::path(get, path = "/inbox", tag = "inbox", security(("token" = [])), responses(
    (status = 200, body = [RequestSummary]),
))]
pub async fn inbox_list(State(hub): State<Shared>, member: Member) -> Answer<Json<Vec<RequestSummary>>> {
    Ok(Json(request::inbox(&hub, &member.scope, &member.person).await?))
}

/// The bytes of an attachment.
#[utoipa::path(get, path = "/requests/{id}/attachments/{sha256}", tag = "requests", security(("token" = [])), params(
    ("id" = String, Path), ("sha256" = String, Path),
), responses(
    (status = 200, content_type = "image/png", body = Vec<u8>),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn attachment_get(
    State(hub): State<Shared>,
    member: Member,
    Path((id, sha256)): Path<(String, String)>,
) -> Answer<Response> {
    let id = RequestId(id);
    let mut reading = hub.store.read().await?;
    store::request::seen_by(&mut reading, &member.scope, &member.person, &id).await?.ok_or_else(Failure::not_found)?;
    drop(reading);
    attachment(&hub, &member.scope, &id, Digest(sha256)).await
}

/// An attachment of a request that the caller has been found to see.
pub async fn attachment(hub: &Hub, scope: &TenantScope, id: &RequestId, digest: Digest) -> Answer<Response> {
    let found = {
        let mut reading = hub.store.read().await?;
        store::revision::attachment(&mut reading, scope, id, &digest).await?.ok_or_else(Failure::not_found)?
    };
    let (folder, scope) = (hub.attachments.clone(), scope.clone());
    let file = tokio::task::spawn_blocking(move || folder.open_finished(&scope, &digest))
        .await
        .map_err(|error| disk(&error))??;
    let media_type = HeaderValue::from_str(&found.media_type).map_err(|error| disk(&error))?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, HeaderValue::from(found.size)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        // a picture opened by itself runs nothing
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    // piece by piece: whoever asks for many and reads none of them takes no memory
    let body = Body::from_stream(ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE_BYTES));
    Ok((headers, body).into_response())
}
