//! The shell's handler for addresses; programs without this program's console.

use std::{os::windows::process::CommandExt as _, process::Command};

use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, DETACHED_PROCESS};

pub fn address_open(address: &str) -> Result<(), String> {
    // an address of the policy holds neither spaces nor quotes; the handler reads the rest of its line as it is
    let root = std::env::var_os("SystemRoot").ok_or("SystemRoot is not set")?;
    let handler = std::path::Path::new(&root).join(r"System32\rundll32.exe");
    let mut child = Command::new(handler)
        .arg("url.dll,FileProtocolHandler")
        .arg(address)
        .spawn()
        .map_err(|error| format!("the system's handler of addresses does not start: {error}"))?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

pub fn detach(command: &mut Command) {
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
}
