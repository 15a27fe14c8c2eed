//! Owns the hub's data folder: which files lie where, that only their owner can read them, that they are written whole or
//! not at all, and that only one `serve` works in it. Leaves the content of the files to others.
//!
//! Invariant: a secret file is never readable by others, not even for the moment of its making.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folder that holds everything of one hub.
#[derive(Debug, Clone)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// Opens the folder and makes it where it is missing.
    pub fn open(root: &Path) -> Result<Self> {
        create_private_folder(root)?;
        let root = fs_err::canonicalize(root)?;
        Ok(Self { root })
    }

    /// A path below the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Held while one process makes what is missing, so that `serve` and `admin` can start at the same moment.
    pub fn lock_for_setup(&self) -> Result<Lock> {
        let file = open_lock_file(&self.path("setup.lock"))?;
        file.file().lock().context("setup.lock cannot be locked")?;
        Ok(Lock { _file: file })
    }

    /// Held as long as `serve` runs. Gone with the process, however it ends.
    pub fn lock_for_serving(&self) -> Result<Lock> {
        let path = self.path("serve.lock");
        let file = open_lock_file(&path)?;
        match file.file().try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => {
                bail!("another hub is already serving this data folder ({})", self.root.display())
            }
            Err(std::fs::TryLockError::Error(error)) => Err(error).context("serve.lock cannot be locked"),
        }
    }
}

/// A held lock; dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    _file: fs_err::File,
}

fn open_lock_file(path: &Path) -> Result<fs_err::File> {
    make_private_file(path)?;
    Ok(fs_err::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?)
}

/// Makes an empty file where there is none, and sees to it that only its owner can read it: the folder that it lies in
/// may be one that somebody made before, open to all.
pub fn make_private_file(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    close_to_others(path, &file)
}

#[cfg(unix)]
fn close_to_others(path: &Path, file: &std::fs::File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600))
            .with_context(|| format!("{} can be read by others, and that cannot be changed", path.display()))?;
    }
    Ok(())
}

/// The file's rights are those of the folder that it lies in.
#[cfg(not(unix))]
fn close_to_others(_: &Path, _: &std::fs::File) -> Result<()> {
    Ok(())
}

/// Makes a folder that only its owner can enter, with its parents.
pub fn create_private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent()
        && !parent.as_os_str().is_empty()
    {
        fs_err::create_dir_all(parent)?;
    }
    match folder_builder().create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}

#[cfg(unix)]
fn folder_builder() -> std::fs::DirBuilder {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// The folder's rights are those of the folder that it lies in.
#[cfg(not(unix))]
fn folder_builder() -> std::fs::DirBuilder {
    std::fs::DirBuilder::new()
}

/// Writes a file whole or not at all: temporary name, flush to disk, rename. Only its owner can read it.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("tmp");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).with_context(|| format!("{} cannot be written", temporary.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs_err::rename(&temporary, path)?;
    sync_folder(path)
}

/// Makes a rename in the folder of `path` durable.
pub fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        fs_err::File::open(parent)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The text of a file that somebody names: a plain file, UTF-8, and no longer than so many bytes.
pub fn read_text(path: &Path, most_bytes: u64) -> Result<String> {
    // a device would be read for ever, and a pipe not even opened until somebody writes into it
    if !fs_err::metadata(path)?.is_file() {
        bail!("{} is not a plain file", path.display());
    }
    let file = fs_err::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        bail!("{} is larger than {} MiB", path.display(), most_bytes / 1024 / 1024);
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} must be UTF-8", path.display()))
}

/// The file's bytes, or nothing where there is no such file.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs_err::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
