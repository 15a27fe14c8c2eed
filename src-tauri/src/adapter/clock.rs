//! Time and randomness of the system: the one place of this program that asks for them.

use ring::rand::SecureRandom as _;
use service_tool_contract::id::Moment;
use service_tool_core::host::{Clock, Randomness};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now())
    }
}

/// The system's source of random bytes.
pub struct SystemRandomness(ring::rand::SystemRandom);

impl SystemRandomness {
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        // Keys made of anything else than random bytes would be worse than no program.
        if self.0.fill(bytes).is_err() {
            tracing::error!("the system gives no random bytes");
            std::process::abort();
        }
    }
}
