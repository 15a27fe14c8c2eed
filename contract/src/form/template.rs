//! Texts with names in them: `{first_name} bekommt ein Konto`, `**stressed**`. The names are resolved when the form is
//! loaded; an answer that is inserted stays text, whatever signs it holds.

use super::{
    name::{Name, Scope, Type},
    state::Run,
};
use crate::text::{Language, Text};

/// Longest text of a form.
const TEXT_MAX_CHARS: usize = 2_000;

/// What may stand in a template.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stress {
    /// `**…**` marks stressed runs.
    Marked,
    /// Stars have no meaning.
    Plain,
}

/// A text of the form in both languages.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Template {
    de: Vec<Piece>,
    en: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
struct Piece {
    strong: bool,
    part: Part,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(String),
    Name(Name),
}

/// What is wrong with a text: language, character (from 1), message.
#[derive(Debug)]
pub(crate) struct TemplateError {
    pub language: &'static str,
    pub column: Option<u32>,
    pub message: String,
}

impl Template {
    /// Reads a text in both languages.
    pub fn parse(text: &Text, scope: Scope<'_>, stress: Stress) -> Result<Self, TemplateError> {
        let read = |language, text: &str| {
            pieces(text, scope, stress).map_err(|(column, message)| TemplateError { language, column, message })
        };
        Ok(Self { de: read("de", &text.de)?, en: read("en", &text.en)? })
    }

    fn pieces(&self, language: Language) -> &[Piece] {
        match language {
            Language::De => &self.de,
            Language::En => &self.en,
        }
    }

    /// Fields named in either language.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.de.iter().chain(&self.en).filter_map(|piece| match piece.part {
            Part::Name(Name::Slot(slot)) => Some(slot),
            _ => None,
        })
    }

    /// The text, with what `readable` gives for each name; names that it does not know are left out.
    pub fn plain(&self, language: Language, mut readable: impl FnMut(Name) -> Option<String>) -> String {
        let mut whole = String::new();
        for piece in self.pieces(language) {
            match &piece.part {
                Part::Literal(text) => whole.push_str(text),
                Part::Name(name) => whole.push_str(&readable(*name).unwrap_or_default()),
            }
        }
        whole
    }

    /// Runs of text, or nothing where one of the names is not known.
    pub fn runs(&self, language: Language, mut readable: impl FnMut(Name) -> Option<String>) -> Option<Vec<Run>> {
        let mut runs: Vec<Run> = Vec::new();
        for piece in self.pieces(language) {
            let text = match &piece.part {
                Part::Literal(text) => text.clone(),
                Part::Name(name) => readable(*name)?,
            };
            match runs.last_mut() {
                Some(last) if last.strong == piece.strong => last.text.push_str(&text),
                _ => runs.push(Run { text, strong: piece.strong }),
            }
        }
        Some(runs)
    }
}

/// Checks a text that holds no names.
pub(crate) fn check_plain(text: &Text) -> Result<(), TemplateError> {
    let check = |language, text: &str| {
        let error = |column, message: &str| Err(TemplateError { language, column, message: message.to_owned() });
        if let Some((column, message)) = wrong_text(text) {
            return Err(TemplateError { language, column, message });
        }
        match text.chars().position(|letter| matches!(letter, '{' | '}')) {
            Some(position) => error(Some(column_of(position)), "no names can be inserted here"),
            None => Ok(()),
        }
    };
    check("de", &text.de)?;
    check("en", &text.en)
}

fn column_of(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1)
}

/// What makes any text of a form unfit.
fn wrong_text(text: &str) -> Option<(Option<u32>, String)> {
    if text.trim().is_empty() {
        return Some((None, "the text is empty".to_owned()));
    }
    if text.chars().count() > TEXT_MAX_CHARS {
        return Some((None, format!("longer than {TEXT_MAX_CHARS} characters")));
    }
    let position = text.chars().position(|letter| letter.is_control() || super::shape::turns_direction(letter))?;
    Some((Some(column_of(position)), "a control or direction-changing character".to_owned()))
}

fn pieces(text: &str, scope: Scope<'_>, stress: Stress) -> Result<Vec<Piece>, (Option<u32>, String)> {
    if let Some(wrong) = wrong_text(text) {
        return Err(wrong);
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut strong = None;
    let letters: Vec<char> = text.chars().collect();
    let mut position = 0;
    while let Some(letter) = letters.get(position) {
        let column = column_of(position);
        match letter {
            '{' => {
                flush(&mut pieces, &mut literal, strong.is_some());
                let rest = letters.get(position + 1..).unwrap_or_default();
                let Some(length) = rest.iter().position(|letter| *letter == '}') else {
                    return Err((Some(column), "the brace is not closed".to_owned()));
                };
                let name: String = rest.iter().take(length).collect();
                let found = scope.find(&name).map_err(|message| (Some(column), message))?;
                if matches!((found.name, found.kind), (Name::Fact(_), Type::List | Type::Yes)) {
                    return Err((Some(column), format!("`{name}` cannot be read as a text")));
                }
                pieces.push(Piece { strong: strong.is_some(), part: Part::Name(found.name) });
                position += length + 2;
            }
            '}' => return Err((Some(column), "a closing brace without an opening one".to_owned())),
            '*' if stress == Stress::Marked && letters.get(position + 1) == Some(&'*') => {
                flush(&mut pieces, &mut literal, strong.is_some());
                strong = if strong.is_some() { None } else { Some(column) };
                position += 2;
            }
            _ => {
                literal.push(*letter);
                position += 1;
            }
        }
    }
    if let Some(column) = strong {
        return Err((Some(column), "`**` is not closed".to_owned()));
    }
    flush(&mut pieces, &mut literal, false);
    Ok(pieces)
}

fn flush(pieces: &mut Vec<Piece>, literal: &mut String, strong: bool) {
    if !literal.is_empty() {
        pieces.push(Piece { strong, part: Part::Literal(std::mem::take(literal)) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::name::{Slot, Slots};

    fn slots() -> Slots {
        let slot = |slot, kind| Slot { slot, kind, values: None };
        Slots::from([("name".to_owned(), slot(0, Type::Text)), ("below".to_owned(), slot(1, Type::Text))])
    }

    #[test]
    fn names_are_filled_in_and_stars_stress() {
        let slots = slots();
        let scope = Scope { slots: &slots, limit: 1 };
        let text = Text { de: "**{name}** kommt, sagt {provider.name}.".into(), en: "*{name}*".into() };
        let template = Template::parse(&text, scope, Stress::Marked).unwrap();
        let readable = |name| Some(if name == Name::Slot(0) { "Le**na" } else { "SPECTRUM" }.to_owned());
        assert_eq!(
            template.runs(Language::De, readable).unwrap(),
            [Run { text: "Le**na".into(), strong: true }, Run { text: " kommt, sagt SPECTRUM.".into(), strong: false }]
        );
        assert_eq!(template.plain(Language::En, readable), "*Le**na*");
        assert_eq!(template.runs(Language::De, |_| None), None);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_column() {
        let slots = slots();
        let scope = Scope { slots: &slots, limit: 1 };
        for (de, column, message) in [
            ("ab {nmae}", Some(4), "unknown name `nmae`; did you mean `name`?"),
            ("{below}", Some(1), "`below` does not stand above; only fields above and facts are seen here"),
            ("{name", Some(1), "the brace is not closed"),
            ("name}", Some(5), "a closing brace without an opening one"),
            ("ä **x", Some(3), "`**` is not closed"),
            ("{tenant.datev}", Some(1), "`tenant.datev` cannot be read as a text"),
            ("{tenant.people}", Some(1), "`tenant.people` cannot be read as a text"),
            ("  ", None, "the text is empty"),
            ("ab\u{202e}c", Some(3), "a control or direction-changing character"),
        ] {
            let text = Text { de: de.into(), en: "x".into() };
            let error = Template::parse(&text, scope, Stress::Marked).unwrap_err();
            assert_eq!((error.language, error.column, error.message.as_str()), ("de", column, message), "{de}");
        }
    }
}
