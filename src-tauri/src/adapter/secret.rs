//! The operating system's credential store (P2). A store that was missing is looked for again at the next call; one that
//! does not answer within the limit counts as missing, while its answer is still awaited in the background, so that a person
//! who types the password of a locked store a little later is not asked twice.
//!
//! Invariant: no secret is written anywhere else, and none is logged.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use keyring_core::{CredentialStore, Entry, Error};
use service_tool_core::host::{SecretError, SecretStore};

use super::system;

const LIMIT: Duration = Duration::from_secs(10);

/// How the store is opened; another one in tests.
type Open = fn() -> keyring_core::Result<Arc<CredentialStore>>;

/// The system's store.
pub struct SystemSecrets {
    /// First part of every name in the store.
    service: String,
    open: Open,
    store: Arc<Mutex<Option<Arc<CredentialStore>>>>,
    limit: Duration,
}

impl SystemSecrets {
    pub fn new(service: String) -> Self {
        Self { service, open: system::secret::store_open, store: Arc::default(), limit: LIMIT }
    }

    /// Does `work` with the entry of that name, on a thread of its own because a store can block for long.
    fn with_entry<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, SecretError> {
        let (sender, receiver) = mpsc::channel();
        let (service, name, open, store) = (self.service.clone(), name.to_owned(), self.open, Arc::clone(&self.store));
        std::thread::Builder::new()
            .name("secret".to_owned())
            .spawn(move || {
                let result = opened(&store, open)
                    .and_then(|store| store.build(&service, &name, None))
                    .and_then(|entry| work(&entry));
                if matches!(result, Err(Error::NoStorageAccess(_) | Error::PlatformFailure(_))) {
                    // The store may have been restarted: the next call begins anew.
                    *store.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                let _ = sender.send(result);
            })
            .map_err(|error| SecretError::Missing(error.to_string()))?;
        receiver
            .recv_timeout(self.limit)
            .map_err(|_| SecretError::Missing("it did not answer in time".to_owned()))?
            .map_err(|error| SecretError::Missing(error.to_string()))
    }
}

/// The open store; opened now where it was not yet. The lock is not held while a store is being opened.
fn opened(store: &Mutex<Option<Arc<CredentialStore>>>, open: Open) -> keyring_core::Result<Arc<CredentialStore>> {
    if let Some(store) = store.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        return Ok(Arc::clone(store));
    }
    let fresh = open()?;
    *store.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
    Ok(fresh)
}

/// A missing entry is no error to us.
fn absent_is_fine<T>(result: keyring_core::Result<T>) -> keyring_core::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

impl SecretStore for SystemSecrets {
    fn secret_get(&self, name: &str) -> Result<Option<String>, SecretError> {
        self.with_entry(name, |entry| absent_is_fine(entry.get_password()))
    }

    fn secret_set(&self, name: &str, value: &str) -> Result<(), SecretError> {
        let value = value.to_owned();
        self.with_entry(name, move |entry| entry.set_password(&value))
    }

    fn secret_remove(&self, name: &str) -> Result<(), SecretError> {
        self.with_entry(name, |entry| absent_is_fine(entry.delete_credential()).map(|_| ()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn secrets(open: Open) -> SystemSecrets {
        SystemSecrets { service: "test".to_owned(), open, store: Arc::default(), limit: Duration::from_millis(300) }
    }

    #[test]
    fn a_secret_is_kept_replaced_and_removed() {
        let secrets = secrets(|| Ok(keyring_core::mock::Store::new()?));
        assert_eq!(secrets.secret_get("key"), Ok(None));
        secrets.secret_set("key", "één").unwrap();
        secrets.secret_set("key", "twee").unwrap();
        assert_eq!(secrets.secret_get("key"), Ok(Some("twee".to_owned())));
        secrets.secret_remove("key").unwrap();
        secrets.secret_remove("key").unwrap();
        assert_eq!(secrets.secret_get("key"), Ok(None));
    }

    #[test]
    fn a_store_that_was_missing_is_looked_for_again() {
        static TRIES: AtomicU32 = AtomicU32::new(0);
        let secrets = secrets(|| match TRIES.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::NoDefaultStore),
            _ => Ok(keyring_core::mock::Store::new()?),
        });
        assert!(secrets.secret_get("key").is_err());
        assert_eq!(secrets.secret_get("key"), Ok(None));
    }

    #[test]
    fn a_store_that_does_not_answer_counts_as_missing() {
        let secrets = secrets(|| {
            let (_keep, never) = mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_secs(5));
            Err(Error::NoDefaultStore)
        });
        assert_eq!(secrets.secret_get("key"), Err(SecretError::Missing("it did not answer in time".to_owned())));
    }
}
