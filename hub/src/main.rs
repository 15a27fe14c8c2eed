//! The hub's executable: `serve` and `admin`. Reads the command line, says what happened, sets the exit status; all else
//! is in the library.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use jiff::tz::TimeZone;
use service_tool_hub::{
    admin::{self, Admin},
    clock::{Ambient, SystemClock},
    http::limit::Limits,
    hub::Options,
    server::{self, Configuration},
};

#[derive(Debug, Parser)]
#[command(name = "service-tool-hub", version, about = "The hub of Service-Tool")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves desktops and agents. The first line on standard output, JSON, says where.
    Serve(ServeArgs),
    /// Firms, people, codes, audit; beside a running `serve` too.
    Admin(Admin),
    /// Prints the API document.
    Openapi,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The folder for everything of this hub; made at the first start.
    #[arg(long)]
    data: PathBuf,
    /// Port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// How clients reach it: https://HOST[:PORT].
    #[arg(long)]
    public_url: Option<String>,
    /// The hub's name, as people see it when they enrol.
    #[arg(long)]
    name: Option<String>,
    /// A public certificate with its chain, PEM, instead of one of the hub's own CA.
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// Key of the certificate, PEM.
    #[arg(long, requires = "certificate")]
    key: Option<PathBuf>,
    /// Folder of form files; else `forms` in the data folder, filled with the built-in ones at the first start.
    #[arg(long)]
    forms: Option<PathBuf>,
    /// Seconds between an approval and the provider's queue.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=3600))]
    hand_over_s: u32,
    /// Time zone of the firms.
    #[arg(long, default_value = "Europe/Berlin")]
    time_zone: String,
    /// Failed tries to enrol or sign in that are taken from one address in a minute.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    failures_per_minute: u32,
    /// Calls of one signed-in person that are taken in a minute.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    person_per_minute: u32,
    /// Connections that are held at once.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Seconds that an ordinary call may take.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    call_s: u64,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SERVICE_TOOL_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn")),
        )
        .init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.command {
        Command::Serve(wanted) => runtime.block_on(serve(wanted)),
        Command::Admin(wanted) => {
            let ambient = Ambient::new(Arc::new(SystemClock), TimeZone::UTC);
            let answer = runtime.block_on(admin::run(wanted, ambient))?;
            say(&answer.to_string())
        }
        Command::Openapi => say(service_tool_hub::http::document_text().trim_end()),
    }
}

async fn serve(wanted: ServeArgs) -> Result<()> {
    let zone =
        TimeZone::get(&wanted.time_zone).with_context(|| format!("no time zone is called {}", wanted.time_zone))?;
    let configuration = Configuration {
        data: wanted.data,
        listen: wanted.listen,
        public_url: wanted.public_url,
        name: wanted.name,
        certificate: wanted.certificate.zip(wanted.key),
        forms: wanted.forms,
        options: Options {
            hand_over_s: wanted.hand_over_s,
            limits: Limits {
                failures_per_minute: wanted.failures_per_minute,
                person_per_minute: wanted.person_per_minute,
                connections: wanted.connections,
                call_s: wanted.call_s,
                ..Limits::default()
            },
        },
    };
    // asked for before the start is told, so that no signal is missed
    let mut signals = Signals::new()?;
    let mut running = server::start(configuration, Ambient::new(Arc::new(SystemClock), zone)).await?;
    let told = serde_json::json!({
        "event": "listening", "address": running.address.to_string(), "url": running.url, "ca": running.ca,
    });
    say(&told.to_string())?;
    tokio::select! {
        received = signals.next() => received?,
        error = running.broken() => return Err(error),
    }
    running.stop().await
}

fn say(line: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> Result<()> {
        let received = tokio::select! {
            received = self.terminate.recv() => received,
            received = self.interrupt.recv() => received,
        };
        if received.is_none() {
            bail!("signals are gone");
        }
        Ok(())
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Result<()> {
        if tokio::signal::ctrl_c().await.is_err() {
            bail!("signals are gone");
        }
        Ok(())
    }
}
