//! Devices that are new in a known account: what the caller is told, and asked until it has decided (REP-15).
//!
//! Bob is the implementation. Alice's account has a further device, which who has copied her device and account key could
//! have made as well: Mallory.

use super::forge::{Entry, List, known};
use super::frame::typed_call;
use super::issuers::{ISSUER, policy};
use super::stage::{
    ASKED, ASKED_LISTED, ASKED_STORED, DAY, Device, LISTED, LISTED_POLICY, LISTED_STORED, PINNED,
    Part, SESSION, STORED, Setup, Step, USUAL, accept_call, cast, demand, device, device_as,
    established, event, fetch, initiate, initiate_call, mail, meet, pass, receive_call, restart,
    send, send_call, status, talk,
};
use super::twins::{apply_call, judge, pin};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Out, Scene};

const fn asked(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, ASKED).suite(super::PROFILE).with_peer()
}

const fn listed(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTED).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    asked(Case::positive("PW-REP-NEWDEV-060p", "A first message of a device that is new in a known account is a question.", declined), &["REP-01", "REP-02", "ID-23"]),
    asked(Case::positive("PW-REP-NEWDEV-061p", "Accepted, a session with a device that is new in a known account is one like others.", taken), &["REP-02", "ID-23"]),
    asked(Case::positive("PW-REP-NEWDEV-062p", "A device that is new in a known account is a question after a restart too.", restarted), &["REP-01", "STA-08"]).needs(Access::L2, STORED),
    asked(Case::negative("PW-REP-UNDECIDED-064n", "A session that nobody has decided about is deleted when another takes its place.", undecided), &["REP-02", "HS-10"]),
    listed(Case::positive_of("PW-REP-AHEAD-065p", "A new device is a question where its list was applied before.", ahead, "applied"), &["REP-15", "REP-01", "ID-23"]),
    listed(Case::positive_of("PW-REP-AHEAD-066p", "A new device is a question where its list was announced in a session with another one.", ahead, "announced"), &["REP-15", "REP-01", "ID-23"]),
    listed(Case::positive("PW-REP-AHEAD-067p", "A new device is a question where its list came with a bundle of another one.", with_bundle), &["REP-15", "REP-01", "ID-23"]),
    listed(Case::positive("PW-REP-AHEAD-068p", "A new device is a question where its list came with a first message of another one.", with_message), &["REP-15", "REP-01", "ID-23", "ID-24"]).needs(Access::L2, LISTED_POLICY),
    listed(Case::positive("PW-REP-AHEAD-069p", "So it is after a restart.", ahead_restarted), &["REP-15", "STA-08"]).needs(Access::L2, LISTED_STORED),
    listed(Case::negative("PW-REP-AHEAD-070n", "Nothing is sent to a device that a later list has brought before the caller decides.", in_place_of_another), &["REP-15", "REP-02"]),
    asked(Case::positive("PW-REP-AGAIN-071p", "A device that was declined is a question again, and can be accepted then.", again), &["REP-15", "REP-02"]),
    asked(Case::positive("PW-REP-AGAIN-072p", "A device that was declined is a question after a restart.", again_restarted), &["REP-15", "STA-08"]).needs(Access::L2, ASKED_STORED),
    asked(Case::positive("PW-REP-AGAIN-073p", "A device on which nobody has decided is a question again.", again_undecided), &["REP-15", "REP-02"]),
    asked(Case::positive("PW-REP-DECIDED-074p", "A device that was accepted once is no question any more.", accepted), &["REP-15", "REP-02"]),
    listed(Case::positive_of("PW-REP-DECIDED-075p", "A device that the own side has initiated to is no question; its list came before.", initiated, "ahead"), &["REP-15"]),
    listed(Case::positive_of("PW-REP-DECIDED-076p", "A device that the own side has initiated to is no question; its bundle brought the list.", initiated, "with"), &["REP-15", "ID-23"]),
    listed(Case::positive_of("PW-REP-FIRSTLIST-077p", "The devices of the first list that is pinned are no question.", first_list, "applied"), &["REP-15"]),
    listed(Case::positive_of("PW-REP-FIRSTLIST-078p", "The devices of the first list that is pinned are no question, whichever brings it.", first_list, "message"), &["REP-15", "ID-24"]),
    asked(Case::positive("PW-REP-READDED-079p", "A device that was removed and is listed again is a new one.", readded), &["REP-15", "ID-17", "ID-23"]).needs(Access::L2, ASKED_LISTED),
    listed(Case::positive("PW-ID-TOLD-065p", "The caller is told which devices a list adds.", told), &["ID-23"]).needs(Access::L2, PINNED),
];

/// A further device of an account, of one who has copied a device of it and the account key.
pub(super) fn further(scene: &mut Scene, name: &'static str, of: &Device) -> Outcome<Device> {
    let party = scene.party(name, Home::Peer)?;
    let call = scene.call(party, "peer.second_device").text("of", of.party.name);
    let out = call.rand("identity_sign", 32).rand("identity_agree", 32).ok()?;
    Ok(Device {
        party,
        account: out.hex("account_id")?,
        account_keys: out.hex("account_keys")?,
        serial: of.serial + 1,
        credential: out.hex("credential")?,
        list: out.hex("device_list")?,
    })
}

/// The event of ID-23.
pub(super) fn devices(out: &Out, added: &[&str], removed: &[&str]) -> Outcome {
    let (told, gone) = (out.list("devices_added")?, out.list("devices_removed")?);
    demand(
        told == added && gone == removed,
        &format!("told of {told:?} and {gone:?}, not {added:?}, {removed:?}"),
    )
}

/// A handshake of a device with Bob.
fn knock(scene: &mut Scene, bob: &Device, from: &Device, session: &str) -> Outcome<Out> {
    let served = fetch(scene, bob)?;
    initiate_call(scene, from.party, bob, session, &served).ok()?;
    let first = send(scene, from, session, "hello")?;
    accept_call(scene, bob.party, &first, session).accepted()
}

/// Such a handshake is a question, with which no list has come.
pub(super) fn question(scene: &mut Scene, bob: &Device, from: &Device, session: &str) -> Outcome {
    let out = knock(scene, bob, from, session)?;
    event(&out, bob, "session_replaced")?;
    devices(&out, &[], &[])?;
    status(scene, bob, session, "unaccepted")?;
    send_call(scene, bob.party, session, "who are you?").refused_with("session_replaced")
}

/// Such a handshake is none.
pub(super) fn welcome(scene: &mut Scene, bob: &Device, from: &Device, session: &str) -> Outcome {
    let out = knock(scene, bob, from, session)?;
    event(&out, bob, "new_session")?;
    status(scene, bob, session, "established")?;
    pass(scene, bob, from, session, "hello to you", Step::Dh)
}

/// The other side ends a session in which Bob spoke last.
fn ended(scene: &mut Scene, bob: &Device, by: &Device, session: &str) -> Outcome {
    let call = scene.call(by.party, "pw.send").session(session).integer("content_type", 1);
    let last = mail(&call.text("body", "").ok()?, "")?;
    receive_call(scene, bob.party, &last, Step::Dh).accepted()?;
    status(scene, bob, session, "closed")
}

/// The implementation has a session with Alice; a further device of hers sends a first message.
fn asks(scene: &mut Scene) -> Outcome<(Device, Device, Device)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = further(scene, "mallory", &alice)?;
    let out = knock(scene, &bob, &mallory, "m")?;
    event(&out, &bob, "session_replaced")?;
    devices(&out, &["2"], &[])?;
    status(scene, &bob, "m", "unaccepted")?;
    send_call(scene, bob.party, "m", "who are you?").refused_with("session_replaced")?;
    Ok((alice, bob, mallory))
}

fn declined(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    scene.call(bob.party, "pw.decline_session").session("m").accepted()?;
    let again = send(scene, &mallory, "m", "hello?")?;
    accept_call(scene, bob.party, &again, "n").refused_with("replay")?;
    send_call(scene, bob.party, SESSION, "hello to you").accepted().map(drop)
}

fn taken(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    scene.call(bob.party, "pw.accept_session").session("m").accepted()?;
    status(scene, &bob, "m", "established")?;
    pass(scene, &bob, &mallory, "m", "hello to you", Step::Dh)?;
    talk(scene, &mallory, &bob, "m")
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = further(scene, "mallory", &alice)?;
    restart(scene, &bob)?;
    event(&knock(scene, &bob, &mallory, "m")?, &bob, "session_replaced")?;
    restart(scene, &bob)?;
    status(scene, &bob, "m", "unaccepted")?;
    send_call(scene, bob.party, "m", "who are you?").refused_with("session_replaced")
}

/// Two recoveries: in the deviant twin a message of the first comes behind the second's.
fn undecided(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mut mails = Vec::new();
    for session in ["m", "n"] {
        scene.advance(2 * DAY, &[alice.party, bob.party])?;
        let served = fetch(scene, &bob)?;
        initiate_call(scene, alice.party, &bob, session, &served).integer("recovery", 1).ok()?;
        let first = send(scene, &alice, session, "hello")?;
        let out = accept_call(scene, bob.party, &first, session).accepted()?;
        event(&out, &bob, "session_replaced")?;
        mails.push(if session == "m" { send(scene, &alice, "m", "and more")? } else { first });
    }
    let late = match twin {
        Twin::Control => send(scene, &alice, "n", "and more")?,
        Twin::Deviant => mails.swap_remove(0),
    };
    judge(receive_call(scene, bob.party, &late, Step::Same), twin, "replay")
}

/// Bob has a session with Alice, and her list with the further device.
fn known_before(scene: &mut Scene, way: &str) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = further(scene, "mallory", &alice)?;
    let lists = mallory.lists();
    let out = match way {
        "applied" => apply_call(scene, &bob, &alice, &lists).accepted()?,
        _ => {
            let call = typed_call(scene, alice.party, 3, &lists).deviate("body-unchecked");
            let news = mail(&call.ok()?, "")?;
            receive_call(scene, bob.party, &news, Step::Dh).accepted()?
        }
    };
    devices(&out, &["2"], &[])?;
    Ok((bob, mallory))
}

fn ahead(scene: &mut Scene, way: &'static str) -> Outcome {
    let (bob, mallory) = known_before(scene, way)?;
    question(scene, &bob, &mallory, "m")?;
    send_call(scene, bob.party, SESSION, "is that you?").accepted().map(drop)
}

/// Bob initiates to Alice: that decides nothing about another device.
fn with_bundle(scene: &mut Scene) -> Outcome {
    let alice = known(scene, "alice", &USUAL)?;
    let bob = device(scene, "bob", Home::Iut)?;
    pin(scene, &bob, &alice.device)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    let served = fetch(scene, &alice.device)?;
    let with = (mallory.lists(), alice.device.credential.clone());
    let served = alice.bundle(scene, &served, (&with.0, &with.1), &[])?;
    let out = initiate(scene, &bob, &alice.device, SESSION, &served)?;
    devices(&out, &["2"], &[])?;
    question(scene, &bob, &mallory, "m")
}

/// A third device, which an issuer attests, comes first; the second's first message has the older list.
fn with_message(scene: &mut Scene) -> Outcome {
    let attested = Setup { issuer_seed: Some(ISSUER.0), ..USUAL };
    let alice = device_as(scene, "alice", Home::Peer, &attested)?;
    let bob = device(scene, "bob", Home::Iut)?;
    policy(scene, &bob, false, &[ISSUER.1])?;
    pin(scene, &bob, &alice)?;
    let mallory = further(scene, "mallory", &alice)?;
    let third = further(scene, "trudy", &mallory)?;
    let out = knock(scene, &bob, &third, "t")?;
    event(&out, &bob, "session_replaced")?;
    devices(&out, &["2", "3"], &[])?;
    question(scene, &bob, &mallory, "m")
}

fn ahead_restarted(scene: &mut Scene) -> Outcome {
    let (bob, mallory) = known_before(scene, "applied")?;
    restart(scene, &bob)?;
    question(scene, &bob, &mallory, "m")?;
    restart(scene, &bob)?;
    status(scene, &bob, "m", "unaccepted")
}

/// In the control twin Bob has no list of the account when that with both devices comes.
fn in_place_of_another(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    if twin == Twin::Deviant {
        pin(scene, &bob, &alice)?;
    }
    let mallory = further(scene, "mallory", &alice)?;
    pin(scene, &bob, &mallory)?;
    knock(scene, &bob, &mallory, "m")?;
    judge(send_call(scene, bob.party, "m", "hello to you"), twin, "session_replaced")
}

/// Who was declined waits until he may initiate anew.
fn declines(scene: &mut Scene, bob: &Device, from: &Device, session: &str) -> Outcome {
    scene.call(bob.party, "pw.decline_session").session(session).accepted()?;
    scene.advance(2 * DAY, &[bob.party, from.party])
}

fn again(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    declines(scene, &bob, &mallory, "m")?;
    question(scene, &bob, &mallory, "n")?;
    declines(scene, &bob, &mallory, "n")?;
    question(scene, &bob, &mallory, "o")?;
    scene.call(bob.party, "pw.accept_session").session("o").accepted()?;
    pass(scene, &bob, &mallory, "o", "hello to you", Step::Dh)?;
    talk(scene, &mallory, &bob, "o")
}

fn again_restarted(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    declines(scene, &bob, &mallory, "m")?;
    restart(scene, &bob)?;
    question(scene, &bob, &mallory, "n")
}

/// The later question takes the place of the earlier one.
fn again_undecided(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    scene.advance(2 * DAY, &[bob.party, mallory.party])?;
    question(scene, &bob, &mallory, "n")?;
    scene.call(bob.party, "pw.accept_session").session("m").refused_with("misuse")?;
    scene.call(bob.party, "pw.accept_session").session("n").accepted()?;
    pass(scene, &bob, &mallory, "n", "hello to you", Step::Dh)
}

/// The session that was accepted is over when the device comes again, so that nothing else can be a question.
fn accepted(scene: &mut Scene) -> Outcome {
    let (_, bob, mallory) = asks(scene)?;
    scene.call(bob.party, "pw.accept_session").session("m").accepted()?;
    pass(scene, &bob, &mallory, "m", "hello to you", Step::Dh)?;
    ended(scene, &bob, &mallory, "m")?;
    welcome(scene, &bob, &mallory, "n")
}

fn initiated(scene: &mut Scene, way: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    pin(scene, &bob, &alice)?;
    let mallory = further(scene, "mallory", &alice)?;
    if way == "ahead" {
        pin(scene, &bob, &mallory)?;
    }
    let served = fetch(scene, &mallory)?;
    let out = initiate(scene, &bob, &mallory, "m", &served)?;
    devices(&out, if way == "ahead" { &[] } else { &["2"] }, &[])?;
    meet(scene, &bob, &mallory, "m")?;
    ended(scene, &bob, &mallory, "m")?;
    welcome(scene, &bob, &mallory, "n")
}

fn first_list(scene: &mut Scene, way: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let mallory = further(scene, "mallory", &alice)?;
    if way == "applied" {
        let out = apply_call(scene, &bob, &mallory, &mallory.lists()).accepted()?;
        devices(&out, &[], &[])?;
    }
    welcome(scene, &bob, &mallory, "m")?;
    welcome(scene, &bob, &alice, "a")
}

/// Known from the first list on, then removed: its closed session is still kept when it is listed again.
fn readded(scene: &mut Scene) -> Outcome {
    let alice = known(scene, "alice", &USUAL)?;
    let bob = device(scene, "bob", Home::Iut)?;
    let mallory = further(scene, "mallory", &alice.device)?;
    welcome(scene, &bob, &mallory, "m")?;
    let both = vec![alice.entry(), Entry::of(&mallory)?];
    let steps: [(Vec<Entry>, &[&str], &[&str]); 2] =
        [(vec![alice.entry()], &[], &["2"]), (both, &["2"], &[])];
    for (number, (entries, added, removed)) in (3..).zip(steps) {
        let lists = alice.lists(scene, &List::new(number, entries), &[alice.signer()])?;
        let out = apply_call(scene, &bob, &alice.device, &lists).accepted()?;
        devices(&out, added, removed)?;
        status(scene, &bob, "m", "closed")?;
    }
    // She knows that `m` is over, and resumes nothing.
    let call = scene.call(mallory.party, "pw.send").session("m").integer("content_type", 1);
    call.text("body", "").ok()?;
    question(scene, &bob, &mallory, "n")?;
    scene.call(bob.party, "pw.accept_session").session("n").accepted()?;
    pass(scene, &bob, &mallory, "n", "hello again", Step::Dh)
}

fn told(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let out = apply_call(scene, &bob, &alice, &alice.lists()).accepted()?;
    devices(&out, &[], &[])?;
    let mallory = further(scene, "mallory", &alice)?;
    let out = apply_call(scene, &bob, &alice, &mallory.lists()).accepted()?;
    devices(&out, &["2"], &[])?;
    let out = apply_call(scene, &bob, &alice, &mallory.lists()).ok()?;
    devices(&out, &[], &[])
}
