//! Owns the command line of the administrator: firms, people, codes, passwords, audit. Works beside a running `serve`,
//! through the same database. Leaves rules and rows to others.
//!
//! Invariant: every change of a firm is in its audit chain; what was asked for is done whole or not at all; what is printed
//! on standard output is JSON.

mod audit;
mod import;
mod person;
mod sample;
mod tenant;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use service_tool_contract::wire::{Role, Topic};

use crate::audit::{ADMINISTRATOR, Entry};
use crate::clock::Ambient;
use crate::hub::Opened;
use crate::store::{self, AdminScope, Change, TenantScope, person::Person, tenant::Tenant};

/// `admin`: what the administrator does.
#[derive(Debug, Args)]
pub struct Admin {
    /// The hub's data folder.
    #[arg(long)]
    data: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Firms: add, list, set, facts.
    #[command(subcommand)]
    Tenant(tenant::TenantVerb),
    /// People: add, import, list, disable.
    #[command(subcommand)]
    Person(person::PersonVerb),
    /// The provider's name and hotline, as desktops show them.
    Provider(ProviderArgs),
    /// An enrolment code for one person: one use, expires. Older unused codes of the person end.
    Code(CodeArgs),
    /// Sets an agent's password: from standard input, or one made and printed.
    Password(PasswordArgs),
    /// The audit chains: verify, export.
    #[command(subcommand)]
    Audit(audit::AuditVerb),
    /// Two sample firms with people and an agent, for trying out. Not for a hub in use: the agent's password is well known.
    Sample,
}

#[derive(Debug, Args)]
struct ProviderArgs {
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    hotline: Option<String>,
    /// Such as "heute bis 18 Uhr".
    #[arg(long)]
    hours: Option<String>,
}

#[derive(Debug, Args)]
struct CodeArgs {
    /// Id, e-mail address or unique name.
    person: String,
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=24 * 365))]
    hours: u32,
}

#[derive(Debug, Args)]
struct PasswordArgs {
    /// The agent's e-mail address or id.
    person: String,
    /// Make a password and print it, instead of reading one from standard input.
    #[arg(long)]
    generate: bool,
}

/// Roles on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    Staff,
    Approver,
    Agent,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Staff => Self::Staff,
            RoleArg::Approver => Self::Approver,
            RoleArg::Agent => Self::Agent,
        }
    }
}

/// What all verbs work with.
struct Desk {
    opened: Opened,
    scope: AdminScope,
    ambient: Ambient,
}

/// Does what was asked; the answer is for standard output.
pub async fn run(admin: Admin, ambient: Ambient) -> Result<Value> {
    let opened = Opened::open(&admin.data, None, &ambient).await?;
    let scope = opened.store.administrator();
    let desk = Desk { opened, scope, ambient };
    let answer = match admin.verb {
        Verb::Tenant(verb) => tenant::run(&desk, verb).await,
        Verb::Person(verb) => person::run(&desk, verb).await,
        Verb::Provider(wanted) => provider(&desk, wanted).await,
        Verb::Code(wanted) => person::code(&desk, &wanted.person, wanted.hours).await,
        Verb::Password(wanted) => person::password(&desk, &wanted.person, wanted.generate).await,
        Verb::Audit(verb) => audit::run(&desk, verb).await,
        Verb::Sample => sample::run(&desk).await,
    };
    desk.opened.store.close().await;
    answer
}

async fn provider(desk: &Desk, wanted: ProviderArgs) -> Result<Value> {
    let mut change = desk.change().await?;
    let Some(mut record) = store::hub::record(&mut change).await? else { bail!("the hub has no record of itself") };
    let ProviderArgs { name, hotline, hours } = wanted;
    record.brand.provider = name.unwrap_or(record.brand.provider);
    record.brand.hotline = hotline.unwrap_or(record.brand.hotline);
    record.brand.hotline_hours = hours.unwrap_or(record.brand.hotline_hours);
    store::hub::set(&mut change, &record).await?;
    store::event::add_for_all(&mut change, &desk.scope, Topic::Catalog, desk.ambient.now()).await?;
    change.commit().await?;
    Ok(json!({"provider": record.brand.provider, "hotline": record.brand.hotline, "hours": record.brand.hotline_hours}))
}

impl Desk {
    async fn change(&self) -> Result<Change> {
        Ok(self.opened.store.change().await?)
    }

    /// Writes an audit entry of the administrator.
    async fn record(&self, change: &mut Change, scope: &TenantScope, action: &str, content: Value) -> Result<()> {
        let entry = Entry { actor: ADMINISTRATOR, action, request: None, content };
        self.opened.audit.append(change, scope, entry, &self.ambient).await?;
        Ok(())
    }

    /// The one firm with this id or name.
    async fn tenant(&self, change: &mut Change, wanted: &str) -> Result<(Tenant, TenantScope)> {
        let mut found: Vec<_> = store::tenant::list(change, &self.scope)
            .await?
            .into_iter()
            .filter(|(tenant, _)| tenant.id.as_str() == wanted || tenant.name == wanted)
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(tenant), true) => Ok(tenant),
            (Some(_), false) => bail!("more than one firm is called \"{wanted}\"; name it by its id"),
            (None, _) => bail!("no firm has the id or name \"{wanted}\""),
        }
    }

    /// The one active person with this id, e-mail address or name.
    async fn person(&self, change: &mut Change, wanted: &str) -> Result<Person> {
        let mut found = store::person::find(change, &self.scope, wanted).await?;
        match (found.pop(), found.is_empty()) {
            (Some(person), true) => Ok(person),
            (Some(_), false) => bail!("more than one person is called \"{wanted}\"; name them by id or e-mail address"),
            (None, _) => bail!("no active person has the id, e-mail address or name \"{wanted}\""),
        }
    }
}
