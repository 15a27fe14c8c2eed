//! Whether there is a screen to show windows on, asked before anything is built on it.

use super::system;

/// Nothing where a display answers, else what to do, for the person who started the program.
pub fn display_missing() -> Option<String> {
    system::display::display_missing()
}
