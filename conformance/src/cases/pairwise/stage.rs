//! What sets the scene of a case: devices with accounts, batches, bundles, sessions, conversations.
//!
//! Each word comes in two forms: `…_call` gives the command before it is sent, so that a case can add
//! parameters or a deviation and say what must come of it; the plain form demands acceptance.
//! Alice initiates and Bob responds, unless a case says otherwise; a session has one name on both sides.

mod needs;
mod talk;
mod watch;

pub use needs::*;
pub use talk::*;
pub use watch::*;

use crate::case::Outcome;
use crate::scene::{Call, Home, Out, Party, START, Scene};

/// A day in seconds.
pub const DAY: u64 = 86_400;
/// Lifetime of the batches made here: two weeks.
pub const LIFETIME: u64 = 14 * DAY;
/// `prekey_grace`, seconds.
pub const GRACE: u64 = 14 * DAY;
/// Name of the session that [`waiting`] and [`established`] make.
pub const SESSION: &str = "s";

/// Which part the implementation plays; the peer plays the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is Alice.
    Initiator,
    /// It is Bob.
    Responder,
}

impl Part {
    /// Where Alice and Bob live.
    #[must_use]
    pub fn homes(self) -> (Home, Home) {
        match self {
            Part::Initiator => (Home::Iut, Home::Peer),
            Part::Responder => (Home::Peer, Home::Iut),
        }
    }
}

/// What a device is made with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Number of the device in its account.
    pub serial: u64,
    /// Validity of its credential.
    pub not_before: u64,
    /// End of the validity.
    pub not_after: u64,
    /// Suites, hexadecimal, in order of preference.
    pub suites: &'static [&'static str],
    /// Number of its device list.
    pub list_number: u64,
    /// Seed of the issuer that attests credential and list, hexadecimal.
    pub issuer_seed: Option<&'static str>,
    /// Private agreement key, hexadecimal; of a device that lives in the peer.
    pub identity_agree: Option<&'static str>,
}

/// Serial 1, valid for a year, suite `core`, list 1, no issuer.
pub const USUAL: Setup = Setup {
    serial: 1,
    not_before: START - DAY,
    not_after: START + 365 * DAY,
    suites: &["0001"],
    list_number: 1,
    issuer_seed: None,
    identity_agree: None,
};

/// A device with its account, as `pw.create` made it; bytes in hexadecimal.
#[derive(Clone, Debug)]
pub struct Device {
    /// The party.
    pub party: Party,
    /// Its account's id.
    pub account: String,
    /// Its account's keys: `TypedKey account_keys<V>`.
    pub account_keys: String,
    /// Number of the device in its account.
    pub serial: u64,
    /// Its first credential.
    pub credential: String,
    /// Its first device list.
    pub list: String,
}

impl Device {
    /// Its first list as a `DeviceList device_lists<V>` of one.
    #[must_use]
    pub fn lists(&self) -> String {
        vector(&[&self.list])
    }
}

/// Bytes (hexadecimal) behind their length, as `<V>` has it.
#[must_use]
pub fn vector(items: &[&str]) -> String {
    let content = items.concat();
    let length = content.len() / 2;
    match length {
        0..64 => format!("{length:02x}{content}"),
        64..16_384 => format!("{:04x}{content}", length | 0x4000),
        _ => format!("{:08x}{content}", length | 0x8000_0000),
    }
}

/// `pw.create`, for a party that exists.
pub fn create_call<'s, 'a>(scene: &'s mut Scene<'a>, party: Party, setup: &Setup) -> Call<'s, 'a> {
    let suites: Vec<String> = setup.suites.iter().map(|&suite| suite.to_owned()).collect();
    let call = scene.call(party, "pw.create").integer("serial", setup.serial);
    let call = call.long("not_before", setup.not_before).long("not_after", setup.not_after);
    let call = call.list("suites", &suites).integer("list_number", setup.list_number);
    let call = match setup.issuer_seed {
        Some(seed) => call.text("issuer_seed", seed),
        None => call,
    };
    let call = call.rand("account_key", 32).rand("identity_sign", 32).rand("identity_agree", 32);
    match setup.identity_agree {
        Some(key) => call.choose("identity_agree", key),
        None => call,
    }
}

/// A new party with the usual account.
///
/// # Errors
/// It is not made.
pub fn device(scene: &mut Scene, name: &'static str, home: Home) -> Outcome<Device> {
    device_as(scene, name, home, &USUAL)
}

/// A new party with an account of its own.
///
/// # Errors
/// It is not made.
pub fn device_as(
    scene: &mut Scene,
    name: &'static str,
    home: Home,
    setup: &Setup,
) -> Outcome<Device> {
    let party = scene.party(name, home)?;
    let out = create_call(scene, party, setup).ok()?;
    Ok(Device {
        party,
        account: out.hex("account_id")?,
        account_keys: out.hex("account_keys")?,
        serial: setup.serial,
        credential: out.hex("credential")?,
        list: out.hex("device_list")?,
    })
}

/// Alice and Bob, one of them in the implementation.
///
/// # Errors
/// They are not made.
pub fn cast(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = part.homes();
    Ok((device(scene, "alice", alice)?, device(scene, "bob", bob)?))
}

/// Sets limits of a party's policy, `name=value` each.
///
/// # Errors
/// The adapter does not take them.
pub fn limits(scene: &mut Scene, party: Party, limits: &[&str]) -> Outcome {
    let limits: Vec<String> = limits.iter().map(|&limit| limit.to_owned()).collect();
    scene.call(party, "party.policy").list("limits", &limits).ok().map(drop)
}

/// `pw.batch`.
pub fn batch_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    party: Party,
    one_time: u64,
    kem_one_time: u64,
    lifetime: u64,
) -> Call<'s, 'a> {
    let call = scene.call(party, "pw.batch").integer("one_time", one_time);
    let call = call.integer("kem_one_time", kem_one_time).long("lifetime", lifetime);
    let mut call = call.rand("signed_prekey", 32).rand("kem_last_resort", 64);
    for i in 0..one_time {
        call = call.rand(&format!("one_time_prekey.{i}"), 32);
    }
    for i in 0..kem_one_time {
        call = call.rand(&format!("kem_prekey.{i}"), 64);
    }
    call
}

/// Publishes a batch and gives its generation.
///
/// # Errors
/// It is not made.
pub fn publish(
    scene: &mut Scene,
    device: &Device,
    one_time: u64,
    kem_one_time: u64,
) -> Outcome<u64> {
    let call = batch_call(scene, device.party, one_time, kem_one_time, LIFETIME);
    call.ok()?.integer("generation")
}

/// Which keys of a batch a bundle has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Id of the one-time prekey.
    pub one_time: Option<u64>,
    /// Id of the KEM prekey; 1 is the last-resort key.
    pub kem: u64,
}

impl Keys {
    /// The signed prekey and the last-resort KEM key alone.
    pub const LAST: Keys = Keys { one_time: None, kem: 1 };
    /// Of a batch with one one-time key of each kind: both.
    pub const BOTH: Keys = Keys { one_time: Some(2), kem: 3 };
    /// Of such a batch: the one-time prekey and the last-resort KEM key.
    pub const ONE_TIME: Keys = Keys { one_time: Some(2), kem: 1 };
    /// Of such a batch: the one-time KEM key and no one-time prekey.
    pub const KEM: Keys = Keys { one_time: None, kem: 3 };
    /// All four.
    pub const ALL: [Keys; 4] = [Keys::LAST, Keys::BOTH, Keys::ONE_TIME, Keys::KEM];
}

/// `pw.bundle`.
pub fn bundle_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    party: Party,
    generation: u64,
    keys: Keys,
) -> Call<'s, 'a> {
    let call = scene.call(party, "pw.bundle").integer("generation", generation);
    let call = call.integer("kem_id", keys.kem);
    match keys.one_time {
        Some(id) => call.integer("one_time_id", id),
        None => call,
    }
}

/// A bundle with these keys, as a relay would serve it.
///
/// # Errors
/// The adapter does not make it.
pub fn bundle(scene: &mut Scene, device: &Device, generation: u64, keys: Keys) -> Outcome<String> {
    bundle_call(scene, device.party, generation, keys).ok()?.hex("bundle")
}

/// A bundle with both one-time keys, of a new batch that has one of each.
///
/// # Errors
/// The adapter does not make it.
pub fn fetch(scene: &mut Scene, device: &Device) -> Outcome<String> {
    let generation = publish(scene, device, 1, 1)?;
    bundle(scene, device, generation, Keys::BOTH)
}

/// `pw.initiate` with its three draws.
pub fn initiate_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    from: Party,
    to: &Device,
    session: &str,
    bundle: &str,
) -> Call<'s, 'a> {
    let call = scene.call(from, "pw.initiate").session(session);
    let call = call.text("account_id", &to.account).text("bundle", bundle);
    call.rand("ephemeral_key", 32).rand("kem_encapsulation", 32).rand("ratchet_key", 32)
}

/// Initiates a session.
///
/// # Errors
/// It is refused, or the state stays as it was.
pub fn initiate(
    scene: &mut Scene,
    from: &Device,
    to: &Device,
    session: &str,
    bundle: &str,
) -> Outcome<Out> {
    initiate_call(scene, from.party, to, session, bundle).accepted()
}
