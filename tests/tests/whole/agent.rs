//! The provider's agent at the hub's page, in Chromium.

use anyhow::Result;
use service_tool_tests::{
    hub::{Hub, Sample},
    page::Page,
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

    /// Opens the request about `subject` from the queue.
    pub fn open(&self, subject: &str) -> Result<()> {
        self.page.goto(&self.url)?;
        self.page.sees(subject)?;
        self.page.click_row(subject)
    }

    pub fn take(&self, subject: &str) -> Result<()> {
        self.open(subject)?;
        self.page.click("Übernehmen")?;
        self.page.sees("In Arbeit")
    }

    pub fn finish(&self, subject: &str, words: &str) -> Result<()> {
        self.open(subject)?;
        self.page.fill("Mitteilung", words)?;
        self.page.click("Erledigt")?;
        self.page.sees("Erledigt")
    }

    pub fn close(self) -> Result<()> {
        self.page.close()
    }
}
