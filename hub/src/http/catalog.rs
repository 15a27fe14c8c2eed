//! `/catalog` and `/approvers`: what can be ordered, and who decides.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use service_tool_contract::{
    code::{Code, Problem},
    id::Digest,
    wire::{Approver, Catalog, Role},
};

use super::extract::Member;
use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::store::{person, tenant};

/// All forms for the firm and what they may know about it.
#[utoipa::path(get, path = "/catalog", tag = "catalog", security(("token" = [])), params(
    ("if-none-match" = Option<String>, Header, description = "ETag of the catalog that the caller has"),
), responses(
    (status = 200, body = Catalog, headers(("etag" = String))),
    (status = 304, description = "the caller has it"),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn catalog_get(State(hub): State<Shared>, member: Member, headers: HeaderMap) -> Answer<Response> {
    let mut reading = hub.store.read().await?;
    let catalog = Catalog {
        forms: crate::catalog::forms(&mut reading).await?,
        tenant: tenant::facts(&mut reading, &member.scope).await?,
    };
    drop(reading);
    let body = serde_json::to_vec(&catalog).map_err(|_| Failure::new(Code::Internal, "a fault of the hub"))?;
    Ok(with_etag(&headers, Digest::of(&body).as_str(), || {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }))
}

/// The body under its ETag, or 304 where the caller has it.
pub fn with_etag(headers: &HeaderMap, tag: &str, body: impl FnOnce() -> Response) -> Response {
    let etag = format!("\"{tag}\"");
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == etag);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { body() };
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Who may decide for the firm.
#[utoipa::path(get, path = "/approvers", tag = "catalog", security(("token" = [])), responses(
    (status = 200, body = [Approver]),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn approver_list(State(hub): State<Shared>, member: Member) -> Answer<Json<Vec<Approver>>> {
    let mut reading = hub.store.read().await?;
    let people = person::of_tenant(&mut reading, &member.scope).await?;
    Ok(Json(
        people
            .into_iter()
            .filter(|person| person.role == Role::Approver)
            .map(|person| Approver { id: person.id, name: person.name, absent_until: None, substitute: None })
            .collect(),
    ))
}
