//! The life cycle of a request, as pure functions: which states there are, who may move a request between them. Both sides
//! ask [`actions`]; the hub refuses what it does not list.

use serde::{Deserialize, Serialize};

/// Where a request stands at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Waits for a decision of the firm.
    Waiting,
    /// Back at the requester with a question.
    Returned,
    /// Refused by the firm. Ends here.
    Refused,
    /// Taken back by the requester. Ends here.
    Withdrawn,
    /// In the provider's queue (approved, or no approval needed).
    Queued,
    /// An agent has taken it up.
    InProgress,
    /// Done. Ends here.
    Done,
    /// Cannot be done; the reason is in the history. Ends here.
    NotDone,
    /// Of a newer version.
    #[serde(other)]
    Unknown,
}

/// What somebody can do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The firm: approve, refuse or return.
    Decide,
    /// The approver: take the decision back, until the provider has taken the request up.
    TakeBack,
    /// The requester: answer a returned request with a new revision.
    Revise,
    /// The requester: take the request back.
    Withdraw,
    Comment,
    /// An agent: take it up.
    Take,
    /// An agent: put it back into the queue.
    Release,
    /// An agent: report it done, or say why it cannot be done.
    Finish,
    #[serde(other)]
    Unknown,
}
