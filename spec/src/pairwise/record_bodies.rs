//! The bodies of a device's records (State, *Records*).

use super::codec::{
    Reader, at_end, finish, read_opaque_of, read_presence, read_u8, read_u16, read_u32, read_u64,
    read_vector, reader, write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::{
    encode_credential, encode_device_list, read_credential, read_device_list, read_version,
};
use super::prekeys::{
    KEM_LAST_RESORT, ONE_TIME, PrivatePrekey, SIGNED, encode_prekey_batch, read_prekey_batch,
};
use super::state::{
    AccountState, BatchState, PairState, PeerState, PrekeyState, ReplayState, SessionRef,
};
use super::suite::{CORE, NH, NSEED, NSK, is_known_type};
use super::typed_keys::{TypedKeys, account_id, encode_typed_keys, read_typed_keys};
use crate::octets::{Octets, byte, empty, u32_be, u64_be};
use hacspec_lib::*;

/// `encode(AccountState)`.
pub fn encode_account(account: &AccountState) -> Octets {
    encode_typed_keys(&account.account_private)
        .concat(&encode_typed_keys(&account.identity_private))
        .concat(&encode_device_list(&account.device_list))
        .concat(&encode_credential(&account.credential))
        .concat(&u32_be(account.last_batch_generation))
}

/// Refuses a private key of a type that the device does not have (`[STA-04]`).
fn check_key_types(keys: &TypedKeys) -> Result<(), ErrorClass> {
    let mut known = true;
    for i in 0..keys.len() {
        known = known && is_known_type(keys[i].key_type);
    }
    check(known, ErrorClass::UnsupportedSuite)
}

/// Decodes an `AccountState`: its private keys are of known types.
pub fn decode_account(bytes: &Octets) -> Result<AccountState, ErrorClass> {
    let (account_private, r) = read_typed_keys(reader(bytes), false)?;
    let (identity_private, r) = read_typed_keys(r, false)?;
    let (device_list, r) = read_device_list(r)?;
    let (credential, r) = read_credential(r)?;
    let (last_batch_generation, r) = read_u32(r)?;
    finish(&r)?;
    check_key_types(&account_private)?;
    check_key_types(&identity_private)?;
    Ok(AccountState {
        account_private,
        identity_private,
        device_list,
        credential,
        last_batch_generation,
    })
}

/// `optional<opaque x<V>>`.
fn encode_optional(x: &Option<Octets>) -> Octets {
    match x {
        Some(x) => byte(1).concat(&write_opaque(x)),
        None => byte(0),
    }
}

/// Reads `optional<opaque session_id<V>>`.
fn read_optional_session(r: Reader) -> Result<(Option<Octets>, Reader), ErrorClass> {
    let (present, r) = read_presence(r)?;
    if present {
        let (id, r) = read_opaque_of(r, 32)?;
        Ok((Some(id), r))
    } else {
        Ok((None, r))
    }
}

/// `encode(SessionRef)`.
pub fn encode_session_ref(reference: &SessionRef) -> Octets {
    write_opaque(&reference.session_id).concat(&u64_be(reference.archived_at))
}

/// `encode(PairState)`.
pub fn encode_pair(pair: &PairState) -> Octets {
    let mut archived = empty();
    for i in 0..pair.archived.len() {
        archived = archived.concat(&encode_session_ref(&pair.archived[i]));
    }
    u64_be(pair.serial)
        .concat(&encode_optional(&pair.live))
        .concat(&encode_optional(&pair.unaccepted))
        .concat(&write_opaque(&archived))
        .concat(&u64_be(pair.last_recovery))
        .concat(&byte(pair.unconfirmed))
}

/// `encode(PeerState)`.
pub fn encode_peer(peer: &PeerState) -> Octets {
    let mut pairs = empty();
    for i in 0..peer.pairs.len() {
        pairs = pairs.concat(&encode_pair(&peer.pairs[i]));
    }
    encode_device_list(&peer.device_list).concat(&write_opaque(&pairs))
}

/// Reads a `SessionRef`.
pub fn read_session_ref(r: Reader) -> Result<(SessionRef, Reader), ErrorClass> {
    let (session_id, r) = read_opaque_of(r, 32)?;
    let (archived_at, r) = read_u64(r)?;
    Ok((SessionRef { session_id, archived_at }, r))
}

/// Reads `SessionRef archived<V>`: newest first.
fn read_archived(r: Reader) -> Result<(Seq<SessionRef>, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut archived = Seq::<SessionRef>::new(0);
    let bound = inner.bytes.len();
    for _i in 0..bound {
        if !at_end(&inner) {
            let (reference, rest) = read_session_ref(inner)?;
            archived = archived.push(&reference);
            inner = rest;
        }
    }
    Ok((archived, r))
}

/// Reads a `PairState`: unconfirmed or not (`[REP-15]`).
pub fn read_pair(r: Reader) -> Result<(PairState, Reader), ErrorClass> {
    let (serial, r) = read_u64(r)?;
    let (live, r) = read_optional_session(r)?;
    let (unaccepted, r) = read_optional_session(r)?;
    let (archived, r) = read_archived(r)?;
    let (last_recovery, r) = read_u64(r)?;
    let (unconfirmed, r) = read_u8(r)?;
    check(unconfirmed <= 1, ErrorClass::Malformed)?;
    Ok((PairState { serial, live, unaccepted, archived, last_recovery, unconfirmed }, r))
}

/// Decodes a `PeerState`: ascending serials. Its account is that of its list.
pub fn decode_peer(bytes: &Octets) -> Result<PeerState, ErrorClass> {
    let (device_list, r) = read_device_list(reader(bytes))?;
    let (mut inner, r) = read_vector(r)?;
    finish(&r)?;
    let mut pairs = Seq::<PairState>::new(0);
    let bound = inner.bytes.len();
    for i in 0..bound {
        if !at_end(&inner) {
            let (pair, rest) = read_pair(inner)?;
            check(i == 0 || pair.serial > pairs[i - 1].serial, ErrorClass::Malformed)?;
            pairs = pairs.push(&pair);
            inner = rest;
        }
    }
    let account_id = account_id(&device_list.tbs.account_keys);
    Ok(PeerState { account_id, device_list, pairs })
}

/// `encode(BatchState)`.
pub fn encode_batch(batch: &BatchState) -> Octets {
    encode_prekey_batch(&batch.batch).concat(&encode_credential(&batch.credential))
}

/// Decodes a `BatchState`: its suite is a known one, which is looked at before the lengths that hang on it
/// (`[STA-04]`).
pub fn decode_batch(bytes: &Octets) -> Result<BatchState, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (suite, _r) = read_u16(r)?;
    check(suite == CORE, ErrorClass::UnsupportedSuite)?;
    let (batch, r) = read_prekey_batch(reader(bytes))?;
    let (credential, r) = read_credential(r)?;
    finish(&r)?;
    Ok(BatchState { batch, credential })
}

/// `encode(PrekeyState)`.
pub fn encode_prekey_state(prekey: &PrivatePrekey) -> Octets {
    byte(prekey.prekey_type).concat(&write_opaque(&prekey.private_key))
}

/// Decodes a `PrekeyState`, with the ids of its record.
pub fn decode_prekey(id: &Octets, bytes: &Octets) -> Result<PrekeyState, ErrorClass> {
    let (generation, r) = read_u32(reader(id))?;
    let (prekey_id, r) = read_u32(r)?;
    finish(&r)?;
    let (prekey_type, r) = read_u8(reader(bytes))?;
    check(prekey_type >= SIGNED && prekey_type <= KEM_LAST_RESORT, ErrorClass::Malformed)?;
    let length = if prekey_type <= ONE_TIME { NSK } else { NSEED };
    let (private_key, r) = read_opaque_of(r, length)?;
    finish(&r)?;
    Ok(PrekeyState {
        generation,
        prekey: PrivatePrekey { prekey_type, id: prekey_id, private_key },
    })
}

/// Decodes an entry of the replay cache.
pub fn decode_replay(id: &Octets, bytes: &Octets) -> Result<ReplayState, ErrorClass> {
    let (generation, r) = read_u32(reader(id))?;
    check(id.len() == 4 + NH, ErrorClass::Malformed)?;
    let handshake_ref = r.bytes.slice(4, NH);
    let (session_id, r) = read_opaque_of(reader(bytes), 32)?;
    finish(&r)?;
    Ok(ReplayState { generation, handshake_ref, session_id })
}
