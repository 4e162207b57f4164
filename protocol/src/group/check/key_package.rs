//! Key package validation (RFC 9420 §10.1).

use super::{LeafPlace, LeafRules, check_no_duplicate_extensions};
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::types::{KeyPackage, MLS10};

/// All checks of §10.1.
pub(crate) fn verify_key_package(
    crypto: &Crypto,
    rules: &LeafRules<'_>,
    key_package: &KeyPackage,
) -> Result<(), Error> {
    check_version_and_suite(crypto, key_package)?;
    check_init_key(crypto, key_package)?;
    check_no_duplicate_extensions(&key_package.extensions)?;
    rules.verify(&key_package.leaf_node, LeafPlace::KeyPackage, None)?;
    check_signature(crypto, key_package)
}

/// `GRP-62`, §10.1: "the cipher suite and protocol version of the KeyPackage match those in the GroupContext".
fn check_version_and_suite(crypto: &Crypto, key_package: &KeyPackage) -> Result<(), Error> {
    Check::KeyPackageVersion.require(key_package.version == MLS10)?;
    Check::KeyPackageSuite.require(key_package.cipher_suite == crypto.suite().to_u16())
}

/// `GRP-64`, `GRP-13`, §10 and §10.1: the init key is a key of the suite, and not the encryption key.
fn check_init_key(crypto: &Crypto, key_package: &KeyPackage) -> Result<(), Error> {
    let valid = key_package.init_key != key_package.leaf_node.encryption_key
        && crypto.check_public_key(&key_package.init_key)?;
    Check::KeyPackageInitKey.require(valid)
}

/// `GRP-63`, §10.1: the signature verifies with the leaf's signature key.
fn check_signature(crypto: &Crypto, key_package: &KeyPackage) -> Result<(), Error> {
    let key = &key_package.leaf_node.signature_key;
    let tbs = key_package.tbs();
    let valid = crypto.verify(key, labels::KEY_PACKAGE, &tbs, &key_package.signature)?;
    Check::KeyPackageSignature.require(valid)
}
