//! The implementation initiates: keys without a DH, bounds, reflection, what a refusal leaves behind.

use super::stage::{
    Device, Keys, LIMITED, Mail, Part, STORED, Step, TALK, WATCH, accept, accept_call, bundle_call,
    cast, count, demand, device, event, fetch, initiate, initiate_call, limits, mail, meet, pass,
    publish, receive, receive_call, restart, send, send_call, status, talk, waiting,
};
use super::twins::{by_bundle, judge};
use super::wire;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses).mutants(mutants).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("PW-HSI-ZERO-001n", "A responder's identity key of low order is refused (DH2, DH5).", by_bundle, "low-order-identity low_order"), &["SUI-01"], &["P1", "P2"]),
    case(Case::negative_of("PW-HSI-ZERO-002n", "A signed prekey of low order is refused (DH1, DH3).", by_bundle, "low-order-signed-prekey low_order"), &["SUI-01"], &["P1", "P2"]),
    case(Case::negative_of("PW-HSI-ZERO-003n", "A one-time prekey of low order is refused (DH4).", by_bundle, "low-order-one-time-prekey low_order"), &["SUI-01"], &["P1", "P2"]),
    case(Case::negative("PW-HSI-REFLECT-004n", "The own first message is refused when it comes back.", reflected), &["HS-11"], &["H17"]),
    case(Case::negative("PW-HSI-REFLECT-005n", "The own first message is refused after the answer, too.", reflected_late), &["HS-11"], &["H17"]),
    case(Case::negative("PW-HSI-BOUND-006n", "At most max_first_messages go without an answer.", bound), &["HS-06"], &[]).needs(Access::L2, LIMITED),
    case(Case::positive("PW-HSI-REFUSED-007p", "A refused bundle leaves no session behind.", nothing_left), &["HS-05", "ENC-11"], &["H15"]).needs(Access::L2, WATCH),
    case(Case::positive("PW-HSI-RESTART-008p", "A waiting session goes on after a restart with its handshake.", restarted), &["HS-06", "STA-08"], &["H19"]).needs(Access::L2, STORED),
    case(Case::positive("PW-HSI-WAITING-009p", "A session waits until the first answer has authenticated.", waits), &["HS-06", "RAT-06"], &[]).needs(Access::L2, WATCH),
    case(Case::negative("PW-HSI-ANSWER-010n", "A forged answer does not end the waiting.", forged_answer), &["HS-06", "ENC-11"], &["H15"]),
    case(Case::negative("PW-HSI-FORMAT-011n", "A first message is not taken from a session's mailbox.", wrong_box), &["ENV-03"], &[]),
    case(Case::positive("PW-HSI-PIN-012p", "Initiating pins the list of the account.", pinned), &["ID-06", "HS-13"], &["H20"]),
    case(Case::negative("PW-HSI-PSK-013n", "An empty PSK or an empty id is misuse of the interface.", empty_psk), &["HS-14"], &["H28"]),
];

/// Control: somebody else's first message in the same mailbox.
fn reflected(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let own = send(scene, &alice, "s", "hello")?;
    came_back(scene, twin, &alice, &own)?;
    accept(scene, &bob, &own, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn reflected_late(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let own = send(scene, &alice, "s", "hello")?;
    accept(scene, &bob, &own, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    came_back(scene, twin, &alice, &own)?;
    talk(scene, &alice, &bob, "s")
}

fn came_back(scene: &mut Scene, twin: Twin, alice: &Device, own: &Mail) -> Outcome {
    let carol = device(scene, "carol", Home::Peer)?;
    let served = fetch(scene, alice)?;
    initiate(scene, &carol, alice, "c", &served)?;
    let other = send(scene, &carol, "c", "hello")?;
    let message = twin.pick(&other, own).message.clone();
    let back = Mail { message, ..other };
    judge(accept_call(scene, alice.party, &back, "c"), twin, "reflection")
}

fn bound(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    limits(scene, alice.party, &[twin.pick("max_first_messages=4", "max_first_messages=3")])?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "one")?;
    send(scene, &alice, "s", "two")?;
    send(scene, &alice, "s", "three")?;
    judge(send_call(scene, alice.party, "s", "four"), twin, "limit")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "s")
}

fn nothing_left(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = publish(scene, &bob, 1, 1)?;
    for deviation in
        ["batch-bad-signature", "low-order-one-time-prekey", "bad-path-kem", "kem-key-short"]
    {
        let call = bundle_call(scene, bob.party, generation, Keys::BOTH);
        let wrong = call.deviate(deviation).ok()?.hex("bundle")?;
        initiate_call(scene, alice.party, &bob, "s", &wrong).refused()?;
        count(scene, &alice, "sessions", 0)?;
    }
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    count(scene, &alice, "sessions", 1)?;
    meet(scene, &alice, &bob, "s").map(drop)
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let before = send(scene, &alice, "s", "one")?;
    restart(scene, &alice)?;
    let after = send(scene, &alice, "s", "two")?;
    let (one, two) = (wire::first(&before.message)?, wire::first(&after.message)?);
    let same =
        wire::get(&before.message, &one.handshake) == wire::get(&after.message, &two.handshake);
    demand(same, "another HandshakeMessage after the restart")?;
    accept(scene, &bob, &after, "s")?;
    receive(scene, &bob, &before, Step::Same)?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn waits(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    status(scene, &alice, "s", "waiting")?;
    meet(scene, &alice, &bob, "s")?;
    status(scene, &alice, "s", "waiting")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    status(scene, &alice, "s", "established")
}

fn forged_answer(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    meet(scene, &alice, &bob, "s")?;
    let right = send(scene, &bob, "s", "hello to you")?;
    let last = right.message.len() / 2 - 1;
    let message = twin.pick(right.message.clone(), wire::turn(&right.message, &(0..0), last));
    let answer = Mail { message, ..right.clone() };
    judge(receive_call(scene, alice.party, &answer, Step::Dh), twin, "undecryptable")?;
    if twin == Twin::Deviant {
        let still = send(scene, &alice, "s", "still waiting")?;
        demand(still.contact && still.message.starts_with("02"), "the waiting has ended")?;
        receive(scene, &alice, &right, Step::Dh)?;
        receive(scene, &bob, &still, Step::Same)?;
    }
    talk(scene, &alice, &bob, "s")
}

/// As an initiator receives: the peer's plain answer put into the contact mailbox.
fn wrong_box(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    meet(scene, &alice, &bob, "s")?;
    let out = scene.call(alice.party, "pw.mailboxes").ok()?;
    let answer = send(scene, &bob, "s", "hello to you")?;
    let mailbox = twin.pick(answer.mailbox.clone(), out.hex("contact")?);
    let wrong = Mail { mailbox, ..answer.clone() };
    judge(receive_call(scene, alice.party, &wrong, Step::Dh), twin, "malformed")?;
    if twin == Twin::Deviant {
        receive(scene, &alice, &answer, Step::Dh)?;
    }
    talk(scene, &alice, &bob, "s")
}

/// From then on another list with the same number is a fork.
fn pinned(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let call = scene.call(bob.party, "pw.bundle").integer("generation", 1).integer("kem_id", 1);
    let forked = call.deviate("list-fork").ok()?.hex("bundle")?;
    meet(scene, &alice, &bob, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    initiate_call(scene, alice.party, &bob, "t", &forked).refused_with("rollback")?;
    talk(scene, &alice, &bob, "s")
}

fn empty_psk(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    for (id, psk) in [("6b", ""), ("", "5f")] {
        if twin == Twin::Deviant {
            let call = initiate_call(scene, alice.party, &bob, "s", &served);
            call.text("psk_id", id).text("psk", psk).refused()?;
        }
    }
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    call.text("psk_id", "6b").text("psk", "5f").accepted()?;
    let out = send_call(scene, alice.party, "s", "hello").accepted()?;
    let first = mail(&out, "hello")?;
    let call = accept_call(scene, bob.party, &first, "s");
    event(&call.text("psk_id", "6b").text("psk", "5f").accepted()?, &bob, "new_session")
}
