//! What happened to a request, in order.

use service_tool_contract::{
    id::{Moment, PersonId, RequestId},
    wire::{HistoryEntry, HistoryEvent, PersonRef, Role},
};
use sqlx::{Row, query};

use super::person::Person;
use super::{Connection, Result, TenantScope, from_word, millis, moment, word};

/// Adds an entry.
pub async fn add(
    connection: &mut Connection,
    _: &TenantScope,
    request: &RequestId,
    event: HistoryEvent,
    person: &Person,
    text: &str,
    now: Moment,
) -> Result<()> {
    query("insert into history (request, at, event, person, person_name, role, text) values (?, ?, ?, ?, ?, ?, ?)")
        .bind(request.as_str())
        .bind(millis(now))
        .bind(word(&event)?)
        .bind(person.id.as_str())
        .bind(&person.name)
        .bind(word::<Role>(&person.role)?)
        .bind(text)
        .execute(connection)
        .await?;
    Ok(())
}

/// The request's entries, oldest first.
pub async fn of(connection: &mut Connection, scope: &TenantScope, request: &RequestId) -> Result<Vec<HistoryEntry>> {
    let rows = query(
        "select h.at, h.event, h.person, h.person_name, h.role, h.text from history h
         join request r on r.id = h.request where h.request = ? and r.tenant = ? order by h.id",
    )
    .bind(request.as_str())
    .bind(scope.tenant().as_str())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(HistoryEntry {
                at: moment(row, "at")?,
                event: from_word(row, "event")?,
                person: PersonRef { id: PersonId(row.try_get("person")?), name: row.try_get("person_name")? },
                role: from_word(row, "role")?,
                text: row.try_get("text")?,
            })
        })
        .collect()
}
