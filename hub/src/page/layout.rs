//! Owns the frame of every page: head, bar, sign-in, and the page that says what went wrong.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::visit::Visit;
use crate::failure::Failure;
use crate::http::problem::status_of;

/// Icons, 20-px grid, strokes.
pub fn icon(path: &'static str) -> Markup {
    html! { svg.icon viewBox="0 0 20 20" aria-hidden="true" { (PreEscaped(path)) } }
}

pub const COPY: &str = "<path d=\"M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.500v7a1.5 1.5 0 0 1-1.5 1.500H13M4.5 7h7A1.5 1.5 0 0 1 13 8.500v7a1.5 1.5 0 0 1-1.5 1.500h-7A1.5 1.5 0 0 1 3 15.500v-7A1.5 1.5 0 0 1 4.5 7z\"/>";
pub const SEARCH: &str = "<circle cx=\"8.5\" cy=\"8.5\" r=\"5.5\"/><path d=\"m12.6 12.6 4.4 4.4\"/>";
pub const WARNING: &str = "<path d=\"M10 3 2.5 16.500h15zM10 8v4M10 14.2v.3\"/>";

/// Attributes of the page's frame.
pub struct Frame<'a> {
    pub title: &'a str,
    pub provider: &'a str,
    /// Seconds after which a browser without scripts loads the page again.
    pub refresh_s: Option<u32>,
}

/// A page.
pub fn page(visit: &Visit, frame: &Frame<'_>, navigation: &Markup, content: &Markup) -> Response {
    let words = visit.words();
    let markup = html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (frame.title) " – " (frame.provider) }
                link rel="icon" href="/agent/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href={ "/agent/style.css?" (super::asset_mark()) };
                script src={ "/agent/script.js?" (super::asset_mark()) } defer {}
                @if let Some(seconds) = frame.refresh_s {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
            }
            body data-copied=(words.copied) data-not-copied=(words.not_copied) {
                a.skip href="#content" { (words.skip) }
                div.hub {
                    header.bar {
                        span.wordmark {
                            svg viewBox="0 0 16 16" aria-hidden="true" { path d="M1 9h3v6H1zm5.5-4h3v10h-3zM12 1h3v14h-3z" {} }
                            (frame.provider)
                        }
                        (navigation)
                        div.person {
                            form method="post" action="/agent/language" {
                                button.btn.link type="submit" name="language" value=(words.other_language_code)
                                    lang=(words.other_language_code) { (words.other_language) }
                            }
                            @if let Some(agent) = &visit.agent {
                                span.small { (agent.person.name) }
                                form method="post" action="/agent/sign-out" {
                                    input type="hidden" name="proof" value=(agent.form_proof());
                                    button.btn.quiet type="submit" { (words.sign_out) }
                                }
                            }
                        }
                    }
                    (content)
                }
                p.toast role="status" aria-live="polite" hidden {}
            }
        }
    };
    secured(Html(markup.into_string()).into_response())
}

/// Headers of every page: nothing from elsewhere, nothing kept.
fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    response
}

/// A message that something did not work.
pub fn alert(text: &str, more: &str) -> Markup {
    html! {
        div.msg.bad role="alert" { (icon(WARNING)) div { b { (text) } @if !more.is_empty() { span { (more) } } } }
    }
}

/// The page that asks who somebody is.
pub fn sign_in(visit: &Visit, provider: &str, next: &str, email: &str, failure: Option<&Failure>) -> Response {
    let words = visit.words();
    let content = html! {
        main.sign-in #content tabindex="-1" {
            form.box method="post" action="/agent/sign-in" {
                h1 { (words.sign_in) }
                p.muted { (words.sign_in_line) }
                @if let Some(failure) = failure {
                    @let text = match failure.code() {
                        service_tool_contract::code::Code::SignedOut => words.sign_in_wrong,
                        code => words.problem(code),
                    };
                    (alert(text, ""))
                }
                input type="hidden" name="next" value=(next);
                div.field {
                    label for="email" { (words.email) }
                    input.input #email name="email" type="email" autocomplete="username" required value=(email) autofocus;
                }
                div.field {
                    label for="password" { (words.password) }
                    input.input #password name="password" type="password" autocomplete="current-password" required;
                }
                div.end { button.btn.primary type="submit" { (words.sign_in) } }
            }
        }
    };
    let frame = Frame { title: words.sign_in, provider, refresh_s: None };
    let mut response = page(visit, &frame, &html! { span.grow {} }, &content);
    *response.status_mut() = match failure {
        Some(failure) => status_of(failure.code()),
        None => StatusCode::OK,
    };
    response
}

/// The page that says what went wrong.
pub fn failed(visit: &Visit, provider: &str, failure: &Failure) -> Response {
    let words = visit.words();
    let content = html! {
        main.sign-in #content tabindex="-1" {
            div.box {
                h1 { (words.console) }
                (alert(words.problem(failure.code()), words.nothing_kept))
                div.end { a.btn href="/agent" { (words.back_to_queue) } }
            }
        }
    };
    let frame = Frame { title: words.console, provider, refresh_s: None };
    let mut response = page(visit, &frame, &html! { span.grow {} }, &content);
    *response.status_mut() = status_of(failure.code());
    response
}
