//! An account whose lists are applied.

use crate::identities::{issuer, list_of, typed_keys};
use crate::vector::draw;
use crate::world::{DAY, Device};
use sceau_spec::octets::{Octets, u64_be};
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::identities::{Credential, CredentialTbs, DeviceList};
use sceau_spec::pairwise::suite::{dh_public_key, signature_public_key};
use sceau_spec::pairwise::typed_keys::TypedKeys;

/// An account with three devices, and lists of it.
pub struct Account {
    /// The private account key.
    pub key: Octets,
    /// The account's keys.
    pub keys: TypedKeys,
    /// The credentials of three devices.
    pub devices: Vec<Credential>,
    /// That of the first one, renewed.
    pub renewed: Credential,
    /// That of the first one, renewed with another signing key.
    pub other_key: Credential,
    /// The private signing key of each device.
    pub signing: Vec<Octets>,
}

impl Account {
    /// Alice's, and two devices more.
    pub fn new(alice: &Device) -> Self {
        let key = alice.enrolment.account_key.clone();
        let first = alice.state.account.credential.clone();
        let mut devices = vec![first.clone()];
        let mut signing = vec![alice.enrolment.identity_sign.clone()];
        for serial in [2, 3] {
            let of = format!("alice {serial}");
            let sign = draw("devices", &of, "identity_sign", 32);
            let agree = draw("devices", &of, "identity_agree", 32);
            let identity_keys =
                typed_keys(&[(1, signature_public_key(&sign)), (0x0101, dh_public_key(&agree))]);
            let tbs = CredentialTbs { serial, identity_keys, ..first.tbs.clone() };
            devices.push(sign_credential(tbs, &key, &None));
            signing.push(sign);
        }
        let tbs = CredentialTbs {
            generation: 2,
            not_after: first.tbs.not_after + DAY,
            ..first.tbs.clone()
        };
        let renewed = sign_credential(tbs.clone(), &key, &None);
        let sign = draw("devices", "alice", "identity_sign.renewed", 32);
        let identity_keys = typed_keys(&[
            (1, signature_public_key(&sign)),
            (0x0101, first.tbs.identity_keys[1usize].key.clone()),
        ]);
        let other_key = sign_credential(CredentialTbs { identity_keys, ..tbs }, &key, &None);
        let keys = alice.state.account.device_list.tbs.account_keys.clone();
        Self { key, keys, devices, renewed, other_key, signing }
    }

    /// A list of these devices, by whom it is signed beside the account.
    pub fn list(
        &self,
        number: u64,
        issued_at: u64,
        devices: &[&Credential],
        device: Option<usize>,
        by_issuer: bool,
    ) -> DeviceList {
        let credentials: Vec<Credential> = devices.iter().map(|c| (*c).clone()).collect();
        let tbs = list_of(&self.keys, number, issued_at, &credentials);
        let device = device.map(|index| (u64_be(index as u64 + 1), self.signing[index].clone()));
        let issuer = if by_issuer { issuer() } else { None };
        sign_device_list(tbs, &self.key, &Cosigners { device, issuer })
    }
}
