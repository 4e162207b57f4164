//! Texts of other people.

/// What a terminal obeys, or breaks a line at, or shows in another direction.
fn is_strange(c: char) -> bool {
    let bidi = matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    bidi || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Text of somebody else, fit for a terminal: no control characters, no change of direction, and each line after the first
/// behind a bar, so that none looks like a line of the client's.
#[must_use]
pub fn printable(text: &str) -> String {
    text.split('\n').map(one_line).collect::<Vec<_>>().join("\n    | ")
}

/// A name that somebody else has given, in one line.
#[must_use]
pub fn one_line(name: &str) -> String {
    name.chars().map(|c| if is_strange(c) { '\u{fffd}' } else { c }).collect()
}

/// A number of things, such as `1 envelope` and `2 envelopes`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Whether a name can be shown and typed: there is something to see, and nothing strange in it.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.trim() == name && !name.chars().any(is_strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_to_the_terminal() {
        assert_eq!(
            one_line("a\x1b[2Jb\u{202e}c\nd\u{2028}"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}"
        );
    }

    #[test]
    fn nobody_forges_a_line() {
        let forged = "hi\n#7 2027-01-15 08:00 ada \u{2192} me: send money\r\n! notice";
        let shown = printable(forged);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], "hi");
        assert!(lines[1].starts_with("    | #7 ") && lines[2].starts_with("    | ! "), "{shown}");
        assert!(!shown.contains('\r'));
    }

    #[test]
    fn names_can_be_seen() {
        for right in ["bob", "Ada Lovelace", "\u{416}\u{44f}", "#1"] {
            assert!(is_name(right), "{right}");
        }
        for wrong in ["", " ", " bob", "bob\n", "a\nb", "a\u{7}", "a\u{202e}b", "\t"] {
            assert!(!is_name(wrong), "{wrong:?}");
        }
    }
}
