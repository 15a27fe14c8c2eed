//! A page in a real browser engine: Chromium for the agent's page and the screens in browser mode, WebKitGTK for the
//! program's own windows. Finds things as people do, by the words they read, and waits for them.

use std::{net::TcpListener, path::Path, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail};
use fantoccini::{
    Client, ClientBuilder,
    elements::{Element, ElementRef},
    wd::{Capabilities, WindowHandle},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{process::Program, runtime::block_on, seat::Seat, wait, world::World};

/// Key of an element in what scripts give back.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How people find things: by visible words. `shown` is what they can see, `words` what they read there.
const EYES: &str = r#"
const words = element => (element.innerText ?? element.textContent ?? '').replace(/\s+/g, ' ').trim();
const shown = element => element.checkVisibility({ checkVisibilityCSS: true }) && element.getClientRects().length > 0;
const named = element => (element.getAttribute('aria-label') ?? '') || words(element) || element.value || element.title || '';
const best = (elements, wanted, name) => elements.find(e => name(e) === wanted) ?? elements.find(e => name(e).startsWith(wanted));
"#;

pub struct Page {
    client: Client,
    driver: String,
    _program: Program,
}

impl Page {
    /// An empty Chromium window with an empty profile, of a size in CSS pixels.
    pub fn chromium(world: &World, name: &str, width: u32, height: u32) -> Result<Self> {
        let home = world.folder(&format!("chromium-{name}"))?;
        let mut program = world
            .launch("chromedriver", &format!("chromedriver-{name}"))
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .env("XDG_CACHE_HOME", &home)
            .arg("--port=0")
            .start()?;
        let port: u16 = program.line("its port", wait::START, |line| {
            line.split_once("started successfully on port ")?.1.trim_end_matches('.').trim().parse().ok()
        })?;
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--lang=de".to_owned(),
            format!("--user-data-dir={}", home.join("profile").display()),
            format!("--window-size={width},{height}"),
        ];
        let capabilities = json!({
            "browserName": "chrome",
            // the hub's own authority is checked by the desktop and by the tests' HTTP client; here it is about the page
            "acceptInsecureCerts": true,
            "goog:chromeOptions": {"args": arguments, "prefs": {"intl.accept_languages": "de,en"}},
        });
        let page = Self::connect(program, port, capabilities)?;
        page.resize(width, height)?;
        Ok(page)
    }

    /// The program with its real window, started by the driver at a seat: it has to open one by itself.
    pub fn window(seat: &Seat<'_>, program: &Path, arguments: &[&str]) -> Result<Self> {
        let port = free_port()?;
        let driver = seat
            .launch("WebKitWebDriver", "webkit-driver")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("TAURI_AUTOMATION", "true")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .start()?;
        wait::until_true("the driver of windows listens", wait::START, || {
            Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
        })?;
        let capabilities = json!({"webkitgtk:browserOptions": {"binary": program, "args": arguments}});
        Self::connect(driver, port, capabilities)
    }

    fn connect(program: Program, port: u16, capabilities: Value) -> Result<Self> {
        let driver = format!("http://127.0.0.1:{port}");
        let capabilities: Capabilities = serde_json::from_value(capabilities)?;
        let connected = block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let connecting = builder.capabilities(capabilities).connect(&driver);
            Ok(tokio::time::timeout(wait::START, connecting).await.context("no session within a minute")??)
        });
        let client = connected.with_context(|| {
            let (out, err) = (program.out().unwrap_or_default(), program.err().unwrap_or_default());
            format!("the driver gives no session; it said:\n{out}\n{err}")
        })?;
        Ok(Self { client, driver, _program: program })
    }

    pub fn goto(&self, address: &str) -> Result<()> {
        block_on(async { Ok(self.client.goto(address).await?) })
    }

    pub fn reload(&self) -> Result<()> {
        block_on(async { Ok(self.client.refresh().await?) })
    }

    pub fn address(&self) -> Result<String> {
        block_on(async { Ok(self.client.current_url().await?.to_string()) })
    }

    /// Runs a script in the page; `arguments[0]` and so on are `arguments`.
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        block_on(async { Ok(self.client.execute(&format!("{EYES}\n{script}"), arguments).await?) })
    }

    /// All that can be read.
    pub fn text(&self) -> Result<String> {
        let text = self.script("return document.body ? words(document.body) : ''", vec![])?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// What can be read in each of the places that the selector names.
    pub fn text_of(&self, selector: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].filter(shown).map(words)";
        Ok(serde_json::from_value(self.script(script, vec![json!(selector)])?)?)
    }

    /// Whether there is something to see at the selector.
    pub fn has(&self, selector: &str) -> Result<bool> {
        Ok(!self.text_of(selector)?.is_empty())
    }

    /// Waits until `words` can be read.
    pub fn sees(&self, words: &str) -> Result<()> {
        self.sees_within(words, wait::SOON)
    }

    pub fn sees_within(&self, words: &str, within: Duration) -> Result<()> {
        let mut last = String::new();
        wait::until_true(&format!("“{words}” can be read"), within, || {
            last = self.text()?;
            Ok(last.contains(words))
        })
        .with_context(|| format!("at {}, where one reads: {last}", self.address().unwrap_or_default()))
    }

    /// Whether `words` can be read now.
    pub fn reads(&self, words: &str) -> Result<bool> {
        Ok(self.text()?.contains(words))
    }

    /// Waits until `words` can be read no more.
    pub fn sees_no_more(&self, words: &str) -> Result<()> {
        wait::until_true(&format!("“{words}” is gone"), wait::SOON, || Ok(!self.reads(words)?))
    }

    /// Clicks the button, link or tab that is called so.
    pub fn click(&self, name: &str) -> Result<()> {
        let script = "return best([...document.querySelectorAll(
            'button, a[href], summary, [role=button], [role=link], [role=tab], [role=option], input[type=submit], input[type=button]'
        )].filter(shown), arguments[0], named)";
        self.click_found(&format!("something to click called “{name}”"), script, name)
    }

    /// Clicks the row of a list in which these words stand.
    pub fn click_row(&self, words: &str) -> Result<()> {
        let script = "return [...document.querySelectorAll('li a, li button, tr a, tr button, [role=option], li, tr')]
            .filter(shown).find(e => words(e).includes(arguments[0]))";
        self.click_found(&format!("a row with “{words}”"), script, words)
    }

    /// Clicks what the selector names.
    pub fn click_on(&self, selector: &str) -> Result<()> {
        let script = "return [...document.querySelectorAll(arguments[0])].find(shown)";
        self.click_found(&format!("something at {selector}"), script, selector)
    }

    /// Ticks a box or chooses a radio button by its label.
    pub fn tick(&self, label: &str) -> Result<()> {
        let script = "const label = best([...document.querySelectorAll('label')].filter(shown), arguments[0], words);
            return label && (label.control && shown(label.control) ? label.control : label)";
        self.click_found(&format!("a box labelled “{label}”"), script, label)
    }

    /// Types into the field with this label, over what is there, and leaves the field.
    pub fn fill(&self, label: &str, text: &str) -> Result<()> {
        let what = format!("the field “{label}”");
        self.acting(&what, || {
            let field = self.control(label)?.with_context(|| format!("there is no field “{label}”"))?;
            self.show(&field)?;
            block_on(async {
                field.clear().await?;
                field.send_keys(text).await?;
                Ok(())
            })?;
            self.script("arguments[0].blur(); return true", vec![serde_json::to_value(&field)?]).map(drop)
        })
    }

    /// Chooses from the list with this label by what its entry says. Told to the page as the browser tells it after a
    /// choice: the list that opens is the system's own and belongs to no page.
    pub fn choose(&self, label: &str, entry: &str) -> Result<()> {
        let what = format!("“{entry}” of the list “{label}”");
        self.acting(&what, || {
            let field = self.control(label)?.with_context(|| format!("there is no list “{label}”"))?;
            let script = "const [list, wanted] = arguments;
                const option = [...list.options].find(option => words(option) === wanted && !option.disabled);
                if (!option) return false;
                list.focus();
                list.value = option.value;
                list.dispatchEvent(new Event('input', { bubbles: true }));
                list.dispatchEvent(new Event('change', { bubbles: true }));
                list.blur();
                return true";
            let chosen = self.script(script, vec![serde_json::to_value(&field)?, json!(entry)])?;
            if chosen != true {
                bail!("the list “{label}” has no “{entry}”");
            }
            Ok(())
        })
    }

    /// Chooses the last entry of the list with this label; what it says.
    pub fn choose_last(&self, label: &str) -> Result<String> {
        let entry =
            wait::until(&format!("entries of the list “{label}”"), wait::SOON, || Ok(self.entries(label)?.pop()))?;
        self.choose(label, &entry)?;
        Ok(entry)
    }

    /// The entries of the list with this label.
    pub fn entries(&self, label: &str) -> Result<Vec<String>> {
        let field = wait::until(&format!("the list “{label}”"), wait::SOON, || self.control(label))?;
        let entries =
            self.script("return [...arguments[0].options].map(words)", vec![serde_json::to_value(&field)?])?;
        Ok(serde_json::from_value(entries)?)
    }

    /// What stands in the field with this label.
    pub fn value(&self, label: &str) -> Result<String> {
        let field = wait::until(&format!("the field “{label}”"), wait::SOON, || self.control(label))?;
        let value = self.script("return arguments[0].value", vec![serde_json::to_value(&field)?])?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Whether there is a field with this label.
    pub fn has_field(&self, label: &str) -> Result<bool> {
        Ok(self.control(label)?.is_some())
    }

    fn control(&self, label: &str) -> Result<Option<Element>> {
        self.found(
            "const label = best([...document.querySelectorAll('label')].filter(shown), arguments[0], words);
             return label?.control ?? best([...document.querySelectorAll('input, textarea, select')].filter(shown),
                 arguments[0], e => e.getAttribute('aria-label') ?? '')",
            label,
        )
    }

    /// A key as the WebDriver standard writes it, to whatever has the focus.
    pub fn key(&self, key: &str) -> Result<()> {
        block_on(async {
            let active = self.client.active_element().await?;
            Ok(active.send_keys(key).await?)
        })
    }

    fn found(&self, script: &str, argument: &str) -> Result<Option<Element>> {
        let found = self.script(&format!("return (() => {{ {script} }})() ?? null"), vec![json!(argument)])?;
        Ok(found[ELEMENT]
            .as_str()
            .map(|id| Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))))
    }

    fn click_found(&self, what: &str, script: &str, argument: &str) -> Result<()> {
        self.acting(what, || {
            let element = self.found(script, argument)?.with_context(|| format!("there is no {what}"))?;
            self.show(&element)?;
            block_on(async { Ok(element.click().await?) })
        })
    }

    /// Scrolls to it, away from what sticks to the edges of the window.
    fn show(&self, element: &Element) -> Result<()> {
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' }); return true";
        self.script(script, vec![serde_json::to_value(element)?]).map(drop)
    }

    /// Tries until it works: a page that is just being drawn again loses the element between finding and clicking it.
    fn acting(&self, what: &str, mut act: impl FnMut() -> Result<()>) -> Result<()> {
        wait::until(what, wait::SOON, || act().map(Some))
            .with_context(|| format!("one reads: {}", self.text().unwrap_or_default()))
    }

    /// The picture of the page, PNG.
    pub fn picture(&self) -> Result<Vec<u8>> {
        block_on(async { Ok(self.client.screenshot().await?) })
    }

    /// Sets the size of what is shown, in CSS pixels (Chromium).
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).map(drop)
    }

    /// Light or dark (Chromium).
    pub fn dress(&self, dark: bool) -> Result<()> {
        let features = json!([
            {"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).map(drop)
    }

    /// A command of Chromium's developer tools.
    pub fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        block_on(async {
            let session = self.client.session_id().await?.context("no session")?;
            let address = format!("{}/session/{session}/goog/cdp/execute", self.driver);
            let http = reqwest::Client::builder().no_proxy().build()?;
            let answer: Value =
                http.post(address).json(&json!({"cmd": command, "params": parameters})).send().await?.json().await?;
            match answer["value"]["error"].as_str() {
                Some(error) => bail!("{command}: {error}: {}", answer["value"]["message"]),
                None => Ok(answer["value"].clone()),
            }
        })
    }

    /// The bytes of everything that the page has loaded from an address with `part` in it, as they came (Chromium).
    pub fn loaded(&self, part: &str) -> Result<Vec<Vec<u8>>> {
        self.devtools("Page.enable", json!({}))?;
        let tree = self.devtools("Page.getResourceTree", json!({}))?;
        let frame = &tree["frameTree"]["frame"]["id"];
        let resources = tree["frameTree"]["resources"].as_array().cloned().unwrap_or_default();
        let addresses =
            resources.iter().filter_map(|resource| resource["url"].as_str()).filter(|url| url.contains(part));
        addresses
            .map(|address| {
                let content = self.devtools("Page.getResourceContent", json!({"frameId": frame, "url": address}))?;
                let text = content["content"].as_str().context("no content")?;
                anyhow::ensure!(content["base64Encoded"] == true, "{address} came as text");
                Ok(data_encoding::BASE64.decode(text.as_bytes())?)
            })
            .collect()
    }

    /// The windows of the program that the driver can reach.
    pub fn windows(&self) -> Result<Vec<WindowHandle>> {
        block_on(async { Ok(self.client.windows().await?) })
    }

    /// Turns to the window whose address contains `part`.
    pub fn turn_to(&self, part: &str) -> Result<()> {
        let mut seen = Vec::new();
        wait::until_true(&format!("a window whose address contains {part}"), wait::START, || {
            seen.clear();
            for window in self.windows()? {
                block_on(async { Ok(self.client.switch_to_window(window).await?) })?;
                let address = self.address()?;
                if address.contains(part) {
                    return Ok(true);
                }
                seen.push(address);
            }
            Ok(false)
        })
        .map_err(|error| anyhow!("{error:#}; there are {seen:?}"))
    }

    /// Ends the session, and with it the browser or program.
    pub fn close(self) -> Result<()> {
        block_on(async { Ok(self.client.close().await?) })
    }
}

/// A port that nobody had a moment ago, for a program that cannot choose one itself.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
