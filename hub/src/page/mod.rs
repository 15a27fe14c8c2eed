//! Owns the agent's page (H3, first form): sign-in, queue over all firms, one order as a document, and what an agent does
//! with it. Leaves what happens to `request`.
//!
//! Invariant: everything works without scripts but copying and refreshing; nothing is loaded from elsewhere; nothing is
//! changed without the session's own form.

mod layout;
mod moment;
mod order;
pub mod password;
mod queue;
mod visit;
mod words;

use std::sync::LazyLock;
use std::time::Duration;

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, rejection::FormRejection},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::html;
use serde::Deserialize;
use service_tool_contract::{
    code::Code,
    id::{Digest, RequestId},
    text::Language,
    wire::Outcome,
};

use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::request::{self, Key};
use crate::store;
use layout::Frame;
use order::{Order, Tried};
use queue::{Filter, Queue};
use visit::Visit;

const STYLE: &str = concat!(include_str!("../../../ui/src/style/tokens.css"), include_str!("style.css"));
const SCRIPT: &str = include_str!("script.js");
const ICON: &str = include_str!("icon.svg");
const MOST_FORM_BYTES: usize = 64 * 1024;
const REFRESH_S: u32 = 60;

/// Changes with the content of style and script, so that browsers can keep them.
fn asset_mark() -> &'static str {
    static MARK: LazyLock<String> =
        LazyLock::new(|| Digest::of(format!("{STYLE}{SCRIPT}").as_bytes()).as_str()[..12].to_owned());
    &MARK
}

/// Routes of the page.
pub fn router(hub: &Shared) -> Router<Shared> {
    let time = Duration::from_secs(hub.options.limits.call_s);
    Router::new()
        .route("/", get(async || Redirect::to("/agent")))
        .route("/agent", get(queue_get))
        .route("/agent/rows", get(rows_get))
        .route("/agent/sign-in", get(sign_in_get).post(sign_in_post))
        .route("/agent/sign-out", post(sign_out_post))
        .route("/agent/language", post(language_post))
        .route("/agent/requests/{id}", get(order_get))
        .route("/agent/requests/{id}/text", get(text_get))
        .route("/agent/requests/{id}/attachments/{sha256}", get(attachment_get))
        .route("/agent/requests/{id}/{step}", post(step_post))
        .route("/agent/style.css", get(async || asset("text/css; charset=utf-8", STYLE)))
        .route("/agent/script.js", get(async || asset("text/javascript; charset=utf-8", SCRIPT)))
        .route("/agent/icon.svg", get(async || asset("image/svg+xml", ICON)))
        .layer(DefaultBodyLimit::max(MOST_FORM_BYTES))
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            match tokio::time::timeout(time, next.run(request)).await {
                Ok(response) => response,
                Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            }
        }))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, text).into_response()
}

/// The provider's name, for the bar.
async fn provider(visit: &Visit) -> String {
    let Ok(mut reading) = visit.hub.store.read().await else { return String::new() };
    match store::hub::record(&mut reading).await {
        Ok(Some(record)) => record.brand.provider,
        _ => String::new(),
    }
}

/// The answer, or the page that says what went wrong; whoever is not signed in is asked to.
async fn or_failed(visit: &Visit, next: &str, answer: Answer<Response>) -> Response {
    match answer {
        Ok(response) => response,
        Err(failure) if failure.code() == Code::SignedOut => {
            let target = if next == "/agent" { String::new() } else { format!("?next={next}") };
            Redirect::to(&format!("/agent/sign-in{target}")).into_response()
        }
        Err(failure) => layout::failed(visit, &provider(visit).await, &failure),
    }
}

async fn queue_get(visit: Visit, Query(filter): Query<Filter>) -> Response {
    let answer = async {
        let queue = Queue::load(&visit, &filter).await?;
        let words = visit.words();
        let content = html! {
            main.cols #content tabindex="-1" {
                h1.sr { (words.console) }
                (queue.show(words, &filter, None))
                div.docwrap.none { p.empty { b { (words.choose) } " " (words.choose_line) } }
            }
        };
        let provider = provider(&visit).await;
        let frame = Frame { title: words.console, provider: &provider, refresh_s: Some(REFRESH_S) };
        Ok(layout::page(&visit, &frame, &queue.tabs(words, &filter), &content))
    }
    .await;
    or_failed(&visit, "/agent", answer).await
}

/// The list alone; whoever is not signed in any more is told by the status.
async fn rows_get(visit: Visit, Query(filter): Query<Filter>, Query(place): Query<Place>) -> Response {
    match Queue::load(&visit, &filter).await {
        Ok(queue) => Html(queue.rows(visit.words(), &filter, place.current.map(RequestId).as_ref()).into_string())
            .into_response(),
        Err(failure) => failure.into_response(),
    }
}

#[derive(Deserialize)]
struct Place {
    current: Option<String>,
}

async fn load_order(visit: &Visit, id: &RequestId) -> Answer<Order> {
    let agent = visit.signed_in()?;
    let view = request::agent_view(&visit.hub, &agent.scope, &agent.person, id).await?;
    let mut reading = visit.hub.store.read().await?;
    let (_, scope) = store::request::handed_over(&mut reading, &agent.scope, id, visit.hub.ambient.now())
        .await?
        .ok_or_else(Failure::not_found)?;
    let proof = store::audit::of_request(&mut reading, &scope, id.as_str()).await?;
    Ok(Order { view, proof })
}

async fn order_page(visit: &Visit, id: &RequestId, filter: &Filter, tried: Option<&Tried>) -> Answer<Response> {
    let order = load_order(visit, id).await?;
    let queue = Queue::load(visit, filter).await?;
    let words = visit.words();
    let key = visit.hub.ambient.secret()?;
    let content = html! {
        div.cols.has-order {
            (queue.show(words, filter, Some(id)))
            (order.show(visit, filter, &key, tried))
        }
    };
    let title = format!("{} {}", order.view.summary.number, order.view.summary.subject);
    let provider = provider(visit).await;
    let frame = Frame { title: &title, provider: &provider, refresh_s: None };
    Ok(layout::page(visit, &frame, &queue.tabs(words, filter), &content))
}

async fn order_get(visit: Visit, Path(id): Path<String>, Query(filter): Query<Filter>) -> Response {
    let next = order_address(&id);
    let answer = order_page(&visit, &RequestId(id), &filter, None).await;
    or_failed(&visit, &next, answer).await
}

/// The address of an order, if the id can be one; else of the queue.
fn order_address(id: &str) -> String {
    let is_id = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_id { format!("/agent/requests/{id}") } else { "/agent".to_owned() }
}

async fn text_get(visit: Visit, Path(id): Path<String>) -> Response {
    let next = order_address(&id);
    let answer = load_order(&visit, &RequestId(id)).await.map(|order| {
        let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        (headers, order.plain(&visit)).into_response()
    });
    or_failed(&visit, &next, answer).await
}

async fn attachment_get(visit: Visit, Path((id, sha256)): Path<(String, String)>) -> Response {
    let next = order_address(&id);
    let answer = async {
        let agent = visit.signed_in()?;
        let id = RequestId(id);
        let mut reading = visit.hub.store.read().await?;
        let (_, scope) = store::request::handed_over(&mut reading, &agent.scope, &id, visit.hub.ambient.now())
            .await?
            .ok_or_else(Failure::not_found)?;
        drop(reading);
        crate::http::request::attachment(&visit.hub, &scope, &id, Digest(sha256)).await
    }
    .await;
    or_failed(&visit, &next, answer).await
}

#[derive(Deserialize)]
struct StepForm {
    proof: String,
    key: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    reason: String,
}

/// What an agent does with an order. Failed, the order is shown again with what was typed.
async fn step_post(
    visit: Visit,
    Path((id, step)): Path<(String, String)>,
    Query(filter): Query<Filter>,
    form: Result<Form<StepForm>, FormRejection>,
) -> Response {
    let next = order_address(&id);
    let id = RequestId(id);
    let form = match form {
        Ok(Form(form)) => form,
        Err(_) => return or_failed(&visit, &next, Err(Failure::malformed("not a form of this page"))).await,
    };
    let done = take_step(&visit, &id, &step, &form).await;
    let answer = match done {
        Ok(()) => {
            let target = format!("{next}{}", filter.query());
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response())
        }
        Err(failure) if matches!(failure.code(), Code::SignedOut | Code::NotFound) => Err(failure),
        Err(failure) => {
            let status = crate::http::problem::status_of(failure.code());
            let tried = Tried { failure, text: form.text, reason: form.reason };
            order_page(&visit, &id, &filter, Some(&tried)).await.map(|mut response| {
                *response.status_mut() = status;
                response
            })
        }
    };
    or_failed(&visit, &next, answer).await
}

async fn take_step(visit: &Visit, id: &RequestId, step: &str, form: &StepForm) -> Answer<()> {
    let agent = visit.changing(&form.proof)?;
    let (hub, scope, person) = (&visit.hub, &agent.scope, &agent.person);
    // a form that is sent twice is carried out once; the step and the texts are what was asked for
    let body = format!("{}\n\n{}", form.text, form.reason);
    let key = Key::new(&form.key, "POST", &format!("/agent/requests/{id}/{step}"), body.as_bytes())?;
    match step {
        "take" => request::take(hub, scope, person, &key, id).await?,
        "release" => request::release(hub, scope, person, &key, id).await?,
        "comments" => request::agent_comment(hub, scope, person, &key, id, &form.text).await?,
        "done" => {
            request::finish(hub, scope, person, &key, id, &Outcome { done: true, text: form.text.clone() }).await?
        }
        "not-done" => {
            request::finish(hub, scope, person, &key, id, &Outcome { done: false, text: form.reason.clone() }).await?
        }
        _ => return Err(Failure::not_found()),
    };
    Ok(())
}

#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    next: String,
}

/// Where to go after signing in: an order, or the queue; nowhere else.
fn checked_next(next: &str) -> String {
    next.strip_prefix("/agent/requests/").map_or_else(|| "/agent".to_owned(), order_address)
}

async fn sign_in_get(visit: Visit, Query(Target { next }): Query<Target>) -> Response {
    if visit.agent.is_some() {
        return Redirect::to(&checked_next(&next)).into_response();
    }
    layout::sign_in(&visit, &provider(&visit).await, &checked_next(&next), "", None)
}

#[derive(Deserialize)]
struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in_post(visit: Visit, form: Result<Form<SignInForm>, FormRejection>) -> Response {
    let Ok(Form(form)) = form else { return Redirect::to("/agent/sign-in").into_response() };
    let next = checked_next(&form.next);
    match visit.sign_in(&form.email, &form.password).await {
        Ok(cookie) => see_other(&next, cookie),
        Err(failure) => layout::sign_in(&visit, &provider(&visit).await, &next, &form.email, Some(&failure)),
    }
}

fn see_other(target: &str, cookie: HeaderValue) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, target.to_owned())]).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

#[derive(Deserialize)]
struct SignOutForm {
    proof: String,
}

async fn sign_out_post(visit: Visit, form: Result<Form<SignOutForm>, FormRejection>) -> Response {
    let proof = form.map(|form| form.0.proof).unwrap_or_default();
    let answer = visit.sign_out(&proof).await.map(|cookie| see_other("/agent/sign-in", cookie));
    or_failed(&visit, "/agent", answer).await
}

#[derive(Deserialize)]
struct LanguageForm {
    language: Language,
}

async fn language_post(visit: Visit, form: Result<Form<LanguageForm>, FormRejection>) -> Response {
    let language = form.map(|form| form.0.language).unwrap_or_default();
    let answer = visit::language_cookie(language).map(|cookie| see_other("/agent", cookie));
    or_failed(&visit, "/agent", answer).await
}
