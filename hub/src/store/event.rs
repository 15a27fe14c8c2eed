//! Events: what changed and for whom, with a cursor that is durable and in the order of the commits.

use service_tool_contract::{
    id::{Moment, PersonId, RequestId},
    wire::{Event, Topic},
};
use sqlx::{Row, query};

use super::person::Person;
use super::{AdminScope, Connection, Result, TenantScope, from_word, large_number, millis, stored, word};

/// Events in one answer.
pub const PAGE: usize = 200;

/// Adds an event for one person of the firm.
pub async fn add(
    connection: &mut Connection,
    _: &TenantScope,
    person: &PersonId,
    topic: Topic,
    request: Option<&RequestId>,
    now: Moment,
) -> Result<()> {
    query("insert into event (at, person, topic, request) values (?, ?, ?, ?)")
        .bind(millis(now))
        .bind(person.as_str())
        .bind(word(&topic)?)
        .bind(request.map(RequestId::as_str))
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds an event for everybody of the firm.
pub async fn add_for_tenant(connection: &mut Connection, scope: &TenantScope, topic: Topic, now: Moment) -> Result<()> {
    query("insert into event (at, tenant, topic) values (?, ?, ?)")
        .bind(millis(now))
        .bind(scope.tenant().as_str())
        .bind(word(&topic)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds an event for everybody.
pub async fn add_for_all(connection: &mut Connection, _: &AdminScope, topic: Topic, now: Moment) -> Result<()> {
    query("insert into event (at, topic) values (?, ?)")
        .bind(millis(now))
        .bind(word(&topic)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The present cursor: the number of the last event.
pub async fn cursor(connection: &mut Connection) -> Result<u64> {
    let row =
        query("select max((select coalesce(max(seq), 0) from sqlite_sequence where name = 'event'), 0) as cursor")
            .fetch_one(connection)
            .await?;
    large_number(&row, "cursor")
}

/// The number up to which events were deleted.
pub async fn deleted(connection: &mut Connection) -> Result<u64> {
    let row = query("select events_deleted from hub").fetch_one(connection).await?;
    large_number(&row, "events_deleted")
}

/// The person's events after a cursor, at most 200, with their numbers.
pub async fn after(connection: &mut Connection, person: &Person, cursor: u64) -> Result<Vec<(u64, Event)>> {
    let rows = query(
        "select id, topic, request from event where id > ?1 and person = ?2
         union all
         select id, topic, request from event where id > ?1 and person is null and tenant = ?3
         union all
         select id, topic, request from event where id > ?1 and person is null and tenant is null
         order by id limit 200",
    )
    .bind(stored(cursor)?)
    .bind(person.id.as_str())
    .bind(person.tenant.as_ref().map(|tenant| tenant.as_str()))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let request = row.try_get::<Option<String>, _>("request")?.map(RequestId);
            Ok((large_number(row, "id")?, Event { topic: from_word(row, "topic")?, request }))
        })
        .collect()
}

/// Whether there may be something for the person after a cursor, or the cursor is none of this hub's.
pub async fn concerns(connection: &mut Connection, person: &Person, cursor: u64) -> Result<bool> {
    let row = query(
        "select exists (select 1 from event where id > ?1 and person = ?2)
         or exists (select 1 from event where id > ?1 and person is null and tenant = ?3)
         or exists (select 1 from event where id > ?1 and person is null and tenant is null)
         or ?1 < (select events_deleted from hub)
         or ?1 > coalesce((select seq from sqlite_sequence where name = 'event'), 0) as concerns",
    )
    .bind(stored(cursor.min(i64::MAX.unsigned_abs()))?)
    .bind(person.id.as_str())
    .bind(person.tenant.as_ref().map(|tenant| tenant.as_str()))
    .fetch_one(connection)
    .await?;
    Ok(row.try_get("concerns")?)
}

/// Deletes events older than `before`; clients with an older cursor are told to look at everything again.
pub async fn delete_before(connection: &mut Connection, _: &AdminScope, before: Moment) -> Result<()> {
    query("update hub set events_deleted = max(events_deleted, (select coalesce(max(id), 0) from event where at < ?))")
        .bind(millis(before))
        .execute(&mut *connection)
        .await?;
    query("delete from event where id <= (select events_deleted from hub)").execute(connection).await?;
    Ok(())
}
