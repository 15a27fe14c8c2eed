//! Takes one screen in both languages, light and dark, once it stands still.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde_json::{Value, json};
use service_tool_tests::{desktop::Desktop, hub::Hub, page::Page, wait, world::World};

const LANGUAGES: [&str; 2] = ["de", "en"];

/// What is pictured, and how one knows that it is there.
#[derive(Debug, Clone)]
pub struct Shot {
    name: String,
    /// CSS pixels.
    size: (u32, u32),
    address: String,
    /// Words that can be read once it is there, German and English.
    words: [&'static str; 2],
    /// Heading to scroll to, in either language.
    heading: Option<&'static str>,
    /// Something to click first, German and English.
    click: Option<[&'static str; 2]>,
}

impl Shot {
    pub fn new(name: &str, size: (u32, u32), address: &str, words: [&'static str; 2]) -> Self {
        Self { name: name.to_owned(), size, address: address.to_owned(), words, heading: None, click: None }
    }

    pub fn sized(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    pub fn scrolled_to(mut self, heading: &'static str) -> Self {
        self.heading = Some(heading);
        self
    }

    pub fn after_click(mut self, click: [&'static str; 2]) -> Self {
        self.click = Some(click);
        self
    }
}

pub struct Camera {
    page: Page,
    folder: PathBuf,
    taken: usize,
}

impl Camera {
    pub fn new(world: &World, folder: &Path) -> Result<Self> {
        Ok(Self { page: Page::chromium(world, "camera", 400, 600)?, folder: folder.to_owned(), taken: 0 })
    }

    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The screen of a desktop.
    pub fn take(&mut self, desktop: &mut Desktop<'_, '_>, shot: &Shot) -> Result<()> {
        for (number, language) in LANGUAGES.into_iter().enumerate() {
            desktop.call_from("menu", "language_set", &json!({"language": language}))?.good()?;
            for dark in [false, true] {
                self.page.resize(shot.size.0, shot.size.1)?;
                self.page.dress(dark)?;
                self.page.goto("about:blank")?;
                desktop.show(&self.page, &shot.address)?;
                self.page.sees(shot.words[number]).with_context(|| shot.name.clone())?;
                if let Some(click) = shot.click {
                    self.page.click(click[number]).with_context(|| shot.name.clone())?;
                }
                if let Some(heading) = shot.heading {
                    let script = "const wanted = arguments[0].split('|');
                        const found = [...document.querySelectorAll('h2, h3, legend')].filter(shown)
                            .find(heading => wanted.some(start => words(heading).startsWith(start)));
                        found?.scrollIntoView({ block: 'start', behavior: 'instant' });
                        return found !== undefined";
                    let found = self.page.script(script, vec![json!(heading)])?;
                    anyhow::ensure!(found == Value::Bool(true), "{}: no heading {heading}", shot.name);
                }
                self.save(&self.page, &format!("{}-{language}-{}", shot.name, theme(dark)))?;
                self.taken += 1;
            }
        }
        desktop.call_from("menu", "language_set", &json!({"language": "de"}))?.good().map(drop)
    }

    /// The agent's page with the request about `subject` open.
    pub fn take_agent(&mut self, agent: &Page, hub: &Hub<'_>, subject: &str) -> Result<()> {
        for (language, other) in [("de", "English"), ("en", "Deutsch")] {
            for dark in [false, true] {
                agent.dress(dark)?;
                agent.goto(&hub.url)?;
                if !agent.reads(other)? {
                    agent.click(if language == "en" { "English" } else { "Deutsch" })?;
                    agent.sees(other)?;
                }
                agent.click_row(subject)?;
                agent.sees("Jana Keller")?;
                self.save(agent, &format!("agent-{language}-{}", theme(dark)))?;
                self.taken += 1;
            }
        }
        Ok(())
    }

    /// Saves what the page shows as soon as two pictures of it are the same.
    fn save(&self, page: &Page, name: &str) -> Result<()> {
        let mut last = Vec::new();
        let picture = wait::until(&format!("{name} stands still"), wait::SOON, || {
            let picture = page.picture()?;
            let still = picture == last;
            last.clone_from(&picture);
            Ok(still.then_some(picture))
        })?;
        println!("{name}.png");
        Ok(fs::write(self.folder.join(format!("{name}.png")), picture)?)
    }
}

fn theme(dark: bool) -> &'static str {
    if dark { "dark" } else { "light" }
}
