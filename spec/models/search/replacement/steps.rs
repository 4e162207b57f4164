//! What may happen next in a scenario.

use crate::rules::{Rules, close, decide, deliver, forge, initiate, list_comes, thief_answers};
use crate::state::{DEVICES, Id, Message, SESSIONS, World};

/// What the devices and the adversary may do.
#[derive(Clone, Copy)]
pub struct Scope {
    pub initiates: [u8; DEVICES],
    pub recovers: [u8; DEVICES],
    pub sends: [u8; DEVICES],
    pub closes: [u8; DEVICES],
    pub ticks: u8,
    /// Handshakes by a thief.
    pub forgeries: u8,
    /// Handshakes of the devices with a bundle of a thief.
    pub thief_bundles: u8,
    pub accepts: bool,
    pub declines: bool,
    /// A device makes one handshake, plain, or a recovery where it has no session.
    pub one_handshake_each: bool,
    /// The first messages of one device's handshakes arrive in the order in which they were made.
    pub in_order: bool,
}

/// Nothing may happen.
pub const NOTHING: Scope = Scope {
    initiates: [0, 0],
    recovers: [0, 0],
    sends: [0, 0],
    closes: [0, 0],
    ticks: 0,
    forgeries: 0,
    thief_bundles: 0,
    accepts: true,
    declines: true,
    one_handshake_each: false,
    in_order: false,
};

/// All that can happen next, with its name.
pub fn steps(world: &World, rules: Rules, scope: &Scope) -> Vec<(String, World)> {
    let mut out = Vec::new();
    let mut before = None;
    for message in &world.network {
        let behind = world.in_line && before.is_some_and(|b: &Message| b.to == message.to);
        if before != Some(message) && !behind && (!scope.in_order || world.is_next(*message)) {
            let what = match (message.first, message.close) {
                (true, _) => "first message",
                (_, true) => "close",
                _ => "message",
            };
            let name =
                format!("device {} gets a {what} of session {}", message.to, message.session);
            out.push((name, deliver(world, rules, *message)));
        }
        before = Some(message);
    }
    for device in 0..DEVICES as u8 {
        of_device(&mut out, world, rules, scope, device);
        of_thief(&mut out, world, scope, device);
    }
    if world.ticks < scope.ticks {
        out.push(("the window passes".to_owned(), world.ticked()));
    }
    out
}

/// What a device's caller may do.
fn of_device(
    out: &mut Vec<(String, World)>,
    world: &World,
    rules: Rules,
    scope: &Scope,
    device: u8,
) {
    let at = device as usize;
    let own = world.devices[at];
    let spent = scope.one_handshake_each && own.initiates + own.recovers > 0;
    if own.initiates < scope.initiates[at] && !spent {
        if let Some(mut next) = initiate(world, device, false, false) {
            next.devices[at].initiates += 1;
            out.push((format!("device {device} initiates"), next));
        }
        let stolen = initiate(world, device, false, true);
        if let Some(mut next) = stolen.filter(|_| world.thefts < scope.thief_bundles) {
            next.devices[at].initiates += 1;
            next.thefts += 1;
            out.push((format!("device {device} initiates with a thief's bundle"), next));
        }
    }
    let lost = own.live.is_none() || !scope.one_handshake_each;
    if own.recovers < scope.recovers[at] && !spent && lost {
        if let Some(mut next) = initiate(world, device, true, false) {
            next.devices[at].recovers += 1;
            out.push((format!("device {device} recovers"), next));
        }
    }
    if own.sends < scope.sends[at] {
        let mut next = world.clone();
        if next.send(device) {
            next.devices[at].sends += 1;
            out.push((format!("device {device} sends"), next));
        }
    }
    if own.closes < scope.closes[at] {
        if let Some(mut next) = close(world, device) {
            next.devices[at].closes += 1;
            out.push((format!("device {device} closes"), next));
        }
    }
    if let Some(next) = list_comes(world, rules, device) {
        out.push((format!("device {device} accepts a list with its peer"), next));
    }
    for accept in [true, false] {
        if if accept { scope.accepts } else { scope.declines } {
            if let Some(next) = decide(world, rules, device, accept) {
                let what = if accept { "accepts" } else { "declines" };
                out.push((format!("device {device} {what}"), next));
            }
        }
    }
}

/// What one with the identity keys of a device's peer, and no session, may do to the device.
fn of_thief(out: &mut Vec<(String, World)>, world: &World, scope: &Scope, device: u8) {
    if world.thefts < scope.forgeries {
        for recovery in [false, true] {
            if let Some(mut next) = forge(world, device, recovery) {
                next.thefts += 1;
                let what = if recovery { "recovery" } else { "handshake" };
                out.push((format!("a thief makes a {what} for device {device}"), next));
            }
        }
    }
    for id in 0..SESSIONS as Id {
        if let Some(next) = thief_answers(world, device, id) {
            out.push((format!("a thief answers session {id} of device {device}"), next));
        }
    }
}
