//! Owns `cargo xtask pictures`: every screen, and the desktop with the bag beside the clock, as files under `docs/pictures`.
//!
//! The pictures are made by a program beside the tests, with their means; here is only how it is built and called.

use anyhow::Result;

use crate::interface;
use crate::packages::Group;
use crate::process;
use crate::setup;
use crate::workspace::{PROGRAMS, Workspace};

/// The program of `service-tool-tests` that makes them.
const MAKER: &str = "service-tool-pictures";

pub fn make(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Group::Build, Group::Test])?;
    interface::build(workspace)?;
    let [desktop, hub] = PROGRAMS;
    let mut build = workspace.cargo_build(&[desktop, hub, MAKER]);
    println!("==> Building: {}", process::line(&build));
    process::run(&mut build)?;
    println!("==> Making the pictures");
    process::run(&mut workspace.command(workspace.program(MAKER)))
}
