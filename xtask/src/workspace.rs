//! Owns where things lie in this checkout, and the one way to call cargo in it.
//!
//! Invariant: builds, lints and tests all name [`FEATURES`] and the whole workspace, so that cargo decides on one set of
//! features for every dependency and compiles each of them once.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// Every feature that development needs. A release build uses none of them.
pub const FEATURES: &str = "service-tool/browser,service-tool-contract/ts,service-tool-contract/openapi,service-tool-core/ts,\
     service-tool-core/browser";

/// The executables that `run` and the tests start.
pub const PROGRAMS: [&str; 2] = ["service-tool", "service-tool-hub"];

#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    /// cargo's target directory, wherever it was told to put it
    pub target: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in no workspace")?.to_path_buf();
        let executable = env::current_exe().context("cannot tell where this program lies")?;
        let target = target_of(&executable).unwrap_or_else(|| root.join("target"));
        Ok(Self { root, target })
    }

    pub fn interface(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program as `cargo build` leaves it.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A program to be started in the workspace, without what the surrounding `cargo run` left in the environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            if is_left_by_cargo(&name) {
                command.env_remove(&name);
            }
        }
        if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
            match without_cargo_folders(&path, &self.target) {
                Some(rest) => command.env("LD_LIBRARY_PATH", rest),
                None => command.env_remove("LD_LIBRARY_PATH"),
            };
        }
        command
    }

    /// cargo, with the target directory of the cargo that built this program.
    pub fn cargo(&self, verb: &str) -> Command {
        let mut command = self.command("cargo");
        command.arg(verb).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// cargo on the whole workspace with [`FEATURES`].
    pub fn cargo_on_all(&self, verb: &str) -> Command {
        let mut command = self.cargo(verb);
        command.args(["--workspace", "--features", FEATURES]);
        command
    }

    /// Builds executables, for instance [`PROGRAMS`].
    pub fn cargo_build(&self, programs: &[&str]) -> Command {
        let mut command = self.cargo_on_all("build");
        command.args(programs.iter().flat_map(|program| ["--bin", program]));
        command
    }
}

/// `…/target` of `…/target/debug/xtask`.
fn target_of(executable: &Path) -> Option<PathBuf> {
    let profile = executable.parent()?;
    let known = matches!(profile.file_name()?.to_str()?, "debug" | "release");
    known.then(|| profile.parent().map(Path::to_path_buf)).flatten()
}

/// What `cargo run` tells the program it starts would be wrong for programs further down, and would make build scripts run again.
fn is_left_by_cargo(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    name == "CARGO"
        || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|prefix| name.starts_with(prefix))
}

fn without_cargo_folders(path: &OsStr, target: &Path) -> Option<OsString> {
    let rest: Vec<PathBuf> = env::split_paths(path)
        .filter(|folder| {
            let of_toolchain = folder.components().any(|part| {
                let part = part.as_os_str();
                part == "rustlib" || part == "toolchains"
            });
            !folder.as_os_str().is_empty() && !folder.starts_with(target) && !of_toolchain
        })
        .collect();
    if rest.is_empty() { None } else { env::join_paths(rest).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_directory_is_the_one_this_program_was_built_in() {
        assert_eq!(target_of(Path::new("/a/target/debug/xtask")), Some(PathBuf::from("/a/target")));
        assert_eq!(target_of(Path::new("/elsewhere/release/xtask")), Some(PathBuf::from("/elsewhere")));
        assert_eq!(target_of(Path::new("/usr/bin/xtask")), None);
    }

    #[test]
    fn programs_do_not_inherit_what_cargo_told_this_one() {
        for name in ["CARGO", "CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME"] {
            assert!(is_left_by_cargo(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_JOBS", "CARGOES", "PATH", "RUSTUP_TOOLCHAIN"] {
            assert!(!is_left_by_cargo(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn library_folders_of_the_user_stay() {
        let target = Path::new("/w/target");
        let given = OsStr::new("/w/target/debug/deps:/w/target/debug:/h/toolchains/stable/lib/rustlib/x/lib:/opt/own");
        assert_eq!(without_cargo_folders(given, target), Some(OsString::from("/opt/own")));
        assert_eq!(without_cargo_folders(OsStr::new("/w/target/debug/deps:"), target), None);
    }
}
