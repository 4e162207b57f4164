//! Whether a member can confirm that a leaf is of the device which it names (Groups, *Devices in leaves*), by
//! a list that it has accepted or an issuer that it trusts. Whatever the answer, the leaf is not refused for it.

use crate::octets::Octets;
use crate::pairwise::credentials::device_entry;
use crate::pairwise::device_lists::attested;
use crate::pairwise::identities::{
    Credential, DeviceEntry, DeviceList, SIGNER_ISSUER, encode_credential_tbs, find_device,
};
use crate::pairwise::labels::CREDENTIAL_BY_ISSUER;
use crate::pairwise::limits::Policy;
use crate::pairwise::typed_keys::{encode_typed_keys, issuer_id};

/// What a member knows of a leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// Neither of the others.
    #[default]
    Unconfirmed,
    /// The account or a trusted issuer stands behind the device.
    Confirmed,
    /// The account's list says that the device is not, or not any more, as the leaf has it.
    Refuted,
}

// ANCHOR: confirmation
/// Whether an entry of the leaf's serial refutes it: it has another reference of the same generation, or other
/// keys of the same generation or a greater one than the leaf's.
fn entry_refutes(listed: &DeviceEntry, leaf: &DeviceEntry) -> bool {
    let same_keys =
        encode_typed_keys(&listed.signature_keys) == encode_typed_keys(&leaf.signature_keys);
    let other_ref =
        listed.generation == leaf.generation && listed.credential_ref != leaf.credential_ref;
    other_ref || (listed.generation >= leaf.generation && !same_keys)
}

/// Whether an accepted list refutes a leaf; `had_serial`: one that was accepted before had its serial.
fn refutes(list: &DeviceList, leaf: &DeviceEntry, had_serial: bool) -> bool {
    match find_device(list, leaf.serial) {
        Some(listed) => entry_refutes(&listed, leaf),
        None => {
            let largest = list.tbs.devices[list.tbs.devices.len() - 1].serial;
            largest > leaf.serial || had_serial
        }
    }
}

/// Whether an issuer that the policy trusts has attested a credential; one whose signature is wrong has not.
fn attested_by_issuer(credential: &Credential, tbs: &Octets, policy: &Policy) -> bool {
    let mut by_issuer = false;
    for i in 0..policy.issuers.len() {
        let id = issuer_id(&policy.issuers[i]);
        let all = credential.attestations.clone();
        let label = CREDENTIAL_BY_ISSUER;
        let signed = attested(&policy.issuers[i], &all, SIGNER_ISSUER, &id, label, tbs);
        by_issuer = by_issuer || signed.unwrap_or(false);
    }
    by_issuer
}

/// What a device knows of a leaf with a credential (`[GRP-99]`). `accepted`: the list that it has accepted
/// last for the account, if any; `had_serial`: one that it had accepted before had the credential's serial.
pub fn confirmation(
    credential: &Credential,
    accepted: &Option<DeviceList>,
    had_serial: bool,
    policy: &Policy,
) -> Confirmation {
    let leaf = device_entry(credential);
    let (refuted, listed) = match accepted {
        Some(list) => {
            let same_ref = match find_device(list, leaf.serial) {
                Some(entry) => entry.credential_ref == leaf.credential_ref,
                None => false,
            };
            (refutes(list, &leaf, had_serial), same_ref)
        }
        None => (false, false),
    };
    let tbs = encode_credential_tbs(&credential.tbs);
    if refuted {
        Confirmation::Refuted
    } else if attested_by_issuer(credential, &tbs, policy) || (listed && !policy.require_issuer) {
        Confirmation::Confirmed
    } else {
        Confirmation::Unconfirmed
    }
}
// ANCHOR_END: confirmation
