//! Demands on a typed text: no characters that deceive the eye, and the shapes of names, addresses and numbers.

use super::{
    definition::{FieldKind, Shape},
    state::FindingCode,
};

/// Longest answer, in characters, where the form says nothing shorter.
pub(crate) fn length_max(kind: FieldKind, shape: Option<Shape>) -> u32 {
    match (kind, shape) {
        (FieldKind::LongText, _) => 10_000,
        (FieldKind::Text, Some(Shape::Email)) => 254,
        (FieldKind::Text, Some(Shape::Phone)) => 40,
        // sAMAccountName
        (FieldKind::Text, Some(Shape::LogonName)) => 20,
        (FieldKind::Text, Some(Shape::PersonName)) => 100,
        (FieldKind::Text, None) => 200,
        _ => 0,
    }
}

/// What is wrong with a trimmed, non-empty text of `kind`.
pub(crate) fn fault(text: &str, kind: FieldKind, shape: Option<Shape>) -> Option<FindingCode> {
    if kind == FieldKind::LongText {
        let unfit =
            |letter: char| (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) || turns_direction(letter);
        return text.chars().any(unfit).then_some(FindingCode::NotAName);
    }
    if text.chars().any(|letter| letter.is_control() || is_invisible(letter)) {
        return Some(FindingCode::NotAName);
    }
    let (fits, code) = match shape? {
        Shape::Email => (is_email(text), FindingCode::NotAnEmail),
        Shape::Phone => (is_phone(text), FindingCode::NotAPhone),
        Shape::LogonName => (is_logon_name(text), FindingCode::NotALogonName),
        Shape::PersonName => (is_person_name(text), FindingCode::NotAName),
    };
    (!fits).then_some(code)
}

/// Embeddings, overrides and isolates: they make a text read otherwise than it is.
pub fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without width, direction marks, line separators, fillers and tags.
pub fn is_invisible(letter: char) -> bool {
    turns_direction(letter)
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_fits = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    local_fits && domain.contains('.') && domain.split('.').all(label_fits)
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plus_leads = !text.chars().skip(1).any(|c| c == '+');
    digits >= 2 && plus_leads && text.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c))
}

fn is_logon_name(text: &str) -> bool {
    let solid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(solid) && text.ends_with(solid) && text.chars().all(|c| solid(c) || c == '.' || c == '-')
}

/// Letters of any script with what joins them. Umlauts may be composed or not.
fn is_person_name(text: &str) -> bool {
    let fits = |c: char| {
        if c.is_ascii() { c.is_ascii_alphabetic() || " -'.".contains(c) } else { !c.is_numeric() }
    };
    text.chars().any(char::is_alphabetic) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_accept_what_people_have_and_refuse_what_they_do_not() {
        use FindingCode::{NotALogonName, NotAName, NotAPhone, NotAnEmail};
        for (text, shape, expected) in [
            ("Hofmann", Shape::PersonName, None),
            ("Müller-Lüdenscheidt", Shape::PersonName, None),
            ("Mu\u{308}ller", Shape::PersonName, None),
            ("d'Angelo", Shape::PersonName, None),
            ("O’Neill", Shape::PersonName, None),
            ("von der Heide jun.", Shape::PersonName, None),
            ("Łukasz Żółć", Shape::PersonName, None),
            ("4711", Shape::PersonName, Some(NotAName)),
            ("Lena <b>", Shape::PersonName, Some(NotAName)),
            ("Le\u{200b}na", Shape::PersonName, Some(NotAName)),
            ("Le\u{202e}na", Shape::PersonName, Some(NotAName)),
            ("lena.hofmann@kanzlei-berger.example", Shape::Email, None),
            ("l+x@kanzlei-müller.example", Shape::Email, None),
            ("lena@berger", Shape::Email, Some(NotAnEmail)),
            ("lena@@berger.example", Shape::Email, Some(NotAnEmail)),
            ("lena hofmann@berger.example", Shape::Email, Some(NotAnEmail)),
            (".lena@berger.example", Shape::Email, Some(NotAnEmail)),
            ("lena@-berger.example", Shape::Email, Some(NotAnEmail)),
            ("+49 661 4711-36", Shape::Phone, None),
            ("36", Shape::Phone, None),
            ("(0661) 47 11", Shape::Phone, None),
            ("0661 x 36", Shape::Phone, Some(NotAPhone)),
            ("0661+36", Shape::Phone, Some(NotAPhone)),
            ("-", Shape::Phone, Some(NotAPhone)),
            ("le.hofmann", Shape::LogonName, None),
            ("l-2", Shape::LogonName, None),
            ("Hofmann", Shape::LogonName, Some(NotALogonName)),
            ("müller", Shape::LogonName, Some(NotALogonName)),
            (".hofmann", Shape::LogonName, Some(NotALogonName)),
            ("hofmann-", Shape::LogonName, Some(NotALogonName)),
            ("le hofmann", Shape::LogonName, Some(NotALogonName)),
        ] {
            assert_eq!(fault(text, FieldKind::Text, Some(shape)), expected, "{text:?}");
        }
    }

    #[test]
    fn long_texts_have_lines_but_no_turned_direction() {
        for (text, expected) in [
            ("eins\r\nzwei\tdrei", None),
            ("aus Teams\u{200b} kopiert 👩‍💻", None),
            ("a\u{202e}b", Some(FindingCode::NotAName)),
            ("a\u{7}b", Some(FindingCode::NotAName)),
        ] {
            assert_eq!(fault(text, FieldKind::LongText, None), expected, "{text:?}");
        }
        assert_eq!(fault("a\nb", FieldKind::Text, None), Some(FindingCode::NotAName));
    }
}
