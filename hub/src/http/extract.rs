//! Owns what handlers take out of a request: who calls, the body, the idempotency key, the query. Each refuses with a
//! problem.
//!
//! Invariant: a handler that takes a [`Member`] or an [`Agent`] has a proven identity with the authority that goes with it.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use service_tool_contract::{IDEMPOTENCY_HEADER, code::Code};

use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::request::Key;
use crate::store::{
    ProviderScope, TenantScope,
    credential::{Identity, SecretHash},
    person::Person,
};

/// SHA-256 of a secret, as it is stored.
pub fn secret_hash(secret: &str) -> SecretHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

/// Whoever holds the access token of the call.
pub struct Signed(pub Identity);

impl FromRequestParts<Shared> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Answer<Self> {
        let address = address(parts);
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(Failure::signed_out)?;
        let found = {
            let mut reading = hub.store.read().await?;
            crate::store::credential::by_token(&mut reading, &secret_hash(token), hub.ambient.now()).await?
        };
        let Some(identity) = found else {
            // an expired token is everyday life; only what never was one counts as a try
            if token.len() != super::token::TOKEN_CHARACTERS {
                let _ = hub.limiter.begin_try(address, hub.ambient.now())?;
            }
            return Err(Failure::signed_out());
        };
        hub.limiter.person(&identity.person.id, hub.ambient.now())?;
        Ok(Self(identity))
    }
}

/// A person of a firm.
pub struct Member {
    pub person: Person,
    pub scope: TenantScope,
}

impl FromRequestParts<Shared> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Answer<Self> {
        let Signed(identity) = Signed::from_request_parts(parts, hub).await?;
        match identity.tenant {
            Some(scope) => Ok(Self { person: identity.person, scope }),
            None => Err(Failure::new(Code::NotAllowed, "for people of a firm")),
        }
    }
}

/// An agent of the provider.
pub struct Agent {
    pub person: Person,
    pub scope: ProviderScope,
}

impl FromRequestParts<Shared> for Agent {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Answer<Self> {
        let Signed(identity) = Signed::from_request_parts(parts, hub).await?;
        match identity.provider {
            Some(scope) => Ok(Self { person: identity.person, scope }),
            None => Err(Failure::new(Code::NotAllowed, "for agents of the provider")),
        }
    }
}

/// Address that a call came from.
pub struct Address(pub IpAddr);

impl FromRequestParts<Shared> for Address {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Answer<Self> {
        Ok(Self(address(parts)))
    }
}

fn address(parts: &Parts) -> IpAddr {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([0, 0, 0, 0]), |info| info.0.ip())
}

/// A JSON body that denies unknown fields.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Shared) -> Answer<Self> {
        demand_json(&request)?;
        let bytes = whole_body(request, hub).await?;
        Ok(Self(read_json(&bytes)?))
    }
}

/// A JSON body under an idempotency key.
pub struct Keyed<T> {
    pub key: Key,
    pub body: T,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Keyed<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Shared) -> Answer<Self> {
        demand_json(&request)?;
        let key = request
            .headers()
            .get(IDEMPOTENCY_HEADER)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| Failure::malformed("the header idempotency-key is missing"))?
            .to_owned();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let bytes = whole_body(request, hub).await?;
        let body = read_json(&bytes)?;
        Ok(Self { key: Key::new(&key, method.as_str(), &path, &bytes)?, body })
    }
}

/// The body as it came, within the route's bound.
pub struct Raw(pub Bytes);

impl FromRequest<Shared> for Raw {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Shared) -> Answer<Self> {
        whole_body(request, hub).await.map(Self)
    }
}

async fn whole_body(request: Request, hub: &Shared) -> Answer<Bytes> {
    Bytes::from_request(request, hub).await.map_err(|rejection: BytesRejection| {
        match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::new(Code::TooLarge, "larger than the route accepts"),
            _ => Failure::malformed("the body did not arrive whole"),
        }
    })
}

fn demand_json(request: &Request) -> Answer<()> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    if is_json { Ok(()) } else { Err(Failure::malformed("the body must be application/json")) }
}

fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    serde_json::from_slice(bytes).map_err(|error| Failure::malformed(error.to_string()))
}

/// The query, with unknown parameters refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Answer<Self> {
        axum::extract::Query::<T>::from_request_parts(parts, hub)
            .await
            .map(|query| Self(query.0))
            .map_err(|rejection| Failure::malformed(rejection.body_text()))
    }
}
