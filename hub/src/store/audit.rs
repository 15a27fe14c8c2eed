//! The rows of the audit chain. How they are chained, committed and signed is in [`crate::audit`].

use service_tool_contract::id::TenantId;
use sqlx::{Row, query, sqlite::SqliteRow};

use super::{AdminScope, Connection, Result, TenantScope, large_number, millis, moment, stored};
use crate::audit::{Head, Link};

fn read(row: &SqliteRow) -> Result<Link> {
    Ok(Link {
        tenant: TenantId(row.try_get("tenant")?),
        sequence: large_number(row, "sequence")?,
        at: moment(row, "at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        request: row.try_get("request")?,
        commitment: row.try_get("commitment")?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

/// The head of the firm's chain; nothing before its first entry.
pub async fn head(connection: &mut Connection, scope: &TenantScope) -> Result<Option<Head>> {
    let row = query("select sequence, hash, signature from audit_head where tenant = ?")
        .bind(scope.tenant().as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Head {
            sequence: large_number(&row, "sequence")?,
            hash: row.try_get("hash")?,
            signature: row.try_get("signature")?,
        })
    })
    .transpose()
}

/// Appends a link with what its commitment commits to, and moves the head.
pub async fn append(
    connection: &mut Connection,
    scope: &TenantScope,
    link: &Link,
    salt: &[u8],
    content: &str,
    signature: &[u8],
) -> Result<()> {
    query(
        "insert into audit_entry (tenant, sequence, at, actor, action, request, commitment, previous, hash)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(scope.tenant().as_str())
    .bind(stored(link.sequence)?)
    .bind(millis(link.at))
    .bind(&link.actor)
    .bind(&link.action)
    .bind(&link.request)
    .bind(&link.commitment)
    .bind(&link.previous)
    .bind(&link.hash)
    .execute(&mut *connection)
    .await?;
    query("insert into audit_content (tenant, sequence, salt, content) values (?, ?, ?, ?)")
        .bind(scope.tenant().as_str())
        .bind(stored(link.sequence)?)
        .bind(salt)
        .bind(content)
        .execute(&mut *connection)
        .await?;
    query(
        "insert into audit_head (tenant, sequence, hash, signature) values (?1, ?2, ?3, ?4)
         on conflict (tenant) do update set sequence = ?2, hash = ?3, signature = ?4",
    )
    .bind(scope.tenant().as_str())
    .bind(stored(link.sequence)?)
    .bind(&link.hash)
    .bind(signature)
    .execute(connection)
    .await?;
    Ok(())
}

/// The hash of one link, for a receipt given again.
pub async fn hash_at(connection: &mut Connection, scope: &TenantScope, sequence: u64) -> Result<Option<Vec<u8>>> {
    let row = query("select hash from audit_entry where tenant = ? and sequence = ?")
        .bind(scope.tenant().as_str())
        .bind(stored(sequence)?)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("hash")).transpose()?)
}

/// Links from `from` on, at most 1,000, in the order of their numbers, each with salt and content where they are not erased.
pub async fn links(
    connection: &mut Connection,
    _: &AdminScope,
    scope: &TenantScope,
    from: u64,
) -> Result<Vec<(Link, Option<(Vec<u8>, String)>)>> {
    let rows = query(
        "select e.tenant, e.sequence, e.at, e.actor, e.action, e.request, e.commitment, e.previous, e.hash, c.salt,
         c.content from audit_entry e left join audit_content c on c.tenant = e.tenant and c.sequence = e.sequence
         where e.tenant = ? and e.sequence >= ? order by e.sequence limit 1000",
    )
    .bind(scope.tenant().as_str())
    .bind(stored(from)?)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let salt: Option<Vec<u8>> = row.try_get("salt")?;
            let content: Option<String> = row.try_get("content")?;
            Ok((read(row)?, salt.zip(content)))
        })
        .collect()
}

/// The links about one request, in order.
pub async fn of_request(connection: &mut Connection, scope: &TenantScope, request: &str) -> Result<Vec<Link>> {
    let rows = query(
        "select tenant, sequence, at, actor, action, request, commitment, previous, hash from audit_entry
         where tenant = ? and request = ? order by sequence",
    )
    .bind(scope.tenant().as_str())
    .bind(request)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}
