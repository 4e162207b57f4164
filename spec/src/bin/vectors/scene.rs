//! Two devices step by step, with what each step leaves of the pair's sessions.
//!
//! Alice and Bob start from the states of the first vector of `first-message`, and initiate with
//! bundles of their last-resort keys. A message is named by the number of the event that sent it; its
//! hash is given, so that each side's messages can be compared.

use crate::first_message::event_name;
use crate::frames::extension_fields;
use crate::vector::{Fields, Topic, draw, fields, items, join, must, put};
use crate::world::{NOW, World};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::device::{self, Sent};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, InnerFrame};
use sceau_spec::pairwise::handshake::Psk;
use sceau_spec::pairwise::initiate::InitiateRandomness;
use sceau_spec::pairwise::limits::Policy;
use sceau_spec::pairwise::pairs::find_pair;
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::records::encode_record;
use sceau_spec::pairwise::session::{ABSORB_NONE, SessionState};
use sceau_spec::pairwise::state::{DeviceState, export_state};
use sceau_spec::pairwise::suite::hash;
use serde_json::Value;

/// Alice or Bob.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Alice.
    A,
    /// Bob.
    B,
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Who::A => "alice",
            Who::B => "bob",
        }
    }

    /// The other one.
    pub fn peer(self) -> Self {
        match self {
            Who::A => Who::B,
            Who::B => Who::A,
        }
    }
}

/// Two devices, and what has happened.
#[derive(Clone)]
pub struct Scene {
    topic: &'static str,
    id: String,
    /// The time.
    pub now: u64,
    states: [DeviceState; 2],
    /// Where a device starts from another state than that of `first-message`.
    starts: [Option<DeviceState>; 2],
    bundles: [PrekeyBundle; 2],
    policy: Policy,
    events: Vec<Value>,
    outs: Vec<Value>,
}

/// A message, and the event that sent it.
#[derive(Clone)]
pub struct Message {
    sent: Sent,
    event: usize,
}

fn frame_fields(frame: &InnerFrame) -> Fields {
    let mut out = fields! { content_type: frame.content_type, body: frame.body };
    if frame.non_critical.len() > 0 {
        put(&mut out, "non_critical", extension_fields(&frame.non_critical));
    }
    out
}

impl Scene {
    /// Two devices that do not know each other.
    pub fn new(t: &Topic, topic: &'static str, world: &World, number: u32) -> Self {
        Self {
            topic,
            id: t.id(number),
            now: NOW,
            states: [world.alice.state.clone(), world.bob.state.clone()],
            starts: [None, None],
            bundles: [world.alice.bundle(None, 1), world.bob.bundle(None, 1)],
            policy: world.policy.clone(),
            events: Vec::new(),
            outs: Vec::new(),
        }
    }

    /// A device's state.
    pub fn state(&self, who: Who) -> &DeviceState {
        &self.states[who as usize]
    }

    /// The scene goes on from where it is, with another state of a device, as one of its own.
    pub fn start_again(&mut self, who: Who, state: DeviceState) {
        self.states[who as usize] = state;
        self.starts = self.states.clone().map(Some);
        (self.events, self.outs) = (Vec::new(), Vec::new());
    }

    fn account(&self, who: Who) -> Octets {
        device::own_account(self.state(who))
    }

    /// The sessions of a device, the ids in the order of its records.
    pub fn sessions(&self, who: Who) -> Vec<SessionState> {
        items(&self.state(who).sessions)
    }

    /// A device's session.
    pub fn session(&self, who: Who, id: &Octets) -> SessionState {
        let found = self.sessions(who).into_iter().find(|session| session.session_id == *id);
        found.expect("the session is there")
    }

    fn draw(&self, name: &str) -> Octets {
        draw(self.topic, &self.id, &format!("{name}.{}", self.events.len()), 32)
    }

    fn begin(&self, who: Who, what: &str) -> Fields {
        fields! { by: who.name(), event: what, now: self.now }
    }

    /// What is left of the pair.
    fn summary(&self, who: Who) -> Fields {
        let state = self.state(who);
        let pair = find_pair(state, &self.account(who.peer()), 1);
        let mut sessions = Vec::new();
        for session in items(&state.sessions) {
            let mut entry = fields! {
                session_id: session.session_id, role: session.role, status: session.status,
            };
            if session.absorb_status != ABSORB_NONE {
                put(&mut entry, "absorb_status", session.absorb_status);
                put(&mut entry, "absorb_session", session.absorb_session);
                put(&mut entry, "absorb_secret", session.absorb_secret);
            }
            sessions.push(entry);
        }
        let archived: Vec<Octets> =
            items(&pair.archived).iter().map(|r| r.session_id.clone()).collect();
        let mut out = fields! { sessions: sessions };
        if let Some(live) = pair.live {
            put(&mut out, "live", live);
        }
        if let Some(unaccepted) = pair.unaccepted {
            put(&mut out, "unaccepted", unaccepted);
        }
        let head = encode_record(&state.records[0usize]);
        join(out, fields! { archived: archived, head: head })
    }

    /// Enters a step that has succeeded.
    fn end(&mut self, who: Who, event: Fields, state: DeviceState, out: Fields) {
        self.states[who as usize] = state;
        self.events.push(event.into());
        let out = join(out, self.summary(who));
        self.outs.push(out.into());
    }

    fn try_initiate(
        &self,
        who: Who,
        recovery: bool,
        psk: &Option<Psk>,
    ) -> (Fields, Result<(DeviceState, Octets, bool), ErrorClass>) {
        let random = InitiateRandomness {
            ephemeral_key: self.draw("ephemeral_key"),
            kem_encapsulation: self.draw("kem_encapsulation"),
            ratchet_key: self.draw("ratchet_key"),
        };
        let bundle = &self.bundles[who.peer() as usize];
        let made = device::initiate(
            self.state(who),
            &self.account(who.peer()),
            bundle,
            psk,
            recovery,
            &random,
            self.now,
            &self.policy,
        );
        let mut event = join(
            self.begin(who, "initiate"),
            fields! {
                recovery: recovery, ephemeral_key: random.ephemeral_key,
                kem_encapsulation: random.kem_encapsulation, ratchet_key: random.ratchet_key,
            },
        );
        if let Some(psk) = psk {
            put(&mut event, "psk_id", &psk.id.id);
            put(&mut event, "psk", &psk.secret);
        }
        (event, made.map(|(state, made)| (state, made.session_id, made.resumed)))
    }

    /// Initiates.
    pub fn initiate(&mut self, who: Who, recovery: bool) -> Octets {
        let (event, made) = self.try_initiate(who, recovery, &None);
        let (state, session_id, resumed) = must(&self.id, made);
        self.end(who, event, state, fields! { session_id: session_id, resumed: resumed });
        session_id
    }

    fn try_send(
        &self,
        who: Who,
        id: &Octets,
        frame: &InnerFrame,
    ) -> (Fields, Result<(DeviceState, Sent), ErrorClass>) {
        let event =
            join(join(self.begin(who, "send"), fields! { session_id: id }), frame_fields(frame));
        (event, device::send(self.state(who), id, frame, &empty(), self.now, &self.policy))
    }

    /// Sends a text.
    pub fn send(&mut self, who: Who, id: &Octets, text: &str) -> Message {
        self.send_frame(who, id, &device::frame(APPLICATION, &ascii(text)))
    }

    /// Sends a frame.
    pub fn send_frame(&mut self, who: Who, id: &Octets, frame: &InnerFrame) -> Message {
        let (event, sent) = self.try_send(who, id, frame);
        let (state, sent) = must(&self.id, sent);
        let number = self.events.len();
        let out = fields! { mailbox: sent.mailbox, first: sent.contact, message_hash: hash(&sent.message) };
        self.end(who, event, state, out);
        Message { sent, event: number }
    }

    fn try_receive(
        &self,
        who: Who,
        message: &Message,
    ) -> (Fields, Result<(DeviceState, Receipt), ErrorClass>) {
        let key = self.draw("ratchet_key");
        let event = join(
            self.begin(who, "receive"),
            fields! { mailbox: message.sent.mailbox, message_of: message.event, ratchet_key: key },
        );
        let received = device::receive(
            self.state(who),
            &message.sent.mailbox,
            &message.sent.message,
            &empty(),
            &Expectation::default(),
            &key,
            self.now,
            &self.policy,
        );
        (event, received)
    }

    /// Receives.
    pub fn receive(&mut self, who: Who, message: &Message) -> Octets {
        let (event, received) = self.try_receive(who, message);
        let (state, receipt) = must(&self.id, received);
        let out = fields! {
            happened: event_name(receipt.event), session_id: receipt.session_id, body: receipt.frame.body,
            drew: receipt.drew, header_flags: receipt.header.flags,
        };
        self.end(who, event, state, out);
        receipt.session_id
    }

    fn try_decide(
        &self,
        who: Who,
        id: &Octets,
        accept: bool,
    ) -> (Fields, Result<DeviceState, ErrorClass>) {
        let what = if accept { "accept_session" } else { "decline_session" };
        let event = join(self.begin(who, what), fields! { session_id: id });
        let decided = if accept {
            device::accept_session(self.state(who), id, self.now, &self.policy)
        } else {
            device::decline_session(self.state(who), id, self.now, &self.policy)
        };
        (event, decided)
    }

    /// The caller accepts or declines a session.
    pub fn decide(&mut self, who: Who, id: &Octets, accept: bool) {
        let (event, decided) = self.try_decide(who, id, accept);
        let state = must(&self.id, decided);
        self.end(who, event, state, fields! {});
    }

    /// Erases what is past its age.
    pub fn expire(&mut self, who: Who) {
        let state = device::expire(self.state(who), self.now, &self.policy);
        let event = self.begin(who, "expire");
        self.end(who, event, state, fields! {});
    }

    fn input(&self) -> Fields {
        let states = match &self.starts {
            [Some(alice), Some(bob)] => {
                fields! { alice_state: export_state(alice), bob_state: export_state(bob) }
            }
            _ => fields! {
                alice_state_of: "HS-FM-001.in.initiator_state",
                bob_state_of: "HS-FM-001.in.responder_state",
            },
        };
        let rest = fields! {
            alice_bundle_of: "REP-PAIR-001.in.alice_bundle",
            bob_bundle_of: "REP-PAIR-001.in.bob_bundle",
            events: self.events,
        };
        join(states, rest)
    }

    /// Writes the scene down.
    pub fn valid(self, t: &mut Topic, number: u32, clauses: &str, about: &str) {
        assert_eq!(t.id(number), self.id);
        t.valid(number, clauses, about, self.input(), fields! {}, fields! { events: self.outs });
    }

    fn refuse<T>(
        mut self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        last: (Fields, Result<T, ErrorClass>),
        class: ErrorClass,
    ) {
        assert_eq!(t.id(number), self.id);
        self.events.push(last.0.into());
        t.refused(number, clauses, about, self.input(), last.1, class);
    }

    /// Writes it down with an initiation that is refused.
    pub fn cannot_initiate(
        self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        who: Who,
        recovery: bool,
        class: ErrorClass,
    ) {
        let last = self.try_initiate(who, recovery, &None);
        self.refuse(t, number, clauses, about, last, class);
    }

    /// Writes it down with an initiation that is refused for its external PSK (`misuse`).
    pub fn cannot_use(self, t: &mut Topic, number: u32, clauses: &str, about: &str, psk: Psk) {
        let last = self.try_initiate(Who::A, false, &Some(psk));
        self.refuse(t, number, clauses, about, last, ErrorClass::Misuse);
    }

    /// Writes it down with a frame that is not sent.
    pub fn cannot_send(
        self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        who: Who,
        id: &Octets,
        frame: &InnerFrame,
        class: ErrorClass,
    ) {
        let last = self.try_send(who, id, frame);
        self.refuse(t, number, clauses, about, last, class);
    }

    /// Writes it down with a message that is refused.
    pub fn cannot_receive(
        self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        who: Who,
        message: &Message,
        class: ErrorClass,
    ) {
        let last = self.try_receive(who, message);
        self.refuse(t, number, clauses, about, last, class);
    }

    /// Writes it down with bytes in a mailbox that are refused.
    pub fn cannot_receive_bytes(
        self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        who: Who,
        mailbox: &Octets,
        bytes: &Octets,
        class: ErrorClass,
    ) {
        let key = self.draw("ratchet_key");
        let event = join(
            self.begin(who, "receive"),
            fields! { mailbox: mailbox, message: bytes, ratchet_key: key },
        );
        let (state, now) = (self.state(who), self.now);
        let expected = Expectation::default();
        let received =
            device::receive(state, mailbox, bytes, &empty(), &expected, &key, now, &self.policy);
        self.refuse(t, number, clauses, about, (event, received), class);
    }

    /// Writes it down with a decision about a session that awaits none.
    pub fn cannot_decide(
        self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        who: Who,
        id: &Octets,
        class: ErrorClass,
    ) {
        let last = self.try_decide(who, id, true);
        self.refuse(t, number, clauses, about, last, class);
    }
}
