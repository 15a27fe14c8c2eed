//! Owns the text of enrolment codes: how they are made, written, read again and turned into what is stored. Leaves to the
//! store which codes exist and which are used up.
//!
//! Invariant: a code is stored as a hash only; its short form has 80 random bits, its long form adds 80 bits of the hash
//! of the CA's certificate, so that a desktop without policy can pin the CA.

use data_encoding::{BitOrder, Encoding, Specification};
use ring::digest::{SHA256, digest};

/// Characters of one half of a code.
const HALF: usize = 16;
const HALF_BYTES: usize = 10;

/// Crockford's base 32: no I, L, O, U.
fn encoding() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.bit_order = BitOrder::MostSignificantFirst;
    specification.encoding().ok()
}

fn in_groups(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() + text.len() / 4);
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push('-');
        }
        grouped.push(character);
    }
    grouped
}

/// The short form of a code of these random bytes.
pub fn short_code(random: [u8; HALF_BYTES]) -> String {
    encoding().map(|encoding| in_groups(&encoding.encode(&random))).unwrap_or_default()
}

/// The second half of a long code: the first 80 bits of the SHA-256 of the CA's certificate (DER).
pub fn pin(ca_der: &[u8]) -> String {
    let hash = digest(&SHA256, ca_der);
    encoding().map(|encoding| in_groups(&encoding.encode(&hash.as_ref()[..HALF_BYTES]))).unwrap_or_default()
}

/// The long form: short code and pin.
pub fn long_code(short: &str, ca_der: &[u8]) -> String {
    format!("{short}-{}", pin(ca_der))
}

/// What is stored for a typed code, in whichever form: hyphens, blanks and case do not matter, O is 0, I and L are 1. A
/// text that no code can be gives a hash that no code has, so that it takes the same time.
pub fn code_hash(typed: &str) -> [u8; 32] {
    let plain: String = typed
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .take(2 * HALF + 1)
        .map(|character| match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let code = match plain.len() {
        HALF => plain.as_str(),
        length if length == 2 * HALF && plain.is_ascii() => &plain[..HALF],
        _ => "",
    };
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, format!("service-tool enrolment v1\n{code}").as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_the_same_in_every_way_it_can_be_typed() {
        let short = short_code([0x08, 0x42, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]);
        assert_eq!(short.len(), 19);
        let long = long_code(&short, b"certificate");
        assert_eq!(long.len(), 39);
        let hash = code_hash(&short);
        for typed in [
            long.clone(),
            short.to_lowercase(),
            short.replace('-', ""),
            short.replace('-', "  "),
            short.replace('0', "o").replace('1', "l"),
            long.replace('1', "I"),
        ] {
            assert_eq!(code_hash(&typed), hash, "{typed}");
        }
        assert_ne!(code_hash(&short_code([1; 10])), hash);
        assert_ne!(code_hash(""), hash);
        assert_ne!(code_hash(&short[..18]), hash);
        assert_eq!(code_hash("ü".repeat(400).as_str()), code_hash(""));
    }
}
