//! What an import brings in.

/// Whether an import names the module that it leads to.
pub fn brings_in_self(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Name(name) => name.ident == "self",
        syn::UseTree::Group(group) => group.items.iter().any(brings_in_self),
        _ => false,
    }
}

/// Whether an import has a name with nothing before it.
pub fn has_bare_name(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Name(_) => true,
        syn::UseTree::Group(group) => group.items.iter().any(has_bare_name),
        _ => false,
    }
}

/// The names with which the paths of an import begin.
pub fn first_segment(tree: &syn::UseTree) -> Vec<String> {
    match tree {
        syn::UseTree::Path(path) => vec![path.ident.to_string()],
        syn::UseTree::Name(name) => vec![name.ident.to_string()],
        syn::UseTree::Rename(rename) => vec![rename.ident.to_string()],
        syn::UseTree::Glob(_) => vec!["*".to_owned()],
        syn::UseTree::Group(group) => group.items.iter().flat_map(first_segment).collect(),
    }
}
