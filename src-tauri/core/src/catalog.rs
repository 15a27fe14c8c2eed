//! The forms of the firm and what they may know (F1, F3): the cached catalog, the forms loaded from it, the facts of person
//! and session. Leaves deciding to the form engine of the contract.
//!
//! Invariant: one form that this version does not understand never spoils another; it is listed as needing an update (F5).
//! Printers are asked for beside the work: a form opens with what is known, and its screen is told when more is (R2).

use std::{collections::BTreeMap, sync::Arc};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::{Code, Problem},
    form::{
        Form,
        definition::FormKind,
        facts::{Facts, PersonFacts, Printer, SessionFacts},
    },
    id::{Day, Digest, FormId},
    text::{Language, Text},
    wire::{Approver, Catalog, CatalogForm},
};
use tokio::time::timeout;

use crate::{
    Desktop,
    command::{DesktopEvent, Kind},
    desktop::State,
    hub_client::Tagged,
    locked,
};

/// Name of the cached catalog.
pub const CATALOG: &str = "catalog";

/// The time zone of the firms.
const FIRM_ZONE: &str = "Europe/Berlin";

/// The catalog as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CachedCatalog {
    pub tag: Option<String>,
    pub catalog: Option<Catalog>,
}

/// A form of the catalog.
#[derive(Clone)]
pub enum Entry {
    Ready {
        form: Arc<Form>,
        hash: Digest,
    },
    /// Needs a newer program. What can be shown of it, as far as it can be read.
    UpdateNeeded {
        title: Text,
        line: Text,
        icon: String,
        order: u32,
        kind: FormKind,
    },
}

/// The catalog, ready to be asked.
#[derive(Default)]
pub struct Forms {
    pub cached: CachedCatalog,
    entries: BTreeMap<FormId, Entry>,
}

impl Forms {
    /// Loads every form that is understood.
    pub fn load(cached: CachedCatalog) -> Self {
        let forms = cached.catalog.iter().flat_map(|catalog| &catalog.forms);
        let entries = forms.map(|form| (form.id.clone(), entry(form))).collect();
        Self { cached, entries }
    }

    /// The form of that id, ready to be asked.
    pub fn form(&self, id: &FormId) -> Result<(Arc<Form>, Digest), Problem> {
        match self.entries.get(id) {
            Some(Entry::Ready { form, hash }) => Ok((Arc::clone(form), hash.clone())),
            Some(Entry::UpdateNeeded { .. }) => Err(Problem::new(Code::UpdateNeeded, "the form needs a newer program")),
            None => Err(Problem::new(Code::FormUnknown, "the catalog has no such form")),
        }
    }

    /// The kinds that are offered.
    pub fn kinds(&self, facts: &Facts, language: Language) -> Vec<Kind> {
        let mut kinds: Vec<(u32, Kind)> = Vec::new();
        for (id, entry) in &self.entries {
            let (order, kind, icon, title, line, update_needed) = match entry {
                Entry::Ready { form, .. } => {
                    if !form.offered(facts) {
                        continue;
                    }
                    let form = form.definition();
                    (form.order, form.kind, &form.icon, &form.title, &form.line, false)
                }
                Entry::UpdateNeeded { title, line, icon, order, kind } => (*order, *kind, icon, title, line, true),
            };
            let kind = Kind {
                form: id.clone(),
                kind,
                icon: icon.clone(),
                title: title.in_language(language).to_owned(),
                line: line.in_language(language).to_owned(),
                update_needed,
            };
            kinds.push((order, kind));
        }
        kinds.sort_by(|(a, one), (b, other)| (a, &one.form).cmp(&(b, &other.form)));
        kinds.into_iter().map(|(_, kind)| kind).collect()
    }
}

fn entry(form: &CatalogForm) -> Entry {
    if let Ok(definition) = form.read()
        && let Ok(loaded) = Form::from_definition(definition)
    {
        return Entry::Ready { form: Arc::new(loaded), hash: form.hash.clone() };
    }
    let part = |name: &str| form.definition.get(name).cloned().unwrap_or_default();
    let text = |name: &str| {
        serde_json::from_value(part(name)).unwrap_or_else(|_| Text { de: form.id.to_string(), en: form.id.to_string() })
    };
    Entry::UpdateNeeded {
        title: text("title"),
        line: serde_json::from_value(part("line")).unwrap_or_default(),
        icon: part("icon").as_str().unwrap_or_default().to_owned(),
        order: part("order").as_u64().and_then(|order| u32::try_from(order).ok()).unwrap_or(u32::MAX),
        kind: serde_json::from_value(part("kind")).unwrap_or(FormKind::Change),
    }
}

/// The printers of the session, as last heard.
#[derive(Default)]
pub struct SessionPrinters {
    /// Empty: not known yet.
    known: Option<Printers>,
    asking: bool,
}

#[derive(Clone, PartialEq)]
enum Printers {
    Listed(Vec<Printer>),
    Down,
}

impl Desktop {
    /// The kinds of request that are offered.
    pub(crate) async fn kind_list(&self) -> Result<Vec<Kind>, Problem> {
        let state = self.state().await?;
        let facts = self.facts(state)?;
        Ok(locked(&state.forms).kinds(&facts, self.language()))
    }

    /// Whom a change can be passed to.
    pub(crate) async fn approver_list(&self) -> Result<Vec<Approver>, Problem> {
        let state = self.state().await?;
        match self.ask(|client| async move { client.get::<Vec<Approver>>("approvers").await }).await {
            Ok(approvers) => {
                self.known_change(|known| known.approvers = Some(approvers.clone())).await?;
                Ok(approvers)
            }
            Err(problem) => locked(&state.known).approvers.clone().ok_or(problem),
        }
    }

    /// Everything that forms may know here and now.
    pub(crate) fn facts(&self, state: &State) -> Result<Facts, Problem> {
        let me = locked(&state.me).clone().ok_or_else(not_enrolled)?;
        let tenant = locked(&state.forms).cached.catalog.as_ref().map(|catalog| catalog.tenant.clone());
        let site = locked(&state.known).profile.as_ref().map(|profile| profile.town.clone()).unwrap_or_default();
        Ok(Facts {
            tenant: tenant.unwrap_or_default(),
            person: PersonFacts { id: me.id, name: me.name, role: me.role, site },
            session: self.session_facts(state),
            today: self.today(),
        })
    }

    /// The day at the firm.
    pub(crate) fn today(&self) -> Day {
        let zone = TimeZone::get(FIRM_ZONE).unwrap_or(TimeZone::UTC);
        Day(self.ports.clock.now().0.to_zoned_datetime(zone).date())
    }

    fn session_facts(&self, state: &State) -> SessionFacts {
        let printers = locked(&state.printers).known.clone();
        let print_system = matches!(printers, Some(Printers::Listed(_)));
        SessionFacts {
            host: self.place.host.clone(),
            session: self.place.session.clone(),
            printers: match printers {
                Some(Printers::Listed(printers)) => printers,
                _ => Vec::new(),
            },
            print_system,
        }
    }

    /// Whether the print system was asked and did not answer.
    pub(crate) fn print_system_is_down(&self, state: &State) -> bool {
        matches!(locked(&state.printers).known, Some(Printers::Down))
    }

    /// Asks for the printers anew, beside the work. Screens are told where something changed.
    pub(crate) fn printers_refresh(self: &Arc<Self>, state: &State) {
        {
            let mut printers = locked(&state.printers);
            if printers.asking {
                return;
            }
            printers.asking = true;
        }
        let desktop = Arc::clone(self);
        self.spawn(async move {
            let source = Arc::clone(&desktop.ports.printers);
            let answer = tokio::task::spawn_blocking(move || source.printer_list()).await;
            let heard = match answer {
                Ok(Ok(printers)) => Printers::Listed(printers),
                Ok(Err(_)) | Err(_) => Printers::Down,
            };
            let Ok(state) = desktop.state().await else { return };
            let changed = {
                let mut printers = locked(&state.printers);
                printers.asking = false;
                let changed = printers.known.as_ref() != Some(&heard);
                printers.known = Some(heard);
                changed
            };
            state.printers_heard.send_modify(|times| *times += 1);
            if changed {
                desktop.ports.desk.tell(&DesktopEvent::CatalogChanged);
            }
        });
    }

    /// Waits a moment for the first answer about printers.
    pub(crate) async fn printers_await(&self, state: &State) {
        if locked(&state.printers).known.is_none() {
            let mut heard = state.printers_heard.subscribe();
            let _ = timeout(self.tempo.printer_wait, heard.wait_for(|times| *times > 0)).await;
        }
    }

    /// Asks the hub for the catalog; what is understood of it counts from now on.
    pub(crate) async fn catalog_refresh(&self) -> Result<(), Problem> {
        let state = self.state().await?;
        let tag = locked(&state.forms).cached.tag.clone();
        let answer =
            self.ask_now(|client| async move { client.get_tagged::<Catalog>("catalog", tag.as_deref()).await }).await?;
        let Tagged::New { value, tag } = answer else { return Ok(()) };
        let cached = CachedCatalog { tag, catalog: Some(value) };
        let kept = cached.clone();
        // loading a large catalog takes a while, and the runtime has other work
        let forms = state
            .store
            .run(move |store| {
                store.put(CATALOG, &kept)?;
                Ok(Forms::load(kept))
            })
            .await?;
        *locked(&state.forms) = forms;
        self.ports.desk.tell(&DesktopEvent::CatalogChanged);
        Ok(())
    }
}

/// The problem of somebody without an account.
pub fn not_enrolled() -> Problem {
    Problem::new(Code::NotEnrolled, "not enrolled yet")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[test]
    fn a_form_of_a_newer_version_asks_for_an_update_and_spoils_no_other() {
        let newer =
            json!({ "format": 99, "id": "newer", "title": {"de": "Neu", "en": "New"}, "order": 1, "hologram": {} });
        let catalog = Catalog {
            forms: vec![
                CatalogForm { id: "newer".into(), version: 1, hash: Digest::of(b""), definition: newer },
                testing::catalog_form(1),
            ],
            tenant: testing::tenant_facts(),
        };
        let forms = Forms::load(CachedCatalog { tag: None, catalog: Some(catalog) });
        assert_eq!(forms.form(&"newer".into()).unwrap_err().code, Code::UpdateNeeded);
        assert!(forms.form(&"test-form".into()).is_ok());
        assert_eq!(forms.form(&"absent".into()).unwrap_err().code, Code::FormUnknown);
        let kinds = forms.kinds(&testing::facts(), Language::De);
        let lines: Vec<_> = kinds.iter().map(|kind| (kind.title.as_str(), kind.update_needed)).collect();
        assert_eq!(lines, [("Neu", true), ("Testformular", false)]);
    }
}
