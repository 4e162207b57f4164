//! Application messages: out of order, late, damaged.

use crate::stage::{NOW, commit, group_of, open_policy, psks, read, rng};
use sceau::group::{CipherSuite, CommitOptions, Received};

#[test]
fn messages_come_in_any_order_and_once() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 3);
    let messages: Vec<_> =
        (0..20u8).map(|number| groups[0].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    for number in [5usize, 3, 19, 0, 4, 10] {
        assert_eq!(read(&mut groups[1], &messages[number]).unwrap(), [number as u8]);
        let again = read(&mut groups[1], &messages[number]).unwrap_err();
        assert_eq!(again.class(), "duplicate");
    }
    assert_eq!(read(&mut groups[2], &messages[0]).unwrap(), [0]);
}

#[test]
fn messages_of_past_epochs_are_read_for_a_while() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 4);
    let message = groups[3].encrypt(b"late", b"", &mut rng()).unwrap();
    let later = groups[3].encrypt(b"later", b"", &mut rng()).unwrap();
    // The sender is removed and its leaf is given to another: the old leaf's key still verifies.
    commit(&mut groups, 0, &CommitOptions::new(vec![sceau::group::Proposal::Remove(3)]));
    groups.truncate(3);
    crate::stage::add_members(&mut groups, 1);
    let got = groups[1].receive(&message, &psks(), NOW).unwrap();
    let Received::Application { sender, epoch, data, .. } = got else { panic!("{got:?}") };
    assert_eq!((sender, epoch, &data[..]), (3, 1, &b"late"[..]));
    commit(&mut groups, 1, &CommitOptions::default());
    assert_eq!(read(&mut groups[1], &later).unwrap_err().class(), "wrong_epoch");
}

#[test]
fn a_ratchet_goes_only_so_far() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 2);
    let mut policy = open_policy();
    policy.max_forward = 10;
    policy.max_skipped = 5;
    groups[1].set_policy(policy);
    let messages: Vec<_> =
        (0..30u8).map(|number| groups[0].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    assert_eq!(read(&mut groups[1], &messages[11]).unwrap_err().class(), "too_far");
    assert_eq!(read(&mut groups[1], &messages[10]).unwrap(), [10]);
    assert_eq!(read(&mut groups[1], &messages[4]).unwrap_err().class(), "duplicate", "not kept");
    assert_eq!(read(&mut groups[1], &messages[5]).unwrap(), [5]);
    assert_eq!(read(&mut groups[1], &messages[21]).unwrap(), [21]);
}

#[test]
fn every_damaged_byte_is_refused_and_changes_nothing() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 3);
    let message = groups[0].encrypt(b"hello", b"aad", &mut rng()).unwrap();
    let before = groups[1].export_state();
    for index in 0..message.len() {
        let mut damaged = message.clone();
        damaged[index] ^= 1;
        assert!(read(&mut groups[1], &damaged).is_err(), "byte {index}");
    }
    for length in 0..message.len() {
        assert!(read(&mut groups[1], &message[..length]).is_err());
    }
    assert_eq!(groups[1].export_state(), before);
    assert_eq!(read(&mut groups[1], &message).unwrap(), b"hello");
    assert_eq!(read(&mut groups[0], &message).unwrap_err().class(), "reflection");
}

#[test]
fn messages_are_padded() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 2);
    let lengths = [0usize, 1, 50, 100]
        .map(|length| groups[0].encrypt(&vec![7; length], b"", &mut rng()).unwrap().len());
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
}

#[test]
fn exporters_agree() {
    let groups = group_of(CipherSuite::X25519Aes128, 2);
    let export = |group: &sceau::group::Group, label| {
        group.export(label, b"context", 40).unwrap().as_bytes().to_vec()
    };
    assert_eq!(export(&groups[0], "a"), export(&groups[1], "a"));
    assert_ne!(export(&groups[0], "a"), export(&groups[0], "b"));
}

#[test]
fn the_protocols_labels_are_not_the_callers() {
    // GRP-35, GDS-04
    let mut groups = group_of(CipherSuite::X25519Aes128, 2);
    for label in ["Sceau 1 commit key", "Sceau 1 commit handle", "Sceau 1 "] {
        assert_eq!(groups[0].export(label, b"", 32).unwrap_err().class(), "misuse");
    }
    for label in ["Sceau 1", "sceau 1 commit key", " Sceau 1 x", ""] {
        groups[0].export(label, b"", 32).unwrap();
    }
    let handle = |group: &sceau::group::Group| *group.commit_secrets().unwrap().handle().as_bytes();
    let first = handle(&groups[0]);
    assert_eq!(first, handle(&groups[1]));
    let label = "Sceau 1 commit handle";
    let exported = sceau::group::hazmat::export_of(&groups[0], label, b"", 32).unwrap();
    assert_eq!(first[..], exported[..]);
    commit(&mut groups, 0, &CommitOptions::default());
    assert_ne!(handle(&groups[0]), first);
}
