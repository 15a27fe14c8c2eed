//! What proves who somebody is: enrolment codes, devices, access tokens, passwords and sessions of agents. Only hashes
//! are stored. This is the one place where an identity, and with it a scope, comes from.

use service_tool_contract::id::{Moment, PersonId};
use sqlx::{Row, query};

use super::person::{self, Person, select_person};
use super::{AdminScope, Connection, ProviderScope, Result, TenantScope, maybe_moment, millis, moment};

/// A secret's SHA-256.
pub type SecretHash = [u8; 32];

/// A proven identity.
#[derive(Debug, Clone)]
pub struct Identity {
    pub person: Person,
    /// Of the person's firm; an agent has none.
    pub tenant: Option<TenantScope>,
    /// Only an agent has it.
    pub provider: Option<ProviderScope>,
}

impl Identity {
    fn of(person: Person) -> Self {
        Self { tenant: person.tenant_scope(), provider: person.provider_scope(), person }
    }
}

/// An enrolment code that exists.
#[derive(Debug, Clone)]
pub struct EnrolmentCode {
    pub identity: Identity,
    pub expires_at: Moment,
    pub used_at: Option<Moment>,
    /// Of the device that used it.
    pub device_key_hash: Option<Vec<u8>>,
}

/// Keeps a code. Older unused ones of the person end.
pub async fn add_enrolment(
    connection: &mut Connection,
    _: &AdminScope,
    person: &PersonId,
    code: &SecretHash,
    now: Moment,
    expires_at: Moment,
) -> Result<()> {
    query("delete from enrolment where person = ? and used_at is null")
        .bind(person.as_str())
        .execute(&mut *connection)
        .await?;
    query("insert into enrolment (code_hash, person, created_at, expires_at) values (?, ?, ?, ?)")
        .bind(code.as_slice())
        .bind(person.as_str())
        .bind(millis(now))
        .bind(millis(expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// The code with this hash, whatever its state, if its person is active.
pub async fn enrolment(connection: &mut Connection, code: &SecretHash) -> Result<Option<EnrolmentCode>> {
    let row = query(
        "select p.id, p.tenant, p.name, p.role, p.email, p.logon, p.town, p.phone, p.disabled_at,
         e.expires_at, e.used_at, e.device_key_hash
         from enrolment e join person p on p.id = e.person where e.code_hash = ? and p.disabled_at is null",
    )
    .bind(code.as_slice())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(EnrolmentCode {
        identity: Identity::of(person::read(&row)?),
        expires_at: moment(&row, "expires_at")?,
        used_at: maybe_moment(&row, "used_at")?,
        device_key_hash: row.try_get("device_key_hash")?,
    }))
}

/// Uses a code up for a new device. False where the code was used or the key is known already.
pub async fn use_enrolment(
    connection: &mut Connection,
    code: &SecretHash,
    device_id: &str,
    device_key: &SecretHash,
    device_name: &str,
    now: Moment,
) -> Result<bool> {
    let used = query(
        "update enrolment set used_at = ?1, device_key_hash = ?2 where code_hash = ?3 and used_at is null
         and not exists (select 1 from device where key_hash = ?2)",
    )
    .bind(millis(now))
    .bind(device_key.as_slice())
    .bind(code.as_slice())
    .execute(&mut *connection)
    .await?;
    if used.rows_affected() == 0 {
        return Ok(false);
    }
    query(
        "insert into device (id, person, key_hash, name, created_at)
         select ?, person, ?, ?, ? from enrolment where code_hash = ?",
    )
    .bind(device_id)
    .bind(device_key.as_slice())
    .bind(device_name)
    .bind(millis(now))
    .bind(code.as_slice())
    .execute(connection)
    .await?;
    Ok(true)
}

/// The device with this key and whose it is, if neither it nor its person has been ended.
pub async fn device(connection: &mut Connection, key: &SecretHash) -> Result<Option<(String, PersonId)>> {
    let row = query(
        "select d.id, d.person from device d join person p on p.id = d.person
         where d.key_hash = ? and d.revoked_at is null and p.disabled_at is null",
    )
    .bind(key.as_slice())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.try_get("id")?, PersonId(row.try_get("person")?)))).transpose()
}

/// Keeps a token of a device; expired ones are swept out.
pub async fn add_token(
    connection: &mut Connection,
    token: &SecretHash,
    device: &str,
    now: Moment,
    expires_at: Moment,
) -> Result<()> {
    query("delete from token where expires_at < ?").bind(millis(now)).execute(&mut *connection).await?;
    query("insert into token (hash, device, expires_at) values (?, ?, ?)")
        .bind(token.as_slice())
        .bind(device)
        .bind(millis(expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Who holds this token.
pub async fn by_token(connection: &mut Connection, token: &SecretHash, now: Moment) -> Result<Option<Identity>> {
    let row = query(select_person!(
        "join device d on d.person = p.id join token t on t.device = d.id
         where t.hash = ? and t.expires_at > ? and d.revoked_at is null and p.disabled_at is null"
    ))
    .bind(token.as_slice())
    .bind(millis(now))
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(person::read).transpose()?.map(Identity::of))
}

/// The agent with this e-mail address, with the hash of the password.
pub async fn agent_by_email(connection: &mut Connection, email: &str) -> Result<Option<(PersonId, Option<String>)>> {
    let row = query("select id, password from person where role = 'agent' and email = ? and disabled_at is null")
        .bind(email)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((PersonId(row.try_get("id")?), row.try_get("password")?))).transpose()
}

/// Keeps a session; expired ones are swept out.
pub async fn add_session(
    connection: &mut Connection,
    session: &SecretHash,
    person: &PersonId,
    now: Moment,
    expires_at: Moment,
) -> Result<()> {
    query("delete from session where expires_at < ?").bind(millis(now)).execute(&mut *connection).await?;
    query("insert into session (hash, person, created_at, expires_at) values (?, ?, ?, ?)")
        .bind(session.as_slice())
        .bind(person.as_str())
        .bind(millis(now))
        .bind(millis(expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whose session this is.
pub async fn by_session(connection: &mut Connection, session: &SecretHash, now: Moment) -> Result<Option<Identity>> {
    let row = query(select_person!(
        "join session s on s.person = p.id where s.hash = ? and s.expires_at > ? and p.disabled_at is null"
    ))
    .bind(session.as_slice())
    .bind(millis(now))
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(person::read).transpose()?.map(Identity::of))
}

/// Ends a session.
pub async fn end_session(connection: &mut Connection, session: &SecretHash) -> Result<()> {
    query("delete from session where hash = ?").bind(session.as_slice()).execute(connection).await?;
    Ok(())
}
