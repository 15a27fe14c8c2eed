//! An entry of the freedesktop autostart specification.

use std::{ffi::OsString, io, path::PathBuf};

use anyhow::Context as _;

use super::place::folder;

pub fn entry_write(line: &[OsString]) -> anyhow::Result<()> {
    let path = entry_path()?;
    let words = line
        .iter()
        .map(|word| word.to_str().map(quoted).with_context(|| format!("{} is not UTF-8", word.display())))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let text = format!(
        "[Desktop Entry]\nType=Application\nName=Service-Tool\nExec={}\nIcon=service-tool\nTerminal=false\nStartupNotify=false\n",
        words.join(" ")
    );
    if fs_err::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs_err::create_dir_all(parent)?;
    }
    Ok(fs_err::write(&path, text)?)
}

pub fn entry_remove() -> anyhow::Result<()> {
    match fs_err::remove_file(entry_path()?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn entry_path() -> anyhow::Result<PathBuf> {
    let folder = folder("XDG_CONFIG_HOME", ".config").context("no home folder is known for the autostart entry")?;
    Ok(folder.join("autostart/service-tool.desktop"))
}

/// A word of the `Exec` key: quoted as the desktop entry specification says, percent signs doubled. The backslash of the
/// quoting is itself escaped, for it stands in a value of type string.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/-_.,:=+@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '`' | '$' => text.push_str("\\\\"),
            '\\' => text.push_str("\\\\\\"),
            '%' => text.push('%'),
            _ => {}
        }
        text.push(letter);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_of_the_entry_are_quoted_where_they_must_be() {
        let table = [
            ("/usr/bin/service-tool", "/usr/bin/service-tool"),
            ("--background", "--background"),
            ("/opt/Service Tool/bin", "\"/opt/Service Tool/bin\""),
            ("50%", "\"50%%\""),
            ("a\"b", "\"a\\\\\"b\""),
            ("a$b", "\"a\\\\$b\""),
            ("", "\"\""),
        ];
        for (word, expected) in table {
            assert_eq!(quoted(word), expected, "{word}");
        }
    }
}
