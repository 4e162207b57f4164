//! Issuers: where the policy requires one, trusts one, or knows none.

use super::stage::{Device, Keys, POLICY, Setup, USUAL, connect, device, device_as};
use super::twins::{bundle_of, handshake, message_of};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

/// RFC 8032 §7.1, tests 1 and 2: seeds, and public keys as `TypedKey issuer_keys<V>`.
pub(super) const ISSUER: (&str, &str) = (
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "23000120d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
);
const STRANGER: (&str, &str) = (
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "230001203d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
);

const fn policed(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, POLICY).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    policed(Case::negative("PW-ID-ISSUER-027n", "Where an issuer is required, a bundle without one is refused.", unattested_bundle), &["ID-13"]).mutants(&["H30"]),
    policed(Case::negative("PW-ID-ISSUER-028n", "Where an issuer is required, an initiator without one is refused.", unattested_message), &["ID-13", "HS-13"]).mutants(&["H30"]),
    policed(Case::negative("PW-ID-ISSUER-029n", "An issuer that the policy does not trust is none (bundle).", stranger_bundle), &["ID-13", "ID-03"]),
    policed(Case::negative("PW-ID-ISSUER-030n", "An issuer that the policy does not trust is none (message).", stranger_message), &["ID-13", "ID-03"]),
    policed(Case::negative_of("PW-ID-ISSUER-031n", "A trusted issuer's wrong attestation is refused although none is required.", issuer_bundle, "credential-bad-issuer-attestation bad_signature"), &["ID-13", "ID-19"]),
    policed(Case::negative_of("PW-ID-ISSUER-032n", "A trusted issuer's wrong attestation is refused in a first message.", issuer_message, "credential-bad-issuer-attestation bad_signature"), &["ID-13", "ID-19"]),
    policed(Case::negative_of("PW-ID-ISSUER-033n", "A credential that has lost its issuer's attestation is refused.", issuer_bundle, "no-issuer-attestation unauthorised_device"), &["ID-13"]),
    policed(Case::positive("PW-ID-ISSUER-034p", "An issuer nobody asked for is ignored.", ignored_issuer), &["ID-03"]),
];

pub(super) fn policy(
    scene: &mut Scene,
    device: &Device,
    require: bool,
    issuers: &[&str],
) -> Outcome {
    let issuers: Vec<String> = issuers.iter().map(|&keys| keys.to_owned()).collect();
    let call =
        scene.call(device.party, "party.policy").integer("require_issuer", u64::from(require));
    call.list("issuers", &issuers).ok().map(drop)
}

fn attested(seed: Option<&'static str>) -> Setup {
    Setup { issuer_seed: seed, ..USUAL }
}

fn unattested_bundle(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    policy(scene, &alice, true, &[ISSUER.1])?;
    let bob = device_as(scene, "bob", Home::Peer, &attested(twin.pick(Some(ISSUER.0), None)))?;
    handshake(scene, twin, "unauthorised_device", &alice, &bob)
}

fn unattested_message(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device_as(scene, "alice", Home::Peer, &attested(twin.pick(Some(ISSUER.0), None)))?;
    let bob = device(scene, "bob", Home::Iut)?;
    policy(scene, &bob, true, &[ISSUER.1])?;
    handshake(scene, twin, "unauthorised_device", &alice, &bob)
}

fn stranger_bundle(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    policy(scene, &alice, true, &[twin.pick(ISSUER.1, STRANGER.1)])?;
    let bob = device_as(scene, "bob", Home::Peer, &attested(Some(ISSUER.0)))?;
    handshake(scene, twin, "unauthorised_device", &alice, &bob)
}

fn stranger_message(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = device_as(scene, "alice", Home::Peer, &attested(Some(ISSUER.0)))?;
    let bob = device(scene, "bob", Home::Iut)?;
    policy(scene, &bob, true, &[twin.pick(ISSUER.1, STRANGER.1)])?;
    handshake(scene, twin, "unauthorised_device", &alice, &bob)
}

fn issuer_bundle(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    policy(scene, &alice, row.starts_with("no-"), &[ISSUER.1])?;
    let bob = device_as(scene, "bob", Home::Peer, &attested(Some(ISSUER.0)))?;
    bundle_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

fn issuer_message(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let alice = device_as(scene, "alice", Home::Peer, &attested(Some(ISSUER.0)))?;
    let bob = device(scene, "bob", Home::Iut)?;
    policy(scene, &bob, false, &[ISSUER.1])?;
    message_of(scene, twin, row, &alice, &bob, Keys::BOTH)
}

fn ignored_issuer(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device_as(scene, "bob", Home::Peer, &attested(Some(ISSUER.0)))?;
    connect(scene, &alice, &bob, "s")?;
    policy(scene, &alice, false, &[STRANGER.1])?;
    let carol = device_as(scene, "carol", Home::Peer, &attested(Some(ISSUER.0)))?;
    connect(scene, &carol, &alice, "c")
}
