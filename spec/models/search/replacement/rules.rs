//! The rules of the page Replacement, and how a twin differs from them.

use crate::state::{Id, Made, Message, Peer, Session, Status, World};

/// All false: the text.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// The winner of two simultaneous handshakes is the one that arrives.
    pub winner_by_arrival: bool,
    /// REP-14 is left out.
    pub without_rep14: bool,
    /// REP-14 holds in the place of a live session alone.
    pub rep14_over_live_alone: bool,
    /// REP-14 compares `created_at` alone.
    pub without_tie: bool,
    /// REP-14 holds for a `close` too.
    pub close_revives: bool,
    /// Case 2 holds for an established L alone.
    pub case2_established_only: bool,
    /// Case 2 holds for the PSK of L alone.
    pub case2_live_only: bool,
    /// Case 5 enters a session as case 2 does.
    pub case5_silent: bool,
    /// Case 3 without its condition on the origin.
    pub any_origin: bool,
    /// Case 1 asks of a new device when its first message brings the list, and never else.
    pub asked_once: bool,
    /// A declined session makes its pair confirmed.
    pub decline_confirms: bool,
}

/// REP-03, REP-12, REP-13. `with_thief`: the bundle is one that a thief has signed.
pub fn initiate(world: &World, device: u8, recovery: bool, with_thief: bool) -> Option<World> {
    let own = &world.devices[device as usize];
    let resumed_from = match world.live(device) {
        _ if recovery && own.unaccepted.is_some() => return None,
        _ if recovery => None,
        None => None,
        Some((id, s)) if s.status == Status::Established => Some(id),
        Some((_, s)) if !s.old => return None,
        Some((id, _)) => match world.made(id).resumed_from {
            Some(from) if world.session(device, from).is_none() => return None,
            from => from,
        },
    };
    let mut next = world.clone();
    let id = next.make(Made { initiator: device, resumed_from, recovery, with_thief })?;
    next.add(device, id, Status::Waiting, false);
    next.make_live(device, id, Status::Waiting, true);
    next.confirm(device);
    next.send(device);
    Some(next)
}

/// A thief initiates to a device.
pub fn forge(world: &World, to: u8, recovery: bool) -> Option<World> {
    let mut next = world.clone();
    let made = Made { initiator: 1 - to, resumed_from: None, recovery, with_thief: true };
    let session = next.make(made)?;
    next.deliver_later(Message { to, session, first: true, close: false });
    Some(next)
}

/// A thief answers a handshake that was made with its bundle, where it needs no PSK for that.
pub fn thief_answers(world: &World, device: u8, id: Id) -> Option<World> {
    let made = world.made[id as usize]?;
    let heard = world.session(device, id)?.heard;
    if !made.with_thief || made.initiator != device || made.resumed_from.is_some() || heard {
        return None;
    }
    let mut next = world.clone();
    receive(&mut next, Rules::default(), device, id, false);
    Some(next)
}

/// REP-10, at the side that closes.
pub fn close(world: &World, device: u8) -> Option<World> {
    let (session, own) = world.live(device)?;
    let first = own.status == Status::Waiting;
    let mut next = world.clone();
    next.put(Message { to: 1 - device, session, first, close: true });
    ends(&mut next, device, session);
    Some(next)
}

/// `decrypt` and `accept`, as far as sessions and their status go.
pub fn deliver(world: &World, rules: Rules, message: Message) -> World {
    let mut next = world.clone();
    let at = next.network.iter().position(|m| *m == message).expect("under way");
    next.network.remove(at);
    let (device, id) = (message.to, message.session);
    if next.session(device, id).is_some() {
        receive(&mut next, rules, device, id, message.close);
        return next;
    }
    let made = next.made(id);
    let known = made.resumed_from.is_none_or(|from| next.session(device, from).is_some());
    let taken = next.devices[device as usize].replay_cache[id as usize];
    if message.first && made.initiator != device && known && !taken {
        next.devices[device as usize].replay_cache[id as usize] = true;
        enter(&mut next, rules, device, id);
        if message.close {
            ends(&mut next, device, id);
        }
    } else {
        next.seen.lost = true;
    }
    next
}

/// A message of a session that the device has.
fn receive(next: &mut World, rules: Rules, device: u8, id: Id, close: bool) {
    let session = next.session(device, id).expect("there");
    if session.status == Status::Closed {
        next.seen.lost = true;
        return;
    }
    let before = next.devices[device as usize].live;
    let revives = !rules.without_rep14 && (!close || rules.close_revives);
    if revives && would_revive(next, rules, device, id) {
        next.make_live(device, id, Status::Established, false);
    }
    next.edit(device, id, |s| s.heard = true);
    if close {
        next.seen.ended_another |= before.is_some() && before != next.devices[device as usize].live;
        ends(next, device, id);
    } else if session.status == Status::Waiting {
        next.edit(device, id, |s| s.status = Status::Established);
    }
}

/// REP-10.
fn ends(next: &mut World, device: u8, id: Id) {
    next.edit(device, id, |s| s.status = Status::Closed);
    let own = &mut next.devices[device as usize];
    own.live = own.live.filter(|live| *live != id);
    own.unaccepted = own.unaccepted.filter(|unaccepted| *unaccepted != id);
}

/// Whether REP-14 makes a session live, if it receives now.
fn would_revive(next: &World, rules: Rules, device: u8, id: Id) -> bool {
    let (Some(s), made_s) = (next.session(device, id), next.made(id)) else { return false };
    if s.status != Status::Archived || s.heard || made_s.initiator != device {
        return false;
    }
    let Some((live, l)) = next.live(device) else { return !rules.rep14_over_live_alone };
    let made_l = next.made(live);
    let origin = made_s.resumed_from == made_l.resumed_from || made_s.recovery || made_l.recovery;
    let later = l.status == Status::Waiting || is_before(rules, (l, made_l), (s, made_s));
    made_l.initiator == device && later && origin
}

/// Whether L was made before S.
fn is_before(rules: Rules, (l, made_l): (Session, Made), (s, made_s): (Session, Made)) -> bool {
    let tie = l.created_at == s.created_at && made_s.recovery && !made_l.recovery;
    l.created_at < s.created_at || (tie && !rules.without_tie)
}

/// The five cases.
fn enter(next: &mut World, rules: Rules, device: u8, id: Id) {
    let new = next.made(id);
    next.add(device, id, Status::Archived, true);
    let brings_list = next.devices[device as usize].peer == Peer::NotListed;
    apply_list(next, rules, device);
    let Some((live, l)) = next.live(device) else {
        let unconfirmed = next.devices[device as usize].peer == Peer::Unconfirmed;
        if unconfirmed || (rules.asked_once && brings_list) {
            ask(next, device, id);
        } else {
            next.make_live(device, id, Status::Established, false);
        }
        return;
    };
    let made_l = next.made(live);
    let waiting = l.status == Status::Waiting;
    let origin = made_l.resumed_from.is_none()
        || made_l.resumed_from == new.resumed_from
        || rules.any_origin;
    let own_wins = if rules.winner_by_arrival {
        false
    } else if made_l.recovery != new.recovery {
        made_l.recovery
    } else {
        device == 0
    };
    let of_given_up = new
        .resumed_from
        .is_some_and(|from| !rules.case2_live_only && would_revive(next, rules, device, from));
    let resumed = new.resumed_from == Some(live) || of_given_up;
    if resumed && !(waiting && rules.case2_established_only) {
        next.make_live(device, id, Status::Established, false);
    } else if waiting && origin {
        if !own_wins {
            next.make_live(device, id, Status::Established, false);
        }
    } else if !waiting && made_l.initiator == device && !l.old && origin && own_wins {
        // N stays archived.
    } else if rules.case5_silent {
        next.make_live(device, id, Status::Established, false);
    } else {
        ask(next, device, id);
    }
}

/// A new session waits for the caller's decision.
fn ask(next: &mut World, device: u8, id: Id) {
    next.seen.asked = true;
    if let Some(before) = next.devices[device as usize].unaccepted {
        next.devices[device as usize].sessions[before as usize] = None;
    }
    next.edit(device, id, |s| s.status = Status::Unaccepted);
    next.devices[device as usize].unaccepted = Some(id);
}

/// REP-15: a device accepts the list that has its peer, which may be pinned already.
fn apply_list(next: &mut World, rules: Rules, device: u8) {
    let own = &mut next.devices[device as usize];
    if own.peer == Peer::NotListed {
        own.peer = if rules.asked_once { Peer::Confirmed } else { Peer::Unconfirmed };
    }
}

/// The list comes by itself: in another session, or in the bundle of another device.
pub fn list_comes(world: &World, rules: Rules, device: u8) -> Option<World> {
    if world.devices[device as usize].peer != Peer::NotListed {
        return None;
    }
    let mut next = world.clone();
    apply_list(&mut next, rules, device);
    Some(next)
}

/// REP-02.
pub fn decide(world: &World, rules: Rules, device: u8, accept: bool) -> Option<World> {
    let id = world.devices[device as usize].unaccepted?;
    let mut next = world.clone();
    next.devices[device as usize].unaccepted = None;
    if accept {
        next.make_live(device, id, Status::Established, true);
        next.confirm(device);
    } else {
        if rules.decline_confirms {
            next.devices[device as usize].peer = Peer::Confirmed;
        }
        next.devices[device as usize].sessions[id as usize] = None;
    }
    Some(next)
}
