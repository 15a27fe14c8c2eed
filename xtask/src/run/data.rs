//! Owns the data directory of `run`: what lies where in it, and that nothing else is ever removed.
//!
//! Invariant: a directory is emptied only if this program made it, which its marker file says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::arguments::Person;
use crate::process;

const MARKER: &str = "made-by-cargo-xtask-run";

#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
}

impl Data {
    /// Opens or makes the directory; with `fresh`, ends what runs on it and begins with an empty one.
    pub fn open(folder: &Path, fresh: bool) -> Result<Self> {
        let folder = std::path::absolute(folder).context("cannot tell where the data directory is")?;
        let data = Self { folder };
        let made_here = data.folder.join(MARKER).is_file();
        let in_use = fs::read_dir(&data.folder).is_ok_and(|mut entries| entries.next().is_some());
        if in_use && !made_here {
            bail!("{} holds other files: name a new or an empty directory", data.folder.display());
        }
        if fresh && made_here {
            data.end_everything();
            fs::remove_dir_all(&data.folder).with_context(|| format!("cannot remove {}", data.folder.display()))?;
            println!("==> Begun anew: {} is empty.", data.folder.display());
        }
        fs::create_dir_all(&data.folder).with_context(|| format!("cannot make {}", data.folder.display()))?;
        fs::write(data.folder.join(MARKER), "cargo xtask run --fresh may remove this directory.\n")
            .with_context(|| format!("cannot write into {}", data.folder.display()))?;
        Ok(data)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn hub(&self) -> PathBuf {
        self.folder.join("hub")
    }

    pub fn hub_log(&self) -> PathBuf {
        self.folder.join("hub.log")
    }

    /// Where the running hub is: process, address, authority.
    pub fn hub_state(&self) -> PathBuf {
        self.folder.join("hub.json")
    }

    pub fn desktop(&self, person: Person) -> PathBuf {
        self.folder.join(format!("desktop-{}", person.name()))
    }

    pub fn desktop_log(&self, person: Person) -> PathBuf {
        self.folder.join(format!("desktop-{}.log", person.name()))
    }

    pub fn desktop_process(&self, person: Person) -> PathBuf {
        self.folder.join(format!("desktop-{}.pid", person.name()))
    }

    pub fn policy(&self) -> PathBuf {
        self.folder.join("policy.json")
    }

    /// Home and runtime directory of a session that is made where there is none.
    pub fn session(&self, person: Person) -> PathBuf {
        self.folder.join(format!("session-{}", person.name()))
    }

    /// Held while a hub is looked for and started, so that two terminals don't start two.
    pub fn lock(&self) -> Result<File> {
        let file = File::create(self.folder.join("lock")).context("cannot write into the data directory")?;
        file.lock().context("cannot lock the data directory")?;
        Ok(file)
    }

    /// The process of the hub on this data, if one runs.
    pub fn running_hub(&self) -> Option<u32> {
        let state: Value = serde_json::from_slice(&fs::read(self.hub_state()).ok()?).ok()?;
        let process_id = u32::try_from(state["process"].as_u64()?).ok()?;
        process::is_program(process_id, "service-tool-hub").then_some(process_id)
    }

    /// The process of that person's desktop on this data, if one runs.
    pub fn running_desktop(&self, person: Person) -> Option<u32> {
        let process_id = fs::read_to_string(self.desktop_process(person)).ok()?.trim().parse().ok()?;
        process::is_program(process_id, "service-tool").then_some(process_id)
    }

    fn end_everything(&self) {
        for person in [Person::Staff, Person::Approver] {
            if let Some(process_id) = self.running_desktop(person) {
                println!("==> Ending the running desktop of the {} (process {process_id}).", person.title());
                process::end_process(process_id);
            }
        }
        if let Some(process_id) = self.running_hub() {
            println!("==> Ending the running hub (process {process_id}).");
            process::end_process(process_id);
        }
    }
}

/// A file that others may be reading is replaced as a whole.
pub fn replace(path: &Path, content: &str) -> Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&beside, content).with_context(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}

/// The end of a log, for an error message.
pub fn last_lines(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.len().saturating_sub(20);
    format!("{}:\n{}", log.display(), lines[shown..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("service-tool-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        folder
    }

    #[test]
    fn only_a_directory_made_here_is_emptied() {
        let folder = temporary("data");
        let data = Data::open(&folder, true).unwrap();
        fs::write(data.policy(), "{}").unwrap();
        Data::open(&folder, false).unwrap();
        assert!(data.policy().exists());
        Data::open(&folder, true).unwrap();
        assert!(!data.policy().exists());
        fs::remove_dir_all(&folder).unwrap();

        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("letter"), "").unwrap();
        for fresh in [false, true] {
            assert!(Data::open(&folder, fresh).unwrap_err().to_string().contains("holds other files"));
        }
        assert!(folder.join("letter").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_hub_that_has_ended_is_not_running() {
        let folder = temporary("ended");
        let data = Data::open(&folder, false).unwrap();
        assert_eq!(data.running_hub(), None);
        // some process, but no hub
        let state = serde_json::json!({"process": std::process::id()});
        replace(&data.hub_state(), &state.to_string()).unwrap();
        assert_eq!(data.running_hub(), None);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_end_of_a_log_is_shown() {
        let folder = temporary("log");
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("hub.log");
        fs::write(&log, (0..100).map(|number| format!("line {number}\n")).collect::<String>()).unwrap();
        let shown = last_lines(&log);
        assert!(shown.ends_with("line 99") && shown.contains("line 80") && !shown.contains("line 79"));
        assert!(last_lines(&folder.join("none")).starts_with(&*folder.to_string_lossy()));
        fs::remove_dir_all(&folder).unwrap();
    }
}
