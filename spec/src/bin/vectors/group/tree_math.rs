//! Indices of nodes.

use crate::vector::{Fields, Topic, fields, items, put};
use sceau_spec::group::tree_math::{
    common_ancestor, copath, direct_path, left, level, node_width, parent, right, root, sibling,
};

/// The neighbours that a node has.
fn node(x: u32, n: u32) -> Fields {
    let mut out = fields! { index: x, level: level(x) };
    let neighbours = [
        ("left", left(x)),
        ("right", right(x)),
        ("parent", parent(x, n)),
        ("sibling", sibling(x, n)),
    ];
    for (name, neighbour) in neighbours {
        if let Some(y) = neighbour {
            put(&mut out, name, y);
        }
    }
    put(&mut out, "direct_path", items(&direct_path(x, n)));
    put(&mut out, "copath", items(&copath(x, n)));
    out
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-tree-math", "GRP-TM");
    for (i, n) in [1, 2, 4, 8, 16].into_iter().enumerate() {
        let nodes: Vec<Fields> = (0..node_width(n)).map(|x| node(x, n)).collect();
        t.valid(
            1 + i as u32,
            "GRP-25",
            &format!("all nodes of a tree of {n} leaves"),
            fields! { operation: "tree", leaves: n },
            fields! {},
            fields! { width: node_width(n), root: root(n), nodes: nodes },
        );
    }
    for (i, n) in [1 << 15, 1 << 20, 1 << 30].into_iter().enumerate() {
        let nodes: Vec<Fields> = [0, n - 1, n, 2 * n - 2].into_iter().map(|x| node(x, n)).collect();
        t.valid(
            10 + i as u32,
            "GRP-25",
            &format!("nodes of a tree of {n} leaves: the first, two in the middle, the last"),
            fields! { operation: "tree", leaves: n },
            fields! {},
            fields! { width: node_width(n), root: root(n), nodes: nodes },
        );
    }
    let pairs = [(0, 2), (0, 4), (2, 4), (0, 1), (3, 4), (5, 5), (8, 14), (6, 8), (0, 14)];
    for (i, (x, y)) in pairs.into_iter().enumerate() {
        t.valid(
            20 + i as u32,
            "GRP-25",
            "the lowest node above two nodes",
            fields! { operation: "common_ancestor", leaves: 8, x: x, y: y },
            fields! {},
            fields! { node: common_ancestor(x, y, 8) },
        );
    }
    t
}
