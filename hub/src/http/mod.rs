//! Owns the API below `/api/v1`: routes, bounds, the API document, and what every call goes through. Leaves what a call
//! does to `request` and `store`.
//!
//! Invariant: every answer that is an error is a problem body with a code; every call but health and the API document
//! names the client's version.

pub mod catalog;
pub mod enrolment;
pub mod event;
pub mod extract;
pub mod limit;
pub mod me;
pub mod problem;
pub mod queue;
pub mod request;
pub mod token;
pub mod upload;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use service_tool_contract::{VERSION, VERSION_HEADER, code::Code, wire::Health};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::attachment::MOST_CHUNK_BYTES;
use crate::failure::Failure;
use crate::hub::{Hub, Shared};

/// Bytes of the largest JSON body.
pub const MOST_JSON_BYTES: usize = 256 * 1024;

/// The oldest client that this hub serves.
pub const OLDEST_CLIENT: (u64, u64, u64) = (0, 1, 0);

#[derive(OpenApi)]
#[openapi(info(
    title = "Service-Tool hub",
    description = "Every call but health names the client's version in `service-tool-version`. Errors are \
                   `application/problem+json`; their `code` says what happened. Calls that change a request carry an \
                   `idempotency-key`: the same key with the same body answers again, with another body it is refused.",
    license(name = "Apache-2.0 OR MIT"),
))]
struct Document;

fn open_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(health_get))
}

fn json_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(enrolment::enrolment_look))
        .routes(routes!(enrolment::enrolment_use))
        .routes(routes!(token::token_ask))
        .routes(routes!(me::me_get))
        .routes(routes!(me::profile_get, me::profile_set))
        .routes(routes!(catalog::catalog_get))
        .routes(routes!(catalog::approver_list))
        .routes(routes!(request::request_list, request::request_submit))
        .routes(routes!(request::request_get))
        .routes(routes!(request::request_revise))
        .routes(routes!(request::request_withdraw))
        .routes(routes!(request::request_comment))
        .routes(routes!(request::request_decide))
        .routes(routes!(request::request_take_back))
        .routes(routes!(request::attachment_get))
        .routes(routes!(request::inbox_list))
        .routes(routes!(queue::queue_list))
        .routes(routes!(queue::agent_request_get))
        .routes(routes!(queue::agent_attachment_get))
        .routes(routes!(queue::agent_take))
        .routes(routes!(queue::agent_release))
        .routes(routes!(queue::agent_comment))
        .routes(routes!(queue::agent_finish))
}

fn upload_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(upload::upload_get, upload::upload_put))
}

fn event_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(event::event_list))
}

/// The API document, made from the handlers.
pub fn document() -> utoipa::openapi::OpenApi {
    let routes = open_routes().merge(json_routes()).merge(upload_routes()).merge(event_routes());
    let (_, mut document) = OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", routes).split_for_parts();
    document.info.version = VERSION.to_owned();
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("from `POST /tokens`")).build();
    document
        .components
        .get_or_insert_default()
        .security_schemes
        .insert("token".to_owned(), SecurityScheme::Http(token).into());
    document
}

/// The API document as JSON, ending with a line break, as it is committed.
pub fn document_text() -> String {
    document().to_pretty_json().map(|text| text + "\n").unwrap_or_default()
}

/// All routes of the hub: API, CA and agent's page.
pub fn router(hub: Shared) -> Router {
    let limits = hub.options.limits.clone();
    let call = Duration::from_secs(limits.call_s);
    let chunk = Duration::from_secs(limits.chunk_s);
    let wait = Duration::from_secs(limits.call_s + event::MOST_WAIT_S);
    let versioned = Router::new()
        .merge(bounded(json_routes(), MOST_JSON_BYTES, call))
        .merge(bounded(upload_routes(), MOST_CHUNK_BYTES, chunk))
        .merge(bounded(event_routes(), MOST_JSON_BYTES, wait))
        .layer(middleware::from_fn(demand_version));
    let api = Router::new()
        .merge(bounded(open_routes(), MOST_JSON_BYTES, call))
        .route("/openapi.json", get(document_get))
        .merge(versioned)
        .fallback(async || Failure::not_found())
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(middleware::from_fn(problem::give_problems));
    Router::new()
        .nest("/api/v1", api)
        .route("/ca.pem", get(authority_get))
        .merge(crate::page::router(&hub))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(middleware::from_fn_with_state(hub.clone(), finish_answer))
        .with_state(hub)
}

fn bounded(routes: OpenApiRouter<Shared>, most_bytes: usize, time: Duration) -> Router<Shared> {
    let (router, _) = routes.split_for_parts();
    router.layer(DefaultBodyLimit::max(most_bytes)).layer(middleware::from_fn(move |request: Request, next: Next| {
        async move {
            // dropped in the middle, a handler has changed nothing: its transaction is rolled back
            match tokio::time::timeout(time, next.run(request)).await {
                Ok(response) => response,
                Err(_) => Failure::new(Code::TooSlow, "took longer than the route accepts").into_response(),
            }
        }
    }))
}

/// Whether the hub is there.
#[utoipa::path(get, path = "/health", tag = "hub", responses(
    (status = 200, body = Health), (status = 503, body = Health, description = "the database cannot be asked"),
))]
async fn health_get(State(hub): State<Shared>) -> Response {
    let ok = match hub.store.read().await {
        Ok(mut reading) => crate::store::hub::record(&mut reading).await.is_ok(),
        Err(_) => false,
    };
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { hub: hub.identity.name.clone(), version: VERSION.to_owned(), ok })).into_response()
}

async fn document_get() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document_text()).into_response()
}

/// The hub's own CA, for desktops that are told to pin it.
async fn authority_get(State(hub): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], hub.authority.clone()).into_response()
}

/// Refuses clients that this hub does not serve.
async fn demand_version(request: Request, next: Next) -> Response {
    let version = request.headers().get(VERSION_HEADER).and_then(|value| value.to_str().ok()).and_then(read_version);
    match version {
        Some(version) if version >= OLDEST_CLIENT => next.run(request).await,
        _ => {
            Failure::new(Code::ClientTooOld, "the client's version is missing or too old for this hub").into_response()
        }
    }
}

fn read_version(text: &str) -> Option<(u64, u64, u64)> {
    let core = text.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| part.parse::<u64>().ok());
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}

/// A call in progress, also where its caller goes away.
struct Counted<'a>(&'a Hub);

impl<'a> Counted<'a> {
    fn new(hub: &'a Hub) -> Self {
        hub.in_progress.fetch_add(1, Ordering::Relaxed);
        Self(hub)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.in_progress.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What every answer carries, and one line of the log per call: route, status, time, code; nothing of anybody.
async fn finish_answer(State(hub): State<Shared>, request: Request, next: Next) -> Response {
    let _counted = Counted::new(&hub);
    let started = Instant::now();
    let method = word_of(request.method());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static(VERSION_HEADER), HeaderValue::from_static(VERSION));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // what is no page of its own runs nothing and is framed by nobody, opened by itself
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    let code = response.extensions().get::<problem::ProblemCode>().map(|code| code.0);
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    match code {
        Some(code) => tracing::info!(method, route, status, ?code, elapsed_ms, "call"),
        None => tracing::info!(method, route, status, elapsed_ms, "call"),
    }
    response
}

/// The method for the log; one that a caller made up stays out of it.
fn word_of(method: &Method) -> &'static str {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::PATCH,
        Method::CONNECT,
        Method::TRACE,
    ];
    let words = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"];
    known.iter().zip(words).find(|(one, _)| *one == method).map_or("other", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_method_stays_out_of_the_log() {
        assert_eq!((word_of(&Method::PUT), word_of(&Method::from_bytes(b"JANA.KELLER").unwrap())), ("PUT", "other"));
    }

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(read_version("0.1.0"), Some((0, 1, 0)));
        assert_eq!(read_version("1.12.3-beta+7"), Some((1, 12, 3)));
        for wrong in ["", "1", "1.2", "1.2.x", "1.2.3.4", "a.b.c", "-1.0.0"] {
            assert_eq!(read_version(wrong), None, "{wrong}");
        }
    }
}
