//! The format of a form file. What this version does not understand is refused when the file is loaded (F5), so every
//! struct denies unknown fields and every enum is closed.

use serde::{Deserialize, Serialize};

use crate::{
    id::{FieldId, FormId},
    text::Text,
};

/// A condition in the typed subset of CEL syntax (`tenant.datev && size(printers) > 0`).
pub type Condition = String;

/// One form: one file below `forms/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FormDefinition {
    /// Format of the file; this version reads format 1.
    pub format: u32,
    pub id: FormId,
    /// Counts up with every published change.
    pub version: u32,
    pub kind: FormKind,
    /// Name of an icon of the screen's set (`user-add`, `support` …).
    pub icon: String,
    /// Place in the list of kinds, ascending.
    pub order: u32,
    pub title: Text,
    /// One line below the title where the kinds are chosen.
    pub line: Text,
    /// Whether an authorised person must decide before the provider sees it.
    pub approval: ApprovalNeed,
    /// What happens to the account that the request is about (A4 looks at it).
    pub effect: Effect,
    /// When the form is offered at all; empty: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub offered: Option<Condition>,
    /// Template of who or what the request is about, as lists show it (`{first_name} {last_name}`).
    pub subject: Text,
    /// The date field by which it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub due: Option<FieldId>,
    /// The field that names the affected account (a person id of the directory), where the effect is on an existing one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub account: Option<FieldId>,
    pub sections: Vec<Section>,
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub plan: PlanDefinition,
}

/// What a form makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FormKind {
    Support,
    Change,
}

/// Whether a request waits for a decision of the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovalNeed {
    None,
    Approver,
}

/// What the request does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    None,
    Create,
    Change,
    Suspend,
    Reactivate,
    Delete,
}

/// A titled group of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub id: String,
    pub title: Text,
    /// Why the section is there, beside the title ("nur weil Ihre Kanzlei DATEV nutzt").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub note: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub visible: Option<Condition>,
    pub fields: Vec<Field>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub id: FieldId,
    pub kind: FieldKind,
    pub label: Text,
    /// One sentence at the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hint: Option<Text>,
    /// What a long word means, shown on demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub explain: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub visible: Option<Condition>,
    /// `"true"`, or a condition; empty: the answer is free to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub required: Option<Condition>,
    /// Choices, for `choice` and `choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<FieldOption>,
    /// Where live choices come from: a fact that is a list (`tenant.sites`, `directory.people`, `session.printers`) or the
    /// id of a `choices`/`printers` field above, whose ticked values are offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub options_from: Option<String>,
    /// How a choice is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub look: Option<Look>,
    /// Value on a fresh draft; goes through the same evaluation as a typed one. A template (`{tenant.site}`) is filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub initial: Option<super::state::Value>,
    /// Characters, for `text` and `long_text`; the engine's own bound otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub max_length: Option<u32>,
    /// Further demand on a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub shape: Option<Shape>,
    /// Half the width where there is room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub half: bool,
    /// The field is a follow-up of the one above (drawn with the bar in the margin).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow_up: bool,
}

/// Kinds of fields. A new kind is a variant here, a rule in the engine and a file in `ui/src/form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text. Value: text.
    Text,
    /// Several lines of text. Value: text.
    LongText,
    /// One tick box. Value: true or false; unanswered is false once the field is visible.
    Yes,
    /// One of the options. Value: text, the option's value.
    Choice,
    /// Any of the options. Value: list.
    Choices,
    /// A day. Value: text, ISO.
    Date,
    /// Printers of the session and of the firm. Value: list of queue names.
    Printers,
    /// Pictures and files. Its attachments travel beside the answers. Value: list of attachment digests, filled by the desktop.
    Files,
}

/// One offered choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldOption {
    pub value: String,
    pub label: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hint: Option<Text>,
    /// When it is offered; empty: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub offered: Option<Condition>,
}

/// How a choice is drawn: a list that opens, plain radio buttons, cards with a line of explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Look {
    Select,
    Radio,
    Cards,
}

/// A further demand on a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Email,
    Phone,
    /// Lower case ASCII letters, digits, dot and hyphen, as directories accept it.
    LogonName,
    PersonName,
}

/// A rule between fields. It sleeps while one of its fields is unanswered or hidden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The field where the finding is shown.
    pub at: FieldId,
    /// Must be fulfilled.
    pub assert: Condition,
    pub message: Text,
    /// A hint that does not hold up the order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
}

/// The order in words (F7).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanDefinition {
    /// Opening sentences: what, for whom, when.
    #[serde(default)]
    pub opening: Vec<Sentence>,
    /// What the provider does.
    #[serde(default)]
    pub provider: Vec<Sentence>,
    /// What stays with the firm.
    #[serde(default)]
    pub firm: Vec<Sentence>,
    /// Items of the firm's price list that this order causes.
    #[serde(default)]
    pub costs: Vec<Cost>,
    /// Item of the firm's list of lead times; the longest of those whose condition holds counts.
    #[serde(default)]
    pub lead_times: Vec<LeadTime>,
}

/// One sentence of the plan. `{name}` inserts the readable answer of a field or a fact (`{provider.name}`); a sentence
/// with an unanswered name is left out unless `otherwise` stands in for it. `**…**` marks what is stressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    pub text: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub when: Option<Condition>,
    /// The date field at whose day it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub date: Option<FieldId>,
    /// Shown instead while a name in `text` is unanswered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub otherwise: Option<Text>,
}

/// A price that the order causes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Key of the firm's price list; a key that the list lacks costs nothing and is not shown.
    pub price: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub when: Option<Condition>,
}

/// A lead time that the order causes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LeadTime {
    /// Key of the firm's list of lead times.
    pub lead_time: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub when: Option<Condition>,
}
