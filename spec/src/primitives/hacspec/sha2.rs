//! SHA-256, SHA-384 and SHA-512 (FIPS 180-4).

use crate::octets::{Octets, u128_be};
use hacspec_lib::*;

/// A word of SHA-256 (FIPS 180-4 §2.2.1).
pub type Word32 = u32;
/// A word of SHA-384 and SHA-512 (FIPS 180-4 §2.2.1).
pub type Word64 = u64;

array!(State32, 8, Word32);
array!(Schedule32, 64, Word32);
array!(State64, 8, Word64);
array!(Schedule64, 80, Word64);

/// The constants K of SHA-256 (FIPS 180-4 §4.2.2).
const K_256: Schedule32 = Schedule32([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/// The constants K of SHA-384 and SHA-512 (FIPS 180-4 §4.2.3).
const K_512: Schedule64 = Schedule64([
    0x428a2f98d728ae22,
    0x7137449123ef65cd,
    0xb5c0fbcfec4d3b2f,
    0xe9b5dba58189dbbc,
    0x3956c25bf348b538,
    0x59f111f1b605d019,
    0x923f82a4af194f9b,
    0xab1c5ed5da6d8118,
    0xd807aa98a3030242,
    0x12835b0145706fbe,
    0x243185be4ee4b28c,
    0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f,
    0x80deb1fe3b1696b1,
    0x9bdc06a725c71235,
    0xc19bf174cf692694,
    0xe49b69c19ef14ad2,
    0xefbe4786384f25e3,
    0x0fc19dc68b8cd5b5,
    0x240ca1cc77ac9c65,
    0x2de92c6f592b0275,
    0x4a7484aa6ea6e483,
    0x5cb0a9dcbd41fbd4,
    0x76f988da831153b5,
    0x983e5152ee66dfab,
    0xa831c66d2db43210,
    0xb00327c898fb213f,
    0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2,
    0xd5a79147930aa725,
    0x06ca6351e003826f,
    0x142929670a0e6e70,
    0x27b70a8546d22ffc,
    0x2e1b21385c26c926,
    0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df,
    0x650a73548baf63de,
    0x766a0abb3c77b2a8,
    0x81c2c92e47edaee6,
    0x92722c851482353b,
    0xa2bfe8a14cf10364,
    0xa81a664bbc423001,
    0xc24b8b70d0f89791,
    0xc76c51a30654be30,
    0xd192e819d6ef5218,
    0xd69906245565a910,
    0xf40e35855771202a,
    0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8,
    0x1e376c085141ab53,
    0x2748774cdf8eeb99,
    0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63,
    0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc,
    0x78a5636f43172f60,
    0x84c87814a1f0ab72,
    0x8cc702081a6439ec,
    0x90befffa23631e28,
    0xa4506cebde82bde9,
    0xbef9a3f7b2c67915,
    0xc67178f2e372532b,
    0xca273eceea26619c,
    0xd186b8c721c0c207,
    0xeada7dd6cde0eb1e,
    0xf57d4f7fee6ed178,
    0x06f067aa72176fba,
    0x0a637dc5a2c898a6,
    0x113f9804bef90dae,
    0x1b710b35131c471b,
    0x28db77f523047d84,
    0x32caab7b40c72493,
    0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6,
    0x597f299cfc657e2a,
    0x5fcb6fab3ad6faec,
    0x6c44198c4a475817,
]);

/// The initial hash value of SHA-256 (FIPS 180-4 §5.3.3).
const H0_256: State32 = State32([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/// The initial hash value of SHA-384 (FIPS 180-4 §5.3.4).
const H0_384: State64 = State64([
    0xcbbb9d5dc1059ed8,
    0x629a292a367cd507,
    0x9159015a3070dd17,
    0x152fecd8f70e5939,
    0x67332667ffc00b31,
    0x8eb44a8768581511,
    0xdb0c2e0d64f98fa7,
    0x47b5481dbefa4fa4,
]);

/// The initial hash value of SHA-512 (FIPS 180-4 §5.3.5).
const H0_512: State64 = State64([
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
]);

/// SHA-256 of a message: 32 bytes (FIPS 180-4 §6.2).
pub fn sha256(message: &Octets) -> Octets {
    let padded = pad(message, 64, 8);
    let mut h = H0_256;
    for i in 0..padded.len() / 64 {
        h = compress_32(h, &padded, 64 * i);
    }
    let mut digest = Octets::new(32);
    for i in 0..8usize {
        let word = h[i];
        for j in 0..4usize {
            digest[4 * i + j] = (word >> (24 - 8 * j)) as u8;
        }
    }
    digest
}

/// SHA-384 of a message: 48 bytes (FIPS 180-4 §6.5).
pub fn sha384(message: &Octets) -> Octets {
    hash_64(H0_384, message).slice(0, 48)
}

/// SHA-512 of a message: 64 bytes (FIPS 180-4 §6.4).
pub fn sha512(message: &Octets) -> Octets {
    hash_64(H0_512, message)
}

/// The message, a one bit, zeros, and the message's length in bits over `length_size` bytes: a
/// multiple of `block_size` bytes (FIPS 180-4 §5.1).
fn pad(message: &Octets, block_size: usize, length_size: usize) -> Octets {
    let blocks = (message.len() + 1 + length_size).div_ceil(block_size);
    let mut padded = Octets::new(blocks * block_size).update_start(message);
    padded[message.len()] = 0x80;
    let length = u128_be(8 * message.len() as u128);
    padded.update(blocks * block_size - length_size, &length.slice(16 - length_size, length_size))
}

/// Ch(x, y, z) of SHA-256 (FIPS 180-4 §4.1.2).
fn ch_32(x: Word32, y: Word32, z: Word32) -> Word32 {
    (x & y) ^ (!x & z)
}

/// Maj(x, y, z) of SHA-256 (FIPS 180-4 §4.1.2).
fn maj_32(x: Word32, y: Word32, z: Word32) -> Word32 {
    (x & y) ^ (x & z) ^ (y & z)
}

/// Σ0 of SHA-256 (FIPS 180-4 §4.1.2).
fn big_sigma0_32(x: Word32) -> Word32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

/// Σ1 of SHA-256 (FIPS 180-4 §4.1.2).
fn big_sigma1_32(x: Word32) -> Word32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

/// σ0 of SHA-256 (FIPS 180-4 §4.1.2).
fn small_sigma0_32(x: Word32) -> Word32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

/// σ1 of SHA-256 (FIPS 180-4 §4.1.2).
fn small_sigma1_32(x: Word32) -> Word32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}

/// The message schedule of the block of 64 bytes at `start` (FIPS 180-4 §6.2.2 step 1).
fn schedule_32(padded: &Octets, start: usize) -> Schedule32 {
    let mut w = Schedule32::new();
    for t in 0..16usize {
        let mut word = 0;
        for j in 0..4usize {
            word = (word << 8) | padded[start + 4 * t + j] as Word32;
        }
        w[t] = word;
    }
    for t in 16..64usize {
        w[t] = small_sigma1_32(w[t - 2])
            .wrapping_add(w[t - 7])
            .wrapping_add(small_sigma0_32(w[t - 15]))
            .wrapping_add(w[t - 16]);
    }
    w
}

/// The next hash value after the block of 64 bytes at `start` (FIPS 180-4 §6.2.2).
fn compress_32(hash: State32, padded: &Octets, start: usize) -> State32 {
    let w = schedule_32(padded, start);
    let (mut a, mut b, mut c, mut d) = (hash[0usize], hash[1usize], hash[2usize], hash[3usize]);
    let (mut e, mut f, mut g, mut h) = (hash[4usize], hash[5usize], hash[6usize], hash[7usize]);
    for t in 0..64usize {
        let t1 = h
            .wrapping_add(big_sigma1_32(e))
            .wrapping_add(ch_32(e, f, g))
            .wrapping_add(K_256[t])
            .wrapping_add(w[t]);
        let t2 = big_sigma0_32(a).wrapping_add(maj_32(a, b, c));
        h = g;
        g = f;
        f = e;
        e = d.wrapping_add(t1);
        d = c;
        c = b;
        b = a;
        a = t1.wrapping_add(t2);
    }
    State32([
        hash[0usize].wrapping_add(a),
        hash[1usize].wrapping_add(b),
        hash[2usize].wrapping_add(c),
        hash[3usize].wrapping_add(d),
        hash[4usize].wrapping_add(e),
        hash[5usize].wrapping_add(f),
        hash[6usize].wrapping_add(g),
        hash[7usize].wrapping_add(h),
    ])
}

/// The computation that SHA-384 and SHA-512 share: 64 bytes (FIPS 180-4 §6.4).
fn hash_64(initial: State64, message: &Octets) -> Octets {
    let padded = pad(message, 128, 16);
    let mut h = initial;
    for i in 0..padded.len() / 128 {
        h = compress_64(h, &padded, 128 * i);
    }
    let mut digest = Octets::new(64);
    for i in 0..8usize {
        let word = h[i];
        for j in 0..8usize {
            digest[8 * i + j] = (word >> (56 - 8 * j)) as u8;
        }
    }
    digest
}

/// Ch(x, y, z) of SHA-512 (FIPS 180-4 §4.1.3).
fn ch_64(x: Word64, y: Word64, z: Word64) -> Word64 {
    (x & y) ^ (!x & z)
}

/// Maj(x, y, z) of SHA-512 (FIPS 180-4 §4.1.3).
fn maj_64(x: Word64, y: Word64, z: Word64) -> Word64 {
    (x & y) ^ (x & z) ^ (y & z)
}

/// Σ0 of SHA-512 (FIPS 180-4 §4.1.3).
fn big_sigma0_64(x: Word64) -> Word64 {
    x.rotate_right(28) ^ x.rotate_right(34) ^ x.rotate_right(39)
}

/// Σ1 of SHA-512 (FIPS 180-4 §4.1.3).
fn big_sigma1_64(x: Word64) -> Word64 {
    x.rotate_right(14) ^ x.rotate_right(18) ^ x.rotate_right(41)
}

/// σ0 of SHA-512 (FIPS 180-4 §4.1.3).
fn small_sigma0_64(x: Word64) -> Word64 {
    x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7)
}

/// σ1 of SHA-512 (FIPS 180-4 §4.1.3).
fn small_sigma1_64(x: Word64) -> Word64 {
    x.rotate_right(19) ^ x.rotate_right(61) ^ (x >> 6)
}

/// The message schedule of the block of 128 bytes at `start` (FIPS 180-4 §6.4.2 step 1).
fn schedule_64(padded: &Octets, start: usize) -> Schedule64 {
    let mut w = Schedule64::new();
    for t in 0..16usize {
        let mut word = 0;
        for j in 0..8usize {
            word = (word << 8) | padded[start + 8 * t + j] as Word64;
        }
        w[t] = word;
    }
    for t in 16..80usize {
        w[t] = small_sigma1_64(w[t - 2])
            .wrapping_add(w[t - 7])
            .wrapping_add(small_sigma0_64(w[t - 15]))
            .wrapping_add(w[t - 16]);
    }
    w
}

/// The next hash value after the block of 128 bytes at `start` (FIPS 180-4 §6.4.2).
fn compress_64(hash: State64, padded: &Octets, start: usize) -> State64 {
    let w = schedule_64(padded, start);
    let (mut a, mut b, mut c, mut d) = (hash[0usize], hash[1usize], hash[2usize], hash[3usize]);
    let (mut e, mut f, mut g, mut h) = (hash[4usize], hash[5usize], hash[6usize], hash[7usize]);
    for t in 0..80usize {
        let t1 = h
            .wrapping_add(big_sigma1_64(e))
            .wrapping_add(ch_64(e, f, g))
            .wrapping_add(K_512[t])
            .wrapping_add(w[t]);
        let t2 = big_sigma0_64(a).wrapping_add(maj_64(a, b, c));
        h = g;
        g = f;
        f = e;
        e = d.wrapping_add(t1);
        d = c;
        c = b;
        b = a;
        a = t1.wrapping_add(t2);
    }
    State64([
        hash[0usize].wrapping_add(a),
        hash[1usize].wrapping_add(b),
        hash[2usize].wrapping_add(c),
        hash[3usize].wrapping_add(d),
        hash[4usize].wrapping_add(e),
        hash[5usize].wrapping_add(f),
        hash[6usize].wrapping_add(g),
        hash[7usize].wrapping_add(h),
    ])
}
