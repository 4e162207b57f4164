//! A member's process ends in the middle of a conversation, and goes on from what was stored.

use super::kinds::stored as case;
use super::stage::{
    Change, Row, USUAL, agree, call, cast, commit, demand, epoch, group, join_call, key_package,
    merge, pair, path, propose, propose_update, protect, psk, removed, restart, say, state, step,
    take, unprotect, unprotect_call, value,
};
use crate::case::{Case, Outcome, Twin};
use crate::scene::{Home, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive_of("GR-STA-EACH-001p", "A member that restarts after each step goes on as if it had not.", each_step, "-"), &["GDS-28"], &[]),
    case(Case::positive_of("GR-STA-EACH-002p", "The same with public handshakes.", each_step, "- public"), &["GDS-28"], &[]),
    case(Case::positive_of("GR-STA-EACH-003p", "The same in suite 0xF64A.", each_step, "- f64a"), &["GDS-28"], &[]).optional(),
    case(Case::positive("GR-STA-PACKAGE-004p", "A Welcome is taken after a restart.", package), &["GDS-28", "GDS-21"], &[]),
    case(Case::negative("GR-STA-PACKAGE-005n", "A key package that was used is gone after a restart, too.", package_gone), &["GJN-11", "GDS-21"], &["W5"]),
    case(Case::positive("GR-STA-PENDING-006p", "An own Commit is entered after a restart.", pending), &["GDS-28", "GDS-06"], &[]),
    case(Case::positive("GR-STA-PENDING-007p", "Another's Commit is taken after a restart with an own one pending.", pending_overtaken), &["GDS-28", "GRP-92"], &["C17"]),
    case(Case::positive("GR-STA-PROPOSAL-008p", "An own Update is committed by another after a restart.", update), &["GDS-28"], &[]),
    case(Case::positive("GR-STA-PROPOSAL-009p", "Own proposals are committed by another after a restart.", proposals), &["GDS-28"], &[]),
    case(Case::positive("GR-STA-SKIPPED-010p", "A message that was passed over is read after a restart.", skipped), &["GDS-28", "GRP-44"], &["M12"]),
    case(Case::negative("GR-STA-TWICE-011n", "A message that was read is refused after a restart, too.", twice), &["GDS-28", "GRP-45"], &[]),
    case(Case::positive("GR-STA-LATE-012p", "A message of the epoch before is read after a restart.", late), &["GDS-28", "GDS-23"], &[]),
    case(Case::positive("GR-STA-RESUME-013p", "A resumption key of an earlier epoch is there after a restart.", resumption), &["GDS-28", "GDS-24"], &[]),
    case(Case::positive("GR-STA-REMOVED-014p", "A member that was removed is so after a restart.", stays_removed), &["GDS-26", "GRP-93"], &[]),
    case(Case::positive("GR-STA-POWER-015p", "What was stored before a power failure is where the member goes on.", power), &["GDS-28"], &[]),
    case(Case::positive("GR-STA-SEND-016p", "A member does not use a generation again after a restart.", generations), &["GRP-40", "GDS-28"], &[]),
];

/// Bob restarts after each step of a conversation with Commits of all.
fn each_step(scene: &mut Scene, row: &'static str) -> Outcome {
    let row = Row::of(row);
    let cast = cast(scene, &row)?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.bob, &cast.alice])?;
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &path())?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.bob, &cast.alice])?;
    let made = commit(scene, &cast.bob, &path())?;
    restart(scene, &cast.bob)?;
    for other in [&cast.alice, &cast.carol] {
        take(scene, other, &[], &made.commit)?;
    }
    merge(scene, &cast.bob)?;
    restart(scene, &cast.bob)?;
    step(scene, &cast.carol, &[&cast.bob, &cast.alice], &path())?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.bob, &cast.carol, &cast.alice])
}

fn package(scene: &mut Scene) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    group(scene, &alice, &[])?;
    let package = key_package(scene, &bob)?;
    restart(scene, &bob)?;
    let made = step(scene, &alice, &[], &value(&format!("add:{package}")))?;
    join_call(scene, &bob, made.welcome()?).taken()?;
    agree(scene, &[&alice, &bob])
}

/// Control: a key package that was not used.
fn package_gone(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    group(scene, &alice, &[])?;
    let used = key_package(scene, &bob)?;
    let made = step(scene, &alice, &[], &value(&format!("add:{used}")))?;
    join_call(scene, &bob, made.welcome()?).taken()?;
    let unused = key_package(scene, &bob)?;
    restart(scene, &bob)?;
    step(scene, &alice, &[&bob], &removed(&bob))?;
    restart(scene, &bob)?;
    let package = twin.pick(unused, used);
    let made = step(scene, &alice, &[], &value(&format!("add:{package}")))?;
    join_call(scene, &bob, made.welcome()?).judged(twin)
}

fn pending(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let made = commit(scene, &cast.bob, &path())?;
    restart(scene, &cast.bob)?;
    take(scene, &cast.alice, &[], &made.commit)?;
    merge(scene, &cast.bob)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn pending_overtaken(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    commit(scene, &cast.bob, &path())?;
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob], &path())?;
    call(scene, &cast.bob, "mls.handle_pending_commit").refused()?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn update(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let change =
        Change { by_reference: vec![propose_update(scene, &cast.bob)?], ..Change::default() };
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob], &change)?;
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob], &path())?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn proposals(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("- psk remove"))?;
    let mut change = Change::default();
    change.by_reference.push(propose(scene, &cast.bob, &psk())?);
    let dave = cast.dave.map(|dave| dave.identity()).unwrap_or_default();
    change.by_reference.push(propose(scene, &cast.bob, &format!("remove:{dave}"))?);
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob], &change)?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn skipped(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let first = protect(scene, &cast.alice, "first")?;
    say(scene, &cast.alice, &cast.bob, "second")?;
    restart(scene, &cast.bob)?;
    unprotect(scene, &cast.bob, &first, "first")?;
    restart(scene, &cast.bob)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: another message.
fn twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let (first, second) = (protect(scene, &cast.alice, "1")?, protect(scene, &cast.alice, "2")?);
    unprotect(scene, &cast.bob, &first, "1")?;
    restart(scene, &cast.bob)?;
    unprotect_call(scene, &cast.bob, &twin.pick(second, first)).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn late(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let message = super::twins::late(scene, &cast, 1)?;
    restart(scene, &cast.bob)?;
    unprotect(scene, &cast.bob, &message, "late")?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn resumption(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    step(scene, &cast.alice, &[&cast.bob], &path())?;
    restart(scene, &cast.bob)?;
    step(scene, &cast.alice, &[&cast.bob], &value("resumption_psk:1"))?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn stays_removed(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    let gone = removed(&cast.bob);
    step(scene, &cast.alice, &[&cast.bob], &gone)?;
    restart(scene, &cast.bob)?;
    let active = state(scene, &cast.bob)?.integer("active")?;
    demand(active == 0, "a member that was removed is active after a restart")
}

/// What came after the last save is gone, and comes again.
fn power(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("- psk"))?;
    scene.save(cast.bob.party)?;
    let before = epoch(scene, &cast.bob)?;
    let message = protect(scene, &cast.alice, "before the failure")?;
    unprotect(scene, &cast.bob, &message, "before the failure")?;
    let made = commit(scene, &cast.alice, &value(&psk()))?;
    take(scene, &cast.bob, &[], &made.commit)?;
    scene.kill(Home::Iut)?;
    scene.load(cast.bob.party)?;
    demand(epoch(scene, &cast.bob)? == before, "another epoch than the one that was stored")?;
    unprotect(scene, &cast.bob, &message, "before the failure")?;
    take(scene, &cast.bob, &[], &made.commit)?;
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn generations(scene: &mut Scene) -> Outcome {
    let cast = cast(scene, &Row::of("-"))?;
    for text in ["one", "two", "three"] {
        // Each is read, and so none is under a generation that was used.
        say(scene, &cast.bob, &cast.alice, text)?;
        restart(scene, &cast.bob)?;
    }
    agree(scene, &[&cast.bob, &cast.alice])
}
