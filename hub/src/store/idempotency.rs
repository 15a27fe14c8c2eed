//! Keys under which a call is carried out at most once: scoped to the person, kept as long as the request.

use service_tool_contract::id::{PersonId, RequestId};
use sqlx::{Row, query};

use super::{Connection, Result, StoreError, large_number, stored};

/// What was done under a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Of method, path and body.
    pub body_hash: Vec<u8>,
    pub request: RequestId,
    /// Of the audit entry, for the receipt.
    pub sequence: u64,
    pub status: u16,
}

/// What this person did under this key.
pub async fn find(connection: &mut Connection, person: &PersonId, key: &str) -> Result<Option<Done>> {
    let row = query("select body_hash, request, sequence, status from idempotency where person = ? and key = ?")
        .bind(person.as_str())
        .bind(key)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Done {
            body_hash: row.try_get("body_hash")?,
            request: RequestId(row.try_get("request")?),
            sequence: large_number(&row, "sequence")?,
            status: u16::try_from(row.try_get::<i64, _>("status")?).map_err(|_| StoreError::Damaged("status"))?,
        })
    })
    .transpose()
}

/// Keeps what was done.
pub async fn add(
    connection: &mut Connection,
    scope: &super::TenantScope,
    person: &PersonId,
    key: &str,
    done: &Done,
) -> Result<()> {
    query(
        "insert into idempotency (person, key, body_hash, request, tenant, sequence, status) values (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(person.as_str())
    .bind(key)
    .bind(&done.body_hash)
    .bind(done.request.as_str())
    .bind(scope.tenant().as_str())
    .bind(stored(done.sequence)?)
    .bind(i64::from(done.status))
    .execute(connection)
    .await?;
    Ok(())
}
