//! What can go wrong, as a closed list of codes: one per case that somebody branches on. The words that a user reads come
//! from the code, on the screen; `message` is for logs and for people who read the API.

use serde::{Deserialize, Serialize};

use crate::id::FieldId;

/// One case that a caller can tell from the others. A code that this version does not know arrives as [`Code::Unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    // --- said by the hub
    /// The body or a parameter is not what the API document describes.
    Malformed,
    /// Larger than the route accepts.
    TooLarge,
    /// Took longer than the route accepts.
    TooSlow,
    /// Too many calls; `retry_after` says when to come back.
    TooMany,
    /// No such thing, or not for this caller: the two are not told apart.
    NotFound,
    /// Nobody is signed in, or the token is forged, expired or revoked.
    SignedOut,
    /// Signed in, but this role may not do that.
    NotAllowed,
    /// The enrolment code is wrong, used or expired: the three are not told apart to the caller.
    EnrolmentRefused,
    /// The answers do not fit the form: `findings` says where.
    AnswersRefused,
    /// The form or this version of it is not known to the hub.
    FormUnknown,
    /// The same idempotency key came with another body.
    KeyReused,
    /// The request is in a state in which this is not possible (decided twice, withdrawn, already taken up).
    StateConflict,
    /// The request was changed since it was shown (`content_hash` differs).
    Changed,
    /// An approver may not decide on this request (own request, own account).
    OwnRequest,
    /// A file is not of an accepted type, whatever its name says.
    FileRefused,
    /// An attachment that the request names has not been uploaded completely.
    AttachmentMissing,
    /// The client is too old for this hub.
    ClientTooOld,
    /// The hub cannot do it now (database or disk); nothing was kept.
    HubUnavailable,
    // --- said by the desktop
    /// The hub does not answer (no route, refused, timed out).
    HubUnreachable,
    /// The hub's certificate is not the one that was agreed.
    HubUntrusted,
    /// Something answered that is not a hub of a version that we understand.
    HubNotUnderstood,
    /// This desktop is not enrolled yet.
    NotEnrolled,
    /// The organisation's policy names another hub than the code.
    OtherHub,
    /// The system has no credential store, or it is locked.
    SecretStoreMissing,
    /// The print system does not answer (not the same as "no printers").
    PrintSystemDown,
    /// No picture could be taken of the screen.
    CaptureFailed,
    /// The disk is full or the folder cannot be written.
    NotStored,
    /// A form definition that needs a newer client.
    UpdateNeeded,
    /// Policy forbids it.
    PolicyForbids,
    /// This window may not do that.
    WrongWindow,
    /// A fault of ours.
    Internal,
    /// A code of a newer version.
    #[serde(other)]
    Unknown,
}

/// The one shape of an error at both borders (HTTP: `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{code:?}: {message}")]
pub struct Problem {
    pub code: Code,
    /// For logs and developers, English, without personal data.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub field: Option<FieldId>,
    /// Seconds after which it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub retry_after: Option<u32>,
    /// Only with [`Code::AnswersRefused`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<crate::form::state::Finding>,
}

impl Problem {
    /// A problem with nothing but a code and a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after: None, findings: Vec::new() }
    }
}
