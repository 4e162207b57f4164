//! Ratchet trees: operations, hashes, resolutions, validation.

use crate::files::{cases, hex, list, suite_cases, u16_of, u32_of};
use sceau_spec::group::parent_hash::verify_parent_hashes;
use sceau_spec::group::proposals::{Proposal, decode_proposal, encode_proposal};
use sceau_spec::group::ratchet_tree::{
    RatchetTree, add_leaf, decode_ratchet_tree, encode_ratchet_tree, remove_leaf, update_leaf,
};
use sceau_spec::group::resolution::resolution;
use sceau_spec::group::tree_hash::{root_tree_hash, tree_hash};
use sceau_spec::group::tree_validation::validate_tree;
use sceau_spec::octets::Octets;

fn tree_of(bytes: &Octets) -> RatchetTree {
    let tree = decode_ratchet_tree(bytes).unwrap();
    assert_eq!(encode_ratchet_tree(&tree), *bytes);
    tree
}

#[test]
fn tree_operations() {
    for case in cases("tree-operations", 5) {
        let suite = u16_of(&case["cipher_suite"]);
        let before = tree_of(&hex(&case["tree_before"]));
        assert_eq!(root_tree_hash(suite, &before), hex(&case["tree_hash_before"]));
        let bytes = hex(&case["proposal"]);
        let proposal = decode_proposal(&bytes).unwrap();
        assert_eq!(encode_proposal(&proposal), bytes);
        let after = match proposal {
            Proposal::Add(key_package) => add_leaf(&before, &key_package.leaf_node).unwrap().0,
            Proposal::Update(leaf) => {
                update_leaf(&before, u32_of(&case["proposal_sender"]), &leaf).unwrap()
            }
            Proposal::Remove(leaf) => remove_leaf(&before, leaf).unwrap(),
            _ => panic!("no change of the tree"),
        };
        assert_eq!(encode_ratchet_tree(&after), hex(&case["tree_after"]));
        assert_eq!(root_tree_hash(suite, &after), hex(&case["tree_hash_after"]));
    }
}

#[test]
fn tree_validation() {
    let mut nodes = 0;
    for (suite, case) in suite_cases("tree-validation", 98, 28) {
        let tree = tree_of(&hex(&case["tree"]));
        let (hashes, resolutions) = (list(&case["tree_hashes"]), list(&case["resolutions"]));
        assert_eq!((tree.len(), tree.len()), (hashes.len(), resolutions.len()));
        for x in 0..tree.len() {
            assert_eq!(tree_hash(suite, &tree, x as u32), hex(&hashes[x]), "node {x}");
            let found = resolution(&tree, x as u32);
            let expected: Vec<u32> = list(&resolutions[x]).iter().map(u32_of).collect();
            assert_eq!(found.native_slice(), expected, "node {x}");
            nodes += 1;
        }
        verify_parent_hashes(suite, &tree).unwrap();
        validate_tree(suite, &tree, &hex(&case["group_id"])).unwrap();
    }
    assert!(nodes == 908 || nodes == 0, "{nodes}");
}
