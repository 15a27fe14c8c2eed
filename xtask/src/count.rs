//! Owns how many tests passed and failed, read from what cargo test and vitest print.

/// Tests that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Count {
    /// What a line of output adds; nothing for all other lines.
    pub fn of_line(line: &str) -> Self {
        let line = plain(line);
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            // "ok. 12 passed; 0 failed; 1 ignored; …"
            let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
            return Self::of_parts(counts.split(';'));
        }
        if let Some(result) = line.strip_prefix("Tests ") {
            // "1 failed | 11 passed | 2 skipped (14)"
            return Self::of_parts(result.split(['|', '(']));
        }
        Self::default()
    }

    fn of_parts<'text>(parts: impl Iterator<Item = &'text str>) -> Self {
        let mut count = Self::default();
        for part in parts {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => count.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => count.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
        count
    }
}

/// The line without colours.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next() == Some('[') {
            characters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_and_vitest_are_counted() {
        for (line, passed, failed) in [
            ("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s", 12, 0),
            ("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.21s", 3, 2),
            ("test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 7 passed; 0 failed; 0 ignored; 0 measured", 7, 0),
            ("      Tests  11 passed (11)", 11, 0),
            ("      Tests  1 failed | 11 passed | 2 skipped (14)", 11, 1),
            (
                "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m4 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (4)\u{1b}[39m",
                4,
                0,
            ),
            (" Test Files  2 passed (2)", 0, 0),
            ("test outbox::tests::kept ... ok", 0, 0),
            ("running 3 tests", 0, 0),
            ("Tests are fine", 0, 0),
        ] {
            assert_eq!(Count::of_line(line), Count { passed, failed }, "{line}");
        }
    }
}
