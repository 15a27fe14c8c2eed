//! Drafts (S7, F1, F2): answers and pictures that are being written. Owns what a draft is, when it is stored and when it
//! ends; leaves what answers mean to the form engine and the sending to the outbox.
//!
//! A draft is one encrypted file, replaced before the state of its form goes back to the screen; its pictures lie beside it
//! by their digest. Hidden answers stay in it. Where there is no credential store, drafts live in memory (see
//! [`crate::local_state`]) and the overview says so.
//!
//! Invariant: a draft and the outbox item made of it never both survive a start: the item names the draft it was made of, a
//! draft that came back names its item, and the later of the two wins.

mod command;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use service_tool_contract::{
    form::state::{Answers, Value},
    id::{Digest, DraftId, FieldId, FormId, Moment, OutboxId, PersonId, PictureId, RequestId},
    wire::AttachmentRef,
};

use crate::{
    command::{PictureLine, Revises},
    local_state::{Store, StoreError},
};

/// A draft as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub id: DraftId,
    pub person: PersonId,
    pub form: FormId,
    /// The definition that the person last saw.
    pub form_hash: Digest,
    pub title: String,
    pub subject: String,
    pub answers: Answers,
    pub pictures: Vec<DraftPicture>,
    pub begun_at: Moment,
    pub saved_at: Moment,
    pub revises: Option<Revises>,
    /// The outbox item that was given up and gave its content back.
    pub returned_from: Option<OutboxId>,
}

/// A picture of a draft. Its bytes are the file `pictures/{digest}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftPicture {
    pub id: PictureId,
    pub field: FieldId,
    pub width: u32,
    pub height: u32,
    pub attachment: AttachmentRef,
}

impl DraftPicture {
    fn line(&self) -> PictureLine {
        PictureLine {
            picture: self.id.clone(),
            name: self.attachment.name.clone(),
            width: self.width,
            height: self.height,
            size: self.attachment.size,
        }
    }
}

/// Name of a draft's file.
pub fn file(id: &DraftId) -> String {
    format!("drafts/{id}")
}

/// Name of a picture's file.
pub fn picture_file(digest: &Digest) -> String {
    format!("pictures/{digest}")
}

impl Draft {
    /// Sets or takes away one answer.
    pub fn answer(&mut self, field: FieldId, value: Option<Value>) {
        match value {
            Some(value) => self.answers.insert(field, value),
            None => self.answers.remove(&field),
        };
    }

    /// Puts a picture in, once.
    pub fn picture_add(&mut self, picture: DraftPicture) {
        let digest = picture.attachment.digest.to_string();
        let answer = self.answers.entry(picture.field.clone()).or_insert_with(|| Value::List(Vec::new()));
        match answer {
            Value::List(digests) if digests.contains(&digest) => return,
            Value::List(digests) => digests.push(digest),
            other => *other = Value::List(vec![digest]),
        }
        self.pictures.push(picture);
    }

    /// Takes a picture out.
    pub fn picture_remove(&mut self, field: &FieldId, id: &PictureId) {
        let Some(at) = self.pictures.iter().position(|picture| &picture.id == id && &picture.field == field) else {
            return;
        };
        let removed = self.pictures.remove(at);
        if let Some(Value::List(digests)) = self.answers.get_mut(field) {
            digests.retain(|digest| digest != removed.attachment.digest.as_str());
            if digests.is_empty() {
                self.answers.remove(field);
            }
        }
    }
}

/// The drafts of this folder.
#[derive(Default)]
pub struct Drafts {
    drafts: BTreeMap<DraftId, Draft>,
    /// Discarded in this run, so that they can come back.
    discarded: BTreeMap<DraftId, Draft>,
}

impl Drafts {
    /// Reads all drafts. `sent` tells those that have an item in the outbox already: a crash came before their removal.
    pub fn load(store: &Store, sent: impl Fn(&Draft) -> bool) -> Result<Self, StoreError> {
        let mut drafts = BTreeMap::new();
        for draft in store.all::<Draft>("drafts")? {
            if sent(&draft) {
                store.remove(&file(&draft.id))?;
            } else {
                drafts.insert(draft.id.clone(), draft);
            }
        }
        Ok(Self { drafts, discarded: BTreeMap::new() })
    }

    /// All drafts of this person, latest first.
    pub fn of(&self, person: &PersonId) -> Vec<&Draft> {
        let mut drafts: Vec<_> = self.drafts.values().filter(|draft| &draft.person == person).collect();
        drafts.sort_by(|a, b| b.saved_at.cmp(&a.saved_at).then_with(|| b.id.cmp(&a.id)));
        drafts
    }

    /// The draft that answers a returned request.
    pub fn revising(&self, person: &PersonId, request: &RequestId) -> Option<&Draft> {
        self.of(person).into_iter().find(|draft| draft.revises.as_ref().is_some_and(|of| &of.request == request))
    }

    /// A draft of this person.
    pub fn get(&self, person: &PersonId, id: &DraftId) -> Option<&Draft> {
        self.drafts.get(id).filter(|draft| &draft.person == person)
    }

    /// Keeps a draft that was stored.
    pub fn keep(&mut self, draft: Draft) {
        self.drafts.insert(draft.id.clone(), draft);
    }

    /// Lets go of a draft that was sent.
    pub fn drop_sent(&mut self, id: &DraftId) {
        self.drafts.remove(id);
    }

    /// Moves a draft aside.
    pub fn discard(&mut self, id: &DraftId) {
        if let Some(draft) = self.drafts.remove(id) {
            self.discarded.insert(id.clone(), draft);
        }
    }

    /// A draft that was discarded in this run.
    pub fn discarded(&self, person: &PersonId, id: &DraftId) -> Option<Draft> {
        self.discarded.get(id).filter(|draft| &draft.person == person).cloned()
    }

    /// Forgets that it was discarded.
    pub fn restored(&mut self, id: &DraftId) {
        self.discarded.remove(id);
    }

    /// All drafts, those of others too.
    pub fn into_all(self) -> impl Iterator<Item = Draft> {
        self.drafts.into_values()
    }

    /// Everything whose pictures must stay.
    pub fn all(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.values().chain(self.discarded.values())
    }
}
