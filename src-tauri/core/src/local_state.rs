//! The folder of local state: small encrypted files, each replaced as a whole. Owns the file format
//! and what becomes of damaged files; leaves to others what the files mean and whose folder it is (`session`).
//!
//! Without a credential store there is nowhere to keep the key, so nothing may lie on disk: the same interface then keeps
//! everything in memory for as long as the program runs ([`Store::in_memory`]). Files of earlier runs stay untouched.
//!
//! Invariant: a write that came back without error survives a power cut; one that did not leaves the old content whole. A
//! file that cannot be read is renamed to `….damaged` and named, never deleted and never in the way of the others.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Serialize, de::DeserializeOwned};
use service_tool_contract::code::{Code, Problem};

use crate::{host::Randomness, locked};

/// Begins every file: format 1.
const MAGIC: &[u8] = b"STL1";

/// Name of the file that says with which key a session's folder is written.
const MARK: &str = "session";

/// Bytes of the key.
pub const KEY_LEN: usize = 32;

/// Folders below the root.
pub const FOLDERS: [&str; 5] = ["drafts", "outbox", "pictures", "receipts", "views"];

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Disk(#[from] io::Error),
    #[error("not a name of a local file")]
    Name,
    #[error("content cannot be written as JSON: {0}")]
    Content(#[from] serde_json::Error),
    #[error("encryption failed")]
    Encryption,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(Code::NotStored, error.to_string())
    }
}

/// Where a test lets the disk die: every step of a write asks it first.
#[derive(Debug, Default)]
pub struct Steps {
    #[cfg(test)]
    left: std::sync::atomic::AtomicI64,
    #[cfg(test)]
    armed: std::sync::atomic::AtomicBool,
}

impl Steps {
    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same shape as in tests")]
    fn take(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn take(&self) -> io::Result<()> {
        if self.armed.load(Ordering::SeqCst) && self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(io::Error::other("killed"));
        }
        Ok(())
    }

    /// From now on, only so many steps succeed.
    #[cfg(test)]
    pub fn kill_after(&self, steps: i64) {
        self.left.store(steps, Ordering::SeqCst);
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Whether the disk has died.
    #[cfg(test)]
    pub fn is_dead(&self) -> bool {
        self.armed.load(Ordering::SeqCst) && self.left.load(Ordering::SeqCst) < 0
    }
}

enum Mode {
    /// `main` is the data folder where this one belongs to a session beside it.
    Disk {
        root: PathBuf,
        main: Option<PathBuf>,
        key: Box<LessSafeKey>,
    },
    Memory(Mutex<BTreeMap<String, Vec<u8>>>),
}

/// The local state. Calls block on the disk: take them off the runtime with [`Store::run`].
pub struct Store {
    mode: Mode,
    randomness: Arc<dyn Randomness>,
    set_aside: Mutex<Vec<String>>,
    steps: Arc<Steps>,
    /// Counts temporary files: two writes of one name at once have each their own.
    writes: AtomicU64,
}

impl Store {
    /// The folder `root`, which exists and is locked.
    pub fn on_disk(
        root: &Path,
        key: &[u8; KEY_LEN],
        randomness: Arc<dyn Randomness>,
        steps: Arc<Steps>,
    ) -> Result<Self, StoreError> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| StoreError::Encryption)?);
        Self::open(root, key, randomness, steps)
    }

    fn open(
        root: &Path,
        key: LessSafeKey,
        randomness: Arc<dyn Randomness>,
        steps: Arc<Steps>,
    ) -> Result<Self, StoreError> {
        for folder in std::iter::once("").chain(FOLDERS) {
            let folder = root.join(folder);
            fs_err::create_dir_all(&folder)?;
            for entry in fs_err::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "tmp") {
                    fs_err::remove_file(path)?;
                }
            }
        }
        let mode = Mode::Disk { root: root.to_owned(), main: None, key: Box::new(key) };
        let store = Self { mode, randomness, set_aside: Mutex::default(), steps, writes: AtomicU64::default() };
        store.name_damaged()?;
        Ok(store)
    }

    /// This store belongs to a session beside the one that has the data folder `main`.
    pub fn beside(mut self, main: &Path) -> Result<Self, StoreError> {
        if let Mode::Disk { main: shared, .. } = &mut self.mode {
            *shared = Some(main.to_owned());
        }
        self.put(MARK, &())?;
        Ok(self)
    }

    /// The store of a session's folder, which is locked; `None` where it was not written with this key.
    pub fn with_same_key(&self, root: &Path) -> Result<Option<Self>, StoreError> {
        let Mode::Disk { key, .. } = &self.mode else { return Ok(None) };
        let mark = fs_err::read(root.join(MARK)).ok().and_then(|sealed| unseal(key, MARK, sealed));
        if mark.is_none() {
            return Ok(None);
        }
        let key = LessSafeKey::clone(key);
        Self::open(root, key, Arc::clone(&self.randomness), Arc::clone(&self.steps)).map(Some)
    }

    /// Nothing on disk; all is gone when the program ends.
    pub fn in_memory(randomness: Arc<dyn Randomness>) -> Self {
        Self {
            mode: Mode::Memory(Mutex::default()),
            randomness,
            set_aside: Mutex::default(),
            steps: Arc::default(),
            writes: AtomicU64::default(),
        }
    }

    /// Whether anything survives the program.
    pub fn is_durable(&self) -> bool {
        matches!(self.mode, Mode::Disk { .. })
    }

    /// Names of damaged files that were set aside, in this run or before.
    pub fn set_aside(&self) -> Vec<String> {
        locked(&self.set_aside).clone()
    }

    /// Does `work` where blocking is allowed.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result.map_err(|error| {
                tracing::error!(%error, "local state not written");
                Problem::from(error)
            }),
            Err(error) => Err(Problem::new(Code::Internal, error.to_string())),
        }
    }

    /// Writes `value` as JSON in place of what stood there.
    pub fn put<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        self.put_bytes(name, &serde_json::to_vec(value)?)
    }

    /// The value of that name. A damaged one is set aside and counts as absent.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let Some(bytes) = self.get_bytes(name)? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(_) => {
                self.lay_aside(name)?;
                Ok(None)
            }
        }
    }

    /// All values of a folder, by name.
    pub fn all<T: DeserializeOwned>(&self, folder: &str) -> Result<Vec<T>, StoreError> {
        let mut values = Vec::new();
        for name in self.list(folder)? {
            values.extend(self.get(&format!("{folder}/{name}"))?);
        }
        Ok(values)
    }

    /// Writes bytes in place of what stood there.
    pub fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        check_name(name)?;
        match &self.mode {
            Mode::Memory(files) => {
                locked(files).insert(name.to_owned(), bytes.to_vec());
                Ok(())
            }
            Mode::Disk { root, key, .. } => {
                let sealed = self.seal(key, name, bytes)?;
                let path = root.join(name);
                self.replace(&path, &self.temporary(&path), &sealed)
            }
        }
    }

    /// The bytes of that name. Damaged ones are set aside and count as absent.
    pub fn get_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_name(name)?;
        match &self.mode {
            Mode::Memory(files) => Ok(locked(files).get(name).cloned()),
            Mode::Disk { root, key, .. } => {
                let sealed = match fs_err::read(root.join(name)) {
                    Ok(sealed) => sealed,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(error.into()),
                };
                match unseal(key, name, sealed) {
                    Some(bytes) => Ok(Some(bytes)),
                    None => {
                        self.lay_aside(name)?;
                        Ok(None)
                    }
                }
            }
        }
    }

    /// Whether something of that name is there, readable or not.
    pub fn has(&self, name: &str) -> bool {
        match &self.mode {
            Mode::Memory(files) => locked(files).contains_key(name),
            Mode::Disk { root, .. } => check_name(name).is_ok() && root.join(name).exists(),
        }
    }

    /// Removes it; an absent one is fine.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        check_name(name)?;
        match &self.mode {
            Mode::Memory(files) => {
                locked(files).remove(name);
                Ok(())
            }
            Mode::Disk { root, .. } => {
                let path = root.join(name);
                self.steps.take()?;
                match fs_err::remove_file(&path) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(error.into()),
                }
                self.steps.take()?;
                sync_folder(&path)?;
                Ok(())
            }
        }
    }

    /// Names in a folder, sorted; neither temporary nor damaged ones.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        check_name(folder)?;
        let mut names = Vec::new();
        match &self.mode {
            Mode::Memory(files) => {
                let prefix = format!("{folder}/");
                names.extend(locked(files).keys().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned));
            }
            Mode::Disk { root, .. } => {
                for entry in fs_err::read_dir(root.join(folder))? {
                    if let Ok(name) = entry?.file_name().into_string()
                        && check_name(&name).is_ok()
                        && !name.ends_with(".tmp")
                        && !name.ends_with(".damaged")
                    {
                        names.push(name);
                    }
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// The value of that name in the data folder, whosesoever that is; the own one where that was written with another key.
    pub fn shared_get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        check_name(name)?;
        let Mode::Disk { main: Some(main), key, .. } = &self.mode else { return self.get(name) };
        let bytes = fs_err::read(main.join(name)).ok().and_then(|sealed| unseal(key, name, sealed));
        match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            None => self.get(name),
            shared => Ok(shared),
        }
    }

    /// Writes to the data folder, whosesoever that is; to the own one where something of another key stands there.
    pub fn shared_put<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        check_name(name)?;
        let Mode::Disk { root, main: Some(main), key } = &self.mode else { return self.put(name, value) };
        let target = main.join(name);
        if fs_err::read(&target).is_ok_and(|sealed| unseal(key, name, sealed).is_none()) {
            return self.put(name, value);
        }
        let sealed = self.seal(key, name, &serde_json::to_vec(value)?)?;
        // beside the target another process may write the same name
        self.replace(&target, &self.temporary(&root.join(name)), &sealed)
    }

    /// The own value of that name, or that of the data folder.
    pub fn get_or_shared<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        match self.get(name)? {
            None => self.shared_get(name),
            own => Ok(own),
        }
    }

    /// Moves a file here from a store with the same key.
    pub fn move_in(&self, from: &Self, name: &str) -> Result<(), StoreError> {
        check_name(name)?;
        let (Mode::Disk { root, .. }, Mode::Disk { root: source, .. }) = (&self.mode, &from.mode) else {
            return Err(StoreError::Name);
        };
        let (source, target) = (source.join(name), root.join(name));
        self.steps.take()?;
        fs_err::rename(&source, &target)?;
        self.steps.take()?;
        sync_folder(&target)?;
        sync_folder(&source)?;
        Ok(())
    }

    /// Takes the damaged files of another store in. Those of caches are left to go.
    pub fn take_set_aside(&self, from: &Self) -> Result<(), StoreError> {
        for name in from.set_aside() {
            if ["drafts/", "outbox/", "pictures/", "receipts/"].iter().any(|folder| name.starts_with(folder)) {
                self.move_in(from, &name)?;
            }
        }
        self.name_damaged()
    }

    /// Removes the folder of a session from which everything was taken over: caches and copies, and nothing else.
    pub fn end(self) {
        let Mode::Disk { root, .. } = &self.mode else { return };
        // a folder that is not empty stays, and the mark with it
        let remove = || {
            for folder in &FOLDERS[..2] {
                fs_err::remove_dir(root.join(folder))?;
            }
            for folder in FOLDERS[2..].iter().map(|folder| root.join(folder)).chain([root.clone()]) {
                for entry in fs_err::read_dir(&folder)? {
                    let path = entry?.path();
                    if path.is_file() {
                        fs_err::remove_file(path)?;
                    }
                }
                fs_err::remove_dir(folder)?;
            }
            io::Result::Ok(())
        };
        if let Err(error) = remove() {
            tracing::warn!(%error, "something stays of an ended session");
        }
    }

    fn seal(&self, key: &LessSafeKey, name: &str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        self.randomness.fill(&mut nonce);
        let mut sealed = bytes.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| StoreError::Encryption)?;
        let mut file = Vec::with_capacity(MAGIC.len() + NONCE_LEN + sealed.len());
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&nonce);
        file.extend_from_slice(&sealed);
        Ok(file)
    }

    fn temporary(&self, path: &Path) -> PathBuf {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(format!(".{}.tmp", self.writes.fetch_add(1, Ordering::Relaxed)));
        temporary.into()
    }

    fn replace(&self, path: &Path, temporary: &Path, content: &[u8]) -> Result<(), StoreError> {
        self.steps.take()?;
        let mut file = fs_err::File::create(temporary)?;
        let (first, second) = content.split_at(content.len() / 2);
        file.write_all(first)?;
        self.steps.take()?;
        file.write_all(second)?;
        self.steps.take()?;
        file.sync_all()?;
        drop(file);
        self.steps.take()?;
        fs_err::rename(temporary, path)?;
        self.steps.take()?;
        sync_folder(path)?;
        Ok(())
    }

    fn lay_aside(&self, name: &str) -> Result<(), StoreError> {
        let damaged = format!("{name}.damaged");
        if let Mode::Disk { root, .. } = &self.mode {
            fs_err::rename(root.join(name), root.join(&damaged))?;
            sync_folder(&root.join(name))?;
        }
        tracing::warn!(file = %damaged, "damaged local state set aside");
        let mut set_aside = locked(&self.set_aside);
        if !set_aside.contains(&damaged) {
            set_aside.push(damaged);
            set_aside.sort();
        }
        Ok(())
    }

    fn name_damaged(&self) -> Result<(), StoreError> {
        let Mode::Disk { root, .. } = &self.mode else { return Ok(()) };
        let mut found = Vec::new();
        for folder in std::iter::once("").chain(FOLDERS) {
            for entry in fs_err::read_dir(root.join(folder))? {
                if let Ok(name) = entry?.file_name().into_string()
                    && name.ends_with(".damaged")
                {
                    found.push(if folder.is_empty() { name } else { format!("{folder}/{name}") });
                }
            }
        }
        found.sort();
        *locked(&self.set_aside) = found;
        Ok(())
    }
}

/// Names have at most one folder and plain characters: nothing that a screen or a hub says leads out of the folder.
fn check_name(name: &str) -> Result<(), StoreError> {
    let mut parts = 0;
    for part in name.split('/') {
        parts += 1;
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if parts > 2 || part.is_empty() || part.len() > 120 || part.starts_with('.') || !plain {
            return Err(StoreError::Name);
        }
    }
    Ok(())
}

fn unseal(key: &LessSafeKey, name: &str, mut file: Vec<u8>) -> Option<Vec<u8>> {
    let head = MAGIC.len() + NONCE_LEN;
    if file.len() < head || !file.starts_with(MAGIC) {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(&file[MAGIC.len()..head]).ok()?;
    let mut sealed = file.split_off(head);
    let length = key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut sealed).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}

/// Makes a rename or removal beside `path` last.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        fs_err::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    fn store(root: &Path, key: u8, steps: &Arc<Steps>) -> Store {
        Store::on_disk(root, &[key; KEY_LEN], Dice::new(), Arc::clone(steps)).unwrap()
    }

    #[test]
    fn a_write_is_whole_or_has_not_happened_wherever_the_disk_dies() {
        let mut died = 0;
        for kill_after in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            store(folder.path(), 1, &Arc::default()).put("drafts/a", &"old").unwrap();
            let steps: Arc<Steps> = Arc::default();
            let dying = store(folder.path(), 1, &steps);
            steps.kill_after(kill_after);
            let written = dying.put("drafts/a", &"new").is_ok();
            died += i32::from(steps.is_dead());
            let after = store(folder.path(), 1, &Arc::default());
            let found: String = after.get("drafts/a").unwrap().unwrap();
            assert!(found == "new" || (found == "old" && !written), "{kill_after}: {found}");
            assert_eq!(after.list("drafts").unwrap(), ["a"], "no temporary file stays");
            assert!(after.set_aside().is_empty());
        }
        assert_eq!(died, 5, "each step of a write was tried");
    }

    #[test]
    fn writes_of_one_name_at_once_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(store(folder.path(), 1, &Arc::default()));
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = Arc::clone(&store);
                std::thread::spawn(move || (0..20).try_for_each(|_| store.put("views/a", &writer)))
            })
            .collect();
        for writer in writers {
            writer.join().unwrap().unwrap();
        }
        assert!(store.get::<i32>("views/a").unwrap().is_some());
        assert_eq!(fs_err::read_dir(folder.path().join("views")).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_damaged_file_is_set_aside_by_name_and_the_others_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(folder.path(), 1, &Arc::default());
        first.put("drafts/a", &1).unwrap();
        first.put("drafts/b", &2).unwrap();
        let path = folder.path().join("drafts/a");
        let mut bytes = fs_err::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs_err::write(&path, bytes).unwrap();
        assert_eq!(first.all::<i32>("drafts").unwrap(), [2]);
        assert_eq!(first.set_aside(), ["drafts/a.damaged"]);
        assert!(folder.path().join("drafts/a.damaged").exists());
        let again = store(folder.path(), 1, &Arc::default());
        assert_eq!(again.set_aside(), ["drafts/a.damaged"], "named until somebody takes it away");
    }

    #[test]
    fn files_cannot_be_read_with_another_key_or_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), 1, &Arc::default()).put("drafts/a", &"secret").unwrap();
        let sealed = fs_err::read(folder.path().join("drafts/a")).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        fs_err::write(folder.path().join("drafts/b"), &sealed).unwrap();
        let same = store(folder.path(), 1, &Arc::default());
        assert_eq!(same.get::<String>("drafts/b").unwrap(), None);
        let other = store(folder.path(), 2, &Arc::default());
        assert_eq!(other.get::<String>("drafts/a").unwrap(), None);
    }

    #[test]
    fn names_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 1, &Arc::default());
        for name in ["../a", "drafts/../../a", "/etc/passwd", "", "drafts/", "a/b/c", "drafts/.a", "c:a", "drafts\\a"] {
            assert!(matches!(store.put(name, &1), Err(StoreError::Name)), "{name}");
        }
    }
}
