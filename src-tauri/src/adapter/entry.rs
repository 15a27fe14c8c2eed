//! Opens what an entry of the policy names: an address in the person's browser, or a program, on its own and without
//! arguments. What may be named is the core's.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::system;

/// Returns once it is under way.
pub fn entry_open(open: &str) -> Result<(), String> {
    if open.starts_with("https://") { system::entry::address_open(open) } else { program_start(Path::new(open)) }
}

fn program_start(program: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(folder) = program.parent() {
        command.current_dir(folder);
    }
    system::entry::detach(&mut command);
    let mut child = command.spawn().map_err(|error| format!("{} does not start: {error}", program.display()))?;
    // somebody must hear of its end, or it stays in the list of processes
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, time::Duration};

    use super::*;

    fn until(what: &str, mut test: impl FnMut() -> bool) {
        let deadline = std::time::Instant::now() + Duration::from_secs(15);
        while !test() {
            assert!(std::time::Instant::now() < deadline, "did not come: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_program_is_started_without_arguments_in_its_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("remote support");
        fs_err::write(&program, "#!/bin/sh\necho \"$# $PWD\" > trace.part && mv trace.part trace\n").unwrap();
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        // another test that is just starting a process may still hold the file that was written
        until("the start", || match entry_open(program.to_str().unwrap()) {
            Ok(()) => true,
            Err(reason) if reason.contains("busy") => false,
            Err(reason) => panic!("{reason}"),
        });
        let trace = folder.path().join("trace");
        until("the program's trace", || trace.exists());
        let folder = fs_err::canonicalize(folder.path()).unwrap();
        assert_eq!(fs_err::read_to_string(trace).unwrap().trim(), format!("0 {}", folder.display()));
    }

    #[test]
    fn a_program_that_is_not_there_is_told_by_its_path() {
        let reason = entry_open("/nowhere/remote").unwrap_err();
        assert!(reason.contains("/nowhere/remote does not start"), "{reason}");
    }
}
