//! Lists, credentials and batches that the runner puts together itself, in the name of a device of
//! the peer's whose private keys it has fed; what must be signed, the peer's primitive signs.
//!
//! So a case can say anything that the account could say, and not only what the peer has a name for.

use super::codec::draft::Draft;
use super::stage::{Device, Setup, create_call, vector};
use super::wire;
use crate::case::Outcome;
use crate::digest::{hex, sha256, unhex};
use crate::scene::{Home, START, Scene};

/// Key type of Ed25519.
pub const ED25519: u16 = 0x0001;
/// Key type of X25519.
pub const X25519: u16 = 0x0101;

/// A device of the peer's with its private keys, hexadecimal.
pub struct Known {
    /// The device.
    pub device: Device,
    account_key: String,
    identity_sign: String,
    /// Public signing and agreement key.
    pub public: [Vec<u8>; 2],
    setup: Setup,
}

/// A new device of the peer's.
///
/// # Errors
/// It is not made.
pub fn known(scene: &mut Scene, name: &'static str, setup: &Setup) -> Outcome<Known> {
    let party = scene.party(name, Home::Peer)?;
    let request = scene.next_id(Home::Peer);
    let out = create_call(scene, party, setup).ok()?;
    let drawn = |draw: &str| hex(&scene.value(name, request, draw, 32));
    let (account_key, identity_sign) = (drawn("account_key"), drawn("identity_sign"));
    let credential = out.hex("credential")?;
    let mut public = wire::identity_keys(&credential)?.into_iter().map(|key| bytes(&key));
    let public = [public.next().unwrap_or_default(), public.next().unwrap_or_default()];
    let device = Device {
        party,
        account: out.hex("account_id")?,
        account_keys: out.hex("account_keys")?,
        serial: setup.serial,
        credential,
        list: out.hex("device_list")?,
    };
    Ok(Known { device, account_key, identity_sign, public, setup: *setup })
}

/// Public keys with their types.
pub type Keys = Vec<(u16, Vec<u8>)>;

/// An entry of a device list.
#[derive(Clone)]
pub struct Entry {
    /// The device's number.
    pub serial: u64,
    /// Generation of its credential.
    pub generation: u32,
    /// Reference to its credential.
    pub credential_ref: Vec<u8>,
    /// Its signing keys.
    pub signature_keys: Keys,
}

impl Entry {
    /// A device with its first credential.
    ///
    /// # Errors
    /// The credential is none.
    pub fn of(device: &Device) -> Outcome<Self> {
        let key = wire::identity_keys(&device.credential)?.into_iter().next();
        Ok(Entry {
            serial: device.serial,
            generation: 1,
            credential_ref: reference("credential", &bytes(&device.credential)),
            signature_keys: vec![(ED25519, bytes(&key.unwrap_or_default()))],
        })
    }

    /// A further device, of which nothing else is known.
    #[must_use]
    pub fn stranger(serial: u64, key: &[u8]) -> Self {
        let credential_ref = vec![0x5c; 32];
        Entry {
            serial,
            generation: 1,
            credential_ref,
            signature_keys: vec![(ED25519, key.to_vec())],
        }
    }
}

/// A device list before it is signed.
pub struct List {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub issued_at: u64,
    /// Its devices.
    pub devices: Vec<Entry>,
    /// Its extensions, encoded.
    pub extensions: Vec<u8>,
    /// Account keys beside the account's own one.
    pub more_keys: Keys,
}

impl List {
    /// A list of the case's beginning.
    #[must_use]
    pub fn new(number: u64, devices: Vec<Entry>) -> Self {
        List { number, issued_at: START, devices, extensions: Vec::new(), more_keys: Vec::new() }
    }
}

/// Who signs a list beside the account: serial and seed of the signing key, hexadecimal.
pub type Signer<'k> = (u64, &'k str);

/// An attestation.
#[derive(Clone)]
pub struct Attestation {
    /// 1 the account, 2 a device.
    pub signer: u8,
    /// Which device.
    pub id: Vec<u8>,
    /// Type of the key that signed.
    pub kind: u16,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A list: what is signed, and these attestations.
#[must_use]
pub fn attested(tbs: &[u8], attestations: &[Attestation]) -> String {
    let all = attestations.iter().fold(Draft::new(), |all, one| {
        all.u8(one.signer).opaque(&one.id).u16(one.kind).opaque(&one.signature)
    });
    hex(Draft::new().raw(tbs).opaque(all.bytes()).bytes())
}

/// A credential before it is signed.
pub struct Credential {
    /// Number of the device.
    pub serial: u64,
    /// Its generation.
    pub generation: u32,
    /// Its identity keys.
    pub keys: Keys,
    /// Its extensions, encoded.
    pub extensions: Vec<u8>,
}

fn bytes(text: &str) -> Vec<u8> {
    unhex(text).unwrap_or_default()
}

fn keys(draft: Draft, keys: &Keys) -> Draft {
    let all = keys.iter().fold(Draft::new(), |all, (kind, key)| all.u16(*kind).opaque(key));
    draft.opaque(all.bytes())
}

/// `ref_hash(label, value)` of Ed25519's hash.
#[must_use]
pub fn reference(label: &str, value: &[u8]) -> Vec<u8> {
    let label = format!("Sceau 1 {label}");
    bytes(&sha256(Draft::new().opaque(label.as_bytes()).opaque(value).bytes()))
}

/// A signature by the peer's primitive.
///
/// # Errors
/// The peer does not sign.
pub fn sign(scene: &mut Scene, seed: &str, label: &str, content: &[u8]) -> Outcome<Vec<u8>> {
    let label = format!("Sceau 1 {label}");
    let message = Draft::new().opaque(label.as_bytes()).opaque(content);
    let call = scene.peer("prim.ed25519_sign").text("secret", seed);
    call.bytes("msg", message.bytes()).ok()?.bytes("signature")
}

impl Credential {
    /// One of device 1, generation 1.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Credential { serial: 1, generation: 1, keys, extensions: Vec::new() }
    }
}

impl Known {
    /// Signs as the device.
    #[must_use]
    pub fn signer(&self) -> Signer<'_> {
        (self.setup.serial, &self.identity_sign)
    }

    /// The list's entry of its first credential.
    #[must_use]
    pub fn entry(&self) -> Entry {
        self.entry_of(&self.device.credential)
    }

    /// The list's entry of one of its credentials, generation 1.
    #[must_use]
    pub fn entry_of(&self, credential: &str) -> Entry {
        Entry {
            serial: self.setup.serial,
            generation: 1,
            credential_ref: reference("credential", &bytes(credential)),
            signature_keys: vec![(ED25519, self.public[0].clone())],
        }
    }

    /// Account keys of a list: the own one, and what the list has more.
    fn account_keys(&self, list: &List) -> Keys {
        let own = bytes(&self.device.account_keys).get(4..).unwrap_or_default().to_vec();
        let mut all = list.more_keys.clone();
        all.push((ED25519, own));
        all.sort();
        all
    }

    /// The account's id with the keys of a list.
    #[must_use]
    pub fn account_of(&self, list: &List) -> String {
        let encoded = keys(Draft::new(), &self.account_keys(list));
        hex(&reference("account", encoded.bytes()))
    }

    /// A list signed by the account, and by devices; as a `DeviceList device_lists<V>` of one.
    ///
    /// # Errors
    /// The peer does not sign.
    pub fn lists(&self, scene: &mut Scene, list: &List, signers: &[Signer]) -> Outcome<String> {
        Ok(vector(&[&self.list(scene, list, signers)?]))
    }

    /// The same without the vector's length.
    ///
    /// # Errors
    /// The peer does not sign.
    pub fn list(&self, scene: &mut Scene, list: &List, signers: &[Signer]) -> Outcome<String> {
        let (tbs, attestations) = self.signed(scene, list, signers)?;
        Ok(attested(&tbs, &attestations))
    }

    /// The same in its parts: what is signed, and the attestations of the account and of devices.
    ///
    /// # Errors
    /// The peer does not sign.
    pub fn signed(
        &self,
        scene: &mut Scene,
        list: &List,
        signers: &[Signer],
    ) -> Outcome<(Vec<u8>, Vec<Attestation>)> {
        let devices = list.devices.iter().fold(Draft::new(), |all, entry| {
            let head = all.u64(entry.serial).u32(entry.generation).opaque(&entry.credential_ref);
            keys(head, &entry.signature_keys)
        });
        let tbs = keys(Draft::new().u8(0), &self.account_keys(list));
        let tbs = tbs.u64(list.number).u64(list.issued_at);
        let tbs = tbs.opaque(devices.bytes()).opaque(&list.extensions);
        let by = |signer, id: &[u8], signature| {
            let id = id.to_vec();
            Attestation { signer, id, kind: ED25519, signature }
        };
        let signature = sign(scene, &self.account_key, "device list by account", tbs.bytes())?;
        let mut all = vec![by(1, &[], signature)];
        for (serial, seed) in signers {
            let signature = sign(scene, seed, "device list by device", tbs.bytes())?;
            all.push(by(2, &serial.to_be_bytes(), signature));
        }
        Ok((tbs.bytes().to_vec(), all))
    }

    /// The device as it signs its batches under another key.
    #[must_use]
    pub fn with_key(self, seed: &str, public: &[u8]) -> Self {
        let [_, agree] = self.public;
        Known { identity_sign: seed.to_owned(), public: [public.to_vec(), agree], ..self }
    }

    /// A credential, signed by the account.
    ///
    /// # Errors
    /// The peer does not sign.
    pub fn credential(&self, scene: &mut Scene, credential: &Credential) -> Outcome<String> {
        let setup = &self.setup;
        let tbs = Draft::new().u8(0).opaque(&bytes(&self.device.account));
        let tbs = tbs.u64(credential.serial).u32(credential.generation);
        let tbs = keys(tbs.u64(setup.not_before).u64(setup.not_after), &credential.keys);
        let suites = setup.suites.concat();
        let tbs = tbs.opaque(&bytes(&suites)).opaque(&credential.extensions);
        let signed = sign(scene, &self.account_key, "credential by account", tbs.bytes())?;
        let all = Draft::new().u8(1).opaque(&[]).u16(ED25519).opaque(&signed);
        Ok(hex(Draft::new().raw(tbs.bytes()).opaque(all.bytes()).bytes()))
    }

    /// Puts other lists, another credential and other extensions of the batch into a bundle, and signs the
    /// batch again.
    ///
    /// # Errors
    /// The bundle is none, or the peer does not sign.
    pub fn bundle(
        &self,
        scene: &mut Scene,
        served: &str,
        (lists, credential): (&str, &str),
        extensions: &[u8],
    ) -> Outcome<String> {
        let parts = wire::bundle(served)?;
        let old = bytes(wire::get(served, &parts.batch_tbs));
        // Version and suite; the reference with its length; generation to root; no extensions.
        let (head, rest) = old.split_at(3);
        let tail = rest.get(33..rest.len().saturating_sub(1)).unwrap_or_default();
        let of = reference("credential", &bytes(credential));
        let tbs = Draft::new().raw(head).opaque(&of).raw(tail).opaque(extensions);
        let signed = sign(scene, &self.identity_sign, "prekey batch", tbs.bytes())?;
        let signatures = Draft::new().u16(ED25519).opaque(&signed);
        let batch = tbs.opaque(signatures.bytes());
        let keys = wire::get(served, &(parts.batch.end..served.len() / 2));
        Ok(["00", lists, credential, &hex(batch.bytes()), keys].concat())
    }
}
