//! The executable specification, read as terms.

use crate::term::Term;
use std::collections::BTreeMap;
use std::path::Path;
use syn::{Block, Expr, File, Item, Lit, Pat, Stmt};

/// A file of `src/pairwise`.
pub struct Source {
    file: File,
    labels: BTreeMap<String, String>,
}

impl Source {
    pub fn read(name: &str) -> Self {
        let labels = constants(&parse("labels"));
        Self { file: parse(name), labels }
    }

    /// What a function gives back, with its local values in place: concatenations are rows, what only encodes is what it
    /// encodes, an alternative is its first (of `match`) or last (of `if`) branch.
    pub fn result(&self, function: &str) -> Term {
        let is_it = |item: &&Item| matches!(item, Item::Fn(f) if f.sig.ident == function);
        let Some(Item::Fn(found)) = self.file.items.iter().find(is_it) else {
            panic!("no function {function}")
        };
        self.block(&found.block)
    }

    /// A field of the structure that a function gives back.
    pub fn field(&self, function: &str, field: &str) -> Term {
        let result = self.result(function);
        let structure = if result.name == "Ok" { result.args[0].clone() } else { result };
        let found = structure.args.iter().find(|arg| arg.name == field);
        let found = found.unwrap_or_else(|| panic!("no {field} in what {function} gives"));
        found.args[0].clone()
    }

    fn block(&self, block: &Block) -> Term {
        let mut locals = BTreeMap::new();
        let mut last = None;
        for statement in &block.stmts {
            match statement {
                Stmt::Local(local) => {
                    if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
                        && is_inlined(&init.expr)
                    {
                        let term = self.term(&init.expr, &locals);
                        locals.insert(name.ident.to_string(), term);
                    }
                }
                Stmt::Expr(expr, None) => last = Some(self.term(expr, &locals)),
                _ => {}
            }
        }
        last.expect("a block ends with a value")
    }

    fn term(&self, expr: &Expr, locals: &BTreeMap<String, Term>) -> Term {
        let of = |expr: &Expr| self.term(expr, locals);
        match expr {
            Expr::Reference(e) => of(&e.expr),
            Expr::Paren(e) => of(&e.expr),
            Expr::Try(e) => of(&e.expr),
            Expr::Block(e) => self.block(&e.block),
            Expr::Lit(e) => match &e.lit {
                Lit::Int(number) => Term::leaf(number.base10_digits()),
                _ => Term::leaf("literal"),
            },
            Expr::Path(path) => {
                self.name(&path.path.segments.last().expect("name").ident.to_string(), locals)
            }
            Expr::Field(_) => Term::leaf(&place(expr)),
            Expr::Tuple(tuple) => Term::call("tuple", tuple.elems.iter().map(of).collect()),
            Expr::Match(e) => of(&e.arms[0].body),
            Expr::If(e) => of(&e.else_branch.as_ref().expect("else").1),
            Expr::Struct(e) => {
                let field = |f: &syn::FieldValue| match &f.member {
                    syn::Member::Named(name) => Term::call(&name.to_string(), vec![of(&f.expr)]),
                    syn::Member::Unnamed(_) => panic!("a field without a name"),
                };
                let name = e.path.segments.last().expect("name").ident.to_string();
                Term::call(&name, e.fields.iter().map(field).collect())
            }
            Expr::MethodCall(e) => match e.method.to_string().as_str() {
                "concat" => Term::row(vec![of(&e.receiver), of(&e.args[0])]),
                "clone" => of(&e.receiver),
                other => Term::leaf(other),
            },
            Expr::Call(e) => {
                let Expr::Path(path) = &*e.func else { panic!("a call of what has no name") };
                let name = path.path.segments.last().expect("name").ident.to_string();
                let args: Vec<Term> = e.args.iter().map(of).collect();
                call(&name, args)
            }
            _ => Term::leaf("something"),
        }
    }

    /// A local value, a label's text in quotes, or the name.
    fn name(&self, name: &str, locals: &BTreeMap<String, Term>) -> Term {
        let label = self.labels.get(name).map(|text| Term::leaf(&format!("\"{text}\"")));
        locals.get(name).cloned().or(label).unwrap_or_else(|| Term::leaf(name))
    }
}

/// All labels.
pub fn labels() -> Vec<String> {
    constants(&parse("labels")).into_values().collect()
}

fn parse(name: &str) -> File {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/pairwise/{name}.rs"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    syn::parse_file(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The constants that are strings.
fn constants(file: &File) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for item in &file.items {
        if let Item::Const(constant) = item
            && let Expr::Lit(literal) = &*constant.expr
            && let Lit::Str(text) = &literal.lit
        {
            found.insert(constant.ident.to_string(), text.value());
        }
    }
    found
}

/// A call: what only encodes vanishes, sizes go, extraction and expansion get the models' names.
fn call(name: &str, mut args: Vec<Term>) -> Term {
    let encodes = ["byte", "u16_be", "u32_be", "u64_be", "full_label"].contains(&name)
        || name.starts_with("write_")
        || name.starts_with("encode_");
    match name {
        _ if encodes && args.len() == 1 => args.remove(0),
        "zeros" => Term::leaf("zeros"),
        "hkdf_extract" => Term::call("extract", args),
        "expand_with_label" => {
            args.truncate(3);
            Term::call("expand_with_label", args)
        }
        _ => Term::call(name, args),
    }
}

/// Whether a local value is put in the place of its name.
fn is_inlined(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) => true,
        Expr::MethodCall(call) => call.method == "concat",
        _ => false,
    }
}

/// A field's path without the variable: `keys.signed_prekey.private_key` is `signed_prekey.private_key`.
fn place(expr: &Expr) -> String {
    match expr {
        Expr::Field(field) => {
            let name = match &field.member {
                syn::Member::Named(name) => name.to_string(),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            match place(&field.base) {
                base if base.is_empty() => name,
                base => format!("{base}.{name}"),
            }
        }
        _ => String::new(),
    }
}
