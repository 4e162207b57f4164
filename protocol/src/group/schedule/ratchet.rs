//! A sender ratchet (RFC 9420 §9.1), with the keys of messages that are late (§15.3).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed, Misuse, ProviderFailed};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::limits::{MAX_KEY, reached};
use alloc::collections::BTreeMap;

/// Which of a sender's two ratchets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RatchetKind {
    Handshake,
    Application,
}

/// Key and nonce of one generation.
pub(crate) struct MessageKey {
    pub(crate) key: Secret,
    pub(crate) nonce: Secret,
}

/// How far a ratchet goes ahead, and how many keys it keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RatchetLimits {
    /// Generations that one message may skip.
    pub(crate) max_forward: u32,
    /// Skipped keys kept.
    pub(crate) max_skipped: u32,
    /// For how many seconds (`GDS-48`).
    pub(crate) skipped_key_age: u64,
    /// The time, in seconds since 1970.
    pub(crate) now: u64,
}

impl RatchetLimits {
    /// Whether what was kept since a time is kept no longer (`LIM-02`).
    pub(crate) fn is_over(&self, since: u64) -> bool {
        reached(self.now, since, self.skipped_key_age)
    }
}

/// The key of a generation that was passed over, and since when it is kept.
struct SkippedKey {
    key: MessageKey,
    since: u64,
}

/// A sender ratchet: `ratchet_secret_[N]_[generation]` and the keys that were skipped.
pub(crate) struct Ratchet {
    secret: Secret,
    generation: u32,
    skipped: BTreeMap<u32, SkippedKey>,
}

/// What a message does to a ratchet, to be carried out once it has authenticated.
pub(crate) struct Advance {
    generation: u32,
    secret: Option<Secret>,
    skipped: BTreeMap<u32, MessageKey>,
}

impl Advance {
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }
}

impl Ratchet {
    pub(crate) fn new(secret: Secret) -> Self {
        Self { secret, generation: 0, skipped: BTreeMap::new() }
    }

    /// The next key to send with; the ratchet is behind it (`GRP-40`).
    ///
    /// # Errors
    /// [`Misuse::ChainExhausted`]
    pub(crate) fn next(&mut self, crypto: &Crypto) -> Result<(u32, MessageKey), Error> {
        let generation = self.generation;
        let next = generation.checked_add(1).ok_or(Misuse::ChainExhausted)?;
        let (key, secret) = step(crypto, &self.secret, generation)?;
        self.secret = secret;
        self.generation = next;
        Ok((generation, key))
    }

    /// The key of a received generation, and what is to be done when it has opened a message. Nothing is
    /// changed yet.
    ///
    /// # Errors
    /// [`Check::Duplicate`], [`Check::TooFar`].
    pub(crate) fn find(
        &self,
        crypto: &Crypto,
        generation: u32,
        limits: RatchetLimits,
    ) -> Result<(MessageKey, Advance), Error> {
        let Some(ahead) = generation.checked_sub(self.generation) else {
            let kept = self.skipped.get(&generation).filter(|kept| !limits.is_over(kept.since));
            let MessageKey { key, nonce } = &kept.ok_or(Check::Duplicate.refuse())?.key;
            let key = MessageKey { key: key.duplicate(), nonce: nonce.duplicate() };
            return Ok((key, Advance { generation, secret: None, skipped: BTreeMap::new() }));
        };
        Check::TooFar.require(ahead <= limits.max_forward && generation < u32::MAX)?;
        let mut skipped = BTreeMap::new();
        let (mut key, mut secret) = step(crypto, &self.secret, self.generation)?;
        for generation in self.generation..generation {
            let next = generation.saturating_add(1);
            let (next_key, next_secret) = step(crypto, &secret, next)?;
            skipped.insert(generation, core::mem::replace(&mut key, next_key));
            secret = next_secret;
        }
        Ok((key, Advance { generation, secret: Some(secret), skipped }))
    }

    /// Carries out what a message that has authenticated does: its key is gone (`GRP-45`), those that it has passed over are
    /// kept (`GRP-44`).
    pub(crate) fn advance(&mut self, advance: Advance, limits: RatchetLimits) {
        match advance.secret {
            None => {
                self.skipped.remove(&advance.generation);
            }
            Some(secret) => {
                self.secret = secret;
                self.generation = advance.generation.saturating_add(1);
                let since = limits.now;
                let skipped = advance.skipped.into_iter();
                self.skipped.extend(skipped.map(|(at, key)| (at, SkippedKey { key, since })));
                let most = usize::try_from(limits.max_skipped).unwrap_or(usize::MAX);
                while self.skipped.len() > most {
                    self.skipped.pop_first();
                }
            }
        }
    }
}

impl Ratchet {
    /// Erases the keys that were passed over too long ago (`GDS-48`); whether there were any.
    pub(crate) fn expire(&mut self, limits: RatchetLimits) -> bool {
        let before = self.skipped.len();
        self.skipped.retain(|_, kept| !limits.is_over(kept.since));
        self.skipped.len() < before
    }
}

/// Key of a generation, and the ratchet secret of the next.
fn step(
    crypto: &Crypto,
    secret: &Secret,
    generation: u32,
) -> Result<(MessageKey, Secret), ProviderFailed> {
    let aead = crypto.suite().aead();
    let mut key = Secret::zeros(aead.key_len());
    let mut nonce = Secret::zeros(aead.nonce_len());
    let mut next = Secret::zeros(crypto.nh());
    let jobs = [
        (labels::KEY, key.as_mut()),
        (labels::NONCE, nonce.as_mut()),
        (labels::SECRET, next.as_mut()),
    ];
    crypto.expand_into(secret.as_bytes(), &generation.to_be_bytes(), jobs)?;
    Ok((MessageKey { key, nonce }, next))
}

fn secret(r: &mut Reader<'_>) -> Result<Secret, Malformed> {
    Ok(Secret::from_slice(r.opaque(MAX_KEY)?))
}

impl Decode for Ratchet {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (own, generation) = (secret(r)?, r.u32()?);
        let skipped = r.list(u32::MAX, |r| {
            let (generation, since) = (r.u32()?, r.u64()?);
            let key = MessageKey { key: secret(r)?, nonce: secret(r)? };
            Ok((generation, SkippedKey { key, since }))
        })?;
        crate::codec::check_ascending(&skipped, |(generation, _)| *generation)?;
        Ok(Self { secret: own, generation, skipped: skipped.into_iter().collect() })
    }
}

impl Encode for Ratchet {
    fn encode(&self, w: &mut Writer) {
        self.secret.write(w);
        w.u32(self.generation);
        w.vector(|w| {
            for (generation, kept) in &self.skipped {
                w.u32(*generation);
                w.u64(kept.since);
                kept.key.key.write(w);
                kept.key.nonce.write(w);
            }
        });
    }
}
