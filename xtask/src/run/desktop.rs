//! Owns enrolling and starting the desktop of one person.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use super::data::{Data, last_lines, replace};
use super::hub::Hub;
use super::session::Session;
use crate::arguments::Person;
use crate::process::{self, Group};
use crate::workspace::Workspace;

pub struct Desktop {
    group: Group,
    log: PathBuf,
    address: Option<String>,
    in_tray: bool,
}

impl Desktop {
    /// Enrols it if it is not, and starts it: in the tray where there is one, as a page with `browser`, else with its menu.
    pub fn start(
        workspace: &Workspace,
        data: &Data,
        hub: &Hub,
        session: &Session,
        person: Person,
        browser: bool,
    ) -> Result<Self> {
        replace(&data.policy(), &policy(hub.url(), hub.authority()))?;
        let program = |arguments: &[&str]| {
            let mut command = workspace.command(workspace.program("service-tool"));
            command.arg("--data").arg(data.desktop(person)).arg("--policy").arg(data.policy()).args(arguments);
            command.envs(session.variables());
            command
        };
        enrol(workspace, hub, person, &program)?;

        let in_tray = !browser && session.has_tray();
        let log = data.desktop_log(person);
        let mut command = program(match (browser, in_tray) {
            (true, _) => &["--browser"],
            (false, true) => &["--background"],
            (false, false) => &[],
        });
        let output = File::create(&log).context("cannot write the desktop's log")?;
        command.stdin(Stdio::null()).stderr(output.try_clone().context("cannot write the desktop's log")?);
        if browser {
            command.stdout(Stdio::piped());
        } else {
            command.stdout(output);
        }
        println!("==> Starting the desktop of the {}", person.title());
        let mut group = Group::start(&mut command)?;
        replace(&data.desktop_process(person), &group.process_id().to_string())?;
        let address = if browser {
            let said = group
                .first_line(Duration::from_secs(60))
                .map_err(|error| anyhow!("the desktop does not start: {error}\n{}", last_lines(&log)))?;
            Some(address_in(&said).with_context(|| format!("the desktop says: {said}"))?)
        } else {
            None
        };
        Ok(Self { group, log, address, in_tray })
    }

    /// Where a browser finds it.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    pub fn in_tray(&self) -> bool {
        self.in_tray
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// How it ended, if it has: well, or with an error.
    pub fn ended(&mut self) -> Result<Option<Result<()>>> {
        Ok(self.group.ended()?.map(|status| {
            if status.success() {
                println!("\n==> The desktop was closed.");
                return Ok(());
            }
            Err(anyhow!("the desktop has ended ({status})\n{}", last_lines(&self.log)))
        }))
    }

    pub fn end(&mut self) {
        self.group.end();
    }
}

fn enrol(workspace: &Workspace, hub: &Hub, person: Person, program: &dyn Fn(&[&str]) -> Command) -> Result<()> {
    let asked = program(&["enrolled"]).stdin(Stdio::null()).output().context("cannot start the desktop")?;
    match asked.status.code() {
        Some(0) => return Ok(()),
        Some(1) => {}
        _ => bail!("the desktop cannot tell whether it is enrolled\n{}", String::from_utf8_lossy(&asked.stderr).trim()),
    }
    let sample = hub.sample(workspace)?;
    let someone = sample.person(person)?;
    println!("==> Enrolling {} ({}, {})", someone.name, someone.role, someone.tenant);
    let said = process::output(&mut program(&["enrol", &someone.code]))?;
    println!("    {}", enrolment_in(&said).unwrap_or(said));
    Ok(())
}

/// The desktop's answer in words.
fn enrolment_in(said: &str) -> Option<String> {
    let heard: Value = serde_json::from_str(said).ok()?;
    let (person, firm) = (heard["person"].as_str()?, heard["firm"].as_str()?);
    let (name, hub) = (heard["hub_name"].as_str()?, heard["hub"].as_str()?);
    Some(format!("{person} of {firm} is enrolled with {name} at {hub}."))
}

/// What an administrator would set: the hub, its authority, and that the tool may be closed.
fn policy(url: &str, authority: &Path) -> String {
    let policy = json!({
        "hub": {"url": url, "ca_file": authority},
        "desktop": {"autostart": false, "allow_quit": true},
    });
    format!("{policy:#}\n")
}

fn address_in(said: &str) -> Option<String> {
    let heard: Value = serde_json::from_str(said).ok()?;
    if heard["event"] != "browser" {
        return None;
    }
    heard["address"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_hub_and_authority() {
        let policy: Value =
            serde_json::from_str(&policy("https://localhost:8443", Path::new("/data/hub/ca.pem"))).unwrap();
        let expected = json!({
            "hub": {"url": "https://localhost:8443", "ca_file": "/data/hub/ca.pem"},
            "desktop": {"autostart": false, "allow_quit": true},
        });
        assert_eq!(policy, expected);
    }

    #[test]
    fn the_enrolment_is_told_in_words() {
        let said =
            json!({"event": "enrolled", "firm": "Berger", "hub": "https://hub", "hub_name": "Hub", "person": "Jana"});
        assert_eq!(enrolment_in(&said.to_string()).unwrap(), "Jana of Berger is enrolled with Hub at https://hub.");
        assert_eq!(enrolment_in("enrolled"), None);
    }

    #[test]
    fn the_address_is_read_from_the_first_line() {
        let said = r#"{"event":"browser","address":"http://127.0.0.1:4000/?token=t"}"#;
        assert_eq!(address_in(said).as_deref(), Some("http://127.0.0.1:4000/?token=t"));
        assert_eq!(address_in(r#"{"event":"other","address":"x"}"#), None);
        assert_eq!(address_in("hello"), None);
    }
}
