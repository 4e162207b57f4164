//! The initiator's side of a handshake (Handshake, *The initiator*).

use super::bundle::{PrekeyBundle, VerifiedBundle, verify_bundle};
use super::codec::{Extension, Extensions};
use super::device_lists::{DeviceChanges, device_changes};
use super::enrolment::identity_agree;
use super::error::{ErrorClass, check};
use super::handshake::{
    EXTENSION_RECOVERY, HandshakeMessage, InitiatorIdentity, PSK_EXTERNAL, PSK_RESUMPTION,
    Prologue, Psk, PskId, encode_handshake_message, encode_initiator_identity, handshake_ref,
    no_psk, psk_id_fits,
};
use super::identities::DeviceLists;
use super::key_schedule::{
    HandshakeOutputs, HandshakeSecrets, absent_dh, handshake_outputs, handshake_secret,
    identity_secrets, prologue_hash, psk_input, resumption_psk, seal_identity, transcript_hash,
};
use super::limits::{MAX_KEY, Policy, age};
use super::pairs::{find_pair, get_session, live_session, pin, pinned_list, set_pair};
use super::prekeys::{KEM_LAST_RESORT, Prekey};
use super::ratchet::ratchet_start_initiator;
use super::replacement::enter_initiated;
use super::session::{INITIATOR, SessionState, WAITING};
use super::state::{DeviceState, PairState};
use super::suite::{CORE, dh, dh_public_key, kem_encaps};
use crate::octets::{Octets, empty};

/// Random bytes of `initiate` (`[HS-04]`).
#[derive(Clone, Debug, Default)]
pub struct InitiateRandomness {
    /// `ephemeral_key`.
    pub ephemeral_key: Octets,
    /// `kem_encapsulation`.
    pub kem_encapsulation: Octets,
    /// `ratchet_key`.
    pub ratchet_key: Octets,
}

/// What a caller learns of a session that it has initiated.
#[derive(Clone, Debug, Default)]
pub struct Initiated {
    /// Session id.
    pub session_id: Octets,
    /// The peer's device.
    pub serial: u64,
    /// Whether a one-time prekey was used (`[PRE-06]`).
    pub one_time: bool,
    /// Whether the KEM prekey was the last resort (`[PRE-06]`).
    pub last_resort: bool,
    /// Whether a resumption PSK was used.
    pub resumed: bool,
    /// What has changed in the list of the peer's account (`[ID-23]`).
    pub devices: DeviceChanges,
}

/// The PSK of an external secret, named by its id.
pub fn external_psk(id: &Octets, secret: &Octets) -> Psk {
    Psk { id: PskId { psk_type: PSK_EXTERNAL, id: id.clone() }, secret: secret.clone() }
}

/// The PSK of a session.
pub fn session_psk(session: &SessionState) -> Psk {
    Psk {
        id: PskId { psk_type: PSK_RESUMPTION, id: session.session_id.clone() },
        secret: resumption_psk(&session.exporter_secret, &session.session_id),
    }
}

// ANCHOR: resumption
/// The session whose resumption PSK the new one must have, if there is one: the live one, or while that
/// waits the one it was made from. When that is no longer stored only recovery is left (`misuse`,
/// `[REP-03]`).
fn resumption_source(
    state: &DeviceState,
    live: &Option<SessionState>,
) -> Result<Option<SessionState>, ErrorClass> {
    match live {
        Some(session) => {
            if session.status != WAITING {
                Ok(Some(session.clone()))
            } else if session.resumed_from.len() == 0 {
                Ok(None)
            } else {
                Ok(Some(get_session(state, &session.resumed_from)?))
            }
        }
        None => Ok(None),
    }
}

/// Chooses the PSK (`[REP-03]`). An external one has neither an empty id, nor one above `max_key`, nor an
/// empty secret, and does not stand beside a resumption PSK (`misuse`).
fn choose_psk(
    state: &DeviceState,
    live: &Option<SessionState>,
    external: &Option<Psk>,
    recovery: bool,
) -> Result<Psk, ErrorClass> {
    let source = if recovery { None } else { resumption_source(state, live)? };
    match (source, external) {
        (Some(_), Some(_)) => Err(ErrorClass::Misuse),
        (Some(session), None) => Ok(session_psk(&session)),
        (None, Some(psk)) => {
            let named = psk_id_fits(&psk.id) && psk.id.id.len() <= MAX_KEY;
            check(named && psk.secret.len() > 0, ErrorClass::Misuse)?;
            Ok(psk.clone())
        }
        (None, None) => Ok(no_psk()),
    }
}
// ANCHOR_END: resumption

/// Refuses to initiate too early (`[REP-12]`, `[REP-13]`).
fn check_may_initiate(
    live: &Option<SessionState>,
    pair: &PairState,
    recovery: bool,
    now: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let crossing = match live {
        Some(session) => {
            session.status == WAITING
                && age(session.created_at, now) < policy.limits.simultaneous_window
        }
        None => false,
    };
    let recovered =
        pair.last_recovery != 0 && age(pair.last_recovery, now) < policy.limits.recovery_interval;
    check(!recovery || !recovered, ErrorClass::Limit)?;
    let undecided = pair.unaccepted.is_some();
    check(if recovery { !undecided } else { !crossing }, ErrorClass::Misuse)
}

/// The extensions of `InitiatorIdentity` (`[REP-12]`).
fn identity_extensions(recovery: bool) -> Extensions {
    if recovery {
        let extension = Extension { extension_type: EXTENSION_RECOVERY, data: empty() };
        Extensions::new(0).push(&extension)
    } else {
        Extensions::new(0)
    }
}

/// The prologue of a bundle.
pub fn bundle_prologue(
    bundle: &PrekeyBundle,
    ephemeral_key: &Octets,
    kem_ciphertext: &Octets,
) -> Prologue {
    let one_time_prekey = match &bundle.one_time_prekey {
        Some(proven) => Some(proven.prekey.clone()),
        None => None,
    };
    Prologue {
        suite: CORE,
        responder_credential: bundle.credential.clone(),
        batch: bundle.batch.clone(),
        signed_prekey: bundle.signed_prekey.prekey.clone(),
        one_time_prekey,
        kem_prekey: bundle.kem_prekey.prekey.clone(),
        ephemeral_key: ephemeral_key.clone(),
        kem_ciphertext: kem_ciphertext.clone(),
    }
}

/// The id of an optional prekey.
fn optional_id(prekey: &Option<Prekey>) -> Option<u32> {
    match prekey {
        Some(prekey) => Some(prekey.id),
        None => None,
    }
}

/// The message of a prologue.
pub fn handshake_message(prologue: &Prologue, sealed_identity: &Octets) -> HandshakeMessage {
    HandshakeMessage {
        batch_generation: prologue.batch.tbs.generation,
        signed_prekey_id: prologue.signed_prekey.id,
        one_time_prekey_id: optional_id(&prologue.one_time_prekey),
        kem_prekey_id: prologue.kem_prekey.id,
        ephemeral_key: prologue.ephemeral_key.clone(),
        kem_ciphertext: prologue.kem_ciphertext.clone(),
        sealed_identity: sealed_identity.clone(),
    }
}

// ANCHOR: initiator_secrets
/// The initiator's five DHs, each refused when it is all zeros (`[SUI-01]`).
pub fn initiator_secrets(
    bundle: &VerifiedBundle,
    identity_agree: &Octets,
    ephemeral_key: &Octets,
    kem_secret: &Octets,
    psk: &Psk,
) -> Result<HandshakeSecrets, ErrorClass> {
    let signed_prekey = bundle.bundle.signed_prekey.prekey.key.clone();
    Ok(HandshakeSecrets {
        kem_secret: kem_secret.clone(),
        dh1: dh(identity_agree, &signed_prekey)?,
        dh2: dh(ephemeral_key, &bundle.keys.agreement)?,
        dh3: dh(ephemeral_key, &signed_prekey)?,
        dh4: match &bundle.bundle.one_time_prekey {
            Some(proven) => dh(ephemeral_key, &proven.prekey.key)?,
            None => absent_dh(),
        },
        dh5: dh(identity_agree, &bundle.keys.agreement)?,
        psk_input: psk_input(psk),
    })
}
// ANCHOR_END: initiator_secrets

// ANCHOR: initiator_key_schedule
/// The key schedule on the initiator's side: the message and the outputs.
pub fn initiator_key_schedule(
    bundle: &VerifiedBundle,
    identity: &InitiatorIdentity,
    identity_agree: &Octets,
    psk: &Psk,
    random: &InitiateRandomness,
) -> Result<(HandshakeMessage, HandshakeOutputs), ErrorClass> {
    let ephemeral_public = dh_public_key(&random.ephemeral_key);
    let kem_prekey = bundle.bundle.kem_prekey.prekey.key.clone();
    let (kem_ciphertext, kem_secret) = kem_encaps(&kem_prekey, &random.kem_encapsulation)?;
    let secrets =
        initiator_secrets(bundle, identity_agree, &random.ephemeral_key, &kem_secret, psk)?;
    let prologue = bundle_prologue(&bundle.bundle, &ephemeral_public, &kem_ciphertext);
    let prologue_hash = prologue_hash(&prologue);
    let encoded = encode_initiator_identity(identity);
    let sealing = identity_secrets(&kem_secret, &secrets.dh3, &prologue_hash);
    let sealed = seal_identity(&sealing, &prologue_hash, &encoded);
    let transcript_hash = transcript_hash(&prologue_hash, &encoded, &sealed);
    let outputs = handshake_outputs(&handshake_secret(&secrets), &transcript_hash);
    Ok((handshake_message(&prologue, &sealed), outputs))
}
// ANCHOR_END: initiator_key_schedule

/// A session of a handshake, before its ratchet has started.
pub fn new_session(
    outputs: &HandshakeOutputs,
    message: &HandshakeMessage,
    psk: &PskId,
    recovery: bool,
    now: u64,
) -> SessionState {
    SessionState {
        suite: CORE,
        created_at: now,
        session_id: outputs.session_id.clone(),
        handshake_ref: handshake_ref(message),
        resumed_from: if psk.psk_type == PSK_RESUMPTION { psk.id.clone() } else { empty() },
        recovery: recovery as u8,
        exporter_secret: outputs.exporter_secret.clone(),
        pq_secret: outputs.pq_secret.clone(),
        ..SessionState::default()
    }
}

// ANCHOR: initiate
/// Initiates a session with the device of a bundle. The state has been expired.
/// See also [HS-05].
pub fn initiate(
    state: &DeviceState,
    account_id: &Octets,
    bundle: &PrekeyBundle,
    external: &Option<Psk>,
    recovery: bool,
    random: &InitiateRandomness,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Initiated), ErrorClass> {
    // Step 1.
    let serial = bundle.credential.tbs.serial;
    let live = live_session(state, account_id, serial);
    let psk = choose_psk(state, &live, external, recovery)?;
    check_may_initiate(&live, &find_pair(state, account_id, serial), recovery, now, policy)?;
    let pinned = pinned_list(state, account_id);
    let own = state.account.credential.clone();
    let verified = verify_bundle(bundle, account_id, &pinned, &own, now, policy)?;
    // Step 2.
    let identity = InitiatorIdentity {
        device_lists: DeviceLists::new(0).push(&state.account.device_list),
        credential: own,
        psk: psk.id.clone(),
        extensions: identity_extensions(recovery),
    };
    let key = identity_agree(state)?;
    let (message, outputs) = initiator_key_schedule(&verified, &identity, &key, &psk, random)?;
    // Step 3.
    let session = new_session(&outputs, &message, &psk.id, recovery, now);
    let session = SessionState {
        role: INITIATOR,
        status: WAITING,
        peer_account: account_id.clone(),
        peer_serial: serial,
        waiting: Some(encode_handshake_message(&message)),
        ..session
    };
    let remote = bundle.signed_prekey.prekey.key.clone();
    let session = ratchet_start_initiator(&session, &outputs, &remote, &random.ratchet_key)?;
    let state = pin(state, account_id, &verified.device_list, now);
    let state = enter_initiated(&state, &session, now);
    let pair = find_pair(&state, account_id, serial);
    let last_recovery = if recovery { now } else { pair.last_recovery };
    let state = set_pair(&state, account_id, &PairState { last_recovery, ..pair });
    let initiated = Initiated {
        session_id: outputs.session_id,
        serial,
        one_time: bundle.one_time_prekey.is_some(),
        last_resort: bundle.kem_prekey.prekey.prekey_type == KEM_LAST_RESORT,
        resumed: psk.id.psk_type == PSK_RESUMPTION,
        devices: device_changes(&pinned, &Some(verified.device_list)),
    };
    Ok((state, initiated))
}
// ANCHOR_END: initiate
