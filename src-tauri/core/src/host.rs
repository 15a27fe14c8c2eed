//! Ports: what the desktop needs of the system, named as operations. The shell brings them in; tests bring fakes.
//! A port grows only when something needs it.

use std::{path::PathBuf, sync::Arc};

use service_tool_contract::{
    form::facts::Printer,
    id::{Digest, Moment},
    text::Language,
};

use crate::command::{DesktopEvent, MonitorLine, Screen, WindowLabel};

/// Now.
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> Moment;
}

/// Random bytes that nobody can foresee.
pub trait Randomness: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Why the credential store could not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The system has none, it is locked, or it did not answer in time.
    #[error("no credential store: {0}")]
    Missing(String),
}

/// The operating system's credential store (P2). Calls may block for seconds: the core calls them off its runtime.
pub trait SecretStore: Send + Sync {
    /// The secret of that name; `None` where there is none.
    fn secret_get(&self, name: &str) -> Result<Option<String>, SecretError>;
    /// Stores or replaces it.
    fn secret_set(&self, name: &str, value: &str) -> Result<(), SecretError>;
    /// Removes it; a missing one is fine.
    fn secret_remove(&self, name: &str) -> Result<(), SecretError>;
}

/// Why there is no list of printers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// The print system does not answer (not the same as no printers).
    #[error("the print system does not answer: {0}")]
    Down(String),
}

/// The printers of the session (R1, R2). May take seconds: the core calls it off its runtime.
pub trait PrinterSource: Send + Sync {
    /// Installed printers without virtual ones; redirected ones recognised and renamed.
    fn printer_list(&self) -> Result<Vec<Printer>, PrintError>;
}

/// A picture in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// PNG.
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
    /// One colour only.
    pub empty: bool,
}

/// Why no picture could be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    #[error("no screen to take a picture of: {0}")]
    NoScreen(String),
}

/// Pictures of the screen (S1, S2). May take a second: the core calls it off its runtime.
pub trait ScreenSource: Send + Sync {
    /// The monitors.
    fn monitor_list(&self) -> Result<Vec<MonitorLine>, CaptureError>;
    /// One monitor, the tool's own windows not in it.
    fn monitor_capture(&self, monitor: u32) -> Result<Picture, CaptureError>;
    /// The monitor with the window in front (or the pointer), at this moment.
    fn front_capture(&self) -> Result<Picture, CaptureError>;
}

/// What the tray shows (T4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrayState {
    pub waiting: u32,
    pub unsent: u32,
    pub language: Language,
    pub may_quit: bool,
}

/// How large a window is when it is made. One that is there already keeps the size that the person gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowShape {
    /// The menu beside the clock.
    Menu,
    /// A support request: short, so that what it is about stays in view.
    Support,
    /// Everything else that is worked on.
    Work,
}

/// Windows and tray of the desktop.
pub trait Desk: Send + Sync {
    /// Opens the window in this shape, or brings it to the front as it is, showing the screen.
    fn window_open(&self, window: WindowLabel, screen: &Screen, shape: WindowShape);
    /// Closes it and ends its web process; an absent window is fine.
    fn window_close(&self, window: WindowLabel);
    /// Whether a window is open (live updates stay awake then).
    fn window_any(&self) -> bool;
    /// Tells the windows.
    fn tell(&self, event: &DesktopEvent);
    /// Shows the state at the bag.
    fn tray_show(&self, state: TrayState);
    /// Opens what an entry of the policy names: an `https://` address or a program. Gives back, in words for the log, why it
    /// could not be. May take seconds: the core calls it off its runtime.
    fn entry_open(&self, open: &str) -> Result<(), String>;
    /// Ends the program.
    fn end(&self);
}

/// Where the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Folder of all local state, made at the first start, of this user alone.
    pub data: PathBuf,
    /// Name of the computer.
    pub host: String,
    /// Name or number of the session; empty where the system has none.
    pub session: String,
    /// Number of this process: tells sessions without a name apart.
    pub process: u32,
    /// Language of the system.
    pub language: Language,
    /// No tray on this desktop at the start.
    pub tray_missing: bool,
}

impl Place {
    /// A name of the session for files: the session's own where that can be one, else one made of it.
    pub fn session_folder(&self) -> String {
        let name = self.session.as_str();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        match name {
            "" => format!("process-{}", self.process),
            name if plain && name.len() <= 40 => name.to_owned(),
            name => format!("session-{}", &Digest::of(name.as_bytes()).as_str()[..16]),
        }
    }
}

/// The policy table (N2): the same rows from the registry on Windows and from a file on Linux. Policy beats settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub hub: HubPolicy,
    pub desktop: DesktopPolicy,
    pub brand: BrandPolicy,
    /// What the provider adds to the menu, in this order; at most six.
    pub entries: Vec<EntryPolicy>,
}

/// Which hub, and whom to trust.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubPolicy {
    /// `https://hub.example`; a code for another hub is refused.
    pub url: Option<String>,
    /// PEM file of the hub's CA; empty: the system's trust.
    pub ca_file: Option<PathBuf>,
}

/// How the program behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DesktopPolicy {
    /// Start at logon.
    pub autostart: Option<bool>,
    /// *Programm beenden* in the tray menu. Allowed where nothing is said.
    pub allow_quit: Option<bool>,
    /// Picture at the double-click. On where nothing is said.
    pub picture_before_click: Option<bool>,
    /// Keys that open the menu from anywhere, `Ctrl+Alt+K`. None where nothing is said.
    pub shortcut: Option<String>,
}

/// The provider's name and hotline before the hub has said them.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrandPolicy {
    pub provider: Option<String>,
    pub hotline: Option<String>,
}

/// An entry of the provider in the menu (remote support, handbook).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPolicy {
    /// As the menu shows it, 1 to 60 characters.
    pub title: String,
    /// An `https://` address, or the absolute path of a program, started without arguments.
    pub open: String,
}

/// All ports together, as the shell (or a test) brings them.
#[derive(Clone)]
pub struct Ports {
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
    pub secrets: Arc<dyn SecretStore>,
    pub printers: Arc<dyn PrinterSource>,
    pub screen: Arc<dyn ScreenSource>,
    pub desk: Arc<dyn Desk>,
    /// Where the desktop's own tasks run.
    pub runtime: tokio::runtime::Handle,
}
