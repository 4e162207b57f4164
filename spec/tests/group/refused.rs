//! What is refused: messages cut short or with bytes behind, trees in which one thing is changed, generations
//! that are gone.

use crate::files::{cases, hex, suite_cases};
use sceau_spec::group::commit::decode_commit;
use sceau_spec::group::framing::decode_mls_message;
use sceau_spec::group::hash_ratchet::{hash_ratchet, ratchet_key_of};
use sceau_spec::group::parent_hash::verify_parent_hashes;
use sceau_spec::group::ratchet_tree::{
    Node, RatchetTree, decode_ratchet_tree, leaf_at, leaf_count, parent_at,
};
use sceau_spec::group::suite::AES128GCM_SHA256;
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::group::tree_validation::{check_unique_keys, validate_tree};
use sceau_spec::group::welcome::decode_group_secrets;
use sceau_spec::octets::{Octets, zeros};
use sceau_spec::pairwise::error::ErrorClass;

/// Whether the structure of a field decodes.
fn decodes(name: &str, bytes: &Octets) -> bool {
    match name {
        "ratchet_tree" => decode_ratchet_tree(bytes).is_ok(),
        "group_secrets" => decode_group_secrets(bytes).is_ok(),
        "commit" => decode_commit(bytes).is_ok(),
        _ => decode_mls_message(bytes).is_ok(),
    }
}

#[test]
fn messages_of_another_length() {
    let mut refused = 0;
    for case in cases("messages", 300).iter().take(20) {
        for name in [
            "mls_welcome",
            "mls_group_info",
            "mls_key_package",
            "ratchet_tree",
            "group_secrets",
            "commit",
            "public_message_proposal",
            "public_message_commit",
            "private_message",
        ] {
            let bytes = hex(&case[name]);
            assert!(decodes(name, &bytes));
            for length in 0..bytes.len() {
                assert!(!decodes(name, &bytes.slice(0, length)), "{name}, {length} bytes");
                refused += 1;
            }
            assert!(!decodes(name, &bytes.push(&0)), "{name}");
        }
    }
    assert!(refused == 0 || refused > 40_000, "{refused}");
}

/// The trees of the working group, with their groups.
fn trees() -> Vec<(u16, RatchetTree, Octets)> {
    let of = |(suite, case): (u16, serde_json::Value)| {
        let tree = decode_ratchet_tree(&hex(&case["tree"])).unwrap();
        (suite, tree, hex(&case["group_id"]))
    };
    suite_cases("tree-validation", 98, 28).into_iter().map(of).collect()
}

#[test]
fn parents_that_were_changed() {
    let mut parents = 0;
    for (suite, tree, _) in trees() {
        for x in 0..tree.len() as u32 {
            let Some(parent) = parent_at(&tree, x) else { continue };
            let mut key = tree.clone();
            let mut changed = parent.clone();
            changed.encryption_key[0usize] ^= 1;
            key[x as usize] = Node::Parent(changed);
            assert_eq!(verify_parent_hashes(suite, &key), Err(ErrorClass::Malformed), "{x}");
            let mut hash = tree.clone();
            let mut changed = parent;
            changed.parent_hash =
                if changed.parent_hash.len() == 0 { zeros(32) } else { Octets::new(0) };
            hash[x as usize] = Node::Parent(changed);
            assert_eq!(verify_parent_hashes(suite, &hash), Err(ErrorClass::Malformed), "{x}");
            parents += 1;
        }
    }
    assert!(parents == 0 || parents > 200, "{parents}");
}

#[test]
fn leaves_that_were_changed() {
    let mut leaves = 0;
    for (suite, tree, group_id) in trees() {
        // The last leaf alone: each verdict verifies all signatures.
        let last = (0..leaf_count(&tree)).rev().find(|i| leaf_at(&tree, *i).is_some()).unwrap();
        let mut forged = tree.clone();
        let mut leaf = leaf_at(&tree, last).unwrap();
        leaf.signature[10usize] ^= 1;
        forged[leaf_node_index(last) as usize] = Node::Leaf(leaf.clone());
        assert_eq!(validate_tree(suite, &forged, &group_id), Err(ErrorClass::BadSignature));
        let mut repeated = tree.clone();
        leaf.encryption_key = leaf_at(&tree, 0).unwrap().encryption_key;
        repeated[leaf_node_index(last) as usize] = Node::Leaf(leaf);
        assert_eq!(check_unique_keys(&repeated), Err(ErrorClass::Malformed));
        leaves += 1;
    }
    assert!(leaves == 0 || leaves == 28, "{leaves}");
}

#[test]
fn generations_that_are_gone() {
    let suite = AES128GCM_SHA256;
    let of = |ratchet, generation| ratchet_key_of(suite, ratchet, generation, 10, 2);
    let fresh = hash_ratchet(&zeros(32));
    assert_eq!(of(&fresh, 11).err(), Some(ErrorClass::TooFar));
    let (sixth, ratchet) = of(&fresh, 5).unwrap();
    // Two of the five that were passed over are kept.
    let kept: Vec<u32> = ratchet.kept.native_slice().iter().map(|key| key.generation).collect();
    assert_eq!((ratchet.generation, kept), (6, vec![3, 4]));
    for gone in [0, 1, 2, 5] {
        assert_eq!(of(&ratchet, gone).err(), Some(ErrorClass::Duplicate), "{gone}");
    }
    let (fourth, ratchet) = of(&ratchet, 3).unwrap();
    assert_eq!(of(&ratchet, 3).err(), Some(ErrorClass::Duplicate));
    assert_eq!(of(&fresh, 3).unwrap().0, fourth);
    assert_eq!(of(&of(&fresh, 2).unwrap().1, 5).unwrap().0, sixth);
}
