//! `/uploads/{sha256}`: attachments in chunks, resumed where they stand.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, Weak};

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use service_tool_contract::{
    code::Problem,
    id::{Digest, PersonId},
    wire::UploadState,
};

use super::extract::{Member, Query, Raw};
use crate::attachment::{Chunk, MOST_BYTES, MOST_UNUSED, MOST_UNUSED_BYTES, Received};
use crate::failure::{Answer, Failure, disk};
use crate::hub::Shared;
use crate::store::upload::{self, Upload};

/// What the address says about a chunk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkPlace {
    offset: u64,
    size: u64,
    media_type: String,
}

type Guards = std::sync::Mutex<HashMap<(PersonId, Digest), Weak<tokio::sync::Mutex<()>>>>;

/// Chunks of one upload one after the other.
fn guard(person: &PersonId, digest: &Digest) -> Arc<tokio::sync::Mutex<()>> {
    static GUARDS: LazyLock<Guards> = LazyLock::new(Guards::default);
    let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
    guards.retain(|_, guard| guard.strong_count() > 0);
    let entry = guards.entry((person.clone(), digest.clone())).or_default();
    entry.upgrade().unwrap_or_else(|| {
        let fresh = Arc::default();
        *entry = Arc::downgrade(&fresh);
        fresh
    })
}

fn digest_of(path: String) -> Answer<Digest> {
    let digest = Digest(path);
    if digest.is_well_formed() { Ok(digest) } else { Err(Failure::malformed("not a digest")) }
}

/// How much of an upload has arrived.
#[utoipa::path(get, path = "/uploads/{sha256}", tag = "uploads", security(("token" = [])), params(
    ("sha256" = String, Path, description = "of the whole content, lower case hexadecimal"),
), responses(
    (status = 200, body = UploadState),
    (status = 401, body = Problem, description = "signed_out"),
))]
pub async fn upload_get(
    State(hub): State<Shared>,
    member: Member,
    Path(sha256): Path<String>,
) -> Answer<Json<UploadState>> {
    let digest = digest_of(sha256)?;
    let mut reading = hub.store.read().await?;
    if let Some(upload) = upload::find(&mut reading, &member.scope, &member.person.id, &digest).await? {
        return Ok(Json(UploadState { received: upload.size, complete: true }));
    }
    drop(reading);
    let (folder, scope, person) = (hub.attachments.clone(), member.scope, member.person.id);
    let received = tokio::task::spawn_blocking(move || folder.received(&scope, &person, &digest))
        .await
        .map_err(|error| disk(&error))?;
    Ok(Json(UploadState { received, complete: false }))
}

/// Adds a chunk. At another offset than the one reached: `state_conflict`, with `upload` saying where it stands.
#[utoipa::path(put, path = "/uploads/{sha256}", tag = "uploads", security(("token" = [])), params(
    ("sha256" = String, Path, description = "of the whole content, lower case hexadecimal"),
    ("offset" = u64, Query, description = "of the chunk"),
    ("size" = u64, Query, description = "of the whole content, at most 25 MiB"),
    ("media_type" = String, Query, description = "image/png or image/jpeg"),
), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = UploadState),
    (status = 401, body = Problem, description = "signed_out"),
    (status = 409, body = Problem, description = "state_conflict; `upload` says where it stands"),
    (status = 413, body = Problem, description = "too_large: chunk over 4 MiB, or content over 25 MiB"),
    (status = 415, body = Problem, description = "file_refused: empty, another type, another content than the hash says"),
    (status = 429, body = Problem, description = "too_many: so much was uploaded and not used that no more is taken"),
))]
pub async fn upload_put(
    State(hub): State<Shared>,
    member: Member,
    Path(sha256): Path<String>,
    Query(place): Query<ChunkPlace>,
    Raw(bytes): Raw,
) -> Answer<Json<UploadState>> {
    let digest = digest_of(sha256)?;
    let guard = guard(&member.person.id, &digest);
    let _held = guard.lock().await;
    let mut reading = hub.store.read().await?;
    if let Some(upload) = upload::find(&mut reading, &member.scope, &member.person.id, &digest).await? {
        return Ok(Json(UploadState { received: upload.size, complete: true }));
    }
    let (unused, unused_bytes) = upload::unused(&mut reading, &member.scope, &member.person.id).await?;
    drop(reading);
    if unused >= MOST_UNUSED || unused_bytes + place.size.min(MOST_BYTES) > MOST_UNUSED_BYTES {
        return Err(Failure::too_many(3600));
    }
    let (folder, scope, person) = (hub.attachments.clone(), member.scope.clone(), member.person.id.clone());
    let (wanted, received) = tokio::task::spawn_blocking(move || {
        let chunk = Chunk { offset: place.offset, size: place.size, media_type: &place.media_type, bytes: &bytes };
        let received = folder.receive(&scope, &person, &digest, chunk);
        (digest, received)
    })
    .await
    .map_err(|error| disk(&error))?;
    match received? {
        Received::Part(state) => Ok(Json(state)),
        Received::Whole { size, media_type } => {
            let upload = Upload { digest: wanted, size, media_type: media_type.to_owned() };
            let mut change = hub.store.change().await?;
            upload::add(&mut change, &member.scope, &member.person.id, &upload, hub.ambient.now()).await?;
            change.commit().await?;
            Ok(Json(UploadState { received: size, complete: true }))
        }
    }
}
