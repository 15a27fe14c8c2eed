//! Owns the table of test suites: name, budget, needed packages, and the commands, each of which a person could type.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::interface;
use crate::packages::Group;
use crate::process;
use crate::windows::{self, Toolchain};
use crate::workspace::{PROGRAMS, Workspace};

/// The crate that starts the built programs; its tests are the suite `whole`.
const WHOLE: &str = "service-tool-tests";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    Format,
    Ui,
    Lint,
    Unit,
    Whole,
    Windows,
}

/// One command of a suite.
pub struct Step {
    pub command: Command,
    /// without it, later suites cannot compile
    pub builds: bool,
}

impl Suite {
    /// In the order in which they run: the interface before what is compiled with it inside.
    pub const ALL: [Self; 6] = [Self::Format, Self::Ui, Self::Lint, Self::Unit, Self::Whole, Self::Windows];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Ui => "ui",
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Whole => "whole",
            Self::Windows => "windows",
        }
    }

    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Format => "the Rust code is formatted",
            Self::Ui => "the interface builds, its types fit, its tests pass",
            Self::Lint => "clippy finds nothing in any crate",
            Self::Unit => "tests of the crates",
            Self::Whole => "tests of the built programs with the real things beside them",
            Self::Windows => "everything compiles for Windows",
        }
    }

    /// Exceeding it is a failure. On two cores and with nothing compiled yet; 40 in sum.
    pub const fn budget_minutes(self) -> u64 {
        match self {
            Self::Format => 1,
            Self::Ui => 4,
            Self::Lint => 8,
            Self::Unit => 10,
            Self::Whole => 10,
            Self::Windows => 7,
        }
    }

    pub const fn groups(self) -> &'static [Group] {
        match self {
            Self::Format | Self::Ui => &[],
            Self::Lint | Self::Unit => &[Group::Build],
            Self::Whole => &[Group::Build, Group::Test],
            Self::Windows => &[Group::Windows],
        }
    }

    /// Whether the shell is compiled, which needs the built interface.
    pub const fn compiles(self) -> bool {
        matches!(self, Self::Lint | Self::Unit | Self::Whole | Self::Windows)
    }

    /// Its commands; all of them run, unless one that builds fails.
    pub fn steps(self, workspace: &Workspace, windows: Option<&Toolchain>) -> Result<Vec<Step>> {
        let check = |command| Step { command, builds: false };
        let build = |command| Step { command, builds: true };
        Ok(match self {
            Self::Format => {
                let mut format = workspace.cargo("fmt");
                format.args(["--all", "--check"]);
                vec![check(format)]
            }
            Self::Ui => vec![
                build(interface::npm(workspace, &["run", "build"])),
                check(interface::npm(workspace, &["run", "check"])),
                check(interface::npm(workspace, &["test"])),
            ],
            Self::Lint => {
                let mut clippy = workspace.cargo_on_all("clippy");
                clippy.args(["--all-targets", "--", "-D", "warnings"]);
                vec![check(clippy)]
            }
            Self::Unit => {
                let (_, others) = test_targets(workspace)?;
                let test = || {
                    let mut test = workspace.cargo_on_all("test");
                    test.args(["--lib", "--bins"]).args(others.iter().flat_map(|name| ["--test", name]));
                    test
                };
                let (mut compile, mut all, mut examples) = (test(), test(), workspace.cargo_on_all("test"));
                compile.arg("--no-run");
                all.arg("--no-fail-fast");
                examples.args(["--doc", "--no-fail-fast"]);
                vec![build(compile), check(all), check(examples)]
            }
            Self::Whole => {
                let (whole, _) = test_targets(workspace)?;
                if whole.is_empty() {
                    // cargo would take no name for all names
                    bail!("{WHOLE} has no tests");
                }
                let mut test = workspace.cargo_on_all("test");
                test.args(whole.iter().flat_map(|name| ["--test", name])).arg("--no-fail-fast");
                vec![build(workspace.cargo_build(&PROGRAMS)), check(test)]
            }
            Self::Windows => {
                let toolchain = windows.context("the toolchain for Windows was not prepared")?;
                vec![check(windows::check_command(workspace, toolchain))]
            }
        })
    }
}

/// The names of all integration tests: those of [`WHOLE`], and the others.
fn test_targets(workspace: &Workspace) -> Result<(Vec<String>, Vec<String>)> {
    let mut ask = workspace.cargo("metadata");
    ask.args(["--no-deps", "--format-version", "1"]);
    let metadata = serde_json::from_str(&process::output(&mut ask)?).context("cannot read cargo metadata")?;
    Ok(integration_tests(&metadata))
}

fn integration_tests(metadata: &Value) -> (Vec<String>, Vec<String>) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (mut whole, mut others) = (Vec::new(), Vec::new());
    for package in list(&metadata["packages"]) {
        let names = if package["name"] == WHOLE { &mut whole } else { &mut others };
        for target in list(&package["targets"]) {
            if list(&target["kind"]).iter().any(|kind| kind == "test")
                && let Some(name) = target["name"].as_str()
            {
                names.push(name.to_owned());
            }
        }
    }
    (whole, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budgets_are_forty_minutes_in_sum() {
        assert_eq!(Suite::ALL.iter().map(|suite| suite.budget_minutes()).sum::<u64>(), 40);
    }

    #[test]
    fn tests_of_built_programs_are_told_from_the_others() {
        let metadata = serde_json::json!({"packages": [
            {"name": "service-tool-tests", "targets": [
                {"name": "service_tool_tests", "kind": ["lib"]}, {"name": "whole", "kind": ["test"]}]},
            {"name": "service-tool-hub", "targets": [
                {"name": "service-tool-hub", "kind": ["bin"]}, {"name": "http", "kind": ["test"]}]},
        ]});
        assert_eq!(integration_tests(&metadata), (vec!["whole".to_owned()], vec!["http".to_owned()]));
    }

    #[test]
    fn every_cargo_suite_names_the_same_features() {
        let workspace = Workspace::find().unwrap();
        let mut commands = vec![workspace.cargo_build(&PROGRAMS)];
        for suite in [Suite::Lint, Suite::Unit] {
            commands.extend(suite.steps(&workspace, None).unwrap().into_iter().map(|step| step.command));
        }
        for command in commands {
            let line = process::line(&command);
            assert!(line.contains(&format!("--workspace --features {}", crate::workspace::FEATURES)), "{line}");
        }
    }
}
