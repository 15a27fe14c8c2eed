//! Owns what the hub takes from its surroundings besides files and network: the time and randomness, and the ids made of
//! both. Leaves timers to tokio.
//!
//! Invariant: nobody else in this crate asks the system for the time or for random bytes, so a test can move the clock.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ring::rand::{SecureRandom, SystemRandom};
use service_tool_contract::id::{Day, Moment};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug)]
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(now)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No random bytes can be had: nothing that needs a secret can go on.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// Time and randomness, as one parameter.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    random: SystemRandom,
    zone: TimeZone,
}

impl Ambient {
    /// Of a clock and the time zone of the firms.
    pub fn new(clock: Arc<dyn Clock>, zone: TimeZone) -> Self {
        Self { clock, random: SystemRandom::new(), zone }
    }

    /// The present moment, whole milliseconds, as it is stored.
    pub fn now(&self) -> Moment {
        let now = self.clock.now();
        Moment(Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now))
    }

    /// The present day at the firms.
    pub fn today(&self) -> Day {
        Day(self.now().0.to_zoned_datetime(self.zone.clone()).date())
    }

    /// Time zone of the firms.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The system's random source, for keys.
    pub fn random(&self) -> &SystemRandom {
        &self.random
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(bytes)
    }

    /// A fresh id: `prefix`, an underscore and a UUIDv7.
    pub fn id(&self, prefix: &str) -> Result<String, NoRandomness> {
        let bytes = self.bytes::<10>()?;
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        Ok(format!("{prefix}_{}", uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()))
    }

    /// A fresh secret of 256 bits, as text that fits into a header.
    pub fn secret(&self) -> Result<String, NoRandomness> {
        Ok(data_encoding::BASE64URL_NOPAD.encode(&self.bytes::<32>()?))
    }
}
