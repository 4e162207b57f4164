//! The responder's side of a handshake (Handshake, *The responder*).

use super::codec::find_extension;
use super::credentials::{IdentityKeys, suite_keys, verify_credential};
use super::device_lists::apply_first_lists;
use super::enrolment::identity_agree;
use super::error::{ErrorClass, check};
use super::handshake::{
    EXTENSION_RECOVERY, FirstMessage, HandshakeMessage, InitiatorIdentity, PSK_EXTERNAL,
    PSK_RESUMPTION, Prologue, Psk, PskId, check_sizes, handshake_ref, no_psk,
};
use super::identities::{Credential, DeviceList};
use super::initiate::{new_session, session_psk};
use super::key_schedule::{
    HandshakeSecrets, absent_dh, handshake_outputs, handshake_secret, identity_secrets,
    open_identity, prologue_hash, psk_input, transcript_hash,
};
use super::limits::Policy;
use super::pairs::{pin, pinned_list};
use super::prekeys::{
    KEM_LAST_RESORT, KEM_ONE_TIME, ONE_TIME, PrivatePrekey, SIGNED, public_prekey,
};
use super::ratchet::{Received, decrypt, ratchet_start_responder};
use super::replacement::{Event, PairKeys, enter};
use super::replay_cache::{cached, is_replay, remember};
use super::session::{ESTABLISHED, RESPONDER, SessionState, find_session};
use super::state::{BatchState, DeviceState, PrekeyState, ReplayState};
use super::suite::{CORE, choose_suite, dh, dh_public_key, kem_decaps};
use super::typed_keys::account_id;
use crate::octets::Octets;
use hacspec_lib::*;

/// The responder's own keys that a handshake uses.
#[derive(Clone, Debug, Default)]
pub struct ResponderKeys {
    /// The batch and the credential under which it was published.
    pub batch: BatchState,
    /// The signed prekey.
    pub signed_prekey: PrivatePrekey,
    /// The one-time prekey, if one is used.
    pub one_time_prekey: Option<PrivatePrekey>,
    /// The KEM prekey.
    pub kem_prekey: PrivatePrekey,
}

/// What the caller brings along for a first message.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The account that it expects, if it does.
    pub account: Option<Octets>,
    /// An external PSK.
    pub psk: Option<Psk>,
}

/// What an accepted handshake gives.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// Session id.
    pub session_id: Octets,
    /// What has happened.
    pub event: Event,
    /// The contained message.
    pub received: Received,
    /// Whether a one-time prekey was used (`[PRE-06]`).
    pub one_time: bool,
    /// Whether the KEM prekey was the last resort (`[PRE-06]`).
    pub last_resort: bool,
    /// The encoded `InitiatorIdentity`.
    pub identity: Octets,
}

/// The batch of a generation, or `unknown_prekey`.
fn find_batch(state: &DeviceState, generation: u32) -> Result<BatchState, ErrorClass> {
    let mut found = Err(ErrorClass::UnknownPrekey);
    for i in 0..state.batches.len() {
        if state.batches[i].batch.tbs.generation == generation {
            found = Ok(state.batches[i].clone());
        }
    }
    found
}

/// A private prekey, or `unknown_prekey`.
fn find_prekey(state: &DeviceState, generation: u32, id: u32) -> Result<PrivatePrekey, ErrorClass> {
    let mut found = Err(ErrorClass::UnknownPrekey);
    for i in 0..state.prekeys.len() {
        if state.prekeys[i].generation == generation && state.prekeys[i].prekey.id == id {
            found = Ok(state.prekeys[i].prekey.clone());
        }
    }
    found
}

// ANCHOR: find_keys
/// Step 2: batch and keys by generation and ids, and their types (`[HS-17]`).
pub fn find_keys(
    state: &DeviceState,
    message: &HandshakeMessage,
) -> Result<ResponderKeys, ErrorClass> {
    let generation = message.batch_generation;
    let batch = find_batch(state, generation)?;
    check_sizes(message)?;
    let signed_prekey = find_prekey(state, generation, message.signed_prekey_id)?;
    let one_time_prekey = match message.one_time_prekey_id {
        Some(id) => Some(find_prekey(state, generation, id)?),
        None => None,
    };
    let kem_prekey = find_prekey(state, generation, message.kem_prekey_id)?;
    check(signed_prekey.prekey_type == SIGNED, ErrorClass::Malformed)?;
    let one_time = match &one_time_prekey {
        Some(prekey) => prekey.prekey_type == ONE_TIME,
        None => true,
    };
    let kem_type = kem_prekey.prekey_type;
    let kem = kem_type == KEM_ONE_TIME || kem_type == KEM_LAST_RESORT;
    check(one_time && kem, ErrorClass::Malformed)?;
    Ok(ResponderKeys { batch, signed_prekey, one_time_prekey, kem_prekey })
}
// ANCHOR_END: find_keys

// ANCHOR: responder_prologue
/// The prologue, from the own stored objects and never from what the message says about them
/// (`[HS-15]`).
pub fn responder_prologue(keys: &ResponderKeys, message: &HandshakeMessage) -> Prologue {
    Prologue {
        suite: CORE,
        responder_credential: keys.batch.credential.clone(),
        batch: keys.batch.batch.clone(),
        signed_prekey: public_prekey(&keys.signed_prekey),
        one_time_prekey: match &keys.one_time_prekey {
            Some(prekey) => Some(public_prekey(prekey)),
            None => None,
        },
        kem_prekey: public_prekey(&keys.kem_prekey),
        ephemeral_key: message.ephemeral_key.clone(),
        kem_ciphertext: message.kem_ciphertext.clone(),
    }
}
// ANCHOR_END: responder_prologue

// ANCHOR: check_reflection
/// Step 5: refuses an initiator with own keys, or that is the own device (`reflection`).
/// See also [HS-11].
fn check_reflection(identity: &InitiatorIdentity, own: &Credential) -> Result<(), ErrorClass> {
    let own_keys = suite_keys(own)?;
    let theirs = identity.credential.tbs.clone();
    let mut own_key = false;
    for i in 0..theirs.identity_keys.len() {
        let key = theirs.identity_keys[i].key.clone();
        own_key = own_key || key == own_keys.agreement || key == own_keys.signature;
    }
    let own_device = theirs.account_id == own.tbs.account_id && theirs.serial == own.tbs.serial;
    check(!own_key && !own_device, ErrorClass::Reflection)
}
// ANCHOR_END: check_reflection

// ANCHOR: verify_initiator
/// Step 6: the initiator's lists and credential, under the account that the caller expects, or else
/// under that of the lists (`[HS-13]`); the suite (`[SUI-08]`).
fn verify_initiator(
    state: &DeviceState,
    identity: &InitiatorIdentity,
    expected: &Option<Octets>,
    responder: &Credential,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceList, IdentityKeys), ErrorClass> {
    let named = account_id(&identity.device_lists[0usize].tbs.account_keys);
    let account = expected.clone().unwrap_or(named);
    let pinned = pinned_list(state, &account);
    let list = apply_first_lists(&pinned, &account, &identity.device_lists, now, policy)?;
    let keys = verify_credential(&identity.credential, &list, now, policy)?;
    let suite = choose_suite(&responder.tbs.suites, &identity.credential.tbs.suites)?;
    check(suite == CORE, ErrorClass::UnsupportedSuite)?;
    Ok((list, keys))
}
// ANCHOR_END: verify_initiator

// ANCHOR: find_psk
/// Step 7: the PSK that is named, or none (`[HS-14]`).
fn find_psk(
    state: &DeviceState,
    name: &PskId,
    external: &Option<Psk>,
    account: &Octets,
    serial: u64,
) -> Result<Psk, ErrorClass> {
    match name.psk_type {
        PSK_EXTERNAL => match external {
            Some(psk) if psk.id.id == name.id => Ok(psk.clone()),
            _ => Err(ErrorClass::UnknownPsk),
        },
        PSK_RESUMPTION => match find_session(&state.sessions, &name.id) {
            Some(session) if session.peer_account == *account && session.peer_serial == serial => {
                Ok(session_psk(&session))
            }
            _ => Err(ErrorClass::UnknownPsk),
        },
        _ => Ok(no_psk()),
    }
}
// ANCHOR_END: find_psk

// ANCHOR: responder_secrets
/// The responder's five DHs (`[SUI-01]`). SS and DH3 are known from step 4.
pub fn responder_secrets(
    keys: &ResponderKeys,
    identity_agree: &Octets,
    initiator: &IdentityKeys,
    ephemeral_key: &Octets,
    kem_secret: &Octets,
    dh3: &Octets,
    psk: &Psk,
) -> Result<HandshakeSecrets, ErrorClass> {
    Ok(HandshakeSecrets {
        kem_secret: kem_secret.clone(),
        dh1: dh(&keys.signed_prekey.private_key, &initiator.agreement)?,
        dh2: dh(identity_agree, ephemeral_key)?,
        dh3: dh3.clone(),
        dh4: match &keys.one_time_prekey {
            Some(prekey) => dh(&prekey.private_key, ephemeral_key)?,
            None => absent_dh(),
        },
        dh5: dh(identity_agree, &initiator.agreement)?,
        psk_input: psk_input(psk),
    })
}
// ANCHOR_END: responder_secrets

// ANCHOR: delete_one_time
/// The state without the one-time keys that were used (`[HS-08]`).
fn delete_one_time(state: &DeviceState, keys: &ResponderKeys) -> DeviceState {
    let generation = keys.batch.batch.tbs.generation;
    let one_time = match &keys.one_time_prekey {
        Some(prekey) => prekey.id,
        None => 0,
    };
    let kem = if keys.kem_prekey.prekey_type == KEM_ONE_TIME { keys.kem_prekey.id } else { 0 };
    let mut prekeys = Seq::<PrekeyState>::new(0);
    for i in 0..state.prekeys.len() {
        let id = state.prekeys[i].prekey.id;
        let used = id > 0 && (id == one_time || id == kem);
        if state.prekeys[i].generation != generation || !used {
            prekeys = prekeys.push_owned(state.prekeys[i].clone());
        }
    }
    DeviceState { prekeys, ..state.clone() }
}
// ANCHOR_END: delete_one_time

/// The session that a handshake has made, if it is stored.
/// See also [HS-10], [HS-11].
pub fn session_of_handshake(state: &DeviceState, reference: &Octets) -> Option<SessionState> {
    let mut found = None;
    for i in 0..state.sessions.len() {
        if state.sessions[i].handshake_ref == *reference {
            found = Some(state.sessions[i].clone());
        }
    }
    found
}

// ANCHOR: accept
/// Accepts a first message whose handshake has made no session that is stored (step 1 is the
/// caller's, `receive`). The state has been expired.
pub fn accept(
    state: &DeviceState,
    first: &FirstMessage,
    authenticated_data: &Octets,
    expectation: &Expectation,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Accepted), ErrorClass> {
    let message = first.handshake.clone();
    let reference = handshake_ref(&message);
    // Step 1.
    check(!is_replay(state, &reference), ErrorClass::Replay)?;
    // Steps 2 and 3.
    let keys = find_keys(state, &message)?;
    let room = cached(state, message.batch_generation) < policy.limits.replay_cache_size;
    check(room, ErrorClass::Limit)?;
    let prologue = responder_prologue(&keys, &message);
    accept_with(
        state,
        first,
        &keys,
        &prologue,
        authenticated_data,
        expectation,
        ratchet_key,
        now,
        policy,
    )
}

/// Steps 4 to 9 of `accept`.
pub fn accept_with(
    state: &DeviceState,
    first: &FirstMessage,
    keys: &ResponderKeys,
    prologue: &Prologue,
    authenticated_data: &Octets,
    expectation: &Expectation,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Accepted), ErrorClass> {
    let message = first.handshake.clone();
    // Step 4.
    let dh3 = dh(&keys.signed_prekey.private_key, &message.ephemeral_key)?;
    let kem_secret = kem_decaps(&keys.kem_prekey.private_key, &message.kem_ciphertext)?;
    let prologue_hash = prologue_hash(prologue);
    let sealing = identity_secrets(&kem_secret, &dh3, &prologue_hash);
    let (identity, encoded) = open_identity(&sealing, &prologue_hash, &message.sealed_identity)?;
    // Step 5.
    let own = state.account.credential.clone();
    check_reflection(&identity, &own)?;
    // Step 6.
    let responder = keys.batch.credential.clone();
    let (list, initiator) =
        verify_initiator(state, &identity, &expectation.account, &responder, now, policy)?;
    // Step 7.
    let account = account_id(&list.tbs.account_keys);
    let serial = identity.credential.tbs.serial;
    let psk = find_psk(state, &identity.psk, &expectation.psk, &account, serial)?;
    // Step 8.
    let agree = identity_agree(state)?;
    let secrets = responder_secrets(
        keys,
        &agree,
        &initiator,
        &message.ephemeral_key,
        &kem_secret,
        &dh3,
        &psk,
    )?;
    let transcript_hash = transcript_hash(&prologue_hash, &encoded, &message.sealed_identity);
    let outputs = handshake_outputs(&handshake_secret(&secrets), &transcript_hash);
    let recovery = find_extension(&identity.extensions, EXTENSION_RECOVERY).is_some();
    let session = SessionState {
        role: RESPONDER,
        status: ESTABLISHED,
        peer_account: account.clone(),
        peer_serial: serial,
        ..new_session(&outputs, &message, &psk.id, recovery, now)
    };
    let session = ratchet_start_responder(&session, &outputs, &keys.signed_prekey.private_key);
    let (session, received) =
        decrypt(&session, &first.message, authenticated_data, ratchet_key, now, &policy.limits)?;
    // Step 9.
    let session_id = session.session_id.clone();
    let entry = ReplayState {
        generation: message.batch_generation,
        handshake_ref: handshake_ref(&message),
        session_id: session_id.clone(),
    };
    let state = remember(&delete_one_time(state, keys), &entry);
    let state = pin(&state, &account, &list, now);
    let pair_keys = PairKeys { own: dh_public_key(&agree), peer: initiator.agreement };
    let (state, event) = enter(&state, &session, &pair_keys, now, &policy.limits);
    let accepted = Accepted {
        session_id,
        event,
        received,
        one_time: keys.one_time_prekey.is_some(),
        last_resort: keys.kem_prekey.prekey_type == KEM_LAST_RESORT,
        identity: encoded,
    };
    Ok((state, accepted))
}
// ANCHOR_END: accept
