//! The person's `Run` key.

use std::{ffi::OsString, io};

use anyhow::Context as _;
use winreg::{RegKey, enums::HKEY_CURRENT_USER};

const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
const VALUE: &str = "Service-Tool";

pub fn entry_write(line: &[OsString]) -> anyhow::Result<()> {
    let words = line
        .iter()
        .map(|word| word.to_str().map(quoted).with_context(|| format!("{} is not Unicode", word.display())))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (key, _) = RegKey::predef(HKEY_CURRENT_USER).create_subkey(KEY)?;
    Ok(key.set_value(VALUE, &words.join(" "))?)
}

pub fn entry_remove() -> anyhow::Result<()> {
    let (key, _) = RegKey::predef(HKEY_CURRENT_USER).create_subkey(KEY)?;
    match key.delete_value(VALUE) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A word of a command line: file names hold no quotation mark, but may end in a backslash.
fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '\t']) {
        let slashes = word.len() - word.trim_end_matches('\\').len();
        format!("\"{word}{}\"", "\\".repeat(slashes))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_with_spaces_are_quoted() {
        assert_eq!(
            quoted(r"C:\Program Files\Service-Tool\service-tool.exe"),
            r#""C:\Program Files\Service-Tool\service-tool.exe""#
        );
        assert_eq!(quoted("--background"), "--background");
        assert_eq!(quoted(r"D:\My Data\"), r#""D:\My Data\\""#);
    }
}
