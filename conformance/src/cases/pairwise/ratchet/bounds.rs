//! Counters of a header that the peer has set to what they must not be.

use super::{after, judged, listening, row, send_deviant, split};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    SESSION, Step, limits, pass, receive, receive_call, send,
};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    row("PW-RAT-BOUND-001n", "A number past the skip limit is refused.", begins, "n-past-skip-limit too_far")
        .clauses(&["RAT-07"])
        .mutants(&["R9"]),
    row("PW-RAT-BOUND-002n", "A number past the skip limit is refused in a chain that runs.", goes_on, "n-past-skip-limit too_far")
        .clauses(&["RAT-07"])
        .mutants(&["R9"]),
    row("PW-RAT-BOUND-003n", "A number past the chain's end is refused, whatever may be skipped.", chain_end, "n-at-chain-limit too_far")
        .clauses(&["RAT-02", "RAT-16"])
        .mutants(&["R13"]),
    row("PW-RAT-BOUND-004n", "A length of the last chain past the skip limit is refused.", begins, "header-pn-too-large too_far")
        .clauses(&["RAT-07"])
        .mutants(&["R9"]),
    row("PW-RAT-BOUND-005n", "A last chain shorter than what came of it is refused.", begins, "header-pn-too-small malformed")
        .clauses(&["ENC-13"]),
];

/// The deviant message begins a chain; an honest one of the chain was sent before it and comes later.
pub fn begins(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    let honest = send(scene, &alice, SESSION, "honest")?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(receive_call(scene, bob.party, &deviant, Step::Dh), twin, class)?;
    receive(scene, &bob, &honest, after(twin))?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// The deviant message stands in a chain of which one was received.
pub fn goes_on(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    let honest = send(scene, &alice, SESSION, "honest")?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(receive_call(scene, bob.party, &deviant, Step::Same), twin, class)?;
    receive(scene, &bob, &honest, Step::Same)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// Bob would skip 70,000, so that nothing but the chain's end stands in the way.
fn chain_end(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    limits(scene, bob.party, &["max_skip=70000"])?;
    let honest = send(scene, &alice, SESSION, "honest")?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(receive_call(scene, bob.party, &deviant, Step::Dh), twin, class)?;
    receive(scene, &bob, &honest, after(twin)).map(drop)
}
