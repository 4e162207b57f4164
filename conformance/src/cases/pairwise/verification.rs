//! Safety numbers and verification codes; the numbers are computed here from the page's formula.

use super::stage::{
    CODE, CODE_PINNED, Device, NUMBER, NUMBER_RENEW, Part, Setup, USUAL, cast, decided, demand,
    device, device_as, vector,
};
use super::twins::pin;
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Call, Home, Scene};
use hkdf::Hkdf;
use sha2::Sha256;

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    needs: &'static [&'static str],
) -> Case {
    case.clauses(clauses).needs(Access::L2, needs).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-VER-NUMBER-001p", "The safety number is that of the formula.", formula), &["VER-01", "ENC-09"], NUMBER).mutants(&["P21", "P22"]),
    case(Case::positive("PW-VER-NUMBER-002p", "The safety number is the same on both sides.", both), &["VER-01"], NUMBER),
    case(Case::positive("PW-VER-NUMBER-003p", "The safety number outlasts a renewal.", renewed), &["VER-01"], NUMBER_RENEW),
    case(Case::negative("PW-VER-SELF-004n", "A number of an account with itself is refused.", own), &["VER-03"], NUMBER),
    case(Case::negative("PW-VER-KEYS-005n", "Malformed account keys have no number.", keys), &["ID-03", "ENC-02"], NUMBER),
    case(Case::positive("PW-VER-CODE-006p", "The code has the showing side's account first.", code), &["VER-02"], CODE),
    case(Case::negative("PW-VER-CODE-007n", "A code that shows another account is refused.", other_own), &["VER-02"], CODE),
    case(Case::negative("PW-VER-CODE-008n", "A code made for another account is refused.", other_peer), &["VER-02"], CODE),
    case(Case::negative("PW-VER-CODE-009n", "The own code is not the peer's.", own_code), &["VER-02"], CODE),
    case(Case::negative("PW-VER-CODE-010n", "A code of another version, cut or longer, is refused.", bytes), &["VER-02", "ENC-02", "ENC-05"], CODE),
    case(Case::negative("PW-VER-CODE-011n", "The code is held against the pinned account.", pinned), &["VER-02"], CODE_PINNED),
];

/// 30 digits of an account, after the page *Verification*.
fn fingerprint(account_keys: &str) -> Outcome<String> {
    let keys = unhex(account_keys).unwrap_or_default();
    let hkdf = Hkdf::<Sha256>::new(Some(&[0; 32]), &keys);
    let label = b"Sceau 1 safety number";
    let info = [&[0, 30, label.len() as u8], &label[..], &[0]].concat();
    let mut bytes = [0; 30];
    hkdf.expand(&info, &mut bytes).map_err(|e| Stop::Inconclusive(e.to_string()))?;
    let (groups, _) = bytes.as_chunks::<5>();
    let value =
        |group: &[u8; 5]| group.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    Ok(groups.iter().map(|group| format!("{:05}", value(group) % 100_000)).collect())
}

fn number<'s, 'a>(scene: &'s mut Scene<'a>, at: &Device, keys: &str) -> Call<'s, 'a> {
    scene.call(at.party, "pw.safety_number").text("account_keys", keys)
}

/// Several, so that either account comes first.
const PEERS: [&str; 6] = ["b", "c", "d", "e", "f", "g"];

/// With several peers.
fn formula(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    for name in PEERS {
        let bob = device(scene, name, Home::Peer)?;
        let (here, there) = (fingerprint(&alice.account_keys)?, fingerprint(&bob.account_keys)?);
        let expected = if alice.account < bob.account { here + &there } else { there + &here };
        let out = number(scene, &alice, &bob.account_keys).ok()?;
        let got = out.text("digits")?;
        demand(got == expected, &format!("the safety number is {got}, not {expected}"))?;
    }
    Ok(())
}

/// Likewise.
fn both(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    for name in PEERS {
        let bob = device(scene, name, Home::Peer)?;
        let here = number(scene, &alice, &bob.account_keys).ok()?.text("digits")?.to_owned();
        let there = number(scene, &bob, &alice.account_keys).ok()?.text("digits")?.to_owned();
        demand(here.len() == 60 && here == there, &format!("{here} and {there}"))?;
    }
    Ok(())
}

fn renewed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let before = number(scene, &alice, &bob.account_keys).ok()?.text("digits")?.to_owned();
    for device in [&alice, &bob] {
        scene.call(device.party, "pw.renew").long("not_after", USUAL.not_after + 1).ok()?;
    }
    let after = number(scene, &alice, &bob.account_keys).ok()?.text("digits")?.to_owned();
    demand(before == after, "the safety number changed by a renewal")
}

fn own(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let call = number(scene, &alice, twin.pick(&bob.account_keys, &alice.account_keys));
    with_class(call, twin, "misuse")
}

fn with_class(call: Call, twin: Twin, class: &str) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with(class),
    }
}

fn keys(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let right = bob.account_keys.clone();
    let key = right.get(2..).unwrap_or_default();
    let cut = right.get(..right.len() - 2).unwrap_or_default().to_owned();
    let short = vector(&["0001", &vector(&[&"11".repeat(31)])]);
    for wrong in [right.clone() + "00", cut, short, vector(&[key, key]), "00".to_owned()] {
        decided(number(scene, &alice, twin.pick(&right, &wrong)), twin)?;
    }
    Ok(())
}

fn shown(own: &Device, peer: &Device) -> String {
    "00".to_owned() + &vector(&[&own.account]) + &vector(&[&peer.account])
}

fn check<'s, 'a>(scene: &'s mut Scene<'a>, at: &Device, of: &Device, code: &str) -> Call<'s, 'a> {
    scene.call(at.party, "pw.check_code").text("account_id", &of.account).text("code", code)
}

fn code(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let out = number(scene, &alice, &bob.account_keys).ok()?;
    out.is("code", &shown(&alice, &bob))?;
    check(scene, &bob, &alice, &hex(&out.bytes("code")?)).ok()?;
    let theirs = number(scene, &bob, &alice.account_keys).ok()?.hex("code")?;
    check(scene, &alice, &bob, &theirs).ok().map(drop)
}

fn other_own(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let code = shown(twin.pick(&bob, &carol), &alice);
    with_class(check(scene, &alice, &bob, &code), twin, "identity_mismatch")
}

fn other_peer(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let code = shown(&bob, twin.pick(&alice, &carol));
    with_class(check(scene, &alice, &bob, &code), twin, "identity_mismatch")
}

fn own_code(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let code = twin.pick(shown(&bob, &alice), shown(&alice, &bob));
    with_class(check(scene, &alice, &bob, &code), twin, "identity_mismatch")
}

fn bytes(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let right = shown(&bob, &alice);
    let rest = right.get(2..).unwrap_or_default();
    let cut = right.get(..right.len() - 2).unwrap_or_default().to_owned();
    for wrong in
        [right.clone() + "00", cut, "01".to_owned() + rest, "ff".to_owned() + rest, String::new()]
    {
        decided(check(scene, &alice, &bob, twin.pick(&right, &wrong)), twin)?;
    }
    Ok(())
}

/// Bob's account is pinned; the code is right for Carol's.
fn pinned(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device_as(scene, "bob", Home::Peer, &Setup { list_number: 3, ..USUAL })?;
    let carol = device(scene, "carol", Home::Peer)?;
    pin(scene, &alice, &bob)?;
    let code = shown(twin.pick(&bob, &carol), &alice);
    with_class(check(scene, &alice, &bob, &code), twin, "identity_mismatch")
}
