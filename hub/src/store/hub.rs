//! The one row about the hub itself: its id and names, the provider's brand, how clients reach it.

use service_tool_contract::{id::Moment, wire::Brand};
use sqlx::{Row, query};

use super::{Connection, Result, millis};

/// The hub, as it knows itself.
#[derive(Debug, Clone, PartialEq)]
pub struct HubRecord {
    pub id: String,
    pub name: String,
    pub url: String,
    pub own_certificate: bool,
    pub brand: Brand,
}

/// The record; nothing before the first start.
pub async fn record(connection: &mut Connection) -> Result<Option<HubRecord>> {
    let row = query("select id, name, url, own_certificate, provider, hotline, hotline_hours from hub")
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(HubRecord {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        own_certificate: row.try_get::<i64, _>("own_certificate")? == 1,
        brand: Brand {
            provider: row.try_get("provider")?,
            hotline: row.try_get("hotline")?,
            hotline_hours: row.try_get("hotline_hours")?,
        },
    }))
}

/// Writes the record at the first start.
pub async fn add(connection: &mut Connection, record: &HubRecord, now: Moment) -> Result<()> {
    query(
        "insert into hub (only_row, id, name, url, own_certificate, provider, hotline, hotline_hours, next_number,
         events_deleted, created_at) values (1, ?, ?, ?, ?, ?, ?, ?, 1001, 0, ?)",
    )
    .bind(&record.id)
    .bind(&record.name)
    .bind(&record.url)
    .bind(i64::from(record.own_certificate))
    .bind(&record.brand.provider)
    .bind(&record.brand.hotline)
    .bind(&record.brand.hotline_hours)
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes name, address, kind of certificate and brand.
pub async fn set(connection: &mut Connection, record: &HubRecord) -> Result<()> {
    query("update hub set name = ?, url = ?, own_certificate = ?, provider = ?, hotline = ?, hotline_hours = ?")
        .bind(&record.name)
        .bind(&record.url)
        .bind(i64::from(record.own_certificate))
        .bind(&record.brand.provider)
        .bind(&record.brand.hotline)
        .bind(&record.brand.hotline_hours)
        .execute(connection)
        .await?;
    Ok(())
}

/// The next readable number of a request, used up.
pub async fn next_number(connection: &mut Connection) -> Result<i64> {
    let row = query("update hub set next_number = next_number + 1 returning next_number - 1 as number")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get("number")?)
}
