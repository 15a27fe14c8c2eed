//! Forms as data and the one engine that decides about them (F1–F7): what is visible, required, offered, wrong, and what
//! the order will contain. Screen, desktop and hub ask the same functions.
//!
//! Invariant: a loaded [`Form`] is understood completely, so evaluating it cannot fail; the order of the fields is the
//! order of evaluation.

pub mod canonical;
pub mod definition;
pub mod error;
pub mod facts;
pub mod state;

pub use canonical::{content_hash, definition_hash};
pub use error::DefinitionError;

use crate::{
    id::{Digest, PersonId},
    text::Language,
};
use definition::FormDefinition;
use facts::Facts;
use state::{Answers, Document, Finding, FormState};

/// A form that was checked and is ready to be asked.
#[derive(Debug, Clone)]
pub struct Form {
    definition: FormDefinition,
    hash: Digest,
}

impl Form {
    /// Reads a form file. All errors that were found, or at least the first; never an empty list.
    pub fn load(json: &str) -> Result<Self, Vec<DefinitionError>> {
        let definition = serde_json::from_str(json)
            .map_err(|error| vec![DefinitionError::new("line", error.to_string())])?;
        Self::from_definition(definition)
    }

    /// Checks a definition that was read already.
    pub fn from_definition(definition: FormDefinition) -> Result<Self, Vec<DefinitionError>> {
        let hash = canonical::hash_of(&definition);
        Ok(Self { definition, hash })
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
    pub fn offered(&self, _facts: &Facts) -> bool {
        true
    }

    /// The answers of a fresh draft.
    pub fn initial(&self, _facts: &Facts) -> Answers {
        Answers::new()
    }

    /// Everything that a screen draws for these answers. Pure and total: any answers are fit, wrong ones are findings.
    pub fn evaluate(&self, _answers: &Answers, _facts: &Facts, _language: Language, sequence: u32) -> FormState {
        FormState {
            sequence,
            sections: Vec::new(),
            findings: Vec::new(),
            watched: Vec::new(),
            plan: state::Plan::default(),
            complete: false,
        }
    }

    /// What would be sent: the visible answers, tidied, and the order as a readable document; or all that holds it up.
    /// Deciding again on the answers it returned returns the same.
    pub fn decide(
        &self,
        _answers: &Answers,
        _facts: &Facts,
        _language: Language,
    ) -> Result<(Answers, Document), Vec<Finding>> {
        Err(Vec::new())
    }

    /// The person whose account the order is about, from answers that were decided (A4).
    pub fn affected(&self, _answers: &Answers) -> Option<PersonId> {
        None
    }

    /// Digests of all attachments that the answers name.
    pub fn attachment_digests(&self, _answers: &Answers) -> Vec<Digest> {
        Vec::new()
    }
}
