//! A conversation of two ratchets, written down event by event.
//!
//! Both sides start from drawn outputs of a handshake. An event is `send`, whose message may be lost,
//! `receive`, or `skip`: a number of messages that are sent and lost, of which nothing but the count is
//! written down.

use crate::vector::{Fields, Topic, class_name, fields, items, join, must, put};
use crate::world::NOW;
use sceau_spec::octets::{Octets, empty, zeros};
use sceau_spec::pairwise::chain::{kdf_ck, message_key_and_nonce};
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, InnerFrame};
use sceau_spec::pairwise::header::{Header, encode_header};
use sceau_spec::pairwise::key_schedule::HandshakeOutputs;
use sceau_spec::pairwise::limits::{Limits, default_limits};
use sceau_spec::pairwise::ratchet::{
    decrypt, encrypt, ratchet_start_initiator, ratchet_start_responder,
};
use sceau_spec::pairwise::session::{
    ChainState, ESTABLISHED, INITIATOR, RESPONDER, SessionState, WAITING,
};
use sceau_spec::pairwise::skipped::stored_keys;
use sceau_spec::pairwise::suite::{CORE, dh_public_key};
use serde_json::Value;

/// A side of the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The initiator.
    I,
    /// The responder.
    R,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::I => "initiator",
            Side::R => "responder",
        }
    }
}

/// The two sessions, and what has happened.
#[derive(Clone)]
pub struct Conversation {
    topic: &'static str,
    id: String,
    /// The initiator's session.
    pub initiator: SessionState,
    /// The responder's session.
    pub responder: SessionState,
    /// The time.
    pub now: u64,
    limits: Limits,
    start: Fields,
    events: Vec<Value>,
    outs: Vec<Value>,
    steps: Vec<Value>,
    /// Whether each event tells the session behind it.
    pub tell_state: bool,
}

/// What a chain is, as fields.
fn chain_fields(chain: &Option<ChainState>) -> Fields {
    match chain {
        Some(chain) => fields! {
            header_key: chain.header_key,
            chain_key: chain.chain_key,
            next: chain.next,
            flags: chain.flags,
        },
        None => fields! {},
    }
}

/// The ratchet of a session, as fields. An absent chain has none.
pub fn ratchet_fields(session: &SessionState) -> Fields {
    let mut skipped = Vec::new();
    let all = stored_keys(&session.skipped);
    for chain in items(&session.skipped) {
        let mut entry = fields! { header_key: chain.header_key, count: chain.keys.len() };
        if all <= 6 {
            let keys = items(&chain.keys);
            let keys: Vec<Fields> = keys
                .iter()
                .map(|key| {
                    fields! { n: key.n, stored_at: key.stored_at, message_key: key.message_key }
                })
                .collect();
            put(&mut entry, "keys", keys);
        }
        skipped.push(entry);
    }
    fields! {
        root_key: session.root_key,
        ratchet_public: dh_public_key(&session.ratchet_private),
        remote_public: session.remote_public,
        sending: chain_fields(&session.sending),
        receiving: chain_fields(&session.receiving),
        next_header_send: session.next_header_send,
        next_header_receive: session.next_header_receive,
        previous_count: session.previous_count,
        skipped: skipped,
    }
}

/// A header, as fields.
pub fn header_fields(header: &Header) -> Fields {
    fields! {
        ratchet_key: header.ratchet_key,
        flags: header.flags,
        pn: header.pn,
        n: header.n,
    }
}

impl Conversation {
    /// Two sessions that have just started.
    pub fn new(t: &Topic, topic: &'static str, number: u32) -> Self {
        let outputs = HandshakeOutputs {
            root_key: t.draw(number, "root_key", 32),
            initiator_header_key: t.draw(number, "initiator_header_key", 32),
            responder_header_key: t.draw(number, "responder_header_key", 32),
            pq_secret: t.draw(number, "pq_secret", 32),
            session_id: t.draw(number, "session_id", 32),
            exporter_secret: t.draw(number, "exporter_secret", 32),
        };
        let signed_prekey = t.draw(number, "signed_prekey", 32);
        let ratchet_key = t.draw(number, "ratchet_key", 32);
        let base = SessionState {
            suite: CORE,
            created_at: NOW,
            session_id: outputs.session_id.clone(),
            peer_account: zeros(32),
            peer_serial: 1,
            handshake_ref: zeros(32),
            exporter_secret: outputs.exporter_secret.clone(),
            pq_secret: outputs.pq_secret.clone(),
            ..SessionState::default()
        };
        let own = SessionState { role: INITIATOR, status: WAITING, ..base.clone() };
        let remote = dh_public_key(&signed_prekey);
        let initiator =
            must("start", ratchet_start_initiator(&own, &outputs, &remote, &ratchet_key));
        let own = SessionState { role: RESPONDER, status: ESTABLISHED, ..base };
        let responder = ratchet_start_responder(&own, &outputs, &signed_prekey);
        let start = fields! {
            session_id: outputs.session_id,
            root_key: outputs.root_key,
            initiator_header_key: outputs.initiator_header_key,
            responder_header_key: outputs.responder_header_key,
            signed_prekey: signed_prekey,
            ratchet_key: ratchet_key,
        };
        Self {
            topic,
            id: t.id(number),
            initiator,
            responder,
            now: NOW,
            limits: default_limits(),
            start,
            events: Vec::new(),
            outs: Vec::new(),
            steps: Vec::new(),
            tell_state: true,
        }
    }

    /// A side's session.
    pub fn session(&mut self, side: Side) -> &mut SessionState {
        match side {
            Side::I => &mut self.initiator,
            Side::R => &mut self.responder,
        }
    }

    fn event(&self, side: Side, what: &str) -> Fields {
        fields! { by: side.name(), event: what, now: self.now }
    }

    /// Sends an application frame.
    pub fn send(&mut self, side: Side, body: &str) -> Octets {
        let body = sceau_spec::octets::ascii(body);
        self.send_frame(side, &frame(APPLICATION, &body), &empty())
    }

    /// Sends a frame.
    pub fn send_frame(&mut self, side: Side, frame: &InnerFrame, data: &Octets) -> Octets {
        let (now, limits) = (self.now, self.limits.clone());
        let before = self.session(side).clone();
        let sealed = encrypt(&before, frame, data, now, &limits);
        let (after, message) = must(&self.id, sealed);
        let chain = before.sending.clone().expect("it has sent");
        let (_, message_key) = kdf_ck(&chain.chain_key);
        let (key, nonce) = message_key_and_nonce(&message_key);
        let header = Header {
            ratchet_key: dh_public_key(&before.ratchet_private),
            flags: chain.flags,
            pn: before.previous_count,
            n: chain.next,
        };
        let event =
            join(self.event(side, "send"), fields! { body: frame.body, authenticated_data: data });
        self.events.push(event.into());
        let steps = fields! {
            message_key: message_key,
            key: key,
            nonce: nonce,
            header: encode_header(&header),
        };
        self.steps.push(steps.into());
        let chain = after.sending.clone().expect("it has sent");
        let out = fields! { message: message, next_chain_key: chain.chain_key };
        self.outs.push(out.into());
        *self.session(side) = after;
        message
    }

    /// Sends messages that are lost.
    pub fn skip(&mut self, side: Side, count: u32) {
        let event = join(self.event(side, "skip"), fields! { count: count });
        self.events.push(event.into());
        self.steps.push(fields! {}.into());
        self.outs.push(fields! {}.into());
        let session = self.session(side);
        let mut chain = session.sending.clone().expect("it has sent");
        for _ in 0..count {
            chain.chain_key = kdf_ck(&chain.chain_key).0;
            chain.next += 1;
        }
        session.sending = Some(chain);
    }

    fn receive_event(&self, side: Side, message: &Octets, data: &Octets, key: &Octets) -> Fields {
        join(
            self.event(side, "receive"),
            fields! { message: message, authenticated_data: data, ratchet_key: key },
        )
    }

    fn ratchet_key(&self) -> Octets {
        crate::vector::draw(self.topic, &self.id, &format!("ratchet_key.{}", self.events.len()), 32)
    }

    /// Receives a message. `ratchet_key` stands in each event, and is drawn in a DH step alone.
    pub fn receive(&mut self, side: Side, message: &Octets) {
        self.receive_with(side, message, &empty());
    }

    /// Receives a message with associated data.
    pub fn receive_with(&mut self, side: Side, message: &Octets, data: &Octets) {
        let key = self.ratchet_key();
        let (now, limits) = (self.now, self.limits.clone());
        let opened = decrypt(self.session(side), message, data, &key, now, &limits);
        let (after, received) = must(&self.id, opened);
        let event = self.receive_event(side, message, data, &key);
        self.events.push(event.into());
        self.steps.push(fields! { header: header_fields(&received.header) }.into());
        let mut out = fields! { body: received.frame.body, drew: received.drew };
        if self.tell_state {
            put(&mut out, "session", ratchet_fields(&after));
        }
        self.outs.push(out.into());
        *self.session(side) = after;
    }

    /// Tries to receive a message that is refused, and goes on as if it had never come.
    pub fn fails(&mut self, side: Side, message: &Octets, class: ErrorClass) {
        let key = self.ratchet_key();
        let (now, limits) = (self.now, self.limits.clone());
        let opened = decrypt(self.session(side), message, &empty(), &key, now, &limits);
        assert_eq!(opened.err(), Some(class), "{}", self.id);
        let event = self.receive_event(side, message, &empty(), &key);
        self.events.push(event.into());
        self.steps.push(fields! {}.into());
        self.outs.push(fields! { error: class_name(class) }.into());
    }

    fn input(&self) -> Fields {
        join(self.start.clone(), fields! { events: self.events })
    }

    /// Names each message that was received as it was sent by the event that sent it.
    fn name_messages(&mut self) {
        for event in &mut self.events {
            let Some(message) = event.get("message") else { continue };
            let sent = self.outs.iter().position(|out| out.get("message") == Some(message));
            if let (Some(sent), Some(event)) = (sent, event.as_object_mut()) {
                event.shift_remove("message");
                put(event, "message_of", sent);
            }
        }
    }

    /// Writes the conversation down.
    pub fn valid(mut self, t: &mut Topic, number: u32, clauses: &str, description: &str) {
        assert_eq!(t.id(number), self.id);
        self.name_messages();
        let input = self.input();
        t.valid(
            number,
            clauses,
            description,
            input,
            fields! { events: self.steps },
            fields! { events: self.outs },
        );
    }

    /// Writes it down with a last event, in which a message is refused.
    pub fn refused(
        mut self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        description: &str,
        side: Side,
        message: &Octets,
        class: ErrorClass,
    ) {
        assert_eq!(t.id(number), self.id);
        // The last event alone is refused.
        assert!(self.outs.iter().all(|out| out.get("error").is_none()), "{}", self.id);
        let key = self.ratchet_key();
        let (now, limits) = (self.now, self.limits.clone());
        let opened = decrypt(self.session(side), message, &empty(), &key, now, &limits);
        let event = self.receive_event(side, message, &empty(), &key);
        self.events.push(event.into());
        t.refused(number, clauses, description, self.input(), opened, class);
    }
}
