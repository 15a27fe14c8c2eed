//! Example answers with the outcome that a form's author expects (F8): one file beside each form, run as a test here and
//! by the author's check. Leaves reading files to the caller.
//!
//! Invariant: examples prove something only if they cover the form, so what no example shows is an error too: a complete
//! order, each rule broken, the firm with and without DATEV where the form asks about it, staff and approver where the
//! order needs approval.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    Form,
    definition::ApprovalNeed,
    evaluate::Evaluation,
    facts::Facts,
    state::{Answers, FormState, Run, Step, Value},
};
use crate::{id::FieldId, text::Language, wire::Role};

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    /// Firms, persons and sessions by name.
    facts: BTreeMap<String, Facts>,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    /// One of `facts`; that of `like` where it is left out.
    facts: Option<String>,
    /// In place of the role of the facts.
    role: Option<Role>,
    #[serde(default)]
    language: Language,
    /// An example above whose answers these begin with; else they begin with those of a fresh draft.
    like: Option<String>,
    /// Null takes an answer away.
    #[serde(default)]
    answers: BTreeMap<FieldId, Option<Value>>,
    expect: Expectation,
}

/// What is left out is not compared, but for the findings: none are expected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    #[serde(default = "yes")]
    offered: bool,
    /// `field: code`, with the words behind a rule (`end_date: rule: Wählen Sie …`) and `warning: ` before a hint.
    #[serde(default)]
    findings: Vec<String>,
    /// All visible fields.
    visible: Option<Vec<FieldId>>,
    /// Fields that must not be there, among others.
    #[serde(default)]
    hidden: Vec<FieldId>,
    /// All required fields.
    required: Option<Vec<FieldId>>,
    /// Values offered at some fields; locked ones in parentheses.
    #[serde(default)]
    offers: BTreeMap<FieldId, Vec<String>>,
    /// Stressed words between `**`.
    opening: Option<Vec<String>>,
    /// With the day before (`2026-12-01: …`).
    provider: Option<Vec<String>>,
    firm: Option<Vec<String>>,
    open: Option<Vec<String>>,
    cost_once_cents: Option<u32>,
    cost_month_cents: Option<u32>,
    lead_time_days: Option<u32>,
    subject: Option<String>,
    /// Readable answers of some fields in the order that is sent.
    #[serde(default)]
    document: BTreeMap<FieldId, String>,
}

fn yes() -> bool {
    true
}

/// All that is not as the examples say; empty if the form does what its author expects.
pub fn check(form: &Form, examples: &str) -> Vec<String> {
    let Examples { facts, examples } = match serde_json::from_str(examples) {
        Ok(examples) => examples,
        Err(error) => return vec![format!("examples: {error}")],
    };
    let mut run = Trial { form, errors: Vec::new(), seen: Seen::default() };
    let mut earlier: BTreeMap<String, (String, Answers)> = BTreeMap::new();
    for example in &examples {
        let base = example.like.as_ref().map(|like| (like, earlier.get(like)));
        if let Some((like, None)) = base {
            run.errors.push(format!("{}: no example `{like}` above", example.name));
            continue;
        }
        let base = base.and_then(|(_, base)| base);
        let facts_name = example.facts.clone().or_else(|| base.map(|(facts, _)| facts.clone())).unwrap_or_default();
        let Some(mut known) = facts.get(&facts_name).cloned() else {
            run.errors.push(format!("{}: no facts `{facts_name}`", example.name));
            continue;
        };
        if let Some(role) = example.role {
            known.person.role = role;
        }
        let mut answers = base.map_or_else(|| form.initial(&known), |(_, answers)| answers.clone());
        for (field, value) in &example.answers {
            match value {
                Some(value) => answers.insert(field.clone(), value.clone()),
                None => answers.remove(field),
            };
        }
        run.example(example, &answers, &known);
        if earlier.insert(example.name.clone(), (facts_name, answers)).is_some() {
            run.errors.push(format!("{}: there are two examples of this name", example.name));
        }
    }
    run.uncovered();
    run.errors
}

/// What the examples have shown so far.
#[derive(Default)]
struct Seen {
    broken_rules: BTreeSet<usize>,
    /// Role, and whether the firm has DATEV, of complete orders.
    complete: Vec<(Role, bool)>,
}

struct Trial<'a> {
    form: &'a Form,
    errors: Vec<String>,
    seen: Seen,
}

impl Trial<'_> {
    fn example(&mut self, example: &Example, answers: &Answers, facts: &Facts) {
        let (form, expect) = (self.form, &example.expect);
        let state = form.evaluate(answers, facts, example.language, 0);
        let mut differences = Differences { example: &example.name, errors: &mut self.errors };
        differences.compare("offered", &form.offered(facts), &expect.offered);
        differences.compare("findings", &findings(&state), &expect.findings);
        let fields = || state.sections.iter().flat_map(|section| &section.fields);
        let visible: Vec<FieldId> = fields().map(|field| field.id.clone()).collect();
        differences.optional("visible", &visible, expect.visible.as_ref());
        for hidden in expect.hidden.iter().filter(|hidden| visible.contains(hidden)) {
            differences.errors.push(format!("{}: `{hidden}` is visible", example.name));
        }
        let required: Vec<FieldId> = fields().filter(|field| field.required).map(|field| field.id.clone()).collect();
        differences.optional("required", &required, expect.required.as_ref());
        for (field, expected) in &expect.offers {
            let options =
                fields().find(|drawn| drawn.id == *field).map(|drawn| drawn.options.as_slice()).unwrap_or_default();
            let written = options.iter().map(|option| match option.locked {
                true => format!("({})", option.value),
                false => option.value.clone(),
            });
            differences.compare(&format!("offers of {field}"), &written.collect(), expected);
        }
        let plan = &state.plan;
        let opening: Vec<String> = plan.opening.iter().map(|runs| marked(runs)).collect();
        differences.optional("opening", &opening, expect.opening.as_ref());
        differences.optional("provider", &steps(&plan.provider), expect.provider.as_ref());
        differences.optional("firm", &steps(&plan.firm), expect.firm.as_ref());
        differences.optional("open", &plan.open, expect.open.as_ref());
        differences.optional("cost_once_cents", &plan.cost_once_cents, expect.cost_once_cents.as_ref());
        differences.optional("cost_month_cents", &plan.cost_month_cents, expect.cost_month_cents.as_ref());
        differences.optional("lead_time_days", &plan.lead_time_days, expect.lead_time_days.as_ref());
        match form.decide(answers, facts, example.language) {
            Ok((sent, document)) => {
                differences.compare("complete", &state.complete, &true);
                differences.optional("subject", &document.subject, expect.subject.as_ref());
                let lines = || document.sections.iter().flat_map(|section| &section.lines);
                for (field, expected) in &expect.document {
                    let value = lines().find(|line| line.field == *field).map(|line| line.value.clone());
                    differences.compare(&format!("document of {field}"), &value.unwrap_or_default(), expected);
                }
                let again = form.decide(&sent, facts, example.language);
                differences.compare("decided again", &again, &Ok((sent, document)));
                let datev = facts.tenant.features.iter().any(|feature| feature == "datev");
                self.seen.complete.push((facts.person.role, datev));
            }
            Err(_) => {
                let wanted = expect.subject.is_some() || !expect.document.is_empty();
                differences.compare("complete", &state.complete, &false);
                differences.compare("an order that can be read", &false, &wanted);
            }
        }
        self.note_broken_rules(answers, facts, example.language);
    }

    fn note_broken_rules(&mut self, answers: &Answers, facts: &Facts, language: Language) {
        let program = &self.form.program;
        let evaluation = Evaluation::new(program, answers, facts, language);
        for (index, rule) in program.rules.iter().enumerate() {
            let message = evaluation.plain(&rule.message);
            let field = program.fields.get(rule.at).map(|field| &field.id);
            if evaluation.findings().any(|finding| Some(&finding.field) == field && finding.message == message) {
                self.seen.broken_rules.insert(index);
            }
        }
    }

    fn uncovered(&mut self) {
        for (index, rule) in self.form.definition.rules.iter().enumerate() {
            if !self.seen.broken_rules.contains(&index) {
                self.errors.push(format!("no example breaks rules[{index}] (`{}`)", rule.assert));
            }
        }
        let shown = |wanted: fn(&(Role, bool)) -> bool| self.seen.complete.iter().any(wanted);
        let asks_datev = super::canonical::text_of(&self.form.definition).contains("tenant.datev");
        let asks_approval = self.form.definition.approval == ApprovalNeed::Approver;
        let wanted = [
            (!shown(|_| true), "no example is a complete order"),
            (asks_datev && !shown(|(_, datev)| *datev), "no complete example of a firm with DATEV"),
            (asks_datev && !shown(|(_, datev)| !datev), "no complete example of a firm without DATEV"),
            (asks_approval && !shown(|(role, _)| *role == Role::Staff), "no complete example of staff"),
            (asks_approval && !shown(|(role, _)| *role == Role::Approver), "no complete example of an approver"),
        ];
        self.errors.extend(wanted.into_iter().filter(|(missing, _)| *missing).map(|(_, error)| error.to_owned()));
    }
}

struct Differences<'a> {
    example: &'a str,
    errors: &'a mut Vec<String>,
}

impl Differences<'_> {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.errors.push(format!("{}: {what}\n  expected {expected:?}\n  found    {found:?}", self.example));
        }
    }

    fn optional<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, expected: Option<&T>) {
        if let Some(expected) = expected {
            self.compare(what, found, expected);
        }
    }
}

fn findings(state: &FormState) -> Vec<String> {
    let written = state.findings.iter().map(|finding| {
        let warning = if finding.warning { "warning: " } else { "" };
        let code = serde_json::to_value(finding.code).ok();
        let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        let message = if finding.message.is_empty() { String::new() } else { format!(": {}", finding.message) };
        format!("{warning}{}: {code}{message}", finding.field)
    });
    written.collect()
}

fn marked(runs: &[Run]) -> String {
    let written = runs.iter().map(|run| if run.strong { format!("**{}**", run.text) } else { run.text.clone() });
    written.collect()
}

fn steps(steps: &[Step]) -> Vec<String> {
    let written = steps.iter().map(|step| match step.date {
        Some(day) => format!("{day}: {}", marked(&step.text)),
        None => marked(&step.text),
    });
    written.collect()
}
