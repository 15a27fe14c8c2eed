//! WebKitGTK ends the process of a page with its webview, but keeps one for the network as long as the program runs, about
//! 30 MiB in every session. Nothing in its interface ends it; when it is gone, WebKit starts another one at the next window.

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

/// Names as the kernel keeps them: 15 letters.
const HELPERS: &[&str] = &["WebKitNetworkPr", "WebKitWebProces", "WebKitGPUProces"];

pub fn web_processes_end() -> usize {
    children().into_iter().filter(|child| child_end(*child)).count()
}

/// Asks one child to end, if it is a helper of the engine. A handle is opened before the check, so that a number used again
/// by another process meanwhile cannot be meant.
fn child_end(child: Pid) -> bool {
    let Ok(handle) = pidfd_open(child, PidfdFlags::empty()) else {
        return false;
    };
    is_helper(child) && pidfd_send_signal(handle, Signal::TERM).is_ok()
}

/// Whether the process is a helper of the engine and our child.
fn is_helper(process: Pid) -> bool {
    let Ok(stat) = fs_err::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())) else {
        return false;
    };
    helper_parent(&stat).is_some_and(|parent| parent == getpid().as_raw_nonzero().get())
}

/// The parent in a line of `/proc/…/stat`, where the line is that of a helper still alive.
fn helper_parent(stat: &str) -> Option<i32> {
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (HELPERS.contains(&name) && state != "Z").then_some(parent)
}

/// Children of all our threads.
fn children() -> Vec<Pid> {
    let Ok(threads) = fs_err::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| fs_err::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| {
            line.split_whitespace()
                .filter_map(|number| number.parse().ok())
                .filter_map(Pid::from_raw)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_helpers_that_live_are_meant() {
        let table = [
            ("812 (WebKitNetworkPr) S 800 800 1 0 -1", Some(800)),
            ("812 (WebKitNetworkPr) Z 800 800 1 0 -1", None),
            ("812 (dbus-daemon) S 800 800 1 0 -1", None),
            ("812 (a) b) S 800 1", None),
            ("", None),
        ];
        for (stat, parent) in table {
            assert_eq!(helper_parent(stat), parent, "{stat}");
        }
    }

    #[test]
    fn another_child_is_left_alone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let number = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        assert!(children().contains(&number));
        assert!(!child_end(number));
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
