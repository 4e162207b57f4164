//! Prekeys and their batches (Prekeys): encodings, making and verifying a batch.

use super::codec::{
    Extensions, Reader, at_end, finish, read_extensions, read_opaque, read_opaque_of, read_u8,
    read_u16, read_u32, read_u64, read_vector, reader, write_extensions, write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::kdf::{sign_with_label, verify_with_label};
use super::labels::PREKEY_BATCH;
use super::limits::{MAX_BATCH_KEYS, MAX_KEY, MAX_KEYS, MAX_SIGNATURE};
use super::merkle::{Leaves, leaf_hash, merkle_path, merkle_root, verify_path};
use super::suite::{
    ED25519, NEK, NH, NPK, dh_public_key, is_known_type, is_signing_type, kem_public_key,
};
use super::typed_keys::TypedKeys;
use crate::octets::{Octets, byte, empty, u16_be, u32_be, u64_be};
use hacspec_lib::*;

/// A prekey that serves as the responder's first ratchet key.
pub const SIGNED: u8 = 1;
/// A prekey for one handshake.
pub const ONE_TIME: u8 = 2;
/// A KEM prekey for one handshake.
pub const KEM_ONE_TIME: u8 = 3;
/// The KEM prekey for when there is no other.
pub const KEM_LAST_RESORT: u8 = 4;

/// `Prekey`.
#[derive(Clone, Debug, Default)]
pub struct Prekey {
    /// Its type.
    pub prekey_type: u8,
    /// Its index among the leaves of its batch.
    pub id: u32,
    /// The public key.
    pub key: Octets,
}

/// A prekey's private part, as the state keeps it.
#[derive(Clone, Debug, Default)]
pub struct PrivatePrekey {
    /// Its type.
    pub prekey_type: u8,
    /// Its index among the leaves of its batch.
    pub id: u32,
    /// Private key, or seed of a KEM key.
    pub private_key: Octets,
}

/// The private parts of a batch's prekeys.
pub type PrivatePrekeys = Seq<PrivatePrekey>;

/// `TypedSignature`.
#[derive(Clone, Debug, Default)]
pub struct TypedSignature {
    /// Type of the key that signed.
    pub key_type: u16,
    /// The signature.
    pub signature: Octets,
}

/// `TypedSignature x<V>`.
pub type TypedSignatures = Seq<TypedSignature>;

/// `PrekeyBatchTBS`.
#[derive(Clone, Debug, Default)]
pub struct PrekeyBatchTbs {
    /// The suite of the keys.
    pub suite: u16,
    /// Credential of the device that publishes.
    pub credential_ref: Octets,
    /// Number of the batch, from 1.
    pub generation: u32,
    /// Valid from, seconds.
    pub not_before: u64,
    /// Valid until, seconds.
    pub expiry: u64,
    /// Number of leaves.
    pub size: u32,
    /// The root over them.
    pub root: Octets,
    /// Extensions.
    pub extensions: Extensions,
}

/// `PrekeyBatch`.
#[derive(Clone, Debug, Default)]
pub struct PrekeyBatch {
    /// What is signed.
    pub tbs: PrekeyBatchTbs,
    /// The signatures, in strictly ascending order of type.
    pub signatures: TypedSignatures,
}

/// `ProvenPrekey`.
#[derive(Clone, Debug, Default)]
pub struct ProvenPrekey {
    /// The key.
    pub prekey: Prekey,
    /// Its path to the root.
    pub path: Octets,
}

/// `PublishedBatch`.
#[derive(Clone, Debug, Default)]
pub struct PublishedBatch {
    /// The batch.
    pub batch: PrekeyBatch,
    /// Its keys.
    pub prekeys: Seq<ProvenPrekey>,
}

/// `encode(Prekey)`.
pub fn encode_prekey(prekey: &Prekey) -> Octets {
    byte(prekey.prekey_type).concat(&u32_be(prekey.id)).concat(&write_opaque(&prekey.key))
}

/// Reads a `Prekey`: a known type, with a key of its length (`[PRE-02]`).
pub fn read_prekey(r: Reader) -> Result<(Prekey, Reader), ErrorClass> {
    let (prekey_type, r) = read_u8(r)?;
    let (id, r) = read_u32(r)?;
    let length = match prekey_type {
        SIGNED | ONE_TIME => Ok(NPK),
        KEM_ONE_TIME | KEM_LAST_RESORT => Ok(NEK),
        _ => Err(ErrorClass::Malformed),
    }?;
    let (key, r) = read_opaque_of(r, length)?;
    Ok((Prekey { prekey_type, id, key }, r))
}

/// `encode(ProvenPrekey)`.
pub fn encode_proven_prekey(proven: &ProvenPrekey) -> Octets {
    encode_prekey(&proven.prekey).concat(&write_opaque(&proven.path))
}

/// Reads a `ProvenPrekey`.
pub fn read_proven_prekey(r: Reader) -> Result<(ProvenPrekey, Reader), ErrorClass> {
    let (prekey, r) = read_prekey(r)?;
    let (path, r) = read_opaque(r, MAX_KEY)?;
    Ok((ProvenPrekey { prekey, path }, r))
}

/// `encode(PrekeyBatchTBS)`.
pub fn encode_prekey_batch_tbs(tbs: &PrekeyBatchTbs) -> Octets {
    byte(0)
        .concat(&u16_be(tbs.suite))
        .concat(&write_opaque(&tbs.credential_ref))
        .concat(&u32_be(tbs.generation))
        .concat(&u64_be(tbs.not_before))
        .concat(&u64_be(tbs.expiry))
        .concat(&u32_be(tbs.size))
        .concat(&write_opaque(&tbs.root))
        .concat(&write_extensions(&tbs.extensions))
}

/// `encode(TypedSignature)`.
pub fn encode_typed_signature(signature: &TypedSignature) -> Octets {
    u16_be(signature.key_type).concat(&write_opaque(&signature.signature))
}

/// `TypedSignature signatures<V>`.
pub fn encode_signatures(signatures: &TypedSignatures) -> Octets {
    let mut body = empty();
    for i in 0..signatures.len() {
        body = body.concat(&encode_typed_signature(&signatures[i]));
    }
    write_opaque(&body)
}

/// `encode(PrekeyBatch)`.
pub fn encode_prekey_batch(batch: &PrekeyBatch) -> Octets {
    encode_prekey_batch_tbs(&batch.tbs).concat(&encode_signatures(&batch.signatures))
}

/// Reads a `TypedSignature`.
pub fn read_typed_signature(r: Reader) -> Result<(TypedSignature, Reader), ErrorClass> {
    let (key_type, r) = read_u16(r)?;
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    Ok((TypedSignature { key_type, signature }, r))
}

/// Reads signatures, in strictly ascending order of type (`[PRE-03]`).
pub fn read_signatures(r: Reader) -> Result<(TypedSignatures, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut signatures = TypedSignatures::new(0);
    let mut least = 0u32;
    for _i in 0..MAX_KEYS {
        if !at_end(&inner) {
            let (signature, rest) = read_typed_signature(inner)?;
            check(signature.key_type as u32 >= least, ErrorClass::Malformed)?;
            least = signature.key_type as u32 + 1;
            signatures = signatures.push(&signature);
            inner = rest;
        }
    }
    finish(&inner)?;
    Ok((signatures, r))
}

/// Reads a `PrekeyBatchTBS`.
pub fn read_prekey_batch_tbs(r: Reader) -> Result<(PrekeyBatchTbs, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (suite, r) = read_u16(r)?;
    let (credential_ref, r) = read_opaque_of(r, NH)?;
    let (generation, r) = read_u32(r)?;
    let (not_before, r) = read_u64(r)?;
    let (expiry, r) = read_u64(r)?;
    let (size, r) = read_u32(r)?;
    let (root, r) = read_opaque_of(r, NH)?;
    let (extensions, r) = read_extensions(r)?;
    let sized = size >= 2 && size <= MAX_BATCH_KEYS;
    check(generation > 0 && sized, ErrorClass::Malformed)?;
    let tbs = PrekeyBatchTbs {
        suite,
        credential_ref,
        generation,
        not_before,
        expiry,
        size,
        root,
        extensions,
    };
    Ok((tbs, r))
}

/// Reads a `PrekeyBatch`.
pub fn read_prekey_batch(r: Reader) -> Result<(PrekeyBatch, Reader), ErrorClass> {
    let (tbs, r) = read_prekey_batch_tbs(r)?;
    let (signatures, r) = read_signatures(r)?;
    Ok((PrekeyBatch { tbs, signatures }, r))
}

/// `encode(PublishedBatch)`.
pub fn encode_published_batch(published: &PublishedBatch) -> Octets {
    let mut prekeys = empty();
    for i in 0..published.prekeys.len() {
        prekeys = prekeys.concat_owned(encode_proven_prekey(&published.prekeys[i]));
    }
    encode_prekey_batch(&published.batch).concat(&write_opaque(&prekeys))
}

// ANCHOR: published_batch
/// Whether each key of a batch is there once, in ascending order of id (`[PRE-14]`).
fn each_once(published: &PublishedBatch) -> bool {
    let mut complete = published.prekeys.len() == published.batch.tbs.size as usize;
    for i in 0..published.prekeys.len() {
        complete = complete && published.prekeys[i].prekey.id == i as u32;
    }
    complete
}

/// Reads a `PublishedBatch`.
pub fn read_published_batch(r: Reader) -> Result<(PublishedBatch, Reader), ErrorClass> {
    let (batch, r) = read_prekey_batch(r)?;
    let (mut inner, r) = read_vector(r)?;
    let mut prekeys = Seq::<ProvenPrekey>::new(0);
    for _i in 0..MAX_BATCH_KEYS {
        if !at_end(&inner) {
            let (proven, rest) = read_proven_prekey(inner)?;
            prekeys = prekeys.push(&proven);
            inner = rest;
        }
    }
    finish(&inner)?;
    let published = PublishedBatch { batch, prekeys };
    check(each_once(&published), ErrorClass::Malformed)?;
    Ok((published, r))
}
// ANCHOR_END: published_batch

/// Decodes a `PublishedBatch`.
pub fn decode_published_batch(bytes: &Octets) -> Result<PublishedBatch, ErrorClass> {
    let (published, r) = read_published_batch(reader(bytes))?;
    finish(&r)?;
    Ok(published)
}

// ANCHOR: id_fits
/// Whether a key's id is one that its type may have (`[PRE-13]`).
pub fn id_fits(prekey: &Prekey) -> bool {
    match prekey.prekey_type {
        SIGNED => prekey.id == 0,
        KEM_LAST_RESORT => prekey.id == 1,
        _ => prekey.id > 1,
    }
}
// ANCHOR_END: id_fits

/// The public part of a prekey.
pub fn public_prekey(private: &PrivatePrekey) -> Prekey {
    let key = match private.prekey_type {
        SIGNED | ONE_TIME => dh_public_key(&private.private_key),
        _ => kem_public_key(&private.private_key),
    };
    Prekey { prekey_type: private.prekey_type, id: private.id, key }
}

/// The hash of a prekey as a leaf.
pub fn prekey_leaf(prekey: &Prekey) -> Octets {
    leaf_hash(&encode_prekey(prekey))
}

/// Random bytes of `create_batch`.
#[derive(Clone, Debug, Default)]
pub struct BatchRandomness {
    /// `signed_prekey`.
    pub signed_prekey: Octets,
    /// `kem_last_resort`.
    pub kem_last_resort: Octets,
    /// `one_time_prekey.i`.
    pub one_time_prekeys: Seq<Octets>,
    /// `kem_prekey.i`.
    pub kem_prekeys: Seq<Octets>,
}

// ANCHOR: batch_keys
/// The private keys of a batch in the order of its leaves (`[PRE-01]`).
pub fn batch_keys(random: &BatchRandomness) -> PrivatePrekeys {
    let mut keys = PrivatePrekeys::new(0);
    let signed = random.signed_prekey.clone();
    keys = keys.push(&PrivatePrekey { prekey_type: SIGNED, id: 0, private_key: signed });
    let last = random.kem_last_resort.clone();
    keys = keys.push(&PrivatePrekey { prekey_type: KEM_LAST_RESORT, id: 1, private_key: last });
    for i in 0..random.one_time_prekeys.len() {
        let private_key = random.one_time_prekeys[i].clone();
        let id = keys.len() as u32;
        keys = keys.push(&PrivatePrekey { prekey_type: ONE_TIME, id, private_key });
    }
    for i in 0..random.kem_prekeys.len() {
        let private_key = random.kem_prekeys[i].clone();
        let id = keys.len() as u32;
        keys = keys.push(&PrivatePrekey { prekey_type: KEM_ONE_TIME, id, private_key });
    }
    keys
}
// ANCHOR_END: batch_keys

/// Signs a batch.
pub fn sign_batch(tbs: PrekeyBatchTbs, identity_sign: &Octets) -> PrekeyBatch {
    let signature = sign_with_label(identity_sign, PREKEY_BATCH, &encode_prekey_batch_tbs(&tbs));
    let signatures = TypedSignatures::new(0);
    PrekeyBatch {
        tbs,
        signatures: signatures.push(&TypedSignature { key_type: ED25519, signature }),
    }
}

/// Puts a batch together: the tree over public prekeys, its signature, each key with its path.
pub fn publish_batch(
    prekeys: &Seq<Prekey>,
    suite: u16,
    credential_ref: &Octets,
    generation: u32,
    not_before: u64,
    expiry: u64,
    identity_sign: &Octets,
) -> PublishedBatch {
    let mut leaves = Leaves::new(0);
    for i in 0..prekeys.len() {
        leaves = leaves.push(&prekey_leaf(&prekeys[i]));
    }
    let mut proven = Seq::<ProvenPrekey>::new(0);
    for i in 0..prekeys.len() {
        let path = merkle_path(&leaves, i);
        proven = proven.push(&ProvenPrekey { prekey: prekeys[i].clone(), path });
    }
    let tbs = PrekeyBatchTbs {
        suite,
        credential_ref: credential_ref.clone(),
        generation,
        not_before,
        expiry,
        size: prekeys.len() as u32,
        root: merkle_root(&leaves),
        extensions: Extensions::new(0),
    };
    PublishedBatch { batch: sign_batch(tbs, identity_sign), prekeys: proven }
}

// ANCHOR: batch_signed
/// Whether every signing identity key of a known type has signed, and there is one.
pub fn signed_by_all(
    signatures: &TypedSignatures,
    identity_keys: &TypedKeys,
    label: &str,
    content: &Octets,
) -> bool {
    let mut known = 0usize;
    let mut signed = 0usize;
    for i in 0..identity_keys.len() {
        let key_type = identity_keys[i].key_type;
        if is_known_type(key_type) && is_signing_type(key_type) {
            known += 1;
            for j in 0..signatures.len() {
                let signature = signatures[j].signature.clone();
                if signatures[j].key_type == key_type
                    && verify_with_label(&identity_keys[i].key, label, content, &signature)
                {
                    signed += 1;
                }
            }
        }
    }
    known > 0 && known == signed
}

/// Whether every signing identity key of a known type has signed the batch (`[PRE-03]`).
pub fn batch_signed(batch: &PrekeyBatch, identity_keys: &TypedKeys) -> bool {
    let content = encode_prekey_batch_tbs(&batch.tbs);
    signed_by_all(&batch.signatures, identity_keys, PREKEY_BATCH, &content)
}
// ANCHOR_END: batch_signed

/// Whether a prekey stands in its batch, its id taken as the index (`[PRE-10]`).
pub fn in_batch(proven: &ProvenPrekey, batch: &PrekeyBatch) -> bool {
    let leaf = prekey_leaf(&proven.prekey);
    verify_path(&leaf, proven.prekey.id, batch.tbs.size, &proven.path, &batch.tbs.root)
}
