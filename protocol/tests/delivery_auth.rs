//! Signatures on a device's requests to a relay (`DeliveryAuth`, page *Delivery service*).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::delivery::*;
use common::family::*;
use common::*;
use sceau::crypto::{CryptoProvider, DefaultProvider, KeyRole, SignatureAlgorithm};
use sceau::delivery::{
    AuthCheck, AuthRequest, Challenge, DeliveryAction, DeliveryAuth, FetchRequest, GetRequest,
    Publication, RelayName,
};
use sceau::error::{Misuse, Peer};
use sceau::limits::Limits;
use sceau::pairwise::{Account, AccountParams, Envelope};
use sceau::{Error, Wire};

#[test]
fn a_signature_fits_one_request() {
    let (a, b) = two();
    let (ours, theirs) = (publication(&b), publication(&a));
    let (challenge, relay, action) = (Challenge::new([7; 32]), relay(), DeliveryAction::Get);
    let request = get_of(&b.account);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: &request };
    let auth = b.account.delivery_auth(&asked).unwrap();
    let verify = |auth: &DeliveryAuth, of: &Publication, asked: &AuthCheck<'_>| {
        let list = &of.device_lists().as_slice()[0];
        auth.verify(&DEFAULT, list, of.credential(), asked)
    };
    let asked = check(&asked);
    verify(&auth, &ours, &asked).unwrap();
    let refused = Err(Error::Peer(Peer::BadSignature));
    let other = Challenge::new([8; 32]);
    let fewer = GetRequest { mailbox_id: b.account.contact_mailbox(), most: 255 }.to_bytes();
    let (others, published) = (get_of(&a.account), publication(&b).to_bytes());
    let publish = DeliveryAction::Publish;
    let fetch = FetchRequest { account_id: b.id(), serial: 1 }.to_bytes();
    let mailbox = b.account.contact_mailbox();
    let put = Envelope::new(mailbox, true, vec![1], NOW, &Limits::default()).to_bytes();
    for wrong in [
        AuthCheck { challenge: &other, ..asked },
        AuthCheck { request: &fewer, ..asked },
        AuthCheck { request: &others, ..asked },
        AuthCheck { action: publish, request: &published, ..asked },
        AuthCheck { action: DeliveryAction::Fetch, request: &fetch, ..asked },
        AuthCheck { action: DeliveryAction::Put, request: &put, ..asked },
        AuthCheck { relays: &[], ..asked },
    ] {
        assert_eq!(verify(&auth, &ours, &wrong), refused);
    }
    // No request of that action.
    for wrong in [
        AuthCheck { request: b"", ..asked },
        AuthCheck { request: &published, ..asked },
        AuthCheck { action: publish, ..asked },
        AuthCheck { action: DeliveryAction::Fetch, ..asked },
        AuthCheck { action: DeliveryAction::Put, ..asked },
    ] {
        assert!(matches!(verify(&auth, &ours, &wrong), Err(Error::Malformed(_))));
    }
    assert_eq!(verify(&auth, &theirs, &asked), refused);
    // Another device of the account, as far as serials go.
    let list = &ours.device_lists().as_slice()[0];
    assert_eq!(auth.verify(&DEFAULT, list, theirs.credential(), &asked), refused);
    // Each bit counts: another value, or one whose signature doesn't verify.
    let bytes = auth.to_bytes();
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1 << (at % 8);
        if let Ok(wrong) = DeliveryAuth::from_bytes(&wrong) {
            assert_eq!(verify(&wrong, &ours, &asked), refused, "at {at}");
        }
    }
    // No signature at all.
    let mut unsigned = bytes[..bytes.len() - 68 - 2].to_vec();
    unsigned.push(0);
    let unsigned = DeliveryAuth::from_bytes(&unsigned).unwrap();
    assert_eq!(verify(&unsigned, &ours, &asked), refused);
}

#[test]
fn a_signature_opens_its_devices_mailbox_alone() {
    // Two devices of one account, under one list: the relay holds a signature against the device of the mailbox.
    let first = Device::new(1);
    let second = sister(&first, 1, 2, 2, 2);
    let list = list_of_two(&first, 1, &second);
    let (challenge, relay, action) = (Challenge::new([7; 32]), relay(), DeliveryAction::Get);
    let both = [&first.account, &second.account];
    for mailbox in both {
        let request = get_of(mailbox);
        let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: &request };
        for by in both {
            let auth = by.delivery_auth(&asked).unwrap();
            for of in both {
                let verdict = auth.verify(&DEFAULT, &list, of.credential(), &check(&asked));
                let own = by.serial() == of.serial() && mailbox.serial() == of.serial();
                let expected = if own { Ok(()) } else { Err(Error::Peer(Peer::BadSignature)) };
                assert_eq!(verdict, expected);
            }
        }
    }
    // One key under two serials: the serial that is signed decides.
    let twin = twin(keys_of(1), 3);
    let verdict = |of: &Account| {
        let request = get_of(of);
        let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: &request };
        let auth = twin.delivery_auth(&asked).unwrap();
        auth.verify(&DEFAULT, of.device_list(), of.credential(), &check(&asked))
    };
    assert_eq!(verdict(&twin), Ok(()));
    assert_eq!(verdict(&first.account), Err(Error::Peer(Peer::BadSignature)));
}

/// A device with the keys of another one, under another serial.
fn twin(keys: [[u8; 32]; 3], serial: u64) -> Account {
    let mut rng = Fixed(keys.concat());
    let params = AccountParams::new(serial, NOW - DAY, NOW + YEAR);
    Account::create(&mut rng, NOW, params).unwrap().0
}

/// Gives the bytes that it has.
struct Fixed(Vec<u8>);

impl rand_core::TryRng for Fixed {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        panic!("keys are drawn whole")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        panic!("keys are drawn whole")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.copy_from_slice(&self.0[..out.len()]);
        self.0.drain(..out.len());
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

#[test]
fn a_signature_is_for_one_relay() {
    let (_, b) = two();
    let (ours, request) = (publication(&b), get_of(&b.account));
    let (challenge, action) = (Challenge::new([7; 32]), DeliveryAction::Get);
    let name = |bytes: &[u8]| RelayName::new(bytes).unwrap();
    let verdict = |signed: &RelayName, relays: &[RelayName]| {
        let asked = AuthRequest { challenge: &challenge, relay: signed, action, request: &request };
        let auth = b.account.delivery_auth(&asked).unwrap();
        assert_eq!(auth.tbs().relay, *signed);
        let auth = DeliveryAuth::from_bytes(&auth.to_bytes()).unwrap();
        let list = &ours.device_lists().as_slice()[0];
        let check = AuthCheck { relays, ..check(&asked) };
        auth.verify(&DEFAULT, list, ours.credential(), &check).map_err(|error| error.class())
    };
    let names = [relay(), name(b"other.example.org"), name(&[0xff; 255])];
    for signed in &names {
        assert_eq!(verdict(signed, &names), Ok(()));
    }
    // Byte by byte: the caller writes names as the prose says.
    for signed in [&b"evil.example.org"[..], b"RELAY.example.org", b"relay.example.org.", b"r"] {
        assert_eq!(verdict(&name(signed), &names), Err("bad_signature"));
    }
    assert_eq!(verdict(&relay(), &names[1..]), Err("bad_signature"));
    // A commit is refused before anything else.
    let commit = DeliveryAction::Commit;
    let asked =
        AuthRequest { challenge: &challenge, relay: &names[0], action: commit, request: &request };
    let auth = b.account.delivery_auth(&asked).unwrap();
    let list = &ours.device_lists().as_slice()[0];
    for relays in [&names[..], &[]] {
        for action in [commit, DeliveryAction::Get] {
            let check = AuthCheck { relays, action, ..check(&asked) };
            let refused = auth.verify(&DEFAULT, list, ours.credential(), &check);
            assert_eq!(class(refused), "malformed");
        }
    }
    // No bytes, and more than 255.
    let asked = AuthRequest { challenge: &challenge, relay: &names[2], action, request: &request };
    let bytes = b.account.delivery_auth(&asked).unwrap().to_bytes();
    assert_eq!(bytes[33..35], [0x40, 0xff]);
    let with = |name: &[u8]| {
        let rest = &bytes[35 + 255..];
        DeliveryAuth::from_bytes(&[&bytes[..33], name, rest].concat()).map(|_| ())
    };
    with(&[&[0x40, 0xff][..], &[7; 255]].concat()).unwrap();
    with(&[1, 7]).unwrap();
    assert_eq!(class(with(&[0])), "malformed");
    assert_eq!(class(with(&[&[0x41, 0][..], &[7; 256]].concat())), "malformed");
}

#[test]
fn a_request_is_signed_elsewhere() {
    let mut params = AccountParams::new(1, NOW - DAY, NOW + YEAR);
    let (ed25519, seed) = (SignatureAlgorithm::Ed25519, [5; 32]);
    let public = DefaultProvider.signature_public(ed25519, &seed).unwrap();
    let mut agree = [0; 32];
    DefaultProvider
        .agreement_public(sceau::crypto::AgreementAlgorithm::X25519, &[6; 32], &mut agree)
        .unwrap();
    let key = |key_type, key| sceau::pairwise::TypedKey { key_type, key };
    let keys = vec![key(0x0001, public), key(0x0101, agree.to_vec())];
    params.identity_keys = Some(sceau::pairwise::TypedKeys::new(keys).unwrap());
    let device = Device::with(4, params);
    let (challenge, relay, action) = (Challenge::new([7; 32]), relay(), DeliveryAction::Get);
    let request = get_of(&device.account);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: &request };
    assert_eq!(
        device.account.delivery_auth(&asked).unwrap_err(),
        Error::Misuse(Misuse::KeyHeldElsewhere)
    );
    let begin = || device.account.delivery_auth_begin(&asked).unwrap();
    let requests = begin().requests().to_vec();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].role, requests[0].label), (KeyRole::Device, "delivery"));
    let signature = DefaultProvider.sign(ed25519, &seed, &requests[0].message()).unwrap();
    assert_eq!(begin().resume(vec![]), Err(Error::Misuse(Misuse::WrongAnswer)));
    let auth = begin().resume(vec![signature]).unwrap();
    let (list, credential) = (device.account.device_list(), device.account.credential());
    auth.verify(&DEFAULT, list, credential, &check(&asked)).unwrap();
}
