//! The policy table in the registry: `HKLM\Software\Policies\Service-Tool`, one key for each part of the table (`hub`,
//! `desktop`, `brand`), one value for each row, text as REG_SZ and yes/no as REG_DWORD. The entries of the menu are keys below
//! `entries` (`entries\1`, `entries\2`), in the order of their names.

use std::io;

use anyhow::Context as _;
use serde_json::{Map, Value};
use service_tool_core::Policy;
use winreg::{
    RegKey, RegValue,
    enums::{HKEY_LOCAL_MACHINE, REG_DWORD, REG_EXPAND_SZ, REG_SZ},
    types::FromRegValue as _,
};

const KEY: &str = r"Software\Policies\Service-Tool";
/// The one part that is a list.
const ENTRIES: &str = "entries";

pub fn policy_read() -> anyhow::Result<Policy> {
    let root = match RegKey::predef(HKEY_LOCAL_MACHINE).open_subkey(KEY) {
        Ok(root) => root,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Policy::default()),
        Err(error) => return Err(error).with_context(|| format!(r"HKLM\{KEY} cannot be read")),
    };
    let policy: Policy = serde_json::from_value(Value::Object(table(&root)?))
        .with_context(|| format!(r"the policy in HKLM\{KEY} is not understood"))?;
    policy.check().with_context(|| format!(r"the policy in HKLM\{KEY} is not understood"))?;
    Ok(policy)
}

/// Keys and values as the table's rows; the registry does not tell upper from lower case, the table is in lower case.
fn table(root: &RegKey) -> anyhow::Result<Map<String, Value>> {
    let mut parts = Map::new();
    for part in root.enum_keys() {
        let part = part?;
        let key = root.open_subkey(&part)?;
        let name = part.to_ascii_lowercase();
        let value = if name == ENTRIES { entries(&key)? } else { Value::Object(rows(&key, &part)?) };
        parts.insert(name, value);
    }
    Ok(parts)
}

fn entries(key: &RegKey) -> anyhow::Result<Value> {
    let mut names = key.enum_keys().collect::<io::Result<Vec<_>>>()?;
    names.sort_by_cached_key(|name| name.to_ascii_lowercase());
    let entry = |name: String| -> anyhow::Result<Value> {
        Ok(Value::Object(rows(&key.open_subkey(&name)?, &format!(r"{ENTRIES}\{name}"))?))
    };
    Ok(Value::Array(names.into_iter().map(entry).collect::<anyhow::Result<_>>()?))
}

fn rows(key: &RegKey, place: &str) -> anyhow::Result<Map<String, Value>> {
    let mut rows = Map::new();
    for row in key.enum_values() {
        let (name, value) = row?;
        let value = json(&value).with_context(|| format!(r"HKLM\{KEY}\{place}\{name}"))?;
        rows.insert(name.to_ascii_lowercase(), value);
    }
    Ok(rows)
}

fn json(value: &RegValue<'_>) -> anyhow::Result<Value> {
    if value.vtype == REG_DWORD {
        return Ok(Value::Bool(u32::from_reg_value(value)? != 0));
    }
    if value.vtype == REG_SZ || value.vtype == REG_EXPAND_SZ {
        return Ok(Value::String(String::from_reg_value(value)?));
    }
    anyhow::bail!("must be REG_SZ or REG_DWORD")
}
