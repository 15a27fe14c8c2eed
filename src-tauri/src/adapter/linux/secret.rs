//! The Secret Service of the session bus.

use std::sync::Arc;

use keyring_core::CredentialStore;

pub fn store_open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}
