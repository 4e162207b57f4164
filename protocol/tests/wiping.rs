//! Secrets do not stay in freed heap blocks.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
#[path = "common/recording.rs"]
mod recording;
use common::*;
use recording::*;
use sceau::Wire;
use sceau::crypto::Secret;
use sceau::pairwise::{Account, AccountParams, ExternalPsk, Frame, ReceiveOptions, RecordKind};

/// All 32-byte vectors of a session's record behind its public part: chain, header, root and message keys,
/// exporter and ratchet key.
fn secrets_of(account: &Account) -> Vec<Vec<u8>> {
    let state = account.export_state();
    let session = account.sessions().next().unwrap().id();
    let id = session.as_bytes();
    // The record's body holds the id a second time; secrets start behind handshake_ref.
    let places: Vec<_> = (0..state.len() - 32).filter(|at| &state[*at..*at + 32] == id).collect();
    let body = places[places.len() - 1];
    let mut secrets = Vec::new();
    // peer_account, peer_serial, handshake_ref, resumed_from, recovery.
    let mut at = body + 32 + 33 + 8 + 33 + 1 + 1;
    for _ in 0..4 {
        assert_eq!(state[at], 32, "exporter, pq, root, ratchet private");
        secrets.push(state[at + 1..at + 33].to_vec());
        at += 33;
    }
    for _ in 0..2 {
        at += 1 + usize::from(state[at]); // public keys
    }
    for _ in 0..2 {
        secrets.push(state[at + 1..at + 33].to_vec()); // next header keys
        at += 33;
    }
    for _ in 0..2 {
        let present = state[at];
        at += 1;
        if present == 1 {
            secrets.push(state[at + 1..at + 33].to_vec());
            secrets.push(state[at + 34..at + 66].to_vec());
            at += 66 + 6;
        }
    }
    secrets
}

#[test]
fn the_control_is_found() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_control_is_found();
}

#[test]
fn sessions_leave_no_keys() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    forget_all();
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    for secret in secrets_of(&a.account).iter().chain(&secrets_of(&b.account)) {
        watch(secret);
    }
    // Without the harness of `common`, which keeps copies of records.
    let (mut a, mut b, mut rng) = (a.account, b.account, TestRng(9));
    let options = ReceiveOptions::default();
    let count = found(|| {
        for _ in 0..3 {
            let out = a.encrypt(&id, &Frame::application(b"x"), b"", NOW).unwrap().0;
            let lost = a.encrypt(&id, &Frame::application(b"x"), b"", NOW).unwrap().0;
            let late = a.encrypt(&id, &Frame::application(b"x"), b"", NOW).unwrap().0;
            for out in [&out, &late, &lost] {
                drop(b.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap());
            }
            let out = b.encrypt(&id, &Frame::application(b"y"), b"", NOW).unwrap().0;
            let mut wrong = out.message.clone();
            *wrong.last_mut().unwrap() ^= 1;
            a.receive(&out.mailbox, &wrong, b"", &options, NOW, &mut rng).unwrap_err();
            drop(a.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap());
        }
        drop(a.export_state());
        let state = b.export_state();
        drop(Account::import(&state, None, Default::default(), Default::default()).unwrap());
        drop(state);
        drop((a, b));
    });
    assert_eq!(count, 0, "freed blocks that held a secret");
}

#[test]
fn handshakes_leave_no_keys() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    forget_all();
    let (a, b) = two();
    // Private prekeys and identity keys, as they stand in the records.
    for device in [&a, &b] {
        for (key, (_, bytes)) in &device.store.0 {
            match key.kind() {
                RecordKind::Prekey => watch(&bytes[bytes.len() - 32..]),
                RecordKind::Account => {
                    let body = 2 + 1 + 8 + 2; // version, key, generation, length
                    for at in [body + 4, body + 41, body + 76] {
                        assert_eq!(bytes[at - 1], 32, "a private key");
                        watch(&bytes[at..at + 32]);
                    }
                }
                _ => {}
            }
        }
    }
    // Draws of the initiator.
    let mut draws = TestRng(42);
    for _ in 0..4 {
        let mut draw = [0; 32];
        rand_core::Rng::fill_bytes(&mut draws, &mut draw);
        watch(&draw);
    }
    let (bundle, peer) = (b.bundle(Some(2), 4), b.id());
    let (mut a, mut b, mut rng) = (a.account, b.account, TestRng(42));
    let options = ReceiveOptions::default();
    let count = found(|| {
        let made = a.initiate(&peer, &bundle, None, NOW, &mut rng).unwrap().0;
        let out = a.encrypt(&made.session, &Frame::application(b"x"), b"", NOW).unwrap().0;
        let mut wrong = out.message.clone();
        *wrong.last_mut().unwrap() ^= 1;
        b.receive(&out.mailbox, &wrong, b"", &options, NOW, &mut rng).unwrap_err();
        drop(b.receive(&out.mailbox, &out.message, b"", &options, NOW, &mut rng).unwrap());
        drop(b.create_batch(1, 1, DAY, NOW, &mut rng).unwrap());
        drop(b.expire(NOW + 100 * DAY));
        drop((a, b));
    });
    assert_eq!(count, 0, "freed blocks that held a secret");
}

#[test]
fn other_steps_leave_no_keys() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    forget_all();
    // Draws of an enrolment and a batch: account key, identity keys, prekeys.
    let mut draws = TestRng(77);
    for length in [32, 32, 32, 32, 64, 32, 64] {
        let mut draw = vec![0; length];
        rand_core::Rng::fill_bytes(&mut draws, &mut draw);
        watch(&draw);
    }
    let psk_key: Vec<u8> = (0..32).map(|i| i * 5 + 1).collect();
    watch(&psk_key);
    let params = || AccountParams::new(1, NOW - DAY, NOW + YEAR);
    let (mut peer, _) = Account::create(&mut TestRng(1), NOW, params()).unwrap();
    let (batch, _) = peer.create_batch(0, 0, DAY, NOW, &mut TestRng(2)).unwrap();
    let bundle = peer.bundle(&batch, None, 1).unwrap().to_bytes();
    let psk = || ExternalPsk { id: b"id".to_vec(), key: Secret::from_slice(&psk_key) };
    let mut options = ReceiveOptions::default();
    let count = found(|| {
        options.psks.push(psk());
        let mut rng = TestRng(77);
        let (mut a, _) = Account::create(&mut rng, NOW, params()).unwrap();
        drop(a.create_batch(1, 1, DAY, NOW, &mut rng).unwrap());
        drop(a.renew(NOW + 2 * YEAR, None, NOW).unwrap());
        // Begun and given up, refused, and done.
        let id = peer.account_id().clone();
        drop(a.initiate_begin(&id, &bundle, Some(psk()), false, NOW, &mut rng).unwrap());
        a.initiate(&id, &bundle[1..], Some(psk()), NOW, &mut rng).unwrap_err();
        let made = a.initiate(&id, &bundle, Some(psk()), NOW, &mut rng).unwrap().0;
        let out = a.encrypt(&made.session, &Frame::application(b"x"), b"", NOW).unwrap().0;
        let (mailbox, message) = (&out.mailbox, &out.message);
        drop(peer.receive_begin(mailbox, message, b"", &options, NOW, &mut rng).unwrap());
        drop(peer.receive(mailbox, message, b"", &options, NOW, &mut rng).unwrap());
        options.psks.clear();
        drop(a.expire(NOW + 100 * DAY));
        drop(a);
    });
    assert_eq!(count, 0, "freed blocks that held a secret");
}

#[test]
fn exports_are_wiped() {
    let _one = ONE_TEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    forget_all();
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let exported = a.account.export(&id, b"label", b"context", 64).unwrap();
    watch(exported.as_bytes());
    let count = found(|| drop(a.account.export(&id, b"label", b"context", 64).unwrap()));
    assert_eq!(count, 0);
    let control = found(|| drop(exported.as_bytes().to_vec()));
    assert!(control > 0, "a copy that the caller leaves is found");
}
