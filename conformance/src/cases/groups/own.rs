//! What Sceau's profile asks of a member beyond RFC 9420.

use super::kinds::{
    of_sceau as case, of_sceau_with_clock as case_clock, of_sceau_with_exporter as case_exporter,
};
use super::stage::{
    Cast, Member, Row, USUAL, add, agree, call, cast, clear, commit, commit_call, demand, group_id,
    key_package_call, member, merge, pair, path, protect, step, take, take_call, unprotect,
    unprotect_call, value,
};
use super::twins::late;
use crate::case::{Case, Outcome, Stop, Twin};
use crate::digest::{hex, unhex};
use crate::scene::{Home, Scene};
use std::collections::BTreeSet;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case_exporter(Case::negative("GR-OWN-EXPORT-001n", "An export under a label of the protocol's own is refused.", export), &["GRP-35"], &[]),
    case(Case::negative_of("GR-OWN-DELIVERY-002n", "A Commit by which another relay delivers is refused.", delivery, "f64b=0178"), &["GDS-31"], &[]),
    case(Case::negative_of("GR-OWN-DELIVERY-003n", "A Commit after which no relay delivers is refused.", delivery, ""), &["GDS-31"], &[]),
    case(Case::negative("GR-OWN-DELIVERY-004n", "A Commit by which a relay delivers where none did is refused.", undelivered), &["GDS-31"], &[]),
    case(Case::negative("GR-OWN-PENDING-005n", "A second Commit while one is pending is refused.", second), &["GDS-35"], &[]),
    case(Case::negative("GR-OWN-PSK-006n", "A resumption key of an epoch in which a member was not there is not committed.", stranger), &["GDS-42"], &[]),
    case_clock(Case::negative("GR-OWN-SKIPPED-007n", "The key of a message that was passed over is gone after skipped_key_age.", aged), &["GDS-48"], &[]),
    case(Case::positive_of("GR-OWN-ID-008p", "A group has an id that was drawn, of Nh bytes.", drawn, "-"), &["GDS-50"], &[]),
    case(Case::positive_of("GR-OWN-ID-009p", "A group has an id that was drawn, of Nh bytes, in suite 0xF64A.", drawn, "- f64a"), &["GDS-50"], &[]).optional(),
    case(Case::positive_of("GR-OWN-PACKAGE-010p", "A key package's own extensions stand in its leaf's capabilities.", listed, "-"), &["GRP-97"], &[]),
    case(Case::positive_of("GR-OWN-PACKAGE-011p", "A key package's own extensions stand in its leaf's capabilities, in suite 0xF64A.", listed, "- f64a"), &["GRP-97"], &[]).optional(),
    case_clock(Case::negative("GR-OWN-PAST-012n", "A past epoch's message is refused when skipped_key_age has gone by since.", past), &["GDS-23", "GRP-84"], &[]),
];

/// Days after which a key that was passed over is gone (`skipped_key_age`), in seconds.
const SKIPPED_KEY_AGE: u64 = 14 * 86_400;

/// Control: a label that is nearly one.
fn export(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let label = twin.pick("Sceau 10 group mailbox", "Sceau 1 group mailbox");
    let call = call(scene, &cast.bob, "mls.export").text("label", label);
    let call = call.text("context", "").integer("key_length", 32);
    match twin {
        Twin::Control => drop(call.ok()?),
        Twin::Deviant => drop(call.refused()?),
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

/// A group that a relay named `d` delivers; Alice's Commit says otherwise. Control: it requires something as well.
fn delivery(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    let create = call(scene, &alice, "peer.create_group").text("suite", alice.setup.suite);
    let create = create.text("group_id", &group_id()).text("identity", &alice.identity());
    create.integer("encrypt_handshake", 1).text("extensions", "f64b=0164").ok()?;
    add(scene, &alice, &[], &[&bob])?;
    extensions(scene, twin, &[&alice, &bob], twin.pick("f64b=0164:0003=0000020001", row))
}

/// Control: it requires something.
fn undelivered(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let words = twin.pick("0003=0000020001", "f64b=0164");
    extensions(scene, twin, &[&cast.alice, &cast.bob], words)
}

/// The first commits these extensions of the group; the second is to take or to refuse that.
fn extensions(scene: &mut Scene, twin: Twin, of: &[&Member; 2], words: &str) -> Outcome {
    let [alice, bob] = of;
    let change = value(&format!("group_context_extensions:{words}"));
    let made = commit(scene, alice, &change)?;
    take_call(scene, bob, &[], &made.commit).judged(twin)?;
    if twin == Twin::Deviant {
        clear(scene, alice)?;
        step(scene, alice, &[bob], &path())?;
    } else {
        merge(scene, alice)?;
    }
    agree(scene, &[alice, bob])
}

/// Control: the first was dropped.
fn second(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let first = commit(scene, &cast.bob, &path())?.commit;
    let own = if twin == Twin::Control {
        clear(scene, &cast.bob)?;
        commit(scene, &cast.bob, &path())?.commit
    } else {
        commit_call(scene, &cast.bob, &path()).refused()?;
        first
    };
    take(scene, &cast.alice, &[], &own)?;
    merge(scene, &cast.bob)?;
    agree(scene, &[&cast.bob, &cast.alice])
}

/// Eve joins in epoch 2. Control: the key of that epoch.
fn stranger(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let eve = member(scene, "eve", Home::Peer, cast.bob.setup)?;
    add(scene, &cast.alice, &[&cast.bob], &[&eve])?;
    step(scene, &cast.alice, &[&cast.bob, &eve], &path())?;
    let words = format!("resumption_psk:{}", twin.pick(2, 1));
    commit_call(scene, &cast.bob, &value(&words)).judged(twin)?;
    if twin == Twin::Control {
        clear(scene, &cast.bob)?;
    }
    step(scene, &cast.bob, &[&cast.alice, &eve], &path())?;
    agree(scene, &[&cast.bob, &cast.alice, &eve])
}

/// Control: a little earlier.
fn aged(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let (first, second) =
        (protect(scene, &cast.alice, "first")?, protect(scene, &cast.alice, "second")?);
    unprotect(scene, &cast.bob, &second, "second")?;
    pass(scene, twin, &cast)?;
    unprotect_call(scene, &cast.bob, &first).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: a little earlier.
fn past(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let message = late(scene, &cast, 1)?;
    pass(scene, twin, &cast)?;
    unprotect_call(scene, &cast.bob, &message).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// The time after which a key is gone, in the control twin not quite.
fn pass(scene: &mut Scene, twin: Twin, cast: &Cast) -> Outcome {
    let passed = twin.pick(SKIPPED_KEY_AGE - 60, SKIPPED_KEY_AGE + 60);
    scene.advance(passed, &[cast.alice.party, cast.bob.party, cast.carol.party])
}

/// Two groups of the implementation's, whose ids it draws.
fn drawn(scene: &mut Scene, row: &'static str) -> Outcome {
    let setup = Row::of(row).setup();
    let bob = member(scene, "bob", Home::Iut, setup)?;
    let length = if setup.suite == "f64a" { 48 } else { 32 };
    let mut ids = BTreeSet::new();
    for name in ["one", "other"] {
        let create = scene.call(bob.party, "mls.create_group").group(name);
        let create = create.text("suite", setup.suite).text("identity", &bob.identity());
        create.integer("encrypt_handshake", 1).taken()?;
        let say = scene.call(bob.party, "mls.protect").group(name);
        let say = say.text("authenticated_data", "").text("plaintext", "00").ok()?;
        // Version and wire format stand before it.
        let (id, _) = opaque(say.bytes("ciphertext")?.get(4..).unwrap_or_default())?;
        demand(id.len() == length, "a group's id has not Nh bytes")?;
        ids.insert(id);
    }
    demand(ids.len() == 2, "two groups with one id")
}

/// The implementation's key package, with GREASE, where it has any.
fn listed(scene: &mut Scene, row: &'static str) -> Outcome {
    let bob = member(scene, "bob", Home::Iut, Row::of(row).setup())?;
    let package = key_package_call(scene, &bob).integer("grease", 1).ok()?.hex("key_package")?;
    let bytes = unhex(&package).unwrap_or_default();
    let (own, listed) = types(&bytes)?;
    for kind in own {
        let what = format!("an extension {} that the leaf does not list", hex(&kind));
        demand(listed.contains(&kind), &what)?;
    }
    Ok(())
}

/// An extension's type, as it is encoded.
type Kind = [u8; 2];

/// The types of a key package's own extensions, and those that its leaf lists.
fn types(package: &[u8]) -> Outcome<(Vec<Kind>, Vec<Kind>)> {
    // Of the MLSMessage version and wire format, of the KeyPackage version and suite.
    let rest = package.get(8..).unwrap_or_default();
    let (_init_key, rest) = opaque(rest)?;
    let (_encryption_key, rest) = opaque(rest)?;
    let (_signature_key, rest) = opaque(rest)?;
    let (_identity, rest) = opaque(rest.get(2..).unwrap_or_default())?;
    let (_versions, rest) = opaque(rest)?;
    let (_suites, rest) = opaque(rest)?;
    let (listed, rest) = opaque(rest)?;
    let (_proposals, rest) = opaque(rest)?;
    let (_credentials, rest) = opaque(rest)?;
    // Source and lifetime.
    let (_of_leaf, rest) = opaque(rest.get(17..).unwrap_or_default())?;
    let (_of_leaf_signature, rest) = opaque(rest)?;
    let (mut extensions, _) = opaque(rest)?;
    let mut own = Vec::new();
    while let [first, second, rest @ ..] = extensions.as_slice() {
        own.push([*first, *second]);
        extensions = opaque(rest)?.1.to_vec();
    }
    let pairs = listed.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    Ok((own, pairs.collect()))
}

/// Bytes behind their length, and what follows them.
fn opaque(bytes: &[u8]) -> Outcome<(Vec<u8>, &[u8])> {
    let short = || Stop::Fail("an encoding ends within a vector".to_owned());
    let first = bytes.first().ok_or_else(short)?;
    let width = 1_usize << (first >> 6);
    let head = bytes.get(..width).ok_or_else(short)?;
    let length = head.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let length = length & !(3 << (8 * width - 2));
    let end = usize::try_from(length).ok().and_then(|length| length.checked_add(width));
    let body = end.and_then(|end| bytes.get(width..end)).ok_or_else(short)?;
    Ok((body.to_vec(), &bytes[width + body.len()..]))
}
