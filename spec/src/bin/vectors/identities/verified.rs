//! Credentials that are verified, or refused.

use super::{attestations, issuer, issuer_policy, list_of, policy_fields, typed_keys};
use crate::vector::{Topic, counting, fields, must};
use crate::world::{DAY, NOW, World};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, u64_be};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential, verify_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, attest, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Credential, CredentialTbs, DeviceEntry, DeviceList, DeviceListTbs, SIGNER_DEVICE,
    encode_credential, encode_credential_tbs, encode_device_list,
};
use sceau_spec::pairwise::labels::DEVICE_LIST_BY_DEVICE;
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::suite::Suites;
use sceau_spec::pairwise::typed_keys::TypedKey;

/// `verify_credential`.
pub fn verified(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let key = &alice.enrolment.account_key;
    let base = alice.state.account.credential.clone();
    let keys = alice.state.account.device_list.tbs.account_keys.clone();
    let listed = |credential: &Credential| {
        let tbs = list_of(&keys, 1, NOW - DAY, std::slice::from_ref(credential));
        sign_device_list(tbs, key, &Cosigners::default())
    };
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = base.tbs.clone();
        change(&mut tbs);
        sign_credential(tbs, key, &None)
    };
    let plain = default_policy();
    let input = |credential: &Credential, list: &DeviceList, now: u64, policy: &Policy| {
        fields! { operation: "verify_credential", credential: encode_credential(credential), device_list: encode_device_list(list), now: now, policy: policy_fields(policy) }
    };
    let by_issuer = sign_credential(base.tbs.clone(), key, &issuer());
    let unknown = with(&|tbs| {
        tbs.suites = Suites::new(0).push(&0x7777).push(&1);
        tbs.identity_keys =
            tbs.identity_keys.push(&TypedKey { key_type: 0x01f0, key: counting(5) });
    });
    let mut foreign = by_issuer.clone();
    let mut other_issuer = foreign.attestations[1usize].clone();
    other_issuer.signer_id = counting(32);
    other_issuer.signature = Octets::new(64);
    foreign.attestations = attestations(&[foreign.attestations[0usize].clone(), other_issuer]);
    for (number, clauses, about, credential, now, policy) in [
        (60, "ID-10 ID-11 ID-12 ID-14", "a credential of its list", &base, NOW, &plain),
        (61, "ID-12 LIM-02", "a second before its end", &base, NOW + 364 * DAY - 1, &plain),
        (
            62,
            "ID-12 LIM-02",
            "it begins as far ahead as clocks may differ",
            &base,
            NOW - DAY - 300,
            &plain,
        ),
        (
            63,
            "ID-13",
            "the policy requires an issuer, and it has signed",
            &by_issuer,
            NOW,
            &issuer_policy(true),
        ),
        (
            64,
            "ID-03 ID-19",
            "an issuer that the policy does not trust is ignored",
            &foreign,
            NOW,
            &issuer_policy(false),
        ),
        (
            65,
            "ID-03 SUI-09",
            "a suite and a key of unknown types are ignored",
            &unknown,
            NOW,
            &plain,
        ),
    ] {
        let list = listed(credential);
        let found = must(about, verify_credential(credential, &list, now, policy));
        t.valid(
            number,
            clauses,
            about,
            input(credential, &list, now, policy),
            fields! {},
            fields! { signature_key: found.signature, agreement_key: found.agreement },
        );
    }
    let list = listed(&base);
    let of_bob = &world.bob.state.account.credential;
    let mut bad = base.clone();
    bad.attestations[0usize].signature[5usize] ^= 1;
    let mut bad_issuer = by_issuer.clone();
    bad_issuer.attestations[1usize].signature[5usize] ^= 1;
    let renewed = with(&|tbs| tbs.generation = 2);
    let without = with(&|tbs| tbs.identity_keys = tbs.identity_keys.slice(0, 1));
    let no_sign = with(&|tbs| {
        tbs.identity_keys = typed_keys(&[(0x00f0, counting(4)), (0x0101, counting(32))])
    });
    let mut label = base.clone();
    label.attestations[0usize].signature = attest(
        SIGNER_DEVICE,
        &u64_be(1),
        key,
        DEVICE_LIST_BY_DEVICE,
        &encode_credential_tbs(&base.tbs),
    )
    .signature;
    let mut odd = base.clone();
    odd.attestations[0usize].key_type = 0x0101;
    let serial = sign_device_list(
        DeviceListTbs {
            devices: Seq::<DeviceEntry>::new(0)
                .push(&DeviceEntry { serial: 2, ..device_entry(&base) }),
            ..list.tbs.clone()
        },
        key,
        &Cosigners::default(),
    );
    let other_key = sign_device_list(
        DeviceListTbs {
            devices: Seq::<DeviceEntry>::new(0).push(&DeviceEntry {
                signature_keys: typed_keys(&[(1, counting(32))]),
                ..device_entry(&base)
            }),
            ..list.tbs.clone()
        },
        key,
        &Cosigners::default(),
    );
    let strict = issuer_policy(true);
    for (number, clauses, about, credential, list, now, policy, class) in [
        (
            70,
            "ID-10",
            "a credential of another account",
            of_bob,
            &list,
            NOW,
            &plain,
            ErrorClass::IdentityMismatch,
        ),
        (
            71,
            "ID-10",
            "its serial is not listed",
            &base,
            &serial,
            NOW,
            &plain,
            ErrorClass::NotListed,
        ),
        (
            72,
            "ID-10",
            "another generation is listed",
            &renewed,
            &list,
            NOW,
            &plain,
            ErrorClass::NotListed,
        ),
        (
            73,
            "ID-10",
            "another signing key is listed",
            &base,
            &other_key,
            NOW,
            &plain,
            ErrorClass::NotListed,
        ),
        (
            74,
            "ID-11 SUI-06",
            "the account's signature is wrong",
            &bad,
            &listed(&bad),
            NOW,
            &plain,
            ErrorClass::BadSignature,
        ),
        (
            75,
            "ID-11 ENC-09",
            "the account has signed with another label",
            &label,
            &listed(&label),
            NOW,
            &plain,
            ErrorClass::BadSignature,
        ),
        (
            76,
            "ID-18",
            "the account's signature is by a key of agreement type",
            &odd,
            &listed(&odd),
            NOW,
            &plain,
            ErrorClass::Malformed,
        ),
        (
            77,
            "ID-12 LIM-02",
            "at its end",
            &base,
            &list,
            NOW + 364 * DAY,
            &plain,
            ErrorClass::Expired,
        ),
        (
            78,
            "ID-12 LIM-02",
            "it begins a second too far ahead",
            &base,
            &list,
            NOW - DAY - 301,
            &plain,
            ErrorClass::NotYetValid,
        ),
        (
            79,
            "ID-13",
            "the policy requires an issuer, and none has signed",
            &base,
            &list,
            NOW,
            &strict,
            ErrorClass::UnauthorisedDevice,
        ),
        (
            80,
            "ID-13 ID-19",
            "a trusted issuer's signature is wrong, where none is required",
            &bad_issuer,
            &listed(&bad_issuer),
            NOW,
            &issuer_policy(false),
            ErrorClass::BadSignature,
        ),
        (
            81,
            "ID-13",
            "the policy requires an issuer, and one that it does not trust has signed",
            &foreign,
            &listed(&foreign),
            NOW,
            &strict,
            ErrorClass::UnauthorisedDevice,
        ),
        (
            82,
            "ID-14",
            "no agreement key",
            &without,
            &listed(&without),
            NOW,
            &plain,
            ErrorClass::UnsupportedSuite,
        ),
        (
            83,
            "ID-14",
            "no signing key of the suite",
            &no_sign,
            &listed(&no_sign),
            NOW,
            &plain,
            ErrorClass::UnsupportedSuite,
        ),
    ] {
        t.refused(
            number,
            clauses,
            about,
            input(credential, list, now, policy),
            verify_credential(credential, list, now, policy),
            class,
        );
    }
}
