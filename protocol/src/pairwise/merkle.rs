//! The Merkle tree of a prekey batch: that of RFC 9162 §2.1 with the suite's hash.

use crate::crypto::{HashAlgorithm, Provider, kdf};
use crate::error::ProviderFailed;
use alloc::vec::Vec;

/// `Hash(0x00 || leaf)`
pub(crate) fn leaf_hash(
    provider: &Provider,
    hash: HashAlgorithm,
    leaf: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    kdf::hash(provider, hash, &[&[0], leaf])
}

fn node_hash(
    provider: &Provider,
    hash: HashAlgorithm,
    left: &[u8],
    right: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    kdf::hash(provider, hash, &[&[1], left, right])
}

/// The levels of a tree over leaf hashes, from the leaves up to the root.
///
/// Splitting at the largest power of two below n (RFC 9162 §2.1.1) gives the same tree as pairing
/// neighbours level by level, an odd last node moving up unchanged.
pub(crate) struct Tree {
    levels: Vec<Vec<Vec<u8>>>,
}

impl Tree {
    /// `merkle_root` over leaf hashes; of no leaves there is no root.
    pub(crate) fn new(
        provider: &Provider,
        hash: HashAlgorithm,
        leaves: Vec<Vec<u8>>,
    ) -> Result<Self, ProviderFailed> {
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(2));
            for pair in level.chunks(2) {
                above.push(match pair {
                    [left, right] => node_hash(provider, hash, left, right)?,
                    odd => odd.concat(),
                });
            }
            levels.push(level);
            level = above;
        }
        levels.push(level);
        Ok(Self { levels })
    }

    pub(crate) fn root(&self) -> &[u8] {
        self.levels.last().and_then(|level| level.first()).map_or(&[], Vec::as_slice)
    }

    /// `merkle_path` (RFC 9162 §2.1.3.1): the siblings from the leaf upwards, joined.
    pub(crate) fn path(&self, index: u32) -> Vec<u8> {
        let mut path = Vec::new();
        let mut index = usize::try_from(index).unwrap_or(usize::MAX);
        for level in &self.levels {
            if let Some(sibling) = level.get(index ^ 1) {
                path.extend_from_slice(sibling);
            }
            index >>= 1;
        }
        path
    }
}

/// `verify_path` (RFC 9162 §2.1.3.2): whether a leaf stands at an index of a tree with a size and root. The path
/// has exactly the length that index and size require.
pub(crate) fn verify_path(
    provider: &Provider,
    hash: HashAlgorithm,
    leaf: &[u8],
    index: u32,
    size: u32,
    path: &[u8],
    root: &[u8],
) -> Result<bool, ProviderFailed> {
    if index >= size {
        return Ok(false);
    }
    let mut node = leaf_hash(provider, hash, leaf)?;
    let mut position = index;
    let mut last = size.saturating_sub(1);
    let mut siblings = path.chunks(hash.digest_len());
    while last > 0 {
        if position % 2 == 1 || position < last {
            let Some(sibling) = siblings.next().filter(|s| s.len() == hash.digest_len()) else {
                return Ok(false);
            };
            node = if position % 2 == 1 {
                node_hash(provider, hash, sibling, &node)?
            } else {
                node_hash(provider, hash, &node, sibling)?
            };
        }
        position >>= 1;
        last >>= 1;
    }
    Ok(siblings.next().is_none() && node == root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: HashAlgorithm = HashAlgorithm::Sha256;

    /// RFC 9162 §2.1.1, literally.
    fn root_by_splitting(leaves: &[Vec<u8>]) -> Vec<u8> {
        if let [leaf] = leaves {
            return leaf.clone();
        }
        let mut split = 1;
        while split * 2 < leaves.len() {
            split *= 2;
        }
        let (left, right) = leaves.split_at(split);
        let (left, right) = (root_by_splitting(left), root_by_splitting(right));
        node_hash(&Provider::Default, HASH, &left, &right).unwrap()
    }

    #[test]
    fn paths_verify_for_every_size_and_index() {
        let provider = Provider::Default;
        for size in 1..=33u32 {
            let contents: Vec<Vec<u8>> = (0..size).map(|i| i.to_be_bytes().to_vec()).collect();
            let leaves: Vec<Vec<u8>> =
                contents.iter().map(|c| leaf_hash(&provider, HASH, c).unwrap()).collect();
            let tree = Tree::new(&provider, HASH, leaves.clone()).unwrap();
            assert_eq!(tree.root(), root_by_splitting(&leaves));
            for (index, content) in (0u32..).zip(&contents) {
                let path = tree.path(index);
                let verify = |index: u32, path: &[u8]| {
                    verify_path(&provider, HASH, content, index, size, path, tree.root()).unwrap()
                };
                assert!(verify(index, &path));
                assert!(!verify(index + 1, &path));
                assert!(!verify(size, &path));
                let mut longer = path.clone();
                longer.extend_from_slice(&[0; 32]);
                assert!(!verify(index, &longer));
                longer.truncate(path.len() + 1);
                assert!(!verify(index, &longer));
                if let Some(shorter) = path.len().checked_sub(32) {
                    assert!(!verify(index, &path[..shorter]));
                    assert!(!verify(index, &path[..path.len() - 1]));
                }
            }
        }
    }
}
