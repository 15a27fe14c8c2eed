//! Starts without a window: enrolment from the command line and, in development, the screens in a browser. Nothing here
//! touches Tauri or a display.
//!
//! Invariant: what a program is to read is one line of JSON on the standard output.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use serde_json::json;
use service_tool_contract::code::{Code, Problem};
use service_tool_core::{
    Desktop,
    command::{DesktopEvent, Screen, WindowLabel},
    host::{Desk, TrayState, WindowShape},
};

use crate::{Begin, adapter::screen::SystemScreen};

/// No windows, no tray.
struct NoDesk;

impl Desk for NoDesk {
    fn window_open(&self, _window: WindowLabel, _screen: &Screen, _shape: WindowShape) {}
    fn window_close(&self, _window: WindowLabel) {}
    fn window_any(&self) -> bool {
        false
    }
    fn tell(&self, _event: &DesktopEvent) {}
    fn tray_show(&self, _state: TrayState) {}
    fn entry_open(&self, _open: &str) -> Result<(), String> {
        Err("no menu, no entries".to_owned())
    }
    fn end(&self) {}
}

fn desktop(begin: Begin) -> anyhow::Result<Arc<Desktop>> {
    let ports = begin.ports(Arc::new(NoDesk), Arc::new(SystemScreen::new(None)));
    Desktop::start_alone(ports, begin.policy, begin.place)
}

/// Uses the code. Ends with 0, with 3 where the hub refuses the code, with 4 where the hub cannot be reached or trusted.
pub async fn enrol(begin: Begin, code: &str, hub: &str) -> anyhow::Result<ExitCode> {
    let named = if hub.is_empty() { begin.policy.hub.url.clone().unwrap_or_default() } else { hub.to_owned() };
    let desktop = desktop(begin)?;
    let result = desktop.enrol_with(code, hub).await;
    desktop.shutdown().await;
    match result {
        Ok(offer) => {
            print_line(&json!({
                "event": "enrolled",
                "hub": named,
                "hub_name": offer.hub_name,
                "firm": offer.tenant_name,
                "person": offer.person_name,
                "role": offer.role,
            }))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            eprintln!("service-tool: not enrolled: {problem}");
            Ok(ExitCode::from(exit_code(&problem)))
        }
    }
}

fn exit_code(problem: &Problem) -> u8 {
    match problem.code {
        Code::EnrolmentRefused | Code::OtherHub => 3,
        Code::HubUnreachable | Code::HubUntrusted | Code::HubNotUnderstood | Code::HubUnavailable => 4,
        _ => 1,
    }
}

/// Ends with 0 where this desktop is enrolled, with 1 where it is not, and with 2 where that cannot be found out, as while
/// the program runs.
pub async fn enrolled(begin: Begin) -> anyhow::Result<ExitCode> {
    let desktop = match desktop(begin) {
        Ok(desktop) => desktop,
        Err(error) => {
            eprintln!("service-tool: {error:#}");
            return Ok(ExitCode::from(2));
        }
    };
    let enrolled = desktop.enrolled().await;
    desktop.shutdown().await;
    Ok(if enrolled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Serves the screens to a browser until Ctrl-C or the end is asked for.
#[cfg(feature = "browser")]
pub async fn browser(begin: Begin) -> anyhow::Result<ExitCode> {
    use service_tool_core::web_host::{BrowserDesk, serve};

    let desk = BrowserDesk::new();
    let ports = begin.ports(Arc::clone(&desk) as Arc<dyn Desk>, Arc::new(SystemScreen::new(None)));
    let desktop = Desktop::start(ports, begin.policy, begin.place)?;
    let dist = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/dist"));
    let (address, server) = serve(Arc::clone(&desktop), desk, dist).await?;
    print_line(&json!({ "event": "browser", "address": address }))?;
    tokio::select! {
        () = server => {}
        () = crate::program::end_asked() => {}
    }
    desktop.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

fn print_line(line: &serde_json::Value) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("the standard output cannot be written")
}
