//! From a definition to a [`Program`], or to the list of what is wrong with it (F5). Whatever is not understood is
//! refused; time and memory are bounded whatever the definition holds.

use std::collections::HashSet;

use super::{
    DefinitionError,
    condition::{self, Expression},
    definition::{Effect, Field, FieldKind, FieldOption, FormDefinition, LeadTime, Look, Section, Sentence},
    name::{self, Fact, Name, RESERVED, Scope, Slot, Slots, Type},
    program::{
        FieldProgram, Initial, OptionProgram, PlanProgram, Program, RuleProgram, SectionProgram, SentenceProgram,
        Source,
    },
    shape,
    state::Value,
    template::{self, Stress, Template, TemplateError},
};
use crate::{
    id::{Day, FieldId},
    text::Text,
};

/// Format of the file that this version reads.
pub(crate) const FORMAT: u32 = 1;
/// Largest form file, in bytes.
pub(crate) const FILE_MAX_BYTES: usize = 1024 * 1024;
const FIELDS_MAX: usize = 3_000;
const OPTIONS_MAX: usize = 500;
const RULES_MAX: usize = 3_000;
const SENTENCES_MAX: usize = 1_000;
const ID_MAX_CHARS: usize = 64;
const VALUE_MAX_CHARS: usize = 100;
/// More are not told at once.
const ERRORS_MAX: usize = 100;

/// Checks a definition.
pub(crate) fn check(definition: &FormDefinition) -> Result<Program, Vec<DefinitionError>> {
    let mut checker = Checker { errors: Vec::new(), slots: Slots::new(), watched: HashSet::new() };
    if let Some(error) = too_large(definition) {
        return Err(vec![error]);
    }
    let program = checker.form(definition);
    if checker.errors.is_empty() { Ok(program) } else { Err(checker.errors) }
}

/// Bounds that hold before anything is looked at.
fn too_large(definition: &FormDefinition) -> Option<DefinitionError> {
    let fields: usize = definition.sections.iter().map(|section| section.fields.len()).sum();
    let plan = &definition.plan;
    let bounds = [
        ("sections", fields, FIELDS_MAX, "fields"),
        ("sections", definition.sections.len(), FIELDS_MAX, "sections"),
        ("rules", definition.rules.len(), RULES_MAX, "rules"),
        ("plan.opening", plan.opening.len(), SENTENCES_MAX, "sentences"),
        ("plan.provider", plan.provider.len(), SENTENCES_MAX, "sentences"),
        ("plan.firm", plan.firm.len(), SENTENCES_MAX, "sentences"),
        ("plan.costs", plan.costs.len(), SENTENCES_MAX, "items"),
        ("plan.lead_times", plan.lead_times.len(), SENTENCES_MAX, "items"),
    ];
    let passed = bounds.into_iter().find(|(_, count, bound, _)| count > bound);
    passed.map(|(place, count, bound, what)| DefinitionError::new(place, format!("{count} {what}; at most {bound}")))
}

struct Checker {
    errors: Vec<DefinitionError>,
    slots: Slots,
    watched: HashSet<usize>,
}

impl Checker {
    fn refuse(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.push(DefinitionError::new(place, message));
    }

    fn push(&mut self, error: DefinitionError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }

    fn form(&mut self, form: &FormDefinition) -> Program {
        if form.format != FORMAT {
            self.refuse("format", format!("this version reads format {FORMAT}, not {}", form.format));
        }
        if !is_word(form.id.as_str(), '-') {
            self.refuse("id", "lower case letters, digits and hyphens, beginning with a letter, at most 64");
        }
        if form.version == 0 {
            self.refuse("version", "versions begin with 1");
        }
        if !is_word(&form.icon, '-') {
            self.refuse("icon", "lower case letters, digits and hyphens, beginning with a letter, at most 64");
        }
        self.plain("title", &form.title);
        self.plain("line", &form.line);
        if form.sections.is_empty() {
            self.refuse("sections", "a form has at least one section");
        }
        self.declare(form);

        let offered = self.condition("offered", form.offered.as_deref(), 0);
        let mut fields = Vec::new();
        let mut sections = Vec::new();
        let mut section_ids = HashSet::new();
        for (index, section) in form.sections.iter().enumerate() {
            let place = format!("sections[{index}]");
            if !is_word(&section.id, '_') {
                self.refuse(
                    format!("{place}.id"),
                    "lower case letters, digits and underscores, beginning with a letter",
                );
            }
            if !section_ids.insert(section.id.as_str()) {
                self.refuse(format!("{place}.id"), format!("`{}` stands twice", section.id));
            }
            sections.push(self.section(&place, section, &mut fields, form));
        }
        let all = fields.len();
        let rules = (form.rules.iter().enumerate())
            .filter_map(|(index, rule)| {
                let place = format!("rules[{index}]");
                let at = self.field_of(&format!("{place}.at"), &rule.at);
                let assert = self.condition(&format!("{place}.assert"), Some(&rule.assert), all);
                let message = self.template(&format!("{place}.message"), &rule.message, all, Stress::Plain);
                let (at, assert) = (at?, assert?);
                let mut slots = Vec::new();
                assert.collect_slots(&mut slots);
                if message.slots().any(|slot| !slots.contains(&slot)) {
                    self.refuse(format!("{place}.message"), "it can name only the fields of `assert`");
                }
                Some(RuleProgram { at, assert, slots, message, warning: rule.warning })
            })
            .collect();
        let subject = self.template("subject", &form.subject, all, Stress::Plain);
        let due = form.due.as_ref().and_then(|id| self.date_field("due", id));
        let account = self.account(form, &fields, &sections);
        let plan = self.plan(form, all);
        let watched = (fields.iter().enumerate())
            .filter(|(slot, _)| self.watched.contains(slot))
            .map(|(_, field)| field.id.clone())
            .collect();
        Program {
            offered,
            subject,
            due,
            account,
            sections,
            fields,
            slots: std::mem::take(&mut self.slots),
            rules,
            plan,
            watched,
        }
    }

    /// Gives every field its slot, before anything names one.
    fn declare(&mut self, form: &FormDefinition) {
        let mut slot = 0;
        for (section_index, section) in form.sections.iter().enumerate() {
            for (field_index, field) in section.fields.iter().enumerate() {
                let place = format!("sections[{section_index}].fields[{field_index}].id");
                let id = field.id.as_str();
                if !is_word(id, '_') {
                    self.refuse(
                        &place,
                        "lower case letters, digits and underscores, beginning with a letter, at most 64",
                    );
                } else if RESERVED.contains(&id) {
                    self.refuse(&place, format!("`{id}` is a word of the conditions"));
                }
                let closed = field.options_from.is_none() && !field.options.is_empty();
                let values = closed.then(|| field.options.iter().map(|option| option.value.clone()).collect());
                let declared = Slot { slot, kind: Type::of(field.kind), values };
                if self.slots.insert(id.to_owned(), declared).is_some() {
                    self.refuse(&place, format!("`{id}` stands twice"));
                }
                slot += 1;
            }
        }
    }

    fn section(
        &mut self,
        place: &str,
        section: &Section,
        fields: &mut Vec<FieldProgram>,
        form: &FormDefinition,
    ) -> SectionProgram {
        let begin = fields.len();
        self.plain(&format!("{place}.title"), &section.title);
        if let Some(note) = &section.note {
            self.plain(&format!("{place}.note"), note);
        }
        if section.fields.is_empty() {
            self.refuse(format!("{place}.fields"), "a section has at least one field");
        }
        let visible = self.condition(&format!("{place}.visible"), section.visible.as_deref(), begin);
        for (index, field) in section.fields.iter().enumerate() {
            let place = format!("{place}.fields[{index}]");
            if field.follow_up && index == 0 {
                self.refuse(format!("{place}.follow_up"), "the first field of a section follows no other");
            }
            let program = self.field(&place, field, fields.len(), form);
            fields.push(program);
        }
        SectionProgram { visible, slots: begin..fields.len() }
    }

    fn field(&mut self, place: &str, field: &Field, slot: usize, form: &FormDefinition) -> FieldProgram {
        let is_choice = matches!(field.kind, FieldKind::Choice | FieldKind::Choices);
        let is_text = matches!(field.kind, FieldKind::Text | FieldKind::LongText);
        let misplaced = [
            (!field.options.is_empty() && !is_choice, "options", "only `choice` and `choices` have options"),
            (field.options_from.is_some() && !is_choice, "options_from", "only `choice` and `choices` have options"),
            (field.look.is_some() && field.kind != FieldKind::Choice, "look", "only a `choice` has a look"),
            (field.max_length.is_some() && !is_text, "max_length", "only `text` and `long_text` have a length"),
            (field.shape.is_some() && field.kind != FieldKind::Text, "shape", "only a `text` has a shape"),
        ];
        for (_, key, message) in misplaced.into_iter().filter(|(wrong, ..)| *wrong) {
            self.refuse(format!("{place}.{key}"), message);
        }
        if is_choice && field.options.is_empty() && field.options_from.is_none() {
            self.refuse(format!("{place}.options"), "a choice needs `options` or `options_from`");
        }
        let bound = shape::length_max(field.kind, field.shape);
        if is_text && field.max_length.is_some_and(|length| length == 0 || length > bound) {
            self.refuse(format!("{place}.max_length"), format!("1 to {bound}"));
        }
        let options = self.options(place, field, slot);
        let source = (field.options_from.as_deref())
            .and_then(|from| self.source(&format!("{place}.options_from"), from, slot, form));
        FieldProgram {
            id: field.id.clone(),
            kind: field.kind,
            label: self.template(&format!("{place}.label"), &field.label, slot, Stress::Plain),
            hint: self.optional_template(&format!("{place}.hint"), field.hint.as_ref(), slot),
            explain: self.optional_template(&format!("{place}.explain"), field.explain.as_ref(), slot),
            visible: self.condition(&format!("{place}.visible"), field.visible.as_deref(), slot),
            required: self.condition(&format!("{place}.required"), field.required.as_deref(), slot),
            initial: self.initial(&format!("{place}.initial"), field),
            options,
            source,
            look: field.look.unwrap_or(Look::Select),
            max_length: if is_text { field.max_length.unwrap_or(bound) } else { 0 },
            shape: field.shape,
            half: field.half,
            follow_up: field.follow_up,
        }
    }

    fn options(&mut self, place: &str, field: &Field, slot: usize) -> Vec<OptionProgram> {
        if field.options.len() > OPTIONS_MAX {
            self.refuse(format!("{place}.options"), format!("more than {OPTIONS_MAX} options"));
            return Vec::new();
        }
        let mut values = HashSet::new();
        let mut options = Vec::new();
        for (index, FieldOption { value, label, hint, offered }) in field.options.iter().enumerate() {
            let place = format!("{place}.options[{index}]");
            let wrong = value.trim() != value || value.is_empty() || value.chars().count() > VALUE_MAX_CHARS;
            if wrong || shape::fault(value, FieldKind::Text, None).is_some() {
                self.refuse(format!("{place}.value"), "a plain text of 1 to 100 characters");
            }
            if !values.insert(value) {
                self.refuse(format!("{place}.value"), format!("'{value}' stands twice"));
            }
            options.push(OptionProgram {
                value: value.clone(),
                label: self.template(&format!("{place}.label"), label, slot, Stress::Plain),
                hint: self.optional_template(&format!("{place}.hint"), hint.as_ref(), slot),
                offered: self.condition(&format!("{place}.offered"), offered.as_deref(), slot),
            });
        }
        options
    }

    fn source(&mut self, place: &str, from: &str, slot: usize, form: &FormDefinition) -> Option<Source> {
        if self.is_full() {
            return None;
        }
        let found = Scope { slots: &self.slots, limit: slot }.find(from).map(|found| (found.name, found.kind));
        match found {
            Ok((Name::Fact(fact), Type::List)) => Some(Source::Fact(fact)),
            Ok((Name::Slot(source), Type::List)) if kind_at(form, source) != Some(FieldKind::Files) => {
                self.watched.insert(source);
                Some(Source::Slot(source))
            }
            Ok(_) => {
                self.refuse(place, format!("`{from}` is no list to choose from"));
                None
            }
            Err(message) => {
                self.refuse(place, message);
                None
            }
        }
    }

    fn initial(&mut self, place: &str, field: &Field) -> Option<Initial> {
        let value = field.initial.as_ref()?;
        let closed = |texts: &[String]| {
            let foreign = |text: &&String| !field.options.iter().any(|option| option.value == **text);
            if field.options_from.is_some() { None } else { texts.iter().find(foreign).cloned() }
        };
        match (field.kind, value) {
            (FieldKind::Yes, Value::Yes(_)) => {}
            (FieldKind::Choices, Value::List(values)) => {
                if let Some(foreign) = closed(values) {
                    self.refuse(place, format!("'{foreign}' is not among the options"));
                }
            }
            (FieldKind::Date, Value::Text(text)) if text == "{today}" => return Some(Initial::Today),
            (FieldKind::Date, Value::Text(text)) => {
                if Day::parse(text).is_none() {
                    self.refuse(place, "a day is written `2026-12-01` or `{today}`");
                }
            }
            (FieldKind::Text | FieldKind::LongText | FieldKind::Choice, Value::Text(text)) if text.contains('{') => {
                let both = Text { de: text.clone(), en: text.clone() };
                return Some(Initial::Text(self.template(place, &both, 0, Stress::Plain)));
            }
            (FieldKind::Choice, Value::Text(text)) => {
                if let Some(foreign) = closed(std::slice::from_ref(text)) {
                    self.refuse(place, format!("'{foreign}' is not among the options"));
                }
            }
            (FieldKind::Text | FieldKind::LongText, Value::Text(_)) => {}
            _ => self.refuse(place, "it does not fit the kind of the field"),
        }
        Some(Initial::Value(value.clone()))
    }

    /// The field of the affected account: A4 rests on it, so it must be there in every order that touches an account.
    fn account(
        &mut self,
        form: &FormDefinition,
        fields: &[FieldProgram],
        sections: &[SectionProgram],
    ) -> Option<usize> {
        let existing = matches!(form.effect, Effect::Change | Effect::Suspend | Effect::Reactivate | Effect::Delete);
        let Some(id) = &form.account else {
            if existing {
                self.refuse("account", "an effect on an existing account needs the field that names it");
            }
            return None;
        };
        if !existing {
            self.refuse("account", "only with an effect on an existing account");
        }
        let slot = self.field_of("account", id)?;
        let field = fields.get(slot)?;
        let is_picked = field.kind == FieldKind::Choice
            && field.source == Some(Source::Fact(Fact::People))
            && field.options.is_empty();
        let is_always_asked = field.visible.is_none()
            && field.required == Some(Expression::Yes(true))
            && sections.iter().all(|section| section.visible.is_none() || !section.slots.contains(&slot));
        if !is_picked || !is_always_asked {
            self.refuse(
                "account",
                "it names a `choice` from `directory.people` alone that is always visible and `\"required\": \"true\"`",
            );
        }
        Some(slot)
    }

    fn plan(&mut self, form: &FormDefinition, all: usize) -> PlanProgram {
        let plan = &form.plan;
        let costs = plan.costs.iter().map(|cost| (&cost.price, &cost.when));
        let lead_times = plan.lead_times.iter().map(|LeadTime { lead_time, when }| (lead_time, when));
        PlanProgram {
            opening: self.sentences("plan.opening", &plan.opening, all),
            provider: self.sentences("plan.provider", &plan.provider, all),
            firm: self.sentences("plan.firm", &plan.firm, all),
            costs: self.items("plan.costs", "price", costs, all),
            lead_times: self.items("plan.lead_times", "lead_time", lead_times, all),
        }
    }

    fn sentences(&mut self, place: &str, sentences: &[Sentence], all: usize) -> Vec<SentenceProgram> {
        let mut programs = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            let place = format!("{place}[{index}]");
            let text = self.template(&format!("{place}.text"), &sentence.text, all, Stress::Marked);
            let otherwise = (sentence.otherwise.as_ref())
                .map(|text| self.template(&format!("{place}.otherwise"), text, all, Stress::Marked));
            let date = sentence.date.as_ref().and_then(|id| self.date_field(&format!("{place}.date"), id));
            let when = self.condition(&format!("{place}.when"), sentence.when.as_deref(), all);
            programs.push(SentenceProgram { when, date, text, otherwise });
        }
        programs
    }

    fn items<'d>(
        &mut self,
        place: &str,
        key: &str,
        items: impl Iterator<Item = (&'d String, &'d Option<String>)>,
        all: usize,
    ) -> Vec<(String, Option<Expression>)> {
        let mut programs = Vec::new();
        for (index, (name, when)) in items.enumerate() {
            if !is_word(name, '_') {
                self.refuse(format!("{place}[{index}].{key}"), "lower case letters, digits and underscores");
            }
            let when = self.condition(&format!("{place}[{index}].when"), when.as_deref(), all);
            programs.push((name.clone(), when));
        }
        programs
    }

    // --- parts -------------------------------------------------------------------------------------------------------

    /// When that many errors are told, the costly search for near names stops.
    fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS_MAX
    }

    fn condition(&mut self, place: &str, text: Option<&str>, limit: usize) -> Option<Expression> {
        let text = text?;
        if self.is_full() {
            return None;
        }
        match condition::parse(text, Scope { slots: &self.slots, limit }) {
            Ok(expression) => {
                let mut slots = Vec::new();
                expression.collect_slots(&mut slots);
                self.watched.extend(slots);
                Some(expression)
            }
            Err(error) => {
                self.push(DefinitionError::at(place, error.column, error.message));
                None
            }
        }
    }

    fn template(&mut self, place: &str, text: &Text, limit: usize, stress: Stress) -> Template {
        if self.is_full() {
            return Template::default();
        }
        match Template::parse(text, Scope { slots: &self.slots, limit }, stress) {
            Ok(template) => {
                self.watched.extend(template.slots());
                template
            }
            Err(error) => {
                self.text_error(place, error);
                Template::default()
            }
        }
    }

    fn optional_template(&mut self, place: &str, text: Option<&Text>, limit: usize) -> Option<Template> {
        text.map(|text| self.template(place, text, limit, Stress::Plain))
    }

    fn plain(&mut self, place: &str, text: &Text) {
        if let Err(error) = template::check_plain(text) {
            self.text_error(place, error);
        }
    }

    fn text_error(&mut self, place: &str, error: TemplateError) {
        let TemplateError { language, column, message } = error;
        self.push(DefinitionError { place: format!("{place}.{language}"), column, message });
    }

    fn field_of(&mut self, place: &str, id: &FieldId) -> Option<usize> {
        if let Some(slot) = self.slots.get(id.as_str()) {
            return Some(slot.slot);
        }
        if !self.is_full() {
            let near = name::suggestion(id.as_str(), self.slots.keys().map(String::as_str), "`");
            self.refuse(place, format!("no field `{id}`{near}"));
        }
        None
    }

    fn date_field(&mut self, place: &str, id: &FieldId) -> Option<usize> {
        let slot = self.field_of(place, id)?;
        if self.slots.get(id.as_str()).is_some_and(|found| found.kind != Type::Day) {
            self.refuse(place, format!("`{id}` is not a date"));
            return None;
        }
        self.watched.insert(slot);
        Some(slot)
    }
}

fn kind_at(form: &FormDefinition, slot: usize) -> Option<FieldKind> {
    form.sections.iter().flat_map(|section| &section.fields).nth(slot).map(|field| field.kind)
}

/// Lower case letters, digits and `joint`, beginning with a letter.
fn is_word(text: &str, joint: char) -> bool {
    text.len() <= ID_MAX_CHARS
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
}
