//! First messages that come again, come wrong, or come to the wrong device: what they leave behind.

use super::stage::{
    DAY, Device, Keys, Mail, Part, STORED, Step, WATCH, accept, accept_call, answered, bundle,
    cast, count, demand, device, established, event, fetch, initiate, initiate_call, pass, publish,
    receive_call, restart, send, status, talk, waiting,
};
use super::twins::{afterwards, judge};
use super::wire;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses)
        .mutants(mutants)
        .needs(Access::L2, WATCH)
        .suite(super::PROFILE)
        .with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-HSR-NOTHING-042p", "A first message that fails leaves nothing behind.", nothing_left), &["ENC-11", "HS-08", "HS-09"], &["H15"]).needs(Access::L2, WATCH),
    case(Case::negative("PW-HSR-INNER-043n", "A first message whose inner message fails makes no session.", inner), &["ENC-11", "HS-08"], &["H15"]).needs(Access::L2, WATCH),
    case(Case::negative("PW-HSR-REPLAY-045n", "A first message received twice gives no second plaintext.", replayed), &["HS-10", "RAT-10"], &["H9"]).needs(Access::L2, WATCH),
    case(Case::negative("PW-HSR-REPLAY-046n", "A replayed first message is refused after a restart.", replayed_restart), &["HS-10", "STA-08"], &["H9"]).needs(Access::L2, STORED),
    case(Case::negative("PW-HSR-REPLAY-047n", "A replay with the last-resort key alone opens no session.", replayed_last), &["HS-10", "HS-09"], &["H9", "H24"]).needs(Access::L2, WATCH),
    case(Case::positive("PW-HSR-REPLAY-048p", "A replay is refused when its session is closed and when it is gone.", replayed_gone), &["HS-09", "HS-10"], &["H9", "H24"]).needs(Access::L2, WATCH),
    case(Case::positive("PW-HSR-REPEAT-049p", "A later first message of a session goes to that session.", repeated), &["HS-10"], &["H22", "H9"]).needs(Access::L2, WATCH),
    case(Case::positive("PW-HSR-PIN-050p", "Accepting pins the list of the account.", pinned), &["HS-13", "ID-06"], &["H20"]),
    case(Case::negative("PW-HSR-OTHERS-051n", "A first message for another device is refused.", for_another), &["HS-15"], &["H11"]),
];

fn nothing_left(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    let served = fetch(scene, &bob)?;
    for (name, deviation) in [
        ("b", "omit-dh5"),
        ("c", "kem-ciphertext-corrupted"),
        ("d", "credential-not-listed"),
        ("e", "identity-padding-nonzero"),
        ("f", "low-order-ephemeral"),
    ] {
        let alice = device(scene, name, Home::Peer)?;
        initiate_call(scene, alice.party, &bob, name, &served).deviate(deviation).ok()?;
        let first = send(scene, &alice, name, "hello")?;
        accept_call(scene, bob.party, &first, name).refused()?;
        for (what, number) in [("sessions", 0), ("replay", 0), ("prekeys", 4)] {
            count(scene, &bob, what, number)?;
        }
    }
    afterwards(scene, &bob, &served)?;
    for (what, number) in [("sessions", 1), ("replay", 1), ("prekeys", 2)] {
        count(scene, &bob, what, number)?;
    }
    Ok(())
}

fn inner(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    let last = first.message.len() / 2 - 1;
    let message = twin.pick(first.message.clone(), wire::turn(&first.message, &(0..0), last));
    judge(
        accept_call(scene, bob.party, &Mail { message, ..first.clone() }, "s"),
        twin,
        "undecryptable",
    )?;
    if twin == Twin::Deviant {
        count(scene, &bob, "sessions", 0)?;
        accept(scene, &bob, &first, "s")?;
    }
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

/// A later message of the chain, or the first one again.
fn again(scene: &mut Scene, twin: Twin, keys: Keys, stop: bool) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let served = bundle(scene, &bob, generation, keys)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let (one, two) = (send(scene, &alice, "s", "one")?, send(scene, &alice, "s", "two")?);
    accept(scene, &bob, &one, "s")?;
    if stop {
        restart(scene, &bob)?;
    }
    let call = receive_call(scene, bob.party, twin.pick(&two, &one), Step::Same);
    judge(call.text("new_session", "t"), twin, "duplicate")?;
    count(scene, &bob, "sessions", 1)?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "s")
}

fn replayed(scene: &mut Scene, twin: Twin) -> Outcome {
    again(scene, twin, Keys::BOTH, false)
}

fn replayed_restart(scene: &mut Scene, twin: Twin) -> Outcome {
    again(scene, twin, Keys::BOTH, true)
}

fn replayed_last(scene: &mut Scene, twin: Twin) -> Outcome {
    again(scene, twin, Keys::LAST, false)
}

/// The batch is still there: 14 days after its expiry are not over when the session is erased.
fn replayed_gone(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let first = send(scene, &alice, "s", "hello")?;
    accept(scene, &bob, &first, "s")?;
    let call = scene.call(bob.party, "pw.send").session("s").integer("content_type", 1);
    call.text("body", "").accepted()?;
    status(scene, &bob, "s", "closed")?;
    accept_call(scene, bob.party, &first, "t").refused_with("closed")?;
    scene.advance(15 * DAY, &[bob.party])?;
    accept_call(scene, bob.party, &first, "t").refused_with("replay")?;
    let served = fetch(scene, &bob)?;
    afterwards(scene, &bob, &served)
}

fn repeated(scene: &mut Scene) -> Outcome {
    let (alice, bob) = answered(scene, Part::Responder)?;
    for body in ["two", "three", "four"] {
        let mail = send(scene, &alice, "s", body)?;
        demand(mail.contact && mail.message.starts_with("02"), "the peer sends no first message")?;
        let out = receive_call(scene, bob.party, &mail, Step::Same)
            .text("new_session", "t")
            .accepted()?;
        event(&out, &bob, "message")?;
        demand(out.text("session")? == "s", "given to another session")?;
        out.is("body", &mail.body)?;
        count(scene, &bob, "sessions", 1)?;
        count(scene, &bob, "replay", 1)?;
    }
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn pinned(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "t", &served).deviate("list-fork").ok()?;
    let first = send(scene, &alice, "t", "hello")?;
    accept_call(scene, bob.party, &first, "t").refused_with("rollback")?;
    pass(scene, &bob, &alice, "s", "still there", Step::Same)
}

/// Carol has a batch of the same generation, with keys of the same ids.
fn for_another(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let served = fetch(scene, &carol)?;
    initiate(scene, &alice, &carol, "c", &served)?;
    let (for_bob, for_carol) =
        (send(scene, &alice, "s", "hello")?, send(scene, &alice, "c", "hello")?);
    let message = twin.pick(&for_bob, &for_carol).message.clone();
    judge(
        accept_call(scene, bob.party, &Mail { message, ..for_bob.clone() }, "s"),
        twin,
        "undecryptable",
    )?;
    if twin == Twin::Deviant {
        accept(scene, &bob, &for_bob, "s")?;
    }
    meet_carol(scene, &carol, &for_carol)?;
    receive_none(scene, &bob, &for_carol)
}

fn meet_carol(scene: &mut Scene, carol: &Device, mail: &Mail) -> Outcome {
    accept(scene, carol, mail, "c").map(drop)
}

/// In its own mailbox it is not for Bob either.
fn receive_none(scene: &mut Scene, bob: &Device, mail: &Mail) -> Outcome {
    receive_call(scene, bob.party, mail, Step::Dh).refused_with("undecryptable")
}
