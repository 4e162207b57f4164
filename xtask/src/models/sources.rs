//! What a model file takes for granted: the places where an assumption stands, and the ids of
//! assumptions that the comments beside them name.

/// A place in a model that needs an assumption's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its line, from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// Ids in the comment that begins on the same line, else in the nearest one above.
    pub named: Vec<String>,
}

/// The restrictions, axioms and private channels of a ProVerif file.
pub fn proverif(source: &str) -> Vec<Place> {
    places(&pieces(source, "(*", Some("*)")), &|code| {
        let words = |word: &'static str| positions(code, word).map(move |at| (at, word));
        let mut found: Vec<_> = ["restriction", "axiom"].into_iter().flat_map(words).collect();
        found.sort_unstable();
        found
    })
}

/// The guarded values in the messages of a Verifpal file.
pub fn verifpal(source: &str) -> Vec<Place> {
    places(&pieces(source, "//", None), &|code| {
        let mut found = Vec::new();
        let mut start = 0;
        for line in code.split_inclusive('\n') {
            if let Some((route, values)) = line.split_once(':')
                && route.contains("->")
                && values.contains('[')
                && !route.contains('?')
            {
                found.push((start + line.len() - values.len(), "guarded value"));
            }
            start += line.len();
        }
        found
    })
}

/// A stretch of a source.
#[derive(Debug)]
struct Piece<'a> {
    text: &'a str,
    is_comment: bool,
}

/// Cuts a source into code and comments, which nest where they have an end of their own.
fn pieces<'a>(source: &'a str, open: &str, close: Option<&str>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let code = rest.find(open).unwrap_or(rest.len());
        let (text, comment) = rest.split_at(code);
        pieces.push(Piece { text, is_comment: false });
        let length = match close {
            None => comment.find('\n').unwrap_or(comment.len()),
            Some(close) => nested(comment, open, close),
        };
        let text = comment.get(..length).unwrap_or(comment);
        pieces.push(Piece { text, is_comment: true });
        at += code + length;
    }
    pieces
}

/// The length of the comment with which a text begins.
fn nested(text: &str, open: &str, close: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = |mark: &str| rest.find(mark).unwrap_or(usize::MAX);
        let (opened, closed) = (first(open), first(close));
        if opened == usize::MAX && closed == usize::MAX {
            break;
        }
        if opened < closed {
            (depth, at) = (depth + 1, at + opened + open.len());
        } else {
            (depth, at) = (depth.saturating_sub(1), at + closed + close.len());
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// What a scan finds in a stretch of code: where it begins there, and what it is.
type Scan<'a> = &'a dyn Fn(&str) -> Vec<(usize, &'static str)>;

fn places(pieces: &[Piece<'_>], scan: Scan<'_>) -> Vec<Place> {
    let mut found = Vec::new();
    // Comments with nothing but white space between them are one.
    let mut above: Vec<String> = Vec::new();
    let mut lines = 1;
    for (number, piece) in pieces.iter().enumerate() {
        if piece.is_comment {
            let between = number.checked_sub(1).and_then(|before| pieces.get(before));
            if !between.is_some_and(|code| code.text.trim().is_empty()) {
                above.clear();
            }
            above.extend(ids(piece.text));
        } else {
            for (at, what) in scan(piece.text) {
                let (before, after) = piece.text.split_at(at);
                let line = lines + before.matches('\n').count();
                let beside = pieces.get(number + 1).filter(|_| !after.contains('\n'));
                let beside = beside.map(|comment| ids(comment.text)).filter(|ids| !ids.is_empty());
                let named = beside.unwrap_or_else(|| above.clone());
                found.push(Place { line, what: what.to_owned(), named });
            }
        }
        lines += piece.text.matches('\n').count();
    }
    found
}

/// Where a word stands in a text, as a word.
fn positions<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, after) = (text.get(..*at), text.get(at + word.len()..));
        !before.unwrap_or_default().ends_with(is_part)
            && !after.unwrap_or_default().starts_with(is_part)
    })
}

/// Ids such as `A-replay-cache` in a text.
fn ids(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_id = |word: &&str| word.len() > 2 && word.starts_with("A-");
    words.filter(is_id).map(|word| word.trim_end_matches('-').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: usize, what: &str, named: &[&str]) -> Place {
        let named = named.iter().map(|id| (*id).to_owned()).collect();
        Place { line, what: what.to_owned(), named }
    }

    #[test]
    fn restrictions_and_axioms_are_found() {
        let source = "(* G-01 (* nested *) restriction *)\nfree c: channel.\n(* A-cache: once. *)\nrestriction x: t;\n  event(A(x)).\n\naxiom_of.\naxiom y: t; (* A-b and A-c. *)\n restrictions.";
        let expected = [place(4, "restriction", &["A-cache"]), place(8, "axiom", &["A-b", "A-c"])];
        assert_eq!(proverif(source), expected);
    }

    #[test]
    fn a_restriction_without_a_name_is_found_too() {
        assert_eq!(proverif("restriction x."), [place(1, "restriction", &[])]);
        assert_eq!(proverif("(* unclosed restriction"), []);
    }

    #[test]
    fn guarded_values_are_found_in_messages_alone() {
        let source = "// A-verified: read out,\n// by people.\nBob -> Alice: [gb], x // the key\nprincipal A[\n]\nAlice -> Bob: e\nqueries[\n authentication? Alice -> Bob: e[\n";
        // The comment on the line names nothing, so the one above counts.
        assert_eq!(verifpal(source), [place(3, "guarded value", &["A-verified"])]);
    }
}
