//! Terms: what an expression of the specification or of a model comes to.

use std::fmt;

/// A name, or a function with its arguments; a tuple has no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub name: String,
    pub args: Vec<Term>,
}

impl Term {
    pub fn leaf(name: &str) -> Self {
        Self { name: name.to_owned(), args: Vec::new() }
    }

    pub fn call(name: &str, args: Vec<Term>) -> Self {
        Self { name: name.to_owned(), args }
    }

    /// Parts in a row; rows in it are part of it.
    pub fn row(parts: Vec<Term>) -> Self {
        let flat = |part: Term| if part.name.is_empty() { part.args } else { vec![part] };
        Self::call("", parts.into_iter().flat_map(flat).collect())
    }

    /// With other names, each given as (before, after); what becomes `""` is a row.
    pub fn renamed(&self, names: &[(&str, &str)]) -> Self {
        let args: Vec<Term> = self.args.iter().map(|arg| arg.renamed(names)).collect();
        let new = names.iter().find(|(before, _)| *before == self.name).map(|(_, after)| *after);
        match new {
            Some("") => Self::row(args),
            _ if self.name.is_empty() => Self::row(args),
            _ => Self::call(new.unwrap_or(&self.name), args),
        }
    }

    /// With a term in place of a name.
    pub fn with(&self, name: &str, term: &Term) -> Self {
        if self.args.is_empty() && self.name == name {
            return term.clone();
        }
        Self {
            name: self.name.clone(),
            args: self.args.iter().map(|a| a.with(name, term)).collect(),
        }
    }

    /// Without these parts, each of which has to be there.
    pub fn without(&self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.args.iter().any(|arg| arg.to_string() == *part), "no {part} in {self}");
        }
        let is_left = |arg: &&Term| !parts.contains(&arg.to_string().as_str());
        Self::call(&self.name, self.args.iter().filter(is_left).cloned().collect())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args: Vec<String> = self.args.iter().map(Term::to_string).collect();
        match (self.name.as_str(), args.is_empty()) {
            ("", _) => f.write_str(&args.join(" || ")),
            (name, true) => f.write_str(name),
            (name, false) => write!(f, "{name}({})", args.join("; ")),
        }
    }
}

/// Reads a term in the notation that ProVerif and Verifpal share, at the beginning of a text.
pub fn read(text: &str) -> Term {
    Cursor { text, at: 0 }.term()
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.rest().starts_with(mark);
        self.at += usize::from(found);
        found
    }

    fn term(&mut self) -> Term {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        let name = &rest[..length];
        if !self.eat('(') {
            assert!(!name.is_empty(), "no term: {}", &rest[..rest.len().min(60)]);
            return Term::leaf(name);
        }
        let mut args = Vec::new();
        while !self.eat(')') {
            args.push(self.term());
            self.eat(',');
        }
        if name.is_empty() { Term::row(args) } else { Term::call(name, args) }
    }
}
