//! Two devices, their sessions with each other, and what is under way.

/// Sessions in one history.
pub const SESSIONS: usize = 6;
/// Device 0 has the smaller agreement identity key.
pub const DEVICES: usize = 2;

pub type Id = u8;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    Waiting,
    Established,
    Unaccepted,
    Archived,
    Closed,
}

/// What both sides of a session know of its making.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Made {
    pub initiator: u8,
    /// The session whose resumption PSK it was made with.
    pub resumed_from: Option<Id>,
    pub recovery: bool,
    /// The other side is a thief, who has the identity keys of the device's peer and no session.
    pub with_thief: bool,
}

/// A session in a device's state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Session {
    pub status: Status,
    /// The order in which this device made and took its sessions.
    pub order: u8,
    pub created_at: u8,
    /// Older than `simultaneous_window`.
    pub old: bool,
    /// A message has been received in it.
    pub heard: bool,
}

/// What a device's state has of its peer before and after the list that names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Peer {
    /// The first list that was pinned had it, or somebody has decided.
    #[default]
    Confirmed,
    /// The account is known, the device is not.
    NotListed,
    Unconfirmed,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Device {
    pub sessions: [Option<Session>; SESSIONS],
    pub live: Option<Id>,
    pub unaccepted: Option<Id>,
    /// Handshakes accepted, whether or not their session is still there.
    pub replay_cache: [bool; SESSIONS],
    pub peer: Peer,
    /// Of a peer that is new in a known account: whether the caller has accepted a session of it or initiated one.
    pub decided: Option<bool>,
    pub made_or_taken: u8,
    pub initiates: u8,
    pub recovers: u8,
    pub sends: u8,
    pub closes: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Message {
    pub to: u8,
    pub session: Id,
    pub first: bool,
    pub close: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    pub made: [Option<Made>; SESSIONS],
    pub devices: [Device; DEVICES],
    /// Under way, sorted; where they arrive in line, by receiver alone.
    pub network: Vec<Message>,
    /// `created_at` moves with the ticks alone, not with each session.
    pub slow_clock: bool,
    /// What one device sends arrives in the order in which it was sent.
    pub in_line: bool,
    pub ticks: u8,
    pub thefts: u8,
    /// What has gone wrong so far.
    pub seen: Seen,
}

/// Events that a property forbids; they stay in the state once they have been.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Seen {
    pub asked: bool,
    pub lost: bool,
    pub silent: bool,
    pub stolen: bool,
    /// A `close` has ended a live session that was not its own.
    pub ended_another: bool,
}

impl World {
    /// Neither device has a session with the other.
    pub fn strangers() -> Self {
        Self {
            made: [None; SESSIONS],
            devices: [Device::default(); DEVICES],
            network: Vec::new(),
            slow_clock: false,
            in_line: false,
            ticks: 0,
            thefts: 0,
            seen: Seen::default(),
        }
    }

    /// Each device of these knows the account of the other device, and not that device.
    pub fn with_new_device(at: &[usize]) -> Self {
        let mut world = Self::strangers();
        for &device in at {
            world.devices[device].peer = Peer::NotListed;
            world.devices[device].decided = Some(false);
        }
        world
    }

    /// An old session, in which both have received, is live on both sides.
    pub fn acquainted(initiator: u8) -> Self {
        let mut world = Self::strangers();
        let made = Made { initiator, resumed_from: None, recovery: false, with_thief: false };
        world.made[0] = Some(made);
        for device in 0..DEVICES as u8 {
            world.add(device, 0, Status::Established, true);
            world.devices[device as usize].live = Some(0);
            world.devices[device as usize].replay_cache[0] = true;
        }
        Self { ticks: 0, ..world.ticked() }
    }

    pub fn made(&self, id: Id) -> Made {
        self.made[id as usize].expect("made")
    }

    pub fn session(&self, device: u8, id: Id) -> Option<Session> {
        self.devices[device as usize].sessions[id as usize]
    }

    /// The live session of a device and its id.
    pub fn live(&self, device: u8) -> Option<(Id, Session)> {
        let id = self.devices[device as usize].live?;
        Some((id, self.session(device, id).expect("live")))
    }

    pub fn edit(&mut self, device: u8, id: Id, f: impl Fn(&mut Session)) {
        if let Some(session) = &mut self.devices[device as usize].sessions[id as usize] {
            f(session);
        }
    }

    /// A new session's place, with what is known of its making.
    pub fn make(&mut self, made: Made) -> Option<Id> {
        let at = self.made.iter().position(Option::is_none)?;
        self.made[at] = Some(made);
        Some(at as Id)
    }

    /// Puts a session into a device's state.
    pub fn add(&mut self, device: u8, id: Id, status: Status, heard: bool) {
        let ticks = self.ticks;
        let own = &mut self.devices[device as usize];
        own.made_or_taken += 1;
        let order = own.made_or_taken;
        let created_at = if self.slow_clock { ticks } else { order };
        let session = Session { status, order, created_at, old: false, heard };
        own.sessions[id as usize] = Some(session);
    }

    /// Makes a session live with a status; the one before is archived. `by_caller`: its caller has asked for just that.
    pub fn make_live(&mut self, device: u8, id: Id, status: Status, by_caller: bool) {
        if let Some((before, _)) = self.live(device) {
            if !by_caller {
                self.seen.silent |= !self.is_allowed(device, before, id);
                self.seen.stolen |= self.goes_to_thief(device, before, id);
            }
            self.edit(device, before, |s| s.status = Status::Archived);
        }
        self.edit(device, id, |s| s.status = status);
        self.devices[device as usize].live = Some(id);
    }

    /// REP-15: a caller has decided of the peer.
    pub fn confirm(&mut self, device: u8) {
        let own = &mut self.devices[device as usize];
        own.peer = Peer::Confirmed;
        own.decided = own.decided.map(|_| true);
    }

    /// What G-09 allows beside acceptance: s2 takes the place of s1.
    fn is_allowed(&self, device: u8, id1: Id, id2: Id) -> bool {
        let (s1, s2) = (self.made(id1), self.made(id2));
        let heard = self.session(device, id1).is_some_and(|s| s.heard);
        let psk = s2.resumed_from == Some(id1);
        let own = s2.initiator == device;
        let unanswered = s1.initiator == device && !heard;
        let same_psk = s1.resumed_from.is_none() || s1.resumed_from == s2.resumed_from;
        let given_up = s2.resumed_from.is_some_and(|from| {
            let s3 = self.made(from);
            let both_own = s1.initiator == device && s3.initiator == device;
            both_own && (s3.resumed_from == s1.resumed_from || s3.recovery || s1.recovery)
        });
        psk || own || (unanswered && same_psk) || given_up
    }

    /// The end of G-09: whether what is sent goes to a thief now, and went into an answered session.
    fn goes_to_thief(&self, device: u8, id1: Id, id2: Id) -> bool {
        self.made(id2).with_thief && self.session(device, id1).is_some_and(|s| s.heard)
    }

    /// Sends in the live session, where its status allows it.
    pub fn send(&mut self, device: u8) -> bool {
        let Some((session, own)) = self.live(device) else { return false };
        let first = own.status == Status::Waiting;
        self.put(Message { to: 1 - device, session, first, close: false });
        true
    }

    /// What is sent in a session with a thief reaches nobody else.
    pub fn put(&mut self, message: Message) {
        if !self.made(message.session).with_thief {
            self.deliver_later(message);
        }
    }

    /// Puts a message under way.
    pub fn deliver_later(&mut self, message: Message) {
        let in_line = self.in_line;
        let at = self
            .network
            .partition_point(|m| if in_line { m.to <= message.to } else { *m <= message });
        self.network.insert(at, message);
    }

    /// Whether no older handshake of its maker is still under way.
    pub fn is_next(&self, message: Message) -> bool {
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

    /// `simultaneous_window` passes.
    pub fn ticked(&self) -> Self {
        let mut next = self.clone();
        next.ticks += 1;
        for device in &mut next.devices {
            for session in device.sessions.iter_mut().flatten() {
                session.old = true;
            }
        }
        next
    }
}
