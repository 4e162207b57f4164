//! Looks for what is outside the subset.

use crate::imports::{brings_in_self, first_segment, has_bare_name};
use crate::names::{CONTAINERS, DERIVES, HIGHER_ORDER, INSIDE, MACROS, NATIVE, PANICKING};
use crate::rules::Rule;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Where a file leaves the subset.
pub struct Violation {
    pub rule: Rule,
    pub line: usize,
}

/// Looks through a file.
#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
    /// Names of modules and imports, by which a path may begin.
    names: BTreeSet<String>,
}

pub fn check(source: &str) -> Vec<Violation> {
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
