//! The policy file of the computer.

use std::path::Path;

use service_tool_core::Policy;

const FILE: &str = "/etc/service-tool/policy.json";

pub fn policy_read() -> anyhow::Result<Policy> {
    let file = Path::new(FILE);
    if file.try_exists()? { Policy::read_file(file) } else { Ok(Policy::default()) }
}
