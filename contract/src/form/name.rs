//! Which names a form may use and of what type they are: its own fields and the facts that this version declares.
//!
//! Invariant: a name resolves to a slot or a fact when the form is loaded, or the form is refused; nothing is looked up by
//! text afterwards.

use std::collections::HashMap;

use super::{
    definition::FieldKind,
    facts::{Choice, FEATURES, Facts, LISTS, Printer, Printing},
};
use crate::{id::Day, wire::Role};

/// Type of a name or an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Yes,
    Text,
    Number,
    Day,
    List,
}

impl Type {
    /// For messages to authors.
    pub fn words(self) -> &'static str {
        match self {
            Self::Yes => "a yes or no",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Day => "a day",
            Self::List => "a list",
        }
    }

    /// Type of a field's answer.
    pub fn of(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Text | FieldKind::LongText | FieldKind::Choice => Self::Text,
            FieldKind::Yes => Self::Yes,
            FieldKind::Date => Self::Day,
            FieldKind::Choices | FieldKind::Printers | FieldKind::Files => Self::List,
        }
    }
}

/// A fact that a form can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Index into [`FEATURES`].
    Feature(usize),
    /// Index into [`LISTS`].
    List(usize),
    People,
    TenantPrinters,
    SessionPrinters,
    PrintSystem,
    Printing,
    TenantName,
    TenantMailDomain,
    ProviderName,
    PersonName,
    PersonRole,
    PersonSite,
    Today,
}

/// Facts with a fixed name: name, fact, type, and all values where there are only a few.
const FACTS: &[(&str, Fact, Type, &[&str])] = &[
    ("tenant.people", Fact::People, Type::List, &[]),
    ("directory.people", Fact::People, Type::List, &[]),
    ("tenant.printers", Fact::TenantPrinters, Type::List, &[]),
    ("session.printers", Fact::SessionPrinters, Type::List, &[]),
    ("session.print_system", Fact::PrintSystem, Type::Yes, &[]),
    ("tenant.printing", Fact::Printing, Type::Text, &["server", "redirected", "mixed"]),
    ("tenant.name", Fact::TenantName, Type::Text, &[]),
    ("tenant.site", Fact::PersonSite, Type::Text, &[]),
    ("tenant.mail_domain", Fact::TenantMailDomain, Type::Text, &[]),
    ("provider.name", Fact::ProviderName, Type::Text, &[]),
    ("person.name", Fact::PersonName, Type::Text, &[]),
    ("person.role", Fact::PersonRole, Type::Text, &["staff", "approver", "agent"]),
    ("person.site", Fact::PersonSite, Type::Text, &[]),
    ("today", Fact::Today, Type::Day, &[]),
];

/// Words that a field cannot have as its id: roots of facts, and what CEL reserves.
pub(crate) const RESERVED: &[&str] = &[
    "tenant",
    "person",
    "session",
    "directory",
    "provider",
    "today",
    "size",
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The fact of this name.
pub(crate) fn fact(name: &str) -> Option<(Fact, Type, &'static [&'static str])> {
    if let Some((_, fact, kind, values)) = FACTS.iter().find(|(known, ..)| *known == name) {
        return Some((*fact, *kind, values));
    }
    let tenant = name.strip_prefix("tenant.")?;
    if let Some(index) = FEATURES.iter().position(|feature| *feature == tenant) {
        return Some((Fact::Feature(index), Type::Yes, &[]));
    }
    let index = LISTS.iter().position(|list| *list == tenant)?;
    Some((Fact::List(index), Type::List, &[]))
}

/// Names of all facts, for authors.
pub fn fact_names() -> Vec<String> {
    let tenant = FEATURES.iter().chain(LISTS).map(|name| format!("tenant.{name}"));
    FACTS.iter().map(|(name, ..)| (*name).to_owned()).chain(tenant).collect()
}

/// A name that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    /// A field, by its place in the form.
    Slot(usize),
    Fact(Fact),
}

/// A field, as conditions see it.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub slot: usize,
    pub kind: Type,
    /// All values that it can have, where the form itself lists them.
    pub values: Option<Vec<String>>,
}

/// The fields of a form by id.
pub(crate) type Slots = HashMap<String, Slot>;

/// What a condition or a template at one place of a form can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub slots: &'a Slots,
    /// Only fields before this one are seen.
    pub limit: usize,
}

/// What is known about a found name.
pub(crate) struct Found<'a> {
    pub name: Name,
    pub kind: Type,
    values: Values<'a>,
}

enum Values<'a> {
    Any,
    Form(&'a [String]),
    Fact(&'static [&'static str]),
}

impl Found<'_> {
    /// Why `text` can never be a value of this name, if so.
    pub fn refusal(&self, text: &str) -> Option<String> {
        let known: Vec<&str> = match self.values {
            Values::Any => return None,
            Values::Form(values) => values.iter().map(String::as_str).collect(),
            Values::Fact(values) => values.to_vec(),
        };
        if known.contains(&text) {
            return None;
        }
        Some(format!("it never has the value '{text}'{}", suggestion(text, known.into_iter(), "'")))
    }
}

impl<'a> Scope<'a> {
    /// Finds a name, or says why it cannot be used here.
    pub fn find(&self, name: &str) -> Result<Found<'a>, String> {
        if let Some(slot) = self.slots.get(name) {
            if slot.slot < self.limit {
                let values = slot.values.as_deref().map_or(Values::Any, Values::Form);
                return Ok(Found { name: Name::Slot(slot.slot), kind: slot.kind, values });
            }
            return Err(format!("`{name}` does not stand above; only fields above and facts are seen here"));
        }
        if let Some((fact, kind, values)) = fact(name) {
            let values = if values.is_empty() { Values::Any } else { Values::Fact(values) };
            return Ok(Found { name: Name::Fact(fact), kind, values });
        }
        let facts = fact_names();
        let fields = self.slots.iter().filter(|(_, slot)| slot.slot < self.limit).map(|(id, _)| id.as_str());
        let known = fields.chain(facts.iter().map(String::as_str));
        Err(format!("unknown name `{name}`{}", suggestion(name, known, "`")))
    }
}

/// "; did you mean …?", or nothing where no known word is near.
pub(crate) fn suggestion<'k>(word: &str, known: impl Iterator<Item = &'k str>, quote: &str) -> String {
    let letters: Vec<char> = word.chars().take(80).collect();
    let bound = (letters.len() / 3 + 1).min(4);
    let nearest = known
        .filter(|candidate| candidate.chars().count().abs_diff(letters.len()) <= bound)
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min();
    match nearest {
        Some((_, candidate)) => format!("; did you mean {quote}{candidate}{quote}?"),
        None => String::new(),
    }
}

/// Edits between two words (Levenshtein).
fn distance(left: &[char], right: &str) -> usize {
    let mut row: Vec<usize> = (0..=left.len()).collect();
    for (index, letter) in right.chars().enumerate() {
        let mut diagonal = index;
        let mut previous = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(left) {
            let changed = diagonal + usize::from(*other != letter);
            diagonal = *cell;
            previous = changed.min(*cell + 1).min(previous + 1);
            *cell = previous;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// What is known about a name or an expression while a form is evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'a> {
    /// Hidden, unanswered or not understandable.
    Nothing,
    Yes(bool),
    Text(&'a str),
    Number(i64),
    Day(Day),
    List(List<'a>),
}

/// A list, wherever it lives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List<'a> {
    Texts(&'a [String]),
    Choices(&'a [Choice]),
    Printers(&'a [Printer]),
}

impl List<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(items) => items.len(),
            Self::Choices(items) => items.len(),
            Self::Printers(items) => items.len(),
        }
    }

    pub fn contains(&self, text: &str) -> bool {
        match self {
            Self::Texts(items) => items.iter().any(|item| item == text),
            Self::Choices(items) => items.iter().any(|item| item.value == text),
            Self::Printers(items) => items.iter().any(|item| item.queue == text),
        }
    }
}

impl Fact {
    /// What the fact is. An empty text is not known.
    pub fn known(self, facts: &Facts) -> Known<'_> {
        let text = |text| if str::is_empty(text) { Known::Nothing } else { Known::Text(text) };
        match self {
            Self::Feature(index) => {
                let name = FEATURES.get(index).copied().unwrap_or_default();
                Known::Yes(facts.tenant.features.iter().any(|feature| feature == name))
            }
            Self::List(index) => {
                let name = LISTS.get(index).copied().unwrap_or_default();
                Known::List(List::Choices(facts.tenant.lists.get(name).map(Vec::as_slice).unwrap_or_default()))
            }
            Self::People => Known::List(List::Choices(&facts.tenant.people)),
            Self::TenantPrinters => Known::List(List::Printers(&facts.tenant.printers)),
            Self::SessionPrinters => Known::List(List::Printers(&facts.session.printers)),
            Self::PrintSystem => Known::Yes(facts.session.print_system),
            Self::Printing => Known::Text(match facts.tenant.printing {
                Printing::Server => "server",
                Printing::Redirected => "redirected",
                Printing::Mixed => "mixed",
            }),
            Self::TenantName => text(&facts.tenant.name),
            Self::TenantMailDomain => text(&facts.tenant.mail_domain),
            Self::ProviderName => text(&facts.tenant.provider),
            Self::PersonName => text(&facts.person.name),
            Self::PersonRole => match facts.person.role {
                Role::Staff => Known::Text("staff"),
                Role::Approver => Known::Text("approver"),
                Role::Agent => Known::Text("agent"),
                Role::Unknown => Known::Nothing,
            },
            Self::PersonSite => text(&facts.person.site),
            Self::Today => Known::Day(facts.today),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let known = ["remote_access", "printers", "start_date"];
        for (word, expected) in [
            ("remote_acess", "; did you mean `remote_access`?"),
            ("printer", "; did you mean `printers`?"),
            ("startdate", "; did you mean `start_date`?"),
            ("banana", ""),
            ("", ""),
        ] {
            assert_eq!(suggestion(word, known.into_iter(), "`"), expected, "{word}");
        }
    }

    #[test]
    fn every_fact_that_is_named_is_found() {
        for name in fact_names() {
            assert!(fact(&name).is_some(), "{name}");
        }
        assert!(fact("tenant.unknown").is_none());
    }
}
