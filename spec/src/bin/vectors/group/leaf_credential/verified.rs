//! Leaf credentials that every member accepts, or refuses.

use super::malformed::signatures;
use super::{SUITE, account_keys, credential, honest, leaf, leaf_key, recertified, verifying};
use crate::identities::{issuer, typed_keys};
use crate::vector::{Topic, counting, fields, must};
use crate::world::World;
use sceau_spec::group::leaf_credential::{
    LeafCredential, decode_leaf_credential, encode_leaf_credential, leaf_key_tbs,
    verify_leaf_credential,
};
use sceau_spec::group::suite::{AES128GCM_SHA256, CipherSuite};
use sceau_spec::octets::{Octets, ascii};
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{Attestation, Attestations, Credential};
use sceau_spec::pairwise::kdf::sign_with_label;
use sceau_spec::pairwise::labels::{LEAF_KEY, PREKEY_BATCH};
use sceau_spec::pairwise::suite::{X25519, signature_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKeys, account_id};

/// Decodes and verifies.
fn verdict(encoded: &Octets, key: &Octets, suite: CipherSuite) -> Result<(), ErrorClass> {
    verify_leaf_credential(&decode_leaf_credential(encoded)?, key, suite)
}

/// What is accepted beyond what devices make by themselves.
pub fn verified(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let key = leaf_key(t);
    let good = honest(t, world);
    let own = good.signatures[0usize].signature.clone();
    let attested = sign_credential(credential(alice).tbs, &alice.enrolment.account_key, &issuer());
    let mut bad_issuer = attested.clone();
    bad_issuer.attestations[1usize].signature[0usize] ^= 1;
    let long_over = recertified(alice, &|tbs| {
        tbs.not_before = 1;
        tbs.not_after = 2;
    });
    let last = recertified(alice, &|tbs| tbs.generation = u32::MAX);
    let cases = [
        (30, "GRP-98 GRP-07", "an honest one", good.clone()),
        (
            31,
            "GRP-07 ID-03",
            "a signature of unknown type beside",
            LeafCredential {
                signatures: signatures(&[(1, own), (0x00f0, counting(3))]),
                ..good.clone()
            },
        ),
        (
            32,
            "GRP-99 GRP-98",
            "an issuer's attestation that does not verify",
            leaf(alice, &bad_issuer, &key, SUITE),
        ),
        (
            33,
            "GRP-99 GRP-98",
            "a credential that has been over for long",
            leaf(alice, &long_over, &key, SUITE),
        ),
        (34, "GRP-98", "the last generation", leaf(alice, &last, &key, SUITE)),
        (
            35,
            "GRP-98 ID-22 ID-03",
            "further account keys, of unknown type and of an agreement type",
            further_account_keys(world, &key),
        ),
    ];
    for (number, clauses, about, leaf) in cases {
        let encoded = encode_leaf_credential(&leaf);
        must(about, verdict(&encoded, &key, SUITE));
        let tbs = &leaf.credential.tbs;
        let out = fields! {
            account_id: tbs.account_id, serial: tbs.serial, generation: tbs.generation,
        };
        t.valid(number, clauses, about, verifying(&encoded, &key, SUITE), fields! {}, out);
    }
}

/// Alice's account with two more keys; its id is another one then.
fn further_account_keys(world: &World, key: &Octets) -> LeafCredential {
    let alice = &world.alice;
    let own = account_keys(alice)[0usize].key.clone();
    let keys = typed_keys(&[(1, own), (0x00f0, counting(4)), (X25519, counting(32))]);
    let credential = recertified(alice, &|tbs| tbs.account_id = account_id(&keys));
    LeafCredential { account_keys: keys, ..leaf(alice, &credential, key, SUITE) }
}

/// What is refused: by what the device has signed, or by what its account has.
pub fn refused(t: &mut Topic, world: &World) {
    let key = leaf_key(t);
    let good = honest(t, world);
    let mut altered = good.clone();
    altered.signatures[0usize].signature[0usize] ^= 1;
    let with = |of: &[(u16, Octets)]| LeafCredential { signatures: signatures(of), ..good.clone() };
    let alice = &world.alice.enrolment;
    let tbs = leaf_key_tbs(&good.credential, SUITE, &key);
    let by = |private: &Octets, label: &str, content: &Octets| {
        with(&[(1, sign_with_label(private, label, content))])
    };
    let own = good.signatures[0usize].signature.clone();
    let leaf_private = t.draw(0, "leaf_key", 32);
    let renewed = recertified(&world.alice, &|tbs| tbs.generation = 2);
    let agreeing = recertified(&world.alice, &|tbs| {
        tbs.identity_keys = typed_keys(&[(X25519, counting(32))]);
    });
    let other_key = signature_public_key(&t.draw(41, "leaf_key", 32));
    let bad = ErrorClass::BadSignature;
    let device = [
        (40, "an altered signature", altered, &key, SUITE),
        (41, "another signature key stands beside it", good.clone(), &other_key, SUITE),
        (42, "a group of another suite", good.clone(), &key, AES128GCM_SHA256),
        (43, "no signature", with(&[]), &key, SUITE),
        (44, "the signature under an unknown type alone", with(&[(2, own)]), &key, SUITE),
        (
            45,
            "signed under another label",
            by(&alice.identity_sign, PREKEY_BATCH, &tbs),
            &key,
            SUITE,
        ),
        (46, "signed by the account", by(&alice.account_key, LEAF_KEY, &tbs), &key, SUITE),
        (47, "signed by the leaf's own key", by(&leaf_private, LEAF_KEY, &tbs), &key, SUITE),
        (48, "another content", by(&alice.identity_sign, LEAF_KEY, &ascii("x")), &key, SUITE),
        (
            49,
            "the renewed credential with the signature for the one before",
            LeafCredential { credential: renewed, ..good.clone() },
            &key,
            SUITE,
        ),
        (
            50,
            "a device without a signing key of known type",
            leaf(&world.alice, &agreeing, &key, SUITE),
            &key,
            SUITE,
        ),
    ];
    for (number, about, leaf, key, suite) in device {
        let encoded = encode_leaf_credential(&leaf);
        let result = verdict(&encoded, key, suite);
        t.refused(number, "GRP-07", about, verifying(&encoded, key, suite), result, bad);
    }
    for (number, clauses, about, leaf, class) in of_account(world, &key) {
        let encoded = encode_leaf_credential(&leaf);
        let result = verdict(&encoded, &key, SUITE);
        t.refused(number, clauses, about, verifying(&encoded, &key, SUITE), result, class);
    }
}

/// Leaf credentials whose account did not certify the device; the device has signed all of them.
fn of_account(
    world: &World,
    key: &Octets,
) -> Vec<(u32, &'static str, &'static str, LeafCredential, ErrorClass)> {
    let alice = &world.alice;
    let made = |credential: &Credential, keys: TypedKeys| LeafCredential {
        account_keys: keys,
        ..leaf(alice, credential, key, SUITE)
    };
    let keys = account_keys(alice);
    let own_key = keys[0usize].key.clone();
    let good = credential(alice);
    let attestation = good.attestations[0usize].clone();
    let attested_by = |of: &[Attestation]| Credential {
        attestations: Attestations::from_vec(of.to_vec()),
        ..good.clone()
    };
    let mut altered = good.clone();
    altered.attestations[0usize].signature[0usize] ^= 1;
    let by_bob = sign_credential(good.tbs.clone(), &world.bob.enrolment.account_key, &None);
    let by_issuer = sign_credential(good.tbs.clone(), &alice.enrolment.account_key, &issuer());
    let issuer_alone = attested_by(&[by_issuer.attestations[1usize].clone()]);
    let odd_type = attested_by(&[Attestation { key_type: X25519, ..attestation.clone() }]);
    let with_unknown = attested_by(&[Attestation { key_type: 0x00f0, ..attestation }]);
    let of_keys = |keys: &TypedKeys| recertified(alice, &|tbs| tbs.account_id = account_id(keys));
    let agreeing = typed_keys(&[(X25519, counting(32))]);
    let unknown_alone = typed_keys(&[(0x00f0, own_key)]);
    let (malformed, mismatch, bad, suite) = (
        ErrorClass::Malformed,
        ErrorClass::IdentityMismatch,
        ErrorClass::BadSignature,
        ErrorClass::UnsupportedSuite,
    );
    vec![
        (60, "GRP-98", "another account's keys", made(&good, account_keys(&world.bob)), mismatch),
        (61, "GRP-98 ID-11", "an altered attestation", made(&altered, keys.clone()), bad),
        (62, "GRP-98 ID-11", "another account's attestation", made(&by_bob, keys.clone()), bad),
        (
            63,
            "GRP-98 ID-11",
            "an issuer's attestation alone",
            made(&issuer_alone, keys.clone()),
            bad,
        ),
        (
            64,
            "GRP-98 ID-18",
            "an attestation by a key of known type that the account does not have",
            made(&odd_type, keys.clone()),
            malformed,
        ),
        (
            65,
            "GRP-98 ID-11",
            "an attestation of unknown type alone",
            made(&with_unknown, keys),
            bad,
        ),
        (
            66,
            "GRP-98 ID-22",
            "an account whose first key agrees",
            made(&of_keys(&agreeing), agreeing.clone()),
            suite,
        ),
        (
            67,
            "GRP-98 ID-22",
            "an account whose first key is of unknown type",
            made(&of_keys(&unknown_alone), unknown_alone.clone()),
            suite,
        ),
    ]
}
