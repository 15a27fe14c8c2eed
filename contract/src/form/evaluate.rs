//! Deciding about a form and some answers: one pass over the fields in their order, then rules, then the plan in words.
//! What a screen draws of it is made in [`super::draw`], what is sent in [`super::decide`].
//! Pure and total; the cost is linear in the size of the form, the answers and the offered lists.
//!
//! Invariant: a hidden field has no effect, whatever its answer: it is unknown, never required, never judged.

use std::{borrow::Cow, collections::HashSet};

use super::{
    condition::{Environment, Expression},
    definition::FieldKind,
    facts::{Choice, Facts, Printer, Printing},
    name::{Fact, Known, List, Name},
    program::{FieldProgram, Initial, OptionProgram, Program, SentenceProgram, Source},
    shape,
    state::{Answers, Finding, FindingCode, Plan, Run, Step, Value},
    template::Template,
    words::{self, Word},
};
use crate::{
    id::{Day, Digest, FieldId},
    text::Language,
};

/// Most files of one field.
const FILES_MAX: usize = 20;

/// Longest inserted answer in a sentence, in characters.
const INSERTED_MAX_CHARS: usize = 120;

/// What was found out about one field.
pub(crate) struct Outcome<'a> {
    pub visible: bool,
    pub required: bool,
    pub value: Option<&'a Value>,
    pub offers: Vec<Offer<'a>>,
    pub findings: Vec<Finding>,
}

/// An offered choice.
#[derive(Clone)]
pub(crate) struct Offer<'a> {
    pub value: &'a str,
    pub label: Cow<'a, str>,
    pub hint: Option<Cow<'a, str>>,
    pub locked: bool,
}

/// A form decided on some answers.
pub(crate) struct Evaluation<'a> {
    pub program: &'a Program,
    facts: &'a Facts,
    pub language: Language,
    pub outcomes: Vec<Outcome<'a>>,
    /// By slot, as conditions see it: nothing where a field is hidden, unanswered or wrongly answered.
    pub known: Vec<Known<'a>>,
}

impl<'a> Evaluation<'a> {
    pub fn new(program: &'a Program, answers: &'a Answers, facts: &'a Facts, language: Language) -> Self {
        let count = program.fields.len();
        let outcomes = Vec::with_capacity(count);
        let mut evaluation = Self { program, facts, language, outcomes, known: Vec::with_capacity(count) };
        for section in &program.sections {
            let visible = evaluation.holds(section.visible.as_ref());
            for field in program.fields.get(section.slots.clone()).unwrap_or_default() {
                evaluation.field(field, visible, answers);
            }
        }
        evaluation.rules();
        evaluation
    }

    fn environment(&self) -> Environment<'_> {
        Environment { slots: &self.known, facts: self.facts }
    }

    /// A missing condition holds.
    fn holds(&self, condition: Option<&Expression>) -> bool {
        condition.is_none_or(|condition| condition.holds(self.environment()))
    }

    fn field(&mut self, field: &'a FieldProgram, section_visible: bool, answers: &'a Answers) {
        let visible = section_visible && self.holds(field.visible.as_ref());
        if !visible {
            let (offers, findings) = (Vec::new(), Vec::new());
            self.outcomes.push(Outcome { visible, required: false, value: None, offers, findings });
            self.known.push(Known::Nothing);
            return;
        }
        let required = field.required.is_some() && self.holds(field.required.as_ref());
        let value = answers.get(&field.id);
        let offers = self.offers(field);
        let mut findings = Vec::new();
        let known = match value.map(|value| judge(field, value, &offers)) {
            Some(Ok(known)) => known,
            Some(Err((code, limit))) => {
                findings.push(finding(&field.id, code, limit));
                Known::Nothing
            }
            None => Known::Nothing,
        };
        let known = match (field.kind, known) {
            (FieldKind::Yes, Known::Nothing) if findings.is_empty() => Known::Yes(false),
            (_, known) => known,
        };
        if required && findings.is_empty() && matches!(known, Known::Nothing | Known::Yes(false)) {
            findings.push(finding(&field.id, FindingCode::Required, None));
        }
        self.outcomes.push(Outcome { visible, required, value, offers, findings });
        self.known.push(known);
    }

    // --- choices -----------------------------------------------------------------------------------------------------

    fn offers(&self, field: &'a FieldProgram) -> Vec<Offer<'a>> {
        if field.kind == FieldKind::Printers {
            return self.printers();
        }
        let mut offers = match field.source {
            Some(Source::Fact(fact)) => self.listed(fact),
            Some(Source::Slot(slot)) => self.ticked(slot),
            None => Vec::new(),
        };
        let from_form = |option: &&'a OptionProgram| {
            !offers.iter().any(|offer| offer.value == option.value) && self.holds(option.offered.as_ref())
        };
        let fixed: Vec<_> = (field.options.iter().filter(from_form))
            .map(|option| Offer {
                value: &option.value,
                label: Cow::Owned(self.plain(&option.label)),
                hint: option.hint.as_ref().map(|hint| Cow::Owned(self.plain(hint))),
                locked: false,
            })
            .collect();
        offers.extend(fixed);
        offers
    }

    fn listed(&self, fact: Fact) -> Vec<Offer<'a>> {
        let choice = |choice: &'a Choice| Offer {
            value: &choice.value,
            label: Cow::Borrowed(&choice.label),
            hint: None,
            locked: false,
        };
        match fact.known(self.facts) {
            Known::List(List::Choices(choices)) => choices.iter().map(choice).collect(),
            Known::List(List::Printers(printers)) => {
                printers.iter().map(|printer| self.printer(printer, false)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is ticked at a field above, with its labels.
    fn ticked(&self, slot: usize) -> Vec<Offer<'a>> {
        let (Some(outcome), Some(Known::List(List::Texts(ticked)))) = (self.outcomes.get(slot), self.known.get(slot))
        else {
            return Vec::new();
        };
        let ticked: HashSet<&str> = ticked.iter().map(String::as_str).collect();
        outcome.offers.iter().filter(|offer| ticked.contains(offer.value)).cloned().collect()
    }

    /// Printers of firm and session, each queue once (R1, R2). Where the firm prints through its servers, redirected ones
    /// are shown last and locked: nobody else has them.
    fn printers(&self) -> Vec<Offer<'a>> {
        let locks = self.facts.tenant.printing == Printing::Server;
        let mut seen = HashSet::new();
        let (mut free, mut locked) = (Vec::new(), Vec::new());
        let both = self.facts.tenant.printers.iter().chain(&self.facts.session.printers);
        for printer in both.filter(|printer| seen.insert(printer.queue.as_str())) {
            if printer.redirected && locks {
                locked.push(self.printer(printer, true));
            } else {
                free.push(self.printer(printer, false));
            }
        }
        free.append(&mut locked);
        free
    }

    fn printer(&self, printer: &'a Printer, locked: bool) -> Offer<'a> {
        let name = if printer.name.is_empty() { &printer.queue } else { &printer.name };
        let word = |word: Word| word.text(self.language);
        let hint = if locked {
            Cow::Borrowed(word(Word::OnlyInYourSession))
        } else if !printer.place.is_empty() {
            Cow::Borrowed(printer.place.as_str())
        } else if printer.redirected {
            Cow::Borrowed(word(Word::AtYourDesk))
        } else {
            Cow::Borrowed("")
        };
        let hint = match (hint.is_empty(), printer.paused && !locked) {
            (true, true) => Some(Cow::Borrowed(word(Word::Paused))),
            (false, true) => Some(Cow::Owned(format!("{hint} · {}", word(Word::Paused)))),
            (true, false) => None,
            (false, false) => Some(hint),
        };
        Offer { value: &printer.queue, label: Cow::Borrowed(name), hint, locked }
    }

    // --- rules -------------------------------------------------------------------------------------------------------

    fn rules(&mut self) {
        for rule in &self.program.rules {
            let awake = self.outcomes.get(rule.at).is_some_and(|outcome| outcome.visible)
                && rule.slots.iter().all(|slot| !matches!(self.known.get(*slot), None | Some(Known::Nothing)));
            if !awake || rule.assert.truth(self.environment()) != Some(false) {
                continue;
            }
            let message = self.plain(&rule.message);
            if let (Some(outcome), Some(field)) = (self.outcomes.get_mut(rule.at), self.program.fields.get(rule.at)) {
                let field = field.id.clone();
                let code = FindingCode::Rule;
                outcome.findings.push(Finding { field, code, message, limit: None, warning: rule.warning });
            }
        }
    }

    // --- texts -------------------------------------------------------------------------------------------------------

    /// The answer of a field as a person reads it.
    pub fn readable(&self, slot: usize) -> Option<String> {
        let (known, outcome) = (self.known.get(slot)?, self.outcomes.get(slot)?);
        let label = |value: &str| outcome.offers.iter().find(|offer| offer.value == value).map(|offer| &*offer.label);
        match known {
            Known::Nothing | Known::Number(_) => None,
            Known::Yes(yes) => Some((if *yes { Word::Yes } else { Word::No }).text(self.language).to_owned()),
            Known::Text(text) => Some(label(text).unwrap_or(text).to_owned()),
            Known::Day(day) => Some(words::day(*day, self.language)),
            Known::List(list) if self.kind(slot) == Some(FieldKind::Files) => Some(match list.len() {
                1 => Word::OneFile.text(self.language).to_owned(),
                count => format!("{count} {}", Word::Files.text(self.language)),
            }),
            Known::List(list) => {
                let labels: Vec<&str> = self.in_offered_order(slot, *list).map(|offer| &*offer.label).collect();
                Some(labels.join(", "))
            }
        }
    }

    /// The ticked choices, in the order in which they are offered.
    pub fn in_offered_order(&self, slot: usize, list: List<'a>) -> impl Iterator<Item = &Offer<'a>> {
        let ticked: HashSet<&str> = match list {
            List::Texts(texts) => texts.iter().map(String::as_str).collect(),
            List::Choices(_) | List::Printers(_) => HashSet::new(),
        };
        let offers = self.outcomes.get(slot).map(|outcome| outcome.offers.as_slice()).unwrap_or_default();
        offers.iter().filter(move |offer| ticked.contains(offer.value))
    }

    fn kind(&self, slot: usize) -> Option<FieldKind> {
        self.program.fields.get(slot).map(|field| field.kind)
    }

    /// A name as it stands within a sentence: one line, of bounded length.
    fn inserted(&self, name: Name) -> Option<String> {
        match name {
            Name::Slot(slot) => self.readable(slot).map(|text| one_line(&text)),
            Name::Fact(fact) => match fact.known(self.facts) {
                Known::Text(text) => Some(one_line(text)),
                Known::Day(day) => Some(words::day(day, self.language)),
                _ => None,
            },
        }
    }

    pub fn plain(&self, template: &Template) -> String {
        template.plain(self.language, |name| self.inserted(name))
    }

    /// The template with what is known so far; empty while nothing of it is.
    pub fn so_far(&self, template: &Template) -> String {
        let mut is_known = false;
        let text = template.plain(self.language, |name| {
            let known = self.inserted(name);
            is_known |= known.as_ref().is_some_and(|text| !text.is_empty());
            known
        });
        // what joins it to what is still open
        let open = |sign: char| sign.is_whitespace() || matches!(sign, ',' | ';' | ':' | '–' | '-');
        if is_known { text.trim_matches(open).to_owned() } else { String::new() }
    }

    fn sentence(&self, sentence: &SentenceProgram) -> Option<Step> {
        if !self.holds(sentence.when.as_ref()) {
            return None;
        }
        let runs = |template: &Template| template.runs(self.language, |name| self.inserted(name));
        let text: Vec<Run> = runs(&sentence.text).or_else(|| runs(sentence.otherwise.as_ref()?))?;
        Some(Step { date: sentence.date.and_then(|slot| self.day(slot)), text })
    }

    pub fn day(&self, slot: usize) -> Option<Day> {
        match self.known.get(slot) {
            Some(Known::Day(day)) => Some(*day),
            _ => None,
        }
    }

    /// The order in words, without what is still open.
    pub fn plan(&self) -> Plan {
        let plan = &self.program.plan;
        let steps = |sentences: &[SentenceProgram]| sentences.iter().filter_map(|one| self.sentence(one)).collect();
        let mut whole = Plan {
            opening: plan.opening.iter().filter_map(|one| self.sentence(one)).map(|step| step.text).collect(),
            provider: steps(&plan.provider),
            firm: steps(&plan.firm),
            ..Plan::default()
        };
        let caused = |(_, when): &&(String, Option<Expression>)| self.holds(when.as_ref());
        for (price, _) in plan.costs.iter().filter(caused) {
            if let Some(price) = self.facts.tenant.prices.get(price) {
                let sum = match price.per {
                    super::facts::Per::Once => &mut whole.cost_once_cents,
                    super::facts::Per::Month => &mut whole.cost_month_cents,
                };
                *sum = sum.saturating_add(price.cents);
            }
        }
        let days = plan.lead_times.iter().filter(caused).filter_map(|(key, _)| self.facts.tenant.lead_times.get(key));
        whole.lead_time_days = days.copied().max().unwrap_or_default();
        whole
    }

    // --- results -----------------------------------------------------------------------------------------------------

    /// All findings, in the order of the fields.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.outcomes.iter().flat_map(|outcome| &outcome.findings)
    }

    /// The label of a field, filled in.
    pub fn label(&self, slot: usize) -> String {
        self.program.fields.get(slot).map(|field| self.plain(&field.label)).unwrap_or_default()
    }
}

/// Whether the form is offered.
pub(crate) fn is_offered(program: &Program, facts: &Facts) -> bool {
    program.offered.as_ref().is_none_or(|offered| offered.holds(Environment { slots: &[], facts }))
}

/// The answers of a fresh draft. A prefilled choice that is not in the firm's list stays unanswered.
pub(crate) fn initial(program: &Program, facts: &Facts) -> Answers {
    let mut answers = Answers::new();
    for field in &program.fields {
        let value = match &field.initial {
            None => continue,
            Some(Initial::Value(value)) => value.clone(),
            Some(Initial::Today) => Value::Text(facts.today.to_string()),
            Some(Initial::Text(template)) => {
                let text = template.plain(Language::De, |name| match name {
                    Name::Fact(fact) => match fact.known(facts) {
                        Known::Text(text) => Some(text.to_owned()),
                        Known::Day(day) => Some(day.to_string()),
                        _ => None,
                    },
                    Name::Slot(_) => None,
                });
                Value::Text(text.trim().to_owned())
            }
        };
        let listed = |value: &str| {
            let in_form = field.options.iter().any(|option| option.value == value);
            in_form
                || match field.source {
                    Some(Source::Fact(fact)) => {
                        matches!(fact.known(facts), Known::List(list) if list.contains(value))
                    }
                    Some(Source::Slot(_)) => false,
                    None => !matches!(field.kind, FieldKind::Choice | FieldKind::Choices),
                }
        };
        let fits = match &value {
            Value::Yes(_) => true,
            Value::Text(text) => !text.is_empty() && listed(text),
            Value::List(items) => !items.is_empty() && items.iter().all(|item| listed(item)),
        };
        if fits {
            answers.insert(field.id.clone(), value);
        }
    }
    answers
}

fn finding(field: &FieldId, code: FindingCode, limit: Option<u32>) -> Finding {
    Finding { field: field.clone(), code, message: String::new(), limit, warning: false }
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(INSERTED_MAX_CHARS) {
        Some((cut, _)) => format!("{}…", line.split_at(cut).0.trim_end()),
        None => line,
    }
}

/// What an answer says, or what is wrong with it. Blank answers say nothing.
fn judge<'a>(
    field: &FieldProgram,
    value: &'a Value,
    offers: &[Offer<'a>],
) -> Result<Known<'a>, (FindingCode, Option<u32>)> {
    let wrong = |code| Err((code, None));
    match (field.kind, value) {
        (FieldKind::Yes, Value::Yes(yes)) => Ok(Known::Yes(*yes)),
        (FieldKind::Text | FieldKind::LongText, Value::Text(text)) => {
            let text = text.trim();
            let length = text.chars().take(field.max_length as usize + 1).count();
            if text.is_empty() {
                Ok(Known::Nothing)
            } else if length > field.max_length as usize {
                Err((FindingCode::TooLong, Some(field.max_length)))
            } else {
                shape::fault(text, field.kind, field.shape).map_or(Ok(Known::Text(text)), wrong)
            }
        }
        (FieldKind::Choice | FieldKind::Date, Value::Text(text)) if text.is_empty() => Ok(Known::Nothing),
        (FieldKind::Choice, Value::Text(text)) => {
            let offered = offers.iter().any(|offer| !offer.locked && offer.value == text);
            if offered { Ok(Known::Text(text)) } else { wrong(FindingCode::NotOffered) }
        }
        (FieldKind::Date, Value::Text(text)) => {
            Day::parse(text).map_or_else(|| wrong(FindingCode::NotADate), |day| Ok(Known::Day(day)))
        }
        (FieldKind::Choices | FieldKind::Printers | FieldKind::Files, Value::List(items)) if items.is_empty() => {
            Ok(Known::Nothing)
        }
        (FieldKind::Choices | FieldKind::Printers, Value::List(items)) => {
            let mut left: HashSet<&str> =
                offers.iter().filter(|offer| !offer.locked).map(|offer| offer.value).collect();
            let all_offered = items.iter().all(|item| left.remove(item.as_str()));
            if all_offered { Ok(Known::List(List::Texts(items))) } else { wrong(FindingCode::NotOffered) }
        }
        (FieldKind::Files, Value::List(items)) => {
            let mut seen = HashSet::new();
            if items.len() > FILES_MAX {
                return Err((FindingCode::TooLong, u32::try_from(FILES_MAX).ok()));
            }
            if items.iter().all(|item| Digest::from(item.as_str()).is_well_formed() && seen.insert(item)) {
                Ok(Known::List(List::Texts(items)))
            } else {
                wrong(FindingCode::WrongKind)
            }
        }
        _ => wrong(FindingCode::WrongKind),
    }
}
