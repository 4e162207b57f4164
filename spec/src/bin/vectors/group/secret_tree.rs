//! The secret tree and its ratchets.

use super::SUITES;
use crate::vector::{Fields, Topic, fields, must};
use sceau_spec::group::hash_ratchet::{HashRatchet, hash_ratchet, ratchet_key_of};
use sceau_spec::group::private_message::{guarded_nonce, sender_data_key_and_nonce};
use sceau_spec::group::secret_tree::{
    leaf_secret, next_ratchet_secret, ratchet_key_and_nonce, ratchet_roots,
};
use sceau_spec::group::suite::{CipherSuite, NN, nh};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;

/// Limits of a ratchet in these vectors: the defaults.
const MAX_SKIP: u32 = 1000;
const MAX_KEPT: usize = 2000;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-secret-tree", "GRP-ST");
    for (base, suite) in SUITES {
        let sizes = [(1, vec![0]), (2, vec![0, 1]), (8, vec![0, 3, 6, 7]), (1 << 16, vec![40_000])];
        for (i, (n, leaves)) in sizes.into_iter().enumerate() {
            let number = base + i as u32;
            let secret = t.draw(number, "encryption_secret", nh(suite));
            let senders: Vec<Fields> =
                leaves.iter().map(|leaf| sender(suite, &secret, *leaf, n)).collect();
            t.valid(
                number,
                "GRP-10 GRP-19",
                &format!("leaves of a secret tree of {n}, with three generations of each ratchet"),
                fields! { operation: "secret_tree", cipher_suite: suite,
                encryption_secret: secret, leaves: n },
                fields! {},
                fields! { senders: senders },
            );
        }
        sender_data(&mut t, base + 10, suite);
        ratchet(&mut t, base + 20, suite);
    }
    t
}

/// The secrets of a sender, and of three generations of both ratchets.
fn sender(suite: CipherSuite, encryption_secret: &Octets, leaf: u32, n: u32) -> Fields {
    let secret = leaf_secret(suite, encryption_secret, leaf, n);
    let roots = ratchet_roots(suite, &secret);
    fields! {
        leaf: leaf,
        tree_node_secret: secret,
        handshake: generations(suite, &roots.handshake),
        application: generations(suite, &roots.application),
    }
}

fn generations(suite: CipherSuite, first: &Octets) -> Vec<Fields> {
    let mut secret = first.clone();
    let mut out = Vec::new();
    for generation in 0..3 {
        let keys = ratchet_key_and_nonce(suite, &secret, generation);
        out.push(fields! { generation: generation, ratchet_secret: secret, key: keys.key,
        nonce: keys.nonce });
        secret = next_ratchet_secret(suite, &secret, generation);
    }
    out
}

fn sender_data(t: &mut Topic, base: u32, suite: CipherSuite) {
    let secret = t.draw(base, "sender_data_secret", nh(suite));
    for (i, length) in [0, nh(suite) - 1, nh(suite), 100].into_iter().enumerate() {
        let number = base + i as u32;
        let ciphertext = t.draw(number, "ciphertext", length);
        let keys = sender_data_key_and_nonce(suite, &secret, &ciphertext);
        t.valid(
            number,
            "GRP-10 GRP-19",
            &format!("sender data key and nonce, from a ciphertext of {length} bytes"),
            fields! { operation: "sender_data_keys", cipher_suite: suite,
            sender_data_secret: secret, ciphertext: ciphertext },
            fields! {},
            fields! { key: keys.key, nonce: keys.nonce },
        );
    }
    let (nonce, guard) = (t.draw(base + 5, "nonce", NN), t.draw(base + 5, "reuse_guard", 4));
    t.valid(
        base + 5,
        "GRP-41",
        "a nonce under a reuse guard",
        fields! { operation: "guarded_nonce", cipher_suite: suite, nonce: nonce,
        reuse_guard: guard },
        fields! {},
        fields! { guarded_nonce: guarded_nonce(&nonce, &guard) },
    );
}

/// Generations that are taken in this order, each with its key.
fn taken(suite: CipherSuite, first: &Octets, order: &[u32]) -> (HashRatchet, Vec<Fields>) {
    let mut at = hash_ratchet(first);
    let mut out = Vec::new();
    for generation in order {
        let found = ratchet_key_of(suite, &at, *generation, MAX_SKIP, MAX_KEPT);
        let (keys, next) = must("generation", found);
        out.push(fields! { generation: *generation, key: keys.key, nonce: keys.nonce });
        at = next;
    }
    (at, out)
}

fn ratchet(t: &mut Topic, base: u32, suite: CipherSuite) {
    let first = t.draw(base, "ratchet_secret", nh(suite));
    let input = |order: &[u32]| {
        fields! { operation: "ratchet", cipher_suite: suite, ratchet_secret: first,
        generations: order.to_vec() }
    };
    let orders: [&[u32]; 3] = [&[0, 1, 2], &[3, 1, 0, 2, 4], &[1000]];
    for (i, order) in orders.into_iter().enumerate() {
        let (_, keys) = taken(suite, &first, order);
        t.valid(
            base + i as u32,
            "GRP-44",
            ["generations in order", "generations out of order", "the furthest ahead"][i],
            input(order),
            fields! {},
            fields! { keys: keys },
        );
    }
    let refused: [(&str, &[u32], u32, ErrorClass); 4] = [
        ("one generation too far ahead", &[], 1001, ErrorClass::TooFar),
        ("one too far ahead of a later ratchet", &[5], 1007, ErrorClass::TooFar),
        ("a generation that is used", &[0, 1], 1, ErrorClass::Duplicate),
        ("a generation that was passed over and then used", &[2, 0], 0, ErrorClass::Duplicate),
    ];
    for (i, (about, order, last, class)) in refused.into_iter().enumerate() {
        let (at, _) = taken(suite, &first, order);
        let all: Vec<u32> = order.iter().copied().chain([last]).collect();
        t.refused(
            base + 5 + i as u32,
            if class == ErrorClass::Duplicate { "GRP-44 GRP-45" } else { "GRP-44" },
            &format!("{about}: the last of these"),
            input(&all),
            ratchet_key_of(suite, &at, last, MAX_SKIP, MAX_KEPT),
            class,
        );
    }
}
