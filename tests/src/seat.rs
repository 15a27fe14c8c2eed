//! Where one person sits: a display with a window manager, a session bus, a home, and what belongs to it (panel, secret
//! store, print system). Two seats know nothing of each other.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    bus::Bus,
    cups::Cups,
    display::Display,
    keyring::Keyring,
    panel::{self, Panel},
    process::{Launch, Program},
    wait,
    world::World,
};

pub struct Seat<'world> {
    world: &'world World,
    pub name: String,
    // dropped in this order: what stands on something ends before it
    panel: Option<Panel>,
    keyring: Option<Keyring>,
    _window_manager: Option<Program>,
    bus: Option<Bus>,
    display: Option<Display>,
    print_server: PathBuf,
    language: String,
}

impl<'world> Seat<'world> {
    /// A seat with a home and a session bus and nothing else: no display, no tray, no secret store, a print system that
    /// does not answer.
    pub fn bare(world: &'world World, name: &str) -> Result<Self> {
        let mut seat = Self::nowhere(world, name)?;
        seat.start_bus()?;
        Ok(seat)
    }

    /// A seat with a display and a window manager besides.
    pub fn with_display(world: &'world World, name: &str) -> Result<Self> {
        Self::with_display_of(world, name, 1280, 800)
    }

    /// The same with a display of another size.
    pub fn with_display_of(world: &'world World, name: &str, width: u32, height: u32) -> Result<Self> {
        let mut seat = Self::nowhere(world, name)?;
        seat.display = Some(Display::start(world, name, width, height)?);
        seat.start_bus()?;
        let manager = seat.launch("openbox", "windows").arg("--sm-disable").start()?;
        seat._window_manager = Some(manager);
        wait::until_true("the window manager manages", wait::START, || {
            Ok(seat.launch("xdotool", "xdotool").arg("get_num_desktops").finish(wait::SOON)?.status.success())
        })?;
        Ok(seat)
    }

    fn nowhere(world: &'world World, name: &str) -> Result<Self> {
        for folder in ["home", "run", "data", "cache"] {
            world.folder(&format!("{name}/{folder}"))?;
        }
        Panel::prepare(world, name)?;
        Ok(Self {
            world,
            name: name.to_owned(),
            panel: None,
            keyring: None,
            _window_manager: None,
            bus: None,
            display: None,
            print_server: world.path().join("no-print-system"),
            language: "de_DE.UTF-8".to_owned(),
        })
    }

    fn start_bus(&mut self) -> Result<()> {
        let bus = Bus::start(self.world, &self.name, &[panel::SERVICE], |launch| self.surround(launch))?;
        self.bus = Some(bus);
        Ok(())
    }

    /// A panel with tray and clock.
    pub fn start_panel(&mut self) -> Result<()> {
        let panel = Panel::start(self.launch("xfce4-panel", "panel"), self.bus()?)?;
        self.panel = Some(panel);
        Ok(())
    }

    /// As when the panel crashes.
    pub fn kill_panel(&mut self) -> Result<()> {
        self.panel.take().context("no panel runs")?.kill(self.bus()?)
    }

    /// A secret store, opened.
    pub fn start_keyring(&mut self) -> Result<()> {
        let keyring = Keyring::start(self.launch("gnome-keyring-daemon", "secrets"), self.bus()?)?;
        self.keyring = Some(keyring);
        Ok(())
    }

    pub fn stop_keyring(&mut self) -> Result<()> {
        self.keyring.take().context("no secret store runs")?.stop(self.bus()?)
    }

    /// Programs started from now on print there.
    pub fn print_with(&mut self, cups: &Cups<'_>) {
        self.print_server = cups.server();
    }

    /// Language of the system for programs started from now on (`en_GB.UTF-8`).
    pub fn speak(&mut self, language: &str) {
        language.clone_into(&mut self.language);
    }

    pub fn bus(&self) -> Result<&Bus> {
        self.bus.as_ref().context("the seat has no bus")
    }

    pub fn display(&self) -> Result<&Display> {
        self.display.as_ref().context("the seat has no display")
    }

    pub fn world(&self) -> &'world World {
        self.world
    }

    /// A folder of the seat.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.world.path().join(&self.name).join(name)
    }

    /// A program started by the person who sits here.
    pub fn launch(&self, program: impl AsRef<std::ffi::OsStr>, name: &str) -> Launch {
        self.surround(self.world.launch(program, &format!("{}-{name}", self.name)))
    }

    /// Some other program in front: a window with this page, which is there when this returns.
    pub fn open_document(&self, title: &str, body: &str) -> Result<Program> {
        let folder = self.world.folder(&format!("{}/document", self.name))?;
        let page = folder.join("document.html");
        fs_err::write(&page, format!("<!doctype html><meta charset=utf-8><title>{title}</title>{body}"))?;
        let program = self
            .launch("chromium", "document")
            .args(["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-component-update"])
            .args(["--disable-background-networking", "--password-store=basic", "--start-maximized"])
            // a bar about the missing sandbox is not what people have on their screens
            .args(["--test-type", "--no-default-browser-check"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("--app=file://{}", page.display()))
            .start()?;
        let display = self.display()?;
        wait::until_true("the other program's window is there", wait::START, || display.has_window(title))?;
        display.settled_picture(std::time::Duration::from_millis(700))?;
        Ok(program)
    }

    /// The variables of a session.
    fn surround(&self, launch: Launch) -> Launch {
        let home = self.folder("home");
        let mut launch = launch
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", self.folder("data"))
            .env("XDG_CACHE_HOME", self.folder("cache"))
            .env("XDG_RUNTIME_DIR", self.folder("run"))
            .env("XDG_CURRENT_DESKTOP", "XFCE")
            .env("CUPS_SERVER", &self.print_server)
            .env("LANG", &self.language)
            // no bus of its own for readers of the screen
            .env("NO_AT_BRIDGE", "1")
            .env("GTK_USE_PORTAL", "0")
            .env("GIO_USE_VFS", "local");
        if let Some(bus) = &self.bus {
            launch = launch.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        } else {
            launch = launch.env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
        }
        if let Some(display) = &self.display {
            launch = launch.env("DISPLAY", &display.name);
        }
        launch
    }

    /// Where a file of the seat is asked for by name.
    pub fn path(&self) -> &Path {
        self.world.path()
    }
}

impl Drop for Seat<'_> {
    /// Keeps the last picture of the display beside the logs, for whoever looks for the cause of a failure.
    fn drop(&mut self) {
        if let Some(display) = &self.display
            && let Ok(picture) = display.picture()
        {
            let _ = picture.save(self.world.log().join(format!("{}-last.png", self.name)));
        }
    }
}
