//! Requests as screens see them (O3, A2): own ones, those that wait for a decision, and what can be done with them. Reading
//! goes to the hub and falls back on what it said last; changing goes through the outbox.
//!
//! Invariant: a screen is never given an older view as if it were fresh without `as_of` saying so, and a decision carries
//! the hash of what was shown.

use std::sync::Arc;

use service_tool_contract::{
    code::{Code, Problem},
    id::{Digest, RequestId},
    request::RequestState,
    wire::{Comment, Decision, Nothing, RequestSummary, RequestView, Verdict},
};

use crate::{
    Desktop,
    command::{AttachmentAsk, Bytes, Inbox, RequestAsk, RequestComment, RequestDecide, RequestList},
    locked,
    outbox::Work,
};

/// Ids go into addresses: only those that can be one do.
pub fn checked(request: &RequestId) -> Result<&RequestId, Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !request.0.is_empty() && request.0.len() <= 80 && request.0.bytes().all(plain) {
        Ok(request)
    } else {
        Err(Problem::new(Code::NotFound, "no such request"))
    }
}

impl Desktop {
    /// Own requests, those still in the outbox first.
    pub(crate) async fn request_list(self: &Arc<Self>) -> Result<RequestList, Problem> {
        match self.requests_refresh().await {
            Err(problem) if problem.code == Code::NotEnrolled => Err(problem),
            _ => self.request_list_known().await,
        }
    }

    /// The same without asking the hub.
    pub(crate) async fn request_list_known(&self) -> Result<RequestList, Problem> {
        let state = self.state().await?;
        let known = locked(&state.known);
        Ok(RequestList { outbox: state.outbox.unsent(), requests: known.requests.clone(), as_of: known.requests_as_of })
    }

    /// Asks the hub for the own requests.
    pub(crate) async fn requests_refresh(&self) -> Result<(), Problem> {
        let state = self.state().await?;
        let before = locked(&state.known).requests.iter().map(|request| request.id.clone()).collect();
        let requests = self.ask(|client| async move { client.get::<Vec<RequestSummary>>("requests").await }).await?;
        let now = self.ports.clock.now();
        self.known_change(|known| known.requests_heard(&before, requests, now)).await
    }

    /// Requests that wait for this person's decision, those returned, and those lately decided.
    pub(crate) async fn inbox_list(self: &Arc<Self>) -> Result<Inbox, Problem> {
        match self.inbox_refresh().await {
            Err(problem) if problem.code == Code::NotEnrolled => return Err(problem),
            _ => {}
        }
        let state = self.state().await?;
        let deciding = state.outbox.deciding();
        let known = locked(&state.known);
        let (returned, decided) =
            known.decided.iter().cloned().partition(|request: &RequestSummary| request.state == RequestState::Returned);
        Ok(Inbox {
            waiting: known.waiting.iter().filter(|request| !deciding.contains(&request.id)).cloned().collect(),
            returned,
            decided,
            as_of: known.waiting_as_of,
        })
    }

    /// Asks the hub for what waits, was returned, or was decided lately; the state tells them apart.
    pub(crate) async fn inbox_refresh(&self) -> Result<(), Problem> {
        let inbox = self.ask(|client| async move { client.get::<Vec<RequestSummary>>("inbox").await }).await?;
        let now = self.ports.clock.now();
        let (waiting, mut decided): (Vec<_>, Vec<_>) =
            inbox.into_iter().partition(|request| request.state == RequestState::Waiting);
        decided.sort_by(|a, b| b.changed_at.cmp(&a.changed_at).then_with(|| b.id.cmp(&a.id)));
        self.known_change(|known| {
            known.waiting_count = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
            known.waiting = waiting;
            known.decided = decided;
            known.waiting_as_of = Some(now);
        })
        .await?;
        self.tell_overview();
        Ok(())
    }

    /// One request; the last known view while the hub is out of reach.
    pub(crate) async fn request_get(&self, request: RequestAsk) -> Result<RequestView, Problem> {
        match self.request_fresh(&request.request).await {
            Err(problem)
                if matches!(problem.code, Code::HubUnreachable | Code::HubUntrusted | Code::HubUnavailable) =>
            {
                self.view_known(checked(&request.request)?).await?.ok_or(problem)
            }
            answer => answer,
        }
    }

    /// One request, from the hub.
    pub(crate) async fn request_fresh(&self, request: &RequestId) -> Result<RequestView, Problem> {
        let path = format!("requests/{}", checked(request)?);
        let view: RequestView = self.ask(|client| async move { client.get(&path).await }).await?;
        self.view_keep(view.clone()).await;
        // what the hub says is read, also where it cannot be kept
        let _ = self.known_change(|known| known.request_changed(&view, false)).await;
        Ok(view)
    }

    /// An attachment, from this desktop where it was written here, else from the hub.
    pub(crate) async fn attachment_get(&self, request: AttachmentAsk) -> Result<Bytes, Problem> {
        self.attachment_bytes(&request.request, &request.digest).await
    }

    pub(crate) async fn attachment_bytes(&self, request: &RequestId, digest: &Digest) -> Result<Bytes, Problem> {
        if !digest.is_well_formed() {
            return Err(Problem::new(Code::NotFound, "no such attachment"));
        }
        let path = format!("requests/{}/attachments/{digest}", checked(request)?);
        let (media_type, bytes) = self.ask_long(|client| async move { client.get_bytes(&path).await }).await?;
        if Digest::of(&bytes) != *digest {
            return Err(Problem::new(Code::HubNotUnderstood, "the attachment is not what its digest says"));
        }
        Ok(Bytes { media_type, bytes })
    }

    /// Takes the own request back.
    pub(crate) async fn request_withdraw(self: &Arc<Self>, request: RequestAsk) -> Result<RequestView, Problem> {
        let id = checked(&request.request)?.clone();
        let work = Work::Withdraw { request: id.clone() };
        self.request_told(&id, work, &Nothing {}, false).await
    }

    /// Says something about a request.
    pub(crate) async fn request_comment(self: &Arc<Self>, request: RequestComment) -> Result<RequestView, Problem> {
        let id = checked(&request.request)?.clone();
        let text = request.text.trim().to_owned();
        if text.is_empty() || text.chars().count() > 4000 {
            return Err(Problem::new(Code::Malformed, "a comment has 1 to 4000 characters"));
        }
        self.request_told(&id, Work::Comment { request: id.clone() }, &Comment { text }, false).await
    }

    /// Decides; bound to what was shown.
    pub(crate) async fn request_decide(self: &Arc<Self>, request: RequestDecide) -> Result<RequestView, Problem> {
        let id = checked(&request.request)?.clone();
        let text = request.text.trim().to_owned();
        if text.chars().count() > 2000 || (text.is_empty() && request.verdict != Verdict::Approve) {
            return Err(Problem::new(
                Code::Malformed,
                "a refusal needs a reason, a return a question, of 2000 characters at most",
            ));
        }
        let body = Decision { verdict: request.verdict, text, content_hash: request.content_hash };
        let work = Work::Decide { request: id.clone(), verdict: request.verdict };
        self.request_told(&id, work, &body, true).await
    }

    /// Takes the decision back.
    pub(crate) async fn decision_take_back(self: &Arc<Self>, request: RequestAsk) -> Result<RequestView, Problem> {
        let id = checked(&request.request)?.clone();
        self.request_told(&id, Work::TakeBack { request: id.clone() }, &Nothing {}, false).await
    }

    async fn request_told<B: serde::Serialize + Sync>(
        self: &Arc<Self>,
        id: &RequestId,
        work: Work,
        body: &B,
        decides: bool,
    ) -> Result<RequestView, Problem> {
        let view = self.request_change(id, work, body).await;
        if decides {
            self.tell_inbox();
        }
        view
    }
}
