//! Update paths.

use crate::files::{hex, list, suite_cases, u32_of};
use sceau_spec::group::commit::{UpdatePath, encode_update_path, read_update_path};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::kem::{nrandom, public_key};
use sceau_spec::group::leaf_node::{SOURCE_COMMIT, sign_leaf_node, verify_leaf_node};
use sceau_spec::group::ratchet_tree::{
    LeafIndices, Node, RatchetTree, decode_ratchet_tree, is_blank, leaf_at, leaf_count,
};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::suite::signature_public_key;
use sceau_spec::group::tree_hash::root_tree_hash;
use sceau_spec::group::tree_kem::{
    NodePrivateKey, NodePrivateKeys, PathSecrets, PublicKeys, Randomness, create_update_path,
    decrypt_path_secret, keys_from_path_secret, merge_update_path, next_path_secret, node_key_pair,
    path_secrets, public_keys_of, replace_path,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::{Octets, repeat};
use sceau_spec::pairwise::codec::{Extensions, finish, reader};
use serde_json::Value;
use std::collections::BTreeMap;

/// A case, with each member's private keys.
struct Group {
    suite: u16,
    context: GroupContext,
    tree: RatchetTree,
    keys: BTreeMap<u32, NodePrivateKeys>,
    signature_keys: BTreeMap<u32, Octets>,
}

impl Group {
    fn of(suite: u16, case: &Value) -> Self {
        let tree = decode_ratchet_tree(&hex(&case["ratchet_tree"])).unwrap();
        let (mut keys, mut signature_keys) = (BTreeMap::new(), BTreeMap::new());
        for leaf in list(&case["leaves_private"]) {
            let index = u32_of(&leaf["index"]);
            let node = leaf_node_index(index);
            let mut own = NodePrivateKeys::new(0);
            own = own.push(&NodePrivateKey { node, private_key: hex(&leaf["encryption_priv"]) });
            for v in list(&leaf["path_secrets"]) {
                let pair = node_key_pair(suite, &hex(&v["path_secret"]));
                let private_key = pair.private_key;
                own = own.push(&NodePrivateKey { node: u32_of(&v["node"]), private_key });
            }
            for i in 0..own.len() {
                let public = public_key(suite, &own[i].private_key);
                let in_tree = match &tree[own[i].node as usize] {
                    Node::Blank => panic!("a key of a blank node"),
                    Node::Leaf(leaf) => leaf.encryption_key.clone(),
                    Node::Parent(parent) => parent.encryption_key.clone(),
                };
                assert_eq!(public, in_tree, "node {}", own[i].node);
            }
            keys.insert(index, own);
            signature_keys.insert(index, hex(&leaf["signature_priv"]));
        }
        let context = GroupContext {
            cipher_suite: suite,
            group_id: hex(&case["group_id"]),
            epoch: case["epoch"].as_u64().unwrap(),
            tree_hash: Octets::new(0),
            confirmed_transcript_hash: hex(&case["confirmed_transcript_hash"]),
            extensions: Extensions::new(0),
        };
        Self { suite, context, tree, keys, signature_keys }
    }

    /// The provisional context with another tree.
    fn context_of(&self, tree: &RatchetTree) -> Octets {
        let tree_hash = root_tree_hash(self.suite, tree);
        encode_group_context(&GroupContext { tree_hash, ..self.context.clone() })
    }

    fn members(&self) -> Vec<u32> {
        let is_member = |i: &u32| !is_blank(&self.tree, leaf_node_index(*i));
        (0..leaf_count(&self.tree)).filter(is_member).collect()
    }

    /// What a member learns from a path: its path secret, and commit_secret.
    fn process(&self, sender: u32, path: &UpdatePath, receiver: u32) -> (Octets, Octets) {
        let merged = merge_update_path(self.suite, &self.tree, sender, path).unwrap();
        let (place, secret) = decrypt_path_secret(
            self.suite,
            &self.tree,
            sender,
            path,
            receiver,
            &self.keys[&receiver],
            &LeafIndices::new(0),
            &self.context_of(&merged),
        )
        .unwrap();
        let nodes = filtered_direct_path(&self.tree, sender);
        let public_keys = public_keys_of(path);
        let (_, commit_secret) =
            keys_from_path_secret(self.suite, &nodes, &public_keys, place, &secret).unwrap();
        (secret, commit_secret)
    }

    /// A path of its own for a sender, and its commit_secret.
    fn create(&self, sender: u32) -> (UpdatePath, Octets) {
        let suite = self.suite;
        let n = filtered_direct_path(&self.tree, sender).len();
        let secrets: PathSecrets = path_secrets(suite, &repeat(5, 32), n);
        let mut public_keys = PublicKeys::new(0);
        for i in 0..n {
            public_keys = public_keys.push(&node_key_pair(suite, &secrets[i]).public_key);
        }
        let (_, parent_hash) = replace_path(suite, &self.tree, sender, &public_keys).unwrap();
        let mut leaf = leaf_at(&self.tree, sender).unwrap();
        leaf.leaf_node_source = SOURCE_COMMIT;
        leaf.parent_hash = parent_hash;
        let key = &self.signature_keys[&sender];
        assert_eq!(signature_public_key(suite, key), leaf.signature_key);
        leaf.signature = sign_leaf_node(suite, key, &leaf, &self.context.group_id, sender);
        let none = LeafIndices::new(0);
        let mut randomness = Randomness::new(0);
        for i in 0..100 {
            randomness = randomness.push(&repeat(i, nrandom(suite)));
        }
        let create = |context: &Octets| {
            create_update_path(
                suite,
                &self.tree,
                sender,
                &leaf,
                &secrets,
                &none,
                context,
                &randomness,
            )
            .unwrap()
        };
        // The context has the tree with the path in it; its keys do not depend on the context.
        let merged = merge_update_path(suite, &self.tree, sender, &create(&Octets::new(0)));
        let path = create(&self.context_of(&merged.unwrap()));
        let last = secrets[n - 1].clone();
        (path, next_path_secret(suite, &last))
    }
}

#[test]
fn tree_kem() {
    let (mut paths, mut decrypted) = (0, 0);
    for (suite, case) in suite_cases("treekem", 77, 22) {
        let group = Group::of(suite, &case);
        for v in list(&case["update_paths"]) {
            let sender = u32_of(&v["sender"]);
            let bytes = hex(&v["update_path"]);
            let (path, r) = read_update_path(reader(&bytes)).unwrap();
            finish(&r).unwrap();
            assert_eq!(encode_update_path(&path), bytes);
            let id = &group.context.group_id;
            verify_leaf_node(suite, &path.leaf_node, id, sender).unwrap();
            let merged = merge_update_path(suite, &group.tree, sender, &path).unwrap();
            assert_eq!(root_tree_hash(suite, &merged), hex(&v["tree_hash_after"]));
            let (own, own_secret) = group.create(sender);
            for receiver in group.members() {
                let expected = &v["path_secrets"][receiver as usize];
                if receiver != sender {
                    let (secret, commit_secret) = group.process(sender, &path, receiver);
                    assert_eq!(secret, hex(expected));
                    assert_eq!(commit_secret, hex(&v["commit_secret"]));
                    assert_eq!(group.process(sender, &own, receiver).1, own_secret);
                    decrypted += 1;
                }
            }
            paths += 1;
        }
    }
    assert!(
        (paths, decrypted) == (0, 0) || (paths, decrypted) == (124, 656),
        "{paths} {decrypted}"
    );
}
