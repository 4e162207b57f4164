//! Bad input: a typed error, the state unchanged, nothing lost, no panic. (Lengths that lie stand in `allocation.rs`,
//! points of low order in `low_order.rs`.)
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::Wire;
use sceau::pairwise::{
    Account, Change, Frame, PrekeyBatchTbs, PrekeyBundle, PublishedBatch, ReceiveOptions,
};

#[test]
fn any_bit_flip_is_refused_and_changes_nothing() {
    let (mut a, mut b) = two();
    let made = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap();
    let first = a.send(&made.session, b"first").unwrap();
    for at in (0..first.message.len()).step_by(37) {
        let mut wrong = first.clone();
        wrong.message[at] ^= 1 << (at % 8);
        b.get(&wrong).unwrap_err();
        wrong.message.truncate(at);
        b.get(&wrong).unwrap_err();
    }
    b.get(&first).unwrap();
    let out = b.send(&made.session, b"answer").unwrap();
    for at in 0..out.message.len() {
        let mut wrong = out.clone();
        wrong.message[at] ^= 1 << (at % 8);
        let class = class(a.get(&wrong));
        assert_eq!(class, if at == 0 { "malformed" } else { "undecryptable" });
        wrong.message.truncate(at);
        a.get(&wrong).unwrap_err();
    }
    a.get(&out).unwrap();
}

#[test]
fn import_survives_any_damage() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let lost = a.send(&id, b"lost").unwrap();
    talk(&mut a, &mut b, &id);
    let late = a.send(&id, b"late").unwrap();
    let state = b.account.export_state();
    let import =
        |bytes: &[u8]| Account::import(bytes, None, Default::default(), Default::default());
    import(&state).unwrap();
    for end in 0..state.len() {
        import(&state[..end]).unwrap_err();
    }
    // It is inside the trust boundary, and not all of it can be checked; but what is taken is what was given, and
    // nothing that follows panics.
    let (frame, options) = (Frame::application(b"x"), ReceiveOptions::default());
    let mut taken = 0;
    for at in 0..state.len() {
        let mut wrong = state.to_vec();
        wrong[at] ^= 1 << (at % 8);
        let Ok(mut account) = import(&wrong) else { continue };
        taken += 1;
        assert_eq!(*account.export_state(), wrong, "at {at}");
        let _ = account.encrypt(&id, &frame, b"ad", NOW);
        for out in [&lost, &late] {
            let mut rng = TestRng(1);
            let _ = account.receive(&out.mailbox, &out.message, b"ad", &options, NOW, &mut rng);
        }
        let _ = account.create_batch(0, 0, DAY, NOW, &mut TestRng(1));
        let _ = account.initiate(&a.id(), &a.bundle(None, 4), None, NOW, &mut TestRng(1));
        let _ = account.expire(NOW + 100 * DAY);
    }
    assert!(taken > 100, "{taken}");
    let mut longer = state.to_vec();
    longer.push(0);
    import(&longer).unwrap_err();
}

#[test]
fn keys_of_mixed_batches() {
    let (mut a, mut b) = two();
    let old = b.batch.clone().unwrap();
    b.publish(2, 2);
    let of = |batch: &PublishedBatch| b.account.bundle(batch, Some(2), 4).unwrap();
    let (new, old) = (of(b.batch.as_ref().unwrap()), of(&old));
    a.account.verify_bundle(&b.id(), &new.to_bytes(), NOW).unwrap();
    let mut mixed = vec![new.clone(), new.clone(), new.clone(), new.clone()];
    mixed[0].signed_prekey = old.signed_prekey.clone();
    mixed[1].one_time_prekey = old.one_time_prekey.clone();
    mixed[2].kem_prekey = old.kem_prekey.clone();
    mixed[3].batch = old.batch.clone();
    for bundle in &mixed {
        assert_eq!(class(a.initiate(&b.id(), &bundle.to_bytes())), "bad_path");
    }
    // Keys of the right batch in the wrong place, or of the wrong type.
    let mut types = vec![new.clone(), new.clone(), new.clone()];
    types[0].signed_prekey = new.one_time_prekey.clone().unwrap();
    types[1].one_time_prekey = Some(new.signed_prekey.clone());
    types[2].kem_prekey = new.one_time_prekey.clone().unwrap();
    for bundle in &types {
        assert_eq!(class(a.initiate(&b.id(), &bundle.to_bytes())), "malformed");
    }
    // Another device's credential.
    let mut other = Device::new(77);
    other.publish(1, 1);
    let stolen = PrekeyBundle::from_bytes(&other.bundle(None, 1)).unwrap();
    let mut bundle = new.clone();
    bundle.batch = stolen.batch.clone();
    assert_eq!(class(a.initiate(&b.id(), &bundle.to_bytes())), "identity_mismatch");
    bundle = new.clone();
    bundle.credential = stolen.credential.clone();
    assert_eq!(class(a.initiate(&b.id(), &bundle.to_bytes())), "identity_mismatch");
    assert_eq!(class(a.initiate(&other.id(), &new.to_bytes())), "identity_mismatch");
    a.initiate(&b.id(), &new.to_bytes()).unwrap();
}

#[test]
fn what_decoding_refuses_comes_first() {
    let (a, b) = two();
    let whole = PrekeyBundle::from_bytes(&b.bundle(Some(2), 4)).unwrap();
    // Under another account's id, so that step 1 refuses what is whole.
    let other = a.id();
    let verdict = |bundle: &PrekeyBundle| {
        class(a.account.verify_bundle(&other, &bundle.to_bytes(), NOW).map(|_| ()))
    };
    assert_eq!(verdict(&whole), "identity_mismatch");
    let mut wrong = vec![whole.clone(), whole.clone(), whole.clone()];
    wrong[0].signed_prekey.prekey.key.pop();
    wrong[1].one_time_prekey.as_mut().unwrap().prekey.key.push(0);
    wrong[2].kem_prekey.prekey.key.pop();
    for bundle in &wrong {
        assert_eq!(verdict(bundle), "malformed");
    }
    let batch = |change: fn(&mut PrekeyBatchTbs)| {
        let mut tbs = whole.batch.tbs().clone();
        change(&mut tbs);
        PrekeyBatchTbs::from_bytes(&tbs.to_bytes()).map(|_| ()).map_err(|error| error.class())
    };
    batch(|tbs| tbs.size = 2).unwrap();
    batch(|tbs| tbs.size = 1024).unwrap();
    for change in [
        (|tbs| tbs.generation = 0) as fn(&mut PrekeyBatchTbs),
        |tbs| tbs.size = 1,
        |tbs| tbs.size = 1025,
        |tbs| tbs.root.truncate(31),
        |tbs| tbs.root.push(0),
    ] {
        assert_eq!(batch(change), Err("malformed"));
    }
    // Of a suite that is not known no length is.
    batch(|tbs| (tbs.suite, tbs.root) = (0xf0f0, vec![1; 48])).unwrap();
}

#[test]
fn extensions_of_frames() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let extension =
        |extension_type| sceau::pairwise::Extension { extension_type, data: vec![1, 2, 3] };
    let mut frame = Frame::application(b"body");
    frame.critical = vec![extension(0xf000)];
    let out = a.send_frame(&id, &frame).unwrap();
    assert_eq!(class(b.get(&out)), "critical_extension");
    assert_eq!(class(b.get(&out)), "critical_extension", "its key is not used up");
    frame.critical.clear();
    frame.non_critical = vec![extension(0x0a0a), extension(0xf000)];
    let out = a.send_frame(&id, &frame).unwrap();
    assert_eq!(b.get(&out).unwrap().non_critical, frame.non_critical);
    // What no receiver could parse is not sent.
    frame.non_critical.reverse();
    assert_eq!(class(a.send_frame(&id, &frame)), "malformed");
    frame.non_critical = vec![extension(1)];
    assert_eq!(class(a.send_frame(&id, &frame)), "misuse", "absorb is the session's");
    assert_eq!(class(a.send_frame(&id, &Frame::new(7, b""))), "unsupported_version");
}

#[test]
fn nothing_that_is_printed_tells_a_secret() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let out = a.send(&id, b"what people write").unwrap();
    let frame = Frame::application(b"what people write");
    let got = b.get(&out).unwrap();
    let bytes = format!("{:?}", b"what people write");
    for printed in [format!("{frame:?}"), format!("{got:?}"), format!("{:?}", a.account)] {
        assert!(!printed.contains(&bytes[1..20]) && !printed.contains("119, 104"), "{printed}");
    }
    let (_, changes) = a.account.encrypt(&id, &frame, b"ad", NOW).unwrap();
    let printed = format!("{:?}", changes.iter().next().unwrap());
    assert!(printed.contains("generation") && !printed.contains("body"), "{printed}");
}

#[test]
fn bundles_survive_any_damage() {
    let (a, b) = two();
    let bundle = b.bundle(Some(2), 4);
    for end in 0..bundle.len() {
        let refused = a.account.verify_bundle(&b.id(), &bundle[..end], NOW);
        assert_eq!(class(refused.map(|_| ())), "malformed");
    }
    for at in (0..bundle.len()).step_by(11) {
        let mut wrong = bundle.clone();
        wrong[at] ^= 1 << (at % 8);
        a.account.verify_bundle(&b.id(), &wrong, NOW).unwrap_err();
    }
    assert_eq!(sceau::pairwise::PrekeyBundle::from_bytes(&bundle).unwrap().to_bytes(), bundle);
}

#[test]
fn a_change_whose_record_is_another() {
    // `RecordKey key; uint64 expected; optional<Record>`, and in the record version, key, generation.
    let (mut a, _) = two();
    let changes = a.account.reissue_list(NOW).unwrap().to_bytes();
    // The account's: kind 1, no id, expected 3; the record's generation 4.
    let account = |expected: u64, kind: u8, generation: u64| {
        let record = [&[0, kind, 0][..], &generation.to_be_bytes(), &[1, 7]].concat();
        let bytes = [&[1, 0][..], &expected.to_be_bytes(), &[1], &record].concat();
        Change::from_bytes(&bytes).map(|change| assert_eq!(change.to_bytes(), bytes))
    };
    assert_eq!(changes[..2], [1, 0]);
    account(3, 1, 4).unwrap();
    account(0, 1, 1).unwrap();
    for (expected, kind, generation) in
        [(3, 1, 3), (3, 1, 5), (3, 0, 4), (3, 2, 4), (0, 1, 0), (u64::MAX, 1, 0), (u64::MAX, 1, 1)]
    {
        assert_eq!(class(account(expected, kind, generation)), "malformed");
    }
    // One that deletes has no record that could differ.
    let deletes = [&[1, 0][..], &u64::MAX.to_be_bytes(), &[0]].concat();
    Change::from_bytes(&deletes).unwrap();
}

#[test]
fn an_export_holds_what_is_past_its_age() {
    let (mut a, _) = two();
    a.now += 365 * DAY;
    let before = a.account.export_state();
    assert_eq!(a.account.batches().count(), 1);
    a.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!(a.account.batches().count(), 0);
    // Its prekeys are gone from the next export.
    assert!(a.account.export_state().len() < before.len());
}
