//! Key packages (§10).

use super::crypto::{make_key_package_ref, sign_with_label, verify_with_label};
use super::extensions::read_group_extensions;
use super::known_types::check_known_leaf;
use super::labels::KEY_PACKAGE_TBS;
use super::leaf_node::{
    LeafNode, MLS10, SOURCE_KEY_PACKAGE, encode_leaf_node, read_leaf_node, verify_leaf_node,
};
use super::suite::CipherSuite;
use crate::octets::{Octets, empty, u16_be};
use crate::pairwise::codec::{
    Extensions, Reader, finish, read_opaque, read_u16, reader, write_extensions, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::{MAX_KEY, MAX_SIGNATURE};

/// KeyPackage.
#[derive(Clone, Debug, Default)]
pub struct KeyPackage {
    /// Version.
    pub version: u16,
    /// Cipher suite.
    pub cipher_suite: CipherSuite,
    /// HPKE public key to which a Welcome is encrypted.
    pub init_key: Octets,
    /// The leaf that is to be added.
    pub leaf_node: LeafNode,
    /// Extensions.
    pub extensions: Extensions,
    /// Signature over KeyPackageTBS, by the leaf's signature key.
    pub signature: Octets,
}

// ANCHOR: read_key_package
/// Reads a KeyPackage, wherever one stands: its version is looked at first (`[GRP-17]`).
pub fn read_key_package(r: Reader) -> Result<(KeyPackage, Reader), ErrorClass> {
    let (version, r) = read_u16(r)?;
    check(version == MLS10, ErrorClass::UnsupportedVersion)?;
    let (cipher_suite, r) = read_u16(r)?;
    let (init_key, r) = read_opaque(r, MAX_KEY)?;
    let (leaf_node, r) = read_leaf_node(r)?;
    let (extensions, r) = read_group_extensions(r)?;
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    Ok((KeyPackage { version, cipher_suite, init_key, leaf_node, extensions, signature }, r))
}
// ANCHOR_END: read_key_package

/// Decodes a KeyPackage. A credential of a type that is not known is refused (`[GRP-18]`).
pub fn decode_key_package(bytes: &Octets) -> Result<KeyPackage, ErrorClass> {
    let (key_package, r) = read_key_package(reader(bytes))?;
    finish(&r)?;
    check_known_leaf(&key_package.leaf_node)?;
    Ok(key_package)
}

/// `encode(KeyPackageTBS)`.
pub fn key_package_tbs(key_package: &KeyPackage) -> Octets {
    u16_be(key_package.version)
        .concat(&u16_be(key_package.cipher_suite))
        .concat(&write_opaque(&key_package.init_key))
        .concat(&encode_leaf_node(&key_package.leaf_node))
        .concat(&write_extensions(&key_package.extensions))
}

/// `encode(KeyPackage)`.
pub fn encode_key_package(key_package: &KeyPackage) -> Octets {
    key_package_tbs(key_package).concat(&write_opaque(&key_package.signature))
}

/// KeyPackageRef (§5.2), under the KeyPackage's own suite.
pub fn key_package_ref(key_package: &KeyPackage) -> Octets {
    make_key_package_ref(key_package.cipher_suite, &encode_key_package(key_package))
}

/// The signature of a KeyPackage.
pub fn sign_key_package(private_key: &Octets, key_package: &KeyPackage) -> Octets {
    let tbs = key_package_tbs(key_package);
    sign_with_label(key_package.cipher_suite, private_key, KEY_PACKAGE_TBS, &tbs)
}

// ANCHOR: verify_key_package
/// KeyPackage validation (§10.1) but for the credential, the lifetime and what depends on a group.
/// See also [GRP-17], [GRP-57], [GRP-62], [GRP-63], [GRP-64].
pub fn verify_key_package(
    key_package: &KeyPackage,
    cipher_suite: CipherSuite,
) -> Result<(), ErrorClass> {
    let leaf = &key_package.leaf_node;
    check(key_package.version == MLS10, ErrorClass::UnsupportedVersion)?;
    check(key_package.cipher_suite == cipher_suite, ErrorClass::UnsupportedSuite)?;
    check(leaf.leaf_node_source == SOURCE_KEY_PACKAGE, ErrorClass::Malformed)?;
    verify_leaf_node(cipher_suite, leaf, &empty(), 0)?;
    let tbs = key_package_tbs(key_package);
    let signature = &key_package.signature;
    verify_with_label(cipher_suite, &leaf.signature_key, KEY_PACKAGE_TBS, &tbs, signature)?;
    check(key_package.init_key != leaf.encryption_key, ErrorClass::Malformed)
}
// ANCHOR_END: verify_key_package
