//! A further device of an account: whoever holds the keys of a device and of its account can make one.

use sceau_spec::octets::{Octets, u64_be};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{CredentialTbs, DeviceListTbs};
use sceau_spec::pairwise::state::{AccountState, DeviceState, commit};
use sceau_spec::pairwise::suite::{ED25519, X25519, dh_public_key, signature_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, find_key};

/// The device with the next serial and these keys. Its list is the one of `of`, number one up, with
/// the new entry, signed by the account, attested by `of`, and by the issuer if there is one. `of`
/// itself stays as it is.
pub fn second_device(
    of: &DeviceState,
    sign: &Octets,
    agree: &Octets,
    issuer: &Option<(Octets, Octets)>,
    now: u64,
) -> Result<DeviceState, ErrorClass> {
    let first = &of.account;
    let account_key = find_key(&first.account_private, ED25519).ok_or(ErrorClass::Misuse)?;
    let old = first.device_list.tbs.clone();
    let largest = old.devices[old.devices.len() - 1].serial;
    let keys = |sign: &Octets, agree: &Octets| {
        TypedKeys::new(0)
            .push(&TypedKey { key_type: ED25519, key: sign.clone() })
            .push(&TypedKey { key_type: X25519, key: agree.clone() })
    };
    let tbs = CredentialTbs {
        serial: largest + 1,
        generation: 1,
        identity_keys: keys(&signature_public_key(sign), &dh_public_key(agree)),
        ..first.credential.tbs.clone()
    };
    let credential = sign_credential(tbs, &account_key, issuer);
    let tbs = DeviceListTbs {
        number: old.number + 1,
        issued_at: now,
        devices: old.devices.push(&device_entry(&credential)),
        ..old
    };
    let by_first = Some((u64_be(first.credential.tbs.serial), identity_sign(of)?));
    let cosigners = Cosigners { device: by_first, issuer: issuer.clone() };
    let account = AccountState {
        account_private: first.account_private.clone(),
        identity_private: keys(sign, agree),
        device_list: sign_device_list(tbs, &account_key, &cosigners),
        credential,
        last_batch_generation: 0,
    };
    Ok(commit(&DeviceState { account, ..DeviceState::default() }))
}
