//! Lists the forms below `forms/`, so that the executable carries them. Example answers are not forms.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../forms");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let name = entry?.file_name().into_string().map_err(|_| "a file name below forms/ is not text")?;
        if name.ends_with(".json") && !name.ends_with(".examples.json") {
            names.push(name);
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let path = folder.join(&name).canonicalize()?;
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push_str("]\n");
    #[expect(clippy::disallowed_methods, reason = "the errors of a build script are read by its builder")]
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("forms.rs"), list)?;
    Ok(())
}
