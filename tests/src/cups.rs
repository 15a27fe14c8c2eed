//! A print system of one test, reached through a socket in its world.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use fs_err as fs;

use crate::{process::Program, programs, wait, world::World};

/// A queue as a person knows it.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    pub queue: &'static str,
    pub name: &'static str,
    pub place: &'static str,
}

/// Three queues: two of the firm, one redirected from the place where somebody sits.
pub const QUEUES: [Queue; 3] = [
    Queue { queue: "empfang", name: "Empfang Kyocera", place: "Empfang, Erdgeschoss" },
    Queue { queue: "kanzlei-farbe", name: "Kanzlei Farbe", place: "Flur, 1. Stock" },
    Queue { queue: "heim", name: "HP LaserJet (redirected 3)", place: "" },
];
/// The queue that is the default.
pub const DEFAULT: &str = "kanzlei-farbe";

const TOOL: Duration = Duration::from_secs(30);

pub struct Cups<'world> {
    world: &'world World,
    folder: PathBuf,
    daemon: Option<Program>,
}

impl<'world> Cups<'world> {
    /// Starts it, without a queue.
    pub fn start(world: &'world World) -> Result<Self> {
        let folder = world.path().join("cups");
        for name in ["etc/ppd", "run", "spool/tmp", "cache", "state", "log"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            // it gives up root for its filters, which must reach these
            for name in ["spool", "spool/tmp", "cache", "state"] {
                world.launch("chgrp", "chgrp").arg("lp").arg(folder.join(name)).succeed(TOOL)?;
                world.launch("chmod", "chmod").arg("770").arg(folder.join(name)).succeed(TOOL)?;
            }
        }
        let users = if is_root { "SystemGroup root\nUser lp\nGroup lp\n" } else { "" };
        for name in ["cupsd.conf", "cups-files.conf"] {
            let text = programs::fixture(name)?;
            let text = text.replace("{folder}", &folder.display().to_string()).replace("{users}", users);
            fs::write(folder.join("etc").join(name), text)?;
        }
        let mut cups = Self { world, folder, daemon: None };
        cups.restart()?;
        Ok(cups)
    }

    /// Starts it with [`QUEUES`] and [`DEFAULT`].
    pub fn start_with_queues(world: &'world World) -> Result<Self> {
        let cups = Self::start(world)?;
        for queue in QUEUES {
            cups.add(&queue)?;
        }
        cups.tool("lpadmin").args(["-d", DEFAULT]).succeed(TOOL)?;
        Ok(cups)
    }

    pub fn add(&self, queue: &Queue) -> Result<()> {
        self.tool("lpadmin")
            .args(["-p", queue.queue, "-E", "-v", "file:///dev/null", "-m", "raw", "-D", queue.name, "-L", queue.place])
            .succeed(TOOL)
            .map(drop)
    }

    /// What `CUPS_SERVER` has to name.
    pub fn server(&self) -> PathBuf {
        self.folder.join("run/cups.sock")
    }

    /// As when it is not running: its socket answers no more.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.terminate(TOOL)?;
        }
        Ok(())
    }

    /// Starts it again, with the queues it had.
    pub fn restart(&mut self) -> Result<()> {
        let daemon = self
            .world
            .launch("cupsd", "cupsd")
            .arg("-f")
            .arg("-c")
            .arg(self.folder.join("etc/cupsd.conf"))
            .arg("-s")
            .arg(self.folder.join("etc/cups-files.conf"))
            .start()?;
        self.daemon = Some(daemon);
        wait::until_true("the print system answers", wait::START, || self.is_running())
    }

    /// Whether it answers.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.tool("lpstat").arg("-r").finish(TOOL)?.out.contains("is running"))
    }

    /// The queues as the print system's own tool lists them.
    pub fn listed(&self) -> Result<String> {
        self.tool("lpstat").arg("-t").succeed(TOOL)
    }

    fn tool(&self, program: &str) -> crate::process::Launch {
        self.world.launch(program, program).env("CUPS_SERVER", self.server())
    }
}
