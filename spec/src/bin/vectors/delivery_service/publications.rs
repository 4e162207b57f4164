//! What a relay verifies of a publication.

use super::publication;
use crate::vector::{Topic, edit, fields, items, join, must};
use crate::world::{Device, NOW, World};
use hacspec_lib::*;
use sceau_spec::pairwise::delivery::{Publication, decode_publication, encode_publication};
use sceau_spec::pairwise::delivery_auth::check_publication;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::DeviceLists;
use sceau_spec::pairwise::prekeys::{
    KEM_LAST_RESORT, KEM_ONE_TIME, ONE_TIME, Prekey, PrekeyBatchTbs, PublishedBatch, SIGNED,
    publish_batch, sign_batch,
};

/// Accepted and refused ones.
pub fn publications(t: &mut Topic, world: &World) {
    let bob = &world.bob;
    let honest = publication(world);
    let policy = &world.policy;
    let account = &bob.state.account;
    let check = |publication: &Publication, last: u32, now: u64| {
        let publication = decode_publication(&encode_publication(publication))?;
        check_publication(&publication, &Some(account.device_list.clone()), last, now, policy)
    };
    must("publication", check(&honest, 0, NOW));
    t.valid(
        71,
        "DS-04 PRE-10",
        "a first batch, of a device whose list the relay has",
        fields! {
            operation: "check_publication", publication_of: "DS-REL-001.out.publication",
            device_list_of: "DS-REL-001.in.device_list", last_generation: 0, now: NOW,
        },
        fields! {},
        fields! { list_number: account.device_list.tbs.number },
    );
    let key = &bob.enrolment.identity_sign;
    let mut bad_signature = honest.clone();
    bad_signature.batch.batch.signatures[0usize].signature[0usize] ^= 1;
    let resigned = |change: fn(&mut PrekeyBatchTbs)| {
        let mut out = honest.clone();
        let mut tbs = honest.batch.batch.tbs.clone();
        change(&mut tbs);
        out.batch.batch = sign_batch(tbs, key);
        out
    };
    let mut bad_path = honest.clone();
    let last = bad_path.batch.prekeys.len() - 1;
    bad_path.batch.prekeys[last].path[0usize] ^= 1;
    let mut older = honest.clone();
    let mut list = account.device_list.tbs.clone();
    list.issued_at -= 1;
    older.device_lists = DeviceLists::new(0).push(&sign_device_list(
        list,
        &bob.enrolment.account_key,
        &Cosigners::default(),
    ));
    let cases = [
        (
            80,
            "DS-04",
            "the generation of the last batch",
            honest.clone(),
            1,
            NOW,
            ErrorClass::Rollback,
        ),
        (
            81,
            "DS-04 PRE-03",
            "the batch's signature does not verify",
            bad_signature,
            0,
            NOW,
            ErrorClass::BadSignature,
        ),
        (
            82,
            "DS-04 PRE-07",
            "another credential's batch",
            resigned(|tbs| tbs.credential_ref[0usize] ^= 1),
            0,
            NOW,
            ErrorClass::IdentityMismatch,
        ),
        (
            83,
            "DS-04 PRE-08",
            "the batch has expired",
            honest.clone(),
            0,
            honest.batch.batch.tbs.expiry,
            ErrorClass::Expired,
        ),
        (84, "DS-04 PRE-10", "a wrong path of the last key", bad_path, 0, NOW, ErrorClass::BadPath),
        (
            85,
            "DS-04 PRE-10",
            "another root",
            resigned(|tbs| tbs.root[0usize] ^= 1),
            0,
            NOW,
            ErrorClass::BadPath,
        ),
        (
            86,
            "DS-04 ID-06",
            "another list of the number of the one that the relay has",
            older,
            0,
            NOW,
            ErrorClass::Rollback,
        ),
    ];
    let complete =
        altered_batches(bob, &honest).into_iter().map(|(number, clauses, about, batch)| {
            let publication = Publication { batch, ..honest.clone() };
            (number, clauses, about, publication, 0, NOW, ErrorClass::Malformed)
        });
    for (number, clauses, about, publication, last_generation, now, class) in
        cases.into_iter().chain(complete)
    {
        let result = check(&publication, last_generation, now);
        let base = encode_publication(&honest);
        let altered = encode_publication(&publication);
        let mut input = fields! {
            operation: "check_publication", device_list_of: "DS-REL-001.in.device_list",
            last_generation: last_generation, now: now,
        };
        let more = if base == altered {
            fields! { publication_of: "DS-REL-001.out.publication" }
        } else {
            fields! { publication_edit: edit("DS-REL-001.out.publication", &base, &altered) }
        };
        input = join(input, more);
        t.refused(number, clauses, about, input, result, class);
    }
}

/// Batches whose keys are not each there once in their order (`[PRE-14]`), or have ids or sizes that
/// are none; all of it stands in the tree and is signed.
fn altered_batches(
    bob: &Device,
    honest: &Publication,
) -> Vec<(u32, &'static str, &'static str, PublishedBatch)> {
    let proven = items(&honest.batch.prekeys);
    let listed = |order: &[usize]| PublishedBatch {
        prekeys: Seq::from_vec(order.iter().map(|i| proven[*i].clone()).collect()),
        ..honest.batch.clone()
    };
    let tbs = honest.batch.batch.tbs.clone();
    let key = &bob.enrolment.identity_sign;
    // The keys of these types, each one that Bob has, or the first of its type again.
    let typed = |types: &[u8]| {
        let of_type = |(i, kind): (usize, &u8)| {
            let found = proven.iter().find(|p| p.prekey.prekey_type == *kind);
            Prekey { id: i as u32, ..found.expect("one of each type").prekey.clone() }
        };
        let keys: Vec<Prekey> = types.iter().enumerate().map(of_type).collect();
        let (generation, from, to) = (tbs.generation, tbs.not_before, tbs.expiry);
        publish_batch(
            &Seq::from_vec(keys),
            tbs.suite,
            &tbs.credential_ref,
            generation,
            from,
            to,
            key,
        )
    };
    let mut short = typed(&[SIGNED, KEM_LAST_RESORT, ONE_TIME]);
    let mut keys: Vec<Prekey> = items(&short.prekeys).iter().map(|p| p.prekey.clone()).collect();
    keys[2].key = keys[2].key.slice(0, 31);
    short = publish_batch(
        &Seq::from_vec(keys),
        tbs.suite,
        &tbs.credential_ref,
        tbs.generation,
        tbs.not_before,
        tbs.expiry,
        key,
    );
    let (signed, one, kem, last) = (SIGNED, ONE_TIME, KEM_ONE_TIME, KEM_LAST_RESORT);
    vec![
        (87, "DS-04 PRE-14", "a key twice", listed(&[0, 1, 2, 3, 3])),
        (88, "DS-04 PRE-14", "the last key is missing", listed(&[0, 1, 2])),
        (89, "DS-04 PRE-14", "the last-resort key is missing", listed(&[0, 2, 3])),
        (90, "DS-04 PRE-14", "two keys in the other order", listed(&[0, 1, 3, 2])),
        (91, "DS-04 PRE-14", "no keys", listed(&[])),
        (92, "DS-04 PRE-14", "a key for another", listed(&[0, 1, 2, 2])),
        (93, "DS-04 PRE-13", "a second signed prekey", typed(&[signed, last, signed])),
        (94, "DS-04 PRE-13", "a second last-resort key", typed(&[signed, last, last])),
        (95, "DS-04 PRE-13", "a one-time prekey of id 0", typed(&[one, last])),
        (96, "DS-04 PRE-13", "a one-time KEM prekey of id 1", typed(&[signed, kem])),
        (97, "DS-04 PRE-02", "a one-time prekey of 31 bytes", short),
    ]
}
