//! What a member looks at in the Commit that removes it.

use super::kinds::of_sceau as case;
use super::stage::{
    Cast, Made, Row, agree, cast, clear, commit, commit_call, demand, merge, removed, state, take,
    take_call,
};
use crate::case::{Case, Outcome, Twin};
use crate::scene::Scene;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-RMV-SIG-001n", "A Commit that removes the device and whose signature does not verify is refused.", by_removal, "content-bad-signature"), &["GRP-96", "GRP-43"], &[]),
    case(Case::negative_of("GR-RMV-SIG-002n", "A Commit that removes the device, with a leaf of a bad signature, is refused.", by_removal, "leaf-bad-signature"), &["GRP-96", "GRP-60", "GRP-89"], &[]),
    case(Case::negative_of("GR-RMV-NONE-003n", "A Commit that removes the device and has no path is refused.", by_removal, "path-missing"), &["GRP-96", "GRP-87"], &[]),
    case(Case::negative_of("GR-RMV-NODES-004n", "A Commit that removes the device and whose path lacks a node is refused.", by_removal, "path-node-missing"), &["GRP-96", "GRP-26"], &[]),
    case(Case::negative_of("GR-RMV-TEXTS-005n", "A Commit that removes the device, with a ciphertext too many, is refused.", by_removal, "path-ciphertext-extra"), &["GRP-96", "GRP-26"], &[]),
    case(Case::negative_of("GR-RMV-HASH-006n", "A Commit that removes the device, with a wrong parent hash, is refused.", by_removal, "path-parent-hash-wrong filled"), &["GRP-96", "GRP-26"], &[]),
    case(Case::negative_of("GR-RMV-CONFIRM-007n", "A Commit that removes the device, with an empty confirmation tag, is refused.", by_removal, "confirmation-tag-empty"), &["GRP-96", "GRP-88"], &[]),
    case(Case::positive_of("GR-RMV-CONFIRM-008p", "Who is removed cannot check the confirmation tag, and is out.", unusual_removal, "confirmation-tag-wrong"), &["GRP-96", "GRP-93"], &[]),
    case(Case::positive_of("GR-RMV-SECRET-009p", "Who is removed opens no path secret, and is out.", unusual_removal, "path-old-context"), &["GRP-96", "GRP-93"], &[]),
];

/// The Commit by which Alice removes the implementation deviates; then an honest one comes.
fn by_removal(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let change = removed(&cast.bob);
    let made = Made::of(&row.apply(commit_call(scene, &cast.alice, &change), twin).ok()?)?;
    take_call(scene, &cast.bob, &[], &made.commit).judged(twin)?;
    let made = if twin == Twin::Deviant {
        clear(scene, &cast.alice)?;
        let made = commit(scene, &cast.alice, &change)?;
        take(scene, &cast.bob, &[], &made.commit)?;
        made
    } else {
        made
    };
    out(scene, &cast)?;
    take(scene, &cast.carol, &[], &made.commit)?;
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.carol])
}

/// Alice's Commit is wrong for who stays, and not for who is removed.
fn unusual_removal(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    let call = commit_call(scene, &cast.alice, &removed(&cast.bob));
    let made = Made::of(&row.apply(call, Twin::Deviant).ok()?)?;
    take(scene, &cast.bob, &[], &made.commit)?;
    out(scene, &cast)
}

/// The implementation's member is told that it is out.
fn out(scene: &mut Scene, cast: &Cast) -> Outcome {
    let active = state(scene, &cast.bob)?.integer("active")?;
    demand(active == 0, "a member that was removed takes itself for active")
}
