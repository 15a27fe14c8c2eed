//! Where the built programs lie.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Folder of the programs, where it is not the one of the test's own target.
pub const FOLDER: &str = "SERVICE_TOOL_BIN_DIR";

/// The executable `name`; a missing one is a failure, never a skipped test.
pub fn program(name: &str) -> Result<PathBuf> {
    let folder = match std::env::var_os(FOLDER) {
        Some(folder) => PathBuf::from(folder),
        None => beside_this_one()?,
    };
    let program = folder.join(name);
    if !program.is_file() {
        bail!(
            "{} is missing: `cargo xtask test` builds it, or `cargo build --workspace --features service-tool/browser`; \
             {FOLDER} names another folder",
            program.display()
        );
    }
    Ok(program)
}

/// `target/debug`, seen from `target/debug/deps/whole-…` or `target/debug/service-tool-pictures`.
fn beside_this_one() -> Result<PathBuf> {
    let executable = std::env::current_exe().context("cannot tell where this program lies")?;
    let folder = executable.parent().context("this program lies nowhere")?;
    Ok(if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned())
}

/// The root of the checkout.
pub fn checkout() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// A file below `tests/fixtures`.
pub fn fixture(name: &str) -> Result<String> {
    Ok(fs_err::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name))?)
}
