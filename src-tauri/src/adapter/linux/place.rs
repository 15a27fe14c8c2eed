//! Computer, session and folders as freedesktop systems name them.

use std::path::PathBuf;

use service_tool_contract::text::Language;

/// `$XDG_DATA_HOME/service-tool`, or `~/.local/share/service-tool`.
pub fn data_folder() -> Option<PathBuf> {
    folder("XDG_DATA_HOME", ".local/share").map(|folder| folder.join("service-tool"))
}

/// A folder of the XDG base directories; relative values count as not set.
pub(super) fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(below_home)))
}

/// Without the domain, as people read it out on the phone.
pub fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The number that logind gave the session; empty where there is no logind.
pub fn session_name() -> String {
    std::env::var("XDG_SESSION_ID").unwrap_or_default()
}

/// The first of the locale variables that says something.
pub fn language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    language_of(&locale.unwrap_or_default())
}

/// The language of a locale name (`de_AT.UTF-8`); German where nothing is said.
fn language_of(locale: &str) -> Language {
    let name = locale.split(['.', '_', '@', '-']).next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "" | "c" | "posix" | "de" | "gsw" | "nds" => Language::De,
        _ => Language::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_gives_the_language_and_german_where_it_says_nothing() {
        let table = [
            ("de_DE.UTF-8", Language::De),
            ("de", Language::De),
            ("de-AT", Language::De),
            ("en_US.UTF-8", Language::En),
            ("fr_FR", Language::En),
            ("C.UTF-8", Language::De),
            ("POSIX", Language::De),
            ("", Language::De),
        ];
        for (locale, language) in table {
            assert_eq!(language_of(locale), language, "{locale}");
        }
    }
}
