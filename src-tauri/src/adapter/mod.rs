//! The ports of the core on the real system. One file per port holds what is the same everywhere; what differs lies in
//! `linux/` and `windows/` under the same names, so that above this module nobody asks which system it is.
//!
//! Invariant: adapters decide nothing about requests; what can be decided from names alone is a pure function with a table
//! test.

pub mod autostart;
pub mod clock;
pub mod display;
pub mod entry;
pub mod place;
pub mod policy;
pub mod printer;
pub mod screen;
pub mod secret;
pub mod web_process;

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod system;

#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;
