//! Where the policy table lies (N2). What it may say and what a broken one means is the core's.

use std::path::Path;

use service_tool_core::Policy;

use super::system;

/// The organisation's policy, or that of `file` (which must exist) on a computer whose organisation has set none.
pub fn policy_find(file: Option<&Path>) -> anyhow::Result<Policy> {
    beside(system::policy::policy_read()?, file)
}

/// A file that a person names must not get round what the organisation has set.
fn beside(organisation: Policy, file: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(file) = file else { return Ok(organisation) };
    anyhow::ensure!(
        organisation == Policy::default(),
        "--policy cannot be used here: the policy of this computer is set by your organisation"
    );
    Policy::read_file(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_does_not_get_round_the_organisations_policy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.json");
        fs_err::write(&file, r#"{"desktop":{"allow_quit":true}}"#).unwrap();
        let mut organisation = Policy::default();
        assert_eq!(beside(organisation.clone(), Some(&file)).unwrap().desktop.allow_quit, Some(true));
        organisation.desktop.allow_quit = Some(false);
        assert_eq!(beside(organisation.clone(), None).unwrap(), organisation);
        assert!(beside(organisation, Some(&file)).unwrap_err().to_string().contains("organisation"));
    }
}
