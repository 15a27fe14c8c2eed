//! Conditions: a small, typed, total subset of CEL syntax. No loops, no functions but `size`; length and depth are
//! bounded, so the cost is linear in the text. What is written here is valid CEL and means the same there.
//!
//! Three-valued: a hidden or unanswered field is unknown. `unknown && false` is false, `unknown || true` is true, all else
//! with unknown in it is unknown, `!unknown` too. A condition holds only where it is known to be true.

mod parse;
#[cfg(test)]
mod tests;

pub(crate) use parse::parse;

use super::{
    facts::Facts,
    name::{Known, List, Name},
};

/// A checked expression: names are resolved, types fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Yes(bool),
    Text(String),
    Number(i64),
    Texts(Vec<String>),
    Name(Name),
    Size(Box<Self>),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    In(Box<Self>, Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// What an expression is evaluated on.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    /// Of every field what is known; fields not yet decided are missing or [`Known::Nothing`].
    pub slots: &'a [Known<'a>],
    pub facts: &'a Facts,
}

impl<'a> Environment<'a> {
    pub fn name(&self, name: Name) -> Known<'a> {
        match name {
            Name::Slot(slot) => self.slots.get(slot).copied().unwrap_or(Known::Nothing),
            Name::Fact(fact) => fact.known(self.facts),
        }
    }
}

impl Expression {
    /// Whether it is known to be true.
    pub fn holds(&self, environment: Environment<'_>) -> bool {
        self.truth(environment) == Some(true)
    }

    /// True, false or unknown.
    pub fn truth(&self, environment: Environment<'_>) -> Option<bool> {
        match self.evaluate(environment) {
            Known::Yes(yes) => Some(yes),
            _ => None,
        }
    }

    fn evaluate<'a>(&'a self, environment: Environment<'a>) -> Known<'a> {
        match self {
            Self::Yes(yes) => Known::Yes(*yes),
            Self::Text(text) => Known::Text(text),
            Self::Number(number) => Known::Number(*number),
            Self::Texts(texts) => Known::List(List::Texts(texts)),
            Self::Name(name) => environment.name(*name),
            Self::Size(list) => match list.evaluate(environment) {
                Known::List(list) => Known::Number(i64::try_from(list.len()).unwrap_or(i64::MAX)),
                _ => Known::Nothing,
            },
            Self::Not(inner) => match inner.evaluate(environment) {
                Known::Yes(yes) => Known::Yes(!yes),
                _ => Known::Nothing,
            },
            Self::All(parts) => decided_by(false, parts, environment),
            Self::Any(parts) => decided_by(true, parts, environment),
            Self::Compare(comparison, left, right) => {
                let ordering = match (left.evaluate(environment), right.evaluate(environment)) {
                    (Known::Yes(left), Known::Yes(right)) => left.cmp(&right),
                    (Known::Text(left), Known::Text(right)) => left.cmp(right),
                    (Known::Number(left), Known::Number(right)) => left.cmp(&right),
                    (Known::Day(left), Known::Day(right)) => left.cmp(&right),
                    _ => return Known::Nothing,
                };
                Known::Yes(comparison.holds(ordering))
            }
            Self::In(item, list) => match (item.evaluate(environment), list.evaluate(environment)) {
                (Known::Text(item), Known::List(list)) => Known::Yes(list.contains(item)),
                _ => Known::Nothing,
            },
        }
    }

    /// Adds the fields that the expression names.
    pub fn collect_slots(&self, slots: &mut Vec<usize>) {
        match self {
            Self::Name(Name::Slot(slot)) => slots.push(*slot),
            Self::Yes(_) | Self::Text(_) | Self::Number(_) | Self::Texts(_) | Self::Name(Name::Fact(_)) => {}
            Self::Size(inner) | Self::Not(inner) => inner.collect_slots(slots),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect_slots(slots)),
            Self::Compare(_, left, right) | Self::In(left, right) => {
                left.collect_slots(slots);
                right.collect_slots(slots);
            }
        }
    }
}

/// `&&` is decided by one false part, `||` by one true part, whatever the others are.
fn decided_by<'a>(decisive: bool, parts: &'a [Expression], environment: Environment<'a>) -> Known<'a> {
    let mut unknown = false;
    for part in parts {
        match part.evaluate(environment) {
            Known::Yes(yes) if yes == decisive => return Known::Yes(decisive),
            Known::Yes(_) => {}
            _ => unknown = true,
        }
    }
    if unknown { Known::Nothing } else { Known::Yes(!decisive) }
}
