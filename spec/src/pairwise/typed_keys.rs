//! Keys with their types, and the ids of accounts and issuers (Identities).

use super::codec::{
    Reader, at_end, finish, read_opaque, read_u16, read_vector, reader, write_opaque,
};
use super::error::{ErrorClass, check};
use super::kdf::ref_hash;
use super::labels::{ACCOUNT, ISSUER};
use super::limits::{MAX_KEY, MAX_KEYS};
use super::suite::{is_signing_type, key_length};
use crate::octets::{Octets, empty, u16_be};
use hacspec_lib::*;

/// A public key (or, in the state, a private one) with its type.
#[derive(Clone, Debug, Default)]
pub struct TypedKey {
    /// Its type.
    pub key_type: u16,
    /// The key.
    pub key: Octets,
}

/// Keys in strictly ascending order of type.
pub type TypedKeys = Seq<TypedKey>;

// ANCHOR: refs
/// The account's id: the hash of its keys.
pub fn account_id(account_keys: &TypedKeys) -> Octets {
    ref_hash(ACCOUNT, &encode_typed_keys(account_keys))
}

/// The issuer's id: the hash of its keys.
pub fn issuer_id(issuer_keys: &TypedKeys) -> Octets {
    ref_hash(ISSUER, &encode_typed_keys(issuer_keys))
}
// ANCHOR_END: refs

/// The key of a type, if the list has it.
pub fn find_key(keys: &TypedKeys, key_type: u16) -> Option<Octets> {
    let mut found = None;
    for i in 0..keys.len() {
        if keys[i].key_type == key_type {
            found = Some(keys[i].key.clone());
        }
    }
    found
}

/// The keys of signing types.
pub fn signing_keys(keys: &TypedKeys) -> TypedKeys {
    let mut found = TypedKeys::new(0);
    for i in 0..keys.len() {
        if is_signing_type(keys[i].key_type) {
            found = found.push(&keys[i]);
        }
    }
    found
}

/// `TypedKey x<V>`.
pub fn encode_typed_keys(keys: &TypedKeys) -> Octets {
    let mut body = empty();
    for i in 0..keys.len() {
        body = body.concat(&u16_be(keys[i].key_type)).concat(&write_opaque(&keys[i].key));
    }
    write_opaque(&body)
}

/// Reads `TypedKey x<V>`: not empty if `wanted`, strictly ascending types (`[ID-01]`), lengths as
/// the known types demand (`[ID-03]`).
pub fn read_typed_keys(r: Reader, wanted: bool) -> Result<(TypedKeys, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut keys = TypedKeys::new(0);
    let mut least = 0u32;
    for _i in 0..MAX_KEYS {
        if !at_end(&inner) {
            let (key_type, rest) = read_u16(inner)?;
            let (key, rest) = read_opaque(rest, MAX_KEY)?;
            let length = key_length(key_type).unwrap_or(key.len());
            check(key.len() == length && key_type as u32 >= least, ErrorClass::Malformed)?;
            least = key_type as u32 + 1;
            keys = keys.push(&TypedKey { key_type, key });
            inner = rest;
        }
    }
    finish(&inner)?;
    check(!wanted || keys.len() > 0, ErrorClass::Malformed)?;
    Ok((keys, r))
}

/// Decodes `TypedKey x<V>`, not empty.
pub fn decode_typed_keys(bytes: &Octets) -> Result<TypedKeys, ErrorClass> {
    let (keys, r) = read_typed_keys(reader(bytes), true)?;
    finish(&r)?;
    Ok(keys)
}
