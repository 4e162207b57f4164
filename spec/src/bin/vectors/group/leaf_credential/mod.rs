//! Devices in leaves: `LeafCredential` and what a device signs of a leaf's key.

mod confirmations;
mod malformed;
mod successors;
mod verified;

use super::SUITES;
use crate::identities::{issuer, typed_keys};
use crate::vector::{Fields, Topic, counting, fields, must};
use crate::world::{Device, World};
use sceau_spec::group::leaf_credential::{
    LeafCredential, decode_leaf_credential, encode_leaf_credential, leaf_key_tbs,
    sign_leaf_credential, verify_leaf_credential,
};
use sceau_spec::group::suite::{CipherSuite, MLKEM768X25519_SHA384, signature_public_key};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::identities::{
    Credential, CredentialTbs, credential_ref, encode_credential,
};
use sceau_spec::pairwise::kdf::sign_content;
use sceau_spec::pairwise::labels::LEAF_KEY;
use sceau_spec::pairwise::typed_keys::{TypedKeys, encode_typed_keys};

/// The suite of the leaf unless a vector says otherwise.
const SUITE: CipherSuite = MLKEM768X25519_SHA384;

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::group("group-leaf-credential", "GRP-LC");
    made(&mut t, world);
    malformed::malformed(&mut t, world);
    verified::verified(&mut t, world);
    verified::refused(&mut t, world);
    successors::successors(&mut t, world);
    confirmations::confirmations(&mut t, world);
    confirmations::devices(&mut t, world);
    t
}

/// The account's keys, as in its device list.
fn account_keys(of: &Device) -> TypedKeys {
    of.state.account.device_list.tbs.account_keys.clone()
}

/// The device's credential.
fn credential(of: &Device) -> Credential {
    of.state.account.credential.clone()
}

/// The device's credential with another TBS part, signed by the account.
fn recertified(of: &Device, change: &dyn Fn(&mut CredentialTbs)) -> Credential {
    let mut tbs = credential(of).tbs;
    change(&mut tbs);
    sign_credential(tbs, &of.enrolment.account_key, &None)
}

/// The public key of the leaf.
fn leaf_key(t: &Topic) -> Octets {
    signature_public_key(SUITE, &t.draw(0, "leaf_key", 32))
}

/// A device's credential with its statement about a leaf's key.
fn leaf(of: &Device, credential: &Credential, key: &Octets, suite: CipherSuite) -> LeafCredential {
    let identity_sign = &of.enrolment.identity_sign;
    sign_leaf_credential(credential, &account_keys(of), key, suite, identity_sign)
}

/// Alice's for the leaf of most vectors.
fn honest(t: &Topic, world: &World) -> LeafCredential {
    leaf(&world.alice, &credential(&world.alice), &leaf_key(t), SUITE)
}

/// What a member looks at.
fn verifying(encoded: &Octets, key: &Octets, suite: CipherSuite) -> Fields {
    fields! {
        operation: "verify_leaf_credential", leaf_credential: encoded, signature_key: key,
        cipher_suite: suite,
    }
}

/// Leaf credentials that devices make.
fn made(t: &mut Topic, world: &World) {
    let alice = &world.alice;
    let plain = credential(alice);
    let attested = sign_credential(plain.tbs.clone(), &alice.enrolment.account_key, &issuer());
    let renewed = recertified(alice, &|tbs| tbs.generation = 2);
    let further = recertified(alice, &|tbs| {
        let keys = [(0x0001, 0usize), (0x0101, 1)]
            .map(|(key_type, i)| (key_type, tbs.identity_keys[i].key.clone()));
        let [sign, agree] = keys;
        tbs.identity_keys = typed_keys(&[sign, (0x00f0, counting(5)), agree]);
    });
    let [(_, first), (_, second), (_, third)] = SUITES;
    for (number, about, credential, suite) in [
        (1, "a device's credential for a leaf of the profile's suite", &plain, third),
        (2, "the same for suite 0x0001", &plain, first),
        (3, "the same for suite 0x0003", &plain, second),
        (4, "a credential with an issuer's attestation", &attested, SUITE),
        (5, "a renewed credential", &renewed, SUITE),
        (6, "a credential with a signing key of unknown type", &further, SUITE),
    ] {
        let key = leaf_key(t);
        let made = leaf(alice, credential, &key, suite);
        let encoded = encode_leaf_credential(&made);
        let again = must(about, decode_leaf_credential(&encoded));
        must(about, verify_leaf_credential(&again, &key, suite));
        let tbs = leaf_key_tbs(credential, suite, &key);
        t.valid(
            number,
            "GRP-04 GRP-07 GRP-98 ENC-09",
            about,
            fields! {
                operation: "leaf_credential", credential: encode_credential(credential),
                account_keys: encode_typed_keys(&account_keys(alice)), signature_key: key,
                cipher_suite: suite, identity_sign: alice.enrolment.identity_sign,
            },
            fields! {
                credential_ref: credential_ref(credential), leaf_key_tbs: tbs,
                sign_content: sign_content(LEAF_KEY, &tbs),
            },
            fields! { leaf_credential: encoded },
        );
    }
}
