//! Pre-shared keys (§8.4).
//!
//! ```text
//!                  0                               0    = psk_secret_[0]
//!                  V                               V
//! psk_[0]   --> Extract --> ExpandWithLabel --> Extract = psk_secret_[1]
//!                  0                               V
//!                  V                               V
//! psk_[1]   --> Extract --> ExpandWithLabel --> Extract = psk_secret_[2]
//!                                                 ...
//! ```

use super::crypto::expand_with_label;
use super::labels::DERIVED_PSK;
use super::limits::{MAX_GROUP_ID, MAX_GROUP_PSKS};
use super::suite::{CipherSuite, kdf_extract, nh};
use crate::octets::{Octets, byte, empty, u16_be, u64_be, zeros};
use crate::pairwise::codec::{
    Reader, at_end, read_opaque, read_u8, read_u64, read_vector, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;
use hacspec_lib::*;

/// PSKType `external`.
pub const EXTERNAL: u8 = 1;
/// PSKType `resumption`.
pub const RESUMPTION: u8 = 2;

/// ResumptionPSKUsage `application`.
pub const USAGE_APPLICATION: u8 = 1;
/// ResumptionPSKUsage `reinit`.
pub const USAGE_REINIT: u8 = 2;
/// ResumptionPSKUsage `branch`.
pub const USAGE_BRANCH: u8 = 3;

/// PreSharedKeyID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreSharedKeyId {
    /// PSKType.
    pub psktype: u8,
    /// Name of the PSK (external).
    pub psk_id: Octets,
    /// ResumptionPSKUsage (resumption).
    pub usage: u8,
    /// Group whose PSK it is (resumption).
    pub psk_group_id: Octets,
    /// Epoch whose PSK it is (resumption).
    pub psk_epoch: u64,
    /// Nonce, `Nh` random bytes.
    pub psk_nonce: Octets,
}

/// A list of PreSharedKeyIDs.
pub type PreSharedKeyIds = Seq<PreSharedKeyId>;

/// A PSK and its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreSharedKey {
    /// Its id.
    pub id: PreSharedKeyId,
    /// Its value.
    pub psk: Octets,
}

/// A list of PSKs, in the order of the proposals or of the GroupSecrets.
pub type PreSharedKeys = Seq<PreSharedKey>;

/// Reads a PreSharedKeyID.
pub fn read_psk_id(r: Reader) -> Result<(PreSharedKeyId, Reader), ErrorClass> {
    let (psktype, r) = read_u8(r)?;
    check(psktype == EXTERNAL || psktype == RESUMPTION, ErrorClass::Malformed)?;
    let (id, r) = if psktype == EXTERNAL {
        let (psk_id, r) = read_opaque(r, MAX_KEY)?;
        (PreSharedKeyId { psktype, psk_id, ..PreSharedKeyId::default() }, r)
    } else {
        let (usage, r) = read_u8(r)?;
        let known = usage >= USAGE_APPLICATION && usage <= USAGE_BRANCH;
        check(known, ErrorClass::Malformed)?;
        let (psk_group_id, r) = read_opaque(r, MAX_GROUP_ID)?;
        let (psk_epoch, r) = read_u64(r)?;
        let id =
            PreSharedKeyId { psktype, usage, psk_group_id, psk_epoch, ..PreSharedKeyId::default() };
        (id, r)
    };
    let (psk_nonce, r) = read_opaque(r, MAX_KEY)?;
    Ok((PreSharedKeyId { psk_nonce, ..id }, r))
}

/// Reads `PreSharedKeyID psks<V>`.
/// See also [LIM-01].
pub fn read_psk_ids(r: Reader) -> Result<(PreSharedKeyIds, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut ids = PreSharedKeyIds::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (id, rest) = read_psk_id(inner)?;
            ids = ids.push_owned(id);
            inner = rest;
        }
    }
    check(ids.len() <= MAX_GROUP_PSKS, ErrorClass::Malformed)?;
    Ok((ids, r))
}

/// `encode(PreSharedKeyID)`.
pub fn encode_psk_id(id: &PreSharedKeyId) -> Octets {
    let content = if id.psktype == EXTERNAL {
        write_opaque(&id.psk_id)
    } else {
        byte(id.usage).concat(&write_opaque(&id.psk_group_id)).concat(&u64_be(id.psk_epoch))
    };
    byte(id.psktype).concat(&content).concat(&write_opaque(&id.psk_nonce))
}

/// `PreSharedKeyID psks<V>`.
pub fn encode_psk_ids(ids: &PreSharedKeyIds) -> Octets {
    let mut body = empty();
    for i in 0..ids.len() {
        body = body.concat_owned(encode_psk_id(&ids[i]));
    }
    write_opaque(&body)
}

/// `encode(PSKLabel)`.
pub fn psk_label(id: &PreSharedKeyId, index: u16, count: u16) -> Octets {
    encode_psk_id(id).concat(&u16_be(index)).concat(&u16_be(count))
}

// ANCHOR: psk_secret
/// Refuses a nonce that has not `Nh` bytes (§12.1.4; `[GRP-32]`).
pub fn check_psk_nonce(suite: CipherSuite, id: &PreSharedKeyId) -> Result<(), ErrorClass> {
    check(id.psk_nonce.len() == nh(suite), ErrorClass::Malformed)
}

/// psk_secret: `Nh` bytes, zeros for no PSK (`[GRP-32]`). There are fewer than 2^16 PSKs.
pub fn psk_secret(suite: CipherSuite, psks: &PreSharedKeys) -> Octets {
    let mut secret = zeros(nh(suite));
    for i in 0..psks.len() {
        let extracted = kdf_extract(suite, &zeros(nh(suite)), &psks[i].psk);
        let label = psk_label(&psks[i].id, i as u16, psks.len() as u16);
        let input = expand_with_label(suite, &extracted, DERIVED_PSK, &label, nh(suite));
        secret = kdf_extract(suite, &input, &secret);
    }
    secret
}
// ANCHOR_END: psk_secret
