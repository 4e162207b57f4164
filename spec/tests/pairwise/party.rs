//! A device of the executable specification with its policy, its clock and what it has published.

use crate::second_device::second_device;
use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::{PrekeyBundle, decode_prekey_bundle, encode_prekey_bundle};
use sceau_spec::pairwise::device::{self, Sent};
use sceau_spec::pairwise::enrolment::{self, Enrolment};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::identities::{DeviceList, DeviceLists};
use sceau_spec::pairwise::initiate::{InitiateRandomness, Initiated};
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::pairs::{find_pair, get_session};
use sceau_spec::pairwise::prekeys::{BatchRandomness, PublishedBatch};
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::state::{DeviceState, export_state, import_state};
use sceau_spec::pairwise::suite::{CORE, Suites};
use sceau_spec::primitives::hacspec::sha512;

pub const NOW: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;

/// A device, its policy and what it has published.
pub struct Party {
    name: &'static str,
    draws: u32,
    pub now: u64,
    pub state: DeviceState,
    pub policy: Policy,
    published: Vec<PublishedBatch>,
}

impl Party {
    pub fn new(name: &'static str) -> Self {
        let mut party = Party {
            name,
            draws: 0,
            now: NOW,
            state: DeviceState::default(),
            policy: default_policy(),
            published: Vec::new(),
        };
        let enrolment = Enrolment {
            serial: 1,
            not_before: NOW,
            not_after: NOW + 365 * DAY,
            suites: Suites::new(0).push(&CORE),
            list_number: 1,
            issuer: None,
            account_key: party.random(32),
            identity_sign: party.random(32),
            identity_agree: party.random(32),
        };
        party.state = device::create(&enrolment, NOW).unwrap();
        party.batch(2, 2);
        party
    }

    /// A further device of a party's account.
    pub fn second(name: &'static str, of: &Party) -> Self {
        let mut party = Party {
            name,
            draws: 0,
            now: of.now,
            state: DeviceState::default(),
            policy: default_policy(),
            published: Vec::new(),
        };
        let (sign, agree) = (party.random(32), party.random(32));
        party.state = second_device(&of.state, &sign, &agree, &None, of.now).unwrap();
        party.batch(0, 0);
        party
    }

    pub fn random(&mut self, n: usize) -> Octets {
        self.draws += 1;
        sha512(&ascii(&format!("{} {}", self.name, self.draws))).slice(0, n)
    }

    pub fn account(&self) -> Octets {
        device::own_account(&self.state)
    }

    /// Takes a new state, which must export and import to the same bytes.
    pub fn take(&mut self, state: DeviceState) {
        let bytes = export_state(&state);
        let imported = import_state(&bytes, state.head.changes).expect("the export is valid");
        assert_eq!(export_state(&imported).to_hex(), bytes.to_hex());
        self.state = imported;
    }

    /// Makes a batch and publishes it.
    pub fn batch(&mut self, one_time: usize, kem: usize) -> PublishedBatch {
        let mut random = BatchRandomness {
            signed_prekey: self.random(32),
            kem_last_resort: self.random(64),
            ..BatchRandomness::default()
        };
        for _ in 0..one_time {
            random.one_time_prekeys = random.one_time_prekeys.push(&self.random(32));
        }
        for _ in 0..kem {
            random.kem_prekeys = random.kem_prekeys.push(&self.random(64));
        }
        let lifetime = 14 * DAY;
        let (state, published) =
            device::create_batch(&self.state, lifetime, &random, self.now, &self.policy).unwrap();
        self.take(state);
        self.published.push(published.clone());
        published
    }

    pub fn bundle(&self, one_time_id: Option<u32>, kem_id: u32) -> PrekeyBundle {
        let account = &self.state.account;
        let published = self.published.last().unwrap();
        let bundle = enrolment::bundle(
            published,
            &account.device_list,
            &account.credential,
            one_time_id,
            kem_id,
        )
        .unwrap();
        let decoded = decode_prekey_bundle(&encode_prekey_bundle(&bundle)).unwrap();
        assert_eq!(encode_prekey_bundle(&decoded), encode_prekey_bundle(&bundle));
        decoded
    }

    pub fn try_initiate(
        &mut self,
        account: &Octets,
        bundle: &PrekeyBundle,
        recovery: bool,
    ) -> Result<Initiated, ErrorClass> {
        let random = InitiateRandomness {
            ephemeral_key: self.random(32),
            kem_encapsulation: self.random(32),
            ratchet_key: self.random(32),
        };
        let (state, initiated) = device::initiate(
            &self.state,
            account,
            bundle,
            &None,
            recovery,
            &random,
            self.now,
            &self.policy,
        )?;
        self.take(state);
        Ok(initiated)
    }

    pub fn initiate(&mut self, peer: &Party, one_time: Option<u32>, kem: u32) -> Octets {
        let bundle = peer.bundle(one_time, kem);
        self.try_initiate(&peer.account(), &bundle, false).unwrap().session_id
    }

    pub fn try_send(&mut self, session: &Octets, body: &str) -> Result<Sent, ErrorClass> {
        let frame = device::frame(APPLICATION, &ascii(body));
        let (state, sent) =
            device::send(&self.state, session, &frame, &empty(), self.now, &self.policy)?;
        self.take(state);
        Ok(sent)
    }

    pub fn send(&mut self, session: &Octets, body: &str) -> Sent {
        self.try_send(session, body).unwrap()
    }

    pub fn try_receive(&mut self, sent: &Sent) -> Result<Receipt, ErrorClass> {
        let key = self.random(32);
        let (state, receipt) = device::receive(
            &self.state,
            &sent.mailbox,
            &sent.message,
            &empty(),
            &Expectation::default(),
            &key,
            self.now,
            &self.policy,
        )?;
        self.take(state);
        Ok(receipt)
    }

    pub fn receive(&mut self, sent: &Sent, body: &str) -> Receipt {
        let receipt = self.try_receive(sent).unwrap();
        assert_eq!(receipt.frame.body.to_hex(), ascii(body).to_hex());
        receipt
    }

    /// The session that is live towards the only peer.
    pub fn live(&self, peer: &Party) -> Option<Octets> {
        find_pair(&self.state, &peer.account(), 1).live
    }

    pub fn recover(&mut self, peer: &Party) -> Octets {
        self.try_initiate(&peer.account(), &peer.bundle(None, 1), true).unwrap().session_id
    }

    /// A bundle made now, with a list of now.
    pub fn fresh_bundle(&mut self, now: u64) -> PrekeyBundle {
        self.now = now;
        self.take(device::reissue_list(&self.state, now, &self.policy).unwrap());
        self.batch(0, 0);
        self.bundle(None, 1)
    }

    /// Applies lists of a peer's account.
    pub fn apply(&mut self, peer: &Party, lists: &[&DeviceList]) -> Result<(), ErrorClass> {
        let lists = DeviceLists::from_vec(lists.iter().map(|list| (*list).clone()).collect());
        let (state, _) =
            device::apply_lists(&self.state, &peer.account(), &lists, self.now, &self.policy)?;
        self.take(state);
        Ok(())
    }

    /// Accepts or declines a session.
    pub fn decide(&mut self, session: &Octets, accept: bool) {
        let step = if accept { device::accept_session } else { device::decline_session };
        self.take(step(&self.state, session, self.now, &self.policy).unwrap());
    }

    /// Sends a body that the library handles.
    pub fn try_send_frame(
        &mut self,
        session: &Octets,
        content_type: u8,
        body: &Octets,
    ) -> Result<Sent, ErrorClass> {
        let frame = device::frame(content_type, body);
        let (state, sent) =
            device::send(&self.state, session, &frame, &empty(), self.now, &self.policy)?;
        self.take(state);
        Ok(sent)
    }

    pub fn status(&self, session: &Octets) -> u8 {
        get_session(&self.state, session).unwrap().status
    }
}

/// Two parties with a session that both have used.
pub fn conversation() -> (Party, Party, Octets) {
    let mut alice = Party::new("alice");
    let mut bob = Party::new("bob");
    let session = alice.initiate(&bob, Some(2), 4);
    let first = alice.send(&session, "hello");
    assert_eq!(bob.receive(&first, "hello").event, Event::NewSession);
    let answer = bob.send(&session, "hello too");
    alice.receive(&answer, "hello too");
    (alice, bob, session)
}
