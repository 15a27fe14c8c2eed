//! Owns how anything that goes wrong becomes one problem with a code, whoever asks (API or page). Leaves status codes and
//! words to `http::problem` and `page`.
//!
//! Invariant: what the database or the disk said stays in the log; a caller learns the code.

use service_tool_contract::{
    approval::Refusal,
    code::{Code, Problem},
    form::state::Finding,
    id::FieldId,
    wire::UploadState,
};

use crate::audit::AuditError;
use crate::clock::NoRandomness;
use crate::store::StoreError;

/// A problem on its way to the caller.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Failure {
    pub problem: Box<Problem>,
    /// Where an upload stands, so that the caller can go on there.
    pub upload: Option<UploadState>,
}

/// Short for what calls answer with.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// With a code and a message for developers.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { problem: Box::new(Problem::new(code, message)), upload: None }
    }

    /// The one answer for what is not there and what is not for this caller.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "no such thing, or not for this caller")
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        Self::new(Code::SignedOut, "a valid access token is needed")
    }

    /// The body is not what the API document describes.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Code::Malformed, message)
    }

    /// A value of the body is not what the API document describes.
    pub fn malformed_field(field: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::malformed(message);
        failure.problem.field = Some(FieldId::from(field));
        failure
    }

    /// The answers do not fit the form.
    pub fn answers_refused(findings: Vec<Finding>) -> Self {
        let mut failure = Self::new(Code::AnswersRefused, "the answers do not fit the form");
        failure.problem.findings = findings;
        failure
    }

    /// Too many calls; come back after so many seconds.
    pub fn too_many(retry_after_s: u32) -> Self {
        let mut failure = Self::new(Code::TooMany, "too many calls");
        failure.problem.retry_after = Some(retry_after_s);
        failure
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.problem.code
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged(what) => {
                tracing::error!(what, "a row is damaged");
                Self::new(Code::Internal, "a fault of the hub")
            }
            other => {
                // the message of the database names tables and files, never values
                tracing::error!(error = %other, "the database cannot do it now");
                let mut failure = Self::new(Code::HubUnavailable, "the hub cannot do it now; nothing was kept");
                failure.problem.retry_after = Some(5);
                failure
            }
        }
    }
}

impl From<NoRandomness> for Failure {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(%error, "no secrets can be made");
        Self::new(Code::HubUnavailable, "the hub cannot do it now; nothing was kept")
    }
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Store(error) => error.into(),
            AuditError::Randomness(error) => error.into(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal.code() {
            Code::NotFound => Self::not_found(),
            code => Self::new(code, refusal.to_string()),
        }
    }
}

/// The disk cannot do it now.
pub fn disk(error: &dyn std::fmt::Display) -> Failure {
    tracing::error!(%error, "the disk cannot do it now");
    let mut failure = Failure::new(Code::HubUnavailable, "the hub cannot do it now; nothing was kept");
    failure.problem.retry_after = Some(30);
    failure
}
