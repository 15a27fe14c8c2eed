//! The Windows Credential Manager.

use std::sync::Arc;

use keyring_core::CredentialStore;

pub fn store_open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}
