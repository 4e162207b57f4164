//! A device of the executable specification.

use super::side::{Answer, Extensions, Frame, Out, Psk, Side};
use super::tape::Tape;
use hacspec_lib::*;
use sceau_spec::octets::{Octets, ascii, from_bytes};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::decode_prekey_bundle;
use sceau_spec::pairwise::codec::{Extension, Extensions as SpecExtensions, finish, reader};
use sceau_spec::pairwise::device::{self};
use sceau_spec::pairwise::device_lists::Serials;
use sceau_spec::pairwise::enrolment::Enrolment;
use sceau_spec::pairwise::envelope::{incoming_mailboxes, outgoing_mailbox};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::exporter::export;
use sceau_spec::pairwise::frame::InnerFrame;
use sceau_spec::pairwise::handshake::Psk as SpecPsk;
use sceau_spec::pairwise::identities::read_device_lists;
use sceau_spec::pairwise::initiate::{InitiateRandomness, external_psk};
use sceau_spec::pairwise::limits::{Limits, Policy};
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::prekeys::{BatchRandomness, encode_published_batch};
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::records::encode_changes;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::state::{DeviceState, export_state, import_state};
use sceau_spec::pairwise::suite::{CORE, ED25519, Suites, signature_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, decode_typed_keys, issuer_id};

/// A device of the specification.
pub struct Specified {
    pub state: DeviceState,
    pub policy: Policy,
}

/// The private key of the issuer of all histories.
pub const ISSUER: [u8; 32] = [0x1d; 32];

/// The issuer's public keys.
pub fn issuer_keys() -> TypedKeys {
    let key = signature_public_key(&from_bytes(&ISSUER));
    TypedKeys::new(0).push(&TypedKey { key_type: ED25519, key })
}

/// Id and private key of the issuer.
pub fn issuer() -> (Octets, Octets) {
    (issuer_id(&issuer_keys()), from_bytes(&ISSUER))
}

/// The name of a class in the registry.
pub fn class(error: ErrorClass) -> String {
    let mut name = String::new();
    for (i, letter) in format!("{error:?}").chars().enumerate() {
        if letter.is_ascii_uppercase() && i > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Limits that a short history reaches.
pub fn tight(limits: Limits) -> Limits {
    Limits {
        max_skip: 5,
        max_skipped_keys: 8,
        max_skipped_chains: 2,
        skipped_key_age: 86_400,
        max_first_messages: 3,
        max_session_age: 5 * 86_400,
        max_archived: 2,
        archive_age: 2 * 86_400,
        simultaneous_window: 7_200,
        recovery_interval: 3_600,
        max_candidates: 2,
        clock_skew: 60,
        max_list_age: 20 * 86_400,
        prekey_grace: 3 * 86_400,
        replay_cache_size: 3,
        max_authenticated_data: 16,
        mailbox_look_back: 1,
        ..limits
    }
}

fn extensions(list: &Extensions) -> SpecExtensions {
    let mut out = SpecExtensions::new(0);
    for (extension_type, data) in list {
        out = out.push(&Extension { extension_type: *extension_type, data: from_bytes(data) });
    }
    out
}

/// A frame of the specification.
pub fn inner_frame(frame: &Frame) -> InnerFrame {
    InnerFrame {
        content_type: frame.content_type,
        critical: extensions(&frame.critical),
        non_critical: extensions(&frame.non_critical),
        body: from_bytes(&frame.body),
    }
}

fn psk(psk: Psk) -> Option<SpecPsk> {
    psk.map(|(id, key)| external_psk(&from_bytes(id), &from_bytes(key)))
}

/// The bytes.
pub fn vec(octets: &Octets) -> Vec<u8> {
    octets.native_slice().to_vec()
}

fn receipt(receipt: &Receipt) -> Out {
    let event = match receipt.event {
        Event::Message => 0,
        Event::NewSession => 1,
        Event::SessionReplaced => 2,
    };
    let mut non_critical = Vec::new();
    for i in 0..receipt.frame.non_critical.len() {
        let extension = receipt.frame.non_critical[i].clone();
        non_critical.extend(extension.extension_type.to_be_bytes());
        non_critical.extend(extension.data.native_slice());
    }
    vec![
        ("session", vec(&receipt.session_id)),
        ("event", vec![event]),
        ("content_type", vec![receipt.frame.content_type]),
        ("body", vec(&receipt.frame.body)),
        ("non_critical", non_critical),
        ("account", vec(&receipt.account_id)),
        ("serial", receipt.serial.to_be_bytes().to_vec()),
        ("one_time", vec![receipt.one_time as u8]),
        ("last_resort", vec![receipt.last_resort as u8]),
    ]
}

impl Specified {
    /// A device of an account of its own.
    pub fn create(attested: bool, policy: Policy, now: u64, tape: &mut Tape) -> (Self, Out) {
        let enrolment = Enrolment {
            serial: 1,
            not_before: now,
            not_after: now + 120 * 86_400,
            suites: Suites::new(0).push(&CORE),
            list_number: 3,
            issuer: attested.then(issuer),
            account_key: tape.draw(32),
            identity_sign: tape.draw(32),
            identity_agree: tape.draw(32),
        };
        let state = device::create(&enrolment, now).unwrap();
        let changes = vec(&encode_changes(&state.changes));
        (Self { state, policy }, vec![("changes", changes)])
    }

    fn take(&mut self, state: DeviceState, mut out: Out) -> Answer {
        out.push(("changes", vec(&encode_changes(&state.changes))));
        self.state = state;
        Ok(out)
    }

    fn steps(&self) -> (&DeviceState, &Policy) {
        (&self.state, &self.policy)
    }
}

impl Side for Specified {
    fn export(&self) -> Vec<u8> {
        vec(&export_state(&self.state))
    }

    fn import(&mut self, state: &[u8], least_changes: u64) -> Answer {
        self.state = import_state(&from_bytes(state), least_changes).map_err(class)?;
        Ok(Vec::new())
    }

    fn create_batch(
        &mut self,
        one_time: u32,
        kem: u32,
        lifetime: u64,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let mut random = BatchRandomness {
            signed_prekey: tape.draw(32),
            kem_last_resort: tape.draw(64),
            ..BatchRandomness::default()
        };
        for _ in 0..one_time {
            random.one_time_prekeys = random.one_time_prekeys.push(&tape.draw(32));
        }
        for _ in 0..kem {
            random.kem_prekeys = random.kem_prekeys.push(&tape.draw(64));
        }
        let (state, policy) = self.steps();
        let (state, published) =
            device::create_batch(state, lifetime, &random, now, policy).map_err(class)?;
        self.take(state, vec![("published", vec(&encode_published_batch(&published)))])
    }

    fn check_bundle(&mut self, account: &[u8], bundle: &[u8], now: u64) -> Answer {
        let bundle = decode_prekey_bundle(&from_bytes(bundle)).map_err(class)?;
        let (state, policy) = self.steps();
        let verified = device::check_bundle(state, &from_bytes(account), &bundle, now, policy);
        let verified = verified.map_err(class)?;
        let one_time = verified.bundle.one_time_prekey.is_some();
        Ok(vec![("one_time", vec![one_time as u8])])
    }

    fn initiate(
        &mut self,
        account: &[u8],
        bundle: &[u8],
        external: Psk,
        recovery: bool,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let random = InitiateRandomness {
            ephemeral_key: tape.draw(32),
            kem_encapsulation: tape.draw(32),
            ratchet_key: tape.draw(32),
        };
        let bundle = decode_prekey_bundle(&from_bytes(bundle)).map_err(class)?;
        let (state, policy) = self.steps();
        let account = from_bytes(account);
        let external = psk(external);
        let (state, initiated) =
            device::initiate(state, &account, &bundle, &external, recovery, &random, now, policy)
                .map_err(class)?;
        let out = vec![
            ("session", vec(&initiated.session_id)),
            ("serial", initiated.serial.to_be_bytes().to_vec()),
            ("one_time", vec![initiated.one_time as u8]),
            ("last_resort", vec![initiated.last_resort as u8]),
            ("resumed", vec![initiated.resumed as u8]),
        ];
        self.take(state, out)
    }

    fn send(&mut self, session: &[u8], frame: &Frame, data: &[u8], now: u64) -> Answer {
        let (state, policy) = self.steps();
        let (session, data) = (from_bytes(session), from_bytes(data));
        let (state, sent) = device::send(state, &session, &inner_frame(frame), &data, now, policy)
            .map_err(class)?;
        let out = vec![
            ("message", vec(&sent.message)),
            ("mailbox", vec(&sent.mailbox)),
            ("contact", vec![sent.contact as u8]),
        ];
        self.take(state, out)
    }

    fn receive(
        &mut self,
        mailbox: &[u8],
        message: &[u8],
        data: &[u8],
        account: Option<&[u8]>,
        external: Psk,
        now: u64,
        tape: &mut Tape,
    ) -> Answer {
        let ratchet_key = tape.clone().draw(32);
        let expectation = Expectation { account: account.map(from_bytes), psk: psk(external) };
        let (state, policy) = self.steps();
        let (mailbox, message, data) = (from_bytes(mailbox), from_bytes(message), from_bytes(data));
        let (state, received) = device::receive(
            state,
            &mailbox,
            &message,
            &data,
            &expectation,
            &ratchet_key,
            now,
            policy,
        )
        .map_err(class)?;
        if received.drew {
            let _ = tape.draw(32);
        }
        self.take(state, receipt(&received))
    }

    fn decide(&mut self, session: &[u8], accept: bool, now: u64) -> Answer {
        let (state, policy) = self.steps();
        let step = if accept { device::accept_session } else { device::decline_session };
        let state = step(state, &from_bytes(session), now, policy).map_err(class)?;
        self.take(state, Vec::new())
    }

    fn renew(&mut self, not_after: u64, attested: bool, now: u64) -> Answer {
        let (state, policy) = self.steps();
        let issuer = attested.then(issuer);
        let state = device::renew(state, not_after, &issuer, now, policy).map_err(class)?;
        self.take(state, Vec::new())
    }

    fn apply_lists(&mut self, account: &[u8], lists: &[u8], now: u64) -> Answer {
        let (lists, r) = read_device_lists(reader(&from_bytes(lists))).map_err(class)?;
        finish(&r).map_err(class)?;
        let (state, policy) = self.steps();
        let (state, applied) =
            device::apply_lists(state, &from_bytes(account), &lists, now, policy).map_err(class)?;
        let serials = |of: &Serials| (0..of.len()).flat_map(|i| of[i].to_be_bytes()).collect();
        let out = vec![
            ("number", applied.number.to_be_bytes().to_vec()),
            ("devices_added", serials(&applied.devices.added)),
            ("devices_removed", serials(&applied.devices.removed)),
        ];
        self.take(state, out)
    }

    fn expire(&mut self, now: u64) -> Answer {
        let (state, policy) = self.steps();
        let state = device::expire(state, now, policy);
        self.take(state, Vec::new())
    }

    fn observe(&mut self, session: &[u8], peer_keys: &[u8], now: u64) -> Answer {
        let (state, policy) = self.steps();
        let session = get_session(state, &from_bytes(session)).map_err(class)?;
        let mut incoming = Vec::new();
        let mailboxes = incoming_mailboxes(&session, now, &policy.limits);
        for i in 0..mailboxes.len() {
            incoming.extend(mailboxes[i].native_slice());
        }
        let secret = export(&session, &ascii("label"), &ascii("context"), 40).map_err(class)?;
        let keys = decode_typed_keys(&from_bytes(peer_keys)).map_err(class)?;
        let number = device::safety_number(state, &keys).map_err(class)?;
        Ok(vec![
            ("outgoing", vec(&outgoing_mailbox(&session, now))),
            ("incoming", incoming),
            ("export", vec(&secret)),
            ("safety_number", vec(&number)),
        ])
    }
}
