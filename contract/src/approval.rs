//! Who may see, order and decide what (A1, A3, A4), as pure functions with table tests.
//!
//! Invariant: a decision is stored only by whoever holds a [`MayDecide`], and nothing but [`may_decide`] makes one. The hub
//! fills an [`ApprovalCase`] from its own records and lets its store demand the token.

use crate::{
    code::Code,
    form::definition::Effect,
    id::{Digest, PersonId, RequestId, TenantId},
    request::{self, RequestState, Step, Viewer},
    wire::{Role, Verdict},
};

/// Why somebody may not order or decide something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("not of this firm")]
    Foreign,
    #[error("a suspension or deletion of the own account")]
    OwnAccount,
    #[error("not an approver")]
    NotApprover,
    #[error("addressed to another approver")]
    NotAddressed,
    #[error("own request")]
    OwnRequest,
    #[error("not in a state in which this is possible")]
    NotPending,
    #[error("changed since it was shown")]
    Changed,
    #[error("the decision of somebody else")]
    NotDecider,
}

impl Refusal {
    /// The code that the caller gets. What the caller must not even know of is "not found", as if it did not exist.
    pub fn code(self) -> Code {
        match self {
            Self::Foreign | Self::OwnAccount => Code::NotFound,
            Self::NotApprover | Self::NotAddressed | Self::NotDecider => Code::NotAllowed,
            Self::OwnRequest => Code::OwnRequest,
            Self::NotPending => Code::StateConflict,
            Self::Changed => Code::Changed,
        }
    }
}

/// All that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalCase<'a> {
    /// Who wants to decide, as signed in.
    pub person: &'a PersonId,
    pub person_tenant: &'a TenantId,
    pub person_role: Role,
    pub request: &'a RequestId,
    pub tenant: &'a TenantId,
    pub state: RequestState,
    pub effect: Effect,
    /// Whose account it is about, where it is about an existing one.
    pub affected: Option<&'a PersonId>,
    pub requester: &'a PersonId,
    /// Whoever amended it.
    pub co_authors: &'a [PersonId],
    /// The approver it is addressed to; nobody: any.
    pub approver: Option<&'a PersonId>,
    /// Whoever gave the decision that stands.
    pub decider: Option<&'a PersonId>,
    /// The firm's policy of own approval (A1).
    pub own_approval: bool,
    /// What the person saw.
    pub shown: &'a Digest,
    /// What the hub holds now.
    pub current: &'a Digest,
}

impl ApprovalCase<'_> {
    /// What the person is to the request.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            role: self.person_role,
            is_of_tenant: self.person_tenant == self.tenant,
            is_requester: self.person == self.requester,
            is_co_author: self.co_authors.contains(self.person),
            is_affected: self.affected == Some(self.person),
            is_addressed_to_other: self.approver.is_some_and(|approver| approver != self.person),
            is_decider: self.decider == Some(self.person),
            is_in_charge: false,
            may_own_approve: self.own_approval,
        }
    }
}

/// Proof that a person may decide on one request with exactly one content. Only [`may_decide`] makes it.
#[derive(Debug, PartialEq, Eq)]
pub struct MayDecide {
    person: PersonId,
    request: RequestId,
    content: Digest,
    own: bool,
}

impl MayDecide {
    /// Who decides.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// On what.
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// On exactly which content (A3).
    pub fn content(&self) -> &Digest {
        &self.content
    }

    /// Whether policy alone allows it, because it is the person's own request: the record says so (A1).
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// The state after the verdict.
    pub fn state_after(&self, verdict: Verdict) -> Option<RequestState> {
        request::next(RequestState::Waiting, Step::Decide(verdict))
    }
}

/// Proof that a person may take a decision back. Only [`may_take_back`] makes it.
#[derive(Debug, PartialEq, Eq)]
pub struct MayTakeBack {
    person: PersonId,
    request: RequestId,
}

impl MayTakeBack {
    /// Who takes it back.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// On what.
    pub fn request(&self) -> &RequestId {
        &self.request
    }
}

/// Whether the person of the case may decide.
///
/// A request that is addressed to an approver by name is decided by that approver alone; the firm's other approvers see
/// it. (Substitutes come with absences.) A request to "any" is decided by whoever comes first.
pub fn may_decide(case: &ApprovalCase<'_>) -> Result<MayDecide, Refusal> {
    let viewer = case.viewer();
    if let Some(refusal) = decision_refusal(case.state, case.effect, &viewer) {
        return Err(refusal);
    }
    if case.shown != case.current {
        return Err(Refusal::Changed);
    }
    Ok(MayDecide {
        person: case.person.clone(),
        request: case.request.clone(),
        content: case.current.clone(),
        own: viewer.is_requester || viewer.is_co_author,
    })
}

/// Whether the person of the case may take the standing decision back: the decider alone, until the provider has taken
/// the request up.
pub fn may_take_back(case: &ApprovalCase<'_>) -> Result<MayTakeBack, Refusal> {
    match take_back_refusal(case.state, case.effect, &case.viewer()) {
        Some(refusal) => Err(refusal),
        None => Ok(MayTakeBack { person: case.person.clone(), request: case.request.clone() }),
    }
}

/// Whether a person may see, count, find or be told of a request: not where it suspends or deletes their own account
/// (A4), whatever their role. Everything that lists, counts or notifies asks this.
pub fn may_see(effect: Effect, affected: Option<&PersonId>, viewer: &PersonId) -> bool {
    !(is_kept_from_affected(effect) && affected == Some(viewer))
}

/// Whether a person may order this at all. Nobody orders the suspension or deletion of their own account: they could not
/// be shown what became of it; a colleague orders it.
pub fn may_order(effect: Effect, affected: Option<&PersonId>, requester: &PersonId) -> Result<(), Refusal> {
    if may_see(effect, affected, requester) { Ok(()) } else { Err(Refusal::OwnAccount) }
}

/// Effects of which the affected person learns from people, not from a program.
fn is_kept_from_affected(effect: Effect) -> bool {
    matches!(effect, Effect::Suspend | Effect::Delete)
}

/// [`may_see`] for somebody whose relation is known already; also keeps strangers out.
pub(crate) fn is_visible(effect: Effect, viewer: &Viewer) -> bool {
    (viewer.is_of_tenant || viewer.role == Role::Agent) && !(viewer.is_affected && is_kept_from_affected(effect))
}

/// Why `viewer` may not decide; the first reason in the order in which they may be told.
pub(crate) fn decision_refusal(state: RequestState, effect: Effect, viewer: &Viewer) -> Option<Refusal> {
    if viewer.role == Role::Agent {
        Some(Refusal::NotApprover)
    } else if !viewer.is_of_tenant {
        Some(Refusal::Foreign)
    } else if !is_visible(effect, viewer) {
        Some(Refusal::OwnAccount)
    } else if viewer.role != Role::Approver {
        Some(Refusal::NotApprover)
    } else if state != RequestState::Waiting {
        Some(Refusal::NotPending)
    } else if (viewer.is_requester || viewer.is_co_author) && !viewer.may_own_approve {
        Some(Refusal::OwnRequest)
    } else if viewer.is_addressed_to_other {
        Some(Refusal::NotAddressed)
    } else {
        None
    }
}

/// Why `viewer` may not take the standing decision back.
pub(crate) fn take_back_refusal(state: RequestState, effect: Effect, viewer: &Viewer) -> Option<Refusal> {
    if viewer.role == Role::Agent {
        Some(Refusal::NotApprover)
    } else if !viewer.is_of_tenant {
        Some(Refusal::Foreign)
    } else if !is_visible(effect, viewer) {
        Some(Refusal::OwnAccount)
    } else if viewer.role != Role::Approver {
        Some(Refusal::NotApprover)
    } else if !viewer.is_decider {
        Some(Refusal::NotDecider)
    } else if request::next(state, Step::TakeBack).is_none() {
        Some(Refusal::NotPending)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table {
        persons: Vec<PersonId>,
        berger: TenantId,
        nord: TenantId,
        request: RequestId,
        shown: Digest,
        changed: Digest,
    }

    /// jana asked, petra and thomas are approvers, miriam is affected or amends.
    fn table() -> Table {
        Table {
            persons: ["per_jana", "per_petra", "per_thomas", "per_miriam"].map(PersonId::from).to_vec(),
            berger: "ten_berger".into(),
            nord: "ten_nord".into(),
            request: "req_1".into(),
            shown: Digest::of(b"shown"),
            changed: Digest::of(b"changed"),
        }
    }

    /// petra decides on what jana ordered.
    fn plain(table: &Table) -> ApprovalCase<'_> {
        let [jana, petra, ..] = table.persons.as_slice() else { panic!("the table has persons") };
        ApprovalCase {
            person: petra,
            person_tenant: &table.berger,
            person_role: Role::Approver,
            request: &table.request,
            tenant: &table.berger,
            state: RequestState::Waiting,
            effect: Effect::Create,
            affected: None,
            requester: jana,
            co_authors: &[],
            approver: None,
            decider: None,
            own_approval: false,
            shown: &table.shown,
            current: &table.shown,
        }
    }

    type Change<'a> = fn(&mut ApprovalCase<'a>, &'a Table);

    #[test]
    fn who_may_decide() {
        let table = table();
        let cases: &[(&str, Change<'_>, Option<Refusal>, Code)] = &[
            ("an approver on what staff ordered", |_, _| {}, None, Code::Unknown),
            ("one who is named", |case, table| case.approver = table.persons.get(1), None, Code::Unknown),
            (
                "another one than who is named",
                |case, table| case.approver = table.persons.get(2),
                Some(Refusal::NotAddressed),
                Code::NotAllowed,
            ),
            ("staff", |case, _| case.person_role = Role::Staff, Some(Refusal::NotApprover), Code::NotAllowed),
            (
                "an agent of the provider",
                |case, table| {
                    case.person_role = Role::Agent;
                    case.person_tenant = &table.nord;
                },
                Some(Refusal::NotApprover),
                Code::NotAllowed,
            ),
            (
                "an agent who claims the firm",
                |case, _| case.person_role = Role::Agent,
                Some(Refusal::NotApprover),
                Code::NotAllowed,
            ),
            (
                "an unknown role",
                |case, _| case.person_role = Role::Unknown,
                Some(Refusal::NotApprover),
                Code::NotAllowed,
            ),
            (
                "an approver of another firm",
                |case, table| case.person_tenant = &table.nord,
                Some(Refusal::Foreign),
                Code::NotFound,
            ),
            (
                "decided already",
                |case, _| case.state = RequestState::Queued,
                Some(Refusal::NotPending),
                Code::StateConflict,
            ),
            (
                "withdrawn",
                |case, _| case.state = RequestState::Withdrawn,
                Some(Refusal::NotPending),
                Code::StateConflict,
            ),
            (
                "a newer state",
                |case, _| case.state = RequestState::Unknown,
                Some(Refusal::NotPending),
                Code::StateConflict,
            ),
            ("changed meanwhile", |case, table| case.current = &table.changed, Some(Refusal::Changed), Code::Changed),
            ("the own request", |case, _| case.requester = case.person, Some(Refusal::OwnRequest), Code::OwnRequest),
            (
                "the own request, by policy",
                |case, _| {
                    case.requester = case.person;
                    case.own_approval = true;
                },
                None,
                Code::Unknown,
            ),
            (
                "the own request by policy, but only staff",
                |case, _| {
                    case.requester = case.person;
                    case.own_approval = true;
                    case.person_role = Role::Staff;
                },
                Some(Refusal::NotApprover),
                Code::NotAllowed,
            ),
            (
                "what one amended",
                |case, table| case.co_authors = table.persons.get(1..2).unwrap_or_default(),
                Some(Refusal::OwnRequest),
                Code::OwnRequest,
            ),
            (
                "deletion of the own account",
                |case, _| {
                    case.effect = Effect::Delete;
                    case.affected = Some(case.person);
                },
                Some(Refusal::OwnAccount),
                Code::NotFound,
            ),
            (
                "deletion of the own account, ordered oneself, whatever the policy",
                |case, _| {
                    case.effect = Effect::Delete;
                    case.affected = Some(case.person);
                    case.requester = case.person;
                    case.own_approval = true;
                },
                Some(Refusal::OwnAccount),
                Code::NotFound,
            ),
            (
                "suspension of the own account, decided already: not even that is told",
                |case, _| {
                    case.effect = Effect::Suspend;
                    case.affected = Some(case.person);
                    case.state = RequestState::Queued;
                },
                Some(Refusal::OwnAccount),
                Code::NotFound,
            ),
            (
                "deletion of a colleague's account",
                |case, table| {
                    case.effect = Effect::Delete;
                    case.affected = table.persons.get(3);
                },
                None,
                Code::Unknown,
            ),
            (
                "a change of the own account that a colleague ordered",
                |case, _| {
                    case.effect = Effect::Change;
                    case.affected = Some(case.person);
                },
                None,
                Code::Unknown,
            ),
        ];
        for (name, change, expected, code) in cases {
            let mut case = plain(&table);
            change(&mut case, &table);
            let found = may_decide(&case);
            assert_eq!(found.as_ref().err(), expected.as_ref(), "{name}");
            assert_eq!(found.as_ref().err().map_or(Code::Unknown, |refusal| refusal.code()), *code, "{name}");
            if let Ok(token) = found {
                assert_eq!((token.person(), token.request()), (case.person, case.request), "{name}");
                assert_eq!(token.content(), case.current, "{name}");
                assert_eq!(token.is_own(), case.requester == case.person, "{name}");
            }
            // what a decision refuses for any reason but a changed content, the buttons do not offer
            let offered = request::actions(case.state, case.effect, &case.viewer()).contains(&request::Action::Decide);
            assert_eq!(offered, matches!(expected, None | Some(Refusal::Changed)), "{name}");
        }
    }

    #[test]
    fn who_may_take_a_decision_back() {
        let table = table();
        let cases: &[(&str, Change<'_>, Option<Refusal>)] = &[
            ("the decider", |_, _| {}, None),
            ("another approver", |case, table| case.decider = table.persons.get(2), Some(Refusal::NotDecider)),
            ("nobody decided", |case, _| case.decider = None, Some(Refusal::NotDecider)),
            ("taken up", |case, _| case.state = RequestState::InProgress, Some(Refusal::NotPending)),
            ("refused", |case, _| case.state = RequestState::Refused, Some(Refusal::NotPending)),
            ("taken back already", |case, _| case.state = RequestState::Waiting, Some(Refusal::NotPending)),
            ("no approver any more", |case, _| case.person_role = Role::Staff, Some(Refusal::NotApprover)),
            ("of another firm", |case, table| case.person_tenant = &table.nord, Some(Refusal::Foreign)),
        ];
        for (name, change, expected) in cases {
            let mut case = plain(&table);
            case.state = RequestState::Queued;
            case.decider = Some(case.person);
            change(&mut case, &table);
            assert_eq!(may_take_back(&case).err(), *expected, "{name}");
        }
    }

    #[test]
    fn nobody_sees_or_orders_the_suspension_or_deletion_of_their_own_account() {
        let (lena, petra) = (PersonId::from("per_lena"), PersonId::from("per_petra"));
        for effect in
            [Effect::None, Effect::Create, Effect::Change, Effect::Suspend, Effect::Reactivate, Effect::Delete]
        {
            let hidden = matches!(effect, Effect::Suspend | Effect::Delete);
            assert_eq!(may_see(effect, Some(&lena), &lena), !hidden, "{effect:?}");
            assert_eq!(may_order(effect, Some(&lena), &lena).is_err(), hidden, "{effect:?}");
            assert!(may_see(effect, Some(&lena), &petra), "{effect:?}");
            assert!(may_see(effect, None, &lena), "{effect:?}");
            assert_eq!(may_order(effect, Some(&lena), &petra), Ok(()), "{effect:?}");
        }
    }

    #[test]
    fn a_decision_leads_to_a_state() {
        let table = table();
        let token = may_decide(&plain(&table)).unwrap();
        assert_eq!(token.state_after(Verdict::Approve), Some(RequestState::Queued));
        assert_eq!(token.state_after(Verdict::Refuse), Some(RequestState::Refused));
        assert_eq!(token.state_after(Verdict::Return), Some(RequestState::Returned));
    }
}
