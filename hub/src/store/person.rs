//! People: of a firm, or agents of the provider; their profile; who may decide for a firm.

use service_tool_contract::{
    id::{Moment, PersonId, TenantId},
    wire::{PersonRef, Profile, ProfileChange, Role},
};
use sqlx::{Row, query, sqlite::SqliteRow};

use super::{AdminScope, Connection, ProviderScope, Result, TenantScope, from_word, maybe_moment, millis, word};

/// A person, as the administrator entered them.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub id: PersonId,
    /// Empty for an agent.
    pub tenant: Option<TenantId>,
    pub name: String,
    pub role: Role,
    /// Lower case.
    pub email: String,
    /// Lower case.
    pub logon: Option<String>,
    pub town: String,
    pub phone: String,
    pub disabled_at: Option<Moment>,
}

impl Person {
    /// As others see them.
    pub fn reference(&self) -> PersonRef {
        PersonRef { id: self.id.clone(), name: self.name.clone() }
    }

    /// Authority over the firm's rows; an agent has none.
    pub(super) fn tenant_scope(&self) -> Option<TenantScope> {
        self.tenant.clone().map(TenantScope::new)
    }

    /// An agent's authority.
    pub(super) fn provider_scope(&self) -> Option<ProviderScope> {
        (self.role == Role::Agent && self.tenant.is_none()).then(ProviderScope::new)
    }
}

macro_rules! select_person {
    ($tail:literal) => {
        concat!(
            "select p.id, p.tenant, p.name, p.role, p.email, p.logon, p.town, p.phone, p.disabled_at from person p ",
            $tail
        )
    };
}
pub(super) use select_person;

pub(super) fn read(row: &SqliteRow) -> Result<Person> {
    Ok(Person {
        id: PersonId(row.try_get("id")?),
        tenant: row.try_get::<Option<String>, _>("tenant")?.map(TenantId),
        name: row.try_get("name")?,
        role: from_word(row, "role")?,
        email: row.try_get("email")?,
        logon: row.try_get("logon")?,
        town: row.try_get("town")?,
        phone: row.try_get("phone")?,
        disabled_at: maybe_moment(row, "disabled_at")?,
    })
}

/// Adds a person; e-mail address and logon name must be free among the firm's people.
pub async fn add(connection: &mut Connection, _: &AdminScope, person: &Person, now: Moment) -> Result<()> {
    query(
        "insert into person (id, tenant, name, role, email, logon, town, phone, created_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(person.id.as_str())
    .bind(person.tenant.as_ref().map(TenantId::as_str))
    .bind(&person.name)
    .bind(word(&person.role)?)
    .bind(&person.email)
    .bind(&person.logon)
    .bind(&person.town)
    .bind(&person.phone)
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes what the administrator entered.
pub async fn set(connection: &mut Connection, _: &AdminScope, person: &Person) -> Result<()> {
    query("update person set name = ?, role = ?, email = ?, logon = ?, town = ?, phone = ? where id = ?")
        .bind(&person.name)
        .bind(word(&person.role)?)
        .bind(&person.email)
        .bind(&person.logon)
        .bind(&person.town)
        .bind(&person.phone)
        .bind(person.id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Everybody, with the name of the firm (empty for agents), by firm and name.
pub async fn list(connection: &mut Connection, _: &AdminScope) -> Result<Vec<(Person, String)>> {
    let rows = query(
        "select p.id, p.tenant, p.name, p.role, p.email, p.logon, p.town, p.phone, p.disabled_at,
         coalesce(t.name, '') as tenant_name from person p left join tenant t on t.id = p.tenant
         order by tenant_name, p.name, p.id",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.try_get("tenant_name")?))).collect()
}

/// People who are not disabled and have this id, e-mail address or name.
pub async fn find(connection: &mut Connection, _: &AdminScope, wanted: &str) -> Result<Vec<Person>> {
    let rows = query(select_person!(
        "where p.disabled_at is null and (p.id = ?1 or p.email = lower(?1) or p.name = ?1) order by p.id"
    ))
    .bind(wanted)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Ends a person's access: credentials, tokens and sessions end at once. Their requests stay.
pub async fn disable(connection: &mut Connection, _: &AdminScope, id: &PersonId, now: Moment) -> Result<()> {
    query("update person set disabled_at = ? where id = ? and disabled_at is null")
        .bind(millis(now))
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    query("delete from token where device in (select id from device where person = ?)")
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    query("update device set revoked_at = ? where person = ? and revoked_at is null")
        .bind(millis(now))
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    query("delete from session where person = ?").bind(id.as_str()).execute(&mut *connection).await?;
    query("delete from enrolment where person = ? and used_at is null").bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// Sets the hash of an agent's password; sessions that were opened with the old one end.
pub async fn set_password(connection: &mut Connection, _: &AdminScope, id: &PersonId, hash: &str) -> Result<()> {
    query("update person set password = ? where id = ?").bind(hash).bind(id.as_str()).execute(&mut *connection).await?;
    query("delete from session where person = ?").bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// The firm's active people of the scope, by name.
pub async fn of_tenant(connection: &mut Connection, scope: &TenantScope) -> Result<Vec<Person>> {
    let rows = query(select_person!("where p.tenant = ? and p.disabled_at is null order by p.name, p.id"))
        .bind(scope.tenant().as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// Authority over the firm of a person that the administrator has in hand.
pub fn scope_of(_: &AdminScope, person: &Person) -> Option<TenantScope> {
    person.tenant_scope()
}

/// The person's own data, as entered or else as on record.
pub async fn profile(connection: &mut Connection, scope: &TenantScope, person: &Person) -> Result<Profile> {
    let tenant = super::tenant::of(connection, scope).await?;
    let row = query("select email, town, phone from profile where person = ?")
        .bind(person.id.as_str())
        .fetch_optional(connection)
        .await?;
    let (email, town, phone, confirmed) = match row {
        Some(row) => (row.try_get("email")?, row.try_get("town")?, row.try_get("phone")?, true),
        None => (person.email.clone(), person.town.clone(), person.phone.clone(), false),
    };
    Ok(Profile { name: person.name.clone(), tenant_name: tenant.name, email, town, phone, confirmed })
}

/// Keeps what the person entered; from now on the profile is confirmed.
pub async fn set_profile(
    connection: &mut Connection,
    _: &TenantScope,
    person: &PersonId,
    change: &ProfileChange,
    now: Moment,
) -> Result<()> {
    query(
        "insert into profile (person, email, town, phone, confirmed_at) values (?1, ?2, ?3, ?4, ?5)
         on conflict (person) do update set email = ?2, town = ?3, phone = ?4, confirmed_at = ?5",
    )
    .bind(person.as_str())
    .bind(&change.email)
    .bind(&change.town)
    .bind(&change.phone)
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}
