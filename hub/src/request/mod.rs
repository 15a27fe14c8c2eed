//! Owns what happens to requests: each call loads, asks the contract's pure functions, and writes state, history, events,
//! audit entry and idempotency key in one change. Leaves rows to `store` and words to `http` and `page`.
//!
//! Invariant: nothing is moved that `service_tool_contract::request::actions` does not list for the caller; nothing is
//! written without its audit entry.

mod decide;
mod fulfil;
mod submit;
mod text;
mod view;

use ring::digest::{Context, SHA256};
use service_tool_contract::{
    id::{PersonId, RequestId},
    request::Viewer,
    wire::{RequestChanged, Role, Topic},
};

pub use decide::{comment, decide, take_back, withdraw};
pub use fulfil::{agent_comment, finish, release, take};
pub use submit::{revise, submit};
pub use text::{checked_line, checked_text};
pub use view::{agent_view, inbox, own, view, waiting};

use crate::audit::Entry;
use crate::failure::{Answer, Failure};
use crate::hub::Hub;
use crate::store::{self, Change, Connection, TenantScope, idempotency::Done, person::Person, request::Request};
use service_tool_contract::code::Code;

/// The key of a call, with the hash of what was asked.
#[derive(Debug, Clone)]
pub struct Key {
    key: String,
    body_hash: Vec<u8>,
}

impl Key {
    /// Of a call; 8 to 80 printable characters.
    pub fn new(key: &str, method: &str, path: &str, body: &[u8]) -> Answer<Self> {
        if !(8..=80).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::malformed("the idempotency key must have 8 to 80 printable characters"));
        }
        let mut context = Context::new(&SHA256);
        for part in [method.as_bytes(), b"\n", path.as_bytes(), b"\n", body] {
            context.update(part);
        }
        Ok(Self { key: key.to_owned(), body_hash: context.finish().as_ref().to_vec() })
    }
}

/// A changed request and the status of the first answer.
pub type Changed = (u16, RequestChanged);

/// A call that was begun: new, or done before under the same key.
enum Begun {
    New(Change),
    Before(Done),
}

/// Begins a change, unless the key was used before.
async fn begin(hub: &Hub, person: &Person, key: &Key) -> Answer<Begun> {
    let mut change = hub.store.change().await?;
    match store::idempotency::find(&mut change, &person.id, &key.key).await? {
        None => Ok(Begun::New(change)),
        Some(done) if done.body_hash == key.body_hash => Ok(Begun::Before(done)),
        Some(_) => Err(Failure::new(Code::KeyReused, "the same idempotency key came with another body")),
    }
}

/// Who is told of a change.
struct Told<'a> {
    request: &'a Request,
    /// The firm's approvers too, because their inbox may have changed.
    inbox: bool,
    /// Others who must be told: an approver whose decision it was.
    also: Option<PersonId>,
}

/// Writes the events of a change. Whoever must not learn of the request is not told.
async fn tell(change: &mut Change, hub: &Hub, scope: &TenantScope, told: Told<'_>) -> Answer<()> {
    let now = hub.ambient.now();
    let request = &told.request.summary;
    store::event::add(change, scope, &request.requester.id, Topic::Request, Some(&request.id), now).await?;
    if !told.inbox && told.also.is_none() {
        return Ok(());
    }
    for person in store::person::of_tenant(change, scope).await? {
        let wanted = told.inbox || told.also.as_ref() == Some(&person.id);
        if wanted && person.role == Role::Approver && !told.request.concealed_from.contains(&person.id) {
            store::event::add(change, scope, &person.id, Topic::Inbox, Some(&request.id), now).await?;
        }
    }
    Ok(())
}

/// What somebody did, as it is recorded.
struct Deed<'a> {
    person: &'a Person,
    key: &'a Key,
    id: &'a RequestId,
    /// A word of the audit log.
    action: &'a str,
    /// What the audit log commits to.
    content: serde_json::Value,
    status: u16,
}

/// Ends a change of a person of the firm or of an agent: audit entry, idempotency key, the request as it stands, commit.
async fn commit(mut change: Change, hub: &Hub, scope: &TenantScope, deed: Deed<'_>) -> Answer<Changed> {
    let Deed { person, key, id, action, content, status } = deed;
    let entry = Entry { actor: person.id.as_str(), action, request: Some(id), content };
    let receipt = hub.audit.append(&mut change, scope, entry, &hub.ambient).await?;
    let done = Done { body_hash: key.body_hash.clone(), request: id.clone(), sequence: receipt.sequence, status };
    store::idempotency::add(&mut change, scope, &person.id, &key.key, &done).await?;
    let request = load(&mut change, scope, person, id, hub).await?;
    let request = view::of(&mut change, scope, request, person).await?;
    change.commit().await?;
    Ok((status, RequestChanged { request, receipt }))
}

/// The answer to a call that was done before: the request as it stands now, with the receipt of then.
async fn again(hub: &Hub, scope: &TenantScope, person: &Person, done: Done) -> Answer<Changed> {
    let mut reading = hub.store.read().await?;
    let receipt = hub.audit.receipt_again(&mut reading, scope, done.sequence).await?;
    let request = load(&mut reading, scope, person, &done.request, hub).await?;
    let request = view::of(&mut reading, scope, request, person).await?;
    Ok((done.status, RequestChanged { request, receipt }))
}

/// The request, if the caller may see it: a person of the firm, or an agent to whom it was handed over.
async fn load(
    connection: &mut Connection,
    scope: &TenantScope,
    person: &Person,
    id: &RequestId,
    hub: &Hub,
) -> Answer<Request> {
    let found = match person.role {
        Role::Agent => store::request::of_tenant_for_agent(connection, scope, id, hub.ambient.now()).await?,
        _ => store::request::seen_by(connection, scope, person, id).await?,
    };
    found.ok_or_else(Failure::not_found)
}

/// What a person is to a request.
fn viewer_of(request: &Request, person: &Person, own_approval: bool) -> Viewer {
    Viewer {
        role: person.role,
        is_of_tenant: person.tenant.as_ref() == Some(&request.tenant),
        is_requester: request.summary.requester.id == person.id,
        is_co_author: false,
        is_affected: request.concealed_from.contains(&person.id),
        is_addressed_to_other: request.summary.approver.as_ref().is_some_and(|approver| approver.id != person.id),
        is_decider: request.decided_by.as_ref() == Some(&person.id),
        is_in_charge: request.summary.agent.as_ref().is_some_and(|agent| agent.id == person.id),
        may_own_approve: own_approval,
    }
}

/// The request is in a state in which this is not possible, or it is not the caller's to do.
fn conflict() -> Failure {
    Failure::new(Code::StateConflict, "not in a state in which this is possible")
}

fn not_allowed() -> Failure {
    Failure::new(Code::NotAllowed, "this role may not do that")
}
