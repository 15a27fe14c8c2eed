//! `/me` and `/profile`: who is signed in, and what they entered about themselves.

use axum::{Json, extract::State};
use service_tool_contract::{
    code::Problem,
    wire::{Me, Profile, ProfileChange},
};

use super::extract::{Body, Member, Signed};
use crate::failure::{Answer, Failure};
use crate::hub::Shared;
use crate::request::checked_line;
use crate::store::person;

/// The signed-in person.
#[utoipa::path(get, path = "/me", tag = "me", security(("token" = [])), responses(
    (status = 200, body = Me),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn me_get(State(hub): State<Shared>, Signed(identity): Signed) -> Answer<Json<Me>> {
    Ok(Json(hub.me(&identity).await?))
}

/// The person's own data.
#[utoipa::path(get, path = "/profile", tag = "me", security(("token" = [])), responses(
    (status = 200, body = Profile),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn profile_get(State(hub): State<Shared>, member: Member) -> Answer<Json<Profile>> {
    let mut reading = hub.store.read().await?;
    Ok(Json(person::profile(&mut reading, &member.scope, &member.person).await?))
}

/// Changes reply address, town and call-back number.
#[utoipa::path(put, path = "/profile", tag = "me", security(("token" = [])), request_body = ProfileChange, responses(
    (status = 200, body = Profile),
    (status = 400, body = Problem, description = "malformed; `field` says where"),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn profile_set(
    State(hub): State<Shared>,
    member: Member,
    Body(wanted): Body<ProfileChange>,
) -> Answer<Json<Profile>> {
    let change = ProfileChange {
        email: checked_line("email", &wanted.email, 3, 254)?,
        town: checked_line("town", &wanted.town, 0, 120)?,
        phone: checked_line("phone", &wanted.phone, 0, 60)?,
    };
    if !is_address(&change.email) {
        return Err(Failure::malformed_field("email", "not an e-mail address"));
    }
    let mut writing = hub.store.change().await?;
    person::set_profile(&mut writing, &member.scope, &member.person.id, &change, hub.ambient.now()).await?;
    let profile = person::profile(&mut writing, &member.scope, &member.person).await?;
    writing.commit().await?;
    Ok(Json(profile))
}

/// One `@`, something before it, a dotted name behind it, no blanks. Whether it exists is for mail to find out.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|part| !part.is_empty())
        && !text.chars().any(|character| character.is_whitespace() || "<>,;\"()".contains(character))
}
