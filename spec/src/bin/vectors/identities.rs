//! Account ids, credentials, device lists: encodings, references, signatures, and what is refused.

use crate::vector::{Fields, Topic, counting, draw, fields, items, must};
use crate::world::{DAY, NOW, World};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, byte, u64_be};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential, verify_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, attest, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Attestation, Attestations, Credential, CredentialTbs, DeviceEntry, DeviceList, DeviceListTbs,
    SIGNER_DEVICE, TypedKey, TypedKeys, account_id, credential_ref, decode_credential,
    decode_device_list, encode_credential, encode_credential_tbs, encode_device_list,
    encode_device_list_tbs, encode_typed_keys, issuer_id, list_ref,
};
use sceau_spec::pairwise::labels::DEVICE_LIST_BY_DEVICE;
use sceau_spec::pairwise::limits::{Policy, default_policy};
use sceau_spec::pairwise::suite::{Suites, signature_public_key};

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
    malformed_credentials(&mut t, world);
    malformed_lists(&mut t, world);
    verified(&mut t, world);
    t
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

fn malformed_credentials(t: &mut Topic, world: &World) {
    let good = world.alice.state.account.credential.clone();
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = good.tbs.clone();
        change(&mut tbs);
        encode_credential(&Credential { tbs, ..good.clone() })
    };
    let signed = |attestations: Attestations| {
        encode_credential(&Credential { attestations, ..good.clone() })
    };
    let own = good.attestations[0usize].clone();
    let keys = good.tbs.identity_keys.clone();
    let (sign, agree) = (keys[0usize].clone(), keys[1usize].clone());
    let of = |keys: &[TypedKey]| {
        let mut out = TypedKeys::new(0);
        for key in keys {
            out = out.push(key);
        }
        out
    };
    let mut version = encode_credential(&good);
    version[0usize] = 1;
    let suites = |of: &[u16]| {
        let mut out = Suites::new(0);
        for suite in of {
            out = out.push(suite);
        }
        out
    };
    let eight: Vec<Attestation> =
        (1..10).map(|n| Attestation { key_type: 0x00f0 + n, ..own.clone() }).collect();
    let malformed = ErrorClass::Malformed;
    let cases = [
        (20, "ID-01", "version 1", version, ErrorClass::UnsupportedVersion),
        (21, "ID-01", "serial 0", with(&|tbs| tbs.serial = 0), malformed),
        (22, "ID-01", "generation 0", with(&|tbs| tbs.generation = 0), malformed),
        (23, "ID-01", "no identity key", with(&|tbs| tbs.identity_keys = of(&[])), malformed),
        (
            24,
            "ID-01",
            "identity keys in the wrong order",
            with(&|tbs| tbs.identity_keys = of(&[agree.clone(), sign.clone()])),
            malformed,
        ),
        (
            25,
            "ID-01",
            "a key type twice",
            with(&|tbs| tbs.identity_keys = of(&[sign.clone(), sign.clone(), agree.clone()])),
            malformed,
        ),
        (26, "ID-01", "no suite", with(&|tbs| tbs.suites = suites(&[])), malformed),
        (27, "ID-01", "a suite twice", with(&|tbs| tbs.suites = suites(&[1, 2, 1])), malformed),
        (28, "ID-01", "no attestation", signed(attestations(&[])), malformed),
        (
            29,
            "ID-01",
            "an attestation twice",
            signed(attestations(&[own.clone(), own.clone()])),
            malformed,
        ),
        (
            30,
            "ID-01",
            "attestations in the wrong order",
            signed(attestations(&[Attestation { signer: 3, ..own.clone() }, own.clone()])),
            malformed,
        ),
        (
            31,
            "ID-18",
            "an account's attestation with a signer_id",
            signed(attestations(&[Attestation { signer_id: byte(1), ..own.clone() }])),
            malformed,
        ),
        (
            32,
            "ID-18",
            "a device's attestation",
            signed(attestations(&[
                own.clone(),
                Attestation { signer: 2, signer_id: u64_be(1), ..own.clone() },
            ])),
            malformed,
        ),
        (
            33,
            "ID-03",
            "an identity key of wrong length",
            with(&|tbs| {
                tbs.identity_keys =
                    of(&[TypedKey { key: counting(31), ..sign.clone() }, agree.clone()])
            }),
            malformed,
        ),
        (34, "LIM-01", "nine attestations", signed(attestations(&eight)), malformed),
        (35, "ENC-02", "a byte behind it", encode_credential(&good).concat(&byte(0)), malformed),
    ];
    for (number, clauses, about, bytes, class) in cases {
        let read = decode_credential(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_credential", bytes: bytes },
            read,
            class,
        );
    }
}

fn malformed_lists(t: &mut Topic, world: &World) {
    let good = world.alice.state.account.device_list.clone();
    let with = |change: &dyn Fn(&mut DeviceListTbs)| {
        let mut tbs = good.tbs.clone();
        change(&mut tbs);
        encode_device_list(&DeviceList { tbs, ..good.clone() })
    };
    let entry = good.tbs.devices[0usize].clone();
    let devices = |of: &[DeviceEntry]| {
        let mut out = Seq::<DeviceEntry>::new(0);
        for entry in of {
            out = out.push(entry);
        }
        out
    };
    let own = good.attestations[0usize].clone();
    let mut version = encode_device_list(&good);
    version[0usize] = 1;
    let short = attestations(&[
        own.clone(),
        Attestation { signer: 2, signer_id: Octets::new(7), ..own.clone() },
    ]);
    let many: Vec<DeviceEntry> = (1..66)
        .map(|serial| DeviceEntry {
            serial,
            signature_keys: typed_keys(&[(0x00f0, byte(1))]),
            ..entry.clone()
        })
        .collect();
    let malformed = ErrorClass::Malformed;
    let cases = [
        (40, "ID-01", "version 1", version, ErrorClass::UnsupportedVersion),
        (41, "ID-01", "number 0", with(&|tbs| tbs.number = 0), malformed),
        (42, "ID-01", "no device", with(&|tbs| tbs.devices = devices(&[])), malformed),
        (
            43,
            "ID-01",
            "a serial twice",
            with(&|tbs| tbs.devices = devices(&[entry.clone(), entry.clone()])),
            malformed,
        ),
        (
            44,
            "ID-01",
            "descending serials",
            with(&|tbs| {
                tbs.devices = devices(&[DeviceEntry { serial: 2, ..entry.clone() }, entry.clone()])
            }),
            malformed,
        ),
        (
            45,
            "ID-01",
            "a device of generation 0",
            with(&|tbs| tbs.devices = devices(&[DeviceEntry { generation: 0, ..entry.clone() }])),
            malformed,
        ),
        (
            46,
            "ID-01",
            "a device without a signature key",
            with(&|tbs| {
                tbs.devices =
                    devices(&[DeviceEntry { signature_keys: typed_keys(&[]), ..entry.clone() }])
            }),
            malformed,
        ),
        (47, "ID-01", "no account key", with(&|tbs| tbs.account_keys = typed_keys(&[])), malformed),
        (
            48,
            "ID-18",
            "a device's attestation with an id of seven bytes",
            encode_device_list(&DeviceList { attestations: short, ..good.clone() }),
            malformed,
        ),
        (49, "LIM-01", "65 devices", with(&|tbs| tbs.devices = devices(&many)), malformed),
        (
            50,
            "ID-01",
            "a credential_ref of 31 bytes",
            with(&|tbs| {
                tbs.devices =
                    devices(&[DeviceEntry { credential_ref: counting(31), ..entry.clone() }])
            }),
            malformed,
        ),
    ];
    for (number, clauses, about, bytes, class) in cases {
        let read = decode_device_list(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_device_list", bytes: bytes },
            read,
            class,
        );
    }
}

/// `verify_credential`.
fn verified(t: &mut Topic, world: &World) {
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
