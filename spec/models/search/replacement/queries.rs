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
    Heard,
    SameIfHeard,
    /// No device is left with nothing live while it is answered in a handshake of its own.
    Answered,
    /// A `close` leaves the other sessions as they are.
    OwnEndAlone,
    /// REP-15.
    Decided,
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
    /// Reachability: a session given up is closed after a message has come in it.
    NotClosed,
    /// Reachability: a session that a new device of a known account has made is live.
    NotAdmitted,
    /// What REP-14 leaves where a session was accepted that its maker had given up.
    StatedHeard,
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
            Self::Heard => "each live session is heard, where the peer's user has not declined it",
            Self::SameIfHeard => "a live session that is heard is the peer's live session too",
            Self::Answered => {
                "a device that is answered in a handshake of its own has a live session"
            }
            Self::OwnEndAlone => "a close ends no other live session than its own",
            Self::Decided => "a new device of a known account has a live session by decision alone",
            Self::StatedApart => {
                "stated: when each side sends once more both have the same live session"
            }
            Self::StatedStolen => {
                "stated: nothing goes to a thief in place of an answered session, where the device has used the thief's bundle"
            }
            Self::NotBothDone => "reachable: both have initiated and have the same live session",
            Self::NotAnswered => "reachable: a handshake that was given up is answered",
            Self::NotForged => "reachable: a handshake with stolen identity keys is taken",
            Self::NotClosed => "reachable: a handshake that was given up is answered and closed",
            Self::NotAdmitted => "reachable: a handshake of a new device is accepted",
            Self::StatedHeard => {
                "stated: a live session that is heard is the peer's live session too"
            }
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
            Self::Heard => !at_rest(world) || sent_once_more(world, rules).iter().all(is_heard),
            Self::SameIfHeard | Self::StatedHeard => {
                !at_rest(world) || sent_once_more(world, rules).iter().all(is_same_if_heard)
            }
            Self::Answered => {
                !at_rest(world) || sent_once_more(world, rules).iter().all(has_answer)
            }
            Self::OwnEndAlone => !world.seen.ended_another,
            Self::Decided => {
                !world.devices.iter().any(|d| d.decided == Some(false) && d.live.is_some())
            }
            Self::NotBothDone => {
                let both = world.devices.iter().all(|d| d.initiates + d.recovers > 0);
                !(both && at_rest(world) && world.devices[0].live.is_some() && agree(world))
            }
            Self::NotAnswered => !is_given_up_and(world, |s| s.heard),
            Self::NotClosed => !is_given_up_and(world, |s| s.heard && s.status == Status::Closed),
            Self::NotAdmitted => !world.devices.iter().any(|d| {
                let taken = |id: Id| d.replay_cache[id as usize];
                d.decided == Some(true) && d.live.is_some_and(taken)
            }),
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
    world.seen.ended_another &= asks(&[Query::OwnEndAlone]);
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

/// The worlds after each side has sent once more, and once more with what has come, in either order.
fn sent_once_more(world: &World, rules: Rules) -> [World; 2] {
    [[0, 1], [1, 0]].map(|order| {
        let mut next = world.clone();
        for _ in 0..2 {
            for device in order {
                next.send(device);
                next = delivered(next, rules);
            }
        }
        next
    })
}

/// Whether both have the same live session after that.
fn will_agree(world: &World, rules: Rules) -> bool {
    sent_once_more(world, rules).iter().all(agree)
}

/// Each side's live session, with the number of the other side.
fn live_ones(world: &World) -> impl Iterator<Item = (Id, Session, u8)> {
    (0..DEVICES as u8).filter_map(|device| {
        let (id, session) = world.live(device)?;
        Some((id, session, 1 - device))
    })
}

/// Whether a device receives in a session.
fn hears(world: &World, device: u8, id: Id) -> bool {
    world.session(device, id).is_some_and(|s| s.status != Status::Closed)
}

/// Whether the peer receives in each live session that its user has not declined.
fn is_heard(world: &World) -> bool {
    live_ones(world).all(|(id, session, peer)| {
        let taken = world.devices[peer as usize].replay_cache[id as usize];
        let dropped = taken && world.session(peer, id).is_none();
        hears(world, peer, id) || (dropped && session.status == Status::Waiting)
    })
}

/// Whether the peer sends in each live session in which it receives.
fn is_same_if_heard(world: &World) -> bool {
    live_ones(world).all(|(id, _, peer)| {
        !hears(world, peer, id) || world.devices[peer as usize].live == Some(id)
    })
}

/// Whether the peer has a live session where it has made the other side's one and receives in it.
fn has_answer(world: &World) -> bool {
    live_ones(world).all(|(id, _, peer)| {
        let its_own = world.made(id).initiator == peer && hears(world, peer, id);
        !its_own || world.devices[peer as usize].live.is_some()
    })
}

/// Whether both have the same live session after either has initiated once more, later than the window, the other has
/// accepted where it was asked, and each has sent once more.
fn next_joins(world: &World, rules: Rules) -> bool {
    (0..DEVICES as u8).all(|device| {
        let next = initiate(&world.ticked(), device, false, false).expect("a place for a session");
        let next = delivered(next, rules);
        let next = decide(&next, rules, 1 - device, true).unwrap_or(next);
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
