//! What must stand in a leaf and in a Welcome's GroupInfo.

use crate::group::SUITES;
use crate::group::members::unsigned_leaf;
use crate::vector::{Topic, fields, must};
use sceau_spec::group::delivery::check_tree_inside;
use sceau_spec::group::extensions::{EXTERNAL_PUB, RATCHET_TREE};
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_UPDATE, encode_leaf_node};
use sceau_spec::group::profile::check_leaf_lifetime;
use sceau_spec::group::ratchet_tree::{encode_ratchet_tree, tree_of_one};
use sceau_spec::group::welcome::{GroupInfo, encode_group_info};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_LEAF_LIFETIME;

/// Lifetimes that are as long as they may be, longer, and none.
pub fn lifetimes(t: &mut Topic) {
    let begin = 1_795_000_000;
    let of = |not_before: u64, not_after: u64| LeafNode {
        not_before,
        not_after,
        ..unsigned_leaf(SUITES[0].1, "newcomer", 0)
    };
    let update = LeafNode { leaf_node_source: SOURCE_UPDATE, ..of(0, 0) };
    let cases = [
        (240, "a lifetime as long as one may be", of(begin, begin + MAX_LEAF_LIFETIME), true),
        (241, "a lifetime of a second", of(begin, begin + 1), true),
        (242, "a leaf of an Update, which has none", update, true),
        (243, "a second longer", of(begin, begin + MAX_LEAF_LIFETIME + 1), false),
        (244, "it ends as it begins", of(begin, begin), false),
        (245, "it ends before it begins", of(begin, begin - 1), false),
        (246, "without end", of(0, u64::MAX), false),
        (247, "from the last second on to the first", of(u64::MAX, 0), false),
    ];
    for (number, about, leaf, fits) in cases {
        let result = check_leaf_lifetime(&leaf);
        let input = fields! {
            operation: "check_leaf_lifetime", leaf_node: encode_leaf_node(&leaf),
        };
        if fits {
            must(about, result);
            t.valid(number, "GDS-22 LIM-02", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GDS-22 LIM-02", about, input, result, ErrorClass::Malformed);
        }
    }
}

/// GroupInfos with a tree and without one.
pub fn trees(t: &mut Topic) {
    let tree = encode_ratchet_tree(&tree_of_one(&unsigned_leaf(SUITES[0].1, "newcomer", 0)));
    let with = |of: &[(u16, &Octets)]| {
        let extension = |(extension_type, data): &(u16, &Octets)| Extension {
            extension_type: *extension_type,
            data: (*data).clone(),
        };
        let mut group_info = GroupInfo {
            extensions: Extensions::from_vec(of.iter().map(extension).collect()),
            ..GroupInfo::default()
        };
        group_info.group_context.cipher_suite = SUITES[0].1;
        group_info
    };
    let other = t.draw(251, "extension", 32);
    let cases = [
        (250, "a tree inside", with(&[(RATCHET_TREE, &tree)]), true),
        (251, "behind another extension", with(&[(0xfafa, &other), (RATCHET_TREE, &tree)]), true),
        (252, "no extensions", with(&[]), false),
        (253, "other extensions alone", with(&[(EXTERNAL_PUB, &other)]), false),
    ];
    for (number, about, group_info, inside) in cases {
        let result = check_tree_inside(&group_info);
        let input = fields! {
            operation: "check_tree_inside", group_info: encode_group_info(&group_info),
        };
        if inside {
            must(about, result);
            t.valid(number, "GDS-52", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GDS-52", about, input, result, ErrorClass::Malformed);
        }
    }
}
