//! Owns who looks at the page and in which language: session cookie, proof against foreign sites, sign-in.
//!
//! Invariant: nothing is changed by a call that does not come from a form of this session's own pages.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use jiff::SignedDuration;
use ring::hmac;
use service_tool_contract::{code::Code, id::Moment, text::Language};

use super::words::Words;
use crate::failure::{Answer, Failure};
use crate::http::extract::{Address, secret_hash};
use crate::hub::Shared;
use crate::store::{ProviderScope, credential, person::Person};

const SESSION_COOKIE: &str = "__Host-session";
const LANGUAGE_COOKIE: &str = "__Host-language";
/// A working day, with what comes after it.
const SESSION_HOURS: i64 = 12;

/// Somebody who looks at the page, signed in or not.
pub struct Visit {
    pub hub: Shared,
    pub language: Language,
    pub address: std::net::IpAddr,
    pub agent: Option<SignedIn>,
    /// Whether a call that changes something may come from where this one comes from.
    is_own_site: bool,
}

/// A signed-in agent.
pub struct SignedIn {
    pub person: Person,
    pub scope: ProviderScope,
    secret: String,
}

impl SignedIn {
    /// Goes into every form of this session; another session's does not fit.
    pub fn form_proof(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        data_encoding::BASE64URL_NOPAD.encode(hmac::sign(&key, b"service-tool form v1").as_ref())
    }
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Answer<Self> {
        let Address(address) = Address::from_request_parts(parts, hub).await?;
        let agent = match cookie(&parts.headers, SESSION_COOKIE) {
            Some(secret) => {
                let mut reading = hub.store.read().await?;
                let found = credential::by_session(&mut reading, &secret_hash(&secret), hub.ambient.now()).await?;
                found.and_then(|identity| {
                    identity.provider.map(|scope| SignedIn { person: identity.person, scope, secret })
                })
            }
            None => None,
        };
        if let Some(agent) = &agent {
            hub.limiter.person(&agent.person.id, hub.ambient.now())?;
        }
        Ok(Self {
            hub: Arc::clone(hub),
            language: language(&parts.headers),
            address,
            agent,
            is_own_site: is_own_site(parts),
        })
    }
}

impl Visit {
    /// The words of the visitor's language.
    pub fn words(&self) -> &'static Words {
        Words::of(self.language)
    }

    /// The agent, if somebody is signed in.
    pub fn signed_in(&self) -> Answer<&SignedIn> {
        self.agent.as_ref().ok_or_else(Failure::signed_out)
    }

    /// The agent, if the call comes from a form of their own session.
    pub fn changing(&self, form_proof: &str) -> Answer<&SignedIn> {
        let agent = self.signed_in()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, agent.secret.as_bytes());
        let proof = data_encoding::BASE64URL_NOPAD.decode(form_proof.as_bytes()).unwrap_or_default();
        if !self.is_own_site || hmac::verify(&key, b"service-tool form v1", &proof).is_err() {
            return Err(Failure::new(Code::NotAllowed, "not from a form of this session"));
        }
        Ok(agent)
    }

    /// Signs an agent in; the answer is the cookie. An unknown address takes as long as a wrong password.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer<HeaderValue> {
        let hub = &self.hub;
        let now = hub.ambient.now();
        // another site that makes the agent's browser try uses none of their tries up
        if !self.is_own_site {
            return Err(Failure::new(Code::NotAllowed, "not from a page of this hub"));
        }
        let tried = hub.limiter.begin_try(self.address, now)?;
        let found = if password.len() <= 1024 {
            let mut reading = hub.store.read().await?;
            credential::agent_by_email(&mut reading, &email.trim().to_lowercase()).await?
        } else {
            None
        };
        let (person, hash) = found.map_or((None, None), |(person, hash)| (Some(person), hash));
        let password: String = password.chars().take(1024).collect();
        let is_right = super::password::compare(password, hash).await?;
        let (Some(person), true) = (person, is_right) else {
            return Err(Failure::signed_out());
        };
        tried.succeeded();
        let secret = hub.ambient.secret()?;
        let expires_at = Moment(now.0.saturating_add(SignedDuration::from_hours(SESSION_HOURS)).unwrap_or(now.0));
        let mut change = hub.store.change().await?;
        credential::add_session(&mut change, &secret_hash(&secret), &person, now, expires_at).await?;
        change.commit().await?;
        cookie_value(SESSION_COOKIE, &secret, SESSION_HOURS * 3600)
    }

    /// Ends the session; the answer is the cookie that replaces it.
    pub async fn sign_out(&self, form_proof: &str) -> Answer<HeaderValue> {
        let agent = self.changing(form_proof)?;
        let mut change = self.hub.store.change().await?;
        credential::end_session(&mut change, &secret_hash(&agent.secret)).await?;
        change.commit().await?;
        cookie_value(SESSION_COOKIE, "", 0)
    }
}

/// The cookie that keeps the language.
pub fn language_cookie(language: Language) -> Answer<HeaderValue> {
    cookie_value(LANGUAGE_COOKIE, Words::of(language).language, 365 * 24 * 3600)
}

fn cookie_value(name: &str, value: &str, life_s: i64) -> Answer<HeaderValue> {
    let text = format!("{name}={value}; Path=/; Max-Age={life_s}; HttpOnly; Secure; SameSite=Strict");
    HeaderValue::from_str(&text).map_err(|error| crate::failure::disk(&error))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The language that was chosen, else the first one of the browser that there is, else German.
fn language(headers: &HeaderMap) -> Language {
    let of = |text: &str| match text.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("de") => Some(Language::De),
        Some("en") => Some(Language::En),
        _ => None,
    };
    cookie(headers, LANGUAGE_COOKIE).and_then(|chosen| of(&chosen)).unwrap_or_else(|| {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(',').find_map(of))
            .unwrap_or_default()
    })
}

/// Browsers say where a call comes from; one from another site changes nothing.
fn is_own_site(parts: &Parts) -> bool {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    // HTTP/2 names the host in the address
    let host = parts.uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text("host"));
    match (text("origin"), host) {
        (Some(origin), Some(host)) => origin == format!("https://{host}"),
        (Some(_), None) => false,
        (None, _) => true,
    }
}
