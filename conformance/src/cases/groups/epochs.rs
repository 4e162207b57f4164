//! Epochs: which messages are late, early or done with; whose Commit counts; who is out.

use super::kinds::member as case;
use super::stage::{
    Cast, Change, Row, USUAL, add, added, agree, call, cast, clear, commit, commit_call, demand,
    epoch, group, join_call, key_package, member, merge, pair, path, propose, protect,
    protect_call, removed, say, state, step, take, take_call, unprotect, unprotect_call, value,
};
use super::twins::late;
use crate::case::{Case, Outcome, Twin};
use crate::digest::hex;
use crate::scene::{Home, Scene};

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("GR-EPO-LATE-001p", "A message of the epoch before is read in the next.", late_by_one), &["GDS-23"], &["M15"]),
    case(Case::negative("GR-EPO-LATE-002n", "A message of an epoch that is gone is refused.", too_late), &["GDS-23", "GRP-84"], &["M28"]),
    case(Case::negative("GR-EPO-LATE-003n", "A message of the epoch before is read once.", late_twice), &["GRP-44", "GRP-45"], &[]),
    case(Case::positive("GR-EPO-ORDER-004p", "Messages of one sender are read in any order.", any_order), &["GRP-44"], &["M12"]),
    case(Case::negative("GR-EPO-TWICE-005n", "A message that was read is refused when it comes again.", twice), &["GRP-44", "GRP-45"], &[]),
    case(Case::negative("GR-EPO-TWICE-006n", "A late message that was read is refused when it comes again.", skipped_twice), &["GRP-44", "GRP-45"], &[]),
    case(Case::negative("GR-EPO-COMMIT-007n", "Two Commits of one epoch are not both taken.", two_commits), &["GRP-92", "GRP-84", "GDS-13"], &[]),
    case(Case::negative("GR-EPO-COMMIT-008n", "A Commit that was taken is refused when it comes again.", same_commit), &["GRP-92", "GRP-84", "GDS-13"], &[]),
    case(Case::negative("GR-EPO-COMMIT-009n", "Two public Commits of one epoch are not both taken.", two_public), &["GRP-92", "GRP-84"], &[]),
    case(Case::positive("GR-EPO-PENDING-010p", "Another's Commit is taken while an own one is pending.", overtaken), &["GRP-92", "GDS-07"], &["C17"]),
    case(Case::negative("GR-EPO-PENDING-011n", "An own Commit that was overtaken is not entered.", overtaken_own), &["GRP-92", "GDS-07"], &["C17"]),
    case(Case::positive("GR-EPO-PENDING-012p", "An own Commit that was dropped leaves the epoch as it was.", dropped), &["GRP-92"], &[]),
    case(Case::positive("GR-EPO-PENDING-013p", "Messages are read and sent while an own Commit is pending.", meanwhile), &["GDS-06", "GDS-35"], &[]),
    case(Case::positive("GR-EPO-PENDING-014p", "An epoch is entered by the own Commit, and not before.", entered), &["GDS-06"], &[]),
    case(Case::negative("GR-EPO-PROPOSAL-015n", "A proposal of an epoch that has ended is not to be referred to.", old_proposal), &["GDS-25", "GRP-84", "GRP-86"], &[]),
    case(Case::positive("GR-EPO-REMOVED-016p", "A member that is removed is told so, and is inactive.", is_told), &["GRP-93", "GDS-26"], &[]),
    case(Case::negative("GR-EPO-REMOVED-017n", "A member that was removed sends nothing.", removed_sends), &["GRP-93"], &[]),
    case(Case::negative("GR-EPO-REMOVED-018n", "A member that was removed reads nothing of the next epoch.", removed_reads), &["GRP-93", "GRP-84"], &[]),
    case(Case::positive("GR-EPO-REMOVED-019p", "A member that was removed can be added again.", removed_again), &["GRP-93", "GJN-01"], &[]),
    case(Case::negative("GR-EPO-WELCOME-020n", "A Welcome for a key package that was used is refused.", welcome_again), &["GJN-01", "GJN-11", "GDS-21"], &["W5"]),
    case(Case::negative("GR-EPO-WELCOME-021n", "A Welcome into a group that the device is in is refused.", welcome_inside), &["GJN-07", "GJN-01"], &[]),
    case(Case::negative("GR-EPO-WELCOME-022n", "A Welcome for somebody else is refused.", welcome_of_another), &["GJN-01"], &[]),
    case(Case::negative("GR-EPO-REINIT-024n", "After a ReInit nothing more is sent in the old group.", reinit_sends), &["GRP-94"], &[]),
    case(Case::positive("GR-EPO-HEAL-026p", "A resumption key of each epoch kept is one that a Commit can have.", old_keys), &["GDS-24", "GRP-34"], &[]),
    case(Case::negative("GR-EPO-FUTURE-027n", "A message of the next epoch is refused, and is read once it is there.", early), &["GRP-84"], &[]),
    case(Case::negative("GR-EPO-GROUP-028n", "A message of another group with the same members is refused.", other_group), &["GRP-84"], &[]),
];

fn three(scene: &mut Scene) -> Outcome<Cast> {
    cast(scene, &Row::of("-"))
}

fn late_by_one(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    let message = late(scene, &cast, 1)?;
    unprotect(scene, &cast.bob, &message, "late")?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: the oldest epoch that is kept.
fn too_late(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let message = late(scene, &cast, twin.pick(2, 3))?;
    unprotect_call(scene, &cast.bob, &message).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: another message of that epoch.
fn late_twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let other = protect(scene, &cast.alice, "other")?;
    let message = late(scene, &cast, 1)?;
    unprotect(scene, &cast.bob, &message, "late")?;
    unprotect_call(scene, &cast.bob, &twin.pick(other, message)).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn any_order(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    let texts = ["zero", "one", "two", "three", "four", "five"];
    let mut messages = Vec::new();
    for text in texts {
        messages.push(protect(scene, &cast.alice, text)?);
    }
    for at in [3, 0, 5, 2, 1, 4] {
        unprotect(scene, &cast.bob, &messages[at], texts[at])?;
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

fn twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let (first, second) = (protect(scene, &cast.alice, "1")?, protect(scene, &cast.alice, "2")?);
    unprotect(scene, &cast.bob, &first, "1")?;
    unprotect_call(scene, &cast.bob, &twin.pick(second, first)).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

/// As `twice`, of a message whose key was kept while another was read.
fn skipped_twice(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let (first, second) = (protect(scene, &cast.alice, "1")?, protect(scene, &cast.alice, "2")?);
    let third = protect(scene, &cast.alice, "3")?;
    unprotect(scene, &cast.bob, &third, "3")?;
    unprotect(scene, &cast.bob, &first, "1")?;
    unprotect_call(scene, &cast.bob, &twin.pick(second, first)).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn two_commits(scene: &mut Scene, twin: Twin) -> Outcome {
    commits_of(scene, twin, "-")
}

fn two_public(scene: &mut Scene, twin: Twin) -> Outcome {
    commits_of(scene, twin, "- public")
}

/// Alice's Commit is taken; Carol's is of the same epoch. Control: Carol's is of the next.
fn commits_of(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let cast = cast(scene, &Row::of(row))?;
    let early = commit(scene, &cast.carol, &path())?.commit;
    clear(scene, &cast.carol)?;
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &path())?;
    let late = commit(scene, &cast.carol, &path())?.commit;
    take_call(scene, &cast.bob, &[], &twin.pick(late.clone(), early)).judged(twin)?;
    if twin == Twin::Deviant {
        take(scene, &cast.bob, &[], &late)?;
    }
    merge(scene, &cast.carol)?;
    agree(scene, &[&cast.carol, &cast.bob])
}

fn same_commit(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let first = step(scene, &cast.alice, &[&cast.bob], &path())?.commit;
    let second = commit(scene, &cast.alice, &path())?.commit;
    take_call(scene, &cast.bob, &[], &twin.pick(second.clone(), first)).judged(twin)?;
    if twin == Twin::Deviant {
        take(scene, &cast.bob, &[], &second)?;
    }
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn overtaken(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    commit(scene, &cast.bob, &path())?;
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &path())?;
    agree(scene, &[&cast.alice, &cast.bob, &cast.carol])?;
    step(scene, &cast.bob, &[&cast.alice, &cast.carol], &path())?;
    agree(scene, &[&cast.bob, &cast.alice, &cast.carol])
}

/// Control: nobody else has committed.
fn overtaken_own(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let own = commit(scene, &cast.bob, &path())?.commit;
    if twin == Twin::Deviant {
        step(scene, &cast.alice, &[&cast.bob], &path())?;
    } else {
        take(scene, &cast.alice, &[], &own)?;
    }
    call(scene, &cast.bob, "mls.handle_pending_commit").judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn dropped(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    let before = epoch(scene, &cast.bob)?;
    commit(scene, &cast.bob, &path())?;
    clear(scene, &cast.bob)?;
    demand(epoch(scene, &cast.bob)? == before, "another epoch after the Commit was dropped")?;
    agree(scene, &[&cast.alice, &cast.bob])?;
    step(scene, &cast.bob, &[&cast.alice], &path())?;
    agree(scene, &[&cast.bob, &cast.alice])
}

fn meanwhile(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    let own = commit(scene, &cast.bob, &path())?.commit;
    say(scene, &cast.alice, &cast.bob, "meanwhile")?;
    say(scene, &cast.bob, &cast.alice, "mine")?;
    let late = protect(scene, &cast.alice, "late")?;
    take(scene, &cast.alice, &[], &own)?;
    merge(scene, &cast.bob)?;
    unprotect(scene, &cast.bob, &late, "late")?;
    agree(scene, &[&cast.bob, &cast.alice])
}

fn entered(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    let before = epoch(scene, &cast.bob)?;
    let own = commit(scene, &cast.bob, &path())?.commit;
    demand(epoch(scene, &cast.bob)? == before, "the epoch was entered before it was decided")?;
    take(scene, &cast.alice, &[], &own)?;
    merge(scene, &cast.bob)?;
    demand(epoch(scene, &cast.bob)? == before + 1, "the epoch was not entered")?;
    agree(scene, &[&cast.bob, &cast.alice])
}

/// Control: the proposal is of this epoch.
fn old_proposal(scene: &mut Scene, twin: Twin) -> Outcome {
    let row = Row::of("- four");
    let cast = cast(scene, &row)?;
    let words = format!("remove:{}", hex(b"dave"));
    let old = propose(scene, &cast.carol, &words)?;
    let all = [&cast.bob, &cast.carol];
    step(scene, &cast.alice, &all, &path())?;
    let new = propose(scene, &cast.carol, &words)?;
    let change = Change { by_reference: vec![new.clone()], ..Change::default() };
    let made = commit(scene, &cast.alice, &change)?;
    take_call(scene, &cast.bob, &[twin.pick(new.clone(), old)], &made.commit).judged(twin)?;
    if twin == Twin::Deviant {
        take(scene, &cast.bob, &[new], &made.commit)?;
    }
    merge(scene, &cast.alice)?;
    agree(scene, &[&cast.alice, &cast.bob])
}

fn remove_bob(scene: &mut Scene, cast: &Cast) -> Outcome {
    let gone = removed(&cast.bob);
    step(scene, &cast.alice, &[&cast.bob, &cast.carol], &gone).map(drop)
}

fn is_told(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    remove_bob(scene, &cast)?;
    let out = state(scene, &cast.bob)?;
    demand(out.integer("active")? == 0, "a member that was removed takes itself for active")
}

/// Control: it was not removed.
fn removed_sends(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    if twin == Twin::Deviant {
        remove_bob(scene, &cast)?;
    }
    protect_call(scene, &cast.bob, "still here").judged(twin)?;
    if twin == Twin::Deviant {
        commit_call(scene, &cast.bob, &path()).refused()?;
    }
    Ok(())
}

fn removed_reads(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    if twin == Twin::Deviant {
        remove_bob(scene, &cast)?;
    }
    let message = protect(scene, &cast.alice, "among ourselves")?;
    unprotect_call(scene, &cast.bob, &message).judged(twin)?;
    let made = commit(scene, &cast.alice, &path())?;
    take_call(scene, &cast.bob, &[], &made.commit).judged(twin)
}

fn removed_again(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    remove_bob(scene, &cast)?;
    add(scene, &cast.alice, &[&cast.carol], &[&cast.bob])?;
    agree(scene, &[&cast.bob, &cast.alice, &cast.carol])
}

/// Bob is added, removed, and gets the same Welcome again. Control: a new one.
fn welcome_again(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    group(scene, &alice, &[])?;
    let change = added(scene, &bob)?;
    let first = step(scene, &alice, &[], &change)?;
    join_call(scene, &bob, first.welcome()?).taken()?;
    step(scene, &alice, &[&bob], &removed(&bob))?;
    let change = added(scene, &bob)?;
    let second = step(scene, &alice, &[], &change)?;
    let welcome = twin.pick(second.welcome()?, first.welcome()?).to_owned();
    join_call(scene, &bob, &welcome).judged(twin)?;
    if twin == Twin::Deviant {
        join_call(scene, &bob, second.welcome()?).taken()?;
    }
    agree(scene, &[&alice, &bob])
}

/// Zoe takes Bob for gone: she adds him to a group of the same id. Control: he is gone.
fn welcome_inside(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    if twin == Twin::Control {
        remove_bob(scene, &cast)?;
    }
    let zoe = member(scene, "zoe", Home::Peer, USUAL)?;
    group(scene, &zoe, &[])?;
    let change = added(scene, &cast.bob)?;
    let made = step(scene, &zoe, &[], &change)?;
    join_call(scene, &cast.bob, made.welcome()?).judged(twin)?;
    agree(scene, &[twin.pick(&zoe, &cast.alice), &cast.bob])
}

fn welcome_of_another(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    let carol = member(scene, "carol", Home::Peer, USUAL)?;
    group(scene, &alice, &[])?;
    let (own, others) = (key_package(scene, &bob)?, key_package(scene, &carol)?);
    let made = commit(scene, &alice, &value(&format!("add:{}", twin.pick(&own, &others))))?;
    join_call(scene, &bob, made.welcome()?).judged(twin)?;
    if twin == Twin::Deviant {
        clear(scene, &alice)?;
        let made = commit(scene, &alice, &value(&format!("add:{own}")))?;
        join_call(scene, &bob, made.welcome()?).taken()?;
    }
    merge(scene, &alice)?;
    agree(scene, &[&alice, &bob])
}

/// Control: something else was committed.
fn reinit_sends(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let words = format!("re_init:0001:{}", hex(b"the next group"));
    let change = twin.pick(path(), value(&words));
    step(scene, &cast.alice, &[&cast.bob], &change)?;
    protect_call(scene, &cast.bob, "still here").judged(twin)?;
    if twin == Twin::Deviant {
        commit_call(scene, &cast.bob, &path()).refused()?;
    }
    Ok(())
}

fn old_keys(scene: &mut Scene) -> Outcome {
    let cast = three(scene)?;
    for _ in 0..3 {
        step(scene, &cast.alice, &[&cast.bob], &path())?;
    }
    for epoch in [1, 2, 3] {
        step(scene, &cast.alice, &[&cast.bob], &value(&format!("resumption_psk:{epoch}")))?;
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: the Commit has come first.
fn early(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let made = commit(scene, &cast.alice, &path())?;
    merge(scene, &cast.alice)?;
    let message = protect(scene, &cast.alice, "early")?;
    if twin == Twin::Control {
        take(scene, &cast.bob, &[], &made.commit)?;
    }
    unprotect_call(scene, &cast.bob, &message).judged(twin)?;
    if twin == Twin::Deviant {
        take(scene, &cast.bob, &[], &made.commit)?;
        unprotect(scene, &cast.bob, &message, "early")?;
    }
    agree(scene, &[&cast.alice, &cast.bob])
}

/// Control: the group of the name.
fn other_group(scene: &mut Scene, twin: Twin) -> Outcome {
    let cast = three(scene)?;
    let id = hex(b"another group");
    let create = scene.call(cast.alice.party, "mls.create_group").group("other");
    let create = create.text("suite", "0001").text("group_id", &id);
    create.text("identity", &cast.alice.identity()).integer("encrypt_handshake", 1).ok()?;
    let say = scene.call(cast.alice.party, "mls.protect").group(twin.pick("g", "other"));
    let say = say.text("authenticated_data", "").text("plaintext", "00").ok()?;
    unprotect_call(scene, &cast.bob, &say.hex("ciphertext")?).judged(twin)?;
    agree(scene, &[&cast.alice, &cast.bob])
}
