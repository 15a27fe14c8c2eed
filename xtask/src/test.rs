//! Owns `cargo xtask test`: prepares, runs the suites of [`crate::suite`], and says how each of them ended.

use std::fmt;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::count::Count;
use crate::interface;
use crate::packages::Group;
use crate::process::{self, Watched};
use crate::setup;
use crate::suite::{Step, Suite};
use crate::windows::{self, Toolchain};
use crate::workspace::Workspace;

/// Returns whether everything passed.
pub fn test(workspace: &Workspace, suites: &[Suite]) -> Result<bool> {
    let started = Instant::now();
    let windows = prepare(workspace, suites)?;
    println!("==> Prepared in {:.1} min.", minutes(started.elapsed()));
    process::listen_for_interrupt()?;

    let mut count = Count::default();
    let mut closing_lines = Vec::new();
    let mut broken = false;
    for suite in suites {
        println!("\n==> {} ({} min)", suite.name(), suite.budget_minutes());
        let started = Instant::now();
        let (ending, counted) = if broken {
            (Ending::NotRun, Count::default())
        } else {
            suite.steps(workspace, windows.as_ref()).and_then(|steps| run(*suite, steps)).unwrap_or_else(|error| {
                // it could not even start; the others still can
                (Ending::Failed(vec![format!("{error:#}")]), Count::default())
            })
        };
        count += ending.counted(counted);
        broken |= ending == Ending::BuildBroken;
        let line = closing_line(*suite, &ending, started.elapsed());
        println!("{line}");
        closing_lines.push(line);
        if ending == Ending::Interrupted {
            bail!("interrupted");
        }
    }
    println!("\n{}\n\n{} passed, {} failed", closing_lines.join("\n"), count.passed, count.failed);
    Ok(count.failed == 0)
}

/// Installs what the suites need; not part of their budgets.
fn prepare(workspace: &Workspace, suites: &[Suite]) -> Result<Option<Toolchain>> {
    let needed: Vec<Group> =
        Group::ALL.into_iter().filter(|group| suites.iter().any(|suite| suite.groups().contains(group))).collect();
    setup::ensure(workspace, &needed)?;
    for (suite, verb, component) in [(Suite::Format, "fmt", "rustfmt"), (Suite::Lint, "clippy", "clippy")] {
        if suites.contains(&suite) && !process::succeeds(workspace.cargo(verb).arg("--version")) {
            process::run(workspace.command("rustup").args(["component", "add", component]))?;
        }
    }
    if suites.contains(&Suite::Ui) {
        interface::install(workspace)?;
    } else if suites.iter().any(|suite| suite.compiles()) {
        interface::build(workspace)?;
    }
    if suites.contains(&Suite::Windows) { windows::prepare(workspace).map(Some) } else { Ok(None) }
}

#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Ok,
    /// the commands that failed
    Failed(Vec<String>),
    BuildBroken,
    OverBudget,
    Interrupted,
    NotRun,
}

impl Ending {
    /// A suite that failed without a failed test (a lint, a budget) is one failure.
    fn counted(&self, counted: Count) -> Count {
        let failed = if *self == Self::Ok { counted.failed } else { counted.failed.max(1) };
        Count { failed, ..counted }
    }
}

fn run(suite: Suite, steps: Vec<Step>) -> Result<(Ending, Count)> {
    let deadline = Instant::now() + Duration::from_secs(suite.budget_minutes() * 60);
    let mut count = Count::default();
    let mut failed = Vec::new();
    for mut step in steps {
        let line = process::line(&step.command);
        println!("==> {line}");
        if std::io::stdout().is_terminal() {
            step.command.env("CARGO_TERM_COLOR", "always");
        }
        let end = process::watch(&mut step.command, deadline, |line| {
            println!("{line}");
            count += Count::of_line(line);
        })?;
        match end {
            Watched::Ended(status) if status.success() => {}
            Watched::Ended(_) if step.builds => return Ok((Ending::BuildBroken, count)),
            Watched::Ended(_) => failed.push(line),
            Watched::OverBudget => return Ok((Ending::OverBudget, count)),
            Watched::Interrupted => return Ok((Ending::Interrupted, count)),
        }
    }
    // a failed test whose program ended well would be missed otherwise
    let ending = if failed.is_empty() && count.failed == 0 { Ending::Ok } else { Ending::Failed(failed) };
    Ok((ending, count))
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => Ok(()),
            Self::Failed(commands) => write!(formatter, ": {}", commands.join("; ")),
            Self::BuildBroken => formatter.write_str(": the build is broken"),
            Self::OverBudget => formatter.write_str(": over its budget, ended"),
            Self::Interrupted => formatter.write_str(": interrupted"),
            Self::NotRun => formatter.write_str(": not run, the build is broken"),
        }
    }
}

fn closing_line(suite: Suite, ending: &Ending, took: Duration) -> String {
    let verdict = if *ending == Ending::Ok { "ok" } else { "FAILED" };
    let (took, budget) = (minutes(took), suite.budget_minutes());
    format!("{:<8} {verdict:<6}  {took:.1} min of {budget}{ending}", suite.name())
}

fn minutes(duration: Duration) -> f64 {
    duration.as_secs_f64() / 60.0
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn shell(script: &str, builds: bool) -> Step {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Step { command, builds }
    }

    #[test]
    fn the_closing_line_says_how_a_suite_ended() {
        let took = Duration::from_secs(192);
        assert_eq!(closing_line(Suite::Unit, &Ending::Ok, took), "unit     ok      3.2 min of 10");
        assert_eq!(
            closing_line(Suite::Lint, &Ending::Failed(vec!["cargo clippy".to_owned()]), took),
            "lint     FAILED  3.2 min of 8: cargo clippy"
        );
        let over = closing_line(Suite::Windows, &Ending::OverBudget, took);
        assert_eq!(over, "windows  FAILED  3.2 min of 7: over its budget, ended");
    }

    #[test]
    fn all_commands_of_a_suite_run_although_one_failed() {
        let steps = vec![
            shell("echo 'test result: FAILED. 1 passed; 2 failed; 0 ignored'; exit 101", false),
            shell("echo 'test result: ok. 4 passed; 0 failed; 0 ignored'", false),
        ];
        let (ending, count) = run(Suite::Unit, steps).unwrap();
        assert!(matches!(&ending, Ending::Failed(commands) if commands.len() == 1));
        assert_eq!(ending.counted(count), Count { passed: 5, failed: 2 });
    }

    #[test]
    fn a_broken_build_ends_the_suite() {
        let (ending, count) =
            run(Suite::Unit, vec![shell("exit 1", true), shell("echo '      Tests  4 passed (4)'", false)]).unwrap();
        assert_eq!(ending, Ending::BuildBroken);
        assert_eq!(ending.counted(count), Count { passed: 0, failed: 1 });
    }

    #[test]
    fn a_suite_without_tests_that_passes_adds_nothing() {
        let (ending, count) = run(Suite::Format, vec![shell("true", false)]).unwrap();
        assert_eq!((ending.counted(count), ending), (Count::default(), Ending::Ok));
    }
}
