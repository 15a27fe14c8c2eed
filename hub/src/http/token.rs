//! `/tokens`: short access tokens for a device's key.

use axum::{Json, extract::State};
use jiff::SignedDuration;
use service_tool_contract::{
    code::Problem,
    id::Moment,
    wire::{Token, TokenAsk},
};

use super::extract::{Address, Body, secret_hash};
use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::store::credential;

const LIFE_S: u32 = 15 * 60;

/// Length of a token of ours: 32 bytes, base64url.
pub const TOKEN_CHARACTERS: usize = 43;

/// A token for a device's key.
#[utoipa::path(post, path = "/tokens", tag = "enrolment", request_body = TokenAsk, responses(
    (status = 200, body = Token),
    (status = 401, body = Problem, description = "signed_out: the key is unknown or revoked"),
    (status = 429, body = Problem, description = "too_many"),
))]
pub async fn token_ask(
    State(hub): State<Shared>,
    Address(address): Address,
    Body(ask): Body<TokenAsk>,
) -> Answer<Json<Token>> {
    let now = hub.ambient.now();
    let found = {
        let mut reading = hub.store.read().await?;
        credential::device(&mut reading, &secret_hash(&ask.device_key)).await?
    };
    let Some((device, person)) = found else {
        // counted as failed; whoever holds a key is not kept out by others at the same address
        let _ = hub.limiter.begin_try(address, now)?;
        return Err(Failure::signed_out());
    };
    hub.limiter.person(&person, now)?;
    let mut change = hub.store.change().await?;
    let access_token = hub.ambient.secret()?;
    let life = SignedDuration::from_secs(i64::from(LIFE_S));
    let expires_at = Moment(now.0.saturating_add(life).unwrap_or(now.0));
    credential::add_token(&mut change, &secret_hash(&access_token), &device, now, expires_at).await?;
    change.commit().await?;
    Ok(Json(Token { access_token, expires_in_s: LIFE_S }))
}
