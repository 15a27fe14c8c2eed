//! What would be sent: the visible answers, tidied, and the order as a document that is readable without the form (F6).
//!
//! Invariant: only known answers of visible fields leave; deciding again on what left gives the same.

use super::{
    definition::FormDefinition,
    evaluate::Evaluation,
    facts::Facts,
    name::{Known, List},
    program::Program,
    state::{Answers, Document, DocumentLine, DocumentSection, Finding, FindingCode, Value},
};
use crate::text::Language;

/// Findings about fields that the form does not have; more are not told at once.
const UNKNOWN_FIELDS_MAX: usize = 100;

pub(crate) fn decide(
    definition: &FormDefinition,
    program: &Program,
    answers: &Answers,
    facts: &Facts,
    language: Language,
) -> Result<(Answers, Document), Vec<Finding>> {
    let evaluation = Evaluation::new(program, answers, facts, language);
    let unknown = answers.keys().filter(|id| !program.slots.contains_key(id.as_str())).map(|id| Finding {
        field: id.clone(),
        code: FindingCode::UnknownField,
        message: String::new(),
        limit: None,
        warning: false,
    });
    let blocking = evaluation.findings().filter(|finding| !finding.warning).cloned();
    let findings: Vec<Finding> = blocking.chain(unknown.take(UNKNOWN_FIELDS_MAX)).collect();
    if !findings.is_empty() {
        return Err(findings);
    }
    let sent = (program.fields.iter().enumerate())
        .filter_map(|(slot, field)| Some((field.id.clone(), sent_value(&evaluation, slot)?)))
        .collect();
    Ok((sent, document(definition, program, &evaluation, language)))
}

fn sent_value(evaluation: &Evaluation<'_>, slot: usize) -> Option<Value> {
    match *evaluation.known.get(slot)? {
        Known::Nothing | Known::Number(_) => None,
        Known::Yes(yes) => Some(Value::Yes(yes)),
        Known::Text(text) => Some(Value::Text(text.to_owned())),
        Known::Day(day) => Some(Value::Text(day.to_string())),
        Known::List(list) => {
            let offered: Vec<String> =
                evaluation.in_offered_order(slot, list).map(|offer| offer.value.to_owned()).collect();
            match list {
                // files are offered by nobody
                List::Texts(texts) if offered.is_empty() => Some(Value::List(texts.to_vec())),
                _ => Some(Value::List(offered)),
            }
        }
    }
}

fn document(
    definition: &FormDefinition,
    program: &Program,
    evaluation: &Evaluation<'_>,
    language: Language,
) -> Document {
    let title = definition.title.in_language(language).to_owned();
    let subject = evaluation.plain(&program.subject).trim().to_owned();
    let sections = definition.sections.iter().zip(&program.sections).filter_map(|(section, part)| {
        let line = |slot: usize| {
            let field = program.fields.get(slot)?;
            let value = evaluation.readable(slot)?;
            Some(DocumentLine { field: field.id.clone(), label: evaluation.label(slot), value })
        };
        let lines: Vec<DocumentLine> = part.slots.clone().filter_map(line).collect();
        let title = section.title.in_language(language).to_owned();
        (!lines.is_empty()).then_some(DocumentSection { title, lines })
    });
    Document {
        language,
        subject: if subject.is_empty() { title.clone() } else { subject },
        title,
        due: program.due.and_then(|slot| evaluation.day(slot)),
        sections: sections.collect(),
        plan: evaluation.plan(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{form::Form, id::FieldId};

    #[test]
    fn the_subject_of_a_draft_is_what_is_answered_so_far_in_words() {
        let text = |de: &str, en: &str| json!({ "de": de, "en": en });
        let definition = json!({
            "format": 1, "id": "leave", "version": 1, "kind": "change", "icon": "user-off", "order": 1,
            "title": text("Austritt", "Leaving"), "line": text("Austritt", "Leaving"),
            "approval": "approver", "effect": "none", "subject": text("{how}: {name}, {day}", "{how}: {name}, {day}"),
            "sections": [{ "id": "all", "title": text("Alles", "All"), "fields": [
                { "id": "how", "kind": "choice", "label": text("Art", "Kind"), "options": [
                    { "value": "now", "label": text("Sofort", "At once") }, { "value": "later", "label": text("Später", "Later") },
                ] },
                { "id": "day", "kind": "date", "label": text("Tag", "Day") },
                { "id": "name", "kind": "text", "label": text("Name", "Name"), "visible": "how == 'later'" },
            ] }],
        });
        let form = Form::load(&definition.to_string()).unwrap();
        let facts = crate::form::facts::Facts {
            tenant: Default::default(),
            person: crate::form::facts::PersonFacts {
                id: "per_1".into(),
                name: "Anna".into(),
                role: crate::wire::Role::Staff,
                site: String::new(),
            },
            session: Default::default(),
            today: crate::id::Day("2026-11-24".parse().unwrap()),
        };
        let subject = |answers: &[(&str, &str)], language| {
            let answers: Answers = answers
                .iter()
                .map(|(field, value)| (FieldId::from(*field), Value::Text((*value).to_owned())))
                .collect();
            form.subject_so_far(&answers, &facts, language)
        };
        assert_eq!(subject(&[], Language::De), "");
        assert_eq!(subject(&[("how", "now")], Language::En), "At once");
        assert_eq!(subject(&[("day", "2026-12-01")], Language::De), "Dienstag, 1. Dezember 2026");
        assert_eq!(subject(&[("how", "later"), ("name", "Rolf")], Language::De), "Später: Rolf");
        // a hidden answer is about nothing
        assert_eq!(subject(&[("how", "now"), ("name", "Rolf")], Language::De), "Sofort");
    }
}
