//! Bounds of what is skipped, and how long it is kept.

use super::{bad, good, listening, send_all};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    DAY, Device, Mail, SESSION, Step, demand, judged_with, limits, look, pass, receive,
    receive_call, send, send_call,
};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    bad("PW-RAT-SKIP-001n", "A gap of more than 1,000 in a new chain is refused.", new_chain)
        .clauses(&["RAT-07"])
        .mutants(&["R9"]),
    bad(
        "PW-RAT-SKIP-002n",
        "A gap of more than 1,000 in the current chain is refused.",
        same_chain,
    )
    .clauses(&["RAT-07"])
    .mutants(&["R9"]),
    bad(
        "PW-RAT-SKIP-003n",
        "A gap of more than 1,000 at the end of an old chain is refused.",
        old_chain,
    )
    .clauses(&["RAT-07"])
    .mutants(&["R9"]),
    good(
        "PW-RAT-SKIP-004p",
        "1,000 skipped in the old chain and in the new one are all kept.",
        both,
    )
    .clauses(&["RAT-07", "RAT-08"])
    .mutants(&["R11"]),
    good("PW-RAT-TOTAL-005p", "More than 2,000 keys are never kept; the oldest go first.", total)
        .clauses(&["RAT-08"])
        .mutants(&["R8"]),
    bad("PW-RAT-TOTAL-006n", "A key that was pushed out by newer ones opens nothing.", pushed_out)
        .clauses(&["RAT-08"])
        .mutants(&["R8"]),
    bad("PW-RAT-TOTAL-007n", "The bound on stored keys holds over many small gaps.", small_gaps)
        .clauses(&["RAT-08"])
        .mutants(&["R8"]),
    bad("PW-RAT-CHAINS-008n", "Of the older chains with keys, five are kept.", chains)
        .clauses(&["RAT-08", "RAT-11"])
        .mutants(&["R8"]),
    bad("PW-RAT-AGE-009n", "A skipped key is not used when it is 14 days old.", age)
        .clauses(&["RAT-09", "STA-10", "LIM-02"])
        .mutants(&["R20"]),
    bad(
        "PW-RAT-AGE-010n",
        "A skipped key of an old chain is not used when it is 14 days old.",
        age_old,
    )
    .clauses(&["RAT-09", "STA-10", "LIM-02"])
    .mutants(&["R20"]),
    good("PW-RAT-AGE-011p", "Skipped keys are erased by age when a message is received.", |s| {
        erased(s, "pw.receive")
    })
    .clauses(&["RAT-09"])
    .mutants(&["R20"]),
    good("PW-RAT-AGE-012p", "Skipped keys are erased by age when a message is sent.", |s| {
        erased(s, "pw.send")
    })
    .clauses(&["RAT-09"])
    .mutants(&["R20"]),
    good(
        "PW-RAT-AGE-013p",
        "Skipped keys are erased by age when the device expires what is old.",
        |s| erased(s, "pw.expire"),
    )
    .clauses(&["RAT-09", "STA-10"])
    .mutants(&["R20"]),
    bad("PW-RAT-AGE-014n", "A clock that went back does not make a skipped key older.", clock_back)
        .clauses(&["LIM-02"]),
    good("PW-RAT-USED-015p", "Each skipped key that is used is gone.", used)
        .clauses(&["RAT-01", "RAT-09"])
        .mutants(&["R6"]),
];

/// Sends so many messages that nobody keeps.
fn lose(scene: &mut Scene, from: &Device, count: usize) -> Outcome {
    for _ in 0..count {
        send_call(scene, from.party, SESSION, "").ok()?;
    }
    Ok(())
}

/// Keys that a device keeps for a session.
fn kept(scene: &mut Scene, device: &Device) -> Outcome<u64> {
    look(scene, device, SESSION)?.integer("skipped_keys")
}

fn demand_kept(scene: &mut Scene, device: &Device, expected: u64) -> Outcome {
    let got = kept(scene, device)?;
    demand(got == expected, &format!("{got} keys are kept, not {expected}"))
}

/// The count that must hold where the refused message has used no key. The control twin looks and
/// demands nothing: it is there to show that the refusal has one reason.
fn bounded(scene: &mut Scene, twin: Twin, device: &Device, expected: u64) -> Outcome {
    let got = kept(scene, device)?;
    let holds = twin == Twin::Control || got == expected;
    demand(holds, &format!("{got} keys are kept, not {expected}"))
}

fn new_chain(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let first = send(scene, &alice, SESSION, "first")?;
    lose(scene, &alice, twin.pick(999, 1000))?;
    let late = send(scene, &alice, SESSION, "late")?;
    judged_with(receive_call(scene, bob.party, &late, Step::Dh), twin, "too_far")?;
    receive(scene, &bob, &first, super::after(twin))?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

fn same_chain(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    let second = send(scene, &alice, SESSION, "second")?;
    lose(scene, &alice, twin.pick(999, 1000))?;
    let late = send(scene, &alice, SESSION, "late")?;
    judged_with(receive_call(scene, bob.party, &late, Step::Same), twin, "too_far")?;
    receive(scene, &bob, &second, Step::Same).map(drop)
}

fn old_chain(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    let second = send(scene, &alice, SESSION, "second")?;
    lose(scene, &alice, twin.pick(999, 1000))?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    let late = send(scene, &alice, SESSION, "in a new chain")?;
    judged_with(receive_call(scene, bob.party, &late, Step::Dh), twin, "too_far")?;
    receive(scene, &bob, &second, Step::Same).map(drop)
}

/// 1,000 lost behind the first message of a chain, 1,000 before the first received of the next.
fn lose_2000(scene: &mut Scene) -> Outcome<(Device, Device, [Mail; 4])> {
    let (alice, bob) = listening(scene)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    let a = send(scene, &alice, SESSION, "oldest")?;
    lose(scene, &alice, 998)?;
    let b = send(scene, &alice, SESSION, "last of the old chain")?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    let c = send(scene, &alice, SESSION, "first of the new chain")?;
    lose(scene, &alice, 998)?;
    let d = send(scene, &alice, SESSION, "newest")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    demand_kept(scene, &bob, 2000)?;
    Ok((alice, bob, [a, b, c, d]))
}

fn both(scene: &mut Scene) -> Outcome {
    let (_, bob, mails) = lose_2000(scene)?;
    for mail in &mails {
        receive(scene, &bob, mail, Step::Same)?;
    }
    demand_kept(scene, &bob, 1996)
}

fn total(scene: &mut Scene) -> Outcome {
    let (alice, bob, [oldest, ..]) = lose_2000(scene)?;
    lose(scene, &alice, 3)?;
    pass(scene, &alice, &bob, SESSION, "three more", Step::Same)?;
    demand_kept(scene, &bob, 2000)?;
    receive_call(scene, bob.party, &oldest, Step::Same).refused_with("duplicate")
}

/// A policy with small bounds: ten keys in all.
fn small(scene: &mut Scene, bob: &Device) -> Outcome {
    limits(scene, bob.party, &["max_skip=8", "max_skipped_keys=10"])
}

/// Twelve are skipped in two chains: the first two are gone, the third is not.
fn pushed_out(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    small(scene, &bob)?;
    let old = send_all(scene, &alice, &["0", "1", "2", "3", "4", "5"])?;
    pass(scene, &alice, &bob, SESSION, "six skipped", Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    let new = send_all(scene, &alice, &["0", "1", "2", "3", "4", "5"])?;
    pass(scene, &alice, &bob, SESSION, "six more", Step::Dh)?;
    let call = receive_call(scene, bob.party, twin.pick(&old[2], &old[1]), Step::Same);
    judged_with(call, twin, "duplicate")?;
    bounded(scene, twin, &bob, 10)?;
    for mail in [&new[0], &new[5], &old[5]] {
        receive(scene, &bob, mail, Step::Same)?;
    }
    Ok(())
}

/// A hundred gaps of three: each is small, all together are not.
fn small_gaps(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    small(scene, &bob)?;
    let mut step = Step::Dh;
    let mut lost = Vec::new();
    for _ in 0..100 {
        lost.extend(send_all(scene, &alice, &["lost"; 3])?);
        pass(scene, &alice, &bob, SESSION, "arrives", step)?;
        step = Step::Same;
    }
    let at = lost.len() - twin.pick(10, 11);
    judged_with(receive_call(scene, bob.party, &lost[at], Step::Same), twin, "duplicate")?;
    bounded(scene, twin, &bob, 10)
}

/// Seven chains with a skipped message each; the newest is current, the oldest is one too many.
fn chains(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let mut lost = Vec::new();
    for _ in 0..7 {
        lost.push(send(scene, &alice, SESSION, "lost")?);
        pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
        pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    }
    let call = receive_call(scene, bob.party, &lost[twin.pick(1, 0)], Step::Same);
    judged_with(call, twin, "undecryptable")?;
    bounded(scene, twin, &bob, 6)?;
    for mail in &lost[2..] {
        receive(scene, &bob, mail, Step::Same)?;
    }
    bounded(scene, twin, &bob, 1)
}

fn age(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let old = send(scene, &alice, SESSION, "skipped")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    scene.advance(twin.pick(14 * DAY - 1, 14 * DAY), &[alice.party, bob.party])?;
    judged_with(receive_call(scene, bob.party, &old, Step::Same), twin, "duplicate")?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Same)
}

/// The old chain has a younger key too, so that its header key is there.
fn age_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let old = send(scene, &alice, SESSION, "skipped")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    scene.advance(DAY, &[alice.party, bob.party])?;
    let younger = send(scene, &alice, SESSION, "skipped later")?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "new chain", Step::Dh)?;
    scene.advance(twin.pick(13 * DAY - 1, 13 * DAY), &[alice.party, bob.party])?;
    judged_with(receive_call(scene, bob.party, &old, Step::Same), twin, "duplicate")?;
    receive(scene, &bob, &younger, Step::Same)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Same)
}

fn erased(scene: &mut Scene, cmd: &str) -> Outcome {
    let (alice, bob) = listening(scene)?;
    send_all(scene, &alice, &["lost", "lost", "lost"])?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    let late = send(scene, &alice, SESSION, "late")?;
    demand_kept(scene, &bob, 3)?;
    scene.advance(14 * DAY, &[alice.party, bob.party])?;
    match cmd {
        "pw.receive" => receive(scene, &bob, &late, Step::Same).map(drop)?,
        "pw.send" => send(scene, &bob, SESSION, "any").map(drop)?,
        _ => scene.call(bob.party, cmd).accepted().map(drop)?,
    }
    demand_kept(scene, &bob, 0)
}

/// Stored a day ahead of now: age 0 until then, and 14 days from then.
fn clock_back(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    scene.advance(DAY, &[alice.party, bob.party])?;
    let old = send(scene, &alice, SESSION, "skipped")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    let back = crate::scene::START;
    scene.call(bob.party, "party.clock").long("now", back).ok()?;
    scene.call(bob.party, "pw.expire").ok()?;
    scene.advance(twin.pick(14 * DAY - 1, 14 * DAY), &[alice.party, bob.party])?;
    judged_with(receive_call(scene, bob.party, &old, Step::Same), twin, "duplicate")
}

fn used(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let lost = send_all(scene, &alice, &["0", "1", "2", "3"])?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    for (mail, left) in lost.iter().zip([3, 2, 1, 0]) {
        receive(scene, &bob, mail, Step::Same)?;
        demand_kept(scene, &bob, left)?;
    }
    Ok(())
}
