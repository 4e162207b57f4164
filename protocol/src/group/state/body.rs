//! Bodies of records.

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::{Provider, Secret};
use crate::error::{Error, Malformed};
use crate::group::active::{KeptPsk, PastEpoch, SigningIdentity, Status};
use crate::group::crypto::Digest;
use crate::group::schedule::{
    ConfirmationKey, EpochAuthenticator, EpochSecrets, ExporterSecret, ExternalSecret, InitSecret,
    MembershipKey, ResumptionPsk, SecretTree, SenderDataSecret,
};
use crate::group::suite::CipherSuite;
use crate::group::types::{Credential, LeafNode, ReInit};
use crate::limits::{MAX_GROUP_LEAVES, MAX_KEY};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The version that every head and epoch begins with.
const VERSION: u8 = 0;

pub(super) fn version(r: &mut Reader<'_>) -> Result<(), Malformed> {
    if r.u8()? == VERSION { Ok(()) } else { Err(Malformed::UnsupportedVersion) }
}

pub(super) fn write_version(w: &mut Writer) {
    w.u8(VERSION);
}

pub(super) fn secret(r: &mut Reader<'_>) -> Result<Secret, Malformed> {
    Ok(Secret::from_slice(r.opaque(MAX_KEY)?))
}

pub(super) fn digest(r: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    Ok(r.opaque(MAX_KEY)?.to_vec())
}

impl Decode for Status {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            0 => Self::Active,
            1 => Self::Replaced { reinit: ReInit::decode(r)?, at: r.u64()? },
            2 => Self::Removed { at: r.u64()?, removed: r.list(MAX_GROUP_LEAVES, Reader::u32)? },
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for Status {
    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Active => w.u8(0),
            Self::Replaced { reinit, at } => {
                w.u8(1);
                w.item(reinit);
                w.u64(*at);
            }
            Self::Removed { at, removed } => {
                w.u8(2);
                w.u64(*at);
                w.list(removed, |w, leaf| w.u32(*leaf));
            }
        }
    }
}

impl Decode for EpochSecrets {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            init_secret: InitSecret(secret(r)?),
            sender_data_secret: SenderDataSecret(secret(r)?),
            exporter_secret: ExporterSecret(secret(r)?),
            external_secret: ExternalSecret(secret(r)?),
            confirmation_key: ConfirmationKey(secret(r)?),
            membership_key: MembershipKey(secret(r)?),
            resumption_psk: ResumptionPsk(secret(r)?),
            epoch_authenticator: EpochAuthenticator(secret(r)?),
        })
    }
}

impl Encode for EpochSecrets {
    fn encode(&self, w: &mut Writer) {
        self.init_secret.0.write(w);
        self.sender_data_secret.0.write(w);
        self.exporter_secret.0.write(w);
        self.external_secret.0.write(w);
        self.confirmation_key.0.write(w);
        self.membership_key.0.write(w);
        self.resumption_psk.0.write(w);
        self.epoch_authenticator.0.write(w);
    }
}

pub(super) fn write_identity(w: &mut Writer, identity: &SigningIdentity) {
    w.item(identity.credential());
    identity.private().write(w);
}

pub(super) fn read_identity(
    r: &mut Reader<'_>,
    suite: CipherSuite,
    provider: &Provider,
) -> Result<SigningIdentity, Error> {
    let (credential, private) = (Credential::decode(r)?, secret(r)?);
    if private.as_bytes().is_empty() {
        return Ok(SigningIdentity::forgotten(credential));
    }
    SigningIdentity::from_private(suite, credential, private, provider)
}

/// A resumption key, with the leaves that came after its epoch.
pub(super) fn write_psk(w: &mut Writer, kept: &KeptPsk) {
    kept.psk.write(w);
    w.list(&kept.added, |w, leaf| w.u32(*leaf));
}

pub(super) fn read_psk(bytes: &[u8]) -> Result<KeptPsk, Malformed> {
    let mut r = Reader::new(bytes);
    let kept = KeptPsk { psk: secret(&mut r)?, added: r.list(MAX_GROUP_LEAVES, Reader::u32)? };
    r.finish()?;
    Ok(kept)
}

/// A past epoch: its secret tree has records of its own.
pub(super) fn write_past(w: &mut Writer, past: &PastEpoch) {
    w.opaque(&past.context);
    past.sender_data_secret.0.write(w);
    w.u32(past.secret_tree.leaves());
    write_leaves(w, &past.leaves);
    w.list(&past.removed, |w, leaf| w.u32(*leaf));
    w.u64(past.left_at);
}

pub(super) fn read_past(bytes: &[u8]) -> Result<PastEpoch, Malformed> {
    let mut r = Reader::new(bytes);
    let past = PastEpoch {
        context: r.opaque(u32::MAX)?.to_vec(),
        sender_data_secret: SenderDataSecret(secret(&mut r)?),
        secret_tree: {
            let leaves = read_size(&mut r)?;
            SecretTree::from_parts(leaves, BTreeMap::new(), BTreeMap::new())
        },
        leaves: read_leaves(&mut r)?,
        removed: r.list(MAX_GROUP_LEAVES, Reader::u32)?,
        left_at: r.u64()?,
    };
    r.finish()?;
    Ok(past)
}

/// The number of leaves of a full tree.
pub(super) fn read_size(r: &mut Reader<'_>) -> Result<u32, Malformed> {
    let leaves = r.u32()?;
    if leaves.is_power_of_two() && leaves <= MAX_GROUP_LEAVES {
        Ok(leaves)
    } else {
        Err(Malformed::Value)
    }
}

/// Leaves by their indices, ascending.
pub(super) type Leaves = BTreeMap<u32, Option<Arc<LeafNode>>>;

pub(super) fn write_leaves(w: &mut Writer, leaves: &Leaves) {
    w.vector(|w| {
        for (index, leaf) in leaves {
            w.u32(*index);
            w.optional(leaf.as_ref(), |w, leaf| w.item(&**leaf));
        }
    });
}

pub(super) fn read_leaves(r: &mut Reader<'_>) -> Result<Leaves, Malformed> {
    let leaves =
        r.list(MAX_GROUP_LEAVES, |r| Ok((r.u32()?, r.optional(LeafNode::decode)?.map(Arc::new))))?;
    crate::codec::check_ascending(&leaves, |(index, _)| *index)?;
    Ok(leaves.into_iter().collect())
}

pub(super) fn read_digest(r: &mut Reader<'_>) -> Result<Digest, Malformed> {
    Digest::from_slice(r.opaque(MAX_KEY)?).ok_or(Malformed::Value)
}
