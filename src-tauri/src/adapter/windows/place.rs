//! Computer, session and folders as Windows names them.

use std::path::PathBuf;

use service_tool_contract::text::Language;
use windows_sys::Win32::{
    Globalization::GetUserDefaultUILanguage,
    System::{RemoteDesktop::ProcessIdToSessionId, Threading::GetCurrentProcessId},
};

/// Primary language of German, as in `LANG_GERMAN`.
const GERMAN: u16 = 0x07;

/// `%LOCALAPPDATA%\service-tool`.
pub fn data_folder() -> Option<PathBuf> {
    std::env::var_os("LOCALAPPDATA").map(|folder| PathBuf::from(folder).join("service-tool"))
}

pub fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The number of the terminal-server session.
#[expect(unsafe_code, reason = "two calls without memory of ours but one number")]
pub fn session_name() -> String {
    let mut session = 0;
    // SAFETY: `session` lives through the call, which writes one number to it.
    let known = unsafe { ProcessIdToSessionId(GetCurrentProcessId(), &mut session) };
    if known == 0 { String::new() } else { session.to_string() }
}

/// The language of the user's Windows.
#[expect(unsafe_code, reason = "a call that takes nothing")]
pub fn language() -> Language {
    // SAFETY: takes nothing, gives a number.
    let language = unsafe { GetUserDefaultUILanguage() };
    if language & 0x3ff == GERMAN { Language::De } else { Language::En }
}
