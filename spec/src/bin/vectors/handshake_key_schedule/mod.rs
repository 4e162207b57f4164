//! The key schedule of a handshake, with each value in between.

mod agreement;

use crate::vector::{Fields, Topic, counting, fields, join, must, put};
use crate::world::{NOW, World, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::{ResponderKeys, responder_prologue, responder_secrets};
use sceau_spec::pairwise::bundle::verify_bundle;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::credentials::suite_keys;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::handshake::{
    EXTENSION_RECOVERY, InitiatorIdentity, Psk, PskId, decode_initiator_identity,
    encode_handshake_message, encode_initiator_identity, encode_prologue, encode_psk_id,
    encode_transcript, handshake_ref, no_psk, pad_identity, unpad_identity,
};
use sceau_spec::pairwise::identities::{DeviceLists, encode_credential, encode_device_list};
use sceau_spec::pairwise::initiate::{
    bundle_prologue, external_psk, handshake_message, initiator_key_schedule, initiator_secrets,
};
use sceau_spec::pairwise::key_schedule::{
    handshake_outputs, handshake_secret, identity_secrets, open_identity, prologue_hash, psk_input,
    resumption_psk, seal_identity, transcript_hash,
};
use sceau_spec::pairwise::prekeys::{KEM_LAST_RESORT, encode_prekey_batch};
use sceau_spec::pairwise::state::BatchState;
use sceau_spec::pairwise::suite::{dh, dh_public_key, kem_decaps, kem_encaps};

/// What differs between the handshakes.
struct Case {
    one_time_id: Option<u32>,
    kem_id: u32,
    psk: Psk,
    extensions: Extensions,
}

fn schedule(
    t: &mut Topic,
    world: &World,
    number: u32,
    clauses: &str,
    description: &str,
    case: &Case,
) {
    let id = t.id(number);
    let (alice, bob) = (&world.alice, &world.bob);
    let random = initiate_randomness("handshake-key-schedule", &id);
    let bundle = bob.bundle(case.one_time_id, case.kem_id);
    let own = alice.state.account.credential.clone();
    let checked = verify_bundle(&bundle, &bob.account(), &None, &own, NOW, &world.policy);
    let verified = must(&id, checked);
    let identity = InitiatorIdentity {
        device_lists: DeviceLists::new(0).push(&alice.state.account.device_list),
        credential: own.clone(),
        psk: case.psk.id.clone(),
        extensions: case.extensions.clone(),
    };
    // The initiator, step by step.
    let identity_agree = &alice.enrolment.identity_agree;
    let ephemeral_key = dh_public_key(&random.ephemeral_key);
    let kem_prekey = &bundle.kem_prekey.prekey;
    let (kem_ciphertext, kem_secret) =
        must(&id, kem_encaps(&kem_prekey.key, &random.kem_encapsulation));
    let secrets = must(
        &id,
        initiator_secrets(&verified, identity_agree, &random.ephemeral_key, &kem_secret, &case.psk),
    );
    let prologue = bundle_prologue(&bundle, &ephemeral_key, &kem_ciphertext);
    let prologue_hash = prologue_hash(&prologue);
    let sealing = identity_secrets(&kem_secret, &secrets.dh3, &prologue_hash);
    let encoded = encode_initiator_identity(&identity);
    let sealed_identity = seal_identity(&sealing, &prologue_hash, &encoded);
    let transcript_hash = transcript_hash(&prologue_hash, &encoded, &sealed_identity);
    let handshake_secret = handshake_secret(&secrets);
    let outputs = handshake_outputs(&handshake_secret, &transcript_hash);
    let message = handshake_message(&prologue, &sealed_identity);
    let whole = initiator_key_schedule(&verified, &identity, identity_agree, &case.psk, &random);
    let (message_whole, outputs_whole) = must(&id, whole);
    assert_eq!(encode_handshake_message(&message_whole), encode_handshake_message(&message));
    assert_eq!(outputs_whole.root_key, outputs.root_key);
    // The responder comes to the same.
    let keys = ResponderKeys {
        batch: BatchState {
            batch: bob.published.batch.clone(),
            credential: bob.state.account.credential.clone(),
        },
        signed_prekey: bob.prekey(0),
        one_time_prekey: case.one_time_id.map(|one_time| bob.prekey(one_time)),
        kem_prekey: bob.prekey(case.kem_id),
    };
    let theirs = must(&id, kem_decaps(&keys.kem_prekey.private_key, &kem_ciphertext));
    assert_eq!(theirs, kem_secret);
    let dh3 = must(&id, dh(&keys.signed_prekey.private_key, &ephemeral_key));
    let initiator = must(&id, suite_keys(&own));
    let again = must(
        &id,
        responder_secrets(
            &keys,
            &bob.enrolment.identity_agree,
            &initiator,
            &ephemeral_key,
            &theirs,
            &dh3,
            &case.psk,
        ),
    );
    assert_eq!(sceau_spec::pairwise::key_schedule::handshake_secret(&again), handshake_secret);
    assert_eq!(encode_prologue(&responder_prologue(&keys, &message)), encode_prologue(&prologue));
    let (_, opened) = must(&id, open_identity(&sealing, &prologue_hash, &sealed_identity));
    assert_eq!(opened, encoded);

    let mut prekeys = fields! { signed_prekey: keys.signed_prekey.private_key };
    if let (Some(one_time_id), Some(key)) = (case.one_time_id, &keys.one_time_prekey) {
        put(&mut prekeys, "one_time_prekey_id", one_time_id);
        put(&mut prekeys, "one_time_prekey", &key.private_key);
    }
    put(&mut prekeys, "kem_prekey_id", case.kem_id);
    put(&mut prekeys, "last_resort", kem_prekey.prekey_type == KEM_LAST_RESORT);
    put(&mut prekeys, "kem_prekey", &keys.kem_prekey.private_key);
    let mut extensions = Vec::new();
    for i in 0..case.extensions.len() {
        let extension = case.extensions[i].clone();
        extensions.push(fields! { type: extension.extension_type, data: extension.data });
    }
    let input = fields! {
        initiator_identity_agree: identity_agree,
        initiator_device_list: encode_device_list(&alice.state.account.device_list),
        initiator_credential: encode_credential(&own),
        responder_identity_agree: bob.enrolment.identity_agree,
        responder_credential: encode_credential(&bob.state.account.credential),
        batch: encode_prekey_batch(&bob.published.batch),
        responder_prekeys: prekeys,
        psk: fields! { type: case.psk.id.psk_type, id: case.psk.id.id, secret: case.psk.secret },
        extensions: extensions,
        ephemeral_key: random.ephemeral_key,
        kem_encapsulation: random.kem_encapsulation,
    };
    // The encoding differs in the keys alone; two examples do.
    let prologue_bytes = match number {
        1..=2 => fields! { prologue: encode_prologue(&prologue) },
        _ => fields! {},
    };
    let steps = fields! {
        ephemeral_public: ephemeral_key,
        kem_ciphertext: kem_ciphertext,
        kem_secret: kem_secret,
        dh1: secrets.dh1,
        dh2: secrets.dh2,
        dh3: secrets.dh3,
        dh4: secrets.dh4,
        dh5: secrets.dh5,
    };
    let steps = join(
        join(steps, prologue_bytes),
        fields! {
            prologue_hash: prologue_hash,
            identity_secret: sealing.identity_secret,
            identity_key: sealing.identity_key,
            identity_nonce: sealing.identity_nonce,
            initiator_identity: encoded,
            padded_length: pad_identity(&encoded).len(),
            sealed_identity: sealed_identity,
            transcript_length: encode_transcript(&prologue_hash, &encoded, &sealed_identity).len(),
            transcript_hash: transcript_hash,
            psk_id: encode_psk_id(&case.psk.id),
            psk_input: secrets.psk_input,
            handshake_secret: handshake_secret,
        },
    );
    let out = join(
        output_fields(&outputs),
        fields! {
            handshake_message: encode_handshake_message(&message),
            handshake_ref: handshake_ref(&message),
        },
    );
    t.valid(number, clauses, description, input, steps, out);
}

/// What a handshake gives, as fields.
pub fn output_fields(outputs: &sceau_spec::pairwise::key_schedule::HandshakeOutputs) -> Fields {
    fields! {
        root_key: outputs.root_key,
        initiator_header_key: outputs.initiator_header_key,
        responder_header_key: outputs.responder_header_key,
        pq_secret: outputs.pq_secret,
        session_id: outputs.session_id,
        exporter_secret: outputs.exporter_secret,
    }
}

fn extension(extension_type: u16, data: &Octets) -> Extensions {
    Extensions::new(0).push(&Extension { extension_type, data: data.clone() })
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new("handshake-key-schedule", "HS-KS");
    let case = |one_time_id, kem_id, psk, extensions| Case { one_time_id, kem_id, psk, extensions };
    let none = || Extensions::new(0);
    let all = "HS-01 HS-02 HS-04 HS-07 HS-12 HS-15 SUI-08 ENC-09";
    let plain = case(Some(2), 3, no_psk(), none());
    schedule(&mut t, world, 1, all, "one-time prekey, one-time KEM prekey, no PSK", &plain);
    let without = case(None, 3, no_psk(), none());
    schedule(&mut t, world, 2, "HS-01 HS-02", "no one-time prekey: DH4 is zeros", &without);
    let last = case(None, 1, no_psk(), none());
    schedule(&mut t, world, 3, "HS-01 HS-02", "last-resort KEM key, no one-time prekey", &last);
    let secret = t.draw(4, "psk", 48);
    let external = case(Some(2), 3, external_psk(&ascii("a PSK's id"), &secret), none());
    schedule(&mut t, world, 4, "HS-01 HS-02 HS-14", "external PSK", &external);
    let (exporter, session) = (t.draw(5, "exporter_secret", 32), t.draw(5, "session_id", 32));
    let resumption = Psk {
        id: PskId { psk_type: 2, id: session.clone() },
        secret: resumption_psk(&exporter, &session),
    };
    let resumed = case(Some(2), 3, resumption, none());
    schedule(&mut t, world, 5, "HS-01 HS-02 HS-14", "resumption PSK", &resumed);
    let recovery = case(Some(2), 3, no_psk(), extension(EXTENSION_RECOVERY, &empty()));
    schedule(&mut t, world, 6, "HS-01 HS-02 REP-12", "with the extension recovery", &recovery);
    let grease = case(None, 1, no_psk(), extension(0x0a0a, &ascii("grease")));
    schedule(&mut t, world, 7, "HS-02 ENC-08", "with a GREASE extension", &grease);
    psks(&mut t);
    identities(&mut t, world);
    agreement::agreement(&mut t);
    agreement::kem(&mut t, world);
    t
}

/// The derivation of PSKs.
fn psks(t: &mut Topic) {
    let same = counting(32);
    t.valid(
        20,
        "HS-14",
        "the text's example of a resumption PSK",
        fields! { operation: "resumption_psk", exporter_secret: same, session_id: same },
        fields! {},
        fields! { resumption_psk: resumption_psk(&same, &same) },
    );
    let (exporter, session) = (t.draw(21, "exporter_secret", 32), t.draw(21, "session_id", 32));
    t.valid(
        21,
        "HS-14",
        "another resumption PSK",
        fields! { operation: "resumption_psk", exporter_secret: exporter, session_id: session },
        fields! {},
        fields! { resumption_psk: resumption_psk(&exporter, &session) },
    );
    let psk = external_psk(&ascii("x"), &t.draw(22, "psk", 1));
    t.valid(
        22,
        "HS-01 HS-14",
        "PSK input of an external PSK of one byte",
        fields! { operation: "psk_input", psk: fields! { type: 1, id: psk.id.id, secret: psk.secret } },
        fields! { psk_id: encode_psk_id(&psk.id) },
        fields! { psk_input: psk_input(&psk) },
    );
}

/// `InitiatorIdentity`: its padding, and what is refused in it.
fn identities(t: &mut Topic, world: &World) {
    let identity = InitiatorIdentity {
        device_lists: DeviceLists::new(0).push(&world.alice.state.account.device_list),
        credential: world.alice.state.account.credential.clone(),
        psk: no_psk().id,
        extensions: Extensions::new(0),
    };
    let encoded = encode_initiator_identity(&identity);
    let padded = pad_identity(&encoded);
    let (_, length) = must("unpad_identity", unpad_identity(&padded));
    t.valid(
        30,
        "HS-12 ENC-02",
        "the padding of an InitiatorIdentity",
        fields! { operation: "unpad_identity", padded: padded },
        fields! {},
        fields! { initiator_identity: length },
    );
    let mut filled = (0..300).map(|n| {
        let extensions = extension(0x0a0a, &Octets::new(n));
        encode_initiator_identity(&InitiatorIdentity { extensions, ..identity.clone() })
    });
    let full = filled.rfind(|encoded| encoded.len() % 256 == 0).expect("one length fits");
    let (_, whole) = must("unpad_identity", unpad_identity(&full));
    assert_eq!(whole.len(), full.len());
    t.valid(
        31,
        "HS-12",
        "an InitiatorIdentity that fills its blocks has no padding",
        fields! { operation: "unpad_identity", padded: full },
        fields! {},
        fields! { initiator_identity: whole },
    );
    let mut wrong = |number: u32, clauses: &str, description: &str, padded: &Octets, class| {
        t.refused(
            number,
            clauses,
            description,
            fields! { operation: "unpad_identity", padded: padded },
            unpad_identity(padded),
            class,
        );
    };
    let malformed = ErrorClass::Malformed;
    wrong(32, "HS-12", "a block of padding too many", &padded.concat(&Octets::new(256)), malformed);
    wrong(
        33,
        "HS-12",
        "a byte short of a whole block",
        &padded.slice(0, padded.len() - 1),
        malformed,
    );
    let mut dirty = padded.clone();
    dirty[padded.len() - 1] = 1;
    wrong(34, "HS-12", "padding that is not zero", &dirty, malformed);
    let with = |psk: PskId, extensions: Extensions| {
        let identity = InitiatorIdentity { psk, extensions, ..identity.clone() };
        pad_identity(&encode_initiator_identity(&identity))
    };
    let psk = |psk_type: u8, id: &Octets| PskId { psk_type, id: id.clone() };
    let none = Extensions::new(0);
    let id = counting(32);
    wrong(35, "HS-14", "PSK type none with an id", &with(psk(0, &id), none.clone()), malformed);
    wrong(36, "HS-14", "external PSK without id", &with(psk(1, &empty()), none.clone()), malformed);
    wrong(
        37,
        "HS-14",
        "resumption PSK with an id of 31 bytes",
        &with(psk(2, &counting(31)), none.clone()),
        malformed,
    );
    wrong(38, "HS-14 ENC-05", "PSK type 3", &with(psk(3, &id), none.clone()), malformed);
    let recovery = extension(EXTENSION_RECOVERY, &empty());
    wrong(
        39,
        "REP-12",
        "recovery beside a resumption PSK",
        &with(psk(2, &id), recovery),
        malformed,
    );
    let data = extension(EXTENSION_RECOVERY, &ascii("x"));
    wrong(40, "REP-12", "recovery with data", &with(psk(0, &empty()), data), malformed);
    let decoded = must("decode", decode_initiator_identity(&encoded));
    assert_eq!(encode_initiator_identity(&decoded), encoded);
}
