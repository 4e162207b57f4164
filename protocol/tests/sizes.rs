//! How large messages and records are, and that what a peer can make a device store is bounded.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::Wire;
use sceau::pairwise::{
    AccountParams, Frame, IssuerKeys, Outgoing, ReceiveOptions, RecordKind, SessionId,
};

/// Bytes of the stored record of a session.
fn session_record(device: &Device, id: &SessionId) -> usize {
    let is = |key: &sceau::pairwise::RecordKey| {
        key.kind() == RecordKind::Session && key.id() == id.as_bytes()
    };
    let mut found = device.store.0.iter().filter(|(key, _)| is(key));
    found.next().map(|(_, (_, bytes))| bytes.len()).unwrap()
}

fn count(device: &Device, kind: RecordKind) -> usize {
    device.store.0.keys().filter(|key| key.kind() == kind).count()
}

#[test]
fn a_session_that_both_have_used() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    for _ in 0..3 {
        talk(&mut a, &mut b, &id);
        talk(&mut b, &mut a, &id);
    }
    // Announced and armed as well: the absorb secret with the loser's id is at most 66 bytes more.
    for device in [&a, &b] {
        let length = session_record(device, &id);
        assert!(length <= 1024 - 66, "{length}");
    }
}

#[test]
fn an_initiator_that_waits() {
    // With an issuer's attestations in credential and list, the longest that edition 0's flows make.
    let issuer = IssuerKeys::from_seed(&Default::default(), 1, &[9; 32]).unwrap();
    let mut params = AccountParams::new(1, NOW - DAY, NOW + YEAR);
    params.issuer = Some(issuer);
    let (mut a, mut b) = (Device::with(7, params), Device::new(8));
    b.publish(2, 2);
    let made = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap();
    for _ in 0..3 {
        let length = session_record(&a, &made.session);
        assert!(length <= 4096, "{length}");
        b.get(&a.send(&made.session, b"x").unwrap()).unwrap();
    }
    talk(&mut b, &mut a, &made.session);
    assert!(session_record(&a, &made.session) <= 1024);
}

#[test]
fn a_message_is_73_bytes_longer_than_its_frame() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    // Body, and the bucket of its frame: 4 bytes and the body's length in front of it.
    for (body, bucket) in [
        (0, 256),
        (63, 256),
        (250, 256),
        (251, 512),
        (1018, 1024),
        (1019, 2048),
        (4090, 4096),
        (4091, 8192),
        (1_048_568, 1_048_576),
    ] {
        let out = a.send(&id, &vec![7; body]).unwrap();
        assert_eq!(out.message.len(), bucket + 73, "{body}");
        b.get(&out).unwrap();
    }
    // The same at every place of a chain, with a peer's answers between, and after a loss.
    for round in 0..3 {
        for _ in 0..3 {
            assert_eq!(a.send(&id, &[round]).unwrap().message.len(), 256 + 73);
        }
        talk(&mut a, &mut b, &id);
        assert_eq!(b.send(&id, b"").unwrap().message.len(), 256 + 73);
        talk(&mut b, &mut a, &id);
    }
}

#[test]
fn what_a_peer_makes_a_session_store() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    // Without the harness, which compares the whole state at each of 7,000 messages.
    let frame = Frame::application(b"x");
    let options = ReceiveOptions::default();
    let mut most = 0;
    for i in 0..7 {
        // A gap of the largest size; two in each chain.
        let outs = (0..1001).map(|_| a.account.encrypt(&id, &frame, b"ad", NOW).unwrap().0);
        let last = outs.last().unwrap();
        let get = |d: &mut Device, out: &Outgoing| {
            let rng = &mut d.rng;
            let got = d.account.receive(&out.mailbox, &out.message, b"ad", &options, NOW, rng);
            let (_, changes) = got.unwrap();
            let session = changes.iter().find(|c| c.key().kind() == RecordKind::Session).unwrap();
            session.record().unwrap().to_bytes().len()
        };
        most = most.max(get(&mut b, &last));
        if i % 2 == 1 {
            let (out, _) = b.account.encrypt(&id, &frame, b"ad", NOW).unwrap();
            get(&mut a, &out);
        }
    }
    let stored = b.account.session(&id).unwrap().skipped_keys(NOW, &Default::default());
    assert_eq!(stored, 2000);
    // 45 bytes a key: number, time, key with its length.
    assert!((2000 * 45..=2000 * 45 + 6 * 38 + 1024).contains(&most), "{most}");
}

#[test]
fn a_batch_of_a_thousand_keys() {
    let mut b = Device::new(5);
    b.publish(500, 500);
    assert_eq!((count(&b, RecordKind::Prekey), b.account.prekey_count()), (1002, 1002));
    let prekeys = b.store.0.iter().filter(|(key, _)| key.kind() == RecordKind::Prekey);
    let lengths: Vec<_> = prekeys.map(|(_, (_, bytes))| bytes.len()).collect();
    // A seed of 64 bytes at most: keys are expanded when they are used.
    assert!(lengths.iter().all(|length| *length <= 96), "{lengths:?}");
    let batches = b.store.0.iter().filter(|(key, _)| key.kind() == RecordKind::Batch);
    assert!(batches.map(|(_, (_, bytes))| bytes.len()).sum::<usize>() <= 1024);
    // What is left when it is past its grace: nothing.
    b.now += 44 * DAY;
    b.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!((count(&b, RecordKind::Prekey), count(&b, RecordKind::Batch)), (0, 0));
    let too_many = b.account.create_batch(1000, 23, DAY, b.now, &mut TestRng(1));
    assert_eq!(class(too_many), "limit");
    let (most, _) = b.account.create_batch(1000, 22, DAY, b.now, &mut TestRng(1)).unwrap();
    assert_eq!(most.prekeys.len(), 1024);
}

#[test]
fn what_strangers_make_a_device_store() {
    // Each accepted handshake is one replay record of constant length, up to the cache's size.
    let mut b = Device::new(5);
    b.publish(0, 0);
    let mut policy = b.account.policy().clone();
    policy.limits.set("replay_cache_size", 3);
    b.account.set_policy(policy);
    for i in 0..3 {
        let mut a = Device::new(100 + i);
        let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
        b.get(&a.send(&made.session, b"x").unwrap()).unwrap();
    }
    let mut a = Device::new(200);
    let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    let out = a.send(&made.session, b"x").unwrap();
    let before = b.store.concat();
    assert_eq!(class(b.get(&out)), "limit");
    assert_eq!(b.store.concat(), before);
    assert_eq!((count(&b, RecordKind::Replay), count(&b, RecordKind::Session)), (3, 3));
    let replays = b.store.0.iter().filter(|(key, _)| key.kind() == RecordKind::Replay);
    assert!(replays.map(|(_, (_, bytes))| bytes.len()).all(|length| length <= 96));
}
