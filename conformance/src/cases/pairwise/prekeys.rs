//! Batches, bundles, one-time keys and their ends.

use super::stage::{
    Device, Keys, LIFETIME, Part, Step, TALK, VERIFY, WATCH, batch_call, bundle, bundle_call, cast,
    connect, decided, demand, demand_of, device, fetch, initiate, initiate_call, meet, pass,
    publish,
};
use super::twins::{by_bundle, judge};
use super::wire;
use crate::case::{Access, Case, Outcome, Twin};
use crate::digest::{sha256, unhex};
use crate::scene::{Home, Scene};

const fn talk(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses).mutants(mutants).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

const fn watch(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    talk(case, clauses, mutants).needs(Access::L2, WATCH)
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    talk(Case::negative_of("PW-PRE-SPKSIG-001n", "A batch whose signature does not verify is refused.", by_bundle, "batch-bad-signature bad_signature"), &["PRE-03", "HS-07"], &["H1", "H2"]),
    talk(Case::negative_of("PW-PRE-SPKSIG-002n", "A batch signed with a key that stands in the bundle alone is refused.", by_bundle, "batch-signed-by-bundle-key"), &["PRE-03", "HS-07"], &["H5"]),
    talk(Case::negative("PW-PRE-SPKSIG-003n", "A batch signature with S above the group's order is refused.", unreduced), &["SUI-06", "PRE-03"], &["P4"]),
    talk(Case::negative("PW-PRE-SPKSIG-004n", "A list signature with S above the group's order is refused.", unreduced_list), &["SUI-06", "ID-05"], &["P4"]),
    talk(Case::negative_of("PW-PRE-KEMSIG-005n", "A KEM prekey that is in no signed batch is refused.", by_bundle, "batch-unsigned-kem bad_path"), &["PRE-10", "HS-07"], &["H2", "H3", "H26"]),
    talk(Case::negative_of("PW-PRE-REF-006n", "A batch of another credential is refused.", by_bundle, "batch-other-credential-ref identity_mismatch"), &["PRE-07"], &["H5"]),
    talk(Case::negative_of("PW-PRE-SUITE-007n", "A batch of another suite is refused.", by_bundle, "batch-other-suite unsupported_suite"), &["SUI-08"], &["H14"]),
    talk(Case::negative_of("PW-PRE-EXPIRED-008n", "An expired batch is refused.", by_bundle, "batch-expired expired"), &["PRE-08"], &["H18"]),
    talk(Case::negative_of("PW-PRE-EARLY-009n", "A batch that is not valid yet is refused.", by_bundle, "batch-not-yet-valid not_yet_valid"), &["PRE-08"], &[]),
    talk(Case::negative_of("PW-PRE-LONG-010n", "A batch with too long a life is refused.", by_bundle, "batch-lifetime-too-long malformed"), &["PRE-08"], &["H18"]),
    talk(Case::negative_of("PW-PRE-PATH-011n", "The signed prekey must have its path.", by_bundle, "bad-path-signed bad_path"), &["PRE-10"], &["H1", "H26"]),
    talk(Case::negative_of("PW-PRE-PATH-012n", "The one-time prekey must have its path.", by_bundle, "bad-path-one-time bad_path"), &["PRE-10"], &["H26"]),
    talk(Case::negative_of("PW-PRE-PATH-013n", "The KEM prekey must have its path.", by_bundle, "bad-path-kem bad_path"), &["PRE-10"], &["H2", "H3", "H26"]),
    talk(Case::negative_of("PW-PRE-PATH-014n", "A path that is too long is refused.", by_bundle, "path-too-long bad_path"), &["PRE-10"], &["H26"]),
    talk(Case::negative_of("PW-PRE-PATH-015n", "An empty path is refused.", by_bundle, "path-empty bad_path"), &["PRE-10"], &["H26"]),
    talk(Case::negative_of("PW-PRE-MIXED-016n", "A prekey of another batch is refused.", by_bundle, "mixed-batch bad_path"), &["PRE-10"], &["H1", "H26"]),
    talk(Case::negative_of("PW-PRE-ID-017n", "A prekey under another id is refused.", by_bundle, "prekey-wrong-id"), &["PRE-10", "PRE-13"], &["H26"]),
    talk(Case::negative_of("PW-PRE-TYPE-018n", "A prekey of another type is no KEM prekey.", by_bundle, "prekey-wrong-type-kem malformed"), &["PRE-09"], &["H10"]),
    talk(Case::negative_of("PW-PRE-EK-019n", "A KEM key that is not reduced is refused.", by_bundle, "kem-key-not-reduced malformed"), &["SUI-03"], &["P8", "P18"]),
    talk(Case::negative_of("PW-PRE-EK-020n", "A KEM key that is too short is refused.", by_bundle, "kem-key-short malformed"), &["SUI-03", "PRE-02"], &["P8", "P18"]),
    talk(Case::negative_of("PW-PRE-TWINS-021n", "The identity key is no signed prekey.", by_bundle, "identity-is-signed-prekey reflection"), &["PRE-11"], &["H17"]),
    talk(Case::negative("PW-PRE-SWAP-022n", "A signed prekey of the device's other batch is refused.", swapped), &["PRE-10"], &["H1", "H26"]),
    talk(Case::negative("PW-PRE-SWAP-023n", "A one-time prekey of the device's other batch is refused.", swapped_one_time), &["PRE-10"], &["H26"]),
    talk(Case::negative("PW-PRE-SWAP-024n", "A KEM prekey of the device's other batch is refused.", swapped_kem), &["PRE-10"], &["H2", "H3", "H26"]),
    talk(Case::negative("PW-PRE-FORGED-025n", "No byte of a key, of a path or of the batch can be altered.", altered), &["PRE-10", "PRE-03"], &["H1", "H2", "H3", "H26"]),
    talk(Case::negative("PW-PRE-OTHER-026n", "The batch of another account's device is refused.", other_batch), &["PRE-07", "HS-07"], &["H5"]),
    talk(Case::negative("PW-PRE-ACCOUNT-027n", "The bundle of another account is refused.", other_account), &["ID-04", "HS-07"], &["H5", "H20"]),
    talk(Case::negative("PW-PRE-BYTES-028n", "Bytes behind a bundle are refused, and so is a cut one.", bytes), &["ENC-02"], &[]),
    talk(Case::negative("PW-PRE-END-029n", "A bundle is of use until its batch expires.", ends), &["PRE-08", "LIM-02"], &["H18"]),
    talk(Case::negative("PW-PRE-SKEW-030n", "A batch may begin clock_skew ahead, not more.", ahead), &["PRE-08", "LIM-02"], &[]),
    watch(Case::positive("PW-PRE-OWN-031p", "A bundle of the own device is refused.", own), &["PRE-12"], &["H17"]),
    talk(Case::negative_of("PW-PRE-VERIFY-032n", "A bundle can be verified alone, and the state stays.", verified_alone, "batch-bad-signature"), &["PRE-03", "ENC-11"], &["H1"]).needs(Access::L2, VERIFY),
    watch(Case::positive("PW-PRE-MANY-045p", "Every key of a batch of any size has its path.", sizes), &["PRE-01", "PRE-10"], &["H26"]).needs(Access::L2, VERIFY),
    talk(Case::negative_of("PW-PRE-SPKSIG-048n", "A batch signed with the account's key is refused.", by_bundle, "batch-signed-by-account-key bad_signature"), &["PRE-03", "ID-02"], &["H5"]),
    talk(Case::negative_of("PW-PRE-SPKSIG-049n", "A batch signed under another label is refused.", by_bundle, "batch-wrong-label bad_signature"), &["PRE-03", "ENC-09"], &["P24"]),
    talk(Case::negative_of("PW-PRE-TIMES-050n", "A batch that expires before it begins is refused.", by_bundle, "batch-expiry-first"), &["PRE-08"], &["H18"]),
    talk(Case::negative_of("PW-PRE-FORM-051n", "A batch of another version is refused.", by_bundle, "batch-version unsupported_version"), &["PRE-03"], &[]),
    talk(Case::negative_of("PW-PRE-FORM-052n", "A bundle of another version is refused.", by_bundle, "bundle-version unsupported_version"), &["ENC-05"], &[]),
    talk(Case::negative_of("PW-PRE-FORM-053n", "A byte behind a bundle is refused.", by_bundle, "bundle-trailing malformed"), &["ENC-02"], &[]),
    talk(Case::negative_of("PW-PRE-FORM-054n", "A presence byte of 2 is refused.", by_bundle, "bundle-presence malformed"), &["ENC-03"], &[]),
    talk(Case::negative_of("PW-PRE-PATH-055n", "A path that is too short is refused.", by_bundle, "path-too-short bad_path"), &["PRE-10"], &["H26"]),
    talk(Case::negative_of("PW-PRE-TYPE-056n", "The signed prekey is no one-time prekey.", by_bundle, "prekey-wrong-type-one-time malformed"), &["PRE-09"], &["H10"]),
    talk(Case::negative_of("PW-PRE-TYPE-057n", "A one-time prekey is no signed prekey.", by_bundle, "prekey-wrong-type-signed malformed"), &["PRE-09"], &["H10"]),
    talk(Case::negative_of("PW-PRE-ID-058n", "The signed prekey is the first of its batch.", by_bundle, "signed-prekey-not-first malformed"), &["PRE-13", "PRE-01"], &[]),
    talk(Case::negative_of("PW-PRE-TWINS-059n", "One key is not signed prekey and one-time prekey.", by_bundle, "one-time-is-signed-prekey reflection"), &["PRE-11"], &["H17"]),
    talk(Case::negative("PW-PRE-NUL-061n", "A path must lead to the root beyond a NUL in it.", behind_nul), &["PRE-10", "ENC-10"], &["P11", "H26"]),
    talk(Case::negative_of("PW-PRE-EDGE-063n", "A batch whose signature holds with the cofactor only is refused.", by_bundle, "batch-signature-cofactored bad_signature"), &["SUI-06", "PRE-03"], &["P6"]),
    talk(Case::negative_of("PW-PRE-EDGE-064n", "A batch whose signature has an R of small order is refused.", by_bundle, "batch-signature-small-order-r bad_signature"), &["SUI-06", "PRE-03"], &["P7"]),
    talk(Case::negative_of("PW-PRE-EDGE-065n", "A batch whose signature has an R in a second encoding is refused.", by_bundle, "batch-signature-noncanonical-r bad_signature"), &["SUI-06", "PRE-03"], &["P7"]),
    talk(Case::negative_of("PW-PRE-EDGE-066n", "A batch of a signing key of small order is refused.", by_bundle, "batch-small-order-key bad_signature"), &["SUI-06", "PRE-03"], &["P7"]),
    talk(Case::negative_of("PW-PRE-EDGE-067n", "A batch of a signing key in a second encoding is refused.", by_bundle, "batch-noncanonical-key bad_signature"), &["SUI-06", "PRE-03"], &["P7"]),
    talk(Case::positive_of("PW-PRE-TOPBIT-068p", "The top bit of a signed prekey is ignored, and bound.", top_bit, "signed-prekey-top-bit"), &["SUI-02", "HS-15"], &["P3"]),
    talk(Case::positive_of("PW-PRE-TOPBIT-069p", "The top bit of a one-time prekey is ignored, and bound.", top_bit, "one-time-prekey-top-bit"), &["SUI-02", "HS-15"], &["P3"]),
    talk(Case::positive_of("PW-PRE-TOPBIT-070p", "The top bit of a responder's identity key is ignored, and bound.", top_bit, "credential-agreement-top-bit"), &["SUI-02", "HS-15"], &["P3"]),
    talk(Case::negative_of("PW-PRE-SUITE-060n", "A responder without a common suite is refused.", by_bundle, "suite-preference unsupported_suite credential-grease"), &["SUI-08"], &["H14"]),
];

/// The bundle as the peer made it, or as the runner has changed it.
fn changed(
    scene: &mut Scene,
    twin: Twin,
    class: &str,
    change: impl FnOnce(&str) -> Outcome<String>,
) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let right = fetch(scene, &bob)?;
    let wrong = change(&right)?;
    offered(scene, twin, class, (&alice, &bob), (&right, &wrong))
}

fn offered(
    scene: &mut Scene,
    twin: Twin,
    class: &str,
    (alice, bob): (&Device, &Device),
    (right, wrong): (&str, &str),
) -> Outcome {
    let call = initiate_call(scene, alice.party, bob, "s", twin.pick(right, wrong));
    judge(call, twin, class)?;
    if twin == Twin::Deviant {
        initiate(scene, alice, bob, "s", right)?;
    }
    meet(scene, alice, bob, "s").map(drop)
}

fn unreduced(scene: &mut Scene, twin: Twin) -> Outcome {
    changed(scene, twin, "bad_signature", |right| {
        let place = wire::bundle(right)?.batch_signature;
        Ok(wire::put(right, &place, &wire::add_order(wire::get(right, &place))))
    })
}

fn unreduced_list(scene: &mut Scene, twin: Twin) -> Outcome {
    changed(scene, twin, "bad_signature", |right| {
        let place = wire::bundle(right)?.list_signature;
        Ok(wire::put(right, &place, &wire::add_order(wire::get(right, &place))))
    })
}

/// Two bundles of two batches, and one prekey of the second in the first.
fn swap(scene: &mut Scene, twin: Twin, of: impl Fn(&wire::Bundle) -> wire::Place) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let (right, other) = (fetch(scene, &bob)?, fetch(scene, &bob)?);
    let (here, there) = (of(&wire::bundle(&right)?), of(&wire::bundle(&other)?));
    let wrong = wire::put(&right, &here, wire::get(&other, &there));
    offered(scene, twin, "bad_path", (&alice, &bob), (&right, &wrong))
}

fn swapped(scene: &mut Scene, twin: Twin) -> Outcome {
    swap(scene, twin, |bundle| bundle.signed_prekey.whole.clone())
}

fn swapped_one_time(scene: &mut Scene, twin: Twin) -> Outcome {
    swap(scene, twin, |bundle| {
        bundle.one_time_prekey.as_ref().map_or(0..0, |key| key.whole.clone())
    })
}

fn swapped_kem(scene: &mut Scene, twin: Twin) -> Outcome {
    swap(scene, twin, |bundle| bundle.kem_prekey.whole.clone())
}

/// The first, a middle and the last byte of each place.
fn altered(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let right = fetch(scene, &bob)?;
    let parts = wire::bundle(&right)?;
    let one_time = parts.one_time_prekey.as_ref().map(|key| [key.key.clone(), key.path.clone()]);
    let mut places = vec![parts.signed_prekey.key.clone(), parts.signed_prekey.path.clone()];
    places.extend(one_time.into_iter().flatten());
    places.extend([parts.kem_prekey.key.clone(), parts.kem_prekey.path.clone()]);
    places.extend([parts.batch_signature.clone(), parts.credential.clone()]);
    if twin == Twin::Deviant {
        for place in places {
            for at in [0, place.len() / 2, place.len().saturating_sub(1)] {
                let wrong = wire::turn(&right, &place, at);
                initiate_call(scene, alice.party, &bob, "s", &wrong).refused()?;
            }
        }
    }
    initiate(scene, &alice, &bob, "s", &right)?;
    meet(scene, &alice, &bob, "s").map(drop)
}

fn other_batch(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let (right, other) = (fetch(scene, &bob)?, fetch(scene, &carol)?);
    let (here, there) = (wire::bundle(&right)?.batch.start, wire::bundle(&other)?.batch.start);
    let wrong =
        wire::get(&right, &(0..here)).to_owned() + wire::get(&other, &(there..other.len() / 2));
    offered(scene, twin, "identity_mismatch", (&alice, &bob), (&right, &wrong))
}

fn other_account(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let (right, wrong) = (fetch(scene, &bob)?, fetch(scene, &carol)?);
    offered(scene, twin, "identity_mismatch", (&alice, &bob), (&right, &wrong))
}

fn bytes(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let right = fetch(scene, &bob)?;
    if twin == Twin::Deviant {
        let half = right.get(..right.len() / 4 * 2).unwrap_or_default().to_owned();
        let cut = right.get(..right.len() - 2).unwrap_or_default().to_owned();
        for wrong in [right.clone() + "00", cut, half, String::new(), "01".to_owned() + &right[2..]]
        {
            initiate_call(scene, alice.party, &bob, "s", &wrong).refused()?;
        }
    }
    initiate(scene, &alice, &bob, "s", &right)?;
    meet(scene, &alice, &bob, "s").map(drop)
}

fn ends(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    scene.advance(LIFETIME - twin.pick(1, 0), &[alice.party])?;
    judge(initiate_call(scene, alice.party, &bob, "s", &served), twin, "expired")
}

fn ahead(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    scene.advance(twin.pick(300, 301), &[bob.party])?;
    let served = fetch(scene, &bob)?;
    judge(initiate_call(scene, alice.party, &bob, "s", &served), twin, "not_yet_valid")
}

fn own(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let served = fetch(scene, &alice)?;
    initiate_call(scene, alice.party, &alice, "s", &served).refused_with("reflection")?;
    connect(scene, &alice, &bob, "s")
}

fn verified_alone(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let call = bundle_call(scene, bob.party, generation, Keys::ONE_TIME).deviate_if(twin, row);
    let served = call.ok()?.hex("bundle")?;
    let before = scene.digest(alice.party)?;
    let call = scene.call(alice.party, "pw.verify_bundle").text("account_id", &bob.account);
    match twin {
        Twin::Deviant => call.text("bundle", &served).refused_with("bad_signature")?,
        Twin::Control => {
            let out = call.text("bundle", &served).ok()?;
            let told = (out.integer("one_time")?, out.integer("last_resort")?);
            demand(told == (1, 1), "pw.verify_bundle tells of other keys")?;
        }
    }
    demand(before == scene.digest(alice.party)?, "verifying a bundle changed the state")
}

/// A bundle that deviates as it may, and a conversation behind it.
fn top_bit(scene: &mut Scene, deviation: &'static str) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let generation = publish(scene, &bob, 1, 1)?;
    let call = bundle_call(scene, bob.party, generation, Keys::BOTH).deviate(deviation);
    let served = call.ok()?.hex("bundle")?;
    initiate(scene, &alice, &bob, "s", &served)?;
    meet(scene, &alice, &bob, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

/// Private keys of a batch of two whose root begins with a NUL.
const NUL_ROOT: [&str; 2] = [
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "00000000000000000000000000000000000000000000000000000000000000c0\
     0000000000000000000000000000000000000000000000000000000000000000",
];

/// The deviant path leads to another node that begins with a NUL as the root does.
fn behind_nul(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let call = batch_call(scene, bob.party, 0, 0, LIFETIME);
    let call = call.choose("signed_prekey", NUL_ROOT[0]).choose("kem_last_resort", NUL_ROOT[1]);
    let generation = call.ok()?.integer("generation")?;
    let right = bundle(scene, &bob, generation, Keys::LAST)?;
    let place = wire::bundle(&right)?.signed_prekey;
    let node = |path: &str| {
        // Type and id, and the key behind its length.
        let leaf = ["00", "0100000000", "20", wire::get(&right, &place.key)].concat();
        let leaf = sha256(&unhex(&leaf).unwrap_or_default());
        sha256(&unhex(&["01", &leaf, path].concat()).unwrap_or_default())
    };
    let honest = wire::get(&right, &place.path).to_owned();
    demand_of(Home::Peer, node(&honest).starts_with("00"), || {
        "the batch's root does not begin with a NUL".to_owned()
    })?;
    let found = (0..100_000_u32).map(|n| format!("{n:064x}")).find(|p| node(p).starts_with("00"));
    let wrong = wire::put(&right, &place.path, &found.unwrap_or_default());
    offered(scene, twin, "bad_path", (&alice, &bob), (&right, &wrong))
}

/// Tree shapes of 2 to 9 leaves; first and last key of each kind.
fn sizes(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    let verify = |scene: &mut Scene, at: &Device, of: &Device, one_time: u64, kem: u64| {
        let generation = publish(scene, of, one_time, kem)?;
        let last = 1 + one_time + kem;
        for one_time in [None, (one_time > 0).then_some(2), (one_time > 0).then_some(1 + one_time)]
        {
            let served = bundle(
                scene,
                of,
                generation,
                Keys { one_time, kem: if kem > 0 { last } else { 1 } },
            )?;
            let call = scene.call(at.party, "pw.verify_bundle").text("account_id", &of.account);
            decided(call.text("bundle", &served), Twin::Control)?;
        }
        Ok(())
    };
    for (one_time, kem) in [(0, 0), (1, 0), (1, 1), (2, 1), (3, 1), (3, 2), (4, 2), (4, 3)] {
        verify(scene, &alice, &bob, one_time, kem)?;
        verify(scene, &bob, &alice, one_time, kem)?;
    }
    Ok(())
}
