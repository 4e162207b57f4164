//! Lists that a device accepts: older ones, the same one with other attestations, and what is told.

use crate::party::{DAY, NOW, Party, conversation};
use hacspec_lib::*;
use sceau_spec::octets::{Octets, repeat, u64_be};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, DeviceChanges, attest, sign_device_list};
use sceau_spec::pairwise::enrolment::{Enrolment, identity_sign};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{
    CREDENTIAL_UPDATE, CredentialUpdate, DEVICE_LISTS, encode_credential_update,
};
use sceau_spec::pairwise::identities::{
    DeviceList, DeviceLists, SIGNER_DEVICE, encode_device_list, encode_device_list_tbs,
    encode_device_lists,
};
use sceau_spec::pairwise::labels::DEVICE_LIST_BY_DEVICE;
use sceau_spec::pairwise::pairs::{get_session, pinned_list};
use sceau_spec::pairwise::record_bodies::{
    decode_account, decode_batch, encode_account, encode_batch,
};
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{CLOSED, ESTABLISHED, decode_session, encode_session};
use sceau_spec::pairwise::suite::{CORE, Suites, signature_public_key};

fn changes(devices: &DeviceChanges) -> (Vec<u64>, Vec<u64>) {
    let serials = |of: &Seq<u64>| (0..of.len()).map(|i| of[i]).collect();
    (serials(&devices.added), serials(&devices.removed))
}

/// The list of a party's device with its attestation.
fn attested(party: &Party) -> DeviceList {
    let list = party.state.account.device_list.clone();
    let content = encode_device_list_tbs(&list.tbs);
    let key = identity_sign(&party.state).unwrap();
    let by_device = attest(SIGNER_DEVICE, &u64_be(1), &key, DEVICE_LIST_BY_DEVICE, &content);
    DeviceList { attestations: list.attestations.push(&by_device), ..list }
}

fn pinned(at: &Party, of: &Party) -> Octets {
    encode_device_list(&pinned_list(&at.state, &of.account()).unwrap())
}

#[test]
fn attestations_are_not_compared_and_the_pinned_bytes_stay() {
    let (alice, mut bob, _) = conversation();
    let before = pinned(&bob, &alice);
    let changes_before = bob.state.head.changes;
    let mut list = attested(&alice);
    bob.apply(&alice, &[&list]).unwrap();
    assert_eq!(pinned(&bob, &alice), before);
    assert_eq!(bob.state.head.changes, changes_before);
    // They are not looked at either.
    for i in 0..2usize {
        list.attestations[i].signature[0usize] ^= 1;
        bob.apply(&alice, &[&list]).unwrap();
        assert_eq!(pinned(&bob, &alice), before);
        assert_eq!(bob.state.head.changes, changes_before);
    }
    // Another list of the same number is a fork.
    let mut fork = alice.state.clone();
    fork.account.device_list.tbs.number -= 1;
    let fork = device::reissue_list(&fork, alice.now + 1, &alice.policy).unwrap();
    assert_eq!(bob.apply(&alice, &[&fork.account.device_list]).err(), Some(ErrorClass::Rollback));
}

#[test]
fn a_list_that_brought_new_signing_keys_is_met_again() {
    let (mut alice, mut bob, session) = conversation();
    let old = alice.state.account.clone();
    let sign = alice.random(32);
    let mut tbs = old.credential.tbs.clone();
    tbs.generation += 1;
    tbs.identity_keys[0usize].key = signature_public_key(&sign);
    let account_key = old.account_private[0usize].key.clone();
    let credential = sign_credential(tbs, &account_key, &None);
    let mut list = old.device_list.tbs.clone();
    list.number += 1;
    list.devices[0usize] = device_entry(&credential);
    let device = Some((u64_be(1), old.identity_private[0usize].key.clone()));
    let list = sign_device_list(list, &account_key, &Cosigners { device, issuer: None });
    for _ in 0..2 {
        bob.apply(&alice, &[&list]).unwrap();
    }
    assert_eq!(pinned(&bob, &alice).to_hex(), encode_device_list(&list).to_hex());
    assert_eq!(bob.status(&session), ESTABLISHED);
}

#[test]
fn a_first_message_may_announce_an_older_list() {
    for update in [false, true] {
        let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
        let lists = DeviceLists::new(0).push(&alice.state.account.device_list);
        let session = alice.initiate(&bob, None, 1);
        let hello = alice.send(&session, "hello");
        let (content_type, body) = if update {
            let credential = alice.state.account.credential.clone();
            let update = CredentialUpdate { device_lists: lists, credential };
            (CREDENTIAL_UPDATE, encode_credential_update(&update))
        } else {
            (DEVICE_LISTS, encode_device_lists(&lists))
        };
        let first = alice.try_send_frame(&session, content_type, &body).unwrap();
        let further = alice.try_send_frame(&session, content_type, &body).unwrap();
        alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
        bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
        let before = pinned(&bob, &alice);
        // With the session that it makes, and in one that is there; the pinned list's age does not count.
        assert_eq!(bob.try_receive(&first).unwrap().event, Event::NewSession);
        bob.policy.limits.max_list_age = DAY;
        bob.now += DAY + 1;
        assert_eq!(bob.try_receive(&further).unwrap().event, Event::Message);
        assert_eq!(pinned(&bob, &alice), before);
        bob.now = alice.now;
        bob.receive(&hello, "hello");
        // In a ratchet message it is a rollback.
        let answer = bob.send(&session, "answer");
        alice.receive(&answer, "answer");
        let late = alice.try_send_frame(&session, content_type, &body).unwrap();
        assert_eq!(bob.try_receive(&late).err(), Some(ErrorClass::Rollback));
    }
}

#[test]
fn an_older_list_of_another_account_is_none() {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let session = alice.initiate(&bob, None, 1);
    let lists = DeviceLists::new(0).push(&bob.state.account.device_list);
    let first = alice.try_send_frame(&session, DEVICE_LISTS, &encode_device_lists(&lists)).unwrap();
    alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
    bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::IdentityMismatch));
}

#[test]
fn no_account_is_made_that_nobody_would_accept() {
    let good = Enrolment {
        serial: 1,
        not_before: 5,
        not_after: 6,
        suites: Suites::from_vec(vec![CORE]),
        list_number: 1,
        issuer: None,
        account_key: repeat(1, 32),
        identity_sign: repeat(2, 32),
        identity_agree: repeat(3, 32),
    };
    let eight = Suites::from_vec((1..9).collect());
    for enrolment in [good.clone(), Enrolment { suites: eight, ..good.clone() }] {
        assert!(device::create(&enrolment, 5).is_ok());
    }
    for enrolment in [
        Enrolment { suites: Suites::from_vec((1..10).collect()), ..good.clone() },
        Enrolment { not_after: 5, ..good.clone() },
        Enrolment { not_after: 4, ..good.clone() },
    ] {
        assert_eq!(device::create(&enrolment, 5).err(), Some(ErrorClass::Misuse));
    }
    let party = Party::new("alice");
    let renew = |not_after| device::renew(&party.state, not_after, &None, NOW, &party.policy);
    assert_eq!(renew(NOW).err(), Some(ErrorClass::Misuse));
    assert!(renew(NOW + 1).is_ok());
}

#[test]
fn whatever_decodes_a_record_refuses_what_the_device_does_not_have() {
    let (alice, _, session) = conversation();
    let unsupported = Some(ErrorClass::UnsupportedSuite);
    let mut session = get_session(&alice.state, &session).unwrap();
    session.suite = 2;
    assert_eq!(decode_session(&encode_session(&session)).err(), unsupported);
    let mut batch = alice.state.batches[0usize].clone();
    batch.batch.tbs.suite = 2;
    assert_eq!(decode_batch(&encode_batch(&batch)).err(), unsupported);
    let mut account = alice.state.account.clone();
    account.identity_private[1usize].key_type = 0x01f0;
    assert_eq!(decode_account(&encode_account(&account)).err(), unsupported);
}

#[test]
fn a_first_message_may_carry_an_older_list() {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let session = alice.initiate(&bob, None, 1);
    let hello = alice.send(&session, "under way");
    alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
    bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    let before = pinned(&bob, &alice);
    let receipt = bob.receive(&hello, "under way");
    assert_eq!(receipt.event, Event::NewSession);
    assert_eq!(changes(&receipt.devices), (vec![], vec![]));
    assert_eq!(pinned(&bob, &alice), before);
}

#[test]
fn behind_an_older_list_the_pinned_one_counts() {
    let first_message = || {
        let (mut alice, bob) = (Party::new("alice"), Party::new("bob"));
        let session = alice.initiate(&bob, None, 1);
        let hello = alice.send(&session, "under way");
        (alice, bob, hello)
    };
    // A renewal: the credential is not listed any more.
    let (mut alice, mut bob, hello) = first_message();
    let until = alice.now + 400 * DAY;
    alice.take(device::renew(&alice.state, until, &None, alice.now, &alice.policy).unwrap());
    bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    assert_eq!(bob.try_receive(&hello).err(), Some(ErrorClass::NotListed));
    // The pinned list has become too old.
    let (mut alice, mut bob, hello) = first_message();
    alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
    bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    bob.policy.limits.max_list_age = DAY;
    bob.now += DAY + 1;
    assert_eq!(bob.try_receive(&hello).err(), Some(ErrorClass::StaleList));
}

#[test]
fn elsewhere_an_older_list_is_a_rollback() {
    let (mut alice, mut bob, session) = conversation();
    let old = alice.state.account.device_list.clone();
    alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
    bob.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    assert_eq!(bob.apply(&alice, &[&old]).err(), Some(ErrorClass::Rollback));
    let body = encode_device_lists(&DeviceLists::new(0).push(&old));
    let sent = alice.try_send_frame(&session, DEVICE_LISTS, &body).unwrap();
    assert_eq!(bob.try_receive(&sent).err(), Some(ErrorClass::Rollback));
}

#[test]
fn the_caller_is_told_of_devices_that_come_and_go() {
    let (mut alice, mut bob, session) = conversation();
    let mut second = Party::second("second", &alice);
    // From a first message, an announcement, a bundle.
    let mut by_message = bob_of(&bob);
    let with_second = second.initiate(&bob, None, 1);
    let hello = second.send(&with_second, "hello");
    let receipt = by_message.receive(&hello, "hello");
    assert_eq!(changes(&receipt.devices), (vec![2], vec![]));

    let mut by_bundle = bob_of(&bob);
    let bundle = second.bundle(None, 1);
    let made = by_bundle.try_initiate(&alice.account(), &bundle, false).unwrap();
    assert_eq!(changes(&made.devices), (vec![2], vec![]));

    let lists = DeviceLists::new(0).push(&second.state.account.device_list);
    let announced = encode_device_lists(&lists);
    let sent = alice.try_send_frame(&session, DEVICE_LISTS, &announced).unwrap();
    assert_eq!(changes(&bob.try_receive(&sent).unwrap().devices), (vec![2], vec![]));

    // The first device goes, and its session with it.
    let mut tbs = second.state.account.device_list.tbs.clone();
    (tbs.number, tbs.devices) = (tbs.number + 1, tbs.devices.slice(1, 1));
    let key = second.state.account.account_private[0usize].key.clone();
    let list = sign_device_list(tbs, &key, &Cosigners::default());
    let lists = DeviceLists::new(0).push(&list);
    let (state, applied) =
        device::apply_lists(&bob.state, &alice.account(), &lists, bob.now, &bob.policy).unwrap();
    assert_eq!(bob.status(&session), ESTABLISHED);
    bob.take(state);
    assert_eq!((applied.number, changes(&applied.devices)), (3, (vec![], vec![1])));
    assert_eq!(bob.status(&session), CLOSED);
}

/// A copy of Bob.
fn bob_of(bob: &Party) -> Party {
    let mut copy = Party::new("bob");
    copy.now = bob.now;
    copy.random(1);
    copy.take(bob.state.clone());
    copy
}

#[test]
fn a_list_of_the_own_account_is_pinned_as_a_peers() {
    let mut alice = Party::new("alice");
    let mut second = Party::second("second", &alice);
    // The own current list is no pinned one: its number is smaller, and nothing is told.
    let bundle = second.bundle(None, 1);
    let made = alice.try_initiate(&second.account(), &bundle, false).unwrap();
    assert_eq!(changes(&made.devices), (vec![], vec![]));
    let hello = alice.send(&made.session_id, "to the other device");
    second.receive(&hello, "to the other device");
    let answer = second.send(&made.session_id, "answer");
    alice.receive(&answer, "answer");
    // A third device is told of, and awaits a decision; its list is the pinned one then.
    let mut third = Party::second("third", &second);
    let session = third.initiate(&alice, None, 1);
    let hello = third.send(&session, "hello");
    let receipt = alice.receive(&hello, "hello");
    assert_eq!(receipt.event, Event::SessionReplaced);
    assert_eq!(changes(&receipt.devices), (vec![3], vec![]));
    let refused = alice.try_initiate(&second.account(), &second.bundle(None, 1), true);
    assert_eq!(refused.err(), Some(ErrorClass::Rollback));
}

#[test]
fn the_own_device_is_no_pair() {
    let alice = Party::new("alice");
    let mut second = Party::second("second", &alice);
    second.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    let both = second.state.account.device_list.clone();
    second.apply(&alice, &[&both]).unwrap();
    assert_eq!(second.state.peers[0usize].pairs.len(), 0);
    assert_eq!(pinned(&second, &alice), encode_device_list(&both));
}

#[test]
fn nothing_is_told_where_nothing_was_pinned() {
    let (alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let lists = DeviceLists::new(0).push(&alice.state.account.device_list);
    let (state, applied) =
        device::apply_lists(&bob.state, &alice.account(), &lists, bob.now, &bob.policy).unwrap();
    assert_eq!(changes(&applied.devices), (vec![], vec![]));
    bob.take(state);
}
