//! The peer as an adapter: structures that are decoded, and calls that make no sense.

use crate::peer::{NOW, Peer};
use sceau_spec::octets::{Octets, ascii, from_bytes, zeros};
use sceau_spec::pairwise::delivery::{StoredEnvelope, encode_stored_envelope};
use sceau_spec::pairwise::delivery_auth::{GET, delivery_auth, encode_delivery_auth_tbs};
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::handshake::{PSK_EXTERNAL, PskId, encode_psk_id};
use sceau_spec::pairwise::prekeys::{self, decode_published_batch};
use sceau_spec::pairwise::records::encode_record_key;
use sceau_spec::pairwise::state::{DeviceState, SessionRef, import_state};
use sceau_spec::pairwise::{identities, record_bodies, session};
use serde_json::{Value, json};

fn octets(text: &Value) -> Octets {
    from_bytes(&hex::decode(text.as_str().unwrap()).unwrap())
}

/// Encodings of what stands within something else, or is stored as a record's body.
fn parts(bob: &DeviceState, published: &Octets) -> Vec<(&'static str, Octets)> {
    let (own, session) = (&bob.account, &bob.sessions[0usize]);
    let (list, credential) = (&own.device_list, &own.credential);
    let batch = decode_published_batch(published).unwrap();
    let sign = identity_sign(bob).unwrap();
    let auth = delivery_auth(&zeros(32), &ascii("r"), GET, &ascii("x"), credential, &sign);
    let psk = PskId { psk_type: PSK_EXTERNAL, id: ascii("id") };
    let envelope = StoredEnvelope { handle: zeros(16), expiry: NOW, message: ascii("m") };
    let skipped = &session.skipped[0usize];
    let reference = SessionRef { session_id: zeros(32), archived_at: NOW };
    vec![
        ("Attestation", identities::encode_attestation(&list.attestations[0usize])),
        ("CredentialTBS", identities::encode_credential_tbs(&credential.tbs)),
        ("DeviceEntry", identities::encode_device_entry(&list.tbs.devices[0usize])),
        ("DeviceListTBS", identities::encode_device_list_tbs(&list.tbs)),
        ("ProvenPrekey", prekeys::encode_proven_prekey(&batch.prekeys[0usize])),
        ("TypedSignature", prekeys::encode_typed_signature(&batch.batch.signatures[0usize])),
        ("PrekeyBatchTBS", prekeys::encode_prekey_batch_tbs(&batch.batch.tbs)),
        ("PskId", encode_psk_id(&psk)),
        ("StoredEnvelope", encode_stored_envelope(&envelope)),
        ("DeliveryAuthTBS", encode_delivery_auth_tbs(&auth.unwrap().tbs)),
        ("RecordKey", encode_record_key(&bob.records[1usize].key)),
        ("AccountState", record_bodies::encode_account(own)),
        ("BatchState", record_bodies::encode_batch(&bob.batches[0usize])),
        ("PrekeyState", record_bodies::encode_prekey_state(&bob.prekeys[0usize].prekey)),
        ("PeerState", record_bodies::encode_peer(&bob.peers[0usize])),
        ("PairState", record_bodies::encode_pair(&bob.peers[0usize].pairs[0usize])),
        ("SessionRef", record_bodies::encode_session_ref(&reference)),
        ("ChainState", session::encode_chain(session.receiving.as_ref().unwrap())),
        ("SkippedKey", session::encode_skipped_key(&skipped.keys[0usize])),
        ("SkippedChain", session::encode_skipped_chain(skipped)),
    ]
}

#[test]
fn parts_are_decoded() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.send("alice", &[], json!({"body": "aa"}));
    let sent = peer.send("alice", &[], json!({"body": "bb"}));
    peer.receive("bob", &sent, false);
    let state = octets(&peer.ok("party.export_state", "bob", json!({}))["state"]);
    let batch = json!({"one_time": 0, "kem_one_time": 0, "lifetime": "60"});
    let published = octets(&peer.ok("pw.batch", "bob", batch)["published"]);
    let structures = peer.ok("meta.hello", "", json!({"versions": ["0"], "largest_line": 1 << 24}));
    for (name, bytes) in parts(&import_state(&state, 0).unwrap(), &published) {
        assert!(structures["structures"].as_array().unwrap().contains(&json!(name)), "{name}");
        let bytes = bytes.to_hex();
        let whole = peer.ok("codec.decode", "", json!({"type": name, "bytes": bytes}));
        assert_eq!(whole["bytes"], json!(bytes), "{name}");
        for other in [format!("{bytes}00"), bytes[2..].to_owned()] {
            let input = json!({"type": name, "bytes": other});
            let answer = peer.ask("codec.decode", "", &[], input);
            assert_eq!(answer["answer"], "reject", "{name}");
        }
    }
}

#[test]
fn every_structure_is_known() {
    let mut peer = Peer::start();
    let hello = peer.ok("meta.hello", "", json!({"versions": ["0"], "largest_line": 1 << 24}));
    for name in hello["structures"].as_array().unwrap() {
        let input = json!({"type": name, "bytes": "ff"});
        assert_eq!(peer.ask("codec.decode", "", &[], input)["answer"], "reject", "{name}");
    }
}

#[test]
fn a_session_that_was_deleted_is_misuse() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.send("alice", &[], json!({"content_type": 1, "body": ""}));
    let later = NOW + 15 * 86_400;
    peer.ok("party.clock", "alice", json!({"now": later.to_string()}));
    peer.ok("pw.expire", "alice", json!({}));
    for (cmd, input) in [
        ("party.observe", json!({})),
        ("pw.mailboxes", json!({})),
        ("pw.export", json!({"label": "", "context": "", "length": 1})),
        ("pw.accept_session", json!({})),
        ("pw.send", json!({"body": ""})),
    ] {
        let answer = peer.ask(cmd, "alice", &[], input);
        assert_eq!(answer["class"], "misuse", "{cmd}: {answer}");
    }
    let bundle = peer.bundle(&[]);
    let again = json!({"account_id": bob["account_id"], "bundle": bundle});
    assert_eq!(peer.ask("pw.initiate", "alice", &[], again)["answer"], "fault");
    assert_eq!(peer.ask("party.observe", "bob", &[], json!({}))["answer"], "fault");
}

#[test]
fn what_no_account_may_have_is_misuse() {
    let mut peer = Peer::start();
    peer.ok("party.new", "alice", json!({"folder": "/nonexistent", "now": NOW.to_string()}));
    let usual = json!({
        "serial": 1, "not_before": NOW.to_string(), "not_after": (NOW + 1000).to_string(),
        "suites": ["0001"], "list_number": 1,
    });
    for (name, value) in [
        ("serial", json!(0)),
        ("list_number", json!(0)),
        ("suites", json!([])),
        ("suites", json!(["0001", "f123", "0001"])),
    ] {
        let mut input = usual.clone();
        input[name] = value;
        let answer = peer.ask("pw.create", "alice", &[], input);
        assert_eq!(answer["class"], "misuse", "{name}: {answer}");
    }
    peer.ok("pw.create", "alice", usual);
    peer.ok("party.clock", "alice", json!({"now": (u64::MAX - 10).to_string()}));
    let batch = |lifetime: &str| json!({"one_time": 0, "kem_one_time": 0, "lifetime": lifetime});
    assert_eq!(peer.ask("pw.batch", "alice", &[], batch("11"))["class"], "limit");
    peer.ok("pw.batch", "alice", batch("10"));
}
