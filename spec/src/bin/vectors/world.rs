//! Two devices, and what others need to make more of them.

use crate::vector::{draw, must};
use hacspec_lib::*;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::enrolment::{self, Enrolment};
use sceau_spec::pairwise::initiate::InitiateRandomness;
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::prekeys::{BatchRandomness, PrivatePrekey, PublishedBatch};
use sceau_spec::pairwise::state::DeviceState;
use sceau_spec::pairwise::suite::{CORE, Suites};

/// The time of most steps: 2026-11-23T00:00:00Z.
pub const NOW: u64 = 1_795_392_000;
/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// A device with one published batch.
#[derive(Clone)]
pub struct Device {
    /// Its random bytes and the rest of its enrolment.
    pub enrolment: Enrolment,
    /// Its state.
    pub state: DeviceState,
    /// Its batch.
    pub published: PublishedBatch,
}

/// What everything in the files of vectors is about.
pub struct World {
    /// Initiates, most of the time.
    pub alice: Device,
    /// Answers.
    pub bob: Device,
    /// The default policy.
    pub policy: Policy,
}

/// An enrolment with drawn keys.
pub fn enrolment(name: &str) -> Enrolment {
    Enrolment {
        serial: 1,
        not_before: NOW - DAY,
        not_after: NOW + 364 * DAY,
        suites: Suites::new(0).push(&CORE),
        list_number: 1,
        issuer: None,
        account_key: draw("devices", name, "account_key", 32),
        identity_sign: draw("devices", name, "identity_sign", 32),
        identity_agree: draw("devices", name, "identity_agree", 32),
    }
}

/// Random bytes of a batch.
pub fn batch_randomness(name: &str, one_time: usize, kem: usize) -> BatchRandomness {
    let mut random = BatchRandomness {
        signed_prekey: draw("devices", name, "signed_prekey", 32),
        kem_last_resort: draw("devices", name, "kem_last_resort", 64),
        ..BatchRandomness::default()
    };
    for i in 0..one_time {
        let key = draw("devices", name, &format!("one_time_prekey.{i}"), 32);
        random.one_time_prekeys = random.one_time_prekeys.push(&key);
    }
    for i in 0..kem {
        let seed = draw("devices", name, &format!("kem_prekey.{i}"), 64);
        random.kem_prekeys = random.kem_prekeys.push(&seed);
    }
    random
}

/// A device whose batch has one one-time key of each kind: ids 2 and 3.
pub fn device_of(name: &str) -> Device {
    let enrolment = enrolment(name);
    let state = must("create", device::create(&enrolment, NOW - DAY));
    let random = batch_randomness(name, 1, 1);
    let made = device::create_batch(&state, 14 * DAY, &random, NOW - DAY, &default_policy());
    let (state, published) = must("create_batch", made);
    Device { enrolment, state, published }
}

impl Device {
    /// Its account id.
    pub fn account(&self) -> Octets {
        device::own_account(&self.state)
    }

    /// A bundle of its batch.
    pub fn bundle(&self, one_time_id: Option<u32>, kem_id: u32) -> PrekeyBundle {
        let own = &self.state.account;
        let made = enrolment::bundle(
            &self.published,
            &own.device_list,
            &own.credential,
            one_time_id,
            kem_id,
        );
        must("bundle", made)
    }

    /// A private key of its batch.
    pub fn prekey(&self, id: u32) -> PrivatePrekey {
        let found = (0..self.state.prekeys.len()).find(|i| self.state.prekeys[*i].prekey.id == id);
        self.state.prekeys[found.expect("the prekey is there")].prekey.clone()
    }
}

/// Random bytes of an initiation.
pub fn initiate_randomness(topic: &str, of: &str) -> InitiateRandomness {
    InitiateRandomness {
        ephemeral_key: draw(topic, of, "ephemeral_key", 32),
        kem_encapsulation: draw(topic, of, "kem_encapsulation", 32),
        ratchet_key: draw(topic, of, "ratchet_key", 32),
    }
}

impl World {
    /// Alice and Bob.
    pub fn new() -> Self {
        Self { alice: device_of("alice"), bob: device_of("bob"), policy: default_policy() }
    }
}
