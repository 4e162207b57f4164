//! Account ids, credentials, device lists: encodings, references, signatures, and what is refused.

mod malformed;
mod verified;

use crate::vector::{Fields, Topic, counting, draw, fields, items, must};
use crate::world::{DAY, NOW, World, enrolment};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, u64_be};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::enrolment::Enrolment;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Attestation, Attestations, Credential, DeviceEntry, DeviceListTbs, credential_ref,
    decode_credential, decode_device_list, encode_credential, encode_credential_tbs,
    encode_device_list, encode_device_list_tbs, list_ref,
};
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::suite::{CORE, signature_public_key};
use sceau_spec::pairwise::typed_keys::{
    TypedKey, TypedKeys, account_id, encode_typed_keys, issuer_id,
};

/// Keys of types and bytes.
pub fn typed_keys(of: &[(u16, Octets)]) -> TypedKeys {
    let mut out = TypedKeys::new(0);
    for (key_type, key) in of {
        out = out.push(&TypedKey { key_type: *key_type, key: key.clone() });
    }
    out
}

/// The issuer's private key.
pub fn issuer_key() -> Octets {
    draw("devices", "issuer", "issuer_key", 32)
}

/// The issuer's keys.
pub fn issuer_keys() -> TypedKeys {
    typed_keys(&[(1, signature_public_key(&issuer_key()))])
}

/// Its id and private key, with which it signs.
pub fn issuer() -> Option<(Octets, Octets)> {
    Some((issuer_id(&issuer_keys()), issuer_key()))
}

/// A policy that trusts the issuer.
pub fn issuer_policy(require_issuer: bool) -> Policy {
    let policy = default_policy();
    Policy { require_issuer, issuers: policy.issuers.push(&issuer_keys()), ..policy }
}

/// A policy, as fields.
pub fn policy_fields(policy: &Policy) -> Fields {
    let issuers: Vec<Octets> = items(&policy.issuers).iter().map(encode_typed_keys).collect();
    fields! { require_issuer: policy.require_issuer, issuers: issuers }
}

/// A list of these credentials.
pub fn list_of(
    keys: &TypedKeys,
    number: u64,
    issued_at: u64,
    credentials: &[Credential],
) -> DeviceListTbs {
    let mut devices = Seq::<DeviceEntry>::new(0);
    for credential in credentials {
        devices = devices.push(&device_entry(credential));
    }
    DeviceListTbs {
        account_keys: keys.clone(),
        number,
        issued_at,
        devices,
        ..DeviceListTbs::default()
    }
}

/// A sequence of attestations.
fn attestations(of: &[Attestation]) -> Attestations {
    let mut out = Attestations::new(0);
    for attestation in of {
        out = out.push(attestation);
    }
    out
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new("identities", "ID-OBJ");
    accounts(&mut t);
    objects(&mut t, world);
    malformed::malformed_credentials(&mut t, world);
    malformed::malformed_lists(&mut t, world);
    verified::verified(&mut t, world);
    enrolments(&mut t);
    t
}

/// Accounts that are not made.
fn enrolments(t: &mut Topic) {
    let nine = (0..9).map(|n| CORE + n).collect();
    let end = NOW + 364 * DAY;
    for (number, clauses, about, serial, list_number, suites, not_before, not_after) in [
        (90, "ID-25 ID-01", "serial 0", 0u64, 1u64, vec![CORE], NOW, end),
        (91, "ID-25 ID-01", "number 0", 1, 0, vec![CORE], NOW, end),
        (92, "ID-25 ID-01", "no suite", 1, 1, vec![], NOW, end),
        (93, "ID-25 ID-01", "a suite twice", 1, 1, vec![CORE, 0x7777, CORE], NOW, end),
        (94, "ID-25 LIM-01", "nine suites", 1, 1, nine, NOW, end),
        (95, "ID-25", "an end that is the beginning", 1, 1, vec![CORE], NOW, NOW),
        (96, "ID-25", "an end before the beginning", 1, 1, vec![CORE], NOW, NOW - 1),
    ] {
        let input = fields! {
            operation: "create", serial: serial, list_number: list_number, suites: suites,
            not_before: not_before, not_after: not_after,
        };
        let suites = Seq::from_vec(suites);
        let enrolment =
            Enrolment { serial, list_number, suites, not_before, not_after, ..enrolment("alice") };
        let made = device::create(&enrolment, NOW);
        t.refused(number, clauses, about, input, made, ErrorClass::Misuse);
    }
}

fn accounts(t: &mut Topic) {
    let drawn = t.draw(2, "key", 32);
    let second = t.draw(3, "unknown", 57);
    for (number, about, keys) in [
        (1, "the text's example", typed_keys(&[(1, counting(32))])),
        (2, "one key", typed_keys(&[(1, drawn.clone())])),
        (3, "two keys, the second of unknown type", typed_keys(&[(1, drawn), (0x00f0, second)])),
    ] {
        let encoded = encode_typed_keys(&keys);
        let keys_fields: Vec<Fields> =
            items(&keys).iter().map(|key| fields! { type: key.key_type, key: key.key }).collect();
        t.valid(
            number,
            "ID-04 ENC-09",
            about,
            fields! { operation: "account_id", account_keys: keys_fields },
            fields! { encoded: encoded },
            fields! { account_id: account_id(&keys), issuer_id: issuer_id(&keys) },
        );
    }
}

fn objects(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let credential = &alice.state.account.credential;
    let list = &alice.state.account.device_list;
    must("credential", decode_credential(&encode_credential(credential)));
    must("list", decode_device_list(&encode_device_list(list)));
    let keys = fields! {
        account_key: alice.enrolment.account_key,
        identity_sign: alice.enrolment.identity_sign,
        identity_agree: alice.enrolment.identity_agree,
    };
    let times = fields! {
        serial: 1u64, generation: 1, not_before: credential.tbs.not_before,
        not_after: credential.tbs.not_after, suites: vec![1],
    };
    t.valid(
        10,
        "ID-01 ID-02 ID-11 ENC-09",
        "a credential signed by its account",
        fields! { operation: "credential", keys: keys, credential: times },
        fields! { tbs: encode_credential_tbs(&credential.tbs) },
        fields! { credential: encode_credential(credential), credential_ref: credential_ref(credential) },
    );
    t.valid(
        11,
        "ID-01 ID-05 ENC-09",
        "the device list with it",
        fields! { operation: "device_list", account_key: alice.enrolment.account_key, credential: encode_credential(credential), number: 1u64, issued_at: list.tbs.issued_at },
        fields! { tbs: encode_device_list_tbs(&list.tbs) },
        fields! { device_list: encode_device_list(list), list_ref: list_ref(list) },
    );
    let by_issuer =
        sign_credential(credential.tbs.clone(), &alice.enrolment.account_key, &issuer());
    t.valid(
        12,
        "ID-01 ID-13 ENC-09",
        "a credential with an issuer's attestation",
        fields! { operation: "credential", keys: keys, credential: times, issuer_key: issuer_key() },
        fields! { tbs: encode_credential_tbs(&credential.tbs), issuer_keys: encode_typed_keys(&issuer_keys()), issuer_id: issuer_id(&issuer_keys()) },
        fields! { credential: encode_credential(&by_issuer), credential_ref: credential_ref(&by_issuer) },
    );
    let device = Some((u64_be(1), alice.enrolment.identity_sign.clone()));
    let tbs = DeviceListTbs { number: 2, issued_at: NOW, ..list.tbs.clone() };
    let renewed = sign_device_list(
        tbs,
        &alice.enrolment.account_key,
        &Cosigners { device, issuer: issuer() },
    );
    t.valid(
        13,
        "ID-01 ID-08 ENC-09",
        "a list signed by account, device and issuer",
        fields! { operation: "device_list", account_key: alice.enrolment.account_key, device_serial: 1u64, device_key: alice.enrolment.identity_sign, issuer_key: issuer_key(), credential: encode_credential(credential), number: 2u64, issued_at: NOW },
        fields! { tbs: encode_device_list_tbs(&renewed.tbs) },
        fields! { device_list: encode_device_list(&renewed), list_ref: list_ref(&renewed) },
    );
}
