//! Making a Welcome (RFC 9420 §12.4.3.1).

use super::build::BuiltPath;
use super::key_package::key_package_reference;
use crate::codec::{Wire, Writer};
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::schedule::{JoinerSecret, WelcomeSecret};
use crate::group::tree::math;
use crate::group::types::{
    EncryptedGroupSecrets, GroupInfo, GroupSecrets, KeyPackage, PreSharedKeyId, Welcome,
};
use alloc::vec::Vec;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A Welcome for all members that a commit adds. Draws an encapsulation for each.
pub(crate) fn make_welcome(
    crypto: &Crypto,
    (joiner, welcome_secret): (JoinerSecret, WelcomeSecret),
    info: &GroupInfo,
    added: &[(u32, &KeyPackage)],
    path: Option<(u32, &BuiltPath)>,
    psks: &[PreSharedKeyId],
    rng: &mut impl CryptoRng,
) -> Result<Welcome, Error> {
    let (key, nonce) = welcome_secret.key_and_nonce(crypto)?;
    let encrypted_group_info =
        crypto.aead_seal(key.as_bytes(), nonce.as_bytes(), &[], info.to_bytes())?;
    // The context is long, and the same for all: it is hashed once.
    let context = crypto.encrypt_context(labels::WELCOME_ENCRYPTION, &encrypted_group_info)?;
    let mut secrets = Vec::with_capacity(added.len());
    for (leaf, key_package) in added {
        let path_secret = path.and_then(|(committer, built)| {
            let ancestor = math::common_ancestor(committer, *leaf);
            let index = built.filtered.iter().position(|(node, _)| *node == ancestor)?;
            built.new.path_secrets.get(index)
        });
        let mut w = Writer::with_capacity(512);
        w.item(&GroupSecrets {
            joiner_secret: joiner.0.duplicate(),
            path_secret: path_secret.map(crate::crypto::Secret::duplicate),
            psks: psks.to_vec(),
        });
        let plaintext = Zeroizing::new(w.into_bytes());
        secrets.push(EncryptedGroupSecrets {
            new_member: key_package_reference(crypto, key_package)?,
            encrypted_group_secrets: crypto.seal(
                &key_package.init_key,
                &context,
                &plaintext,
                rng,
            )?,
        });
    }
    Ok(Welcome { cipher_suite: crypto.suite().to_u16(), secrets, encrypted_group_info })
}
