//! Messages changed under way. Each change is refused, the state stays, and the honest message is
//! accepted afterwards.

use super::{bad, listening, receive_changed};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{Mail, SESSION, Step, judged_with, pass, receive, send};
use crate::digest::{hex, unhex};
use crate::scene::Scene;

/// The cases.
pub const CASES: &[Case] = &[
    bad(
        "PW-RAT-FLIP-001n",
        "A changed bit in the sealed header is refused, and nothing moves on.",
        |s, t| flips(s, t, Step::Dh, HEADER),
    )
    .clauses(&["RAT-06", "RAT-17", "SUI-07"])
    .mutants(&["R1", "R4", "P19", "S6"]),
    bad(
        "PW-RAT-FLIP-002n",
        "A changed bit in the header's tag is refused, and nothing moves on.",
        |s, t| flips(s, t, Step::Dh, HEADER_TAG),
    )
    .clauses(&["RAT-06", "RAT-17", "SUI-07"])
    .mutants(&["R1", "R4", "P19", "S6"]),
    bad(
        "PW-RAT-FLIP-003n",
        "A changed bit in a body that begins a chain is refused; no DH step is made.",
        |s, t| flips(s, t, Step::Dh, BODY),
    )
    .clauses(&["RAT-06", "RAT-17"])
    .mutants(&["R3", "R4", "S6"]),
    bad(
        "PW-RAT-FLIP-004n",
        "A changed bit in a body's tag is refused; no DH step is made.",
        |s, t| flips(s, t, Step::Dh, TAG),
    )
    .clauses(&["RAT-06", "RAT-17", "SUI-07"])
    .mutants(&["R3", "R4", "P11", "P19", "S6"]),
    bad("PW-RAT-FLIP-005n", "A changed bit in a header within a chain is refused.", |s, t| {
        flips(s, t, Step::Same, HEADER)
    })
    .clauses(&["RAT-06", "RAT-17"])
    .mutants(&["R3", "S6"]),
    bad(
        "PW-RAT-FLIP-006n",
        "A changed bit in a body within a chain is refused; the chain stays.",
        |s, t| flips(s, t, Step::Same, BODY),
    )
    .clauses(&["RAT-06", "RAT-17"])
    .mutants(&["R3", "S6"]),
    bad(
        "PW-RAT-FLIP-007n",
        "A changed bit in a tag within a chain is refused; the chain stays.",
        |s, t| flips(s, t, Step::Same, TAG),
    )
    .clauses(&["RAT-06", "RAT-17", "SUI-07"])
    .mutants(&["R3", "P11", "P19", "S6"]),
    bad(
        "PW-RAT-FLIP-008n",
        "A changed body behind a gap is refused; nothing is stored as skipped.",
        gap,
    )
    .clauses(&["RAT-06"])
    .mutants(&["R3", "R8"]),
    bad(
        "PW-RAT-FLIP-009n",
        "A changed body of a skipped message is refused; its key stays.",
        skipped,
    )
    .clauses(&["RAT-06", "RAT-09"])
    .mutants(&["R3"]),
    bad(
        "PW-RAT-FORMAT-010n",
        "Another wire format in a session's mailbox is refused.",
        wire_format,
    )
    .clauses(&["ENV-03", "ENC-05"])
    .mutants(&["D6"]),
    bad("PW-RAT-SHORT-011n", "A truncated message is refused, whatever its length.", truncated)
        .clauses(&["ENC-13", "RAT-06", "SUI-07"])
        .mutants(&["D3", "P19"]),
    bad("PW-RAT-LONG-012n", "A message with bytes behind it is refused.", longer)
        .clauses(&["RAT-06", "RAT-17"])
        .mutants(&["D2"]),
    bad("PW-RAT-MIXED-013n", "A header with another message's body is refused.", mixed)
        .clauses(&["RAT-14", "RAT-17"])
        .mutants(&["R1"]),
];

/// Offsets in a message of 73 + 256 bytes.
type Region = std::ops::Range<usize>;
const HEADER: Region = 1..41;
const HEADER_TAG: Region = 41..57;
const BODY: Region = 57..313;
const TAG: Region = 313..329;

fn flipped(message: &str, at: usize, bit: u8) -> String {
    let mut bytes = unhex(message).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bit;
    }
    hex(&bytes)
}

/// Each byte of a short region, every seventh of a long one, one bit each.
fn flips(scene: &mut Scene, twin: Twin, step: Step, region: Region) -> Outcome {
    let (alice, bob) = listening(scene)?;
    if step == Step::Same {
        pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    }
    let letter = send(scene, &alice, SESSION, "honest")?;
    let stride = if region.len() > 64 { 7 } else { 1 };
    if twin == Twin::Deviant {
        for (index, at) in region.step_by(stride).enumerate() {
            let message = flipped(&letter.message, at, 1 << (index % 8));
            receive_changed(scene, bob.party, &letter, &message, step)
                .refused_with("undecryptable")?;
        }
    }
    receive(scene, &bob, &letter, step)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Dh)
}

fn gap(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    let skipped = send(scene, &alice, SESSION, "skipped")?;
    let letter = send(scene, &alice, SESSION, "behind the gap")?;
    let message = twin.pick(letter.message.clone(), flipped(&letter.message, 100, 1));
    let call = receive_changed(scene, bob.party, &letter, &message, Step::Same);
    judged_with(call, twin, "undecryptable")?;
    receive(scene, &bob, &skipped, Step::Same)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Same)
}

fn skipped(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let letter = send(scene, &alice, SESSION, "skipped")?;
    let other = send(scene, &alice, SESSION, "skipped too")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    let message = twin.pick(letter.message.clone(), flipped(&letter.message, 100, 1));
    let call = receive_changed(scene, bob.party, &letter, &message, Step::Same);
    judged_with(call, twin, "undecryptable")?;
    let next = twin.pick(&other, &letter);
    receive(scene, &bob, next, Step::Same).map(drop)
}

fn wire_format(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let letter = send(scene, &alice, SESSION, "honest")?;
    if twin == Twin::Deviant {
        for format in [0x00, 0x02, 0x03, 0x0a, 0x7f, 0x81, 0xff] {
            let message = flipped(&letter.message, 0, 0x01 ^ format);
            let call = receive_changed(scene, bob.party, &letter, &message, Step::Dh);
            call.refused_with("malformed")?;
        }
    }
    receive(scene, &bob, &letter, Step::Dh).map(drop)
}

/// Below 73 bytes it is malformed, from there on undecryptable.
fn truncated(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let letter = send(scene, &alice, SESSION, "honest")?;
    if twin == Twin::Deviant {
        let near = [72, 73, 74, 88, 89, 297, 312, 313, 314, 317, 321, 325, 327, 328];
        for length in (0..72).chain(near).chain((90..290).step_by(16)) {
            let message = letter.message.get(..2 * length).unwrap_or_default();
            let call = receive_changed(scene, bob.party, &letter, message, Step::Dh);
            call.refused_with(if length < 73 { "malformed" } else { "undecryptable" })?;
        }
    }
    receive(scene, &bob, &letter, Step::Dh).map(drop)
}

fn longer(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let letter = send(scene, &alice, SESSION, "honest")?;
    if twin == Twin::Deviant {
        for tail in ["00", "01", &"00".repeat(16), &"00".repeat(256)] {
            let message = format!("{}{tail}", letter.message);
            let call = receive_changed(scene, bob.party, &letter, &message, Step::Dh);
            call.refused_with("undecryptable")?;
        }
    }
    receive(scene, &bob, &letter, Step::Dh).map(drop)
}

/// In the control twin the halves are of one message.
fn mixed(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = listening(scene)?;
    let one = send(scene, &alice, SESSION, "one")?;
    let two = send(scene, &alice, SESSION, "two")?;
    let half = |mail: &Mail, first: bool| {
        let cut = 2 * HEADER_TAG.end;
        let half = if first { mail.message.get(..cut) } else { mail.message.get(cut..) };
        half.unwrap_or_default().to_owned()
    };
    let message = half(&one, true) + &half(twin.pick(&one, &two), false);
    let call = receive_changed(scene, bob.party, &one, &message, Step::Dh);
    judged_with(call, twin, "undecryptable")?;
    receive(scene, &bob, &two, super::after(twin))?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}
