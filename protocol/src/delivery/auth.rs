//! How a device shows a relay that a request is its own (`DS-02`, `DS-03`).

use super::{AcknowledgeRequest, FetchRequest, GetRequest, Publication, RelayName};
use crate::Wire;
use crate::codec::{Decode, Encode, Reader, Writer, check_ascending};
use crate::crypto::{KeyRole, Provider, SignRequest, kdf, labels, signature_algorithm};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_KEY, MAX_KEYS};
use crate::pairwise::identity::{check_answers, verify_with_label};
use crate::pairwise::{
    Account, Credential, DeviceList, Envelope, MailboxId, TypedKeys, TypedSignature,
};
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;

/// `DeliveryAction`: what a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryAction {
    /// To publish a batch of prekeys.
    Publish = 1,
    /// To get bundles of an account; needs no signature.
    Fetch = 2,
    /// To put an envelope into a mailbox; needs no signature.
    Put = 3,
    /// To get envelopes; needs a signature on a contact mailbox.
    Get = 4,
    /// To delete envelopes; needs a signature on a contact mailbox.
    Acknowledge = 5,
    /// Reserved: decodes, and a relay refuses it.
    Commit = 6,
}

impl Decode for DeliveryAction {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            1 => Self::Publish,
            2 => Self::Fetch,
            3 => Self::Put,
            4 => Self::Get,
            5 => Self::Acknowledge,
            6 => Self::Commit,
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for DeliveryAction {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self {
            Self::Publish => 1,
            Self::Fetch => 2,
            Self::Put => 3,
            Self::Get => 4,
            Self::Acknowledge => 5,
            Self::Commit => 6,
        });
    }
}

/// 32 bytes that a relay gives out for one signature (`DS-03`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; Self::LEN]);

impl Challenge {
    /// Bytes of a challenge.
    pub const LEN: usize = 32;

    /// A challenge as it came from the relay.
    #[must_use]
    pub fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// A new one, for a relay. Draws `challenge`, 32 bytes.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; Self::LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// `DeliveryAuthTBS`: what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryAuthTbs {
    /// The relay's challenge.
    pub challenge: Challenge,
    /// The name by which the device's channel authenticates the relay.
    pub relay: RelayName,
    /// What the request asks for.
    pub action: DeliveryAction,
    /// The device's account.
    pub account_id: Vec<u8>,
    /// The device's serial.
    pub serial: u64,
    /// Hash of the encoded request, with the account's hash: 32 bytes for Ed25519.
    pub request_hash: Vec<u8>,
}

impl Decode for DeliveryAuthTbs {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        Ok(Self {
            challenge: Challenge(r.array()?),
            relay: RelayName::decode(r)?,
            action: DeliveryAction::decode(r)?,
            account_id: r.opaque(MAX_KEY)?.to_vec(),
            serial: r.u64()?,
            request_hash: decode_request_hash(r)?,
        })
    }
}

impl Encode for DeliveryAuthTbs {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.raw(&self.challenge.0);
        w.item(&self.relay);
        w.item(&self.action);
        w.opaque(&self.account_id);
        w.u64(self.serial);
        w.opaque(&self.request_hash);
    }
}

/// A digest of the hash of an account whose keys are of a known type.
fn decode_request_hash(r: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let digest = r.opaque(MAX_KEY)?;
    let mut hashes =
        (0..=u8::MAX).filter_map(|of| signature_algorithm(of.into())).map(|a| a.hash());
    let right = hashes.any(|hash| hash.digest_len() == digest.len());
    if right { Ok(digest.to_vec()) } else { Err(Malformed::Key) }
}

/// What a device signs.
#[derive(Clone, Copy, Debug)]
pub struct AuthRequest<'a> {
    /// The challenge that the relay gave out.
    pub challenge: &'a Challenge,
    /// The name by which the channel authenticates the relay that the request goes to; never one that came with the
    /// challenge (`DS-03`).
    pub relay: &'a RelayName,
    /// What the request asks for.
    pub action: DeliveryAction,
    /// The encoded request: a [`Publication`](super::Publication), [`GetRequest`](super::GetRequest) or
    /// [`AcknowledgeRequest`](super::AcknowledgeRequest).
    pub request: &'a [u8],
}

/// What a relay compares.
#[derive(Clone, Copy, Debug)]
pub struct AuthCheck<'a> {
    /// The challenge of the signature, once the relay has found it young enough and used it up.
    pub challenge: &'a Challenge,
    /// The names of this relay, as its operator gives them.
    pub relays: &'a [RelayName],
    /// What the request asks for.
    pub action: DeliveryAction,
    /// The encoded request.
    pub request: &'a [u8],
}

impl AuthCheck<'_> {
    /// Decodes the request, and says whether it is one of this device: its publication, or on its contact mailbox.
    fn is_of(
        &self,
        provider: &Provider,
        account_keys: &TypedKeys,
        credential: &Credential,
    ) -> Result<bool, Error> {
        let device = credential.tbs();
        let mailbox = match self.action {
            DeliveryAction::Publish => {
                let published = Publication::from_bytes(self.request)?;
                let of = published.credential().tbs();
                return Ok(of.account_id == device.account_id && of.serial == device.serial);
            }
            DeliveryAction::Get => GetRequest::from_bytes(self.request)?.mailbox_id,
            DeliveryAction::Acknowledge => AcknowledgeRequest::from_bytes(self.request)?.mailbox_id,
            // Nobody signs these.
            DeliveryAction::Fetch => {
                FetchRequest::from_bytes(self.request)?;
                return Ok(false);
            }
            DeliveryAction::Put => {
                Envelope::from_bytes(self.request)?;
                return Ok(false);
            }
            DeliveryAction::Commit => return Ok(false),
        };
        Ok(mailbox == MailboxId::contact(provider, account_keys, device.serial)?)
    }
}

/// `DeliveryAuth`, as received; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAuth {
    tbs: DeliveryAuthTbs,
    signatures: Vec<TypedSignature>,
    raw: Vec<u8>,
    tbs_len: usize,
}

impl DeliveryAuth {
    fn assemble(tbs: DeliveryAuthTbs, signatures: Vec<TypedSignature>) -> Self {
        let mut w = Writer::new();
        w.item(&tbs);
        let tbs_len = w.len();
        w.list(&signatures, Writer::item);
        Self { tbs, signatures, raw: w.into_bytes(), tbs_len }
    }

    /// What is signed. What it says of the device is a claim until [`DeliveryAuth::verify`] has held it against the
    /// device of the request.
    #[must_use]
    pub fn tbs(&self) -> &DeliveryAuthTbs {
        &self.tbs
    }

    /// `DS-02`, for a relay: whether this fits the request and one of the relay's names, is of the device with this list
    /// and credential, and signed by each of its signing identity keys of known type. They are those of the publication
    /// that is asked for; for a contact mailbox those of the device whose mailbox the request names, as its last
    /// [verified](super::Publication::verify) publication had them; a request that names another's is refused.
    /// That the challenge is young enough and new is the relay's to know.
    ///
    /// # Errors
    /// `malformed` for a commit, which no relay of this edition takes, and for a request that does not decode, whatever it
    /// is; `bad_signature`, also for a request that nobody signs.
    pub fn verify(
        &self,
        provider: &Provider,
        device_list: &DeviceList,
        credential: &Credential,
        request: &AuthCheck<'_>,
    ) -> Result<(), Error> {
        if self.tbs.action == DeliveryAction::Commit || request.action == DeliveryAction::Commit {
            return Err(Malformed::Value.into());
        }
        let keys = &device_list.tbs().account_keys;
        let device = credential.tbs();
        let of_device = request.is_of(provider, keys, credential)?;
        let account_id = keys.account_id(provider)?;
        let tbs = &self.tbs;
        let fits = of_device
            && tbs.challenge == *request.challenge
            && request.relays.contains(&tbs.relay)
            && tbs.action == request.action
            && tbs.account_id == account_id.as_bytes()
            && device.account_id == account_id.as_bytes()
            && tbs.serial == device.serial
            && tbs.request_hash == request_hash(provider, keys, request.request)?;
        if !fits {
            return Err(Peer::BadSignature.into());
        }
        let signed = self.raw.get(..self.tbs_len).unwrap_or_default();
        let mut any = false;
        for key in device.identity_keys.as_slice() {
            if signature_algorithm(key.key_type).is_none() {
                continue;
            }
            let of_type = |signature: &&TypedSignature| signature.key_type == key.key_type;
            let signature = self.signatures.iter().find(of_type).ok_or(Peer::BadSignature)?;
            verify_with_label(provider, key, labels::DELIVERY, signed, &signature.signature)?;
            any = true;
        }
        if any { Ok(()) } else { Err(Peer::BadSignature.into()) }
    }
}

impl Decode for DeliveryAuth {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let start = r.position();
        let tbs = DeliveryAuthTbs::decode(r)?;
        let tbs_len = r.position().saturating_sub(start);
        let signatures = r.list(MAX_KEYS, TypedSignature::decode)?;
        check_ascending(&signatures, |signature| signature.key_type)?;
        Ok(Self { tbs, signatures, raw: r.since(start).to_vec(), tbs_len })
    }
}

impl Encode for DeliveryAuth {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.raw);
    }
}

fn request_hash(provider: &Provider, keys: &TypedKeys, request: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(kdf::hash(provider, keys.hash()?, &[request])?)
}

/// A [`DeliveryAuth`] that waits for its signatures.
#[derive(Debug)]
pub struct PendingDeliveryAuth {
    provider: Provider,
    keys: TypedKeys,
    tbs: DeliveryAuthTbs,
    requests: Vec<SignRequest>,
}

impl PendingDeliveryAuth {
    /// The signatures that are needed, of the device's identity keys.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.requests
    }

    /// Goes on with the signatures that [`PendingDeliveryAuth::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`](crate::error::Misuse::WrongAnswer) for another number of signatures, or one that does not verify.
    pub fn resume(self, signatures: Vec<Vec<u8>>) -> Result<DeliveryAuth, Error> {
        check_answers(&self.provider, &self.requests, &signatures, |_| Some(&self.keys))?;
        let typed = self.requests.iter().zip(signatures);
        let typed = typed.map(|(request, bytes)| TypedSignature::new(request.key_type, bytes));
        Ok(DeliveryAuth::assemble(self.tbs, typed.collect()))
    }
}

impl Account {
    /// Signs a request to a relay with the device's signing identity keys (`DS-02`). Changes nothing.
    ///
    /// # Errors
    /// [`Misuse::KeyHeldElsewhere`](crate::error::Misuse::KeyHeldElsewhere) where a key is not at hand: then use [`Account::delivery_auth_begin`].
    pub fn delivery_auth(&self, request: &AuthRequest<'_>) -> Result<DeliveryAuth, Error> {
        let pending = self.delivery_auth_begin(request)?;
        let sign = |request: &SignRequest| self.keyring.sign(&self.provider, None, request);
        let signatures = pending.requests.iter().map(sign).collect::<Result<_, _>>()?;
        pending.resume(signatures)
    }

    /// [`Account::delivery_auth`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn delivery_auth_begin(
        &self,
        request: &AuthRequest<'_>,
    ) -> Result<PendingDeliveryAuth, Error> {
        let tbs = DeliveryAuthTbs {
            challenge: *request.challenge,
            relay: request.relay.clone(),
            action: request.action,
            account_id: self.account_id().as_bytes().to_vec(),
            serial: self.serial(),
            request_hash: request_hash(&self.provider, self.account_keys(), request.request)?,
        };
        let mut w = Writer::new();
        w.item(&tbs);
        let signed = w.into_bytes();
        let keys = self.credential().tbs().identity_keys.clone();
        let signing = keys.as_slice().iter();
        let requests = signing
            .filter(|key| signature_algorithm(key.key_type).is_some())
            .map(|key| SignRequest::new(KeyRole::Device, key.key_type, labels::DELIVERY, &signed))
            .collect();
        Ok(PendingDeliveryAuth { provider: self.provider.clone(), keys, tbs, requests })
    }
}
