//! Owns `cargo xtask bindings`: the TypeScript types under `ui/src/bindings`, written by the same tests that compare them.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

pub fn write(workspace: &Workspace) -> Result<()> {
    let mut test = workspace.cargo("test");
    test.args(["-p", "service-tool-contract", "-p", "service-tool-core"])
        .args(["--features", "service-tool-contract/ts,service-tool-core/ts", "bindings"])
        .env("UPDATE", "1");
    println!("==> UPDATE=1 {}", process::line(&test));
    process::run(&mut test)
}
