//! Owns finding, starting and asking the hub of a data directory.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use super::data::{Data, last_lines, replace};
use crate::arguments::Person;
use crate::process::{self, Group};
use crate::workspace::Workspace;

/// Where the hub listens if nobody else does.
const PORT: u16 = 8443;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Hub {
    url: String,
    authority: PathBuf,
    data: PathBuf,
    log: PathBuf,
    process_id: u32,
    /// none if another terminal started it
    own: Option<Group>,
}

impl Hub {
    pub fn ensure(workspace: &Workspace, data: &Data) -> Result<Self> {
        let _held = data.lock()?;
        let state = fs::read(data.hub_state()).ok().and_then(|state| serde_json::from_slice::<Value>(&state).ok());
        if let (Some(process_id), Some(state)) = (data.running_hub(), &state) {
            let mut hub = Self::of_state(data, state, process_id)?;
            if hub.is_well(workspace, Duration::from_secs(10)) {
                println!("==> The hub is running already: {}", hub.url);
                return Ok(hub);
            }
            println!("==> A hub is running (process {process_id}), but does not answer. Starting it anew.");
            process::end_process(process_id);
        }
        // desktops know the hub by its address: the same port again, if it is free
        let port = free_port(state.as_ref().and_then(|state| port_of(state["url"].as_str()?)))?;
        Self::start(workspace, data, port)
    }

    fn start(workspace: &Workspace, data: &Data, port: u16) -> Result<Self> {
        let log = File::create(data.hub_log()).context("cannot write the hub's log")?;
        let mut serve = workspace.command(workspace.program("service-tool-hub"));
        serve
            .arg("serve")
            .arg("--data")
            .arg(data.hub())
            .args(["--listen", &format!("127.0.0.1:{port}"), "--public-url", &format!("https://localhost:{port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        println!("==> Starting the hub");
        let mut group = Group::start(&mut serve)?;
        let said = group
            .first_line(PATIENCE)
            .map_err(|error| anyhow!("the hub does not start: {error}\n{}", last_lines(&data.hub_log())))?;
        let heard: Value = serde_json::from_str(&said).with_context(|| format!("the hub says: {said}"))?;
        let state = json!({"process": group.process_id(), "url": heard["url"], "ca": heard["ca"]});
        let process_id = group.process_id();
        let mut hub = Self { own: Some(group), ..Self::of_state(data, &state, process_id)? };
        replace(&data.hub_state(), &state.to_string())?;
        if !hub.is_well(workspace, PATIENCE) {
            bail!("the hub listens on {}, but does not answer\n{}", hub.url, last_lines(&data.hub_log()));
        }
        println!("==> The hub answers: {}", hub.url);
        let sample = hub.sample(workspace)?;
        if sample.created {
            println!("==> Sample firms are made, with {} people and an agent.", sample.people.len());
        }
        Ok(hub)
    }

    fn of_state(data: &Data, state: &Value, process_id: u32) -> Result<Self> {
        let text = |name: &str| state[name].as_str().with_context(|| format!("the hub does not say its {name}"));
        Ok(Self {
            url: text("url")?.trim_end_matches('/').to_owned(),
            authority: std::path::absolute(text("ca")?)?,
            data: data.hub(),
            log: data.hub_log(),
            process_id,
            own: None,
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate that the hub's own certificate is signed with.
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    pub fn is_there(&mut self) -> bool {
        match &mut self.own {
            Some(group) => matches!(group.ended(), Ok(None)),
            None => process::is_alive(self.process_id),
        }
    }

    pub fn why_it_ended(&self) -> anyhow::Error {
        anyhow!("the hub has ended by itself\n{}", last_lines(&self.log))
    }

    /// Whether it answers, asked until it does or the time is over.
    fn is_well(&mut self, workspace: &Workspace, patience: Duration) -> bool {
        let started = Instant::now();
        loop {
            let mut ask = workspace.command("curl");
            ask.args(["--silent", "--fail", "--noproxy", "*", "--max-time", "5", "--cacert"]).arg(&self.authority);
            if process::succeeds(ask.arg(format!("{}/api/v1/health", self.url))) {
                return true;
            }
            if !self.is_there() || process::interrupted() || started.elapsed() > patience {
                return false;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The sample firms, made if they are not there. Issues new enrolment codes.
    pub fn sample(&self, workspace: &Workspace) -> Result<Sample> {
        let mut admin = workspace.command(workspace.program("service-tool-hub"));
        admin.arg("admin").arg("--data").arg(&self.data).arg("sample");
        let said = process::output(&mut admin)?;
        Sample::read(&said).with_context(|| format!("the hub's sample firms are described as: {said}"))
    }

    /// Ends it if it was started here.
    pub fn end(&mut self) {
        if let Some(group) = &mut self.own {
            group.end();
        }
    }
}

fn port_of(url: &str) -> Option<u16> {
    url.trim_end_matches('/').rsplit_once(':')?.1.parse().ok()
}

fn free_port(last: Option<u16>) -> Result<u16> {
    let candidates = last.into_iter().chain([PORT, 0]);
    let mut listeners = candidates.filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = listeners.next().context("no port is free on 127.0.0.1")?;
    Ok(listener.local_addr().context("no port is free on 127.0.0.1")?.port())
}

/// What `service-tool-hub admin sample` tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Sample {
    pub agent: Agent,
    pub people: Vec<Enrollable>,
    pub created: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Agent {
    pub email: String,
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollable {
    pub tenant: String,
    pub name: String,
    pub role: String,
    /// enrols a desktop once
    pub code: String,
}

impl Sample {
    fn read(said: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(said)?;
        let text = |value: &Value, name: &str| {
            value[name].as_str().map(str::to_owned).with_context(|| format!("`{name}` is missing"))
        };
        let agent = Agent { email: text(&value["agent"], "email")?, password: text(&value["agent"], "password")? };
        let people = value["people"].as_array().context("`people` is missing")?;
        let people = people.iter().map(|person| {
            let (tenant, name) = (text(person, "tenant")?, text(person, "name")?);
            Ok(Enrollable { tenant, name, role: text(person, "role")?, code: text(person, "code")? })
        });
        Ok(Self { agent, people: people.collect::<Result<_>>()?, created: value["created"] == true })
    }

    /// The first of that role in the first firm.
    pub fn person(&self, person: Person) -> Result<&Enrollable> {
        let firm = self.people.first().map(|first| &first.tenant);
        let found = self.people.iter().find(|one| Some(&one.tenant) == firm && one.role == person.name());
        found.with_context(|| format!("the first sample firm has no {}", person.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        let one = |tenant: &str, name: &str, role: &str| json!({"tenant": tenant, "name": name, "role": role, "email": "x", "code": "C"});
        json!({"agent": {"email": "a@example.org", "password": "secret"}, "created": true, "people": [
            one("first", "Anna", "staff"), one("first", "Bert", "staff"), one("second", "Cora", "approver"),
            one("first", "Dora", "approver"),
        ]})
    }

    #[test]
    fn the_first_of_a_role_in_the_first_firm_is_used() {
        let sample = Sample::read(&sample().to_string()).unwrap();
        assert_eq!(sample.agent.password, "secret");
        assert!(sample.created);
        assert_eq!(sample.person(Person::Staff).unwrap().name, "Anna");
        assert_eq!(sample.person(Person::Approver).unwrap().name, "Dora");
        assert!(sample.person(Person::Agent).is_err());
    }

    #[test]
    fn a_missing_part_of_the_sample_is_named() {
        let mut value = sample();
        value["people"][2] = json!({"tenant": "second"});
        assert_eq!(Sample::read(&value.to_string()).unwrap_err().to_string(), "`name` is missing");
        assert!(Sample::read("not JSON").is_err());
    }

    #[test]
    fn the_hub_keeps_its_port_if_it_is_free() {
        assert_eq!(port_of("https://localhost:8443"), Some(8443));
        assert_eq!(port_of("https://hub.example.org/"), None);
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(Some(port)).unwrap(), port);
        drop(taken);
        assert_eq!(free_port(Some(port)).unwrap(), port);
    }
}
