//! Devices and a relay: publications, bundles, envelopes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::delivery::*;
use common::family::*;
use common::*;
use sceau::delivery::{
    AcknowledgeRequest, AuthRequest, Challenge, DeliveryAction, DeliveryAuth, DeliveryAuthTbs,
    FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle, PrekeyStock, Publication,
    StoredEnvelope,
};
use sceau::error::Misuse;
use sceau::limits::Limits;
use sceau::pairwise::{Envelope, MailboxId, Policy, PrekeyType, PublishedBatch};
use sceau::{Error, Wire};

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
fn a_relay_serves_what_it_has_verified() {
    // A list that it has comes again, with attestations that nobody verified (ID-06).
    let mut b = Device::new(5);
    b.publish(3, 3);
    let first = publication(&b);
    let taken = verify(&first).unwrap();
    let list = taken.device_list().clone();
    let mut attestations = list.attestations().to_vec();
    attestations[0].signature[0] ^= 1;
    b.take_list(&device_list(list.tbs(), &attestations));
    b.publish(3, 3);
    let again = publication(&b);
    assert_ne!(again.device_lists(), first.device_lists());
    assert_eq!(class(verify(&again)), "bad_signature");
    let policy = Policy::default();
    let taken = again.clone().verify(&DEFAULT, Some(&list), 1, NOW, &policy).unwrap();
    assert_eq!(
        (taken.device_list(), taken.publication().device_lists()),
        (&list, first.device_lists())
    );
    assert_eq!(taken.publication().bundle(None, 1).unwrap().device_lists, *first.device_lists());
    assert_eq!(taken.publication().batch(), again.batch());
    // In front of a newer one, too.
    b.check(|a, now, _| a.reissue_list(now).map(|c| ((), c))).unwrap();
    b.publish(3, 3);
    let newest = publication(&b);
    let lists = device_lists(&[&again.device_lists().as_slice()[0], b.account.device_list()]);
    let bytes = newest.to_bytes();
    let rest = &bytes[1 + newest.device_lists().to_bytes().len()..];
    let series = Publication::from_bytes(&[&[0][..], &lists, rest].concat()).unwrap();
    let taken = series.verify(&DEFAULT, Some(&list), 2, NOW, &policy).unwrap();
    let served = taken.publication().device_lists().as_slice();
    assert_eq!(served, [list, b.account.device_list().clone()]);
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
