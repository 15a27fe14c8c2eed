//! Where the program runs: computer, session, folder of local state, language of the system.

use std::path::PathBuf;

use anyhow::Context as _;
use service_tool_contract::id::Digest;
use service_tool_core::host::Place;

use super::system;

/// The place, with `data` instead of the usual folder where it is given.
pub fn place_find(data: Option<PathBuf>) -> anyhow::Result<Place> {
    let data = match data {
        Some(folder) => folder,
        None => system::place::data_folder().context("no home folder is known: name one with --data DIR")?,
    };
    let data = std::path::absolute(&data).with_context(|| format!("{} is not a folder name", data.display()))?;
    Ok(Place {
        data,
        host: system::place::host_name(),
        session: system::place::session_name(),
        process: std::process::id(),
        language: system::place::language(),
        tray_missing: false,
    })
}

/// A short name that is the same for every start in this session with this folder, and another one for any other.
pub fn instance_name(place: &Place) -> String {
    let text = format!("{}\0{}", place.session, place.data.display());
    // D-Bus names must not begin with a digit.
    format!("i{}", &Digest::of(text.as_bytes()).as_str()[..16])
}

/// What a credential of this folder is stored under: two folders of one person are two desktops.
pub fn secret_service(place: &Place) -> String {
    if system::place::data_folder().is_some_and(|usual| usual == place.data) {
        return "Service-Tool".to_owned();
    }
    let digest = Digest::of(place.data.display().to_string().as_bytes());
    format!("Service-Tool {}", &digest.as_str()[..16])
}

#[cfg(test)]
mod tests {
    use service_tool_contract::text::Language;

    use super::*;

    fn place(session: &str, data: &str) -> Place {
        Place {
            data: data.into(),
            host: String::new(),
            session: session.to_owned(),
            process: 1,
            language: Language::De,
            tray_missing: false,
        }
    }

    #[test]
    fn sessions_and_folders_are_different_instances() {
        let one = instance_name(&place("41", "/home/a/.local/share/service-tool"));
        assert_eq!(one, instance_name(&place("41", "/home/a/.local/share/service-tool")));
        assert_ne!(one, instance_name(&place("42", "/home/a/.local/share/service-tool")));
        assert_ne!(one, instance_name(&place("41", "/tmp/approver")));
        assert!(one.chars().all(|letter| letter.is_ascii_alphanumeric()) && one.starts_with('i'));
    }

    #[test]
    fn credentials_of_two_folders_are_kept_apart() {
        assert_ne!(secret_service(&place("", "/tmp/staff")), secret_service(&place("", "/tmp/approver")));
    }

    #[test]
    fn a_relative_folder_becomes_absolute() {
        assert!(place_find(Some("data".into())).unwrap().data.is_absolute());
    }
}
