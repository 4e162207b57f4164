//! What every store of a relay must do, written once and run for each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Bench, MAX_MAILBOX, NOW};
use sceau::Wire;
use sceau::delivery::{CommitAnswer, CommitHandle, Handle};
use sceau::pairwise::{Envelope, MailboxId};
use sceau_client::relay::commits::CommitRules;
use sceau_client::relay::store::{Device, Left, NewDevice, PutRules, Store, StoreError};

const RULES: PutRules = PutRules { max_mailbox: MAX_MAILBOX, contact_expiry: NOW + 20_000 };

fn envelope(mailbox: u8, message: &[u8]) -> Envelope {
    let expiry = NOW.next_multiple_of(3600) + 36_000;
    Envelope { mailbox_id: MailboxId::new([mailbox; 32]), expiry, message: message.to_vec() }
}

fn device(generation: u32, list: (u64, u64), keys: u32) -> NewDevice {
    NewDevice {
        account_id: vec![9; 32],
        list: (list.1, vec![7; 40]),
        against: list.0,
        device: Device { generation, expiry: NOW + 7200, batch: vec![5; 60], ..Device::default() },
        one_time: (2..2 + keys).map(|id| (id, id.to_be_bytes().to_vec())).collect(),
        kem: (100..100 + keys).map(|id| (id, id.to_be_bytes().to_vec())).collect(),
    }
}

async fn mailboxes(store: &impl Store) {
    let box_1 = MailboxId::new([1; 32]);
    assert_eq!(store.get(box_1, 10, NOW).await, Ok((vec![], false)), "as one that never was");
    for message in [b"a", b"b", b"c"] {
        assert_eq!(store.put(envelope(1, message), RULES).await, Ok(()));
    }
    assert_eq!(store.put(envelope(2, b"other"), RULES).await, Ok(()));
    let (two, more) = store.get(box_1, 2, NOW).await.unwrap();
    assert_eq!((two.len(), more), (2, true));
    let (three, more) = store.get(box_1, 3, NOW).await.unwrap();
    assert_eq!((three.len(), more), (3, false));
    let mut messages: Vec<_> = three.iter().map(|stored| stored.message.clone()).collect();
    messages.sort();
    assert_eq!(messages, [b"a", b"b", b"c"]);
    assert!(three.iter().all(|stored| stored.expiry == envelope(1, b"").expiry));
    // They stay until they are acknowledged, in their own mailbox; unknown handles are ignored (DS-14).
    let first = three[0].handle;
    let box_2 = MailboxId::new([2; 32]);
    assert_eq!(store.acknowledge(box_2, vec![first]).await, Ok(()));
    assert_eq!(store.acknowledge(box_1, vec![Handle::new([0xee; 16])]).await, Ok(()));
    assert_eq!(store.get(box_1, 9, NOW).await.unwrap().0.len(), 3);
    assert_eq!(store.acknowledge(box_1, vec![first]).await, Ok(()));
    assert_eq!(store.acknowledge(box_1, vec![first]).await, Ok(()));
    let left = store.get(box_1, 9, NOW).await.unwrap().0;
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|stored| stored.handle != first));
    assert_eq!(store.get(box_2, 9, NOW).await.unwrap().0.len(), 1);
    // Handles differ, those of equal messages too (DS-15).
    let mut handles: Vec<_> = left.iter().map(|stored| stored.handle).collect();
    handles.push(first);
    handles.sort_unstable();
    handles.dedup();
    assert_eq!(handles.len(), 3);
    let empty = MailboxId::new([3; 32]);
    let holding = store.holding(vec![empty, box_2, box_1], NOW).await.unwrap();
    assert_eq!(holding, [box_2, box_1]);
}

async fn full_mailboxes(store: &impl Store) {
    for _ in 0..5 {
        assert_eq!(store.put(envelope(11, b"x"), RULES).await, Ok(()));
    }
    assert_eq!(store.put(envelope(11, b"x"), RULES).await, Err(StoreError::Limit));
    let box_11 = MailboxId::new([11; 32]);
    let (kept, _) = store.get(box_11, 9, NOW).await.unwrap();
    assert_eq!(kept.len(), 5, "a kept one is never dropped to make room (DS-13)");
    assert_eq!(store.acknowledge(box_11, vec![kept[0].handle]).await, Ok(()));
    assert_eq!(store.put(envelope(11, b"y"), RULES).await, Ok(()));
}

async fn large_messages(store: &impl Store) {
    let message = vec![0xab; sceau::limits::MAX_MESSAGE as usize];
    assert_eq!(store.put(envelope(21, &message), RULES).await, Ok(()));
    let (kept, _) = store.get(MailboxId::new([21; 32]), 9, NOW).await.unwrap();
    assert!(kept[0].message == message);
}

async fn expiry(store: &impl Store) {
    let soon = Envelope { expiry: NOW.next_multiple_of(3600), ..envelope(31, b"soon") };
    let then = soon.expiry;
    let box_31 = MailboxId::new([31; 32]);
    assert_eq!(store.put(soon, RULES).await, Ok(()));
    assert_eq!(store.put(envelope(31, b"later"), RULES).await, Ok(()));
    assert_eq!(store.get(box_31, 9, then - 1).await.unwrap().0.len(), 2);
    let before = store.expire(then - 1).await.unwrap();
    let after = store.expire(then).await.unwrap();
    assert_eq!(before - after, 1);
    assert_eq!(store.get(box_31, 9, NOW).await.unwrap().0.len(), 1);
    // It is not given out from its second on, swept or not.
    let later = envelope(31, b"").expiry;
    assert_eq!(store.get(box_31, 9, later - 1).await.unwrap().0.len(), 1);
    assert_eq!(store.get(box_31, 9, later).await.unwrap().0, []);
}

async fn directory(store: &impl Store) {
    let contact = MailboxId::new([41; 32]);
    assert_eq!(store.device(contact).await, Ok(None));
    assert_eq!(store.list(vec![9; 32]).await, Ok(None));
    assert_eq!(store.take(contact, 60, NOW).await, Ok(None));
    let stock = Left { one_time: 3, kem: 3 };
    assert_eq!(store.publish(contact, device(4, (0, 1), 3)).await, Ok(stock));
    assert_eq!(store.list(vec![9; 32]).await, Ok(Some((1, vec![7; 40]))));
    assert_eq!(store.device(contact).await, Ok(Some((device(4, (0, 1), 3).device, stock))));
    // Not an older batch, and not one that was verified against another list (DS-04).
    assert_eq!(store.publish(contact, device(4, (1, 1), 3)).await, Err(StoreError::Rollback));
    assert_eq!(store.publish(contact, device(5, (0, 2), 3)).await, Err(StoreError::Conflict));
    // Each key once, then none (DS-05, DS-06).
    let mut seen = Vec::new();
    for _ in 0..3 {
        let served = store.take(contact, 60, NOW).await.unwrap().unwrap();
        seen.push((served.one_time.unwrap(), served.kem.unwrap()));
    }
    seen.sort();
    let key = |id: u32| id.to_be_bytes().to_vec();
    assert_eq!(seen, [(key(2), key(100)), (key(3), key(101)), (key(4), key(102))]);
    let served = store.take(contact, 60, NOW).await.unwrap().unwrap();
    assert_eq!((served.one_time, served.kem), (None, None));
    assert_eq!(served.device, device(4, (0, 1), 3).device);
    // A new batch replaces all; the hour's rate goes on (DS-07), and ends with the hour.
    let stock = Left { one_time: 4, kem: 4 };
    assert_eq!(store.publish(contact, device(5, (1, 2), 4)).await, Ok(stock));
    let served = store.take(contact, 4, NOW).await.unwrap().unwrap();
    assert!(served.one_time.is_some());
    let served = store.take(contact, 4, NOW).await.unwrap().unwrap();
    assert_eq!((served.one_time, served.kem), (None, None), "four were taken in this hour");
    let served = store.take(contact, 4, NOW + 3600).await.unwrap().unwrap();
    assert!(served.one_time.is_some() && served.kem.is_some());
    let (_, left) = store.device(contact).await.unwrap().unwrap();
    assert_eq!(left, Left { one_time: 2, kem: 2 });
    // None after its expiry (DS-09), and no one-time keys; the device stays (DS-02).
    assert_eq!(store.take(contact, 60, NOW + 7200).await, Ok(None));
    store.expire(NOW + 365 * 86_400).await.unwrap();
    let (_, left) = store.device(contact).await.unwrap().unwrap();
    assert_eq!(left, Left { one_time: 0, kem: 0 });
    assert!(store.list(vec![9; 32]).await.unwrap().is_some());
    // Until the operator removes it, and its batch has ended.
    let other = MailboxId::new([42; 32]);
    store.remove(vec![contact, other], NOW + 7199).await.unwrap();
    store.expire(NOW).await.unwrap();
    assert!(store.device(contact).await.unwrap().is_some());
    store.remove(vec![other, contact], NOW + 7200).await.unwrap();
    store.expire(NOW).await.unwrap();
    assert_eq!(store.device(contact).await, Ok(None));
    assert_eq!(store.list(vec![9; 32]).await, Ok(None));
}

async fn challenges(store: &impl Store) {
    let give = async |n: u8| store.give_challenge([n; 32], NOW, 60).await.unwrap();
    let take = async |n: u8, now| store.take_challenge([n; 32], now, 60).await.unwrap();
    for n in 1..4 {
        give(n).await;
    }
    assert!(take(1, NOW + 59).await);
    assert!(!take(1, NOW + 59).await, "twice");
    assert!(!take(2, NOW + 60).await, "too old");
    assert!(!take(2, NOW).await, "used up by the attempt before");
    assert!(!take(9, NOW).await, "nobody's");
    // Many at once: one of them has it.
    let takes = (0..10).map(|_| take(3, NOW));
    let taken = futures_util::future::join_all(takes).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}

async fn revoked_lists(store: &impl Store) {
    let (one, two) = (vec![1; 100], vec![2; 5_000]);
    assert_eq!(store.revoked().await, Ok(vec![]));
    assert_eq!(store.keep_revoked(vec![one.clone()], vec![two.clone()]).await, Ok(false));
    assert_eq!(store.keep_revoked(vec![], vec![one.clone()]).await, Ok(true));
    assert_eq!(store.keep_revoked(vec![], vec![two.clone()]).await, Ok(false), "not any more");
    let both = vec![one.clone(), two];
    assert_eq!(store.keep_revoked(vec![one], both.clone()).await, Ok(true));
    assert_eq!(store.revoked().await, Ok(both));
}

const COMMITS: CommitRules =
    CommitRules { expiry: NOW + 36_000, forget: NOW + 360_000, most: 1_000 };

fn kept_by_another(message: &[u8]) -> Result<CommitAnswer, StoreError> {
    Ok(CommitAnswer::Taken(message.to_vec()))
}

/// DS-22: of a handle the first message counts, for good.
async fn commits(store: &impl Store) {
    let handle = |n: u8| CommitHandle::new([n; 32]);
    let commit =
        async |n: u8, message: &[u8]| store.commit(handle(n), message.to_vec(), COMMITS, NOW).await;
    assert_eq!(commit(1, b"").await, Ok(CommitAnswer::Empty));
    assert_eq!(commit(1, b"").await, Ok(CommitAnswer::Empty), "asking leaves nothing behind");
    assert_eq!(store.committed(vec![handle(1)], NOW).await, Ok(vec![]));
    assert_eq!(commit(1, b"first").await, Ok(CommitAnswer::Kept));
    assert_eq!(commit(1, b"first").await, Ok(CommitAnswer::Kept), "the answer was lost");
    assert_eq!(commit(1, b"second").await, kept_by_another(b"first"));
    assert_eq!(commit(1, b"first!").await, kept_by_another(b"first"), "not equal");
    assert_eq!(commit(1, b"").await, kept_by_another(b"first"));
    assert_eq!(commit(1, b"first").await, Ok(CommitAnswer::Kept), "still");
    // Handles never share a step.
    assert_eq!(commit(2, b"second").await, Ok(CommitAnswer::Kept));
    let known = store.committed(vec![handle(3), handle(2), handle(1)], NOW).await;
    assert_eq!(known, Ok(vec![handle(2), handle(1)]));
    // A handle is no mailbox.
    assert_eq!(store.get(MailboxId::new([1; 32]), 9, NOW).await, Ok((vec![], false)));
    // The largest one there is.
    let long = vec![0xab; sceau::limits::MAX_MESSAGE as usize];
    assert_eq!(commit(4, &long).await, Ok(CommitAnswer::Kept));
    assert_eq!(commit(4, b"").await, kept_by_another(&long));
    // No room for a new one (DS-23); what is there is answered.
    let full = CommitRules { most: 3, ..COMMITS };
    let refused = store.commit(handle(5), b"m".to_vec(), full, NOW).await;
    assert_eq!(refused, Err(StoreError::Limit));
    assert_eq!(store.commit(handle(5), vec![], full, NOW).await, Ok(CommitAnswer::Empty));
    assert_eq!(store.commit(handle(1), b"first".to_vec(), full, NOW).await, Ok(CommitAnswer::Kept));
    // Many at once: one of them is kept, and all the others learn that one and nothing else.
    for round in 10..30 {
        let messages: Vec<[u8; 1]> = (0..12).map(|n| [n]).collect();
        let all = messages.iter().map(|message| commit(round, message));
        let answers = futures_util::future::join_all(all).await;
        let winners: Vec<_> =
            (0..12u8).filter(|n| answers[usize::from(*n)] == Ok(CommitAnswer::Kept)).collect();
        let [winner] = winners[..] else { panic!("{winners:?} won in round {round}") };
        let lost = answers.into_iter().filter(|answer| *answer != Ok(CommitAnswer::Kept));
        assert!(lost.into_iter().all(|answer| answer == kept_by_another(&[winner])));
    }
}

/// DS-24: the message goes, that there was one stays for longer; then the handle is nobody's.
async fn old_commits(store: &impl Store) {
    let handle = CommitHandle::new([51; 32]);
    let at = async |message: &[u8], now| store.commit(handle, message.to_vec(), COMMITS, now).await;
    assert_eq!(at(b"old", NOW).await, Ok(CommitAnswer::Kept));
    store.expire(COMMITS.expiry - 1).await.unwrap();
    assert_eq!(at(b"", COMMITS.expiry - 1).await, kept_by_another(b"old"));
    // From its second on, swept or not.
    for _ in 0..2 {
        assert_eq!(at(b"", COMMITS.expiry).await, Ok(CommitAnswer::Gone));
        assert_eq!(at(b"old", COMMITS.expiry).await, Ok(CommitAnswer::Gone));
        assert_eq!(at(b"new", COMMITS.forget - 1).await, Ok(CommitAnswer::Gone));
        assert_eq!(store.committed(vec![handle], COMMITS.expiry).await, Ok(vec![]));
        store.expire(COMMITS.expiry).await.unwrap();
    }
    assert_eq!(at(b"", NOW).await, Ok(CommitAnswer::Gone), "the sweep has deleted it");
    assert_eq!(at(b"", COMMITS.forget).await, Ok(CommitAnswer::Empty));
    store.expire(COMMITS.forget).await.unwrap();
    assert_eq!(at(b"", NOW).await, Ok(CommitAnswer::Empty));
    let later = CommitRules { expiry: NOW + 800_000, forget: NOW + 900_000, ..COMMITS };
    let again = store.commit(handle, b"again".to_vec(), later, COMMITS.forget).await;
    assert_eq!(again, Ok(CommitAnswer::Kept));
}

async fn contact_mailboxes(store: &impl Store) {
    let contact = MailboxId::new([51; 32]);
    let mut new = device(1, (0, 1), 0);
    new.account_id = vec![8; 32];
    store.publish(contact, new).await.unwrap();
    let long = envelope(51, b"m");
    assert!(long.expiry > RULES.contact_expiry);
    assert_eq!(store.put(long, RULES).await, Err(StoreError::TooLong));
    let short = Envelope { expiry: NOW.next_multiple_of(3600), ..envelope(51, b"m") };
    assert_eq!(store.put(short, RULES).await, Ok(()));
    assert_eq!(store.holding(vec![contact], NOW).await, Ok(vec![]), "its device alone is told");
    let (kept, _) = store.get(contact, 9, NOW).await.unwrap();
    assert_eq!(store.acknowledge(contact, vec![kept[0].handle]).await, Ok(()));
}

async fn at_once(store: &impl Store) {
    let contact = MailboxId::new([61; 32]);
    let mut new = device(1, (0, 1), 40);
    new.account_id = vec![6; 32];
    store.publish(contact, new).await.unwrap();
    let takes = (0..60).map(|_| store.take(contact, 1000, NOW));
    let served = futures_util::future::join_all(takes).await;
    let mut keys: Vec<_> =
        served.into_iter().filter_map(|taken| taken.unwrap().unwrap().one_time).collect();
    assert_eq!(keys.len(), 40);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 40, "no key goes to two (DS-05)");
    let puts = (0..200u8).map(|n| store.put(envelope(100 + n % 100, &[n]), RULES));
    for put in futures_util::future::join_all(puts).await {
        put.unwrap();
    }
    for mailbox in 100..200 {
        assert_eq!(store.get(MailboxId::new([mailbox; 32]), 256, NOW).await.unwrap().0.len(), 2);
    }
}

async fn all(bench: &mut impl Bench) {
    let store = bench.open().await;
    mailboxes(&store).await;
    full_mailboxes(&store).await;
    large_messages(&store).await;
    directory(&store).await;
    contact_mailboxes(&store).await;
    challenges(&store).await;
    revoked_lists(&store).await;
    commits(&store).await;
    at_once(&store).await;
    store.put(envelope(71, b"kept"), RULES).await.unwrap();
    // What was answered is there after a restart.
    drop(store);
    let store = bench.open().await;
    let (kept, _) = store.get(MailboxId::new([71; 32]), 9, NOW).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].message, b"kept");
    assert_eq!(store.revoked().await.unwrap().len(), 2);
    let kept = CommitHandle::new([1; 32]);
    let again = store.commit(kept, b"third".to_vec(), COMMITS, NOW).await;
    assert_eq!(again, kept_by_another(b"first"));
    old_commits(&store).await;
    let envelope = envelope(71, b"kept");
    assert_eq!(Envelope::from_bytes(&envelope.to_bytes()), Ok(envelope));
    expiry(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    all(&mut common::SqliteBench::new()).await;
}

/// The same suite on JetStream, with the server that Debian packages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats() {
    let Some(mut bench) = common::NatsBench::start().await else { return };
    all(&mut bench).await;
}

/// What one relay has put, another serves, and is told of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_two_relays() {
    let Some(mut bench) = common::NatsBench::start().await else { return };
    let (one, two) = (bench.open().await, bench.open().await);
    let mut arrivals = two.arrivals().unwrap();
    one.put(envelope(1, b"m"), RULES).await.unwrap();
    let waited = std::time::Duration::from_secs(10);
    let arrived = tokio::time::timeout(waited, arrivals.recv()).await;
    assert_eq!(arrived, Ok(Some(MailboxId::new([1; 32]))));
    let (held, _) = two.get(MailboxId::new([1; 32]), 9, NOW).await.unwrap();
    assert_eq!(held.len(), 1);
    // A handle that one relay has given out, the other resolves.
    one.acknowledge(MailboxId::new([1; 32]), vec![held[0].handle]).await.unwrap();
    assert_eq!(two.get(MailboxId::new([1; 32]), 9, NOW).await.unwrap().0, []);
    // A challenge that one has given out is good at the other, at one of them.
    one.give_challenge([1; 32], NOW, 60).await.unwrap();
    assert_eq!(two.take_challenge([1; 32], NOW, 60).await, Ok(true));
    assert_eq!(one.take_challenge([1; 32], NOW, 60).await, Ok(false));
    // Commits race at both: one wins at one of them.
    let relays = [&one, &two];
    for round in 0..40u8 {
        let handle = CommitHandle::new([round; 32]);
        let all =
            (0..8u8).map(|n| relays[usize::from(n % 2)].commit(handle, vec![n], COMMITS, NOW));
        let answers = futures_util::future::join_all(all).await;
        let winners: Vec<_> =
            (0..8u8).filter(|n| answers[usize::from(*n)] == Ok(CommitAnswer::Kept)).collect();
        let [winner] = winners[..] else { panic!("{winners:?} won in round {round}") };
        let lost = answers.into_iter().filter(|answer| *answer != Ok(CommitAnswer::Kept));
        assert!(lost.into_iter().all(|answer| answer == kept_by_another(&[winner])));
        for relay in relays {
            assert_eq!(
                relay.commit(handle, vec![], COMMITS, NOW).await,
                kept_by_another(&[winner])
            );
        }
        // Whoever waits at the other relay is told.
        let mut arrived = std::collections::HashSet::new();
        while !arrived.contains(&MailboxId::new([round; 32])) {
            let next = tokio::time::timeout(waited, arrivals.recv()).await;
            arrived.insert(next.unwrap().unwrap());
        }
    }
    // One-time keys of one device are taken at both.
    let contact = MailboxId::new([2; 32]);
    one.publish(contact, device(1, (0, 1), 20)).await.unwrap();
    let takes = (0..20).map(|n| relays[n % 2].take(contact, 99, NOW));
    let taken = futures_util::future::join_all(takes).await;
    let mut keys: Vec<_> =
        taken.into_iter().map(|taken| taken.unwrap().unwrap().kem.unwrap()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 20);
}

/// DS-18: JetStream stamps what it keeps with a time. So the server sees no id, neither in what it keeps nor in what
/// passes through it, and nothing of what is removed stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_sees_no_ids() {
    let Some(mut bench) = common::NatsBench::start().await else { return };
    let server = async_nats::connect(&bench.url).await.unwrap();
    let mut passing = server.subscribe(">").await.unwrap();
    server.flush().await.unwrap();
    let (one, two) = (bench.open().await, bench.open().await);
    let ids: Vec<[u8; 32]> = (0..5u8).map(|n| std::array::from_fn(|at| 7 * n + at as u8)).collect();
    let (mailbox, contact) = (MailboxId::new(ids[0]), MailboxId::new(ids[1]));
    let message = b"what the envelope holds".to_vec();
    let put = Envelope { mailbox_id: mailbox, ..envelope(0, &message) };
    one.put(put, RULES).await.unwrap();
    let mut new = device(1, (0, 1), 3);
    (new.account_id, new.device.credential) = (ids[2].to_vec(), message.clone());
    one.publish(contact, new.clone()).await.unwrap();
    one.give_challenge(ids[3], NOW, 60).await.unwrap();
    assert_eq!(two.take_challenge(ids[3], NOW, 60).await, Ok(true));
    let handle = CommitHandle::new(ids[4]);
    one.commit(handle, message.clone(), COMMITS, NOW).await.unwrap();
    let asked = two.commit(handle, vec![], COMMITS, NOW).await;
    assert_eq!(asked, kept_by_another(&message));
    let served = two.take(contact, 9, NOW).await.unwrap().unwrap();
    let (held, _) = two.get(mailbox, 9, NOW).await.unwrap();
    assert_eq!((&held[0].message, &served.device.credential), (&message, &message));
    let mut seen = Vec::new();
    for file in files(bench.folder.path()) {
        seen.extend(std::fs::read(file).unwrap());
    }
    let kept = seen.len();
    let quiet = std::time::Duration::from_millis(500);
    let (mut sealed, mut commit) = (Vec::new(), Vec::new());
    while let Ok(Some(passed)) =
        tokio::time::timeout(quiet, futures_util::StreamExt::next(&mut passing)).await
    {
        seen.extend(passed.subject.as_bytes());
        seen.extend_from_slice(&passed.payload);
        if passed.subject.starts_with("sceau.mail.") {
            sealed = passed.payload.to_vec();
        } else if passed.subject.starts_with("sceau.commit.") {
            commit = passed.payload.to_vec();
        }
    }
    assert!(kept > 1_000 && seen.len() > kept + 1_000, "it was looked at: {kept}, {}", seen.len());
    let has = |what: &[u8]| seen.windows(what.len()).any(|window| window == what);
    assert!(has(b"sceau.mail.") && has(b"sceau.new") && has(b"device."));
    let kept = &seen[..kept];
    for sealed in [&sealed, &commit] {
        assert!(!sealed.is_empty() && kept.windows(sealed.len()).any(|window| window == sealed));
    }
    for (number, id) in ids.iter().enumerate() {
        // Not a part of it either, in either case of hexadecimal digits.
        for part in id.chunks(8) {
            let digits = hex::encode(part);
            assert!(!has(part) && !has(digits.as_bytes()), "{number}");
            assert!(!has(digits.to_uppercase().as_bytes()), "{number}");
        }
    }
    assert!(!has(&message) && !has(held[0].handle.as_bytes()));

    // One of two keys of each type is left, the device's entry, the list, the check.
    let context = async_nats::jetstream::new(server);
    let messages =
        async |of: &str| context.get_stream(of).await.unwrap().cached_info().state.messages;
    assert_eq!(messages("KV_SCEAU_DIRECTORY").await, 4 + 3);
    one.acknowledge(mailbox, vec![held[0].handle]).await.unwrap();
    for number in 0..8 {
        assert_eq!(messages(&format!("SCEAU_MAIL_{number}")).await, 0);
    }
    // Overwritten as well (DS-12): what the server kept of the envelope is not in its files any more.
    one.expire(COMMITS.expiry).await.unwrap();
    assert_eq!(two.commit(handle, vec![], COMMITS, NOW).await, Ok(CommitAnswer::Gone));
    assert_eq!(messages("SCEAU_COMMITS").await, 1);
    let mut files_now = Vec::new();
    for file in files(bench.folder.path()) {
        files_now.extend(std::fs::read(file).unwrap());
    }
    for sealed in [sealed, commit] {
        assert!(!files_now.windows(sealed.len()).any(|window| window == sealed));
    }
    two.expire(COMMITS.forget).await.unwrap();
    assert_eq!(messages("SCEAU_COMMITS").await, 0);
    two.remove(vec![contact], NOW + 7200).await.unwrap();
    two.expire(NOW + 7200).await.unwrap();
    assert_eq!(messages("KV_SCEAU_DIRECTORY").await, 1, "no markers of what was removed");

    // A relay with another key would find nothing, and is told.
    bench.key[0] ^= 1;
    let refused = sceau_client::relay::nats::Nats::connect(&bench.url, &bench.key, 1, MAX_MAILBOX);
    let refused = refused.await.err().unwrap().to_string();
    assert!(refused.contains("another key"), "{refused}");
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_full_disk() {
    let mut bench = common::SqliteBench::new();
    let store = bench.open().await;
    store.put(envelope(1, &[1; 5_000]), RULES).await.unwrap();
    store.limit_pages(40).await.unwrap();
    let rules = PutRules { max_mailbox: 1_000, ..RULES };
    let mut kept = 1;
    let refused = loop {
        match store.put(envelope(1, &[2; 5_000]), rules).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "the limit was not reached");
    };
    assert!(matches!(refused, StoreError::Failed(_)), "{refused:?}");
    let (held, _) = store.get(MailboxId::new([1; 32]), 256, NOW).await.unwrap();
    assert_eq!(held.len(), kept, "what was answered is kept, the refused one is not");
    // It goes on when there is room again.
    let handles = held.iter().map(|stored| stored.handle).collect();
    store.acknowledge(MailboxId::new([1; 32]), handles).await.unwrap();
    store.put(envelope(1, &[3; 5_000]), rules).await.unwrap();
}

/// Its journal is begun anew again and again, also while envelopes are put without a pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_journal_is_bounded() {
    let mut bench = common::SqliteBench::new();
    let store = bench.open().await;
    let rules = PutRules { max_mailbox: 4_096, ..RULES };
    let (mut written, mut longest) = (0, 0);
    // 240 MB in all, where the journal is begun anew at 64 MB.
    for round in 0..60u8 {
        let puts = (0..40).map(|_| store.put(envelope(round, &vec![round; 100_000]), rules));
        for put in futures_util::future::join_all(puts).await {
            put.unwrap();
            written += 100_000u64;
        }
        longest = longest.max(std::fs::metadata(bench.journal()).unwrap().len());
    }
    assert_eq!(written, 240_000_000);
    assert!(longest < 100 << 20, "the journal has {longest} bytes");
    store.expire(NOW).await.unwrap();
    assert_eq!(std::fs::metadata(bench.journal()).unwrap().len(), 0, "emptied with the sweep");
}

/// Two relays can't share a folder: each would keep its challenges to itself (DS-03).
#[tokio::test]
async fn sqlite_is_one_relays() {
    let mut bench = common::SqliteBench::new();
    let store = bench.open().await;
    let refused = bench.try_open().err().unwrap();
    assert!(refused.to_string().contains("another relay"), "{refused}");
    drop(store);
    bench.try_open().unwrap();
}
