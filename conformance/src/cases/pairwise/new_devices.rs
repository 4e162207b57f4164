//! Devices that are new in a known account: what the caller is told and asked; and lists that are the pinned one, or older.

use super::stage::{
    ASKED, DAY, Device, Keys, Mail, PINNED, Part, SESSION, STORED, Step, accept, accept_call,
    bundle_call, cast, demand, established, event, fetch, initiate, initiate_call, meet, pass,
    publish, receive_call, restart, send, send_call, status, talk, vector,
};
use super::twins::{apply_call, judge};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Out, Scene};

const fn asked(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, ASKED).suite(super::PROFILE).with_peer()
}

const fn pinned(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, PINNED).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    asked(Case::positive("PW-REP-NEWDEV-060p", "A first message of a device that is new in a known account is a question.", declined), &["REP-01", "REP-02", "ID-23"]),
    asked(Case::positive("PW-REP-NEWDEV-061p", "Accepted, a session with a device that is new in a known account is one like others.", taken), &["REP-02", "ID-23"]),
    asked(Case::positive("PW-REP-NEWDEV-062p", "A device that is new in a known account is a question after a restart too.", restarted), &["REP-01", "STA-08"]).needs(Access::L2, STORED),
    asked(Case::positive("PW-REP-NEWDEV-063p", "A device that the pinned list has already is no question.", listed), &["REP-01", "ID-23"]),
    asked(Case::negative("PW-REP-UNDECIDED-064n", "A session that nobody has decided about is deleted when another takes its place.", undecided), &["REP-02", "HS-10"]),
    pinned(Case::positive("PW-ID-TOLD-065p", "The caller is told which devices a list adds.", told), &["ID-23"]),
    pinned(Case::positive_of("PW-ID-SAMELIST-066p", "A list that differs in attestations is the pinned one (first message).", other_attestations, "message"), &["ID-06"]),
    pinned(Case::positive_of("PW-ID-SAMELIST-067p", "A list that differs in attestations is the pinned one (bundle).", other_attestations, "bundle"), &["ID-06"]),
    pinned(Case::positive("PW-ID-OLDER-068p", "A first message may carry a list older than the pinned one.", older), &["ID-24"]),
    pinned(Case::negative("PW-ID-OLDER-069n", "What stands for an older list is the pinned one, its age included.", older_and_stale), &["ID-24", "ID-09"]),
];

/// A further device of Alice's account, of one who has copied her device and her account.
fn second(scene: &mut Scene, of: &str) -> Outcome<Device> {
    let party = scene.party("mallory", Home::Peer)?;
    let call = scene.call(party, "peer.second_device").text("of", of);
    let out = call.rand("identity_sign", 32).rand("identity_agree", 32).ok()?;
    Ok(Device {
        party,
        account: out.hex("account_id")?,
        account_keys: out.hex("account_keys")?,
        serial: 2,
        credential: out.hex("credential")?,
        list: out.hex("device_list")?,
    })
}

/// The event of ID-23.
fn devices(out: &Out, added: &[&str], removed: &[&str]) -> Outcome {
    let (told, gone) = (out.list("devices_added")?, out.list("devices_removed")?);
    demand(
        told == added && gone == removed,
        &format!("told of {told:?} and {gone:?}, not {added:?}, {removed:?}"),
    )
}

/// The implementation has a session with Alice; a further device of hers sends a first message.
fn asks(scene: &mut Scene) -> Outcome<(Device, Device, Device)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = second(scene, alice.party.name)?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, mallory.party, &bob, "m", &served).ok()?;
    let first = send(scene, &mallory, "m", "hello")?;
    let out = accept_call(scene, bob.party, &first, "m").accepted()?;
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
    let mallory = second(scene, alice.party.name)?;
    let served = fetch(scene, &bob)?;
    restart(scene, &bob)?;
    initiate_call(scene, mallory.party, &bob, "m", &served).ok()?;
    let first = send(scene, &mallory, "m", "hello")?;
    event(&accept_call(scene, bob.party, &first, "m").accepted()?, &bob, "session_replaced")?;
    restart(scene, &bob)?;
    status(scene, &bob, "m", "unaccepted")?;
    send_call(scene, bob.party, "m", "who are you?").refused_with("session_replaced")
}

/// The list with it has come before its first message, and the caller has been told then.
fn listed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mallory = second(scene, alice.party.name)?;
    let out = apply_call(scene, &bob, &alice, &mallory.lists()).accepted()?;
    devices(&out, &["2"], &[])?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, mallory.party, &bob, "m", &served).ok()?;
    let first = send(scene, &mallory, "m", "hello")?;
    let out = accept_call(scene, bob.party, &first, "m").accepted()?;
    event(&out, &bob, "new_session")?;
    devices(&out, &[], &[])?;
    talk(scene, &bob, &mallory, "m")
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

fn told(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let out = apply_call(scene, &bob, &alice, &alice.lists()).accepted()?;
    devices(&out, &[], &[])?;
    let mallory = second(scene, alice.party.name)?;
    let out = apply_call(scene, &bob, &alice, &mallory.lists()).accepted()?;
    devices(&out, &["2"], &[])?;
    let out = apply_call(scene, &bob, &alice, &mallory.lists()).ok()?;
    devices(&out, &[], &[])
}

/// The attestation of a device that nobody needs is there or not: no other list.
fn other_attestations(scene: &mut Scene, way: &'static str) -> Outcome {
    let part = if way == "message" { Part::Responder } else { Part::Initiator };
    let (alice, bob) = cast(scene, part)?;
    let deviation = "list-other-attestations";
    if way == "message" {
        apply_call(scene, &bob, &alice, &alice.lists()).accepted()?;
        let served = fetch(scene, &bob)?;
        initiate_call(scene, alice.party, &bob, "s", &served).deviate(deviation).ok()?;
        meet(scene, &alice, &bob, "s")?;
        apply_call(scene, &bob, &alice, &alice.lists()).ok()?;
        return pass(scene, &bob, &alice, "s", "hello to you", Step::Dh);
    }
    apply_call(scene, &alice, &bob, &bob.lists()).accepted()?;
    let generation = publish(scene, &bob, 1, 1)?;
    let served = bundle_call(scene, bob.party, generation, Keys::BOTH).deviate(deviation).ok()?;
    initiate(scene, &alice, &bob, "s", &served.hex("bundle")?)?;
    apply_call(scene, &alice, &bob, &bob.lists()).ok()?;
    meet(scene, &alice, &bob, "s").map(drop)
}

/// Alice has signed her list anew, and Bob has it; her first message, so much later, carries an older one.
fn outdated(scene: &mut Scene, later: u64) -> Outcome<(Device, Device, Mail)> {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let out = scene.call(alice.party, "party.reissue_list").ok()?;
    let newer = vector(&[&out.hex("device_list")?]);
    apply_call(scene, &bob, &alice, &newer).accepted()?;
    scene.advance(later, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    call.deviate("list-older").ok()?;
    let first = send(scene, &alice, "s", "hello")?;
    Ok((alice, bob, first))
}

fn older(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = outdated(scene, DAY)?;
    let out = accept(scene, &bob, &first, "s")?;
    devices(&out, &[], &[])?;
    talk(scene, &bob, &alice, "s")?;
    let out = scene.call(alice.party, "party.reissue_list").ok()?;
    let newest = vector(&[&out.hex("device_list")?]);
    apply_call(scene, &bob, &alice, &newest).accepted().map(drop)
}

/// In the deviant twin the pinned list is a second older than `max_list_age` when the message comes.
fn older_and_stale(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob, first) = outdated(scene, 20 * DAY)?;
    scene.advance(10 * DAY + twin.pick(0, 1), &[alice.party, bob.party])?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "stale_list")
}
