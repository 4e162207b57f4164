//! Members of the groups in the vectors: leaves, KeyPackages, trees that have a history.

use crate::vector::{Topic, draw, must};
use hacspec_lib::*;
use sceau_spec::group::credentials::{BASIC, Credential, SCEAU};
use sceau_spec::group::kem::{KeyPair, derive_key_pair};
use sceau_spec::group::key_package::{KeyPackage, sign_key_package};
use sceau_spec::group::leaf_node::{
    Capabilities, LeafNode, MLS10, SOURCE_COMMIT, SOURCE_KEY_PACKAGE, SOURCE_UPDATE, sign_leaf_node,
};
use sceau_spec::group::profile::POLICY_EXTENSION;
use sceau_spec::group::ratchet_tree::{
    Node, RatchetTree, add_leaf, leaf_at, remove_leaf, tree_of_one, update_leaf,
};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::suite::{CipherSuite, nh, signature_public_key};
use sceau_spec::group::tree_kem::{
    PathSecrets, PublicKeys, node_key_pair, path_secrets, replace_path,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::codec::Extensions;

/// A group in the making.
pub struct Group {
    pub suite: CipherSuite,
    pub group_id: Octets,
    pub tree: RatchetTree,
}

/// What a member draws, by its name.
fn drawn(suite: CipherSuite, name: &str, what: &str, n: usize) -> Octets {
    draw("group-members", &format!("{suite:04x}/{name}"), what, n)
}

/// The signature private key of a member.
pub fn signature_key(suite: CipherSuite, name: &str) -> Octets {
    drawn(suite, name, "signature_key", 32)
}

/// The HPKE key pair of a member's leaf; `version` counts its leaves.
pub fn encryption_keys(suite: CipherSuite, name: &str, version: u32) -> KeyPair {
    let ikm = drawn(suite, name, &format!("encryption_key.{version}"), nh(suite));
    derive_key_pair(suite, &ikm)
}

/// A member's leaf, not yet signed.
pub fn unsigned_leaf(suite: CipherSuite, name: &str, version: u32) -> LeafNode {
    let none = Seq::<u16>::new(0);
    LeafNode {
        encryption_key: encryption_keys(suite, name, version).public_key,
        signature_key: signature_public_key(suite, &signature_key(suite, name)),
        credential: Credential::Basic(ascii(name)),
        capabilities: Capabilities {
            versions: none.push(&MLS10),
            cipher_suites: none.push(&suite).push(&0x0a0a),
            extensions: none.push(&POLICY_EXTENSION),
            proposals: none.clone(),
            credentials: none.push(&BASIC).push(&SCEAU),
        },
        leaf_node_source: SOURCE_KEY_PACKAGE,
        not_before: 1_795_000_000,
        not_after: 1_802_000_000,
        parent_hash: empty(),
        extensions: Extensions::new(0),
        signature: empty(),
    }
}

/// A leaf with its signature.
pub fn signed(
    suite: CipherSuite,
    name: &str,
    leaf: LeafNode,
    group_id: &Octets,
    index: u32,
) -> LeafNode {
    let key = signature_key(suite, name);
    let signature = sign_leaf_node(suite, &key, &leaf, group_id, index);
    LeafNode { signature, ..leaf }
}

/// A member's KeyPackage.
pub fn key_package(suite: CipherSuite, name: &str) -> KeyPackage {
    package_of(&unsigned_leaf(suite, name, 0), name)
}

/// A KeyPackage around a leaf of a member, not yet signed.
pub fn package_of(leaf: &LeafNode, name: &str) -> KeyPackage {
    let suite = leaf.capabilities.cipher_suites[0usize];
    let leaf_node = signed(suite, name, leaf.clone(), &empty(), 0);
    let ikm = drawn(suite, name, "init_key", nh(suite));
    let unsigned = KeyPackage {
        version: MLS10,
        cipher_suite: suite,
        init_key: derive_key_pair(suite, &ikm).public_key,
        leaf_node,
        extensions: Extensions::new(0),
        signature: empty(),
    };
    resigned(unsigned, name)
}

/// A KeyPackage, signed by a member.
pub fn resigned(unsigned: KeyPackage, name: &str) -> KeyPackage {
    let signature = sign_key_package(&signature_key(unsigned.cipher_suite, name), &unsigned);
    KeyPackage { signature, ..unsigned }
}

/// A newcomer's leaf with a credential of a type that is not known here, which it lists, not yet signed.
pub fn of_credential(suite: CipherSuite, credential_type: u16, content: &Octets) -> LeafNode {
    let mut leaf = unsigned_leaf(suite, "newcomer", 0);
    leaf.credential = Credential::Other(credential_type, content.clone());
    leaf.capabilities.credentials = leaf.capabilities.credentials.push(&credential_type);
    leaf
}

/// A name of a member by its index.
pub fn name(i: u32) -> String {
    format!("member {i}")
}

impl Group {
    /// A group of members 0 to `n` - 1, all added and none having committed.
    pub fn new(suite: CipherSuite, n: u32) -> Self {
        let group_id = drawn(suite, "group", "group_id", 16);
        let leaf = |i: u32| key_package(suite, &name(i)).leaf_node;
        let mut group = Self { suite, group_id, tree: tree_of_one(&leaf(0)) };
        for i in 1..n {
            group.add(i);
        }
        group
    }

    /// Adds member `i`.
    pub fn add(&mut self, i: u32) {
        let leaf = key_package(self.suite, &name(i)).leaf_node;
        self.tree = must("add", add_leaf(&self.tree, &leaf)).0;
    }

    /// Removes the member at a leaf.
    pub fn remove(&mut self, leaf: u32) {
        self.tree = must("remove", remove_leaf(&self.tree, leaf));
    }

    /// The leaf that member `i`, at a leaf of the same index, puts in an Update.
    pub fn update_of(&self, i: u32) -> LeafNode {
        let leaf = LeafNode {
            leaf_node_source: SOURCE_UPDATE,
            not_before: 0,
            not_after: 0,
            ..unsigned_leaf(self.suite, &name(i), 1)
        };
        signed(self.suite, &name(i), leaf, &self.group_id, i)
    }

    /// Updates member `i`.
    pub fn update(&mut self, i: u32) {
        self.tree = must("update", update_leaf(&self.tree, i, &self.update_of(i)));
    }

    /// The path secrets that member `i` makes of a first one.
    pub fn secrets(&self, i: u32, first: &Octets) -> PathSecrets {
        path_secrets(self.suite, first, filtered_direct_path(&self.tree, i).len())
    }

    /// The leaf of a Commit of member `i`, at a leaf of the same index, and the tree with its path, the leaf
    /// not in it.
    pub fn leaf_of_commit(&self, i: u32, secrets: &PathSecrets) -> (LeafNode, RatchetTree) {
        let mut public_keys = PublicKeys::new(0);
        for j in 0..secrets.len() {
            public_keys = public_keys.push(&node_key_pair(self.suite, &secrets[j]).public_key);
        }
        let (tree, parent_hash) =
            must("path", replace_path(self.suite, &self.tree, i, &public_keys));
        let leaf = LeafNode {
            leaf_node_source: SOURCE_COMMIT,
            not_before: 0,
            not_after: 0,
            parent_hash,
            ..unsigned_leaf(self.suite, &name(i), 2)
        };
        (signed(self.suite, &name(i), leaf, &self.group_id, i), tree)
    }

    /// Lets member `i` commit a path.
    pub fn commit(&mut self, i: u32) {
        let first = drawn(self.suite, &name(i), "path_secret", nh(self.suite));
        let (leaf, tree) = self.leaf_of_commit(i, &self.secrets(i, &first));
        self.tree = tree;
        self.tree[leaf_node_index(i) as usize] = Node::Leaf(leaf);
    }

    /// The leaf at an index.
    pub fn leaf(&self, i: u32) -> LeafNode {
        leaf_at(&self.tree, i).unwrap_or_default()
    }
}

/// A group with a history: seven members, of whom some have committed; one is unmerged, one leaf is blank.
pub fn group_with_history(suite: CipherSuite) -> Group {
    let mut group = Group::new(suite, 6);
    group.commit(0);
    group.commit(3);
    group.add(6);
    group.update(1);
    group.remove(4);
    group.commit(2);
    group.add(4);
    group.remove(5);
    group
}

/// The vectors' draws under the names of a topic.
pub fn path_secret(t: &Topic, number: u32, suite: CipherSuite) -> Octets {
    t.draw(number, "path_secret", nh(suite))
}
