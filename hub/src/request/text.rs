//! Owns what a text from outside must be like before it is kept.
//!
//! Invariant: a kept text has no control characters but line breaks and tabs, and no more characters than its bound.

use crate::failure::{Answer, Failure};

/// A text of several lines: trimmed, line breaks as `\n`, between `least` and `most` characters.
pub fn checked_text(field: &str, text: &str, least: usize, most: usize) -> Answer<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.chars().any(|character| character.is_control() && character != '\n' && character != '\t') {
        return Err(Failure::malformed_field(field, "control characters"));
    }
    within(field, text, least, most)
}

/// A text of one line: trimmed, between `least` and `most` characters.
pub fn checked_line(field: &str, text: &str, least: usize, most: usize) -> Answer<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Failure::malformed_field(field, "control characters"));
    }
    within(field, text, least, most)
}

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
        for wrong in ["", "   ", "a\u{0}b", "\u{1b}[31m", &"ä".repeat(11), &"a".repeat(500)] {
            assert!(checked_text("text", wrong, 1, 10).is_err(), "{wrong:?}");
        }
        assert!(checked_line("name", "a\nb", 1, 10).is_err());
    }
}
