//! A group in which every member has committed.
//!
//! To have five thousand members commit one after the other takes five thousand groups. What is left of that in the
//! tree of the last of them can be written down at once: each parent node has a key, which the last committer below it
//! has chosen, and the parent hash of its own parent where both are that committer's; no leaf is unmerged; each leaf is
//! signed for its place. So the tree is made of fresh keys, and what nobody can check any more (the parent hashes of
//! nodes whose parent another has replaced since) is arbitrary. A client of Sceau joins it by an external commit and
//! adds the members that the bench is about, whichever library they have: to them it is a group like any.

use crate::ours::{Member, Person, policy, rng, suite};
use ed25519_dalek::{Signer, SigningKey};
use rand_core::Rng;
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    CommitOptions, Credential, ExternalJoin, Group, JoinParams, LeafNode, LeafNodeSource,
    MlsMessage, Proposal, PskStore, SigningIdentity,
};
use sha2::{Digest, Sha256, Sha384};

const GROUP: &[u8] = b"a group of long standing";
const EPOCH: u64 = 1_000;

/// `<V>`: the length, in as few bytes as it fits in, and the bytes.
fn opaque(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap();
    match length {
        0..0x40 => out.push(length as u8),
        0x40..0x4000 => out.extend((length as u16 | 0x4000).to_be_bytes()),
        _ => out.extend((length | 0x8000_0000).to_be_bytes()),
    }
    out.extend(bytes);
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    parts.iter().for_each(|part| opaque(&mut out, part));
    out
}

fn sign(key: &SigningKey, label: &str, content: &[u8]) -> Vec<u8> {
    let label = format!("MLS 1.0 {label}");
    key.sign(&joined(&[label.as_bytes(), content])).to_bytes().to_vec()
}

/// Somebody of the tree: the keys that a member has chosen for its leaf and for one node above it.
struct Grower {
    key: SigningKey,
    leaf: LeafNode,
    node_key: Vec<u8>,
}

impl Grower {
    fn new(number: usize, of: u16) -> Self {
        let mut key = [0; 32];
        rng().fill_bytes(&mut key);
        let credential = Credential::Basic(format!("member {number:06}").into_bytes());
        let (private, provider) = (Secret::from_slice(&key), Provider::default());
        let identity = SigningIdentity::from_private(suite(of), credential, private, &provider);
        let package = Person::new(suite(of), identity.unwrap()).package.key_package().clone();
        Self {
            key: SigningKey::from_bytes(&key),
            leaf: package.leaf_node,
            node_key: package.init_key,
        }
    }
}

struct Tree {
    suite: u16,
    growers: Vec<Grower>,
    /// `optional<Node>`, in order.
    nodes: Vec<Vec<u8>>,
}

impl Tree {
    fn hash(&self, input: &[u8]) -> Vec<u8> {
        match suite(self.suite).hash_len() {
            32 => Sha256::digest(input).to_vec(),
            _ => Sha384::digest(input).to_vec(),
        }
    }

    /// Appends the subtree of `size` leaves from `first` on; `above` is the parent hash of its topmost node. Gives its
    /// tree hash.
    fn grow(&mut self, first: usize, size: usize, above: &[u8]) -> Vec<u8> {
        if size == 1 {
            let leaf = self.growers.get_mut(first).map_or_else(
                || vec![0],
                |Grower { key, leaf, .. }| {
                    leaf.source = LeafNodeSource::Commit(above.to_vec());
                    leaf.signature = Vec::new();
                    let mut tbs = leaf.to_bytes();
                    // Without the length of the signature.
                    tbs.pop();
                    opaque(&mut tbs, GROUP);
                    tbs.extend((first as u32).to_be_bytes());
                    leaf.signature = sign(key, "LeafNodeTBS", &tbs);
                    [&[1, 1][..], &leaf.to_bytes()].concat()
                },
            );
            let mut input = [&[1][..], &(first as u32).to_be_bytes()].concat();
            // The hash has the leaf without its type.
            input.push(leaf[0]);
            input.extend(leaf.get(2..).unwrap_or_default());
            self.nodes.push(leaf);
            return self.hash(&input);
        }
        let half = size / 2;
        // Nobody has committed who is not there: of such a parent node there is nothing.
        let filled = first + half < self.growers.len();
        let stale = vec![0x5a; suite(self.suite).hash_len()];
        let left = self.grow(first, half, if filled { &stale } else { above });
        let (mut node, mut below) = (vec![0], above.to_vec());
        if filled {
            let key = self.growers[first + half].node_key.clone();
            below = self.hash(&joined(&[&key, above, &left]));
            node = [&[1, 2][..], &joined(&[&key, above, &[]])].concat();
        }
        let mut input = vec![2, node[0]];
        input.extend(node.get(2..).unwrap_or_default());
        self.nodes.push(node);
        let right = self.grow(first + half, half, &below);
        input.extend(joined(&[&left, &right]));
        self.hash(&input)
    }

    /// A group info, signed by the first member, with the tree and an external key.
    fn info(mut self) -> Vec<u8> {
        let size = self.growers.len().next_power_of_two();
        let tree_hash = self.grow(0, size, &[]);
        let last = self.nodes.iter().rposition(|node| node[0] == 1).unwrap();
        let mut tree = Vec::new();
        opaque(&mut tree, &self.nodes[..=last].concat());
        let external = joined(&[&self.growers[0].node_key]);
        let number = self.suite.to_be_bytes();
        let hash = vec![0xa5; suite(self.suite).hash_len()];
        let mut info = [&[0, 1][..], &number].concat();
        opaque(&mut info, GROUP);
        info.extend(EPOCH.to_be_bytes());
        info.extend(joined(&[&tree_hash, &hash, &[]]));
        let (mut extensions, types) = (Vec::new(), [2u16, 4]);
        for (kind, data) in types.iter().zip([tree, external]) {
            extensions.extend(kind.to_be_bytes());
            opaque(&mut extensions, &data);
        }
        opaque(&mut info, &extensions);
        opaque(&mut info, &hash);
        info.extend(0u32.to_be_bytes());
        let signature = sign(&self.growers[0].key, "GroupInfoTBS", &info);
        opaque(&mut info, &signature);
        [&[0, 1, 0, 4][..], &info].concat()
    }
}

/// A group of so many members, at least two, of which the last is at hand: it has just joined.
#[must_use]
pub fn group(members: usize, of: u16) -> Member {
    let growers = (1..members).map(|number| Grower::new(number, of)).collect();
    let info = Tree { suite: of, growers, nodes: Vec::new() }.info();
    let (mut rng, psks) = (rng(), PskStore::new());
    let credential = Credential::Basic(b"Zoe".to_vec());
    let identity =
        SigningIdentity::generate(suite(of), credential, &Provider::default(), &mut rng).unwrap();
    let join = ExternalJoin::new(crate::ours::leaf());
    let params = JoinParams::new(policy(), &psks);
    let now = crate::library::now();
    let group = Group::join_external(&info, &identity, &join, params, now, &mut rng).unwrap().0;
    Member { group, rng }
}

/// A member adds others; gives the Welcome.
pub fn add(member: &mut Member, key_packages: &[Vec<u8>]) -> Vec<u8> {
    let add = |package: &Vec<u8>| match MlsMessage::from_bytes(package).unwrap() {
        MlsMessage::KeyPackage(package) => Proposal::Add(package),
        other => panic!("{other:?}"),
    };
    let options = CommitOptions::new(key_packages.iter().map(add).collect());
    let (psks, now) = (PskStore::new(), crate::library::now());
    let output = member.group.commit(&options, &psks, now, &mut member.rng).unwrap();
    member.group.merge_pending().unwrap();
    output.welcome.unwrap()
}
