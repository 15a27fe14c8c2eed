//! Owns `cargo xtask windows check`: every crate of the product must compile for Windows, and so both sides of every adapter.
//!
//! A toolchain that already has a standard library for the target is used as it is. Otherwise, on Debian, the compiler and
//! the library's source are unpacked from packages (not installed: they would shadow rustup's), and the library is built
//! once into a cache. Compiler and source must be the same release, so rustup's compiler cannot be used with that source.
//!
//! Invariant: a folder of the cache that carries the final name is complete; it is built beside it and renamed.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::packages::Group;
use crate::process;
use crate::setup::{self, Version};
use crate::workspace::{FEATURES, Workspace};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// `xtask` installs Debian packages and handles Unix signals, `service-tool-tests` starts X servers, buses and print systems:
/// neither has anything to do on Windows.
const LEFT_OUT: [&str; 2] = ["xtask", "service-tool-tests"];

const COMPILER_AT_LEAST: Version = Version(1, 95);
/// The last file written into a cached toolchain.
const MARKER: &str = "complete";

/// The verb.
pub fn check(workspace: &Workspace) -> Result<()> {
    let toolchain = prepare(workspace)?;
    crate::interface::build(workspace)?;
    let mut command = check_command(workspace, &toolchain);
    println!("==> {} (left out, nothing to do there: {})", process::line(&command), LEFT_OUT.join(", "));
    process::run(&mut command)?;
    println!("==> Everything compiles for Windows.");
    Ok(())
}

/// Packages and toolchain; the part that takes minutes on a fresh machine and nothing afterwards.
pub fn prepare(workspace: &Workspace) -> Result<Toolchain> {
    setup::ensure(workspace, &[Group::Windows])?;
    Toolchain::find(workspace)
}

/// `cargo check` of all crates that make sense there, in a target directory of its own.
pub fn check_command(workspace: &Workspace, toolchain: &Toolchain) -> Command {
    let mut command = toolchain.cargo(workspace, "check");
    command.args(["--workspace", "--features", FEATURES, "--target", TARGET]);
    for name in LEFT_OUT {
        command.args(["--exclude", name]);
    }
    command.env("CARGO_TARGET_DIR", workspace.target.join("windows"));
    command
}

/// A compiler with a standard library for Windows.
#[derive(Debug)]
pub enum Toolchain {
    /// the one on the PATH
    AtHand,
    /// unpacked from Debian's packages
    Unpacked(PathBuf),
}

impl Toolchain {
    fn find(workspace: &Workspace) -> Result<Self> {
        let mut ask = workspace.command("rustc");
        ask.args(["--print", "target-libdir", "--target", TARGET]);
        if process::output(&mut ask).is_ok_and(|folder| holds_standard_library(Path::new(&folder))) {
            println!("==> The toolchain at hand compiles for {TARGET}.");
            return Ok(Self::AtHand);
        }
        if process::on_path("apt-get").is_some()
            && process::on_path("dpkg").is_some()
            && let Some(version) = compiler_version()?
        {
            return cached(workspace, &version).map(Self::Unpacked);
        }
        if process::on_path("rustup").is_some() {
            println!("==> No package holds a compiler with its source; asking rustup for the standard library.");
            process::run(workspace.command("rustup").args(["target", "add", TARGET]))?;
            return Ok(Self::AtHand);
        }
        bail!("there is no standard library for {TARGET}: rustup target add {TARGET}, or use Debian's rustc-web");
    }

    fn cargo(&self, workspace: &Workspace, verb: &str) -> Command {
        match self {
            Self::AtHand => workspace.cargo(verb),
            Self::Unpacked(folder) => {
                let mut command = unpacked(workspace, folder, "cargo");
                command.arg(verb);
                command
            }
        }
    }
}

/// A program of an unpacked toolchain, which finds its compiler and libraries there.
fn unpacked(workspace: &Workspace, folder: &Path, program: &str) -> Command {
    let programs = folder.join("usr/bin");
    let mut command = workspace.command(programs.join(program));
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(programs.clone()).chain(env::split_paths(&path)));
    command
        .env("PATH", path.unwrap_or_else(|_| OsString::from(&programs)))
        .env("RUSTC", programs.join("rustc"))
        .env("RUSTDOC", programs.join("rustdoc"))
        .env("LD_LIBRARY_PATH", folder.join("usr/lib").join(format!("{}-linux-gnu", env::consts::ARCH)))
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn holds_standard_library(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// The version of Debian's newest compiler, when it is new enough.
fn compiler_version() -> Result<Option<String>> {
    let look = || setup::candidate("rustc-web").filter(|_| setup::candidate("rust-web-src").is_some());
    let mut version = look();
    if version.is_none() && setup::candidate("libc6").is_none() {
        setup::update_package_lists()?;
        version = look();
    }
    Ok(version.filter(|version| Version::first_in(version).is_some_and(|version| version >= COMPILER_AT_LEAST)))
}

/// The folder with the toolchain of that version, made if it is not there.
fn cached(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    let cache = cache_folder()?;
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    // two at once would build it twice and stumble over each other
    let lock = fs::File::create(cache.join("windows.lock")).context("cannot write to the cache folder")?;
    lock.lock().context("cannot lock the cache folder")?;
    let folder = cache.join(format!("windows-{version}"));
    if folder.join(MARKER).is_file() {
        println!("==> The toolchain for {TARGET} is in {}", folder.display());
        return Ok(folder);
    }
    let building = cache.join("windows.part");
    remove(&building)?;
    remove(&folder)?;
    println!("==> Making the toolchain for {TARGET} once (some minutes), in {}", folder.display());
    unpack(&building)?;
    build_standard_library(workspace, &building)?;
    fs::write(building.join(MARKER), version).context("cannot finish the toolchain")?;
    fs::rename(&building, &folder).context("cannot finish the toolchain")?;
    remove_others(&cache, &folder)?;
    Ok(folder)
}

fn cache_folder() -> Result<PathBuf> {
    let given = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = match given {
        Some(folder) => folder,
        None => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(folder.join("service-tool"))
}

/// The compiler, cargo, the library's source and what they need that this system lacks.
fn unpack(folder: &Path) -> Result<()> {
    let downloads = folder.join("packages");
    fs::create_dir_all(&downloads).with_context(|| format!("cannot make {}", downloads.display()))?;
    let names = match download(&downloads) {
        Ok(names) => names,
        Err(error) => {
            println!("==> {error:#}\n==> The lists of packages may be old: once more with new ones.");
            setup::update_package_lists()?;
            download(&downloads)?
        }
    };
    println!("==> Unpacking: {}", names.join(" "));
    for entry in fs::read_dir(&downloads).context("cannot list the packages")? {
        let package = entry.context("cannot list the packages")?.path();
        if package.extension() == Some(OsStr::new("deb")) {
            process::run(Command::new("dpkg").arg("-x").arg(&package).arg(folder))?;
        }
    }
    remove(&downloads)
}

fn download(folder: &Path) -> Result<Vec<String>> {
    let mut plan = Command::new("apt-get");
    plan.args(["--simulate", "--no-install-recommends", "install", "rustc-web", "cargo-web", "rust-web-src"]);
    let names = to_be_installed(&process::output(plan.env("LC_ALL", "C"))?);
    if !names.iter().any(|name| name == "rustc-web") {
        bail!(
            "rustc-web is installed on this system already, and would be left out: use its own toolchain first on the PATH"
        );
    }
    process::run(Command::new("apt-get").args(["-q", "download"]).args(&names).current_dir(folder))?;
    Ok(names)
}

/// The packages that `apt-get --simulate install` would add.
fn to_be_installed(plan: &str) -> Vec<String> {
    plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next()).map(str::to_owned).collect()
}

/// Compiles a program together with the standard library, and keeps the library.
fn build_standard_library(workspace: &Workspace, folder: &Path) -> Result<()> {
    let program = folder.join("hello");
    fs::create_dir_all(program.join("src")).context("cannot write the first program")?;
    let manifest = "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(program.join("Cargo.toml"), manifest).context("cannot write the first program")?;
    fs::write(program.join("src/main.rs"), "fn main() {}\n").context("cannot write the first program")?;
    let mut cargo = unpacked(workspace, folder, "cargo");
    cargo
        .current_dir(&program)
        .args(["build", "--release", "-Zbuild-std=std,panic_unwind,panic_abort,test,proc_macro", "--target", TARGET])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", program.join("target"));
    println!("==> Building the standard library");
    process::run(&mut cargo)?;
    let built = program.join("target").join(TARGET).join("release/deps");
    let kept = folder.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&kept).context("cannot keep the standard library")?;
    for entry in fs::read_dir(&built).context("cannot list the standard library")? {
        let path = entry.context("cannot list the standard library")?.path();
        if let (Some("rlib"), Some(name)) = (path.extension().and_then(OsStr::to_str), path.file_name()) {
            fs::copy(&path, kept.join(name)).context("cannot keep the standard library")?;
        }
    }
    let mut ask = unpacked(workspace, folder, "rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    let looked_for = process::output(&mut ask)?;
    if !holds_standard_library(Path::new(&looked_for)) {
        bail!("the compiler looks for the standard library in {looked_for}, and it is not there");
    }
    // source and documents are most of the space, and have done their work
    for done in ["hello", "usr/src", "usr/share"] {
        remove(&folder.join(done))?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Toolchains of earlier versions: a gigabyte each.
fn remove_others(cache: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(cache).context("cannot list the cache folder")? {
        let path = entry.context("cannot list the cache folder")?.path();
        let named = path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("windows-"));
        if named && path != folder {
            remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_names_what_is_missing_and_nothing_twice() {
        let plan = "Reading package lists...\nInst libllvm22 (1:22.1.8-1 Debian:12 [amd64])\n\
             Inst rustc-web (1.96.0+dfsg1-1 Debian-Security:12 [amd64])\nRemv rustc [1.63]\n\
             Conf libllvm22 (1:22.1.8-1 Debian:12 [amd64])\n";
        assert_eq!(to_be_installed(plan), ["libllvm22", "rustc-web"]);
        assert!(to_be_installed("rustc-web is already the newest version\n").is_empty());
    }

    #[test]
    fn older_toolchains_go_and_other_files_stay() {
        let cache = std::env::temp_dir().join(format!("service-tool-windows-{}", std::process::id()));
        for name in ["windows-1", "windows-2", "something"] {
            fs::create_dir_all(cache.join(name)).unwrap();
        }
        remove_others(&cache, &cache.join("windows-2")).unwrap();
        assert!(!cache.join("windows-1").exists());
        assert!(cache.join("windows-2").exists() && cache.join("something").exists());
        fs::remove_dir_all(&cache).unwrap();
    }
}
