//! Explicit-state search over the rules of the page Replacement: two devices that initiate, give up, recover,
//! send, accept and decline in any order, with messages delivered in any order.
//!
//! Clauses: the five cases by which a new session enters, REP-01 to REP-04, REP-13, REP-14, step 7 of `accept`
//! (`unknown_psk`), HS-06, HS-09, HS-10 (a repeated first message finds its session, or is refused).
//!
//! What is left out: contents, keys (a session that a device has can be decrypted), `absorb`, `close`, ages other than
//! `simultaneous_window` (a tick makes every session older than it), the bound on archived sessions.
//!
//! Usage: `replacement ID` with the id of a run; prints a line `RESULT … is true.` or `… is false.` for each query,
//! and after a false one the shortest history that shows it.

use std::collections::HashSet;
use std::process::ExitCode;
use std::rc::Rc;

// --- State ---

/// Sessions in one history.
const SESSIONS: usize = 6;
/// Device 0 has the smaller agreement identity key.
const DEVICES: usize = 2;

type Id = u8;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Status {
    Waiting,
    Established,
    Unaccepted,
    Archived,
}

/// What both sides of a session know of its making.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Made {
    initiator: u8,
    /// The session whose resumption PSK it was made with.
    resumed_from: Option<Id>,
    recovery: bool,
    /// Made by one who has the initiator's identity keys and no session.
    forged: bool,
}

/// A session in a device's state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Session {
    status: Status,
    /// Order of `created_at` on this device.
    created: u8,
    /// Older than `simultaneous_window`.
    old: bool,
    /// A message has been received in it.
    heard: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Device {
    sessions: [Option<Session>; SESSIONS],
    live: Option<Id>,
    unaccepted: Option<Id>,
    /// Handshakes accepted, whether or not their session is still there.
    replay_cache: [bool; SESSIONS],
    created: u8,
    initiates: u8,
    recovers: u8,
    sends: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
struct Message {
    to: u8,
    session: Id,
    first: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    made: [Option<Made>; SESSIONS],
    devices: [Device; DEVICES],
    /// Under way, sorted.
    network: Vec<Message>,
    ticks: u8,
    forgeries: u8,
    /// What has gone wrong so far.
    seen: Seen,
}

/// Events that a property forbids; they stay in the state once they have been.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Seen {
    asked: bool,
    lost: bool,
    silent: bool,
}

// --- Rules, and how a twin differs ---

#[derive(Clone, Copy, Default)]
struct Rules {
    /// The winner of two simultaneous handshakes is the one that arrives.
    winner_by_arrival: bool,
    /// REP-14 is left out.
    without_rep14: bool,
    /// Case 2 holds for an established L alone.
    case2_established_only: bool,
    /// Case 5 enters a session as case 2 does.
    case5_silent: bool,
    /// Case 3 without its condition on the origin.
    any_origin: bool,
    /// Not of the text: a handshake with the resumption PSK of a session counts as a message received in it, so that REP-14 is
    /// applied to that session before the cases are.
    psk_answers: bool,
}

/// What the devices and the adversary may do in a scenario.
#[derive(Clone, Copy)]
struct Scope {
    initiates: [u8; DEVICES],
    recovers: [u8; DEVICES],
    sends: [u8; DEVICES],
    ticks: u8,
    forgeries: u8,
    accepts: bool,
    declines: bool,
    /// A device makes one handshake, plain, or a recovery where it has no session.
    one_handshake_each: bool,
    /// The first messages of one device's handshakes arrive in the order in which they were made.
    in_order: bool,
}

impl World {
    fn made(&self, id: Id) -> Made {
        self.made[id as usize].expect("made")
    }

    fn session(&self, device: u8, id: Id) -> Option<Session> {
        self.devices[device as usize].sessions[id as usize]
    }

    fn edit(&mut self, device: u8, id: Id, f: impl Fn(&mut Session)) {
        if let Some(session) = &mut self.devices[device as usize].sessions[id as usize] {
            f(session);
        }
    }

    fn add(&mut self, device: u8, id: Id, status: Status, heard: bool) {
        let own = &mut self.devices[device as usize];
        own.created += 1;
        let session = Session { status, created: own.created, old: false, heard };
        own.sessions[id as usize] = Some(session);
    }

    /// Makes a session live with a status; the one before is archived. Says whether G-09 allows it.
    fn make_live(&mut self, device: u8, id: Id, status: Status, accepted: bool) {
        if let Some(before) = self.devices[device as usize].live {
            let old = self.session(device, before).expect("live");
            let (s1, s2) = (self.made(before), self.made(id));
            let psk = s2.resumed_from == Some(before);
            let own = s2.initiator == device;
            let unanswered = s1.initiator == device && !old.heard;
            let same_psk = s1.resumed_from.is_none() || s1.resumed_from == s2.resumed_from;
            if !(accepted || psk || own || (unanswered && same_psk)) {
                self.seen.silent = true;
            }
            self.edit(device, before, |s| s.status = Status::Archived);
        }
        self.edit(device, id, |s| s.status = status);
        self.devices[device as usize].live = Some(id);
    }

    fn put(&mut self, message: Message) {
        let at = self.network.partition_point(|m| *m <= message);
        self.network.insert(at, message);
    }

    fn free(&self) -> Option<Id> {
        self.made.iter().position(Option::is_none).map(|at| at as Id)
    }

    /// The world without what no query asks for.
    fn watched(mut self, queries: &[Query]) -> Self {
        self.seen.asked &= queries.contains(&Query::NeverAsked);
        self.seen.lost &= queries.contains(&Query::NothingLost);
        self.seen.silent &= queries.contains(&Query::NeverSilent);
        self
    }

    /// Whether no older handshake of its maker is still under way.
    fn is_next(&self, message: Message) -> bool {
        let (to, initiator) = (message.to as usize, self.made(message.session).initiator);
        let taken = &self.devices[to].replay_cache;
        taken[message.session as usize]
            || !self.network.iter().any(|other| {
                other.session < message.session
                    && other.to == message.to
                    && self.made(other.session).initiator == initiator
                    && !taken[other.session as usize]
            })
    }

    /// Sends in the live session, where its status allows it.
    fn send(&mut self, device: u8) -> bool {
        let Some(id) = self.devices[device as usize].live else { return false };
        let first = self.session(device, id).is_some_and(|s| s.status == Status::Waiting);
        let to = 1 - device;
        // What is sent in a forged session goes to its maker.
        if !self.made(id).forged {
            self.put(Message { to, session: id, first });
        }
        true
    }
}

// --- Steps ---

/// REP-03, REP-12, REP-13.
fn initiate(world: &World, device: u8, recovery: bool) -> Option<World> {
    let own = &world.devices[device as usize];
    let live = own.live.map(|id| (id, world.session(device, id).expect("live")));
    let resumed_from = match live {
        _ if recovery && own.unaccepted.is_some() => return None,
        _ if recovery => None,
        None => None,
        Some((id, s)) if s.status == Status::Established => Some(id),
        Some((_, s)) if !s.old => return None,
        Some((id, _)) => {
            world.made(id).resumed_from.filter(|&from| world.session(device, from).is_some())
        }
    };
    let id = world.free()?;
    let mut next = world.clone();
    next.made[id as usize] =
        Some(Made { initiator: device, resumed_from, recovery, forged: false });
    next.add(device, id, Status::Waiting, false);
    next.make_live(device, id, Status::Waiting, false);
    next.send(device);
    Some(next)
}

/// One with the identity keys of the peer, and no session, initiates.
fn forge(world: &World, to: u8, recovery: bool) -> Option<World> {
    let id = world.free()?;
    let mut next = world.clone();
    next.made[id as usize] =
        Some(Made { initiator: 1 - to, resumed_from: None, recovery, forged: true });
    next.put(Message { to, session: id, first: true });
    Some(next)
}

/// `decrypt` and `accept`, as far as sessions and their status go.
fn deliver(world: &World, rules: Rules, message: Message) -> World {
    let mut next = world.clone();
    let at = next.network.iter().position(|m| *m == message).expect("under way");
    next.network.remove(at);
    let (device, id) = (message.to, message.session);
    match next.session(device, id) {
        Some(session) => {
            next.edit(device, id, |s| s.heard = true);
            match session.status {
                Status::Waiting => next.edit(device, id, |s| s.status = Status::Established),
                Status::Archived if !rules.without_rep14 && !session.heard => {
                    comes_back(&mut next, device, id, session);
                }
                _ => {}
            }
        }
        None => {
            let made = next.made(id);
            let known = made.resumed_from.is_none_or(|from| next.session(device, from).is_some());
            let taken = next.devices[device as usize].replay_cache[id as usize];
            if message.first && made.initiator != device && known && !taken {
                next.devices[device as usize].replay_cache[id as usize] = true;
                enter(&mut next, rules, device, id);
            } else {
                next.seen.lost = true;
            }
        }
    }
    next
}

/// REP-14.
fn comes_back(next: &mut World, device: u8, id: Id, session: Session) {
    let Some(live) = next.devices[device as usize].live else { return };
    let l = next.session(device, live).expect("live");
    let (made_s, made_l) = (next.made(id), next.made(live));
    let own = made_s.initiator == device && made_l.initiator == device;
    let later = l.status == Status::Waiting || l.created < session.created;
    let origin = made_s.resumed_from == made_l.resumed_from || made_s.recovery || made_l.recovery;
    if own && later && origin {
        next.make_live(device, id, Status::Established, false);
    }
}

/// The five cases.
fn enter(next: &mut World, rules: Rules, device: u8, id: Id) {
    let new = next.made(id);
    next.add(device, id, Status::Archived, true);
    if rules.psk_answers {
        if let Some(from) = new.resumed_from {
            let s = next.session(device, from).expect("known");
            next.edit(device, from, |s| s.heard = true);
            if s.status == Status::Archived && !s.heard {
                comes_back(next, device, from, s);
            }
        }
    }
    let Some(live) = next.devices[device as usize].live else {
        next.make_live(device, id, Status::Established, false);
        return;
    };
    let l = next.session(device, live).expect("live");
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
    let resumed = new.resumed_from == Some(live);
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
        next.seen.asked = true;
        if let Some(before) = next.devices[device as usize].unaccepted {
            next.edit(device, before, |s| s.status = Status::Archived);
        }
        next.edit(device, id, |s| s.status = Status::Unaccepted);
        next.devices[device as usize].unaccepted = Some(id);
    }
}

/// REP-02.
fn decide(world: &World, device: u8, accept: bool) -> Option<World> {
    let id = world.devices[device as usize].unaccepted?;
    let mut next = world.clone();
    next.devices[device as usize].unaccepted = None;
    if accept {
        next.make_live(device, id, Status::Established, true);
    } else {
        next.devices[device as usize].sessions[id as usize] = None;
    }
    Some(next)
}

fn tick(world: &World) -> World {
    let mut next = world.clone();
    next.ticks += 1;
    for device in &mut next.devices {
        for session in device.sessions.iter_mut().flatten() {
            session.old = true;
        }
    }
    next
}

/// All that can happen next, with its name.
fn steps(world: &World, rules: Rules, scope: &Scope) -> Vec<(String, World)> {
    let mut out = Vec::new();
    let mut before = None;
    for message in &world.network {
        if before != Some(message) && (!scope.in_order || world.is_next(*message)) {
            let what = if message.first { "first message" } else { "message" };
            let name =
                format!("device {} gets a {what} of session {}", message.to, message.session);
            out.push((name, deliver(world, rules, *message)));
        }
        before = Some(message);
    }
    for device in 0..DEVICES as u8 {
        let own = world.devices[device as usize];
        let at = device as usize;
        let spent = scope.one_handshake_each && own.initiates + own.recovers > 0;
        if own.initiates < scope.initiates[at] && !spent {
            if let Some(mut next) = initiate(world, device, false) {
                next.devices[at].initiates += 1;
                out.push((format!("device {device} initiates"), next));
            }
        }
        let lost = own.live.is_none() || !scope.one_handshake_each;
        if own.recovers < scope.recovers[at] && !spent && lost {
            if let Some(mut next) = initiate(world, device, true) {
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
        for accept in [true, false] {
            if if accept { scope.accepts } else { scope.declines } {
                if let Some(next) = decide(world, device, accept) {
                    let what = if accept { "accepts" } else { "declines" };
                    out.push((format!("device {device} {what}"), next));
                }
            }
        }
        if world.forgeries < scope.forgeries {
            for recovery in [false, true] {
                if let Some(mut next) = forge(world, device, recovery) {
                    next.forgeries += 1;
                    let what = if recovery { "recovery" } else { "handshake" };
                    out.push((
                        format!("a {what} with the peer's keys is made for device {device}"),
                        next,
                    ));
                }
            }
        }
    }
    if world.ticks < scope.ticks {
        out.push(("the window passes".to_owned(), tick(world)));
    }
    out
}

// --- Properties ---

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
                while let Some(&message) = next.network.first() {
                    next = deliver(&next, rules, message);
                }
            }
        }
        agree(&next)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Query {
    NeverAsked,
    NothingLost,
    NeverSilent,
    Converged,
    WillConverge,
    /// Reachability: both have initiated and agree on a session at rest.
    NotBothDone,
    /// Reachability: a session given up is answered.
    NotAnswered,
    /// Reachability: a forged session is in a device's state.
    NotForged,
}

impl Query {
    fn name(self) -> &'static str {
        match self {
            Self::NeverAsked => "no session_replaced is raised",
            Self::NothingLost => "each message is received or still under way",
            Self::NeverSilent => "no live session is replaced silently",
            Self::Converged => "at rest both sides have the same live session",
            Self::WillConverge => "when each side sends once more both have the same live session",
            Self::NotBothDone => "reachable: both have initiated and have the same live session",
            Self::NotAnswered => "reachable: a handshake that was given up is answered",
            Self::NotForged => "reachable: a handshake with stolen identity keys is taken",
        }
    }

    fn holds(self, world: &World, rules: Rules) -> bool {
        match self {
            Self::NeverAsked => !world.seen.asked,
            Self::NothingLost => !world.seen.lost,
            Self::NeverSilent => !world.seen.silent,
            Self::Converged => !at_rest(world) || agree(world),
            Self::WillConverge => !at_rest(world) || will_agree(world, rules),
            Self::NotBothDone => {
                let both = world.devices.iter().all(|d| d.initiates + d.recovers > 0);
                !(both && at_rest(world) && world.devices[0].live.is_some() && agree(world))
            }
            Self::NotAnswered => !world.devices.iter().enumerate().any(|(at, device)| {
                let own = device.sessions.iter().enumerate().filter_map(|(id, session)| {
                    session.filter(|_| world.made(id as Id).initiator as usize == at)
                });
                let last = own.clone().map(|s| s.created).max().unwrap_or(0);
                own.into_iter().any(|s| s.heard && s.created < last && at_rest(world))
            }),
            Self::NotForged => {
                let forged =
                    |(id, s): (usize, &Option<Session>)| s.is_some() && world.made(id as Id).forged;
                !world.devices.iter().any(|d| d.sessions.iter().enumerate().any(forged))
            }
        }
    }
}

// --- Search ---

/// Breadth first from the given worlds. For each query the shortest history that breaks it, if any.
fn search(
    starts: Vec<World>,
    rules: Rules,
    scope: &Scope,
    queries: &[Query],
) -> (usize, Vec<Option<Vec<String>>>) {
    let mut worlds: Vec<Rc<World>> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut known: HashSet<Rc<World>> = HashSet::new();
    let mut broken: Vec<Option<Vec<String>>> = vec![None; queries.len()];
    for start in starts.into_iter().map(Rc::new) {
        if known.insert(start.clone()) {
            parents.push(usize::MAX);
            worlds.push(start);
        }
    }
    let mut at = 0;
    while at < worlds.len() {
        let world = worlds[at].clone();
        for (query, history) in queries.iter().zip(&mut broken) {
            if history.is_none() && !query.holds(&world, rules) {
                *history = Some(names(&worlds, &parents, at, rules, scope, queries));
            }
        }
        for (_, next) in steps(&world, rules, scope) {
            let next = Rc::new(next.watched(queries));
            if known.insert(next.clone()) {
                parents.push(at);
                worlds.push(next);
            }
        }
        at += 1;
    }
    (worlds.len(), broken)
}

/// The steps that lead to a world.
fn names(
    worlds: &[Rc<World>],
    parents: &[usize],
    at: usize,
    rules: Rules,
    scope: &Scope,
    queries: &[Query],
) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = at;
    while parents[at] != usize::MAX {
        let all = steps(&worlds[parents[at]], rules, scope);
        let step = all.into_iter().find(|(_, next)| next.clone().watched(queries) == *worlds[at]);
        names.extend(step.map(|(name, _)| name));
        at = parents[at];
    }
    names.reverse();
    names
}

/// Neither device has a session with the other.
fn strangers() -> World {
    World {
        made: [None; SESSIONS],
        devices: [Device::default(); DEVICES],
        network: Vec::new(),
        ticks: 0,
        forgeries: 0,
        seen: Seen::default(),
    }
}

/// An old session, in which both have received, is live on both sides.
fn acquainted(initiator: u8) -> World {
    let mut world = strangers();
    world.made[0] = Some(Made { initiator, resumed_from: None, recovery: false, forged: false });
    for device in 0..DEVICES as u8 {
        world.add(device, 0, Status::Established, true);
        world.devices[device as usize].live = Some(0);
        world.devices[device as usize].replay_cache[0] = true;
    }
    tick(&World { ticks: 0, ..world })
}

fn all_starts() -> Vec<World> {
    [strangers(), acquainted(0), acquainted(1)].map(|w| World { ticks: 0, ..w }).to_vec()
}

// --- Runs ---

/// A scenario: where it starts, what may happen, what is asked.
type Run = (Vec<World>, Scope, Vec<Query>);

const NOTHING: Scope = Scope {
    initiates: [0, 0],
    recovers: [0, 0],
    sends: [0, 0],
    ticks: 0,
    forgeries: 0,
    accepts: true,
    declines: true,
    one_handshake_each: false,
    in_order: false,
};

/// Both initiate within the window; where they have a session, with its PSK.
fn simultaneous() -> Run {
    use Query::{Converged, NeverAsked, NeverSilent, NotBothDone, NothingLost};
    let scope = Scope { initiates: [1, 1], sends: [2, 2], ..NOTHING };
    (all_starts(), scope, vec![Converged, NothingLost, NeverAsked, NeverSilent, NotBothDone])
}

/// The same between strangers, where each handshake may be a recovery.
fn simultaneous_recovery() -> Run {
    let (_, scope, queries) = simultaneous();
    let scope = Scope { recovers: [1, 1], one_handshake_each: true, ..scope };
    (vec![strangers()], scope, queries)
}

/// One side gives a handshake up and makes another, and the peer's user decides either way.
fn given_up() -> Run {
    use Query::{NeverSilent, NotAnswered, WillConverge};
    let scope = Scope { initiates: [2, 0], sends: [2, 3], ticks: 2, in_order: true, ..NOTHING };
    (all_starts(), scope, vec![WillConverge, NeverSilent, NotAnswered])
}

/// Two handshakes given up, first messages in any order, each question declined.
fn given_up_twice() -> Run {
    let (starts, scope, queries) = given_up();
    let scope =
        Scope { initiates: [3, 0], sends: [1, 2], accepts: false, in_order: false, ..scope };
    (starts, scope, queries)
}

/// Both sides initiate, one or both twice, each question declined.
fn both_give_up() -> Run {
    let (starts, scope, queries) = given_up();
    let scope = Scope {
        initiates: [2, 2],
        sends: [0, 0],
        ticks: 1,
        accepts: false,
        in_order: false,
        ..scope
    };
    (starts, scope, vec![queries[0], queries[1], Query::NotBothDone])
}

/// Everything, and one handshake of a thief who has the identity keys of the peer but no session.
fn thief() -> Run {
    let scope = Scope { initiates: [1, 1], sends: [1, 1], ticks: 1, forgeries: 1, ..NOTHING };
    (all_starts(), scope, vec![Query::NeverSilent, Query::NotForged])
}

fn main() -> ExitCode {
    let id = std::env::args().nth(1).unwrap_or_default();
    let text = Rules::default();
    let (rules, (starts, scope, queries)) = match id.as_str() {
        "rep-simultaneous" => (text, simultaneous()),
        "rep-simultaneous-by-arrival" => {
            (Rules { winner_by_arrival: true, ..text }, simultaneous())
        }
        "rep-simultaneous-no-case-2" => {
            (Rules { case2_established_only: true, ..text }, simultaneous())
        }
        "rep-simultaneous-recovery" => (text, simultaneous_recovery()),
        "rep-given-up" => (text, given_up()),
        "rep-given-up-stays" => (Rules { without_rep14: true, ..text }, given_up()),
        "rep-given-up-twice" => (text, given_up_twice()),
        "rep-given-up-twice-stays" => (Rules { without_rep14: true, ..text }, given_up_twice()),
        "rep-both" => (text, both_give_up()),
        "rep-both-psk-answers" => (Rules { psk_answers: true, ..text }, both_give_up()),
        "rep-silent" => (text, thief()),
        "rep-silent-case-5" => (Rules { case5_silent: true, ..text }, thief()),
        "rep-silent-any-origin" => (Rules { any_origin: true, ..text }, thief()),
        _ => {
            eprintln!("no such run: {id}");
            return ExitCode::FAILURE;
        }
    };
    let (states, broken) = search(starts, rules, &scope, &queries);
    println!("{states} states");
    for (query, history) in queries.iter().zip(broken) {
        println!("RESULT {} is {}.", query.name(), history.is_none());
        for (at, step) in history.into_iter().flatten().enumerate() {
            println!("  {}. {step}", at + 1);
        }
    }
    ExitCode::SUCCESS
}
