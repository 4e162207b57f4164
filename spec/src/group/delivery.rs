//! Delivery of groups: what a session and a relay carry of a group, and the keys under which a Commit lies
//! at the relay.
//!
//! ```text
//! session  Content of type `group` ── GroupContent ── MLSMessage
//! relay    commit_handle, sealed_commit ── CommitBundle ── AuthenticatedContents: proposals, Commit
//! ```

use super::commit::{ProposalOrRef, ProposalsOrRefs};
use super::crypto::make_proposal_ref;
use super::extensions::RATCHET_TREE;
use super::framing;
use super::framing::{
    APPLICATION, AuthenticatedContent, COMMIT, FramedContent, MEMBER, MLS_PRIVATE_MESSAGE,
    MlsMessage, PROPOSAL, content_type, decode_authenticated_content, decode_mls_message,
    encode_authenticated_content, encode_mls_message,
};
use super::key_schedule::mls_exporter;
use super::labels::{COMMIT_HANDLE_LABEL, COMMIT_KEY_LABEL};
use super::profile::DELIVERY_EXTENSION;
use super::suite::CipherSuite;
use super::welcome::GroupInfo;
use crate::octets::{Octets, byte, checked_slice, empty, is_zero, zeros};
use crate::pairwise::codec::{
    Extensions, Reader, at_end, find_extension, finish, read_opaque, read_rest, read_vector,
    reader, write_opaque,
};
use crate::pairwise::content::{Content, GROUP, decode_content};
use crate::pairwise::delivery_auth::{MAX_RELAY, name_fits};
use crate::pairwise::delivery_commit::COMMIT_HANDLE;
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::frame::bucket;
use crate::pairwise::identities::read_version;
use crate::pairwise::limits::{MAX_FRAME, MAX_MESSAGE};
use crate::primitives::{aes_256_gcm_siv_open, aes_256_gcm_siv_seal};
use hacspec_lib::*;

/// Size of a `commit_key`, of AES-256-GCM-SIV.
pub const COMMIT_KEY: usize = 32;
/// Size of a `commit_nonce` (`[GDS-05]`).
pub const COMMIT_NONCE: usize = 12;
/// How much longer a `sealed_commit` is than its padded bundle: nonce and tag.
pub const COMMIT_OVERHEAD: usize = 28;
/// The last bucket of bundles, in bytes: the last multiple of 4096 that `max_message` has room for (`[GDS-11]`).
pub const MAX_BUNDLE: usize = (MAX_MESSAGE - COMMIT_OVERHEAD) / 4096 * 4096;

/// `GroupContent`.
#[derive(Clone, Debug, Default)]
pub struct GroupContent {
    /// With a Welcome the relay that orders the group's Commits, else empty.
    pub relay: Octets,
    /// The message.
    pub message: MlsMessage,
}

/// The proposals of a bundle, in their order: what `BundledContent` holds of each.
pub type BundledProposals = Seq<AuthenticatedContent>;

/// The encodings of them.
type BundledBytes = Seq<Octets>;
/// A list of ProposalRefs (§5.2).
type ProposalRefs = Seq<Octets>;

/// `CommitBundle`.
#[derive(Clone, Debug, Default)]
pub struct CommitBundle {
    /// The proposals to which the Commit refers, as their senders signed them.
    pub proposals: BundledProposals,
    /// The Commit, as the committer signed it.
    pub commit: AuthenticatedContent,
}

/// `encode(GroupContent)`.
pub fn encode_group_content(content: &GroupContent) -> Octets {
    byte(0)
        .concat_owned(write_opaque(&content.relay))
        .concat_owned(write_opaque(&encode_mls_message(&content.message)))
}

/// The ContentType of a PrivateMessage, or 0 of whatever else.
fn private_content_type(message: &MlsMessage) -> u8 {
    match message {
        MlsMessage::PrivateMessage(private) => private.content_type,
        _ => 0,
    }
}

// ANCHOR: decode_group_content
/// Whether a session carries such a message: a KeyPackage, a Welcome, an application message or a proposal.
fn goes_in_sessions(message: &MlsMessage) -> bool {
    match message {
        MlsMessage::KeyPackage(_) => true,
        MlsMessage::Welcome(_) => true,
        _ => {
            let content_type = private_content_type(message);
            content_type == APPLICATION || content_type == PROPOSAL
        }
    }
}

/// Whether a message comes with the name of a relay.
fn names_relay(message: &MlsMessage) -> bool {
    match message {
        MlsMessage::Welcome(_) => true,
        _ => false,
    }
}

/// Decodes a `GroupContent`, of which nothing is opened yet: its version is 0, its message one that goes in
/// sessions (`[GDS-44]`), its relay a name with a Welcome and else empty (`[GDS-02]`).
/// See also [GDS-01].
pub fn decode_group_content(bytes: &Octets) -> Result<GroupContent, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (relay, r) = read_opaque(r, MAX_RELAY)?;
    let (message, r) = read_opaque(r, MAX_FRAME)?;
    finish(&r)?;
    let message = decode_mls_message(&message)?;
    check(goes_in_sessions(&message), ErrorClass::Malformed)?;
    let fits = if names_relay(&message) { name_fits(&relay) } else { relay.len() == 0 };
    check(fits, ErrorClass::Malformed)?;
    Ok(GroupContent { relay, message })
}
// ANCHOR_END: decode_group_content

// ANCHOR: check_tree_inside
/// Refuses a Welcome whose GroupInfo has no tree inside (`[GDS-52]`).
pub fn check_tree_inside(group_info: &GroupInfo) -> Result<(), ErrorClass> {
    let tree = find_extension(&group_info.extensions, RATCHET_TREE);
    check(tree.is_some(), ErrorClass::Malformed)
}
// ANCHOR_END: check_tree_inside

// ANCHOR: decode_application_data
/// What people write in a group: a `Content` of another type than `group`, with no `authenticated_data` beside
/// it (`[GDS-40]`).
pub fn decode_application_data(
    application_data: &Octets,
    authenticated_data: &Octets,
) -> Result<Content, ErrorClass> {
    let content = decode_content(application_data)?;
    check(content.content_type != GROUP, ErrorClass::Malformed)?;
    check(authenticated_data.len() == 0, ErrorClass::Malformed)?;
    Ok(content)
}
// ANCHOR_END: decode_application_data

/// `encode(GroupDelivery)` of a relay's name: the data of the extension `delivery`.
pub fn encode_group_delivery(relay: &Octets) -> Octets {
    write_opaque(relay)
}

// ANCHOR: group_delivery
/// Decodes a `GroupDelivery`: the name of a relay (`[GDS-30]`).
pub fn decode_group_delivery(bytes: &Octets) -> Result<Octets, ErrorClass> {
    let (relay, r) = read_opaque(reader(bytes), MAX_RELAY)?;
    finish(&r)?;
    check(name_fits(&relay), ErrorClass::Malformed)?;
    Ok(relay)
}

/// Refuses a Welcome into a group whose GroupContext has these extensions when they lack `delivery`, or when
/// that names another relay than the `GroupContent` did (`[GDS-30]`).
pub fn check_group_delivery(extensions: &Extensions, relay: &Octets) -> Result<(), ErrorClass> {
    let data = find_extension(extensions, DELIVERY_EXTENSION).ok_or(ErrorClass::Malformed)?;
    check(decode_group_delivery(&data)? == *relay, ErrorClass::Malformed)
}

/// The data of the extension `delivery` with a byte before it that says whether it is there.
fn delivery_of(extensions: &Extensions) -> Octets {
    match find_extension(extensions, DELIVERY_EXTENSION) {
        Some(data) => byte(1).concat_owned(data),
        None => byte(0),
    }
}

/// Refuses a Commit after which `delivery` is not what it was before (`[GDS-31]`): the extensions of the
/// GroupContext before and after it.
pub fn check_delivery_kept(before: &Extensions, after: &Extensions) -> Result<(), ErrorClass> {
    check(delivery_of(before) == delivery_of(after), ErrorClass::Malformed)
}
// ANCHOR_END: group_delivery

// ANCHOR: commit_bundle
/// `encode(CommitBundle)`.
/// See also [GDS-36].
pub fn encode_commit_bundle(bundle: &CommitBundle) -> Octets {
    let mut proposals = empty();
    for i in 0..bundle.proposals.len() {
        let content = encode_authenticated_content(&bundle.proposals[i]);
        proposals = proposals.concat_owned(write_opaque(&content));
    }
    byte(0)
        .concat_owned(write_opaque(&proposals))
        .concat_owned(write_opaque(&encode_authenticated_content(&bundle.commit)))
}

/// Decodes what a `BundledContent` holds: what a member has signed for a PrivateMessage, a content of this
/// ContentType (`[GDS-45]`). Group, epoch, leaf and signature remain to be verified.
fn decode_bundled_content(
    expected: u8,
    bytes: &Octets,
) -> Result<AuthenticatedContent, ErrorClass> {
    let authenticated = decode_authenticated_content(bytes)?;
    let content = &authenticated.content;
    check(authenticated.wire_format == MLS_PRIVATE_MESSAGE, ErrorClass::Malformed)?;
    check(content.sender.sender_type == MEMBER, ErrorClass::Malformed)?;
    check(content_type(&content.content) == expected, ErrorClass::Malformed)?;
    Ok(authenticated)
}

/// Reads a `CommitBundle` of version 0: the bytes of its proposals and of its Commit.
fn read_commit_bundle(r: Reader) -> Result<(BundledBytes, Octets, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (mut inner, r) = read_vector(r)?;
    let mut proposals = BundledBytes::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (proposal, rest) = read_opaque(inner, MAX_MESSAGE)?;
            proposals = proposals.push_owned(proposal);
            inner = rest;
        }
    }
    let (commit, r) = read_opaque(r, MAX_MESSAGE)?;
    Ok((proposals, commit, r))
}

/// Decodes what a bundle holds: its `proposals` are contents of such, and its `commit` is one of a Commit
/// (`[GDS-45]`).
fn decode_bundled(proposals: &BundledBytes, commit: &Octets) -> Result<CommitBundle, ErrorClass> {
    let mut decoded = BundledProposals::new(0);
    for i in 0..proposals.len() {
        decoded = decoded.push_owned(decode_bundled_content(PROPOSAL, &proposals[i])?);
    }
    Ok(CommitBundle { proposals: decoded, commit: decode_bundled_content(COMMIT, commit)? })
}

/// Decodes a `CommitBundle` that has no padding.
pub fn decode_commit_bundle(bytes: &Octets) -> Result<CommitBundle, ErrorClass> {
    let (proposals, commit, r) = read_commit_bundle(reader(bytes))?;
    finish(&r)?;
    decode_bundled(&proposals, &commit)
}
// ANCHOR_END: commit_bundle

// ANCHOR: bundled_proposals
/// References with one more, if it is not among them.
fn with_reference(references: ProposalRefs, reference: &Octets) -> ProposalRefs {
    let mut found = false;
    for i in 0..references.len() {
        found = found || references[i] == *reference;
    }
    if found { references } else { references.push_owned(reference.clone()) }
}

/// The references of a Commit, each once, in the order of the first.
fn commit_references(commit: &FramedContent) -> ProposalRefs {
    let items = match &commit.content {
        framing::Content::Commit(commit) => commit.proposals.clone(),
        _ => ProposalsOrRefs::new(0),
    };
    let mut references = ProposalRefs::new(0);
    for i in 0..items.len() {
        references = match &items[i] {
            ProposalOrRef::Reference(reference) => with_reference(references, reference),
            _ => references,
        };
    }
    references
}

/// Refuses a bundle whose proposals are not those to which its Commit refers, each once, in the order of the
/// first reference (`[GDS-37]`).
/// See also [GDS-36].
pub fn check_bundled_proposals(
    suite: CipherSuite,
    bundle: &CommitBundle,
) -> Result<(), ErrorClass> {
    let references = commit_references(&bundle.commit.content);
    check(bundle.proposals.len() == references.len(), ErrorClass::Malformed)?;
    for i in 0..references.len() {
        let content = encode_authenticated_content(&bundle.proposals[i]);
        check(make_proposal_ref(suite, &content) == references[i], ErrorClass::Malformed)?;
    }
    Ok(())
}
// ANCHOR_END: bundled_proposals

// ANCHOR: pad_bundle
/// Zeros behind an encoded bundle up to its bucket; refused where it has none (`limit`, `[GDS-11]`).
pub fn pad_bundle(bundle: &Octets) -> Result<Octets, ErrorClass> {
    let size = bucket(bundle.len());
    check(size <= MAX_BUNDLE, ErrorClass::Limit)?;
    Ok(bundle.concat(&zeros(size - bundle.len())))
}

/// Decodes a `CommitBundle` in its padding: zeros, as many as it should have (`[GDS-45]`).
pub fn unpad_bundle(padded: &Octets) -> Result<CommitBundle, ErrorClass> {
    let (proposals, commit, r) = read_commit_bundle(reader(padded))?;
    let size = bucket(r.at);
    let (padding, _r) = read_rest(r)?;
    check(size <= MAX_BUNDLE && padded.len() == size, ErrorClass::Malformed)?;
    check(is_zero(&padding), ErrorClass::Malformed)?;
    decode_bundled(&proposals, &commit)
}
// ANCHOR_END: pad_bundle

// ANCHOR: commit_handle
/// `commit_handle` of an epoch, 32 bytes: under which the relay keeps the Commit that ends it (`[GDS-04]`).
pub fn commit_handle(suite: CipherSuite, exporter_secret: &Octets) -> Octets {
    mls_exporter(suite, exporter_secret, COMMIT_HANDLE_LABEL, &empty(), COMMIT_HANDLE)
}

/// `commit_key` of an epoch, 32 bytes: seals the Commit that ends it (`[GDS-04]`).
pub fn commit_key(suite: CipherSuite, exporter_secret: &Octets) -> Octets {
    mls_exporter(suite, exporter_secret, COMMIT_KEY_LABEL, &empty(), COMMIT_KEY)
}
// ANCHOR_END: commit_handle

// ANCHOR: sealed_commit
/// `sealed_commit` of an encoded `CommitBundle`. The nonce is `commit_nonce`, 12 fresh random bytes (`[GDS-05]`);
/// a bundle that has no bucket is refused (`limit`, `[GDS-11]`).
pub fn seal_commit(
    commit_handle: &Octets,
    commit_key: &Octets,
    commit_nonce: &Octets,
    bundle: &Octets,
) -> Result<Octets, ErrorClass> {
    let padded = pad_bundle(bundle)?;
    let sealed = aes_256_gcm_siv_seal(commit_key, commit_nonce, commit_handle, &padded);
    Ok(commit_nonce.clone().concat_owned(sealed))
}

/// What lies at the relay under the handle of an epoch, opened with that epoch's key (`undecryptable`, `[GDS-10]`)
/// and decoded.
/// See also [GDS-45].
pub fn open_commit(
    commit_handle: &Octets,
    commit_key: &Octets,
    sealed_commit: &Octets,
) -> Result<CommitBundle, ErrorClass> {
    let nonce = checked_slice(sealed_commit, 0, COMMIT_NONCE).ok_or(ErrorClass::Undecryptable)?;
    let sealed = sealed_commit.slice(COMMIT_NONCE, sealed_commit.len() - COMMIT_NONCE);
    let padded = aes_256_gcm_siv_open(commit_key, &nonce, commit_handle, &sealed)
        .ok_or(ErrorClass::Undecryptable)?;
    unpad_bundle(&padded)
}
// ANCHOR_END: sealed_commit
