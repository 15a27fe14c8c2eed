//! Several sessions of one person on one data folder (T5). Owns which folder a process works in and the locks that say so;
//! `takeover` brings home what an ended session left, `shared` keeps the enrolment the same for all.
//!
//! Every process holds the lock of its session, so none runs twice in a session. The first one holds the data folder as well
//! and works in it, its **main** process; any other works in `sessions/<session>` below it, with drafts, outbox, pictures,
//! receipts and cursor of its own. Enrolment and secrets are those of the data folder; `shared.lock` is held for the moment
//! in which they change.
//!
//! Invariant: a folder is written only under its lock, except for the enrolment record, which is replaced as a whole.

mod shared;
mod takeover;

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::host::Place;
pub use takeover::take_over;

/// Folder of the other sessions, below the data folder.
const SESSIONS: &str = "sessions";

/// Between two looks at a lock that somebody holds.
const LOOK: Duration = Duration::from_millis(20);

/// Where a process works.
#[derive(Debug, Clone)]
pub struct Home {
    /// Folder of its own state.
    pub root: PathBuf,
    /// The data folder.
    pub main: PathBuf,
    /// Name of its session among files.
    session: String,
}

/// What a process holds as long as it runs.
#[derive(Debug)]
pub struct Locks {
    _session: FileLock,
    _main: Option<FileLock>,
}

impl Home {
    /// Takes the data folder, or where another session has it, a folder for this session. Refused where this session has a
    /// running process already. A lock that is held for a moment only is waited for.
    pub fn take(place: &Place, wait: Duration) -> anyhow::Result<(Self, Locks)> {
        let (mut home, session) = Self::in_session(place, wait)?;
        let main = FileLock::try_take(&home.main.join("lock"))?;
        if main.is_none() {
            home.root = home.main.join(SESSIONS).join(&home.session);
            make_private(&home.root)?;
        }
        Ok((home, Locks { _session: session, _main: main }))
    }

    /// Takes the data folder, and nothing else will do.
    pub fn take_main(place: &Place, wait: Duration) -> anyhow::Result<(Self, Locks)> {
        let (home, session) = Self::in_session(place, wait)?;
        let Some(main) = FileLock::try_take(&home.main.join("lock"))? else {
            anyhow::bail!("{} is in use by another Service-Tool that is running already", home.main.display());
        };
        Ok((home, Locks { _session: session, _main: Some(main) }))
    }

    fn in_session(place: &Place, wait: Duration) -> anyhow::Result<(Self, FileLock)> {
        let (main, session) = (place.data.clone(), place.session_folder());
        make_private(&main)?;
        make_private(&main.join(SESSIONS))?;
        let Some(lock) = FileLock::take(&session_lock(&main, &session), wait)? else {
            anyhow::bail!(
                "{} is in use by another Service-Tool that is running already in this session",
                main.display()
            );
        };
        Ok((Self { root: main.clone(), main, session }, lock))
    }

    /// Whether the data folder itself is the home.
    pub fn is_main(&self) -> bool {
        self.root == self.main
    }
}

fn session_lock(main: &Path, session: &str) -> PathBuf {
    main.join(SESSIONS).join(format!("{session}.lock"))
}

/// A locked file, locked as long as the value lives.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    _file: File,
}

impl FileLock {
    /// The lock, where nobody holds it.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?.into_parts().0;
            match file.try_lock() {
                Ok(()) if is_at(&file, path) => return Ok(Some(Self { path: path.to_owned(), _file: file })),
                // its last holder took it away while it was opened here
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => {
                    return Err(io::Error::new(error.kind(), format!("{} cannot be locked: {error}", path.display())));
                }
            }
        }
    }

    /// The lock, waited for so long.
    fn take(path: &Path, wait: Duration) -> io::Result<Option<Self>> {
        let started = Instant::now();
        loop {
            let lock = Self::try_take(path)?;
            if lock.is_some() || started.elapsed() >= wait {
                return Ok(lock);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Ends the lock and takes its file away. Elsewhere than on Unix the file stays, because whoever waits has it open.
    fn remove(self) {
        if cfg!(unix)
            && let Err(error) = fs_err::remove_file(&self.path)
        {
            tracing::debug!(%error, "a lock stays");
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(held), Ok(named)) = (file.metadata(), fs_err::metadata(path)) else { return false };
    (held.dev(), held.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Makes the folder where there is none, readable by this user alone.
fn make_private(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs_err::create_dir_all(parent)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use service_tool_contract::text::Language;

    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;

    fn place(data: &Path, session: &str, process: u32) -> Place {
        Place {
            data: data.to_owned(),
            host: String::new(),
            session: session.to_owned(),
            process,
            language: Language::De,
            tray_missing: false,
        }
    }

    #[test]
    fn the_first_session_has_the_folder_the_second_one_of_its_own_and_none_starts_twice() {
        let folder = tempfile::tempdir().unwrap();
        let take = |session, process| Home::take(&place(folder.path(), session, process), AT_ONCE);
        let (first, first_locks) = take("41", 1).unwrap();
        assert!(first.is_main());
        let (second, second_locks) = take("42", 2).unwrap();
        assert_eq!((second.root, second.main), (folder.path().join("sessions/42"), first.root));
        for (session, process) in [("41", 3), ("42", 4)] {
            let error = take(session, process).unwrap_err().to_string();
            assert!(
                error.contains("in use by another") && error.contains(&*folder.path().to_string_lossy()),
                "{error}"
            );
        }
        // the main one ends: the second stays where it is, a later one has the folder
        drop(first_locks);
        assert!(take("43", 5).unwrap().0.is_main());
        drop(second_locks);
        assert!(take("42", 6).unwrap().0.is_main());
    }

    #[test]
    fn sessions_without_a_name_are_told_apart_by_their_process() {
        let folder = tempfile::tempdir().unwrap();
        let (_, _first) = Home::take(&place(folder.path(), "", 7), AT_ONCE).unwrap();
        let (second, _second) = Home::take(&place(folder.path(), "", 8), AT_ONCE).unwrap();
        assert_eq!(second.root, folder.path().join("sessions/process-8"));
    }

    #[test]
    fn no_name_of_a_session_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (_, _first) = Home::take(&place(folder.path(), "1", 1), AT_ONCE).unwrap();
        for name in ["../../x", "a/b", ".", "..", "c:\\x", "41.lock", "ä", &"x".repeat(300)] {
            let (home, _locks) = Home::take(&place(folder.path(), name, 2), AT_ONCE).unwrap();
            assert_eq!(home.root.parent(), Some(&*folder.path().join("sessions")), "{name}");
            assert!(home.root.file_name().unwrap().len() < 60, "{name}");
        }
    }

    #[test]
    fn what_wants_the_data_folder_alone_is_refused_beside_another_session() {
        let folder = tempfile::tempdir().unwrap();
        let (_, locks) = Home::take(&place(folder.path(), "1", 1), AT_ONCE).unwrap();
        let error = Home::take_main(&place(folder.path(), "2", 2), AT_ONCE).unwrap_err().to_string();
        assert!(error.contains("in use by another Service-Tool"), "{error}");
        drop(locks);
        assert!(Home::take_main(&place(folder.path(), "2", 2), AT_ONCE).unwrap().0.is_main());
    }

    #[test]
    fn a_lock_whose_file_was_taken_away_keeps_nobody_out_and_lets_no_two_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let first = FileLock::try_take(&path).unwrap().unwrap();
        assert!(FileLock::try_take(&path).unwrap().is_none());
        first.remove();
        let _second = FileLock::try_take(&path).unwrap().unwrap();
        assert!(FileLock::try_take(&path).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_of_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("made/here");
        let (_, _first) = Home::take(&place(&data, "1", 1), AT_ONCE).unwrap();
        let (second, _second) = Home::take(&place(&data, "2", 2), AT_ONCE).unwrap();
        for made in [data.as_path(), second.root.as_path()] {
            assert_eq!(fs_err::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
