//! Owns how agents' passwords are hashed and compared.
//!
//! Invariant: an unknown address takes as long as a wrong password.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use tokio::sync::Semaphore;

use crate::clock::{Ambient, NoRandomness};
use crate::failure::{Answer, disk};

/// The hash of a password, as it is stored. Takes a while, on purpose.
pub fn hash(password: &str, ambient: &Ambient) -> Result<String, NoRandomness> {
    let salt = ambient.bytes::<16>()?;
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| NoRandomness)
}

/// Whether the password is the one of the hash. Without a hash it compares with one that fits nothing. Takes a while.
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        Argon2::default()
            .hash_password_with_salt(b"nobody", b"no salt for nobody")
            .map(|hash| hash.to_string())
            .unwrap_or_default()
    });
    let stored = hash.unwrap_or(&NOBODY);
    let matches = PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok());
    matches && hash.is_some()
}

/// Compares beside the calls, a few at a time: each takes memory and a processor.
pub async fn compare(password: String, hash: Option<String>) -> Answer<bool> {
    static FREE: Semaphore = Semaphore::const_new(2);
    let _permit = FREE.acquire().await.map_err(|error| disk(&error))?;
    tokio::task::spawn_blocking(move || is_right(&password, hash.as_deref())).await.map_err(|error| disk(&error))
}
