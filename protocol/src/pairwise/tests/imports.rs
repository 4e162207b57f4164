//! Stored states that say what they must not (`STA-04`).

use super::super::peer::Pair;
use super::super::state::{Record, RecordKind, Step};
use super::{NOW, TestRng, device, talk};
use crate::codec::{Encode, Reader, Writer};
use crate::crypto::{Provider, Secret};
use crate::limits::MAX_CHAIN_LENGTH;
use crate::pairwise::ratchet::HeaderKey;
use crate::pairwise::ratchet::message_key::MessageKey;
use crate::pairwise::ratchet::skipped::{SkippedChain, SkippedKey};
use crate::pairwise::session::{SessionState, SessionStatus};
use crate::pairwise::{Account, Credential, DeviceList, Policy};
use alloc::vec::Vec;

fn import(state: &[u8]) -> Result<(), &'static str> {
    let imported = Account::import(state, None, Provider::Default, Policy::default());
    imported.map(|_| ()).map_err(|error| error.class())
}

fn with_session() -> Account {
    let (mut a, _) = device(1, &Provider::Default, &[1]);
    let (mut b, batch) = device(2, &Provider::Default, &[1]);
    talk(&mut a, &mut b, &batch, &mut TestRng(3));
    a
}

/// The verdict about a state that was changed from inside.
fn changed(change: impl FnOnce(&mut Account)) -> Result<(), &'static str> {
    let mut account = with_session();
    change(&mut account);
    import(&account.export_state())
}

/// The verdict about a state in which the first record of a kind has another body.
fn rewritten(kind: RecordKind, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), &'static str> {
    let state = with_session().export_state();
    let (mut r, mut w, mut change) = (Reader::new(&state), Writer::new(), Some(change));
    while !r.is_empty() {
        let record: Record = crate::codec::Decode::decode(&mut r).unwrap();
        let mut body = record.body().to_vec();
        if record.key().kind() == kind
            && let Some(change) = change.take()
        {
            change(&mut body);
        }
        Record::new(record.key().clone(), record.generation(), body).encode(&mut w);
    }
    assert!(change.is_none());
    import(&w.into_bytes())
}

fn in_session(change: impl FnOnce(&mut SessionState)) -> Result<(), &'static str> {
    changed(|account| change(account.sessions.values_mut().next().unwrap()))
}

#[test]
fn unknown_suites_and_types() {
    assert_eq!(changed(|_| ()), Ok(()));
    // `uint16 suite` stands first in a session, behind the version in a batch.
    let suite = |at: usize| move |body: &mut Vec<u8>| body[at] = 0xee;
    assert_eq!(rewritten(RecordKind::Session, suite(0)), Err("unsupported_suite"));
    assert_eq!(rewritten(RecordKind::Batch, suite(1)), Err("unsupported_suite"));
    assert_eq!(changed(|a| a.keyring.account[0].0 = 0x0002), Err("unsupported_suite"));
    assert_eq!(changed(|a| a.keyring.identity[1].0 = 0x0102), Err("unsupported_suite"));
    // A known type, of the length of another.
    assert_eq!(changed(|a| a.keyring.account[0].0 = 0x00FF), Err("malformed"));
}

#[test]
fn ids_and_bodies() {
    let (other, _) = device(9, &Provider::Default, &[1]);
    let credential = other.credential.clone();
    assert_eq!(changed(|a| a.credential = credential), Err("malformed"));
    let list = other.device_list.clone();
    assert_eq!(
        changed(|a| a.peers.values_mut().next().unwrap().device_list = list),
        Err("malformed")
    );
    let moved = |a: &mut Account| {
        let batch = a.batches.remove(&1).unwrap();
        a.last_batch_generation = 2;
        a.batches.insert(2, batch);
    };
    assert_eq!(changed(moved), Err("malformed"));
    assert_eq!(in_session(|s| s.id = super::super::SessionId::new([7; 32])), Err("malformed"));
    // A pair stays when its last session is gone, as long as its device is listed.
    for (serial, verdict) in [(1, Ok(())), (2, Err("malformed"))] {
        let empty = |a: &mut Account| {
            let peer = a.peers.values_mut().next().unwrap();
            assert_eq!(peer.pairs[0].serial, 1);
            peer.pairs[0] = Pair { serial, ..Pair::default() };
            a.sessions.clear();
            a.head.retired = a.head.changes - sum(a);
        };
        assert_eq!(changed(empty), verdict);
    }
}

#[test]
fn batches_that_cannot_be_made() {
    let verdict = |change: fn(&mut Account)| {
        let mut account = with_session();
        change(&mut account);
        let made = account.create_batch(1, 1, 86_400, NOW, &mut TestRng(4));
        made.map(|_| ()).map_err(|error| error.class())
    };
    assert_eq!(verdict(|_| ()), Ok(()));
    assert_eq!(verdict(|a| a.last_batch_generation = u32::MAX), Err("limit"));
    let foreign = |a: &mut Account| {
        let mut tbs = a.credential.tbs().clone();
        tbs.suites = alloc::vec![0xeeee];
        a.credential = Credential::new(tbs, a.credential.attestations().to_vec());
    };
    assert_eq!(verdict(foreign), Err("unsupported_suite"));
}

#[test]
fn sessions_of_devices_that_are_not_listed() {
    let verdict = |status: SessionStatus| {
        changed(|a| {
            let mut step = Step::default();
            let id = *a.sessions.keys().next().unwrap();
            a.close(&mut step, &id, NOW);
            let _ = a.commit(step);
            a.sessions.get_mut(&id).unwrap().set_status(status);
            let peer = a.peers.values_mut().next().unwrap();
            let mut tbs = peer.device_list.tbs().clone();
            tbs.devices[0].serial = 2;
            peer.device_list = DeviceList::new(tbs, peer.device_list.attestations().to_vec());
        })
    };
    assert_eq!(verdict(SessionStatus::Closed), Ok(()));
    assert_eq!(verdict(SessionStatus::Archived), Err("malformed"));
}

#[test]
fn unconfirmed_pairs() {
    let pair = |a: &mut Account| a.peers.values_mut().next().unwrap().pairs[0].unconfirmed = true;
    assert_eq!(changed(pair), Err("malformed"), "with a live session");
    // It stands last in the record.
    for (byte, verdict) in [(0, Ok(())), (2, Err("malformed")), (255, Err("malformed"))] {
        let last = |body: &mut Vec<u8>| *body.last_mut().unwrap() = byte;
        assert_eq!(rewritten(RecordKind::Peer, last), verdict);
    }
}

/// The generations of all records but the head.
fn sum(account: &Account) -> u64 {
    let generation = |key| account.record(key).unwrap().generation();
    account.keys().iter().map(generation).sum()
}

#[test]
fn counts() {
    let most = MAX_CHAIN_LENGTH;
    for (count, verdict) in [(most, Ok(())), (most + 1, Err("malformed"))] {
        let sending = |s: &mut SessionState| s.ratchet.sending.as_mut().unwrap().next = count;
        assert_eq!(in_session(sending), verdict);
        let receiving = |s: &mut SessionState| s.ratchet.receiving.as_mut().unwrap().next = count;
        assert_eq!(in_session(receiving), verdict);
        assert_eq!(in_session(|s| s.ratchet.previous_count = count), verdict);
    }
    for (n, verdict) in [(most - 1, Ok(())), (most, Err("malformed"))] {
        let skip = |s: &mut SessionState| {
            let header_key = HeaderKey::new(Secret::from_slice(&[1; 32]));
            let key = MessageKey::new(Secret::from_slice(&[2; 32]));
            let keys = alloc::vec![SkippedKey { n, stored_at: NOW, key }];
            s.ratchet.skipped.0.push(SkippedChain { header_key, keys });
        };
        assert_eq!(in_session(skip), verdict);
    }
}
