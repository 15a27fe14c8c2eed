//! Forms as data and the one engine that decides about them (F1–F7): what is visible, required, offered, wrong, and what
//! the order will contain. Screen, desktop and hub ask the same functions.

pub mod definition;
pub mod facts;
pub mod state;
