//! The house: who may know whom, where things may stand, and the words that do not belong into it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde_json::Value;
use service_tool_tests::programs::checkout;

/// Made by programs, or not ours.
const NOT_OURS: [&str; 6] = ["target", "node_modules", ".git", "gen", "dist", "Cargo.lock"];
const LONG_FILE: usize = 600;
/// How the head of a long file says why it is one.
const REASONS: [&str; 3] = ["In one file because", "Long because", "Long, as"];

#[test]
fn crates_know_only_whom_they_may_know() -> Result<()> {
    let known = Known::read()?;
    let rules: [(&str, &[&str]); 5] = [
        ("service-tool-contract", &["tokio", "reqwest", "axum", "hyper", "tauri", "rustls", "service-tool-core"]),
        (
            "service-tool-core",
            &["tauri", "wry", "xcap", "printers", "keyring", "keyring-core", "service-tool-hub", "service-tool"],
        ),
        ("service-tool-hub", &["tauri", "wry", "service-tool-core", "service-tool"]),
        ("service-tool-tests", &["tauri", "wry", "service-tool", "service-tool-core", "service-tool-hub"]),
        ("xtask", &["tauri", "tokio", "reqwest", "service-tool-contract", "service-tool-core"]),
    ];
    // the graph is not an empty one
    assert!(known.reached_from("service-tool-hub")?.is_superset(&BTreeSet::from(["axum".into(), "hyper".into()])));
    for (name, forbidden) in rules {
        let reached = known.reached_from(name)?;
        let wrong: Vec<&&str> = forbidden.iter().filter(|other| reached.contains(**other)).collect();
        assert!(wrong.is_empty(), "{name} knows {wrong:?}");
    }
    Ok(())
}

#[test]
fn browser_mode_is_no_default() -> Result<()> {
    let known = Known::read()?;
    for name in ["service-tool", "service-tool-core"] {
        let features = &known.packages.get(name).with_context(|| format!("no package {name}"))?["features"];
        let mut reached = BTreeSet::new();
        let mut open = vec!["default".to_owned()];
        while let Some(feature) = open.pop() {
            for next in features[&feature].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if reached.insert(next.to_owned()) {
                    open.push(next.to_owned());
                }
            }
        }
        assert!(!features["browser"].is_null(), "{name} has no feature `browser`");
        assert!(!reached.iter().any(|feature| feature.contains("browser")), "{name}: {reached:?}");
    }
    Ok(())
}

#[test]
fn sql_stands_only_under_the_store() -> Result<()> {
    let store = Path::new("hub/src/store");
    let statements = ["SELECT ", "INSERT INTO", "INSERT OR ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "PRAGMA "];
    none(
        sources(&["rs"])?
            .into_iter()
            .filter(|source| source.path.starts_with("hub/src") && !source.path.starts_with(store)),
        |line| {
            let code = line.split("//").next().unwrap_or_default();
            statements.iter().any(|statement| code.contains(statement))
                || code.contains("rusqlite::")
                || code.contains("sqlx::")
        },
    )
}

#[test]
fn screens_reach_the_desktop_through_one_door() -> Result<()> {
    let door = Path::new("ui/src/host/tauri.ts");
    let screens = sources(&["ts", "svelte", "js"])?;
    let screens: Vec<Source> = screens.into_iter().filter(|source| source.path.starts_with("ui")).collect();
    assert!(screens.iter().any(|source| source.path == door && source.text.contains("@tauri-apps/")));
    none(screens.into_iter().filter(|source| source.path != door), |line| line.contains("@tauri-apps/"))
}

#[test]
fn no_form_stands_in_code() -> Result<()> {
    let forms = ["user-create", "user_create", "first_name", "adviser_number", "access_medium"];
    none(
        sources(&["rs", "ts", "svelte"])?.into_iter().filter(|source| {
            let in_code = ["hub/src", "src-tauri", "ui/src"].iter().any(|folder| source.path.starts_with(folder));
            in_code && !is_test_file(source)
        }),
        |line| forms.iter().any(|form| line.contains(&format!("\"{form}\"")) || line.contains(&format!("'{form}'"))),
    )
}

#[test]
fn there_is_one_package_json() -> Result<()> {
    let found: Vec<PathBuf> = files()?.into_iter().filter(|path| path.ends_with("package.json")).collect();
    assert_eq!(found, [PathBuf::from("ui/package.json")]);
    Ok(())
}

#[test]
fn every_module_opens_with_what_it_owns() -> Result<()> {
    let bare: Vec<PathBuf> = sources(&["rs"])?
        .into_iter()
        .filter(|source| !source.text.trim_start().starts_with("//!"))
        .map(|source| source.path)
        .collect();
    assert!(bare.is_empty(), "no `//!` at the top of {bare:?}");
    Ok(())
}

#[test]
fn a_long_file_says_why() -> Result<()> {
    let long: Vec<(PathBuf, usize)> = sources(&["rs", "ts", "svelte", "css"])?
        .into_iter()
        .filter(|source| !source.path.starts_with("ui/src/bindings"))
        .map(|source| {
            let head: String = source.text.lines().take(30).collect::<Vec<_>>().join(" ");
            (source.path, source.text.lines().count(), head)
        })
        .filter(|(_, lines, head)| *lines > LONG_FILE && !REASONS.iter().any(|reason| head.contains(reason)))
        .map(|(path, lines, _)| (path, lines))
        .collect();
    assert!(long.is_empty(), "longer than {LONG_FILE} lines without one of {REASONS:?} in the head: {long:?}");
    Ok(())
}

#[test]
fn nothing_is_left_undone_or_switched_off() -> Result<()> {
    let here = Path::new("tests/tests/whole/tidy.rs");
    let signs = [
        "#[ignore",
        "todo!(",
        "unimplemented!(",
        "it.skip(",
        "test.skip(",
        "describe.skip(",
        "it.only(",
        "test.only(",
        "FIXME",
        "XXX",
    ];
    none(sources(&["rs", "ts", "svelte"])?.into_iter().filter(|source| source.path != here), |line| {
        signs.iter().any(|sign| line.contains(sign))
    })
}

#[test]
fn only_one_place_of_these_tests_sleeps() -> Result<()> {
    let sleeper = Path::new("tests/src/wait.rs");
    let here = Path::new("tests/tests/whole/tidy.rs");
    none(
        sources(&["rs"])?
            .into_iter()
            .filter(|source| source.path.starts_with("tests") && source.path != sleeper && source.path != here),
        |line| line.contains("sleep("),
    )
}

#[test]
fn modules_are_named_by_what_they_are() -> Result<()> {
    let empty_words = ["utils", "util", "helper", "helpers", "common", "manager", "service", "misc"];
    let found: Vec<PathBuf> = files()?
        .into_iter()
        .filter(|path| matches!(extension(path), "rs" | "ts" | "svelte"))
        .filter(|path| {
            path.components().any(|part| {
                let name = part.as_os_str().to_string_lossy();
                empty_words.contains(&name.split('.').next().unwrap_or_default())
            })
        })
        .collect();
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

#[test]
fn every_invariant_names_a_test_that_exists() -> Result<()> {
    let architecture = fs::read_to_string(checkout().join("docs/ARCHITECTURE.md"))?;
    let invariants = numbered(&architecture, "Invariants");
    assert!(invariants.len() >= 10, "docs/ARCHITECTURE.md has {} numbered invariants", invariants.len());
    let tests = test_names()?;
    for (number, text) in invariants {
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        let exists = |name: &&&str| tests.contains(name.rsplit("::").next().unwrap_or(name).trim());
        assert!(named.iter().any(|name| exists(&name)), "invariant {number} names no test that exists: {named:?}");
        // whatever looks like the name of a test has to be one
        let looks_like = |name: &&str| {
            name.contains("::")
                && name.ends_with(|end: char| end.is_ascii_lowercase())
                && name.matches('_').count() >= 3
        };
        for name in named.iter().filter(|name| looks_like(name)) {
            assert!(exists(&name), "invariant {number} names {name}, which does not exist");
        }
    }
    Ok(())
}

#[test]
fn the_architecture_walks_only_through_files_that_exist() -> Result<()> {
    let architecture = fs::read_to_string(checkout().join("docs/ARCHITECTURE.md"))?;
    let folders = ["contract/", "src-tauri/", "hub/", "ui/", "tests/", "xtask/", "forms/", "docs/", "icons/"];
    let missing: BTreeSet<&str> = architecture
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !path.contains(['<', '*', '{', ' ', '…']))
        .filter(|path| !checkout().join(path.split(':').next().unwrap_or(path)).exists())
        .collect();
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md names {missing:?}");
    Ok(())
}

#[test]
fn the_words_speak_of_the_project_alone() -> Result<()> {
    // spelled in pieces, so that they do not stand here either
    let registries =
        [["crates", "io"], ["npmjs", "com"], ["npmjs", "org"], ["pypi", "org"]].map(|parts| parts.join("."));
    let places = [["/work", "/"], ["../", "shared"], ["MACHINE", ".md"], ["HOUSE", ".md"], ["PRODUCT", ".md"]]
        .map(|parts| parts.concat());
    let words: Vec<String> = registries.into_iter().chain(places).collect();
    let ours = ["md", "rs", "ts", "svelte", "css", "html", "toml", "json", "sh", "yml", "conf", "xml"];
    none(sources(&ours)?.into_iter().filter(|source| !source.path.ends_with("package-lock.json")), |line| {
        words.iter().any(|word| line.contains(word.as_str()))
    })
}

#[test]
fn every_picture_that_is_shown_exists() -> Result<()> {
    let root = checkout();
    let mut missing = Vec::new();
    for source in sources(&["md"])? {
        let folder = source.path.parent().unwrap_or(Path::new(""));
        for target in source.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !root.join(folder).join(target).exists() {
                missing.push(format!("{} → {target}", source.path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "links to nothing: {missing:#?}");
    Ok(())
}

/// A file of ours with its text; the path is relative to the checkout.
struct Source {
    path: PathBuf,
    text: String,
}

fn sources(extensions: &[&str]) -> Result<Vec<Source>> {
    files()?
        .into_iter()
        .filter(|path| extensions.contains(&extension(path)))
        .map(|path| Ok(Source { text: fs::read_to_string(checkout().join(&path))?, path }))
        .collect()
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn is_test_file(source: &Source) -> bool {
    let path = source.path.to_string_lossy();
    path.contains("/tests")
        || path.contains(".test.")
        || path.contains("/test/")
        || path.ends_with("sample.rs")
        || path.ends_with("fake.ts")
}

fn files() -> Result<Vec<PathBuf>> {
    let root = checkout();
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if NOT_OURS.contains(&&*entry.file_name().to_string_lossy()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(&root)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Fails naming every line that is `wrong`, those of `#[cfg(test)]` modules apart.
fn none(sources: impl Iterator<Item = Source>, wrong: impl Fn(&str) -> bool) -> Result<()> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            if wrong(line) {
                found.push(format!("{}:{}: {}", source.path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// The items `1. …` of the section with this heading, with what belongs to them.
fn numbered(text: &str, heading: &str) -> Vec<(String, String)> {
    let mut items: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    let mut depth = 0;
    for line in text.lines() {
        if line.starts_with('#') {
            let level = line.chars().take_while(|character| *character == '#').count();
            if line.contains(heading) {
                (inside, depth) = (true, level);
                continue;
            }
            inside &= level > depth;
        }
        let number = line.split(['.', ' ']).next().unwrap_or_default();
        if inside && line.starts_with(|first: char| first.is_ascii_digit()) && number.parse::<u32>().is_ok() {
            items.push((number.to_owned(), line.to_owned()));
        } else if inside && let Some((_, item)) = items.last_mut() {
            item.push('\n');
            item.push_str(line);
        }
    }
    items
}

/// Names of all tests: functions in Rust, titles in TypeScript.
fn test_names() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for source in sources(&["rs", "ts"])? {
        let mut is_test = false;
        for line in source.text.lines().map(str::trim) {
            if extension(&source.path) == "ts" {
                for opening in ["it('", "test('", "it(\"", "test(\""] {
                    if let Some((_, rest)) = line.split_once(opening) {
                        names.extend(rest.split(['\'', '"']).next().map(str::to_owned));
                    }
                }
                continue;
            }
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            if let Some((_, rest)) = line.split_once("fn ") {
                if is_test {
                    names.extend(rest.split(['(', '<']).next().map(str::to_owned));
                }
                is_test = false;
            }
        }
    }
    Ok(names)
}

/// What cargo knows about the workspace.
struct Known {
    /// Of the workspace, by name.
    packages: BTreeMap<String, Value>,
    /// Names and what they depend on, apart from what only their tests use, by id.
    graph: BTreeMap<String, (String, Vec<String>)>,
}

impl Known {
    fn read() -> Result<Self> {
        let compiler = Command::new("rustc").arg("-vV").output()?;
        let said = String::from_utf8(compiler.stdout)?;
        let host = said.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        // what was built here is here: nothing is asked of the network
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
            .current_dir(checkout())
            .output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let members: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
        let packages = list(&metadata["packages"])
            .into_iter()
            .filter(|package| members.contains(&text(&package["id"])))
            .map(|package| (text(&package["name"]), package))
            .collect();
        let graph = list(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let used = list(&node["deps"])
                    .iter()
                    .filter(|dependency| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev"))
                    .map(|dependency| text(&dependency["pkg"]))
                    .collect();
                let id = text(&node["id"]);
                let name = names.get(&id).cloned().unwrap_or_default();
                (id, (name, used))
            })
            .collect();
        Ok(Self { packages, graph })
    }

    /// The names of all that `name` depends on, at any distance.
    fn reached_from(&self, name: &str) -> Result<BTreeSet<String>> {
        let id =
            self.packages.get(name).with_context(|| format!("no package {name}"))?["id"].as_str().unwrap_or_default();
        let (mut open, mut seen, mut names) = (vec![id.to_owned()], BTreeSet::new(), BTreeSet::new());
        while let Some(id) = open.pop() {
            for next in self.graph.get(&id).map(|(_, used)| used.as_slice()).unwrap_or_default() {
                if seen.insert(next.clone()) {
                    names.extend(self.graph.get(next).map(|(name, _)| name.clone()));
                    open.push(next.clone());
                }
            }
        }
        Ok(names)
    }
}
