//! What an enrolment and a renewal sign: a credential, then the list that refers to it. A list that is issued anew is
//! signed alone.

use crate::codec::Wire;
use crate::crypto::{KeyRole, Provider, SignRequest, labels, signature_algorithm, signs};
use crate::error::{Error, Misuse};
use crate::pairwise::credential::{Credential, CredentialTbs};
use crate::pairwise::device_list::{DeviceEntry, DeviceList, DeviceListTbs};
use crate::pairwise::identity::{
    Attestation, SIGNER_ACCOUNT, SIGNER_DEVICE, SIGNER_ISSUER, TypedKeys, check_answers,
};
use alloc::vec::Vec;

/// The two objects that are signed, one after the other.
pub(super) struct Signing {
    credential_tbs: CredentialTbs,
    credential: Option<Credential>,
    list: DeviceListTbs,
    issuer: Option<TypedKeys>,
    /// Whether the device signs the list, which follows an older one (`ID-08`).
    by_device: bool,
    pub(super) requests: Vec<SignRequest>,
}

pub(super) enum Signed {
    More(Signing),
    Done(Credential, DeviceList),
}

fn requests_of(
    role: KeyRole,
    keys: &TypedKeys,
    label: &'static str,
    tbs: &[u8],
) -> Vec<SignRequest> {
    let signing = keys.as_slice().iter().filter(|key| signature_algorithm(key.key_type).is_some());
    signing.map(|key| SignRequest::new(role, key.key_type, label, tbs)).collect()
}

impl Signing {
    pub(super) fn new(
        credential_tbs: CredentialTbs,
        list: DeviceListTbs,
        issuer: Option<TypedKeys>,
        by_device: bool,
    ) -> Self {
        let tbs = credential_tbs.to_bytes();
        let label = labels::CREDENTIAL_BY_ACCOUNT;
        let mut requests = requests_of(KeyRole::Account, &list.account_keys, label, &tbs);
        if let Some(issuer) = &issuer {
            let label = labels::CREDENTIAL_BY_ISSUER;
            requests.extend(requests_of(KeyRole::Issuer, issuer, label, &tbs));
        }
        Self { credential_tbs, credential: None, list, issuer, by_device, requests }
    }

    /// The list alone, with the entries that it has, for a credential that stays.
    pub(super) fn of_list(credential: Credential, list: DeviceListTbs) -> Self {
        let credential_tbs = credential.tbs().clone();
        let credential = Some(credential);
        let (issuer, by_device, requests) = (None, true, Vec::new());
        let mut signing = Self { credential_tbs, credential, list, issuer, by_device, requests };
        signing.ask_for_list();
        signing
    }

    /// Asks for the signatures of the list.
    fn ask_for_list(&mut self) {
        let signed = self.list.to_bytes();
        let label = labels::DEVICE_LIST_BY_ACCOUNT;
        self.requests = requests_of(KeyRole::Account, &self.list.account_keys, label, &signed);
        if self.by_device {
            let label = labels::DEVICE_LIST_BY_DEVICE;
            let keys = &self.credential_tbs.identity_keys;
            self.requests.extend(requests_of(KeyRole::Device, keys, label, &signed));
        }
        if let Some(issuer) = &self.issuer {
            let label = labels::DEVICE_LIST_BY_ISSUER;
            self.requests.extend(requests_of(KeyRole::Issuer, issuer, label, &signed));
        }
    }

    /// Attestations of the requests, in the order of `ID-01`.
    fn attest(
        &mut self,
        provider: &Provider,
        signatures: Vec<Vec<u8>>,
    ) -> Result<Vec<Attestation>, Error> {
        let (tbs, list, issuer) = (&self.credential_tbs, &self.list, self.issuer.as_ref());
        check_answers(provider, &self.requests, &signatures, |role| match role {
            KeyRole::Account => Some(&list.account_keys),
            KeyRole::Device => Some(&tbs.identity_keys),
            KeyRole::Issuer => issuer,
        })?;
        let mut attestations = Vec::new();
        for (request, signature) in self.requests.drain(..).zip(signatures) {
            let (signer, signer_id) = match request.role {
                KeyRole::Account => (SIGNER_ACCOUNT, Vec::new()),
                KeyRole::Device => {
                    (SIGNER_DEVICE, self.credential_tbs.serial.to_be_bytes().to_vec())
                }
                KeyRole::Issuer => {
                    let issuer = self.issuer.as_ref().ok_or(Misuse::WrongAnswer)?;
                    (SIGNER_ISSUER, issuer.issuer_id(provider)?)
                }
            };
            let key_type = request.key_type;
            attestations.push(Attestation { signer, signer_id, key_type, signature });
        }
        attestations.sort_by(|a, b| {
            (a.signer, &a.signer_id, a.key_type).cmp(&(b.signer, &b.signer_id, b.key_type))
        });
        Ok(attestations)
    }

    /// Takes the signatures of the present requests.
    pub(super) fn advance(
        mut self,
        provider: &Provider,
        signatures: Vec<Vec<u8>>,
    ) -> Result<Signed, Error> {
        let attestations = self.attest(provider, signatures)?;
        if let Some(credential) = self.credential {
            return Ok(Signed::Done(credential, DeviceList::new(self.list, attestations)));
        }
        let tbs = &self.credential_tbs;
        let credential = Credential::new(tbs.clone(), attestations);
        let reference = credential.reference(provider, self.list.account_keys.hash()?)?;
        let keys = tbs.identity_keys.as_slice().iter().filter(|key| signs(key.key_type));
        let keys = TypedKeys::new(keys.cloned().collect())?;
        let entry = DeviceEntry::new(tbs.serial, tbs.generation, reference, keys);
        self.list.devices.retain(|device| device.serial != entry.serial);
        self.list.devices.push(entry);
        self.list.devices.sort_by_key(|device| device.serial);

        self.ask_for_list();
        self.credential = Some(credential);
        Ok(Signed::More(self))
    }
}
