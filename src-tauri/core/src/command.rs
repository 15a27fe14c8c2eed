//! The one command table: what a screen can ask of the desktop. From it come the dispatch for the web host and the tests,
//! one Tauri command per row, the permissions per window and the TypeScript map. Bodies are methods of the same name on
//! `Desktop`; this module holds names and shapes only. In one file because it is one table, read from top to bottom.

use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::Code,
    form::state::{Answers, Value},
    id::{Digest, DraftId, FieldId, FormId, Moment, OutboxId, PersonId, PictureId, RequestId},
    text::Language,
    wire::{Brand, RequestSummary, Role, Verdict},
};
// Rows of the table name these; whoever expands it gets them from here.
pub use service_tool_contract::{
    code::Problem,
    form::state::FormState,
    wire::{Approver, EnrolmentOffer, Profile, ProfileChange, RequestView},
};

/// Calls a macro with all rows: `name(Request) -> Response [windows];`. `Bytes` responses travel raw.
#[macro_export]
macro_rules! with_commands {
    ($callback:ident) => {
        $callback! {
            /// Everything that the menu shows.
            overview_get(Nothing) -> Overview [menu, work];
            /// What an enrolment code stands for.
            enrolment_look(EnrolmentCode) -> EnrolmentOffer [menu];
            /// Uses the code, after the person has confirmed hub and firm.
            enrolment_confirm(EnrolmentCode) -> Overview [menu];
            /// Your data, from the hub; the last known ones while it is out of reach.
            profile_get(Nothing) -> Profile [menu, work];
            /// Stores what the person may change.
            profile_save(ProfileChange) -> Profile [menu, work];
            /// Language of the screens; empty: the system's.
            language_set(LanguageChoice) -> Overview [menu, work];
            /// The kinds of request that are offered now, in the order of the catalog.
            kind_list(Nothing) -> Vec<Kind> [menu, work];
            /// A fresh draft of a form, or the one already begun.
            draft_begin(DraftBegin) -> DraftView [menu, work];
            /// A draft as it stands.
            draft_get(DraftAsk) -> DraftView [work];
            /// One answer; stored before the state comes back.
            draft_answer(DraftAnswer) -> FormState [work];
            /// Throws a draft away. It can be brought back until the next start.
            draft_discard(DraftAsk) -> Overview [menu, work];
            /// Brings the draft back that was discarded last.
            draft_restore(DraftAsk) -> Overview [menu, work];
            /// Puts a held picture into a draft.
            draft_picture_add(DraftPicture) -> DraftView [work];
            /// Takes a picture out of a draft.
            draft_picture_remove(DraftPictureRemove) -> DraftView [work];
            /// Whom a change can be passed to.
            approver_list(Nothing) -> Vec<Approver> [work];
            /// Stores the order in the outbox and begins to send it.
            draft_send(DraftSend) -> Sent [work];
            /// Takes a picture of one monitor (the tool's own windows hidden) and holds it in memory.
            picture_take(PictureTake) -> PictureOffer [work];
            /// Pictures at hand: the one of the double-click.
            picture_list(Nothing) -> PictureChoices [work];
            /// A held picture, or one of a draft, as PNG.
            picture_get(PictureAsk) -> Bytes [work];
            /// Requests of this person, those still in the outbox first.
            request_list(Nothing) -> RequestList [menu, work];
            /// One request, whole.
            request_get(RequestAsk) -> RequestView [work];
            /// An attachment of a request, as it was sent.
            attachment_get(AttachmentAsk) -> Bytes [work];
            /// A draft with the answers of a returned request.
            request_revise(RequestAsk) -> DraftView [work];
            request_withdraw(RequestAsk) -> RequestView [work];
            request_comment(RequestComment) -> RequestView [work];
            /// Requests that wait for this person's decision, and those lately decided.
            inbox_list(Nothing) -> Inbox [menu, work];
            /// Decides; bound to what was shown.
            request_decide(RequestDecide) -> RequestView [work];
            /// Takes the decision back.
            decision_take_back(RequestAsk) -> RequestView [work];
            /// An item of the outbox, also one that has arrived (for some days).
            outbox_get(OutboxAsk) -> OutboxLine [menu, work];
            /// Tries everything in the outbox again now.
            outbox_retry(Nothing) -> RequestList [menu, work];
            /// Drops an item that was given up, keeping its content as a draft.
            outbox_return(OutboxAsk) -> DraftView [work];
            /// Drops an item that was given up and has no draft to go back to (a decision, a comment), knowingly.
            outbox_drop(OutboxAsk) -> RequestList [work];
            /// Opens a screen in its window.
            screen_open(ScreenAsk) -> Done [menu, work];
            /// Opens an entry of the provider, as policy names it.
            entry_open(EntryAsk) -> Done [menu];
            /// Closes the window that asks.
            window_close(Nothing) -> Done [menu, work];
            /// Closes all windows; the bag stays.
            windows_end(Nothing) -> Done [menu];
            /// Ends the program, unless policy forbids it or something is unsent and `despite_unsent` is false.
            program_quit(ProgramQuit) -> Done [menu];
        }
    };
}

/// Derives of what travels between a screen and the desktop.
macro_rules! shape {
    ($item:item) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        $item
    };
}

/// Raw bytes, never JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// What a command gives back at the border.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Json(serde_json::Value),
    Bytes(Bytes),
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct Nothing {}
}

shape! {
    /// Done, nothing to tell.
    pub struct Done {}
}

/// The windows of the desktop; each has its own list of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum WindowLabel {
    Menu,
    Work,
}

impl WindowLabel {
    /// The label as it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::Work => "work",
        }
    }

    /// The window of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        match label {
            "menu" => Some(Self::Menu),
            "work" => Some(Self::Work),
            _ => None,
        }
    }
}

/// A screen, as it stands in the address of its window (`#/form/dra_…`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "screen", rename_all = "snake_case", deny_unknown_fields)]
pub enum Screen {
    Menu,
    Choose,
    Profile,
    Enrol,
    /// Before the program's end: says what is unsent.
    Quit,
    /// A form being filled in: support request or change.
    Form {
        draft: DraftId,
    },
    /// What was sent: after sending.
    Sent {
        item: OutboxId,
    },
    Inbox {
        request: Option<RequestId>,
    },
    Requests {
        request: Option<RequestId>,
    },
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct ScreenAsk {
        pub screen: Screen,
    }
}

/// How the desktop stands with its hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Not enrolled yet: the menu shows the enrolment first.
    NotEnrolled,
    /// No call was answered yet since the start.
    Connecting,
    Connected,
    /// The hub does not answer; what is written is stored and sent later.
    Unreachable,
    /// The hub's certificate is not the agreed one.
    Untrusted,
    /// The credential was revoked: enrol again.
    SignedOut,
    /// The hub is too new or too old for this program.
    NotUnderstood,
}

/// Where secrets, and with them the key of drafts and outbox, are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// In the system's credential store.
    Stored,
    /// There is none: the person signs in per session, and drafts last as long as the program runs.
    SessionOnly,
}

shape! {
    /// Everything that the menu shows.
    pub struct Overview {
        pub version: String,
        pub language: Language,
        pub connection: Connection,
        pub secrets: SecretState,
        pub brand: Brand,
        pub tenant_name: String,
        pub person_name: String,
        pub role: Role,
        /// Computer and session, as the hotline asks for them.
        pub host: String,
        pub session: String,
        /// Decisions that wait for this person.
        pub waiting: u32,
        /// Own requests that are not ended, and how many of them were returned with a question.
        pub open_requests: u32,
        pub returned_requests: u32,
        /// Items of the outbox not yet at the hub, and those given up.
        pub unsent: u32,
        pub given_up: u32,
        pub drafts: Vec<DraftLine>,
        /// Whether the tray menu's end is allowed by policy.
        pub may_quit: bool,
        /// The four fields of "your data" were seen and confirmed once.
        pub profile_confirmed: bool,
        /// No tray on this desktop; the program is reached by its start-menu entry.
        pub tray_missing: bool,
        /// A receipt of the hub contradicts one that is kept here: the audit log was rewritten, or the hub is another (A7).
        pub audit_mismatch: bool,
        /// State that was damaged and set aside: names of files, to be told.
        pub set_aside: Vec<String>,
        /// Values that policy sets (`hub`, `brand`, `autostart` …), shown as "set by your organisation".
        pub policy: Vec<String>,
        /// What the provider adds to the menu.
        pub entries: Vec<EntryLine>,
    }
}

shape! {
    /// An entry of the provider; what it opens stays with the policy.
    pub struct EntryLine {
        pub entry: u32,
        pub title: String,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct EntryAsk {
        /// As in [`EntryLine`].
        pub entry: u32,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct LanguageChoice {
        pub language: Option<Language>,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct EnrolmentCode {
        pub code: String,
        /// Address of the hub; empty where policy names it.
        #[serde(default)]
        pub hub: String,
    }
}

shape! {
    /// A draft in the menu.
    pub struct DraftLine {
        pub draft: DraftId,
        pub form: FormId,
        /// In the present language, as long as the form is offered.
        pub title: String,
        /// Who or what it is about so far; empty while unknown.
        pub subject: String,
        pub saved_at: Moment,
    }
}

shape! {
    /// A kind of request that can be begun.
    pub struct Kind {
        pub form: FormId,
        /// Support requests stand in the menu itself, changes where they are chosen.
        pub kind: service_tool_contract::form::definition::FormKind,
        pub icon: String,
        pub title: String,
        pub line: String,
        /// Cannot be used by this program: it needs a newer one.
        pub update_needed: bool,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftBegin {
        pub form: FormId,
        /// Go on with the latest draft of this form where there is one.
        #[serde(default)]
        pub resume: bool,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftAsk {
        pub draft: DraftId,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftAnswer {
        pub draft: DraftId,
        pub field: FieldId,
        /// Empty: the answer is taken away.
        pub value: Option<Value>,
        /// Counted up by the screen; comes back in the state.
        pub sequence: u32,
    }
}

shape! {
    /// A draft, ready to draw.
    pub struct DraftView {
        pub draft: DraftId,
        pub form: FormId,
        pub form_version: u32,
        pub kind: service_tool_contract::form::definition::FormKind,
        pub title: String,
        pub icon: String,
        pub state: FormState,
        pub answers: Answers,
        pub pictures: Vec<PictureLine>,
        pub saved_at: Moment,
        /// The form goes to an approver first.
        pub needs_approval: bool,
        /// This person may order in one step (an approver, and the firm's policy allows it).
        pub may_approve: bool,
        /// The print system did not answer.
        pub print_system_down: bool,
        /// Answers a returned request: its number and the question.
        pub revises: Option<Revises>,
        /// The form was changed by the provider since the draft was begun.
        pub form_changed: bool,
    }
}

shape! {
    pub struct Revises {
        pub request: RequestId,
        pub number: String,
        pub question: String,
    }
}

shape! {
    /// A picture in a draft.
    pub struct PictureLine {
        pub picture: PictureId,
        pub name: String,
        pub width: u32,
        pub height: u32,
        /// Bytes of the PNG.
        pub size: u64,
    }
}

/// Where a picture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// The screen as it was before the double-click.
    BeforeClick,
    Monitor,
}

shape! {
    /// A picture held in memory, not yet part of anything.
    pub struct PictureOffer {
        pub picture: PictureId,
        pub source: PictureSource,
        pub width: u32,
        pub height: u32,
        pub taken_at: Moment,
        /// One colour only: said to the person.
        pub empty: bool,
    }
}

shape! {
    /// What pictures can be had.
    pub struct PictureChoices {
        /// The picture of the double-click, where there is one.
        pub offers: Vec<PictureOffer>,
        pub monitors: Vec<MonitorLine>,
    }
}

shape! {
    pub struct MonitorLine {
        /// As the system counts them, from 0.
        pub monitor: u32,
        pub name: String,
        pub width: u32,
        pub height: u32,
        pub primary: bool,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct PictureTake {
        /// As in [`MonitorLine`].
        pub monitor: u32,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct PictureAsk {
        pub picture: PictureId,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftPicture {
        pub draft: DraftId,
        /// The field of kind `files`.
        pub field: FieldId,
        pub picture: PictureId,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftPictureRemove {
        pub draft: DraftId,
        pub field: FieldId,
        pub picture: PictureId,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct DraftSend {
        pub draft: DraftId,
        /// The approver chosen; empty: any.
        pub approver: Option<PersonId>,
        /// Approve and order in one step.
        pub approve: bool,
    }
}

shape! {
    /// What became of something sent.
    pub struct Sent {
        pub item: OutboxLine,
    }
}

/// Where an item of the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// On disk, waiting for the hub.
    Stored,
    /// On its way.
    Sending,
    /// At the hub.
    Delivered,
    /// The hub refused it for good; the reason is beside it, a button gives the content back.
    GivenUp,
}

/// What an item of the outbox does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OutboxKind {
    Submit,
    Revise,
    Withdraw,
    Comment,
    Approve,
    Refuse,
    Return,
    TakeBack,
    Profile,
}

shape! {
    /// An item of the outbox.
    pub struct OutboxLine {
        pub item: OutboxId,
        pub kind: OutboxKind,
        pub state: OutboxState,
        pub title: String,
        pub subject: String,
        pub stored_at: Moment,
        /// Bytes of attachments sent and in all.
        pub sent_bytes: u64,
        pub total_bytes: u64,
        pub attempts: u32,
        pub next_attempt_at: Option<Moment>,
        /// Why the last attempt failed.
        pub reason: Option<Code>,
        /// At the hub.
        pub request: Option<RequestId>,
        pub number: Option<String>,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct OutboxAsk {
        pub item: OutboxId,
    }
}

shape! {
    pub struct RequestList {
        /// Not yet at the hub.
        pub outbox: Vec<OutboxLine>,
        pub requests: Vec<RequestSummary>,
        /// When the hub said so; older than now while it is out of reach.
        pub as_of: Option<Moment>,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct RequestAsk {
        pub request: RequestId,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct RequestComment {
        pub request: RequestId,
        pub text: String,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct AttachmentAsk {
        pub request: RequestId,
        pub digest: Digest,
    }
}

shape! {
    pub struct Inbox {
        /// By the date wanted.
        pub waiting: Vec<RequestSummary>,
        /// Returned with a question, waiting for the requester.
        pub returned: Vec<RequestSummary>,
        /// Decided by this person lately.
        pub decided: Vec<RequestSummary>,
        pub as_of: Option<Moment>,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct RequestDecide {
        pub request: RequestId,
        pub verdict: Verdict,
        pub text: String,
        pub content_hash: Digest,
    }
}

shape! {
    #[serde(deny_unknown_fields)]
    pub struct ProgramQuit {
        pub despite_unsent: bool,
    }
}

/// What the desktop tells its windows, unasked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DesktopEvent {
    /// Counts, connection, drafts or firm changed: ask `overview_get`.
    OverviewChanged,
    /// Ask `inbox_list`.
    InboxChanged,
    /// One of the own requests, or the outbox.
    RequestsChanged { request: Option<RequestId> },
    /// Forms or the firm's facts: ask `kind_list`, `draft_get`.
    CatalogChanged,
    /// The window shall show this screen.
    ScreenRequested { window: WindowLabel, screen: Screen },
    /// An item of the outbox moved on.
    OutboxChanged { item: OutboxLine },
}
