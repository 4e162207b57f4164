//! Groups at a relay that lies.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, branch, heard, said, texts};
use sceau_client::client::device::Device;
use sceau_client::client::store::Kind;
use sceau_client::process::PASSPHRASE;
use std::sync::atomic::Ordering;

/// GDS-12: a relay that tells two members of two different commits splits the group; the first message shows it, and
/// nobody reads what was not meant for them.
#[test]
fn a_relay_that_splits_a_group() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let before = branch(&trio.ada, "team");
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.bob.json(&["group", "update", "team"]).unwrap();
    let (ada, bob) = (branch(&trio.ada, "team"), branch(&trio.bob, "team"));
    assert_eq!((ada.0, bob.0), (before.0 + 1, before.0 + 1));
    assert_ne!(ada.1, bob.1, "the numbers show it");
    stage.lies.about_commits.store(false, Ordering::Relaxed);
    trio.bob.json(&["group", "send", "team", "on Bob's branch"]).unwrap();
    let (code, told) = said(&trio.ada, &["receive"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("a message of bob does not open") && told.contains("may have split"),
        "{told}"
    );
    let (code, told) = said(&trio.ada, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("sceau group resume"), "{told}");
    assert_eq!(heard(&trio.ada, "team"), Vec::<String>::new());
    assert!(said(&trio.ada, &["group", "list"]).1.contains("MAY HAVE SPLIT"));
    // Carol has processed neither: the message waits for its epoch, of which the relay says that there is none.
    let told = said(&trio.carol, &["receive"]).1;
    assert!(told.contains("has sent something of a later epoch"), "{told}");
    assert_eq!(heard(&trio.carol, "team"), Vec::<String>::new());
    assert_eq!(said(&trio.carol, &["group", "send", "team", "hello?"]).0, Some(1));
    // To go on is to have decided about it.
    assert_eq!(said(&trio.carol, &["group", "resume", "team"]).0, Some(0));
    assert!(!said(&trio.carol, &["receive"]).1.contains("later epoch"));
    // A new group goes on; who has decided so reads and writes again in the old one.
    said(&trio.ada, &["group", "resume", "team"]);
    trio.ada.json(&["group", "send", "team", "on Ada's branch"]).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("may have split"), "{told}");
}

#[test]
fn a_relay_that_lies_about_mail_loses_a_group_nothing_but_time() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    stage.lies.about_mail.store(true, Ordering::Relaxed);
    for round in 0..10 {
        for (turn, (name, person)) in trio.people().into_iter().enumerate() {
            let text = format!("{name} {round}");
            person.run(&["group", "send", "team", &text]).unwrap();
            // One at a time: what is withheld for longer than past epochs are kept is lost (GDS-23).
            if round == 1 + 4 * turn {
                person.run(&["group", "update", "team"]).unwrap();
            }
            person.run(&["receive"]).unwrap();
        }
    }
    stage.lies.about_mail.store(false, Ordering::Relaxed);
    trio.settle();
    let people = trio.people();
    for (name, person) in people {
        assert_eq!(texts(person, "team", "out").len(), 10);
        let others = people.iter().filter(|(other, _)| *other != name);
        let mut sent: Vec<_> = others.flat_map(|(_, p)| texts(p, "team", "out")).collect();
        sent.sort();
        assert_eq!(heard(person, "team"), sent, "{name}");
        assert_eq!(branch(person, "team"), branch(&trio.ada, "team"));
    }
}

/// GDS-09, GDS-14: who was away for too long sends nothing, is told, and is taken in again.
#[test]
fn away_for_too_long() {
    let trio = Trio::with_group();
    let mut device = Device::open(trio.bob.home(), PASSPHRASE).unwrap();
    let (number, mut item) = device.store().group_of_name("team").unwrap();
    (item.entered_at, item.answered_at) = (1, None);
    device.step(|_, tx, _| tx.replace(Kind::Group, number, &item)).unwrap();
    drop(device);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("has gone on for too long without this device"), "{told}");
    let (code, told) = said(&trio.bob, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("remove you and add you again"), "{told}");
    // Silent in one direction alone: the others' messages of his epoch are still read.
    trio.ada.json(&["group", "send", "team", "to whom it may concern"]).unwrap();
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    trio.settle();
    trio.bob.json(&["group", "send", "team", "back again"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["back again"]);
    assert_eq!(heard(&trio.carol, "team"), ["back again", "to whom it may concern"]);
    assert_eq!(branch(&trio.bob, "team"), branch(&trio.ada, "team"));
}
