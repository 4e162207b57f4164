//! Handshakes and ratchet between two devices.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::Error;
use sceau::crypto::Secret;
use sceau::pairwise::{
    Account, Event, ExternalPsk, Frame, ReceiveOptions, RecordKind, content_type,
};

#[test]
fn first_messages_with_every_combination_of_keys() {
    for (one_time, kem) in [(Some(2), 4), (None, 4), (Some(3), 1), (None, 1)] {
        let (mut a, mut b) = two();
        let bundle = b.bundle(one_time, kem);
        let verified = a.account.verify_bundle(&b.id(), &bundle, NOW).unwrap();
        assert_eq!((verified.one_time(), verified.last_resort()), (one_time.is_some(), kem == 1));
        let prekeys = b.account.prekey_count();
        let made = a.initiate(&b.id(), &bundle).unwrap();
        assert_eq!(
            (made.one_time, made.last_resort, made.resumed),
            (one_time.is_some(), kem == 1, false)
        );
        assert_eq!(a.status(&made.session), "waiting");
        let out = a.send(&made.session, b"hello").unwrap();
        assert!(out.contact);
        assert_eq!(out.mailbox, b.account.contact_mailbox());
        let got = b.get(&out).unwrap();
        assert_eq!((got.one_time, got.last_resort), (one_time.is_some(), kem == 1));
        assert_eq!((got.account, got.serial), (a.id(), 1));
        let used = usize::from(one_time.is_some()) + usize::from(kem != 1);
        assert_eq!(b.account.prekey_count(), prekeys - used);
        assert_eq!(b.account.replay_count(), 1);
        // The message again: its session has it.
        assert_eq!(class(b.get(&out)), "duplicate");
        // A second first message goes to the same session.
        let out = a.send(&made.session, b"more").unwrap();
        let got = b.get(&out).unwrap();
        assert_eq!((got.event, &got.body[..]), (Event::Message, &b"more"[..]));
        talk(&mut b, &mut a, &made.session);
        assert_eq!(a.status(&made.session), "established");
        let out = a.send(&made.session, b"x").unwrap();
        assert!(!out.contact);
        assert_eq!(out.message.len(), 73 + 256);
        b.get(&out).unwrap();
        let export = |d: &Device| d.account.export(&made.session, b"l", b"c", 40).unwrap();
        assert!(export(&a) == export(&b));
        assert_eq!(export(&a).as_bytes().len(), 40);
        assert_eq!(class(a.account.export(&made.session, b"", b"", 255 * 32 + 1)), "limit");
        assert_eq!(class(a.get(&out)), "undecryptable", "nobody's mailbox here");
    }
}

#[test]
fn ping_pong_with_loss_and_reordering() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    for round in 0..5 {
        let mut outs: Vec<_> = (0..6u8).map(|i| a.send(&id, &[round, i]).unwrap()).collect();
        let lost = outs.remove(2);
        outs.reverse();
        for out in &outs {
            b.get(out).unwrap();
            assert_eq!(class(b.get(out)), "duplicate");
        }
        talk(&mut b, &mut a, &id);
        talk(&mut a, &mut b, &id);
        if round % 2 == 0 {
            assert_eq!(b.get(&lost).unwrap().body, [round, 2]);
            assert_eq!(class(b.get(&lost)), "undecryptable");
        }
    }
}

#[test]
fn skips_at_the_limit_and_one_past_it() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let outs: Vec<_> = (0..1003u32)
        .map(|i| {
            a.account.encrypt(&id, &Frame::application(&i.to_be_bytes()), b"ad", NOW).unwrap().0
        })
        .collect();
    assert_eq!(class(b.get(&outs[1001])), "too_far");
    b.get(&outs[1000]).unwrap();
    assert_eq!(b.account.session(&id).unwrap().skipped_keys(NOW, &Default::default()), 1000);
    b.get(&outs[1002]).unwrap();
    assert_eq!(b.account.session(&id).unwrap().skipped_keys(NOW, &Default::default()), 1001);
    b.get(&outs[0]).unwrap();
    assert_eq!(b.account.session(&id).unwrap().skipped_keys(NOW, &Default::default()), 1000);
}

#[test]
fn stored_keys_are_bounded_in_total_and_expire() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let mut limits = sceau::limits::Limits::default();
    limits.set("max_skipped_keys", 5);
    let mut policy = b.account.policy().clone();
    policy.limits = limits.clone();
    b.account.set_policy(policy);
    let outs: Vec<_> = (0..9u8).map(|i| a.send(&id, &[i]).unwrap()).collect();
    b.get(&outs[8]).unwrap();
    let count = |b: &Device| b.account.session(&id).unwrap().skipped_keys(b.now, &limits);
    assert_eq!(count(&b), 5);
    assert_eq!(class(b.get(&outs[2])), "duplicate", "stored first, erased first");
    b.get(&outs[3]).unwrap();
    b.now += 14 * DAY - 1;
    b.get(&outs[4]).unwrap();
    b.now += 1;
    assert_eq!(class(b.get(&outs[5])), "duplicate");
    assert_eq!(count(&b), 0);
    let changes = b.account.expire(b.now);
    assert_eq!(changes.len(), 2, "session and head");
    assert!(b.store.apply(&changes));
    b.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
}

#[test]
fn older_chains_are_bounded() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let mut lost = Vec::new();
    for _ in 0..8 {
        lost.push(a.send(&id, b"lost").unwrap());
        talk(&mut a, &mut b, &id);
        talk(&mut b, &mut a, &id);
    }
    talk(&mut a, &mut b, &id);
    // Of 8 chains with a skipped key the newest 5 are kept beside the current one.
    for (i, out) in lost.iter().enumerate() {
        let got = b.get(out);
        if i < 3 {
            assert_eq!(class(got), "undecryptable");
        } else {
            got.unwrap();
        }
    }
}

#[test]
fn external_psks() {
    let psk =
        |id: &[u8], key: u8| ExternalPsk { id: id.to_vec(), key: Secret::from_slice(&[key; 32]) };
    let (mut a, mut b) = two();
    let (peer, bundle) = (b.id(), b.bundle(None, 4));
    let made =
        a.check(|a, now, rng| a.initiate(&peer, &bundle, Some(psk(b"id", 7)), now, rng)).unwrap();
    let out = a.send(&made.session, b"hello").unwrap();
    assert_eq!(class(b.get(&out)), "unknown_psk");
    let mut options = ReceiveOptions::default();
    options.psks = vec![psk(b"id", 8)];
    assert_eq!(class(b.get_with(&out, &options)), "undecryptable");
    options.psks = vec![psk(b"other", 7), psk(b"id", 7)];
    b.get_with(&out, &options).unwrap();
    let empty = a.account.initiate(&peer, &bundle, Some(psk(b"", 7)), NOW, &mut TestRng(1));
    assert_eq!(class(empty), "misuse");
}

#[test]
fn expected_account_and_reflection() {
    let (mut a, mut b) = two();
    let mut options = ReceiveOptions::default();
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap();
    let out = a.send(&made.session, b"hello").unwrap();
    options.expected_account = Some(b.id());
    assert_eq!(class(b.get_with(&out, &options)), "identity_mismatch");
    let mut own = out.clone();
    own.mailbox = a.account.contact_mailbox();
    assert_eq!(class(a.get(&own)), "reflection");
    options.expected_account = Some(a.id());
    b.get_with(&out, &options).unwrap();
    let own = a.bundle(None, 4);
    assert_eq!(class(a.initiate(&a.id(), &own)), "reflection");
    assert_eq!(class(a.initiate(&Device::new(5).id(), &own)), "identity_mismatch");
}

#[test]
fn replay_after_the_session_is_gone() {
    let (mut a, mut b) = two();
    let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    let out = a.send(&made.session, b"hello").unwrap();
    b.get(&out).unwrap();
    let close = Frame::new(content_type::CLOSE, b"");
    b.send_frame(&made.session, &close).unwrap();
    assert_eq!(b.status(&made.session), "closed");
    assert_eq!(class(b.get(&out)), "closed");
    assert_eq!(class(b.send(&made.session, b"x")), "closed");
    b.now += 14 * DAY;
    assert_eq!(class(b.get(&out)), "replay");
    b.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!(b.status(&made.session), "none");
    assert_eq!(class(b.get(&out)), "replay");
    b.now = NOW + 44 * DAY - 1;
    assert_eq!(class(b.get(&out)), "replay");
    b.now += 1;
    assert_eq!(class(b.get(&out)), "unknown_prekey");
    b.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!((b.account.prekey_count(), b.account.replay_count()), (0, 0));
}

#[test]
fn the_replay_cache_refuses_when_it_is_full() {
    let (mut a, mut b) = two();
    let mut policy = b.account.policy().clone();
    policy.limits.set("replay_cache_size", 1);
    b.account.set_policy(policy);
    let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    let out = a.send(&made.session, b"hello").unwrap();
    b.get(&out).unwrap();
    let mut c = Device::new(77);
    let made = c.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    let out = c.send(&made.session, b"hello").unwrap();
    assert_eq!(b.get(&out), Err(Error::Peer(sceau::error::Peer::ReplayCacheFull)));
}

#[test]
fn authenticated_data_is_bound() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let out = a.send(&id, b"x").unwrap();
    let options = ReceiveOptions::default();
    let wrong =
        b.check(|a, now, rng| a.receive(&out.mailbox, &out.message, b"AD", &options, now, rng));
    assert_eq!(class(wrong), "undecryptable");
    b.get(&out).unwrap();
    let long = vec![0; 65_537];
    let refused = a.check(|a, now, _| a.encrypt(&id, &Frame::application(b""), &long, now));
    assert_eq!(class(refused), "limit");
    let body = vec![0; 1_048_576];
    assert_eq!(class(a.send(&id, &body)), "limit");
    let out = a.send(&id, &body[..1_048_000]).unwrap();
    assert_eq!(b.get(&out).unwrap().body.len(), 1_048_000);
}

#[test]
fn mailboxes_rotate() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let rotation = |d: &Device| d.account.session(&id).unwrap().rotation();
    let before = a.send(&id, b"before").unwrap();
    assert_eq!(rotation(&a), 0);
    for wrong in [0, 2, u32::MAX] {
        assert_eq!(class(a.send_frame(&id, &Frame::mailbox_rotation(wrong))), "malformed");
    }
    let out = a.send_frame(&id, &Frame::mailbox_rotation(1)).unwrap();
    assert_eq!((rotation(&a), rotation(&b)), (1, 0));
    let after = a.send(&id, b"after").unwrap();
    assert_eq!(out.mailbox, before.mailbox);
    assert_ne!(after.mailbox, before.mailbox);
    // The one that announces may be late, or lost: a receiver looks one rotation ahead.
    b.get(&after).unwrap();
    talk(&mut a, &mut b, &id);
    let ahead = b.account.mailboxes(&id, NOW).unwrap().incoming;
    assert_eq!(ahead.len(), 14);
    assert_eq!((ahead[5], ahead[12]), (before.mailbox, after.mailbox));
    b.get(&out).unwrap();
    b.get(&before).unwrap();
    assert_eq!(class(a.send_frame(&id, &Frame::mailbox_rotation(1))), "malformed");
    // Current, previous, next; seven periods each.
    let all = b.account.mailboxes(&id, NOW).unwrap().incoming;
    assert_eq!(all.len(), 21);
    assert_eq!((all[5], all[12]), (after.mailbox, before.mailbox));
    a.now += 8 * DAY;
    let later = a.send(&id, b"later").unwrap();
    assert_ne!(later.mailbox, after.mailbox);
    b.get(&later).unwrap();
    b.now += 35 * DAY;
    let out = a.send(&id, b"old").unwrap();
    b.get(&out).unwrap();
    b.now += 35 * DAY;
    assert_eq!(class(b.get(&out)), "undecryptable", "beyond the look-back");
    assert_eq!(b.account.candidates(&out.mailbox, a.now).unwrap(), vec![id]);
}

#[test]
fn one_rotation_behind_is_the_new_one_less_one() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let first = a.send_frame(&id, &Frame::mailbox_rotation(1)).unwrap();
    let between = a.send(&id, b"in rotation 1").unwrap();
    // Against ENV-07: the second one goes to a mailbox that the receiver looks into, what follows does not.
    let second = a.send_frame(&id, &Frame::mailbox_rotation(2)).unwrap();
    let lost = a.send(&id, b"in rotation 2").unwrap();
    assert_eq!(class(b.get(&lost)), "undecryptable");
    b.get(&second).unwrap();
    b.get(&lost).unwrap();
    assert_eq!(class(b.get(&first)), "undecryptable", "two rotations behind");
    // What was sent in rotation 1 lies one rotation behind, although b never heard of that one.
    b.get(&between).unwrap();
    let asked = b.account.mailboxes(&id, NOW).unwrap().incoming;
    assert_eq!((asked[5], asked[12], asked.len()), (lost.mailbox, between.mailbox, 21));
    assert!(!asked.contains(&first.mailbox));
    talk(&mut a, &mut b, &id);
}

#[test]
fn a_rotation_that_comes_late_is_refused() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    a.send_frame(&id, &Frame::mailbox_rotation(1)).unwrap();
    let overtaken = a.send_frame(&id, &Frame::mailbox_rotation(2)).unwrap();
    let third = a.send_frame(&id, &Frame::mailbox_rotation(3)).unwrap();
    // The third one lies in a mailbox that b does not look into, until it hears of it in another way.
    assert_eq!(class(b.get(&third)), "undecryptable");
    let mut by_hand = third.clone();
    by_hand.mailbox = overtaken.mailbox;
    b.get(&by_hand).unwrap();
    let mut late = overtaken;
    late.mailbox = third.mailbox;
    assert_eq!(class(b.get(&late)), "malformed", "overtaken");
    talk(&mut a, &mut b, &id);
}

#[test]
fn what_is_too_short_for_a_message_is_malformed() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let out = a.send(&id, b"message").unwrap();
    let cut = |length: usize| {
        let mut cut = out.clone();
        cut.message.truncate(length);
        cut
    };
    for length in 0..73 {
        assert_eq!(class(b.get(&cut(length))), "malformed", "{length} bytes");
    }
    // Version, header and two tags: the shortest message, whose header opens and whose frame is none.
    assert_eq!(class(b.get(&cut(73))), "undecryptable");
    let mut elsewhere = cut(72);
    elsewhere.mailbox = sceau::pairwise::MailboxId::new([7; 32]);
    assert_eq!(class(b.get(&elsewhere)), "undecryptable", "no candidate");
    b.get(&out).unwrap();
}

#[test]
fn unanswered_first_messages_are_bounded() {
    let (mut a, b) = two();
    let mut policy = a.account.policy().clone();
    policy.limits.set("max_first_messages", 3);
    a.account.set_policy(policy);
    let made = a.initiate(&b.id(), &b.bundle(None, 4)).unwrap();
    for _ in 0..3 {
        a.send(&made.session, b"x").unwrap();
    }
    assert_eq!(class(a.send(&made.session, b"x")), "limit");
}

#[test]
fn restarts_make_no_difference() {
    let run = |restart: bool| {
        let (mut a, mut b) = two_from(5);
        (a.restart, b.restart) = (restart, restart);
        let id = session(&mut a, &mut b);
        let lost = a.send(&id, b"lost").unwrap();
        for _ in 0..3 {
            talk(&mut a, &mut b, &id);
            talk(&mut b, &mut a, &id);
        }
        b.get(&lost).unwrap();
        (a.account.export_state(), b.account.export_state())
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_second_writer_is_stale() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let state = a.account.export_state();
    let import = |least| Account::import(&state, least, Default::default(), Default::default());
    let mut copy = import(None).unwrap();
    let old = a.store.0.clone();
    a.send(&id, b"x").unwrap();
    let (_, changes) = copy.encrypt(&id, &Frame::application(b"y"), b"", NOW).unwrap();
    assert!(!a.store.apply(&changes));
    assert_eq!(class(import(Some(a.account.changes())).map(|_| ())), "rollback");
    // Old and new records mixed.
    let mut mixed = Store(a.store.0.clone());
    for (key, record) in old {
        if key.kind() == RecordKind::Session {
            mixed.0.insert(key, record);
        }
    }
    let refused = Account::import(&mixed.concat(), None, Default::default(), Default::default());
    assert_eq!(class(refused.map(|_| ())), "rollback");
}

#[test]
fn candidates_are_bounded_and_in_order() {
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let late = b.send(&old, b"late").unwrap();
    a.initiate(&b.id(), &b.bundle(None, 5)).unwrap();
    assert_eq!(a.account.candidates(&late.mailbox, NOW), Ok(vec![old]));
    let mut policy = a.account.policy().clone();
    policy.limits.set("max_candidates", 0);
    a.account.set_policy(policy.clone());
    assert_eq!(a.account.candidates(&late.mailbox, NOW), Ok(vec![]));
    assert_eq!(class(a.get(&late)), "undecryptable");
    policy.limits.set("max_candidates", 1);
    a.account.set_policy(policy);
    a.get(&late).unwrap();
}

#[test]
fn devices_move_between_threads() {
    fn both<T: Send + Sync>() {}
    both::<Account>();
    both::<sceau::pairwise::Session<'static>>();
    both::<sceau::pairwise::PendingInitiate>();
    both::<sceau::pairwise::PendingReceive>();
    both::<sceau::pairwise::Changes>();
    both::<sceau::Error>();
}
