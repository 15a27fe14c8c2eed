//! The desktop: one per process and data folder.

use std::sync::Arc;

use service_tool_contract::{
    code::{Code, Problem},
    wire::EnrolmentOffer,
};

use crate::host::{Place, Policy, Ports};

/// Everything the desktop does.
pub struct Desktop {}

impl Desktop {
    /// Takes the folder, starts the tasks. Refused where another process has the folder.
    pub fn start(ports: Ports, policy: Policy, place: Place) -> anyhow::Result<Arc<Self>> {
        let _ = (ports, policy, place);
        Ok(Arc::new(Self {}))
    }

    /// A click at the bag, its menu entry or a second start: pictures the screen, then opens the menu, once. Returns at once.
    pub fn activate(self: &Arc<Self>) {}

    /// The last window was closed: held pictures that were not chosen are dropped.
    pub fn windows_closed(&self) {}

    /// *Programm beenden* in the tray menu: ends the program, or opens the screen that says what is unsent. Returns at once.
    pub fn tray_menu_quit(self: &Arc<Self>) {}

    /// Stops the tasks; what was said to be stored is on disk afterwards.
    pub async fn shutdown(&self) {}

    /// Whether this desktop is enrolled.
    pub async fn enrolled(&self) -> bool {
        false
    }

    /// Looks at a code and uses it without asking (for the command line). `hub` may be empty where policy names it.
    pub async fn enrol_with(self: &Arc<Self>, code: &str, hub: &str) -> Result<EnrolmentOffer, Problem> {
        let _ = (code, hub);
        Err(Problem::new(Code::Internal, "not yet"))
    }
}
