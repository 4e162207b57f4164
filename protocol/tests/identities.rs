//! Device lists, credentials, issuers, renewal, verification.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::crypto::Provider;
use sceau::pairwise::{
    AccountParams, DeviceList, Frame, Issuer, IssuerKeys, Policy, SessionId, VerificationCode,
    content_type,
};
use sceau::{Error, Wire};

fn lists(list: &DeviceList) -> Vec<u8> {
    // DeviceList device_lists<V> of one list: every list here takes 64 to 16,383 bytes.
    let bytes = list.to_bytes();
    let length = u16::try_from(bytes.len()).unwrap() | 0x4000;
    [&length.to_be_bytes()[..], &bytes].concat()
}

fn apply(d: &mut Device, of: &Device) -> Result<u64, Error> {
    let (id, lists) = (of.id(), lists(of.account.device_list()));
    let applied = d.check(|a, now, _| a.apply_device_lists(&id, &lists, now))?;
    Ok(applied.number)
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
fn which_sessions_are_to_be_told() {
    fn told(d: &Device) -> Vec<SessionId> {
        d.account.unannounced().collect()
    }
    let (mut a, mut b) = two();
    let mut c = Device::new(40);
    c.publish(2, 2);
    let (with_b, with_c) = (session(&mut a, &mut b), session(&mut c, &mut a));
    assert_eq!(told(&a), []);
    (a.now, b.now, c.now) = (NOW + DAY, NOW + DAY, NOW + DAY);
    let late = {
        let mut d = Device::new(41);
        let made = d.initiate(&a.id(), &a.bundle(None, 5)).unwrap();
        d.send(&made.session, b"late").unwrap()
    };
    a.check(|a, now, _| a.reissue_list(now).map(|c| ((), c))).unwrap();
    let mut both = vec![with_b, with_c];
    both.sort();
    assert_eq!(told(&a), both);
    // What is no announcement of the present list leaves it as it was.
    a.send(&with_b, b"x").unwrap();
    let other = Frame::new(content_type::DEVICE_LIST, &b.account.device_list_update());
    a.send_frame(&with_b, &other).unwrap();
    assert_eq!(told(&a), both);
    let list = Frame::new(content_type::DEVICE_LIST, &a.account.device_list_update());
    a.send_frame(&with_b, &list).unwrap();
    assert_eq!(told(&a), [with_c]);
    // A renewal is the next list.
    a.check(|a, now, _| a.renew(NOW + 2 * YEAR, None, now).map(|c| ((), c))).unwrap();
    assert_eq!(told(&a), both);
    for id in &both {
        let update = Frame::new(content_type::CREDENTIAL_UPDATE, &a.account.credential_update());
        a.send_frame(id, &update).unwrap();
    }
    assert_eq!(told(&a), []);
    // A session of a bundle of before, and one of a bundle of now.
    let got = a.get(&late).unwrap().session;
    assert_eq!(told(&a), [got]);
    a.send_frame(&got, &Frame::new(content_type::CLOSE, b"")).unwrap();
    assert_eq!(told(&a), []);
    a.publish(1, 1);
    let made = c.recover(&a.id(), &a.bundle(None, 1)).unwrap().session;
    let got = a.get(&c.send(&made, b"now").unwrap()).unwrap();
    a.check(|a, now, _| a.accept_session(&got.session, now).map(|c| ((), c))).unwrap();
    assert_eq!(told(&a), []);
}

#[test]
fn a_list_is_issued_anew() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let bundle = a.bundle(None, 4);
    let before = a.account.device_list().tbs().clone();
    let credential = a.account.credential().clone();
    let step = |a: &mut Device| a.check(|a, now, _| a.reissue_list(now).map(|c| ((), c)));
    (a.now, b.now) = (NOW + 15 * DAY, NOW + 15 * DAY);
    step(&mut a).unwrap();
    // Number and time alone are others; the credential stays.
    let after = a.account.device_list().tbs().clone();
    assert_eq!((after.number, after.issued_at), (before.number + 1, a.now));
    assert_eq!((&after.devices, &after.extensions), (&before.devices, &before.extensions));
    assert_eq!(after.account_keys, before.account_keys);
    assert_eq!(*a.account.credential(), credential);
    // By the account's key, and by the device's.
    let signers = |d: &Device| -> Vec<u8> {
        d.account.device_list().attestations().iter().map(|by| by.signer).collect()
    };
    assert_eq!(signers(&a), [1, 2]);
    // Announced in the session, and pinned there; bundles of before are those of an older list.
    let list = Frame::new(content_type::DEVICE_LIST, &a.account.device_list_update());
    let out = a.send_frame(&id, &list).unwrap();
    b.get(&out).unwrap();
    assert_eq!(b.account.peers().next().unwrap().1.tbs().number, 2);
    let verify =
        |d: &Device, bundle: &[u8]| d.account.verify_bundle(&a.id(), bundle, d.now).map(|_| ());
    assert_eq!(class(verify(&b, &bundle)), "rollback");
    // The batch of before may be published on: its credential is the present one.
    verify(&b, &a.bundle(None, 4)).unwrap();
    a.account.publication(a.batch.as_ref().unwrap()).unwrap();
    // The new one outlives the old one.
    let mut c = Device::new(60);
    (c.now, b.now) = (NOW + 30 * DAY - 1, NOW + 30 * DAY - 1);
    verify(&c, &bundle).unwrap();
    a.now = NOW + 30 * DAY;
    a.publish(1, 1);
    c.now = NOW + 45 * DAY;
    let verify =
        |d: &Device, bundle: &[u8]| d.account.verify_bundle(&a.id(), bundle, d.now).map(|_| ());
    verify(&c, &a.bundle(None, 1)).unwrap();
    c.now += 1;
    assert_eq!(class(verify(&c, &a.bundle(None, 1))), "stale_list");
}

#[test]
fn no_list_behind_the_last_number() {
    let mut params = AccountParams::new(1, NOW - DAY, NOW + YEAR);
    params.list_number = u64::MAX - 1;
    let mut a = Device::with(7, params);
    a.check(|a, now, _| a.reissue_list(now).map(|c| ((), c))).unwrap();
    assert_eq!(a.account.device_list().tbs().number, u64::MAX);
    assert_eq!(class(a.check(|a, now, _| a.reissue_list(now).map(|c| ((), c)))), "limit");
}

#[test]
fn a_list_is_issued_anew_without_the_issuer() {
    let issuer = |seed: u8| IssuerKeys::from_seed(&Provider::Default, 1, &[seed; 32]).unwrap();
    let mut params = AccountParams::new(1, NOW, NOW + YEAR);
    params.issuer = Some(issuer(1));
    let mut b = Device::with(2, params);
    b.publish(1, 1);
    let mut policy = Policy::default();
    policy.require_issuer = true;
    policy.issuers = vec![Issuer::new(&Provider::Default, issuer(1).keys().clone()).unwrap()];
    let mut pinned = Device::new(4);
    pinned.account.set_policy(policy.clone());
    apply(&mut pinned, &b).unwrap();
    b.check(|b, now, _| b.reissue_list(now).map(|c| ((), c))).unwrap();
    assert_eq!(apply(&mut pinned, &b), Ok(2));
    let mut fresh = Device::new(5);
    fresh.account.set_policy(policy);
    for device in [&pinned, &fresh] {
        device.account.verify_bundle(&b.id(), &b.bundle(None, 1), NOW).unwrap();
    }
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
