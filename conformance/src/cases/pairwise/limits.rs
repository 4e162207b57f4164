//! What is exactly as large, as many or as late as a limit allows must work, at the defaults of page *Limits*.

use super::stage::{
    DAY, Device, EXPORT, Keys, LIFETIME, Mail, Part, RENEW, Setup, Step, USUAL, WATCH, accept,
    accept_call, batch_call, bundle, cast, connect, count, device, device_as, established, event,
    fetch, initiate, initiate_call, meet, pass, receive_call, send, send_call, vector, waiting,
};
use super::twins::{apply_call, judge};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Call, Home, START, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative("PW-LIM-LISTS-001n", "Sixteen lists are taken together, seventeen are not.", lists), &["LIM-01", "ID-20"]).needs(Access::L2, RENEW),
    case(Case::positive("PW-LIM-BATCH-002p", "A bundle of a batch of 1,024 keys is taken.", |s| batch(s, Part::Initiator)), &["LIM-01", "PRE-10"]),
    case(Case::positive("PW-LIM-BATCH-003p", "A batch of 1,024 keys is made, and its last key answers.", |s| batch(s, Part::Responder)), &["LIM-01", "PRE-01"]),
    case(Case::positive("PW-LIM-LIFETIME-004p", "A bundle of a batch of the longest lifetime is taken.", lifetime), &["PRE-08", "LIM-02"]),
    case(Case::positive("PW-LIM-PSK-005p", "An external PSK whose id has 4,096 bytes is used.", |s| psk(s, Part::Initiator)), &["LIM-01", "HS-01"]),
    case(Case::positive("PW-LIM-PSK-006p", "An external PSK whose id has 4,096 bytes is found.", |s| psk(s, Part::Responder)), &["LIM-01", "HS-01"]),
    case(Case::negative("PW-LIM-PSK-015n", "An external PSK whose id is longer than 4,096 bytes is misuse.", psk_too_long), &["LIM-01", "HS-14"]),
    case(Case::positive("PW-LIM-EXPORT-016p", "Label and context of an export may have 4,096 bytes each.", export), &["RAT-18"]).needs(Access::L2, EXPORT),
    case(Case::negative("PW-LIM-EXPORT-017n", "Label and context of an export have 4,096 bytes at most.", export_too_long), &["RAT-18"]).needs(Access::L2, EXPORT),
    case(Case::positive("PW-LIM-SUITES-007p", "A responder with eight suites is met.", |s| edge(s, Part::Initiator, &EIGHT)), &["LIM-01", "SUI-09"]),
    case(Case::positive("PW-LIM-SUITES-008p", "An initiator with eight suites is met.", |s| edge(s, Part::Responder, &EIGHT)), &["LIM-01", "SUI-09"]),
    case(Case::positive("PW-LIM-VALID-009p", "A responder's credential is valid in its last second.", |s| edge(s, Part::Initiator, &LAST)), &["ID-12", "LIM-02"]),
    case(Case::positive("PW-LIM-VALID-010p", "An initiator's credential is valid in its last second.", |s| edge(s, Part::Responder, &LAST)), &["ID-12", "LIM-02"]),
    case(Case::positive("PW-LIM-VALID-011p", "A responder's credential may be valid from clock_skew ahead.", |s| edge(s, Part::Initiator, &AHEAD)), &["ID-12", "LIM-02"]),
    case(Case::positive("PW-LIM-VALID-012p", "An initiator's credential may be valid from clock_skew ahead.", |s| edge(s, Part::Responder, &AHEAD)), &["ID-12", "LIM-02"]),
    case(Case::negative("PW-LIM-FIRST-013n", "A thousand messages go without an answer, and no more.", first_messages), &["HS-06"]),
    case(Case::negative("PW-LIM-ARCHIVED-014n", "Four archived sessions are kept, and no more.", archived), &["REP-09"]),
];

/// Bob's lists 1 to 16, or to 17, in one series.
fn lists(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let mut lists = vec![bob.list.clone()];
    for _ in 1..twin.pick(16, 17) {
        let call = scene.call(bob.party, "pw.renew").long("not_after", START + 400 * DAY);
        lists.push(call.ok()?.hex("device_list")?);
    }
    let series: Vec<&str> = lists.iter().map(String::as_str).collect();
    judge(apply_call(scene, &alice, &bob, &vector(&series)), twin, "malformed")?;
    connect(scene, &alice, &bob, "s")
}

/// The last one-time key of the largest batch.
fn batch(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = cast(scene, part)?;
    let generation = batch_call(scene, bob.party, 1022, 0, LIFETIME).ok()?.integer("generation")?;
    let served = bundle(scene, &bob, generation, Keys { one_time: Some(1023), kem: 1 })?;
    initiate(scene, &alice, &bob, "s", &served)?;
    meet(scene, &alice, &bob, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn lifetime(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = batch_call(scene, bob.party, 0, 0, 30 * DAY).ok()?.integer("generation")?;
    let served = bundle(scene, &bob, generation, Keys::LAST)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    meet(scene, &alice, &bob, "s").map(drop)
}

fn psk(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = cast(scene, part)?;
    let (id, psk) = ("6b".repeat(4096), "5f".repeat(32));
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    call.text("psk_id", &id).text("psk", &psk).accepted()?;
    let first = send(scene, &alice, "s", "hello")?;
    let call = accept_call(scene, bob.party, &first, "s").text("psk_id", &id).text("psk", &psk);
    event(&call.accepted()?, &bob, "new_session")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn psk_too_long(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "s", &served);
    let id = "6b".repeat(twin.pick(4096, 4097));
    judge(call.text("psk_id", &id).text("psk", &"5f".repeat(32)), twin, "misuse")
}

/// `pw.export` with so many bytes of label and context.
fn export_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    at: &Device,
    label: usize,
    context: usize,
) -> Call<'s, 'a> {
    let call = scene.call(at.party, "pw.export").session("s").text("label", &"6c".repeat(label));
    call.text("context", &"63".repeat(context)).integer("length", 32)
}

fn export(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let own = export_call(scene, &alice, 4096, 4096).ok()?.hex("secret")?;
    export_call(scene, &bob, 4096, 4096).ok()?.is("secret", &own)?;
    Ok(())
}

fn export_too_long(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, _) = established(scene, Part::Initiator)?;
    for (label, context) in [(4097, 0), (0, 4097)] {
        match twin {
            Twin::Control => {
                export_call(scene, &alice, label - label / 4097, 4096).ok().map(drop)?
            }
            Twin::Deviant => export_call(scene, &alice, label, context).refused_with("limit")?,
        }
    }
    Ok(())
}

const EIGHT: Setup =
    Setup { suites: &["0a0a", "1a1a", "f001", "0001", "f002", "f003", "f004", "f005"], ..USUAL };
const LAST: Setup = Setup { not_after: START + 1, ..USUAL };
const AHEAD: Setup = Setup { not_before: START + 300, ..USUAL };

/// A handshake with a peer that was made so; the implementation is as usual.
fn edge(scene: &mut Scene, part: Part, setup: &Setup) -> Outcome {
    let (iut, peer) =
        (device(scene, "alice", Home::Iut)?, device_as(scene, "bob", Home::Peer, setup)?);
    match part {
        Part::Initiator => connect(scene, &iut, &peer, "s"),
        Part::Responder => connect(scene, &peer, &iut, "s"),
    }
}

fn first_messages(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    for _ in 0..twin.pick(999, 1000) {
        send_call(scene, alice.party, "s", "").ok()?;
    }
    judge(send_call(scene, alice.party, "s", "hello"), twin, "limit")?;
    // The caller gives it up; the next handshake is met.
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    meet(scene, &alice, &bob, "t").map(drop)
}

/// What was under way in the first of five sessions, or of six.
fn archived(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let under_way = send(scene, &bob, "s", "under way")?;
    let names: &[&str] = twin.pick(&["t", "u", "v", "w"], &["t", "u", "v", "w", "x"]);
    for session in names {
        resume(scene, &alice, &bob, session)?;
    }
    count(scene, &alice, "sessions", 5)?;
    judge(receive_call(scene, alice.party, &under_way, Step::Same), twin, "undecryptable")
}

fn resume(scene: &mut Scene, alice: &Device, bob: &Device, session: &str) -> Outcome {
    let served = fetch(scene, bob)?;
    initiate(scene, alice, bob, session, &served)?;
    let first: Mail = send(scene, alice, session, "hello again")?;
    accept(scene, bob, &first, session)?;
    pass(scene, bob, alice, session, "hello again to you", Step::Dh)
}
