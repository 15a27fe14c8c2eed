//! What the engine says about a form and some answers: everything that a screen draws, and the order that is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{Day, FieldId},
    text::Language,
};

/// Answers by field.
pub type Answers = BTreeMap<FieldId, Value>;

/// One answer. Days are text (ISO), a choice is text, ticked choices are a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Value {
    Yes(bool),
    Text(String),
    List(Vec<String>),
}

/// All that a screen draws for a form with some answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormState {
    /// Number of the change that this state answers; a screen drops a state older than what it shows.
    pub sequence: u32,
    /// Visible sections in order, with their visible fields in order.
    pub sections: Vec<SectionState>,
    /// What is wrong or missing, in field order. Missing answers are findings of code `required`.
    pub findings: Vec<Finding>,
    /// Fields whose answer matters to a condition, a choice or a sentence.
    pub watched: Vec<FieldId>,
    pub plan: Plan,
    /// No finding holds up the order.
    pub complete: bool,
}

/// A visible section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SectionState {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub note: Option<String>,
    pub standing: Standing,
    pub fields: Vec<FieldState>,
}

/// How far a section is (the sign in the section bar).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Required answers are missing.
    Open,
    /// Nothing is missing or wrong.
    Complete,
    /// An answer is wrong.
    Wrong,
    /// A warning deserves a look.
    Look,
}

/// A visible field, ready to draw: texts in the language asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldState {
    pub id: FieldId,
    pub kind: super::definition::FieldKind,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub explain: Option<String>,
    pub required: bool,
    /// The answer as it stands, whether or not it is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub value: Option<Value>,
    #[serde(default)]
    pub options: Vec<OptionState>,
    pub look: super::definition::Look,
    pub max_length: u32,
    pub half: bool,
    pub follow_up: bool,
}

/// An offered choice, ready to draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionState {
    pub value: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hint: Option<String>,
    /// Shown but not to be chosen (a printer that is only in this session); `hint` says why.
    pub locked: bool,
}

/// Something wrong, missing or worth a look, at one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    pub field: FieldId,
    pub code: FindingCode,
    /// Words of a rule, in the language asked for; empty for the engine's own codes, whose words are the screen's.
    #[serde(default)]
    pub message: String,
    /// Bound that was passed (`too_long`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub limit: Option<u32>,
    /// A hint only.
    #[serde(default)]
    pub warning: bool,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// No answer yet.
    Required,
    /// Longer than `limit` characters, or more than `limit` choices.
    TooLong,
    /// The value is of another kind than the field.
    WrongKind,
    /// Not among the offered choices.
    NotOffered,
    /// Not a day.
    NotADate,
    /// Not an e-mail address.
    NotAnEmail,
    /// Not a telephone number.
    NotAPhone,
    /// Not a logon name.
    NotALogonName,
    /// Characters that names do not have (control, invisible, direction-changing).
    NotAName,
    /// The form has no such field (sent from outside).
    UnknownField,
    /// A rule of the form; `message` has its words.
    Rule,
    /// Of a newer version.
    #[serde(other)]
    Unknown,
}

/// The order in words, rendered (F7). Runs of text; `strong` ones are stressed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    pub opening: Vec<Vec<Run>>,
    pub provider: Vec<Step>,
    pub firm: Vec<Step>,
    /// Labels of what is still open.
    pub open: Vec<String>,
    /// Net sums in cents; zero is not shown.
    pub cost_once_cents: u32,
    pub cost_month_cents: u32,
    /// Working days; zero is not shown.
    pub lead_time_days: u32,
}

/// A run of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    pub text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
}

/// One thing that somebody does on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    pub date: Option<Day>,
    pub text: Vec<Run>,
}

/// A request as it was signed: readable without the form, for as long as it is kept (F6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    pub language: Language,
    pub title: String,
    /// Who or what it is about.
    pub subject: String,
    pub due: Option<Day>,
    pub sections: Vec<DocumentSection>,
    pub plan: Plan,
}

/// A section of a document: only what was visible and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentSection {
    pub title: String,
    pub lines: Vec<DocumentLine>,
}

/// A question with its readable answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentLine {
    pub field: FieldId,
    pub label: String,
    pub value: String,
}
