//! Identity keys on a smartcard or in an HSM: attached, and by hand in the resumable form of each step.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::crypto::{
    AgreementAlgorithm, AgreementRequest, CryptoProvider, DefaultProvider, KeyAgreement, KeyRole,
    Provider, Secret, SignRequest, SignatureAlgorithm, Signer,
};
use sceau::error::{Misuse, Peer, ProviderFailed};
use sceau::pairwise::{
    Account, AccountParams, BatchStep, CreateStep, Frame, InitiateStep, Issuer, IssuerKeys,
    PendingCreate, Policy, PublishedBatch, ReceiveOptions, ReceiveStep, RenewStep, TypedKey,
    TypedKeys,
};
use sceau::{Error, Wire};
use std::sync::Arc;

/// A smartcard with all of a device's keys.
#[derive(Clone)]
struct Card([[u8; 32]; 3]);

impl Card {
    fn public(&self) -> (TypedKeys, TypedKeys) {
        let p = DefaultProvider;
        let ed25519 = SignatureAlgorithm::Ed25519;
        let x25519 = AgreementAlgorithm::X25519;
        let signing = |seed: &[u8; 32]| TypedKey {
            key_type: 1,
            key: p.signature_public(ed25519, seed).unwrap(),
        };
        let mut agreeing = vec![0; 32];
        p.agreement_public(x25519, &self.0[2], &mut agreeing).unwrap();
        let agreeing = TypedKey { key_type: 0x0101, key: agreeing };
        let identity = TypedKeys::new(vec![signing(&self.0[1]), agreeing]).unwrap();
        (TypedKeys::new(vec![signing(&self.0[0])]).unwrap(), identity)
    }
}

impl Signer for Card {
    fn sign(&self, request: &SignRequest) -> Result<Vec<u8>, ProviderFailed> {
        let seed = match request.role {
            KeyRole::Account => self.0[0],
            KeyRole::Device => self.0[1],
            _ => return Err(ProviderFailed::KeyHolder),
        };
        let ed25519 = SignatureAlgorithm::Ed25519;
        DefaultProvider.sign(ed25519, &seed, &request.message())
    }
}

impl KeyAgreement for Card {
    fn agree(&self, request: &AgreementRequest) -> Result<Secret, ProviderFailed> {
        let mut out = vec![0; 32];
        let x25519 = AgreementAlgorithm::X25519;
        DefaultProvider.agree(x25519, &self.0[2], &request.peer, &mut out)?;
        Ok(Secret::from_vec(out))
    }
}

#[test]
fn identity_keys_on_a_card() {
    let card = Card([[11; 32], [12; 32], [13; 32]]);
    let (account_keys, identity_keys) = card.public();
    let mut params = AccountParams::new(1, NOW, NOW + YEAR);
    params.account_keys = Some(account_keys);
    params.identity_keys = Some(identity_keys);
    let mut rng = TestRng(1);
    let sign = |requests: &[SignRequest]| -> Vec<_> {
        requests.iter().map(|r| card.sign(r).unwrap()).collect()
    };
    let mut step = Account::create_begin(&mut rng, NOW, params).unwrap();
    let mut a = loop {
        step = match step {
            CreateStep::NeedsSignatures(pending) => {
                let signatures = sign(pending.requests());
                pending.resume(signatures).unwrap()
            }
            CreateStep::Done(created) => break created.account,
        };
    };
    let exported = a.export_state();
    for seed in card.0 {
        assert!(!exported.windows(32).any(|window| window == seed));
    }
    let refused = a.create_batch(1, 1, DAY, NOW, &mut rng).map(|_| ());
    assert_eq!(refused, Err(Misuse::KeyHeldElsewhere.into()));
    let BatchStep::NeedsSignatures(pending) =
        a.create_batch_begin(1, 1, DAY, NOW, &mut rng).unwrap()
    else {
        panic!()
    };
    let signatures = sign(pending.requests());
    let (batch, _) = a.create_batch_resume(*pending, signatures, NOW).unwrap();
    let bundle = a.bundle(&batch, Some(2), 3).unwrap().to_bytes();

    // It answers by hand.
    let mut b = Device::new(2);
    b.publish(1, 1);
    let made = b.initiate(a.account_id(), &bundle).unwrap();
    let out = b.send(&made.session, b"to the card").unwrap();
    let options = ReceiveOptions::default();
    let step = a.receive_begin(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng).unwrap();
    let ReceiveStep::NeedsAgreement(pending) = step else { panic!() };
    let answers: Vec<_> = pending.requests().iter().map(|r| card.agree(r).unwrap()).collect();
    let (got, _) = a.receive_resume(*pending, answers, &mut rng).unwrap();
    assert_eq!(got.body, b"to the card");
    let (reply, _) = a.encrypt(&got.session, &Frame::application(b"yes"), b"ad", NOW).unwrap();
    b.get(&reply).unwrap();

    // It initiates, by hand and with the card attached.
    let bundle = b.bundle(None, 3);
    let step = a.initiate_begin(&b.id(), &bundle, None, false, NOW, &mut rng).unwrap();
    let InitiateStep::NeedsAgreement(pending) = step else { panic!() };
    let answers: Vec<_> = pending.requests().iter().map(|r| card.agree(r).unwrap()).collect();
    let (made, _) = a.initiate_resume(*pending, answers).unwrap();
    assert!(made.resumed);
    let (out, _) = a.encrypt(&made.session, &Frame::application(b"hi"), b"ad", NOW).unwrap();
    b.get(&out).unwrap();
    a.attach_signer(Arc::new(card.clone()));
    a.attach_agreement(Arc::new(card.clone()));
    let _ = a.create_batch(1, 1, DAY, NOW, &mut rng).unwrap();
    let stale = a.create_batch_begin(1, 1, DAY, NOW, &mut rng).unwrap();
    let _ = a.renew(NOW + YEAR, None, NOW).unwrap();
    let BatchStep::NeedsSignatures(pending) = stale else { panic!() };
    let signatures = sign(pending.requests());
    assert_eq!(class(a.create_batch_resume(*pending, signatures, NOW).map(|_| ())), "stale_state");
}

const CARD: Card = Card([[11; 32], [12; 32], [13; 32]]);

fn params() -> AccountParams {
    let (account_keys, identity_keys) = CARD.public();
    let mut params = AccountParams::new(1, NOW, NOW + YEAR);
    params.account_keys = Some(account_keys);
    params.identity_keys = Some(identity_keys);
    params
}

fn pending() -> Box<PendingCreate> {
    match Account::create_begin(&mut TestRng(1), NOW, params()).unwrap() {
        CreateStep::NeedsSignatures(pending) => pending,
        CreateStep::Done(_) => panic!(),
    }
}

fn signed(requests: &[SignRequest]) -> Vec<Vec<u8>> {
    requests.iter().map(|r| CARD.sign(r).unwrap()).collect()
}

/// A device with its keys on the card, nothing attached, and a batch.
fn on_card() -> (Account, PublishedBatch) {
    let mut step = CreateStep::NeedsSignatures(pending());
    let mut a = loop {
        step = match step {
            CreateStep::NeedsSignatures(pending) => {
                let signatures = signed(pending.requests());
                pending.resume(signatures).unwrap()
            }
            CreateStep::Done(created) => break created.account,
        };
    };
    let step = a.create_batch_begin(1, 1, DAY, NOW, &mut TestRng(2)).unwrap();
    let BatchStep::NeedsSignatures(pending) = step else { panic!() };
    let signatures = signed(pending.requests());
    let (batch, _) = a.create_batch_resume(*pending, signatures, NOW).unwrap();
    (a, batch)
}

fn wrong_answer<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert_eq!(result.unwrap_err(), Error::Misuse(Misuse::WrongAnswer));
}

#[test]
fn signatures_that_do_not_fit() {
    let other = Card([[21; 32], [22; 32], [23; 32]]);
    let by_other: Vec<_> = pending().requests().iter().map(|r| other.sign(r).unwrap()).collect();
    let right = signed(pending().requests());
    assert_eq!(right.len(), 1);
    let mut bent = right.clone();
    bent[0][5] ^= 1;
    let twice = [&right[..], &right[..]].concat();
    for wrong in [vec![], by_other, bent, twice, vec![vec![]], vec![vec![0; 64]]] {
        wrong_answer(pending().resume(wrong));
    }
    let (mut a, _) = on_card();
    let before = a.export_state();
    for wrong in [vec![], vec![vec![1; 64]], vec![right[0].clone()]] {
        let step = a.create_batch_begin(1, 1, DAY, NOW, &mut TestRng(2)).unwrap();
        let BatchStep::NeedsSignatures(pending) = step else { panic!() };
        wrong_answer(a.create_batch_resume(*pending, wrong.clone(), NOW));
        let step = a.renew_begin(NOW + 2 * YEAR, None, NOW).unwrap();
        let RenewStep::NeedsSignatures(pending) = step else { panic!() };
        wrong_answer(a.renew_resume(*pending, wrong.clone(), NOW));
        let pending = a.reissue_list_begin(NOW).unwrap();
        wrong_answer(a.reissue_list_resume(pending, wrong, NOW));
    }
    assert_eq!(a.export_state(), before);
}

#[test]
fn a_list_is_issued_anew_by_the_card() {
    let (mut a, _) = on_card();
    let credential = a.credential().clone();
    let pending = a.reissue_list_begin(NOW + DAY).unwrap();
    let requests = pending.requests();
    assert_eq!(
        requests.iter().map(|request| (request.role, request.label)).collect::<Vec<_>>(),
        [(KeyRole::Account, "device list by account"), (KeyRole::Device, "device list by device")]
    );
    let mut signatures = signed(requests);
    let stale = a.reissue_list_begin(NOW + DAY).unwrap();
    let _ = a.reissue_list_resume(pending, signatures.clone(), NOW + DAY).unwrap();
    let list = a.device_list().tbs();
    assert_eq!((list.number, list.issued_at), (2, NOW + DAY));
    assert_eq!(*a.credential(), credential);
    assert_eq!(
        class(a.reissue_list_resume(stale, signatures.clone(), NOW + DAY).map(|_| ())),
        "stale_state"
    );
    // One signature alone, and both in the other order.
    let pending = a.reissue_list_begin(NOW + DAY).unwrap();
    signatures.truncate(1);
    wrong_answer(a.reissue_list_resume(pending, signatures, NOW + DAY));
    let pending = a.reissue_list_begin(NOW + DAY).unwrap();
    let mut signatures = signed(pending.requests());
    signatures.reverse();
    wrong_answer(a.reissue_list_resume(pending, signatures, NOW + DAY));
    assert_eq!(a.device_list().tbs().number, 2);
}

#[test]
fn agreements_that_do_not_fit() {
    let (mut a, batch) = on_card();
    let bundle = a.bundle(&batch, Some(2), 3).unwrap().to_bytes();
    let mut b = Device::new(2);
    b.publish(1, 1);
    let made = b.initiate(a.account_id(), &bundle).unwrap();
    let out = b.send(&made.session, b"x").unwrap();
    let (theirs, options) = (b.bundle(None, 3), ReceiveOptions::default());
    let secret = |bytes: &[u8]| Secret::from_slice(bytes);
    let low = Error::Peer(Peer::LowOrder);
    let misuse = Error::Misuse(Misuse::WrongAnswer);
    let undecryptable = Error::Peer(Peer::Undecryptable);
    let before = a.export_state();
    let mut rng = TestRng(5);
    type Answers = fn(&dyn Fn(&[u8]) -> Secret) -> Vec<Secret>;
    let cases: [(Answers, &Error); 6] = [
        (|_| vec![], &misuse),
        (|s| vec![s(&[1; 32])], &misuse),
        (|s| vec![s(&[1; 32]), s(&[1; 32]), s(&[1; 32])], &misuse),
        (|s| vec![s(&[1; 32]), s(&[1; 31])], &misuse),
        (|s| vec![s(&[0; 32]), s(&[1; 32])], &low),
        (|s| vec![s(&[1; 32]), s(&[0; 32])], &low),
    ];
    for (answers, expected) in cases {
        let step = a.initiate_begin(&b.id(), &theirs, None, false, NOW, &mut rng).unwrap();
        let InitiateStep::NeedsAgreement(pending) = step else { panic!() };
        assert_eq!(pending.requests().len(), 2);
        assert_eq!(a.initiate_resume(*pending, answers(&secret)).unwrap_err(), *expected);
        let step = a.receive_begin(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng);
        let ReceiveStep::NeedsAgreement(pending) = step.unwrap() else { panic!() };
        assert_eq!(a.receive_resume(*pending, answers(&secret), &mut rng).unwrap_err(), *expected);
    }
    // Two that are none of this key: the message does not open.
    let step = a.receive_begin(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng);
    let ReceiveStep::NeedsAgreement(pending) = step.unwrap() else { panic!() };
    let answers = vec![secret(&[1; 32]), secret(&[2; 32])];
    assert_eq!(a.receive_resume(*pending, answers, &mut rng).unwrap_err(), undecryptable);
    assert_eq!(a.export_state(), before);
    // Begun twice: the second is stale when the first is done.
    let mut begin = || {
        let step = a.receive_begin(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng);
        let ReceiveStep::NeedsAgreement(pending) = step.unwrap() else { panic!() };
        pending
    };
    let (first, second) = (begin(), begin());
    let answers = || first.requests().iter().map(|r| CARD.agree(r).unwrap()).collect::<Vec<_>>();
    let (one, two) = (answers(), answers());
    let _ = a.receive_resume(*first, one, &mut rng).unwrap();
    let stale = a.receive_resume(*second, two, &mut rng).unwrap_err();
    assert_eq!(stale, Error::Misuse(Misuse::StaleState));
    // Messages of the session don't need the card.
    let out = b.send(&made.session, b"y").unwrap();
    let _ = a.receive(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng).unwrap();
}

/// A card that has been pulled out.
struct Gone;

impl Signer for Gone {
    fn sign(&self, _: &SignRequest) -> Result<Vec<u8>, ProviderFailed> {
        Err(ProviderFailed::KeyHolder)
    }
}

impl KeyAgreement for Gone {
    fn agree(&self, _: &AgreementRequest) -> Result<Secret, ProviderFailed> {
        Err(ProviderFailed::KeyHolder)
    }
}

#[test]
fn a_card_that_gives_no_answer() {
    let (mut a, batch) = on_card();
    let bundle = a.bundle(&batch, Some(2), 3).unwrap().to_bytes();
    let mut b = Device::new(2);
    b.publish(1, 1);
    let made = b.initiate(a.account_id(), &bundle).unwrap();
    let out = b.send(&made.session, b"x").unwrap();
    let (theirs, options) = (b.bundle(None, 3), ReceiveOptions::default());
    for attached in [false, true] {
        let expected = if attached {
            a.attach_signer(Arc::new(Gone));
            a.attach_agreement(Arc::new(Gone));
            Error::Provider(ProviderFailed::KeyHolder)
        } else {
            Error::Misuse(Misuse::KeyHeldElsewhere)
        };
        let before = a.export_state();
        let mut rng = TestRng(3);
        assert_eq!(a.create_batch(1, 1, DAY, NOW, &mut rng).unwrap_err(), expected);
        assert_eq!(a.renew(NOW + 2 * YEAR, None, NOW).unwrap_err(), expected);
        assert_eq!(a.reissue_list(NOW).unwrap_err(), expected);
        assert_eq!(a.initiate(&b.id(), &theirs, None, NOW, &mut rng).unwrap_err(), expected);
        assert_eq!(a.recover(&b.id(), &theirs, None, NOW, &mut rng).unwrap_err(), expected);
        let got = a.receive(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng);
        assert_eq!(got.unwrap_err(), expected);
        assert_eq!(a.export_state(), before);
    }
    // It is back: the same message is taken.
    a.attach_agreement(Arc::new(CARD));
    let (got, _) =
        a.receive(&out.mailbox, &out.message, b"ad", &options, NOW, &mut TestRng(4)).unwrap();
    assert_eq!(got.body, b"x");
}

#[test]
fn an_issuer_in_an_hsm() {
    let ed25519 = SignatureAlgorithm::Ed25519;
    let key = DefaultProvider.signature_public(ed25519, &[31; 32]).unwrap();
    let keys = TypedKeys::new(vec![TypedKey { key_type: 1, key }]).unwrap();
    let mut params = params();
    params.issuer = Some(IssuerKeys::held_elsewhere(keys.clone()));
    let sign = |requests: &[SignRequest]| -> Vec<Vec<u8>> {
        let sign = |request: &SignRequest| match request.role {
            KeyRole::Issuer => DefaultProvider.sign(ed25519, &[31; 32], &request.message()),
            _ => CARD.sign(request),
        };
        requests.iter().map(|request| sign(request).unwrap()).collect()
    };
    let mut labels = Vec::new();
    let mut step = Account::create_begin(&mut TestRng(1), NOW, params).unwrap();
    let mut a = loop {
        step = match step {
            CreateStep::NeedsSignatures(pending) => {
                labels.extend(pending.requests().iter().map(|request| request.label));
                let signatures = sign(pending.requests());
                pending.resume(signatures).unwrap()
            }
            CreateStep::Done(created) => break created.account,
        };
    };
    assert_eq!(
        labels,
        [
            "credential by account",
            "credential by issuer",
            "device list by account",
            "device list by issuer"
        ]
    );
    // And once more at the renewal, where the device signs the list as well.
    let issuer = Some(IssuerKeys::held_elsewhere(keys.clone()));
    let mut step = a.renew_begin(NOW + 2 * YEAR, issuer, NOW).unwrap();
    loop {
        step = match step {
            RenewStep::NeedsSignatures(pending) => {
                let signatures = sign(pending.requests());
                a.renew_resume(*pending, signatures, NOW).unwrap()
            }
            RenewStep::Done(_) => break,
        };
    }
    a.attach_signer(Arc::new(CARD));
    let (batch, _) = a.create_batch(0, 0, DAY, NOW, &mut TestRng(2)).unwrap();
    let mut b = Device::new(2);
    let mut policy = Policy::default();
    policy.require_issuer = true;
    policy.issuers = vec![Issuer::new(&Provider::Default, keys).unwrap()];
    b.account.set_policy(policy);
    let bundle = a.bundle(&batch, None, 1).unwrap().to_bytes();
    b.account.verify_bundle(a.account_id(), &bundle, NOW).unwrap();
}
