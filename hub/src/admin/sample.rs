//! `admin sample`: two firms with people and an agent, made once; fresh enrolment codes at each call.
//!
//! Invariant: what is there already is left as it is, except that the agent's password is the well-known one again.

use anyhow::Result;
use serde_json::{Value, json};
use service_tool_contract::{
    form::facts::TenantFacts,
    id::{PersonId, TenantId},
    wire::Role,
};

use super::Desk;
use super::person::{self, Draft};
use super::tenant;
use crate::page::password;
use crate::store::{self, Change, person::Person};

const BERGER: &str = "Berger Holzmann & Partner";
const DREIER: &str = "Dreier & Söhne";
const BERGER_FACTS: &str = include_str!("sample/berger.json");
const DREIER_FACTS: &str = include_str!("sample/dreier.json");
const AGENT_EMAIL: &str = "anna.reuter@spectrum.example";
/// Well known, for trying out.
const AGENT_PASSWORD: &str = "Koffer-neben-der-Uhr";
const PROVIDER: &str = "SPECTRUM";
const HOTLINE: &str = "069 90009-100";
const HOTLINE_HOURS: &str = "heute bis 18 Uhr";
const CODE_HOURS: u32 = 72;

/// Somebody of a sample firm.
struct Somebody {
    tenant: &'static str,
    name: &'static str,
    email: &'static str,
    logon: &'static str,
    role: Role,
    town: &'static str,
}

const PEOPLE: &[Somebody] = &[
    Somebody {
        tenant: BERGER,
        name: "Jana Keller",
        email: "jana.keller@kanzlei-berger.example",
        logon: "j.keller",
        role: Role::Staff,
        town: "Fulda",
    },
    Somebody {
        tenant: BERGER,
        name: "Petra Holzmann",
        email: "petra.holzmann@kanzlei-berger.example",
        logon: "p.holzmann",
        role: Role::Approver,
        town: "Fulda",
    },
    Somebody {
        tenant: BERGER,
        name: "Dr. Thomas Berger",
        email: "thomas.berger@kanzlei-berger.example",
        logon: "t.berger",
        role: Role::Approver,
        town: "Bad Hersfeld",
    },
    Somebody {
        tenant: DREIER,
        name: "Lea Franke",
        email: "lea.franke@dreier.example",
        logon: "l.franke",
        role: Role::Staff,
        town: "Kassel",
    },
    Somebody {
        tenant: DREIER,
        name: "Marta Dreier",
        email: "marta.dreier@dreier.example",
        logon: "m.dreier",
        role: Role::Approver,
        town: "Kassel",
    },
];

pub(super) async fn run(desk: &Desk) -> Result<Value> {
    let mut change = desk.change().await?;
    let mut created = false;
    if let Some(mut record) = store::hub::record(&mut change).await?
        && record.brand.hotline.is_empty()
    {
        record.brand.provider = PROVIDER.to_owned();
        record.brand.hotline = HOTLINE.to_owned();
        record.brand.hotline_hours = HOTLINE_HOURS.to_owned();
        store::hub::set(&mut change, &record).await?;
    }
    let mut tenants = Vec::new();
    for (name, facts) in [(BERGER, BERGER_FACTS), (DREIER, DREIER_FACTS)] {
        let found = store::tenant::list(&mut change, &desk.scope)
            .await?
            .into_iter()
            .map(|(tenant, _)| tenant)
            .find(|tenant| tenant.name == name);
        let tenant = match found {
            Some(tenant) => tenant,
            None => {
                created = true;
                let facts: TenantFacts = serde_json::from_str(facts)?;
                tenant::add(desk, &mut change, name, facts).await?.0
            }
        };
        tenants.push(tenant);
    }
    let known = store::person::list(&mut change, &desk.scope).await?;
    let mut people = Vec::new();
    for somebody in PEOPLE {
        let tenant = tenants.iter().find(|tenant| tenant.name == somebody.tenant).map(|tenant| tenant.id.clone());
        let (person, is_new) = find_or_add(desk, &mut change, &known, somebody, tenant).await?;
        created |= is_new;
        let code = person::code_for(desk, &mut change, &person, CODE_HOURS).await?;
        people.push(json!({
            "tenant": somebody.tenant, "name": person.name, "role": person.role, "email": person.email,
            "code": code["code"], "short_code": code["short_code"],
        }));
    }
    let agent =
        Somebody { tenant: "", name: "Anna Reuter", email: AGENT_EMAIL, logon: "", role: Role::Agent, town: "" };
    let (agent, is_new) = find_or_add(desk, &mut change, &known, &agent, None).await?;
    created |= is_new;
    let stored = store::credential::agent_by_email(&mut change, AGENT_EMAIL).await?.and_then(|(_, hash)| hash);
    if !password::is_right(AGENT_PASSWORD, stored.as_deref()) {
        person::set_password(desk, &mut change, &agent, AGENT_PASSWORD).await?;
    }
    change.commit().await?;
    Ok(json!({
        "agent": {"email": AGENT_EMAIL, "password": AGENT_PASSWORD},
        "people": people,
        "created": created,
        "url": desk.opened.record.url,
    }))
}

async fn find_or_add(
    desk: &Desk,
    change: &mut Change,
    known: &[(Person, String)],
    somebody: &Somebody,
    tenant: Option<TenantId>,
) -> Result<(Person, bool)> {
    let found = known
        .iter()
        .map(|(person, _)| person)
        .find(|person| person.email == somebody.email && person.tenant == tenant && person.disabled_at.is_none());
    if let Some(person) = found {
        return Ok((person.clone(), false));
    }
    let draft = Draft {
        name: somebody.name.to_owned(),
        email: somebody.email.to_owned(),
        role: somebody.role,
        logon: (!somebody.logon.is_empty()).then(|| somebody.logon.to_owned()),
        town: somebody.town.to_owned(),
        phone: String::new(),
    };
    let person = draft.checked(PersonId(desk.ambient.id("per")?), tenant)?;
    person::add(desk, change, &person).await?;
    Ok((person, true))
}
