//! Receiving (page *Ratchet*, *Receiving*): nothing changes until a message has authenticated.
//!
//! [`Ratchet::open`] gives the plaintext and what is to change, [`Ratchet::apply`] changes it.

use super::chain_key::{ReceivingChainKey, SendingChainKey};
use super::header::{FLAG_ABSORBED, Header, MAX_HEADER, header_aad};
use super::message_key::{MessageKey, message_aad};
use super::root_key::{RootKey, RootOutputs};
use super::skipped::{Place, SkippedKey, skip};
use super::{Context, HeaderKey, Ratchet, ReceivingChain, SendingChain};
use crate::crypto::{Secret, Suite, kdf};
use crate::error::{Error, Malformed, Peer, ProviderFailed};
use crate::limits::{Limits, MAX_CHAIN_LENGTH};
use crate::pairwise::absorb::Absorb;
use crate::pairwise::frame::OpenedFrame;
use crate::pairwise::handshake::RATCHET_V0;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::replace;
use rand_core::CryptoRng;

/// A message was refused; whether its header had opened decides what the caller is told.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: Error,
    pub(crate) header_opened: bool,
}

/// An opened message, and what it is to change.
pub(crate) struct Opened {
    /// The padded frame.
    pub(crate) plaintext: Vec<u8>,
    pub(crate) frame: OpenedFrame,
    pub(crate) staged: Staged,
}

/// What a received message changes, when it is accepted.
pub(crate) enum Staged {
    /// A stored key was used (3a, 3c).
    Stored(Place),
    /// The receiving chain went on (3a).
    Chain { skipped: Vec<SkippedKey>, chain_key: ReceivingChainKey, next: u32 },
    /// A DH step was made (3b).
    Step(Box<Step>),
}

/// The outcome of a DH step. The header keys of its chains are those that were the next ones.
pub(crate) struct Step {
    skipped_before: Vec<SkippedKey>,
    skipped: Vec<SkippedKey>,
    root_key: RootKey,
    receiving: Half<ReceivingChainKey>,
    remote_public: Vec<u8>,
    sending: Half<SendingChainKey>,
    private: Secret,
    public: Vec<u8>,
    /// The own public key before the step, unless the ratchet has it at hand.
    previous_public: Option<Vec<u8>>,
    /// Whether the absorb secret was mixed in, by either half.
    absorbed: bool,
}

/// A chain that a DH step begins, and the header key of the one after it.
struct Half<K> {
    chain_key: K,
    next: u32,
    flags: u16,
    next_header_key: HeaderKey,
}

/// The parts of a ratchet message.
struct Parts<'a> {
    sealed_header: &'a [u8],
    header: &'a [u8],
    header_tag: &'a [u8],
    body: &'a [u8],
    body_tag: &'a [u8],
}

/// Step 1.
fn parse(suite: Suite, message: &[u8]) -> Option<Parts<'_>> {
    let tag_len = suite.aead().tag_len();
    let (wire_format, rest) = message.split_first()?;
    let (sealed_header, rest) = rest.split_at_checked(suite.header_len().checked_add(tag_len)?)?;
    let (header, header_tag) = sealed_header.split_at_checked(suite.header_len())?;
    let (body, body_tag) = rest.split_at_checked(rest.len().checked_sub(tag_len)?)?;
    let parts = Parts { sealed_header, header, header_tag, body, body_tag };
    (*wire_format == RATCHET_V0).then_some(parts)
}

/// Whether bytes have the form of a ratchet message of a suite.
pub(crate) fn is_ratchet_message(suite: Suite, message: &[u8]) -> bool {
    parse(suite, message).is_some()
}

/// Which key opened a header.
enum Under {
    Current,
    Next,
    Older(usize),
}

/// Everything that a receiving step looks at.
pub(crate) struct Receiving<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) limits: &'a Limits,
    pub(crate) absorb: &'a Absorb,
    pub(crate) now: u64,
}

impl Ratchet {
    /// Steps 1 to 4 of `decrypt`. Draws `random("ratchet_key", Nsk)` in a DH step only.
    pub(crate) fn open(
        &self,
        receiving: &Receiving<'_>,
        message: &[u8],
        ad: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Opened, Refused> {
        let context = receiving.context;
        let early = |error: Error| Refused { error, header_opened: false };
        let parts =
            parse(context.suite, message).ok_or_else(|| early(Malformed::Truncated.into()))?;
        let mut header = [0; MAX_HEADER];
        let header = header.get_mut(..parts.header.len());
        let header = header.ok_or_else(|| early(ProviderFailed::Size.into()))?;
        let opened = self.open_header(receiving, &parts, header).map_err(early)?;
        let under = opened.ok_or_else(|| early(Peer::Undecryptable.into()))?;
        self.open_body(receiving, &parts, under, header, ad, rng)
            .map_err(|error| Refused { error, header_opened: true })
    }

    /// Step 2: HKr, NHKr, then the skipped chains, newest first (`RAT-11`). Writes the header that a key opens.
    fn open_header(
        &self,
        receiving: &Receiving<'_>,
        parts: &Parts<'_>,
        header: &mut [u8],
    ) -> Result<Option<Under>, Error> {
        let context = receiving.context;
        let aad = header_aad(context);
        let mut open = |key: &HeaderKey| {
            header.copy_from_slice(parts.header);
            key.open(context, &aad, header, parts.header_tag)
        };
        if let Some(chain) = &self.receiving
            && open(&chain.header_key)?
        {
            return Ok(Some(Under::Current));
        }
        if open(&self.next_header_receive)? {
            return Ok(Some(Under::Next));
        }
        let current = self.receiving.as_ref().map(|chain| &chain.header_key);
        let age = receiving.limits.skipped_key_age;
        for (place, chain) in self.skipped.older(current, receiving.now, age) {
            if open(&chain.header_key)? {
                return Ok(Some(Under::Older(place)));
            }
        }
        Ok(None)
    }

    /// Steps 3 and 4.
    fn open_body(
        &self,
        receiving: &Receiving<'_>,
        parts: &Parts<'_>,
        under: Under,
        header: &[u8],
        ad: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Opened, Error> {
        let context = receiving.context;
        let (now, age) = (receiving.now, receiving.limits.skipped_key_age);
        let header = Header::parse(context.suite, header)?;
        let (key, staged) = match (under, &self.receiving) {
            (Under::Current, Some(chain)) => {
                if header.ratchet_key != self.remote_public || header.flags != chain.flags {
                    return Err(Malformed::Header.into());
                }
                if header.n < chain.next {
                    let found = self.skipped.find_in(&chain.header_key, header.n, now, age);
                    let (place, key) = found.ok_or(Peer::Duplicate)?;
                    (Key::Stored(key), Staged::Stored(place))
                } else {
                    let (skipped, key, chain_key, next) =
                        skip_to(receiving, &chain.chain_key, chain.next, header.n)?;
                    (Key::New(key), Staged::Chain { skipped, chain_key, next })
                }
            }
            (Under::Older(chain), _) => {
                let found = self.skipped.find(chain, header.n, now, age);
                let (place, key) = found.ok_or(Peer::Duplicate)?;
                (Key::Stored(key), Staged::Stored(place))
            }
            (Under::Next | Under::Current, _) => {
                let (key, step) = self.step(receiving, header, rng)?;
                (Key::New(key), Staged::Step(Box::new(step)))
            }
        };
        let aad = message_aad(context, parts.sealed_header, ad);
        let mut plaintext = parts.body.to_vec();
        if !key.get().open(context, &aad, &mut plaintext, parts.body_tag)? {
            return Err(Peer::Undecryptable.into());
        }
        let frame = OpenedFrame::parse(&plaintext)?;
        Ok(Opened { plaintext, frame, staged })
    }

    /// Step 3b: receiving half, skip to n, sending half.
    fn step(
        &self,
        receiving: &Receiving<'_>,
        header: Header<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(MessageKey, Step), Error> {
        let &Receiving { context, limits, absorb, now } = receiving;
        let (provider, agreement) = (context.provider, context.suite.agreement());
        let computed = match &self.public {
            Some(_) => None,
            None => Some(kdf::agreement_public(provider, agreement, &self.private)?),
        };
        // RAT-13
        let own_public = computed.as_ref().or(self.public.as_ref());
        let known = [Some(&self.remote_public), own_public, Some(&self.previous_public)];
        if known.into_iter().flatten().any(|key| *key == header.ratchet_key) {
            return Err(Malformed::Header.into());
        }
        // REP-07
        let announced = match (header.flags & FLAG_ABSORBED != 0, absorb.announced()) {
            (false, _) => None,
            (true, Some(secret)) => Some(secret),
            (true, None) => return Err(Malformed::Header.into()),
        };
        let skipped_before = match &self.receiving {
            None if header.pn != 0 => return Err(Malformed::Header.into()),
            None => Vec::new(),
            Some(chain) if header.pn < chain.next => return Err(Malformed::Header.into()),
            Some(chain) => skip(context, &chain.chain_key, chain.next, header.pn, now, limits)?.0,
        };
        // Receiving half.
        let dh = kdf::agree(provider, agreement, &self.private, header.ratchet_key)?;
        let half = self.root_key.kdf_rk(context, &dh, announced, header.flags)?;
        let RootOutputs { root_key, chain_key, next_header_key: next_header_receive } = half;
        let first = ReceivingChainKey::new(chain_key);
        let (skipped, key, chain_key, next) = skip_to(receiving, &first, 0, header.n)?;
        // Sending half.
        let private = kdf::random(rng, agreement.private_len());
        let public = kdf::agreement_public(provider, agreement, &private)?;
        let dh = kdf::agree(provider, agreement, &private, header.ratchet_key)?;
        let armed = absorb.armed();
        let flags = if armed.is_some() { FLAG_ABSORBED } else { 0 };
        let half = root_key.kdf_rk(context, &dh, armed, flags)?;
        let step = Step {
            skipped_before,
            skipped,
            root_key: half.root_key,
            receiving: Half {
                chain_key,
                next,
                flags: header.flags,
                next_header_key: next_header_receive,
            },
            remote_public: header.ratchet_key.to_vec(),
            sending: Half {
                chain_key: SendingChainKey::new(half.chain_key),
                next: 0,
                flags,
                next_header_key: half.next_header_key,
            },
            private,
            public,
            previous_public: computed,
            absorbed: announced.is_some() || armed.is_some(),
        };
        Ok((key, step))
    }

    /// Step 5: takes over what an accepted message changes. Says whether the absorb secret was used up.
    pub(crate) fn apply(&mut self, staged: Staged, now: u64, limits: &Limits) -> bool {
        let mut absorbed = false;
        if let Staged::Stored(place) = &staged {
            self.skipped.take(*place);
        }
        self.skipped.expire(now, limits.skipped_key_age);
        match staged {
            Staged::Stored(_) => {}
            Staged::Chain { skipped, chain_key, next } => {
                if let Some(chain) = &mut self.receiving {
                    chain.chain_key = chain_key;
                    chain.next = next;
                    self.skipped.add(&chain.header_key, skipped);
                }
            }
            Staged::Step(step) => {
                let Step { receiving, sending, .. } = *step;
                if let Some(chain) = &self.receiving {
                    self.skipped.add(&chain.header_key, step.skipped_before);
                }
                let next = replace(&mut self.next_header_receive, receiving.next_header_key);
                self.skipped.add(&next, step.skipped);
                self.previous_count = self.sending.as_ref().map_or(0, |chain| chain.next);
                self.root_key = step.root_key;
                self.receiving = Some(ReceivingChain {
                    header_key: next,
                    chain_key: receiving.chain_key,
                    next: receiving.next,
                    flags: receiving.flags,
                });
                self.remote_public = step.remote_public;
                self.sending = Some(SendingChain {
                    header_key: replace(&mut self.next_header_send, sending.next_header_key),
                    chain_key: sending.chain_key,
                    next: sending.next,
                    flags: sending.flags,
                });
                self.private = step.private;
                let before = self.public.replace(step.public);
                self.previous_public = step.previous_public.or(before).unwrap_or_default();
                absorbed = step.absorbed;
            }
        }
        let current = self.receiving.as_ref().map(|chain| &chain.header_key);
        self.skipped.trim(current, limits);
        absorbed
    }
}

/// The key of a message: stored, or derived for it.
enum Key<'a> {
    Stored(&'a MessageKey),
    New(MessageKey),
}

impl Key<'_> {
    fn get(&self) -> &MessageKey {
        match self {
            Self::Stored(key) => key,
            Self::New(key) => key,
        }
    }
}

/// *Skip to n*, and the key of n itself: skipped keys, key, chain key behind it, Nr behind it.
fn skip_to(
    receiving: &Receiving<'_>,
    chain_key: &ReceivingChainKey,
    from: u32,
    n: u32,
) -> Result<(Vec<SkippedKey>, MessageKey, ReceivingChainKey, u32), Error> {
    if n >= MAX_CHAIN_LENGTH {
        return Err(Peer::TooFar.into());
    }
    let context = receiving.context;
    let (skipped, at) = skip(context, chain_key, from, n, receiving.now, receiving.limits)?;
    let (next_key, key) = at.as_ref().unwrap_or(chain_key).advance(context)?;
    Ok((skipped, key, next_key, n.saturating_add(1)))
}
