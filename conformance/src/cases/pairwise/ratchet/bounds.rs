//! Counters of a header that the peer has set to what they must not be.

use super::{after, bad, judged, listening, row, send_deviant, split};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    Part, SESSION, Step, accept, accept_call, limits, mail, pass, receive, receive_call, send,
    send_call, waiting,
};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    bad(
        "PW-RAT-BOUND-001n",
        "A number past the skip limit is refused, one at the limit is not.",
        |s, t| limit(s, t, Step::Dh),
    )
    .clauses(&["RAT-07"])
    .mutants(&["R9"]),
    bad("PW-RAT-BOUND-002n", "The skip limit holds in a chain that runs.", |s, t| {
        limit(s, t, Step::Same)
    })
    .clauses(&["RAT-07"])
    .mutants(&["R9"]),
    row(
        "PW-RAT-BOUND-003n",
        "A number past the chain's end is refused, whatever may be skipped.",
        chain_end,
        "n-at-chain-limit too_far",
    )
    .clauses(&["RAT-02", "RAT-16"])
    .mutants(&["R13"]),
    row(
        "PW-RAT-BOUND-004n",
        "A length of the last chain past the skip limit is refused.",
        begins,
        "header-pn-too-large too_far",
    )
    .clauses(&["RAT-07"])
    .mutants(&["R9"]),
    row(
        "PW-RAT-BOUND-006n",
        "A first chain that names one before it is refused.",
        first_chain,
        "first-pn-not-zero malformed",
    )
    .clauses(&["ENC-13", "RAT-06"]),
    row(
        "PW-RAT-BOUND-005n",
        "A last chain shorter than what came of it is refused.",
        begins,
        "header-pn-too-small malformed",
    )
    .clauses(&["ENC-13"]),
];

/// The deviant message begins a chain; the honest one behind it finds the state as it was.
pub fn begins(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(receive_call(scene, bob.party, &deviant, Step::Dh), twin, class)?;
    pass(scene, &alice, &bob, SESSION, "honest", after(twin))?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Dh)
}

/// The deviant message begins the session; the honest one behind it does so then.
fn first_chain(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = waiting(scene, Part::Responder)?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(accept_call(scene, bob.party, &deviant, SESSION), twin, class)?;
    let honest = send(scene, &alice, SESSION, "honest")?;
    match twin {
        Twin::Control => receive(scene, &bob, &honest, Step::Same)?,
        Twin::Deviant => accept(scene, &bob, &honest, SESSION)?,
    };
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// The deviant message stands in a chain of which one was received; an honest one was sent before it.
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

/// 1,000 are left out in the control twin, one more in the deviant.
fn limit(scene: &mut Scene, twin: Twin, step: Step) -> Outcome {
    let (alice, bob) = listening(scene)?;
    if step == Step::Same {
        pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    }
    let deviation = twin.pick("n-at-skip-limit", "n-past-skip-limit");
    let call = send_call(scene, alice.party, SESSION, "far").deviate(deviation);
    let letter = mail(&call.ok()?, "far")?;
    judged(receive_call(scene, bob.party, &letter, step), twin, Some("too_far"))?;
    let next = if step == Step::Same { step } else { after(twin) };
    pass(scene, &alice, &bob, SESSION, "honest", next)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// Bob would skip 70,000, so that nothing but the chain's end stands in the way.
fn chain_end(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    limits(scene, bob.party, &["max_skip=70000"])?;
    let deviant = send_deviant(scene, twin, &alice, "deviant", deviation)?;
    judged(receive_call(scene, bob.party, &deviant, Step::Dh), twin, class)?;
    pass(scene, &alice, &bob, SESSION, "honest", after(twin))
}
