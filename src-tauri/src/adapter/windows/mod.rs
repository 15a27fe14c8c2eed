//! The Windows side of the adapters.

pub mod autostart;
pub mod display;
pub mod entry;
pub mod place;
pub mod policy;
pub mod printer;
pub mod secret;
pub mod web_process;
