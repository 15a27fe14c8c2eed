//! `/enrolments`: looks at an enrolment code and uses it for a device.
//!
//! Invariant: a wrong, used or expired code get the same answer after the same work.

use axum::{Json, extract::State};
use service_tool_contract::{
    code::{Code, Problem},
    wire::{Enrolment, EnrolmentLook, EnrolmentOffer, EnrolmentUse},
};

use super::extract::{Address, Body, secret_hash};
use crate::audit::Entry;
use crate::enrolment::code_hash;
use crate::failure::{Answer, Failure};
use crate::hub::{Hub, Shared};
use crate::request::checked_line;
use crate::store::credential::{self, EnrolmentCode};

fn refused() -> Failure {
    Failure::new(Code::EnrolmentRefused, "the code is wrong, used or expired")
}

fn is_open(hub: &Hub, code: &EnrolmentCode) -> bool {
    code.used_at.is_none() && code.expires_at > hub.ambient.now()
}

/// Says what a code stands for; does not use it up.
#[utoipa::path(post, path = "/enrolments/look", tag = "enrolment", request_body = EnrolmentLook, responses(
    (status = 200, body = EnrolmentOffer),
    (status = 403, body = Problem, description = "enrolment_refused"),
    (status = 429, body = Problem, description = "too_many"),
))]
pub async fn enrolment_look(
    State(hub): State<Shared>,
    Address(address): Address,
    Body(look): Body<EnrolmentLook>,
) -> Answer<Json<EnrolmentOffer>> {
    let tried = hub.limiter.begin_try(address, hub.ambient.now())?;
    let hash = code_hash(&look.code);
    let found = {
        let mut reading = hub.store.read().await?;
        credential::enrolment(&mut reading, &hash).await?
    };
    match found.filter(|code| is_open(&hub, code)) {
        Some(code) => {
            tried.succeeded();
            let me = hub.me(&code.identity).await?;
            // people know their provider, not the name of its hub
            let known = !me.brand.provider.is_empty();
            Ok(Json(EnrolmentOffer {
                hub_name: if known { me.brand.provider } else { hub.identity.name.clone() },
                tenant_name: me.tenant_name,
                person_name: me.name,
                role: me.role,
            }))
        }
        None => Err(refused()),
    }
}

/// Uses a code for a device. With the same device key it answers again.
#[utoipa::path(post, path = "/enrolments", tag = "enrolment", request_body = EnrolmentUse, responses(
    (status = 200, body = Enrolment),
    (status = 400, body = Problem, description = "malformed"),
    (status = 403, body = Problem, description = "enrolment_refused"),
    (status = 429, body = Problem, description = "too_many"),
))]
pub async fn enrolment_use(
    State(hub): State<Shared>,
    Address(address): Address,
    Body(wanted): Body<EnrolmentUse>,
) -> Answer<Json<Enrolment>> {
    let is_key = data_encoding::BASE64URL_NOPAD
        .decode(wanted.device_key.trim_end_matches('=').as_bytes())
        .is_ok_and(|bytes| bytes.len() == 32);
    if !is_key {
        return Err(Failure::malformed_field("device_key", "32 bytes, base64url, are demanded"));
    }
    let device_name = checked_line("device_name", &wanted.device_name, 0, 120)?;
    let tried = hub.limiter.begin_try(address, hub.ambient.now())?;
    let (code, key) = (code_hash(&wanted.code), secret_hash(&wanted.device_key));
    let mut change = hub.store.change().await?;
    let now = hub.ambient.now();
    let identity = match credential::enrolment(&mut change, &code).await? {
        Some(found) if is_open(&hub, &found) => {
            let device = hub.ambient.id("dev")?;
            if !credential::use_enrolment(&mut change, &code, &device, &key, &device_name, now).await? {
                return Err(refused());
            }
            if let Some(scope) = &found.identity.tenant {
                let entry = Entry {
                    actor: found.identity.person.id.as_str(),
                    action: "device.enrolled",
                    request: None,
                    content: serde_json::json!({"device": device, "name": device_name}),
                };
                hub.audit.append(&mut change, scope, entry, &hub.ambient).await?;
            }
            found.identity
        }
        // the answer was lost on its way: the same device asks again
        Some(found) if found.expires_at > now && found.device_key_hash.as_deref() == Some(&key[..]) => found.identity,
        _ => return Err(refused()),
    };
    change.commit().await?;
    tried.succeeded();
    Ok(Json(Enrolment { me: hub.me(&identity).await?, hub: hub.identity.clone() }))
}
