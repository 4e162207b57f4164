//! Batches and bundles.

mod bundles;
mod refused;

pub use bundles::bundles;

use crate::vector::{Topic, fields, items, must};
use crate::world::{DAY, NOW, World, batch_randomness};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, byte, empty};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::enrolment::check_batch_request;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::identities::encode_credential;
use sceau_spec::pairwise::prekeys::{
    BatchRandomness, KEM_ONE_TIME, Prekey, PrekeyBatchTbs, ProvenPrekey, PublishedBatch,
    decode_published_batch, encode_prekey_batch, encode_prekey_batch_tbs, encode_published_batch,
    prekey_leaf,
};
use sceau_spec::pairwise::suite::hash;

/// The vectors of batches.
pub fn batches(world: &World) -> Topic {
    let mut t = Topic::new("prekey-batch", "PRE-BAT");
    let bob = &world.bob;
    let fresh = must("create", device::create(&bob.enrolment, NOW - DAY));
    for (number, about, one_time, kem, lifetime) in [
        (1, "two one-time keys of either kind", 2, 2, 14 * DAY),
        (2, "no one-time keys, the longest lifetime", 0, 0, 30 * DAY),
        (3, "five one-time prekeys and no KEM prekey", 5, 0, 1),
    ] {
        let random = batch_randomness(&format!("batch {number}"), one_time, kem);
        let (after, published) =
            must(about, device::create_batch(&fresh, lifetime, &random, NOW, &world.policy));
        let encoded = encode_published_batch(&published);
        must("decode", decode_published_batch(&encoded));
        let leaves: Vec<Octets> =
            items(&published.prekeys).iter().map(|p| prekey_leaf(&p.prekey)).collect();
        let ids: Vec<u32> = items(&published.prekeys).iter().map(|p| p.prekey.id).collect();
        let types: Vec<u8> =
            items(&published.prekeys).iter().map(|p| p.prekey.prekey_type).collect();
        t.valid(
            number,
            "PRE-01 PRE-02 PRE-03 PRE-04 PRE-10 ENC-09",
            about,
            fields! {
                operation: "create_batch", identity_sign: bob.enrolment.identity_sign,
                credential: encode_credential(&fresh.account.credential), generation: 1, now: NOW, lifetime: lifetime,
                signed_prekey: random.signed_prekey, kem_last_resort: random.kem_last_resort,
                one_time_prekeys: items(&random.one_time_prekeys), kem_prekeys: items(&random.kem_prekeys),
            },
            fields! { ids: ids, types: types, leaf_hashes: leaves, root: published.batch.tbs.root, tbs: encode_prekey_batch_tbs(&published.batch.tbs) },
            fields! { batch: encode_prekey_batch(&published.batch), published_length: encoded.len(), published_hash: hash(&encoded), last_batch_generation: after.account.last_batch_generation },
        );
    }
    let end = u64::MAX - DAY;
    must("the last second", check_batch_request(end, DAY, 0, 0));
    for (number, about, one_time, kem, now, lifetime) in [
        (10, "a lifetime of 0", 0usize, 0usize, NOW, 0),
        (11, "a lifetime of a second too many", 0, 0, NOW, 30 * DAY + 1),
        (12, "a leaf too many", 1022, 1, NOW, DAY),
        (13, "an expiry that does not fit 64 bits", 0, 0, end + 1, DAY),
    ] {
        let random = BatchRandomness {
            one_time_prekeys: Seq::<Octets>::new(one_time),
            kem_prekeys: Seq::<Octets>::new(kem),
            ..batch_randomness("batch 0", 0, 0)
        };
        let refused = device::create_batch(&fresh, lifetime, &random, now, &world.policy);
        t.refused(number, "PRE-04", about, fields! { operation: "create_batch", one_time: one_time, kem_one_time: kem, now: now, lifetime: lifetime }, refused, ErrorClass::Limit);
    }
    encodings(&mut t, &bob.published);
    t
}

/// Batches that do not decode.
fn encodings(t: &mut Topic, published: &PublishedBatch) {
    let proven = items(&published.prekeys);
    let with = |change: &dyn Fn(&mut PrekeyBatchTbs)| {
        let mut batch = published.batch.clone();
        change(&mut batch.tbs);
        encode_published_batch(&PublishedBatch { batch, ..published.clone() })
    };
    // A batch of another size, with as many keys, whose paths nobody looks at yet.
    let sized = |size: u32| {
        let mut batch = published.batch.clone();
        batch.tbs.size = size;
        let key = |id: u32| match proven.get(id as usize) {
            Some(known) => known.clone(),
            None => {
                ProvenPrekey { prekey: Prekey { id, ..proven[2].prekey.clone() }, path: empty() }
            }
        };
        let prekeys = Seq::from_vec((0..size).map(key).collect());
        encode_published_batch(&PublishedBatch { batch, prekeys })
    };
    let keyed = |at: usize, change: &dyn Fn(&mut Prekey)| {
        let mut changed = published.clone();
        change(&mut changed.prekeys[at].prekey);
        encode_published_batch(&changed)
    };
    let listed = |order: &[usize]| {
        let prekeys = Seq::from_vec(order.iter().map(|i| proven[*i].clone()).collect());
        encode_published_batch(&PublishedBatch { prekeys, ..published.clone() })
    };
    let mut version = with(&|_| {});
    version[0usize] = 1;
    let mut twice = published.clone();
    let signature = twice.batch.signatures[0usize].clone();
    twice.batch.signatures = twice.batch.signatures.push(&signature);
    let malformed = ErrorClass::Malformed;
    must("decode", decode_published_batch(&keyed(0, &|_| {})));
    must("decode", decode_published_batch(&sized(1024)));
    for (number, clauses, about, bytes, class) in [
        (20, "PRE-08", "generation 0", with(&|tbs| tbs.generation = 0), malformed),
        (21, "PRE-08", "a size of 1", sized(1), malformed),
        (22, "PRE-08 LIM-01", "a size of 1,025", sized(1025), malformed),
        (
            23,
            "PRE-13",
            "a root of 31 bytes",
            with(&|tbs| tbs.root = tbs.root.slice(0, 31)),
            malformed,
        ),
        (24, "PRE-03", "two signatures of one type", encode_published_batch(&twice), malformed),
        (25, "ENC-05", "version 1", version, ErrorClass::UnsupportedVersion),
        (
            26,
            "PRE-02",
            "a signed prekey of 31 bytes",
            keyed(0, &|key| key.key = key.key.slice(0, 31)),
            malformed,
        ),
        (
            27,
            "PRE-02",
            "a KEM prekey of 32 bytes",
            keyed(2, &|key| key.prekey_type = KEM_ONE_TIME),
            malformed,
        ),
        (
            28,
            "PRE-02 ENC-05",
            "a prekey of type 5",
            keyed(0, &|key| key.prekey_type = 5),
            malformed,
        ),
        (29, "ENC-02", "a byte behind it", with(&|_| {}).concat(&byte(0)), malformed),
        (30, "PRE-14", "a key twice", listed(&[0, 1, 2, 3, 3]), malformed),
        (31, "PRE-14", "a key is missing", listed(&[0, 1, 3]), malformed),
        (32, "PRE-14", "the last key is missing", listed(&[0, 1, 2]), malformed),
        (33, "PRE-14", "two keys in the other order", listed(&[0, 1, 3, 2]), malformed),
        (34, "PRE-14", "no keys", listed(&[]), malformed),
    ] {
        let read = decode_published_batch(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_published_batch", bytes: bytes },
            read,
            class,
        );
    }
}
