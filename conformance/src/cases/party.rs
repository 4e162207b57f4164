//! Parties: their life, their clock, their state on the runner's disk.

use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::scene::{Home, Scene};

const LIFE: &[&str] = &["party.new", "party.free", "party.observe"];
const STATE: &[&str] = &["party.new", "party.observe", "party.save", "party.load", "party.free"];

/// The cases.
pub const CASES: &[Case] = &[
    Case::positive("PARTY-DIGEST-SAME-001p", "Observing a party does not change it.", observe)
        .clauses(&["ADP-07"])
        .needs(Access::L2, LIFE),
    Case::positive("PARTY-DIGEST-CLOCK-002p", "The clock is part of the state digest.", clock)
        .clauses(&["ADP-07", "ADP-08"])
        .needs(Access::L2, &["party.new", "party.observe", "party.clock"]),
    Case::positive("PARTY-LIFE-FREE-003p", "A freed party is gone and its name is free.", free)
        .clauses(&["ADP-06"])
        .needs(Access::L2, LIFE),
    Case::positive("PARTY-LIFE-TWICE-004p", "A party cannot be created twice.", twice)
        .clauses(&["ADP-06"])
        .needs(Access::L2, LIFE),
    Case::positive(
        "PARTY-LIFE-APART-005p",
        "What happens to one party leaves another as it was.",
        apart,
    )
    .clauses(&["ADP-07"])
    .needs(Access::L2, &["party.new", "party.observe", "party.clock"]),
    Case::positive(
        "PARTY-STATE-LOAD-006p",
        "A stored state comes back after the party was freed.",
        load,
    )
    .clauses(&["ADP-09"])
    .needs(Access::L2, STATE),
    Case::positive("PARTY-STATE-KILL-007p", "A stored state survives the process.", kill)
        .clauses(&["ADP-09"])
        .needs(Access::L2, STATE),
    Case::negative("PARTY-STATE-EMPTY-008n", "Loading from an empty folder is refused.", empty)
        .clauses(&["ADP-09"])
        .needs(Access::L2, STATE),
];

fn observe(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    let before = scene.digest(alice)?;
    scene.observe(alice)?;
    same(before, scene.digest(alice)?, "the state digest changed by looking at it")
}

fn clock(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    for day in 1..=3_u64 {
        let now = crate::scene::START + 86_400 * day;
        scene.call(alice, "party.clock").long("now", now).accepted()?;
    }
    Ok(())
}

fn free(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    scene.call(alice, "party.free").ok()?;
    gone(scene.call(alice, "party.observe").ok().map(drop))?;
    scene.party("alice", Home::Iut).map(drop)
}

fn twice(scene: &mut Scene) -> Outcome {
    scene.party("alice", Home::Iut)?;
    gone(scene.party("alice", Home::Iut).map(drop))
}

/// Asking for a party that is not there is the runner's error: a fault.
fn gone(outcome: Outcome) -> Outcome {
    match outcome {
        Err(Stop::Inconclusive(why)) if why.contains("fault of") => Ok(()),
        Ok(()) | Err(Stop::Fail(_)) => Err(Stop::Fail("not answered with fault".to_owned())),
        other => other,
    }
}

fn apart(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    let bob = scene.party("bob", Home::Iut)?;
    let before = scene.digest(bob)?;
    scene.advance(60, &[alice])?;
    scene.call(alice, "party.free").ok()?;
    same(before, scene.digest(bob)?, "what happened to alice changed bob")
}

fn load(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    scene.advance(60, &[alice])?;
    let before = scene.digest(alice)?;
    scene.save(alice)?;
    scene.call(alice, "party.free").ok()?;
    scene.load(alice)?;
    same(before, scene.digest(alice)?, "another state came back")
}

fn kill(scene: &mut Scene) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    scene.advance(60, &[alice])?;
    let before = scene.digest(alice)?;
    scene.save(alice)?;
    scene.kill(Home::Iut)?;
    scene.load(alice)?;
    same(before, scene.digest(alice)?, "another state came back after the process was killed")
}

fn empty(scene: &mut Scene, twin: Twin) -> Outcome {
    let alice = scene.party("alice", Home::Iut)?;
    if twin == Twin::Control {
        scene.save(alice)?;
    }
    scene.call(alice, "party.free").ok()?;
    let folder = scene.folder(alice);
    let now = crate::scene::START;
    let call = scene.at(Home::Iut, "party.load").party("alice").long("now", now);
    call.text("folder", &folder.to_string_lossy()).judged(twin)
}

fn same(before: Option<String>, after: Option<String>, what: &str) -> Outcome {
    match before == after {
        true => Ok(()),
        false => Err(Stop::Fail(what.to_owned())),
    }
}
