//! Lists that follow each other: what is compared, which are passed over, and what the caller is told.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::family::*;
use common::*;
use sceau::pairwise::{
    AppliedLists, Attestation, DeviceList, DeviceListTbs, Event, Frame, Outgoing, ReceiveOptions,
    content_type,
};
use sceau::{Error, Wire};

const SEED: u64 = 1;

fn apply(d: &mut Device, of: &Device, lists: &[&DeviceList]) -> Result<AppliedLists, Error> {
    let (id, lists) = (of.id(), device_lists(lists));
    d.check(|a, now, _| a.apply_device_lists(&id, &lists, now))
}

fn pinned(d: &Device, of: &Device) -> DeviceList {
    d.account.peers().find(|(id, _)| **id == of.id()).unwrap().1.clone()
}

fn reissue(d: &mut Device) {
    d.check(|a, now, _| a.reissue_list(now).map(|c| ((), c))).unwrap();
}

fn signed_by(a: &Device, tbs: &DeviceListTbs) -> [Attestation; 2] {
    let [account_key, signing_key, _] = keys_of(SEED);
    assert_eq!(a.account.serial(), 1);
    [by_account(&account_key, tbs), by_device(1, &signing_key, tbs)]
}

#[test]
fn attestations_make_no_other_list() {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    reissue(&mut a);
    let list = a.account.device_list().clone();
    let tbs = list.tbs().clone();
    let [account, device] = signed_by(&a, &tbs);
    assert_eq!(list.attestations(), [account.clone(), device.clone()]);
    apply(&mut b, &a, &[&list]).unwrap();
    let unknown =
        Attestation { signer: 3, signer_id: vec![9; 32], key_type: 1, signature: vec![1] };
    let more = device_list(&tbs, &[account.clone(), device.clone(), unknown.clone()]);
    let fewer = device_list(&tbs, core::slice::from_ref(&account));
    for other in [&more, &fewer] {
        let before = b.account.changes();
        let applied = apply(&mut b, &a, &[other]).unwrap();
        assert_eq!((applied.number, applied.devices.is_empty()), (2, true));
        // The pinned bytes stay: nothing has changed.
        assert_eq!((pinned(&b, &a), b.account.changes()), (list.clone(), before));
    }
    // They are not looked at: none of the account, wrong ones, one of a type that is not the signer's.
    let without = device_list(&tbs, core::slice::from_ref(&device));
    let mut others = vec![without];
    for wrong in 0..2 {
        let mut signatures = [account.clone(), device.clone()];
        signatures[wrong].signature[0] ^= 1;
        others.push(device_list(&tbs, &signatures));
        signatures[wrong].key_type = 0x0101;
        others.push(device_list(&tbs, &signatures));
    }
    let mut c = Device::new(71);
    for other in &others {
        let before = b.account.changes();
        assert_eq!(apply(&mut b, &a, &[other]).unwrap().number, 2);
        assert_eq!((pinned(&b, &a), b.account.changes()), (list.clone(), before));
    }
    // Where nothing is pinned, what the account has not signed is refused.
    let verdicts = others.iter().map(|other| class(apply(&mut c, &a, &[other])));
    assert_eq!(
        verdicts.take(3).collect::<Vec<_>>(),
        ["bad_signature", "bad_signature", "malformed"]
    );
    // The account and the age count (ID-04, ID-09).
    let id = b.id();
    let of_another = b.check(|d, now, _| d.apply_device_lists(&id, &device_lists(&[&list]), now));
    assert_eq!(class(of_another), "identity_mismatch");
    let now = b.now;
    b.now = now + 30 * DAY + 1;
    assert_eq!(class(apply(&mut b, &a, &[&others[1]])), "stale_list");
    b.now = now;
    // Another content under the same number, or an older one.
    let (mut time, mut older) = (tbs.clone(), tbs.clone());
    time.issued_at -= 1;
    older.number -= 1;
    for other in [time, older] {
        let other = device_list(&other, &signed_by(&a, &other));
        assert_eq!(class(apply(&mut b, &a, &[&other])), "rollback");
    }
    assert_eq!(pinned(&b, &a), list);
}

#[test]
fn the_same_content_before_a_newer_list() {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    reissue(&mut a);
    let list = a.account.device_list().clone();
    apply(&mut b, &a, &[&list]).unwrap();
    let [account, _] = signed_by(&a, list.tbs());
    let fewer = device_list(list.tbs(), &[account]);
    reissue(&mut a);
    let newer = a.account.device_list().clone();
    assert_eq!(apply(&mut b, &a, &[&fewer, &newer]).unwrap().number, 3);
    assert_eq!(pinned(&b, &a), newer);
}

#[test]
fn a_list_that_renews_a_signing_key_is_met_again() {
    // Its attestation is by the device's old key, which the list itself no longer names.
    let (a, mut b) = (Device::new(SEED), Device::new(70));
    let first = a.account.device_list().clone();
    let [account_key, signing_key, _] = keys_of(SEED);
    let mut tbs = first.tbs().clone();
    tbs.number = 2;
    tbs.devices[0].generation = 2;
    tbs.devices[0].signature_keys =
        Device::new(9).account.device_list().tbs().devices[0].signature_keys.clone();
    let list =
        device_list(&tbs, &[by_account(&account_key, &tbs), by_device(1, &signing_key, &tbs)]);
    apply(&mut b, &a, &[&first]).unwrap();
    apply(&mut b, &a, &[&list]).unwrap();
    let before = b.account.changes();
    apply(&mut b, &a, &[&list]).unwrap();
    apply(&mut b, &a, &[&first, &list]).unwrap();
    assert_eq!((pinned(&b, &a), b.account.changes()), (list.clone(), before));
    // In front of another list, too.
    tbs.number = 3;
    let [account, _] = signed_by(&a, &tbs);
    let next = device_list(&tbs, &[account]);
    assert_eq!(apply(&mut b, &a, &[&list, &next]).unwrap().number, 3);
}

#[test]
fn a_bundle_and_a_first_message_with_another_attestation() {
    let (mut a, mut b) = two();
    // What a relay has added to a list in a bundle, the device's own first message is not refused for.
    let list = a.account.device_list().clone();
    let unknown =
        Attestation { signer: 3, signer_id: vec![9; 32], key_type: 1, signature: vec![1] };
    let more = device_list(list.tbs(), &[list.attestations()[0].clone(), unknown]);
    apply(&mut b, &a, &[&more]).unwrap();
    session(&mut a, &mut b);
    assert_eq!(pinned(&b, &a), more);
}

/// A first message that a has made with its list of `NOW`; b has the one of ten days later, from elsewhere.
fn overtaken(renewed: bool) -> (Device, Device, Outgoing) {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    (a.now, b.now) = (NOW + 10 * DAY, NOW + 10 * DAY);
    b.publish(2, 2);
    let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    let out = a.send(&made.session, b"first").unwrap();
    if renewed {
        a.check(|a, now, _| a.renew(NOW + 2 * YEAR, None, now).map(|c| ((), c))).unwrap();
    } else {
        reissue(&mut a);
    }
    let list = a.account.device_list().clone();
    assert_eq!(apply(&mut b, &a, &[&list]).unwrap().number, 2);
    (a, b, out)
}

#[test]
fn a_first_message_with_a_list_of_before() {
    // As long as the pinned list is young enough; the one in the message is stale then.
    for (age, verdict) in [(0, Ok(())), (30 * DAY, Ok(())), (30 * DAY + 1, Err("stale_list"))] {
        let (a, mut b, out) = overtaken(false);
        b.now += age;
        let got = b.get(&out).map_err(|error| error.class());
        if let Ok(got) = &got {
            assert_eq!((&got.body[..], got.devices.is_empty()), (&b"first"[..], true));
        }
        assert_eq!(got.map(|_| ()), verdict);
        assert_eq!(pinned(&b, &a).tbs().number, 2);
    }
    // The credential is held against the pinned list.
    let (_, mut b, out) = overtaken(true);
    assert_eq!(class(b.get(&out)), "not_listed");
}

/// Receives a first message with a body that was made before the list which b has from elsewhere. The sender renews or
/// signs its list anew `newer` times between making its handshake, the body, and the list that b has.
fn overtaken_body(renewed: bool, newer: [u32; 2]) -> (Device, Device, Outgoing) {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    b.publish(2, 2);
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap();
    for _ in 0..newer[0] {
        reissue(&mut a);
    }
    let (content_type, body) = match renewed {
        true => (content_type::CREDENTIAL_UPDATE, a.account.credential_update()),
        false => (content_type::DEVICE_LIST, a.account.device_list_update()),
    };
    let out = a.send_frame(&made.session, &Frame::new(content_type, &body)).unwrap();
    for _ in 0..newer[1] {
        reissue(&mut a);
    }
    let list = a.account.device_list().clone();
    apply(&mut b, &a, &[&list]).unwrap();
    (a, b, out)
}

#[test]
fn a_first_message_with_an_older_list_as_its_body() {
    for (renewed, newer) in [(false, [0, 1]), (false, [1, 1]), (true, [0, 1]), (true, [1, 2])] {
        let (mut a, mut b, out) = overtaken_body(renewed, newer);
        let list = pinned(&b, &a);
        let got = b.get(&out).unwrap();
        assert_eq!((got.event, got.devices.is_empty()), (Event::NewSession, true));
        assert_eq!((pinned(&b, &a), got.overtaken), (list, true));
        talk(&mut b, &mut a, &got.session);
        // In the session itself it is refused, as by itself.
        let body = device_lists(&[Device::new(SEED).account.device_list()]);
        let out = a.send_frame(&got.session, &Frame::new(content_type::DEVICE_LIST, &body));
        assert_eq!(class(b.get(&out.unwrap())), "rollback");
    }
}

#[test]
fn a_further_first_message_with_an_older_list_as_its_body() {
    for (kind, stale) in [content_type::DEVICE_LIST, content_type::CREDENTIAL_UPDATE]
        .map(|kind| [(kind, 0), (kind, 40 * DAY)])
        .concat()
    {
        let (mut a, mut b) = (Device::new(SEED), Device::new(70));
        b.publish(2, 2);
        let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap().session;
        let first = a.send(&made, b"first").unwrap();
        let body = match kind {
            content_type::DEVICE_LIST => a.account.device_list_update(),
            _ => a.account.credential_update(),
        };
        let further = a.send_frame(&made, &Frame::new(kind, &body)).unwrap();
        b.get(&first).unwrap();
        reissue(&mut a);
        let list = a.account.device_list().clone();
        apply(&mut b, &a, &[&list]).unwrap();
        // The age of lists is not looked at, neither of its own nor of the pinned one (ID-09).
        b.now += stale;
        let got = b.get(&further).unwrap();
        assert_eq!((got.event, got.session, got.overtaken), (Event::Message, made, true));
        assert_eq!((pinned(&b, &a), &got.body), (list, &body));
    }
}

#[test]
fn the_account_of_lists_that_are_passed_over_counts() {
    // What is pinned for the account that is expected is newer, and too old: it stands for lists of its account alone.
    let (mut a, mut b, mut other) = (Device::new(SEED), Device::new(70), Device::new(71));
    b.publish(2, 2);
    reissue(&mut other);
    let list = other.account.device_list().clone();
    apply(&mut b, &other, &[&list]).unwrap();
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap().session;
    let out = a.send(&made, b"first").unwrap();
    b.now += 40 * DAY;
    let expected = ReceiveOptions::from_account(other.id());
    assert_eq!(class(b.get_with(&out, &expected)), "identity_mismatch");
}

#[test]
fn but_not_one_of_another_account_or_device() {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    let mut other = Device::new(71);
    let second = sister(&a, SEED, 2, 2, 2);
    b.publish(2, 2);
    let own = a.account.device_list_update();
    let update = |of: &Device| [own.clone(), of.account.credential().to_bytes()].concat();
    let bodies = [
        (content_type::DEVICE_LIST, other.account.device_list_update(), "identity_mismatch"),
        (content_type::CREDENTIAL_UPDATE, other.account.credential_update(), "identity_mismatch"),
        // Older lists, which nobody looks at: the credential is another account's, or another device's.
        (content_type::CREDENTIAL_UPDATE, update(&other), "identity_mismatch"),
        (content_type::CREDENTIAL_UPDATE, update(&second), "identity_mismatch"),
    ];
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap().session;
    let outs = bodies.map(|(content_type, body, verdict)| {
        (a.send_frame(&made, &Frame::new(content_type, &body)).unwrap(), verdict)
    });
    reissue(&mut a);
    reissue(&mut other);
    let list = a.account.device_list().clone();
    apply(&mut b, &a, &[&list]).unwrap();
    for (out, verdict) in outs {
        assert_eq!(class(b.get(&out)), verdict);
    }
}

#[test]
fn an_older_list_elsewhere_is_refused() {
    let (mut a, mut b) = two();
    let old = a.account.device_list().clone();
    let (bundle, id) = (a.bundle(None, 4), session(&mut a, &mut b));
    reissue(&mut a);
    let new = a.account.device_list().clone();
    let announce = |a: &mut Device, list: &DeviceList| {
        let frame = Frame::new(content_type::DEVICE_LIST, &device_lists(&[list]));
        a.send_frame(&id, &frame).unwrap()
    };
    let out = announce(&mut a, &new);
    b.get(&out).unwrap();
    assert_eq!(class(apply(&mut b, &a, &[&old])), "rollback");
    let out = announce(&mut a, &old);
    assert_eq!(class(b.get(&out)), "rollback");
    let refused = b.account.verify_bundle(&a.id(), &bundle, NOW).map(|_| ());
    assert_eq!(class(refused), "rollback");
}

#[test]
fn the_caller_is_told_of_devices() {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    a.publish(2, 2);
    b.publish(2, 2);
    let second = sister(&a, SEED, 2, 2, 2);
    let two_of_them = list_of_two(&a, SEED, &second);
    let mut tbs = two_of_them.tbs().clone();
    tbs.number += 1;
    tbs.devices.truncate(1);
    let one_again = device_list(&tbs, &signed_by(&a, &tbs));

    // Nothing was pinned before.
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap();
    assert_eq!((made.devices.account.clone(), made.devices.is_empty()), (b.id(), true));
    // In the body of the very first message: the handshake pins a list, the body another.
    let body = device_lists(&[&two_of_them]);
    let out = a.send_frame(&made.session, &Frame::new(content_type::DEVICE_LIST, &body)).unwrap();
    let got = b.get(&out).unwrap();
    assert_eq!(got.devices.added, [2], "what the handshake brought is pinned before the body");
    talk(&mut b, &mut a, &made.session);

    let announce = |a: &mut Device, b: &mut Device, lists: &[&DeviceList]| {
        let frame = Frame::new(content_type::DEVICE_LIST, &device_lists(lists));
        let out = a.send_frame(&made.session, &frame).unwrap();
        let got = b.get(&out).unwrap();
        assert_eq!(got.devices.account, a.id());
        (got.devices.added.clone(), got.devices.removed.clone())
    };
    let announced = announce(&mut a, &mut b, &[&one_again]);
    assert_eq!(announced, (vec![], vec![2]));
    assert_eq!(announce(&mut a, &mut b, &[&one_again]), (vec![], vec![]));

    // Applied by the caller, at another device.
    let mut c = Device::new(71);
    let tell = |c: &mut Device, lists: &[&DeviceList]| {
        let devices = apply(c, &a, lists).unwrap().devices;
        assert_eq!(devices.account, a.id());
        (devices.added, devices.removed)
    };
    let first = a.account.device_list().clone();
    assert_eq!(tell(&mut c, &[&first]), (vec![], vec![]));
    assert_eq!(tell(&mut c, &[&two_of_them]), (vec![2], vec![]));
    assert_eq!(tell(&mut c, &[&two_of_them]), (vec![], vec![]));
    assert_eq!(tell(&mut c, &[&one_again]), (vec![], vec![2]));
    // Between before and after the series: what came and went in between is no news.
    let mut c = Device::new(72);
    assert_eq!(tell(&mut c, &[&first]), (vec![], vec![]));
    assert_eq!(tell(&mut c, &[&two_of_them, &one_again]), (vec![], vec![]));
}

#[test]
fn a_refused_list_tells_nothing() {
    let (a, mut b) = (Device::new(SEED), Device::new(70));
    let second = sister(&a, SEED, 2, 2, 2);
    let first = a.account.device_list().clone();
    apply(&mut b, &a, &[&first]).unwrap();
    let tbs = list_of_two(&a, SEED, &second).tbs().clone();
    let [account, _] = signed_by(&a, &tbs);
    assert_eq!(class(apply(&mut b, &a, &[&device_list(&tbs, &[account])])), "unauthorised_device");
    assert_eq!(pinned(&b, &a), first);
}

#[test]
fn attestations_come_before_the_order_of_lists() {
    let (mut a, mut b) = (Device::new(SEED), Device::new(70));
    let old = a.account.device_list().tbs().clone();
    reissue(&mut a);
    let new = a.account.device_list().clone();
    apply(&mut b, &a, &[&new]).unwrap();
    let [account, device] = signed_by(&a, &old);
    let mut forged = device.clone();
    forged.signature[0] ^= 1;
    let agrees = |by: &Attestation| Attestation { key_type: 0x0101, ..by.clone() };
    let mut verdict = |attestations: &[&Attestation]| {
        let attestations: Vec<_> = attestations.iter().map(|by| (*by).clone()).collect();
        class(apply(&mut b, &a, &[&device_list(&old, &attestations)]))
    };
    assert_eq!(verdict(&[&account, &device]), "rollback");
    assert_eq!(verdict(&[&account, &forged]), "bad_signature");
    assert_eq!(verdict(&[&account, &device, &agrees(&device)]), "malformed");
    assert_eq!(verdict(&[&account, &agrees(&account), &device]), "malformed");
    // One signer's in their order, ID-18 before the signature.
    assert_eq!(verdict(&[&agrees(&account), &device]), "malformed");
    assert_eq!(verdict(&[&account, &forged, &agrees(&device)]), "bad_signature");
}

#[test]
fn a_reference_has_the_length_of_the_hash() {
    let a = Device::new(SEED);
    for length in [0, 31, 32, 33, 48] {
        let mut tbs = a.account.device_list().tbs().clone();
        tbs.devices[0].credential_ref.resize(length, 7);
        let read = DeviceListTbs::from_bytes(&tbs.to_bytes()).map_err(|error| error.class());
        assert_eq!(read.map(|_| ()), if length == 32 { Ok(()) } else { Err("malformed") });
    }
}

#[test]
fn the_own_current_list_is_no_pinned_one() {
    let (mut a, _) = two();
    let bundle = a.bundle(None, 4);
    reissue(&mut a);
    assert_eq!(class(a.account.verify_bundle(&a.id(), &bundle, NOW).map(|_| ())), "reflection");
    let id = a.id();
    assert_eq!(class(a.initiate(&id, &bundle)), "reflection");
    assert_eq!(a.account.peers().count(), 0);
}
