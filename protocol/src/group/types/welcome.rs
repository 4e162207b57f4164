//! Welcome messages (RFC 9420 §12.4.3.1).

use super::{HpkeCiphertext, PreSharedKeyId};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Secret;
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_PROPOSALS, MAX_GROUP_PSKS, MAX_GROUP_TREE, MAX_KEY};
use alloc::vec::Vec;

/// `EncryptedGroupSecrets`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedGroupSecrets {
    /// `KeyPackageRef` of the key package that the newcomer was added with.
    pub new_member: Vec<u8>,
    /// The encrypted `GroupSecrets`.
    pub encrypted_group_secrets: HpkeCiphertext,
}

/// `Welcome`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Welcome {
    /// Value of the cipher suite.
    pub cipher_suite: u16,
    /// Secrets for each newcomer.
    pub secrets: Vec<EncryptedGroupSecrets>,
    /// The encrypted `GroupInfo`.
    pub encrypted_group_info: Vec<u8>,
}

impl Decode for EncryptedGroupSecrets {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            new_member: r.opaque(MAX_KEY)?.to_vec(),
            encrypted_group_secrets: HpkeCiphertext::decode(r)?,
        })
    }
}

impl Encode for EncryptedGroupSecrets {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.new_member);
        w.item(&self.encrypted_group_secrets);
    }
}

impl Decode for Welcome {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            cipher_suite: r.u16()?,
            secrets: r.list(MAX_GROUP_PROPOSALS, EncryptedGroupSecrets::decode)?,
            encrypted_group_info: r.opaque(MAX_GROUP_TREE)?.to_vec(),
        })
    }
}

impl Encode for Welcome {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.cipher_suite);
        w.list(&self.secrets, Writer::item);
        w.opaque(&self.encrypted_group_info);
    }
}

/// `GroupSecrets`
pub(crate) struct GroupSecrets {
    pub(crate) joiner_secret: Secret,
    pub(crate) path_secret: Option<Secret>,
    pub(crate) psks: Vec<PreSharedKeyId>,
}

impl Decode for GroupSecrets {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let secret = |r: &mut Reader<'_>| Ok(Secret::from_slice(r.opaque(MAX_KEY)?));
        Ok(Self {
            joiner_secret: secret(r)?,
            path_secret: r.optional(secret)?,
            psks: r.list(MAX_GROUP_PSKS, PreSharedKeyId::decode)?,
        })
    }
}

impl Encode for GroupSecrets {
    fn encode(&self, w: &mut Writer) {
        self.joiner_secret.write(w);
        w.optional(self.path_secret.as_ref(), |w, secret| secret.write(w));
        w.list(&self.psks, Writer::item);
    }
}
