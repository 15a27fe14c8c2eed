//! Owns the interface's packages and its build (`ui/`): installed and built only when something changed.
//!
//! The shell is compiled with `ui/dist` inside, so the interface is built before it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Installs the packages of `ui/package-lock.json` when they are missing or older than it.
pub fn install(workspace: &Workspace) -> Result<()> {
    let folder = workspace.interface();
    if !folder.join("package.json").is_file() {
        bail!("ui/package.json is missing");
    }
    // npm writes this file last
    let done = modified(&folder.join("node_modules/.package-lock.json"));
    let wanted = modified(&folder.join("package-lock.json"));
    if done.is_some() && done >= wanted {
        return Ok(());
    }
    println!("==> The interface's packages: npm ci");
    process::run(npm(workspace, &["ci", "--no-audit", "--no-fund"]).env("npm_config_update_notifier", "false"))
}

/// Builds `ui/dist` when a source is newer.
pub fn build(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    let folder = workspace.interface();
    let built = modified(&folder.join("dist/index.html"));
    if built.is_some() && built >= newest_source(&folder) {
        println!("==> The interface is up to date.");
        return Ok(());
    }
    println!("==> Building the interface: npm run build");
    process::run(&mut npm(workspace, &["run", "build"]))
}

/// npm in the interface's folder.
pub fn npm(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.command("npm");
    command.current_dir(workspace.interface()).args(arguments);
    command
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// The newest file below the folder, apart from what is installed or built.
fn newest_source(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || matches!(&*name, "node_modules" | "dist") {
                return None;
            }
            let kind = entry.file_type().ok()?;
            if kind.is_dir() { newest_source(&entry.path()) } else { modified(&entry.path()) }
        })
        .max()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_installed_or_built_is_no_source() {
        let folder = std::env::temp_dir().join(format!("service-tool-interface-{}", std::process::id()));
        let early = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let late = early + Duration::from_secs(1_000);
        for (path, when) in [("src/view/menu.svelte", early), ("dist/index.html", late), ("node_modules/x/y.js", late)]
        {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(&path).unwrap().set_modified(when).unwrap();
        }
        assert_eq!(newest_source(&folder), Some(early));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(newest_source(&folder), None);
    }
}
