//! What a device announces inside a session: a renewed credential, a device list, a rotation.

use super::codec::draft::Draft;
use super::frame::{bad, good, plain, send_typed, typed_call, typed_mail, unchecked};
use super::stage::{
    DAY, Device, Part, RENEW, SESSION, Step, demand, demand_of, device, established, judged_with,
    pass, receive, receive_call, send, vector,
};
use super::state::records::Reader;
use crate::case::{Access, Case, Outcome, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Decision, Home, START, Scene};

/// The cases.
pub const CASES: &[Case] = &[
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
];

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
    let accepted = |decision| matches!(decision, Decision::Accepted(_));
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
    let carol = device(scene, "carol", Home::Peer)?;
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

/// Who attests the one list.
pub fn signers(lists: &str) -> Outcome<Vec<u64>> {
    let (_, all) = attestations(&unhex(lists).unwrap_or_default())?;
    let (mut reader, mut signers) = (Reader(&all), Vec::new());
    while !reader.0.is_empty() {
        signers.push(reader.integer(1)?);
        reader.opaque()?;
        reader.take(2)?;
        reader.opaque()?;
    }
    Ok(signers)
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
