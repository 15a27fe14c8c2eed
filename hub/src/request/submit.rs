//! Owns how a request comes in, new or as a new revision: the form decides again, attachments must be there, and the
//! life cycle says where it begins.

use std::collections::BTreeSet;

use serde_json::json;
use service_tool_contract::{
    approval::{self, ApprovalCase},
    code::Code,
    form::{
        self, Form,
        definition::Effect,
        facts::{Facts, PersonFacts, SessionFacts},
        state::{Answers, Document},
    },
    id::{PersonId, RequestId},
    request::{self, Action, RequestState, Step},
    wire::{AttachmentRef, HistoryEvent, RequestSubmit, Role, Verdict},
};

use super::decide::{allowed, hand_over_time};
use super::text::cleaned_session;
use super::{Begun, Changed, Deed, Key, Told, again, begin, checked_line, commit, conflict, load, not_allowed, tell};
use crate::failure::{Answer, Failure};
use crate::hub::Hub;
use crate::store::{
    self, Change, TenantScope,
    person::Person,
    request::{NewRequest, Request},
    revision::Revision,
};

const MOST_ATTACHMENTS: usize = 20;
const MOST_PRINTERS: usize = 2000;

/// Takes a new request in.
pub async fn submit(
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    key: &Key,
    sent: &RequestSubmit,
) -> Answer<Changed> {
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let id = RequestId(hub.ambient.id("req")?);
    let taken = examine(&mut change, hub, scope, person, id.clone(), None, sent).await?;
    let now = hub.ambient.now();
    store::request::add(&mut change, scope, &person.id, &taken.request, now).await?;
    store::revision::add(&mut change, scope, &id, &taken.revision, now).await?;
    store::history::add(&mut change, scope, &id, HistoryEvent::Submitted, person, "", now).await?;
    record(change, hub, scope, person, key, taken, "request.submitted").await
}

/// Takes a new revision of a returned request in.
pub async fn revise(
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    key: &Key,
    id: &RequestId,
    sent: &RequestSubmit,
) -> Answer<Changed> {
    let mut change = match begin(hub, person, key).await? {
        Begun::Before(done) => return again(hub, scope, person, done).await,
        Begun::New(change) => change,
    };
    let before = load(&mut change, scope, person, id, hub).await?;
    allowed(&before, person, Action::Revise)?;
    if sent.form != before.summary.form {
        return Err(Failure::malformed_field("form", "a revision keeps its form"));
    }
    let taken = examine(&mut change, hub, scope, person, id.clone(), Some(&before), sent).await?;
    let now = hub.ambient.now();
    store::request::set_revision(&mut change, scope, taken.revision.revision, &taken.request, now).await?;
    store::revision::add(&mut change, scope, id, &taken.revision, now).await?;
    store::history::add(&mut change, scope, id, HistoryEvent::Revised, person, "", now).await?;
    record(change, hub, scope, person, key, taken, "request.revised").await
}

/// What was sent, found right.
struct Taken {
    request: NewRequest,
    revision: Revision,
    /// Approved by the requester in the same step (A1).
    approved: bool,
}

/// The ending that new requests and revisions share.
async fn record(
    mut change: Change,
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    key: &Key,
    taken: Taken,
    action: &str,
) -> Answer<Changed> {
    let id = taken.request.id.clone();
    if taken.approved {
        let now = hub.ambient.now();
        store::history::add(&mut change, scope, &id, HistoryEvent::ApprovedOwn, person, "", now).await?;
    }
    let stored = load(&mut change, scope, person, &id, hub).await?;
    let inbox = taken.request.state == RequestState::Waiting || taken.revision.revision > 1;
    tell(&mut change, hub, scope, Told { request: &stored, inbox, also: None }).await?;
    let content = json!({
        "form": taken.request.form, "form_version": taken.revision.form_version,
        "revision": taken.revision.revision, "content_hash": taken.revision.content_hash,
        "approved_own": taken.approved,
    });
    commit(change, hub, scope, Deed { person, key, id: &id, action, content, status: 201 }).await
}

/// Checks what was sent against form, directory, uploads and policy.
async fn examine(
    change: &mut Change,
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    id: RequestId,
    before: Option<&Request>,
    sent: &RequestSubmit,
) -> Answer<Taken> {
    let form = hub
        .catalog
        .version(change, &sent.form, sent.form_version, &sent.form_hash)
        .await?
        .ok_or_else(|| Failure::new(Code::FormUnknown, "this version of the form is not known to the hub"))?;
    let facts = facts(change, hub, scope, person, &sent.session).await?;
    if !form.offered(&facts) {
        return Err(Failure::new(Code::FormUnknown, "the form is not offered to this person of this firm"));
    }
    let (answers, document) = form.decide(&sent.answers, &facts, sent.language).map_err(Failure::answers_refused)?;
    let attachments = attachments(change, scope, person, &id, &form, &answers, &sent.attachments).await?;
    let people = store::person::of_tenant(change, scope).await?;
    let newest = hub.catalog.newest(change, &sent.form).await?.unwrap_or_else(|| form.clone());
    let (effect, first) = demands(&form, &newest);
    let mut concealed_from = concealed_from(effect, form.affected(&answers).as_ref(), &people);
    if concealed_from.is_empty() {
        concealed_from = self::concealed_from(effect, newest.affected(&answers).as_ref(), &people);
    }
    if concealed_from.contains(&person.id) {
        approval::may_order(effect, Some(&person.id), &person.id)?;
    }
    let approver = chosen_approver(sent, person, &people, &concealed_from, first, facts.tenant.own_approval)?;
    let content_hash =
        form::content_hash(&sent.form, sent.form_version, form.hash(), &answers, &document, &attachments);
    let mut request = new_request(id, &form, &document, (effect, first), approver, concealed_from);
    let revision = Revision {
        revision: before.map_or(1, |before| before.revision + 1),
        form_version: sent.form_version,
        form_hash: form.hash().clone(),
        language: sent.language,
        answers,
        session: facts.session,
        document,
        attachments,
        content_hash,
    };
    let approved = sent.approve && first == RequestState::Waiting;
    if approved {
        approve_own(hub, scope, person, &mut request, &revision, facts.tenant.own_approval)?;
    } else if first == RequestState::Queued {
        // nobody has decided, so there is nothing to take back: the provider sees it at once
        request.handed_over_at = Some(hub.ambient.now());
    }
    if let Some(before) = before {
        request::next(before.summary.state, Step::Revise).ok_or_else(conflict)?;
    }
    Ok(Taken { request, revision, approved })
}

/// Effect and first state of an order. An order by an older version is one that somebody may still send, but no way around
/// what the firm has demanded since: approval, and silence towards whom it affects.
fn demands(form: &Form, newest: &Form) -> (Effect, RequestState) {
    let (form, newest) = (form.definition(), newest.definition());
    let nobody = PersonId::from("");
    let is_kept = |effect| !approval::may_see(effect, Some(&nobody), &nobody);
    let effect = if is_kept(newest.effect) && !is_kept(form.effect) { newest.effect } else { form.effect };
    let states = [form, newest].map(|definition| request::first(definition.approval));
    (effect, states.into_iter().find(|state| *state == RequestState::Waiting).unwrap_or(states[0]))
}

/// Everything that the form may know, from the hub's own records; only the session's part is as sent.
async fn facts(
    change: &mut Change,
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    session: &SessionFacts,
) -> Answer<Facts> {
    if session.printers.len() > MOST_PRINTERS {
        return Err(Failure::malformed_field("session", "more than 2000 printers"));
    }
    let tenant = store::tenant::facts(change, scope).await?;
    let profile = store::person::profile(change, scope, person).await?;
    let person =
        PersonFacts { id: person.id.clone(), name: person.name.clone(), role: person.role, site: profile.town };
    Ok(Facts { tenant, person, session: cleaned_session(session), today: hub.ambient.today() })
}

/// The attachments as they are kept: each uploaded whole by this person, or part of an earlier revision.
async fn attachments(
    change: &mut Change,
    scope: &TenantScope,
    person: &Person,
    id: &RequestId,
    form: &Form,
    answers: &Answers,
    sent: &[AttachmentRef],
) -> Answer<Vec<AttachmentRef>> {
    if sent.len() > MOST_ATTACHMENTS {
        return Err(Failure::malformed_field("attachments", "more than 20 attachments"));
    }
    let missing = || Failure::new(Code::AttachmentMissing, "an attachment has not been uploaded completely");
    let mut names = BTreeSet::new();
    for attachment in sent {
        if !attachment.digest.is_well_formed() {
            return Err(Failure::malformed_field("attachments", "not a digest"));
        }
        let name = checked_line("attachments", &attachment.name, 1, 120)?;
        if name != attachment.name || name.contains(['/', '\\', ':']) || name.starts_with('.') {
            return Err(Failure::malformed_field("attachments", "a file name without a path is demanded"));
        }
        if !names.insert(&attachment.digest) {
            return Err(Failure::malformed_field("attachments", "an attachment is named twice"));
        }
        let (size, media_type) = match store::upload::find(change, scope, &person.id, &attachment.digest).await? {
            Some(upload) => (upload.size, upload.media_type),
            None => store::revision::attachment(change, scope, id, &attachment.digest)
                .await?
                .map(|earlier| (earlier.size, earlier.media_type))
                .ok_or_else(missing)?,
        };
        if size != attachment.size || media_type != attachment.media_type {
            return Err(Failure::new(Code::FileRefused, "size or type are not those of the content"));
        }
    }
    if form.attachment_digests(answers).iter().any(|digest| !names.contains(digest)) {
        return Err(missing());
    }
    Ok(sent.to_vec())
}

/// People of the firm who must not learn of the request: those whom the affected account's id, logon name, address or
/// name fits, where it is suspended or deleted.
fn concealed_from(effect: Effect, affected: Option<&PersonId>, people: &[Person]) -> Vec<PersonId> {
    let Some(named) = affected else { return Vec::new() };
    let wanted = named.as_str().trim().to_lowercase();
    people
        .iter()
        .filter(|person| {
            person.id == *named
                || person.logon.as_deref() == Some(&wanted)
                || person.email == wanted
                || person.name.to_lowercase() == wanted
        })
        .map(|person| person.id.clone())
        .filter(|id| !approval::may_see(effect, Some(id), id))
        .collect()
}

/// The approver chosen by name: an active one of the firm, who may know of the request and decide on it.
fn chosen_approver(
    sent: &RequestSubmit,
    requester: &Person,
    people: &[Person],
    concealed_from: &[PersonId],
    first: RequestState,
    own_approval: bool,
) -> Answer<Option<PersonId>> {
    let Some(chosen) = sent.approver.as_ref().filter(|_| first == RequestState::Waiting) else { return Ok(None) };
    let is_approver = people.iter().any(|person| person.id == *chosen && person.role == Role::Approver);
    if !is_approver {
        let mut failure = Failure::not_found();
        failure.problem.field = Some("approver".into());
        return Err(failure);
    }
    if concealed_from.contains(chosen) || (*chosen == requester.id && !own_approval) {
        return Err(Failure::new(Code::OwnRequest, "this approver may not decide on it"));
    }
    Ok(Some(chosen.clone()))
}

fn new_request(
    id: RequestId,
    form: &Form,
    document: &Document,
    (effect, state): (Effect, RequestState),
    approver: Option<PersonId>,
    concealed_from: Vec<PersonId>,
) -> NewRequest {
    let definition = form.definition();
    NewRequest {
        id,
        form: definition.id.clone(),
        kind: definition.kind,
        icon: definition.icon.clone(),
        effect,
        title: document.title.clone(),
        subject: document.subject.clone(),
        due: document.due,
        state,
        approver,
        decided_by: None,
        handed_over_at: None,
        concealed_from,
    }
}

/// An approver orders in one step, by the same rule as any decision.
fn approve_own(
    hub: &Hub,
    scope: &TenantScope,
    person: &Person,
    request: &mut NewRequest,
    revision: &Revision,
    own_approval: bool,
) -> Answer<()> {
    if person.role != Role::Approver {
        return Err(not_allowed());
    }
    let may = approval::may_decide(&ApprovalCase {
        person: &person.id,
        person_tenant: scope.tenant(),
        person_role: person.role,
        request: &request.id,
        tenant: scope.tenant(),
        state: request.state,
        effect: request.effect,
        affected: request.concealed_from.iter().find(|affected| **affected == person.id),
        requester: &person.id,
        co_authors: &[],
        approver: None,
        decider: None,
        own_approval,
        shown: &revision.content_hash,
        current: &revision.content_hash,
    })?;
    request.state = may.state_after(Verdict::Approve).ok_or_else(conflict)?;
    request.decided_by = Some(may.person().clone());
    request.approver = None;
    request.handed_over_at = hand_over_time(hub, true);
    Ok(())
}
