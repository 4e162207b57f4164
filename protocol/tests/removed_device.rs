//! A device that its account has removed from the list (`ID-17`), and what is kept of its pair (page *State*).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::family::*;
use common::*;
use sceau::pairwise::{AccountId, DeviceList, Event, RecordKind, SessionId};

const SEED: u64 = 1;
/// `PairState` of a device without sessions: serial, no live, no unaccepted, none archived, no recovery; confirmed or not.
const IDLE: usize = 8 + 1 + 1 + 1 + 8 + 1;

struct Family {
    first: Device,
    second: Device,
    own: Device,
    /// Number 1 with the first, number 2 with both, number 3 with the first, number 4 with both.
    lists: [DeviceList; 4],
}

fn family() -> Family {
    let (mut first, mut own) = (Device::new(SEED), Device::new(70));
    let mut second = sister(&first, SEED, 2, 2, 2);
    let [account_key, signing_key, _] = keys_of(SEED);
    let one = first.account.device_list().clone();
    let two = list_of_two(&first, SEED, &second);
    let again = |list: &DeviceList, number| {
        let mut tbs = list.tbs().clone();
        tbs.number = number;
        device_list(&tbs, &[by_account(&account_key, &tbs), by_device(1, &signing_key, &tbs)])
    };
    let lists = [one.clone(), two.clone(), again(&one, 3), again(&two, 4)];
    second.take_list(&two);
    first.publish(2, 2);
    second.publish(2, 2);
    own.publish(4, 4);
    Family { first, second, own, lists }
}

fn apply(d: &mut Device, of: &AccountId, list: &DeviceList) -> (Vec<u64>, Vec<u64>) {
    let lists = device_lists(&[list]);
    let devices = d.check(|a, now, _| a.apply_device_lists(of, &lists, now)).unwrap().devices;
    d.reload();
    (devices.added, devices.removed)
}

/// `PairState pairs<V>` of an account: what stands behind the pinned list in the stored record.
fn pairs(d: &Device, of: &AccountId) -> Vec<u8> {
    let list = d.account.peers().find(|(id, _)| *id == of).unwrap().1;
    let list = sceau::Wire::to_bytes(list);
    let is = |key: &sceau::pairwise::RecordKey| {
        key.kind() == RecordKind::Peer && key.id() == of.as_bytes()
    };
    let (_, (_, record)) = d.store.0.iter().find(|(key, _)| is(key)).unwrap();
    let at = record.windows(list.len()).position(|window| window == list).unwrap();
    record[at + list.len()..].to_vec()
}

fn first_message(from: &mut Device, to: &mut Device, kem: u32) -> (SessionId, Event) {
    let made = from.recover(&to.id(), &to.bundle(None, kem)).unwrap().session;
    let out = from.send(&made, b"first").unwrap();
    (made, to.get(&out).unwrap().event)
}

#[test]
fn a_pair_without_sessions_goes_at_once() {
    let Family { first, mut own, lists, .. } = family();
    apply(&mut own, &first.id(), &lists[0]);
    assert_eq!(pairs(&own, &first.id()), [0]);
    assert_eq!(apply(&mut own, &first.id(), &lists[1]), (vec![2], vec![]));
    let unconfirmed = [&[IDLE as u8, 0, 0, 0, 0, 0, 0, 0, 2][..], &[0; 11], &[1]].concat();
    assert_eq!(pairs(&own, &first.id()), unconfirmed);
    assert_eq!(apply(&mut own, &first.id(), &lists[2]), (vec![], vec![2]));
    assert_eq!(pairs(&own, &first.id()), [0]);
    // It comes back as a new one.
    assert_eq!(apply(&mut own, &first.id(), &lists[3]), (vec![2], vec![]));
    assert_eq!(pairs(&own, &first.id()), unconfirmed);
}

#[test]
fn a_pair_goes_with_its_last_session() {
    let Family { first, mut second, mut own, lists } = family();
    apply(&mut own, &first.id(), &lists[1]);
    let (id, event) = first_message(&mut second, &mut own, 6);
    assert_eq!((event, own.status(&id)), (Event::NewSession, "established"));
    apply(&mut own, &first.id(), &lists[2]);
    assert_eq!(own.status(&id), "closed");
    assert!(pairs(&own, &first.id()).len() > IDLE);
    own.now += 14 * DAY - 1;
    own.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!(own.status(&id), "closed");
    own.now += 1;
    own.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!((own.status(&id), pairs(&own, &first.id())), ("none", vec![0]));
    own.reload();
}

#[test]
fn the_pair_of_a_listed_device_stays() {
    let Family { first, mut second, mut own, lists } = family();
    apply(&mut own, &first.id(), &lists[1]);
    let (id, _) = first_message(&mut second, &mut own, 6);
    let close = sceau::pairwise::Frame::new(sceau::pairwise::content_type::CLOSE, b"");
    own.send_frame(&id, &close).unwrap();
    own.now += 14 * DAY;
    own.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    let idle = [&[IDLE as u8][..], &[0, 0, 0, 0, 0, 0, 0, 2], &[0; 12]].concat();
    assert_eq!((own.status(&id), pairs(&own, &first.id())), ("none", idle));
    own.reload();
    // Until its account removes it.
    apply(&mut own, &first.id(), &lists[2]);
    assert_eq!(pairs(&own, &first.id()), [0]);
}

#[test]
fn a_pair_goes_with_the_list_where_nothing_is_archived() {
    let Family { first, mut second, mut own, lists } = family();
    let mut policy = own.account.policy().clone();
    policy.limits.set("max_archived", 0);
    own.account.set_policy(policy);
    apply(&mut own, &first.id(), &lists[1]);
    let (id, _) = first_message(&mut second, &mut own, 6);
    apply(&mut own, &first.id(), &lists[2]);
    assert_eq!((own.status(&id), pairs(&own, &first.id())), ("none", vec![0]));
}

#[test]
fn a_recovery_is_forgotten_with_its_pair() {
    for (age, verdict) in [(14 * DAY - 1, Err("limit")), (14 * DAY, Ok(()))] {
        let Family { first, mut second, mut own, lists } = family();
        let mut policy = own.account.policy().clone();
        policy.limits.set("recovery_interval", 20 * DAY);
        own.account.set_policy(policy);
        let id = first.id();
        own.recover(&id, &second.bundle(None, 4)).unwrap();
        apply(&mut own, &id, &lists[2]);
        second.take_list(&lists[3]);
        own.now += age;
        // As if `expire` had been run just before (STA-10).
        let made = own.recover(&id, &second.bundle(None, 5)).map_err(|error| error.class());
        assert_eq!(made.map(|_| ()), verdict);
    }
}

#[test]
fn a_device_that_comes_back_is_asked_about() {
    let Family { first, mut second, mut own, lists } = family();
    apply(&mut own, &first.id(), &lists[1]);
    let (id, _) = first_message(&mut second, &mut own, 6);
    apply(&mut own, &first.id(), &lists[2]);
    apply(&mut own, &first.id(), &lists[3]);
    assert_eq!(own.status(&id), "closed");
    second.take_list(&lists[3]);
    second.now += DAY;
    let (next, event) = first_message(&mut second, &mut own, 7);
    assert_eq!((event, own.status(&next)), (Event::SessionReplaced, "unaccepted"));
}

#[test]
fn a_device_of_the_own_account_is_a_peer_like_others() {
    let Family { mut first, mut second, lists, .. } = family();
    let id = first.id();
    let made = session(&mut first, &mut second);
    assert_eq!(first.account.device_list(), &lists[0], "the own list stands apart");
    assert_eq!(first.account.peers().next(), Some((&id, &lists[1])));
    apply(&mut first, &id, &lists[2]);
    assert_eq!(first.status(&made), "closed");
    apply(&mut first, &id, &lists[3]);
    second.take_list(&lists[3]);
    let (next, event) = first_message(&mut second, &mut first, 5);
    assert_eq!((event, first.status(&next)), (Event::SessionReplaced, "unaccepted"));
    // Its lists are held against the one that is pinned.
    let older = device_lists(&[&lists[1]]);
    let refused = first.check(|a, now, _| a.apply_device_lists(&id, &older, now));
    assert_eq!(class(refused), "rollback");
    let [account_key, signing_key, _] = keys_of(SEED);
    let mut tbs = lists[3].tbs().clone();
    tbs.number = 5;
    tbs.devices.push(sister(&first, SEED, 3, 3, 5).account.device_list().tbs().devices[0].clone());
    let alone = device_list(&tbs, &[by_account(&account_key, &tbs)]);
    let refused = first.check(|a, now, _| a.apply_device_lists(&id, &device_lists(&[&alone]), now));
    assert_eq!(class(refused), "unauthorised_device");
    let both = [by_account(&account_key, &tbs), by_device(1, &signing_key, &tbs)];
    assert_eq!(apply(&mut first, &id, &device_list(&tbs, &both)), (vec![3], vec![]));
}

#[test]
fn the_own_device_is_not_asked_about() {
    let Family { mut second, lists, .. } = family();
    let id = second.id();
    apply(&mut second, &id, &lists[0]);
    assert_eq!(apply(&mut second, &id, &lists[1]), (vec![2], vec![]));
    assert_eq!(pairs(&second, &id), [0]);
}

#[test]
fn a_serial_does_not_come_back_within_a_series() {
    let Family { first, mut own, lists, .. } = family();
    let [one, two, one_again, two_again] = &lists;
    let id = first.id();
    let series = |own: &mut Device, lists: &[&DeviceList]| {
        let lists = device_lists(lists);
        own.check(|a, now, _| a.apply_device_lists(&id, &lists, now)).map(|applied| applied.number)
    };
    // Of the lists before it, or of the one that was pinned before the series.
    for (pinned, carried) in [
        (None, &[one, two, one_again, two_again][..]),
        (None, &[two, one_again, two_again]),
        (Some(one), &[two, one_again, two_again]),
        (Some(two), &[one_again, two_again]),
        (Some(two), &[one, two, one_again, two_again]),
    ] {
        let mut own = Device::new(71);
        if let Some(pinned) = pinned {
            series(&mut own, &[pinned]).unwrap();
        }
        assert_eq!(class(series(&mut own, carried)), "unauthorised_device");
    }
    // Lists that are skipped are as if they were not there.
    series(&mut own, &[two, one_again]).unwrap();
    assert_eq!(series(&mut own, &[one, two, two_again]).unwrap(), 4);
}
