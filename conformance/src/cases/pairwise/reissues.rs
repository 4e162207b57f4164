//! An account's list signed anew before it is too old (ID-21).

use super::announcements::signers;
use super::frame::send_typed;
use super::stage::{
    DAY, Device, Part, REISSUE, REISSUE_STORED, SESSION, Step, accept_call, cast, connect, demand,
    demand_of, established, fetch, initiate, pass, receive, restart, send, talk, vector,
};
use super::state::records::Reader;
use super::twins::apply_call;
use crate::case::{Access, Case, Outcome};
use crate::digest::unhex;
use crate::scene::{Decision, START, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    let case = case.clauses(clauses).needs(Access::L2, REISSUE).suite(super::PROFILE);
    case.with_peer().should()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-ID-REISSUE-057p", "A list signed anew has the next number and the present time, and nothing else is new.", anew), &["ID-21", "ID-15"]),
    case(Case::positive_of("PW-ID-REISSUE-058p", "A list signed anew is announced in a session.", announced, "iut"), &["ID-21", "ID-15"]),
    case(Case::positive_of("PW-ID-REISSUE-059p", "A list that the peer has signed anew is pinned.", announced, "peer"), &["ID-21", "ID-16", "ID-06"]),
    case(Case::positive("PW-ID-REISSUE-060p", "A first message carries the list signed anew.", carried), &["ID-21", "ID-20"]),
    case(Case::positive("PW-ID-REISSUE-061p", "An account signs its list anew and is met after max_list_age.", old), &["ID-21", "ID-09"]),
    case(Case::positive("PW-ID-REISSUE-062p", "Numbers go on after a restart.", restarted), &["ID-21", "STA-08"]).needs(Access::L2, REISSUE_STORED),
];

/// The list signed anew; the credential is as it was.
fn reissue(scene: &mut Scene, device: &Device) -> Outcome<String> {
    let out = scene.call(device.party, "party.reissue_list").accepted()?;
    let same = out.hex("credential")? == device.credential;
    demand_of(device.party.home, same, || "the credential changed with the list".to_owned())?;
    out.hex("device_list")
}

/// Account keys, number, time, and the rest of what is signed.
fn signed(list: &str) -> Outcome<(Vec<u8>, u64, u64, Vec<u8>)> {
    let bytes = unhex(list).unwrap_or_default();
    let mut reader = Reader(&bytes);
    reader.take(1)?;
    let keys = reader.opaque()?.to_vec();
    let (number, issued_at) = (reader.integer(8)?, reader.integer(8)?);
    let rest = [reader.opaque()?, reader.opaque()?].concat();
    Ok((keys, number, issued_at, rest))
}

fn anew(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    apply_call(scene, &bob, &alice, &alice.lists()).ok()?;
    let (keys, _, _, rest) = signed(&alice.list)?;
    for number in 2..4 {
        scene.advance(15 * DAY, &[alice.party, bob.party])?;
        let list = reissue(scene, &alice)?;
        let now = START + (number - 1) * 15 * DAY;
        let got = signed(&list)?;
        demand((got.1, got.2) == (number, now), &format!("number {}, time {}", got.1, got.2))?;
        demand(got.0 == keys && got.3 == rest, "keys, entries or extensions changed")?;
        let by = signers(&vector(&[&list]))?;
        demand(by == [1, 2], &format!("attested by signers {by:?}, not by account and device"))?;
        let out = apply_call(scene, &bob, &alice, &vector(&[&list])).ok()?;
        demand_of(bob.party.home, out.long("number")? == number, || "another number".to_owned())?;
    }
    Ok(())
}

/// What the list pinned at a device says of the first one: it is older.
fn moved_on(scene: &mut Scene, at: &Device, of: &Device) -> Outcome {
    let decision = apply_call(scene, at, of, &of.lists()).send()?;
    let refused = matches!(&decision, Decision::Refused(class) if class == "rollback");
    demand_of(at.party.home, refused, || "the first list is still accepted".to_owned())
}

/// By the implementation, or by the peer, whichever initiated.
fn announced(scene: &mut Scene, by: &'static str) -> Outcome {
    let part = if by == "iut" { Part::Initiator } else { Part::Responder };
    let (alice, bob) = established(scene, part)?;
    scene.advance(15 * DAY, &[alice.party, bob.party])?;
    let list = reissue(scene, &alice)?;
    let news = send_typed(scene, &alice, 3, &vector(&[&list]))?;
    receive(scene, &bob, &news, Step::Dh)?;
    moved_on(scene, &bob, &alice)?;
    pass(scene, &bob, &alice, SESSION, "seen", Step::Dh)
}

/// As the peer has opened the identity.
fn carried(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    scene.advance(15 * DAY, &[alice.party, bob.party])?;
    let list = reissue(scene, &alice)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    let identity = accept_call(scene, bob.party, &first, "s").accepted()?.hex("x_identity")?;
    let expected = vector(&[&list]) + &alice.credential;
    demand(identity.starts_with(&expected), "another list or credential is carried")?;
    moved_on(scene, &bob, &alice)?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

/// In both directions, with a peer that meets the account for the first time each time.
fn old(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let carol = super::stage::device(scene, "carol", crate::scene::Home::Peer)?;
    scene.advance(31 * DAY, &[alice.party, bob.party, carol.party])?;
    for device in [&alice, &bob, &carol] {
        reissue(scene, device)?;
    }
    connect(scene, &alice, &bob, "s")?;
    talk(scene, &alice, &bob, "s")?;
    connect(scene, &carol, &alice, "c")
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (alice, _) = cast(scene, Part::Initiator)?;
    for number in 2..4 {
        let list = reissue(scene, &alice)?;
        demand(signed(&list)?.1 == number, "not the next number")?;
        restart(scene, &alice)?;
    }
    Ok(())
}
