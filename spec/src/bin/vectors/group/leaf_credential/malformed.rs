//! Encodings that are none.

use super::{account_keys, credential, honest};
use crate::identities::typed_keys;
use crate::vector::{Topic, counting, fields};
use crate::world::World;
use sceau_spec::group::leaf_credential::{
    LeafCredential, decode_leaf_credential, encode_leaf_credential,
};
use sceau_spec::octets::{Octets, byte, empty, u64_be};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{Attestation, encode_credential};
use sceau_spec::pairwise::limits::{MAX_KEYS, MAX_SIGNATURE};
use sceau_spec::pairwise::prekeys::{TypedSignature, TypedSignatures, encode_signatures};

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// Signatures of these types.
pub fn signatures(of: &[(u16, Octets)]) -> TypedSignatures {
    let signature = |(key_type, signature): &(u16, Octets)| TypedSignature {
        key_type: *key_type,
        signature: signature.clone(),
    };
    TypedSignatures::from_vec(of.iter().map(signature).collect())
}

/// Each of them differs from an honest one in one place.
pub fn malformed(t: &mut Topic, world: &World) {
    let good = honest(t, world);
    let encoded = encode_leaf_credential(&good);
    let with = |change: &dyn Fn(&mut LeafCredential)| {
        let mut out = good.clone();
        change(&mut out);
        encode_leaf_credential(&out)
    };
    let key = account_keys(&world.alice)[0usize].key.clone();
    let signature = good.signatures[0usize].signature.clone();
    let accounts = |of: &[(u16, Octets)]| with(&|leaf| leaf.account_keys = typed_keys(of));
    let signed = |of: &[(u16, Octets)]| with(&|leaf| leaf.signatures = signatures(of));
    let nine_keys: Vec<(u16, Octets)> =
        (0..=MAX_KEYS as u16).map(|n| (0x00f0 + n, byte(1))).collect();
    let mut version = encoded.clone();
    version[0usize] = 1;
    let credential_alone = encode_credential(&credential(&world.alice));
    let signatures_length = encode_signatures(&good.signatures).len();
    let without_signatures = encoded.slice(0, encoded.len() - signatures_length);
    let cases = [
        (10, "ID-01", "the credential's version is 1", version, ErrorClass::UnsupportedVersion),
        (11, "ENC-02", "a byte behind it", encoded.concat(&byte(0)), MALFORMED),
        (12, "ENC-04", "the last byte is missing", encoded.slice(0, encoded.len() - 1), MALFORMED),
        (13, "ENC-04", "signatures are missing", without_signatures, MALFORMED),
        (14, "ENC-04", "a credential alone", credential_alone, MALFORMED),
        (15, "ENC-04", "no bytes", empty(), MALFORMED),
        (16, "GRP-98 ID-01", "no account key", accounts(&[]), MALFORMED),
        (
            17,
            "GRP-98 ID-01",
            "an account key twice",
            accounts(&[(1, key.clone()), (1, key.clone())]),
            MALFORMED,
        ),
        (
            18,
            "GRP-98 ID-01",
            "account keys in descending order of type",
            accounts(&[(0x00f0, byte(1)), (1, key.clone())]),
            MALFORMED,
        ),
        (
            19,
            "GRP-98 ID-03",
            "an account key of 31 bytes",
            accounts(&[(1, counting(31))]),
            MALFORMED,
        ),
        (20, "LIM-01", "nine account keys", accounts(&nine_keys), MALFORMED),
        (
            21,
            "GRP-07",
            "two signatures of one type",
            signed(&[(1, signature.clone()), (1, signature.clone())]),
            MALFORMED,
        ),
        (
            22,
            "GRP-07",
            "signatures in descending order of type",
            signed(&[(2, signature.clone()), (1, signature.clone())]),
            MALFORMED,
        ),
        (23, "LIM-01", "nine signatures", signed(&nine_keys), MALFORMED),
        (
            24,
            "LIM-01",
            "a signature that is longer than one may be",
            signed(&[(0x00f0, Octets::new(MAX_SIGNATURE + 1))]),
            MALFORMED,
        ),
        (
            25,
            "GRP-98 ID-18",
            "the credential has an attestation by a device",
            with(&|leaf| {
                let own = leaf.credential.attestations[0usize].clone();
                let by_device = Attestation { signer: 2, signer_id: u64_be(1), ..own };
                leaf.credential.attestations = leaf.credential.attestations.push(&by_device);
            }),
            MALFORMED,
        ),
        (
            26,
            "GRP-98 ID-01",
            "the credential has no attestation",
            with(&|leaf| leaf.credential.attestations = leaf.credential.attestations.slice(0, 0)),
            MALFORMED,
        ),
        (
            27,
            "GRP-98 ID-01",
            "the credential's serial is 0",
            with(&|leaf| leaf.credential.tbs.serial = 0),
            MALFORMED,
        ),
    ];
    for (number, clauses, about, bytes, class) in cases {
        let read = decode_leaf_credential(&bytes);
        let input = fields! { operation: "decode", type: "LeafCredential", bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}
