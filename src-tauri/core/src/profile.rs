//! Your data (P1): the four fields, kept by the hub for the person; and the language of the screens, kept here.
//!
//! Invariant: what the person entered is shown at once and never lost on the way to the hub; name and firm are the hub's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::{Code, Problem},
    text::Language,
    wire::{Profile, ProfileChange},
};

use crate::{
    Desktop,
    command::{LanguageChoice, Overview},
    locked,
    outbox::{Attempt, Work},
};

/// Name of the file.
pub const SETTINGS: &str = "settings";

/// Choices that belong to this folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Empty: the system's.
    pub language: Option<Language>,
}

impl Desktop {
    /// Your data, from the hub, or as last known.
    pub(crate) async fn profile_get(&self) -> Result<Profile, Problem> {
        let state = self.state().await?;
        if self.profile_is_on_its_way() {
            // the hub does not have it yet: what was entered counts
            if let Some(profile) = locked(&state.known).profile.clone() {
                return Ok(profile);
            }
        }
        match self.profile_refresh().await {
            Ok(profile) => Ok(profile),
            Err(problem) => locked(&state.known).profile.clone().ok_or(problem),
        }
    }

    pub(crate) async fn profile_refresh(&self) -> Result<Profile, Problem> {
        let profile = self.ask(|client| async move { client.get::<Profile>("profile").await }).await?;
        if !self.profile_is_on_its_way() {
            self.known_change(|known| known.profile = Some(profile.clone())).await?;
        }
        Ok(profile)
    }

    fn profile_is_on_its_way(&self) -> bool {
        self.state_now().is_some_and(|state| {
            state.outbox.unsent().iter().any(|line| {
                line.kind == crate::command::OutboxKind::Profile && line.state != crate::command::OutboxState::GivenUp
            })
        })
    }

    /// Stores what the person may change.
    pub(crate) async fn profile_save(self: &Arc<Self>, change: ProfileChange) -> Result<Profile, Problem> {
        let state = self.state().await?;
        let trimmed = |text: String| text.trim().to_owned();
        let change =
            ProfileChange { email: trimmed(change.email), town: trimmed(change.town), phone: trimmed(change.phone) };
        for (field, value, most) in
            [("email", &change.email, 254), ("town", &change.town, 120), ("phone", &change.phone, 60)]
        {
            if value.chars().count() > most || value.chars().any(char::is_control) {
                return Err(malformed(field));
            }
        }
        if !change.email.contains('@') {
            return Err(malformed("email"));
        }
        let item = self.outbox_item(state, Work::Profile, &change)?;
        let before = locked(&state.known).profile.clone();
        let mut entered = before.clone().unwrap_or_else(|| self.profile_of_account());
        entered.email = change.email;
        entered.town = change.town;
        entered.phone = change.phone;
        entered.confirmed = true;
        match self.outbox_now(state, item).await? {
            Attempt::Delivered(_) => {
                self.tell_overview();
                locked(&state.known).profile.clone().ok_or_else(|| Problem::new(Code::Internal, "no profile"))
            }
            Attempt::Refused(problem) => Err(problem),
            Attempt::Waiting(_) => {
                self.known_change(|known| known.profile = Some(entered.clone())).await?;
                self.tell_overview();
                Ok(entered)
            }
        }
    }

    fn profile_of_account(&self) -> Profile {
        let me = self.state_now().and_then(|state| locked(&state.me).clone());
        Profile {
            name: me.as_ref().map(|me| me.name.clone()).unwrap_or_default(),
            tenant_name: me.map(|me| me.tenant_name).unwrap_or_default(),
            email: String::new(),
            town: String::new(),
            phone: String::new(),
            confirmed: false,
        }
    }

    /// Language of the screens.
    pub(crate) async fn language_set(self: &Arc<Self>, choice: LanguageChoice) -> Result<Overview, Problem> {
        let state = self.state().await?;
        let settings = Settings { language: choice.language };
        let kept = settings.clone();
        state.store.run(move |store| store.put(SETTINGS, &kept)).await?;
        *locked(&state.settings) = settings;
        self.tell_overview();
        self.ports.desk.tell(&crate::command::DesktopEvent::CatalogChanged);
        self.overview_get().await
    }

    /// The language in use.
    pub(crate) fn language(&self) -> Language {
        self.state_now().and_then(|state| locked(&state.settings).language).unwrap_or(self.place.language)
    }
}

fn malformed(field: &str) -> Problem {
    Problem { field: Some(field.into()), ..Problem::new(Code::Malformed, "not a usable value") }
}
