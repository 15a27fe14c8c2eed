//! The desktop's own opener for addresses; programs in a process group of their own.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// An opener that has not failed by then has a browser in front of it.
const OPENER_WAIT: Duration = Duration::from_secs(3);

pub fn address_open(address: &str) -> Result<(), String> {
    let mut opener = Command::new("xdg-open");
    opener.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    detach(&mut opener);
    let mut child = opener.spawn().map_err(|error| format!("xdg-open does not start: {error}"))?;
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send(child.wait()));
    match end.recv_timeout(OPENER_WAIT) {
        Ok(Ok(status)) if !status.success() => Err(format!("xdg-open ended with {status}")),
        Ok(Err(error)) => Err(format!("xdg-open was lost: {error}")),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

/// Signals to this program's group do not reach it.
pub fn detach(command: &mut Command) {
    command.process_group(0);
}
