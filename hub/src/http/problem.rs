//! Owns how a failure becomes an HTTP answer: `application/problem+json` with a status that fits the code, also where the
//! framework itself refused.

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use service_tool_contract::{
    code::{Code, Problem},
    wire::UploadState,
};

use crate::failure::Failure;

/// Body of a problem; `upload` says where an upload stands.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<&'a UploadState>,
}

/// The status that fits a code.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::SignedOut => StatusCode::UNAUTHORIZED,
        Code::NotAllowed | Code::EnrolmentRefused | Code::OwnRequest => StatusCode::FORBIDDEN,
        Code::AnswersRefused | Code::FormUnknown | Code::KeyReused | Code::AttachmentMissing => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Code::StateConflict | Code::Changed => StatusCode::CONFLICT,
        Code::FileRefused => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::ClientTooOld => StatusCode::UPGRADE_REQUIRED,
        Code::HubUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The code of a problem answer, for the log.
#[derive(Clone, Copy)]
pub struct ProblemCode(pub Code);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        answer(status_of(self.code()), &self)
    }
}

fn answer(status: StatusCode, failure: &Failure) -> Response {
    let body = Body { problem: &failure.problem, upload: failure.upload.as_ref() };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = failure.problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.extensions_mut().insert(ProblemCode(failure.code()));
    response
}

/// Gives answers of the framework (no route, wrong method, broken path) the one shape of an error.
pub async fn give_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<ProblemCode>().is_some() {
        return response;
    }
    let failure = match status {
        StatusCode::NOT_FOUND => Failure::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(Code::TooLarge, "larger than the route accepts"),
        StatusCode::REQUEST_TIMEOUT => Failure::new(Code::TooSlow, "took longer than the route accepts"),
        status if status.is_client_error() => Failure::malformed(status.canonical_reason().unwrap_or("malformed")),
        _ => Failure::new(Code::Internal, "a fault of the hub"),
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut response = answer(status, &failure);
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// A handler that panicked: a fault of ours, told like any other.
pub fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Failure::new(Code::Internal, "a fault of the hub").into_response()
}
