//! Owns what all handlers share: database, files, catalog, keys, clock and limits of one running hub; and what the command
//! line shares with it (opening a data folder).
//!
//! Invariant: there is no global state; everything that a handler needs is in its [`Hub`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::{Context, Result};
use service_tool_contract::wire::{Brand, HubIdentity, Me};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::attachment::AttachmentFolder;
use crate::audit::AuditKey;
use crate::catalog::Catalog;
use crate::certificate::Authority;
use crate::clock::Ambient;
use crate::data::{DataFolder, make_private_file};
use crate::http::limit::{Limiter, Limits};
use crate::store::{Store, credential::Identity, hub::HubRecord};

/// A data folder with everything in it, opened.
pub struct Opened {
    pub folder: DataFolder,
    pub store: Store,
    pub record: HubRecord,
    pub authority: Authority,
    pub audit: AuditKey,
}

/// Address that is told until `serve` has said another.
pub const DEFAULT_URL: &str = "https://localhost:8443";
const DEFAULT_NAME: &str = "Service-Tool";

impl Opened {
    /// Opens a data folder; what is missing is made, by one process at a time.
    pub async fn open(root: &Path, name: Option<&str>, ambient: &Ambient) -> Result<Self> {
        let folder = DataFolder::open(root)?;
        let setup = folder.lock_for_setup()?;
        // what the database lays beside its file gets the rights of the file
        make_private_file(&folder.path("hub.sqlite"))?;
        for beside in ["hub.sqlite-wal", "hub.sqlite-shm"].map(|name| folder.path(name)) {
            if beside.exists() {
                make_private_file(&beside)?;
            }
        }
        let store = Store::open(&folder.path("hub.sqlite")).await.context("the database cannot be opened")?;
        let mut change = store.change().await?;
        let record = match crate::store::hub::record(&mut change).await? {
            Some(record) => record,
            None => {
                let name = name.unwrap_or(DEFAULT_NAME).to_owned();
                let record = HubRecord {
                    id: ambient.id("hub")?,
                    url: DEFAULT_URL.to_owned(),
                    own_certificate: true,
                    brand: Brand { provider: name.clone(), hotline: String::new(), hotline_hours: String::new() },
                    name,
                };
                crate::store::hub::add(&mut change, &record, ambient.now()).await?;
                record
            }
        };
        change.commit().await?;
        let authority = Authority::open(&folder, &record.name, ambient.now().0)?;
        let audit = AuditKey::open(&folder, &record.id, ambient)?;
        drop(setup);
        Ok(Self { folder, store, record, authority, audit })
    }
}

/// What can be set on the command line of `serve`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds between a decision and the provider's queue.
    pub hand_over_s: u32,
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self { hand_over_s: 10, limits: Limits::default() }
    }
}

/// A running hub.
pub struct Hub {
    pub store: Store,
    pub ambient: Ambient,
    pub audit: AuditKey,
    pub attachments: AttachmentFolder,
    pub catalog: Catalog,
    pub options: Options,
    pub limiter: Limiter,
    /// PEM.
    pub authority: String,
    /// Who the hub is; the brand is read anew when somebody asks who they are.
    pub identity: HubIdentity,
    /// Said when the hub is about to end: whoever waits answers at once.
    pub ending: CancellationToken,
    /// Calls that were accepted and are not answered yet.
    pub in_progress: AtomicUsize,
    /// Counts up when something was committed.
    pub changes: watch::Receiver<u64>,
}

/// What handlers are given.
pub type Shared = Arc<Hub>;

impl Hub {
    /// The signed-in person, the firm and the brand.
    pub async fn me(&self, identity: &Identity) -> Result<Me, crate::failure::Failure> {
        let mut reading = self.store.read().await?;
        let brand = crate::store::hub::record(&mut reading)
            .await?
            .map(|record| record.brand)
            .ok_or(crate::store::StoreError::Damaged("hub"))?;
        let (tenant, tenant_name) = match &identity.tenant {
            Some(scope) => {
                let tenant = crate::store::tenant::of(&mut reading, scope).await?;
                (tenant.id, tenant.name)
            }
            None => (String::new().into(), brand.provider.clone()),
        };
        let person = &identity.person;
        Ok(Me { id: person.id.clone(), tenant, tenant_name, name: person.name.clone(), role: person.role, brand })
    }
}

/// Where the catalog's files lie.
pub fn forms_folder(folder: &DataFolder, given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| folder.path("forms"), Path::to_path_buf)
}
