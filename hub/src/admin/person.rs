//! `admin person`, `admin code`, `admin password`: people and what proves who they are.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::{Value, json};
use service_tool_contract::{
    id::{Moment, PersonId, TenantId},
    wire::{Role, Topic},
};

use super::{Desk, RoleArg, import};
use crate::enrolment::{code_hash, long_code, short_code};
use crate::http::me::is_address;
use crate::page::password;
use crate::request::checked_line;
use crate::store::{self, Change, person::Person};

#[derive(Debug, Subcommand)]
pub(super) enum PersonVerb {
    /// Adds a person of a firm, or an agent of the provider.
    Add(AddArgs),
    /// Adds and changes people of a firm from a CSV file (logon,name,role,email[,town,phone]): all or nothing.
    Import {
        /// Id or name of the firm.
        #[arg(long)]
        tenant: String,
        file: PathBuf,
    },
    /// Lists people.
    List {
        /// Id or name of a firm.
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Ends a person's access at once.
    Disable {
        /// Id, e-mail address or unique name.
        person: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Id or name of the firm; none for an agent.
    #[arg(long)]
    tenant: Option<String>,
    #[arg(long)]
    name: String,
    #[arg(long)]
    email: String,
    #[arg(long)]
    role: RoleArg,
    /// Logon name in the firm's directory.
    #[arg(long)]
    logon: Option<String>,
    #[arg(long, default_value = "")]
    town: String,
    #[arg(long, default_value = "")]
    phone: String,
}

/// A person before they are checked.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub logon: Option<String>,
    pub town: String,
    pub phone: String,
}

impl Draft {
    /// The person, if everything about them is right.
    pub(super) fn checked(self, id: PersonId, tenant: Option<TenantId>) -> Result<Person> {
        if (self.role == Role::Agent) != tenant.is_none() {
            bail!("an agent belongs to no firm, everybody else to one");
        }
        let email = self.email.trim().to_lowercase();
        if !is_address(&email) || email.len() > 254 {
            bail!("\"{email}\" is not an e-mail address");
        }
        let line = |field: &'static str, text: &str, least, most| {
            checked_line(field, text, least, most)
                .map_err(|failure| anyhow::anyhow!("{field}: {}", failure.problem.message))
        };
        let logon = self.logon.map(|logon| logon.trim().to_lowercase()).filter(|logon| !logon.is_empty());
        Ok(Person {
            id,
            tenant,
            name: line("name", &self.name, 1, 120)?,
            role: self.role,
            email,
            logon: logon.map(|logon| line("logon", &logon, 1, 64)).transpose()?,
            town: line("town", &self.town, 0, 120)?,
            phone: line("phone", &self.phone, 0, 60)?,
            disabled_at: None,
        })
    }
}

pub(super) async fn run(desk: &Desk, verb: PersonVerb) -> Result<Value> {
    match verb {
        PersonVerb::Add(wanted) => {
            let mut change = desk.change().await?;
            let tenant = match &wanted.tenant {
                Some(tenant) => Some(desk.tenant(&mut change, tenant).await?.0.id),
                None => None,
            };
            let AddArgs { name, email, role, logon, town, phone, .. } = wanted;
            let draft = Draft { name, email, role: role.into(), logon, town, phone };
            let person = draft.checked(PersonId(desk.ambient.id("per")?), tenant)?;
            add(desk, &mut change, &person).await?;
            change.commit().await?;
            Ok(told(&person))
        }
        PersonVerb::Import { tenant, file } => import::run(desk, &tenant, &file).await,
        PersonVerb::List { tenant } => {
            let mut change = desk.change().await?;
            let wanted = match tenant {
                Some(tenant) => Some(desk.tenant(&mut change, &tenant).await?.0.id),
                None => None,
            };
            let people = store::person::list(&mut change, &desk.scope).await?;
            Ok(people
                .iter()
                .filter(|(person, _)| wanted.is_none() || person.tenant == wanted)
                .map(|(person, tenant)| {
                    let mut told = told(person);
                    told["tenant"] = json!(tenant);
                    told["disabled"] = json!(person.disabled_at.is_some());
                    told
                })
                .collect())
        }
        PersonVerb::Disable { person } => {
            let mut change = desk.change().await?;
            let person = desk.person(&mut change, &person).await?;
            store::person::disable(&mut change, &desk.scope, &person.id, desk.ambient.now()).await?;
            recorded(desk, &mut change, &person, "person.disabled").await?;
            change.commit().await?;
            Ok(told(&person))
        }
    }
}

/// Adds a person, as part of a change.
pub(super) async fn add(desk: &Desk, change: &mut Change, person: &Person) -> Result<()> {
    match store::person::add(change, &desk.scope, person, desk.ambient.now()).await {
        Err(error) if error.is_taken() => {
            bail!("e-mail address or logon name of {} are taken by another active person", person.email)
        }
        added => added?,
    }
    recorded(desk, change, person, "person.added").await
}

/// Changes a person, as part of a change.
pub(super) async fn set(desk: &Desk, change: &mut Change, person: &Person) -> Result<()> {
    match store::person::set(change, &desk.scope, person).await {
        Err(error) if error.is_taken() => {
            bail!("e-mail address or logon name of {} are taken by another active person", person.email)
        }
        kept => kept?,
    }
    recorded(desk, change, person, "person.changed").await
}

/// The audit entry about a person, and word to the firm's desktops that their lists have changed.
async fn recorded(desk: &Desk, change: &mut Change, person: &Person, action: &str) -> Result<()> {
    let Some(scope) = store::person::scope_of(&desk.scope, person) else { return Ok(()) };
    store::event::add_for_tenant(change, &scope, Topic::Catalog, desk.ambient.now()).await?;
    desk.record(change, &scope, action, told(person)).await
}

/// Makes an enrolment code.
pub(super) async fn code(desk: &Desk, wanted: &str, hours: u32) -> Result<Value> {
    let mut change = desk.change().await?;
    let person = desk.person(&mut change, wanted).await?;
    let answer = code_for(desk, &mut change, &person, hours).await?;
    change.commit().await?;
    Ok(answer)
}

/// Makes an enrolment code, as part of a change.
pub(super) async fn code_for(desk: &Desk, change: &mut Change, person: &Person, hours: u32) -> Result<Value> {
    let short = short_code(desk.ambient.bytes()?);
    let now = desk.ambient.now();
    let expires_at = Moment(now.0.checked_add(SignedDuration::from_hours(hours.into()))?);
    store::credential::add_enrolment(change, &desk.scope, &person.id, &code_hash(&short), now, expires_at).await?;
    if let Some(scope) = store::person::scope_of(&desk.scope, person) {
        let content = json!({"person": person.id, "expires_at": expires_at});
        desk.record(change, &scope, "enrolment.issued", content).await?;
    }
    let record = &desk.opened.record;
    // with a public certificate there is nothing to pin
    let code = if record.own_certificate { long_code(&short, desk.opened.authority.der()) } else { short.clone() };
    Ok(json!({"code": code, "short_code": short, "url": record.url, "expires_at": expires_at}))
}

/// Sets an agent's password.
pub(super) async fn password(desk: &Desk, wanted: &str, generate: bool) -> Result<Value> {
    let secret = if generate {
        data_encoding::BASE32_NOPAD.encode(&desk.ambient.bytes::<10>()?).to_lowercase()
    } else {
        let mut secret = String::new();
        std::io::stdin().take(1024).read_to_string(&mut secret).context("no password on standard input")?;
        secret.trim_end_matches(['\r', '\n']).to_owned()
    };
    let mut change = desk.change().await?;
    let person = desk.person(&mut change, wanted).await?;
    set_password(desk, &mut change, &person, &secret).await?;
    change.commit().await?;
    let mut answer = json!({"email": person.email});
    if generate {
        answer["password"] = json!(secret);
    }
    Ok(answer)
}

/// Sets an agent's password, as part of a change.
pub(super) async fn set_password(desk: &Desk, change: &mut Change, person: &Person, secret: &str) -> Result<()> {
    if person.role != Role::Agent {
        bail!("only agents sign in with a password; {} enrols a desktop with a code", person.email);
    }
    if secret.chars().count() < 10 {
        bail!("a password has at least 10 characters");
    }
    let hash = password::hash(secret, &desk.ambient)?;
    store::person::set_password(change, &desk.scope, &person.id, &hash).await?;
    Ok(())
}

pub(super) fn told(person: &Person) -> Value {
    json!({
        "id": person.id, "name": person.name, "role": person.role, "email": person.email, "logon": person.logon,
        "town": person.town,
    })
}
