//! Where the policy table lies (N2). What it may say and what a broken one means is the core's.

use std::path::Path;

use service_tool_core::Policy;

use super::system;

/// The policy of `file`, which must exist; without one the organisation's, and none where it has set none.
pub fn policy_find(file: Option<&Path>) -> anyhow::Result<Policy> {
    match file {
        Some(file) => Policy::read_file(file),
        None => system::policy::policy_read(),
    }
}
