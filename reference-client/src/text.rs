//! Texts of other people.

/// Text of somebody else, fit for a terminal: no control characters, no change of direction.
#[must_use]
pub fn printable(text: &str) -> String {
    let bidi = |c: char| matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if c != '\n' && (c.is_control() || bidi(c)) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_to_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c\nd");
    }
}
