//! Device lists, credentials, issuers, renewal, verification; keys that are held elsewhere.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::crypto::{
    AgreementRequest, CryptoProvider, DefaultProvider, KeyAgreement, KeyRole, Provider, Secret,
    SignRequest, Signer,
};
use sceau::error::ProviderFailed;
use sceau::pairwise::{
    Account, AccountParams, BatchStep, CreateStep, DeviceList, Frame, InitiateStep, Issuer,
    IssuerKeys, Policy, ReceiveOptions, ReceiveStep, TypedKey, TypedKeys, VerificationCode,
    content_type,
};
use sceau::{Error, Wire};
use std::sync::Arc;

fn lists(list: &DeviceList) -> Vec<u8> {
    // DeviceList device_lists<V> of one list: every list here takes 64 to 16,383 bytes.
    let bytes = list.to_bytes();
    let length = u16::try_from(bytes.len()).unwrap() | 0x4000;
    [&length.to_be_bytes()[..], &bytes].concat()
}

fn apply(d: &mut Device, of: &Device) -> Result<u64, Error> {
    let (id, lists) = (of.id(), lists(of.account.device_list()));
    d.check(|a, now, _| a.apply_device_lists(&id, &lists, now))
}

#[test]
fn lists_are_pinned_and_do_not_go_back() {
    let (mut a, mut b) = two();
    assert_eq!(apply(&mut a, &b), Ok(1));
    assert_eq!(apply(&mut a, &b), Ok(1), "the same again changes nothing");
    let old = lists(b.account.device_list());
    b.check(|b, now, _| b.renew(NOW + YEAR, None, now).map(|c| ((), c))).unwrap();
    assert_eq!(apply(&mut a, &b), Ok(2));
    let id = b.id();
    let back = a.check(|a, now, _| a.apply_device_lists(&id, &old, now));
    assert_eq!(class(back), "rollback");
    a.now += 30 * DAY;
    assert_eq!(apply(&mut a, &b), Ok(2));
    a.now += 1;
    assert_eq!(class(apply(&mut a, &b)), "stale_list");
    a.now = NOW - 300;
    assert_eq!(apply(&mut a, &b), Ok(2));
    a.now -= 1;
    assert_eq!(class(apply(&mut a, &b)), "not_yet_valid");
    let (other, list) = (a.id(), lists(b.account.device_list()));
    let wrong = Device::new(9).account.apply_device_lists(&other, &list, NOW).map(|_| ());
    assert_eq!(class(wrong), "identity_mismatch");
}

#[test]
fn a_renewal_is_announced_in_the_session() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let old_bundle = a.bundle(None, 4);
    a.check(|a, now, _| a.renew(NOW + 2 * YEAR, None, now).map(|c| ((), c))).unwrap();
    assert_eq!(a.account.credential().tbs().generation, 2);
    let update = Frame::new(content_type::CREDENTIAL_UPDATE, &a.account.credential_update());
    let out = a.send_frame(&id, &update).unwrap();
    b.get(&out).unwrap();
    assert_eq!(b.account.peers().next().unwrap().1.tbs().number, 2);
    // Again: accepted, and changes nothing but the ratchet.
    let out = a.send_frame(&id, &update).unwrap();
    b.get(&out).unwrap();
    let list = Frame::new(content_type::DEVICE_LIST, &a.account.device_list_update());
    let out = a.send_frame(&id, &list).unwrap();
    b.get(&out).unwrap();
    // Another account's update is refused, and the message with it.
    let other = Device::new(50);
    let wrong = Frame::new(content_type::CREDENTIAL_UPDATE, &other.account.credential_update());
    let out = a.send_frame(&id, &wrong).unwrap();
    assert_eq!(class(b.get(&out)), "identity_mismatch");
    assert_eq!(class(b.get(&out)), "identity_mismatch", "the key was not used up");
    // The batch of before is not listed any more; a new one is.
    assert_eq!(class(b.account.verify_bundle(&a.id(), &old_bundle, NOW).map(|_| ())), "rollback");
    assert_eq!(
        class(b.account.verify_bundle(&a.id(), &a.bundle(None, 4), NOW).map(|_| ())),
        "not_listed"
    );
    a.publish(1, 1);
    b.account.verify_bundle(&a.id(), &a.bundle(None, 1), NOW).unwrap();
}

#[test]
fn credentials_and_batches_expire() {
    let (a, b) = two();
    let bundle = b.bundle(None, 4);
    let verify = |now: u64| a.account.verify_bundle(&b.id(), &bundle, now).map(|_| ());
    verify(NOW + 30 * DAY - 1).unwrap();
    assert_eq!(class(verify(NOW + 30 * DAY)), "expired");
    assert_eq!(class(verify(NOW + 30 * DAY + 1)), "stale_list");
    assert_eq!(class(verify(NOW - 301)), "not_yet_valid");
    verify(NOW - 300).unwrap();
    let mut c = Device::with(8, AccountParams::new(1, NOW, NOW + 10));
    c.publish(1, 1);
    let verify = |now: u64| a.account.verify_bundle(&c.id(), &c.bundle(None, 1), now).map(|_| ());
    verify(NOW + 9).unwrap();
    assert_eq!(class(verify(NOW + 10)), "expired");
}

#[test]
fn issuers() {
    let issuer = |seed: u8| IssuerKeys::from_seed(&Provider::Default, 1, &[seed; 32]).unwrap();
    let mut params = AccountParams::new(1, NOW, NOW + YEAR);
    params.issuer = Some(issuer(1));
    let mut b = Device::with(2, params);
    b.publish(1, 1);
    let mut c = Device::new(3);
    c.publish(1, 1);
    let mut a = Device::new(4);
    let mut policy = Policy::default();
    policy.require_issuer = true;
    policy.issuers = vec![Issuer::new(&Provider::Default, issuer(1).keys().clone()).unwrap()];
    a.account.set_policy(policy.clone());
    let verify = |a: &Device, d: &Device| {
        a.account.verify_bundle(&d.id(), &d.bundle(None, 1), NOW).map(|_| ())
    };
    verify(&a, &b).unwrap();
    assert_eq!(class(verify(&a, &c)), "unauthorised_device");
    policy.issuers = vec![Issuer::new(&Provider::Default, issuer(9).keys().clone()).unwrap()];
    a.account.set_policy(policy);
    assert_eq!(class(verify(&a, &b)), "unauthorised_device");
    assert_eq!(b.account.credential().attestations().len(), 2);
}

#[test]
fn people_verify_accounts() {
    let (a, b) = two();
    let digits = a.account.safety_number(b.account.account_keys()).unwrap();
    assert_eq!(digits.len(), 60);
    assert!(digits.bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(b.account.safety_number(a.account.account_keys()), Ok(digits));
    assert_eq!(class(a.account.safety_number(a.account.account_keys())), "misuse");
    let code = a.account.verification_code(&b.id()).unwrap();
    b.account.check_code(&a.id(), &code.to_bytes()).unwrap();
    assert_eq!(class(a.account.check_code(&b.id(), &code.to_bytes())), "identity_mismatch");
    let other = VerificationCode { own: code.own.clone(), peer: vec![1; 32] };
    assert_eq!(class(b.account.check_code(&a.id(), &other.to_bytes())), "identity_mismatch");
}

/// A smartcard with all of a device's keys.
#[derive(Clone)]
struct Card([[u8; 32]; 3]);

impl Card {
    fn public(&self) -> (TypedKeys, TypedKeys) {
        let p = DefaultProvider;
        let ed25519 = sceau::crypto::SignatureAlgorithm::Ed25519;
        let x25519 = sceau::crypto::AgreementAlgorithm::X25519;
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
        let ed25519 = sceau::crypto::SignatureAlgorithm::Ed25519;
        DefaultProvider.sign(ed25519, &seed, &request.message())
    }
}

impl KeyAgreement for Card {
    fn agree(&self, request: &AgreementRequest) -> Result<Secret, ProviderFailed> {
        let mut out = vec![0; 32];
        let x25519 = sceau::crypto::AgreementAlgorithm::X25519;
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
    assert_eq!(refused, Err(sceau::error::Misuse::KeyHeldElsewhere.into()));
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
