//! `admin person import`: people of a firm from a CSV file. Somebody with a known logon name is changed, others are added.
//!
//! Invariant: all lines or none; every wrong line is named.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use csv::StringRecord;
use serde_json::{Value, json};
use service_tool_contract::{id::PersonId, wire::Role};

use super::Desk;
use super::person::{self, Draft};
use crate::data::read_text;
use crate::store;

const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// One line of the file.
struct Line {
    number: u64,
    draft: Draft,
}

/// Imports a file into a firm.
pub(super) async fn run(desk: &Desk, tenant: &str, file: &Path) -> Result<Value> {
    let text = read_text(file, MOST_BYTES)?;
    let mut faults = Vec::new();
    let lines = read(&text, &mut faults)?;
    let mut change = desk.change().await?;
    let (tenant, scope) = desk.tenant(&mut change, tenant).await?;
    let known = store::person::of_tenant(&mut change, &scope).await?;
    let (mut added, mut changed, mut unchanged) = (0_u32, 0_u32, 0_u32);
    for line in lines {
        let before = known.iter().find(|person| person.logon.is_some() && person.logon == line.draft.logon);
        let id = match before {
            Some(person) => person.id.clone(),
            None => PersonId(desk.ambient.id("per")?),
        };
        let kept = match line.draft.checked(id, Some(tenant.id.clone())) {
            Err(error) => Err(error),
            Ok(person) if before == Some(&person) => {
                unchanged += 1;
                Ok(())
            }
            Ok(person) if before.is_some() => {
                changed += 1;
                person::set(desk, &mut change, &person).await
            }
            Ok(person) => {
                added += 1;
                person::add(desk, &mut change, &person).await
            }
        };
        if let Err(error) = kept {
            faults.push(format!("line {}: {error}", line.number));
        }
    }
    if !faults.is_empty() {
        bail!("nothing was imported from {}:\n{}", file.display(), faults.join("\n"));
    }
    change.commit().await?;
    Ok(json!({"tenant": tenant.name, "added": added, "changed": changed, "unchanged": unchanged}))
}

/// The lines of a file; wrong ones are told in `faults`.
fn read(text: &str, faults: &mut Vec<String>) -> Result<Vec<Line>> {
    // the reader counts lines by their last character
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let head = text.lines().next().unwrap_or_default();
    // spreadsheets of this country write semicolons
    let delimiter = if head.contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let known = ["logon", "name", "role", "email", "town", "phone"];
    if let Some(unknown) = headers.iter().find(|header| !known.iter().any(|name| header.eq_ignore_ascii_case(name))) {
        bail!("line 1: no column is called \"{unknown}\"; there are: {}", known.join(", "));
    }
    let mut places = Vec::new();
    for name in known {
        match column(name) {
            Some(place) => places.push(Some(place)),
            None if matches!(name, "town" | "phone") => places.push(None),
            None => bail!("line 1: the column \"{name}\" is missing"),
        }
    }
    let mut lines = Vec::new();
    let mut logons = BTreeSet::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let number = record.position().map_or(0, csv::Position::line);
                match draft(&record, &places, headers.len()) {
                    // which of the two holds is the administrator's to say
                    Ok(draft) if !logons.insert(draft.logon.clone()) => {
                        faults.push(format!("line {number}: an earlier line has the same logon name"));
                    }
                    Ok(draft) => lines.push(Line { number, draft }),
                    Err(error) => faults.push(format!("line {number}: {error}")),
                }
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    Ok(lines)
}

fn draft(record: &StringRecord, places: &[Option<usize>], columns: usize) -> Result<Draft> {
    if record.len() != columns {
        bail!("{} values where the first line has {columns}", record.len());
    }
    let value = |index: usize| {
        places.get(index).copied().flatten().and_then(|place| record.get(place)).unwrap_or_default().to_owned()
    };
    let role = match value(2).to_lowercase().as_str() {
        "staff" => Role::Staff,
        "approver" => Role::Approver,
        other => bail!("the role \"{other}\" is neither staff nor approver"),
    };
    let logon = value(0).to_lowercase();
    if logon.is_empty() {
        bail!("the logon name is missing");
    }
    Ok(Draft { logon: Some(logon), name: value(1), role, email: value(3), town: value(4), phone: value(5) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_delimiters_and_a_byte_order_mark_are_read() {
        for text in [
            "logon,name,role,email\nj.keller,Jana Keller,staff,j.keller@example.org\n",
            "\u{feff}Logon;Name;Role;Email;Town;Phone\r\nj.keller;\"Keller; Jana\";Staff;j.keller@example.org;Fulda;\r\n",
        ] {
            let mut faults = Vec::new();
            let lines = read(text, &mut faults).unwrap();
            assert_eq!(faults, Vec::<String>::new());
            assert_eq!(lines.len(), 1);
            assert_eq!(lines[0].number, 2);
            assert_eq!(lines[0].draft.email, "j.keller@example.org");
        }
    }

    #[test]
    fn wrong_lines_are_named_and_a_wrong_head_is_refused() {
        let mut faults = Vec::new();
        let text =
            "logon,name,role,email\na,A,staff,a@example.org\nb,B,boss,b@example.org\nc,C\n,D,staff,d@example.org\n";
        assert_eq!(read(text, &mut faults).unwrap().len(), 1);
        assert_eq!(faults.len(), 3);
        assert!(
            faults[0].starts_with("line 3:") && faults[1].starts_with("line 4:") && faults[2].starts_with("line 5:")
        );
        assert!(read("logon,name,role\n", &mut Vec::new()).is_err());
        assert!(read("logon,name,role,email,salary\n", &mut Vec::new()).is_err());
        assert!(read("", &mut Vec::new()).is_err());
    }
}
