//! Copies of a stored state: a second writer, and one that is older than what the caller knows of.

use super::bad;
use super::folder::{copy, disk, load_call, save};
use crate::case::{Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    Device, Mail, Part, SESSION, Step, established, receive, send,
};
use crate::scene::{Call, Home, Party, Scene};

/// The cases.
pub const CASES: &[Case] = &[
    bad(
        "PW-STA-STALE-009n",
        "A second writer that works from the same copy cannot store.",
        |s, t| stale(s, t, "pw.send"),
    )
    .clauses(&["STA-06"])
    .mutants(&["S3", "S7"]),
    bad(
        "PW-STA-STALE-010n",
        "A second writer that has received from the same copy cannot store.",
        |s, t| stale(s, t, "pw.receive"),
    )
    .clauses(&["STA-06", "STA-07"])
    .mutants(&["S3", "S7"]),
    bad(
        "PW-STA-STALE-011n",
        "A writer that was refused is refused again until it loads.",
        stale_again,
    )
    .clauses(&["STA-06"])
    .mutants(&["S7"]),
    bad(
        "PW-STA-ROLLBACK-012n",
        "An older copy is refused where the caller knows of a newer one.",
        rollback,
    )
    .clauses(&["STA-05", "STA-04"])
    .mutants(&["S1", "S3"]),
    bad(
        "PW-STA-ROLLBACK-013n",
        "A copy one change older than the caller knows of is refused.",
        least,
    )
    .clauses(&["STA-05", "STA-04"])
    .mutants(&["S1"]),
];

/// A second party that works from the stored state of the first, as a second process would.
fn double(scene: &mut Scene, of: &Device) -> Outcome<Device> {
    let party = Party { name: "double", home: of.party.home };
    let folder = scene.folder(of.party);
    load_call(scene, party, &folder, None).ok()?;
    Ok(Device { party, ..of.clone() })
}

fn stored(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("stale_state"),
    }
}

/// Both do a step; in the deviant twin the first has stored when the second wants to.
fn stale(scene: &mut Scene, twin: Twin, cmd: &str) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let other = double(scene, &bob)?;
    let letter = send(scene, &alice, SESSION, "arrives")?;
    let step = |scene: &mut Scene, device: &Device, body: &str| match cmd {
        "pw.send" => send(scene, device, SESSION, body).map(Some),
        _ => receive(scene, device, &letter, Step::Dh).map(|_| None),
    };
    let one = step(scene, &bob, "from one")?;
    if twin == Twin::Deviant {
        scene.save(bob.party)?;
    }
    let two = step(scene, &other, "from the other")?;
    stored(scene.call(other.party, "party.save"), twin)?;
    // What the writer that was refused has sealed never leaves the device.
    let leaves: Option<Mail> = twin.pick(two, one);
    if let Some(leaves) = leaves {
        receive(scene, &alice, &leaves, Step::Same)?;
    }
    Ok(())
}

fn stale_again(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let other = double(scene, &bob)?;
    send(scene, &bob, SESSION, "from one")?;
    if twin == Twin::Deviant {
        scene.save(bob.party)?;
    }
    for body in ["one", "two", "three"] {
        send(scene, &other, SESSION, body)?;
        stored(scene.call(other.party, "party.save"), twin)?;
    }
    scene.call(other.party, "party.free").ok()?;
    let folder = scene.folder(bob.party);
    load_call(scene, other.party, &folder, None).ok()?;
    let letter = send(scene, &other, SESSION, "from the one that has loaded")?;
    scene.save(other.party)?;
    receive(scene, &alice, &letter, Step::Same).map(drop)
}

/// In the deviant twin the folder is put back to what it was.
fn rollback(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(bob.party)?;
    let (folder, aside) = (scene.folder(bob.party), scene.storage().join("aside"));
    disk(copy(&folder, &aside))?;
    let letter = send(scene, &bob, SESSION, "sent from the newer state")?;
    let changes = save(scene, bob.party)?;
    receive(scene, &alice, &letter, Step::Same)?;
    scene.kill(Home::Iut)?;
    if twin == Twin::Deviant {
        disk(copy(&aside, &folder))?;
    }
    least_known(load_call(scene, bob.party, &folder, Some(changes)), twin)
}

fn least_known(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused_with("rollback"),
    }
}

fn least(scene: &mut Scene, twin: Twin) -> Outcome {
    let (_, bob) = established(scene, Part::Responder)?;
    let changes = save(scene, bob.party)?;
    scene.kill(Home::Iut)?;
    let folder = scene.folder(bob.party);
    least_known(load_call(scene, bob.party, &folder, Some(changes + twin.pick(0, 1))), twin)
}
