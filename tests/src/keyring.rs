//! A secret store of one seat: opened with an empty password, its file in the seat's home.

use anyhow::{Context as _, Result};

use crate::{
    bus::Bus,
    process::{Launch, Program},
    wait,
};

const NAME: &str = "org.freedesktop.secrets";

pub struct Keyring {
    program: Program,
}

impl Keyring {
    pub fn start(launch: Launch, bus: &Bus) -> Result<Self> {
        // an empty password is a line of its own; no line at all would ask on the display
        let program = launch.args(["--foreground", "--unlock", "--components=secrets"]).input("\n")?.start()?;
        bus.owned(NAME, wait::START).context("the secret store does not come up")?;
        Ok(Self { program })
    }

    /// Ends it; the store on disk stays.
    pub fn stop(mut self, bus: &Bus) -> Result<()> {
        self.program.terminate(wait::SOON)?;
        wait::until_true("the secret store is gone", wait::SOON, || Ok(!bus.is_owned(NAME)?))
    }
}
