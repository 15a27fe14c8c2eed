//! What the tests of the built programs stand on: displays, buses, panels, print systems and secret stores of their own, the
//! programs as processes, and the hands and eyes of a person (mouse, keyboard, pictures, WebDriver).
//!
//! Knows nothing of the programs but their command lines, their addresses and what they show; links none of them.
//!
//! Invariant: everything started belongs to a [`world::World`] and ends with it, whether the test passed, failed or was killed.

pub mod api;
pub mod bag;
pub mod bus;
pub mod cups;
pub mod desktop;
pub mod display;
pub mod gate;
pub mod hub;
pub mod keyring;
pub mod order;
pub mod page;
pub mod panel;
pub mod process;
pub mod programs;
pub mod runtime;
pub mod seat;
pub mod wait;
pub mod web;
pub mod world;
