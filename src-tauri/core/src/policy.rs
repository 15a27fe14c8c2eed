//! Reads the policy table (N2) from its file. Where the file lies, and the registry, are the shell's; what each value does is
//! said where it is used.
//!
//! Invariant: a file that is not understood whole is refused whole, naming the place; there is no half policy.

use std::path::Path;

use anyhow::Context as _;

use crate::{host::Policy, hub_client::hub_address};

impl Policy {
    /// The policy in `path`, JSON with exactly the keys of [`Policy`]. An absent file is the caller's to notice.
    pub fn read_file(path: &Path) -> anyhow::Result<Self> {
        let text = fs_err::read_to_string(path)?;
        let policy: Self = serde_json::from_str(&text)
            .with_context(|| format!("the policy file {} is not understood", path.display()))?;
        policy.check().with_context(|| format!("the policy file {} is not understood", path.display()))?;
        Ok(policy)
    }

    /// Demands beyond the shape: the hub is named by an HTTPS address.
    pub fn check(&self) -> anyhow::Result<()> {
        if let Some(url) = &self.hub.url {
            anyhow::ensure!(url.starts_with("https://"), "hub.url must begin with https://");
            hub_address(url).map_err(|problem| anyhow::anyhow!("hub.url: {}", problem.message))?;
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

    #[test]
    fn a_hub_without_https_or_with_more_than_a_name_is_refused() {
        let wrong =
            ["http://hub.example", "hub.example", "https://", "https://user@hub.example", "https://hub.example/x?y"];
        for url in wrong {
            assert!(read(&format!(r#"{{"hub":{{"url":"{url}"}}}}"#)).is_err(), "{url}");
        }
    }
}
