//! What a form may know besides the answers: the firm, the person, the session and the day. The hub hands out the firm's
//! part with the catalog; the session's part travels with the request, so that the hub decides on the same facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{Day, PersonId},
    wire::Role,
};

/// The features that a firm can have; a form can name no other (`tenant.datev`).
pub const FEATURES: &[&str] = &["datev", "exchange", "vpn", "activesync", "telephony", "ra_micro", "bea", "diktat"];

/// The lists of [`TenantFacts::lists`] that a form can name (`tenant.sites`). One that the firm lacks is empty.
pub const LISTS: &[&str] = &["sites", "departments", "groups", "adviser_numbers", "rights_profiles"];

/// Everything that conditions, choices and sentences can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facts {
    pub tenant: TenantFacts,
    pub person: PersonFacts,
    pub session: SessionFacts,
    /// Day at the firm.
    pub today: Day,
}

/// The firm, as forms see it. Conditions name features as `tenant.datev`; lists as `tenant.sites` (see the engine's list).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantFacts {
    pub name: String,
    /// Name of the provider, for sentences (`{provider.name}`).
    pub provider: String,
    /// Features that are on: `datev`, `exchange`, `vpn`, `activesync`, `telephony` … A missing one is off.
    #[serde(default)]
    pub features: Vec<String>,
    /// Lists to choose from: `sites`, `departments`, `groups`, `adviser_numbers`, `rights_profiles` …
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<Choice>>,
    /// Active users, for "like user".
    #[serde(default)]
    pub people: Vec<Choice>,
    /// Printers that the hub knows for the firm.
    #[serde(default)]
    pub printers: Vec<Printer>,
    /// How the firm prints.
    #[serde(default)]
    pub printing: Printing,
    #[serde(default)]
    pub prices: BTreeMap<String, Price>,
    /// Working days by key.
    #[serde(default)]
    pub lead_times: BTreeMap<String, u32>,
    /// Mail domain for proposals (`kanzlei-berger.example`).
    #[serde(default)]
    pub mail_domain: String,
    /// Whether an approver's own change needs nobody else (A1, A4).
    #[serde(default)]
    pub own_approval: bool,
}

/// An offered choice that comes from data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// An amount of the firm's price list, net.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Price {
    pub cents: u32,
    pub per: Per,
}

/// How often a price falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Once,
    Month,
}

/// How a firm prints (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Printing {
    #[default]
    Server,
    Redirected,
    Mixed,
}

/// Who fills in the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonFacts {
    pub id: PersonId,
    pub name: String,
    pub role: Role,
    pub site: String,
}

/// The session that the form is filled in from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionFacts {
    pub host: String,
    /// Name or number of the session; empty where the system has none.
    pub session: String,
    pub printers: Vec<Printer>,
    /// False: the print system did not answer, so `printers` says nothing.
    pub print_system: bool,
}

/// A printer as a person would name it (R1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printer {
    /// Queue name, the value of the answer.
    pub queue: String,
    /// Readable name; the queue's where it has none. Redirected ones without their "(redirected 3)".
    pub name: String,
    pub place: String,
    pub driver: String,
    pub port: String,
    pub is_default: bool,
    pub paused: bool,
    /// Only in this session: redirected from the place where the user sits.
    pub redirected: bool,
}
