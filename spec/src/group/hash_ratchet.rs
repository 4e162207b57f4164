//! A sender's ratchet (§9.1) with its deletion schedule (§9.2): the secret of the next generation, and keys
//! of generations that were passed over.
//!
//! ```text
//! next() ───────────────────────────── generation, key ; that generation is gone
//! key_of(g), g ahead by ≤ max_forward ─ key of g; the passed-over ones are kept, at most max_kept
//! key_of(g), g kept ───────────────── key of g; it is gone
//! ```

use super::secret_tree::{KeyAndNonce, next_ratchet_secret, ratchet_key_and_nonce};
use super::suite::CipherSuite;
use crate::octets::Octets;
use crate::pairwise::error::{ErrorClass, check};
use hacspec_lib::*;

/// A generation that was passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptKey {
    /// Its number.
    pub generation: u32,
    /// Its key and nonce.
    pub keys: KeyAndNonce,
}

/// Generations that were passed over, ascending.
pub type KeptKeys = Seq<KeptKey>;

/// A ratchet.
#[derive(Clone, Debug, Default)]
pub struct HashRatchet {
    /// The next generation.
    pub generation: u32,
    /// Its secret, `Nh` bytes.
    pub secret: Octets,
    /// Keys of earlier generations.
    pub kept: KeptKeys,
}

/// A ratchet at generation 0.
pub fn hash_ratchet(first_secret: &Octets) -> HashRatchet {
    HashRatchet { generation: 0, secret: first_secret.clone(), kept: KeptKeys::new(0) }
}

// ANCHOR: ratchet_next
/// The next generation, its key and nonce, and the ratchet behind it; refused when 2^32 - 1 generations
/// are used up.
/// See also [GRP-40].
pub fn ratchet_next(
    suite: CipherSuite,
    ratchet: &HashRatchet,
) -> Result<(u32, KeyAndNonce, HashRatchet), ErrorClass> {
    let generation = ratchet.generation;
    check(generation < u32::MAX, ErrorClass::ChainExhausted)?;
    let keys = ratchet_key_and_nonce(suite, &ratchet.secret, generation);
    let next = HashRatchet {
        generation: generation + 1,
        secret: next_ratchet_secret(suite, &ratchet.secret, generation),
        kept: ratchet.kept.clone(),
    };
    Ok((generation, keys, next))
}
// ANCHOR_END: ratchet_next

// ANCHOR: ratchet_key_of
/// Key and nonce of a generation, and the ratchet without it. Refused is one further ahead than
/// `max_forward` (`too_far`) and one that is used or gone (`duplicate`). Of the generations passed over the
/// last `max_kept` are kept (`[GRP-44]`, `[GRP-45]`). The caller takes the new ratchet only when the message has
/// authenticated.
pub fn ratchet_key_of(
    suite: CipherSuite,
    ratchet: &HashRatchet,
    generation: u32,
    max_forward: u32,
    max_kept: usize,
) -> Result<(KeyAndNonce, HashRatchet), ErrorClass> {
    if generation < ratchet.generation {
        take_kept(ratchet, generation)
    } else {
        check(generation - ratchet.generation <= max_forward, ErrorClass::TooFar)?;
        let mut at = ratchet.clone();
        let mut found = Err(ErrorClass::TooFar);
        for _i in 0..(generation - ratchet.generation) as usize + 1 {
            let (g, keys, next) = ratchet_next(suite, &at)?;
            at = next;
            if g == generation {
                found = Ok(keys);
            } else {
                at.kept = keep_last(&at.kept.push(&KeptKey { generation: g, keys }), max_kept);
            }
        }
        Ok((found?, at))
    }
}

/// Takes a generation that was passed over.
fn take_kept(
    ratchet: &HashRatchet,
    generation: u32,
) -> Result<(KeyAndNonce, HashRatchet), ErrorClass> {
    let mut found = Err(ErrorClass::Duplicate);
    let mut kept = KeptKeys::new(0);
    for i in 0..ratchet.kept.len() {
        if ratchet.kept[i].generation == generation {
            found = Ok(ratchet.kept[i].keys.clone());
        } else {
            kept = kept.push(&ratchet.kept[i]);
        }
    }
    Ok((found?, HashRatchet { kept, ..ratchet.clone() }))
}

/// The last `max_kept` of them.
fn keep_last(kept: &KeptKeys, max_kept: usize) -> KeptKeys {
    if kept.len() > max_kept { kept.slice(kept.len() - max_kept, max_kept) } else { kept.clone() }
}
// ANCHOR_END: ratchet_key_of
