//! Owns the left side of the page: all firms' orders by the day on which they are due, searched and filtered.

use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use service_tool_contract::{
    form::definition::FormKind,
    id::{Day, PersonId, RequestId},
    request::RequestState,
    wire::RequestSummary,
};

use super::layout::{SEARCH, icon};
use super::moment::{self, Group};
use super::visit::Visit;
use super::words::Words;
use crate::failure::Answer;
use crate::store;

/// Which orders are shown; travels in the address.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Filter {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Name of a firm.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// `nobody`, or an agent's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// `support` or `change`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// `mine` or `finished`; else the queue.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub view: String,
}

impl Filter {
    /// The filter as the end of an address.
    pub fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in
            [("q", &self.q), ("tenant", &self.tenant), ("who", &self.who), ("kind", &self.kind), ("view", &self.view)]
        {
            if !value.is_empty() {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                query.push_str(&percent(value));
            }
        }
        query
    }

    fn is_finished(&self) -> bool {
        self.view == "finished"
    }

    fn fits(&self, request: &RequestSummary, me: &PersonId) -> bool {
        let agent = request.agent.as_ref().map(|agent| agent.id.as_str());
        let is_mine = agent == Some(me.as_str());
        let who = match self.who.as_str() {
            "" => true,
            "nobody" => agent.is_none(),
            who => agent == Some(who),
        };
        let kind = match self.kind.as_str() {
            "support" => request.kind == FormKind::Support,
            "change" => request.kind == FormKind::Change,
            _ => true,
        };
        (self.view != "mine" || is_mine)
            && who
            && kind
            && (self.tenant.is_empty() || self.tenant == request.tenant_name)
            && self.finds(request)
    }

    /// All words of the search stand somewhere in the order's line.
    fn finds(&self, request: &RequestSummary) -> bool {
        let line = format!(
            "{} {} {} {} {}",
            request.number, request.subject, request.title, request.tenant_name, request.requester.name
        )
        .to_lowercase();
        self.q.to_lowercase().split_whitespace().all(|word| line.contains(word))
    }
}

/// Text as part of a query.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Everything that the left side shows.
pub struct Queue {
    open: Vec<RequestSummary>,
    shown: Vec<RequestSummary>,
    me: PersonId,
    today: Day,
    as_of: String,
}

impl Queue {
    /// Loads the queue, or what was finished.
    pub async fn load(visit: &Visit, filter: &Filter) -> Answer<Self> {
        let agent = visit.signed_in()?;
        let ambient = &visit.hub.ambient;
        let mut reading = visit.hub.store.read().await?;
        let open = store::request::queue(&mut reading, &agent.scope, ambient.now()).await?;
        let listed = if filter.is_finished() {
            store::request::finished(&mut reading, &agent.scope).await?
        } else {
            open.clone()
        };
        let shown = listed.into_iter().filter(|request| filter.fits(request, &agent.person.id)).collect();
        let as_of = moment::clock(visit.words(), ambient.now(), ambient.zone());
        Ok(Self { open, shown, me: agent.person.id.clone(), today: ambient.today(), as_of })
    }

    /// The tabs of the bar.
    pub fn tabs(&self, words: &Words, filter: &Filter) -> Markup {
        let mine =
            self.open.iter().filter(|request| request.agent.as_ref().is_some_and(|agent| agent.id == self.me)).count();
        let tabs = [
            ("", words.queue, Some(self.open.len())),
            ("mine", words.mine, Some(mine)),
            ("finished", words.finished, None),
        ];
        html! {
            nav.tabs aria-label=(words.console) {
                @for (view, label, count) in tabs {
                    @let address = Filter { view: view.to_owned(), ..Filter::default() }.query();
                    a href={ "/agent" (address) } aria-current=[(filter.view == view).then_some("page")] {
                        (label) @if let Some(count) = count { " " span.badge data-count=(view) { (count) } }
                    }
                }
            }
        }
    }

    /// The left side: filter and list.
    pub fn show(&self, words: &Words, filter: &Filter, current: Option<&RequestId>) -> Markup {
        let mut tenants: Vec<_> = self.open.iter().map(|request| request.tenant_name.as_str()).collect();
        tenants.sort_unstable();
        tenants.dedup();
        if !filter.tenant.is_empty() && !tenants.contains(&filter.tenant.as_str()) {
            tenants.push(&filter.tenant);
        }
        let mut agents: Vec<_> = self.open.iter().filter_map(|request| request.agent.as_ref()).collect();
        agents.sort_by(|left, right| (&left.name, &left.id).cmp(&(&right.name, &right.id)));
        agents.dedup();
        html! {
            section.queue aria-label=(words.queue) {
                form.filter method="get" action="/agent" role="search" {
                    @if !filter.view.is_empty() { input type="hidden" name="view" value=(filter.view); }
                    div.pick.lead.wide {
                        (icon(SEARCH))
                        input.input type="search" name="q" value=(filter.q) aria-label=(words.search)
                            placeholder=(words.search_hint) maxlength="100";
                    }
                    select.input name="tenant" aria-label=(words.tenant) {
                        option value="" { (words.all_tenants) }
                        @for tenant in tenants { option value=(tenant) selected[filter.tenant == tenant] { (tenant) } }
                    }
                    select.input name="kind" aria-label=(words.kind) {
                        option value="" { (words.all_kinds) }
                        option value="change" selected[filter.kind == "change"] { (words.changes) }
                        option value="support" selected[filter.kind == "support"] { (words.supports) }
                    }
                    select.input name="who" aria-label=(words.who_works) {
                        option value="" { (words.all_agents) }
                        option value="nobody" selected[filter.who == "nobody"] { (words.nobody) }
                        @for agent in agents {
                            option value=(agent.id) selected[filter.who == agent.id.as_str()] { (agent.name) }
                        }
                    }
                    button.btn type="submit" { (words.filter) }
                }
                div.rowsbox #rows tabindex="0" role="region" aria-label=(words.by_due)
                    data-source={ "/agent/rows" (filter.query()) }
                    data-current=[current.map(RequestId::as_str)] {
                    (self.rows(words, filter, current))
                }
            }
        }
    }

    /// The list alone, as the script fetches it again.
    pub fn rows(&self, words: &Words, filter: &Filter, current: Option<&RequestId>) -> Markup {
        let changed = self.shown.iter().find(|request| Some(&request.id) == current);
        html! {
            @if self.shown.is_empty() {
                p.empty {
                    @if self.open.is_empty() && filter.query().is_empty() { b { (words.none_here) } " " (words.none_here_line) }
                    @else { b { (words.none_found) } }
                }
            } @else {
                table.table {
                    caption.sr { (words.by_due) ": " (self.shown.len()) }
                    thead { tr {
                        th.when scope="col" { @if filter.is_finished() { (words.ended) } @else { (words.due) } }
                        th scope="col" { (words.request) }
                        th.opt scope="col" { (words.tenant) }
                        th.opt.whom scope="col" { (words.who) }
                    } }
                    @for (group, requests) in self.groups(filter) {
                        tbody {
                            @if let Some(group) = group {
                                tr.group { th colspan="4" scope="rowgroup" { (self.heading(words, group)) } }
                            }
                            @for request in requests { (self.row(words, filter, request, group, current)) }
                        }
                    }
                }
            }
            p.state.small data-changed=[changed.map(|request| request.changed_at.0.as_millisecond())] {
                (words.as_of) " " (self.as_of) span.scripted hidden { ", " (words.by_itself) }
            }
        }
    }

    fn groups(&self, filter: &Filter) -> Vec<(Option<Group>, Vec<&RequestSummary>)> {
        if filter.is_finished() {
            return vec![(None, self.shown.iter().collect())];
        }
        [Group::Overdue, Group::Today, Group::WithoutDay, Group::ThisWeek, Group::Later]
            .into_iter()
            .map(|group| {
                let of_group = self.shown.iter().filter(|request| moment::group(request.due, self.today) == group);
                (Some(group), of_group.collect::<Vec<_>>())
            })
            .filter(|(_, requests)| !requests.is_empty())
            .collect()
    }

    fn heading(&self, words: &Words, group: Group) -> String {
        match group {
            Group::Overdue => words.overdue.to_owned(),
            Group::Today => format!("{}, {}", words.today, moment::day(words, self.today, self.today)),
            Group::WithoutDay => words.without_day.to_owned(),
            Group::ThisWeek => words.this_week.to_owned(),
            Group::Later => words.later.to_owned(),
        }
    }

    fn row(
        &self,
        words: &Words,
        filter: &Filter,
        request: &RequestSummary,
        group: Option<Group>,
        current: Option<&RequestId>,
    ) -> Markup {
        let is_current = Some(&request.id) == current;
        let when = match (group, request.due) {
            (None, _) => {
                let changed = Day(request.changed_at.0.to_zoned_datetime(jiff::tz::TimeZone::UTC).date());
                moment::day(words, changed, self.today)
            }
            (_, Some(due)) => moment::day(words, due, self.today),
            (_, None) => "–".to_owned(),
        };
        html! {
            tr.is-on[is_current] {
                td.when.late[group == Some(Group::Overdue)].near[group == Some(Group::Today)] { (when) }
                td {
                    a href={ "/agent/requests/" (request.id) (filter.query()) } aria-current=[is_current.then_some("true")] {
                        b { (request.subject) } " " span.small { (request.title) } " "
                        span.small.nowrap { (request.number) }
                        span.small.only-narrow { " · " (request.tenant_name) }
                        @if request.state == RequestState::NotDone { " " span.badge.bad { (words.state_not_done) } }
                    }
                }
                td.opt { (request.tenant_name) }
                td.opt.whom { @if let Some(agent) = &request.agent { abbr title=(agent.name) { (initials(&agent.name)) } } }
            }
        }
    }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).collect()
}
