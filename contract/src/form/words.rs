//! The engine's own words, in both languages, and how it writes days.

use crate::{id::Day, text::Language};

/// A text of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Yes,
    No,
    OnlyInYourSession,
    AtYourDesk,
    Paused,
    OneFile,
    /// After a number.
    Files,
}

impl Word {
    pub fn text(self, language: Language) -> &'static str {
        let (de, en) = match self {
            Self::Yes => ("Ja", "Yes"),
            Self::No => ("Nein", "No"),
            Self::OnlyInYourSession => ("Nur in Ihrer Sitzung", "Only in your session"),
            Self::AtYourDesk => ("Drucker am Arbeitsplatz", "Printer at the desk"),
            Self::Paused => ("angehalten", "paused"),
            Self::OneFile => ("1 Datei", "1 file"),
            Self::Files => ("Dateien", "files"),
        };
        match language {
            Language::De => de,
            Language::En => en,
        }
    }
}

const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS_DE: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const WEEKDAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// "Dienstag, 1. Dezember 2026", "Tuesday, 1 December 2026".
pub(crate) fn day(day: Day, language: Language) -> String {
    let (weekdays, months, dot) = match language {
        Language::De => (WEEKDAYS_DE, MONTHS_DE, "."),
        Language::En => (WEEKDAYS_EN, MONTHS_EN, ""),
    };
    let weekday = usize::try_from(day.0.weekday().to_monday_zero_offset()).unwrap_or_default();
    let weekday = weekdays.get(weekday).copied().unwrap_or_default();
    let month = usize::try_from(day.0.month()).unwrap_or_default().saturating_sub(1);
    let month = months.get(month).copied().unwrap_or_default();
    format!("{weekday}, {}{dot} {month} {}", day.0.day(), day.0.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_as_people_write_them() {
        let december = Day(jiff::civil::date(2026, 12, 1));
        assert_eq!(day(december, Language::De), "Dienstag, 1. Dezember 2026");
        assert_eq!(day(december, Language::En), "Tuesday, 1 December 2026");
        assert_eq!(day(Day(jiff::civil::date(2027, 3, 31)), Language::De), "Mittwoch, 31. März 2027");
    }
}
