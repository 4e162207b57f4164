//! What is asked of each state.

use crate::rules::{Rules, decide, deliver, initiate};
use crate::state::{DEVICES, Id, Session, Status, World};

#[derive(Clone, Copy, PartialEq)]
pub enum Query {
    NeverAsked,
    NothingLost,
    NeverSilent,
    NothingStolen,
    Converged,
    WillConverge,
    NextConverges,
    /// What the page says the rules do not repair.
    StatedApart,
    /// What a thief can do with a bundle of its own.
    StatedStolen,
    /// Reachability: both have initiated and agree on a session at rest.
    NotBothDone,
    /// Reachability: a session given up is answered.
    NotAnswered,
    /// Reachability: a session with a thief is in a device's state.
    NotForged,
    /// Reachability: a session closed by the peer is in a device's state.
    NotClosed,
}

impl Query {
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverAsked => "no session_replaced is raised",
            Self::NothingLost => "each message is received or still under way",
            Self::NeverSilent => "no live session is replaced silently",
            Self::NothingStolen => "nothing goes to a thief in place of an answered session",
            Self::Converged => "at rest both sides have the same live session",
            Self::WillConverge => "when each side sends once more both have the same live session",
            Self::NextConverges => "the next handshake of either side, accepted, joins both",
            Self::StatedApart => {
                "stated: when each side sends once more both have the same live session"
            }
            Self::StatedStolen => {
                "stated: nothing goes to a thief in place of an answered session, where the device has used the thief's bundle"
            }
            Self::NotBothDone => "reachable: both have initiated and have the same live session",
            Self::NotAnswered => "reachable: a handshake that was given up is answered",
            Self::NotForged => "reachable: a handshake with stolen identity keys is taken",
            Self::NotClosed => "reachable: a handshake that was given up is closed by the peer",
        }
    }

    pub fn holds(self, world: &World, rules: Rules) -> bool {
        match self {
            Self::NeverAsked => !world.seen.asked,
            Self::NothingLost => !world.seen.lost,
            Self::NeverSilent => !world.seen.silent,
            Self::NothingStolen | Self::StatedStolen => !world.seen.stolen,
            Self::Converged => !at_rest(world) || agree(world),
            Self::WillConverge | Self::StatedApart => !at_rest(world) || will_agree(world, rules),
            Self::NextConverges => !at_rest(world) || next_joins(world, rules),
            Self::NotBothDone => {
                let both = world.devices.iter().all(|d| d.initiates + d.recovers > 0);
                !(both && at_rest(world) && world.devices[0].live.is_some() && agree(world))
            }
            Self::NotAnswered => !is_given_up_and(world, |s| s.heard),
            Self::NotClosed => !is_given_up_and(world, |s| s.status == Status::Closed),
            Self::NotForged => {
                let stolen = |(id, s): (usize, &Option<Session>)| {
                    s.is_some() && world.made(id as Id).with_thief
                };
                !world.devices.iter().any(|d| d.sessions.iter().enumerate().any(stolen))
            }
        }
    }
}

/// The world without what no query asks for.
pub fn watched(mut world: World, queries: &[Query]) -> World {
    let asks = |any: &[Query]| any.iter().any(|query| queries.contains(query));
    world.seen.asked &= asks(&[Query::NeverAsked]);
    world.seen.lost &= asks(&[Query::NothingLost]);
    world.seen.silent &= asks(&[Query::NeverSilent]);
    world.seen.stolen &= asks(&[Query::NothingStolen, Query::StatedStolen]);
    world
}

/// Nothing is under way and nobody is asked.
fn at_rest(world: &World) -> bool {
    world.network.is_empty() && world.devices.iter().all(|d| d.unaccepted.is_none())
}

/// Whether both sides have the same live session, or neither has one.
fn agree(world: &World) -> bool {
    world.devices[0].live == world.devices[1].live
}

/// Whether both have the same live session after each has sent once more, in either order.
fn will_agree(world: &World, rules: Rules) -> bool {
    [[0, 1], [1, 0]].iter().all(|order| {
        let mut next = world.clone();
        for _ in 0..2 {
            for &device in order {
                next.send(device);
                next = delivered(next, rules);
            }
        }
        agree(&next)
    })
}

/// Whether both have the same live session after either has initiated once more, later than the window, the other has
/// accepted where it was asked, and each has sent once more.
fn next_joins(world: &World, rules: Rules) -> bool {
    (0..DEVICES as u8).all(|device| {
        let next = initiate(&world.ticked(), device, false, false).expect("a place for a session");
        let next = delivered(next, rules);
        let next = decide(&next, 1 - device, true).unwrap_or(next);
        will_agree(&next, rules)
    })
}

/// All messages delivered.
fn delivered(mut world: World, rules: Rules) -> World {
    while let Some(&message) = world.network.first() {
        world = deliver(&world, rules, message);
    }
    world
}

/// Whether a device has, at rest, a session of its own of this kind that is not its newest one.
fn is_given_up_and(world: &World, is: impl Fn(&Session) -> bool) -> bool {
    at_rest(world)
        && world.devices.iter().enumerate().any(|(at, device)| {
            let own = device.sessions.iter().enumerate().filter_map(|(id, session)| {
                session.filter(|_| world.made(id as Id).initiator as usize == at)
            });
            let last = own.clone().map(|s| s.order).max().unwrap_or(0);
            own.into_iter().any(|s| is(&s) && s.order < last)
        })
}
