//! Owns the catalog: reads the forms of a folder, publishes what changed and is understood, keeps every published version,
//! and gives the form engine for a version. Leaves what a form means to the contract.
//!
//! Invariant: a form that is not understood completely, or that changed without a higher version, is not published; the
//! last good version stays. A published version never changes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use service_tool_contract::{
    form::Form,
    id::{Digest, FormId},
    wire::{CatalogForm, Topic},
};

use crate::clock::Ambient;
use crate::data::read_text;
use crate::failure::{Answer, Failure};
use crate::store::{self, Connection, Store, form::FormVersion};

/// The forms that the executable carries, by file name.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/forms.rs"));

/// No form file is larger.
const MOST_BYTES: u64 = 1024 * 1024;

/// The form engines of the versions that were asked for.
#[derive(Default)]
pub struct Catalog {
    forms: RwLock<HashMap<Digest, Arc<Form>>>,
}

impl Catalog {
    /// The engine of a published version, if there is such a version.
    pub async fn version(
        &self,
        connection: &mut Connection,
        form: &FormId,
        version: u32,
        hash: &Digest,
    ) -> Answer<Option<Arc<Form>>> {
        let Some(found) = store::form::version(connection, form, version, hash).await? else { return Ok(None) };
        Ok(self.engine(&found))
    }

    /// The engine of the newest version of a form that was ever published: its demands hold, whichever version an order
    /// was made by.
    pub async fn newest(&self, connection: &mut Connection, form: &FormId) -> Answer<Option<Arc<Form>>> {
        Ok(store::form::highest(connection, form).await?.and_then(|found| self.engine(&found)))
    }

    fn engine(&self, found: &FormVersion) -> Option<Arc<Form>> {
        let hash = &found.hash;
        if let Some(form) = self.forms.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Some(form.clone());
        }
        match Form::load(&found.definition) {
            Ok(loaded) => {
                let loaded = Arc::new(loaded);
                self.forms.write().unwrap_or_else(PoisonError::into_inner).insert(hash.clone(), loaded.clone());
                Some(loaded)
            }
            Err(errors) => {
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                tracing::error!(form = %found.form, version = found.version, first, "a published form is no longer understood");
                None
            }
        }
    }
}

/// The catalog of today, as it is handed out.
pub async fn forms(connection: &mut Connection) -> Answer<Vec<CatalogForm>> {
    store::form::current(connection)
        .await?
        .into_iter()
        .map(|version| {
            let definition = serde_json::from_str(&version.definition)
                .map_err(|_| Failure::from(store::StoreError::Damaged("definition")))?;
            Ok(CatalogForm { id: version.form, version: version.version, hash: version.hash, definition })
        })
        .collect()
}

/// Writes the embedded forms into a folder that is not there yet.
pub fn write_embedded(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let unfinished = folder.with_extension("tmp");
    fs_err::create_dir_all(&unfinished)?;
    for (name, text) in EMBEDDED {
        fs_err::write(unfinished.join(name), text)?;
    }
    fs_err::rename(&unfinished, folder)?;
    Ok(())
}

/// Watches a folder of forms.
pub struct FormsFolder {
    folder: PathBuf,
    /// Files as they were read last, so that only a changed one is read again.
    seen: BTreeMap<PathBuf, (Option<SystemTime>, u64)>,
    /// Which form a file holds.
    held: BTreeMap<PathBuf, FormId>,
    /// Files that were gone at the last look; a form is withdrawn when its file stays away, since an editor may replace a
    /// file by removing it first.
    missing: Vec<PathBuf>,
}

impl FormsFolder {
    /// Of a folder that is there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, seen: BTreeMap::new(), held: BTreeMap::new(), missing: Vec::new() }
    }

    /// Looks for what changed and publishes it. True where the catalog changed.
    pub async fn look(&mut self, store: &Store, ambient: &Ambient) -> Result<bool> {
        let first_look = self.seen.is_empty();
        let mut changed = Vec::new();
        let mut there = BTreeMap::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !name.ends_with(".json") || name.ends_with(".examples.json") || name.starts_with('.') {
                continue;
            }
            let Ok(metadata) = fs_err::metadata(&path) else { continue };
            let stamp = (metadata.modified().ok(), metadata.len());
            if self.seen.get(&path) != Some(&stamp) {
                changed.push(path.clone());
            }
            there.insert(path, stamp);
        }
        let gone: Vec<_> = self.seen.keys().filter(|path| !there.contains_key(*path)).cloned().collect();
        let (withdrawn, missing): (Vec<_>, Vec<_>) = gone.into_iter().partition(|path| self.missing.contains(path));
        let mut catalog_changed = false;
        for path in &changed {
            catalog_changed |= self.publish(path, store, ambient).await?;
            // one that the database could not take now is looked at again
            if let Some(stamp) = there.get(path) {
                self.seen.insert(path.clone(), *stamp);
            }
        }
        for path in withdrawn {
            self.seen.remove(&path);
            if let Some(form) = self.held.remove(&path)
                && !self.held.values().any(|other| *other == form)
            {
                catalog_changed |= withdraw(&form, store, ambient).await?;
            }
        }
        self.missing = missing;
        if first_look {
            // forms whose files went away while the hub was not running
            let mut reading = store.read().await?;
            let current = store::form::current(&mut reading).await?;
            drop(reading);
            let any_refused = self.seen.len() > self.held.len();
            for version in current.iter().filter(|_| !any_refused) {
                if !self.held.values().any(|held| *held == version.form) {
                    catalog_changed |= withdraw(&version.form, store, ambient).await?;
                }
            }
        }
        Ok(catalog_changed)
    }

    /// Publishes one file, if it is understood and allowed.
    async fn publish(&mut self, path: &Path, store: &Store, ambient: &Ambient) -> Result<bool> {
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let refuse = |place: &str, reason: &str| {
            tracing::error!(file, place, reason, "the form is refused; the last good version stays");
        };
        let text = match read_form(path) {
            Ok(text) => text,
            Err(reason) => {
                refuse("file", reason);
                return Ok(false);
            }
        };
        let form = match Form::load(&text) {
            Ok(form) => form,
            Err(errors) => {
                for error in errors.iter().take(20) {
                    refuse(&error.place, &error.to_string());
                }
                return Ok(false);
            }
        };
        let version = FormVersion {
            form: form.definition().id.clone(),
            version: form.definition().version,
            hash: form.hash().clone(),
            definition: text,
        };
        if self.held.iter().any(|(other, held)| other != path && *held == version.form) {
            refuse("id", "another file of the folder has the same id");
            return Ok(false);
        }
        let mut change = store.change().await?;
        let highest = store::form::highest(&mut change, &version.form).await?;
        if let Some(highest) = highest.filter(|highest| highest.hash != version.hash) {
            if version.version == highest.version {
                refuse("version", "it changed, but its version did not: raise the version");
                return Ok(false);
            }
            if version.version < highest.version {
                refuse("version", &format!("version {} was published already: raise the version", highest.version));
                return Ok(false);
            }
        }
        self.held.insert(path.to_path_buf(), version.form.clone());
        let is_current = store::form::current(&mut change).await?.iter().any(|current| current.hash == version.hash);
        if is_current {
            return Ok(false);
        }
        let administrator = store.administrator();
        store::form::publish(&mut change, &administrator, &version, ambient.now()).await?;
        store::event::add_for_all(&mut change, &administrator, Topic::Catalog, ambient.now()).await?;
        change.commit().await?;
        tracing::info!(form = %version.form, version = version.version, hash = %version.hash, "the form is published");
        Ok(true)
    }
}

/// The text of a form file: of a plain file, and no more of it than is taken.
fn read_form(path: &Path) -> Result<String, &'static str> {
    read_text(path, MOST_BYTES).map_err(|_| "is not a plain file of at most 1 MiB in UTF-8, or cannot be read")
}

async fn withdraw(form: &FormId, store: &Store, ambient: &Ambient) -> Result<bool> {
    let administrator = store.administrator();
    let mut change = store.change().await?;
    store::form::withdraw(&mut change, &administrator, form).await?;
    store::event::add_for_all(&mut change, &administrator, Topic::Catalog, ambient.now()).await?;
    change.commit().await?;
    tracing::warn!(%form, "the form is withdrawn: its file is gone");
    Ok(true)
}

/// How often the folder is looked at.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(1);
