//! Owns the commands of a checkout: `cargo xtask VERB`. Each verb lies in a file of its own, whose head says what it does.
//!
//! This is a tool for Linux (Debian and Ubuntu best); what it builds runs on Linux and Windows.
//! Exit codes: 0 done, 1 something failed, 2 not understood.

mod arguments;
mod bindings;
mod count;
mod help;
mod interface;
mod packages;
mod pictures;
mod process;
mod run;
mod setup;
mod suite;
mod test;
mod windows;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use arguments::{Usage, Verb};
use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    match perform(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn perform(arguments: &[String]) -> Result<bool> {
    let verb = arguments::parse(arguments)?;
    let workspace = Workspace::find()?;
    match verb {
        Verb::Run(options) => run::run(&workspace, &options)?,
        Verb::Test(suites) => return test::test(&workspace, &suites),
        Verb::WindowsCheck => windows::check(&workspace)?,
        Verb::Setup(groups) => setup::set_up(&workspace, &groups)?,
        Verb::Pictures => pictures::make(&workspace)?,
        Verb::Bindings => bindings::write(&workspace)?,
        Verb::Help => help::print(),
    }
    Ok(true)
}
