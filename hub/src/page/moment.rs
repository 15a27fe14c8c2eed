//! Owns how days and times are written for people.

use jiff::{civil::Date, tz::TimeZone};
use service_tool_contract::id::{Day, Moment};

use super::words::Words;

/// `Mo, 23.11.` or `Mon 23 Nov`; with the year where it is another one.
pub fn day(words: &Words, day: Day, today: Day) -> String {
    let (date, today) = (day.0, today.0);
    let weekday = words.weekdays[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0) % 7];
    let year = if date.year() == today.year() { String::new() } else { year_of(words, date) };
    if words.language == "de" {
        format!("{weekday}, {:02}.{:02}.{year}", date.day(), date.month())
    } else {
        format!("{weekday} {} {}{year}", date.day(), month(date))
    }
}

fn year_of(words: &Words, date: Date) -> String {
    if words.language == "de" { date.year().to_string() } else { format!(" {}", date.year()) }
}

fn month(date: Date) -> &'static str {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    MONTHS[usize::try_from(date.month() - 1).unwrap_or(0) % 12]
}

/// Day and time: `Fr, 20.11., 16:12 Uhr`.
pub fn time(words: &Words, moment: Moment, zone: &TimeZone, today: Day) -> String {
    let local = moment.0.to_zoned_datetime(zone.clone());
    let day = day(words, Day(local.date()), today);
    format!("{day}, {}{:02}:{:02}{}", words.at_time, local.hour(), local.minute(), words.clock)
}

/// The time of day with seconds.
pub fn clock(words: &Words, moment: Moment, zone: &TimeZone) -> String {
    let local = moment.0.to_zoned_datetime(zone.clone());
    format!("{:02}:{:02}:{:02}{}", local.hour(), local.minute(), local.second(), words.clock)
}

/// Groups of the queue, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Overdue,
    Today,
    /// What has no day is mostly somebody who cannot work: it must not sink below next month.
    WithoutDay,
    ThisWeek,
    Later,
}

/// The group of a request that is due on a day.
pub fn group(due: Option<Day>, today: Day) -> Group {
    let Some(Day(due)) = due else { return Group::WithoutDay };
    let today = today.0;
    let days_left = 6 - i32::from(today.weekday().to_monday_zero_offset());
    let sunday = today.checked_add(jiff::Span::new().days(days_left)).unwrap_or(today);
    match due {
        due if due < today => Group::Overdue,
        due if due == today => Group::Today,
        due if due <= sunday => Group::ThisWeek,
        _ => Group::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{DE, EN};
    use super::*;

    fn a_day(text: &str) -> Day {
        Day(text.parse().unwrap())
    }

    #[test]
    fn days_are_written_as_people_do() {
        let today = a_day("2026-11-23");
        assert_eq!(day(&DE, today, today), "Mo, 23.11.");
        assert_eq!(day(&DE, a_day("2027-01-01"), today), "Fr, 01.01.2027");
        assert_eq!(day(&EN, a_day("2027-01-01"), today), "Fri 1 Jan 2027");
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let moment = Moment("2026-11-20T15:12:09Z".parse().unwrap());
        assert_eq!(time(&DE, moment, &zone, today), "Fr, 20.11., 16:12 Uhr");
        assert_eq!(time(&EN, moment, &zone, today), "Fri 20 Nov, at 16:12");
    }

    #[test]
    fn the_week_ends_on_sunday() {
        let monday = a_day("2026-11-23");
        for (due, wanted) in [
            ("2026-11-22", Group::Overdue),
            ("2026-11-23", Group::Today),
            ("2026-11-24", Group::ThisWeek),
            ("2026-11-29", Group::ThisWeek),
            ("2026-11-30", Group::Later),
        ] {
            assert_eq!(group(Some(a_day(due)), monday), wanted, "{due}");
        }
        assert_eq!(group(Some(a_day("2026-11-30")), a_day("2026-11-29")), Group::Later);
        assert_eq!(group(None, monday), Group::WithoutDay);
    }
}
