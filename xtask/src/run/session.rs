//! Owns the question whether this login has a secret store and a tray, and makes a store where there is none.
//!
//! The desktop keeps its key in the Secret Service of the session bus. Without one (a server, a container) it gets a session
//! bus and a keyring of its own, with home and runtime directory below the data directory; they end with this program.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::PipeWriter;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::data::Data;
use crate::arguments::Person;
use crate::process::{self, Group};
use crate::workspace::Workspace;

/// Says its bus's address and stays until this program is gone; a single newline is the empty password.
const KEYRING: &str = "printf '\\n' | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null &
    echo \"$DBUS_SESSION_BUS_ADDRESS\"
    exec cat >/dev/null";

/// The longest path in which sockets still find room for their names.
const SOCKET_FOLDER_AT_MOST: usize = 80;

pub struct Session {
    /// what the desktop's environment needs beside the present one
    variables: Vec<(&'static str, OsString)>,
    has_tray: bool,
    /// the bus and keyring that were made, and the pipe that keeps them
    _made: Option<(Group, PipeWriter)>,
}

impl Session {
    pub fn find(workspace: &Workspace, data: &Data, person: Person, with_display: bool) -> Result<Self> {
        if has_bus() && has_secret_store(workspace, &[], with_display) {
            let has_tray = with_display && has_tray(workspace);
            return Ok(Self { variables: Vec::new(), has_tray, _made: None });
        }
        println!(
            "==> No secret store answers in this session: starting a session bus and gnome-keyring for the desktop."
        );
        if with_display {
            println!("    (On that bus there is no tray.)");
        }
        Self::make(workspace, &data.session(person))
    }

    fn make(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let home = folder.join("home");
        let runtime = runtime_folder(folder);
        for folder in [&home, &runtime] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).context("cannot make a folder private")?;
        }
        let mut variables = vec![("HOME", home.into_os_string()), ("XDG_RUNTIME_DIR", runtime.into_os_string())];
        variables.extend(display_variables());

        let (stays, hold) = std::io::pipe().context("cannot make a pipe")?;
        let mut start = workspace.command("dbus-run-session");
        start.args(["--", "sh", "-c", KEYRING]).envs(variables.clone()).env_remove("DBUS_SESSION_BUS_ADDRESS");
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            start.env_remove(name);
        }
        start.stdin(stays).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut group = Group::start(&mut start)?;
        // the command holds the reading end too
        drop(start);
        let address = group.first_line(Duration::from_secs(20)).map_err(|error| anyhow!("no session bus: {error}"))?;
        variables.push(("DBUS_SESSION_BUS_ADDRESS", address.into()));
        let mut wait = workspace.command("gdbus");
        wait.args(["wait", "--session", "--timeout", "20", "org.freedesktop.secrets"]).envs(variables.clone());
        if !process::succeeds(&mut wait) || !has_secret_store(workspace, &variables, false) {
            bail!("gnome-keyring does not answer on the session bus that was made for it");
        }
        Ok(Self { variables, has_tray: false, _made: Some((group, hold)) })
    }

    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &OsString)> {
        self.variables.iter().map(|(name, value)| (*name, value))
    }

    pub fn has_tray(&self) -> bool {
        self.has_tray
    }
}

/// The runtime directory, near the data, or in the temporary directory when the path is too long for sockets.
fn runtime_folder(folder: &Path) -> PathBuf {
    let near = folder.join("runtime");
    if near.as_os_str().len() <= SOCKET_FOLDER_AT_MOST {
        return near;
    }
    env::temp_dir().join(format!("service-tool-{}", std::process::id()))
}

/// Display and its keys are found below home and runtime directory unless they are named.
fn display_variables() -> Vec<(&'static str, OsString)> {
    let mut variables = Vec::new();
    if env::var_os("XAUTHORITY").is_none()
        && let Some(home) = env::var_os("HOME")
    {
        let keys = Path::new(&home).join(".Xauthority");
        if keys.is_file() {
            variables.push(("XAUTHORITY", keys.into_os_string()));
        }
    }
    if let (Some(display), Some(runtime)) = (env::var_os("WAYLAND_DISPLAY"), env::var_os("XDG_RUNTIME_DIR")) {
        variables.push(("WAYLAND_DISPLAY", Path::new(&runtime).join(display).into_os_string()));
    }
    variables
}

/// Asking without knowing would make the library start a bus.
fn has_bus() -> bool {
    env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
        || env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
}

fn call(
    workspace: &Workspace,
    variables: &[(&'static str, OsString)],
    whom: [&str; 2],
    arguments: &[&str],
) -> Option<String> {
    let [destination, object] = whom;
    let mut call: Command = workspace.command("gdbus");
    call.args(["call", "--session", "--timeout", "10", "--dest", destination, "--object-path", object, "--method"]);
    process::output(call.args(arguments).envs(variables.iter().cloned())).ok()
}

/// Whether the Secret Service answers; where nobody could type a password, its store must also be open.
fn has_secret_store(workspace: &Workspace, variables: &[(&'static str, OsString)], someone_can_unlock: bool) -> bool {
    const SERVICE: &str = "org.freedesktop.secrets";
    let ask = ["org.freedesktop.Secret.Service.ReadAlias", "default"];
    let Some(answer) = call(workspace, variables, [SERVICE, "/org/freedesktop/secrets"], &ask) else { return false };
    if someone_can_unlock {
        return true;
    }
    let Some(collection) = object_in(&answer) else { return false };
    let ask = ["org.freedesktop.DBus.Properties.Get", "org.freedesktop.Secret.Collection", "Locked"];
    call(workspace, variables, [SERVICE, collection], &ask).is_some_and(|answer| answer.contains("false"))
}

/// The path in `(objectpath '/org/…',)`, if it names something.
fn object_in(answer: &str) -> Option<&str> {
    answer.split('\'').nth(1).filter(|path| *path != "/")
}

fn has_tray(workspace: &Workspace) -> bool {
    let ask = ["org.freedesktop.DBus.NameHasOwner", "org.kde.StatusNotifierWatcher"];
    let bus = ["org.freedesktop.DBus", "/org/freedesktop/DBus"];
    call(workspace, &[], bus, &ask).is_some_and(|answer| answer.contains("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_without_default_collection_is_none() {
        assert_eq!(
            object_in("(objectpath '/org/freedesktop/secrets/collection/login',)"),
            Some("/org/freedesktop/secrets/collection/login")
        );
        assert_eq!(object_in("(objectpath '/',)"), None);
        assert_eq!(object_in(""), None);
    }

    #[test]
    fn sockets_find_room_for_their_names() {
        assert_eq!(
            runtime_folder(Path::new("/w/target/run/session-staff")),
            Path::new("/w/target/run/session-staff/runtime")
        );
        let deep = PathBuf::from("/").join("x".repeat(200));
        assert!(runtime_folder(&deep).as_os_str().len() <= SOCKET_FOLDER_AT_MOST);
    }
}
