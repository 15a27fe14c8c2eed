//! The printers of the session (R1, R2): the system's list without virtual ones, redirected ones under their plain names.
//!
//! Invariant: a print system that does not answer is an error, never an empty list.

use printers::common::base::printer::PrinterState;
use service_tool_contract::form::facts::Printer;
use service_tool_core::host::{PrintError, PrinterSource};

use super::system;

/// The print system of this computer.
pub struct SystemPrinters;

impl PrinterSource for SystemPrinters {
    fn printer_list(&self) -> Result<Vec<Printer>, PrintError> {
        system::printer::print_system_probe().map_err(PrintError::Down)?;
        let mut list: Vec<Printer> = printers::get_printers().into_iter().filter_map(printer_seen).collect();
        list.sort_by_cached_key(|printer| printer.name.to_lowercase());
        Ok(list)
    }
}

/// A printer as a person would name it; nothing where it prints on no paper.
fn printer_seen(printer: printers::common::base::printer::Printer) -> Option<Printer> {
    let shown = if printer.name.trim().is_empty() { &printer.system_name } else { &printer.name };
    let (name, redirected) = match plain_name(shown).or_else(|| plain_name(&printer.system_name)) {
        Some(name) => (name.to_owned(), true),
        None => (shown.trim().to_owned(), is_redirected_port(&printer.port_name)),
    };
    if is_virtual(&name, &printer.driver_name, &printer.port_name) {
        return None;
    }
    Some(Printer {
        queue: printer.system_name,
        name,
        place: printer.location,
        driver: printer.driver_name,
        port: printer.port_name,
        is_default: printer.is_default,
        paused: matches!(printer.state, PrinterState::PAUSED | PrinterState::OFFLINE),
        redirected,
    })
}

/// The name at the place where the user sits, of a printer that a remote session brought along.
fn plain_name(name: &str) -> Option<&str> {
    let name = name.trim();
    in_brackets(name)
        .or_else(|| from_client(name))
        .or_else(|| after_hash(name))
        .map(str::trim)
        .filter(|plain| !plain.is_empty())
}

/// `HP (redirected 3)`, `HP (umgeleitet 3)`, `HP (in Sitzung 3)`.
fn in_brackets(name: &str) -> Option<&str> {
    let (plain, words) = name.strip_suffix(')')?.rsplit_once('(')?;
    let (kind, session) = words.rsplit_once(' ')?;
    let kind = kind.trim().to_lowercase();
    (is_number(session) && ["redirected", "umgeleitet", "in sitzung", "in session"].contains(&kind.as_str()))
        .then_some(plain)
}

/// `HP (from PC7) in session 3`, `HP (von PC7) in Sitzung 3`.
fn from_client(name: &str) -> Option<&str> {
    let (rest, session) = name.rsplit_once(' ')?;
    let rest = rest.strip_suffix(" in session").or_else(|| rest.strip_suffix(" in Sitzung"))?;
    let (plain, client) = rest.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    (is_number(session) && (client.starts_with("from ") || client.starts_with("von "))).then_some(plain)
}

/// `HP#client:3`, `HP#:3`.
fn after_hash(name: &str) -> Option<&str> {
    let (plain, words) = name.rsplit_once('#')?;
    let (_, session) = words.rsplit_once(':')?;
    is_number(session).then_some(plain)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `TS001` and the like: ports of remote sessions.
fn is_redirected_port(port: &str) -> bool {
    port.strip_prefix("TS").is_some_and(|number| number.len() == 3 && is_number(number))
}

/// Printers that print on no paper, by driver, port and, for those that a remote session brought along under a driver of
/// its own, by their well-known names.
fn is_virtual(name: &str, driver: &str, port: &str) -> bool {
    const DRIVERS: &[&str] = &[
        "print to pdf",
        "xps document writer",
        "shared fax driver",
        "onenote",
        "cups-pdf",
        "pdf24",
        "pdfcreator",
        "freepdf",
        "adobe pdf",
        "pdf converter",
        "pdf-xchange",
        "pdf printer",
        "pdf writer",
        "image writer",
        "fax",
    ];
    const PORTS: &[&str] = &[
        "portprompt:",
        "xpsport:",
        "shrfax:",
        "nul:",
        "cups-pdf:",
        "microsoft.office.onenote",
        "onenote",
        "pdf24",
        "pdfcmon",
        "fax:",
    ];
    const NAMES: &[&str] = &[
        "pdf",
        "fax",
        "microsoft print to pdf",
        "microsoft xps document writer",
        "adobe pdf",
        "pdf24",
        "pdf24 fax",
        "pdfcreator",
        "freepdf",
        "cups-pdf",
    ];
    let (name, driver, port) = (name.to_lowercase(), driver.to_lowercase(), port.to_lowercase());
    // As whole words: a model named "Faxon" is none.
    let driver_says = |part: &&str| {
        driver.match_indices(*part).any(|(at, found)| {
            let before = driver[..at].chars().next_back();
            let after = driver[at + found.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    };
    DRIVERS.iter().any(driver_says)
        || PORTS.iter().any(|part| port.starts_with(part))
        || NAMES.contains(&name.as_str())
        || name.contains("onenote")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirected_printers_are_recognised_and_named_plainly() {
        let table = [
            ("HP LaserJet (redirected 3)", Some("HP LaserJet")),
            ("HP LaserJet (umgeleitet 3)", Some("HP LaserJet")),
            ("HP LaserJet (Umgeleitet 12)", Some("HP LaserJet")),
            ("HP LaserJet (in Sitzung 3)", Some("HP LaserJet")),
            ("HP LaserJet (Büro 2) (umgeleitet 3)", Some("HP LaserJet (Büro 2)")),
            ("HP LaserJet (from PC7) in session 3", Some("HP LaserJet")),
            ("HP LaserJet (von PC7) in Sitzung 3", Some("HP LaserJet")),
            ("HP LaserJet#client:3", Some("HP LaserJet")),
            ("HP LaserJet#:3", Some("HP LaserJet")),
            ("HP LaserJet", None),
            ("HP LaserJet (Büro 3)", None),
            ("HP LaserJet (redirected)", None),
            ("Drucker #3", None),
            ("(redirected 3)", None),
            ("", None),
        ];
        for (name, plain) in table {
            assert_eq!(plain_name(name), plain, "{name}");
        }
    }

    #[test]
    fn virtual_printers_are_left_out_and_real_ones_are_not() {
        let table = [
            ("Microsoft Print to PDF", "Microsoft Print To PDF", "PORTPROMPT:", true),
            ("Microsoft XPS Document Writer", "Microsoft XPS Document Writer v4", "PORTPROMPT:", true),
            ("Fax", "Microsoft Shared Fax Driver", "SHRFAX:", true),
            ("OneNote (Desktop)", "Send to Microsoft OneNote 16 Driver", "nul:", true),
            ("OneNote for Windows 10", "Microsoft Software Printer Driver", "Microsoft.Office.OneNote_16001", true),
            ("Adobe PDF", "Adobe PDF Converter", "Documents\\*.pdf", true),
            ("PDF24", "PDF24", r"\\.\pipe\PDFPrint", true),
            ("Büro-PDF", "Generic CUPS-PDF Printer (w/ options)", "cups-pdf:/", true),
            ("Microsoft Print to PDF", "Remote Desktop Easy Print", "TS004", true),
            ("HP OfficeJet Fax", "HP OfficeJet Pro 8020 Fax", "USB002", true),
            ("Empfang", "HP Universal Printing PCL 6", "IP_10.1.2.3", false),
            ("Kasse", "Local Raw Printer", "file:///dev/null", false),
            ("Flur", "Brother MFC-L8690CDW series", "ipp://10.1.2.4/ipp/print", false),
            ("PDF-Raum 3", "KONICA MINOLTA C360i PS", "socket://10.1.2.5", false),
            ("Telefaxraum", "Lexmark MX520", "socket://10.1.2.6", false),
        ];
        for (name, driver, port, expected) in table {
            assert_eq!(is_virtual(name, driver, port), expected, "{name}");
        }
    }

    #[test]
    fn ports_of_a_remote_session_are_recognised() {
        assert!(is_redirected_port("TS001"));
        for port in ["TS1", "TS0001", "USB001", "TSabc", ""] {
            assert!(!is_redirected_port(port), "{port}");
        }
    }
}
