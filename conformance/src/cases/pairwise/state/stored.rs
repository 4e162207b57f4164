//! What is stored in a folder, whatever its form: it comes back whole, and what was erased does not.

use super::folder::{copy, disk, files, load_call, save, stands};
use super::{bad, good};
use crate::case::{Case, Outcome, Stop, Twin};
use crate::cases::pairwise::stage::{
    Part, SESSION, Step, accept, cast, demand, established, fetch, initiate, judged_with, pass,
    receive, receive_call, restart, send,
};
use crate::scene::{Decision, Home, Scene};
use crate::wire::Randomness;
use std::fs;
use std::time::Duration;

/// The cases.
pub const CASES: &[Case] = &[
    good(
        "PW-STA-RESTART-001p",
        "An initiator that restarts at each step goes on as if it had not.",
        |s| restarts(s, Part::Initiator),
    )
    .clauses(&["STA-08", "RAT-05"])
    .mutants(&["S4"]),
    good(
        "PW-STA-RESTART-002p",
        "A responder that restarts at each step goes on as if it had not.",
        |s| restarts(s, Part::Responder),
    )
    .clauses(&["STA-08", "RAT-05"])
    .mutants(&["S4"]),
    good("PW-STA-RESTART-003p", "Skipped keys survive a restart.", skipped)
        .clauses(&["STA-08", "RAT-09"])
        .mutants(&["S4"]),
    good("PW-STA-KILL-004p", "A process killed before it stored is where it was.", |s| {
        killed(s, false)
    })
    .clauses(&["STA-07", "STA-08"])
    .mutants(&["S4"]),
    good("PW-STA-KILL-005p", "A process killed after it stored has gone on.", |s| killed(s, true))
        .clauses(&["STA-07", "STA-08"])
        .mutants(&["S4"]),
    bad("PW-STA-REPLAY-006n", "A message received before a restart is refused after it.", replay)
        .clauses(&["STA-08", "STA-09", "RAT-10"])
        .mutants(&["R6", "S4"]),
    good(
        "PW-STA-WRITE-007p",
        "A process killed while it stores leaves the state before or after.",
        interrupted,
    )
    .clauses(&["STA-07"])
    .mutants(&["S4"]),
    good(
        "PW-STA-DAMAGE-008p",
        "A damaged file never makes a process crash or go back unnoticed.",
        damaged,
    )
    .clauses(&["STA-07", "ENC-13"])
    .mutants(&["S1", "S4", "D3"]),
    good(
        "PW-STA-ERASED-033p",
        "Keys that were erased stand in no file of the storage folder.",
        erased,
    )
    .clauses(&["STA-09", "HS-08", "RAT-12"])
    .mutants(&["H9", "R15"]),
    good(
        "PW-STA-CHANGES-014p",
        "The count of changes grows with each step and with nothing else.",
        changes,
    )
    .clauses(&["STA-03"])
    .mutants(&["S1"]),
];

fn restarts(scene: &mut Scene, part: Part) -> Outcome {
    let (alice, bob) = cast(scene, part)?;
    let iut = if part == Part::Initiator { &alice } else { &bob };
    let again = |scene: &mut Scene| {
        let before = scene.digest(iut.party)?;
        restart(scene, iut)?;
        demand(before == scene.digest(iut.party)?, "another state came back")
    };
    again(scene)?;
    let bundle = fetch(scene, &bob)?;
    again(scene)?;
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    again(scene)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    again(scene)?;
    let second = send(scene, &alice, SESSION, "hello again")?;
    again(scene)?;
    accept(scene, &bob, &first, SESSION)?;
    again(scene)?;
    receive(scene, &bob, &second, Step::Same)?;
    again(scene)?;
    let (mut from, mut to) = (&bob, &alice);
    for turn in 0..4 {
        for step in [Step::Dh, Step::Same] {
            let letter = send(scene, from, SESSION, &format!("turn {turn}"))?;
            again(scene)?;
            receive(scene, to, &letter, step)?;
            again(scene)?;
        }
        (from, to) = (to, from);
    }
    Ok(())
}

fn skipped(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let early = send(scene, &alice, SESSION, "skipped")?;
    pass(scene, &alice, &bob, SESSION, "arrives", Step::Dh)?;
    restart(scene, &bob)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "new chain", Step::Dh)?;
    restart(scene, &bob)?;
    receive(scene, &bob, &early, Step::Same).map(drop)
}

fn killed(scene: &mut Scene, stored: bool) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let before = scene.digest(bob.party)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    receive(scene, &bob, &letter, Step::Dh)?;
    let after = scene.digest(bob.party)?;
    if stored {
        scene.save(bob.party)?;
    }
    scene.kill(Home::Iut)?;
    scene.load(bob.party)?;
    let expected = if stored { after } else { before };
    demand(expected == scene.digest(bob.party)?, "another state came back")?;
    if !stored {
        receive(scene, &bob, &letter, Step::Dh)?;
    }
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

fn replay(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let first = send(scene, &alice, SESSION, "first")?;
    let second = send(scene, &alice, SESSION, "second")?;
    receive(scene, &bob, &first, Step::Dh)?;
    restart(scene, &bob)?;
    let call = receive_call(scene, bob.party, twin.pick(&second, &first), Step::Same);
    judged_with(call, twin, "duplicate")
}

/// The longer the process lives, the further it gets; which of the two states it leaves is its affair.
/// Each round begins with the folder as it was, so that the requests do not depend on it.
fn interrupted(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let before = scene.digest(bob.party)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    for micros in [0, 20, 50, 100, 200, 300, 500, 800, 1200, 2000, 4000, 10_000] {
        receive(scene, &bob, &letter, Step::Dh)?;
        let after = scene.digest(bob.party)?;
        scene.interrupt_save(bob.party, Duration::from_micros(micros))?;
        scene.load(bob.party)?;
        let now = scene.digest(bob.party)?;
        demand(now == before || now == after, &format!("killed after {micros} µs: a third state"))?;
        scene.call(bob.party, "party.free").ok()?;
        disk(copy(&aside, &folder))?;
        scene.load(bob.party)?;
    }
    receive(scene, &bob, &letter, Step::Dh)?;
    pass(scene, &bob, &alice, SESSION, "go on", Step::Dh)
}

/// Whatever happened to a file: the state that was stored comes back, or none.
fn damaged(scene: &mut Scene) -> Outcome {
    let (_, bob) = established(scene, Part::Responder)?;
    let changes = save(scene, bob.party)?;
    let good = scene.digest(bob.party)?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    for path in disk(files(&aside))? {
        let target = folder.join(path.strip_prefix(&aside).unwrap_or(&path));
        let bytes = disk(fs::read(&path))?;
        let half = bytes.len() / 2;
        let longer = [bytes.clone(), vec![0; 9]].concat();
        for damage in [
            Vec::new(),
            bytes[..half].to_vec(),
            bytes[..bytes.len().saturating_sub(1)].to_vec(),
            longer,
        ] {
            scene.call(bob.party, "party.free").send().map(drop)?;
            disk(copy(&aside, &folder))?;
            disk(fs::write(&target, damage))?;
            if let Decision::Accepted(_) =
                load_call(scene, bob.party, &folder, Some(changes)).send()?
            {
                demand(good == scene.digest(bob.party)?, "a damaged state came back as another")?;
            } else {
                disk(copy(&aside, &folder))?;
                load_call(scene, bob.party, &folder, Some(changes)).ok()?;
            }
        }
    }
    Ok(())
}

/// Private keys are fed, so that they can be looked for, before their end and behind it.
fn erased(scene: &mut Scene) -> Outcome {
    if scene.randomness() != Randomness::Fed {
        return Err(Stop::Unsupported("the randomness is not fed".to_owned()));
    }
    let (alice, bob) = cast(scene, Part::Responder)?;
    let batch = scene.next_id(Home::Iut);
    let bundle = fetch(scene, &bob)?;
    let prekeys = [("one_time_prekey.0", 32), ("kem_prekey.0", 64)];
    let prekeys = prekeys.map(|(name, length)| scene.value("bob", batch, name, length));
    for secret in &prekeys {
        if !stands(scene, &bob, secret)? {
            let why = "what is stored is sealed, or keys stand in it in another form";
            return Err(Stop::Unsupported(why.to_owned()));
        }
    }
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    let first = send(scene, &alice, SESSION, "hello")?;
    // The state's digest is asked for before and after.
    let accepted = scene.next_id(Home::Iut) + 1;
    accept(scene, &bob, &first, SESSION)?;
    for secret in &prekeys {
        demand(!stands(scene, &bob, secret)?, "a one-time prekey is stored after its use")?;
    }
    let ratchet = scene.value("bob", accepted, "ratchet_key", 32);
    demand(stands(scene, &bob, &ratchet)?, "the ratchet key is not stored")?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    pass(scene, &alice, &bob, SESSION, "again", Step::Dh)?;
    demand(!stands(scene, &bob, &ratchet)?, "a ratchet key is stored after its replacement")
}

fn changes(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let mut last = save(scene, bob.party)?;
    for turn in 0..4 {
        let same = save(scene, bob.party)?;
        demand(same == last, "storing again counts as a change")?;
        let letter = send(scene, &alice, SESSION, "arrives")?;
        receive(scene, &bob, &letter, if turn == 0 { Step::Dh } else { Step::Same })?;
        let now = save(scene, bob.party)?;
        demand(now > last, "a received message is no change")?;
        last = now;
        send(scene, &bob, SESSION, "answer")?;
        let now = save(scene, bob.party)?;
        demand(now > last, "a sent message is no change")?;
        last = now;
    }
    Ok(())
}
