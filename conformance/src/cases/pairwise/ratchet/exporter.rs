//! Secrets that a session gives to its caller.

use super::{bad, good};
use crate::case::{Access, Case, Outcome, Twin};
use crate::cases::pairwise::stage::{
    Device, EXPORT, Part, SESSION, connect, decided, demand, device, established, talk,
};
use crate::scene::{Call, Home, Scene};
use std::collections::BTreeSet;

/// The cases.
pub const CASES: &[Case] = &[
    good("PW-RAT-EXPORT-001p", "Both sides export the same secrets.", agree)
        .clauses(&["RAT-18", "ENC-09"])
        .mutants(&["P21", "P22"])
        .needs(Access::L2, EXPORT),
    good("PW-RAT-EXPORT-002p", "Other labels, contexts and lengths give other secrets.", apart)
        .clauses(&["RAT-18", "ENC-09"])
        .needs(Access::L2, EXPORT),
    good("PW-RAT-EXPORT-003p", "An export stays the same while the conversation goes on.", stays)
        .clauses(&["RAT-18"])
        .needs(Access::L2, EXPORT),
    good("PW-RAT-EXPORT-004p", "Two sessions export different secrets.", sessions)
        .clauses(&["RAT-18"])
        .needs(Access::L2, EXPORT),
    bad("PW-RAT-EXPORT-005n", "An export of more than 255 digests is refused.", longest)
        .clauses(&["RAT-18"])
        .needs(Access::L2, EXPORT),
];

fn export_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    device: &Device,
    session: &str,
    (label, context, length): (&str, &str, u64),
) -> Call<'s, 'a> {
    let call = scene.call(device.party, "pw.export").session(session);
    let call = call.bytes("label", label.as_bytes()).bytes("context", context.as_bytes());
    call.integer("length", length)
}

fn export(scene: &mut Scene, device: &Device, what: (&str, &str, u64)) -> Outcome<String> {
    export_call(scene, device, SESSION, what).ok()?.hex("secret")
}

fn agree(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let long = "c".repeat(300);
    for what in [("call", "", 32), ("", "", 1), ("file key", "7", 64), ("call", &long, 8160)] {
        let before = scene.digest(alice.party)?;
        let (own, peer) = (export(scene, &alice, what)?, export(scene, &bob, what)?);
        demand(own.len() as u64 == 2 * what.2, "the secret has another length")?;
        demand(own == peer, &format!("{:?}: the sides differ", (what.0, what.2)))?;
        demand(before == scene.digest(alice.party)?, "an export changed the state")?;
    }
    Ok(())
}

/// Label and context are apart: what is moved from one to the other makes a difference.
fn apart(scene: &mut Scene) -> Outcome {
    let (alice, _) = established(scene, Part::Initiator)?;
    let mut seen = BTreeSet::new();
    for what in
        [("ab", "c", 32), ("a", "bc", 32), ("abc", "", 32), ("", "abc", 32), ("ab", "c", 33)]
    {
        let secret = export(scene, &alice, what)?;
        let start = secret.get(..64).unwrap_or_default().to_owned();
        demand(seen.insert(start), &format!("{what:?} gives a secret that another one gave"))?;
    }
    Ok(())
}

fn stays(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let what = ("call", "1", 32);
    let before = export(scene, &alice, what)?;
    talk(scene, &alice, &bob, SESSION)?;
    demand(before == export(scene, &alice, what)?, "the export changed")
}

fn sessions(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    connect(scene, &alice, &carol, "c")?;
    let what = ("call", "1", 32);
    let (one, peer) = (export(scene, &alice, what)?, export(scene, &bob, what)?);
    let other = export_call(scene, &alice, "c", what).ok()?.hex("secret")?;
    demand(one == peer && one != other, "two sessions export the same")
}

fn longest(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, _) = established(scene, Part::Initiator)?;
    let length = twin.pick(8160, 8161);
    match twin {
        Twin::Control => decided(export_call(scene, &alice, SESSION, ("call", "", length)), twin),
        Twin::Deviant => {
            export_call(scene, &alice, SESSION, ("call", "", length)).refused_with("limit")
        }
    }
}
