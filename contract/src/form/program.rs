//! A form as it is evaluated: names are slots, conditions and texts are read. Made by [`super::check`] alone.

use super::{
    condition::Expression,
    definition::{FieldKind, Look, Shape},
    name::{Fact, Slots},
    state::Value,
    template::Template,
};
use crate::id::FieldId;

#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub offered: Option<Expression>,
    pub subject: Template,
    pub due: Option<usize>,
    pub account: Option<usize>,
    pub sections: Vec<SectionProgram>,
    /// By slot: the order of the file.
    pub fields: Vec<FieldProgram>,
    pub slots: Slots,
    pub rules: Vec<RuleProgram>,
    pub plan: PlanProgram,
    /// Fields that some condition, choice, text or sentence names.
    pub watched: Vec<FieldId>,
}

#[derive(Debug, Clone)]
pub(crate) struct SectionProgram {
    pub visible: Option<Expression>,
    /// Slots of its fields.
    pub slots: std::ops::Range<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct FieldProgram {
    pub id: FieldId,
    pub kind: FieldKind,
    pub label: Template,
    pub hint: Option<Template>,
    pub explain: Option<Template>,
    pub visible: Option<Expression>,
    pub required: Option<Expression>,
    pub options: Vec<OptionProgram>,
    pub source: Option<Source>,
    pub look: Look,
    pub initial: Option<Initial>,
    /// Zero for kinds without a length.
    pub max_length: u32,
    pub shape: Option<Shape>,
    pub half: bool,
    pub follow_up: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct OptionProgram {
    pub value: String,
    pub label: Template,
    pub hint: Option<Template>,
    pub offered: Option<Expression>,
}

/// Where live choices come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Fact(Fact),
    /// The ticked ones of a field above.
    Slot(usize),
}

#[derive(Debug, Clone)]
pub(crate) enum Initial {
    Value(Value),
    /// A text with facts in it.
    Text(Template),
    Today,
}

#[derive(Debug, Clone)]
pub(crate) struct RuleProgram {
    pub at: usize,
    pub assert: Expression,
    /// The fields of `assert`: the rule sleeps while one of them is unknown.
    pub slots: Vec<usize>,
    pub message: Template,
    pub warning: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct PlanProgram {
    pub opening: Vec<SentenceProgram>,
    pub provider: Vec<SentenceProgram>,
    pub firm: Vec<SentenceProgram>,
    /// Keys of the price list.
    pub costs: Vec<(String, Option<Expression>)>,
    /// Keys of the list of lead times.
    pub lead_times: Vec<(String, Option<Expression>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct SentenceProgram {
    pub when: Option<Expression>,
    pub date: Option<usize>,
    pub text: Template,
    pub otherwise: Option<Template>,
}
