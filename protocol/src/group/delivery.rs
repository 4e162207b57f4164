//! What sessions and the relay carry of a group (page *Delivery of groups*): [`GroupContent`] in a session, and the commit that
//! ends an epoch at the relay, as a [`CommitBundle`] that [`CommitSecrets`] seal.

use super::check::check_no_duplicate_extensions;
use super::types::{
    AuthenticatedContent, Content as MlsContent, ContentType, Extension, MlsMessage, Proposal,
    ProposalOrRef, WIRE_PRIVATE,
};
use crate::codec::{Decode, Encode, Reader, Wire, Writer, decode_all};
use crate::crypto::{AeadAlgorithm, Provider, Secret, kdf, labels};
use crate::delivery::requests::version;
use crate::delivery::{CommitHandle, RelayName};
use crate::error::{Error, Malformed, Misuse, Peer, ProviderFailed};
use crate::limits::{MAX_MESSAGE, MAX_RELAY_NAME};
use crate::pairwise::content::{Content, kind};
use crate::pairwise::frame::bucket;
use alloc::vec::Vec;
use rand_core::CryptoRng;

const AEAD: AeadAlgorithm = AeadAlgorithm::Aes256GcmSiv;
/// Bytes of the nonce of a sealed commit.
const NONCE: usize = 12;
/// Bytes of its tag.
const TAG: usize = 16;
/// Most bytes of a padded bundle (`GDS-11`).
const MAX_BUNDLE: usize = MAX_MESSAGE as usize - NONCE - TAG;

/// `GroupContent`: what a session carries of a group, the body of a content of type
/// [`GROUP`](crate::pairwise::content::kind::GROUP).
///
/// A decoded one is what a session may carry (`GDS-44`) and names a relay where there must be one (`GDS-02`); nothing of it
/// is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupContent {
    /// With a Welcome: who orders the group's commits, to be given to [`Group::join`](super::Group::join) as
    /// [`JoinParams::relay`](super::JoinParams). Else none.
    pub relay: Option<RelayName>,
    /// An encoded `MLSMessage`.
    pub message: Vec<u8>,
}

impl GroupContent {
    /// Of what goes without a relay's name: anything but a Welcome.
    #[must_use]
    pub fn of(message: Vec<u8>) -> Self {
        Self { relay: None, message }
    }
}

impl Decode for GroupContent {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        let relay = r.opaque(MAX_RELAY_NAME)?;
        let message = r.opaque(MAX_MESSAGE)?.to_vec();
        let with_relay = match decode_all(&message)? {
            MlsMessage::Welcome(_) => true,
            MlsMessage::KeyPackage(_) => false,
            MlsMessage::Private(message) if message.content_type != ContentType::Commit => false,
            _ => return Err(Malformed::Enumeration),
        };
        if with_relay == relay.is_empty() {
            return Err(Malformed::Value);
        }
        let relay = with_relay.then(|| RelayName::from_opaque(relay)).transpose()?;
        Ok(Self { relay, message })
    }
}

impl Encode for GroupContent {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.opaque(self.relay.as_ref().map_or(&[], RelayName::as_bytes));
        w.opaque(&self.message);
    }
}

/// What members send each other in a group: an encoded [`Content`] (`GDS-40`). Whether its `sender_serial` is that of the
/// leaf's device is [`Content::check_sender`]'s to say.
///
/// # Errors
/// [`Malformed`]: no content, one of type [`GROUP`](crate::pairwise::content::kind::GROUP), or authenticated data beside it.
pub fn application_content(
    application_data: &[u8],
    authenticated_data: &[u8],
) -> Result<Content, Error> {
    let content = Content::from_bytes(application_data)?;
    if content.content_type == kind::GROUP || !authenticated_data.is_empty() {
        return Err(Malformed::Value.into());
    }
    Ok(content)
}

/// `CommitBundle`: a commit with the proposals to which it refers, each an encoded `AuthenticatedContent`, which needs no ratchet
/// to be read (`GDS-36`). A decoded one holds members' contents with the wire format of private messages (`GDS-45`); nothing of
/// it is verified. See [`Group::receive_bundle`](super::Group::receive_bundle).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitBundle {
    /// The proposals, in the order in which the commit refers to them first.
    pub proposals: Vec<Vec<u8>>,
    /// The commit.
    pub commit: Vec<u8>,
}

impl CommitBundle {
    /// `pad(encode(CommitBundle))`
    ///
    /// # Errors
    /// `limit` for one that has no bucket (`GDS-11`).
    pub(super) fn to_padded(&self) -> Result<Vec<u8>, Misuse> {
        let mut bytes = self.to_bytes();
        let padded = bucket(bytes.len()).filter(|padded| *padded <= MAX_BUNDLE);
        bytes.resize(padded.ok_or(Misuse::Limit)?, 0);
        Ok(bytes)
    }

    /// `GDS-45`: of a bundle and the zeros up to its bucket.
    fn from_padded(bytes: &[u8]) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        let bundle = Self::decode(&mut r)?;
        let padding = r.rest();
        let encoded = bytes.len().checked_sub(padding.len()).ok_or(Malformed::Value)?;
        if bucket(encoded) == Some(bytes.len()) && padding.iter().all(|byte| *byte == 0) {
            Ok(bundle)
        } else {
            Err(Malformed::Value.into())
        }
    }
}

/// A member's content of a bundle.
pub(super) fn bundled(
    content: &[u8],
    content_type: ContentType,
) -> Result<AuthenticatedContent, Malformed> {
    let content: AuthenticatedContent = decode_all(content)?;
    let framed = &content.content;
    let encoded_well = match &framed.content {
        MlsContent::Proposal(proposal) => has_no_type_twice(proposal),
        MlsContent::Commit(commit) => {
            let by_value = commit.proposals.iter().all(|entry| match entry {
                ProposalOrRef::Proposal(proposal) => has_no_type_twice(proposal),
                ProposalOrRef::Reference(_) => true,
            });
            let leaf = commit.path.as_ref().map(|path| &path.leaf_node.extensions);
            by_value && leaf.is_none_or(|list| check_no_duplicate_extensions(list).is_ok())
        }
        MlsContent::Application(_) => true,
    };
    let fits = content.wire_format == WIRE_PRIVATE
        && framed.content.content_type() == content_type
        && framed.sender.leaf().is_some()
        && encoded_well;
    if fits { Ok(content) } else { Err(Malformed::Value) }
}

/// `GRP-16`: no list of extensions in a proposal has a type twice.
fn has_no_type_twice(proposal: &Proposal) -> bool {
    let lists: [&[Extension]; 2] = match proposal {
        Proposal::Add(key_package) => [&key_package.extensions, &key_package.leaf_node.extensions],
        Proposal::Update(leaf_node) => [&leaf_node.extensions, &[]],
        Proposal::ReInit(reinit) => [&reinit.extensions, &[]],
        Proposal::GroupContextExtensions(extensions) => [extensions, &[]],
        _ => [&[], &[]],
    };
    lists.iter().all(|list| check_no_duplicate_extensions(list).is_ok())
}

impl Decode for CommitBundle {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        let content = |r: &mut Reader<'_>, content_type| {
            let content = r.opaque(MAX_MESSAGE)?;
            bundled(content, content_type)?;
            Ok(content.to_vec())
        };
        let proposals = r.list(MAX_MESSAGE, |r| content(r, ContentType::Proposal))?;
        let commit = content(r, ContentType::Commit)?;
        Ok(Self { proposals, commit })
    }
}

impl Encode for CommitBundle {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.list(&self.proposals, |w, proposal| w.opaque(proposal));
        w.opaque(&self.commit);
    }
}

/// What orders and seals the commit that ends an epoch (`GDS-04`); to be erased with the epoch. See
/// [`Group::commit_secrets`](super::Group::commit_secrets).
pub struct CommitSecrets {
    pub(super) handle: CommitHandle,
    pub(super) key: Secret,
    pub(super) provider: Provider,
}

impl CommitSecrets {
    /// `export` is the epoch's MLS-Exporter, of 32 bytes and an empty context, by label.
    pub(super) fn derive(
        provider: &Provider,
        export: impl Fn(&str) -> Result<Secret, ProviderFailed>,
    ) -> Result<Self, ProviderFailed> {
        let of = |label: &str| export(&alloc::format!("{}{label}", labels::PREFIX));
        let handle = of(labels::COMMIT_HANDLE)?;
        let handle = handle.as_bytes().try_into().map_err(|_| ProviderFailed::Size)?;
        let (handle, key) = (CommitHandle::new(handle), of(labels::COMMIT_KEY)?);
        Ok(Self { handle, key, provider: provider.clone() })
    }

    /// Under what the relay keeps the commit: whoever sees it sees that some group goes on, not which.
    #[must_use]
    pub fn handle(&self) -> CommitHandle {
        self.handle
    }

    /// `sealed_commit`: what the relay is to keep, the message of a [`CommitRequest`](crate::delivery::CommitRequest). One draw
    /// of 12 bytes, `commit_nonce` (`GDS-05`).
    ///
    /// # Errors
    /// `limit` for a bundle that has no bucket which a relay takes (`GDS-11`).
    pub fn seal(&self, bundle: &CommitBundle, rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        let bundle = bundle.to_padded()?;
        let nonce = kdf::random(rng, NONCE);
        let mut sealed = [nonce.as_bytes(), &bundle, &[0; TAG]].concat();
        let (nonce, rest) = sealed.split_at_mut_checked(NONCE).unwrap_or_default();
        let (bundle, tag) = rest.split_at_mut_checked(bundle.len()).unwrap_or_default();
        let (key, aad) = (self.key.as_bytes(), self.handle.as_bytes());
        self.provider.get().aead_seal(AEAD, key, nonce, aad, bundle, tag)?;
        Ok(sealed)
    }

    /// The bundle of a `sealed_commit` that the relay gave as [taken](crate::delivery::CommitAnswer::Taken).
    ///
    /// # Errors
    /// `undecryptable` for what no member of the epoch has sealed, which counts as no answer (`GDS-10`); [`Malformed`] for
    /// what one has, and is no bundle.
    pub fn open(&self, sealed: &[u8]) -> Result<CommitBundle, Error> {
        let parts = sealed.split_at_checked(NONCE).and_then(|(nonce, rest)| {
            let (bundle, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
            Some((nonce, bundle.to_vec(), tag))
        });
        let (nonce, mut bundle, tag) = parts.ok_or(Peer::Undecryptable)?;
        let (key, aad) = (self.key.as_bytes(), self.handle.as_bytes());
        if !self.provider.get().aead_open(AEAD, key, nonce, aad, &mut bundle, tag)? {
            return Err(Peer::Undecryptable.into());
        }
        CommitBundle::from_padded(&bundle)
    }
}
