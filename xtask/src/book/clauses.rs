//! The table of the normative sentences.

use super::pages;
use crate::error::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the table stands for.
pub const MARK: &str = "{{#clauses}}";

/// A table of the ids, one row a page, in the book's order.
///
/// # Errors
/// An id begins two sentences.
pub fn table(book: &mut Value) -> Result<String> {
    let mut seen = BTreeMap::new();
    let mut table = String::from("| page | clauses |\n|---|---|\n");
    pages::for_each(book, &mut |page| {
        let mut found = Vec::new();
        for (number, line) in (1..).zip(page.content.lines()) {
            let Some(id) = id(line) else { continue };
            if let Some(first) = seen.insert(id.to_owned(), format!("{}:{number}", page.path)) {
                let why = format!("{}:{number}: clause {id} stands at {first} too", page.path);
                return Err(Error::new(why));
            }
            found.push(id);
        }
        if !found.is_empty() {
            let path = page.path;
            writeln!(table, "| [{path}]({path}) | {} |", found.join(", "))
                .map_err(|error| Error::new(error.to_string()))?;
        }
        Ok(())
    })?;
    Ok(table)
}

/// The id with which a line begins: letters, a dash, two or three digits, in brackets that
/// are not a link's.
fn id(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(['-', ' ']);
    let (id, after) = line.strip_prefix('[')?.split_once(']')?;
    let (topic, number) = id.split_once('-')?;
    let topic = !topic.is_empty() && topic.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = matches!(number.len(), 2 | 3) && number.bytes().all(|byte| byte.is_ascii_digit());
    (topic && number && !after.starts_with('(')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_begins_a_line() {
        assert_eq!(id("[RAT-12] A device MUST"), Some("RAT-12"));
        assert_eq!(id("- [HS-07] A device MUST"), Some("HS-07"));
        assert_eq!(id("See [RAT-12]."), None);
        assert_eq!(id("[RAT-12](ratchet.md) says"), None);
        assert_eq!(id("[Limits](limits.md) are"), None);
    }

    #[test]
    fn an_id_is_used_once() -> Result {
        let page = |path: &str, content: &str| json!({"Chapter": {"source_path": path, "content": content, "sub_items": []}});
        let mut book = json!({"items": [page("a.md", "[A-01] x\n[A-02] y"), page("b.md", "z")]});
        let expected = "| page | clauses |\n|---|---|\n| [a.md](a.md) | A-01, A-02 |\n";
        assert_eq!(table(&mut book)?, expected);
        let mut book = json!({"items": [page("a.md", "[A-01] x"), page("b.md", "\n[A-01] y")]});
        let error = table(&mut book).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("b.md:2: clause A-01 stands at a.md:1 too"));
        Ok(())
    }
}
