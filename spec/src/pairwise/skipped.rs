//! Skipped message keys: deriving, storing, taking, bounding and expiring them (Ratchet, *Receiving*).

use super::chain::kdf_ck;
use super::error::{ErrorClass, check};
use super::limits::{Limits, MAX_CHAIN_LENGTH, age};
use super::session::{ChainState, SkippedChain, SkippedChains, SkippedKey};
use crate::octets::Octets;
use hacspec_lib::*;

// ANCHOR: skip
/// A chain led from its Nr to `until`, and the keys between them.
fn skip(chain: &ChainState, until: u32, now: u64) -> (ChainState, Seq<SkippedKey>) {
    let mut keys = Seq::<SkippedKey>::new(0);
    let mut chain_key = chain.chain_key.clone();
    for n in chain.next..until {
        let (next, message_key) = kdf_ck(&chain_key);
        keys = keys.push_owned(SkippedKey { n, stored_at: now, message_key });
        chain_key = next;
    }
    (ChainState { chain_key, next: until, ..chain.clone() }, keys)
}

/// Skips to message n: the chain behind it, the keys before it and its own (`[RAT-07]`). n is at least
/// Nr.
pub fn skip_to_message(
    chain: &ChainState,
    n: u32,
    now: u64,
    limits: &Limits,
) -> Result<(ChainState, Seq<SkippedKey>, Octets), ErrorClass> {
    let near = n - chain.next <= limits.max_skip && n < MAX_CHAIN_LENGTH;
    check(near, ErrorClass::TooFar)?;
    let (chain, keys) = skip(chain, n, now);
    let (chain_key, message_key) = kdf_ck(&chain.chain_key);
    Ok((ChainState { chain_key, next: n + 1, ..chain }, keys, message_key))
}

/// Skips what is left of an old chain of `pn` messages (`[RAT-07]`). pn is at least Nr.
pub fn skip_rest(
    chain: &ChainState,
    pn: u32,
    now: u64,
    limits: &Limits,
) -> Result<Seq<SkippedKey>, ErrorClass> {
    let near = pn - chain.next <= limits.max_skip && pn <= MAX_CHAIN_LENGTH;
    check(near, ErrorClass::TooFar)?;
    let (_chain, keys) = skip(chain, pn, now);
    Ok(keys)
}
// ANCHOR_END: skip

/// Adds keys of the newest chain.
pub fn store(chains: &SkippedChains, header_key: &Octets, keys: &Seq<SkippedKey>) -> SkippedChains {
    if keys.len() == 0 {
        chains.clone()
    } else if chains.len() > 0 && chains[0usize].header_key == *header_key {
        let mut out = chains.clone();
        let all = out[0usize].keys.concat(keys);
        out[0usize] = SkippedChain { header_key: header_key.clone(), keys: all };
        out
    } else {
        let newest = SkippedChain { header_key: header_key.clone(), keys: keys.clone() };
        SkippedChains::new(0).push(&newest).concat(chains)
    }
}

// ANCHOR: take
/// Takes the key of a chain's message n: the key, and the chains without it (`[RAT-09]`). `duplicate`
/// if it is not there.
pub fn take(
    chains: &SkippedChains,
    header_key: &Octets,
    n: u32,
) -> Result<(Octets, SkippedChains), ErrorClass> {
    let mut found = Err(ErrorClass::Duplicate);
    let mut out = SkippedChains::new(0);
    for i in 0..chains.len() {
        let mut keys = Seq::<SkippedKey>::new(0);
        for j in 0..chains[i].keys.len() {
            if chains[i].header_key == *header_key && chains[i].keys[j].n == n {
                found = Ok(chains[i].keys[j].message_key.clone());
            } else {
                keys = keys.push_owned(chains[i].keys[j].clone());
            }
        }
        if keys.len() > 0 {
            out = out.push(&SkippedChain { header_key: chains[i].header_key.clone(), keys });
        }
    }
    Ok((found?, out))
}
// ANCHOR_END: take

/// How many keys are stored.
pub fn stored_keys(chains: &SkippedChains) -> usize {
    let mut stored = 0;
    for i in 0..chains.len() {
        stored += chains[i].keys.len();
    }
    stored
}

// ANCHOR: bound
/// Keeps `[RAT-08]`: of all keys the newest `max_skipped_keys`, of the chains older than the current
/// one the newest `max_skipped_chains`.
pub fn bound(chains: &SkippedChains, current: &Octets, limits: &Limits) -> SkippedChains {
    let mut out = SkippedChains::new(0);
    let mut left = limits.max_skipped_keys;
    let mut older = 0usize;
    for i in 0..chains.len() {
        let chain = chains[i].clone();
        if chain.header_key != *current {
            older += 1;
        }
        let kept = if chain.keys.len() < left { chain.keys.len() } else { left };
        if kept > 0 && older <= limits.max_skipped_chains {
            let keys = chain.keys.slice(chain.keys.len() - kept, kept);
            out = out.push(&SkippedChain { header_key: chain.header_key, keys });
            left -= kept;
        }
    }
    out
}
// ANCHOR_END: bound

// ANCHOR: expire_skipped
/// Erases the keys that are `skipped_key_age` old or older (`[RAT-09]`).
pub fn expire_skipped(chains: &SkippedChains, now: u64, limits: &Limits) -> SkippedChains {
    let mut out = SkippedChains::new(0);
    for i in 0..chains.len() {
        let mut keys = Seq::<SkippedKey>::new(0);
        for j in 0..chains[i].keys.len() {
            if age(chains[i].keys[j].stored_at, now) < limits.skipped_key_age {
                keys = keys.push_owned(chains[i].keys[j].clone());
            }
        }
        if keys.len() > 0 {
            out = out.push(&SkippedChain { header_key: chains[i].header_key.clone(), keys });
        }
    }
    out
}
// ANCHOR_END: expire_skipped
