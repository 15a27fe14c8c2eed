//! `admin tenant`: firms and what forms may know about them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use service_tool_contract::{
    form::facts::{Choice, FEATURES, LISTS, TenantFacts},
    id::TenantId,
    wire::Topic,
};

use super::Desk;
use crate::data::read_text;
use crate::request::checked_line;
use crate::store::{self, Change, TenantScope, tenant::Tenant};

/// Bytes of the largest file of facts.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum TenantVerb {
    /// Adds a firm.
    Add(AddArgs),
    /// Lists all firms.
    List,
    /// Changes a firm.
    Set(SetArgs),
    /// Replaces what forms may know about a firm (lists, prices, lead times, printers) by a JSON file.
    Facts {
        /// Id or name of the firm.
        tenant: String,
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    #[arg(long)]
    name: String,
    /// Such as datev, exchange, vpn; may be given several times.
    #[arg(long)]
    feature: Vec<String>,
    /// May be given several times.
    #[arg(long)]
    site: Vec<String>,
    /// An approver's own change needs nobody else.
    #[arg(long)]
    own_approval: bool,
    #[arg(long, default_value = "")]
    mail_domain: String,
}

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Id or name of the firm.
    tenant: String,
    #[arg(long)]
    name: Option<String>,
    /// Replaces all features where it is given.
    #[arg(long)]
    feature: Option<Vec<String>>,
    /// Replaces all sites where it is given.
    #[arg(long)]
    site: Option<Vec<String>>,
    #[arg(long)]
    own_approval: Option<bool>,
    #[arg(long)]
    mail_domain: Option<String>,
}

pub(super) async fn run(desk: &Desk, verb: TenantVerb) -> Result<Value> {
    match verb {
        TenantVerb::Add(wanted) => {
            let mut change = desk.change().await?;
            let facts = TenantFacts {
                features: wanted.feature,
                lists: sites(&wanted.site),
                own_approval: wanted.own_approval,
                mail_domain: wanted.mail_domain,
                ..TenantFacts::default()
            };
            let (tenant, _) = add(desk, &mut change, &wanted.name, facts).await?;
            change.commit().await?;
            Ok(told(&tenant))
        }
        TenantVerb::List => {
            let mut change = desk.change().await?;
            let tenants = store::tenant::list(&mut change, &desk.scope).await?;
            Ok(tenants.iter().map(|(tenant, _)| told(tenant)).collect())
        }
        TenantVerb::Set(wanted) => set(desk, wanted).await,
        TenantVerb::Facts { tenant, file } => {
            let text = read_text(&file, MOST_BYTES)?;
            let facts: TenantFacts =
                serde_json::from_str(&text).with_context(|| format!("{} is not what it should be", file.display()))?;
            let mut change = desk.change().await?;
            let (tenant, scope) = desk.tenant(&mut change, &tenant).await?;
            let tenant = Tenant { facts, ..tenant };
            keep(desk, &mut change, &scope, &tenant).await?;
            change.commit().await?;
            Ok(told(&tenant))
        }
    }
}

/// Adds a firm, as part of a change.
pub(super) async fn add(
    desk: &Desk,
    change: &mut Change,
    name: &str,
    facts: TenantFacts,
) -> Result<(Tenant, TenantScope)> {
    let name = checked_line("name", name, 1, 120).context("the firm's name")?;
    let facts = checked(facts)?;
    let tenant = Tenant { id: TenantId(desk.ambient.id("ten")?), name, facts };
    let scope = match store::tenant::add(change, &desk.scope, &tenant, desk.ambient.now()).await {
        Ok(scope) => scope,
        Err(error) if error.is_taken() => bail!("a firm is called \"{}\" already", tenant.name),
        Err(error) => return Err(error.into()),
    };
    desk.record(change, &scope, "tenant.added", json!({"name": tenant.name, "facts": tenant.facts})).await?;
    Ok((tenant, scope))
}

async fn set(desk: &Desk, wanted: SetArgs) -> Result<Value> {
    let mut change = desk.change().await?;
    let (mut tenant, scope) = desk.tenant(&mut change, &wanted.tenant).await?;
    if let Some(name) = wanted.name {
        tenant.name = checked_line("name", &name, 1, 120).context("the firm's name")?;
    }
    if let Some(features) = wanted.feature {
        tenant.facts.features = features;
    }
    if let Some(sites_wanted) = wanted.site {
        tenant.facts.lists.extend(sites(&sites_wanted));
    }
    tenant.facts.own_approval = wanted.own_approval.unwrap_or(tenant.facts.own_approval);
    tenant.facts.mail_domain = wanted.mail_domain.unwrap_or(tenant.facts.mail_domain);
    keep(desk, &mut change, &scope, &tenant).await?;
    change.commit().await?;
    Ok(told(&tenant))
}

/// Keeps a changed firm, records it and tells its people's desktops.
async fn keep(desk: &Desk, change: &mut Change, scope: &TenantScope, tenant: &Tenant) -> Result<()> {
    let facts = checked(tenant.facts.clone())?;
    match store::tenant::set(change, scope, &tenant.name, &facts).await {
        Err(error) if error.is_taken() => bail!("a firm is called \"{}\" already", tenant.name),
        kept => kept?,
    }
    store::event::add_for_tenant(change, scope, Topic::Catalog, desk.ambient.now()).await?;
    desk.record(change, scope, "tenant.changed", json!({"name": tenant.name, "facts": facts})).await
}

/// Features and lists that no form can name are typing errors.
fn checked(facts: TenantFacts) -> Result<TenantFacts> {
    if let Some(unknown) = facts.features.iter().find(|feature| !FEATURES.contains(&feature.as_str())) {
        bail!("no feature is called \"{unknown}\"; there are: {}", FEATURES.join(", "));
    }
    if let Some(unknown) = facts.lists.keys().find(|list| !LISTS.contains(&list.as_str())) {
        bail!("no list is called \"{unknown}\"; there are: {}", LISTS.join(", "));
    }
    Ok(facts)
}

fn sites(names: &[String]) -> std::collections::BTreeMap<String, Vec<Choice>> {
    let choices: Vec<_> = names.iter().map(|name| Choice { value: name.clone(), label: name.clone() }).collect();
    if choices.is_empty() { Default::default() } else { [("sites".to_owned(), choices)].into() }
}

fn told(tenant: &Tenant) -> Value {
    json!({
        "id": tenant.id, "name": tenant.name, "features": tenant.facts.features,
        "own_approval": tenant.facts.own_approval,
    })
}
