//! Headers and bodies that the peer seals as it must not, so that nothing but the named thing is wrong.

use super::bounds::{begins, goes_on};
use super::{after, good, judged, listening, row, split};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{SESSION, Step, mail, pass, receive, receive_call, send_call};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    row(
        "PW-RAT-HEADER-001n",
        "One's own ratchet key as the peer's is refused.",
        begins,
        "header-own-key malformed",
    )
    .clauses(&["RAT-13"])
    .mutants(&["R26"]),
    row(
        "PW-RAT-HEADER-002n",
        "One's own last ratchet key as the peer's is refused.",
        begins,
        "header-own-previous-key malformed",
    )
    .clauses(&["RAT-13"])
    .mutants(&["R26"]),
    row(
        "PW-RAT-HEADER-003n",
        "A new chain under the peer's old ratchet key is refused.",
        begins,
        "header-same-key malformed",
    )
    .clauses(&["RAT-13"])
    .mutants(&["R14"]),
    row(
        "PW-RAT-HEADER-004n",
        "A ratchet key of low order is refused.",
        begins,
        "header-low-order low_order",
    )
    .clauses(&["RAT-13", "SUI-01"])
    .mutants(&["P1", "P2"]),
    good("PW-RAT-TOPBIT-022p", "The top bit of a ratchet key is ignored.", top_bit)
        .clauses(&["SUI-02", "RAT-12"])
        .mutants(&["P3"]),
    row(
        "PW-RAT-HEADER-005n",
        "An unknown flag is refused.",
        begins,
        "header-flag-unknown malformed",
    )
    .clauses(&["ENC-13"]),
    row(
        "PW-RAT-HEADER-006n",
        "The flag `absorbed` with nothing to absorb is refused.",
        begins,
        "header-flag-absorbed-unexpected malformed",
    )
    .clauses(&["REP-07"]),
    row(
        "PW-RAT-HEADER-007n",
        "The flag `absorbed` within a chain that began without it is refused.",
        goes_on,
        "header-flags-changed-in-chain malformed",
    )
    .clauses(&["REP-07", "RAT-06"]),
    row(
        "PW-RAT-HEADER-008n",
        "Another ratchet key within a chain is refused.",
        goes_on,
        "header-key-changed-in-chain malformed",
    )
    .clauses(&["RAT-13", "RAT-06"]),
    row(
        "PW-RAT-HEADER-009n",
        "A header sealed under another nonce is refused.",
        begins,
        "header-wrong-nonce undecryptable",
    )
    .clauses(&["RAT-02", "RAT-17"]),
    row(
        "PW-RAT-HEADER-010n",
        "A header whose associated data lacks the session is refused.",
        begins,
        "header-aad-without-session undecryptable",
    )
    .clauses(&["RAT-14", "RAT-17"])
    .mutants(&["R1", "P20"]),
    row(
        "PW-RAT-HEADER-011n",
        "A header whose tag is shortened is refused.",
        begins,
        "header-tag-truncated undecryptable",
    )
    .clauses(&["SUI-07", "RAT-17"])
    .mutants(&["P19"]),
    row(
        "PW-RAT-ROOT-012n",
        "A new chain whose root lacks the DH output is refused.",
        begins,
        "kdf-rk-without-dh undecryptable",
    )
    .clauses(&["RAT-12", "RAT-17"])
    .mutants(&["R17"]),
    row(
        "PW-RAT-ROOT-013n",
        "A new ratchet key with the old chain behind it is refused.",
        begins,
        "no-dh-step-on-new-key undecryptable",
    )
    .clauses(&["RAT-12", "RAT-17"])
    .mutants(&["R14", "R16"]),
    row(
        "PW-RAT-BODY-014n",
        "A body whose associated data lacks the header is refused.",
        begins,
        "body-aad-without-header undecryptable",
    )
    .clauses(&["RAT-14", "RAT-17"])
    .mutants(&["R1", "P20"]),
    row(
        "PW-RAT-BODY-015n",
        "A body in a chain whose associated data lacks the header is refused.",
        goes_on,
        "body-aad-without-header undecryptable",
    )
    .clauses(&["RAT-14", "RAT-17"])
    .mutants(&["R1", "P20"]),
    row(
        "PW-RAT-BODY-016n",
        "A body whose associated data lacks the session is refused.",
        begins,
        "body-aad-without-session undecryptable",
    )
    .clauses(&["RAT-14", "RAT-17"])
    .mutants(&["R1", "P20"]),
    row(
        "PW-RAT-BODY-017n",
        "A body that does not bind the caller's data is refused.",
        data,
        "body-aad-without-caller-data undecryptable",
    )
    .clauses(&["RAT-14", "RAT-17"])
    .mutants(&["R32"]),
    row(
        "PW-RAT-BODY-018n",
        "A body under the chain key instead of the message key is refused.",
        begins,
        "message-key-as-chain-key undecryptable",
    )
    .clauses(&["RAT-03", "RAT-17"])
    .mutants(&["R18"]),
    row(
        "PW-RAT-TAG-019n",
        "A message whose tag is shortened is refused.",
        begins,
        "tag-truncated undecryptable",
    )
    .clauses(&["SUI-07", "RAT-17"])
    .mutants(&["P19"]),
    row(
        "PW-RAT-TAG-020n",
        "A message in a chain whose tag is shortened is refused.",
        goes_on,
        "tag-truncated undecryptable",
    )
    .clauses(&["SUI-07", "RAT-17"])
    .mutants(&["P19"]),
    row(
        "PW-RAT-FORMAT-021n",
        "A message of unknown wire format is refused.",
        begins,
        "wire-format-unknown malformed",
    )
    .clauses(&["ENV-03", "ENC-05"])
    .mutants(&["D6"]),
];

/// The caller's data is given to both sides; the deviant body leaves it out.
fn data(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (deviation, class) = split(row);
    let (alice, bob) = listening(scene)?;
    let call = send_call(scene, alice.party, SESSION, "bound").text("authenticated_data", "6164");
    let letter = mail(&call.deviate_if(twin, deviation).ok()?, "bound")?;
    let call = receive_call(scene, bob.party, &letter, Step::Dh).text("authenticated_data", "6164");
    judged(call, twin, class)?;
    pass(scene, &alice, &bob, SESSION, "honest", after(twin))
}

/// In every message of the chain.
fn top_bit(scene: &mut Scene) -> Outcome {
    let (alice, bob) = listening(scene)?;
    for (body, step) in [("one", Step::Dh), ("two", Step::Same)] {
        let call = send_call(scene, alice.party, SESSION, body).deviate("header-top-bit");
        let letter = mail(&call.ok()?, body)?;
        receive(scene, &bob, &letter, step)?;
    }
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Dh)
}
