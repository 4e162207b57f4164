//! What must come of a command, and what a party shows of itself.

use super::Device;
use crate::case::{Outcome, Twin};
use crate::scene::{Call, Home, Out, Scene, blame};

/// A command that changes no state: accepted in the control twin, refused in the deviant.
///
/// # Errors
/// It is not.
pub fn decided(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused().map(drop),
    }
}

/// Accepted in the control twin, refused in the deviant with a class that a clause pins.
///
/// # Errors
/// It is not.
pub fn judged_with(call: Call, twin: Twin, class: &str) -> Outcome {
    match twin {
        Twin::Control => call.accepted().map(drop),
        Twin::Deviant => call.refused_with(class),
    }
}

/// What `party.observe` says of a session.
///
/// # Errors
/// The adapter does not answer.
pub fn look(scene: &mut Scene, device: &Device, session: &str) -> Outcome<Out> {
    scene.call(device.party, "party.observe").session(session).ok()
}

/// Demands the status of a session.
///
/// # Errors
/// It is another.
pub fn status(scene: &mut Scene, device: &Device, session: &str, expected: &str) -> Outcome {
    let out = look(scene, device, session)?;
    let got = out.text("status")?;
    let what =
        || format!("session {session} of {} is \"{got}\", not \"{expected}\"", device.party.name);
    demand_of(device.party.home, got == expected, what)
}

/// Demands a count that `party.observe` gives: `sessions`, `prekeys` or `replay`.
///
/// # Errors
/// It is another.
pub fn count(scene: &mut Scene, device: &Device, name: &str, expected: u64) -> Outcome {
    let got = scene.observe(device.party)?.integer(name)?;
    demand_of(device.party.home, got == expected, || {
        format!("{} has {got} of {name}, not {expected}", device.party.name)
    })
}

/// Stores a device's state, ends its process, and loads it again.
///
/// # Errors
/// The adapter does not.
pub fn restart(scene: &mut Scene, device: &Device) -> Outcome {
    scene.save(device.party)?;
    scene.kill(device.party.home)?;
    scene.load(device.party)
}

/// Something that must hold of the implementation.
///
/// # Errors
/// It does not.
pub fn demand(holds: bool, what: &str) -> Outcome {
    demand_of(Home::Iut, holds, || what.to_owned())
}

/// Something that must hold of one side.
///
/// # Errors
/// It does not.
pub fn demand_of(home: Home, holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(blame(home, what())) }
}
