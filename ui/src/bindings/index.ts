// Generated from the Rust types (contract, core). Do not edit: `cargo xtask bindings` writes it, a test compares it.

export type Action = "decide" | "take_back" | "revise" | "withdraw" | "comment" | "take" | "release" | "finish" | "unknown";

export type ApprovalNeed = "none" | "approver";

export type Approver = { id: PersonId, name: string, 
/**
 * Not there until and including this day.
 */
absent_until?: Day, 
/**
 * Stands in meanwhile.
 */
substitute?: string, };

export type AttachmentAsk = { request: RequestId, digest: Digest, };

export type AttachmentRef = { digest: Digest, 
/**
 * File name without a path, at most 120 characters.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * `image/png` or `image/jpeg` in this version; the hub looks at the content.
 */
media_type: string, };

export type Brand = { provider: string, hotline: string, 
/**
 * "heute bis 18 Uhr"; empty where none is said.
 */
hotline_hours: string, };

export type Code = "malformed" | "too_large" | "too_slow" | "too_many" | "not_found" | "signed_out" | "not_allowed" | "enrolment_refused" | "answers_refused" | "form_unknown" | "key_reused" | "state_conflict" | "changed" | "own_request" | "file_refused" | "attachment_missing" | "client_too_old" | "hub_unavailable" | "hub_unreachable" | "hub_untrusted" | "hub_not_understood" | "not_enrolled" | "other_hub" | "secret_store_missing" | "print_system_down" | "capture_failed" | "not_stored" | "update_needed" | "policy_forbids" | "wrong_window" | "internal" | "unknown";

export type Connection = "not_enrolled" | "connecting" | "connected" | "unreachable" | "untrusted" | "signed_out" | "not_understood";

export type Cost = { 
/**
 * Key of the firm's price list; a key that the list lacks costs nothing and is not shown.
 */
price: string, when?: string, };

export type Day = string;

export type DesktopEvent = { "event": "overview_changed" } | { "event": "inbox_changed" } | { "event": "requests_changed", request: RequestId | null, } | { "event": "catalog_changed" } | { "event": "screen_requested", window: WindowLabel, screen: Screen, } | { "event": "outbox_changed", item: OutboxLine, };

export type Digest = string;

export type Document = { language: Language, title: string, 
/**
 * Who or what it is about.
 */
subject: string, due: Day | null, sections: Array<DocumentSection>, plan: Plan, };

export type DocumentLine = { field: FieldId, label: string, value: string, };

export type DocumentSection = { title: string, lines: Array<DocumentLine>, };

export type Done = Record<symbol, never>;

export type DraftAnswer = { draft: DraftId, field: FieldId, 
/**
 * Empty: the answer is taken away.
 */
value: Value | null, 
/**
 * Counted up by the screen; comes back in the state.
 */
sequence: number, };

export type DraftAsk = { draft: DraftId, };

export type DraftBegin = { form: FormId, 
/**
 * Go on with the latest draft of this form where there is one.
 */
resume: boolean, };

export type DraftId = string;

export type DraftLine = { draft: DraftId, form: FormId, 
/**
 * In the present language, as long as the form is offered.
 */
title: string, 
/**
 * Who or what it is about so far; empty while unknown.
 */
subject: string, saved_at: Moment, };

export type DraftPicture = { draft: DraftId, 
/**
 * The field of kind `files`.
 */
field: FieldId, picture: PictureId, };

export type DraftPictureRemove = { draft: DraftId, field: FieldId, picture: PictureId, };

export type DraftSend = { draft: DraftId, 
/**
 * The approver chosen; empty: any.
 */
approver: PersonId | null, 
/**
 * Approve and order in one step.
 */
approve: boolean, };

export type DraftView = { draft: DraftId, form: FormId, form_version: number, kind: FormKind, title: string, icon: string, state: FormState, answers: { [key in FieldId]: Value }, pictures: Array<PictureLine>, saved_at: Moment, 
/**
 * The form goes to an approver first.
 */
needs_approval: boolean, 
/**
 * This person may order in one step (an approver, and the firm's policy allows it).
 */
may_approve: boolean, 
/**
 * The print system did not answer.
 */
print_system_down: boolean, 
/**
 * Answers a returned request: its number and the question.
 */
revises: Revises | null, 
/**
 * The form was changed by the provider since the draft was begun.
 */
form_changed: boolean, };

export type Effect = "none" | "create" | "change" | "suspend" | "reactivate" | "delete";

export type EnrolmentCode = { code: string, 
/**
 * Address of the hub; empty where policy names it.
 */
hub: string, };

export type EnrolmentOffer = { hub_name: string, tenant_name: string, person_name: string, role: Role, };

export type EntryAsk = { 
/**
 * As in [`EntryLine`].
 */
entry: number, };

export type EntryLine = { entry: number, title: string, };

export type Field = { id: FieldId, kind: FieldKind, label: Text, 
/**
 * One sentence at the field.
 */
hint?: Text, 
/**
 * What a long word means, shown on demand.
 */
explain?: Text, visible?: string, 
/**
 * `"true"`, or a condition; empty: the answer is free to give.
 */
required?: string, 
/**
 * Choices, for `choice` and `choices`.
 */
options?: Array<FieldOption>, 
/**
 * Where live choices come from: a fact that is a list (`tenant.sites`, `directory.people`, `session.printers`) or the
 * id of a `choices`/`printers` field above, whose ticked values are offered.
 */
options_from?: string, 
/**
 * How a choice is drawn.
 */
look?: Look, 
/**
 * Value on a fresh draft; goes through the same evaluation as a typed one. A template (`{tenant.site}`) is filled in.
 */
initial?: Value, 
/**
 * Characters, for `text` and `long_text`; the engine's own bound otherwise.
 */
max_length?: number, 
/**
 * Further demand on a text.
 */
shape?: Shape, 
/**
 * Half the width where there is room.
 */
half?: boolean, 
/**
 * The field is a follow-up of the one above (drawn with the bar in the margin).
 */
follow_up?: boolean, };

export type FieldId = string;

export type FieldKind = "text" | "long_text" | "yes" | "choice" | "choices" | "date" | "printers" | "files";

export type FieldOption = { value: string, label: Text, hint?: Text, 
/**
 * When it is offered; empty: always.
 */
offered?: string, };

export type FieldState = { id: FieldId, kind: FieldKind, label: string, hint?: string, explain?: string, required: boolean, 
/**
 * The answer as it stands, whether or not it is right.
 */
value?: Value, options: Array<OptionState>, look: Look, max_length: number, half: boolean, follow_up: boolean, };

export type Finding = { field: FieldId, code: FindingCode, 
/**
 * Words of a rule, in the language asked for; empty for the engine's own codes, whose words are the screen's.
 */
message: string, 
/**
 * Bound that was passed (`too_long`).
 */
limit?: number, 
/**
 * A hint only.
 */
warning: boolean, };

export type FindingCode = "required" | "too_long" | "wrong_kind" | "not_offered" | "not_a_date" | "not_an_email" | "not_a_phone" | "not_a_logon_name" | "not_a_name" | "unknown_field" | "rule" | "unknown";

export type FormDefinition = { 
/**
 * Format of the file; this version reads format 1.
 */
format: number, id: FormId, 
/**
 * Counts up with every published change.
 */
version: number, kind: FormKind, 
/**
 * Name of an icon of the screen's set (`user-add`, `support` …).
 */
icon: string, 
/**
 * Place in the list of kinds, ascending.
 */
order: number, title: Text, 
/**
 * One line below the title where the kinds are chosen.
 */
line: Text, 
/**
 * Whether an authorised person must decide before the provider sees it.
 */
approval: ApprovalNeed, 
/**
 * What happens to the account that the request is about (A4 looks at it).
 */
effect: Effect, 
/**
 * When the form is offered at all; empty: always.
 */
offered?: string, 
/**
 * Template of who or what the request is about, as lists show it (`{first_name} {last_name}`).
 */
subject: Text, 
/**
 * The date field by which it is due.
 */
due?: FieldId, 
/**
 * The field that names the affected account (a person id of the directory), where the effect is on an existing one.
 */
account?: FieldId, sections: Array<Section>, rules: Array<Rule>, plan: PlanDefinition, };

export type FormId = string;

export type FormKind = "support" | "change";

export type FormState = { 
/**
 * Number of the change that this state answers; a screen drops a state older than what it shows.
 */
sequence: number, 
/**
 * Visible sections in order, with their visible fields in order.
 */
sections: Array<SectionState>, 
/**
 * What is wrong or missing, in field order. Missing answers are findings of code `required`.
 */
findings: Array<Finding>, 
/**
 * Fields whose answer matters to a condition, a choice or a sentence.
 */
watched: Array<FieldId>, plan: Plan, 
/**
 * No finding holds up the order.
 */
complete: boolean, };

export type HistoryEntry = { at: Moment, event: HistoryEvent, person: PersonRef, role: Role, 
/**
 * Reason, question or comment.
 */
text: string, };

export type HistoryEvent = "submitted" | "approved" | "approved_own" | "refused" | "returned" | "revised" | "taken_back" | "withdrawn" | "taken" | "released" | "commented" | "done" | "not_done" | "unknown";

export type Inbox = { 
/**
 * By the date wanted.
 */
waiting: Array<RequestSummary>, 
/**
 * Returned with a question, waiting for the requester.
 */
returned: Array<RequestSummary>, 
/**
 * Decided by this person lately.
 */
decided: Array<RequestSummary>, as_of: Moment | null, };

export type Kind = { form: FormId, 
/**
 * Support requests stand in the menu itself, changes where they are chosen.
 */
kind: FormKind, icon: string, title: string, line: string, 
/**
 * Cannot be used by this program: it needs a newer one.
 */
update_needed: boolean, };

export type Language = "de" | "en";

export type LanguageChoice = { language: Language | null, };

export type LeadTime = { 
/**
 * Key of the firm's list of lead times.
 */
lead_time: string, when?: string, };

export type Look = "select" | "radio" | "cards";

export type Moment = string;

export type MonitorLine = { 
/**
 * As the system counts them, from 0.
 */
monitor: number, name: string, width: number, height: number, primary: boolean, };

export type Nothing = Record<symbol, never>;

export type OptionState = { value: string, label: string, hint?: string, 
/**
 * Shown but not to be chosen (a printer that is only in this session); `hint` says why.
 */
locked: boolean, };

export type OutboxAsk = { item: OutboxId, };

export type OutboxId = string;

export type OutboxKind = "submit" | "revise" | "withdraw" | "comment" | "approve" | "refuse" | "return" | "take_back" | "profile";

export type OutboxLine = { item: OutboxId, kind: OutboxKind, state: OutboxState, title: string, subject: string, stored_at: Moment, 
/**
 * Bytes of attachments sent and in all.
 */
sent_bytes: number, total_bytes: number, attempts: number, next_attempt_at: Moment | null, 
/**
 * Why the last attempt failed.
 */
reason: Code | null, 
/**
 * At the hub.
 */
request: RequestId | null, number: string | null, };

export type OutboxState = "stored" | "sending" | "delivered" | "given_up";

export type Overview = { version: string, language: Language, connection: Connection, secrets: SecretState, brand: Brand, tenant_name: string, person_name: string, role: Role, 
/**
 * Computer and session, as the hotline asks for them.
 */
host: string, session: string, 
/**
 * Decisions that wait for this person.
 */
waiting: number, 
/**
 * Own requests that are not ended, and how many of them were returned with a question.
 */
open_requests: number, returned_requests: number, 
/**
 * Items of the outbox not yet at the hub, and those given up.
 */
unsent: number, given_up: number, drafts: Array<DraftLine>, 
/**
 * Whether the tray menu's end is allowed by policy.
 */
may_quit: boolean, 
/**
 * The four fields of "your data" were seen and confirmed once.
 */
profile_confirmed: boolean, 
/**
 * No tray on this desktop; the program is reached by its start-menu entry.
 */
tray_missing: boolean, 
/**
 * A receipt of the hub contradicts one that is kept here: the audit log was rewritten, or the hub is another (A7).
 */
audit_mismatch: boolean, 
/**
 * State that was damaged and set aside: names of files, to be told.
 */
set_aside: Array<string>, 
/**
 * Values that policy sets (`hub`, `brand`, `autostart` …), shown as "set by your organisation".
 */
policy: Array<string>, 
/**
 * What the provider adds to the menu.
 */
entries: Array<EntryLine>, };

export type PersonId = string;

export type PersonRef = { id: PersonId, name: string, };

export type PictureAsk = { picture: PictureId, };

export type PictureChoices = { 
/**
 * The picture of the double-click, where there is one.
 */
offers: Array<PictureOffer>, monitors: Array<MonitorLine>, };

export type PictureId = string;

export type PictureLine = { picture: PictureId, name: string, width: number, height: number, 
/**
 * Bytes of the PNG.
 */
size: number, };

export type PictureOffer = { picture: PictureId, source: PictureSource, width: number, height: number, taken_at: Moment, 
/**
 * One colour only: said to the person.
 */
empty: boolean, };

export type PictureSource = "before_click" | "monitor";

export type PictureTake = { 
/**
 * As in [`MonitorLine`].
 */
monitor: number, };

export type Plan = { opening: Array<Array<Run>>, provider: Array<Step>, firm: Array<Step>, 
/**
 * Labels of what is still open.
 */
open: Array<string>, 
/**
 * Net sums in cents; zero is not shown.
 */
cost_once_cents: number, cost_month_cents: number, 
/**
 * Working days; zero is not shown.
 */
lead_time_days: number, };

export type PlanDefinition = { 
/**
 * Opening sentences: what, for whom, when.
 */
opening: Array<Sentence>, 
/**
 * What the provider does.
 */
provider: Array<Sentence>, 
/**
 * What stays with the firm.
 */
firm: Array<Sentence>, 
/**
 * Items of the firm's price list that this order causes.
 */
costs: Array<Cost>, 
/**
 * Item of the firm's list of lead times; the longest of those whose condition holds counts.
 */
lead_times: Array<LeadTime>, };

export type Printer = { 
/**
 * Queue name, the value of the answer.
 */
queue: string, 
/**
 * Readable name; the queue's where it has none. Redirected ones without their "(redirected 3)".
 */
name: string, place: string, driver: string, port: string, is_default: boolean, paused: boolean, 
/**
 * Only in this session: redirected from the place where the user sits.
 */
redirected: boolean, };

export type Problem = { code: Code, 
/**
 * For logs and developers, English, without personal data.
 */
message: string, field?: FieldId, 
/**
 * Seconds after which it is worth trying again.
 */
retry_after?: number, 
/**
 * Only with [`Code::AnswersRefused`].
 */
findings?: Array<Finding>, };

export type Profile = { name: string, tenant_name: string, email: string, town: string, phone: string, 
/**
 * Seen and confirmed by the person at least once.
 */
confirmed: boolean, };

export type ProfileChange = { email: string, town: string, phone: string, };

export type ProgramQuit = { despite_unsent: boolean, };

export type RequestAsk = { request: RequestId, };

export type RequestComment = { request: RequestId, text: string, };

export type RequestDecide = { request: RequestId, verdict: Verdict, text: string, content_hash: Digest, };

export type RequestId = string;

export type RequestList = { 
/**
 * Not yet at the hub.
 */
outbox: Array<OutboxLine>, requests: Array<RequestSummary>, 
/**
 * When the hub said so; older than now while it is out of reach.
 */
as_of: Moment | null, };

export type RequestState = "waiting" | "returned" | "refused" | "withdrawn" | "queued" | "in_progress" | "done" | "not_done" | "unknown";

export type RequestSummary = { id: RequestId, 
/**
 * Readable number (`B-1192`, `S-1193`).
 */
number: string, form: FormId, kind: FormKind, icon: string, title: string, subject: string, state: RequestState, due: Day | null, created_at: Moment, changed_at: Moment, requester: PersonRef, 
/**
 * Whom it waits for; empty: any approver.
 */
approver?: PersonRef, tenant_name: string, attachments: number, 
/**
 * The agent who has it.
 */
agent?: PersonRef, };

export type RequestView = { summary: RequestSummary, effect: Effect, 
/**
 * Counts up with every change of content.
 */
revision: number, 
/**
 * Of exactly what is shown: form, version, answers, document, attachments (A3).
 */
content_hash: Digest, form_version: number, document: Document, attachments: Array<AttachmentRef>, 
/**
 * The session it was ordered from.
 */
session: SessionFacts, history: Array<HistoryEntry>, 
/**
 * What the caller may do now.
 */
actions: Array<Action>, 
/**
 * The answers, for the requester who revises; empty for all others.
 */
answers: { [key in FieldId]: Value }, 
/**
 * Until when a decision can be taken back without asking the provider; empty where none stands.
 */
handed_over_at?: Moment, };

export type Revises = { request: RequestId, number: string, question: string, };

export type Role = "staff" | "approver" | "agent" | "unknown";

export type Rule = { 
/**
 * The field where the finding is shown.
 */
at: FieldId, 
/**
 * Must be fulfilled.
 */
assert: string, message: Text, 
/**
 * A hint that does not hold up the order.
 */
warning?: boolean, };

export type Run = { text: string, strong?: boolean, };

export type Screen = { "screen": "menu" } | { "screen": "choose" } | { "screen": "profile" } | { "screen": "enrol" } | { "screen": "quit" } | { "screen": "form", draft: DraftId, } | { "screen": "sent", item: OutboxId, } | { "screen": "inbox", request: RequestId | null, } | { "screen": "requests", request: RequestId | null, };

export type ScreenAsk = { screen: Screen, };

export type SecretState = "stored" | "session_only";

export type Section = { id: string, title: Text, 
/**
 * Why the section is there, beside the title ("nur weil Ihre Kanzlei DATEV nutzt").
 */
note?: Text, visible?: string, fields: Array<Field>, };

export type SectionState = { id: string, title: string, note?: string, standing: Standing, fields: Array<FieldState>, };

export type Sent = { item: OutboxLine, };

export type Sentence = { text: Text, when?: string, 
/**
 * The date field at whose day it happens.
 */
date?: FieldId, 
/**
 * Shown instead while a name in `text` is unanswered.
 */
otherwise?: Text, };

export type SessionFacts = { host: string, 
/**
 * Name or number of the session; empty where the system has none.
 */
session: string, printers: Array<Printer>, 
/**
 * False: the print system did not answer, so `printers` says nothing.
 */
print_system: boolean, };

export type Shape = "email" | "phone" | "logon_name" | "person_name";

export type Standing = "open" | "complete" | "wrong" | "look";

export type Step = { date: Day | null, text: Array<Run>, };

export type Text = { de: string, en: string, };

export type Value = boolean | string | Array<string>;

export type Verdict = "approve" | "refuse" | "return";

export type WindowLabel = "menu" | "work";

/** Every command of the desktop: what it takes and what it gives. */
export interface Commands {
  overview_get: { request: Nothing; response: Overview };
  enrolment_look: { request: EnrolmentCode; response: EnrolmentOffer };
  enrolment_confirm: { request: EnrolmentCode; response: Overview };
  profile_get: { request: Nothing; response: Profile };
  profile_save: { request: ProfileChange; response: Profile };
  language_set: { request: LanguageChoice; response: Overview };
  kind_list: { request: Nothing; response: Array<Kind> };
  draft_begin: { request: DraftBegin; response: DraftView };
  draft_get: { request: DraftAsk; response: DraftView };
  draft_answer: { request: DraftAnswer; response: FormState };
  draft_discard: { request: DraftAsk; response: Overview };
  draft_restore: { request: DraftAsk; response: Overview };
  draft_picture_add: { request: DraftPicture; response: DraftView };
  draft_picture_remove: { request: DraftPictureRemove; response: DraftView };
  approver_list: { request: Nothing; response: Array<Approver> };
  draft_send: { request: DraftSend; response: Sent };
  picture_take: { request: PictureTake; response: PictureOffer };
  picture_list: { request: Nothing; response: PictureChoices };
  picture_get: { request: PictureAsk; response: Blob };
  request_list: { request: Nothing; response: RequestList };
  request_get: { request: RequestAsk; response: RequestView };
  attachment_get: { request: AttachmentAsk; response: Blob };
  request_revise: { request: RequestAsk; response: DraftView };
  request_withdraw: { request: RequestAsk; response: RequestView };
  request_comment: { request: RequestComment; response: RequestView };
  inbox_list: { request: Nothing; response: Inbox };
  request_decide: { request: RequestDecide; response: RequestView };
  decision_take_back: { request: RequestAsk; response: RequestView };
  outbox_get: { request: OutboxAsk; response: OutboxLine };
  outbox_retry: { request: Nothing; response: RequestList };
  outbox_return: { request: OutboxAsk; response: DraftView };
  outbox_drop: { request: OutboxAsk; response: RequestList };
  screen_open: { request: ScreenAsk; response: Done };
  entry_open: { request: EntryAsk; response: Done };
  window_close: { request: Nothing; response: Done };
  windows_end: { request: Nothing; response: Done };
  program_quit: { request: ProgramQuit; response: Done };
}

/** Which window may call what. */
export const WINDOW_COMMANDS = {
  overview_get: ["menu", "work"],
  enrolment_look: ["menu"],
  enrolment_confirm: ["menu"],
  profile_get: ["menu", "work"],
  profile_save: ["menu", "work"],
  language_set: ["menu", "work"],
  kind_list: ["menu", "work"],
  draft_begin: ["menu", "work"],
  draft_get: ["work"],
  draft_answer: ["work"],
  draft_discard: ["menu", "work"],
  draft_restore: ["menu", "work"],
  draft_picture_add: ["work"],
  draft_picture_remove: ["work"],
  approver_list: ["work"],
  draft_send: ["work"],
  picture_take: ["work"],
  picture_list: ["work"],
  picture_get: ["work"],
  request_list: ["menu", "work"],
  request_get: ["work"],
  attachment_get: ["work"],
  request_revise: ["work"],
  request_withdraw: ["work"],
  request_comment: ["work"],
  inbox_list: ["menu", "work"],
  request_decide: ["work"],
  decision_take_back: ["work"],
  outbox_get: ["menu", "work"],
  outbox_retry: ["menu", "work"],
  outbox_return: ["work"],
  outbox_drop: ["work"],
  screen_open: ["menu", "work"],
  entry_open: ["menu"],
  window_close: ["menu", "work"],
  windows_end: ["menu"],
  program_quit: ["menu"],
} as const;
