//! Honest handshakes between the implementation and the peer, and what they show on the wire.
//!
//! An error that an implementation makes on both sides alike is found here: the peer does not make it.

use super::stage::{
    DAY, Device, EXPORT, Keys, Part, Setup, Step, TALK, USUAL, accept, accept_call, answered,
    bundle, cast, connect, demand, device, device_as, established, event, fetch, initiate,
    initiate_call, meet, pass, publish, receive, send, talk, waiting,
};
use super::wire;
use crate::case::{Access, Case, Outcome};
use crate::scene::{Home, Scene};

/// What an honest handshake shows: each input of the key schedule, each label, each order.
const SCHEDULE: &[&str] = &[
    "H6", "H7", "H11", "H14", "H27", "P12", "P14", "P15", "P16", "P20", "P21", "P22", "P24", "P26",
];

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses).mutants(mutants).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

const fn combination(id: &'static str, title: &'static str, row: &'static str) -> Case {
    case(
        Case::positive_of(id, title, combine, row),
        &["HS-01", "HS-02", "ENC-09", "SUI-04"],
        SCHEDULE,
    )
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    combination("PW-HS-KEYS-001p", "Initiator, all one-time keys: a session.", "initiator both").mutants(&["H6", "H7", "H8", "H11", "H14", "H27", "P12", "P14", "P15", "P16", "P20", "P21", "P22", "P24", "P26"]),
    combination("PW-HS-KEYS-002p", "Initiator, one-time prekey and last-resort KEM key: a session.", "initiator one-time").mutants(&["H6", "H7", "H8", "H10", "H27", "P14", "P15", "P16", "P21", "P22"]),
    combination("PW-HS-KEYS-003p", "Initiator, one-time KEM key alone: a session.", "initiator kem"),
    combination("PW-HS-KEYS-004p", "Initiator, no one-time keys: a session.", "initiator last"),
    combination("PW-HS-KEYS-005p", "Responder, all one-time keys: a session.", "responder both").mutants(&["H6", "H7", "H8", "H11", "H14", "H27", "P12", "P14", "P15", "P16", "P20", "P21", "P22", "P24", "P26"]),
    combination("PW-HS-KEYS-006p", "Responder, one-time prekey and last-resort KEM key: a session.", "responder one-time").mutants(&["H6", "H7", "H8", "H10", "H27", "P14", "P15", "P16", "P21", "P22"]),
    combination("PW-HS-KEYS-007p", "Responder, one-time KEM key alone: a session.", "responder kem"),
    combination("PW-HS-KEYS-008p", "Responder, no one-time keys: a session.", "responder last"),
    case(Case::positive_of("PW-HS-PSK-009p", "Initiator, external PSK, all one-time keys.", external, "initiator both"), &["HS-14", "HS-01"], &["H28"]),
    case(Case::positive_of("PW-HS-PSK-010p", "Initiator, external PSK, no one-time keys.", external, "initiator last"), &["HS-14", "HS-01"], &["H28"]),
    case(Case::positive_of("PW-HS-PSK-011p", "Responder, external PSK, all one-time keys.", external, "responder both"), &["HS-14", "HS-01"], &["H28"]),
    case(Case::positive_of("PW-HS-PSK-012p", "Responder, external PSK, no one-time keys.", external, "responder last"), &["HS-14", "HS-01"], &["H28"]),
    case(Case::positive_of("PW-HS-PSK-013p", "Initiator, resumption PSK of the session before.", resumed, "initiator"), &["HS-14", "REP-03"], &["H28", "H22"]),
    case(Case::positive_of("PW-HS-PSK-014p", "Responder, resumption PSK of the session before.", resumed, "responder"), &["HS-14", "REP-03"], &["H28", "H22"]),
    case(Case::positive_of("PW-HS-EXPORT-015p", "Both sides export the same secret, as initiator.", exported, "initiator"), &["HS-02", "RAT-18"], &["P21", "P22"]).needs(Access::L2, EXPORT),
    case(Case::positive_of("PW-HS-EXPORT-016p", "Both sides export the same secret, as responder.", exported, "responder"), &["HS-02", "RAT-18"], &["P21", "P22"]).needs(Access::L2, EXPORT),
    case(Case::positive("PW-HS-FIRST-017p", "First messages repeat the handshake until an answer comes.", repeated), &["HS-06", "ENV-01"], &[]),
    case(Case::positive_of("PW-HS-FIRST-018p", "First messages may come in any order (initiator).", disorder, "initiator"), &["HS-06", "HS-10"], &[]),
    case(Case::positive_of("PW-HS-FIRST-019p", "First messages may come in any order (responder).", disorder, "responder"), &["HS-06", "HS-10"], &["H9"]),
    case(Case::positive("PW-HS-FRESH-020p", "Every handshake has its own ephemeral key and ciphertext.", fresh), &["HS-04"], &["H19"]),
    case(Case::positive("PW-HS-FRESH-021p", "Two bundles of one device give two ephemeral keys.", fresh_again), &["HS-04"], &["H19"]),
    case(Case::positive("PW-HS-HIDDEN-022p", "Nothing of the initiator's identity is in clear on the wire.", hidden), &["RAT-15", "HS-12"], &["H23"]),
    case(Case::positive("PW-HS-LENGTH-023p", "The sealed identity's length tells no more than a multiple of 256.", length), &["HS-12", "HS-17"], &["H23"]),
    case(Case::positive("PW-HS-INSIDE-024p", "The sealed identity holds list, credential, no PSK, no extension.", inside), &["HS-12", "REP-12"], &["H11", "H28"]),
    case(Case::positive("PW-HS-NOPSK-025p", "A PSK that the initiator did not name is not mixed in.", unnamed), &["HS-14"], &["H28"]),
    case(Case::positive("PW-HS-LATE-026p", "A first message may be days under way.", late), &["PRE-05"], &[]),
    case(Case::positive("PW-HS-MANY-027p", "One device meets several others, each in its own session.", several), &["HS-16", "ENV-04"], &[]),
    case(Case::positive("PW-HS-SUITE-028p", "The suite is the responder's first that both have.", preference), &["SUI-08", "SUI-09"], &["H14"]),
    case(Case::positive("PW-HS-SUITE-029p", "A suite that both list and neither knows is not chosen.", shared_unknown), &["SUI-08", "SUI-09"], &["H14"]),
];

/// Part and keys of a row such as `initiator one-time`.
fn parse(row: &str) -> (Part, Keys) {
    let (part, keys) = row.split_once(' ').unwrap_or((row, "both"));
    let part = if part == "initiator" { Part::Initiator } else { Part::Responder };
    let keys = match keys {
        "both" => Keys::BOTH,
        "one-time" => Keys::ONE_TIME,
        "kem" => Keys::KEM,
        _ => Keys::LAST,
    };
    (part, keys)
}

fn combine(scene: &mut Scene, row: &'static str) -> Outcome {
    let (part, keys) = parse(row);
    let (alice, bob) = cast(scene, part)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let served = bundle(scene, &bob, generation, keys)?;
    let id = initiate(scene, &alice, &bob, "s", &served)?.hex("session_id")?;
    meet(scene, &alice, &bob, "s")?.is("session_id", &id)?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "s")?;
    pass(scene, &alice, &bob, "s", "and again", Step::Dh)?;
    pass(scene, &alice, &bob, "s", "and again", Step::Same)
}

const PSK: [&str; 2] = ["6b6e6f776e", "5f1e9c3b7a2d4860"];

fn external(scene: &mut Scene, row: &'static str) -> Outcome {
    let (part, keys) = parse(row);
    let (alice, bob) = cast(scene, part)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let served = bundle(scene, &bob, generation, keys)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    call.text("psk_id", PSK[0]).text("psk", PSK[1]).accepted()?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    event(&call.text("psk_id", PSK[0]).text("psk", PSK[1]).accepted()?, &bob, "new_session")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "s")
}

fn resumed(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = established(scene, parse(row).0)?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "t", &served)?;
    demand(
        out.integer("resumed")? == 1,
        "pw.initiate: not resumed although there is a live session",
    )?;
    meet(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "t", "hello again", Step::Dh)?;
    talk(scene, &alice, &bob, "t")
}

fn exported(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = answered(scene, parse(row).0)?;
    for (label, context, length) in
        [("a", "", 32), ("a", "00", 32), ("bb", "00", 16), ("a", "", 8160)]
    {
        let mut export = |device: &Device| {
            let call =
                scene.call(device.party, "pw.export").session("s").bytes("label", label.as_bytes());
            call.text("context", context).integer("length", length).ok()?.hex("secret")
        };
        let (here, there) = (export(&alice)?, export(&bob)?);
        demand(here == there, &format!("label {label}, context {context}: {here} and {there}"))?;
        demand(here.len() as u64 == 2 * length, "another length than asked for")?;
    }
    Ok(())
}

/// Handshake bytes of a message that the implementation has sent.
fn handshake(message: &str) -> Outcome<String> {
    Ok(wire::get(message, &wire::first(message)?.handshake).to_owned())
}

fn repeated(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let mut mails = Vec::new();
    for body in ["one", "two", "three"] {
        let mail = send(scene, &alice, "s", body)?;
        demand(mail.contact, "a first message is not for the contact mailbox")?;
        mails.push(mail);
    }
    for mail in &mails {
        let same = handshake(&mail.message)? == handshake(&mails[0].message)?;
        demand(same, "another HandshakeMessage in a later first message")?;
    }
    accept(scene, &bob, &mails[0], "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    let plain = send(scene, &alice, "s", "plain")?;
    demand(plain.message.starts_with("01"), "still a first message after the answer")?;
    demand(!plain.contact && plain.mailbox != mails[0].mailbox, "still for the contact mailbox")?;
    receive(scene, &bob, &plain, Step::Dh)?;
    receive(scene, &bob, &mails[2], Step::Same)?;
    receive(scene, &bob, &mails[1], Step::Same).map(drop)
}

fn disorder(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = waiting(scene, parse(row).0)?;
    let one = send(scene, &alice, "s", "one")?;
    let two = send(scene, &alice, "s", "two")?;
    let three = send(scene, &alice, "s", "three")?;
    accept(scene, &bob, &three, "s")?;
    receive(scene, &bob, &one, Step::Same)?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    receive(scene, &bob, &two, Step::Same)?;
    talk(scene, &alice, &bob, "s")
}

/// Two messages of a new session: none of the values that must be fresh stands in both.
///
/// # Errors
/// One of them does.
pub fn differ(one: &str, two: &str) -> Outcome {
    let (first, second) = (wire::first(one)?, wire::first(two)?);
    for (name, a, b) in [
        ("ephemeral_key", &first.ephemeral_key, &second.ephemeral_key),
        ("kem_ciphertext", &first.kem_ciphertext, &second.kem_ciphertext),
        ("sealed_identity", &first.sealed_identity, &second.sealed_identity),
    ] {
        demand(
            wire::get(one, a) != wire::get(two, b),
            &format!("{name} is the same in two handshakes"),
        )?;
    }
    Ok(())
}

/// With several responders; the ratchet keys are those that the peer has seen in the headers.
///
/// # Errors
/// A value comes twice.
pub fn fresh(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let mut seen: Vec<(String, String)> = Vec::new();
    for name in ["b", "c", "d"] {
        let bob = device(scene, name, Home::Peer)?;
        let served = fetch(scene, &bob)?;
        initiate(scene, &alice, &bob, name, &served)?;
        let first = send(scene, &alice, name, "hello")?;
        let key = accept(scene, &bob, &first, name)?.hex("x_ratchet_key")?;
        let ephemeral =
            wire::get(&first.message, &wire::first(&first.message)?.ephemeral_key).to_owned();
        demand(key != ephemeral, "the ratchet key is the ephemeral key")?;
        for (message, other) in &seen {
            differ(message, &first.message)?;
            demand(*other != key, "the first ratchet key is the same in two handshakes")?;
        }
        seen.push((first.message, key));
    }
    Ok(())
}

/// With one responder and one bundle.
///
/// # Errors
/// A value comes twice.
pub fn fresh_again(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = publish(scene, &bob, 0, 0)?;
    let served = bundle(scene, &bob, generation, Keys::LAST)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    let second = send(scene, &alice, "t", "hello")?;
    differ(&first.message, &second.message)
}

fn hidden(scene: &mut Scene) -> Outcome {
    let (alice, _) = waiting(scene, Part::Initiator)?;
    let mut secrets = wire::identity_keys(&alice.credential)?;
    secrets.push(alice.account.clone());
    secrets.push(alice.credential.get(..64).unwrap_or_default().to_owned());
    // The account's key: behind the vector's length, the type and the key's length.
    secrets.push(alice.account_keys.get(8..).unwrap_or_default().to_owned());
    secrets.push(alice.list.get(alice.list.len() - 128..).unwrap_or_default().to_owned());
    let first = send(scene, &alice, "s", "a body that is not to be seen")?;
    secrets.push(first.body.clone());
    for secret in secrets {
        demand(!first.message.contains(&secret), &format!("{secret} stands in the first message"))?;
        demand(first.mailbox != secret, "the mailbox tells who sends")?;
    }
    Ok(())
}

fn length(scene: &mut Scene) -> Outcome {
    let mut lengths = Vec::new();
    for (name, suites) in [("a", &["0001"][..]), ("b", &["f123", "0001", "f124", "f125"][..])] {
        let alice = device_as(scene, name, Home::Iut, &Setup { suites, ..USUAL })?;
        let bob = device(scene, if name == "a" { "c" } else { "d" }, Home::Peer)?;
        let served = fetch(scene, &bob)?;
        initiate(scene, &alice, &bob, "s", &served)?;
        let first = send(scene, &alice, "s", "hello")?;
        let sealed = wire::first(&first.message)?.sealed_identity.len();
        demand(
            sealed % 256 == 16 && sealed > 256,
            &format!("a sealed identity of {sealed} bytes"),
        )?;
        lengths.push(first.message.len());
    }
    demand(
        lengths.windows(2).all(|two| two[0] == two[1]),
        "the length tells the initiator's suites",
    )
}

/// The peer has opened it.
fn inside(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let out = meet(scene, &alice, &bob, "s")?;
    let identity = out.hex("x_identity")?;
    let expected = alice.lists() + &alice.credential + "000000";
    demand(identity == expected, &format!("InitiatorIdentity is {identity}, not {expected}"))
}

fn unnamed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    call.text("psk_id", PSK[0]).text("psk", PSK[1]).accepted()?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn late(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.advance(13 * DAY, &[alice.party, bob.party])?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn several(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let (bob, carol) = (device(scene, "bob", Home::Peer)?, device(scene, "carol", Home::Peer)?);
    connect(scene, &alice, &bob, "b")?;
    connect(scene, &carol, &alice, "c")?;
    talk(scene, &alice, &bob, "b")?;
    talk(scene, &carol, &alice, "c")?;
    let (to_bob, to_carol) =
        (send(scene, &alice, "b", "for bob")?, send(scene, &alice, "c", "for carol")?);
    demand(to_bob.mailbox != to_carol.mailbox, "one mailbox for two peers")?;
    receive(scene, &carol, &to_carol, Step::Same)?;
    receive(scene, &bob, &to_bob, Step::Dh).map(drop)
}

/// The private suite that the responder prefers is not the initiator's.
fn preference(scene: &mut Scene) -> Outcome {
    let alice =
        device_as(scene, "alice", Home::Iut, &Setup { suites: &["f125", "0001"], ..USUAL })?;
    let bob = device_as(scene, "bob", Home::Peer, &Setup { suites: &["f124", "0001"], ..USUAL })?;
    connect(scene, &alice, &bob, "s")?;
    let carol =
        device_as(scene, "carol", Home::Peer, &Setup { suites: &["0001", "f125"], ..USUAL })?;
    connect(scene, &carol, &alice, "c")
}

fn shared_unknown(scene: &mut Scene) -> Outcome {
    let strange = Setup { suites: &["f124", "0001"], ..USUAL };
    let alice = device_as(scene, "alice", Home::Iut, &strange)?;
    let bob = device_as(scene, "bob", Home::Peer, &strange)?;
    connect(scene, &alice, &bob, "s")?;
    let carol = device_as(scene, "carol", Home::Peer, &strange)?;
    connect(scene, &carol, &alice, "c")
}
