//! A panel with a tray and a clock, as desktops have it, at the lower edge of the display.

use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::{
    bus::Bus,
    process::{Launch, Program},
    programs, wait,
    world::World,
};

/// Height in pixels, as in its settings.
pub const HEIGHT: u32 = 32;
/// Keeps the panel's settings; the bus starts it when the panel asks.
pub const SERVICE: &str = "/usr/share/dbus-1/services/org.xfce.Xfconf.service";

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";

pub struct Panel {
    program: Program,
}

impl Panel {
    /// Writes its settings into the home of the seat.
    pub fn prepare(world: &World, seat: &str) -> Result<()> {
        let folder = world.folder(&format!("{seat}/home"))?.join(".config/xfce4/xfconf/xfce-perchannel-xml");
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join("xfce4-panel.xml"), programs::fixture("xfce4-panel.xml")?)?)
    }

    /// Starts it; ready to take icons when this returns.
    pub fn start(launch: Launch, bus: &Bus) -> Result<Self> {
        let program = launch.arg("--disable-wm-check").start()?;
        bus.owned(WATCHER, wait::START).context("the panel does not come up")?;
        Ok(Self { program })
    }

    /// As when it crashes.
    pub fn kill(mut self, bus: &Bus) -> Result<()> {
        self.program.kill()?;
        drop(self);
        wait::until_true("the panel's tray is gone", wait::SOON, || Ok(!bus.is_owned(WATCHER)?))
    }

    /// The icons that have registered.
    pub fn items(bus: &Bus) -> Result<Vec<String>> {
        let method = "org.freedesktop.DBus.Properties.Get";
        let answer = bus.call(WATCHER, WATCHER_PATH, method, &[WATCHER, "RegisteredStatusNotifierItems"])?;
        Ok(answer.split('\'').skip(1).step_by(2).map(str::to_owned).collect())
    }

    /// Waits until as many icons have registered.
    pub fn items_awaited(bus: &Bus, count: usize, within: Duration) -> Result<Vec<String>> {
        wait::until(&format!("{count} icons in the tray"), within, || {
            let items = Self::items(bus)?;
            Ok((items.len() == count).then_some(items))
        })
    }
}
