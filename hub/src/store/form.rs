//! Published forms: every version for good, and which of them are the catalog of today.

use service_tool_contract::id::{Digest, FormId, Moment};
use sqlx::{Row, query, sqlite::SqliteRow};

use super::{AdminScope, Connection, Result, millis, number};

/// A published version of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct FormVersion {
    pub form: FormId,
    pub version: u32,
    pub hash: Digest,
    /// JSON text, as published.
    pub definition: String,
}

fn read(row: &SqliteRow) -> Result<FormVersion> {
    Ok(FormVersion {
        form: FormId(row.try_get("form")?),
        version: number(row, "version")?,
        hash: Digest(row.try_get("hash")?),
        definition: row.try_get("definition")?,
    })
}

/// The catalog of today, by form. The same for all firms.
pub async fn current(connection: &mut Connection) -> Result<Vec<FormVersion>> {
    let rows = query(
        "select v.form, v.version, v.hash, v.definition from form_current c join form_version v on v.hash = c.hash
         order by v.form",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// One version that was ever published.
pub async fn version(
    connection: &mut Connection,
    form: &FormId,
    version: u32,
    hash: &Digest,
) -> Result<Option<FormVersion>> {
    let row =
        query("select form, version, hash, definition from form_version where form = ? and version = ? and hash = ?")
            .bind(form.as_str())
            .bind(i64::from(version))
            .bind(hash.as_str())
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(read).transpose()
}

/// The highest version of a form that was ever published.
pub async fn highest(connection: &mut Connection, form: &FormId) -> Result<Option<FormVersion>> {
    let row =
        query("select form, version, hash, definition from form_version where form = ? order by version desc limit 1")
            .bind(form.as_str())
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(read).transpose()
}

/// Puts a version into the catalog of today; keeps it for good where it is new.
pub async fn publish(connection: &mut Connection, _: &AdminScope, version: &FormVersion, now: Moment) -> Result<()> {
    query(
        "insert into form_version (hash, form, version, definition, published_at) values (?, ?, ?, ?, ?)
         on conflict (hash) do nothing",
    )
    .bind(version.hash.as_str())
    .bind(version.form.as_str())
    .bind(i64::from(version.version))
    .bind(&version.definition)
    .bind(millis(now))
    .execute(&mut *connection)
    .await?;
    query("insert into form_current (form, hash) values (?1, ?2) on conflict (form) do update set hash = ?2")
        .bind(version.form.as_str())
        .bind(version.hash.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a form out of the catalog of today; its versions stay for the orders that name them.
pub async fn withdraw(connection: &mut Connection, _: &AdminScope, form: &FormId) -> Result<()> {
    query("delete from form_current where form = ?").bind(form.as_str()).execute(connection).await?;
    Ok(())
}
