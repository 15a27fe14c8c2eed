//! Owns `cargo xtask setup`: the versions of cargo and Node, and the system packages of [`crate::packages`].
//!
//! Invariant: nothing is installed that was not listed on the terminal before.

use std::io::IsTerminal as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::packages::{self, Group, Package, Probe};
use crate::process;
use crate::workspace::Workspace;

const CARGO_AT_LEAST: Version = Version(1, 95);
const NODE_AT_LEAST: Version = Version(20, 19);

/// The verb: packages of the groups, then what the interface needs from npm.
pub fn set_up(workspace: &Workspace, groups: &[Group]) -> Result<()> {
    ensure(workspace, groups)?;
    crate::interface::install(workspace)?;
    println!("==> Everything is there. Next: cargo xtask run");
    Ok(())
}

/// Versions and packages; installs what is missing.
pub fn ensure(workspace: &Workspace, groups: &[Group]) -> Result<()> {
    check_versions(workspace)?;
    let wanted = packages::in_groups(groups);
    if process::on_path("dpkg-query").is_none() || process::on_path("apt-get").is_none() {
        return probe(workspace, &wanted);
    }
    let absent = missing(&wanted)?;
    if absent.is_empty() {
        println!("==> System packages: nothing is missing.");
        return Ok(());
    }
    println!("==> System packages to be installed:");
    list(&absent);
    let root = Root::find(&install_line(&names_by_preference(&absent)))?;
    root.apt_get(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    let names = names_known_here(&absent);
    arguments.extend(&names);
    root.apt_get(&arguments)?;
    let still = names_by_preference(&missing(&wanted)?);
    if !still.is_empty() {
        bail!("still missing after the installation: {}", still.join(" "));
    }
    Ok(())
}

/// Brings the lists of packages up to date, for those who ask apt about packages that are not in our list.
pub fn update_package_lists() -> Result<()> {
    Root::find("apt-get update")?.apt_get(&["update"])
}

fn missing(wanted: &[Package]) -> Result<Vec<Package>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package}\\t${db:Status-Status}\\n"]);
    query.args(wanted.iter().flat_map(Package::names));
    // it ends with an error when it does not know one of the names, and lists the others nevertheless
    let output = query.output().context("cannot start dpkg-query")?;
    let listing = String::from_utf8_lossy(&output.stdout);
    Ok(packages::missing(wanted, &packages::installed(&listing)))
}

fn names_by_preference(packages: &[Package]) -> Vec<&'static str> {
    packages.iter().filter_map(|package| package.names().next()).collect()
}

/// Of several names the first that apt could install.
fn names_known_here(packages: &[Package]) -> Vec<&'static str> {
    packages
        .iter()
        .filter_map(|package| package.names().find(|name| candidate(name).is_some()).or_else(|| package.names().next()))
        .collect()
}

/// The version of a package that apt would install.
pub fn candidate(name: &str) -> Option<String> {
    let policy = process::output(Command::new("apt-cache").args(["policy", name]).env("LC_ALL", "C")).ok()?;
    candidate_in(&policy).map(str::to_owned)
}

fn candidate_in(policy: &str) -> Option<&str> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then_some(version)
}

fn install_line(names: &[&str]) -> String {
    format!("apt-get update && apt-get install --no-install-recommends {}", names.join(" "))
}

/// The way to become root.
enum Root {
    Already,
    Sudo { interactive: bool },
}

impl Root {
    fn find(otherwise: &str) -> Result<Self> {
        if process::output(Command::new("id").arg("-u"))? == "0" {
            return Ok(Self::Already);
        }
        if process::on_path("sudo").is_some() {
            if process::succeeds(Command::new("sudo").args(["-n", "true"])) {
                return Ok(Self::Sudo { interactive: false });
            }
            if std::io::stdin().is_terminal() {
                return Ok(Self::Sudo { interactive: true });
            }
        }
        bail!("this needs root, and sudo is missing or asks for a password. Run as root:\n\n    {otherwise}\n");
    }

    fn apt_get(&self, arguments: &[&str]) -> Result<()> {
        let mut command = match self {
            Self::Already => Command::new("env"),
            Self::Sudo { interactive } => {
                let mut command = Command::new("sudo");
                if !interactive {
                    command.arg("-n");
                }
                command.arg("env");
                command
            }
        };
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"])
            .args(arguments);
        println!("==> {}", process::line(&command));
        process::run(&mut command)
    }
}

/// Without Debian's package manager: what can be seen is checked, the rest is named.
fn probe(workspace: &Workspace, wanted: &[Package]) -> Result<()> {
    println!("==> This system has no apt; the names below are Debian's.");
    let mut absent = Vec::new();
    let mut unknown = Vec::new();
    for package in wanted {
        let present = match package.probe {
            Probe::Program(program) => Some(process::on_path(program).is_some()),
            Probe::Library(library) => process::on_path("pkg-config")
                .is_some()
                .then(|| process::succeeds(workspace.command("pkg-config").args(["--exists", library]))),
            Probe::None => None,
        };
        match present {
            Some(true) => {}
            Some(false) => absent.push(*package),
            None => unknown.push(*package),
        }
    }
    if !unknown.is_empty() {
        println!("==> Not checked, because only a package manager knows:");
        list(&unknown);
    }
    if absent.is_empty() {
        return Ok(());
    }
    println!("==> Missing:");
    list(&absent);
    bail!("install what is missing with this system's package manager, then start again");
}

fn list(packages: &[Package]) {
    for package in packages {
        println!("      {:<28} {}", package.names.replace('|', " or "), package.purpose);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// The first `major.minor` in a program's answer, or in a package's version.
    pub fn first_in(text: &str) -> Option<Self> {
        text.split(|character: char| !(character.is_ascii_digit() || character == '.'))
            .filter_map(|word| {
                let mut parts = word.split('.');
                Some(Self(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
            })
            .next()
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

fn check_versions(workspace: &Workspace) -> Result<()> {
    let found = |program: &str| {
        let said = process::output(workspace.command(program).arg("--version")).ok()?;
        Version::first_in(&said)
    };
    let cargo = found("cargo").context("cargo is not on the PATH")?;
    if cargo < CARGO_AT_LEAST {
        bail!("cargo is {cargo}, needed is {CARGO_AT_LEAST} or later: rustup update");
    }
    let node =
        found("node").with_context(|| format!("Node.js is missing; needed is {NODE_AT_LEAST} or later, with npm"))?;
    if node < NODE_AT_LEAST {
        bail!("Node.js is {node}, needed is {NODE_AT_LEAST} or later");
    }
    if process::on_path("npm").is_none() {
        bail!("npm is missing; it usually comes with Node.js");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        assert_eq!(Version::first_in("cargo 1.95.0 (f2d3ce0bd 2026-03-21)"), Some(Version(1, 95)));
        assert_eq!(Version::first_in("v20.20.2"), Some(Version(20, 20)));
        assert_eq!(Version::first_in("1.96.0+dfsg1-1~deb12u2"), Some(Version(1, 96)));
        assert_eq!(Version::first_in("no number"), None);
        assert!(Version(1, 100) > CARGO_AT_LEAST && Version(2, 0) > CARGO_AT_LEAST);
    }

    #[test]
    fn the_candidate_of_an_unknown_package_is_none() {
        assert_eq!(
            candidate_in("rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1\n"),
            Some("1.96.0+dfsg1-1")
        );
        assert_eq!(candidate_in("x:\n  Installed: (none)\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
    }

    #[test]
    fn the_line_for_root_names_all_packages() {
        assert_eq!(
            install_line(&["xvfb", "cups"]),
            "apt-get update && apt-get install --no-install-recommends xvfb cups"
        );
    }
}
