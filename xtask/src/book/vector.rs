//! Values of the test vectors in a page.

use crate::error::{About, Error, Result};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

const OPEN: &str = "{{#vector ";
const CLOSE: &str = "}}";
/// Hexadecimal digits of 32 bytes.
const LINE: usize = 64;

/// The files of vectors, each read once.
pub struct Files {
    folder: PathBuf,
    read: RefCell<BTreeMap<String, Rc<Value>>>,
}

impl Default for Files {
    fn default() -> Self {
        Self { folder: sceau_test_vectors::folder(), read: RefCell::default() }
    }
}

impl Files {
    /// A page with the values in it. `\{{#vector …}}` stays as it is, without the backslash.
    ///
    /// # Errors
    /// A value is not there; the message names the page and the line.
    pub fn replace(&self, page: &str, content: &str) -> Result<String> {
        let mut out = String::with_capacity(content.len());
        let mut fenced = false;
        for (number, line) in (1..).zip(content.split_inclusive('\n')) {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            let replaced = self.replace_line(line, fenced).about(format!("{page}:{number}"))?;
            out.push_str(&replaced);
        }
        Ok(out)
    }

    fn replace_line(&self, line: &str, fenced: bool) -> Result<String> {
        if let Some(name) = alone(line.trim()) {
            let value = wrap(&self.value(name)?);
            return Ok(if fenced { format!("{value}\n") } else { block(&value) });
        }
        let mut out = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let unclosed = || Error::new("a {{#vector is not closed on its line");
            let (name, after) = after.split_once(CLOSE).ok_or_else(unclosed)?;
            match before.strip_suffix('\\') {
                Some(before) => out.extend([before, OPEN, name, CLOSE]),
                None => out.extend([before, &self.value(name)?]),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The value of `FILE ID path.to.field`, as text.
    fn value(&self, name: &str) -> Result<String> {
        let words: Vec<&str> = name.split_whitespace().collect();
        let [file, id, path] = words.as_slice() else {
            return Err(Error::new(format!("not FILE ID path.to.field: {name}")));
        };
        let json = self.file(file)?;
        let vectors = json.get("vectors").and_then(Value::as_array);
        let is_it = |vector: &&Value| vector.get("id").and_then(Value::as_str) == Some(id);
        let vector = vectors.into_iter().flatten().find(is_it);
        let vector = vector.ok_or_else(|| Error::new(format!("{file} has no vector {id}")))?;
        let value = vector.pointer(&format!("/{}", path.replace('.', "/")));
        match value {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(Error::new(format!("{path} of {id} in {file} is not a single value"))),
            None => Err(Error::new(format!("{id} in {file} has no {path}"))),
        }
    }

    fn file(&self, name: &str) -> Result<Rc<Value>> {
        if let Some(json) = self.read.borrow().get(name) {
            return Ok(Rc::clone(json));
        }
        let path = if name.contains('/') { name.to_owned() } else { format!("pairwise/{name}") };
        let bytes = std::fs::read(self.folder.join(path)).about(name)?;
        let json: Rc<Value> = Rc::new(serde_json::from_slice(&bytes).about(name)?);
        self.read.borrow_mut().insert(name.to_owned(), Rc::clone(&json));
        Ok(json)
    }
}

/// What stands between the braces, of a line that has nothing else.
fn alone(line: &str) -> Option<&str> {
    let name = line.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    (!name.contains(CLOSE)).then_some(name)
}

fn block(value: &str) -> String {
    format!("```text\n{value}\n```\n")
}

/// Hexadecimal in lines of 32 bytes; anything else as it is.
fn wrap(value: &str) -> String {
    if !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return value.to_owned();
    }
    let mut out = String::new();
    for (index, digit) in value.chars().enumerate() {
        if index > 0 && index % LINE == 0 {
            out.push('\n');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn files() -> Files {
        let file = json!({"vectors": [{"id": "T-001", "in": {
            "short": "00ff", "n": 3, "long": "ab".repeat(40), "list": ["01", "02"],
        }}]});
        Files {
            folder: PathBuf::from("none"),
            read: RefCell::new(BTreeMap::from([("t.json".to_owned(), Rc::new(file))])),
        }
    }

    #[test]
    fn in_a_line_the_value_is_bare() -> Result {
        let page = "`{{#vector t.json T-001 in.short}}`, {{#vector t.json T-001 in.list.1}}\nx\n";
        assert_eq!(files().replace("p.md", page)?, "`00ff`, 02\nx\n");
        assert_eq!(files().replace("p.md", r"\{{#vector a}}")?, "{{#vector a}}");
        Ok(())
    }

    #[test]
    fn alone_the_value_is_a_block_of_lines_of_32_bytes() -> Result {
        let (first, second) = ("ab".repeat(32), "ab".repeat(8));
        let line = "{{#vector t.json T-001 in.long}}\n";
        let block = format!("```text\n{first}\n{second}\n```\n");
        assert_eq!(files().replace("p.md", line)?, block);
        let fenced = format!("```text\nkey:\n{line}```\n");
        let block = format!("```text\nkey:\n{first}\n{second}\n```\n");
        assert_eq!(files().replace("p.md", &fenced)?, block);
        Ok(())
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = |name: &str| {
            let page = format!("a\nb {{{{#vector {name}}}}}\n");
            files().replace("p.md", &page).err().map(|error| error.to_string())
        };
        let is = |name: &str, text: &str| assert_eq!(error(name).as_deref(), Some(text));
        is("t.json T-002 in.n", "p.md:2: t.json has no vector T-002");
        is("t.json T-001 in.m", "p.md:2: T-001 in t.json has no in.m");
        is("t.json T-001 in", "p.md:2: in of T-001 in t.json is not a single value");
        is("t.json T-001", "p.md:2: not FILE ID path.to.field: t.json T-001");
        assert!(error("u.json T-001 in.n").is_some());
    }
}
