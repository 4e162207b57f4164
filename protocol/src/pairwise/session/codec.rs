//! How a session is stored (page *State*, `SessionState`).

use super::{Role, SessionId, SessionState, SessionStatus};
use crate::codec::{Decode, Encode, Reader, Wire, Writer, check_ascending, opaque_len};
use crate::crypto::{Secret, Suite};
use crate::error::{Error, Malformed};
use crate::limits::{MAX_CHAIN_LENGTH, MAX_IDENTITY, MAX_KEY};
use crate::pairwise::absorb::Absorb;
use crate::pairwise::identity::AccountId;
use crate::pairwise::ratchet::chain_key::{ReceivingChainKey, SendingChainKey};
use crate::pairwise::ratchet::message_key::MessageKey;
use crate::pairwise::ratchet::root_key::RootKey;
use crate::pairwise::ratchet::skipped::{Skipped, SkippedChain, SkippedKey};
use crate::pairwise::ratchet::{HeaderKey, Ratchet, ReceivingChain, SendingChain};
use alloc::vec::Vec;

/// A secret of an exact length.
fn secret(r: &mut Reader<'_>, length: usize) -> Result<Secret, Malformed> {
    let bytes = r.opaque(MAX_KEY)?;
    if bytes.len() == length { Ok(Secret::from_slice(bytes)) } else { Err(Malformed::Key) }
}

/// A public key of an exact length, or none.
fn public(r: &mut Reader<'_>, length: usize) -> Result<Vec<u8>, Malformed> {
    let bytes = r.opaque(MAX_KEY)?;
    if bytes.is_empty() || bytes.len() == length { Ok(bytes.to_vec()) } else { Err(Malformed::Key) }
}

/// How many messages a chain has: at most `max_chain_length`.
fn count(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    let count = r.u32()?;
    if count <= MAX_CHAIN_LENGTH { Ok(count) } else { Err(Malformed::Value) }
}

impl SessionState {
    /// From the body of a record (`STA-04`).
    pub(crate) fn from_record(body: &[u8]) -> Result<Self, Error> {
        Suite::from_u16(Reader::new(body).u16()?)?;
        Self::from_bytes(body)
    }
}

impl Decode for SessionState {
    /// The generation is that of the record, which the caller sets.
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let suite = Suite::from_u16(r.u16()?).map_err(|_| Malformed::Value)?;
        let (nh, nk) = (suite.hash().digest_len(), suite.aead().key_len());
        let (npk, nsk) = (suite.agreement().public_len(), suite.agreement().private_len());
        let role = match r.u8()? {
            1 => Role::Initiator,
            2 => Role::Responder,
            _ => return Err(Malformed::Enumeration),
        };
        let status = match r.u8()? {
            1 => SessionStatus::Waiting,
            2 => SessionStatus::Established,
            3 => SessionStatus::Unaccepted,
            4 => SessionStatus::Archived,
            5 => SessionStatus::Closed,
            _ => return Err(Malformed::Enumeration),
        };
        let created_at = r.u64()?;
        let id = SessionId::decode(r)?;
        let peer_account = AccountId::new(r.opaque(MAX_KEY)?);
        let peer_serial = r.u64()?;
        let handshake_ref = r.opaque(MAX_KEY)?.to_vec();
        let resumed_from = match r.opaque(MAX_KEY)? {
            [] => None,
            id => Some(SessionId::new(id.try_into().map_err(|_| Malformed::Value)?)),
        };
        let recovery = match r.u8()? {
            0 => false,
            1 => true,
            _ => return Err(Malformed::Value),
        };
        let (exporter_secret, pq_secret) = (secret(r, nh)?, secret(r, nh)?);
        let root_key = RootKey::new(secret(r, nh)?);
        let private = secret(r, nsk)?;
        let previous_public = public(r, npk)?;
        let remote_public = public(r, npk)?;
        let next_header_send = HeaderKey::new(secret(r, nk)?);
        let next_header_receive = HeaderKey::new(secret(r, nk)?);
        let chain = |r: &mut Reader<'_>| -> Result<_, Malformed> {
            Ok((HeaderKey::new(secret(r, nk)?), secret(r, nh)?, count(r)?, r.u16()?))
        };
        let sending = r.optional(chain)?.map(|(header_key, key, next, flags)| SendingChain {
            header_key,
            chain_key: SendingChainKey::new(key),
            next,
            flags,
        });
        let receiving = r.optional(chain)?.map(|(header_key, key, next, flags)| ReceivingChain {
            header_key,
            chain_key: ReceivingChainKey::new(key),
            next,
            flags,
        });
        let previous_count = count(r)?;
        let skipped = Skipped(r.list(u32::MAX, |r| {
            let header_key = HeaderKey::new(secret(r, nk)?);
            let keys = r.list(u32::MAX, |r| {
                let (n, stored_at) = (r.u32()?, r.u64()?);
                if n >= MAX_CHAIN_LENGTH {
                    return Err(Malformed::Value);
                }
                Ok(SkippedKey { n, stored_at, key: MessageKey::new(secret(r, nh)?) })
            })?;
            if keys.is_empty() {
                return Err(Malformed::Empty);
            }
            check_ascending(&keys, |key| key.n)?;
            Ok(SkippedChain { header_key, keys })
        })?);
        let absorb_status = r.u8()?;
        let absorb_secret = r.opaque(MAX_KEY)?;
        let session = r.opaque(MAX_KEY)?.to_vec();
        let secret_of = |bytes: &[u8]| match bytes.len() == nh && session.len() == SessionId::LEN {
            true => Ok(Secret::from_slice(bytes)),
            false => Err(Malformed::Value),
        };
        let absorb = match (absorb_status, absorb_secret, session.len()) {
            (0, [], 0) => Absorb::None,
            (1, bytes, _) => Absorb::Announced { secret: secret_of(bytes)?, session },
            (2, bytes, _) => Absorb::Armed { secret: secret_of(bytes)?, session },
            (3, [], SessionId::LEN) => Absorb::Done { session },
            _ => return Err(Malformed::Value),
        };
        let (rotation_send, rotation_receive) = (r.u32()?, r.u32()?);
        let waiting = r.optional(|r| Ok(r.opaque(MAX_IDENTITY.saturating_mul(2))?.to_vec()))?;
        if waiting.is_some() != (status == SessionStatus::Waiting) {
            return Err(Malformed::Value);
        }
        Ok(Self {
            generation: 0,
            suite,
            role,
            status,
            created_at,
            id,
            peer_account,
            peer_serial,
            handshake_ref,
            resumed_from,
            recovery,
            exporter_secret,
            pq_secret,
            ratchet: Ratchet {
                root_key,
                private,
                public: None,
                previous_public,
                remote_public,
                next_header_send,
                next_header_receive,
                sending,
                receiving,
                previous_count,
                skipped,
            },
            absorb,
            rotation_send,
            rotation_receive,
            waiting,
            mailbox_secret: None,
            outgoing: None,
        })
    }
}

fn write_chain(w: &mut Writer, header_key: &HeaderKey, key: &Secret, next: u32, flags: u16) {
    header_key.secret().write(w);
    key.write(w);
    w.u32(next);
    w.u16(flags);
}

impl SessionState {
    /// The encoding's length, so that it is written without growing and without spare capacity.
    pub(crate) fn encoded_len(&self) -> usize {
        let sum = |parts: &[usize]| parts.iter().copied().fold(0, usize::saturating_add);
        let ratchet = &self.ratchet;
        let hash = opaque_len(self.suite.hash().digest_len());
        let header_key = opaque_len(self.suite.aead().key_len());
        let chain = |there: bool| if there { sum(&[1, header_key, hash, 4, 2]) } else { 1 };
        let skipped_key = hash.saturating_add(12);
        let skipped_chain = |chain: &SkippedChain| {
            let keys = chain.keys.len().saturating_mul(skipped_key);
            header_key.saturating_add(opaque_len(keys))
        };
        let (absorb_secret, absorb_session) = match &self.absorb {
            Absorb::None => (0, 0),
            Absorb::Announced { secret, session } | Absorb::Armed { secret, session } => {
                (secret.len(), session.len())
            }
            Absorb::Done { session } => (0, session.len()),
        };
        sum(&[
            2 + 1 + 1 + 8, // suite, role, status, created_at
            opaque_len(SessionId::LEN),
            opaque_len(self.peer_account.as_bytes().len()),
            8, // peer_serial
            opaque_len(self.handshake_ref.len()),
            opaque_len(self.resumed_from.map_or(0, |_| SessionId::LEN)),
            1, // recovery
            opaque_len(self.exporter_secret.len()),
            opaque_len(self.pq_secret.len()),
            hash, // root_key
            opaque_len(ratchet.private.len()),
            opaque_len(ratchet.previous_public.len()),
            opaque_len(ratchet.remote_public.len()),
            header_key.saturating_mul(2),
            chain(ratchet.sending.is_some()),
            chain(ratchet.receiving.is_some()),
            4, // previous_count
            opaque_len(ratchet.skipped.0.iter().map(skipped_chain).fold(0, usize::saturating_add)),
            1, // absorb_status
            opaque_len(absorb_secret),
            opaque_len(absorb_session),
            2 * 4, // rotations
            self.waiting.as_ref().map_or(1, |waiting| sum(&[1, opaque_len(waiting.len())])),
        ])
    }
}

impl Encode for SessionState {
    fn encode(&self, w: &mut Writer) {
        let ratchet = &self.ratchet;
        w.u16(self.suite.to_u16());
        w.u8(match self.role {
            Role::Initiator => 1,
            Role::Responder => 2,
        });
        w.u8(match self.status {
            SessionStatus::Waiting => 1,
            SessionStatus::Established => 2,
            SessionStatus::Unaccepted => 3,
            SessionStatus::Archived => 4,
            SessionStatus::Closed => 5,
        });
        w.u64(self.created_at);
        w.item(&self.id);
        w.opaque(self.peer_account.as_bytes());
        w.u64(self.peer_serial);
        w.opaque(&self.handshake_ref);
        w.opaque(self.resumed_from.as_ref().map_or(&[][..], |id| id.as_bytes()));
        w.u8(u8::from(self.recovery));
        self.exporter_secret.write(w);
        self.pq_secret.write(w);
        ratchet.root_key.secret().write(w);
        ratchet.private.write(w);
        w.opaque(&ratchet.previous_public);
        w.opaque(&ratchet.remote_public);
        ratchet.next_header_send.secret().write(w);
        ratchet.next_header_receive.secret().write(w);
        w.optional(ratchet.sending.as_ref(), |w, chain| {
            write_chain(w, &chain.header_key, chain.chain_key.secret(), chain.next, chain.flags);
        });
        w.optional(ratchet.receiving.as_ref(), |w, chain| {
            write_chain(w, &chain.header_key, chain.chain_key.secret(), chain.next, chain.flags);
        });
        w.u32(ratchet.previous_count);
        w.list(&ratchet.skipped.0, |w, chain| {
            chain.header_key.secret().write(w);
            w.list(&chain.keys, |w, key| {
                w.u32(key.n);
                w.u64(key.stored_at);
                key.key.secret().write(w);
            });
        });
        let (status, secret, session): (u8, &[u8], &[u8]) = match &self.absorb {
            Absorb::None => (0, &[], &[]),
            Absorb::Announced { secret, session } => (1, secret.as_bytes(), session),
            Absorb::Armed { secret, session } => (2, secret.as_bytes(), session),
            Absorb::Done { session } => (3, &[], session),
        };
        w.u8(status);
        w.opaque(secret);
        w.opaque(session);
        w.u32(self.rotation_send);
        w.u32(self.rotation_receive);
        w.optional(self.waiting.as_deref(), |w, handshake| w.opaque(handshake));
    }
}
