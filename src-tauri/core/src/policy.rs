//! Reads the policy table (N2) from its file. Where the file lies, and the registry, are the shell's; what each value does is
//! said where it is used.
//!
//! Invariant: a file that is not understood whole is refused whole, naming the place; there is no half policy.

use std::path::Path;

use anyhow::Context as _;

use reqwest::Url;

use crate::{
    host::{EntryPolicy, Policy},
    hub_client::hub_address,
};

const ENTRIES_AT_MOST: usize = 6;
const TITLE_CHARACTERS: usize = 60;

impl Policy {
    /// The policy in `path`, JSON with exactly the keys of [`Policy`]. An absent file is the caller's to notice.
    pub fn read_file(path: &Path) -> anyhow::Result<Self> {
        let text = fs_err::read_to_string(path)?;
        let policy: Self = serde_json::from_str(&text)
            .with_context(|| format!("the policy file {} is not understood", path.display()))?;
        policy.check().with_context(|| format!("the policy file {} is not understood", path.display()))?;
        Ok(policy)
    }

    /// Demands beyond the shape: the hub is named by an HTTPS address, entries can be shown and opened.
    pub fn check(&self) -> anyhow::Result<()> {
        if let Some(url) = &self.hub.url {
            anyhow::ensure!(url.starts_with("https://"), "hub.url must begin with https://");
            hub_address(url).map_err(|problem| anyhow::anyhow!("hub.url: {}", problem.message))?;
        }
        if let Some(shortcut) = &self.desktop.shortcut {
            anyhow::ensure!(!shortcut.trim().is_empty(), "desktop.shortcut names no keys");
        }
        anyhow::ensure!(self.entries.len() <= ENTRIES_AT_MOST, "entries: at most {ENTRIES_AT_MOST}");
        for (number, entry) in (1..).zip(&self.entries) {
            entry.check().with_context(|| format!("entry {number}"))?;
        }
        Ok(())
    }

    /// Names of the values that are set, as screens mark them.
    pub fn names(&self) -> Vec<String> {
        let set = [
            ("hub", self.hub.url.is_some()),
            ("ca", self.hub.ca_file.is_some()),
            ("autostart", self.desktop.autostart.is_some()),
            ("allow_quit", self.desktop.allow_quit.is_some()),
            ("picture_before_click", self.desktop.picture_before_click.is_some()),
            ("shortcut", self.desktop.shortcut.is_some()),
            ("entries", !self.entries.is_empty()),
            ("brand", self.brand.provider.is_some() || self.brand.hotline.is_some()),
        ];
        set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether *Programm beenden* may end the process.
    pub fn may_quit(&self) -> bool {
        self.desktop.allow_quit.unwrap_or(true)
    }

    /// Whether the screen is pictured at the double-click.
    pub fn picture_before_click(&self) -> bool {
        self.desktop.picture_before_click.unwrap_or(true)
    }
}

impl EntryPolicy {
    fn check(&self) -> anyhow::Result<()> {
        let title = self.title.trim();
        anyhow::ensure!(
            !title.is_empty() && title.chars().count() <= TITLE_CHARACTERS && !title.contains(char::is_control),
            "title must have 1 to {TITLE_CHARACTERS} characters in one line"
        );
        anyhow::ensure!(!self.open.contains(char::is_control), "open must be in one line");
        if self.is_address() {
            let url = Url::parse(&self.open).context("open is not an address")?;
            anyhow::ensure!(
                url.username().is_empty() && url.password().is_none() && !self.open.contains([' ', '"']),
                "open must be an address without spaces, quotes and sign-in"
            );
        } else {
            anyhow::ensure!(
                Path::new(&self.open).is_absolute(),
                "open must begin with https:// or be the absolute path of a program"
            );
        }
        Ok(())
    }

    fn is_address(&self) -> bool {
        self.open.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Policy> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("policy.json");
        fs_err::write(&path, text)?;
        Policy::read_file(&path)
    }

    #[test]
    fn a_file_with_some_keys_is_read() {
        let policy = read(r#"{"hub":{"url":"https://hub.example"},"desktop":{"allow_quit":false}}"#).unwrap();
        assert_eq!(policy.hub.url.as_deref(), Some("https://hub.example"));
        assert!(!policy.may_quit());
        assert!(policy.picture_before_click());
        assert_eq!(policy.names(), ["hub", "allow_quit"]);
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = format!("{:#}", read(r#"{"desktop":{"allow_qiut":false}}"#).unwrap_err());
        assert!(error.contains("allow_qiut") && error.contains("policy.json"), "{error}");
    }

    /// A program's path that is absolute on this system.
    const PROGRAM: &str = if cfg!(windows) { r"C:\\Support\\remote.exe" } else { "/opt/support/remote" };

    #[test]
    fn entries_and_the_shortcut_are_read_in_their_order() {
        let policy = read(&format!(
            r#"{{"desktop":{{"shortcut":"Ctrl+Alt+K"}},"entries":[
                {{"title":"Fernwartung starten","open":"{PROGRAM}"}},
                {{"title":"Handbuch","open":"https://help.example/handbook?page=1"}}]}}"#
        ))
        .unwrap();
        assert_eq!(policy.desktop.shortcut.as_deref(), Some("Ctrl+Alt+K"));
        let titles: Vec<_> = policy.entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["Fernwartung starten", "Handbuch"]);
        assert_eq!(policy.names(), ["shortcut", "entries"]);
    }

    #[test]
    fn an_entry_that_cannot_be_shown_or_opened_is_refused_by_its_number() {
        let long = "x".repeat(61);
        let wrong = [
            ("", "https://help.example", "title"),
            (" ", "https://help.example", "title"),
            (long.as_str(), "https://help.example", "title"),
            (r"a\nb", "https://help.example", "title"),
            ("a", "", "open"),
            ("a", "http://help.example", "https://"),
            ("a", "file:///etc/passwd", "https://"),
            ("a", "javascript:alert(1)", "https://"),
            ("a", "remote.exe", "https://"),
            ("a", "bin/remote", "https://"),
            ("a", "https://", "open"),
            ("a", "https://help.example/a b", "open"),
            ("a", "https://user:word@help.example", "open"),
            ("a", r"https://help.example/\n", "open"),
        ];
        for (title, open, says) in wrong {
            let text = format!(
                r#"{{"entries":[{{"title":"b","open":"https://help.example"}},{{"title":"{title}","open":"{open}"}}]}}"#
            );
            let error = format!("{:#}", read(&text).unwrap_err());
            assert!(error.contains("entry 2") && error.contains(says), "{title} {open}: {error}");
        }
        let error = read(r#"{"entries":[{"title":"a","open":"https://help.example","arguments":"/x"}]}"#).unwrap_err();
        assert!(format!("{error:#}").contains("arguments"), "{error:#}");
    }

    #[test]
    fn a_seventh_entry_and_a_shortcut_without_keys_are_refused() {
        let entries = |count: usize| vec![r#"{"title":"a","open":"https://help.example"}"#; count].join(",");
        read(&format!(r#"{{"entries":[{}]}}"#, entries(6))).unwrap();
        let error = format!("{:#}", read(&format!(r#"{{"entries":[{}]}}"#, entries(7))).unwrap_err());
        assert!(error.contains("at most 6"), "{error}");
        assert!(read(r#"{"desktop":{"shortcut":" "}}"#).is_err());
    }

    #[test]
    fn a_hub_without_https_or_with_more_than_a_name_is_refused() {
        let wrong =
            ["http://hub.example", "hub.example", "https://", "https://user@hub.example", "https://hub.example/x?y"];
        for url in wrong {
            assert!(read(&format!(r#"{{"hub":{{"url":"{url}"}}}}"#)).is_err(), "{url}");
        }
    }
}
