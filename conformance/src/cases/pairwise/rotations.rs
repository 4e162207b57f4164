//! Rotations of mailboxes: where a device looks behind, at and ahead of the one that it knows.

use super::envelope::{Boxes, bad, boxes, good};
use super::frame::{send_typed, typed_call, typed_mail};
use super::ratchet::after;
use super::stage::{
    Device, Mail, Part, SESSION, Step, demand, demand_of, established, judged_with, pass, receive,
    receive_call, send,
};
use crate::case::{Case, Outcome, Twin};
use crate::scene::{Home, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-ENV-ROTATION-013p",
        "After its rotation the implementation sends to another mailbox.",
        |s| rotation(s, Part::Initiator),
    )
    .clauses(&["ENV-05"]),
    good(
        "PW-ENV-ROTATION-014p",
        "After the peer's rotation both mailboxes are looked into.",
        |s| rotation(s, Part::Responder),
    )
    .clauses(&["ENV-02", "ENV-05"]),
    bad(
        "PW-ENV-ROTATION-015n",
        "A mailbox of two rotations ago is no longer looked into.",
        rotated_twice,
    )
    .clauses(&["ENV-05", "ENV-04"]),
    bad("PW-ENV-ROTATION-016n", "A rotation that a later one has overtaken is refused.", overtaken)
        .clauses(&["ENV-05", "FRM-05"]),
    bad("PW-ENV-ROTATION-017n", "A rotation that is not the next one is not sent.", not_the_next)
        .clauses(&["ENV-05"]),
    good(
        "PW-ENV-ROTATION-019p",
        "Where a rotation's announcement is lost, what follows it is found.",
        announcement_lost,
    )
    .clauses(&["ENV-04", "ENV-05"]),
    bad("PW-ENV-ROTATION-020n", "Mailboxes two rotations ahead are not looked into.", two_ahead)
        .clauses(&["ENV-04"]),
    good("PW-ENV-ROTATION-021p", "A rotation that leaves numbers out is followed.", left_out)
        .clauses(&["ENV-05"]),
    good("PW-ENV-ROTATION-022p", "There is no rotation behind the last.", the_last)
        .clauses(&["ENV-04", "ENV-05"]),
    good(
        "PW-ENV-ROTATION-023p",
        "Behind a rotation that leaves numbers out, the mailboxes of the number before it are looked into.",
        behind_the_new,
    )
    .clauses(&["ENV-04", "ENV-05"]),
    bad(
        "PW-ENV-ROTATION-024n",
        "Behind a rotation that leaves numbers out, the old one's mailboxes are not looked into.",
        |s, t| not_behind(s, t, "00000002"),
    )
    .clauses(&["ENV-04", "ENV-05"]),
    bad(
        "PW-ENV-ROTATION-025n",
        "Behind a rotation far ahead, the old one's mailboxes are not looked into.",
        |s, t| not_behind(s, t, "ffffffff"),
    )
    .clauses(&["ENV-04", "ENV-05"]),
];

/// Alice rotates: what she sent before is still found, what she sends then is elsewhere.
fn rotation(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let before = send(scene, &alice, SESSION, "before")?;
    let rotate = send_typed(scene, &alice, 4, "00000001")?;
    demand(rotate.mailbox == before.mailbox, "the rotation itself goes to the new mailbox")?;
    let behind = send(scene, &alice, SESSION, "behind")?;
    demand(behind.mailbox != before.mailbox, "the mailbox did not change")?;
    receive(scene, &bob, &rotate, Step::Dh)?;
    receive(scene, &bob, &behind, Step::Same)?;
    receive(scene, &bob, &before, Step::Same)?;
    let (theirs, own) = (boxes(scene, &bob, SESSION)?, boxes(scene, &alice, SESSION)?);
    demand(theirs.incoming.len() == 21, "not three rotations of seven mailboxes each")?;
    demand(theirs.incoming[5] == own.outgoing, "the new rotation is not the first")?;
    demand(theirs.incoming[12] == before.mailbox, "the old rotation is not the second")?;
    // The other direction stays where it was.
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)?;
    let theirs = boxes(scene, &bob, SESSION)?.outgoing;
    demand(boxes(scene, &alice, SESSION)?.incoming[5] == theirs, "the other direction changed too")
}

fn rotated_twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let oldest = send(scene, &alice, SESSION, "oldest")?;
    let one = send_typed(scene, &alice, 4, "00000001")?;
    let between = send(scene, &alice, SESSION, "between")?;
    let two = send_typed(scene, &alice, 4, "00000002")?;
    receive(scene, &bob, &one, Step::Dh)?;
    receive(scene, &bob, &two, Step::Same)?;
    let call = receive_call(scene, bob.party, twin.pick(&between, &oldest), Step::Same);
    judged_with(call, twin, "undecryptable")?;
    pass(scene, &alice, &bob, SESSION, "newest", Step::Same)
}

/// Rotation 1 arrives behind rotation 2 (deviant) or before it.
fn overtaken(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let one = send_typed(scene, &alice, 4, "00000001")?;
    let two = send_typed(scene, &alice, 4, "00000002")?;
    let three = send(scene, &alice, SESSION, "three")?;
    // The second rotation travels in the first one's mailbox, which Bob learns of by it.
    let known = Mail { mailbox: one.mailbox.clone(), ..two.clone() };
    if twin == Twin::Deviant {
        receive(scene, &bob, &known, Step::Dh)?;
        // The mailbox that it was sent to is two rotations behind: it is put into one that is looked into.
        let late = Mail { mailbox: three.mailbox.clone(), ..one };
        receive_call(scene, bob.party, &late, Step::Same).refused_with("malformed")?;
    } else {
        receive(scene, &bob, &one, Step::Dh)?;
        receive(scene, &bob, &two, Step::Same)?;
    }
    receive(scene, &bob, &three, Step::Same).map(drop)
}

/// The first rotation is lost, the second one arrives in the mailbox that the first has led to.
fn announcement_lost(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let before = send(scene, &alice, SESSION, "before")?;
    send_typed(scene, &alice, 4, "00000001")?;
    let behind = send(scene, &alice, SESSION, "behind")?;
    let late = send(scene, &alice, SESSION, "late")?;
    demand_of(Home::Peer, behind.mailbox != before.mailbox, || "no rotation".to_owned())?;
    receive(scene, &bob, &behind, Step::Dh)?;
    let two = send_typed(scene, &alice, 4, "00000002")?;
    receive(scene, &bob, &two, Step::Same)?;
    pass(scene, &alice, &bob, SESSION, "in the next one", Step::Same)?;
    // The rotation before is the one that was passed over, not the one that was known.
    let (theirs, own) = (boxes(scene, &bob, SESSION)?.incoming, boxes(scene, &alice, SESSION)?);
    demand(theirs.len() == 21, "not three rotations of seven mailboxes each")?;
    demand(theirs[5] == own.outgoing, "the new rotation is not the first")?;
    demand(theirs[12] == late.mailbox, "the rotation that was passed over is not the second")?;
    demand(!theirs.contains(&before.mailbox), "the rotation that was known is still there")?;
    receive(scene, &bob, &late, Step::Same)?;
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)
}

/// Alice's rotation, in the mailbox that Bob knows, whichever she has come to.
fn announced(scene: &mut Scene, alice: &Device, rotation: &str, mailbox: &str) -> Outcome<Mail> {
    let call = typed_call(scene, alice.party, 4, rotation).deviate("rotation-unbounded");
    let rotate = typed_mail(&call.ok()?, rotation)?;
    Ok(Mail { mailbox: mailbox.to_owned(), ..rotate })
}

/// The peer goes to rotation 8, which is lost, and then to 9.
fn behind_the_new(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let known = send(scene, &alice, SESSION, "before")?;
    announced(scene, &alice, "00000008", &known.mailbox)?;
    let behind = send(scene, &alice, SESSION, "behind")?;
    let rotate = announced(scene, &alice, "00000009", &known.mailbox)?;
    receive(scene, &bob, &rotate, Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "in the new one", Step::Same)?;
    let own = boxes(scene, &bob, SESSION)?.incoming;
    demand(own.len() == 21 && own[12] == behind.mailbox, "not the mailboxes of the number before")?;
    receive(scene, &bob, &behind, Step::Same)?;
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)
}

/// Control: the rotation is the next one, which the old one's mailboxes stay beside.
fn not_behind(scene: &mut Scene, twin: Twin, rotation: &str) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let before = send(scene, &alice, SESSION, "before")?;
    let rotate = announced(scene, &alice, twin.pick("00000001", rotation), &before.mailbox)?;
    receive(scene, &bob, &rotate, Step::Dh)?;
    let call = receive_call(scene, bob.party, &before, Step::Same);
    judged_with(call, twin, "undecryptable")?;
    pass(scene, &alice, &bob, SESSION, "in the new one", Step::Same)
}

fn two_ahead(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let one = send_typed(scene, &alice, 4, "00000001")?;
    if twin == Twin::Deviant {
        send_typed(scene, &alice, 4, "00000002")?;
    }
    let ahead = send(scene, &alice, SESSION, "ahead")?;
    let call = receive_call(scene, bob.party, &ahead, Step::Dh);
    judged_with(call, twin, "undecryptable")?;
    receive(scene, &bob, &one, after(twin))?;
    if twin == Twin::Deviant {
        receive(scene, &bob, &ahead, Step::Same)?;
    }
    Ok(())
}

/// The peer rotates to a number, and the implementation looks where that leads.
fn rotate_to(scene: &mut Scene, rotation: &str) -> Outcome<(Device, Boxes)> {
    let (alice, bob) = established(scene, Part::Responder)?;
    let call = typed_call(scene, alice.party, 4, rotation).deviate("rotation-unbounded");
    let rotate = typed_mail(&call.ok()?, rotation)?;
    receive(scene, &bob, &rotate, Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "in the new one", Step::Same)?;
    let own = boxes(scene, &bob, SESSION)?;
    demand(own.incoming[5] == boxes(scene, &alice, SESSION)?.outgoing, "another mailbox")?;
    Ok((bob, own))
}

fn left_out(scene: &mut Scene) -> Outcome {
    let (_, own) = rotate_to(scene, "00000009")?;
    demand(own.incoming.len() == 21, "not three rotations of seven mailboxes each")
}

fn the_last(scene: &mut Scene) -> Outcome {
    let (_, own) = rotate_to(scene, "ffffffff")?;
    demand(own.incoming.len() == 14, "not two rotations of seven mailboxes each")
}

fn not_the_next(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, _) = established(scene, Part::Initiator)?;
    send_typed(scene, &alice, 4, "00000001")?;
    let wrong: &[&str] = &["00000001", "00000000", "00000003", "ffffffff"];
    let rotations: &[&str] = twin.pick(&["00000002"], wrong);
    for rotation in rotations {
        let call = typed_call(scene, alice.party, 4, rotation);
        judged_with(call, twin, "malformed")?;
    }
    Ok(())
}
