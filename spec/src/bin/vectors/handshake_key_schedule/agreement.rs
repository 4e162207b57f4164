//! The key agreement and the KEM, alone.

use crate::vector::{Topic, fields, must};
use crate::world::World;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::suite::{
    check_kem_key, dh, dh_public_key, hash, kem_decaps, kem_encaps, kem_public_key,
};

/// `DH` on public keys that few libraries agree about.
pub fn agreement(t: &mut Topic) {
    let private_key = t.draw(50, "private_key", 32);
    let public_key = dh_public_key(&t.draw(50, "peer", 32));
    let mut top_bit = public_key.clone();
    top_bit[31usize] |= 0x80;
    // 2^255 - 19 + 9 is 9, the base point.
    let mut above = Octets::from_vec(vec![0xff; 32]);
    above[0usize] = 0xf6;
    above[31usize] = 0x7f;
    let shared = must("dh", dh(&private_key, &public_key));
    assert_eq!(must("dh", dh(&private_key, &top_bit)), shared);
    assert_eq!(must("dh", dh(&private_key, &above)), dh_public_key(&private_key));
    let cases = [
        (50, "a public key", &public_key),
        (51, "the same with the top bit set", &top_bit),
        (52, "a public key above the prime: the base point, not reduced", &above),
    ];
    for (number, description, public_key) in cases {
        t.valid(
            number,
            "SUI-02",
            description,
            fields! { operation: "dh", private_key: private_key, public_key: public_key },
            fields! {},
            fields! { shared_secret: must("dh", dh(&private_key, public_key)) },
        );
    }
    // The points of small order of curve and twist, and what is equal to them above the prime.
    let low = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
    ];
    for (number, point) in (60..).zip(low) {
        let public_key = Octets::from_hex(point);
        t.refused(
            number,
            "SUI-01",
            "a public key of small order",
            fields! { operation: "dh", private_key: private_key, public_key: public_key },
            dh(&private_key, &public_key),
            ErrorClass::LowOrder,
        );
    }
}

/// The KEM's checks and its implicit rejection.
pub fn kem(t: &mut Topic, world: &World) {
    let seed = world.bob.prekey(1).private_key;
    let m = t.draw(70, "kem_encapsulation", 32);
    let public_key = kem_public_key(&seed);
    let (ciphertext, shared) = must("kem_encaps", kem_encaps(&public_key, &m));
    t.valid(
        70,
        "SUI-03 SUI-04",
        "encapsulation, and decapsulation with the seed",
        fields! { operation: "kem", seed: seed, kem_encapsulation: m },
        fields! { encapsulation_key_hash: hash(&public_key) },
        fields! { ciphertext: ciphertext, shared_secret: shared },
    );
    let mut wrong = ciphertext.clone();
    wrong[0usize] ^= 1;
    let rejected = must("kem_decaps", kem_decaps(&seed, &wrong));
    assert!(rejected != shared);
    t.valid(
        71,
        "SUI-04",
        "a ciphertext with a wrong bit: the secret of the implicit rejection",
        fields! { operation: "kem_decaps", seed: seed, ciphertext: wrong },
        fields! {},
        fields! { shared_secret: rejected },
    );
    let short = ciphertext.slice(0, 1087);
    t.refused(
        72,
        "SUI-03",
        "a ciphertext of 1,087 bytes",
        fields! { operation: "kem_decaps", seed: seed, ciphertext: short },
        kem_decaps(&seed, &short),
        ErrorClass::Malformed,
    );
    let mut large = public_key.clone();
    large[0usize] = 0xff;
    large[1usize] |= 0x0f;
    for (number, description, key) in [
        (73, "a coefficient above the modulus", large),
        (74, "an encapsulation key of 1,183 bytes", public_key.slice(0, 1183)),
    ] {
        t.refused(
            number,
            "SUI-03",
            description,
            fields! { operation: "check_kem_key", encapsulation_key: key },
            check_kem_key(&key),
            ErrorClass::Malformed,
        );
    }
}
