//! Waiting for something to become true, with a deadline and the words for what did not come. The only place that sleeps.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

/// Generous, for a busy machine; waiting ends as soon as the thing is there.
pub const SOON: Duration = Duration::from_secs(30);
/// For what starts a program with a window.
pub const START: Duration = Duration::from_secs(60);

const STEP: Duration = Duration::from_millis(25);

/// Asks `probe` until it gives something. An error of the probe counts as "not yet" and is told when time is up.
pub fn until<T>(what: &str, within: Duration, mut probe: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        let last = match probe() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= deadline {
            let seconds = within.as_secs();
            return Err(match last {
                Some(error) => error.context(format!("after {seconds} s still not: {what}")),
                None => anyhow!("after {seconds} s still not: {what}"),
            });
        }
        thread::sleep(STEP);
    }
}

/// Asks until it is true.
pub fn until_true(what: &str, within: Duration, mut probe: impl FnMut() -> Result<bool>) -> Result<()> {
    until(what, within, || Ok(probe()?.then_some(())))
}

/// Holds over the whole of `span`: asks again and again and fails as soon as it is not so.
pub fn throughout(what: &str, span: Duration, mut probe: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + span;
    loop {
        if !probe()? {
            return Err(anyhow!("no longer: {what}"));
        }
        if Instant::now() >= end {
            return Ok(());
        }
        thread::sleep(STEP);
    }
}

/// Lets time pass on purpose: for the moment at which something is broken off, never to wait for something to be done.
pub fn let_pass(span: Duration) {
    thread::sleep(span);
}
