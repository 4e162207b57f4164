//! Accounts that deviate, from their creation on.

use super::identity::UNKNOWN_SIGNING;
use super::{made_up, signature};
use crate::wire::Stop;
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::enrolment::Enrolment;
use sceau_spec::pairwise::identities::{
    Attestation, Attestations, DeviceEntry, SIGNER_ACCOUNT, encode_credential_tbs,
    encode_device_list_tbs,
};
use sceau_spec::pairwise::labels::{CREDENTIAL_BY_ACCOUNT, DEVICE_LIST_BY_ACCOUNT};
use sceau_spec::pairwise::state::{AccountState, DeviceState, commit};
use sceau_spec::pairwise::suite::{ED25519, X25519, dh_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, account_id};

/// The state of a new account whose keys deviate; credential and list are made and signed anew.
pub fn create(
    honest: &DeviceState,
    enrolment: &Enrolment,
    names: &[String],
) -> Result<DeviceState, Stop> {
    let name = names.first().map_or("", String::as_str);
    let own = honest.account.device_list.tbs.account_keys[0usize].clone();
    let key = |key_type: u16, key: Octets| TypedKey { key_type, key };
    let one = |key: TypedKey| TypedKeys::new(0).push(&key);
    let agreeing = key(X25519, dh_public_key(&made_up("account agreement", &own.key)));
    let unknown = |key_type: u16| key(key_type, made_up("account", &own.key));
    let account_keys = match name {
        "account-key-small-order" => one(key(ED25519, signature::neutral_key(true))),
        "account-key-noncanonical" => one(key(ED25519, signature::neutral_key(false))),
        "account-key-unknown-first" => one(unknown(0)).push(&own),
        "account-key-agreement-first" => one(agreeing),
        "account-key-unknown-beside" => one(own.clone()).push(&unknown(UNKNOWN_SIGNING)),
        "account-key-agreement-beside" => one(own.clone()).push(&agreeing),
        other => return Err(Stop::Unsupported(format!("deviation {other}"))),
    };
    let signed = |label: &str, content: &Octets, attestations: &Attestations| match name {
        "account-key-small-order" | "account-key-noncanonical" => {
            let signature = signature::sign_under_neutral(&enrolment.account_key, label, content);
            replaced(attestations, ED25519, signature)
        }
        // Nobody can sign with a key that agrees: the attestation is of a type that nobody knows.
        "account-key-agreement-first" => {
            replaced(attestations, UNKNOWN_SIGNING, attestations[0usize].signature.clone())
        }
        _ => attestations.clone(),
    };
    let mut tbs = honest.account.credential.tbs.clone();
    tbs.account_id = account_id(&account_keys);
    let mut credential = sign_credential(tbs, &enrolment.account_key, &enrolment.issuer);
    let content = encode_credential_tbs(&credential.tbs);
    credential.attestations = signed(CREDENTIAL_BY_ACCOUNT, &content, &credential.attestations);
    let mut list = honest.account.device_list.tbs.clone();
    list.account_keys = account_keys;
    list.devices = hacspec_lib::Seq::<DeviceEntry>::new(0).push(&device_entry(&credential));
    let cosigners = Cosigners { device: None, issuer: enrolment.issuer.clone() };
    let mut device_list = sign_device_list(list, &enrolment.account_key, &cosigners);
    let content = encode_device_list_tbs(&device_list.tbs);
    device_list.attestations = signed(DEVICE_LIST_BY_ACCOUNT, &content, &device_list.attestations);
    let account = AccountState { credential, device_list, ..honest.account.clone() };
    Ok(commit(&DeviceState { account, ..DeviceState::default() }))
}

/// The attestations with another one of the account.
fn replaced(attestations: &Attestations, key_type: u16, signature: Octets) -> Attestations {
    let mut out = attestations.clone();
    out[0usize] = Attestation { signer: SIGNER_ACCOUNT, signer_id: empty(), key_type, signature };
    out
}
