//! `/events`: what changed for the caller, at once or as soon as something does.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use service_tool_contract::{
    code::Problem,
    wire::{Event, Events, Topic},
};
use tokio::time::Instant;

use super::catalog::with_etag;
use super::extract::{Member, Query};
use crate::failure::{Answer, Failure};
use crate::hub::{Hub, Shared};
use crate::request;
use crate::store::event;

/// Seconds that a call may wait.
pub const MOST_WAIT_S: u64 = 30;

/// From where, and how long to wait.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    after: Option<u64>,
    #[serde(default)]
    wait_s: u64,
}

/// What changed for the caller since a cursor. Without a cursor: the present one, and no events.
#[utoipa::path(get, path = "/events", tag = "events", security(("token" = [])), params(
    ("after" = Option<u64>, Query, description = "cursor of the last answer"),
    ("wait_s" = Option<u64>, Query, description = "seconds to wait for something, at most 30; 0: answer at once, with an ETag"),
    ("if-none-match" = Option<String>, Header, description = "with wait_s=0: ETag of the last answer"),
), responses(
    (status = 200, body = Events),
    (status = 304, description = "nothing new"),
    (status = 429, body = Problem, description = "too_many calls that wait"),
))]
pub async fn event_list(
    State(hub): State<Shared>,
    member: Member,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Answer<Response> {
    if from.wait_s > MOST_WAIT_S {
        return Err(Failure::malformed("wait_s is at most 30"));
    }
    let mut changes = hub.changes.clone();
    if from.wait_s == 0 {
        let (events, last) = look(&hub, &member, from.after).await?;
        let tag = format!("{last}-{}", events.waiting);
        return Ok(with_etag(&headers, &tag, || Json(events).into_response()));
    }
    let _counted = hub.limiter.wait(&member.person.id)?;
    let deadline = Instant::now() + Duration::from_secs(from.wait_s);
    loop {
        // what is committed from here on wakes the wait below
        changes.mark_unchanged();
        // every change of anybody wakes everybody: whom it does not concern costs one look at the index
        let concerned = match from.after {
            Some(after) => event::concerns(&mut *hub.store.read().await?, &member.person, after).await?,
            None => true,
        };
        if concerned {
            let (events, _) = look(&hub, &member, from.after).await?;
            if from.after.is_none() || !events.events.is_empty() {
                return Ok(Json(events).into_response());
            }
        }
        let is_over = tokio::select! {
            changed = changes.changed() => changed.is_err(),
            () = tokio::time::sleep_until(deadline) => true,
            () = hub.ending.cancelled() => true,
        };
        if is_over {
            let (events, _) = look(&hub, &member, from.after).await?;
            return Ok(Json(events).into_response());
        }
    }
}

/// What there is now, and the number of the last event that was the caller's.
async fn look(hub: &Hub, member: &Member, after: Option<u64>) -> Answer<(Events, u64)> {
    let mut reading = hub.store.read().await?;
    let present = event::cursor(&mut reading).await?;
    let waiting = request::waiting(&mut reading, &member.scope, &member.person).await?;
    let Some(after) = after else {
        return Ok((Events { cursor: present, events: Vec::new(), waiting }, present));
    };
    if after > present || after < event::deleted(&mut reading).await? {
        // a cursor of another life of the hub, or too old: everything may have changed
        let events = [Topic::Request, Topic::Inbox, Topic::Catalog]
            .into_iter()
            .map(|topic| Event { topic, request: None })
            .collect();
        return Ok((Events { cursor: present, events, waiting }, present));
    }
    let found = event::after(&mut reading, &member.person, after).await?;
    let last = found.last().map_or(after, |(number, _)| *number);
    // a full page ends at its last event; else the caller has seen everything there is
    let cursor = if found.len() == event::PAGE { last } else { present };
    let events = found.into_iter().map(|(_, event)| event).collect();
    Ok((Events { cursor, events, waiting }, last))
}
