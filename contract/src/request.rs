//! The life cycle of a request, as pure functions: which states there are, who may move a request between them. Both sides
//! ask [`actions`]; the hub refuses what it does not list.

use serde::{Deserialize, Serialize};

use crate::{
    approval,
    form::definition::{ApprovalNeed, Effect},
    wire::{Role, Verdict},
};

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

/// What somebody is to a request. The hub fills it from its own records, never from what a client claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    pub role: Role,
    /// Belongs to the firm of the request. An agent belongs to none.
    pub is_of_tenant: bool,
    pub is_requester: bool,
    /// Amended the request.
    pub is_co_author: bool,
    /// It is about the viewer's own account.
    pub is_affected: bool,
    /// The request is addressed by name to another approver.
    pub is_addressed_to_other: bool,
    /// Gave the decision that stands.
    pub is_decider: bool,
    /// The agent who took it up.
    pub is_in_charge: bool,
    /// The firm's policy lets approvers decide on what they ordered themselves (A1).
    pub may_own_approve: bool,
}

impl Viewer {
    /// Somebody with a role and no other relation to the request; only the firm's people are of the tenant.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            is_of_tenant: matches!(role, Role::Staff | Role::Approver),
            is_requester: false,
            is_co_author: false,
            is_affected: false,
            is_addressed_to_other: false,
            is_decider: false,
            is_in_charge: false,
            may_own_approve: false,
        }
    }
}

/// Something that moves a request to another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Decide(Verdict),
    TakeBack,
    Revise,
    Withdraw,
    Take,
    Release,
    Finish {
        /// False: it cannot be done.
        done: bool,
    },
}

/// The state in which a request begins.
pub fn first(approval: ApprovalNeed) -> RequestState {
    match approval {
        ApprovalNeed::None => RequestState::Queued,
        ApprovalNeed::Approver => RequestState::Waiting,
    }
}

/// The state after `step`, or nothing where the step is not possible in `state`. Who may take it is [`actions`]' affair.
pub fn next(state: RequestState, step: Step) -> Option<RequestState> {
    match (state, step) {
        (RequestState::Waiting, Step::Decide(Verdict::Approve)) => Some(RequestState::Queued),
        (RequestState::Waiting, Step::Decide(Verdict::Refuse)) => Some(RequestState::Refused),
        (RequestState::Waiting, Step::Decide(Verdict::Return)) => Some(RequestState::Returned),
        (RequestState::Queued, Step::TakeBack) | (RequestState::Returned, Step::Revise) => Some(RequestState::Waiting),
        (RequestState::Waiting | RequestState::Returned | RequestState::Queued, Step::Withdraw) => {
            Some(RequestState::Withdrawn)
        }
        (RequestState::Queued, Step::Take) => Some(RequestState::InProgress),
        (RequestState::InProgress, Step::Release) => Some(RequestState::Queued),
        (RequestState::InProgress, Step::Finish { done: true }) => Some(RequestState::Done),
        (RequestState::InProgress, Step::Finish { done: false }) => Some(RequestState::NotDone),
        _ => None,
    }
}

/// What `viewer` may do with a request of this `state` and `effect`, in the order of the buttons. Empty for whoever must
/// not even see it ([`approval::may_see`]).
pub fn actions(state: RequestState, effect: Effect, viewer: &Viewer) -> Vec<Action> {
    if !approval::is_visible(effect, viewer) {
        return Vec::new();
    }
    let agent = viewer.role == Role::Agent;
    let allowed = |action: Action| match action {
        Action::Decide => approval::decision_refusal(state, effect, viewer).is_none(),
        Action::TakeBack => approval::take_back_refusal(state, effect, viewer).is_none(),
        Action::Revise => viewer.is_requester && !agent && next(state, Step::Revise).is_some(),
        Action::Withdraw => viewer.is_requester && !agent && next(state, Step::Withdraw).is_some(),
        Action::Comment => match state {
            RequestState::Queued | RequestState::InProgress => agent || is_party(viewer),
            RequestState::Waiting | RequestState::Returned => is_party(viewer),
            _ => false,
        },
        Action::Take => agent && next(state, Step::Take).is_some(),
        Action::Release => agent && next(state, Step::Release).is_some(),
        Action::Finish => agent && viewer.is_in_charge && next(state, Step::Finish { done: true }).is_some(),
        Action::Unknown => false,
    };
    [
        Action::Decide,
        Action::TakeBack,
        Action::Revise,
        Action::Withdraw,
        Action::Take,
        Action::Release,
        Action::Finish,
        Action::Comment,
    ]
    .into_iter()
    .filter(|action| allowed(*action))
    .collect()
}

/// The requester and the approvers of the firm.
fn is_party(viewer: &Viewer) -> bool {
    viewer.is_of_tenant && (viewer.is_requester || viewer.role == Role::Approver)
}

#[cfg(test)]
mod tests {
    use super::{Action::*, *};

    const STATES: [RequestState; 9] = [
        RequestState::Waiting,
        RequestState::Returned,
        RequestState::Refused,
        RequestState::Withdrawn,
        RequestState::Queued,
        RequestState::InProgress,
        RequestState::Done,
        RequestState::NotDone,
        RequestState::Unknown,
    ];

    const STEPS: [Step; 10] = [
        Step::Decide(Verdict::Approve),
        Step::Decide(Verdict::Refuse),
        Step::Decide(Verdict::Return),
        Step::TakeBack,
        Step::Revise,
        Step::Withdraw,
        Step::Take,
        Step::Release,
        Step::Finish { done: true },
        Step::Finish { done: false },
    ];

    #[test]
    fn every_step_that_is_possible_is_in_the_table_and_no_other() {
        use RequestState::{Done, InProgress, NotDone, Queued, Refused, Returned, Waiting, Withdrawn};
        let possible = [
            (Waiting, Step::Decide(Verdict::Approve), Queued),
            (Waiting, Step::Decide(Verdict::Refuse), Refused),
            (Waiting, Step::Decide(Verdict::Return), Returned),
            (Waiting, Step::Withdraw, Withdrawn),
            (Returned, Step::Revise, Waiting),
            (Returned, Step::Withdraw, Withdrawn),
            (Queued, Step::TakeBack, Waiting),
            (Queued, Step::Withdraw, Withdrawn),
            (Queued, Step::Take, InProgress),
            (InProgress, Step::Release, Queued),
            (InProgress, Step::Finish { done: true }, Done),
            (InProgress, Step::Finish { done: false }, NotDone),
        ];
        for state in STATES {
            for step in STEPS {
                let expected = possible.iter().find(|(from, by, _)| *from == state && *by == step).map(|(.., to)| *to);
                assert_eq!(next(state, step), expected, "{state:?} {step:?}");
            }
        }
        assert_eq!(first(ApprovalNeed::None), Queued);
        assert_eq!(first(ApprovalNeed::Approver), Waiting);
    }

    #[test]
    fn everybody_is_offered_what_they_may_do_and_nothing_else() {
        use RequestState::{InProgress, Queued, Returned, Waiting};
        let staff = Viewer::new(Role::Staff);
        let requester = Viewer { is_requester: true, ..staff };
        let approver = Viewer::new(Role::Approver);
        let decider = Viewer { is_decider: true, ..approver };
        let own = Viewer { is_requester: true, ..approver };
        let own_by_policy = Viewer { may_own_approve: true, ..own };
        let other_is_named = Viewer { is_addressed_to_other: true, ..approver };
        let agent = Viewer::new(Role::Agent);
        let in_charge = Viewer { is_in_charge: true, ..agent };
        let stranger = Viewer { is_of_tenant: false, is_requester: true, is_decider: true, ..approver };
        let newer = Viewer { is_of_tenant: true, ..Viewer::new(Role::Unknown) };
        let affected = Viewer { is_affected: true, ..approver };
        let rows: &[(&str, Viewer, [&[Action]; 4])] = &[
            ("staff", staff, [&[], &[], &[], &[]]),
            (
                "requester",
                requester,
                [&[Withdraw, Comment], &[Revise, Withdraw, Comment], &[Withdraw, Comment], &[Comment]],
            ),
            ("approver", approver, [&[Decide, Comment], &[Comment], &[Comment], &[Comment]]),
            ("decider", decider, [&[Decide, Comment], &[Comment], &[TakeBack, Comment], &[Comment]]),
            ("own", own, [&[Withdraw, Comment], &[Revise, Withdraw, Comment], &[Withdraw, Comment], &[Comment]]),
            (
                "own by policy",
                own_by_policy,
                [&[Decide, Withdraw, Comment], &[Revise, Withdraw, Comment], &[Withdraw, Comment], &[Comment]],
            ),
            ("other is named", other_is_named, [&[Comment], &[Comment], &[Comment], &[Comment]]),
            ("agent", agent, [&[], &[], &[Take, Comment], &[Release, Comment]]),
            ("in charge", in_charge, [&[], &[], &[Take, Comment], &[Release, Finish, Comment]]),
            ("stranger", stranger, [&[], &[], &[], &[]]),
            ("a newer role", newer, [&[], &[], &[], &[]]),
            ("affected by a change", affected, [&[Decide, Comment], &[Comment], &[Comment], &[Comment]]),
        ];
        for (name, viewer, expected) in rows {
            for (state, expected) in [Waiting, Returned, Queued, InProgress].into_iter().zip(expected) {
                assert_eq!(actions(state, Effect::Change, viewer), *expected, "{name} {state:?}");
            }
            for state in STATES.into_iter().filter(|state| ![Waiting, Returned, Queued, InProgress].contains(state)) {
                assert_eq!(actions(state, Effect::Change, viewer), [], "{name} {state:?}");
            }
        }
        for state in STATES {
            for effect in [Effect::Suspend, Effect::Delete] {
                let all = Viewer { is_requester: true, is_decider: true, may_own_approve: true, ..affected };
                assert_eq!(actions(state, effect, &all), [], "the affected person, {state:?}");
            }
        }
    }
}
