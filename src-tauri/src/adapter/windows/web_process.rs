//! WebView2 ends all its processes with the last webview of their folder; nothing is left to do.

pub fn web_processes_end() -> usize {
    0
}
