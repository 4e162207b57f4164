//! The inner frame: content types, extensions, padding, and what the library does with a body.

use super::codec::draft::Draft;
use super::ratchet::bounds::{begins, goes_on};
use super::stage::{
    Device, Mail, Part, SESSION, Step, WATCH, demand, established, judged_with, mail, pass,
    receive, receive_call, send, send_call, status,
};
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::digest::hex;
use crate::scene::{Call, Home, Out, Party, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    good("PW-FRM-TYPE-001p", "Content types for the caller reach the peer's caller.", |s| {
        types(s, Part::Initiator)
    })
    .clauses(&["FRM-03"]),
    good("PW-FRM-TYPE-002p", "Content types for the caller are handed to the caller.", |s| {
        types(s, Part::Responder)
    })
    .clauses(&["FRM-03"]),
    row(
        "PW-FRM-TYPE-003n",
        "A frame of unknown content type is refused.",
        begins,
        "frame-type-unknown unsupported_version",
    )
    .clauses(&["FRM-03", "FRM-05"])
    .mutants(&["D6"]),
    row(
        "PW-FRM-TYPE-004n",
        "A frame of unknown content type within a chain is refused.",
        goes_on,
        "frame-type-unknown unsupported_version",
    )
    .clauses(&["FRM-03", "RAT-06"])
    .mutants(&["D6", "R3"]),
    row(
        "PW-FRM-VERSION-005n",
        "A frame of another version is refused.",
        begins,
        "frame-version unsupported_version",
    )
    .clauses(&["FRM-03"]),
    row(
        "PW-FRM-CRITICAL-006n",
        "An unknown critical extension is refused.",
        begins,
        "critical-extension critical_extension",
    )
    .clauses(&["FRM-04", "ENC-08"])
    .mutants(&["R28"]),
    row(
        "PW-FRM-CRITICAL-007n",
        "An unknown critical extension within a chain is refused.",
        goes_on,
        "critical-extension critical_extension",
    )
    .clauses(&["FRM-04", "ENC-08", "RAT-06"])
    .mutants(&["R28", "R3"]),
    row(
        "PW-FRM-ORDER-008n",
        "A frame with extensions out of order is refused.",
        begins,
        "extensions-unordered malformed",
    )
    .clauses(&["ENC-07"]),
    row(
        "PW-FRM-REPEAT-009n",
        "A frame with a repeated extension is refused.",
        begins,
        "extension-repeated malformed",
    )
    .clauses(&["ENC-07"]),
    row("PW-FRM-PAD-010n", "Padding that is not zero is refused.", begins, "pad-nonzero malformed")
        .clauses(&["FRM-01"]),
    row(
        "PW-FRM-PAD-011n",
        "A frame in another bucket than the smallest is refused.",
        begins,
        "pad-wrong-bucket malformed",
    )
    .clauses(&["FRM-01"])
    .mutants(&["R27"]),
    row(
        "PW-FRM-TRAILING-012n",
        "Bytes between body and padding are refused.",
        begins,
        "frame-trailing malformed",
    )
    .clauses(&["ENC-02", "FRM-01"])
    .mutants(&["D2"]),
    good(
        "PW-FRM-SEND-016p",
        "Non-critical extensions reach the peer as they were given.",
        own_extensions,
    )
    .clauses(&["FRM-04"]),
    bad("PW-FRM-LARGEST-017n", "A frame longer than a mebibyte is not sent.", largest)
        .clauses(&["FRM-02"]),
    good("PW-FRM-LARGEST-018p", "The longest frame is received.", largest_received)
        .clauses(&["FRM-02"]),
    good("PW-FRM-CLOSE-019p", "A session that the peer closes is closed.", closed)
        .clauses(&["REP-10", "FRM-05"]),
    bad("PW-FRM-CLOSE-020n", "Nothing is sent in a session that the peer has closed.", |s, t| {
        closing(s, t, Part::Responder)
    })
    .clauses(&["REP-10"]),
    bad("PW-FRM-CLOSE-021n", "Nothing is sent in a session after `close`.", |s, t| {
        closing(s, t, Part::Initiator)
    })
    .clauses(&["REP-10"]),
    bad("PW-FRM-CLOSE-022n", "Nothing is received in a session after `close`.", closed_receives)
        .clauses(&["REP-10", "ENV-04"]),
    bad(
        "PW-FRM-CLOSEBODY-013n",
        "A `close` with a body is refused, and the session stays open.",
        |s, t| plain(s, t, 1, ("", "00"), "malformed"),
    )
    .clauses(&["FRM-05"]),
    positive_of(
        "PW-FRM-GREASE-014p",
        "Extensions of GREASE types from the peer are ignored.",
        allowed,
        "extension-grease",
    )
    .clauses(&["FRM-04", "ENC-08"])
    .mutants(&["D7"]),
    good(
        "PW-FRM-UNKNOWN-015p",
        "Unknown non-critical extensions are handed to the caller.",
        unknown,
    )
    .clauses(&["FRM-04", "ENC-08"])
    .mutants(&["D7", "D9"]),
    row(
        "PW-FRM-PAD-036n",
        "A frame without its padding is refused.",
        begins,
        "pad-missing malformed",
    )
    .clauses(&["FRM-01"])
    .mutants(&["R27"]),
    row(
        "PW-FRM-MINIMAL-037n",
        "A frame with a length in more bytes than needed is refused.",
        begins,
        "frame-non-minimal-length malformed",
    )
    .clauses(&["ENC-01"])
    .mutants(&["D1"]),
    row(
        "PW-FRM-CRITICAL-038n",
        "A GREASE type among the critical extensions is refused.",
        begins,
        "critical-grease critical_extension",
    )
    .clauses(&["FRM-04", "ENC-08"])
    .mutants(&["R28"]),
    positive_of(
        "PW-FRM-ABSORB-039p",
        "The extension `absorb` with a session that nobody knows is ignored.",
        allowed,
        "absorb-unknown-session",
    )
    .clauses(&["REP-06"]),
    positive_of(
        "PW-FRM-ABSORB-040p",
        "The extension `absorb` with data that is no session id is ignored.",
        allowed,
        "absorb-malformed",
    )
    .clauses(&["REP-06"])
    .mutants(&["D3"]),
];

/// A positive case of this topic.
pub const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, WATCH).with_peer()
}

/// A negative case of this topic.
pub const fn bad(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin) -> Outcome,
) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, WATCH).with_peer()
}

const fn row(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, Twin, &'static str) -> Outcome,
    row: &'static str,
) -> Case {
    Case::negative_of(id, title, run, row).suite("core").needs(Access::L2, WATCH).with_peer()
}

const fn positive_of(
    id: &'static str,
    title: &'static str,
    run: fn(&mut Scene, &'static str) -> Outcome,
    row: &'static str,
) -> Case {
    Case::positive_of(id, title, run, row).suite("core").needs(Access::L2, WATCH).with_peer()
}

/// `pw.send` of a content type with a body in hexadecimal.
pub fn typed_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    from: Party,
    content_type: u64,
    body: &str,
) -> Call<'s, 'a> {
    let call = scene.call(from, "pw.send").session(SESSION);
    call.integer("content_type", content_type).text("body", body)
}

/// What `pw.send` gave, with the body in hexadecimal.
pub fn typed_mail(out: &Out, body: &str) -> Outcome<Mail> {
    Ok(Mail { body: body.to_owned(), ..mail(out, "")? })
}

/// Sends a content type.
pub fn send_typed(
    scene: &mut Scene,
    from: &Device,
    content_type: u64,
    body: &str,
) -> Outcome<Mail> {
    let out = typed_call(scene, from.party, content_type, body).accepted()?;
    typed_mail(&out, body)
}

fn types(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let receipt = hex(Draft::new().u8(1).opaque(&[7; 16]).bytes());
    for (index, (content_type, body)) in
        [(0, ""), (0, "00ff"), (5, "6c6162656c"), (6, receipt.as_str()), (5, "")]
            .into_iter()
            .enumerate()
    {
        let letter = send_typed(scene, &alice, content_type, body)?;
        let step = if index == 0 { Step::Dh } else { Step::Same };
        let out = receive(scene, &bob, &letter, step)?;
        let got = out.integer("content_type")?;
        demand(got == content_type, &format!("content type {got}, not {content_type}"))?;
    }
    Ok(())
}

/// A deviation that must be accepted.
fn allowed(scene: &mut Scene, deviation: &'static str) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    for step in [Step::Dh, Step::Same] {
        let call = send_call(scene, alice.party, SESSION, "unusual").deviate(deviation);
        let letter = mail(&call.ok()?, "unusual")?;
        receive(scene, &bob, &letter, step)?;
    }
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Dh)
}

/// A body that the peer sends unchecked: well formed in the control twin.
///
/// # Errors
/// It does otherwise, or the honest message behind it is refused.
pub fn unchecked(
    scene: &mut Scene,
    twin: Twin,
    (alice, bob): (&Device, &Device),
    content_type: u64,
    (good, bad): (&str, &str),
    class: &str,
) -> Outcome {
    let body = twin.pick(good, bad);
    let call = typed_call(scene, alice.party, content_type, body).deviate("body-unchecked");
    let letter = typed_mail(&call.ok()?, body)?;
    judged_with(receive_call(scene, bob.party, &letter, Step::Dh), twin, class)?;
    match (twin, content_type) {
        (Twin::Control, 1) => Ok(()),
        _ => pass(scene, alice, bob, SESSION, "honest", super::ratchet::after(twin)),
    }
}

/// The same between Alice in the peer and Bob in the implementation.
///
/// # Errors
/// As [`unchecked`].
pub fn plain(
    scene: &mut Scene,
    twin: Twin,
    content_type: u64,
    bodies: (&str, &str),
    class: &str,
) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    unchecked(scene, twin, (&alice, &bob), content_type, bodies, class)
}

fn items(list: &[&str]) -> Vec<String> {
    list.iter().map(|&item| item.to_owned()).collect()
}

fn unknown(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let given = items(&["0a0a:", "1a1a:677265617365", "f001:00", "fafa:ff"]);
    let call = send_call(scene, alice.party, SESSION, "more").list("non_critical", &given);
    let letter = mail(&call.ok()?, "more")?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    let got = out.list("non_critical")?;
    demand(got == given, &format!("the caller gets the extensions {got:?}"))
}

fn own_extensions(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let given = items(&["7a7a:0102", "f0ff:"]);
    let call = send_call(scene, alice.party, SESSION, "more").list("non_critical", &given);
    let letter = mail(&call.accepted()?, "more")?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    let got = out.list("non_critical")?;
    demand(got == given, &format!("the peer gets the extensions {got:?}"))
}

/// A line of the largest frame has more than two mebibytes; adapters may accept less.
fn long_lines(scene: &mut Scene) -> Outcome {
    for home in [Home::Iut, Home::Peer] {
        if scene.adapter(home)?.hello().largest_line < 3 << 20 {
            let what = format!("{home} does not accept lines of three mebibytes");
            return Err(Stop::Unsupported(what));
        }
    }
    Ok(())
}

/// A frame of a mebibyte holds 8 bytes less of body.
fn largest(scene: &mut Scene, twin: Twin) -> Outcome {
    long_lines(scene)?;
    let (alice, bob) = established(scene, Part::Initiator)?;
    let length = (1 << 20) - twin.pick(8, 7);
    let call = scene.call(alice.party, "pw.send").session(SESSION).repeat("body", 7, length);
    judged_with(call, twin, "limit")?;
    let letter = send(scene, &alice, SESSION, "short")?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    demand(out.integer("x_n")? == twin.pick(1, 0), "the refused message took a number")
}

fn largest_received(scene: &mut Scene) -> Outcome {
    long_lines(scene)?;
    let (alice, bob) = established(scene, Part::Responder)?;
    let length = (1 << 20) - 8;
    let call = scene.call(alice.party, "pw.send").session(SESSION).repeat("body", 7, length);
    let letter = typed_mail(&call.ok()?, &"07".repeat(length as usize))?;
    receive(scene, &bob, &letter, Step::Dh).map(drop)
}

fn closed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let letter = send_typed(scene, &alice, 1, "")?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    demand(out.integer("content_type")? == 1, "the caller is not told of the close")?;
    status(scene, &bob, SESSION, "closed")
}

/// In the control twin nobody closes.
fn closing(scene: &mut Scene, twin: Twin, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    let letter = send_typed(scene, &alice, twin.pick(0, 1), "")?;
    receive(scene, &bob, &letter, Step::Dh)?;
    let iut = if alice.party.home == Home::Iut { &alice } else { &bob };
    judged_with(send_call(scene, iut.party, SESSION, "more"), twin, "closed")
}

/// A message that was sent before the `close` arrives behind it.
fn closed_receives(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let early = send(scene, &alice, SESSION, "sent before")?;
    let letter = send_typed(scene, &alice, twin.pick(0, 1), "")?;
    receive(scene, &bob, &letter, Step::Dh)?;
    judged_with(receive_call(scene, bob.party, &early, Step::Same), twin, "undecryptable")
}
