//! The inner frame: content types, extensions, padding, and what the library does with a body.

use super::codec::draft::Draft;
use super::ratchet::bounds::{begins, goes_on};
use super::stage::{
    DAY, Device, Mail, Part, SESSION, Step, WATCH, demand, demand_of, established, judged_with,
    mail, pass, receive, receive_call, send, send_call, status, vector,
};
use super::state::records::Reader;
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Call, Home, Out, Party, START, Scene};

const RENEW: &[&str] =
    &["party.new", "party.observe", "pw.create", "pw.send", "pw.receive", "pw.renew"];

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
    good(
        "PW-FRM-RENEWAL-023p",
        "A renewed credential of the peer's is accepted and its list pinned.",
        |s| renewal(s, Part::Responder),
    )
    .clauses(&["ID-15", "ID-16", "FRM-06"])
    .needs(Access::L2, RENEW),
    good("PW-FRM-RENEWAL-024p", "The peer accepts a renewed credential.", |s| {
        renewal(s, Part::Initiator)
    })
    .clauses(&["ID-15"])
    .needs(Access::L2, RENEW),
    good(
        "PW-FRM-RENEWAL-025p",
        "An announcement received before changes nothing and does no harm.",
        twice,
    )
    .clauses(&["FRM-06"])
    .needs(Access::L2, RENEW),
    bad(
        "PW-FRM-RENEWAL-026n",
        "An older list in an announcement is refused, with its class.",
        older,
    )
    .clauses(&["FRM-05", "ID-06", "ID-16"])
    .needs(Access::L2, RENEW),
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
    bad("PW-FRM-RENEWAL-027n", "An announcement of another account is refused.", |s, t| {
        foreign(s, t, 2)
    })
    .clauses(&["FRM-06", "FRM-05"])
    .needs(Access::L2, RENEW),
    bad("PW-FRM-LIST-028n", "A device list of another account is refused.", |s, t| {
        foreign(s, t, 3)
    })
    .clauses(&["FRM-06", "FRM-05"])
    .needs(Access::L2, RENEW),
    bad("PW-FRM-LIST-029n", "A list with a renewal that no device attests is refused.", |s, t| {
        list(s, t, unattested, "unauthorised_device")
    })
    .clauses(&["FRM-05", "ID-08", "ID-16"])
    .mutants(&["H30"])
    .needs(Access::L2, RENEW),
    bad(
        "PW-FRM-LIST-030n",
        "A malformed device list is refused, and the list pinned stays.",
        |s, t| list(s, t, cut, "malformed"),
    )
    .clauses(&["FRM-05", "ID-16", "ENC-13"])
    .mutants(&["D3"])
    .needs(Access::L2, RENEW),
    bad("PW-FRM-LIST-031n", "A device list with bytes behind it is refused.", |s, t| {
        list(s, t, longer, "malformed")
    })
    .clauses(&["FRM-05", "ENC-02"])
    .mutants(&["D2"])
    .needs(Access::L2, RENEW),
    bad("PW-FRM-LIST-032n", "A device list whose signature is wrong is refused.", |s, t| {
        list(s, t, forged, "bad_signature")
    })
    .clauses(&["FRM-05", "ID-05"])
    .needs(Access::L2, RENEW),
    bad("PW-FRM-LIST-033n", "An announcement of no list at all is refused.", |s, t| {
        list(s, t, none, "malformed")
    })
    .clauses(&["FRM-05", "ID-20"])
    .needs(Access::L2, RENEW),
    bad(
        "PW-FRM-ROTATION-034n",
        "A rotation that is too short or too long is refused.",
        rotation_length,
    )
    .clauses(&["FRM-05", "ENC-02"])
    .mutants(&["D2", "D3"]),
    bad("PW-FRM-ROTATION-035n", "A rotation that does not grow is refused.", |s, t| {
        plain(s, t, 4, ("00000001", "00000000"), "malformed")
    })
    .clauses(&["FRM-05", "ENV-05"]),
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

const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, WATCH).with_peer()
}

const fn bad(id: &'static str, title: &'static str, run: fn(&mut Scene, Twin) -> Outcome) -> Case {
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
fn unchecked(
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

fn plain(
    scene: &mut Scene,
    twin: Twin,
    content_type: u64,
    bodies: (&str, &str),
    class: &str,
) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    unchecked(scene, twin, (&alice, &bob), content_type, bodies, class)
}

fn rotation_length(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    pass(scene, &alice, &bob, SESSION, "first", Step::Dh)?;
    for bad in ["", "01", "000001", "0000000100"] {
        let body = twin.pick("00000001", bad);
        let call = typed_call(scene, alice.party, 4, body).deviate("body-unchecked");
        let letter = typed_mail(&call.ok()?, body)?;
        let call = receive_call(scene, bob.party, &letter, Step::Same);
        judged_with(call, twin, "malformed")?;
        if twin == Twin::Control {
            break;
        }
    }
    pass(scene, &alice, &bob, SESSION, "honest", Step::Same)
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

/// A renewal: the lists and the body of a `credential_update`.
fn renew(scene: &mut Scene, device: &Device) -> Outcome<(String, String)> {
    let call = scene.call(device.party, "pw.renew").long("not_after", START + 300 * DAY);
    let out = call.accepted()?;
    let lists = vector(&[&out.hex("device_list")?]);
    let body = format!("{lists}{}", out.hex("credential")?);
    Ok((lists, body))
}

fn renewal(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = established(scene, part)?;
    scene.advance(60, &[alice.party, bob.party])?;
    let (lists, body) = renew(scene, &alice)?;
    let letter = send_typed(scene, &alice, 2, &body)?;
    let out = receive(scene, &bob, &letter, Step::Dh)?;
    demand(out.integer("content_type")? == 2, "the caller is not told of the renewal")?;
    // What is pinned now: the new list again is fine, the first one is older.
    let apply = |scene: &mut Scene, lists: &str| {
        let call = scene.call(bob.party, "pw.apply_lists").text("account_id", &alice.account);
        call.text("device_lists", lists).send()
    };
    let accepted = |decision| matches!(decision, crate::scene::Decision::Accepted(_));
    let (new, first) = (apply(scene, &lists)?, apply(scene, &alice.lists())?);
    demand_of(bob.party.home, accepted(new), || "the new list is not pinned".to_owned())?;
    demand_of(bob.party.home, !accepted(first), || "the first list is still accepted".to_owned())?;
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "goes on", Step::Dh)
}

fn twice(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let (lists, body) = renew(scene, &alice)?;
    for (index, (kind, body)) in
        [(2, &body), (2, &body), (3, &lists), (3, &lists)].into_iter().enumerate()
    {
        let letter = send_typed(scene, &alice, kind, body)?;
        receive(scene, &bob, &letter, if index == 0 { Step::Dh } else { Step::Same })?;
    }
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)
}

/// Two renewals; the older announcement arrives behind the newer (deviant) or before it.
fn older(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let (_, body) = renew(scene, &alice)?;
    let first = send_typed(scene, &alice, 2, &body)?;
    let (_, body) = renew(scene, &alice)?;
    let second = send_typed(scene, &alice, 2, &body)?;
    let filler = send(scene, &alice, SESSION, "filler")?;
    receive(scene, &bob, twin.pick(&filler, &second), Step::Dh)?;
    judged_with(receive_call(scene, bob.party, &first, Step::Same), twin, "rollback")?;
    receive(scene, &bob, twin.pick(&second, &filler), Step::Same).map(drop)
}

/// In the deviant twin Alice announces what is Carol's.
fn foreign(scene: &mut Scene, twin: Twin, content_type: u64) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let carol = super::stage::device(scene, "carol", Home::Peer)?;
    let (own, theirs) = (renew(scene, &alice)?, renew(scene, &carol)?);
    let bodies = if content_type == 2 { (own.1, theirs.1) } else { (own.0, theirs.0) };
    let bodies = (bodies.0.as_str(), bodies.1.as_str());
    unchecked(scene, twin, (&alice, &bob), content_type, bodies, "identity_mismatch")
}

/// A renewal's list as it is, or spoilt.
fn list(
    scene: &mut Scene,
    twin: Twin,
    spoil: fn(&[u8]) -> Outcome<Vec<u8>>,
    class: &str,
) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let (lists, _) = renew(scene, &alice)?;
    let bad = hex(&spoil(&unhex(&lists).unwrap_or_default())?);
    unchecked(scene, twin, (&alice, &bob), 3, (&lists, &bad), class)?;
    // The list as it is follows.
    let letter = send_typed(scene, &alice, 3, &lists)?;
    receive(scene, &bob, &letter, Step::Same).map(drop)
}

/// The attestations of the one list, and where they begin.
fn attestations(lists: &[u8]) -> Outcome<(usize, Vec<u8>)> {
    let mut outer = Reader(lists);
    let list = outer.opaque()?;
    let mut reader = Reader(list);
    reader.take(1)?;
    reader.opaque()?;
    reader.take(16)?;
    reader.opaque()?;
    reader.opaque()?;
    let at = list.len() - reader.0.len();
    Ok((lists.len() - list.len() + at, reader.opaque()?.to_vec()))
}

/// Without the attestations of devices.
fn unattested(lists: &[u8]) -> Outcome<Vec<u8>> {
    let (at, all) = attestations(lists)?;
    let (mut reader, mut kept) = (Reader(&all), Vec::new());
    while !reader.0.is_empty() {
        let start = all.len() - reader.0.len();
        let signer = reader.integer(1)?;
        reader.opaque()?;
        reader.take(2)?;
        reader.opaque()?;
        let end = all.len() - reader.0.len();
        if signer != 2 {
            kept.extend_from_slice(all.get(start..end).unwrap_or_default());
        }
    }
    demand_of(Home::Peer, kept.len() < all.len(), || "no device attests the renewal".to_owned())?;
    let mut outer = Reader(lists);
    let before = lists.len() - outer.opaque()?.len();
    let tbs = lists.get(before..at).unwrap_or_default();
    let inner = Draft::new().raw(tbs).opaque(&kept);
    Ok(Draft::new().opaque(inner.bytes()).bytes().to_vec())
}

fn cut(lists: &[u8]) -> Outcome<Vec<u8>> {
    Ok(lists.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default())
}

fn longer(lists: &[u8]) -> Outcome<Vec<u8>> {
    Ok([lists, &[0]].concat())
}

fn none(_: &[u8]) -> Outcome<Vec<u8>> {
    Ok(vec![0])
}

/// The first signature is the account's: a bit of its R.
fn forged(lists: &[u8]) -> Outcome<Vec<u8>> {
    let (at, _) = attestations(lists)?;
    let mut forged = lists.to_vec();
    // Two bytes of length; signer, empty id, type, two bytes of length.
    if let Some(byte) = forged.get_mut(at + 2 + 6 + 20) {
        *byte ^= 1;
    }
    Ok(forged)
}
