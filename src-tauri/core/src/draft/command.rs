//! What screens do with drafts. One lock holds them all, so that answers are stored in the order in which they came.

use std::sync::Arc;

use service_tool_contract::{
    code::{Code, Problem},
    form::{
        Form,
        definition::{ApprovalNeed, FieldKind, FormKind},
        facts::Facts,
        state::{Answers, Document, FormState, Value},
    },
    id::{Digest, DraftId, FieldId, FormId, PersonId, PictureId, RequestId},
    request::Action,
    text::Language,
    wire::{AttachmentRef, HistoryEvent, RequestSubmit, RequestView, Role},
};

use super::{Draft, DraftPicture, file, picture_file};
use crate::{
    Desktop,
    catalog::not_enrolled,
    command::{
        Bytes, DesktopEvent, DraftAnswer, DraftAsk, DraftBegin, DraftPicture as DraftPictureAsk, DraftPictureRemove,
        DraftSend, DraftView, Overview, RequestAsk, Revises, Sent,
    },
    desktop::State,
    locked,
    outbox::{Item, Work},
};

fn no_such_draft() -> Problem {
    Problem::new(Code::NotFound, "no such draft")
}

/// A draft with what is needed to evaluate it.
struct Scene {
    form: Arc<Form>,
    hash: Digest,
    facts: Facts,
    language: Language,
}

impl Scene {
    fn evaluate(&self, answers: &Answers, sequence: u32) -> FormState {
        self.form.evaluate(answers, &self.facts, self.language, sequence)
    }
}

impl Desktop {
    pub(crate) fn person(&self, state: &State) -> Result<PersonId, Problem> {
        locked(&state.me).as_ref().map(|me| me.id.clone()).ok_or_else(not_enrolled)
    }

    fn scene(&self, state: &State, form: &FormId) -> Result<Scene, Problem> {
        let (form, hash) = locked(&state.forms).form(form)?;
        Ok(Scene { form, hash, facts: self.facts(state)?, language: self.language() })
    }

    fn draft_view(&self, state: &State, draft: &Draft) -> Result<DraftView, Problem> {
        let scene = self.scene(state, &draft.form)?;
        let definition = scene.form.definition();
        let is_approver = scene.facts.person.role == Role::Approver;
        Ok(DraftView {
            draft: draft.id.clone(),
            form: draft.form.clone(),
            form_version: definition.version,
            kind: definition.kind,
            title: definition.title.in_language(scene.language).to_owned(),
            icon: definition.icon.clone(),
            state: scene.evaluate(&draft.answers, 0),
            answers: draft.answers.clone(),
            pictures: draft.pictures.iter().map(DraftPicture::line).collect(),
            saved_at: draft.saved_at,
            needs_approval: definition.approval == ApprovalNeed::Approver,
            may_approve: is_approver && scene.facts.tenant.own_approval,
            print_system_down: self.print_system_is_down(state),
            revises: draft.revises.clone(),
            form_changed: draft.form_hash != scene.hash,
        })
    }

    /// Stores the draft, then lets it count.
    async fn draft_store(&self, state: &State, draft: Draft) -> Result<(), Problem> {
        let kept = draft.clone();
        state.store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
        state.drafts.lock().await.keep(draft);
        Ok(())
    }

    /// A fresh draft of a form, or the one already begun.
    pub(crate) async fn draft_begin(self: &Arc<Self>, request: DraftBegin) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        self.printers_refresh(state);
        self.printers_await(state).await;
        let person = self.person(state)?;
        let scene = self.scene(state, &request.form)?;
        if request.resume {
            let drafts = state.drafts.lock().await;
            let begun =
                drafts.of(&person).into_iter().find(|draft| draft.form == request.form && draft.revises.is_none());
            if let Some(draft) = begun {
                return self.draft_view(state, draft);
            }
        }
        if !scene.form.offered(&scene.facts) {
            return Err(Problem::new(Code::NotAllowed, "the form is not offered"));
        }
        let now = self.ports.clock.now();
        let draft = Draft {
            id: DraftId(self.fresh_id("dra")),
            person,
            form: request.form,
            form_hash: scene.hash.clone(),
            title: scene.form.definition().title.in_language(scene.language).to_owned(),
            subject: String::new(),
            answers: scene.form.initial(&scene.facts),
            pictures: Vec::new(),
            begun_at: now,
            saved_at: now,
            revises: None,
            returned_from: None,
        };
        let view = self.draft_view(state, &draft)?;
        self.draft_store(state, draft).await?;
        self.tell_overview();
        Ok(view)
    }

    /// A draft as it stands.
    pub(crate) async fn draft_get(self: &Arc<Self>, request: DraftAsk) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let drafts = state.drafts.lock().await;
        self.draft_view(state, drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?)
    }

    /// The kind of form that a draft fills in, where both are known.
    pub(crate) async fn draft_kind(&self, id: &DraftId) -> Option<FormKind> {
        let state = self.state().await.ok()?;
        let person = self.person(state).ok()?;
        let form = state.drafts.lock().await.get(&person, id)?.form.clone();
        let (form, _) = locked(&state.forms).form(&form).ok()?;
        Some(form.definition().kind)
    }

    /// One answer; stored before the state comes back.
    pub(crate) async fn draft_answer(&self, request: DraftAnswer) -> Result<FormState, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        // held across the write: a later answer must not be overtaken on disk
        let mut drafts = state.drafts.lock().await;
        let mut draft = drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?.clone();
        let scene = self.scene(state, &draft.form)?;
        let kind = field_kind(&scene.form, &request.field)?;
        if kind == FieldKind::Files {
            return Err(Problem::new(Code::Malformed, "pictures are added, not answered"));
        }
        draft.answer(request.field, request.value);
        draft.form_hash = scene.hash.clone();
        draft.saved_at = self.ports.clock.now();
        draft.title = scene.form.definition().title.in_language(scene.language).to_owned();
        draft.subject = scene.subject(&draft.answers);
        let form_state = scene.evaluate(&draft.answers, request.sequence);
        let kept = draft.clone();
        state.store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
        drafts.keep(draft);
        Ok(form_state)
    }

    /// Throws a draft away, until the next start it can come back.
    pub(crate) async fn draft_discard(self: &Arc<Self>, request: DraftAsk) -> Result<Overview, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        {
            let mut drafts = state.drafts.lock().await;
            let id = drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?.id.clone();
            let name = file(&id);
            state.store.run(move |store| store.remove(&name)).await?;
            drafts.discard(&id);
        }
        self.tell_overview();
        self.overview_get().await
    }

    /// Brings a discarded draft back.
    pub(crate) async fn draft_restore(self: &Arc<Self>, request: DraftAsk) -> Result<Overview, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let draft = state.drafts.lock().await.discarded(&person, &request.draft).ok_or_else(no_such_draft)?;
        self.draft_store(state, draft).await?;
        state.drafts.lock().await.restored(&request.draft);
        self.tell_overview();
        self.overview_get().await
    }

    /// Puts a held picture into a draft: its bytes are on disk before the draft names them.
    pub(crate) async fn draft_picture_add(&self, request: DraftPictureAsk) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let held = self
            .pictures
            .get(&request.picture)
            .ok_or_else(|| Problem::new(Code::NotFound, "the picture is not held any more"))?;
        let mut drafts = state.drafts.lock().await;
        let mut draft = drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?.clone();
        let scene = self.scene(state, &draft.form)?;
        if field_kind(&scene.form, &request.field)? != FieldKind::Files {
            return Err(Problem::new(Code::Malformed, "the field takes no pictures"));
        }
        let stem = match scene.language {
            Language::De => "Bildschirm",
            Language::En => "Screen",
        };
        let number = draft.pictures.len() + 1;
        draft.picture_add(DraftPicture {
            id: held.id,
            field: request.field,
            width: held.picture.width,
            height: held.picture.height,
            attachment: AttachmentRef {
                digest: Digest::of(&held.picture.png),
                name: format!("{stem}-{number}.png"),
                size: held.picture.png.len() as u64,
                media_type: "image/png".to_owned(),
            },
        });
        draft.saved_at = self.ports.clock.now();
        let view = self.draft_view(state, &draft)?;
        let kept = draft.clone();
        let png = held.picture.png;
        state
            .store
            .run(move |store| {
                let name = picture_file(&Digest::of(&png));
                if !store.has(&name) {
                    store.put_bytes(&name, &png)?;
                }
                store.put(&file(&kept.id), &kept)
            })
            .await?;
        drafts.keep(draft);
        Ok(view)
    }

    /// Takes a picture out of a draft. It stays at hand as long as it is held.
    pub(crate) async fn draft_picture_remove(&self, request: DraftPictureRemove) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let view = {
            let mut drafts = state.drafts.lock().await;
            let mut draft = drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?.clone();
            draft.picture_remove(&request.field, &request.picture);
            draft.saved_at = self.ports.clock.now();
            let view = self.draft_view(state, &draft)?;
            let kept = draft.clone();
            state.store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
            drafts.keep(draft);
            view
        };
        self.pictures_sweep(state).await?;
        Ok(view)
    }

    /// The bytes of a picture that a draft holds.
    pub(crate) async fn draft_picture_get(&self, id: &PictureId) -> Result<Bytes, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let attachment = {
            let drafts = state.drafts.lock().await;
            let mut pictures = drafts.of(&person).into_iter().flat_map(|draft| &draft.pictures);
            pictures.find(|picture| &picture.id == id).map(|picture| picture.attachment.clone())
        };
        let missing = || Problem::new(Code::NotFound, "no such picture");
        let attachment = attachment.ok_or_else(missing)?;
        let name = picture_file(&attachment.digest);
        let bytes = state.store.run(move |store| store.get_bytes(&name)).await?.ok_or_else(missing)?;
        Ok(Bytes { media_type: attachment.media_type, bytes })
    }

    /// Removes the files of pictures that nothing names any more.
    pub(crate) async fn pictures_sweep(&self, state: &State) -> Result<(), Problem> {
        // the lock keeps a picture from being added between looking and removing
        let drafts = state.drafts.lock().await;
        let mut named: Vec<String> = drafts
            .all()
            .flat_map(|draft| &draft.pictures)
            .map(|picture| picture.attachment.digest.to_string())
            .collect();
        named.extend(state.outbox.attachment_digests());
        state
            .store
            .run(move |store| {
                for digest in store.list("pictures")? {
                    if !named.contains(&digest) {
                        store.remove(&format!("pictures/{digest}"))?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Stores the order in the outbox, then ends the draft.
    pub(crate) async fn draft_send(self: &Arc<Self>, request: DraftSend) -> Result<Sent, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        let item = {
            let mut drafts = state.drafts.lock().await;
            if let Some(item) = state.outbox.of_draft(&request.draft) {
                return Ok(Sent { item });
            }
            let draft = drafts.get(&person, &request.draft).ok_or_else(no_such_draft)?.clone();
            let item = self.order(state, draft, &request)?;
            let id = item.id.clone();
            state.outbox.store(&state.store, item).await?;
            // the order counts from here on; a draft whose removal fails is dropped at the next start
            let name = file(&request.draft);
            let _ = state.store.run(move |store| store.remove(&name)).await;
            drafts.drop_sent(&request.draft);
            id
        };
        self.tell_overview();
        self.ports.desk.tell(&DesktopEvent::RequestsChanged { request: None });
        if !state.store.is_durable() {
            // nothing is on disk, so nothing is said before the hub has it
            state.outbox.await_attempt(&item, 0, self.tempo.session_wait).await;
        }
        Ok(Sent { item: state.outbox.line(&item).ok_or_else(no_such_draft)? })
    }

    /// The outbox item that a draft becomes.
    fn order(&self, state: &State, draft: Draft, request: &DraftSend) -> Result<Item, Problem> {
        let scene = self.scene(state, &draft.form)?;
        let definition = scene.form.definition();
        let (answers, document): (Answers, Document) =
            scene.form.decide(&draft.answers, &scene.facts, scene.language).map_err(|findings| Problem {
                findings,
                ..Problem::new(Code::AnswersRefused, "the answers do not fit the form")
            })?;
        let named = scene.form.attachment_digests(&answers);
        let attachments: Vec<AttachmentRef> = named
            .iter()
            .map(|digest| {
                let picture = draft.pictures.iter().find(|picture| &picture.attachment.digest == digest);
                picture.map(|picture| picture.attachment.clone())
            })
            .collect::<Option<_>>()
            .ok_or_else(|| Problem::new(Code::Internal, "an answer names a picture that the draft lacks"))?;
        let needs_approval = definition.approval == ApprovalNeed::Approver;
        let may_approve = scene.facts.person.role == Role::Approver && scene.facts.tenant.own_approval;
        let submit = RequestSubmit {
            form: draft.form.clone(),
            form_version: definition.version,
            form_hash: scene.hash.clone(),
            language: scene.language,
            answers,
            attachments: attachments.clone(),
            session: scene.facts.session.clone(),
            approver: request.approver.clone().filter(|_| needs_approval),
            approve: request.approve && needs_approval && may_approve,
        };
        let work = match &draft.revises {
            Some(revises) => Work::Revise { request: revises.request.clone() },
            None => Work::Submit,
        };
        let mut item = self.outbox_item(state, work, &submit)?;
        item.title = document.title;
        item.subject = document.subject;
        item.attachments = attachments;
        item.draft = Some(draft);
        Ok(item)
    }

    /// A draft with the answers of a returned request.
    pub(crate) async fn request_revise(self: &Arc<Self>, request: RequestAsk) -> Result<DraftView, Problem> {
        let state = self.state().await?;
        let person = self.person(state)?;
        self.printers_refresh(state);
        if let Some(draft) = state.drafts.lock().await.revising(&person, &request.request) {
            return self.draft_view(state, draft);
        }
        let view: RequestView = self.request_fresh(&request.request).await?;
        if !view.actions.contains(&Action::Revise) {
            return Err(Problem::new(Code::StateConflict, "the request does not wait for its requester"));
        }
        let scene = self.scene(state, &view.summary.form)?;
        let revised = self.revised_pictures(&request.request, &view, &scene.form).await?;
        let now = self.ports.clock.now();
        let question = view.history.iter().rev().find(|entry| entry.event == HistoryEvent::Returned);
        let draft = Draft {
            id: DraftId(self.fresh_id("dra")),
            person,
            form: view.summary.form.clone(),
            form_hash: scene.hash.clone(),
            title: view.summary.title.clone(),
            subject: view.summary.subject.clone(),
            answers: view.answers.clone(),
            pictures: revised.iter().map(|(picture, _)| picture.clone()).collect(),
            begun_at: now,
            saved_at: now,
            revises: Some(Revises {
                request: request.request,
                number: view.summary.number.clone(),
                question: question.map(|entry| entry.text.clone()).unwrap_or_default(),
            }),
            returned_from: None,
        };
        let view = self.draft_view(state, &draft)?;
        {
            let mut drafts = state.drafts.lock().await;
            let kept = draft.clone();
            state
                .store
                .run(move |store| {
                    for (picture, bytes) in revised {
                        store.put_bytes(&picture_file(&picture.attachment.digest), &bytes)?;
                    }
                    store.put(&file(&kept.id), &kept)
                })
                .await?;
            drafts.keep(draft);
        }
        self.tell_overview();
        Ok(view)
    }

    /// The attachments of a request, fetched back so that its revision can be written and sent like any draft.
    async fn revised_pictures(
        &self,
        request: &RequestId,
        view: &RequestView,
        form: &Form,
    ) -> Result<Vec<(DraftPicture, Vec<u8>)>, Problem> {
        let mut pictures = Vec::new();
        let fields = form.definition().sections.iter().flat_map(|section| &section.fields);
        for field in fields.filter(|field| field.kind == FieldKind::Files) {
            let Some(Value::List(digests)) = view.answers.get(&field.id) else { continue };
            let named = |part: &&AttachmentRef| digests.iter().any(|digest| digest == part.digest.as_str());
            for attachment in view.attachments.iter().filter(named) {
                let bytes = self.attachment_bytes(request, &attachment.digest).await?.bytes;
                let (width, height) = png_size(&bytes).unwrap_or_default();
                let picture = DraftPicture {
                    id: PictureId(self.fresh_id("pic")),
                    field: field.id.clone(),
                    width,
                    height,
                    attachment: attachment.clone(),
                };
                pictures.push((picture, bytes));
            }
        }
        Ok(pictures)
    }
}

impl Scene {
    /// Who or what it is about so far, for the list of drafts.
    fn subject(&self, answers: &Answers) -> String {
        self.form.subject_so_far(answers, &self.facts, self.language).chars().take(120).collect()
    }
}

fn field_kind(form: &Form, id: &FieldId) -> Result<FieldKind, Problem> {
    let fields = form.definition().sections.iter().flat_map(|section| &section.fields);
    fields.into_iter().find(|field| &field.id == id).map(|field| field.kind).ok_or_else(|| Problem {
        field: Some(id.clone()),
        ..Problem::new(Code::Malformed, "the form has no such field")
    })
}

/// Width and height as a PNG says them.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = bytes.get(..24)?;
    let number = |at: usize| head.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    head.starts_with(b"\x89PNG\r\n\x1a\n").then_some((number(16)?, number(20)?))
}
