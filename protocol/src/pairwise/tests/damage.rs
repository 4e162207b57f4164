//! Each structure, cut at every length and with flipped bits: refused or another value, never a panic,
//! and what decodes encodes to the same bytes.

use super::super::ratchet::header::write_header;
use super::super::session::SessionState;
use super::super::state::Head;
use super::super::structures::STRUCTURES;
use super::super::*;
use super::{NOW, TestRng, device, talk};
use crate::codec::{Wire, Writer};
use crate::crypto::Provider;
use crate::delivery::{
    AcknowledgeRequest, AuthRequest, Challenge, CommitAnswer, CommitHandle, CommitRequest,
    DeliveryAction, FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle, PrekeyStock,
    RelayName, StoredEnvelope,
};
use crate::error::{Error, Peer};
use alloc::vec;
use alloc::vec::Vec;

/// A valid encoding of each structure that has a name; of some, several.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let (mut a, published) = device(1, &Provider::Default, &[1]);
    let (mut b, batch) = device(2, &Provider::Default, &[1]);
    let id = talk(&mut a, &mut b, &batch, &mut TestRng(3));
    let (batch, _) = b.create_batch(1, 1, 86_400, NOW, &mut TestRng(5)).unwrap();
    let bundle = b.bundle(&batch, Some(2), 3).unwrap();
    let mut rng = TestRng(4);
    let (made, changes) =
        a.initiate(b.account_id(), &bundle.to_bytes(), None, NOW, &mut rng).unwrap();
    let (first, _) = a.encrypt(&made.session, &Frame::application(b"x"), b"", NOW).unwrap();
    let (ratchet, _) = b.encrypt(&id, &Frame::application(b"y"), b"", NOW).unwrap();
    let handshake = FirstMessage::from_bytes(&first.message).unwrap().handshake;
    let (lists, credential) = (DeviceLists::one(a.device_list().clone()), a.credential().clone());
    let identity = |psk, recovery| {
        InitiatorIdentity::new(lists.clone(), credential.clone(), psk, recovery).to_bytes()
    };
    let envelope = Envelope::new(first.mailbox, true, vec![1; 70], NOW, &Default::default());
    assert_eq!(envelope.expiry % 3600, 0);
    assert!(envelope.expiry <= NOW + Policy::default().limits.prekey_grace);
    let challenge = Challenge::new([1; 32]);
    let handle = CommitHandle::new([7; 32]);
    let (relay, action) = (RelayName::host("relay.example.org").unwrap(), DeliveryAction::Get);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: b"" };
    let auth = a.delivery_auth(&asked).unwrap();
    let stored = StoredEnvelope { handle: Handle::new([3; 16]), expiry: 5, message: vec![1; 70] };
    let handles = vec![Handle::new([3; 16]), Handle::new([4; 16])];
    let extension = |extension_type| Extension { extension_type, data: vec![1, 2] };
    let reference = content::AttachmentReference {
        name: b"name".to_vec(),
        media_type: b"text/plain".to_vec(),
        size: 9,
        key: vec![1; 32],
        digest: vec![2; 32],
        location: b"somewhere".to_vec(),
    };
    let content = |content_type, body: &[u8]| {
        content::Content {
            content_type,
            message_id: [7; 16],
            sent_at: 5,
            sender_serial: 1,
            in_reply_to: vec![8; 16],
            body: body.to_vec(),
            extensions: vec![extension(0x0a0a), extension(0x1a1a)],
        }
        .to_bytes()
    };
    let receipt = content::Receipt {
        receipt_type: content::ReceiptType::Read,
        message_ids: vec![[1; 16], [2; 16], [3; 16], [4; 16]],
    };
    let mut frame = Frame::application(b"body");
    frame.non_critical = vec![extension(0x0a0a), extension(0x1a1a)];
    let mut w = Writer::new();
    frame.write_padded(&mut w, frame.padded_len().unwrap());
    let mut h = Writer::new();
    write_header(&mut h, &[7; 32], 1, 2, 3);
    let head = Head { changes: 9, retired: 1 };
    let mut samples = vec![
        ("Extension", extension(7).to_bytes()),
        ("TypedKey", TypedKey { key_type: 1, key: vec![1; 32] }.to_bytes()),
        ("TypedKey", TypedKey { key_type: 0x00f5, key: vec![1; 7] }.to_bytes()),
        ("TypedKeys", credential.tbs().identity_keys.to_bytes()),
        ("Credential", credential.to_bytes()),
        ("DeviceList", a.device_list().to_bytes()),
        ("DeviceLists", a.device_list_update()),
        ("VerificationCode", a.verification_code(b.account_id()).unwrap().to_bytes()),
        ("Prekey", published.prekeys[3].prekey.to_bytes()),
        ("PrekeyBatch", published.batch.to_bytes()),
        ("PublishedBatch", published.to_bytes()),
        ("PrekeyBundle", bundle.to_bytes()),
        ("PrekeyBundle", b.bundle(&batch, None, 1).unwrap().to_bytes()),
        ("HandshakeMessage", handshake.to_bytes()),
        ("FirstMessage", first.message),
        ("InitiatorIdentity", identity(PskId::External(vec![1, 2, 3]), true)),
        ("InitiatorIdentity", identity(PskId::Resumption(vec![7; 32]), false)),
        ("CredentialUpdate", a.credential_update()),
        ("MailboxRotation", MailboxRotation { rotation: 7 }.to_bytes()),
        ("Envelope", envelope.to_bytes()),
        ("Publication", b.publication(&batch).unwrap().to_bytes()),
        ("FetchRequest", FetchRequest { account_id: b.account_id().clone(), serial: 1 }.to_bytes()),
        ("FetchAnswer", FetchAnswer { bundles: vec![bundle.clone(), bundle] }.to_bytes()),
        ("GetRequest", GetRequest { mailbox_id: envelope.mailbox_id, most: 7 }.to_bytes()),
        ("StoredEnvelope", stored.to_bytes()),
        ("GetAnswer", GetAnswer { envelopes: vec![stored.clone(), stored], more: true }.to_bytes()),
        (
            "AcknowledgeRequest",
            AcknowledgeRequest { mailbox_id: envelope.mailbox_id, handles }.to_bytes(),
        ),
        ("CommitRequest", CommitRequest { handle, message: vec![1; 70] }.to_bytes()),
        ("CommitRequest", CommitRequest { handle, message: vec![] }.to_bytes()),
        ("CommitAnswer", CommitAnswer::Empty.to_bytes()),
        ("CommitAnswer", CommitAnswer::Kept.to_bytes()),
        ("CommitAnswer", CommitAnswer::Taken(vec![1; 70]).to_bytes()),
        ("CommitAnswer", CommitAnswer::Gone.to_bytes()),
        ("PrekeyStock", PrekeyStock { one_time: 7, kem_one_time: 0 }.to_bytes()),
        ("DeliveryAuthTBS", auth.tbs().to_bytes()),
        ("DeliveryAuth", auth.to_bytes()),
        ("AttachmentReference", reference.to_bytes()),
        ("Content", content(content::kind::TEXT, b"text")),
        ("Content", content(content::kind::ATTACHMENT, &reference.to_bytes())),
        ("Content", content(content::kind::DELETE, &[1; 16])),
        ("Receipt", receipt.to_bytes()),
        ("InnerFrame", w.into_bytes()),
        ("Header", h.into_bytes()),
        ("RatchetMessage", ratchet.message),
        ("Head", head.to_bytes()),
        ("SessionState", a.sessions[&made.session].to_bytes()),
        ("SessionState", b.sessions[&id].to_bytes()),
    ];
    for change in changes.iter() {
        samples.push(("Change", change.to_bytes()));
        samples.push(("Record", change.record().unwrap().to_bytes()));
    }
    samples
}

/// Cut at every length, a byte behind, and each bit flipped: refused as malformed, or another value that has its own
/// encoding.
fn damage(name: &str, bytes: &[u8]) {
    let again = |bytes: &[u8]| reencode(name, bytes).unwrap();
    let refused = |bytes: &[u8]| again(bytes).map_err(|error| error.class());
    assert_eq!(again(bytes), Ok(bytes.to_vec()), "{name}");
    // The body of a ratchet message may have any length.
    if name != "RatchetMessage" {
        for end in 0..bytes.len() {
            assert_eq!(refused(&bytes[..end]), Err("malformed"), "{name} cut at {end}");
        }
        assert_eq!(refused(&[bytes, &[0]].concat()), Err("malformed"), "{name} and a byte");
    } else {
        for end in 0..73 {
            assert_eq!(refused(&bytes[..end]), Err("malformed"), "{name} cut at {end}");
        }
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut wrong = bytes.to_vec();
            wrong[at] ^= 1 << bit;
            match again(&wrong) {
                Ok(other) => assert_eq!(other, wrong, "{name} at {at}"),
                Err(Error::Malformed(_)) => {}
                // STA-04
                Err(Error::Peer(Peer::UnsupportedSuite)) if name == "SessionState" && at < 2 => {}
                Err(other) => panic!("{name} at {at}: {other}"),
            }
        }
    }
}

#[test]
fn structures() {
    let samples = samples();
    for (name, _) in STRUCTURES {
        assert!(samples.iter().any(|(of, _)| of == name), "no sample of {name}");
    }
    for (name, bytes) in samples {
        damage(name, &bytes);
    }
    assert!(reencode("Nothing", b"").is_none());
}

#[test]
fn session_records() {
    let (mut a, _) = device(1, &Provider::Default, &[1]);
    let (mut b, batch) = device(2, &Provider::Default, &[1]);
    let id = talk(&mut a, &mut b, &batch, &mut TestRng(3));
    let outs: Vec<_> =
        (0..4u8).map(|i| a.encrypt(&id, &Frame::application(&[i]), b"", NOW).unwrap().0).collect();
    let options = ReceiveOptions::default();
    let last = &outs[3];
    let _ = b.receive(&last.mailbox, &last.message, b"", &options, NOW, &mut TestRng(4)).unwrap();
    for account in [&a, &b] {
        let bytes = account.sessions[&id].to_bytes();
        assert_eq!(bytes.len(), account.sessions[&id].encoded_len());
        let decode = |bytes: &[u8]| SessionState::from_bytes(bytes);
        assert_eq!(decode(&bytes).unwrap().to_bytes(), bytes);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err());
        }
        let unknown = [&[0xee, 0xee], &bytes[2..]].concat();
        let refused = reencode("SessionState", &unknown).unwrap();
        assert_eq!(refused.unwrap_err().class(), "unsupported_suite"); // STA-04
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1 << (at % 8);
            if let Ok(other) = decode(&wrong) {
                assert_eq!(other.to_bytes(), wrong);
            }
        }
    }
}

#[test]
fn lists_of_rules() {
    let keys = |types: &[u16]| {
        let key = |t: &u16| TypedKey { key_type: *t, key: vec![1; 32] };
        TypedKeys::new(types.iter().map(key).collect())
    };
    assert!(keys(&[0x0001, 0x0101]).is_ok());
    for wrong in [&[0x0101, 0x0001][..], &[1, 1], &[]] {
        assert_eq!(keys(wrong).unwrap_err().class(), "malformed");
    }
    let short = TypedKeys::new(vec![TypedKey { key_type: 1, key: vec![1; 31] }]);
    assert_eq!(short.unwrap_err().class(), "malformed");
    let unknown = TypedKeys::new(vec![TypedKey { key_type: 0x00f5, key: vec![1; 31] }]).unwrap();
    assert_eq!(unknown.account_id(&Provider::Default).unwrap_err().class(), "unsupported_suite");
}
