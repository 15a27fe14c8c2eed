//! Owns `cargo xtask pictures`: every screen, and the desktop with the bag beside the clock, as files under `docs/pictures`.
//!
//! The pictures are made by the tests of the built programs; here is only how they are asked for.

use anyhow::Result;

use crate::interface;
use crate::packages::Group;
use crate::process;
use crate::setup;
use crate::workspace::Workspace;

/// Given to the test binary: the tests that make pictures, and write them because of `UPDATE=1`.
const ASKED_FOR: [&str; 2] = ["--", "pictures"];

pub fn make(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Group::Build, Group::Test])?;
    interface::build(workspace)?;
    println!("==> Building hub and desktop");
    process::run(&mut workspace.cargo_build_programs())?;
    let mut test = workspace.cargo("test");
    test.args(["-p", "service-tool-tests"]).args(ASKED_FOR).env("UPDATE", "1");
    println!("==> UPDATE=1 {}", process::line(&test));
    process::run(&mut test)
}
