//! Owns what a text from outside must be like before it is kept.
//!
//! Invariant: a kept text has no control characters but line breaks and tabs, nothing that makes it read otherwise than it
//! is, and no more characters than its bound.

use service_tool_contract::form::{facts::SessionFacts, is_invisible, turns_direction};

use crate::failure::{Answer, Failure};

/// A text of several lines: trimmed, line breaks as `\n`, between `least` and `most` characters.
pub fn checked_text(field: &str, text: &str, least: usize, most: usize) -> Answer<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.chars().any(|character| character.is_control() && character != '\n' && character != '\t') {
        return Err(Failure::malformed_field(field, "control characters"));
    }
    if text.chars().any(turns_direction) {
        return Err(Failure::malformed_field(field, "characters that turn the direction"));
    }
    within(field, text, least, most)
}

/// A text of one line: trimmed, between `least` and `most` characters.
pub fn checked_line(field: &str, text: &str, least: usize, most: usize) -> Answer<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Failure::malformed_field(field, "control characters"));
    }
    if text.chars().any(is_invisible) {
        return Err(Failure::malformed_field(field, "characters that are not seen"));
    }
    within(field, text, least, most)
}

/// What a system says of its session, as it can be kept and shown. People cannot change what a driver calls itself, so it
/// is cleaned and not refused.
pub fn cleaned_session(sent: &SessionFacts) -> SessionFacts {
    let clean = |text: &str| -> String {
        text.chars().filter(|letter| !letter.is_control() && !is_invisible(*letter)).take(MOST_SESSION).collect()
    };
    let mut session = sent.clone();
    for text in [&mut session.host, &mut session.session] {
        *text = clean(text);
    }
    for printer in &mut session.printers {
        for text in [&mut printer.queue, &mut printer.name, &mut printer.place, &mut printer.driver, &mut printer.port]
        {
            *text = clean(text);
        }
    }
    session
}

/// Characters of one value of a session.
const MOST_SESSION: usize = 255;

fn within(field: &str, text: &str, least: usize, most: usize) -> Answer<String> {
    if text.len() > most.saturating_mul(4) || text.chars().count() > most {
        return Err(Failure::malformed_field(field, format!("more than {most} characters")));
    }
    if text.chars().count() < least {
        return Err(Failure::malformed_field(field, "a text is demanded here"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_free_of_control_characters() {
        assert_eq!(checked_text("text", " a\r\nb\tc ", 1, 10).unwrap(), "a\nb\tc");
        assert_eq!(checked_text("text", "", 0, 10).unwrap(), "");
        assert_eq!(checked_text("text", &"ä".repeat(10), 1, 10).unwrap().chars().count(), 10);
        for wrong in ["", "   ", "a\u{0}b", "\u{1b}[31m", "gnp\u{202e}exe", &"ä".repeat(11), &"a".repeat(500)] {
            assert!(checked_text("text", wrong, 1, 10).is_err(), "{wrong:?}");
        }
        // pictures of several characters are held together by one without width
        assert_eq!(checked_text("text", "👩\u{200d}💻", 1, 10).unwrap(), "👩\u{200d}💻");
        for wrong in ["a\nb", "a\u{200b}b", "a\u{202e}b", "\u{feff}b c"] {
            assert!(checked_line("name", wrong, 1, 10).is_err(), "{wrong:?}");
        }
    }
}
