//! TreeKEM: paths of new keys (RFC 9420 §7.4 to §7.6).
//!
//! ```text
//! path_secret[n] = DeriveSecret(path_secret[n-1], "path")         path_secret[0] is drawn
//! node_priv[n], node_pub[n] = DeriveKeyPair(DeriveSecret(path_secret[n], "node"))
//! commit_secret = path_secret[n+1]
//! ```

use super::private::PrivateChanges;
use super::resolution::visit_resolution;
use super::{PrivateTree, TreeView, math, resolution};
use crate::crypto::labels::mls as labels;
use crate::crypto::{Secret, kdf};
use crate::error::{Error, ProviderFailed};
use crate::group::crypto::{Crypto, HpkeInfo, HpkeKeyPair};
use crate::group::error::Check;
use crate::group::types::UpdatePathNode;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// The key pair of a node's path secret.
fn node_key_pair(crypto: &Crypto, path_secret: &Secret) -> Result<HpkeKeyPair, ProviderFailed> {
    crypto.derive_key_pair(&crypto.derive_secret(path_secret, labels::NODE)?)
}

/// The path that a committer makes: for each node of its filtered direct path the path secret and the
/// keys.
pub(crate) struct NewPath {
    pub(crate) path_secrets: Vec<Secret>,
    pub(crate) keys: PathKeys,
}

/// The keys of the nodes of a filtered direct path from one of them on, and the commit secret.
pub(crate) struct PathKeys {
    pub(crate) public: Vec<Vec<u8>>,
    pub(crate) private: PrivateChanges,
    pub(crate) commit_secret: Secret,
}

impl NewPath {
    /// Draws `path_secret[0]`, and derives a path of these nodes.
    pub(crate) fn generate(
        crypto: &Crypto,
        path: &[(u32, u32)],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ProviderFailed> {
        let mut secret = kdf::random(rng, crypto.nh());
        let mut path_secrets = Vec::with_capacity(path.len());
        let mut keys = (Vec::with_capacity(path.len()), PrivateChanges::new());
        for (node, _) in path {
            let pair = node_key_pair(crypto, &secret)?;
            keys.0.push(pair.public);
            keys.1.insert(*node, Some(pair.private));
            let next = crypto.derive_secret(&secret, labels::PATH)?;
            path_secrets.push(core::mem::replace(&mut secret, next));
        }
        let keys = PathKeys { public: keys.0, private: keys.1, commit_secret: secret };
        Ok(Self { path_secrets, keys })
    }

    /// Encrypts each path secret to the resolution of its copath child without the new leaves (`GRP-95`, §7.5).
    pub(crate) fn encrypt(
        &self,
        crypto: &Crypto,
        tree: &impl TreeView,
        path: &[(u32, u32)],
        new_leaves: &BTreeSet<u32>,
        info: &HpkeInfo,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<UpdatePathNode>, Error> {
        let mut nodes = Vec::with_capacity(path.len());
        for (((_, copath), secret), key) in
            path.iter().zip(&self.path_secrets).zip(&self.keys.public)
        {
            let mut encrypted_path_secret = Vec::new();
            for node in resolution(tree, *copath) {
                if is_new(new_leaves, node) {
                    continue;
                }
                let public = tree.public_key(node).unwrap_or_default();
                encrypted_path_secret.push(crypto.seal(public, info, secret.as_bytes(), rng)?);
            }
            nodes.push(UpdatePathNode { encryption_key: key.clone(), encrypted_path_secret });
        }
        Ok(nodes)
    }
}

fn is_new(new_leaves: &BTreeSet<u32>, node: u32) -> bool {
    math::leaf_of(node).is_some_and(|leaf| new_leaves.contains(&leaf))
}

/// Derives the keys of the nodes of a filtered direct path from the path secret of the first of them.
pub(crate) fn derive_upwards(
    crypto: &Crypto,
    path: &[(u32, u32)],
    mut secret: Secret,
) -> Result<PathKeys, ProviderFailed> {
    let (mut public, mut private) = (Vec::new(), PrivateChanges::new());
    for (node, _) in path {
        let pair = node_key_pair(crypto, &secret)?;
        public.push(pair.public);
        private.insert(*node, Some(pair.private));
        secret = crypto.derive_secret(&secret, labels::PATH)?;
    }
    Ok(PathKeys { public, private, commit_secret: secret })
}

/// Decrypts the path secret that is for this member and derives the keys above (`GRP-27`, §7.5), in a tree to which
/// the proposals were applied and the path was not or was: its copath is the same. `own_leaf_key` stands in
/// for a leaf key that one of the proposals replaces. The counts of ciphertexts were checked.
///
/// # Errors
/// [`Check::PathSecret`], [`Check::PathKey`].
pub(crate) fn decrypt_path(
    crypto: &Crypto,
    tree: &impl TreeView,
    (private, own_leaf_key): (&PrivateTree, Option<&Secret>),
    path: &[(u32, u32)],
    nodes: &[UpdatePathNode],
    new_leaves: &BTreeSet<u32>,
    info: &HpkeInfo,
) -> Result<PathKeys, Error> {
    let mine = path.iter().position(|(_, copath)| math::covers(*copath, private.leaf()));
    let mine = mine.ok_or(Check::PathSecret.refuse())?;
    let (rest, nodes) =
        (path.get(mine..).unwrap_or_default(), nodes.get(mine..).unwrap_or_default());
    let (copath, node) = match (rest.first(), nodes.first()) {
        (Some((_, copath)), Some(node)) => (*copath, node),
        _ => return Err(Check::PathLength.refuse()),
    };
    let own_node = math::leaf_node(private.leaf());
    let key_of = |node: u32| match own_leaf_key {
        Some(key) if node == own_node => Some(key),
        _ => private.get(node),
    };
    let recipients = resolution(tree, copath);
    let recipients = recipients.into_iter().filter(|node| !is_new(new_leaves, *node));
    let found = recipients
        .zip(&node.encrypted_path_secret)
        .find_map(|(node, sealed)| Some((key_of(node)?, tree.public_key(node)?, sealed)));
    let (key, public, sealed) = found.ok_or(Check::PathSecret.refuse())?;
    let secret = crypto.open(key, public, info, sealed)?;
    let secret = secret.filter(|secret| secret.len() == crypto.nh());
    let keys = derive_upwards(crypto, rest, secret.ok_or(Check::PathSecret.refuse())?)?;
    check_path_keys(&keys, nodes)?;
    Ok(keys)
}

/// `GRP-26`, `GRP-95`, RFC 9420 §7.6: as many ciphertexts as the resolution of the copath child has nodes that are not new.
pub(crate) fn check_ciphertext_counts(
    tree: &impl TreeView,
    path: &[(u32, u32)],
    nodes: &[UpdatePathNode],
    new_leaves: &BTreeSet<u32>,
) -> Result<(), Error> {
    for ((_, copath), node) in path.iter().zip(nodes) {
        let mut count = 0usize;
        visit_resolution(tree, *copath, |node| {
            if !is_new(new_leaves, node) {
                count = count.saturating_add(1);
            }
            true
        });
        Check::PathCiphertexts.require(count == node.encrypted_path_secret.len())?;
    }
    Ok(())
}

/// `GRP-27`, RFC 9420 §7.5: "Verify that the derived public keys are the same as the corresponding public keys sent
/// in the UpdatePath."
fn check_path_keys(keys: &PathKeys, nodes: &[UpdatePathNode]) -> Result<(), Error> {
    let sent = nodes.iter().map(|node| &node.encryption_key);
    Check::PathKey.require(keys.public.iter().eq(sent))
}
