//! Firms and what forms may know about them.

use service_tool_contract::{
    form::facts::{Choice, TenantFacts},
    id::{Moment, TenantId},
};
use sqlx::{Row, query, sqlite::SqliteRow};

use super::{AdminScope, Connection, Result, TenantScope, from_json, json, millis};

/// A firm.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    /// As the administrator entered them; see [`facts`].
    pub facts: TenantFacts,
}

fn read(row: &SqliteRow) -> Result<Tenant> {
    Ok(Tenant { id: TenantId(row.try_get("id")?), name: row.try_get("name")?, facts: from_json(row, "facts")? })
}

/// Adds a firm.
pub async fn add(connection: &mut Connection, _: &AdminScope, tenant: &Tenant, now: Moment) -> Result<TenantScope> {
    query("insert into tenant (id, name, facts, created_at) values (?, ?, ?, ?)")
        .bind(tenant.id.as_str())
        .bind(&tenant.name)
        .bind(json(&tenant.facts)?)
        .bind(millis(now))
        .execute(connection)
        .await?;
    Ok(TenantScope::new(tenant.id.clone()))
}

/// All firms, by name.
pub async fn list(connection: &mut Connection, _: &AdminScope) -> Result<Vec<(Tenant, TenantScope)>> {
    let rows = query("select id, name, facts from tenant order by name").fetch_all(connection).await?;
    rows.iter().map(|row| read(row).map(|tenant| (tenant.clone(), TenantScope::new(tenant.id)))).collect()
}

/// The firm of a scope.
pub async fn of(connection: &mut Connection, scope: &TenantScope) -> Result<Tenant> {
    let row = query("select id, name, facts from tenant where id = ?")
        .bind(scope.tenant().as_str())
        .fetch_one(connection)
        .await?;
    read(&row)
}

/// Changes name and facts.
pub async fn set(connection: &mut Connection, scope: &TenantScope, name: &str, facts: &TenantFacts) -> Result<()> {
    query("update tenant set name = ?, facts = ? where id = ?")
        .bind(name)
        .bind(json(facts)?)
        .bind(scope.tenant().as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// What forms may know about the firm: the administrator's facts, with the names as they are today and the people that
/// the hub knows.
pub async fn facts(connection: &mut Connection, scope: &TenantScope) -> Result<TenantFacts> {
    let tenant = of(connection, scope).await?;
    let provider: String = query("select provider from hub").fetch_one(&mut *connection).await?.try_get("provider")?;
    let people = query("select id, name from person where tenant = ? and disabled_at is null")
        .bind(scope.tenant().as_str())
        .fetch_all(connection)
        .await?;
    let mut facts = tenant.facts;
    facts.name = tenant.name;
    facts.provider = provider;
    let people: Vec<_> = people
        .iter()
        .map(|person| Ok(Choice { value: person.try_get("id")?, label: person.try_get("name")? }))
        .collect::<Result<_>>()?;
    // the hub knows them better than a list that was entered; two people can have one name
    facts.people.retain(|choice| !people.iter().any(|person| person.label == choice.label));
    facts.people.extend(people);
    facts.people.sort_by_cached_key(|choice| (choice.label.to_lowercase(), choice.value.clone()));
    Ok(facts)
}
