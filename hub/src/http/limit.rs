//! Owns how many calls are taken: per person where somebody is signed in, per address (and only on failures) where nobody
//! is, since a whole server farm shares one address.
//!
//! Invariants: memory is bounded, whatever addresses call; a try counts before its end is known, so tries at the same
//! moment are no more than tries one after the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use service_tool_contract::id::{Moment, PersonId};

use crate::failure::{Answer, Failure};

/// How many calls are taken.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Calls of one person in a minute.
    pub person_per_minute: u32,
    /// Failed calls of one address in a minute, by nobody who is signed in.
    pub failures_per_minute: u32,
    /// Connections at once.
    pub connections: usize,
    /// Waiting calls for events, per person.
    pub waits_per_person: u32,
    /// Seconds that an ordinary call may take.
    pub call_s: u64,
    /// Seconds that a chunk may take.
    pub chunk_s: u64,
    /// Seconds in which the head of a request must have arrived.
    pub head_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            person_per_minute: 600,
            failures_per_minute: 30,
            connections: 10_000,
            waits_per_person: 6,
            call_s: 30,
            chunk_s: 180,
            head_s: 15,
        }
    }
}

/// Buckets of calls; each fills up again in a minute.
struct Buckets<K> {
    per_minute: f64,
    levels: Mutex<HashMap<K, (f64, i64)>>,
}

const MOST_BUCKETS: usize = 50_000;

impl<K: Hash + Eq> Buckets<K> {
    fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.into(), levels: Mutex::new(HashMap::new()) }
    }

    /// Takes a call out of a bucket; an empty one says after how many seconds it is worth coming back.
    fn take(&self, key: K, now: Moment) -> Result<(), u32> {
        let now_ms = now.0.as_millisecond();
        let full = |level: f64, since: i64| {
            let elapsed_ms = u32::try_from(now_ms.saturating_sub(since).clamp(0, 60_000)).unwrap_or(60_000);
            (level + f64::from(elapsed_ms) * self.per_minute / 60_000.0).min(self.per_minute)
        };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if levels.len() >= MOST_BUCKETS {
            levels.retain(|_, (level, since)| full(*level, *since) < self.per_minute);
        }
        if levels.len() >= MOST_BUCKETS {
            levels.clear();
        }
        let (level, since) = levels.entry(key).or_insert((self.per_minute, now_ms));
        let present = full(*level, *since);
        *since = now_ms;
        if present < 1.0 {
            *level = present;
            let wait_s = ((1.0 - present) * 60.0 / self.per_minute).ceil();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 60")]
            return Err(wait_s.clamp(1.0, 60.0) as u32);
        }
        *level = present - 1.0;
        Ok(())
    }

    /// Puts a call that was taken back.
    fn give_back(&self, key: &K) {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((level, _)) = levels.get_mut(key) {
            *level = (*level + 1.0).min(self.per_minute);
        }
    }
}

/// All limits of one hub.
pub struct Limiter {
    people: Buckets<PersonId>,
    addresses: Buckets<IpAddr>,
    waits: Mutex<HashMap<PersonId, u32>>,
    waits_per_person: u32,
}

impl Limiter {
    /// With these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            people: Buckets::new(limits.person_per_minute),
            addresses: Buckets::new(limits.failures_per_minute),
            waits: Mutex::new(HashMap::new()),
            waits_per_person: limits.waits_per_person,
        }
    }

    /// Counts a call of a signed-in person.
    pub fn person(&self, person: &PersonId, now: Moment) -> Answer<()> {
        self.people.take(person.clone(), now).map_err(Failure::too_many)
    }

    /// Counts a try of this address to prove who it is, if it still may. It counts as failed until [`Try::succeeded`].
    pub fn begin_try(&self, address: IpAddr, now: Moment) -> Answer<Try<'_>> {
        let network = network(address);
        self.addresses.take(network, now).map_err(Failure::too_many)?;
        Ok(Try { limiter: self, network })
    }

    /// Calls that wait now.
    pub fn waiting(&self) -> u32 {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Counts a waiting call, as long as the answer lives.
    pub fn wait(&self, person: &PersonId) -> Answer<Wait<'_>> {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waits.entry(person.clone()).or_insert(0);
        if *count >= self.waits_per_person {
            return Err(Failure::too_many(5));
        }
        *count += 1;
        Ok(Wait { limiter: self, person: person.clone() })
    }
}

/// A counted try.
#[must_use]
pub struct Try<'a> {
    limiter: &'a Limiter,
    network: IpAddr,
}

impl Try<'_> {
    /// It was no failure: it does not count.
    pub fn succeeded(self) {
        self.limiter.addresses.give_back(&self.network);
    }
}

/// What one caller can take addresses from: a subscriber of IPv6 has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// A counted waiting call.
pub struct Wait<'a> {
    limiter: &'a Limiter,
    person: PersonId,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut waits = self.limiter.waits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waits.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                waits.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_use_an_address_up_and_time_brings_it_back() {
        let limiter = Limiter::new(&Limits { failures_per_minute: 2, ..Limits::default() });
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        let start = Moment("2026-11-23T08:00:00Z".parse().unwrap());
        for _ in 0..100 {
            limiter.begin_try(address, start).unwrap().succeeded();
        }
        // both are under way at once: they count from their beginning
        let (_first, _second) =
            (limiter.begin_try(address, start).unwrap(), limiter.begin_try(address, start).unwrap());
        let refused = limiter.begin_try(address, start).err().unwrap();
        assert_eq!(refused.problem.retry_after, Some(30));
        let _ = limiter.begin_try(other, start).unwrap();
        let later = Moment("2026-11-23T08:00:31Z".parse().unwrap());
        let _ = limiter.begin_try(address, later).unwrap();
    }

    #[test]
    fn the_addresses_of_one_subscriber_count_as_one() {
        for (address, expected) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected.parse::<IpAddr>().unwrap(), "{address}");
        }
    }

    #[test]
    fn waits_are_counted_as_long_as_they_live() {
        let limiter = Limiter::new(&Limits { waits_per_person: 1, ..Limits::default() });
        let person = PersonId::from("per_1");
        let wait = limiter.wait(&person).unwrap();
        assert!(limiter.wait(&person).is_err());
        drop(wait);
        assert!(limiter.wait(&person).is_ok());
    }
}
