//! Every file of the executable specification keeps to the subset of Rust that hacspec is.
//!
//! The checker reads the syntax only. What it refuses is listed in [`RULES`], each rule with examples
//! that it must refuse, and [`ACCEPTED`] has what a protocol written in the subset looks like. It
//! cannot see an index or a slice that is out of bounds: decoders use `octets::checked_slice`.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Files below `src` that are native Rust, with the reason.
const EXEMPT: [(&str, &str); 1] =
    [("primitives/fast.rs", "the registry's crates behind the primitives' names")];

/// A rule, what it keeps out, and files that break it and no other rule.
const RULES: &[(Rule, &[&str])] = &[
    (Rule::Trait, &["/// t\npub trait T {}", "/// t\nfn f(x: u8) -> u8 { <u8 as Into>::into(x) }"]),
    (Rule::Impl, &["impl S { }", "impl Clone for S { }", "impl<T> S<T> { }"]),
    (
        Rule::Generics,
        &[
            "/// f\nfn f<T>(x: T) -> T { x }",
            "/// f\nfn f<'a>(x: &u8) -> u8 { *x }",
            "/// f\nfn f(x: &'static str) -> u8 { 0 }",
            "/// s\nstruct S<T> { x: T }",
            "/// e\nenum E<T> { X(T) }",
            "/// a\ntype A<T> = Option<T>;",
            "/// f\nfn f<const N: usize>() -> usize { N }",
            "/// f\nfn f() -> u8 where u8: Copy { 0 }",
        ],
    ),
    (
        Rule::HigherOrder,
        &[
            "/// f\nfn f(x: u8) -> u8 { let g = |y: u8| y; g(x) }",
            "/// f\nfn f(g: fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(g: &dyn Fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(g: impl Fn(u8) -> u8) -> u8 { g(0) }",
            "/// f\nfn f(x: Option<u8>) -> Option<u8> { x.map(g) }",
            "/// f\nfn f(x: &Octets) -> usize { x.iter().count() }",
            "/// f\nfn f(x: Option<u8>) -> Option<u8> { Option::map(x, g) }",
        ],
    ),
    (
        Rule::Loop,
        &[
            "/// f\nfn f() { while true {} }",
            "/// f\nfn f() { loop {} }",
            "/// f\nfn f() { for i in 0..3 { break } }",
            "/// f\nfn f() { for i in 0..3 { continue } }",
            "/// f\nfn f() { 'a: for i in 0..3 {} }",
        ],
    ),
    (
        Rule::ForRange,
        &[
            "/// f\nfn f(x: &Octets) { for b in x {} }",
            "/// f\nfn f() { for b in 0..=3 {} }",
            "/// f\nfn f() { for b in 0.. {} }",
            "/// f\nfn f() { for (a, b) in 0..3 {} }",
        ],
    ),
    (Rule::Return, &["/// f\nfn f(x: u8) -> u8 { if x == 0 { return 1; } x }"]),
    (
        Rule::MutableReference,
        &[
            "/// f\nfn f(x: &mut u8) {}",
            "/// f\nfn f() { let mut x = 0; g(&mut x); }",
            "/// f\nfn f(x: Option<u8>) { match x { Some(ref y) => {} None => {} } }",
        ],
    ),
    (
        Rule::Unsafe,
        &[
            "/// f\nfn f() { unsafe {} }",
            "/// f\nunsafe fn f() {}",
            "/// f\nfn f(x: *const u8) {}",
            "/// f\nextern \"C\" fn f() {}",
            "extern \"C\" { }",
            "/// u\nunion U { a: u8, b: u8 }",
        ],
    ),
    (
        Rule::Float,
        &[
            "/// f\nfn f() { let x = 1.5; }",
            "/// f\nfn f(x: f64) {}",
            "/// f\nfn f(x: u8) { let y = x as f32; }",
        ],
    ),
    (
        Rule::Macro,
        &[
            "/// f\nfn f() { let x = vec![1]; }",
            "/// f\nfn f() { println!(\"x\"); }",
            "/// f\nfn f() { assert!(true); }",
            "/// f\nfn f() { debug_assert_eq!(1, 1); }",
            "/// f\nfn f() { panic!(); }",
            "/// f\nfn f() { unreachable!() }",
            "/// f\nfn f() { todo!() }",
            "/// f\nfn f(x: u8) -> bool { matches!(x, 1) }",
            "macro_rules! m { () => {} }",
            "std::thread_local!();",
            "bytes!(Key, 32);",
            "array!(A, { loop {} }, u8);",
            "/// f\nfn f() { let x = public_byte_seq!(g(|| 1)); }",
        ],
    ),
    (
        Rule::Panic,
        &[
            "/// f\nfn f(x: Option<u8>) -> u8 { x.unwrap() }",
            "/// f\nfn f(x: Option<u8>) -> u8 { x.expect(\"x\") }",
            "/// f\nfn f(x: Result<u8, u8>) -> u8 { x.unwrap_err() }",
            "/// f\nfn f(x: Option<u8>) -> u8 { Option::unwrap(x) }",
        ],
    ),
    (
        Rule::Outside,
        &[
            "use std::fs;",
            "use std::{env, io};",
            "use rand::random;",
            "use rand;",
            "use {rand};",
            "use rand as hacspec;",
            "use ::hacspec_lib::Seq;",
            "extern crate std;",
            "/// f\nfn f() { std::fs::remove_file(\"x\"); }",
            "/// f\nfn f() { let t = std::time::Instant::now(); }",
            "/// f\nfn f() { let x = ::core::mem::size_of::<u8>(); }",
            "/// f\nfn f() -> u8 { rand::random() }",
            "/// f\nfn f(x: std::env::Args) {}",
        ],
    ),
    (
        Rule::Container,
        &[
            "/// f\nfn f(x: Vec<u8>) {}",
            "/// f\nfn f() { let x = Vec::new(); }",
            "/// s\nstruct S { x: Box<u8> }",
            "/// f\nfn f(x: String) {}",
            "/// f\nfn f(x: HashMap<u8, u8>) {}",
            "/// f\nfn f(x: Cell<u8>) {}",
            "use hacspec_lib::Vec as List;",
        ],
    ),
    (Rule::Static, &["/// s\nstatic S: u8 = 0;", "/// s\nstatic mut S: u8 = 0;"]),
    (Rule::Async, &["/// f\nasync fn f() {}", "/// f\nfn f() { let x = async { 1 }; }"]),
    (
        Rule::Attribute,
        &[
            "#[allow(warnings)]\n/// f\nfn f() {}",
            "#[inline]\n/// f\nfn f() {}",
            "#[cfg(test)]\nmod tests {}",
            "#[path = \"../x.rs\"]\nmod x;",
            "#[derive(Hash)]\n/// s\nstruct S { x: u8 }",
        ],
    ),
    (
        Rule::Documentation,
        &[
            "fn f() {}",
            "struct S {}",
            "/// s\npub struct S { pub x: u8 }",
            "enum E { A }",
            "/// e\npub enum E { A }",
            "const C: u8 = 0;",
            "type T = u8;",
        ],
    ),
];

/// Files that keep to the subset.
const ACCEPTED: &[&str] = &[
    "//! A session.
    use crate::octets::{Octets, checked_slice, u32_be};
    use crate::primitives::{self, sha256};
    use hacspec_lib::*;
    pub mod part;
    pub use part::helper;

    array!(Key, 32, u8);
    array!(Words, 4 * 8, u32, type_for_indexes: WordIndex);
    public_bytes!(Tag, 16);

    /// The largest number of skipped keys.
    pub const MAX_SKIP: usize = 1000;

    /// A list of keys.
    pub type Keys = Seq<SkippedKey>;

    /// What can go wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Error {
        /// The input is malformed.
        Malformed,
        /// The message is number `n` too far ahead.
        TooFar(u32),
    }

    /// A phase.
    #[derive(Clone, Debug, Default)]
    pub enum Phase {
        /// At first.
        #[default]
        Initial,
        /// Later.
        Active {
            /// The chain key.
            chain_key: Octets,
        },
    }

    /// A skipped key.
    #[derive(Clone, Debug, Default)]
    pub struct SkippedKey {
        /// Its number.
        pub n: u32,
        /// The message key.
        pub message_key: Octets,
        /// The one before.
        pub previous: Option<Octets>,
    }

    /// A step.
    pub fn step(keys: &Keys, mut n: u32, input: &Octets) -> Result<(Keys, Octets), Error> {
        let header = parse(input).ok_or(Error::Malformed)?;
        let mut out = keys.clone();
        let mut found = Octets::new(0);
        for i in 0..keys.len() {
            let key = keys[i].clone();
            if key.n == n && found.len() == 0 {
                found = key.message_key.concat(&header).slice(0, 32);
            } else {
                out = out.push(&key);
            }
        }
        n += 1;
        out[0usize] = SkippedKey { n, ..SkippedKey::default() };
        found[0usize] ^= 0x5c;
        let words = Words([1; 32]);
        match checked_slice(&found, 0, 32) {
            Some(key) if n < u32::MAX => Ok((out, sha256(&key.concat(&u32_be(n))))),
            Some(_) => Err(Error::TooFar(n)),
            None => Err(Error::Malformed),
        }
    }

    /// A parser.
    fn parse(input: &Octets) -> Option<Octets> {
        let first = checked_slice(input, 0, 1)?;
        let (a, b) = (first[0usize], input.len() as u64);
        if let Some(rest) = checked_slice(input, 1, a as usize) {
            Some(primitives::sha256(&rest))
        } else {
            None
        }
    }",
    "//! The facade.
    pub mod hacspec;
    #[cfg(feature = \"fast\")]
    pub mod fast;
    #[cfg(feature = \"fast\")]
    use fast as backend;
    #[cfg(not(feature = \"fast\"))]
    use hacspec as backend;
    pub use backend::sha256;
    pub use hacspec::aes::cipher;",
];

/// Macros that may be called: those of hacspec-lib that declare public arrays or build sequences of
/// public bytes. `bytes!` makes arrays of secret bytes, which `octets` says why not to use.
const MACROS: [&str; 3] = ["array", "public_bytes", "public_byte_seq"];

/// Traits that may be derived.
const DERIVES: [&str; 6] = ["Clone", "Copy", "Debug", "Default", "PartialEq", "Eq"];

/// Methods and functions that panic on purpose.
const PANICKING: [&str; 6] =
    ["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_unchecked", "unwrap_none"];

/// Methods that take functions or are iterators.
const HIGHER_ORDER: [&str; 33] = [
    "all",
    "and_then",
    "any",
    "chain",
    "chunks",
    "collect",
    "count",
    "enumerate",
    "filter",
    "find",
    "flat_map",
    "fold",
    "for_each",
    "into_iter",
    "is_none_or",
    "is_ok_and",
    "is_some_and",
    "iter",
    "iter_mut",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "ok_or_else",
    "or_else",
    "position",
    "retain",
    "rev",
    "sort_by",
    "then",
    "unwrap_or_else",
    "windows",
    "zip",
];

/// Types of native Rust for which hacspec has `Seq`, or which share or hide state.
const CONTAINERS: [&str; 17] = [
    "Vec",
    "VecDeque",
    "Box",
    "Rc",
    "Arc",
    "Cell",
    "RefCell",
    "Mutex",
    "RwLock",
    "Cow",
    "String",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "LinkedList",
    "BinaryHeap",
];

/// First segments of paths that stay inside; besides, those which the file itself brings in.
const INSIDE: [&str; 4] = ["crate", "self", "super", "hacspec_lib"];

/// Native types, whose associated functions and constants may be used.
const NATIVE: [&str; 13] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "bool", "str"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    Trait,
    Impl,
    Generics,
    HigherOrder,
    Loop,
    ForRange,
    Return,
    MutableReference,
    Unsafe,
    Float,
    Macro,
    Panic,
    Outside,
    Container,
    Static,
    Async,
    Attribute,
    Documentation,
}

/// Where a file leaves the subset.
struct Violation {
    rule: Rule,
    line: usize,
}

/// Looks through a file.
#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
    /// Names of modules and imports, by which a path may begin.
    names: BTreeSet<String>,
}

fn check(source: &str) -> Vec<Violation> {
    let file = syn::parse_file(source).expect("the file is Rust");
    let mut checker = Checker::default();
    for item in &file.items {
        match item {
            syn::Item::Mod(module) => {
                checker.names.insert(module.ident.to_string());
            }
            syn::Item::Use(import) => checker.import(&import.tree),
            _ => {}
        }
    }
    checker.visit_file(&file);
    checker.violations
}

impl Checker {
    fn refuse(&mut self, rule: Rule, at: &impl Spanned) {
        self.violations.push(Violation { rule, line: at.span().start().line });
    }

    /// Learns the names that an import brings in.
    fn import(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                // `use a::{self}` brings in `a`.
                self.names.extend(brings_in_self(&path.tree).then(|| path.ident.to_string()));
                self.import(&path.tree);
            }
            syn::UseTree::Name(name) => {
                self.names.insert(name.ident.to_string());
            }
            syn::UseTree::Rename(rename) => {
                self.names.insert(rename.rename.to_string());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
            syn::UseTree::Glob(_) => {}
        }
    }

    fn documented(&mut self, attributes: &[syn::Attribute], at: &impl Spanned) {
        if !attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
            self.refuse(Rule::Documentation, at);
        }
    }

    fn fields_documented(&mut self, fields: &syn::Fields, public: bool) {
        for field in fields {
            let named = field.ident.is_some();
            if named && (public || matches!(field.vis, syn::Visibility::Public(_))) {
                self.documented(&field.attrs, field);
            }
        }
    }

    /// Inside an allowed macro only names, literals, commas and sums or products may stand.
    fn tokens(&mut self, tokens: &TokenStream) {
        for token in tokens.clone() {
            let allowed = match &token {
                TokenTree::Ident(_) | TokenTree::Literal(_) => true,
                TokenTree::Punct(punct) => ",:*+-".contains(punct.as_char()),
                TokenTree::Group(_) => false,
            };
            if !allowed {
                self.refuse(Rule::Macro, &token);
            }
        }
    }
}

fn brings_in_self(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Name(name) => name.ident == "self",
        syn::UseTree::Group(group) => group.items.iter().any(brings_in_self),
        _ => false,
    }
}

fn has_bare_name(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Name(_) => true,
        syn::UseTree::Group(group) => group.items.iter().any(has_bare_name),
        _ => false,
    }
}

fn first_segment(tree: &syn::UseTree) -> Vec<String> {
    match tree {
        syn::UseTree::Path(path) => vec![path.ident.to_string()],
        syn::UseTree::Name(name) => vec![name.ident.to_string()],
        syn::UseTree::Rename(rename) => vec![rename.ident.to_string()],
        syn::UseTree::Glob(_) => vec!["*".to_owned()],
        syn::UseTree::Group(group) => group.items.iter().flat_map(first_segment).collect(),
    }
}

impl<'a> Visit<'a> for Checker {
    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.refuse(Rule::Trait, item);
    }

    fn visit_item_trait_alias(&mut self, item: &'a syn::ItemTraitAlias) {
        self.refuse(Rule::Trait, item);
    }

    fn visit_qself(&mut self, qself: &'a syn::QSelf) {
        if qself.position > 0 {
            self.refuse(Rule::Trait, &qself.ty);
        }
        visit::visit_qself(self, qself);
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        self.refuse(Rule::Impl, item);
    }

    fn visit_generics(&mut self, generics: &'a syn::Generics) {
        if !generics.params.is_empty() || generics.where_clause.is_some() {
            self.refuse(Rule::Generics, generics);
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'a syn::Lifetime) {
        self.refuse(Rule::Generics, lifetime);
    }

    fn visit_expr_closure(&mut self, closure: &'a syn::ExprClosure) {
        self.refuse(Rule::HigherOrder, closure);
    }

    fn visit_type_fn_ptr(&mut self, ty: &'a syn::TypeFnPtr) {
        self.refuse(Rule::HigherOrder, ty);
    }

    fn visit_type_impl_trait(&mut self, ty: &'a syn::TypeImplTrait) {
        self.refuse(Rule::HigherOrder, ty);
    }

    fn visit_type_trait_object(&mut self, ty: &'a syn::TypeTraitObject) {
        self.refuse(Rule::HigherOrder, ty);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let name = call.method.to_string();
        if PANICKING.contains(&name.as_str()) {
            self.refuse(Rule::Panic, &call.method);
        }
        if HIGHER_ORDER.contains(&name.as_str()) {
            self.refuse(Rule::HigherOrder, &call.method);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_while(&mut self, expr: &'a syn::ExprWhile) {
        self.refuse(Rule::Loop, expr);
    }

    fn visit_expr_loop(&mut self, expr: &'a syn::ExprLoop) {
        self.refuse(Rule::Loop, expr);
    }

    fn visit_expr_break(&mut self, expr: &'a syn::ExprBreak) {
        self.refuse(Rule::Loop, expr);
    }

    fn visit_expr_continue(&mut self, expr: &'a syn::ExprContinue) {
        self.refuse(Rule::Loop, expr);
    }

    fn visit_label(&mut self, label: &'a syn::Label) {
        self.refuse(Rule::Loop, label);
    }

    fn visit_expr_for_loop(&mut self, expr: &'a syn::ExprForLoop) {
        let range = match &*expr.expr {
            syn::Expr::Range(range) => {
                range.start.is_some()
                    && range.end.is_some()
                    && matches!(range.limits, syn::RangeLimits::HalfOpen(_))
            }
            _ => false,
        };
        if !range || !matches!(&*expr.pat, syn::Pat::Ident(_) | syn::Pat::Wild(_)) {
            self.refuse(Rule::ForRange, &expr.expr);
        }
        visit::visit_expr_for_loop(self, expr);
    }

    fn visit_expr_return(&mut self, expr: &'a syn::ExprReturn) {
        self.refuse(Rule::Return, expr);
    }

    fn visit_type_reference(&mut self, ty: &'a syn::TypeReference) {
        if ty.mutability.is_some() {
            self.refuse(Rule::MutableReference, ty);
        }
        visit::visit_type_reference(self, ty);
    }

    fn visit_expr_reference(&mut self, expr: &'a syn::ExprReference) {
        if expr.mutability.is_some() {
            self.refuse(Rule::MutableReference, expr);
        }
        visit::visit_expr_reference(self, expr);
    }

    fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
        if pat.by_ref.is_some() {
            self.refuse(Rule::MutableReference, pat);
        }
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr_unsafe(&mut self, expr: &'a syn::ExprUnsafe) {
        self.refuse(Rule::Unsafe, expr);
    }

    fn visit_expr_raw_addr(&mut self, expr: &'a syn::ExprRawAddr) {
        self.refuse(Rule::Unsafe, expr);
    }

    fn visit_type_ptr(&mut self, ty: &'a syn::TypePtr) {
        self.refuse(Rule::Unsafe, ty);
    }

    fn visit_item_foreign_mod(&mut self, item: &'a syn::ItemForeignMod) {
        self.refuse(Rule::Unsafe, item);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        self.refuse(Rule::Unsafe, item);
    }

    fn visit_signature(&mut self, signature: &'a syn::Signature) {
        if matches!(signature.safety, syn::Safety::Unsafe(_)) || signature.abi.is_some() {
            self.refuse(Rule::Unsafe, signature);
        }
        if signature.asyncness.is_some() {
            self.refuse(Rule::Async, signature);
        }
        visit::visit_signature(self, signature);
    }

    fn visit_lit_float(&mut self, literal: &'a syn::LitFloat) {
        self.refuse(Rule::Float, literal);
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        if mac.path.get_ident().is_some_and(|name| MACROS.iter().any(|allowed| name == allowed)) {
            self.tokens(&mac.tokens);
        } else {
            self.refuse(Rule::Macro, mac);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        for first in first_segment(&item.tree) {
            let inside = INSIDE.contains(&first.as_str()) || self.names.contains(&first);
            if item.leading_colon.is_some() || !inside {
                self.refuse(Rule::Outside, item);
            }
        }
        // A bare name can only be a crate: it brings in itself, so the check above is blind to it.
        if has_bare_name(&item.tree) {
            self.refuse(Rule::Outside, item);
        }
        visit::visit_item_use(self, item);
    }

    fn visit_use_tree(&mut self, tree: &'a syn::UseTree) {
        let imported = match tree {
            syn::UseTree::Name(name) => name.ident.to_string(),
            syn::UseTree::Rename(rename) => rename.ident.to_string(),
            _ => String::new(),
        };
        if CONTAINERS.contains(&imported.as_str()) {
            self.refuse(Rule::Container, tree);
        }
        visit::visit_use_tree(self, tree);
    }

    fn visit_item_extern_crate(&mut self, item: &'a syn::ItemExternCrate) {
        self.refuse(Rule::Outside, item);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if let [first, _, ..] = names.as_slice() {
            let is_module = first.chars().all(|c| !c.is_uppercase());
            let inside = INSIDE.contains(&first.as_str())
                || NATIVE.contains(&first.as_str())
                || self.names.contains(first);
            if path.leading_colon.is_some() || (is_module && !inside) {
                self.refuse(Rule::Outside, path);
            }
        }
        for name in &names {
            if CONTAINERS.contains(&name.as_str()) {
                self.refuse(Rule::Container, path);
            }
            if ["f32", "f64"].contains(&name.as_str()) {
                self.refuse(Rule::Float, path);
            }
            if names.len() > 1 && PANICKING.contains(&name.as_str()) {
                self.refuse(Rule::Panic, path);
            }
        }
        // `Option::map`, but not `tree::position`.
        if let [.., ty, function] = names.as_slice() {
            let of_a_type = ty.starts_with(char::is_uppercase) || NATIVE.contains(&ty.as_str());
            if of_a_type && HIGHER_ORDER.contains(&function.as_str()) {
                self.refuse(Rule::HigherOrder, path);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        self.refuse(Rule::Static, item);
    }

    fn visit_expr_async(&mut self, expr: &'a syn::ExprAsync) {
        self.refuse(Rule::Async, expr);
    }

    fn visit_expr_await(&mut self, expr: &'a syn::ExprAwait) {
        self.refuse(Rule::Async, expr);
    }

    fn visit_expr_yield(&mut self, expr: &'a syn::ExprYield) {
        self.refuse(Rule::Async, expr);
    }

    fn visit_expr_try_block(&mut self, expr: &'a syn::ExprTryBlock) {
        self.refuse(Rule::Return, expr);
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        let allowed = match &attribute.meta {
            syn::Meta::Path(path) => path.is_ident("default"),
            syn::Meta::NameValue(pair) => pair.path.is_ident("doc"),
            syn::Meta::List(list) => {
                let inside = list.tokens.to_string().replace(' ', "");
                if list.path.is_ident("derive") {
                    inside.split(',').all(|name| name.is_empty() || DERIVES.contains(&name))
                } else {
                    list.path.is_ident("cfg")
                        && ["feature=\"fast\"", "not(feature=\"fast\")"].contains(&inside.as_str())
                }
            }
        };
        if !allowed {
            self.refuse(Rule::Attribute, attribute);
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.documented(&item.attrs, &item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.documented(&item.attrs, item);
        self.fields_documented(&item.fields, false);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.documented(&item.attrs, item);
        if matches!(item.vis, syn::Visibility::Public(_)) {
            for variant in &item.variants {
                self.documented(&variant.attrs, variant);
                self.fields_documented(&variant.fields, true);
            }
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        self.documented(&item.attrs, item);
        visit::visit_item_const(self, item);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.documented(&item.attrs, item);
        visit::visit_item_type(self, item);
    }
}

/// The files below a folder, binaries aside.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("src/bin") {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_specification_keeps_to_the_subset() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let exempt: Vec<PathBuf> = EXEMPT.iter().map(|(file, _)| src.join(file)).collect();
    let all = files(&src);
    for file in &exempt {
        assert!(all.contains(file), "{} is exempt and does not exist", file.display());
    }
    let mut report = String::new();
    let mut checked = 0;
    for file in all.iter().filter(|file| !exempt.contains(file)) {
        let source = std::fs::read_to_string(file).unwrap();
        if !source.starts_with("//!") {
            report += &format!("{}:1: Documentation\n", file.display());
        }
        for violation in check(&source) {
            let Violation { rule, line } = violation;
            report += &format!("{}:{line}: {rule:?}\n", file.display());
        }
        checked += 1;
    }
    assert!(report.is_empty(), "outside the subset:\n{report}");
    assert!(checked >= 17, "only {checked} files were found");
}

#[test]
fn every_rule_refuses_its_examples_and_nothing_else_does() {
    for (rule, examples) in RULES {
        assert!(!examples.is_empty());
        for example in *examples {
            let mut broken: Vec<Rule> = check(example).iter().map(|v| v.rule).collect();
            broken.dedup();
            assert_eq!(broken, [*rule], "{example}");
        }
    }
    let with_examples: BTreeSet<Rule> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(with_examples.len(), Rule::Documentation as usize + 1, "a rule has no example");
}

#[test]
fn what_a_protocol_needs_is_accepted() {
    for source in ACCEPTED {
        let broken: Vec<(Rule, usize)> = check(source).iter().map(|v| (v.rule, v.line)).collect();
        assert_eq!(broken, []);
    }
}
