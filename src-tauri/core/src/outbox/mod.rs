//! The outbox (O1): everything that this desktop tells the hub and that must not be lost. Owns the items, their order and
//! their end; leaves transport to `hub_client` and what an order contains to `draft`.
//!
//! An item is one encrypted file with the exact body that will be sent, written before anybody says "stored"; its pictures
//! lie beside it already. Its id is its idempotency key. What concerns one request forms a lane; a lane goes out in order,
//! and its first item that is not at the hub holds up the rest. Refused for good is a state with a reason (`GivenUp`), after
//! which the lane goes on. What was delivered is kept for some days.
//!
//! Decisions, comments and withdrawals go the same way with a screen waiting for the first attempt: delivered, the screen
//! gets the hub's view; refused, it gets the reason and the item ends there, told; unreachable, it gets the last known view
//! unchanged, and the item stays and goes out when the hub is back.
//!
//! Invariant: an item leaves the folder only delivered and old, given back as a draft, or dropped by a person who was told.

mod command;
mod delivery;

pub use delivery::Schedule;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::{Code, Problem},
    id::{DraftId, Moment, OutboxId, PersonId, RequestId},
    wire::{AttachmentRef, RequestView, Verdict},
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

use crate::{
    command::{OutboxKind, OutboxLine, OutboxState},
    draft::{Draft, Drafts},
    local_state::{Store, StoreError},
    locked,
};

/// Days for which delivered items are kept.
const KEPT_DAYS: i64 = 7;

/// Lanes that are worked on at once.
const LANES_MOST: usize = 3;

/// What an item does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    Submit,
    Revise { request: RequestId },
    Withdraw { request: RequestId },
    Comment { request: RequestId },
    Decide { request: RequestId, verdict: Verdict },
    TakeBack { request: RequestId },
    Profile,
}

impl Work {
    /// The request it is about, where there is one already.
    pub fn request(&self) -> Option<&RequestId> {
        match self {
            Self::Submit | Self::Profile => None,
            Self::Revise { request }
            | Self::Withdraw { request }
            | Self::Comment { request }
            | Self::Decide { request, .. }
            | Self::TakeBack { request } => Some(request),
        }
    }

    /// Where it goes.
    fn route(&self) -> String {
        match self {
            Self::Submit => "requests".to_owned(),
            Self::Profile => "profile".to_owned(),
            Self::Revise { request } => format!("requests/{request}/revisions"),
            Self::Withdraw { request } => format!("requests/{request}/withdrawal"),
            Self::Comment { request } => format!("requests/{request}/comments"),
            Self::Decide { request, .. } => format!("requests/{request}/decision"),
            Self::TakeBack { request } => format!("requests/{request}/take-back"),
        }
    }

    fn kind(&self) -> OutboxKind {
        match self {
            Self::Submit => OutboxKind::Submit,
            Self::Revise { .. } => OutboxKind::Revise,
            Self::Withdraw { .. } => OutboxKind::Withdraw,
            Self::Comment { .. } => OutboxKind::Comment,
            Self::Decide { verdict: Verdict::Approve, .. } => OutboxKind::Approve,
            Self::Decide { verdict: Verdict::Refuse, .. } => OutboxKind::Refuse,
            Self::Decide { verdict: Verdict::Return, .. } => OutboxKind::Return,
            Self::TakeBack { .. } => OutboxKind::TakeBack,
            Self::Profile => OutboxKind::Profile,
        }
    }
}

/// Where an item stands, as far as it must survive the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    Open,
    Delivered { at: Moment, request: Option<RequestId>, number: Option<String> },
    GivenUp { reason: Code },
}

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub id: OutboxId,
    /// Order among all items of this folder.
    pub place: u64,
    pub person: PersonId,
    pub work: Work,
    /// Exactly what is sent, the same at every attempt.
    pub body: String,
    pub title: String,
    pub subject: String,
    pub stored_at: Moment,
    pub attachments: Vec<AttachmentRef>,
    /// What it was made of, and what it becomes again where it is refused.
    pub draft: Option<Draft>,
    pub end: End,
}

impl Item {
    fn lane(&self) -> String {
        match &self.work {
            Work::Submit => self.id.to_string(),
            Work::Profile => "profile".to_owned(),
            other => other.request().map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn total_bytes(&self) -> u64 {
        self.attachments.iter().map(|attachment| attachment.size).sum()
    }
}

/// Name of an item's file.
pub fn file(id: &OutboxId) -> String {
    format!("outbox/{id}")
}

/// An item with what is known of it while the program runs.
#[derive(Debug, Clone)]
struct Held {
    item: Item,
    sending: bool,
    attempts: u32,
    /// Nobody can have sent it before: it was made in this run and not tried yet.
    is_fresh: bool,
    due: Instant,
    next_attempt_at: Option<Moment>,
    sent_bytes: u64,
    problem: Option<Problem>,
    view: Option<RequestView>,
}

impl Held {
    fn new(item: Item, is_fresh: bool) -> Self {
        Self {
            item,
            sending: false,
            attempts: 0,
            is_fresh,
            due: Instant::now(),
            next_attempt_at: None,
            sent_bytes: 0,
            problem: None,
            view: None,
        }
    }

    fn is_open(&self) -> bool {
        self.item.end == End::Open
    }

    fn line(&self) -> OutboxLine {
        let total_bytes = self.item.total_bytes();
        let (state, request, number, reason) = match &self.item.end {
            End::Open if self.sending => (OutboxState::Sending, None, None, None),
            End::Open => (OutboxState::Stored, None, None, self.problem.as_ref().map(|problem| problem.code)),
            End::Delivered { request, number, .. } => (OutboxState::Delivered, request.clone(), number.clone(), None),
            End::GivenUp { reason } => (OutboxState::GivenUp, None, None, Some(*reason)),
        };
        OutboxLine {
            item: self.item.id.clone(),
            kind: self.item.work.kind(),
            state,
            title: self.item.title.clone(),
            subject: self.item.subject.clone(),
            stored_at: self.item.stored_at,
            sent_bytes: if state == OutboxState::Delivered { total_bytes } else { self.sent_bytes },
            total_bytes,
            attempts: self.attempts,
            next_attempt_at: self.next_attempt_at,
            reason,
            request: request.or_else(|| self.item.work.request().cloned()),
            number,
        }
    }
}

/// How an immediate attempt ended.
#[derive(Debug)]
pub enum Attempt {
    Delivered(Option<Box<RequestView>>),
    Refused(Problem),
    /// Stored; the reason is that of the last attempt, where there was one.
    Waiting(Option<Problem>),
}

/// All items of the folder.
pub struct Outbox {
    items: Mutex<BTreeMap<OutboxId, Held>>,
    changed: watch::Sender<u64>,
    wake: Notify,
}

impl Outbox {
    /// Items as they were read; those delivered long ago have been left out.
    pub fn new(items: Vec<Item>) -> Self {
        let items = items.into_iter().map(|item| (item.id.clone(), Held::new(item, false))).collect();
        Self { items: Mutex::new(items), changed: watch::Sender::new(0), wake: Notify::new() }
    }

    /// Whether a delivered item has been kept long enough.
    pub fn is_over(item: &Item, now: Moment) -> bool {
        let kept = jiff::SignedDuration::from_hours(24 * KEPT_DAYS);
        matches!(item.end, End::Delivered { at, .. } if now.0.duration_since(at.0) > kept)
    }

    /// Stores an item; it counts from the moment this returns. Where it fails, nothing was kept.
    pub async fn store(&self, store: &Arc<Store>, mut item: Item) -> Result<(), Problem> {
        let last = locked(&self.items).values().map(|held| held.item.place).max();
        item.place = last.map_or(0, |last| last + 1).max(item.place);
        let kept = item.clone();
        store.run(move |store| store.put(&file(&kept.id), &kept)).await?;
        locked(&self.items).insert(item.id.clone(), Held::new(item, true));
        self.wake.notify_one();
        Ok(())
    }

    /// Items that an ended session left.
    pub fn take_in(&self, items: Vec<Item>) {
        locked(&self.items).extend(items.into_iter().map(|item| (item.id.clone(), Held::new(item, false))));
        self.notice();
        self.wake.notify_one();
    }

    /// Tries everything again now.
    pub fn wake_all(&self) {
        let now = Instant::now();
        for held in locked(&self.items).values_mut() {
            held.due = now;
            held.next_attempt_at = None;
        }
        self.wake.notify_one();
    }

    /// The item, as screens see it.
    pub fn line(&self, id: &OutboxId) -> Option<OutboxLine> {
        locked(&self.items).get(id).map(Held::line)
    }

    /// The item that was made of a draft.
    pub fn of_draft(&self, draft: &DraftId) -> Option<OutboxLine> {
        let items = locked(&self.items);
        let held = items.values().find(|held| held.item.draft.as_ref().is_some_and(|of| &of.id == draft))?;
        Some(held.line())
    }

    /// An open item that does the same.
    pub fn same(&self, work: &Work, body: &str) -> Option<OutboxId> {
        let items = locked(&self.items);
        let held = items.values().find(|held| held.is_open() && &held.item.work == work && held.item.body == body)?;
        Some(held.item.id.clone())
    }

    /// Everything that is not at the hub, in order.
    pub fn unsent(&self) -> Vec<OutboxLine> {
        let items = locked(&self.items);
        let mut held: Vec<_> = items.values().filter(|held| !matches!(held.item.end, End::Delivered { .. })).collect();
        held.sort_by_key(|held| held.item.place);
        held.into_iter().map(Held::line).collect()
    }

    /// How many are on their way, and how many were given up.
    pub fn counts(&self) -> (u32, u32) {
        let items = locked(&self.items);
        let count = |test: fn(&Held) -> bool| {
            u32::try_from(items.values().filter(|held| test(held)).count()).unwrap_or(u32::MAX)
        };
        (count(Held::is_open), count(|held| matches!(held.item.end, End::GivenUp { .. })))
    }

    /// Requests that an open item decides, so that they no longer wait here.
    pub fn deciding(&self) -> BTreeSet<RequestId> {
        let items = locked(&self.items);
        let open = items.values().filter(|held| held.is_open());
        open.filter_map(|held| match &held.item.work {
            Work::Decide { request, .. } => Some(request.clone()),
            _ => None,
        })
        .collect()
    }

    /// Digests of all pictures that must stay.
    pub fn attachment_digests(&self) -> Vec<String> {
        let items = locked(&self.items);
        let attachments = items.values().flat_map(|held| &held.item.attachments);
        attachments.map(|attachment| attachment.digest.to_string()).collect()
    }

    /// How often the item was tried.
    pub fn attempts(&self, id: &OutboxId) -> u32 {
        locked(&self.items).get(id).map_or(0, |held| held.attempts)
    }

    /// Waits until the item was tried more than `before` times, or is at its end, or the time is over.
    pub async fn await_attempt(&self, id: &OutboxId, before: u32, limit: Duration) -> Attempt {
        let mut changed = self.changed.subscribe();
        let tried = || match locked(&self.items).get(id) {
            Some(held) => !held.is_open() || (held.attempts > before && !held.sending),
            None => true,
        };
        let _ = timeout(limit, changed.wait_for(|_| tried())).await;
        match locked(&self.items).get(id) {
            Some(held) => match &held.item.end {
                End::Delivered { .. } => Attempt::Delivered(held.view.clone().map(Box::new)),
                End::GivenUp { reason } => Attempt::Refused(
                    held.problem.clone().unwrap_or_else(|| Problem::new(*reason, "the hub refused it for good")),
                ),
                End::Open => Attempt::Waiting(held.problem.clone()),
            },
            None => Attempt::Waiting(None),
        }
    }

    /// Removes an item of a person who was told.
    pub async fn remove(&self, store: &Arc<Store>, id: &OutboxId) -> Result<(), Problem> {
        let name = file(id);
        store.run(move |store| store.remove(&name)).await?;
        locked(&self.items).remove(id);
        self.notice();
        Ok(())
    }

    fn notice(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn get(&self, id: &OutboxId) -> Option<Held> {
        locked(&self.items).get(id).cloned()
    }

    fn change(&self, id: &OutboxId, change: impl FnOnce(&mut Held)) -> Option<OutboxLine> {
        let line = locked(&self.items).get_mut(id).map(|held| {
            change(held);
            held.line()
        });
        self.notice();
        line
    }

    /// Heads of lanes that are due, now marked as being sent; and when the next one is.
    fn take_due(&self, now: Instant) -> (Vec<OutboxId>, Option<Instant>) {
        let mut items = locked(&self.items);
        let mut in_order: Vec<&mut Held> = items.values_mut().filter(|held| held.is_open()).collect();
        in_order.sort_by_key(|held| held.item.place);
        let mut lanes = BTreeSet::new();
        let mut running = in_order.iter().filter(|held| held.sending).count();
        let mut due = Vec::new();
        let mut next: Option<Instant> = None;
        for held in in_order {
            if !lanes.insert(held.item.lane()) || held.sending {
                continue;
            }
            if held.due > now {
                next = Some(next.map_or(held.due, |next| next.min(held.due)));
            } else if running < LANES_MOST {
                running += 1;
                held.sending = true;
                due.push(held.item.id.clone());
            }
        }
        (due, next)
    }
}

/// Reads items and drafts. Items that are over or whose content came back as a draft are removed, drafts that became an
/// item too.
pub fn read(store: &Store, now: Moment) -> Result<(Vec<Item>, Drafts), StoreError> {
    let drafts: Vec<Draft> = store.all("drafts")?;
    let mut items: Vec<Item> = Vec::new();
    for item in store.all::<Item>("outbox")? {
        let came_back = drafts.iter().any(|draft| draft.returned_from.as_ref() == Some(&item.id));
        if came_back || Outbox::is_over(&item, now) {
            store.remove(&file(&item.id))?;
        } else {
            items.push(item);
        }
    }
    let drafts =
        Drafts::load(store, |draft| items.iter().any(|item| item.draft.as_ref().is_some_and(|of| of.id == draft.id)))?;
    Ok((items, drafts))
}
