//! A session bus of one seat, which starts nothing unasked.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use fs_err as fs;

use crate::{
    process::{Launch, Program},
    programs, wait,
    world::World,
};

const CALL: Duration = Duration::from_secs(20);

pub struct Bus {
    pub address: String,
    log: PathBuf,
    _daemon: Program,
}

impl Bus {
    /// `surround` gives it the seat's surrounding, which the services inherit that it starts. `services` are files of
    /// services that may be started when somebody asks for them.
    pub fn start(
        world: &World,
        seat: &str,
        services: &[&str],
        surround: impl FnOnce(Launch) -> Launch,
    ) -> Result<Self> {
        let folder = world.folder(&format!("{seat}/session"))?;
        fs::create_dir_all(folder.join("services"))?;
        for service in services {
            let name = service.rsplit('/').next().unwrap_or(service);
            fs::copy(service, folder.join("services").join(name))?;
        }
        let configuration = folder.join("bus.conf");
        let text = programs::fixture("session-bus.conf")?.replace("{folder}", &folder.display().to_string());
        fs::write(&configuration, text)?;
        let launch = world.launch("dbus-daemon", &format!("{seat}-bus"));
        let mut daemon = surround(launch)
            .args(["--nofork", "--nosyslog", "--print-address=1", "--config-file"])
            .arg(&configuration)
            .start()?;
        let address = daemon.line("its address", wait::SOON, |line| Some(line.to_owned()))?;
        Ok(Self { address, log: world.log().join("tools"), _daemon: daemon })
    }

    fn gdbus(&self) -> Launch {
        Launch::new("gdbus", "gdbus", &self.log).env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// Waits until somebody owns `name`.
    pub fn owned(&self, name: &str, within: Duration) -> Result<()> {
        let seconds = within.as_secs().to_string();
        self.gdbus().args(["wait", "--session", "--timeout", &seconds, name]).succeed(within + CALL).map(drop)
    }

    /// Calls a method; the answer as text.
    pub fn call(&self, destination: &str, path: &str, method: &str, arguments: &[&str]) -> Result<String> {
        self.gdbus()
            .args(["call", "--session", "--dest", destination, "--object-path", path, "--method", method])
            .args(arguments)
            .succeed(CALL)
    }

    /// Whether somebody owns `name` now.
    pub fn is_owned(&self, name: &str) -> Result<bool> {
        let answer =
            self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", &[name])?;
        Ok(answer.contains("true"))
    }
}
