//! What an implementation accepts: any order, once.

use super::{after, bad, good, listening, receive_chain, send_all};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    Part, SESSION, Step, accept, answered, connect, device, judged_with, mail, pass, receive,
    receive_call, send, send_call, talk, waiting,
};
use crate::scene::{Home, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    good("PW-RAT-ORDER-001p", "Messages of one chain are received in any order.", any_order)
        .clauses(&["RAT-07", "RAT-09"])
        .mutants(&["R3", "R11"]),
    good("PW-RAT-ORDER-002p", "Messages of several chains are received in any order.", across)
        .clauses(&["RAT-07", "RAT-08", "RAT-09", "RAT-11"])
        .mutants(&["R11"]),
    good("PW-RAT-LOST-003p", "Lost messages do not stop a conversation.", lost)
        .clauses(&["RAT-07"])
        .mutants(&["R11"]),
    good(
        "PW-RAT-FIRST-004p",
        "First messages that arrive in another order are all received.",
        first,
    )
    .clauses(&["HS-10", "RAT-07"]),
    good("PW-RAT-CROSS-005p", "Messages that cross each other are received.", cross)
        .clauses(&["RAT-07", "RAT-12"]),
    bad("PW-RAT-REPLAY-006n", "A message received twice is refused.", |s, t| replay(s, t, 0))
        .clauses(&["RAT-01", "RAT-10"])
        .mutants(&["R6", "R7"]),
    bad(
        "PW-RAT-REPLAY-007n",
        "A message received twice is refused after later ones too.",
        |s, t| replay(s, t, 2),
    )
    .clauses(&["RAT-01", "RAT-10"])
    .mutants(&["R6", "R7"]),
    bad(
        "PW-RAT-REPLAY-008n",
        "A message that had been skipped is refused the second time.",
        replay_skipped,
    )
    .clauses(&["RAT-09", "RAT-10"])
    .mutants(&["R6", "R7"]),
    bad("PW-RAT-REPLAY-009n", "A message of an old chain is refused the second time.", replay_old)
        .clauses(&["RAT-10"])
        .mutants(&["R6", "R7"]),
    bad(
        "PW-RAT-REPLAY-010n",
        "A skipped message of an old chain is refused the second time.",
        replay_old_skipped,
    )
    .clauses(&["RAT-09", "RAT-10"])
    .mutants(&["R6", "R7"]),
    bad("PW-RAT-REFLECT-011n", "One's own message is refused.", reflect).clauses(&["RAT-17"]),
    bad("PW-RAT-DATA-012n", "A message with other authenticated data is refused.", |s, t| {
        data(s, t, "6164")
    })
    .clauses(&["RAT-14"])
    .mutants(&["R32"]),
    bad(
        "PW-RAT-DATA-013n",
        "A message with no authenticated data where there was some is refused.",
        |s, t| data(s, t, ""),
    )
    .clauses(&["RAT-14"])
    .mutants(&["R32", "P20"]),
    bad("PW-RAT-DATA-014n", "A message with longer authenticated data is refused.", |s, t| {
        data(s, t, "616400")
    })
    .clauses(&["RAT-14"])
    .mutants(&["R32"]),
    bad("PW-RAT-FOREIGN-015n", "A message of another session is refused.", foreign)
        .clauses(&["RAT-14", "RAT-17"]),
];

fn any_order(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mails = send_all(scene, &alice, &["0", "1", "2", "3", "4", "5", "6"])?;
    for (index, which) in [2, 0, 6, 1, 4, 5, 3].into_iter().enumerate() {
        receive(scene, &bob, &mails[which], if index == 0 { Step::Dh } else { Step::Same })?;
    }
    pass(scene, &bob, &alice, SESSION, "all here", Step::Dh)
}

fn across(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mut kept = Vec::new();
    for _ in 0..4 {
        let mails = send_all(scene, &alice, &["a", "b", "c", "d"])?;
        // The second is received, the others later: one before it, two behind it.
        receive(scene, &bob, &mails[1], Step::Dh)?;
        pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
        kept.push(mails);
    }
    pass(scene, &alice, &bob, SESSION, "the newest chain", Step::Dh)?;
    for mails in [&kept[2], &kept[0], &kept[3], &kept[1]] {
        for which in [3, 0, 2] {
            receive(scene, &bob, &mails[which], Step::Same)?;
        }
    }
    talk(scene, &bob, &alice, SESSION)
}

fn lost(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    for turn in 0..6 {
        send_all(scene, &alice, &["lost"; 5][..turn])?;
        pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
        send_all(scene, &alice, &["lost"; 5][turn.min(5)..])?;
        send_all(scene, &bob, &["lost"; 2])?;
        pass(scene, &bob, &alice, SESSION, "arrives", Step::Dh)?;
    }
    Ok(())
}

fn first(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let mails = send_all(scene, &alice, &["0", "1", "2", "3"])?;
    accept(scene, &bob, &mails[2], SESSION)?;
    for which in [3, 0, 1] {
        receive(scene, &bob, &mails[which], Step::Same)?;
    }
    talk(scene, &bob, &alice, SESSION)
}

fn cross(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    for _ in 0..4 {
        let from_alice = send_all(scene, &alice, &["1", "2"])?;
        let from_bob = send_all(scene, &bob, &["1", "2"])?;
        receive_chain(scene, &bob, &from_alice)?;
        // Alice is in Bob's chain already, except at the first crossing after her own step.
        for mail in &from_bob {
            receive(scene, &alice, mail, Step::Same)?;
        }
        pass(scene, &bob, &alice, SESSION, "next", Step::Dh)?;
    }
    Ok(())
}

/// In the control twin it is the next message that comes, in the deviant the same one again.
fn replay(scene: &mut Scene, twin: Twin, later: usize) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mails = send_all(scene, &alice, &["0", "1", "2", "3", "4"])?;
    receive_chain(scene, &bob, &mails[..=later])?;
    let next = twin.pick(&mails[later + 1], &mails[0]);
    judged_with(receive_call(scene, bob.party, next, Step::Same), twin, "duplicate")?;
    receive(scene, &bob, &mails[later + 2], Step::Same).map(drop)
}

fn replay_skipped(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mails = send_all(scene, &alice, &["0", "1", "2", "3"])?;
    receive(scene, &bob, &mails[2], Step::Dh)?;
    receive(scene, &bob, &mails[0], Step::Same)?;
    let next = twin.pick(&mails[1], &mails[0]);
    judged_with(receive_call(scene, bob.party, next, Step::Same), twin, "duplicate")?;
    receive(scene, &bob, &mails[3], Step::Same).map(drop)
}

fn replay_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mails = send_all(scene, &alice, &["0", "1"])?;
    receive(scene, &bob, &mails[0], Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "new chain", Step::Dh)?;
    // The chain has a skipped key left, its header key opens the header, the message key is gone.
    let next = twin.pick(&mails[1], &mails[0]);
    judged_with(receive_call(scene, bob.party, next, Step::Same), twin, "duplicate")?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Same)
}

fn replay_old_skipped(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mails = send_all(scene, &alice, &["0", "1", "2"])?;
    receive(scene, &bob, &mails[2], Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "new chain", Step::Dh)?;
    receive(scene, &bob, &mails[0], Step::Same)?;
    let next = twin.pick(&mails[1], &mails[0]);
    judged_with(receive_call(scene, bob.party, next, Step::Same), twin, "duplicate")?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Same)
}

/// In the control twin Bob gets Alice's message, in the deviant his own in its mailbox.
fn reflect(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let theirs = send(scene, &alice, SESSION, "to you")?;
    let mut own = send(scene, &bob, SESSION, "to you")?;
    own.mailbox.clone_from(&theirs.mailbox);
    let call = receive_call(scene, bob.party, twin.pick(&theirs, &own), Step::Dh);
    judged_with(call, twin, "undecryptable")?;
    let next = send(scene, &alice, SESSION, "next")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}

fn data(scene: &mut Scene, twin: Twin, other: &str) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let out = send_call(scene, alice.party, SESSION, "bound").text("authenticated_data", "6163");
    let letter = mail(&out.ok()?, "bound")?;
    let call = receive_call(scene, bob.party, &letter, Step::Dh);
    let call = call.text("authenticated_data", twin.pick("6163", other));
    judged_with(call, twin, "undecryptable")?;
    if twin == Twin::Deviant {
        let call = receive_call(scene, bob.party, &letter, Step::Dh);
        call.text("authenticated_data", "6163").accepted()?;
    }
    pass(scene, &alice, &bob, SESSION, "next", Step::Same)
}

/// Bob has sessions with Alice and with Carol; Carol's message comes in Alice's mailbox.
fn foreign(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = answered(scene, Part::Responder)?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    let carol = device(scene, "carol", Home::Peer)?;
    connect(scene, &carol, &bob, "c")?;
    let good = send(scene, &alice, SESSION, "from alice")?;
    let mut other = send(scene, &carol, "c", "from carol")?;
    let theirs = other.clone();
    other.mailbox.clone_from(&good.mailbox);
    let call = receive_call(scene, bob.party, twin.pick(&good, &other), Step::Dh);
    judged_with(call, twin, "undecryptable")?;
    receive(scene, &bob, &theirs, Step::Dh)?;
    let next = send(scene, &alice, SESSION, "next")?;
    receive(scene, &bob, &next, after(twin)).map(drop)
}
