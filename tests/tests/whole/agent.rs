//! The provider's agent at the hub's page, in Chromium.

use anyhow::Result;
use service_tool_tests::{
    hub::{Hub, Sample},
    page::Page,
    wait,
    world::World,
};

/// An agent who has signed in.
pub struct Agent {
    pub page: Page,
    url: String,
}

impl Agent {
    pub fn signed_in(world: &World, hub: &Hub<'_>, sample: &Sample) -> Result<Self> {
        let page = Page::chromium(world, "agent", 1280, 800)?;
        page.goto(&hub.url)?;
        page.fill("E-Mail", &sample.agent_email)?;
        page.fill("Kennwort", &sample.agent_password)?;
        page.click("Anmelden")?;
        page.sees("Warteschlange")?;
        Ok(Self { page, url: hub.url.clone() })
    }

    /// Opens the request about `subject`, from the tab with that name.
    pub fn open(&self, tab: &str, subject: &str) -> Result<()> {
        self.page.goto(&self.url)?;
        self.page.click(tab)?;
        self.page.click_row(subject)?;
        wait::until_true("the order is open", wait::SOON, || {
            Ok(self.page.text_of("h2")?.iter().any(|title| title.contains(subject)) || self.page.has("footer.foot")?)
        })
    }

    pub fn take(&self, subject: &str) -> Result<()> {
        self.open("Warteschlange", subject)?;
        self.page.click("Übernehmen")?;
        self.page.sees("Erledigt melden")
    }

    pub fn finish(&self, subject: &str, words: &str) -> Result<()> {
        self.open("Bei mir in Arbeit", subject)?;
        self.page.fill("Mitteilung an", words)?;
        self.page.click("Erledigt melden")?;
        self.page.sees_no_more("Erledigt melden")
    }

    pub fn close(self) -> Result<()> {
        self.page.close()
    }
}
