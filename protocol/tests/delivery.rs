//! Devices and a relay: publications, bundles, envelopes, signatures on requests.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::family::*;
use common::*;
use sceau::crypto::{CryptoProvider, DefaultProvider, KeyRole, Provider, SignatureAlgorithm};
use sceau::delivery::{
    AcknowledgeRequest, AuthCheck, AuthRequest, Challenge, DeliveryAction, DeliveryAuth,
    DeliveryAuthTbs, FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle, PrekeyStock,
    Publication, RelayName, StoredEnvelope, VerifiedPublication,
};
use sceau::error::{Misuse, Peer};
use sceau::limits::Limits;
use sceau::pairwise::{
    Account, AccountParams, Envelope, MailboxId, Policy, PrekeyType, PublishedBatch,
};
use sceau::{Error, Wire};

const DEFAULT: Provider = Provider::Default;

fn relay() -> RelayName {
    RelayName::host("relay.example.org").unwrap()
}

/// What a relay of that one name compares.
fn check<'a>(asked: &AuthRequest<'a>) -> AuthCheck<'a> {
    let AuthRequest { challenge, relay, action, request } = *asked;
    AuthCheck { challenge, relays: core::slice::from_ref(relay), action, request }
}

/// Asks for what is in a device's contact mailbox.
fn get_of(device: &Account) -> Vec<u8> {
    GetRequest { mailbox_id: device.contact_mailbox(), most: 256 }.to_bytes()
}

fn publication(device: &Device) -> Publication {
    device.account.publication(device.batch.as_ref().unwrap()).unwrap()
}

/// As a relay that knows nothing yet takes it.
fn verify(publication: &Publication) -> Result<VerifiedPublication, Error> {
    publication.clone().verify(&DEFAULT, None, 0, NOW, &Policy::default())
}

#[test]
fn from_publication_to_message() {
    let (mut a, mut b) = two();
    let mut rng = TestRng(9);
    // The device publishes.
    let (challenge, relay) = (Challenge::random(&mut rng), &relay());
    let (request, action) = (publication(&b).to_bytes(), DeliveryAction::Publish);
    let asked = AuthRequest { challenge: &challenge, relay, action, request: &request };
    let auth = b.account.delivery_auth(&asked).unwrap().to_bytes();
    // The relay verifies, and keeps it.
    let taken = Publication::from_bytes(&request).unwrap();
    let taken = taken.verify(&DEFAULT, None, 0, NOW, &Policy::default()).unwrap();
    let auth = DeliveryAuth::from_bytes(&auth).unwrap();
    assert_eq!((&auth.tbs().account_id[..], auth.tbs().serial), (b.id().as_bytes(), 1));
    auth.verify(&DEFAULT, taken.device_list(), taken.publication().credential(), &check(&asked))
        .unwrap();
    assert_eq!((taken.account_id(), taken.serial()), (&b.id(), 1));
    assert_eq!(taken.contact_mailbox(), b.account.contact_mailbox());
    assert_eq!(taken.ids(PrekeyType::OneTime), [2, 3]);
    assert_eq!(taken.ids(PrekeyType::KemOneTime), [4, 5]);
    // It serves a bundle to anybody.
    let fetch = FetchRequest { account_id: b.id(), serial: 0 };
    assert_eq!(FetchRequest::from_bytes(&fetch.to_bytes()), Ok(fetch));
    let bundle = taken.publication().bundle(Some(3), 5).unwrap();
    assert_eq!(bundle.to_bytes(), b.bundle(Some(3), 5));
    let answer = FetchAnswer { bundles: vec![bundle] }.to_bytes();
    let answer = FetchAnswer::from_bytes(&answer).unwrap();
    let made = a.initiate(&b.id(), &answer.bundles[0].to_bytes()).unwrap();
    // A message goes through the contact mailbox.
    let out = a.send(&made.session, b"hello").unwrap();
    let limits = Limits::default();
    let envelope = Envelope::new(out.mailbox, out.contact, out.message.clone(), NOW, &limits);
    let envelope = Envelope::from_bytes(&envelope.to_bytes()).unwrap();
    envelope.check(true, NOW, &limits).unwrap();
    let handle = Handle::random(&mut rng);
    let stored = StoredEnvelope { handle, expiry: envelope.expiry, message: envelope.message };
    let get = GetRequest { mailbox_id: b.account.contact_mailbox(), most: 256 }.to_bytes();
    let challenge = Challenge::random(&mut rng);
    let action = DeliveryAction::Get;
    let asked = AuthRequest { challenge: &challenge, relay, action, request: &get };
    let auth = b.account.delivery_auth(&asked).unwrap();
    auth.verify(&DEFAULT, taken.device_list(), taken.publication().credential(), &check(&asked))
        .unwrap();
    let answer = GetAnswer { envelopes: vec![stored], more: false }.to_bytes();
    let answer = GetAnswer::from_bytes(&answer).unwrap();
    let mut arrived = out.clone();
    arrived.message.clone_from(&answer.envelopes[0].message);
    assert_eq!(b.get(&arrived).unwrap().body, b"hello");
    let done = AcknowledgeRequest { mailbox_id: out.mailbox, handles: vec![handle] };
    assert_eq!(AcknowledgeRequest::from_bytes(&done.to_bytes()), Ok(done));
}

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
    for wrong in [
        AuthCheck { challenge: &other, ..asked },
        AuthCheck { request: &fewer, ..asked },
        AuthCheck { request: &others, ..asked },
        AuthCheck { action: publish, request: &published, ..asked },
        AuthCheck { action: DeliveryAction::Fetch, ..asked },
        AuthCheck { action: DeliveryAction::Put, ..asked },
        AuthCheck { relays: &[], ..asked },
    ] {
        assert_eq!(verify(&auth, &ours, &wrong), refused);
    }
    // No request of that action.
    for wrong in [
        AuthCheck { request: b"", ..asked },
        AuthCheck { request: &published, ..asked },
        AuthCheck { action: publish, ..asked },
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

#[test]
fn what_a_relay_refuses() {
    let (mut b, other) = (Device::new(5), {
        let mut other = Device::new(6);
        other.publish(2, 2);
        other
    });
    b.publish(3, 3);
    let first = publication(&b);
    let taken = verify(&first).unwrap();
    let again = |known, last, now| {
        let policy = Policy::default();
        first.clone().verify(&DEFAULT, known, last, now, &policy).map(|_| ())
    };
    assert_eq!(again(Some(taken.device_list()), 0, NOW), Ok(()));
    assert_eq!(class(again(None, 1, NOW)), "rollback");
    assert_eq!(class(again(None, 0, NOW + 30 * DAY)), "expired");
    assert_eq!(class(again(None, 0, NOW - 2 * DAY)), "not_yet_valid");
    let theirs = &publication(&other);
    assert_eq!(
        class(again(Some(&theirs.device_lists().as_slice()[0]), 0, NOW)),
        "identity_mismatch"
    );
    // Keys of another batch, a key twice, no signed prekey.
    let parts = |p: &Publication| (p.device_lists().to_bytes(), p.credential().to_bytes());
    let build = |(lists, credential): (Vec<u8>, Vec<u8>),
                 batch: &sceau::pairwise::PublishedBatch| {
        let bytes = [vec![0], lists, credential, batch.to_bytes()].concat();
        Publication::from_bytes(&bytes).unwrap()
    };
    assert_eq!(build(parts(&first), first.batch()), first);
    let mut mixed = first.batch().clone();
    mixed.prekeys[2] = theirs.batch().prekeys[2].clone();
    assert_eq!(class(verify(&build(parts(&first), &mixed))), "bad_path");
    let mut twice = first.batch().clone();
    twice.prekeys[3] = twice.prekeys[2].clone();
    assert_eq!(class(verify(&build(parts(&first), &twice))), "malformed");
    for gone in 0..8 {
        // Each key of the batch once: PRE-14.
        let mut short = first.batch().clone();
        short.prekeys.remove(gone);
        assert_eq!(class(verify(&build(parts(&first), &short))), "malformed");
    }
    let mut swapped = first.batch().clone();
    swapped.prekeys.swap(6, 7);
    assert_eq!(class(verify(&build(parts(&first), &swapped))), "malformed");
    let mut more = first.batch().clone();
    let mut beyond = more.prekeys[7].clone();
    beyond.prekey.id = 8;
    more.prekeys.push(beyond);
    assert_eq!(class(verify(&build(parts(&first), &more))), "malformed");
    let mut none = first.batch().clone();
    none.prekeys.clear();
    assert_eq!(class(verify(&build(parts(&first), &none))), "malformed");
    let mut typed = first.batch().clone();
    typed.prekeys[2].prekey.prekey_type = PrekeyType::Signed;
    assert_eq!(class(verify(&build(parts(&first), &typed))), "malformed");
    let stolen = build(parts(theirs), first.batch());
    assert_eq!(class(verify(&stolen)), "identity_mismatch");
    // Old and new credential; an old list where the relay has a newer one.
    let old = b.batch.clone().unwrap();
    b.check(|a, now, _| a.renew(NOW + 2 * YEAR, None, now).map(|c| ((), c))).unwrap();
    assert_eq!(b.account.publication(&old), Err(Error::Misuse(Misuse::UnknownBatch)));
    b.publish(1, 1);
    let newer = publication(&b);
    let policy = Policy::default();
    let newer = newer.verify(&DEFAULT, Some(taken.device_list()), 1, NOW, &policy).unwrap();
    assert_eq!(class(again(Some(newer.device_list()), 0, NOW)), "rollback");
    let unlisted = build((newer.publication().device_lists().to_bytes(), parts(&first).1), &old);
    assert_eq!(class(verify(&unlisted)), "not_listed");
}

#[test]
fn keys_for_each_initiator() {
    let mut b = Device::new(2);
    b.publish(2, 3);
    let batch = b.batch.as_ref().unwrap();
    let ids: Vec<_> = (0..4).map(|i| batch.ids_for(i)).collect();
    assert_eq!(ids, [(Some(2), 4), (Some(3), 5), (None, 6), (None, 1)]);
    assert_eq!(batch.ids_for(usize::MAX), (None, PublishedBatch::LAST_RESORT));
    for (of, expected) in [
        (PrekeyType::Signed, vec![PublishedBatch::SIGNED]),
        (PrekeyType::KemLastResort, vec![PublishedBatch::LAST_RESORT]),
        (PrekeyType::OneTime, vec![2, 3]),
        (PrekeyType::KemOneTime, vec![4, 5, 6]),
    ] {
        assert_eq!(batch.ids(of).collect::<Vec<_>>(), expected);
    }
    for (one_time, kem) in ids {
        b.account.bundle(batch, one_time, kem).unwrap();
    }
}

#[test]
fn bundles_of_wrong_keys() {
    let (_, b) = two();
    let published = publication(&b);
    published.bundle(None, 1).unwrap();
    let refused = Err(Error::Misuse(Misuse::UnknownBatch));
    for (one_time, kem) in
        [(Some(4), 4), (Some(1), 1), (None, 2), (None, 0), (Some(9), 4), (None, 9)]
    {
        assert_eq!(published.bundle(one_time, kem).map(|_| ()), refused);
        let batch = b.batch.as_ref().unwrap();
        assert_eq!(b.account.bundle(batch, one_time, kem).map(|_| ()), refused);
    }
}

#[test]
fn expiries() {
    let limits = Limits::default();
    let mailbox = MailboxId::new([1; 32]);
    let envelope = |expiry| Envelope { mailbox_id: mailbox, expiry, message: vec![1] };
    let now = NOW + 1234;
    for (contact, age) in [(false, 30 * DAY + 3600), (true, 14 * DAY)] {
        let latest = (now + age + 300) / 3600 * 3600;
        assert_eq!(envelope(latest).check(contact, now, &limits), Ok(()));
        assert_eq!(class(envelope(latest + 3600).check(contact, now, &limits)), "malformed");
        for sent_at in now..now + 3600 {
            let ours = Envelope::new(mailbox, contact, vec![1], sent_at, &limits);
            assert_eq!(ours.expiry % 3600, 0);
            assert_eq!(ours.check(contact, sent_at, &limits), Ok(()));
            // The relay's clock is behind.
            assert_eq!(ours.check(contact, sent_at - 300, &limits), Ok(()));
        }
    }
    let odd = [&[0][..], &[1; 32], &3601u64.to_be_bytes(), &[1, 1]].concat();
    assert_eq!(class(Envelope::from_bytes(&odd)), "malformed");
}

/// Cut at every length, a byte behind, and flipped bits: refused, or another value with its own encoding.
fn damage<T: Wire>(value: &T) {
    let bytes = value.to_bytes();
    assert_eq!(T::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(T::from_bytes(&bytes[..end]).err().map(|e| e.class()), Some("malformed"));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(T::from_bytes(&longer).err().map(|e| e.class()), Some("malformed"));
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1 << (at % 8);
        if let Ok(other) = T::from_bytes(&wrong) {
            assert_eq!(other.to_bytes(), wrong, "at {at}");
        }
    }
    let mut version = bytes;
    version[0] = 1;
    if let Err(refused) = T::from_bytes(&version) {
        assert_eq!(refused.class(), "unsupported_version");
    }
}

#[test]
fn every_structure_is_strict() {
    let mut b = Device::new(5);
    b.publish(1, 1);
    let (challenge, mailbox) = (Challenge::new([7; 32]), MailboxId::new([1; 32]));
    let (relay, action) = (relay(), DeliveryAction::Get);
    let asked = AuthRequest { challenge: &challenge, relay: &relay, action, request: b"x" };
    let auth = b.account.delivery_auth(&asked).unwrap();
    damage(auth.tbs());
    damage(&auth);
    damage(&publication(&b));
    damage(&FetchRequest { account_id: b.id(), serial: 1 });
    let bundle = publication(&b).bundle(Some(2), 3).unwrap();
    damage(&FetchAnswer { bundles: vec![bundle.clone(), bundle.clone()] });
    damage(&FetchAnswer { bundles: vec![] });
    damage(&GetRequest { mailbox_id: mailbox, most: 7 });
    let stored = StoredEnvelope { handle: Handle::new([3; 16]), expiry: 5, message: vec![1; 70] };
    damage(&GetAnswer { envelopes: vec![stored.clone(), stored.clone()], more: true });
    damage(&GetAnswer { envelopes: vec![], more: false });
    // DS-21
    for (more, expected) in
        [(0, Ok(false)), (1, Ok(true)), (2, Err("malformed")), (255, Err("malformed"))]
    {
        let answer = GetAnswer::from_bytes(&[0, 0, more]).map_err(|error| error.class());
        assert_eq!(answer.map(|answer| answer.more), expected);
    }
    let handles = vec![Handle::new([3; 16]), Handle::new([4; 16])];
    damage(&AcknowledgeRequest { mailbox_id: mailbox, handles });
    damage(&PrekeyStock { one_time: 511, kem_one_time: 0 });
    // At the limits, and beyond.
    let most = |number| FetchAnswer { bundles: vec![bundle.clone(); number] };
    FetchAnswer::from_bytes(&most(64).to_bytes()).unwrap();
    assert_eq!(class(FetchAnswer::from_bytes(&most(65).to_bytes())), "malformed");
    let most = |number| {
        let envelopes = (0..number).map(|_| stored.clone()).collect();
        GetAnswer { envelopes, more: true }.to_bytes()
    };
    GetAnswer::from_bytes(&most(256)).unwrap();
    assert_eq!(class(GetAnswer::from_bytes(&most(257))), "malformed");
    let mut long = stored;
    long.message = vec![1; 1_179_649];
    assert_eq!(class(StoredEnvelope::from_bytes(&long.to_bytes())), "malformed");
    let mut answer = GetAnswer { envelopes: vec![], more: true }.to_bytes();
    *answer.last_mut().unwrap() = 2;
    assert_eq!(class(GetAnswer::from_bytes(&answer)), "malformed");
    let many = |number| {
        let handles = vec![Handle::new([3; 16]); number];
        AcknowledgeRequest { mailbox_id: mailbox, handles }.to_bytes()
    };
    AcknowledgeRequest::from_bytes(&many(256)).unwrap();
    assert_eq!(class(AcknowledgeRequest::from_bytes(&many(257))), "malformed");
    // Signatures out of order, and one type twice.
    let signature = |key_type: u16| [&key_type.to_be_bytes()[..], &[1, 9]].concat();
    let signed = |types: &[u16]| {
        let signatures: Vec<u8> = types.iter().copied().flat_map(signature).collect();
        let length = u8::try_from(signatures.len()).unwrap();
        let bytes = [auth.tbs().to_bytes(), vec![length], signatures].concat();
        DeliveryAuth::from_bytes(&bytes).map(|_| ())
    };
    signed(&[]).unwrap();
    signed(&[1, 2]).unwrap();
    assert_eq!(class(signed(&[2, 1])), "malformed");
    assert_eq!(class(signed(&[1, 1])), "malformed");
    for action in [0, 7, 255] {
        let mut bytes = auth.to_bytes();
        let at = 33 + 1 + relay.as_bytes().len();
        assert_eq!(bytes[at], 4, "get");
        bytes[at] = action;
        assert_eq!(class(DeliveryAuth::from_bytes(&bytes)), "malformed");
    }
    let mut reserved = auth.tbs().clone();
    reserved.action = DeliveryAction::Commit;
    damage(&reserved);
    for length in [0, 31, 33, 48, 64] {
        let mut other = auth.tbs().clone();
        other.request_hash = vec![7; length];
        assert_eq!(class(DeliveryAuthTbs::from_bytes(&other.to_bytes())), "malformed");
    }
}
