//! Two people with vodozemac: Olm, and the signatures that Matrix puts around it.

use crate::pair::Pair;
use vodozemac::olm::{Account, OlmMessage, PreKeyMessage, Session, SessionConfig, SessionPickle};
use vodozemac::{Curve25519PublicKey, Ed25519PublicKey, Ed25519Signature};

/// Type and bytes of a message.
pub type Sent = (usize, Vec<u8>);

/// What a server hands out for a device: identity keys and a one-time key, each signed.
pub struct Bundle {
    signing: [u8; 32],
    identity: Curve25519PublicKey,
    one_time: Curve25519PublicKey,
    signatures: [[u8; 64]; 2],
}

impl Bundle {
    /// Bytes of its keys and signatures; Matrix wraps them in JSON.
    pub const LEN: usize = 3 * 32 + 2 * 64;

    /// Of a device with one-time keys.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let (identity, one_time) =
            (account.curve25519_key(), *account.one_time_keys().values().next().unwrap());
        let sign = |key: &Curve25519PublicKey| account.sign(key.as_bytes()).to_bytes();
        Bundle {
            signing: *account.ed25519_key().as_bytes(),
            identity,
            one_time,
            signatures: [sign(&identity), sign(&one_time)],
        }
    }

    /// Verifies both signatures.
    pub fn verify(&self) {
        let signing = Ed25519PublicKey::from_slice(&self.signing).unwrap();
        for (key, signature) in [self.identity, self.one_time].iter().zip(&self.signatures) {
            let signature = Ed25519Signature::from_slice(signature).unwrap();
            signing.verify(key.as_bytes(), &signature).unwrap();
        }
    }
}

/// A device's one-time keys, each signed, and a fallback key.
pub fn publish(account: &mut Account, keys: usize) -> Vec<[u8; 64]> {
    account.generate_fallback_key();
    account.generate_one_time_keys(keys);
    let (one_time, fallback) = (account.one_time_keys(), account.fallback_key());
    let keys = one_time.values().chain(fallback.values());
    keys.map(|key| account.sign(key.as_bytes()).to_bytes()).collect()
}

/// From a body to the bytes that travel.
pub fn send(session: &mut Session, body: &[u8]) -> Sent {
    session.encrypt(body).unwrap().to_parts()
}

/// From the bytes that travelled to the body; none if this session doesn't open them.
pub fn try_receive(session: &mut Session, (kind, bytes): &Sent) -> Option<Vec<u8>> {
    session.decrypt(&OlmMessage::from_parts(*kind, bytes).unwrap()).ok()
}

/// Verifies a bundle, makes a session and its first message.
pub fn first_out(account: &Account, bundle: &Bundle, body: &[u8]) -> (Session, Sent) {
    bundle.verify();
    let config = SessionConfig::version_1();
    let (identity, one_time) = (bundle.identity, bundle.one_time);
    let mut session = account.create_outbound_session(config, identity, one_time).unwrap();
    let sent = send(&mut session, body);
    (session, sent)
}

/// Makes a session of a first message.
pub fn first_in(
    account: &mut Account,
    sender: Curve25519PublicKey,
    sent: &Sent,
) -> (Session, Vec<u8>) {
    let message = PreKeyMessage::from_bytes(&sent.1).unwrap();
    let config = SessionConfig::version_1();
    let made = account.create_inbound_session(config, sender, &message).unwrap();
    (made.session, made.plaintext)
}

/// Two devices, the second with one-time keys.
pub struct Stage {
    /// The initiator.
    pub ada: Account,
    /// The responder.
    pub bob: Account,
    /// What a server hands out for Bob.
    pub bundle: Bundle,
}

impl Stage {
    /// Bob has published ten one-time keys and a fallback key.
    #[must_use]
    pub fn new() -> Self {
        let (ada, mut bob) = (Account::new(), Account::new());
        publish(&mut bob, 10);
        let bundle = Bundle::of(&bob);
        bob.mark_keys_as_published();
        Stage { ada, bob, bundle }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// Another copy of a device.
#[must_use]
pub fn copy(account: &Account) -> Account {
    Account::from_pickle(account.pickle())
}

/// A device and a session as bytes, in clear.
#[must_use]
pub fn state(account: &Account, session: &Session) -> [Vec<u8>; 2] {
    let account = serde_json::to_vec(&account.pickle()).unwrap();
    [account, serde_json::to_vec(&session.pickle()).unwrap()]
}

/// A device and a session from their bytes.
#[must_use]
pub fn restore([account, session]: &[Vec<u8>; 2]) -> (Account, Session) {
    let account = Account::from_pickle(serde_json::from_slice(account).unwrap());
    let session: SessionPickle = serde_json::from_slice(session).unwrap();
    (account, Session::from_pickle(session))
}

/// Two devices in a session.
pub struct Talk {
    /// Ada's end.
    pub ada: Session,
    /// Bob's end.
    pub bob: Session,
    /// Bob's device.
    pub bob_account: Account,
}

impl Pair for Talk {
    type Sent = Sent;

    fn established() -> Self {
        let mut stage = Stage::new();
        let (ada, first) = first_out(&stage.ada, &stage.bundle, b"hello");
        let (bob, _) = first_in(&mut stage.bob, stage.ada.curve25519_key(), &first);
        let mut talk = Talk { ada, bob, bob_account: stage.bob };
        talk.turn();
        talk
    }

    fn copy(&self) -> Self {
        let of = |session: &Session| Session::from_pickle(session.pickle());
        Talk { ada: of(&self.ada), bob: of(&self.bob), bob_account: copy(&self.bob_account) }
    }

    fn ada_sends(&mut self, body: &[u8]) -> Sent {
        send(&mut self.ada, body)
    }

    fn bob_sends(&mut self, body: &[u8]) -> Sent {
        send(&mut self.bob, body)
    }

    fn ada_gets(&mut self, sent: &Sent) -> Vec<u8> {
        try_receive(&mut self.ada, sent).unwrap()
    }

    fn bob_gets(&mut self, sent: &Sent) -> Vec<u8> {
        try_receive(&mut self.bob, sent).unwrap()
    }
}
