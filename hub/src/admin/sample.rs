//! `admin sample`: two firms with people and an agent, made once; fresh enrolment codes at each call.
//!
//! Invariant: what is there already is left as it is, except that the agent's password is the well-known one again.

use anyhow::Result;
use serde_json::{Value, json};
use service_tool_contract::{
    form::facts::{Choice, Per, Price, Printer, Printing, TenantFacts},
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
    for (name, facts) in [(BERGER, berger()), (DREIER, dreier())] {
        let found = store::tenant::list(&mut change, &desk.scope)
            .await?
            .into_iter()
            .map(|(tenant, _)| tenant)
            .find(|tenant| tenant.name == name);
        let tenant = match found {
            Some(tenant) => tenant,
            None => {
                created = true;
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

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned() }).collect()
}

fn same(names: &[&str]) -> Vec<Choice> {
    names.iter().map(|name| Choice { value: (*name).to_owned(), label: (*name).to_owned() }).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn printer(queue: &str, place: &str) -> Printer {
    Printer {
        queue: queue.to_owned(),
        name: queue.to_owned(),
        place: place.to_owned(),
        driver: String::new(),
        port: String::new(),
        is_default: false,
        paused: false,
        redirected: false,
    }
}

/// Prices that both firms pay, cents net.
fn prices(more: &[(&str, u32, Per)]) -> std::collections::BTreeMap<String, Price> {
    let common = [
        ("user_setup", 8500, Per::Once),
        ("user_month", 4990, Per::Month),
        ("mailbox_month", 1250, Per::Month),
        ("remote_access_month", 900, Per::Month),
        ("activesync_month", 350, Per::Month),
    ];
    common.iter().chain(more).map(|(key, cents, per)| ((*key).to_owned(), Price { cents: *cents, per: *per })).collect()
}

fn berger() -> TenantFacts {
    TenantFacts {
        features: words(&["datev", "exchange", "vpn", "activesync"]),
        lists: [
            ("sites".to_owned(), same(&["Fulda", "Bad Hersfeld"])),
            (
                "departments".to_owned(),
                choices(&[("lohn", "Lohnbuchhaltung"), ("rewe", "Rechnungswesen"), ("steuern", "Steuern")]),
            ),
            ("groups".to_owned(), same(&["Alle-Fulda", "Lohn", "Lohn-Leitung", "Rechnungswesen", "Steuern"])),
            ("adviser_numbers".to_owned(), choices(&[("29098", "29098 – Fulda"), ("29104", "29104 – Bad Hersfeld")])),
            (
                "rights_profiles".to_owned(),
                choices(&[
                    ("lohn-sb", "Lohn – Sachbearbeitung"),
                    ("lohn-lesen", "Lohn – nur Lesen"),
                    ("rewe-sb", "Rechnungswesen – Sachbearbeitung"),
                ]),
            ),
        ]
        .into(),
        people: choices(&[
            ("m.schuster", "Miriam Schuster"),
            ("l.hofmann", "Lars Hofmann"),
            ("c.brandt", "Claudia Brandt"),
            ("o.petersen", "Ole Petersen"),
        ]),
        printers: vec![
            printer("FD-EG-Kyocera", "Erdgeschoss, Empfang"),
            printer("FD-1OG-Lohn", "1. Obergeschoss, Raum 112"),
            printer("FD-2OG-Farbe", "2. Obergeschoss, Flur"),
        ],
        printing: Printing::Mixed,
        prices: prices(&[
            ("smartcard", 4500, Per::Once),
            ("midentity", 6900, Per::Once),
            ("datev_user_month", 0, Per::Month),
        ]),
        lead_times: [("user_create".to_owned(), 3), ("smartcard".to_owned(), 7)].into(),
        mail_domain: "kanzlei-berger.example".to_owned(),
        own_approval: true,
        ..TenantFacts::default()
    }
}

fn dreier() -> TenantFacts {
    TenantFacts {
        features: words(&["exchange", "vpn"]),
        lists: [
            ("sites".to_owned(), same(&["Kassel"])),
            ("departments".to_owned(), same(&["Rechnungswesen", "Verwaltung", "Werkstatt"])),
            ("groups".to_owned(), same(&["Alle-KS", "Admin-KS", "Rechnungswesen"])),
        ]
        .into(),
        people: choices(&[("t.ruf", "Tobias Ruf"), ("k.lorenz", "Kim Lorenz")]),
        printers: vec![printer("KS-EG-Laser", "Erdgeschoss"), printer("KS-OG-Farbe", "Obergeschoss, Flur")],
        printing: Printing::Server,
        prices: prices(&[]),
        lead_times: [("user_create".to_owned(), 3)].into(),
        mail_domain: "dreier.example".to_owned(),
        own_approval: false,
        ..TenantFacts::default()
    }
}
