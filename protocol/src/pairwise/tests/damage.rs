//! Each structure, cut at every length and with flipped bits: refused or another value, never a panic,
//! and what decodes encodes to the same bytes.

use super::super::device_list::DeviceLists;
use super::super::session::SessionState;
use super::super::state::{Change, Record};
use super::super::*;
use super::{NOW, TestRng, device, talk};
use crate::codec::{Decode, Encode, Wire};
use crate::crypto::Provider;
use alloc::vec;
use alloc::vec::Vec;

fn damage<T: Decode + Encode>(bytes: &[u8]) {
    let decoded = T::from_bytes(bytes).unwrap();
    assert_eq!(decoded.to_bytes(), bytes);
    for end in 0..bytes.len() {
        assert!(T::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert!(T::from_bytes(&longer).is_err());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut wrong = bytes.to_vec();
            wrong[at] ^= 1 << bit;
            if let Ok(other) = T::from_bytes(&wrong) {
                assert_eq!(other.to_bytes(), wrong, "at {at}");
            }
        }
    }
}

#[test]
fn structures() {
    let (mut a, published) = device(1, &Provider::Default, &[1]);
    let (b, batch) = device(2, &Provider::Default, &[1]);
    let bundle = b.bundle(&batch, Some(2), 3).unwrap().to_bytes();
    let mut rng = TestRng(3);
    let (made, changes) = a.initiate(b.account_id(), &bundle, None, NOW, &mut rng).unwrap();
    let (first, _) = a.encrypt(&made.session, &Frame::application(b"x"), b"", NOW).unwrap();

    damage::<Credential>(&a.credential().to_bytes());
    damage::<DeviceList>(&a.device_list().to_bytes());
    damage::<DeviceLists>(&a.device_list_update());
    damage::<CredentialUpdate>(&a.credential_update());
    damage::<PrekeyBatch>(&published.batch.to_bytes());
    damage::<ProvenPrekey>(&published.prekeys[0].to_bytes());
    damage::<PublishedBatch>(&published.to_bytes());
    damage::<PrekeyBundle>(&bundle);
    damage::<FirstMessage>(&first.message);
    let handshake = FirstMessage::from_bytes(&first.message).unwrap().handshake;
    damage::<HandshakeMessage>(&handshake.to_bytes());
    let (lists, credential) = (DeviceLists::one(a.device_list().clone()), a.credential().clone());
    let psk = PskId::External(vec![1, 2, 3]);
    let identity = InitiatorIdentity::new(lists, credential, psk, true);
    damage::<InitiatorIdentity>(&identity.to_bytes());
    damage::<PskId>(&PskId::Resumption(vec![7; 32]).to_bytes());
    let code = a.verification_code(b.account_id()).unwrap();
    damage::<VerificationCode>(&code.to_bytes());
    let envelope = Envelope::new(first.mailbox, true, vec![1; 70], NOW, &Default::default());
    assert_eq!(envelope.expiry % 3600, 0);
    assert!(envelope.expiry <= NOW + Policy::default().limits.prekey_grace);
    damage::<Envelope>(&envelope.to_bytes());
    for change in changes.iter() {
        damage::<Change>(&change.to_bytes());
        damage::<Record>(&change.record().unwrap().to_bytes());
    }
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
