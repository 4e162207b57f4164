//! Groups and sessions of which something fails, or somebody is silent: the rest goes on, and nobody gets what is not theirs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, branch, heard, said, untold};
use sceau::Wire;
use sceau::delivery::{CommitHandle, RelayName};
use sceau::group::GroupContent;
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, MailboxId};
use sceau_client::client::device::{Device, reissue_list};
use sceau_client::client::group::identity::policy;
use sceau_client::client::group::inbox::look;
use sceau_client::client::group::join::create;
use sceau_client::client::group::leave::leave;
use sceau_client::client::group::model::{Draft, GroupItem, Status, TheirPackage, Waiting, Wish};
use sceau_client::client::group::packages::top_up;
use sceau_client::client::group::send::{queue, seal_drafts, seal_for};
use sceau_client::client::model::Contact;
use sceau_client::client::net::Net;
use sceau_client::client::receive::{Report, fetch, receive};
use sceau_client::client::relays::Relays;
use sceau_client::client::send::{Draft as Said, queue as queue_for};
use sceau_client::client::store::{Kind, Tx};
use sceau_client::error::Kind as ErrorKind;
use sceau_client::process::{ClientProcess, PASSPHRASE};
use sceau_client::time::now;
use sceau_client::wire::Writer;
use std::sync::atomic::Ordering;

fn open(person: &ClientProcess) -> (Device, Relays) {
    let device = Device::open(person.home(), PASSPHRASE).unwrap();
    let relays = Relays::new(&device.profile).unwrap();
    (device, relays)
}

/// Changes the item of the only group.
fn change(device: &mut Device, change: impl FnOnce(&mut GroupItem)) {
    device
        .step(|_, tx, _| {
            let (number, mut item) = tx.items::<GroupItem>(Kind::Group).unwrap().remove(0);
            change(&mut item);
            tx.replace(Kind::Group, number, &item)
        })
        .unwrap();
}

fn outbox(device: &mut Device) -> usize {
    device.store().raw_items(Kind::Outbox, 0, 10_000).unwrap().len()
}

/// GDS-11: a text that fits into no message is refused at once; one that has got into the store keeps nothing else from
/// being sent.
#[test]
fn a_text_that_is_too_long() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.ada);
    let (_, item) = device.store().group_of_name("team").unwrap();
    let refused = queue(&mut device, &item.id, &"x".repeat(1 << 20)).unwrap_err();
    assert_eq!(refused.class, Some("limit"), "{refused}");
    let drafts = |device: &mut Device| device.store().items::<Draft>(Kind::GroupDraft).unwrap();
    assert!(drafts(&mut device).is_empty());
    queue(&mut device, &item.id, "too long").unwrap();
    queue(&mut device, &item.id, "short").unwrap();
    device
        .step(|_, tx, _| {
            let (number, mut draft) = tx.items::<Draft>(Kind::GroupDraft)?.remove(0);
            draft.content = "61".repeat(1 << 20);
            tx.replace(Kind::GroupDraft, number, &draft)
        })
        .unwrap();
    let mut report = Report::default();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut report).unwrap();
    let told = untold(&mut device);
    assert!(told.contains("a message to team is too long"), "{told}");
    assert_eq!(drafts(&mut device).len(), 1);
    drop((device, relays));
    trio.settle();
    assert_eq!(heard(&trio.bob, "team"), ["short"]);
    assert_eq!(heard(&trio.carol, "team"), ["short"]);
}

/// GDS-07: who was removed gets nothing that was sealed before, also where a change of the own person then fails.
#[test]
fn what_was_sealed_for_somebody_who_was_removed() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "sealed").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    assert_eq!(outbox(&mut device), 2);
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    change(&mut device, |item| item.wishes.push(Wish::Update));
    drop((device, relays));
    stage.lies.rubbish_for_who_brings.store(true, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("can't be taken"), "{told}");
    trio.carol.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.carol, "team"), Vec::<String>::new());
}

/// HS-06, ID-15: a session that takes nothing before its first answer keeps no announcement from the others, and gets it
/// before anything else.
#[test]
fn somebody_who_does_not_answer_is_announced_to_later() {
    let trio = Trio::new();
    let (mut device, mut relays) = open(&trio.ada);
    for name in ["bob", "carol"] {
        let (_, contact) = device.contact(name).unwrap();
        let draft = Said { text: Some("hello".to_owned()), ..Said::default() };
        queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    }
    relays.flush(&mut device, |_| {}).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    trio.carol.json(&["send", "ada", "hello"]).unwrap();
    drop((device, relays));
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let before = outbox(&mut device);
    let limited = |device: &mut Device, most: u32| {
        device
            .step(|account, tx, _| {
                let mut policy = account.policy().clone();
                let all = policy.limits.max_first_messages;
                policy.limits.max_first_messages = most;
                account.set_policy(policy.clone());
                let done = reissue_list(account, tx, now());
                policy.limits.max_first_messages = all;
                account.set_policy(policy);
                done
            })
            .unwrap();
    };
    limited(&mut device, 1);
    assert_eq!(outbox(&mut device), before + 1, "Carol's");
    limited(&mut device, 1);
    assert_eq!(outbox(&mut device), before + 2, "Carol's");
    let (_, contact) = device.contact("bob").unwrap();
    let draft = Said { text: Some("again".to_owned()), ..Said::default() };
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 4, "once, and the text");
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 5);
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("again") && !told.contains("refused"), "{told}");
}

/// ID-15: a session that takes nothing, since it is too old by the policy of the moment, gets what was to be announced before
/// anything else when it takes something again.
#[test]
fn a_session_that_was_used_up_is_announced_to_later() {
    let trio = Trio::new();
    trio.ada.json(&["send", "bob", "hello"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let before = outbox(&mut device);
    device
        .step(|account, tx, _| {
            let mut policy = account.policy().clone();
            let all = std::mem::replace(&mut policy.limits.max_session_age, 0);
            account.set_policy(policy.clone());
            let done = reissue_list(account, tx, now());
            policy.limits.max_session_age = all;
            account.set_policy(policy);
            done
        })
        .unwrap();
    assert_eq!(outbox(&mut device), before);
    let (_, contact) = device.contact("bob").unwrap();
    let draft = Said { text: Some("again".to_owned()), ..Said::default() };
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 2, "the list, and the text");
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("again") && !told.contains("refused"), "{told}");
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

/// What a removed contact has sent to a group in which both are is read, also where it comes before the commit that adds
/// them.
#[test]
fn a_removed_contact_in_a_group() {
    let trio = Trio::new();
    trio.allow();
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.carol.json(&["add", "bob", &trio.bob.account().unwrap()]).unwrap();
    trio.bob.json(&["send", "carol", "hello"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    trio.carol.json(&["send", "bob", "hello"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    trio.bob.json(&["remove", "carol"]).unwrap();
    // Carol has her session yet; Bob has not heard that she is in the group.
    trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    let told = said(&trio.carol, &["group", "send", "team", "to the group"]).1;
    assert!(told.contains("sent"), "{told}");
    trio.carol.json(&["send", "bob", "to Bob alone"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.bob, "team"), ["to the group"]);
    assert!(!said(&trio.bob, &["list"]).1.contains("to Bob alone"));
}

fn drafts(device: &mut Device) -> Vec<Draft> {
    let drafts: Vec<(i64, Draft)> = device.store().items(Kind::GroupDraft).unwrap();
    drafts.into_iter().map(|(_, draft)| draft).collect()
}

/// GDS-14: what was sealed on a branch that was left is sealed anew on the other one, and there alone.
#[test]
fn what_was_sealed_on_a_branch_that_was_left() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "sealed").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    let sealed = drafts(&mut device)[0].outbox.clone();
    assert_eq!(sealed.len(), 2);
    change(&mut device, |item| item.end(Status::Rejoining));
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    look(&mut device, &mut Report::default()).unwrap();
    let draft = drafts(&mut device).remove(0);
    assert!(draft.sealed.is_none() && draft.to.is_empty() && draft.outbox.is_empty());
    let left = device.store().raw_items(Kind::Outbox, 0, 10_000).unwrap();
    assert!(!left.iter().any(|(number, _)| sealed.contains(number)));
    drop((device, relays));
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["sealed"]);
    assert_eq!(heard(&trio.carol, "team"), ["sealed"]);
}

/// What waits for a group that the device is out of is given up, and told.
#[test]
fn what_waits_for_a_group_that_is_over() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let wait = |person: &ClientProcess| {
        let (mut device, _) = open(person);
        let (_, item) = device.store().group_of_name("team").unwrap();
        queue(&mut device, &item.id, "waits").unwrap();
    };
    let told = |person: &ClientProcess, arguments: &[&str]| {
        let told = said(person, arguments).1;
        assert!(told.contains("1 message to team did not go to all"), "{told}");
        assert!(drafts(&mut open(person).0).is_empty());
        told
    };
    wait(&trio.carol);
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    assert!(told(&trio.carol, &["receive"]).contains("has removed you"));
    wait(&trio.bob);
    let long_ago = |item: &mut GroupItem| (item.entered_at, item.answered_at) = (1, None);
    for person in [&trio.ada, &trio.bob] {
        change(&mut open(person).0, long_ago);
    }
    assert!(told(&trio.bob, &["receive"]).contains("for too long"));
    let told = told(&trio.ada, &["group", "send", "team", "hello"]);
    assert!(told.contains("to team: not sent"), "{told}");
}

/// One key package that does not serve keeps nobody else from being added, and goes.
#[test]
fn one_of_two_who_can_not_be_added() {
    let trio = Trio::new();
    trio.allow();
    let (mut device, mut relays) = open(&trio.ada);
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    look(&mut device, &mut Report::default()).unwrap();
    let bob = trio.bob.account().unwrap();
    device
        .step(|_, tx, _| {
            let packages: Vec<(i64, TheirPackage)> = tx.items(Kind::TheirPackage)?;
            let of = packages.into_iter().find(|(_, package)| package.from.0 == bob);
            let (number, mut package) = of.unwrap();
            // The end of its signature.
            let last = package.message.pop().unwrap();
            package.message.push(if last == '0' { '1' } else { '0' });
            tx.replace(Kind::TheirPackage, number, &package)
        })
        .unwrap();
    drop((device, relays));
    let (code, told) = said(&trio.ada, &["group", "create", "team", "bob", "carol"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("bob was not added in the group team"), "{told}");
    trio.settle();
    assert!(said(&trio.carol, &["group", "list"]).1.contains("team"));
    let packages: Vec<(i64, TheirPackage)> =
        open(&trio.ada).0.store().items(Kind::TheirPackage).unwrap();
    assert!(packages.iter().all(|(_, package)| package.from.0 != bob));
    // One alone is told by name as well.
    let (code, told) = said(&trio.ada, &["group", "add", "team", "bob"]);
    assert_eq!(code, Some(2), "{told}");
    trio.bob.json(&["group", "allow", "ada"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    trio.settle();
    assert!(said(&trio.bob, &["group", "list"]).1.contains("team"));
}

/// Who is removed and added again while the relay is away is both, one after the other; who is removed last is out.
#[test]
fn removed_and_added_again_without_a_relay() {
    for again in [true, false] {
        let mut trio = Trio::with_group();
        trio.carol.json(&["group", "allow", "ada"]).unwrap();
        trio.ada.json(&["receive"]).unwrap();
        let (epoch, _) = branch(&trio.ada, "team");
        trio.relay.kill();
        let away = |command: &str| {
            let (code, told) = said(&trio.ada, &["group", command, "team", "carol"]);
            assert_eq!(code, Some(3), "{told}");
        };
        away("remove");
        away("add");
        if !again {
            away("remove");
        }
        trio.restart();
        trio.settle();
        let listed = said(&trio.ada, &["group", "list", "team"]).1;
        assert_eq!(listed.contains("carol"), again, "{listed}");
        let listed = said(&trio.carol, &["group", "list"]).1;
        assert_eq!(listed.contains("no member any more"), !again, "{listed}");
        if again {
            assert!(branch(&trio.ada, "team").0 >= epoch + 2);
            assert_eq!(branch(&trio.carol, "team"), branch(&trio.ada, "team"));
        }
    }
}

/// A group whose relay is away keeps nothing else from being done, and `receive` ends as where the own one is.
#[test]
fn a_group_at_a_relay_that_is_away() {
    let trio = Trio::new();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    create(&mut device, "far", &RelayName::new(b"relay.invalid").unwrap()).unwrap();
    let (code, told) = said(&trio.ada, &["receive"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("hello") && told.contains("a group could not be looked after"), "{told}");
    // What is given up is asked for no more.
    trio.ada.json(&["group", "forget", "far"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
}

/// A name that is no name makes no group.
#[test]
fn names_of_groups() {
    let trio = Trio::new();
    trio.allow();
    for name in [&"é".repeat(65), "", "  ", "two\nlines"] {
        let (code, told) = said(&trio.ada, &["group", "create", name, "bob"]);
        assert_eq!(code, Some(64), "{told}");
        let refused = create(&mut open(&trio.ada).0, name, &RelayName::new(b"relay").unwrap());
        assert_eq!(refused.err().map(|error| error.kind), Some(ErrorKind::Usage));
    }
    assert!(open(&trio.ada).0.store().groups().unwrap().is_empty());
    trio.ada.json(&["group", "create", &"é".repeat(64), "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    assert!(said(&trio.bob, &["group", "list"]).1.contains(&"é".repeat(64)));
}

/// GDS-43: also a group that has stopped is erased when the relay may have forgotten it, and says so; the person can give it up
/// before.
#[test]
fn a_group_that_has_stopped_ends() {
    let trio = Trio::with_group();
    for status in [Status::Forked, Status::Rejoining] {
        let stop = |item: &mut GroupItem| {
            item.status = status;
            (item.entered_at, item.answered_at) = (now() - 31 * 86_400, Some(now()));
        };
        let person = if status == Status::Forked { &trio.bob } else { &trio.carol };
        let mut device = open(person).0;
        change(&mut device, stop);
        let told = said(person, &["receive"]).1;
        assert!(!told.contains("for too long"), "{told}");
        change(&mut device, |item| item.answered_at = Some(now() - 30 * 86_400));
        let told = said(person, &["receive"]).1;
        assert!(told.contains("the group team has gone on for too long without"), "{told}");
        assert!(said(person, &["group", "list"]).1.contains("has gone on without this device"));
        assert_eq!(said(person, &["group", "resume", "team"]).0, Some(64));
    }
    change(&mut open(&trio.ada).0, |item| item.status = Status::Forked);
    let told = said(&trio.ada, &["group", "send", "team", "hello"]).1;
    assert!(told.contains("may have split") && told.contains("sceau group forget team"), "{told}");
    trio.ada.json(&["group", "forget", "team"]).unwrap();
    assert!(said(&trio.ada, &["group", "list"]).1.contains("given up"));
}

/// What is said of a message is true of that message: what waits beside it does not count.
#[test]
fn what_is_said_of_a_message() {
    let trio = Trio::with_group();
    trio.ada.json(&["send", "carol", "hello"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    device
        .step(|_, tx, _| {
            let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
            let carol = contacts.into_iter().find(|(_, contact)| contact.name == "carol");
            let (number, mut contact) = carol.unwrap();
            contact.relay = Some("http://127.0.0.1:1".to_owned());
            tx.replace(Kind::Contact, number, &contact)
        })
        .unwrap();
    let (code, told) = said(&trio.ada, &["send", "carol", "later"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("to carol: in the outbox"), "{told}");
    // The failure is that of the other one.
    let (code, told) = said(&trio.ada, &["send", "bob", "now"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("to bob: sent"), "{told}");
    assert!(said(&trio.bob, &["receive"]).1.contains("now"));
    // To a group it has to go to all.
    let (_, told) = said(&trio.ada, &["group", "send", "team", "hello"]);
    assert!(told.contains("to team: kept"), "{told}");
}

/// GDS-20: a key package counts as given when its session has it; the person gives a new one whenever he allows.
#[test]
fn a_key_package_that_did_not_leave() {
    let trio = Trio::new();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    let (mut device, _) = open(&trio.bob);
    let given =
        |device: &mut Device| device.store().raw_items(Kind::GivenPackage, 0, 100).unwrap().len();
    device
        .step(|_, tx, _| {
            let (number, mut contact) = tx.items::<Contact>(Kind::Contact)?.remove(0);
            contact.groups = true;
            tx.replace(Kind::Contact, number, &contact)
        })
        .unwrap();
    let give = |device: &mut Device, most: u32| {
        device
            .step(|account, tx, _| {
                let mut policy = account.policy().clone();
                let all = policy.limits.max_first_messages;
                policy.limits.max_first_messages = most;
                account.set_policy(policy.clone());
                let done = top_up(account, tx, now());
                policy.limits.max_first_messages = all;
                account.set_policy(policy);
                done
            })
            .unwrap();
        given(device)
    };
    assert_eq!(give(&mut device, 1), 0, "its session takes nothing");
    assert_eq!(give(&mut device, 1_000), 1);
    assert_eq!(give(&mut device, 1_000), 1);
    drop(device);
    for expected in [2, 3, 4, 4] {
        trio.bob.json(&["group", "allow", "ada"]).unwrap();
        assert_eq!(given(&mut open(&trio.bob).0), expected);
    }
    // A Welcome that is refused has used one.
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    device
        .step(|_, tx, _| {
            let (number, mut waiting) = tx.items::<Waiting>(Kind::GroupInbox)?.remove(0);
            let (mut content, _) = waiting.open()?;
            content.relay = Some(RelayName::new(b"relay.example").unwrap());
            waiting.content = hex::encode(content.to_bytes());
            tx.replace(Kind::GroupInbox, number, &waiting)
        })
        .unwrap();
    let mut report = Report::default();
    look(&mut device, &mut report).unwrap();
    assert_eq!(report.refused.values().sum::<usize>(), 1);
    assert_eq!(given(&mut device), 2);
}

/// GDS-25: who leaves asks anew when the epoch in which he has asked ends without it.
#[test]
fn a_leave_that_got_lost() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    leave(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    device.step(|_, tx, _| tx.clear(Kind::Outbox)).unwrap();
    drop((device, relays));
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.settle();
    assert!(said(&trio.bob, &["group", "list"]).1.contains("no member any more"));
    assert!(said(&trio.ada, &["group", "list"]).1.contains("2 devices"));
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

/// What was received before a relay fails is told, with the failure.
#[test]
fn a_relay_that_fails_on_the_way() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.bob.json(&["send", "carol", "hello"]).unwrap();
    stage.lies.mute.store(true, Ordering::Relaxed);
    let (code, told) = said(&trio.carol, &["receive"]);
    assert_ne!(code, Some(0), "{told}");
    assert!(told.contains("somebody new has written") && told.contains("hello"), "{told}");
}
