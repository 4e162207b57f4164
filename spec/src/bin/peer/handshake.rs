//! First messages that deviate: the initiator's key schedule, put together from the specification's
//! smaller functions with one of its parts another.

use crate::forge::{encode_lists, encode_own_credential, identity, made_up, with_top_bit};
use crate::party::Party;
use crate::wire::{Stop, fault};
use sceau_spec::octets::{Octets, ascii, byte, empty, u16_be, zeros};
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::credentials::suite_keys;
use sceau_spec::pairwise::device::check_bundle;
use sceau_spec::pairwise::enrolment::identity_agree;
use sceau_spec::pairwise::handshake::{
    EXTENSION_RECOVERY, FIRST_V0, Prologue, Psk, decode_handshake_message,
    encode_handshake_message, encode_psk_id, encode_transcript, handshake_ref, no_psk,
};
use sceau_spec::pairwise::identities::{DeviceLists, encode_credential, encode_device_lists};
use sceau_spec::pairwise::initiate::{
    InitiateRandomness, Initiated, bundle_prologue, handshake_message, session_psk,
};
use sceau_spec::pairwise::kdf::{expand_with_label, full_label};
use sceau_spec::pairwise::key_schedule::{
    HandshakeSecrets, handshake_outputs, handshake_secret, identity_secrets, prologue_hash,
    psk_input,
};
use sceau_spec::pairwise::labels::{PROLOGUE, TRANSCRIPT};
use sceau_spec::pairwise::pairs::{delete_session, find_pair, get_session, make_live};
use sceau_spec::pairwise::prekeys::{encode_prekey, encode_prekey_batch};
use sceau_spec::pairwise::ratchet::ratchet_start_initiator;
use sceau_spec::pairwise::session::{ARCHIVED, SessionState, WAITING, find_session};
use sceau_spec::pairwise::state::{DeviceState, commit};
use sceau_spec::pairwise::suite::{
    NT, aead_seal, dh, dh_public_key, hash, hkdf_extract, kem_encaps,
};

/// The state after a copy of the step `initiate` with deviations, and the session's id. `honest` is
/// the state after the honest step.
pub fn deviate(
    party: &Party,
    honest: &DeviceState,
    initiated: &Initiated,
    bundle: &PrekeyBundle,
    external: &Option<Psk>,
    random: &InitiateRandomness,
    names: &[String],
) -> Result<(DeviceState, Octets), Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let old = party.device()?;
    let mut session = get_session(honest, &initiated.session_id)?;
    let mut psk = match (external, find_session(&old.sessions, &session.resumed_from)) {
        (_, Some(source)) if initiated.resumed => session_psk(&source),
        (Some(psk), _) => psk.clone(),
        _ => no_psk(),
    };
    if asked("psk-of-archived") {
        let source = archived_first(old, &session)?;
        psk = session_psk(&source);
        session.resumed_from = source.session_id;
    }
    let mut bundle = bundle.clone();
    let account = session.peer_account.clone();
    check_bundle(old, &account, &bundle, party.now, &party.policy)?;
    if asked("wrong-prekey-type-one-time") {
        bundle.one_time_prekey = Some(bundle.signed_prekey.clone());
    } else if asked("wrong-prekey-type-signed") {
        match bundle.one_time_prekey {
            Some(proven) => bundle.signed_prekey = proven,
            None => return fault("needs a one-time prekey"),
        }
        bundle.one_time_prekey = None;
    }
    let peer = suite_keys(&bundle.credential)?.agreement;
    let secrets = secrets(party, &bundle, &peer, &psk, random, names)?;
    let mut ephemeral = dh_public_key(&random.ephemeral_key);
    if asked("low-order-ephemeral") {
        ephemeral = zeros(32);
    } else if asked("ephemeral-top-bit") {
        ephemeral = with_top_bit(&ephemeral);
    } else if asked("ephemeral-key-short") {
        ephemeral = ephemeral.slice(0, 31);
    }
    let kem_prekey = &bundle.kem_prekey.prekey.key;
    let (mut ciphertext, mut kem_secret) = kem_encaps(kem_prekey, &random.kem_encapsulation)?;
    if asked("kem-ciphertext-short") {
        ciphertext = ciphertext.slice(0, ciphertext.len() - 1);
    } else if asked("kem-ciphertext-corrupted") {
        let other = made_up("encapsulation", &random.kem_encapsulation);
        ciphertext = kem_encaps(kem_prekey, &other)?.0;
    } else if asked("kem-left-out") {
        ciphertext = zeros(ciphertext.len());
        kem_secret = zeros(32);
    }
    let prologue = bundle_prologue(&bundle, &ephemeral, &ciphertext);
    let prologue_hash = prologue_hash(&prologue);
    // The identity.
    let encoded = encoded_identity(party, &bundle, &psk, &session, names)?;
    let sealing = identity_secrets(&kem_secret, &secrets.dh3, &prologue_hash);
    let padded = padded(&encoded, names);
    let nonce = match asked("identity-wrong-nonce") {
        true => zeros(12),
        false => sealing.identity_nonce.clone(),
    };
    let sealed = match asked("identity-in-clear") {
        true => padded.concat(&zeros(NT)),
        false => {
            let bound = !asked("identity-without-aad");
            let aad = if bound { prologue_hash.clone() } else { empty() };
            aead_seal(&sealing.identity_key, &nonce, &aad, &padded)
        }
    };
    // The outputs.
    let hash_of_prologue = hash(&prologue_without(&prologue, names));
    let transcript_hash = hash(&transcript_without(&hash_of_prologue, &encoded, &sealed, names));
    let secret = combined(&secrets, names);
    let mut outputs = handshake_outputs(&secret, &transcript_hash);
    if asked("wrong-label") {
        outputs.root_key = expand_with_label(&secret, "toor", &transcript_hash, 32);
    }
    let mut message = handshake_message(&prologue, &sealed);
    if asked("wrong-prekey-type-kem") {
        message.kem_prekey_id = 0;
    }
    // The session.
    let encoded = encode_handshake_message(&message);
    decode_handshake_message(&encoded)?;
    let waiting = Some(encoded);
    let deviating = SessionState {
        session_id: outputs.session_id.clone(),
        handshake_ref: handshake_ref(&message),
        exporter_secret: outputs.exporter_secret.clone(),
        pq_secret: outputs.pq_secret.clone(),
        waiting,
        ..session.clone()
    };
    let remote = bundle.signed_prekey.prekey.key.clone();
    let deviating = ratchet_start_initiator(&deviating, &outputs, &remote, &random.ratchet_key)?;
    let state = make_live(&delete_session(honest, &session), &deviating, WAITING);
    let state = DeviceState { head: old.head.clone(), records: old.records.clone(), ..state };
    Ok((commit(&state), outputs.session_id))
}

/// The session of a pair that was archived longest ago.
fn archived_first(state: &DeviceState, of: &SessionState) -> Result<SessionState, Stop> {
    let archived = find_pair(state, &of.peer_account, of.peer_serial).archived;
    let ids = (0..archived.len()).rev().map(|i| archived[i].session_id.clone());
    let mut sessions = ids.filter_map(|id| find_session(&state.sessions, &id));
    match sessions.find(|session| session.status == ARCHIVED) {
        Some(session) => Ok(session),
        None => fault("needs an archived session"),
    }
}

/// The DHs and the PSK input; SS is left to be filled in. Zeros where a deviation makes them.
fn secrets(
    party: &Party,
    bundle: &PrekeyBundle,
    peer: &Octets,
    psk: &Psk,
    random: &InitiateRandomness,
    names: &[String],
) -> Result<HandshakeSecrets, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let low_identity = asked("low-order-identity");
    let low_ephemeral = asked("low-order-ephemeral");
    let own = identity_agree(party.device()?)?;
    let signed = &bundle.signed_prekey.prekey.key;
    let (_, kem_secret) = kem_encaps(&bundle.kem_prekey.prekey.key, &random.kem_encapsulation)?;
    let by_identity = |key: &Octets| if low_identity { Ok(zeros(32)) } else { dh(&own, key) };
    let by_ephemeral = |key: &Octets| match low_ephemeral {
        true => Ok(zeros(32)),
        false => dh(&random.ephemeral_key, key),
    };
    let dh4 = match &bundle.one_time_prekey {
        Some(_) if asked("dh4-zero-although-used") => zeros(32),
        Some(proven) => by_ephemeral(&proven.prekey.key)?,
        None if asked("dh4-zero-although-used") => return fault("needs a one-time prekey"),
        None => zeros(32),
    };
    let mut mixed = psk_input(psk);
    if asked("no-psk-although-named") {
        if psk.secret.len() == 0 {
            return fault("needs a PSK");
        }
        mixed = zeros(32);
    } else if asked("psk-not-named-but-mixed") && psk.secret.len() == 0 {
        return fault("needs a PSK");
    }
    Ok(HandshakeSecrets {
        kem_secret,
        dh1: by_identity(signed)?,
        dh2: by_ephemeral(peer)?,
        dh3: by_ephemeral(signed)?,
        dh4,
        dh5: by_identity(peer)?,
        psk_input: mixed,
    })
}

/// `handshake_secret` of secrets that are combined in another way.
fn combined(secrets: &HandshakeSecrets, names: &[String]) -> Octets {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let mut s = secrets.clone();
    if asked("omit-dh1") {
        s.dh1 = empty();
    } else if asked("omit-dh2") {
        s.dh2 = empty();
    } else if asked("omit-dh3") {
        s.dh3 = empty();
    } else if asked("omit-dh4") {
        s.dh4 = empty();
    } else if asked("omit-dh5") {
        s.dh5 = empty();
    } else if asked("swap-dh1-dh2") {
        (s.dh1, s.dh2) = (s.dh2, s.dh1);
    } else if asked("kem-secret-dropped") || asked("kem-left-out") {
        s.kem_secret = zeros(32);
    } else if asked("dh-secrets-dropped") {
        let none = zeros(32);
        (s.dh1, s.dh2, s.dh3) = (none.clone(), none.clone(), none.clone());
        (s.dh4, s.dh5) = (none.clone(), none);
    }
    let dhs = s.dh1.concat(&s.dh2).concat(&s.dh3).concat(&s.dh4).concat(&s.dh5);
    if asked("combiner-swapped") {
        hkdf_extract(&zeros(32), &dhs.concat(&s.kem_secret).concat(&s.psk_input))
    } else if asked("salt-ikm-swapped") {
        hkdf_extract(&s.kem_secret.concat(&dhs).concat(&s.psk_input), &zeros(32))
    } else {
        handshake_secret(&s)
    }
}

/// The encoding of `InitiatorIdentity`.
fn encoded_identity(
    party: &Party,
    bundle: &PrekeyBundle,
    psk: &Psk,
    session: &SessionState,
    names: &[String],
) -> Result<Octets, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let own = &party.device()?.account;
    let (lists, credential) = match identity(party, names)? {
        Some(identity) => (encode_lists(&identity), encode_own_credential(&identity)),
        None if asked("reflected-identity") => {
            (encode_device_lists(&bundle.device_lists), encode_credential(&bundle.credential))
        }
        None if asked("identity-lists-empty") => {
            (write_opaque(&empty()), encode_credential(&own.credential))
        }
        None => {
            let lists = DeviceLists::new(0).push(&own.device_list);
            (encode_device_lists(&lists), encode_credential(&own.credential))
        }
    };
    let named = if asked("psk-type-unknown") {
        byte(3).concat(&write_opaque(&made_up("psk", &psk.id.id)))
    } else if asked("psk-not-named-but-mixed") {
        encode_psk_id(&no_psk().id)
    } else {
        encode_psk_id(&psk.id)
    };
    let extension =
        |extension_type: u16, data: &Octets| u16_be(extension_type).concat(&write_opaque(data));
    let unknown = extension(0xf0f0, &ascii("unknown"));
    let extensions = if asked("identity-recovery-data") {
        extension(EXTENSION_RECOVERY, &ascii("data"))
    } else if asked("identity-grease") {
        extension(0x0a0a, &ascii("grease"))
    } else if asked("identity-extension-repeated") {
        unknown.concat(&unknown)
    } else if session.recovery == 1 {
        extension(EXTENSION_RECOVERY, &empty())
    } else {
        empty()
    };
    let extensions = write_opaque(&extensions);
    Ok(lists.concat(&credential).concat(&named).concat(&extensions))
}

/// Whether a deviation needs padding.
fn concerns_padding(name: &str) -> bool {
    name.starts_with("identity-padding-") || name == "identity-trailing"
}

/// The padded identity.
fn padded(encoded: &Octets, names: &[String]) -> Octets {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let mut padded = sceau_spec::pairwise::handshake::pad_identity(encoded);
    // An identity that fills its block has no padding to change: it gets a block of its own.
    if padded.len() == encoded.len() && names.iter().any(|name| concerns_padding(name)) {
        padded = padded.concat(&zeros(256));
    }
    let last = padded.len() - 1;
    if asked("identity-padding-nonzero") {
        padded[last] = 1;
    } else if asked("identity-trailing") {
        padded[encoded.len()] = 1;
    } else if asked("identity-padding-short") {
        padded = encoded.clone();
    } else if asked("identity-padding-long") {
        padded = padded.concat(&zeros(256));
    }
    padded
}

/// `encode(Prologue)` without a part.
fn prologue_without(prologue: &Prologue, names: &[String]) -> Octets {
    let part = |name: &str, bytes: Octets| match names.iter().any(|asked| asked == name) {
        true => empty(),
        false => bytes,
    };
    let one_time = match &prologue.one_time_prekey {
        Some(prekey) => byte(1).concat(&encode_prekey(prekey)),
        None => byte(0),
    };
    let credential = encode_credential(&prologue.responder_credential);
    let ciphertext = write_opaque(&prologue.kem_ciphertext);
    write_opaque(&full_label(PROLOGUE))
        .concat(&part("transcript-without-wire-format", byte(FIRST_V0)))
        .concat(&part("transcript-without-suite", u16_be(prologue.suite)))
        .concat(&part("transcript-without-responder-credential", credential))
        .concat(&part("transcript-without-batch", encode_prekey_batch(&prologue.batch)))
        .concat(&encode_prekey(&prologue.signed_prekey))
        .concat(&one_time)
        .concat(&encode_prekey(&prologue.kem_prekey))
        .concat(&write_opaque(&prologue.ephemeral_key))
        .concat(&part("transcript-without-kem-ciphertext", ciphertext))
}

/// `encode(Transcript)` without the initiator's identity.
fn transcript_without(
    prologue_hash: &Octets,
    encoded: &Octets,
    sealed: &Octets,
    names: &[String],
) -> Octets {
    match names.iter().any(|asked| asked == "transcript-without-initiator-identity") {
        true => write_opaque(&full_label(TRANSCRIPT))
            .concat(&write_opaque(prologue_hash))
            .concat(&write_opaque(sealed)),
        false => encode_transcript(prologue_hash, encoded, sealed),
    }
}
