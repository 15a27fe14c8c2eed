//! One way to turn a form or an order into bytes, so that desktop and hub name the same thing by the same hash.
//!
//! Invariant: keys are sorted here and not by the JSON library, whose order depends on features that other crates switch.

use serde::Serialize;
use serde_json::Value;

use super::{definition::FormDefinition, state::Answers, state::Document};
use crate::{
    id::{Digest, FormId},
    wire::AttachmentRef,
};

/// Names the shape of what [`content_hash`] hashes; a change of the shape changes this word.
const CONTENT_PREFIX: &str = "service-tool content v1\n";

/// Hash by which a form's text is named (F1). A definition that this version reads is hashed as this version writes it, so
/// that blanks, order and left-out defaults do not matter; it equals [`super::Form::hash`].
pub fn definition_hash(definition: &Value) -> Digest {
    match serde_json::from_value::<FormDefinition>(definition.clone()) {
        Ok(read) => hash_of(&read),
        Err(_) => Digest::of(canonical_json(definition).as_bytes()),
    }
}

/// Hash of exactly what is shown and decided (A3): form, answers, document and attachments. Any change of any of them
/// gives another hash.
pub fn content_hash(
    form: &FormId,
    version: u32,
    form_hash: &Digest,
    answers: &Answers,
    document: &Document,
    attachments: &[AttachmentRef],
) -> Digest {
    let content = serde_json::json!({
        "form": form,
        "version": version,
        "form_hash": form_hash,
        "answers": to_value(answers),
        "document": to_value(document),
        "attachments": to_value(attachments),
    });
    Digest::of(format!("{CONTENT_PREFIX}{}", canonical_json(&content)).as_bytes())
}

/// Hash of anything's canonical JSON.
pub(crate) fn hash_of(thing: &impl Serialize) -> Digest {
    Digest::of(text_of(thing).as_bytes())
}

/// Anything's canonical JSON.
pub(crate) fn text_of(thing: &impl Serialize) -> String {
    canonical_json(&to_value(thing))
}

/// The contract's own types always have a JSON form: their keys are text and they hold no foreign code.
fn to_value(thing: &(impl Serialize + ?Sized)) -> Value {
    serde_json::to_value(thing).unwrap_or(Value::Null)
}

/// JSON without blanks, keys sorted by code point.
fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|left, right| left.0.cmp(right.0));
            text.push('{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write_value(item, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        form::state::{Plan, Run, Value as Answer},
        text::Language,
    };

    #[test]
    fn any_change_of_what_is_shown_changes_the_hash() {
        let document = Document {
            language: Language::De,
            title: "Neu".to_owned(),
            subject: "Lena".to_owned(),
            due: None,
            sections: Vec::new(),
            plan: Plan::default(),
        };
        let mut other_plan = document.clone();
        other_plan.plan.opening.push(vec![Run { text: "mehr".to_owned(), strong: false }]);
        let picture = AttachmentRef {
            digest: Digest::of(b"picture"),
            name: "Bild 1.png".to_owned(),
            size: 7,
            media_type: "image/png".to_owned(),
        };
        let renamed = AttachmentRef { name: "Bild 2.png".to_owned(), ..picture.clone() };
        let form = FormId::from("user-create");
        let hash = Digest::of(b"form");
        let none = Answers::new();
        let some = Answers::from([("name".into(), Answer::Text("Lena".to_owned()))]);
        let hashes = [
            content_hash(&form, 1, &hash, &none, &document, &[]),
            content_hash(&"other".into(), 1, &hash, &none, &document, &[]),
            content_hash(&form, 2, &hash, &none, &document, &[]),
            content_hash(&form, 1, &Digest::of(b"x"), &none, &document, &[]),
            content_hash(&form, 1, &hash, &some, &document, &[]),
            content_hash(&form, 1, &hash, &none, &other_plan, &[]),
            content_hash(&form, 1, &hash, &none, &document, std::slice::from_ref(&picture)),
            content_hash(&form, 1, &hash, &none, &document, std::slice::from_ref(&renamed)),
            content_hash(&form, 1, &hash, &none, &document, &[picture.clone(), renamed.clone()]),
            content_hash(&form, 1, &hash, &none, &document, &[renamed, picture]),
        ];
        for (index, one) in hashes.iter().enumerate() {
            assert!(!hashes.iter().skip(index + 1).any(|other| other == one), "{index}");
        }
        assert_eq!(hashes.first(), Some(&content_hash(&form, 1, &hash, &none, &document, &[])));
    }

    #[test]
    fn the_order_of_keys_and_blanks_do_not_matter() {
        let one: Value = serde_json::from_str(r#"{"b": [1, {"d": true, "c": "ä\n"}], "a": null}"#).unwrap();
        assert_eq!(canonical_json(&one), r#"{"a":null,"b":[1,{"c":"ä\n","d":true}]}"#);
    }
}
