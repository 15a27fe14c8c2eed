//! Requests: where each stands, who may see it, and the lists of requesters, approvers and agents.

use service_tool_contract::{
    form::definition::{Effect, FormKind},
    id::{Day, FormId, Moment, PersonId, RequestId, TenantId},
    request::RequestState,
    wire::{PersonRef, RequestSummary, Role},
};
use sqlx::{Row, query, sqlite::SqliteRow};

use super::person::Person;
use super::{
    Connection, ProviderScope, Result, TenantScope, from_word, maybe_day, maybe_moment, millis, moment, number, word,
};

/// A request without its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub tenant: TenantId,
    pub summary: RequestSummary,
    pub effect: Effect,
    pub revision: u32,
    /// Whose approval stands.
    pub decided_by: Option<PersonId>,
    /// When the provider sees it.
    pub handed_over_at: Option<Moment>,
    /// People who must not learn of it, since it suspends or deletes their account.
    pub concealed_from: Vec<PersonId>,
}

macro_rules! select_request {
    ($tail:literal) => {
        concat!(
            "select r.id, r.tenant, r.number, r.form, r.kind, r.icon, r.title, r.subject, r.state, r.due, r.created_at,
             r.changed_at, r.requester, requester.name as requester_name, r.approver, approver.name as approver_name,
             r.agent, agent.name as agent_name, t.name as tenant_name, r.effect, r.revision, r.decided_by,
             r.handed_over_at, (select count(*) from attachment a where a.request = r.id and a.revision = r.revision)
             as attachments, (select group_concat(c.person, ' ') from concealed c where c.request = r.id) as concealed
             from request r join tenant t on t.id = r.tenant join person requester on requester.id = r.requester
             left join person approver on approver.id = r.approver left join person agent on agent.id = r.agent ",
            $tail
        )
    };
}

fn maybe_person(row: &SqliteRow, id: &str, name: &str) -> Result<Option<PersonRef>> {
    let id: Option<String> = row.try_get(id)?;
    let name: Option<String> = row.try_get(name)?;
    Ok(id.zip(name).map(|(id, name)| PersonRef { id: PersonId(id), name }))
}

fn read(row: &SqliteRow) -> Result<Request> {
    Ok(Request {
        tenant: TenantId(row.try_get("tenant")?),
        effect: from_word(row, "effect")?,
        revision: number(row, "revision")?,
        decided_by: row.try_get::<Option<String>, _>("decided_by")?.map(PersonId),
        handed_over_at: maybe_moment(row, "handed_over_at")?,
        concealed_from: row
            .try_get::<Option<String>, _>("concealed")?
            .map(|people| people.split(' ').map(PersonId::from).collect())
            .unwrap_or_default(),
        summary: RequestSummary {
            id: RequestId(row.try_get("id")?),
            number: row.try_get("number")?,
            form: FormId(row.try_get("form")?),
            kind: from_word(row, "kind")?,
            icon: row.try_get("icon")?,
            title: row.try_get("title")?,
            subject: row.try_get("subject")?,
            state: from_word(row, "state")?,
            due: maybe_day(row, "due")?,
            created_at: moment(row, "created_at")?,
            changed_at: moment(row, "changed_at")?,
            requester: PersonRef { id: PersonId(row.try_get("requester")?), name: row.try_get("requester_name")? },
            approver: maybe_person(row, "approver", "approver_name")?,
            tenant_name: row.try_get("tenant_name")?,
            attachments: number(row, "attachments")?,
            agent: maybe_person(row, "agent", "agent_name")?,
        },
    })
}

/// A new request, before it has a number.
#[derive(Debug, Clone)]
pub struct NewRequest {
    pub id: RequestId,
    pub form: FormId,
    pub kind: FormKind,
    pub icon: String,
    pub effect: Effect,
    pub title: String,
    pub subject: String,
    pub due: Option<Day>,
    pub state: RequestState,
    pub approver: Option<PersonId>,
    pub decided_by: Option<PersonId>,
    pub handed_over_at: Option<Moment>,
    pub concealed_from: Vec<PersonId>,
}

/// Adds a request of a person of the firm.
pub async fn add(
    connection: &mut Connection,
    scope: &TenantScope,
    requester: &PersonId,
    request: &NewRequest,
    now: Moment,
) -> Result<()> {
    let letter = match request.kind {
        FormKind::Support => 'S',
        FormKind::Change => 'B',
    };
    let number = super::hub::next_number(connection).await?;
    query(
        "insert into request (id, tenant, number, requester, form, kind, icon, effect, title, subject, state, revision,
         due, created_at, changed_at, approver, decided_by, handed_over_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13, ?13, ?14, ?15, ?16)",
    )
    .bind(request.id.as_str())
    .bind(scope.tenant().as_str())
    .bind(format!("{letter}-{number}"))
    .bind(requester.as_str())
    .bind(request.form.as_str())
    .bind(word(&request.kind)?)
    .bind(&request.icon)
    .bind(word(&request.effect)?)
    .bind(&request.title)
    .bind(&request.subject)
    .bind(word(&request.state)?)
    .bind(request.due.map(|day| day.0.to_string()))
    .bind(millis(now))
    .bind(request.approver.as_ref().map(PersonId::as_str))
    .bind(request.decided_by.as_ref().map(PersonId::as_str))
    .bind(request.handed_over_at.map(millis))
    .execute(&mut *connection)
    .await?;
    conceal(connection, &request.id, &request.concealed_from).await
}

async fn conceal(connection: &mut Connection, request: &RequestId, people: &[PersonId]) -> Result<()> {
    query("delete from concealed where request = ?").bind(request.as_str()).execute(&mut *connection).await?;
    for person in people {
        query("insert into concealed (request, person) values (?, ?) on conflict do nothing")
            .bind(request.as_str())
            .bind(person.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Where a request moves to. `None` leaves a value empty.
#[derive(Debug, Clone)]
pub struct Move {
    pub state: RequestState,
    pub decided_by: Option<PersonId>,
    pub handed_over_at: Option<Moment>,
    pub agent: Option<PersonId>,
}

/// Moves a request; the caller has asked the life cycle whether it may.
pub async fn set_state(
    connection: &mut Connection,
    scope: &TenantScope,
    request: &RequestId,
    to: &Move,
    now: Moment,
) -> Result<()> {
    let ended = matches!(
        to.state,
        RequestState::Done | RequestState::NotDone | RequestState::Refused | RequestState::Withdrawn
    );
    query(
        "update request set state = ?, decided_by = ?, handed_over_at = ?, agent = ?, finished_at = ?, changed_at = ?
         where id = ? and tenant = ?",
    )
    .bind(word(&to.state)?)
    .bind(to.decided_by.as_ref().map(PersonId::as_str))
    .bind(to.handed_over_at.map(millis))
    .bind(to.agent.as_ref().map(PersonId::as_str))
    .bind(ended.then(|| millis(now)))
    .bind(millis(now))
    .bind(request.as_str())
    .bind(scope.tenant().as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks that something was said about a request.
pub async fn touch(connection: &mut Connection, scope: &TenantScope, request: &RequestId, now: Moment) -> Result<()> {
    query("update request set changed_at = ? where id = ? and tenant = ?")
        .bind(millis(now))
        .bind(request.as_str())
        .bind(scope.tenant().as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a request the heading of a new revision.
pub async fn set_revision(
    connection: &mut Connection,
    scope: &TenantScope,
    revision: u32,
    request: &NewRequest,
    now: Moment,
) -> Result<()> {
    query(
        "update request set revision = ?, title = ?, subject = ?, due = ?, effect = ?, icon = ?, state = ?, approver = ?,
         decided_by = ?, handed_over_at = ?, changed_at = ? where id = ? and tenant = ?",
    )
    .bind(i64::from(revision))
    .bind(&request.title)
    .bind(&request.subject)
    .bind(request.due.map(|day| day.0.to_string()))
    .bind(word(&request.effect)?)
    .bind(&request.icon)
    .bind(word(&request.state)?)
    .bind(request.approver.as_ref().map(PersonId::as_str))
    .bind(request.decided_by.as_ref().map(PersonId::as_str))
    .bind(request.handed_over_at.map(millis))
    .bind(millis(now))
    .bind(request.id.as_str())
    .bind(scope.tenant().as_str())
    .execute(&mut *connection)
    .await?;
    conceal(connection, &request.id, &request.concealed_from).await
}

/// A request of the firm, if this person may see it: the requester, and approvers from whom it is not concealed.
pub async fn seen_by(
    connection: &mut Connection,
    scope: &TenantScope,
    viewer: &Person,
    id: &RequestId,
) -> Result<Option<Request>> {
    let row = query(select_request!(
        "where r.id = ?1 and r.tenant = ?2 and (r.requester = ?3 or (?4 and not exists
         (select 1 from concealed c where c.request = r.id and c.person = ?3)))"
    ))
    .bind(id.as_str())
    .bind(scope.tenant().as_str())
    .bind(viewer.id.as_str())
    .bind(viewer.role == Role::Approver)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The person's own requests, newest first, at most 500.
pub async fn own(connection: &mut Connection, scope: &TenantScope, person: &PersonId) -> Result<Vec<RequestSummary>> {
    let rows = query(select_request!(
        "where r.tenant = ? and r.requester = ? order by r.created_at desc, r.id desc limit 500"
    ))
    .bind(scope.tenant().as_str())
    .bind(person.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| read(row).map(|request| request.summary)).collect()
}

/// Waiting requests of the firm that are not concealed from this approver, by the day on which they are due.
pub async fn waiting(connection: &mut Connection, scope: &TenantScope, approver: &PersonId) -> Result<Vec<Request>> {
    let rows = query(select_request!(
        "where r.tenant = ?1 and r.state = 'waiting' and (r.approver is null or r.approver = ?2)
         and not exists (select 1 from concealed c where c.request = r.id and c.person = ?2)
         order by r.due is null, r.due, r.created_at, r.id"
    ))
    .bind(scope.tenant().as_str())
    .bind(approver.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Returned requests that this approver could decide if they waited, and those whose last decision since `since` is this
/// approver's, latest change first, at most 200.
pub async fn returned_or_decided(
    connection: &mut Connection,
    scope: &TenantScope,
    approver: &PersonId,
    since: Moment,
) -> Result<Vec<Request>> {
    let rows = query(select_request!(
        "where r.tenant = ?1 and not exists (select 1 from concealed c where c.request = r.id and c.person = ?2)
         and ((r.state = 'returned' and (r.approver is null or r.approver = ?2))
           or (r.state not in ('waiting', 'returned') and r.changed_at >= ?3 and exists
             (select 1 from history h where h.request = r.id and h.person = ?2 and h.at >= ?3
              and h.event in ('approved', 'approved_own', 'refused') and not exists
              (select 1 from history later where later.request = h.request and later.id > h.id
               and later.event in ('approved', 'approved_own', 'refused', 'returned', 'taken_back')))))
         order by r.changed_at desc, r.id desc limit 200"
    ))
    .bind(scope.tenant().as_str())
    .bind(approver.as_str())
    .bind(millis(since))
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// What was handed over to the provider and is not ended, of all firms, by the day on which it is due.
pub async fn queue(connection: &mut Connection, _: &ProviderScope, now: Moment) -> Result<Vec<RequestSummary>> {
    let rows = query(select_request!(
        "where r.state in ('queued', 'in_progress') and r.handed_over_at <= ?
         order by r.due is null, r.due, r.created_at, r.id"
    ))
    .bind(millis(now))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| read(row).map(|request| request.summary)).collect()
}

/// What the provider has ended last, at most 200.
pub async fn finished(connection: &mut Connection, _: &ProviderScope) -> Result<Vec<RequestSummary>> {
    let rows = query(select_request!(
        "where r.state in ('done', 'not_done') order by r.finished_at desc, r.id desc limit 200"
    ))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| read(row).map(|request| request.summary)).collect()
}

/// A request that was handed over to the provider, with the authority over its firm's rows.
pub async fn handed_over(
    connection: &mut Connection,
    _: &ProviderScope,
    id: &RequestId,
    now: Moment,
) -> Result<Option<(Request, TenantScope)>> {
    let row = query(select_request!(
        "where r.id = ? and r.state in ('queued', 'in_progress', 'done', 'not_done') and r.handed_over_at <= ?"
    ))
    .bind(id.as_str())
    .bind(millis(now))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let request = read(&row)?;
    let scope = TenantScope::new(request.tenant.clone());
    Ok(Some((request, scope)))
}

/// A request of the firm for an agent, if it was handed over.
pub async fn of_tenant_for_agent(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &RequestId,
    now: Moment,
) -> Result<Option<Request>> {
    Ok(handed_over(connection, &ProviderScope::new(), id, now)
        .await?
        .map(|(request, _)| request)
        .filter(|request| request.tenant == *scope.tenant()))
}

/// Keeps a decision. Demands the proof that the person may decide on exactly this content.
pub async fn decide(
    connection: &mut Connection,
    scope: &TenantScope,
    may: &service_tool_contract::approval::MayDecide,
    state: RequestState,
    handed_over_at: Option<Moment>,
    now: Moment,
) -> Result<()> {
    let decided_by = (state == RequestState::Queued).then(|| may.person().clone());
    set_state(connection, scope, may.request(), &Move { state, decided_by, handed_over_at, agent: None }, now).await
}
