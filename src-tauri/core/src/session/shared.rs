//! What all sessions of a data folder share: the key of local state and the enrolment. Whoever makes or changes them holds
//! `shared.lock`; a session that finds another record than its own follows it.
//!
//! Invariant: two sessions that start at once make one key, and no session works for an account whose record is not that of
//! the data folder for longer than the time between two looks.

use std::{path::PathBuf, sync::Arc};

use service_tool_contract::code::{Code, Problem};
use tokio::time::Instant;

use super::{FileLock, LOOK};
use crate::{
    Desktop,
    command::{Connection, SecretState},
    desktop::State,
    enrolment::{Account, DEVICE_KEY, EnrolmentRecord, RECORD},
    local_state::KEY_LEN,
    locked,
};

/// Name of the secret that opens the folder.
const STATE_KEY: &str = "state-key";

impl Desktop {
    /// The lock under which shared things change, waited for as long as a call of the credential store may take.
    pub(crate) async fn shared_lock(&self) -> Result<FileLock, Problem> {
        let path: PathBuf = self.home.main.join("shared.lock");
        let deadline = Instant::now() + self.tempo.secret_limit * 2;
        loop {
            match FileLock::try_take(&path) {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) if Instant::now() < deadline => tokio::time::sleep(LOOK).await,
                Ok(None) => {
                    return Err(Problem::new(Code::NotStored, "another session holds the enrolment for too long"));
                }
                Err(error) => return Err(Problem::new(Code::NotStored, error.to_string())),
            }
        }
    }

    /// The key of the folder, made at the first start.
    pub(crate) async fn state_key(&self) -> Result<[u8; KEY_LEN], Problem> {
        if let Some(key) = self.state_key_kept().await? {
            return Ok(key);
        }
        let _lock = self.shared_lock().await?;
        // another session may have made it meanwhile
        if let Some(key) = self.state_key_kept().await? {
            return Ok(key);
        }
        let mut key = [0; KEY_LEN];
        self.ports.randomness.fill(&mut key);
        self.secret_set(STATE_KEY, &data_encoding::BASE64URL_NOPAD.encode(&key)).await?;
        Ok(key)
    }

    async fn state_key_kept(&self) -> Result<Option<[u8; KEY_LEN]>, Problem> {
        let kept = self.secret_get(STATE_KEY).await?;
        let decoded = kept.and_then(|text| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        Ok(decoded.and_then(|key| key.try_into().ok()))
    }

    /// Takes over the enrolment that another session has made.
    pub(crate) async fn enrolment_follow(self: &Arc<Self>, state: &State) -> Result<(), Problem> {
        if state.secrets != SecretState::Stored {
            return Ok(());
        }
        // somebody enrols here
        let Ok(_one_at_a_time) = state.enrolling.try_lock() else { return Ok(()) };
        let record: Option<EnrolmentRecord> = state.store.run(|store| store.shared_get(RECORD)).await?;
        let Some(record) = record.filter(|record| record.is_allowed(&self.policy)) else { return Ok(()) };
        let is_known = locked(&state.account).as_ref().is_some_and(|account| account.record == record);
        if is_known {
            return Ok(());
        }
        let Some(device_key) = self.secret_get(DEVICE_KEY).await? else { return Ok(()) };
        let account = self.account_of(record, device_key)?;
        self.account_take(state, account).await
    }

    /// Works for this account from now on.
    pub(crate) async fn account_take(self: &Arc<Self>, state: &State, account: Account) -> Result<(), Problem> {
        let is_same_person = locked(&state.me).as_ref().is_some_and(|me| me.id == account.record.enrolment.me.id);
        if !is_same_person {
            self.forget_known().await?;
        }
        *locked(&state.me) = Some(account.record.enrolment.me.clone());
        *locked(&state.account) = Some(Arc::new(account));
        self.connection_set(Connection::Connecting);
        self.refresh_all().await;
        state.wake_live();
        state.outbox.wake_all();
        Ok(())
    }
}
