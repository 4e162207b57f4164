//! Key packages of one's own (RFC 9420 §10).

use super::identity::{LeafParams, SigningIdentity};
use crate::codec::{Decode, Reader, Wire, Writer};
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret};
use crate::error::{Error, Malformed, Misuse};
use crate::group::check::check_leaf_size;
use crate::group::crypto::Crypto;
use crate::group::suite::CipherSuite;
use crate::group::types::{
    Extension, KeyPackage, LeafNode, LeafNodeSource, MLS10, grease, leaf_node_tbs,
};
use crate::limits::MAX_KEY;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A key package with its private keys: kept until a Welcome for it was used, or, a last-resort one, until
/// it is replaced.
#[derive(Debug)]
pub struct OwnKeyPackage {
    key_package: KeyPackage,
    reference: Vec<u8>,
    pub(crate) init_key: Secret,
    pub(crate) encryption_key: Secret,
    identity: SigningIdentity,
}

impl OwnKeyPackage {
    /// Makes a key package, whose own extensions its leaf lists (`GRP-97`). Draws: GREASE (five of 1 byte), the init key and the
    /// leaf's key.
    ///
    /// # Errors
    /// [`Error::Provider`]; [`Check::LeafSize`](crate::group::Check::LeafSize) for a leaf that is too long (`GRP-37`).
    pub fn generate(
        suite: CipherSuite,
        identity: &SigningIdentity,
        params: &LeafParams,
        mut extensions: Vec<Extension>,
        provider: &Provider,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let crypto = Crypto::new(provider, suite);
        let (mut capabilities, leaf_extensions) = params.draw(rng);
        if params.grease {
            let value = grease(rng);
            if extensions.iter().all(|e| e.extension_type != value) {
                extensions.push(Extension::new(value, Vec::new()));
            }
        }
        // §10: "Extensions included in the `extensions` [...] MUST be included in the `leaf_node.capabilities`
        // field".
        for extension in &extensions {
            if !capabilities.supports_extension(extension.extension_type) {
                capabilities.extensions.push(extension.extension_type);
            }
        }
        let init = crypto.generate_key_pair(rng)?;
        let leaf = crypto.generate_key_pair(rng)?;
        let mut leaf_node = LeafNode {
            encryption_key: leaf.public,
            signature_key: identity.signature_key().to_vec(),
            credential: identity.credential().clone(),
            capabilities,
            source: LeafNodeSource::KeyPackage(params.lifetime),
            extensions: leaf_extensions,
            signature: Vec::new(),
        };
        sign_leaf_node(&crypto, identity, &mut leaf_node, &[], 0)?;
        let mut key_package = KeyPackage {
            version: MLS10,
            cipher_suite: suite.to_u16(),
            init_key: init.public,
            leaf_node,
            extensions,
            signature: Vec::new(),
        };
        key_package.signature = identity.sign(&crypto, labels::KEY_PACKAGE, &key_package.tbs())?;
        Self::assemble(&crypto, key_package, init.private, leaf.private, identity.clone())
    }

    /// A key package that was made elsewhere, with its private keys.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] when the identity's key is another one, or the suite is unknown.
    pub fn from_parts(
        key_package: KeyPackage,
        init_key: Secret,
        encryption_key: Secret,
        identity: SigningIdentity,
        provider: &Provider,
    ) -> Result<Self, Error> {
        let suite = CipherSuite::from_u16(key_package.cipher_suite).ok_or(Misuse::Arguments)?;
        if key_package.leaf_node.signature_key != identity.signature_key() {
            return Err(Misuse::Arguments.into());
        }
        let crypto = Crypto::new(provider, suite);
        Self::assemble(&crypto, key_package, init_key, encryption_key, identity)
    }

    fn assemble(
        crypto: &Crypto,
        key_package: KeyPackage,
        init_key: Secret,
        encryption_key: Secret,
        identity: SigningIdentity,
    ) -> Result<Self, Error> {
        check_leaf_size(&key_package.leaf_node)?;
        let reference = key_package_reference(crypto, &key_package)?;
        Ok(Self { key_package, reference, init_key, encryption_key, identity })
    }

    /// What is published.
    #[must_use]
    pub fn key_package(&self) -> &KeyPackage {
        &self.key_package
    }

    /// `KeyPackageRef`: under what it is stored.
    #[must_use]
    pub fn reference(&self) -> &[u8] {
        &self.reference
    }

    pub(crate) fn identity(&self) -> &SigningIdentity {
        &self.identity
    }

    /// How it is stored: it holds private keys, the caller seals it.
    #[must_use]
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let mut w = Writer::with_capacity(4096);
        w.u8(0);
        w.opaque(&self.key_package.to_bytes());
        self.init_key.write(&mut w);
        self.encryption_key.write(&mut w);
        self.identity.private().write(&mut w);
        Zeroizing::new(w.into_bytes())
    }

    /// The stored key package.
    ///
    /// # Errors
    /// [`Malformed`]; [`Misuse::Arguments`].
    pub fn from_record(bytes: &[u8], provider: &Provider) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion.into());
        }
        let mut inner = Reader::new(r.opaque(u32::MAX)?);
        let key_package = KeyPackage::decode(&mut inner)?;
        inner.finish()?;
        let mut secret = || Ok::<_, Malformed>(Secret::from_slice(r.opaque(MAX_KEY)?));
        let (init, leaf, signature) = (secret()?, secret()?, secret()?);
        r.finish()?;
        let suite = CipherSuite::from_u16(key_package.cipher_suite).ok_or(Misuse::Arguments)?;
        let credential = key_package.leaf_node.credential.clone();
        let identity = SigningIdentity::from_private(suite, credential, signature, provider)?;
        Self::from_parts(key_package, init, leaf, identity, provider)
    }
}

/// `KeyPackageRef` (§5.2).
pub(crate) fn key_package_reference(
    crypto: &Crypto,
    key_package: &KeyPackage,
) -> Result<Vec<u8>, Error> {
    Ok(crypto.reference(labels::KEY_PACKAGE_REFERENCE, &key_package.to_bytes())?)
}

/// Signs a leaf node (§7.2).
pub(crate) fn sign_leaf_node(
    crypto: &Crypto,
    identity: &SigningIdentity,
    leaf_node: &mut LeafNode,
    group_id: &[u8],
    leaf_index: u32,
) -> Result<(), Error> {
    let tbs = leaf_node_tbs(leaf_node, group_id, leaf_index);
    leaf_node.signature = identity.sign(crypto, labels::LEAF_NODE, &tbs)?;
    Ok(())
}
