//! A world of its own for one test: a folder with home, logs and data, removed when the test has passed and kept, with its
//! name told, when not.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Result, bail};
use fs_err as fs;

use crate::process::{self, Launch, MARK};
use crate::wait;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct World {
    folder: PathBuf,
    passed: bool,
}

impl World {
    /// An empty world; `name` is the test's.
    pub fn new(name: &str) -> Result<Self> {
        crate::runtime::choose_tls_provider();
        // sockets lie in it, and their paths must be short
        #[expect(
            clippy::disallowed_methods,
            reason = "not beside the target: addresses of sockets end at 107 characters"
        )]
        let parent = std::env::temp_dir();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("service-tool-{}-{number}-{name}", std::process::id()));
        if folder.as_os_str().len() > 70 {
            bail!("{} is too long for sockets below it; set TMPDIR or shorten the name", folder.display());
        }
        fs::create_dir(&folder)?;
        process::watch_over(&folder)?;
        let world = Self { folder, passed: false };
        fs::create_dir(world.log())?;
        world.folder("tmp")?;
        // servers that give up root must come through
        fs::set_permissions(&world.folder, std::fs::Permissions::from_mode(0o755))?;
        Ok(world)
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// A folder in it, made when missing, for its user alone.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        Ok(folder)
    }

    /// Where programs leave what they said.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A program of this world, in a surrounding that holds nothing of the one who runs the tests.
    pub fn launch(&self, program: impl AsRef<std::ffi::OsStr>, name: &str) -> Launch {
        let path = std::env::var("PATH").unwrap_or_default();
        Launch::new(program, name, &self.log())
            .env_clear()
            // servers lie in the folders of the administrator
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .env("LANG", "C.UTF-8")
            .env("TZ", "Europe/Berlin")
            .env("TMPDIR", self.folder.join("tmp"))
            .env(MARK, &self.folder)
            .envs(forwarded())
    }

    /// The test has passed: ends what still runs and removes the folder. Fails when something cannot be ended.
    pub fn end(mut self) -> Result<()> {
        // a process that is just becoming another one cannot be seen for a moment: gone is what is not there twice
        let mut quiet = 0;
        wait::until_true("everything of this world has ended", wait::SOON, || {
            process::end_world(&self.folder);
            quiet = if process::of_world(&self.folder).is_empty() { quiet + 1 } else { 0 };
            Ok(quiet >= 2)
        })?;
        self.passed = true;
        Ok(())
    }
}

/// Of the surrounding: what makes failures readable.
fn forwarded() -> BTreeMap<String, String> {
    ["RUST_BACKTRACE", "RUST_LOG", "LLVM_PROFILE_FILE"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

impl Drop for World {
    fn drop(&mut self) {
        process::end_world(&self.folder);
        if self.passed {
            let _ = fs::remove_dir_all(&self.folder);
        } else {
            eprintln!("kept to be looked at: {}", self.folder.display());
        }
    }
}
