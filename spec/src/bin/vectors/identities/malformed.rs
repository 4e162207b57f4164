//! Credentials and lists that are no valid encodings.

use super::{attestations, typed_keys};
use crate::vector::{Topic, counting, fields};
use crate::world::World;
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, byte, u64_be};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{
    Attestation, Attestations, Credential, CredentialTbs, DeviceEntry, DeviceList, DeviceListTbs,
    decode_credential, decode_device_list, encode_credential, encode_device_list,
};
use sceau_spec::pairwise::suite::Suites;
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys};

pub fn malformed_credentials(t: &mut Topic, world: &World) {
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

pub fn malformed_lists(t: &mut Topic, world: &World) {
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
