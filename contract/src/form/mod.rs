//! Forms as data and the one engine that decides about them (F1–F7): what is visible, required, offered, wrong, and what
//! the order will contain. Screen, desktop and hub ask the same functions.
//!
//! Invariant: a loaded [`Form`] is understood completely, so evaluating it cannot fail; the order of the fields is the
//! order of evaluation.

mod canonical;
mod check;
mod condition;
mod decide;
pub mod definition;
mod draw;
mod error;
mod evaluate;
pub mod example;
pub mod facts;
mod name;
mod program;
mod shape;
pub mod state;
mod template;
mod words;

pub use canonical::{content_hash, definition_hash};
pub use error::DefinitionError;
pub use name::fact_names;
pub use shape::{is_invisible, turns_direction};

use crate::{
    id::{Digest, PersonId},
    text::Language,
};
use definition::{FieldKind, FormDefinition};
use facts::Facts;
use state::{Answers, Document, Finding, FormState, Value};

/// A form that was checked and is ready to be asked.
#[derive(Debug, Clone)]
pub struct Form {
    definition: FormDefinition,
    hash: Digest,
    program: program::Program,
}

impl Form {
    /// Reads a form file. All that was found to be wrong (at most a hundred places); never an empty list.
    pub fn load(json: &str) -> Result<Self, Vec<DefinitionError>> {
        if json.len() > check::FILE_MAX_BYTES {
            return Err(vec![too_long()]);
        }
        let not_read = |error: serde_json::Error| {
            let (line, column) = (error.line(), u32::try_from(error.column()).ok());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            vec![DefinitionError { place: format!("line {line}"), column, message: message.to_owned() }]
        };
        // A file of a newer format differs in more than its number: the number is the message that helps.
        let Format { format } = serde_json::from_str(json).map_err(not_read)?;
        if format != check::FORMAT {
            let message = format!("this version reads format {}, the file is of format {format}", check::FORMAT);
            return Err(vec![DefinitionError::new("format", message)]);
        }
        Self::checked(serde_json::from_str(json).map_err(not_read)?)
    }

    /// Checks a definition that was read already.
    pub fn from_definition(definition: FormDefinition) -> Result<Self, Vec<DefinitionError>> {
        match serde_json::to_vec(&definition) {
            Ok(json) if json.len() <= check::FILE_MAX_BYTES => Self::checked(definition),
            _ => Err(vec![too_long()]),
        }
    }

    fn checked(definition: FormDefinition) -> Result<Self, Vec<DefinitionError>> {
        let program = check::check(&definition)?;
        Ok(Self { hash: canonical::hash_of(&definition), definition, program })
    }

    /// The form as its author wrote it.
    pub fn definition(&self) -> &FormDefinition {
        &self.definition
    }

    /// SHA-256 of the definition's canonical JSON: names exactly this text of the form.
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// Whether the form is offered to this person of this firm at all.
    pub fn offered(&self, facts: &Facts) -> bool {
        evaluate::is_offered(&self.program, facts)
    }

    /// The answers of a fresh draft.
    pub fn initial(&self, facts: &Facts) -> Answers {
        evaluate::initial(&self.program, facts)
    }

    /// Everything that a screen draws for these answers. Pure and total: any answers are fit, wrong ones are findings.
    /// Answers of fields that the form does not have are passed over: a draft of an older version may hold some.
    pub fn evaluate(&self, answers: &Answers, facts: &Facts, language: Language, sequence: u32) -> FormState {
        evaluate::Evaluation::new(&self.program, answers, facts, language).state(&self.definition, sequence)
    }

    /// What would be sent: the visible answers, tidied, and the order as a readable document; or all that holds it up.
    /// Hidden answers are dropped; answers of fields that the form does not have hold it up (a desktop drops those of an
    /// old draft with [`Form::retain_known`] first). Deciding again on the answers it returned returns the same.
    pub fn decide(
        &self,
        answers: &Answers,
        facts: &Facts,
        language: Language,
    ) -> Result<(Answers, Document), Vec<Finding>> {
        decide::decide(&self.definition, &self.program, answers, facts, language)
    }

    /// Who or what these answers are about so far, for a list of drafts; empty while that is open.
    pub fn subject_so_far(&self, answers: &Answers, facts: &Facts, language: Language) -> String {
        evaluate::Evaluation::new(&self.program, answers, facts, language).so_far(&self.program.subject)
    }

    /// The answers without those of fields that the form does not have.
    pub fn retain_known(&self, answers: &Answers) -> Answers {
        let known = answers.iter().filter(|(id, _)| self.program.slots.contains_key(id.as_str()));
        known.map(|(id, value)| (id.clone(), value.clone())).collect()
    }

    /// The person whose account the order is about, from answers that were decided (A4). Always somebody where the effect
    /// is on an existing account.
    pub fn affected(&self, answers: &Answers) -> Option<PersonId> {
        let field = self.program.fields.get(self.program.account?)?;
        match answers.get(&field.id) {
            Some(Value::Text(person)) => Some(PersonId(person.clone())),
            _ => None,
        }
    }

    /// Digests of all attachments that decided answers name, in the order of the fields.
    pub fn attachment_digests(&self, answers: &Answers) -> Vec<Digest> {
        let files = self.program.fields.iter().filter(|field| field.kind == FieldKind::Files);
        let lists = files.filter_map(|field| match answers.get(&field.id) {
            Some(Value::List(digests)) => Some(digests),
            _ => None,
        });
        lists.flatten().map(|digest| Digest(digest.clone())).collect()
    }
}

/// The one key that is looked at before all others.
#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

fn too_long() -> DefinitionError {
    DefinitionError::new("line 1", format!("the form is larger than {} bytes", check::FILE_MAX_BYTES))
}
