//! Much that lies in mailboxes or waits, a relay that is asked often, and two processes on one store with a group.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, change, heard, open, said};
use sceau::Wire;
use sceau::delivery::CommitHandle;
use sceau::group::GroupContent;
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, MailboxId};
use sceau_client::client::device::Device;
use sceau_client::client::group::identity::policy;
use sceau_client::client::group::model::GroupItem;
use sceau_client::client::group::send::seal_for;
use sceau_client::client::net::Net;
use sceau_client::client::receive::{Report, fetch, receive};
use sceau_client::client::store::{Kind, Tx};
use sceau_client::process::ClientProcess;
use sceau_client::time::now;
use sceau_client::wire::Writer;
use std::sync::atomic::Ordering;

/// Seals messages of a group for a device, as its member or with an id that it does not know, and sends them.
fn many(person: &ClientProcess, to: &ClientProcess, known: bool, count: u32) {
    let (mut device, mut relays) = open(person);
    let to = (to.account().unwrap(), 1);
    let seal = |message: Vec<u8>, account: &mut Account, tx: &mut Tx<'_>| {
        let content = GroupContent::of(message);
        seal_for(account, tx, &to, &content, None, now()).unwrap().unwrap();
    };
    device
        .step(|account, tx, _| {
            if !known {
                for epoch in 1..=u64::from(count) {
                    // A PrivateMessage (RFC 9420 §6.3).
                    let mut w = Writer::default();
                    w.u16(1).u16(2).opaque(b"not known").u64(epoch).u8(1);
                    w.opaque(b"").opaque(&[1; 20]).opaque(&[2; 40]);
                    seal(w.0, account, tx);
                }
                return Ok(());
            }
            let (_, item) = tx.items::<GroupItem>(Kind::Group)?.remove(0);
            let mut group = tx.group(&item.group_id()?, policy(account))?;
            for number in 0..count {
                let mut message_id = [7; 16];
                message_id[..4].copy_from_slice(&number.to_be_bytes());
                let content = Content {
                    content_type: kind::TEXT,
                    message_id,
                    sent_at: now(),
                    sender_serial: account.serial(),
                    in_reply_to: vec![],
                    body: format!("number {number}").into_bytes(),
                    extensions: vec![],
                };
                let rng = &mut sceau_client::crypto::rng();
                seal(group.encrypt(&content.to_bytes(), b"", rng)?, account, tx);
            }
            tx.save_group(&mut group)
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
}

/// GDS-38: a device that was away reads all of a later epoch, however much of it lies in its mailboxes.
#[test]
fn away_while_much_was_said() {
    let trio = Trio::with_group();
    trio.bob.json(&["group", "send", "team", "hello"]).unwrap();
    trio.settle();
    for _ in 0..2 {
        // In a session that Carol has answered in, and in one that she has not.
        trio.ada.json(&["group", "update", "team"]).unwrap();
        trio.bob.json(&["receive"]).unwrap();
        many(&trio.bob, &trio.carol, true, 300);
        many(&trio.ada, &trio.carol, true, 300);
        let (code, told) = said(&trio.carol, &["receive"]);
        assert_eq!(code, Some(0), "{told}");
        assert!(!told.contains("dropped"), "{told}");
        let heard = heard(&trio.carol, "team").len();
        assert!(heard == 601 || heard == 1201, "{heard}");
    }
}

/// GDS-38: what waits in vain does not keep the rest of its mailbox from being read; what is dropped is told.
#[test]
fn much_that_waits_in_vain() {
    let trio = Trio::with_group();
    many(&trio.ada, &trio.bob, false, 300);
    trio.ada.json(&["send", "bob", "behind it"]).unwrap();
    let (code, told) = said(&trio.bob, &["receive"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("44 messages of ada for a group") && told.contains("dropped"), "{told}");
    assert!(told.contains("behind it"), "{told}");
}

/// Seals as many messages of some later epochs of a group as may wait, and sends them.
fn fill_up(person: &ClientProcess, to: &ClientProcess, group_id: &[u8]) {
    let (mut device, mut relays) = open(person);
    let to = (to.account().unwrap(), 1);
    device
        .step(|account, tx, _| {
            for epoch in 1_000..1_256 {
                let mut w = Writer::default();
                w.u16(1).u16(2).opaque(group_id).u64(epoch).u8(1);
                w.opaque(b"").opaque(&[1; 20]).opaque(&[2; 40]);
                let content = GroupContent::of(w.0);
                seal_for(account, tx, &to, &content, None, now()).unwrap().unwrap();
            }
            Ok(())
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
}

/// GDS-38: a member who fills all of his room for a group that he keeps from going on does not keep what others send first
/// from being read.
#[test]
fn one_who_fills_his_room_for_a_group_that_is_stuck() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.settle();
    let group_id = open(&trio.bob).0.store().group_of_name("team").unwrap().1.group_id().unwrap();
    stage.lies.rubbish.store(true, Ordering::Relaxed);
    fill_up(&trio.ada, &trio.bob, &group_id);
    trio.bob.run(&["receive"]).unwrap();
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.carol.json(&["add", "bob", &trio.bob.account().unwrap()]).unwrap();
    trio.carol.json(&["send", "bob", "hello"]).unwrap();
    trio.ada.json(&["send", "bob", "behind it"]).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("hello"), "{told}");
    // His own stays where it is: the group may go on.
    assert!(!told.contains("behind it") && !told.contains("dropped"), "{told}");
    // Before an epoch is left as well.
    trio.carol.json(&["send", "bob", "again"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let mut report = Report::default();
    fetch(&mut device, &mut relays, &mut report).unwrap();
    assert_eq!(report.messages.len(), 1);
}

/// GDS-38: nor does one who is in no group, before an epoch is left.
#[test]
fn one_who_fills_his_room_for_no_group() {
    let trio = Trio::with_group();
    fill_up(&trio.ada, &trio.bob, b"not known");
    trio.bob.json(&["receive"]).unwrap();
    trio.carol.json(&["add", "bob", &trio.bob.account().unwrap()]).unwrap();
    trio.carol.json(&["send", "bob", "hello"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let mut report = Report::default();
    fetch(&mut device, &mut relays, &mut report).unwrap();
    assert_eq!(report.messages.len(), 1);
}

/// A relay that has always more, and always the same, ends no less.
#[test]
fn a_relay_that_never_ends() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.ada.json(&["send", "bob", "hello"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    trio.ada.json(&["send", "bob", "again"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    stage.lies.endless.store(1_000, Ordering::Relaxed);
    trio.bob.json(&["receive"]).unwrap();
    assert!(stage.lies.endless.load(Ordering::Relaxed) > 800);
}

/// GDS-10: who follows asks a relay that gives rubbish once a minute, and is told why nothing is sent meanwhile.
#[test]
fn rubbish_is_not_asked_for_at_each_look() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    stage.lies.rubbish.store(true, Ordering::Relaxed);
    let (mut device, mut relays) = open(&trio.bob);
    relays.follows = true;
    let mut look = |device: &mut Device| {
        let failed = receive(device, &mut relays).unwrap().failed.unwrap().to_string();
        assert!(failed.contains("can't be taken (undecryptable)"), "{failed}");
        (failed, stage.lies.asked.load(Ordering::Relaxed))
    };
    let first = look(&mut device);
    assert_eq!(look(&mut device), first);
    change(&mut device, |item| item.stuck_at = Some(now() - 60));
    assert_eq!(look(&mut device).1, first.1 + 1);
    stage.lies.rubbish.store(false, Ordering::Relaxed);
    change(&mut device, |item| item.stuck_at = Some(now() - 60));
    assert!(receive(&mut device, &mut relays).unwrap().failed.is_none());
}

/// A device with more sessions than one request may ask after.
#[test]
fn more_mailboxes_than_one_request_takes() {
    let stage = stage();
    let net = Net::new(&stage.url, None, None).unwrap();
    let id = |number: u32| {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id
    };
    let mailboxes: Vec<MailboxId> = (0..5_000).map(|number| MailboxId::new(id(number))).collect();
    let handles = [CommitHandle::new(id(9_000))];
    assert_eq!(net.wait(&mailboxes, 0).unwrap(), []);
    assert!(!net.wait_for(&mailboxes, &handles, 0).unwrap());
    assert!(!net.wait_for(&mailboxes[..4_096], &handles, 0).unwrap());
    for at in [0, 4_095, 4_096, 4_999] {
        let limits = sceau::limits::Limits::default();
        let mailbox = mailboxes[at];
        let envelope = sceau::pairwise::Envelope::new(mailbox, false, vec![1; 200], now(), &limits);
        net.put(&envelope).unwrap();
        assert_eq!(net.wait(&mailboxes, 0).unwrap(), [mailbox]);
        assert!(net.wait_for(&mailboxes, &handles, 5).unwrap());
        let (answer, _) = net.get(mailbox, None, 0).unwrap();
        net.acknowledge(mailbox, vec![answer.envelopes[0].handle], None).unwrap();
    }
}

/// STA-05: what another process has set, or counted for a group, is neither undone nor counted back.
#[test]
fn two_processes_and_a_profile() {
    let trio = Trio::with_group();
    let count = || std::fs::read_to_string(trio.ada.home().with_extension("count")).unwrap();
    let groups = || count().split(' ').nth(2).unwrap().trim().parse::<u64>().unwrap();
    let (mut device, _) = open(&trio.ada);
    let (_, item) = device.store().group_of_name("team").unwrap();
    // The other one changes groups, and settings, and nothing of the account.
    let (mut other, _) = open(&trio.ada);
    let encrypt = |device: &mut Device| {
        device
            .step(|account, tx, _| {
                let mut group = tx.group(&item.group_id()?, policy(account))?;
                group.encrypt(b"", b"", &mut sceau_client::crypto::rng())?;
                tx.save_group(&mut group)
            })
            .unwrap();
    };
    let before = groups();
    for _ in 0..3 {
        encrypt(&mut other);
    }
    other
        .step(|_, _, profile| {
            profile.name = "new".to_owned();
            Ok(())
        })
        .unwrap();
    assert_eq!(groups(), before + 3);
    device
        .step(|_, _, profile| {
            profile.restock = true;
            Ok(())
        })
        .unwrap();
    encrypt(&mut device);
    assert_eq!(groups(), before + 4);
    encrypt(&mut other);
    assert_eq!(groups(), before + 5);
    device.read(|_| Ok(())).unwrap();
    for device in [&device, &other] {
        assert_eq!(device.profile.name, "new");
    }
    assert!(other.profile.restock);
    drop((device, other));
    trio.ada.json(&["list"]).unwrap();
    // Both at once, through the program.
    let work = |person: ClientProcess, arguments: &'static [&'static str]| {
        std::thread::spawn(move || {
            for _ in 0..6 {
                let output = person.run(arguments).unwrap();
                assert!(output.status.success(), "{output:?}");
            }
        })
    };
    let send = work(trio.ada.clone(), &["group", "send", "team", "more"]);
    let update = work(trio.ada.clone(), &["group", "update", "team"]);
    send.join().unwrap();
    update.join().unwrap();
    trio.settle();
    assert_eq!(heard(&trio.bob, "team").len(), 6);
}
