//! Owns the right side of the page: one order as a document that can be read, copied and printed, and what the agent does
//! with it.

use maud::{Markup, html};
use service_tool_contract::{
    form::state::{DocumentSection, Plan, Run, Step},
    id::Day,
    request::{Action, RequestState},
    text::Language,
    wire::{HistoryEvent, RequestView},
};

use super::layout::{COPY, alert, icon};
use super::moment;
use super::queue::Filter;
use super::visit::Visit;
use super::words::Words;
use crate::audit::Link;
use crate::failure::Failure;

/// An order with everything that is shown about it.
pub struct Order {
    pub view: RequestView,
    pub proof: Vec<Link>,
}

/// What came of the last try, where it failed: the text that was typed stays.
pub struct Tried {
    pub failure: Failure,
    pub text: String,
    pub reason: String,
}

impl Order {
    /// The document and the actions.
    pub fn show(&self, visit: &Visit, filter: &Filter, key: &str, tried: Option<&Tried>) -> Markup {
        let words = visit.words();
        let document = &self.view.document;
        let lang = match document.language {
            Language::De => "de",
            Language::En => "en",
        };
        html! {
            div.docwrap {
                main.doc #content tabindex="-1" data-changed=(self.view.summary.changed_at.0.as_millisecond()) {
                    h1.sr { (words.console) }
                    p.only-narrow { a href={ "/agent" (filter.query()) } { (words.back_to_queue) } }
                    div.msg.changed role="status" hidden {
                        div { b { (words.has_changed) } a href="" { (words.reload) } }
                    }
                    @if let Some(tried) = tried { (alert(words.problem(tried.failure.code()), words.nothing_kept)) }
                    (self.head(visit))
                    article.order lang=(lang) {
                        @if !document.plan.opening.is_empty() {
                            section.say aria-label=(words.in_words) lang=(lang) { @for sentence in &document.plan.opening { p { (runs(sentence)) } } }
                        }
                        div.pair { @for section in &document.sections { (values(words, section)) } }
                        (self.pictures(words))
                        (plan(visit, &document.plan))
                    }
                    (self.session(words))
                    (self.history(visit))
                    (self.proof(visit))
                    pre #plain hidden { (self.plain(visit)) }
                }
                (self.actions(visit, filter, key, tried))
            }
        }
    }

    fn head(&self, visit: &Visit) -> Markup {
        let words = visit.words();
        let summary = &self.view.summary;
        html! {
            header {
                div.top {
                    h2 { (summary.title) }
                    (badge(visit, &self.view))
                    span.acts {
                        button.btn.scripted type="button" data-copy-from="plain" hidden { (icon(COPY)) (words.copy_all) }
                        a.btn href={ "/agent/requests/" (summary.id) "/text" } { (words.as_text) }
                        button.btn.scripted type="button" data-print hidden { (words.print) }
                    }
                }
                p { strong { (summary.subject) } " · " (summary.tenant_name) " · " (self.due(visit)) }
                p.small {
                    (summary.number) " · " (words.from) " " (summary.requester.name) ", " (self.approval(visit))
                    " · " (words.revision) " " (self.view.revision)
                }
            }
        }
    }

    fn due(&self, visit: &Visit) -> String {
        let words = visit.words();
        match self.view.summary.due {
            Some(due) => format!("{} {}", words.due_on, moment::day(words, due, visit.hub.ambient.today())),
            None => words.without_due.to_owned(),
        }
    }

    fn approval(&self, visit: &Visit) -> String {
        let words = visit.words();
        let ambient = &visit.hub.ambient;
        self.view
            .history
            .iter()
            .rev()
            .find(|entry| matches!(entry.event, HistoryEvent::Approved | HistoryEvent::ApprovedOwn))
            .map_or_else(
                || words.no_approval.to_owned(),
                |entry| {
                    let time = moment::time(words, entry.at, ambient.zone(), ambient.today());
                    format!("{} {}, {time}", words.approved_by, entry.person.name)
                },
            )
    }

    fn pictures(&self, words: &Words) -> Markup {
        let summary = &self.view.summary;
        html! {
            @if !self.view.attachments.is_empty() {
                section.pictures {
                    h3 lang=(words.language) { (words.pictures) }
                    @for (number, attachment) in self.view.attachments.iter().enumerate() {
                        @let address = format!("/agent/requests/{}/attachments/{}", summary.id, attachment.digest);
                        figure {
                            a href=(address) {
                                img src=(address) alt={ (words.picture) " " (number + 1) ": " (attachment.name) };
                            }
                            figcaption.small { (attachment.name) ", " (attachment.size.div_ceil(1024)) " KiB" }
                        }
                    }
                }
            }
        }
    }

    fn session(&self, words: &Words) -> Markup {
        let session = &self.view.session;
        html! {
            details {
                summary { (words.session) ": " (session.host) }
                dl.vals {
                    (value(words, words.computer, &session.host))
                    @if !session.session.is_empty() { (value(words, words.session_name, &session.session)) }
                    dt { (words.printers) }
                    dd.wide {
                        @if session.print_system {
                            ul { @for printer in &session.printers { li { (printer.name) @if printer.is_default { " ✓" } " " span.small { (printer.driver) } } } }
                        } @else { (words.print_system_down) }
                    }
                }
            }
        }
    }

    fn history(&self, visit: &Visit) -> Markup {
        let words = visit.words();
        let ambient = &visit.hub.ambient;
        html! {
            section {
                h3 { (words.history) }
                ol.history {
                    @for entry in &self.view.history {
                        li {
                            span.small { (moment::time(words, entry.at, ambient.zone(), ambient.today())) }
                            span { b { (entry.person.name) } " " span.small { (words.role(entry.role)) } ": " (words.event(entry.event)) }
                            @if !entry.text.is_empty() { p.words { (entry.text) } }
                        }
                    }
                }
            }
        }
    }

    fn proof(&self, visit: &Visit) -> Markup {
        let words = visit.words();
        let ambient = &visit.hub.ambient;
        html! {
            details {
                summary { (words.proof) }
                p.small { (words.proof_line) }
                div.scroll tabindex="0" role="region" aria-label=(words.proof) {
                    table.table {
                        thead { tr {
                            th scope="col" { (words.entry) } th scope="col" { (words.time) }
                            th scope="col" { (words.event) } th scope="col" { (words.check_value) }
                        } }
                        tbody {
                            @for link in &self.proof {
                                tr {
                                    td { (link.sequence) }
                                    td { (moment::time(words, link.at, ambient.zone(), ambient.today())) }
                                    td { (link.action) }
                                    td.mono { (data_encoding::HEXLOWER.encode(&link.hash)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn actions(&self, visit: &Visit, filter: &Filter, key: &str, tried: Option<&Tried>) -> Markup {
        let words = visit.words();
        let can = |action: Action| self.view.actions.contains(&action);
        let base = format!("/agent/requests/{}", self.view.summary.id);
        let query = filter.query();
        let proof = visit.agent.as_ref().map(super::visit::SignedIn::form_proof).unwrap_or_default();
        let hidden = html! {
            input type="hidden" name="proof" value=(proof);
            input type="hidden" name="key" value=(key);
        };
        html! {
            @if !self.view.actions.is_empty() {
                footer.foot {
                    @if can(Action::Comment) {
                        form.message method="post" action={ (base) "/comments" (query) } {
                            (hidden)
                            div.field {
                                label for="text" {
                                    (words.message_to) " " (self.view.summary.requester.name)
                                    @if can(Action::Finish) { " " span.optional { (words.optional) } }
                                }
                                textarea.input #text name="text" rows="2" maxlength="4000" {
                                    "\n" (tried.map_or("", |tried| &tried.text))
                                }
                            }
                            div.end {
                                @if can(Action::Release) {
                                    button.btn.quiet type="submit" formaction={ (base) "/release" (query) } { (words.release) }
                                }
                                button.btn type="submit" { (words.send_message) }
                                @if can(Action::Take) {
                                    button.btn.primary type="submit" formaction={ (base) "/take" (query) } { (words.take) }
                                }
                                @if can(Action::Finish) {
                                    button.btn.primary type="submit" formaction={ (base) "/done" (query) } { (words.done) }
                                }
                            }
                        }
                    }
                    @if can(Action::Finish) {
                        details.cannot open[tried.is_some_and(|tried| !tried.reason.is_empty())] {
                            summary.btn { (words.cannot) }
                            form method="post" action={ (base) "/not-done" (query) } {
                                (hidden)
                                div.field {
                                    label for="reason" { (words.reason) }
                                    textarea.input #reason name="reason" rows="3" maxlength="4000" required
                                        aria-describedby="reason-hint" { "\n" (tried.map_or("", |tried| &tried.reason)) }
                                    p.hint #reason-hint { (words.reason_hint) }
                                }
                                div.end { button.btn.primary type="submit" { (words.give_back) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The order as plain text, for tickets and mail.
    pub fn plain(&self, visit: &Visit) -> String {
        let words = visit.words();
        let summary = &self.view.summary;
        let document = &self.view.document;
        let mut lines = vec![
            format!("{} · {}", summary.number, summary.title),
            format!("{} · {} · {}", summary.subject, summary.tenant_name, self.due(visit)),
            format!("{} {}, {}", words.from, summary.requester.name, self.approval(visit)),
        ];
        for sentence in &document.plan.opening {
            lines.push(text_of(sentence));
        }
        for section in &document.sections {
            lines.push(String::new());
            lines.push(section.title.clone());
            lines.extend(section.lines.iter().map(|line| format!("- {}: {}", line.label, line.value)));
        }
        for (title, steps) in [(words.plan_provider, &document.plan.provider), (words.plan_firm, &document.plan.firm)] {
            if steps.is_empty() {
                continue;
            }
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(steps.iter().map(|step| {
                let date = step.date.map(|date| format!("{}: ", moment::day(words, date, visit.hub.ambient.today())));
                format!("- {}{}", date.unwrap_or_default(), text_of(&step.text))
            }));
        }
        lines.push(String::new());
        lines.push(format!("{}: {}", words.session, self.view.session.host));
        lines.join("\n")
    }
}

fn badge(visit: &Visit, view: &RequestView) -> Markup {
    let words = visit.words();
    let me = visit.agent.as_ref().map(|agent| &agent.person.id);
    let agent = view.summary.agent.as_ref();
    let name = agent.map(|agent| if Some(&agent.id) == me { words.you } else { &agent.name });
    html! {
        @match view.summary.state {
            RequestState::InProgress => span.badge.accent { (words.in_progress) ": " (name.unwrap_or("–")) },
            RequestState::Done => span.badge.ok { (words.state_done) },
            RequestState::NotDone => span.badge.bad { (words.state_not_done) },
            state => span.badge { (words.state(state)) },
        }
    }
}

fn values(words: &Words, section: &DocumentSection) -> Markup {
    html! {
        section {
            h3 { (section.title) }
            dl.vals { @for line in &section.lines { (value(words, &line.label, &line.value)) } }
        }
    }
}

fn value(words: &Words, label: &str, text: &str) -> Markup {
    html! {
        dt { (label) }
        dd.words { (text) }
        dd.c {
            button.btn.quiet.only.scripted type="button" data-copy=(text) aria-label={ (label) " " (words.copy) }
                lang=(words.language) hidden { (icon(COPY)) }
        }
    }
}

fn plan(visit: &Visit, plan: &Plan) -> Markup {
    let words = visit.words();
    let today = visit.hub.ambient.today();
    html! {
        @if !plan.provider.is_empty() || !plan.firm.is_empty() {
            div.duo {
                (steps(words, words.plan_provider, &plan.provider, today))
                (steps(words, words.plan_firm, &plan.firm, today))
            }
        }
        @if plan.cost_once_cents > 0 || plan.cost_month_cents > 0 || plan.lead_time_days > 0 {
            p.small lang=(words.language) {
                @if plan.cost_once_cents > 0 || plan.cost_month_cents > 0 {
                    (words.cost) ": "
                    @if plan.cost_once_cents > 0 { (amount(words, plan.cost_once_cents)) }
                    @if plan.cost_once_cents > 0 && plan.cost_month_cents > 0 { " + " }
                    @if plan.cost_month_cents > 0 { (amount(words, plan.cost_month_cents)) " " (words.per_month) }
                    " "
                }
                @if plan.lead_time_days > 0 { (words.lead_time) ": " (plan.lead_time_days) " " (words.working_days) }
            }
        }
    }
}

fn steps(words: &Words, title: &str, steps: &[Step], today: Day) -> Markup {
    html! {
        @if !steps.is_empty() {
            section.todo {
                h3 lang=(words.language) { (title) }
                ul {
                    @for step in steps {
                        li {
                            span.small { @if let Some(date) = step.date { (moment::day(words, date, today)) } }
                            span { (runs(&step.text)) }
                        }
                    }
                }
            }
        }
    }
}

fn amount(words: &Words, cents: u32) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    if words.language == "de" { format!("{euros},{rest:02} €") } else { format!("€{euros}.{rest:02}") }
}

fn runs(runs: &[Run]) -> Markup {
    html! { @for run in runs { @if run.strong { strong { (run.text) } } @else { (run.text) } } }
}

fn text_of(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}
