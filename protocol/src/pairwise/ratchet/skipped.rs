//! Skipped message keys, bounded per gap and in total, and expiring (`RAT-07` to `RAT-09`).

use super::Context;
use super::chain_key::ReceivingChainKey;
use super::header::HeaderKey;
use super::message_key::MessageKey;
use crate::error::{Error, Peer};
use crate::limits::{Limits, MAX_CHAIN_LENGTH, reached};
use alloc::vec::Vec;

/// `SkippedKey`
pub(crate) struct SkippedKey {
    pub(crate) n: u32,
    pub(crate) stored_at: u64,
    pub(crate) key: MessageKey,
}

/// `SkippedChain`: keys in ascending n, not empty.
pub(crate) struct SkippedChain {
    pub(crate) header_key: HeaderKey,
    pub(crate) keys: Vec<SkippedKey>,
}

/// All of a session's skipped keys, the newest chain first.
#[derive(Default)]
pub(crate) struct Skipped(pub(crate) Vec<SkippedChain>);

/// Where a stored key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    chain: usize,
    key: usize,
}

impl Skipped {
    /// Number of keys that are not expired.
    pub(crate) fn count(&self, now: u64, age: u64) -> usize {
        let alive = |key: &&SkippedKey| !reached(now, key.stored_at, age);
        self.0.iter().flat_map(|chain| &chain.keys).filter(alive).count()
    }

    /// The chains other than the current one that have a key left, newest first, with their places.
    pub(crate) fn older<'a>(
        &'a self,
        current: Option<&'a HeaderKey>,
        now: u64,
        age: u64,
    ) -> impl Iterator<Item = (usize, &'a SkippedChain)> {
        self.0.iter().enumerate().filter(move |(_, chain)| {
            let is_current = current.is_some_and(|key| key.secret() == chain.header_key.secret());
            !is_current && chain.keys.iter().any(|key| !reached(now, key.stored_at, age))
        })
    }

    /// The stored key of (chain, n).
    pub(crate) fn find(
        &self,
        chain: usize,
        n: u32,
        now: u64,
        age: u64,
    ) -> Option<(Place, &MessageKey)> {
        let keys = &self.0.get(chain)?.keys;
        let key = keys.binary_search_by_key(&n, |key| key.n).ok()?;
        let found = keys.get(key)?;
        let alive = !reached(now, found.stored_at, age);
        alive.then_some((Place { chain, key }, &found.key))
    }

    /// The stored key of the chain with a header key.
    pub(crate) fn find_in(
        &self,
        header_key: &HeaderKey,
        n: u32,
        now: u64,
        age: u64,
    ) -> Option<(Place, &MessageKey)> {
        let is = |chain: &SkippedChain| chain.header_key.secret() == header_key.secret();
        self.find(self.0.iter().position(is)?, n, now, age)
    }

    /// Erases a key that was used.
    pub(crate) fn take(&mut self, place: Place) {
        if let Some(chain) = self.0.get_mut(place.chain)
            && place.key < chain.keys.len()
        {
            chain.keys.remove(place.key);
        }
        self.drop_empty();
    }

    /// Adds keys of the newest chain.
    pub(crate) fn add(&mut self, header_key: &HeaderKey, mut keys: Vec<SkippedKey>) {
        if keys.is_empty() {
            return;
        }
        match self.0.first_mut() {
            Some(chain) if chain.header_key.secret() == header_key.secret() => {
                chain.keys.append(&mut keys);
            }
            _ => self.0.insert(0, SkippedChain { header_key: header_key.duplicate(), keys }),
        }
    }

    /// Keeps what `RAT-08` allows: the keys stored first go first, then the oldest chains.
    pub(crate) fn trim(&mut self, current: Option<&HeaderKey>, limits: &Limits) {
        let most = usize::try_from(limits.max_skipped_keys).unwrap_or(usize::MAX);
        let count: usize = self.0.iter().map(|chain| chain.keys.len()).sum();
        let mut excess = count.saturating_sub(most);
        for chain in self.0.iter_mut().rev() {
            let from_here = excess.min(chain.keys.len());
            chain.keys.drain(..from_here);
            excess = excess.saturating_sub(from_here);
        }
        self.drop_empty();
        let first_is_current = self.0.first().is_some_and(|first| {
            current.is_some_and(|key| key.secret() == first.header_key.secret())
        });
        let older = usize::try_from(limits.max_skipped_chains).unwrap_or(usize::MAX);
        self.0.truncate(older.saturating_add(usize::from(first_is_current)));
    }

    /// Erases what is past its age (`RAT-09`); whether there was any.
    pub(crate) fn expire(&mut self, now: u64, age: u64) -> bool {
        let mut any = false;
        for chain in &mut self.0 {
            let before = chain.keys.len();
            chain.keys.retain(|key| !reached(now, key.stored_at, age));
            any |= chain.keys.len() != before;
        }
        self.drop_empty();
        any
    }

    /// When the first of the keys expires.
    pub(crate) fn first_expiry(&self, age: u64) -> Option<u64> {
        let keys = self.0.iter().flat_map(|chain| &chain.keys);
        keys.map(|key| key.stored_at.saturating_add(age)).min()
    }

    fn drop_empty(&mut self) {
        self.0.retain(|chain| !chain.keys.is_empty());
    }
}

/// *Skip to n*, without the key of n itself: the keys from `from` to `to` − 1, and the chain key of
/// `to` (none: that of `from`, when nothing is skipped).
pub(crate) fn skip(
    context: &Context<'_>,
    chain_key: &ReceivingChainKey,
    from: u32,
    to: u32,
    now: u64,
    limits: &Limits,
) -> Result<(Vec<SkippedKey>, Option<ReceivingChainKey>), Error> {
    // RAT-07
    if to.saturating_sub(from) > limits.max_skip || to > MAX_CHAIN_LENGTH {
        return Err(Peer::TooFar.into());
    }
    let mut keys = Vec::new();
    let mut current: Option<ReceivingChainKey> = None;
    for n in from..to {
        let (next, key) = current.as_ref().unwrap_or(chain_key).advance(context)?;
        keys.push(SkippedKey { n, stored_at: now, key });
        current = Some(next);
    }
    Ok((keys, current))
}
