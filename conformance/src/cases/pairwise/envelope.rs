//! Mailboxes: which ones a device looks into, where it sends to, and what it finds there.

use super::frame::send_typed;
use super::ratchet::after;
use super::stage::{
    DAY, Device, MAILBOXES, Mail, Part, SESSION, Step, accept, connect, demand, device,
    established, judged_with, pass, receive, receive_call, send, talk, waiting,
};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};
use std::collections::BTreeSet;

/// `mailbox_period`, seconds.
const PERIOD: u64 = 7 * DAY;

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-ENV-CONTACT-001p",
        "The contact mailbox is the one that the peer sends a first message to.",
        contact,
    )
    .clauses(&["ENV-01", "ENV-02"]),
    good("PW-ENV-CONTACT-002p", "First messages are sent to the peer's contact mailbox.", first)
        .clauses(&["ENV-01", "HS-06"]),
    good(
        "PW-ENV-OUTGOING-003p",
        "The initiator sends to a mailbox that the responder looks into.",
        |s| outgoing(s, Part::Initiator),
    )
    .clauses(&["ENV-01", "ENV-04"])
    .mutants(&["P22"]),
    good(
        "PW-ENV-OUTGOING-004p",
        "The responder sends to a mailbox that the initiator looks into.",
        |s| outgoing(s, Part::Responder),
    )
    .clauses(&["ENV-01", "ENV-04"])
    .mutants(&["P22"]),
    good(
        "PW-ENV-INCOMING-005p",
        "Incoming mailboxes are those of five periods back to one ahead, of two rotations.",
        incoming,
    )
    .clauses(&["ENV-02", "ENV-04"]),
    good("PW-ENV-APART-006p", "Directions and sessions have different mailboxes.", apart)
        .clauses(&["ENV-01", "ENV-04"]),
    good("PW-ENV-PERIOD-007p", "Mailboxes change with the period.", period).clauses(&["ENV-01"]),
    bad("PW-ENV-PERIOD-008n", "A message that waited longer than five periods is refused.", late)
        .clauses(&["ENV-02", "ENV-04"]),
    bad("PW-ENV-PERIOD-009n", "A message more than a period ahead is refused.", early)
        .clauses(&["ENV-02", "ENV-04"]),
    bad("PW-ENV-FORM-010n", "A first message in a session's mailbox is refused.", first_in_session)
        .clauses(&["ENV-03"]),
    bad(
        "PW-ENV-FORM-011n",
        "A ratchet message in the contact mailbox is refused.",
        ratchet_in_contact,
    )
    .clauses(&["ENV-03"]),
    bad("PW-ENV-UNKNOWN-012n", "A message in a mailbox that is nobody's is refused.", unknown)
        .clauses(&["ENV-04"]),
    good("PW-ENV-CANDIDATES-018p", "Messages of several sessions find theirs.", candidates)
        .clauses(&["ENV-04"]),
    good("PW-ENV-PERIOD-028p", "A message of the next period is found.", ahead)
        .clauses(&["ENV-02", "ENV-04"]),
    bad("PW-ENV-SHORT-026n", "What is too short for a ratchet message is malformed.", short)
        .clauses(&["ENV-04", "ENV-03"]),
    bad(
        "PW-ENV-SHORT-027n",
        "Of what is too short for a ratchet message the mailbox is looked at first.",
        short_to_nobody,
    )
    .clauses(&["ENV-04", "ENV-03"]),
];

/// A positive case of mailboxes.
pub const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, MAILBOXES).with_peer()
}

/// A negative case of mailboxes.
pub const fn bad(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, MAILBOXES).with_peer()
}

/// Mailboxes of a device: contact, and of a session outgoing and incoming.
pub struct Boxes {
    /// The contact mailbox.
    pub contact: String,
    /// Where the session sends to now.
    pub outgoing: String,
    /// Where it looks.
    pub incoming: Vec<String>,
}

/// What `pw.mailboxes` says of a session.
///
/// # Errors
/// The adapter does not answer.
pub fn boxes(scene: &mut Scene, device: &Device, session: &str) -> Outcome<Boxes> {
    let out = scene.call(device.party, "pw.mailboxes").session(session).ok()?;
    let incoming = out.list("incoming")?.to_vec();
    Ok(Boxes { contact: out.hex("contact")?, outgoing: out.hex("outgoing")?, incoming })
}

fn contact_of(scene: &mut Scene, device: &Device) -> Outcome<String> {
    scene.call(device.party, "pw.mailboxes").ok()?.hex("contact")
}

fn contact(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "hello")?;
    let own = contact_of(scene, &bob)?;
    demand(own == letter.mailbox, "the contact mailbox is not the one that the peer computes")?;
    accept(scene, &bob, &letter, SESSION).map(drop)
}

/// Until it has heard of the responder; then no more.
fn first(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let theirs = contact_of(scene, &bob)?;
    for turn in 0..3 {
        let letter = send(scene, &alice, SESSION, "hello")?;
        demand(letter.contact && letter.mailbox == theirs, "not sent to the contact mailbox")?;
        demand(letter.message.starts_with("02"), "a first message is not of format first_v0")?;
        if turn == 0 {
            accept(scene, &bob, &letter, SESSION)?;
        } else {
            receive(scene, &bob, &letter, Step::Same)?;
        }
    }
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    let letter = send(scene, &alice, SESSION, "now in the session")?;
    demand(!letter.contact && letter.message.starts_with("01"), "still a first message")
}

fn outgoing(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let (iut, peer) = if alice.party.home == Home::Iut { (&alice, &bob) } else { (&bob, &alice) };
    let (own, theirs) = (boxes(scene, iut, SESSION)?, boxes(scene, peer, SESSION)?);
    demand(theirs.incoming.contains(&own.outgoing), "the peer does not look where it is sent")?;
    demand(
        own.incoming.contains(&theirs.outgoing),
        "the peer's mailbox is not among the incoming",
    )?;
    let letter = send(scene, iut, SESSION, "to the mailbox")?;
    demand(letter.mailbox == own.outgoing && !letter.contact, "sent to another mailbox")?;
    let again = boxes(scene, iut, SESSION)?;
    demand(
        again.contact == own.contact && again.incoming == own.incoming,
        "mailboxes change by themselves",
    )
}

fn incoming(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let own = boxes(scene, &bob, SESSION)?.incoming;
    demand(own.len() == 14, &format!("{} incoming mailboxes, not 14", own.len()))?;
    // Two periods: where Alice sends now and then are the last but one, as seen then the one before.
    let now = boxes(scene, &alice, SESSION)?.outgoing;
    demand(own[5] == now, "the current period's mailbox is not the last but one")?;
    scene.advance(PERIOD, &[alice.party, bob.party])?;
    let then = boxes(scene, &alice, SESSION)?.outgoing;
    demand(own[6] == then, "the next period's mailbox is not the last")?;
    let later = boxes(scene, &bob, SESSION)?.incoming;
    let moved = later.len() == 14 && later[..6] == own[1..7] && later[7..13] == own[8..];
    demand(moved, "the mailboxes do not move on by one period")?;
    // Behind them are those of the next rotation.
    send_typed(scene, &alice, 4, "00000001")?;
    let rotated = boxes(scene, &alice, SESSION)?.outgoing;
    demand(later[12] == rotated, "the next rotation's mailboxes are not the last ones")
}

fn apart(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    connect(scene, &alice, &carol, "c")?;
    let (one, other) = (boxes(scene, &alice, SESSION)?, boxes(scene, &alice, "c")?);
    let mut seen = BTreeSet::new();
    let all = one.incoming.iter().chain(&other.incoming).chain([
        &one.outgoing,
        &other.outgoing,
        &one.contact,
    ]);
    for id in all {
        demand(seen.insert(id.clone()), "a mailbox serves for two things")?;
        demand(id.len() == 64, "a mailbox id has not 32 bytes")?;
    }
    talk(scene, &alice, &bob, SESSION)
}

fn period(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let mut seen = BTreeSet::new();
    for turn in 0..4 {
        let letter = send(scene, &alice, SESSION, "this week")?;
        demand(seen.insert(letter.mailbox.clone()), "a mailbox is used in two periods")?;
        receive(scene, &bob, &letter, if turn == 0 { Step::Dh } else { Step::Same })?;
        scene.advance(PERIOD, &[alice.party, bob.party])?;
    }
    Ok(())
}

fn late(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "waits")?;
    scene.advance(PERIOD * twin.pick(5, 6), &[alice.party, bob.party])?;
    judged_with(receive_call(scene, bob.party, &letter, Step::Dh), twin, "undecryptable")?;
    let next = send(scene, &alice, SESSION, "in time")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}

/// Alice's clock runs ahead.
fn early(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.advance(PERIOD * twin.pick(1, 2), &[alice.party])?;
    let letter = send(scene, &alice, SESSION, "from tomorrow")?;
    judged_with(receive_call(scene, bob.party, &letter, Step::Dh), twin, "undecryptable")?;
    scene.advance(0, &[bob.party])?;
    let next = send(scene, &alice, SESSION, "now")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}

/// Alice's clock runs ahead by one period; then Bob's has gone on as well.
fn ahead(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.advance(PERIOD, &[alice.party])?;
    pass(scene, &alice, &bob, SESSION, "from tomorrow", Step::Dh)?;
    scene.advance(0, &[bob.party])?;
    pass(scene, &alice, &bob, SESSION, "now", Step::Same)
}

/// Another initiator's first message in the mailbox of a session.
fn first_in_session(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let bundle = super::stage::fetch(scene, &bob)?;
    super::stage::initiate(scene, &carol, &bob, "c", &bundle)?;
    let letter = send(scene, &carol, "c", "hello")?;
    let session = send(scene, &alice, SESSION, "in the session")?;
    let mailbox = twin.pick(&letter.mailbox, &session.mailbox).clone();
    let moved = Mail { mailbox, ..letter.clone() };
    let call = super::stage::accept_call(scene, bob.party, &moved, "c");
    judged_with(call, twin, "malformed")?;
    receive(scene, &bob, &session, Step::Dh)?;
    if twin == Twin::Deviant {
        accept(scene, &bob, &letter, "c")?;
    }
    Ok(())
}

fn ratchet_in_contact(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "in the session")?;
    let mailbox = twin.pick(letter.mailbox.clone(), contact_of(scene, &bob)?);
    let moved = Mail { mailbox, ..letter };
    judged_with(receive_call(scene, bob.party, &moved, Step::Dh), twin, "malformed")?;
    let next = send(scene, &alice, SESSION, "next")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}

fn unknown(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "to nobody")?;
    let mailbox =
        twin.pick(letter.mailbox.clone(), crate::digest::hex(&scene.random("mailbox", 32)));
    let moved = Mail { mailbox, ..letter };
    judged_with(receive_call(scene, bob.party, &moved, Step::Dh), twin, "undecryptable")?;
    let next = send(scene, &alice, SESSION, "next")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}

/// Version, sealed header and the tag of an empty body: what a ratchet message has at least.
const SHORTEST: usize = 1 + 56 + 16;

/// A message's first bytes.
fn cut(letter: &Mail, bytes: usize) -> Mail {
    let message = letter.message.get(..2 * bytes).unwrap_or_default().to_owned();
    Mail { message, ..letter.clone() }
}

/// Every length below; at it, and behind a wrong byte, nothing opens. Control: whole.
fn short(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "whole")?;
    if twin == Twin::Deviant {
        for bytes in [0, 1, 2, 17, 56, 57, SHORTEST - 1] {
            let call = receive_call(scene, bob.party, &cut(&letter, bytes), Step::Dh);
            call.refused_with("malformed")?;
        }
        let message = format!("01{}", "5a".repeat(SHORTEST - 1));
        let sealed = Mail { message, ..letter.clone() };
        receive_call(scene, bob.party, &sealed, Step::Dh).refused_with("undecryptable")?;
    }
    receive(scene, &bob, &letter, Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// Control: a whole message to a mailbox that is looked into.
fn short_to_nobody(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send(scene, &alice, SESSION, "whole")?;
    if twin == Twin::Deviant {
        let mailbox = crate::digest::hex(&scene.random("mailbox", 32));
        for bytes in [0, 1, SHORTEST - 1] {
            let stray = Mail { mailbox: mailbox.clone(), ..cut(&letter, bytes) };
            let call = receive_call(scene, bob.party, &stray, Step::Dh);
            call.refused_with("undecryptable")?;
        }
    }
    receive(scene, &bob, &letter, Step::Dh).map(drop)
}

fn candidates(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let names = ["c0", "c1", "c2"];
    let mut others = Vec::new();
    for name in names {
        let other = device(scene, name, Home::Peer)?;
        connect(scene, &alice, &other, name)?;
        others.push(other);
    }
    for (name, other) in names.into_iter().zip(&others) {
        pass(scene, &alice, other, name, "to you", Step::Dh)?;
        let letter = send(scene, other, name, "to alice")?;
        let out = receive(scene, &alice, &letter, Step::Dh)?;
        demand(out.text("session")? == name, "taken by another session")?;
    }
    talk(scene, &alice, &bob, SESSION)
}
