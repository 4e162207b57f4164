//! Bundles that are refused.

use super::bundles::input;
use crate::vector::{Topic, edit, fields, put};
use crate::world::{DAY, NOW, World};
use sceau_spec::octets::{Octets, byte, empty, u32_be};
use sceau_spec::pairwise::bundle::{
    PrekeyBundle, decode_prekey_bundle, encode_prekey_bundle, verify_bundle,
};
use sceau_spec::pairwise::credentials::sign_credential;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::{Credential, CredentialTbs, credential_ref};
use sceau_spec::pairwise::merkle::{Leaves, merkle_path, merkle_root};
use sceau_spec::pairwise::prekeys::{
    KEM_LAST_RESORT, KEM_ONE_TIME, ONE_TIME, Prekey, PrekeyBatchTbs, ProvenPrekey, SIGNED,
    prekey_leaf, sign_batch,
};
use sceau_spec::pairwise::suite::{Suites, hash};

/// A bundle of chosen prekeys, put into a tree of their own, signed by Bob.
pub fn rebuilt(
    world: &World,
    signed: Prekey,
    one_time: Option<Prekey>,
    kem: Prekey,
) -> PrekeyBundle {
    let bob = &world.bob;
    let mut bundle = bob.bundle(None, 1);
    let prekeys: Vec<Prekey> = [Some(signed), one_time, Some(kem)].into_iter().flatten().collect();
    let size = prekeys.iter().map(|prekey| prekey.id).max().expect("a key") + 1;
    let mut leaves = Leaves::new(0);
    for i in 0..size.max(2) {
        let found = prekeys.iter().find(|prekey| prekey.id == i);
        let leaf = found.map_or_else(|| hash(&u32_be(i)), prekey_leaf);
        leaves = leaves.push(&leaf);
    }
    let tbs = PrekeyBatchTbs {
        size: leaves.len() as u32,
        root: merkle_root(&leaves),
        ..bundle.batch.tbs.clone()
    };
    bundle.batch = sign_batch(tbs, &bob.enrolment.identity_sign);
    let proven = |prekey: &Prekey| ProvenPrekey {
        prekey: prekey.clone(),
        path: merkle_path(&leaves, prekey.id as usize),
    };
    bundle.signed_prekey = proven(&prekeys[0]);
    bundle.kem_prekey = proven(&prekeys[prekeys.len() - 1]);
    bundle.one_time_prekey = if prekeys.len() == 3 { Some(proven(&prekeys[1])) } else { None };
    bundle
}

pub fn refused_bundles(t: &mut Topic, world: &World, own: &Credential) {
    let (alice, bob) = (&world.alice, &world.bob);
    let base = bob.bundle(Some(2), 3);
    let plain = bob.bundle(None, 1);
    let resigned = |change: &dyn Fn(&mut PrekeyBatchTbs)| {
        let mut tbs = plain.batch.tbs.clone();
        change(&mut tbs);
        PrekeyBundle { batch: sign_batch(tbs, &bob.enrolment.identity_sign), ..plain.clone() }
    };
    let with = |change: &dyn Fn(&mut PrekeyBundle)| {
        let mut bundle = plain.clone();
        change(&mut bundle);
        bundle
    };
    let signed = plain.signed_prekey.prekey.clone();
    let last = plain.kem_prekey.prekey.clone();
    let one_time = base.one_time_prekey.clone().expect("it has one").prekey;
    let identity = bob.state.account.credential.tbs.identity_keys[1usize].key.clone();
    let own_key = own.tbs.identity_keys[1usize].key.clone();
    let mut modulus = last.clone();
    modulus.key[0usize] = 0xff;
    modulus.key[1usize] |= 0x0f;
    let key = |prekey_type: u8, id: u32, key: &Octets| Prekey { prekey_type, id, key: key.clone() };
    let suites = |suites: &[u16]| {
        let mut list = Suites::new(0);
        for suite in suites {
            list = list.push(suite);
        }
        let tbs = CredentialTbs { suites: list, ..bob.state.account.credential.tbs.clone() };
        let credential = sign_credential(tbs, &bob.enrolment.account_key, &None);
        let list = crate::identities::list_of(
            &bob.state.account.device_list.tbs.account_keys,
            1,
            NOW - DAY,
            std::slice::from_ref(&credential),
        );
        let list = sign_device_list(list, &bob.enrolment.account_key, &Cosigners::default());
        let tbs = PrekeyBatchTbs {
            credential_ref: credential_ref(&credential),
            ..plain.batch.tbs.clone()
        };
        PrekeyBundle {
            device_lists: sceau_spec::pairwise::identities::DeviceLists::new(0).push(&list),
            credential,
            batch: sign_batch(tbs, &bob.enrolment.identity_sign),
            ..plain.clone()
        }
    };
    let none = &None;
    let account = bob.account();
    let mut check =
        |number: u32, clauses: &str, about: &str, bundle: PrekeyBundle, now: u64, class| {
            let result = verify_bundle(&bundle, &account, none, own, now, &world.policy);
            let mut fields = input(&bundle, &account, none, own, now, &world.policy);
            let edited = edit(
                "PRE-BUN-003.in.bundle",
                &encode_prekey_bundle(&plain),
                &encode_prekey_bundle(&bundle),
            );
            fields.shift_remove("bundle");
            put(&mut fields, "bundle_edit", edited);
            t.refused(number, clauses, about, fields, result, class);
        };
    let malformed = ErrorClass::Malformed;
    let path = ErrorClass::BadPath;
    let reflection = ErrorClass::Reflection;
    check(
        10,
        "PRE-07",
        "the batch of another credential",
        resigned(&|tbs| tbs.credential_ref = Octets::new(32)),
        NOW,
        ErrorClass::IdentityMismatch,
    );
    check(
        11,
        "SUI-08",
        "the batch is for another suite",
        resigned(&|tbs| tbs.suite = 2),
        NOW,
        ErrorClass::UnsupportedSuite,
    );
    check(
        12,
        "SUI-08 SUI-09",
        "no suite in common",
        suites(&[2, 0xf000]),
        NOW,
        ErrorClass::UnsupportedSuite,
    );
    check(
        13,
        "PRE-03 SUI-06",
        "the batch's signature is wrong",
        with(&|b| b.batch.signatures[0usize].signature[9usize] ^= 1),
        NOW,
        ErrorClass::BadSignature,
    );
    check(
        14,
        "PRE-03",
        "the batch has no signature of the device's key",
        with(&|b| b.batch.signatures[0usize].key_type = 0x00f0),
        NOW,
        ErrorClass::BadSignature,
    );
    check(
        15,
        "PRE-03",
        "the batch is signed by another device",
        with(&|b| b.batch = sign_batch(b.batch.tbs.clone(), &alice.enrolment.identity_sign)),
        NOW,
        ErrorClass::BadSignature,
    );
    check(
        16,
        "PRE-08 LIM-02",
        "at the batch's expiry",
        plain.clone(),
        NOW + 13 * DAY,
        ErrorClass::Expired,
    );
    check(
        17,
        "PRE-08 LIM-02",
        "the batch begins a second too far ahead",
        plain.clone(),
        NOW - DAY - 301,
        ErrorClass::NotYetValid,
    );
    check(
        18,
        "PRE-08 LIM-02",
        "the batch lives a second too long",
        resigned(&|tbs| tbs.expiry = tbs.not_before + 30 * DAY + 1),
        NOW,
        malformed,
    );
    check(
        19,
        "PRE-09",
        "a one-time prekey in the signed one's place",
        with(&|b| b.signed_prekey = base.one_time_prekey.clone().expect("one")),
        NOW,
        malformed,
    );
    check(
        20,
        "PRE-09",
        "the signed prekey in the one-time one's place",
        with(&|b| b.one_time_prekey = Some(b.signed_prekey.clone())),
        NOW,
        malformed,
    );
    check(
        21,
        "PRE-09",
        "a one-time prekey in the KEM key's place",
        with(&|b| b.kem_prekey = base.one_time_prekey.clone().expect("one")),
        NOW,
        malformed,
    );
    check(
        22,
        "PRE-10",
        "the signed prekey's key is another",
        with(&|b| b.signed_prekey.prekey.key[0usize] ^= 1),
        NOW,
        path,
    );
    check(
        23,
        "PRE-10",
        "the one-time prekey's path is another's",
        with(&|b| {
            b.one_time_prekey = base
                .one_time_prekey
                .clone()
                .map(|p| ProvenPrekey { path: base.kem_prekey.path.clone(), ..p });
        }),
        NOW,
        path,
    );
    check(
        24,
        "PRE-10",
        "the KEM key's path is too short",
        with(&|b| b.kem_prekey.path = b.kem_prekey.path.slice(0, 32)),
        NOW,
        path,
    );
    check(
        25,
        "PRE-10",
        "an id beyond the size",
        with(&|b| {
            b.one_time_prekey = base.one_time_prekey.clone().map(|mut p| {
                p.prekey.id = 4;
                p
            });
        }),
        NOW,
        path,
    );
    check(
        26,
        "PRE-13",
        "a signed prekey of id 2",
        rebuilt(world, key(SIGNED, 2, &signed.key), None, last.clone()),
        NOW,
        malformed,
    );
    check(
        27,
        "PRE-13",
        "a last-resort key of id 2",
        rebuilt(world, signed.clone(), None, key(KEM_LAST_RESORT, 2, &last.key)),
        NOW,
        malformed,
    );
    check(
        28,
        "PRE-13",
        "a one-time prekey of id 1",
        rebuilt(
            world,
            signed.clone(),
            Some(key(ONE_TIME, 1, &one_time.key)),
            key(KEM_ONE_TIME, 2, &last.key),
        ),
        NOW,
        malformed,
    );
    check(
        29,
        "PRE-13",
        "a one-time KEM key of id 1",
        rebuilt(world, signed.clone(), None, key(KEM_ONE_TIME, 1, &last.key)),
        NOW,
        malformed,
    );
    check(
        30,
        "PRE-11",
        "signed and one-time prekey are the same",
        rebuilt(world, signed.clone(), Some(key(ONE_TIME, 2, &signed.key)), last.clone()),
        NOW,
        reflection,
    );
    check(
        31,
        "PRE-11",
        "the signed prekey is the identity key",
        rebuilt(world, key(SIGNED, 0, &identity), None, last.clone()),
        NOW,
        reflection,
    );
    check(
        32,
        "PRE-11",
        "the one-time prekey is the identity key",
        rebuilt(world, signed.clone(), Some(key(ONE_TIME, 2, &identity)), last.clone()),
        NOW,
        reflection,
    );
    check(
        33,
        "PRE-11",
        "the signed prekey is the initiator's identity key",
        rebuilt(world, key(SIGNED, 0, &own_key), None, last.clone()),
        NOW,
        reflection,
    );
    check(
        34,
        "SUI-03",
        "the KEM key fails the modulus check",
        rebuilt(world, signed.clone(), None, modulus),
        NOW,
        malformed,
    );
    check(
        35,
        "ID-10",
        "the credential is not in the list",
        with(&|b| {
            b.credential = sign_credential(
                CredentialTbs { generation: 2, ..b.credential.tbs.clone() },
                &bob.enrolment.account_key,
                &None,
            )
        }),
        NOW,
        ErrorClass::NotListed,
    );
    check(
        36,
        "ID-04",
        "a bundle of another account",
        alice.bundle(None, 1),
        NOW,
        ErrorClass::IdentityMismatch,
    );
    // The verifier's own.
    let bundle = alice.bundle(None, 1);
    let account = alice.account();
    let result = verify_bundle(&bundle, &account, none, own, NOW, &world.policy);
    t.refused(
        40,
        "PRE-12",
        "the own device's bundle",
        input(&bundle, &account, none, own, NOW, &world.policy),
        result,
        reflection,
    );
    let bytes = encode_prekey_bundle(&plain);
    for (number, clauses, about, bytes) in [
        (41, "ENC-02", "a byte behind the bundle", bytes.concat(&byte(0))),
        (42, "ENC-04", "a byte short", bytes.slice(0, bytes.len() - 1)),
        (43, "ENC-13", "nothing", empty()),
    ] {
        let read = decode_prekey_bundle(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_prekey_bundle", bytes: bytes },
            read,
            malformed,
        );
    }
}
