//! Groups, as people use them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, branch, heard, said, untold};
use common::{copy, program};
use sceau::Wire;
use sceau::delivery::{CommitAnswer, RelayName};
use sceau::group::GroupContent;
use sceau_client::client::device::{Device, renew, restock};
use sceau_client::client::group::advance::handles;
use sceau_client::client::group::identity::PACKAGE_LIFETIME;
use sceau_client::client::group::inbox::look;
use sceau_client::client::group::model::{Draft, GivenPackage};
use sceau_client::client::group::packages::top_up;
use sceau_client::client::group::send::{content_of, drafts, seal_for};
use sceau_client::client::net::Net;
use sceau_client::client::receive::{Report, fetch};
use sceau_client::client::relays::Relays;
use sceau_client::client::store::{Kind, Tx};
use sceau_client::process::{ClientProcess, PASSPHRASE, RelayProcess};
use sceau_client::time::now;
use std::io::BufRead;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn a_group_from_its_making_to_its_end() {
    let trio = Trio::new();
    let (ada, bob, carol) = (&trio.ada, &trio.bob, &trio.carol);
    // Nobody is added who has not allowed it.
    let (code, text) = said(ada, &["group", "create", "team", "bob"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("sceau group allow"), "{text}");
    assert_eq!(said(ada, &["group", "list"]).1, "", "and nothing was made");
    trio.allow();
    ada.json(&["group", "create", "team", "bob", "carol"]).unwrap();
    assert!(said(bob, &["receive"]).1.contains("ada has added you to the group team, 3 devices"));
    carol.json(&["receive"]).unwrap();
    assert_eq!(said(ada, &["group", "create", "team"]).0, Some(64), "one of a name");
    // Bob and Carol did not know each other.
    bob.json(&["group", "send", "team", "from bob"]).unwrap();
    ada.json(&["receive"]).unwrap();
    carol.json(&["receive"]).unwrap();
    carol.json(&["group", "send", "team", "from carol"]).unwrap();
    ada.json(&["group", "send", "team", "from ada"]).unwrap();
    trio.settle();
    assert_eq!(heard(ada, "team"), ["from bob", "from carol"]);
    assert_eq!(heard(bob, "team"), ["from ada", "from carol"]);
    assert_eq!(heard(carol, "team"), ["from ada", "from bob"]);
    let listed = bob.json(&["group", "list", "team"]).unwrap();
    let members: Vec<_> = listed.iter().filter_map(|line| line.get("member")).collect();
    assert_eq!(members.len(), 3);
    // All are on one branch.
    assert_eq!(branch(ada, "team"), branch(bob, "team"));
    assert_eq!(branch(ada, "team"), branch(carol, "team"));
    // A message of the group is not one between two.
    assert!(!said(bob, &["list", "ada"]).1.contains("from ada"));
    // Carol is removed: she reads nothing that follows, and is told.
    ada.json(&["group", "remove", "team", "carol"]).unwrap();
    assert_eq!(said(ada, &["group", "remove", "team", "carol"]).0, Some(2));
    ada.json(&["group", "send", "team", "without carol"]).unwrap();
    let told = said(carol, &["receive"]).1;
    assert!(told.contains("ada has removed you from the group team"), "{told}");
    let (code, text) = said(carol, &["group", "send", "team", "still there?"]);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(heard(carol, "team"), ["from ada", "from bob"], "what she has read stays");
    bob.json(&["receive"]).unwrap();
    assert_eq!(heard(bob, "team"), ["from ada", "from carol", "without carol"]);
    // She is added again, under the name that she gave the group.
    ada.json(&["receive"]).unwrap();
    bob.json(&["group", "send", "team", "before her return"]).unwrap();
    ada.json(&["group", "add", "team", "carol"]).unwrap();
    trio.settle();
    carol.json(&["group", "send", "team", "back"]).unwrap();
    trio.settle();
    assert_eq!(heard(carol, "team"), ["from ada", "from bob"]);
    assert!(heard(bob, "team").contains(&"back".to_owned()));
    // Bob leaves: whoever looks next does it.
    assert_eq!(said(bob, &["group", "remove", "team", "ada", "bob"]).0, Some(2), "no contact");
    bob.json(&["group", "leave", "team"]).unwrap();
    let told = said(carol, &["receive"]).1;
    assert!(told.contains("has left the group team"), "{told}");
    assert!(said(bob, &["receive"]).1.contains("you have left the group team"));
    ada.json(&["receive"]).unwrap();
    assert_eq!(branch(ada, "team"), branch(carol, "team"));
}

#[test]
fn what_is_allowed_can_be_taken_back() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["receive"]).unwrap();
    trio.bob.json(&["group", "allow", "ada", "--no"]).unwrap();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("a Welcome to a group was refused"), "{told}");
    assert_eq!(said(&trio.bob, &["group", "list"]).1, "");
}

/// GRP-99, GDS-51: members whom no list confirms are taken, shown, and told of before something is sent.
#[test]
fn members_are_unconfirmed_until_their_list_has_come() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob", "carol"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    let known = || {
        let listed = trio.bob.json(&["group", "list", "team"]).unwrap();
        let of = |line: &serde_json::Value| Some(line.get("leaf")?.as_str()?.to_owned());
        let mut known: Vec<_> = listed.iter().filter_map(of).collect();
        known.sort();
        known
    };
    // Bob has never met Carol.
    assert_eq!(known(), ["confirmed", "confirmed", "unconfirmed"]);
    let carol = trio.carol.account().unwrap();
    let shown = said(&trio.bob, &["group", "list", "team"]).1;
    let line = shown.lines().find(|line| line.ends_with(&carol)).unwrap();
    assert!(line.contains(", unconfirmed"), "{line}");
    let told = said(&trio.bob, &["group", "send", "team", "hello"]).1;
    assert!(told.contains(&format!("unconfirmed in team: account {}", &carol[..16])), "{told}");
    // Her list has come with her prekeys.
    assert_eq!(known(), ["confirmed"; 3]);
    assert!(!said(&trio.bob, &["group", "send", "team", "again"]).1.contains("unconfirmed"));
}

/// Whoever is first commits; the others process that one, and then do what they wanted.
#[test]
fn all_commit_at_once() {
    let trio = Trio::with_group();
    let (before, _) = branch(&trio.ada, "team");
    let rounds = 4;
    for round in 0..rounds {
        let people = [&trio.ada, &trio.bob, &trio.carol];
        let children: Vec<_> = people
            .iter()
            .map(|person| {
                let mut command = person.command(&["group", "update", "team"]);
                command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        trio.bob.json(&["group", "send", "team", &format!("round {round}")]).unwrap();
    }
    trio.settle();
    let (epoch, number) = branch(&trio.ada, "team");
    assert_eq!(epoch, before + 3 * rounds, "each has done it once");
    assert_eq!(branch(&trio.bob, "team"), (epoch, number.clone()));
    assert_eq!(branch(&trio.carol, "team"), (epoch, number));
    let expected: Vec<_> = (0..rounds).map(|round| format!("round {round}")).collect();
    assert_eq!(heard(&trio.ada, "team"), expected);
    assert_eq!(heard(&trio.carol, "team"), expected);
}

/// Messages of each epoch are read, though many have passed; and one who was removed and added again finds back.
#[test]
fn away_for_many_epochs() {
    let trio = Trio::with_group();
    let mut sent = Vec::new();
    for round in 0..12 {
        let (person, text) = ([&trio.ada, &trio.bob][round % 2], format!("epoch {round:02}"));
        person.json(&["group", "send", "team", &text]).unwrap();
        person.json(&["group", "update", "team"]).unwrap();
        sent.push(text);
    }
    trio.carol.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.carol, "team"), sent);
    assert_eq!(branch(&trio.carol, "team"), branch(&trio.bob, "team"));
    trio.settle();
    trio.ada.json(&["group", "send", "team", "before"]).unwrap();
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    trio.ada.json(&["group", "send", "team", "between"]).unwrap();
    trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    trio.ada.json(&["group", "send", "team", "after"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    sent.extend(["after".to_owned(), "before".to_owned()]);
    sent.sort();
    assert_eq!(heard(&trio.carol, "team"), sent, "not what was said between");
    assert_eq!(branch(&trio.carol, "team").0, branch(&trio.ada, "team").0 + 1, "with new keys");
}

#[test]
fn the_relay_is_away() {
    let mut trio = Trio::with_group();
    trio.relay.kill();
    let (code, text) = said(&trio.bob, &["group", "update", "team"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("the change is kept"), "{text}");
    let (code, text) = said(&trio.bob, &["group", "send", "team", "kept"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("to team: kept"), "{text}");
    trio.restart();
    let before = branch(&trio.ada, "team").0;
    // Another one is first meanwhile.
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.settle();
    assert_eq!(branch(&trio.bob, "team").0, before + 2);
    assert_eq!(heard(&trio.ada, "team"), ["kept"]);
    assert_eq!(heard(&trio.carol, "team"), ["kept"]);
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.bob, "team"));
}

/// A commit alone wakes those who wait: they hold its handle.
#[test]
fn who_follows_is_told_of_a_commit() {
    let trio = Trio::with_group();
    let mut waiting = trio.carol.command(&["receive", "--follow", "--json"]);
    let mut waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = std::io::BufReader::new(waiting.stdout.take().unwrap()).lines();
    let (told, shown) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.for_each(|line| drop(told.send(line.unwrap()))));
    // The first look is over.
    shown.recv_timeout(Duration::from_secs(20)).unwrap();
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    let mut text = String::new();
    while !text.contains("ada has removed you from the group team") {
        text += &shown.recv_timeout(Duration::from_secs(20)).expect(&text);
    }
    waiting.kill().unwrap();
    waiting.wait().unwrap();
}

/// GDS-10: rubbish in an epoch's place is no answer; the person is told, nothing is sent, and the relay is asked again.
#[test]
fn rubbish_in_the_place_of_a_commit() {
    let trio = Trio::with_group();
    let mut device = Device::open(trio.carol.home(), PASSPHRASE).unwrap();
    let net = Net::new(&trio.relay.url, None, None).unwrap();
    let [handle] = handles(&mut device, net.name()).unwrap()[..] else { panic!() };
    let rubbish = vec![9; 300];
    assert_eq!(net.commit(handle, rubbish.clone()).unwrap(), CommitAnswer::Kept);
    assert_eq!(net.commit(handle, vec![]).unwrap(), CommitAnswer::Taken(rubbish));
    let told = said(&trio.bob, &["receive"]).1;
    let rubbish = "the next commit of the group team can't be taken (undecryptable)";
    assert!(told.contains(rubbish), "{told}");
    let (code, text) = said(&trio.bob, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains(rubbish) && text.contains("to team: kept"), "{text}");
    let (code, text) = said(&trio.ada, &["group", "update", "team"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(!said(&trio.bob, &["group", "list"]).1.contains("MAY HAVE SPLIT"), "it is no fork");
    assert_eq!(
        said(&trio.carol, &["receive"]).0,
        Some(0),
        "and keeps nothing else from being done"
    );
}

/// GDS-10, GDS-35: the first answer that opens is the epoch's commit; the own one is not given up for what does not open.
#[test]
fn what_does_not_open_is_asked_for_again() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let before = branch(&trio.ada, "team").0;
    stage.lies.rubbish.store(true, Ordering::Relaxed);
    assert_eq!(said(&trio.bob, &["group", "send", "team", "later"]).0, Some(1));
    stage.lies.rubbish_for_who_brings.store(true, Ordering::Relaxed);
    stage.lies.rubbish.store(false, Ordering::Relaxed);
    // Ada's commit is made, and the relay claims another.
    assert_eq!(said(&trio.ada, &["group", "update", "team"]).0, Some(1));
    assert_eq!(branch(&trio.ada, "team").0, before);
    stage.lies.rubbish_for_who_brings.store(false, Ordering::Relaxed);
    trio.settle();
    assert_eq!(branch(&trio.ada, "team").0, before + 1, "the commit that was made then");
    assert_eq!(branch(&trio.bob, "team"), branch(&trio.ada, "team"));
    assert_eq!(heard(&trio.ada, "team"), ["later"]);
}

/// A credential that was renewed follows into the leaf; whoever was not told of it finds it at the relay.
#[test]
fn a_member_renews_its_credential() {
    let trio = Trio::with_group();
    let before = branch(&trio.ada, "team").0;
    let mut device = Device::open(trio.bob.home(), PASSPHRASE).unwrap();
    let generation = |device: &mut Device| {
        device.read(|account| Ok(account.credential().tbs().generation)).unwrap()
    };
    let first = generation(&mut device);
    device
        .step(|account, tx, profile| {
            renew(account, tx, profile, now())?;
            restock(account, tx, profile, now())?;
            // Nobody is told in a session.
            tx.clear(Kind::Outbox)
        })
        .unwrap();
    assert_eq!(generation(&mut device), first + 1);
    Relays::new(&device.profile).unwrap().publish(&mut device).unwrap();
    drop(device);
    trio.bob.json(&["group", "send", "team", "with a new credential"]).unwrap();
    assert_eq!(branch(&trio.bob, "team").0, before + 1);
    for person in [&trio.ada, &trio.carol] {
        let told = said(person, &["receive"]).1;
        assert!(!told.contains("refused"), "{told}");
        assert_eq!(heard(person, "team"), ["with a new credential"]);
        assert_eq!(branch(person, "team"), branch(&trio.bob, "team"));
    }
}

/// Members at different relays of one NATS cluster: whoever is first there, is first everywhere.
#[test]
fn at_two_relays_of_a_cluster() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(nats) = runtime.block_on(common::NatsBench::start()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let arguments =
        ["--listen", "127.0.0.1:0", "--nats", &nats.url, "--nats-key", key.to_str().unwrap()];
    let relays = [0, 1].map(|_| RelayProcess::start(program(), &arguments).unwrap());
    let mut urls = [0, 1, 1].map(|n| relays[n].url.clone()).into_iter();
    let trio = Trio::each_at(|_| urls.next().unwrap());
    trio.make_group();
    let before = branch(&trio.ada, "team").0;
    let people = [&trio.ada, &trio.bob, &trio.carol];
    let children = people.map(|person| {
        let mut command = person.command(&["group", "update", "team"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    trio.carol.json(&["group", "send", "team", "across"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["across"]);
    assert_eq!(heard(&trio.bob, "team"), ["across"]);
    assert_eq!(branch(&trio.ada, "team").0, before + 3);
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.bob, "team"));
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.carol, "team"));
}

/// In an organisation's group all leaves bear the issuer's word; whoever is withdrawn is removed by the first who knows.
#[test]
fn an_organisations_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let tool = ClientProcess::new(program(), folder.path());
    tool.json(&["issuer", "init", &path("ca")]).unwrap();
    let (public, revoked) = (path("ca/issuer.pub"), path("ca/revoked"));
    let data = path("relay");
    let arguments = ["--listen", "127.0.0.1:0", "--data", &data, "--issuer", &public];
    let relay = RelayProcess::start(program(), &arguments).unwrap();
    let sign = format!("{} issuer sign {} --yes", program().display(), path("ca"));
    let person = |name: &str| {
        let client = ClientProcess::new(program(), &folder.path().join(name));
        let common = ["init", "--relay", &relay.url, "--name", name, "--kdf-memory", "8"];
        let issuer = ["--issuer", &public, "--revoked", &revoked, "--issuer-command", &sign];
        client.json(&[&common[..], &issuer].concat()).unwrap();
        client
    };
    let (ada, bob, carol) = (person("ada"), person("bob"), person("carol"));
    for (name, other) in [("bob", &bob), ("carol", &carol)] {
        ada.json(&["add", name, &other.account().unwrap()]).unwrap();
        other.json(&["add", "ada", &ada.account().unwrap()]).unwrap();
        other.json(&["group", "allow", "ada"]).unwrap();
    }
    ada.json(&["group", "create", "team", "bob", "carol"]).unwrap();
    for _ in 0..2 {
        bob.json(&["receive"]).unwrap();
        carol.json(&["receive"]).unwrap();
    }
    bob.json(&["group", "send", "team", "colleagues"]).unwrap();
    carol.json(&["receive"]).unwrap();
    ada.json(&["receive"]).unwrap();
    assert_eq!(heard(&carol, "team"), ["colleagues"]);
    assert_eq!(heard(&ada, "team"), ["colleagues"]);
    tool.json(&["issuer", "revoke", &path("ca"), &bob.account().unwrap()]).unwrap();
    ada.json(&["receive"]).unwrap();
    let listed = ada.json(&["group", "list", "team"]).unwrap();
    assert_eq!(listed.iter().filter(|line| line.get("member").is_some()).count(), 2);
    assert!(said(&carol, &["receive"]).1.contains("from the group team"));
    assert_eq!(branch(&ada, "team"), branch(&carol, "team"));
    let (code, text) = said(&ada, &["group", "add", "team", "bob"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("revoked by its organisation"), "{text}");
}

/// STA-05: what changes groups alone is counted too.
#[test]
fn an_old_copy_is_refused() {
    let trio = Trio::with_group();
    let saved = trio.folder.path().join("saved");
    copy(trio.bob.home(), &saved);
    let text = said(&trio.bob, &["group", "list"]);
    assert_eq!(text.0, Some(0), "{}", text.1);
    trio.bob.json(&["group", "update", "team"]).unwrap();
    copy(&saved, trio.bob.home());
    let (code, text) = said(&trio.bob, &["group", "list"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("old copy"), "{text}");
}

#[test]
fn help_and_completions_know_groups() {
    let output = |arguments: &[&str]| {
        let output = std::process::Command::new(program()).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let help = output(&["group", "--help"]);
    for word in [
        "allow", "create", "add", "remove", "send", "list", "update", "leave", "resume", "rejoin",
        "forget",
    ] {
        assert!(help.contains(&format!("\n  {word} ")), "{word}: {help}");
    }
    assert!(help.contains("sceau group create team bob carol"));
    assert!(output(&["completions", "bash"]).contains("sceau__subcmd__group"));
}

/// A Welcome takes the place of a group of which something else was read in the same step (GDS-14).
#[test]
fn a_welcome_beside_a_message_of_the_old_branch() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.bob.json(&["group", "update", "team"]).unwrap();
    stage.lies.about_commits.store(false, Ordering::Relaxed);
    trio.ada.json(&["group", "send", "team", "on Ada's branch"]).unwrap();
    assert!(said(&trio.bob, &["receive"]).1.contains("may have split"));
    // Carol is in the epoch before, of which Bob keeps the keys.
    trio.carol.json(&["group", "send", "team", "from before"]).unwrap();
    let mut device = Device::open(trio.bob.home(), PASSPHRASE).unwrap();
    let mut relays = Relays::new(&device.profile).unwrap();
    let mut report = Report::default();
    fetch(&mut device, &mut relays, &mut report).unwrap();
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    fetch(&mut device, &mut relays, &mut report).unwrap();
    // The person has not decided yet (GDS-14).
    look(&mut device, &mut report).unwrap();
    let told = untold(&mut device);
    assert!(!told.contains("added you"), "{told}");
    // Both are looked at in one step.
    let told = said(&trio.bob, &["group", "rejoin", "team"]).1;
    assert!(told.contains("ada has added you to the group team"), "{told}");
    trio.ada.json(&["receive"]).unwrap();
    assert_eq!(branch(&trio.bob, "team"), branch(&trio.ada, "team"));
    trio.bob.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.bob, "team"), ["from before"]);
    assert!(!said(&trio.bob, &["group", "list"]).1.contains("MAY HAVE SPLIT"));
}

/// What has left is done when the relay has said that its epoch was near enough, and not before; what waits for too long
/// is told.
#[test]
fn drafts_stay_until_the_relay_has_answered() {
    let mut trio = Trio::with_group();
    let mut device = Device::open(trio.bob.home(), PASSPHRASE).unwrap();
    let (_, item) = device.store().group_of_name("team").unwrap();
    let (epoch, _) = branch(&trio.bob, "team");
    let draft = |at| Draft {
        group: item.id.clone(),
        content: String::new(),
        sealed: Some((epoch, String::new())),
        to: vec![],
        outbox: vec![],
        at,
    };
    device.step(|_, tx, _| tx.add(Kind::GroupDraft, &draft(now()))).unwrap();
    trio.relay.kill();
    let (code, text) = said(&trio.bob, &["group", "send", "team", "kept"]);
    assert_eq!(code, Some(3), "{text}");
    assert_eq!(drafts(&mut device, &item.id).unwrap().len(), 2, "that of before too");
    device.step(|_, tx, _| tx.add(Kind::GroupDraft, &draft(now() - 14 * 86_400))).unwrap();
    trio.restart();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("a message to team waited for too long"), "{told}");
    trio.settle();
    assert_eq!(drafts(&mut device, &item.id).unwrap().len(), 0);
    assert_eq!(heard(&trio.ada, "team"), ["kept"]);
}

/// GDS-21: a Welcome that was made in a key package's last hour may be under way for 30 days.
#[test]
fn key_packages_stay_while_a_welcome_may_be_under_way() {
    let trio = Trio::new();
    trio.allow();
    let mut device = Device::open(trio.bob.home(), PASSPHRASE).unwrap();
    device
        .step(|account, tx, _| {
            let given = |tx: &Tx<'_>| -> Vec<Vec<u8>> {
                let rows = tx.raw_items(Kind::GivenPackage).unwrap();
                let of = |row: &[u8]| GivenPackage::from_bytes(row).unwrap().reference;
                rows.iter().map(|(_, row)| of(row)).collect()
            };
            let first = given(tx);
            assert_eq!(first.len(), 1);
            let end = now() + PACKAGE_LIFETIME;
            top_up(account, tx, end + 30 * 86_400 - 60)?;
            assert!(given(tx).contains(&first[0]), "a Welcome may still come");
            top_up(account, tx, end + 30 * 86_400)?;
            assert!(!given(tx).contains(&first[0]));
            Ok(())
        })
        .unwrap();
}

/// GDS-11: what fits into no frame is refused, and not taken for a session that can't send.
#[test]
fn what_fits_into_no_frame_is_refused() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["receive"]).unwrap();
    let mut device = Device::open(trio.ada.home(), PASSPHRASE).unwrap();
    let bob = (trio.bob.account().unwrap(), 1);
    let relay = RelayName::new(b"relay").unwrap();
    let content = |size| GroupContent { relay: Some(relay.clone()), message: vec![7; size] };
    let most =
        (1 << 20) - 8 - content_of(&content(1 << 15), Some("team")).unwrap().to_bytes().len()
            + (1 << 15);
    device
        .step(|account, tx, _| {
            assert!(seal_for(account, tx, &bob, &content(most), Some("team"), now())?.is_some());
            let refused = seal_for(account, tx, &bob, &content(most + 1), Some("team"), now());
            assert_eq!(refused.unwrap_err().class, Some("limit"));
            let nobody = (bob.0.clone(), 9);
            assert_eq!(seal_for(account, tx, &nobody, &content(10), None, now())?, None);
            Ok(())
        })
        .unwrap();
}

/// GDS-34: an answer that was lost is asked for again; it says `taken`, with the own bytes.
#[test]
fn the_own_commit_is_kept_whatever_the_answer_is_called() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let before = branch(&trio.ada, "team").0;
    stage.lies.kept_is_taken.store(true, Ordering::Relaxed);
    trio.ada.json(&["group", "update", "team"]).unwrap();
    stage.lies.kept_is_taken.store(false, Ordering::Relaxed);
    assert_eq!(branch(&trio.ada, "team").0, before + 1, "once, and no fork");
    trio.settle();
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.bob, "team"));
}
