//! What an ended session left is brought home, once (T5): the main process looks at its start and then every minute at each
//! session folder, and where its lock is free takes drafts, outbox, pictures and receipts over, under that lock.
//!
//! Order: first the folder is put in order as its session would have done at its next start, so that no draft stands beside
//! the item that was made of it. Then pictures are copied, since a crash must leave them wherever a draft may still be; then each item
//! and each draft is moved by a rename. What is left are copies and caches, and the folder goes.
//!
//! Invariant: at every moment each item and each draft lies in exactly one folder, with its pictures. A folder that was
//! written with another key is left as it is, for somebody who has that key.

use std::{collections::BTreeSet, sync::Arc};

use service_tool_contract::id::Moment;

use super::{FileLock, Home, SESSIONS, session_lock};
use crate::{
    Desktop,
    command::DesktopEvent,
    desktop::State,
    draft::{Draft, picture_file},
    known::{KNOWN, Known},
    local_state::{Store, StoreError},
    outbox::{self, Item},
    receipt,
};

/// What came home.
#[derive(Debug, Default)]
pub struct TakenOver {
    pub drafts: Vec<Draft>,
    pub items: Vec<Item>,
    /// A receipt of the session contradicts one of the data folder, or the session had found such a one.
    pub audit_mismatch: bool,
}

/// Takes over every session that has ended. One that cannot be taken over now stays for the next time.
pub fn take_over(home: &Home, store: &Store, now: Moment) -> TakenOver {
    let mut taken = TakenOver::default();
    if !home.is_main() || !store.is_durable() {
        return taken;
    }
    for session in sessions(home) {
        if let Err(error) = take_over_session(home, store, &session, now, &mut taken) {
            tracing::warn!(%error, session, "what a session left cannot be taken over yet");
        }
    }
    taken
}

/// Names of all sessions that left something, if only their lock.
fn sessions(home: &Home) -> BTreeSet<String> {
    let Ok(entries) = fs_err::read_dir(home.main.join(SESSIONS)) else { return BTreeSet::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| name.strip_suffix(".lock").map(str::to_owned).unwrap_or(name))
        .collect()
}

fn take_over_session(
    home: &Home,
    store: &Store,
    session: &str,
    now: Moment,
    taken: &mut TakenOver,
) -> Result<(), StoreError> {
    let folder = home.main.join(SESSIONS).join(session);
    // the lock of the own session is held already
    let lock = match session == home.session {
        true => None,
        false => match FileLock::try_take(&session_lock(&home.main, session))? {
            None => return Ok(()),
            lock => lock,
        },
    };
    if folder.is_dir() {
        let Some(from) = store.with_same_key(&folder)? else {
            tracing::debug!(session, "a session of another key is left alone");
            return Ok(());
        };
        bring_home(store, &from, now, taken)?;
        from.end();
    }
    if let Some(lock) = lock {
        lock.remove();
    }
    Ok(())
}

fn bring_home(store: &Store, from: &Store, now: Moment, taken: &mut TakenOver) -> Result<(), StoreError> {
    let (items, drafts) = outbox::read(from, now)?;
    let of_items = items.iter().flat_map(|item| item.attachments.iter().map(|attachment| &attachment.digest));
    // an item that was given up may become a draft again
    let of_drafts = drafts.all().chain(items.iter().filter_map(|item| item.draft.as_ref()));
    let of_drafts = of_drafts.flat_map(|draft| draft.pictures.iter().map(|picture| &picture.attachment.digest));
    for digest in of_items.chain(of_drafts) {
        let name = picture_file(digest);
        if !store.has(&name)
            && let Some(bytes) = from.get_bytes(&name)?
        {
            store.put_bytes(&name, &bytes)?;
        }
    }
    for item in items {
        store.move_in(from, &outbox::file(&item.id))?;
        taken.items.push(item);
    }
    for draft in drafts.into_all() {
        store.move_in(from, &crate::draft::file(&draft.id))?;
        taken.drafts.push(draft);
    }
    taken.audit_mismatch |= !receipt::take_over(store, from)?;
    taken.audit_mismatch |= from.get::<Known>(KNOWN)?.is_some_and(|known| known.audit_mismatch);
    store.take_set_aside(from)
}

impl Desktop {
    /// Looks after the other sessions as long as the program runs.
    pub(crate) async fn sessions_run(self: Arc<Self>) {
        let Ok(state) = self.state().await else { return };
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => break,
                () = tokio::time::sleep(self.tempo.session_look) => {}
            }
            if let Err(problem) = self.enrolment_follow(state).await {
                tracing::info!(code = ?problem.code, "the enrolment of another session cannot be used yet");
            }
            self.sessions_take_over(state).await;
        }
    }

    async fn sessions_take_over(self: &Arc<Self>, state: &State) {
        let (home, now) = (self.home.clone(), self.ports.clock.now());
        // the lock keeps pictures from being swept before what names them counts here
        let mut drafts = state.drafts.lock().await;
        let Ok(taken) = state.store.run(move |store| Ok(take_over(&home, store, now))).await else { return };
        if taken.drafts.is_empty() && taken.items.is_empty() && !taken.audit_mismatch {
            return;
        }
        for draft in taken.drafts {
            drafts.keep(draft);
        }
        state.outbox.take_in(taken.items);
        drop(drafts);
        if taken.audit_mismatch
            && let Err(problem) = self.known_change(|known| known.audit_mismatch = true).await
        {
            tracing::error!(code = ?problem.code, "a contradiction in the audit log could not be kept");
        }
        self.tell_overview();
        self.ports.desk.tell(&DesktopEvent::RequestsChanged { request: None });
    }
}
