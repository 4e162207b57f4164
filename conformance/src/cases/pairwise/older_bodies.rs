//! Lists in the body of a first message: older than the pinned one (ID-24), or newer.
//!
//! Alice has initiated `s`, and her first message announces list 2. Bob, the implementation, has list 3 by then, from
//! elsewhere.

use super::devices::OTHER_PUBLIC;
use super::forge::{Credential, ED25519, Entry, Known, List, X25519, known};
use super::new_devices::{devices, further};
use super::stage::{
    DAY, Device, Mail, PINNED, Step, USUAL, accept_call, demand, device, event, fetch, initiate,
    mail, pass, receive_call, send, vector,
};
use super::twins::{apply_call, judge};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, PINNED).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive_of("PW-ID-OLDERBODY-156p", "A device list in a first message that is older than the pinned one changes nothing.", older, "list"), &["ID-24"]),
    case(Case::positive_of("PW-ID-OLDERBODY-157p", "A renewal in a first message whose list is older than the pinned one changes nothing.", older, "renewal"), &["ID-24"]),
    case(Case::positive("PW-ID-OLDERBODY-158p", "The signing keys of such a renewal are not compared.", other_keys), &["ID-24", "FRM-06"]),
    case(Case::positive("PW-ID-OLDERBODY-159p", "The age of such a list does not count.", stale), &["ID-24", "ID-09"]),
    case(Case::positive("PW-ID-OLDERBODY-160p", "A body is older than the list that came with the handshake.", than_own), &["ID-24"]),
    case(Case::positive("PW-ID-OLDERBODY-161p", "In a repeated first message such a list changes nothing either.", repeated), &["ID-24", "HS-10"]),
    case(Case::positive_of("PW-ID-NEWERBODY-162p", "A newer device list in a first message is pinned.", newer, "list"), &["ID-16", "FRM-06"]),
    case(Case::positive_of("PW-ID-NEWERBODY-163p", "The newer list of a renewal in a first message is pinned.", newer, "renewal"), &["ID-16", "FRM-06"]),
    case(Case::negative_of("PW-ID-OLDERBODY-164n", "An older device list in a first message is of the sender's account.", of_another, "list"), &["ID-24", "FRM-06"]),
    case(Case::negative_of("PW-ID-OLDERBODY-165n", "A renewal with an older list in a first message is of the sender's account.", of_another, "renewal"), &["ID-24", "FRM-06"]),
    case(Case::negative_of("PW-ID-OLDERBODY-166n", "A renewal with an older list in a first message is of the sender's account, its list or not.", of_another, "credential"), &["ID-24", "FRM-06"]),
    case(Case::negative_of("PW-ID-OLDERBODY-167n", "A renewal with an older list in a first message is of the sender's device.", of_another, "device"), &["ID-24", "FRM-06"]),
    case(Case::negative("PW-ID-OLDERBODY-168n", "A body that does not decode is refused, however old its list.", longer), &["ID-24", "FRM-05", "ENC-02"]),
    case(Case::negative("PW-ID-OLDERBODY-169n", "Another list of the pinned one's number is no older one.", fork), &["ID-24", "ID-06"]),
    case(Case::negative("PW-ID-OLDERBODY-170n", "In a message of the session an older list is refused.", in_session), &["ID-24", "ID-06", "FRM-05"]),
];

/// Bob, and Alice with her handshake `s`.
fn begun(scene: &mut Scene) -> Outcome<(Known, Device)> {
    let bob = device(scene, "bob", Home::Iut)?;
    let alice = known(scene, "alice", &USUAL)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice.device, &bob, "s", &served)?;
    Ok((alice, bob))
}

/// A list of Alice's device, as she would announce it.
fn list(scene: &mut Scene, alice: &Known, number: u64) -> Outcome<String> {
    alice.lists(scene, &List::new(number, vec![alice.entry()]), &[alice.signer()])
}

/// Bob has the list 3 from elsewhere.
fn overtaken(scene: &mut Scene, alice: &Known, bob: &Device) -> Outcome<String> {
    let third = list(scene, alice, 3)?;
    apply_call(scene, bob, &alice.device, &third).accepted()?;
    Ok(third)
}

/// A message in `s` with this body.
fn tells(scene: &mut Scene, alice: &Known, content_type: u64, body: &str) -> Outcome<Mail> {
    let call = scene.call(alice.device.party, "pw.send").session("s");
    let call = call.integer("content_type", content_type).text("body", body);
    mail(&call.deviate("body-unchecked").ok()?, "")
}

/// Bob takes the first message, is told of no device, and answers.
fn taken(scene: &mut Scene, (alice, bob): (&Known, &Device), first: &Mail, kind: u64) -> Outcome {
    let out = accept_call(scene, bob.party, first, "s").accepted()?;
    event(&out, bob, "new_session")?;
    demand(out.integer("content_type")? == kind, "the caller gets another content type")?;
    devices(&out, &[], &[])?;
    pass(scene, bob, &alice.device, "s", "hello to you", Step::Dh)
}

/// The list is pinned, and one with the number before is refused.
fn pinned(scene: &mut Scene, (alice, bob): (&Known, &Device), number: u64, lists: &str) -> Outcome {
    let before = scene.digest(bob.party)?;
    apply_call(scene, bob, &alice.device, lists).ok()?;
    demand(before == scene.digest(bob.party)?, "another list is pinned")?;
    let older = list(scene, alice, number - 1)?;
    apply_call(scene, bob, &alice.device, &older).refused_with("rollback")
}

fn older(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let second = list(scene, &alice, 2)?;
    let (kind, body) = announcement(row, &second, &alice.device.credential);
    let first = tells(scene, &alice, kind, &body)?;
    let third = overtaken(scene, &alice, &bob)?;
    taken(scene, (&alice, &bob), &first, kind)?;
    pinned(scene, (&alice, &bob), 3, &third)
}

/// Content type and body.
fn announcement(row: &str, lists: &str, credential: &str) -> (u64, String) {
    match row {
        "list" => (3, lists.to_owned()),
        _ => (2, [lists, credential].concat()),
    }
}

/// A renewal that changes the signing key, as none does in a session.
fn other_keys(scene: &mut Scene) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let [_, agree] = alice.public.clone();
    let keys = vec![(ED25519, OTHER_PUBLIC.to_vec()), (X25519, agree)];
    let renewed =
        alice.credential(scene, &Credential { generation: 2, ..Credential::new(keys) })?;
    let signature_keys = vec![(ED25519, OTHER_PUBLIC.to_vec())];
    let entry = Entry { generation: 2, signature_keys, ..alice.entry_of(&renewed) };
    let second = alice.lists(scene, &List::new(2, vec![entry]), &[alice.signer()])?;
    let first = tells(scene, &alice, 2, &(second + &renewed))?;
    let third = overtaken(scene, &alice, &bob)?;
    taken(scene, (&alice, &bob), &first, 2)?;
    pinned(scene, (&alice, &bob), 3, &third)
}

/// The first list, which stands in the handshake as well, is a month and a day old when the message comes.
fn stale(scene: &mut Scene) -> Outcome {
    let (bob, alice) = (device(scene, "bob", Home::Iut)?, known(scene, "alice", &USUAL)?);
    let both = [alice.device.party, bob.party];
    scene.advance(20 * DAY, &both)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice.device, &bob, "s", &served)?;
    let first = tells(scene, &alice, 3, &alice.device.lists())?;
    let newer = List { issued_at: START + 20 * DAY, ..List::new(2, vec![alice.entry()]) };
    let newer = alice.lists(scene, &newer, &[alice.signer()])?;
    apply_call(scene, &bob, &alice.device, &newer).accepted()?;
    scene.advance(11 * DAY, &both)?;
    taken(scene, (&alice, &bob), &first, 3)?;
    pinned(scene, (&alice, &bob), 2, &newer)
}

/// The handshake carries list 3.
fn than_own(scene: &mut Scene) -> Outcome {
    let (bob, alice) = (device(scene, "bob", Home::Iut)?, known(scene, "alice", &USUAL)?);
    let mut third = String::new();
    for _ in 0..2 {
        let out = scene.call(alice.device.party, "party.reissue_list").ok()?;
        third = vector(&[&out.hex("device_list")?]);
    }
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice.device, &bob, "s", &served)?;
    let second = list(scene, &alice, 2)?;
    let first = tells(scene, &alice, 3, &second)?;
    taken(scene, (&alice, &bob), &first, 3)?;
    pinned(scene, (&alice, &bob), 3, &third)
}

fn repeated(scene: &mut Scene) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let first = send(scene, &alice.device, "s", "hello")?;
    let second = list(scene, &alice, 2)?;
    let bodies =
        ["list", "renewal"].map(|row| announcement(row, &second, &alice.device.credential));
    let mut mails = Vec::new();
    for (kind, body) in &bodies {
        mails.push(tells(scene, &alice, *kind, body)?);
    }
    accept_call(scene, bob.party, &first, "s").accepted()?;
    let third = overtaken(scene, &alice, &bob)?;
    for later in &mails {
        let out = receive_call(scene, bob.party, later, Step::Same).accepted()?;
        event(&out, &bob, "message")?;
        devices(&out, &[], &[])?;
    }
    pinned(scene, (&alice, &bob), 3, &third)?;
    pass(scene, &bob, &alice.device, "s", "hello to you", Step::Dh)
}

fn newer(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let second = list(scene, &alice, 2)?;
    let (kind, body) = announcement(row, &second, &alice.device.credential);
    let first = tells(scene, &alice, kind, &body)?;
    taken(scene, (&alice, &bob), &first, kind)?;
    let before = scene.digest(bob.party)?;
    apply_call(scene, &bob, &alice.device, &second).ok()?;
    demand(before == scene.digest(bob.party)?, "the announced list is not the pinned one")?;
    apply_call(scene, &bob, &alice.device, &alice.device.lists()).refused_with("rollback")
}

/// In the deviant twin what is announced is Carol's, or a further device's.
fn of_another(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    let second = list(scene, &alice, 2)?;
    let own = (second.as_str(), alice.device.credential.as_str());
    let carols = carol.lists();
    let other = match row {
        "list" | "renewal" => (carols.as_str(), carol.credential.as_str()),
        "credential" => (own.0, carol.credential.as_str()),
        _ => (own.0, mallory.credential.as_str()),
    };
    let (lists, credential) = twin.pick(own, other);
    let (kind, body) = announcement(row, lists, credential);
    let first = tells(scene, &alice, kind, &body)?;
    overtaken(scene, &alice, &bob)?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "identity_mismatch")?;
    honest(scene, twin, (&alice, &bob))
}

/// What the sender says next makes the session that the refused message has not made.
fn honest(scene: &mut Scene, twin: Twin, (alice, bob): (&Known, &Device)) -> Outcome {
    let next = send(scene, &alice.device, "s", "hello")?;
    if twin == Twin::Control {
        receive_call(scene, bob.party, &next, Step::Same).accepted()?;
    } else {
        event(&accept_call(scene, bob.party, &next, "s").accepted()?, bob, "new_session")?;
    }
    pass(scene, bob, &alice.device, "s", "hello to you", Step::Dh)
}

fn longer(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let body = list(scene, &alice, 2)? + twin.pick("", "00");
    let first = tells(scene, &alice, 3, &body)?;
    overtaken(scene, &alice, &bob)?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "malformed")?;
    honest(scene, twin, (&alice, &bob))
}

/// Issued a second later than the list that is pinned; in the control twin its number is smaller.
fn fork(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let list = List { issued_at: START + 1, ..List::new(twin.pick(2, 3), vec![alice.entry()]) };
    let body = alice.lists(scene, &list, &[alice.signer()])?;
    let first = tells(scene, &alice, 3, &body)?;
    overtaken(scene, &alice, &bob)?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "rollback")?;
    honest(scene, twin, (&alice, &bob))
}

/// In the deviant twin Alice has had an answer, so that her message is no first message any more.
fn in_session(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = begun(scene)?;
    let first = send(scene, &alice.device, "s", "hello")?;
    accept_call(scene, bob.party, &first, "s").accepted()?;
    if twin == Twin::Deviant {
        pass(scene, &bob, &alice.device, "s", "hello to you", Step::Dh)?;
    }
    let body = list(scene, &alice, 2)?;
    let news = tells(scene, &alice, 3, &body)?;
    overtaken(scene, &alice, &bob)?;
    let step = twin.pick(Step::Same, Step::Dh);
    judge(receive_call(scene, bob.party, &news, step), twin, "rollback")
}
