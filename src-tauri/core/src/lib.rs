//! Everything the desktop does, without Tauri and without native libraries: enrolment, sign-in, drafts, the outbox, live
//! updates, and the one table of commands that a screen can call. What the system must give comes in through the ports of
//! [`host`].
//!
//! Invariant: nothing here names tauri, xcap, printers or keyring.

#[cfg(all(test, feature = "ts"))]
mod bindings;
pub mod call;
mod catalog;
pub mod command;
pub mod desktop;
mod draft;
mod enrolment;
mod entry;
pub mod host;
mod hub_client;
mod known;
mod live;
mod local_state;
mod outbox;
mod picture;
pub mod policy;
mod profile;
mod receipt;
mod request;
mod session;
#[cfg(test)]
mod testing;
#[cfg(feature = "browser")]
pub mod web_host;
mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use call::COMMANDS;
pub use desktop::Desktop;
pub use host::{Place, Policy, Ports};

/// The content of a lock. Values behind locks are whole between statements, so a panic elsewhere does not spoil them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
