//! Ends what a web engine leaves running after the last window is gone (T3).

use super::system;

/// Ends the engine's helper processes. Only to be called while no webview exists; the engine starts new ones when it needs
/// them. Says how many were ended.
pub fn web_processes_end() -> usize {
    system::web_process::web_processes_end()
}
