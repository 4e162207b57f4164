//! Every clause of the specification has a definition and a case, or a reason why not, and the map
//! says what the sources say.
#![allow(clippy::expect_used, reason = "test code")]

use sceau_conformance::map::{Map, join};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

#[test]
fn the_map_says_what_the_sources_say() {
    let map = Map::read(&root().join("spec/map.toml")).expect("a map");
    let found = join(root(), &map).expect("sources that cite clauses of the prose only");
    for (row, fresh) in map.clause.iter().zip(&found.clause) {
        assert_eq!(row, fresh, "run `cargo conformance coverage --write`");
    }
    assert_eq!(map.clause.len(), found.clause.len());
}

#[test]
fn no_clause_stays_without_an_answer() {
    let map = Map::read(&root().join("spec/map.toml")).expect("a map");
    assert_eq!(map.gaps(), Vec::<String>::new());
}
