//! Everything the desktop does, without Tauri and without native libraries: enrolment, sign-in, drafts, the outbox, live
//! updates, and the one table of commands that a screen can call. What the system must give comes in through the ports of
//! [`host`].
//!
//! Invariant: nothing here names tauri, xcap, printers or keyring.

#[cfg(all(test, feature = "ts"))]
mod bindings;
pub mod call;
pub mod command;
pub mod desktop;
pub mod host;
pub mod policy;
#[cfg(feature = "browser")]
pub mod web_host;

pub use call::COMMANDS;
pub use desktop::Desktop;
pub use host::{Place, Policy, Ports};
