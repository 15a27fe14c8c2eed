//! Bodies of the API below `/api/v1`. What a client sends denies unknown fields; what the hub answers may grow, and enums
//! that the hub answers with have an arm for what a newer hub says.

use serde::{Deserialize, Serialize};

use crate::{
    form::{
        definition::{Effect, FormDefinition, FormKind},
        facts::{SessionFacts, TenantFacts},
        state::{Answers, Document},
    },
    id::{Day, Digest, FormId, Moment, PersonId, RequestId, TenantId},
    request::{Action, RequestState},
    text::Language,
};

/// Derives of a body.
macro_rules! body {
    ($item:item) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        $item
    };
}

/// What a person may do. An agent belongs to the provider, all others to one firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Staff,
    Approver,
    Agent,
    #[serde(other)]
    Unknown,
}

// --- enrolment and sign-in -------------------------------------------------------------------------------------------

body! {
    /// `POST /enrolments/look`: what an enrolment code stands for. Does not use it up.
    #[serde(deny_unknown_fields)]
    pub struct EnrolmentLook {
        /// As typed; hyphens, blanks and case do not matter.
        pub code: String,
    }
}

body! {
    /// What is shown and confirmed before a code is used.
    pub struct EnrolmentOffer {
        pub hub_name: String,
        pub tenant_name: String,
        pub person_name: String,
        pub role: Role,
    }
}

body! {
    /// `POST /enrolments`: uses the code. Sent again with the same `device_key` within the life of the code it gives the
    /// same answer anew, so that a lost answer does not lose the code.
    #[serde(deny_unknown_fields)]
    pub struct EnrolmentUse {
        pub code: String,
        /// 32 random bytes of the device, base64url: the credential that the hub will know by its hash only.
        pub device_key: String,
        /// Name of the computer, for the list of a person's devices.
        pub device_name: String,
    }
}

body! {
    /// Answer to [`EnrolmentUse`].
    pub struct Enrolment {
        pub me: Me,
        pub hub: HubIdentity,
    }
}

body! {
    /// Who the hub is.
    pub struct HubIdentity {
        /// `hub_` and a UUIDv7, made at the first start.
        pub id: String,
        pub name: String,
        /// Ed25519 key that signs receipts (A7), base64.
        pub audit_public_key: String,
    }
}

body! {
    /// `POST /tokens`: a short token for the device's credential.
    #[serde(deny_unknown_fields)]
    pub struct TokenAsk {
        pub device_key: String,
    }
}

body! {
    /// Goes into `Authorization: Bearer …` of all other calls.
    pub struct Token {
        pub access_token: String,
        /// Seconds from now; ask again before.
        pub expires_in_s: u32,
    }
}

body! {
    /// `GET /me`: the signed-in person and the provider's brand and contact.
    pub struct Me {
        pub id: PersonId,
        pub tenant: TenantId,
        pub tenant_name: String,
        pub name: String,
        pub role: Role,
        pub brand: Brand,
    }
}

body! {
    /// The provider, as data.
    pub struct Brand {
        pub provider: String,
        pub hotline: String,
        /// "heute bis 18 Uhr"; empty where none is said.
        pub hotline_hours: String,
    }
}

// --- your data -------------------------------------------------------------------------------------------------------

body! {
    /// `GET /profile` (P1). Name and firm come from the identity.
    pub struct Profile {
        pub name: String,
        pub tenant_name: String,
        pub email: String,
        pub town: String,
        pub phone: String,
        /// Seen and confirmed by the person at least once.
        pub confirmed: bool,
    }
}

body! {
    /// `PUT /profile`: what the person can change.
    #[serde(deny_unknown_fields)]
    pub struct ProfileChange {
        pub email: String,
        pub town: String,
        pub phone: String,
    }
}

// --- catalog ---------------------------------------------------------------------------------------------------------

body! {
    /// `GET /catalog`, with `ETag`: all forms for this firm and what they may know about it.
    pub struct Catalog {
        pub forms: Vec<CatalogForm>,
        pub tenant: TenantFacts,
    }
}

body! {
    /// A published form. `definition` is kept as JSON so that one form that needs a newer client does not spoil the others.
    pub struct CatalogForm {
        pub id: FormId,
        pub version: u32,
        /// Of the definition's canonical JSON.
        pub hash: Digest,
        #[cfg_attr(feature = "ts", ts(type = "unknown"))]
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        pub definition: serde_json::Value,
    }
}

impl CatalogForm {
    /// The definition as this version understands it.
    pub fn read(&self) -> Result<FormDefinition, serde_json::Error> {
        serde_json::from_value(self.definition.clone())
    }
}

body! {
    /// `GET /approvers`: who may decide for the firm.
    pub struct Approver {
        pub id: PersonId,
        pub name: String,
        /// Not there until and including this day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub absent_until: Option<Day>,
        /// Stands in meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub substitute: Option<String>,
    }
}

// --- attachments -----------------------------------------------------------------------------------------------------

body! {
    /// `GET /uploads/{sha256}` and answer to `PUT /uploads/{sha256}?offset=&size=&media_type=` (raw bytes in the body):
    /// how much has arrived. An upload belongs to its person; a finished one is kept by content, per firm.
    pub struct UploadState {
        pub received: u64,
        pub complete: bool,
    }
}

body! {
    /// An attachment, named in a submitted request.
    #[serde(deny_unknown_fields)]
    pub struct AttachmentRef {
        pub digest: Digest,
        /// File name without a path, at most 120 characters.
        pub name: String,
        /// Bytes.
        pub size: u64,
        /// `image/png` or `image/jpeg` in this version; the hub looks at the content.
        pub media_type: String,
    }
}

// --- requests --------------------------------------------------------------------------------------------------------

body! {
    /// `POST /requests` and, for a returned one, `POST /requests/{id}/revisions`, under an idempotency key.
    #[serde(deny_unknown_fields)]
    pub struct RequestSubmit {
        pub form: FormId,
        pub form_version: u32,
        pub form_hash: Digest,
        pub language: Language,
        /// Answers of visible fields only.
        pub answers: Answers,
        pub attachments: Vec<AttachmentRef>,
        /// Facts of the session on which the answers were given.
        pub session: SessionFacts,
        /// The approver chosen by name; empty: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub approver: Option<PersonId>,
        /// An approver orders in one step (A1), where the firm's policy allows it.
        #[serde(default)]
        pub approve: bool,
    }
}

body! {
    /// Answer to everything that changes a request: the request as it stands now and the receipt (A7).
    pub struct RequestChanged {
        pub request: RequestView,
        pub receipt: Receipt,
    }
}

body! {
    /// A signed head of the firm's audit chain. `signature` is Ed25519 (base64) over the text
    /// `service-tool receipt v1\n{hub}\n{tenant}\n{sequence}\n{head}`.
    pub struct Receipt {
        pub hub: String,
        pub tenant: TenantId,
        pub sequence: u64,
        pub head: Digest,
        pub signature: String,
    }
}

impl Receipt {
    /// The bytes that are signed.
    pub fn signed_text(&self) -> String {
        format!("service-tool receipt v1\n{}\n{}\n{}\n{}", self.hub, self.tenant, self.sequence, self.head)
    }
}

body! {
    /// A person, as others see them.
    pub struct PersonRef {
        pub id: PersonId,
        pub name: String,
    }
}

body! {
    /// A request in a list.
    pub struct RequestSummary {
        pub id: RequestId,
        /// Readable number (`B-1192`, `S-1193`).
        pub number: String,
        pub form: FormId,
        pub kind: FormKind,
        pub icon: String,
        pub title: String,
        pub subject: String,
        pub state: RequestState,
        pub due: Option<Day>,
        pub created_at: Moment,
        pub changed_at: Moment,
        pub requester: PersonRef,
        /// Whom it waits for; empty: any approver.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub approver: Option<PersonRef>,
        pub tenant_name: String,
        pub attachments: u32,
        /// The agent who has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub agent: Option<PersonRef>,
    }
}

body! {
    /// A request, whole.
    pub struct RequestView {
        pub summary: RequestSummary,
        pub effect: Effect,
        /// Counts up with every change of content.
        pub revision: u32,
        /// Of exactly what is shown: form, version, answers, document, attachments (A3).
        pub content_hash: Digest,
        pub form_version: u32,
        pub document: Document,
        pub attachments: Vec<AttachmentRef>,
        /// The session it was ordered from.
        pub session: SessionFacts,
        pub history: Vec<HistoryEntry>,
        /// What the caller may do now.
        pub actions: Vec<Action>,
        /// The answers, for the requester who revises; empty for all others.
        #[serde(default)]
        pub answers: Answers,
        /// Until when a decision can be taken back without asking the provider; empty where none stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub handed_over_at: Option<Moment>,
    }
}

body! {
    /// Something that happened to a request.
    pub struct HistoryEntry {
        pub at: Moment,
        pub event: HistoryEvent,
        pub person: PersonRef,
        pub role: Role,
        /// Reason, question or comment.
        #[serde(default)]
        pub text: String,
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HistoryEvent {
    Submitted,
    Approved,
    /// Ordered and approved in one step by an approver.
    ApprovedOwn,
    Refused,
    Returned,
    Revised,
    TakenBack,
    Withdrawn,
    Taken,
    Released,
    Commented,
    Done,
    NotDone,
    #[serde(other)]
    Unknown,
}

/// What an approver decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approve,
    /// Needs a reason.
    Refuse,
    /// Needs a question.
    Return,
}

body! {
    /// `POST /requests/{id}/decision`, under an idempotency key. Bound to what was shown (A3).
    #[serde(deny_unknown_fields)]
    pub struct Decision {
        pub verdict: Verdict,
        /// At most 2,000 characters; demanded by refuse and return.
        #[serde(default)]
        pub text: String,
        pub content_hash: Digest,
    }
}

body! {
    /// `POST /requests/{id}/comments` and `POST /agent/requests/{id}/comments`, under an idempotency key.
    #[serde(deny_unknown_fields)]
    pub struct Comment {
        /// 1 to 4,000 characters.
        pub text: String,
    }
}

body! {
    /// Body of actions that need no word: `POST …/withdrawal`, `…/take-back`, `…/take`, `…/release`.
    #[serde(deny_unknown_fields)]
    pub struct Nothing {}
}

body! {
    /// `POST /agent/requests/{id}/outcome`.
    #[serde(deny_unknown_fields)]
    pub struct Outcome {
        pub done: bool,
        /// What to tell the orderer; demanded where it cannot be done.
        #[serde(default)]
        pub text: String,
    }
}

// --- live ------------------------------------------------------------------------------------------------------------

body! {
    /// `GET /events?after=N&wait_s=S` (S ≤ 30): what changed for the caller since the cursor, at once or as soon as
    /// something does. `after` absent: no events, only the present cursor.
    pub struct Events {
        /// Cursor for the next call.
        pub cursor: u64,
        pub events: Vec<Event>,
        /// Requests waiting for the caller's decision, counted now.
        pub waiting: u32,
    }
}

body! {
    /// Something changed; what, one asks by the ordinary routes.
    pub struct Event {
        pub topic: Topic,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pub request: Option<RequestId>,
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// One of the caller's own requests.
    Request,
    /// Something in the caller's inbox.
    Inbox,
    Catalog,
    #[serde(other)]
    Unknown,
}

body! {
    /// `GET /health`, for everybody.
    pub struct Health {
        pub hub: String,
        pub version: String,
        pub ok: bool,
    }
}
