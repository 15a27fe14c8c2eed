//! Owns `cargo xtask run`: from a fresh checkout to a hub with sample firms and a desktop enrolled as one of its people.
//!
//! Whatever it started ends with it; what another terminal started is used and left alone.

mod data;
mod desktop;
mod hub;
mod session;

use std::env;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::arguments::{Person, Run};
use crate::interface;
use crate::packages::Group as Packages;
use crate::process;
use crate::setup;
use crate::workspace::{PROGRAMS, Workspace};

use data::Data;
use desktop::Desktop;
use hub::Hub;
use session::Session;

/// The agent's page, below the hub's address.
const AGENT_PAGE: &str = "/agent";

pub fn run(workspace: &Workspace, options: &Run) -> Result<()> {
    setup::ensure(workspace, &[Packages::Build])?;
    interface::build(workspace)?;
    let mut build = workspace.cargo_build(&PROGRAMS);
    println!("==> Building hub and desktop (some minutes the first time): {}", process::line(&build));
    process::run(&mut build)?;

    process::listen_for_interrupt()?;
    let folder = options.data.clone().unwrap_or_else(|| workspace.root.join("target/run"));
    let data = Data::open(&folder, options.fresh)?;
    println!("==> Data: {}", data.folder().display());
    if let Some(process_id) = data.running_desktop(options.person) {
        bail!("the desktop of the {} is running already (process {process_id})", options.person.title());
    }
    let hub = Hub::ensure(workspace, &data)?;
    let with_display =
        env::var_os("DISPLAY").or_else(|| env::var_os("WAYLAND_DISPLAY")).is_some_and(|name| !name.is_empty());
    match options.person {
        Person::Agent => agent(workspace, hub, with_display),
        person => desktop(workspace, &data, hub, person, with_display, options.browser || !with_display),
    }
}

fn desktop(
    workspace: &Workspace,
    data: &Data,
    mut hub: Hub,
    person: Person,
    with_display: bool,
    browser: bool,
) -> Result<()> {
    let session = Session::find(workspace, data, person, with_display)?;
    let mut desktop = Desktop::start(workspace, data, &hub, &session, person, browser)?;

    println!("\n==> Ready: the desktop of the {}.", person.title());
    if let Some(address) = desktop.address() {
        println!("    Open in a browser:   {address}");
    } else if desktop.in_tray() {
        println!("    Double-click the bag beside the clock.");
    } else {
        println!("    No tray answers here, so the menu opens by itself.");
    }
    let other = if person == Person::Staff { Person::Approver } else { Person::Staff };
    println!(
        "    In another terminal: cargo xtask run --as {:<8}  (the {}, beside this one)",
        other.name(),
        other.title()
    );
    println!("                         cargo xtask run --as agent     (the provider's page)");
    println!("    Logs:                {} and {}", desktop.log().display(), hub.log().display());
    println!(
        "    Ctrl-C ends it{}.",
        if hub.is_own() { ", and the hub" } else { "; the hub belongs to the other terminal" }
    );

    let mut hub_is_there = true;
    let ending = loop {
        if process::interrupted() {
            break Ok(());
        }
        if let Some(ended) = desktop.ended()? {
            break ended;
        }
        if hub_is_there && !hub.is_there() {
            if hub.is_own() {
                break Err(hub.why_it_ended());
            }
            println!("==> The hub has ended with the other terminal. The desktop keeps what it has to send.");
            hub_is_there = false;
        }
        thread::sleep(Duration::from_millis(200));
    };
    println!("\n==> Ending.");
    desktop.end();
    drop(session);
    hub.end();
    ending
}

fn agent(workspace: &Workspace, mut hub: Hub, with_display: bool) -> Result<()> {
    let sample = hub.sample(workspace)?;
    let address = format!("{}{AGENT_PAGE}", hub.url());
    println!("\n==> Ready: the provider's side.");
    println!("    Open in a browser:   {address}");
    println!("    Sign in as:          {}", sample.agent.email);
    println!("    Password:            {}", sample.agent.password);
    println!("    The certificate comes from the hub's own authority: {}", hub.authority().display());
    if with_display {
        let mut open = workspace.command("xdg-open");
        if open.arg(&address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_err() {
            println!("    (xdg-open is missing: open it by hand)");
        }
    }
    if !hub.is_own() {
        return Ok(());
    }
    println!("    In another terminal: cargo xtask run");
    println!("    Ctrl-C ends the hub.");
    while !process::interrupted() {
        if !hub.is_there() {
            bail!(hub.why_it_ended());
        }
        thread::sleep(Duration::from_millis(200));
    }
    println!("\n==> Ending.");
    hub.end();
    Ok(())
}
