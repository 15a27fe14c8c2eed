//! The entry that starts the program at logon, as policy says (T5). Without a policy the entry is the package's or the
//! person's own business and is left alone.

use std::ffi::OsString;

use super::system;

/// Makes the entry say what policy says. `arguments` follow the program in the entry.
pub fn autostart_apply(policy: Option<bool>, arguments: &[OsString]) -> anyhow::Result<()> {
    match policy {
        Some(true) => {
            let mut line = vec![std::env::current_exe()?.into_os_string()];
            line.extend_from_slice(arguments);
            system::autostart::entry_write(&line)
        }
        Some(false) => system::autostart::entry_remove(),
        None => Ok(()),
    }
}
