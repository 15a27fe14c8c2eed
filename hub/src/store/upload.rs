//! Finished uploads: which person may name which attachment.

use service_tool_contract::id::{Digest, Moment, PersonId};
use sqlx::{Row, query};

use super::{AdminScope, Connection, Result, TenantScope, large_number, millis, stored};

/// A finished upload of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    pub digest: Digest,
    pub size: u64,
    /// As seen in the content.
    pub media_type: String,
}

/// The person's finished upload with this digest.
pub async fn find(
    connection: &mut Connection,
    scope: &TenantScope,
    person: &PersonId,
    digest: &Digest,
) -> Result<Option<Upload>> {
    let row = query("select digest, size, media_type from upload where tenant = ? and person = ? and digest = ?")
        .bind(scope.tenant().as_str())
        .bind(person.as_str())
        .bind(digest.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Upload {
            digest: Digest(row.try_get("digest")?),
            size: large_number(&row, "size")?,
            media_type: row.try_get("media_type")?,
        })
    })
    .transpose()
}

/// Keeps that a person's upload is finished.
pub async fn add(
    connection: &mut Connection,
    scope: &TenantScope,
    person: &PersonId,
    upload: &Upload,
    now: Moment,
) -> Result<()> {
    query(
        "insert into upload (person, digest, tenant, size, media_type, completed_at) values (?, ?, ?, ?, ?, ?)
         on conflict (person, digest) do nothing",
    )
    .bind(person.as_str())
    .bind(upload.digest.as_str())
    .bind(scope.tenant().as_str())
    .bind(stored(upload.size)?)
    .bind(&upload.media_type)
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Number and bytes of the person's finished uploads that no request of the firm names.
pub async fn unused(connection: &mut Connection, scope: &TenantScope, person: &PersonId) -> Result<(u64, u64)> {
    let row = query(
        "select count(*) as number, coalesce(sum(size), 0) as bytes from upload u where u.tenant = ? and u.person = ?
         and not exists (select 1 from attachment a where a.tenant = u.tenant and a.digest = u.digest)",
    )
    .bind(scope.tenant().as_str())
    .bind(person.as_str())
    .fetch_one(connection)
    .await?;
    Ok((large_number(&row, "number")?, large_number(&row, "bytes")?))
}

/// Forgets uploads finished before `before` that no request names, and gives back the attachments that nobody at the firm
/// refers to any more.
pub async fn forget_unused(
    connection: &mut Connection,
    _: &AdminScope,
    before: Moment,
) -> Result<Vec<(TenantScope, Digest)>> {
    let rows = query(
        "delete from upload where completed_at < ? and not exists
         (select 1 from attachment a where a.tenant = upload.tenant and a.digest = upload.digest)
         returning tenant, digest",
    )
    .bind(millis(before))
    .fetch_all(&mut *connection)
    .await?;
    let mut unused = Vec::new();
    for row in &rows {
        let (tenant, digest): (String, String) = (row.try_get("tenant")?, row.try_get("digest")?);
        let left = query("select 1 from upload where tenant = ? and digest = ?")
            .bind(&tenant)
            .bind(&digest)
            .fetch_optional(&mut *connection)
            .await?;
        if left.is_none() {
            unused.push((TenantScope::new(tenant.into()), Digest(digest)));
        }
    }
    Ok(unused)
}
