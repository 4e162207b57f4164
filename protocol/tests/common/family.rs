//! An account with several devices, of which the library makes one at a time: its lists are signed here, with the keys
//! that [`Device::new`] has drawn.

use super::*;
use sceau::crypto::{CryptoProvider, DefaultProvider, SignatureAlgorithm};
use sceau::pairwise::{Attestation, CreateStep, DeviceList, DeviceListTbs};

/// The private keys that a device of [`Device::new`] has: account, signing, agreement.
pub fn keys_of(seed: u64) -> [[u8; 32]; 3] {
    let mut rng = TestRng(seed);
    core::array::from_fn(|_| {
        let mut key = [0; 32];
        rand_core::TryRng::try_fill_bytes(&mut rng, &mut key).unwrap();
        key
    })
}

/// `opaque x<V>`, of less than 2^14 bytes.
pub fn opaque(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    assert!(length < 1 << 14);
    let prefix = length.to_be_bytes();
    let prefix = if length < 64 { prefix[1..].to_vec() } else { vec![prefix[0] | 0x40, prefix[1]] };
    [prefix, bytes.to_vec()].concat()
}

/// A signature with a label, by the Ed25519 key with a seed.
pub fn attestation(signer: u8, id: &[u8], seed: &[u8; 32], label: &str, tbs: &[u8]) -> Attestation {
    let label = format!("Sceau 1 {label}");
    let content = [opaque(label.as_bytes()), opaque(tbs)].concat();
    let ed25519 = SignatureAlgorithm::Ed25519;
    let signature = DefaultProvider.sign(ed25519, seed, &content).unwrap();
    Attestation { signer, signer_id: id.to_vec(), key_type: 1, signature }
}

pub fn by_account(seed: &[u8; 32], tbs: &DeviceListTbs) -> Attestation {
    attestation(1, &[], seed, "device list by account", &tbs.to_bytes())
}

pub fn by_device(serial: u64, seed: &[u8; 32], tbs: &DeviceListTbs) -> Attestation {
    attestation(2, &serial.to_be_bytes(), seed, "device list by device", &tbs.to_bytes())
}

pub fn device_list(tbs: &DeviceListTbs, attestations: &[Attestation]) -> DeviceList {
    let attestations: Vec<_> = attestations.iter().flat_map(Wire::to_bytes).collect();
    DeviceList::from_bytes(&[tbs.to_bytes(), opaque(&attestations)].concat()).unwrap()
}

/// `DeviceList device_lists<V>`
pub fn device_lists(lists: &[&DeviceList]) -> Vec<u8> {
    opaque(&lists.iter().flat_map(|list| list.to_bytes()).collect::<Vec<_>>())
}

/// Another device of the account of a first one, which was made with a seed. Its own list, with a number, has it alone
/// and is signed by the account alone.
pub fn sister(first: &Device, first_seed: u64, seed: u64, serial: u64, number: u64) -> Device {
    let mut params = AccountParams::new(serial, NOW - DAY, NOW + YEAR);
    params.account_keys = Some(first.account.account_keys().clone());
    params.list_number = number;
    let [account_key, ..] = keys_of(first_seed);
    let mut rng = TestRng(seed);
    let mut step = Account::create_begin(&mut rng, NOW, params).unwrap();
    let created = loop {
        step = match step {
            CreateStep::Done(created) => break *created,
            CreateStep::NeedsSignatures(pending) => {
                let sign = |request: &sceau::crypto::SignRequest| {
                    let ed25519 = SignatureAlgorithm::Ed25519;
                    DefaultProvider.sign(ed25519, &account_key, &request.message()).unwrap()
                };
                let signatures = pending.requests().iter().map(sign).collect();
                pending.resume(signatures).unwrap()
            }
        };
    };
    let mut store = Store::default();
    assert!(store.apply(&created.changes));
    Device { account: created.account, store, rng, now: NOW, batch: None, restart: false }
}

/// The list of two devices that follows a first one's, with that one's attestation.
pub fn list_of_two(first: &Device, first_seed: u64, second: &Device) -> DeviceList {
    let mut tbs = first.account.device_list().tbs().clone();
    tbs.number += 1;
    tbs.devices.extend(second.account.device_list().tbs().devices.clone());
    let [account_key, signing_key, _] = keys_of(first_seed);
    let serial = first.account.serial();
    device_list(&tbs, &[by_account(&account_key, &tbs), by_device(serial, &signing_key, &tbs)])
}

impl Device {
    /// Takes a list as the own one, by way of the stored state.
    pub fn take_list(&mut self, list: &DeviceList) {
        let account =
            self.store.0.iter_mut().find(|(key, _)| key.id().is_empty() && is_account(key));
        let (_, (_, record)) = account.unwrap();
        // Version, kind, empty id, generation, then the body: keys, list, credential, a counter.
        let (old, credential) =
            (self.account.device_list().to_bytes(), self.account.credential().to_bytes());
        let tail = 4 + credential.len() + old.len();
        let at = record.len() - tail;
        assert!(record[at..].starts_with(&old));
        let body_starts = 11 + if record.len() - 12 < 64 { 1 } else { 2 };
        let body = [&record[body_starts..at], &list.to_bytes(), &record[at + old.len()..]].concat();
        *record = [&record[..11], &opaque(&body)].concat();
        self.reload();
    }
}

fn is_account(key: &RecordKey) -> bool {
    key.kind() == sceau::pairwise::RecordKind::Account
}
