//! A Windows session always has a desktop.

pub fn display_missing() -> Option<String> {
    None
}
