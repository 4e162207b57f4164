//! The book shows every definition that is marked for it, once, and nothing that is not there.

use std::collections::BTreeMap;
use std::path::Path;

/// Files of a folder with an ending, and their text.
fn texts(folder: &str, ending: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut texts: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    texts.sort();
    texts
}

#[test]
fn definitions_stand_in_the_book() {
    for (source, to_source, prose, least) in [
        ("src/pairwise", "../src/pairwise", "prose", 80),
        ("src/group", "../../src/group", "prose/group", 50),
    ] {
        let mut anchors = BTreeMap::new();
        for (file, text) in texts(source, "rs") {
            for anchor in text.split("// ANCHOR: ").skip(1) {
                let anchor = anchor.lines().next().unwrap();
                assert!(text.contains(&format!("// ANCHOR_END: {anchor}\n")), "{file}: {anchor}");
                let before = anchors.insert(format!("{to_source}/{file}:{anchor}"), 0);
                assert_eq!(before, None, "{file}: {anchor}");
            }
        }
        assert!(anchors.len() > least, "{source}: {}", anchors.len());
        for (page, text) in texts(prose, "md") {
            for include in text.split("{{#include ").skip(1) {
                let include = include.split("}}").next().unwrap();
                let shown = anchors.get_mut(include);
                *shown.unwrap_or_else(|| panic!("{page}: {include} is not there")) += 1;
            }
        }
        let others: Vec<_> = anchors.iter().filter(|(_, shown)| **shown != 1).collect();
        assert!(others.is_empty(), "{others:?}");
    }
}
