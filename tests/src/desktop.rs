//! The desktop as a process: in the tray, with its window, or in browser mode, where the same commands are called over HTTP.

use std::{
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    hub::{Enrollable, Hub},
    page::Page,
    process::{Finished, Launch, Program, Seen, of_world},
    programs,
    seat::Seat,
    wait,
    web::{Answer, Http},
};

const TOOL: Duration = Duration::from_secs(60);

/// The desktop of one person, running or not.
pub struct Desktop<'seat, 'world> {
    pub seat: &'seat Seat<'world>,
    name: String,
    pub data: PathBuf,
    pub policy: Option<PathBuf>,
    /// Name of the session that it runs in, where the system gives it one.
    pub session: Option<String>,
    program: Option<Program>,
    address: String,
    calls: Option<Http>,
}

impl<'seat, 'world> Desktop<'seat, 'world> {
    /// A desktop that has not run yet.
    pub fn fresh(seat: &'seat Seat<'world>, name: &str, policy: Option<&Path>) -> Self {
        Self {
            seat,
            name: name.to_owned(),
            data: seat.folder(&format!("desktop-{name}")),
            policy: policy.map(Path::to_owned),
            session: None,
            program: None,
            address: String::new(),
            calls: None,
        }
    }

    /// A desktop that has been enrolled with `hub` as `person`.
    pub fn enrolled(seat: &'seat Seat<'world>, hub: &Hub<'_>, person: &Enrollable) -> Result<Self> {
        let name = person.email.split('@').next().unwrap_or(&person.role).to_owned();
        let desktop = Self::fresh(seat, &name, Some(&hub.policy(&name)?));
        desktop.enrol(&person.code)?.good()?;
        Ok(desktop)
    }

    /// The same desktop, not running: for after a driver has run it.
    pub fn enrolled_already(other: &Self) -> Self {
        let mut same = Self::fresh(other.seat, &other.name, other.policy.as_deref());
        same.data.clone_from(&other.data);
        same
    }

    fn launch(&self) -> Result<Launch> {
        let launch = self.seat.launch(programs::program("service-tool")?, &format!("desktop-{}", self.name));
        let launch = launch.arg("--data").arg(&self.data);
        let launch = match &self.session {
            Some(session) => launch.env("XDG_SESSION_ID", session),
            None => launch,
        };
        Ok(match &self.policy {
            Some(policy) => launch.arg("--policy").arg(policy),
            None => launch,
        })
    }

    /// Arguments with which a driver starts the program.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data".to_owned(), self.data.display().to_string()];
        if let Some(policy) = &self.policy {
            arguments.extend(["--policy".to_owned(), policy.display().to_string()]);
        }
        arguments
    }

    /// Uses an enrolment code from the command line, however that ends.
    pub fn enrol(&self, code: &str) -> Result<Finished> {
        self.launch()?.args(["enrol", code]).finish(TOOL)
    }

    /// The same, naming the hub.
    pub fn enrol_at(&self, code: &str, hub: &str) -> Result<Finished> {
        self.launch()?.args(["enrol", code, "--hub", hub]).finish(TOOL)
    }

    /// Whether it is enrolled, by its own word.
    pub fn is_enrolled(&self) -> Result<bool> {
        let finished = self.launch()?.arg("enrolled").finish(TOOL)?;
        match finished.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => bail!("it cannot tell: {finished:?}"),
        }
    }

    /// Starts it as at logon: in the tray, without a window.
    pub fn start_in_tray(&mut self) -> Result<()> {
        let program = self.launch()?.arg("--background").start()?;
        self.program = Some(program);
        Ok(())
    }

    /// Starts it as from the start menu and gives the process to the caller.
    pub fn start_again(&self) -> Result<Program> {
        self.launch()?.start()
    }

    /// Starts it with these arguments and gives the process to the caller.
    pub fn start_with(&self, arguments: &[&str]) -> Result<Program> {
        self.launch()?.args(arguments).start()
    }

    /// The running process without what knows it, so that its seat can be changed.
    pub fn leave(self) -> Option<Program> {
        self.program
    }

    /// Starts it in browser mode; ready for [`Self::call`] when this returns.
    pub fn start_for_browser(&mut self) -> Result<()> {
        let mut program = self.launch()?.arg("--browser").start()?;
        let address = program.line("its address", wait::START, |line| {
            let heard: Value = serde_json::from_str(line).ok()?;
            (heard["event"] == "browser").then(|| heard["address"].as_str().map(str::to_owned))?
        })?;
        self.program = Some(program);
        self.address = address;
        self.calls = None;
        Ok(())
    }

    /// The address with its token, which works once. A desktop that is called by HTTP has used it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Calls a command as a window does; the whole answer.
    pub fn call_from(&mut self, window: &str, command: &str, request: &Value) -> Result<Answer> {
        let calls = self.calls()?;
        calls.post(&format!("/call/{window}/{command}"), request)
    }

    /// Calls a command from the work window; its JSON.
    pub fn call(&mut self, command: &str, request: &Value) -> Result<Value> {
        self.call_from("work", command, request)?.good().with_context(|| format!("{command} {request}"))
    }

    /// The raw bytes that a command gives.
    pub fn bytes(&mut self, command: &str, request: &Value) -> Result<Vec<u8>> {
        let answer = self.call_from("work", command, request)?;
        anyhow::ensure!(answer.status.is_success(), "{command}: {}: {}", answer.status, answer.text());
        Ok(answer.body)
    }

    /// Calls until the answer pleases.
    pub fn call_until<T>(
        &mut self,
        what: &str,
        command: &str,
        request: &Value,
        wanted: impl Fn(&Value) -> Option<T>,
    ) -> Result<T> {
        let mut last = Value::Null;
        let found = wait::until(what, wait::START, || {
            last = self.call(command, request)?;
            Ok(wanted(&last))
        });
        found.with_context(|| format!("{command} says {last:#}"))
    }

    fn calls(&mut self) -> Result<&Http> {
        if self.calls.is_none() {
            let (base, path) = split(&self.address)?;
            let http = Http::plain(base)?;
            let answer = http.get(path)?;
            let cookie = answer.headers.get("set-cookie").context("no cookie for the token")?.to_str()?;
            let cookie = cookie.split(';').next().unwrap_or(cookie).to_owned();
            self.calls = Some(http.with("cookie", &cookie).with("origin", base));
        }
        self.calls.as_ref().context("not signed in")
    }

    /// Opens one of its screens (`/?window=menu#/menu`) in a browser, beside the calls.
    pub fn show(&mut self, page: &Page, screen: &str) -> Result<()> {
        let (base, _) = split(&self.address)?;
        let base = base.to_owned();
        let cookie = self.calls()?.header("cookie").context("no cookie")?.to_owned();
        let (name, value) = cookie.split_once('=').context("not a cookie")?;
        page.devtools("Network.setCookie", json!({"url": base, "name": name, "value": value, "httpOnly": true}))?;
        page.goto(&format!("{base}{screen}"))
    }

    fn program(&mut self) -> Result<&mut Program> {
        self.program.as_mut().context("the desktop does not run")
    }

    /// Number of its process.
    pub fn id(&mut self) -> Result<u32> {
        Ok(self.program()?.id())
    }

    pub fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        self.program()?.has_ended()
    }

    /// What it said on its standard error since it was started last.
    pub fn said(&mut self) -> Result<String> {
        let program = self.program()?;
        Ok(program.out()? + &program.err()?)
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.program()?.kill()?;
        self.program = None;
        self.calls = None;
        Ok(())
    }

    /// Waits for its end.
    pub fn end_awaited(&mut self, within: Duration) -> Result<ExitStatus> {
        self.program()?.end_awaited(within)
    }

    /// Asks it to end, which has to be a good end.
    pub fn stop(&mut self) -> Result<()> {
        let status = self.program()?.terminate(wait::SOON)?;
        if !status.success() {
            bail!("the desktop ended with {status}: {}", self.program()?.err()?);
        }
        self.program = None;
        self.calls = None;
        Ok(())
    }

    /// The web processes at this seat: those that draw windows.
    pub fn web_processes(&self) -> Vec<Seen> {
        of_world(self.seat.path()).into_iter().filter(|process| process.name.starts_with("WebKitWebProces")).collect()
    }

    /// An empty request body.
    pub fn nothing() -> Value {
        json!({})
    }
}

/// `http://127.0.0.1:4000/?token=…` into its origin and the rest.
fn split(address: &str) -> Result<(&str, &str)> {
    let start = address.find("://").context("not an address")? + 3;
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    Ok(address.split_at(end))
}
