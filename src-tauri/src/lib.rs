//! The shell of the desktop: command line, tray, windows, and the system behind the core's ports. It brings
//! `service-tool-core` and Tauri together and decides nothing itself.
//!
//! Invariant: a line here that could be wrong in an interesting way belongs in the core.

mod adapter;
mod argument;
mod command;
mod headless;
mod program;
mod tray;
mod window;

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use service_tool_core::{
    Place, Policy, Ports,
    host::{Desk, ScreenSource},
};

use adapter::{
    clock::{SystemClock, SystemRandomness},
    place::{place_find, secret_service},
    policy::policy_find,
    printer::SystemPrinters,
    secret::SystemSecrets,
};
use argument::{Arguments, Command, PlaceArguments};

/// Runs the program as the command line says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_start();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("service-tool: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a provider of cryptography was chosen already");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("service-tool")
        .enable_all()
        .build()?;
    let begin = Begin::find(&arguments.place, runtime.handle().clone())?;
    match &arguments.command {
        Some(Command::Enrol { code, hub }) => runtime.block_on(headless::enrol(begin, code, hub)),
        Some(Command::Enrolled) => runtime.block_on(headless::enrolled(begin)),
        None => {
            #[cfg(feature = "browser")]
            if arguments.browser {
                return runtime.block_on(headless::browser(begin));
            }
            program::run(begin, arguments)
        }
    }
}

/// What every start needs.
struct Begin {
    place: Place,
    policy: Policy,
    runtime: tokio::runtime::Handle,
}

impl Begin {
    fn find(place: &PlaceArguments, runtime: tokio::runtime::Handle) -> anyhow::Result<Self> {
        Ok(Self { place: place_find(place.data.clone())?, policy: policy_find(place.policy.as_deref())?, runtime })
    }

    /// The ports on the real system, with these windows and screens.
    fn ports(&self, desk: Arc<dyn Desk>, screen: Arc<dyn ScreenSource>) -> Ports {
        Ports {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness::new()),
            secrets: Arc::new(SystemSecrets::new(secret_service(&self.place))),
            printers: Arc::new(SystemPrinters),
            screen,
            desk,
            runtime: self.runtime.clone(),
        }
    }
}

/// Log to the standard error output; `SERVICE_TOOL_LOG` says how much (`debug`, `service_tool=trace` …).
fn log_start() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SERVICE_TOOL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let started =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
    if let Err(error) = started {
        eprintln!("service-tool: no log: {error}");
    }
}
