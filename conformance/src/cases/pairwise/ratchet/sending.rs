//! What an implementation sends: fresh keys, counters that count, one overhead.

use super::{bad, good};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    Part, SESSION, Step, answered, demand, established, mail, pass, receive, receive_call, send,
    send_call,
};
use crate::digest::hex;
use crate::scene::{Home, Scene};
use std::collections::BTreeSet;

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-RAT-KEYS-001p",
        "The initiator sends under a new ratchet key after each answer.",
        |s| keys(s, Part::Initiator),
    )
    .clauses(&["RAT-12"])
    .mutants(&["R14", "R15", "R16"]),
    good(
        "PW-RAT-KEYS-002p",
        "The responder sends under a new ratchet key after each answer.",
        |s| keys(s, Part::Responder),
    )
    .clauses(&["RAT-12", "RAT-04"])
    .mutants(&["R14", "R15", "R16"]),
    good(
        "PW-RAT-COUNT-003p",
        "The initiator numbers its messages and tells the length of its last chain.",
        |s| count(s, Part::Initiator),
    )
    .clauses(&["RAT-02", "RAT-15"])
    .mutants(&["R11"]),
    good(
        "PW-RAT-COUNT-004p",
        "The responder numbers its messages and tells the length of its last chain.",
        |s| count(s, Part::Responder),
    )
    .clauses(&["RAT-02", "RAT-15"])
    .mutants(&["R11"]),
    good(
        "PW-RAT-TALK-005p",
        "A conversation begun by the implementation goes on for many turns.",
        |s| turns(s, Part::Initiator),
    )
    .clauses(&["RAT-01", "RAT-03", "RAT-12", "RAT-14"])
    .mutants(&["R1", "R14", "R17", "R18", "R32"]),
    good("PW-RAT-TALK-006p", "A conversation begun by the peer goes on for many turns.", |s| {
        turns(s, Part::Responder)
    })
    .clauses(&["RAT-01", "RAT-03", "RAT-04", "RAT-12", "RAT-14"])
    .mutants(&["R1", "R14", "R17", "R18", "R32"]),
    good(
        "PW-RAT-OVERHEAD-007p",
        "A message is 73 bytes longer than its framed plaintext, always.",
        overhead,
    )
    .clauses(&["RAT-15", "FRM-01"])
    .mutants(&["R27"]),
    good("PW-RAT-FRESH-008p", "Equal plaintexts never give equal sealed bytes.", fresh)
        .clauses(&["RAT-01", "RAT-02"])
        .mutants(&["R19", "M9"]),
    good("PW-RAT-DATA-009p", "The caller's data is authenticated as the peer computes it.", data)
        .clauses(&["RAT-14"])
        .mutants(&["R32", "P20"]),
    good(
        "PW-RAT-CHAINEND-011p",
        "A chain has 65,536 messages and no more; an answer begins another.",
        chain_end,
    )
    .clauses(&["RAT-02", "RAT-16"])
    .mutants(&["R13"]),
    bad(
        "PW-RAT-DATALIMIT-010n",
        "More authenticated data than allowed is refused, and no number is used up.",
        data_limit,
    )
    .clauses(&["ENC-11"]),
];

/// Eight turns; the implementation's ratchet keys are those that the peer has seen in the headers.
///
/// # Errors
/// One of them comes twice.
pub fn keys(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = answered(scene, part)?;
    let mut seen = BTreeSet::new();
    let (mut from, mut to) = (&bob, &alice);
    for turn in 0..8 {
        let letter = send(scene, from, SESSION, "turn")?;
        let out = receive(scene, to, &letter, Step::Dh)?;
        if from.party.home == Home::Iut {
            let key = out.hex("x_ratchet_key")?;
            demand(seen.insert(key), &format!("turn {turn}: a ratchet key is used again"))?;
        }
        (from, to) = (to, from);
    }
    Ok(())
}

fn count(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let (iut, peer) = if alice.party.home == Home::Iut { (&alice, &bob) } else { (&bob, &alice) };
    if iut.party == bob.party {
        pass(scene, peer, iut, SESSION, "your turn", Step::Dh)?;
    }
    // One message was sent in the chain before.
    let mut previous = 1;
    for length in [3, 1, 0, 2] {
        for n in 0..length {
            let letter = send(scene, iut, SESSION, "counted")?;
            let step = if n == 0 { Step::Dh } else { Step::Same };
            let out = receive(scene, peer, &letter, step)?;
            let header = (out.integer("x_flags")?, out.integer("x_pn")?, out.integer("x_n")?);
            let expected = (0, previous, n);
            demand(header == expected, &format!("flags, pn, n are {header:?}, not {expected:?}"))?;
        }
        if length > 0 {
            previous = length;
            pass(scene, peer, iut, SESSION, "your turn", Step::Dh)?;
        }
    }
    Ok(())
}

/// Turns of one to four messages each, every third of which says nothing.
fn turns(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let (mut from, mut to) = (&alice, &bob);
    for turn in 0..24_usize {
        for n in 0..=turn % 4 {
            let body = if (turn + n) % 3 == 2 { String::new() } else { format!("{turn}, {n}") };
            pass(scene, from, to, SESSION, &body, if n == 0 { Step::Dh } else { Step::Same })?;
        }
        (from, to) = (to, from);
    }
    Ok(())
}

/// Bucket of a frame without extensions.
fn bucket(body: usize) -> usize {
    let prefix = match body {
        0..64 => 1,
        64..16_384 => 2,
        _ => 4,
    };
    let frame = 4 + prefix + body;
    match frame {
        0..=4096 => frame.next_power_of_two().max(256),
        _ => frame.next_multiple_of(4096),
    }
}

fn overhead(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let edges = [256, 512, 1024, 2048, 4096, 8192, 12_288, 65_536];
    let around = edges.into_iter().flat_map(|edge| [edge - 7, edge - 6, edge - 5]);
    let around = around.chain([16_384 - 8, 16_383, 16_384]);
    let lengths = (0..=70).step_by(7).chain(around);
    for (index, length) in lengths.enumerate() {
        let body = "m".repeat(length);
        let letter = send(scene, &alice, SESSION, &body)?;
        let (got, expected) = (letter.message.len() / 2, 73 + bucket(length));
        demand(got == expected, &format!("{length} bytes of text: {got} bytes, not {expected}"))?;
        demand(letter.message.starts_with("01"), "the wire format is not ratchet_v0")?;
        receive(scene, &bob, &letter, if index == 0 { Step::Dh } else { Step::Same })?;
    }
    Ok(())
}

fn fresh(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let mut seen = BTreeSet::new();
    for turn in 0..3 {
        for n in 0..3 {
            let letter = send(scene, &alice, SESSION, "the same")?;
            // Header and its tag, then blocks of the body: none may come again.
            let blocks = letter.message.get(2..).unwrap_or_default().as_bytes().chunks(32);
            for block in blocks.filter(|block| block.len() == 32) {
                demand(
                    seen.insert(block.to_vec()),
                    &format!("turn {turn}, {n}: a block comes again"),
                )?;
            }
            receive(scene, &bob, &letter, if n == 0 { Step::Dh } else { Step::Same })?;
        }
        pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    }
    Ok(())
}

fn data(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    for (index, length) in [0, 1, 32, 63, 64, 300, 16_384, 65_536].into_iter().enumerate() {
        let data = hex(&vec![0xad; length]);
        let out =
            send_call(scene, alice.party, SESSION, "with data").text("authenticated_data", &data);
        let letter = mail(&out.accepted()?, "with data")?;
        let step = if index == 0 { Step::Dh } else { Step::Same };
        receive_call(scene, bob.party, &letter, step)
            .text("authenticated_data", &data)
            .accepted()?;
    }
    Ok(())
}

fn chain_end(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    for _ in 1..65_536 {
        send_call(scene, bob.party, SESSION, "").ok()?;
    }
    send_call(scene, bob.party, SESSION, "one too many").refused_with("chain_exhausted")?;
    pass(scene, &alice, &bob, SESSION, "go on", Step::Dh)?;
    send(scene, &bob, SESSION, "in a new chain").map(drop)
}

fn data_limit(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let length = twin.pick(65_536, 65_537);
    let call =
        send_call(scene, alice.party, SESSION, "much").repeat("authenticated_data", 0, length);
    call.judged(twin)?;
    let letter = send(scene, &alice, SESSION, "little")?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    let (n, expected) = (out.integer("x_n")?, twin.pick(1, 0));
    demand(n == expected, &format!("the next message has number {n}, not {expected}"))
}
