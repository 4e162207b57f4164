//! Two devices with a session, made anew from their records whenever a step was accepted.

use crate::history::tape::Tape;
use arbitrary::Arbitrary;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::pairwise::{
    Account, AccountId, AccountParams, Frame, MailboxId, Policy, ReceiveOptions, SessionId,
};
use std::cell::RefCell;

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

/// Bytes of the attacker's: his own, or honest ones that he has changed.
#[derive(Clone, Debug, Arbitrary)]
pub enum Altered {
    /// His own.
    Own(Vec<u8>),
    /// Positions and what is added there, modulo 256; then cut from the end.
    Edited(Vec<(u16, u8)>, u8),
    /// A piece of his own in the place of honest bytes: position, bytes left out, bytes put in.
    Spliced(u16, u8, Vec<u8>),
}

/// A frame of a peer's.
#[derive(Clone, Debug, Arbitrary)]
pub struct AnyFrame {
    /// Content type and, with it, what body is edited.
    pub content_type: u8,
    /// The body: for types 2 and 3 an edit of an honest one.
    pub body: Altered,
}

/// What honest devices have sent and stored.
#[derive(Clone, Debug)]
pub struct Honest {
    /// Alice's records, before the session.
    pub alice_before: Vec<u8>,
    /// Bob's records, before the session.
    pub bob_before: Vec<u8>,
    /// Alice's records, in the session.
    pub alice: Vec<u8>,
    /// Bob's records, in the session.
    pub bob: Vec<u8>,
    /// Bob's bundle.
    pub bundle: Vec<u8>,
    /// Bob's batch as the directory has it.
    pub published: Vec<u8>,
    /// Alice's first message.
    pub first: Vec<u8>,
    /// A later message of Alice's, and its mailbox.
    pub ratchet: (Vec<u8>, MailboxId),
    /// Alice's account.
    pub account: AccountId,
    /// Bob's account.
    pub peer: AccountId,
    /// The session.
    pub session: SessionId,
}

/// The devices.
pub struct Scene {
    honest: Honest,
    alice: Account,
    fresh_alice: Account,
    fresh_bob: Account,
    bob: Account,
}

fn device(n: u64) -> Account {
    let params = AccountParams::new(1, NOW, NOW + 300 * DAY);
    Account::create(&mut Tape::new(1, n), NOW, params).expect("valid parameters").0
}

fn load(records: &[u8]) -> Account {
    Account::import(records, None, Provider::Default, Policy::default()).expect("an export")
}

fn export(account: &Account) -> Vec<u8> {
    account.export_state().to_vec()
}

/// An honest conversation.
pub fn honest() -> Honest {
    let rng = &mut Tape::new(2, 0);
    let (mut alice, mut bob) = (device(1), device(2));
    let (published, _) = bob.create_batch(4, 2, 14 * DAY, NOW, rng).expect("a batch");
    let _ = alice.create_batch(1, 1, 14 * DAY, NOW, rng).expect("a batch");
    let bundle = bob.bundle(&published, Some(2), 6).expect("a bundle").to_bytes();
    let (alice_before, bob_before) = (export(&alice), export(&bob));
    let peer = bob.account_id().clone();
    let (initiated, _) = alice.initiate(&peer, &bundle, None, NOW, rng).expect("a session");
    let session = initiated.session;
    let options = ReceiveOptions::default();
    let frame = Frame::application(b"hello");
    let (first, _) = alice.encrypt(&session, &frame, b"", NOW).expect("a message");
    let contact = bob.contact_mailbox();
    let _ = bob.receive(&contact, &first.message, b"", &options, NOW, rng).expect("received");
    let (answer, _) = bob.encrypt(&session, &frame, b"", NOW).expect("a message");
    let _ =
        alice.receive(&answer.mailbox, &answer.message, b"", &options, NOW, rng).expect("received");
    let (_lost, _) = alice.encrypt(&session, &frame, b"", NOW).expect("a message");
    let (second, _) = alice.encrypt(&session, &frame, b"", NOW).expect("a message");
    let _ =
        bob.receive(&second.mailbox, &second.message, b"", &options, NOW, rng).expect("received");
    let (third, _) = alice.encrypt(&session, &frame, b"", NOW).expect("a message");
    Honest {
        alice_before,
        bob_before,
        alice: export(&alice),
        bob: export(&bob),
        bundle,
        published: published.to_bytes(),
        first: first.message,
        ratchet: (third.message, third.mailbox),
        account: alice.account_id().clone(),
        peer,
        session,
    }
}

impl Altered {
    /// The attacker's bytes.
    #[must_use]
    pub fn of(&self, honest: &[u8]) -> Vec<u8> {
        match self {
            Self::Own(bytes) => bytes.clone(),
            Self::Edited(edits, cut) => {
                let mut bytes = honest.to_vec();
                for (at, by) in edits {
                    let at = usize::from(*at) % bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = byte.wrapping_add(*by);
                    }
                }
                bytes.truncate(bytes.len().saturating_sub(usize::from(*cut)));
                bytes
            }
            Self::Spliced(at, out, own) => {
                let at = usize::from(*at) % honest.len().max(1);
                let end = honest.len().min(at + usize::from(*out));
                [&honest[..at], own, &honest[end..]].concat()
            }
        }
    }
}

impl Scene {
    fn new() -> Self {
        let honest = honest();
        let (alice, bob) = (load(&honest.alice), load(&honest.bob));
        let (fresh_alice, fresh_bob) = (load(&honest.alice_before), load(&honest.bob_before));
        Self { honest, alice, fresh_alice, fresh_bob, bob }
    }

    /// The scene of this thread.
    pub fn with(step: impl FnOnce(&mut Self)) {
        thread_local!(static SCENE: RefCell<Scene> = RefCell::new(Scene::new()));
        SCENE.with_borrow_mut(step);
    }

    /// Into the contact mailbox of a device with a published batch.
    pub fn deliver_first(&mut self, altered: &Altered) {
        let message = altered.of(&self.honest.first);
        let contact = self.fresh_bob.contact_mailbox();
        receive(&mut self.fresh_bob, &self.honest.bob_before, &contact, &message);
    }

    /// Into the mailbox of an established session.
    pub fn deliver_ratchet(&mut self, altered: &Altered) {
        let (honest, mailbox) = self.honest.ratchet.clone();
        receive(&mut self.bob, &self.honest.bob, &mailbox, &altered.of(&honest));
    }

    /// An authentic frame of the peer's.
    pub fn deliver_frame(&mut self, frame: &AnyFrame) {
        let honest = match frame.content_type {
            2 => self.alice.credential_update(),
            3 => self.alice.device_list_update(),
            _ => vec![0, 0, 0, 1],
        };
        let sent = Frame::new(frame.content_type % 9, &frame.body.of(&honest));
        let id = self.honest.session;
        // The sender's side refuses a body that is none; what it lets through is delivered.
        if let Ok((sent, _)) = self.alice.encrypt(&id, &sent, b"", NOW) {
            receive(&mut self.bob, &self.honest.bob, &sent.mailbox, &sent.message);
            self.alice = load(&self.honest.alice);
        }
    }

    /// A state that was damaged in the store; then each kind of step on it.
    pub fn import(&mut self, altered: &Altered) {
        let records = altered.of(&self.honest.bob);
        let imported = Account::import(&records, None, Provider::Default, Policy::default());
        let Ok(mut device) = imported else { return };
        assert_eq!(export(&device), records);
        let rng = &mut Tape::new(3, 0);
        let options = ReceiveOptions::default();
        let (message, mailbox) = &self.honest.ratchet;
        let sessions: Vec<SessionId> = device.sessions().map(|session| session.id()).collect();
        let _ = device.receive(mailbox, message, b"", &options, NOW, rng);
        let contact = device.contact_mailbox();
        let _ = device.receive(&contact, &self.honest.first, b"", &options, NOW, rng);
        for session in sessions {
            let _ = device.mailboxes(&session, NOW);
            let _ = device.encrypt(&session, &Frame::application(b"x"), b"", NOW);
            let _ = device.accept_session(&session, NOW);
            let _ = device.decline_session(&session, NOW);
        }
        let _ = device.create_batch(1, 1, DAY, NOW, rng);
        let _ = device.initiate(&self.honest.peer, &self.honest.bundle, None, NOW, rng);
        let _ = device.renew(NOW + DAY, None, NOW);
        let _ = device.expire(u64::MAX);
        // What the device has made of it can be stored and read again.
        let bytes = export(&device);
        let again = Account::import(&bytes, None, Provider::Default, Policy::default());
        assert_eq!(export(&again.expect("its own export")), bytes);
    }

    /// A bundle of a hostile directory.
    pub fn take_bundle(&mut self, altered: &Altered) {
        let bundle = altered.of(&self.honest.bundle);
        let rng = &mut Tape::new(4, 0);
        let device = &mut self.fresh_alice;
        let verified = device.verify_bundle(&self.honest.peer, &bundle, NOW).is_ok();
        let initiated = device.initiate(&self.honest.peer, &bundle, None, NOW, rng).is_ok();
        assert!(verified || !initiated);
        if initiated {
            *device = load(&self.honest.alice_before);
        } else {
            assert!(verified || rng.drawn == 0);
            assert_eq!(export(device), self.honest.alice_before);
        }
    }
}

/// Gives bytes to a device; a refusal leaves its state as it was.
fn receive(device: &mut Account, records: &[u8], mailbox: &MailboxId, message: &[u8]) {
    let rng = &mut Tape::new(5, 0);
    let options = ReceiveOptions::default();
    match device.receive(mailbox, message, b"", &options, NOW, rng) {
        Ok(_) => *device = load(records),
        Err(_) => assert_eq!(export(device), records),
    }
}
