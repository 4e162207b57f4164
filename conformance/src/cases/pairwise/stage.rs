//! What sets the scene of a case: devices with accounts, batches, bundles, sessions, conversations.
//!
//! Each word comes in two forms: `…_call` gives the command before it is sent, so that a case can add
//! parameters or a deviation and say what must come of it; the plain form demands acceptance.
//! Alice initiates and Bob responds, unless a case says otherwise; a session has one name on both sides.

use crate::case::{Outcome, Twin};
use crate::scene::{Call, Home, Out, Party, START, Scene, blame};

/// A day in seconds.
pub const DAY: u64 = 86_400;
/// Lifetime of the batches made here: two weeks.
pub const LIFETIME: u64 = 14 * DAY;
/// `prekey_grace`, seconds.
pub const GRACE: u64 = 14 * DAY;
/// Name of the session that [`waiting`] and [`established`] make.
pub const SESSION: &str = "s";

/// Commands that a conversation needs of the implementation, whichever side it plays.
pub const TALK: &[&str] =
    &["party.new", "pw.create", "pw.batch", "pw.bundle", "pw.initiate", "pw.send", "pw.receive"];
/// Those and `party.observe`.
pub const WATCH: &[&str] = &[
    "party.new",
    "party.observe",
    "pw.create",
    "pw.batch",
    "pw.bundle",
    "pw.initiate",
    "pw.send",
    "pw.receive",
];

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

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Hexadecimal bytes.
    pub message: String,
    /// The mailbox that it is sent to.
    pub mailbox: String,
    /// Whether that is the contact mailbox.
    pub contact: bool,
    /// What it says.
    pub body: String,
}

/// `pw.send` of an application message; the body is text.
pub fn send_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    from: Party,
    session: &str,
    body: &str,
) -> Call<'s, 'a> {
    scene.call(from, "pw.send").session(session).bytes("body", body.as_bytes())
}

/// What `pw.send` gave, as a message.
///
/// # Errors
/// Something is missing in it.
pub fn mail(out: &Out, body: &str) -> Outcome<Mail> {
    Ok(Mail {
        message: out.hex("message")?,
        mailbox: out.hex("mailbox")?,
        contact: out.integer("contact")? != 0,
        body: crate::digest::hex(body.as_bytes()),
    })
}

/// Sends a message.
///
/// # Errors
/// It is refused, or the state stays as it was.
pub fn send(scene: &mut Scene, from: &Device, session: &str, body: &str) -> Outcome<Mail> {
    let out = send_call(scene, from.party, session, body).accepted()?;
    mail(&out, body)
}

/// Whether a message makes its receiver draw a ratchet key: the first of each chain does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first of its chain that is received: a DH step.
    Dh,
    /// Of a chain of which one has been received.
    Same,
}

/// `pw.receive`.
pub fn receive_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    to: Party,
    mail: &Mail,
    step: Step,
) -> Call<'s, 'a> {
    let call = scene.call(to, "pw.receive");
    let call = call.text("mailbox", &mail.mailbox).text("message", &mail.message);
    match step {
        Step::Dh => call.rand("ratchet_key", 32),
        Step::Same => call,
    }
}

/// `pw.receive` of a message that makes a session.
pub fn accept_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    to: Party,
    mail: &Mail,
    session: &str,
) -> Call<'s, 'a> {
    receive_call(scene, to, mail, Step::Dh).text("new_session", session)
}

/// Receives a message in a session that exists, and compares what it says.
///
/// # Errors
/// It is refused, or something else comes out.
pub fn receive(scene: &mut Scene, to: &Device, mail: &Mail, step: Step) -> Outcome<Out> {
    let out = receive_call(scene, to.party, mail, step).accepted()?;
    event(&out, to, "message")?;
    out.is("body", &mail.body)?;
    Ok(out)
}

/// Receives a message that makes a session, and compares what it says.
///
/// # Errors
/// It is refused, or something else comes out.
pub fn accept(scene: &mut Scene, to: &Device, mail: &Mail, session: &str) -> Outcome<Out> {
    let out = accept_call(scene, to.party, mail, session).accepted()?;
    event(&out, to, "new_session")?;
    out.is("body", &mail.body)?;
    Ok(out)
}

/// Demands an event of `pw.receive`.
///
/// # Errors
/// It is another.
pub fn event(out: &Out, at: &Device, expected: &str) -> Outcome {
    let got = out.text("event")?;
    demand_of(at.party.home, got == expected, || {
        format!("pw.receive: event \"{got}\", not \"{expected}\"")
    })
}

/// Sends a message and has it received.
///
/// # Errors
/// One of the two is refused.
pub fn pass(
    scene: &mut Scene,
    from: &Device,
    to: &Device,
    session: &str,
    body: &str,
    step: Step,
) -> Outcome {
    let mail = send(scene, from, session, body)?;
    receive(scene, to, &mail, step).map(drop)
}

/// A message from each side, `first` beginning; for a session in which `second` spoke last.
///
/// # Errors
/// One of them is refused.
pub fn talk(scene: &mut Scene, first: &Device, second: &Device, session: &str) -> Outcome {
    pass(scene, first, second, session, "how are you", Step::Dh)?;
    pass(scene, second, first, session, "well, and you", Step::Dh)
}

/// Alice's session [`SESSION`] with Bob, who has not heard of it.
///
/// # Errors
/// Something is refused.
pub fn waiting(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = cast(scene, part)?;
    let bundle = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, SESSION, &bundle)?;
    Ok((alice, bob))
}

/// The same after Bob has received Alice's first message, "hello".
///
/// # Errors
/// Something is refused.
pub fn answered(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = waiting(scene, part)?;
    meet(scene, &alice, &bob, SESSION)?;
    Ok((alice, bob))
}

/// The same after Alice has received Bob's answer too: [`talk`] may follow, Alice beginning.
///
/// # Errors
/// Something is refused.
pub fn established(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = answered(scene, part)?;
    pass(scene, &bob, &alice, SESSION, "hello to you", Step::Dh)?;
    Ok((alice, bob))
}

/// The first message of a session that `from` has initiated.
///
/// # Errors
/// Something is refused.
pub fn meet(scene: &mut Scene, from: &Device, to: &Device, session: &str) -> Outcome<Out> {
    let mail = send(scene, from, session, "hello")?;
    accept(scene, to, &mail, session)
}

/// A whole handshake between devices that exist, with a new batch, and one message in each direction.
///
/// # Errors
/// Something is refused.
pub fn connect(scene: &mut Scene, from: &Device, to: &Device, session: &str) -> Outcome {
    let bundle = fetch(scene, to)?;
    initiate(scene, from, to, session, &bundle)?;
    meet(scene, from, to, session)?;
    pass(scene, to, from, session, "hello to you", Step::Dh)
}

/// A command that changes no state: accepted in the control twin, refused in the deviant.
///
/// # Errors
/// It is not.
pub fn decided(call: Call, twin: Twin) -> Outcome {
    match twin {
        Twin::Control => call.ok().map(drop),
        Twin::Deviant => call.refused().map(drop),
    }
}

/// Accepted in the control twin, refused in the deviant with a class that a clause pins.
///
/// # Errors
/// It is not.
pub fn judged_with(call: Call, twin: Twin, class: &str) -> Outcome {
    match twin {
        Twin::Control => call.accepted().map(drop),
        Twin::Deviant => call.refused_with(class),
    }
}

/// What `party.observe` says of a session.
///
/// # Errors
/// The adapter does not answer.
pub fn look(scene: &mut Scene, device: &Device, session: &str) -> Outcome<Out> {
    scene.call(device.party, "party.observe").session(session).ok()
}

/// Demands the status of a session.
///
/// # Errors
/// It is another.
pub fn status(scene: &mut Scene, device: &Device, session: &str, expected: &str) -> Outcome {
    let out = look(scene, device, session)?;
    let got = out.text("status")?;
    let what =
        || format!("session {session} of {} is \"{got}\", not \"{expected}\"", device.party.name);
    demand_of(device.party.home, got == expected, what)
}

/// Demands a count that `party.observe` gives: `sessions`, `prekeys` or `replay`.
///
/// # Errors
/// It is another.
pub fn count(scene: &mut Scene, device: &Device, name: &str, expected: u64) -> Outcome {
    let got = scene.observe(device.party)?.integer(name)?;
    demand_of(device.party.home, got == expected, || {
        format!("{} has {got} of {name}, not {expected}", device.party.name)
    })
}

/// Stores a device's state, ends its process, and loads it again.
///
/// # Errors
/// The adapter does not.
pub fn restart(scene: &mut Scene, device: &Device) -> Outcome {
    scene.save(device.party)?;
    scene.kill(device.party.home)?;
    scene.load(device.party)
}

/// Something that must hold of the implementation.
///
/// # Errors
/// It does not.
pub fn demand(holds: bool, what: &str) -> Outcome {
    demand_of(Home::Iut, holds, || what.to_owned())
}

/// Something that must hold of one side.
///
/// # Errors
/// It does not.
pub fn demand_of(home: Home, holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(blame(home, what())) }
}
