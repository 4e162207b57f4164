//! What stands in a bundle's proposals and in its Commit: lists of extensions, versions, and types that the device
//! may not know.

use super::bundles::{bundle, decoded, referred, refused, refused_as};
use super::{Contents, commit};
use crate::group::SUITES;
use crate::group::members::{
    key_package, of_credential, package_of, resigned, signed, unsigned_leaf,
};
use crate::vector::Topic;
use sceau_spec::group::commit::{
    Commit, ProposalOrRef, ProposalsOrRefs, UpdatePath, UpdatePathNodes,
};
use sceau_spec::group::credentials::{SCEAU, X509};
use sceau_spec::group::extensions::{APPLICATION_ID, EXTERNAL_PUB};
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, MLS_PRIVATE_MESSAGE, encode_authenticated_content,
};
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::leaf_node::{LeafNode, MLS10, SOURCE_COMMIT, SOURCE_UPDATE};
use sceau_spec::group::profile::POLICY_EXTENSION;
use sceau_spec::group::proposals::{Proposal, ReInit};
use sceau_spec::group::suite::AES128GCM_SHA256;
use sceau_spec::octets::{Octets, ascii, byte, empty};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;

/// Who brings a leaf.
const NAME: &str = "newcomer";

/// Where a proposal's content begins in an encoded AuthenticatedContent: behind wire format, group id, epoch,
/// sender, `authenticated_data`, content type and the proposal's type.
const CONTENT: usize = 49;

/// The vectors.
pub fn bundled(t: &mut Topic) {
    let place = Place { signed: Contents::new(t, 160), group_id: t.draw(160, "group_id", 16) };
    extensions(t, &place);
    versions(t, &place);
    types(t, &place);
    no_types(t, &place);
}

/// An epoch, and what its members sign.
struct Place {
    signed: Contents,
    group_id: Octets,
}

impl Place {
    fn content(&self, content: &Content) -> AuthenticatedContent {
        self.signed.epoch.signed(MLS_PRIVATE_MESSAGE, content)
    }

    /// A proposal as its sender signed it.
    fn proposal(&self, proposal: &Proposal) -> AuthenticatedContent {
        self.content(&Content::Proposal(proposal.clone()))
    }

    /// A bundle with a proposal, to which its Commit refers.
    fn by_reference(&self, proposal: &Proposal) -> Octets {
        referred(&self.signed, &[&self.proposal(proposal)])
    }

    /// A Commit of a proposal by value.
    fn commit_of(&self, proposal: &Proposal) -> AuthenticatedContent {
        self.content(&commit(&[ProposalOrRef::Proposal(proposal.clone())]))
    }

    /// A bundle of such a Commit alone.
    fn by_value(&self, proposal: &Proposal) -> Octets {
        bundle(&[], &self.commit_of(proposal))
    }

    /// An Update with a leaf.
    fn update(&self, leaf: LeafNode) -> Proposal {
        Proposal::Update(self.leaf(leaf, SOURCE_UPDATE))
    }

    /// A Commit of no proposals with a leaf in its path.
    fn commit_with(&self, leaf: LeafNode) -> AuthenticatedContent {
        let leaf_node = self.leaf(leaf, SOURCE_COMMIT);
        let path = Some(UpdatePath { leaf_node, nodes: UpdatePathNodes::new(0) });
        self.content(&Content::Commit(Commit { proposals: ProposalsOrRefs::new(0), path }))
    }

    /// A leaf of a source for the place of the member at leaf 1, signed.
    fn leaf(&self, leaf: LeafNode, leaf_node_source: u8) -> LeafNode {
        let unsigned = LeafNode { leaf_node_source, not_before: 0, not_after: 0, ..leaf };
        signed(AES128GCM_SHA256, NAME, unsigned, &self.group_id, 1)
    }
}

fn list(types: &[u16]) -> Extensions {
    let extension = |t: &u16| Extension { extension_type: *t, data: byte(0) };
    Extensions::from_vec(types.iter().map(extension).collect())
}

/// A leaf with these extensions.
fn leaf_with(types: &[u16]) -> LeafNode {
    LeafNode { extensions: list(types), ..unsigned_leaf(SUITES[0].1, NAME, 0) }
}

/// An Add of a leaf.
fn add(leaf: &LeafNode) -> Proposal {
    Proposal::Add(package_of(leaf, NAME))
}

/// An Add of a KeyPackage of a version.
fn versioned(version: u16) -> Proposal {
    let package = KeyPackage { version, ..key_package(SUITES[0].1, NAME) };
    Proposal::Add(resigned(package, NAME))
}

/// Lists of extensions that have a type twice.
fn extensions(t: &mut Topic, place: &Place) {
    let clauses = "GRP-16 GDS-45";
    let twice = &[POLICY_EXTENSION, POLICY_EXTENSION];
    let apart = &[POLICY_EXTENSION, APPLICATION_ID, POLICY_EXTENSION];
    let context = |types: &[u16]| Proposal::GroupContextExtensions(list(types));
    let reinit = Proposal::ReInit(ReInit {
        group_id: place.group_id.clone(),
        version: MLS10,
        cipher_suite: SUITES[0].1,
        extensions: list(twice),
    });
    let package = KeyPackage { extensions: list(twice), ..key_package(SUITES[0].1, NAME) };
    let package = Proposal::Add(resigned(package, NAME));
    let of_leaf = leaf_with(&[EXTERNAL_PUB, EXTERNAL_PUB]);
    for (number, about, bytes) in [
        (160, "a type twice in GroupContextExtensions", place.by_reference(&context(twice))),
        (161, "a type twice, another between", place.by_reference(&context(apart))),
        (162, "a type twice in a ReInit", place.by_reference(&reinit)),
        (163, "a type twice in an Add's KeyPackage", place.by_reference(&package)),
        (164, "a type twice in an Add's leaf", place.by_reference(&add(&of_leaf))),
        (
            165,
            "a type twice in an Update's leaf",
            place.by_reference(&place.update(of_leaf.clone())),
        ),
        (166, "a type twice in GroupContextExtensions by value", place.by_value(&context(twice))),
        (167, "a type twice in a ReInit by value", place.by_value(&reinit)),
        (
            168,
            "a type twice in the leaf of the Commit's path",
            bundle(&[], &place.commit_with(of_leaf.clone())),
        ),
    ] {
        refused(t, number, clauses, about, bytes);
    }
}

/// KeyPackages of another version.
fn versions(t: &mut Topic, place: &Place) {
    for (number, about, bytes) in [
        (169, "an Add's KeyPackage of version 2", place.by_reference(&versioned(2))),
        (170, "an Add's KeyPackage of version 0", place.by_reference(&versioned(0))),
        (171, "a KeyPackage of version 2 in an Add by value", place.by_value(&versioned(2))),
    ] {
        refused_as(t, number, "GRP-17 GDS-45", about, bytes, ErrorClass::UnsupportedVersion);
    }
}

/// Types that RFC 9420 does not define.
fn types(t: &mut Topic, place: &Place) {
    let clauses = "GRP-18 GDS-45";
    let suite = SUITES[0].1;
    let content = ascii("content");
    let other = |of: u16| Proposal::Other(of, content.clone());
    let none = Proposal::Other(0xf001, empty());
    let leaf = |of: u16| of_credential(suite, of, &content);
    for (number, about, proposal) in [
        (172, "a proposal of a type for private use", other(0xf001)),
        (173, "a proposal of a type for private use, of no content", none),
        (174, "a proposal of type 8", other(8)),
        (175, "a proposal of a GREASE type", other(0x4a4a)),
        (176, "a proposal of the last type", other(0xffff)),
        (177, "an Add with a credential of a type for private use", add(&leaf(0xf001))),
        (178, "an Add with a credential of a GREASE type", add(&leaf(0x4a4a))),
        (179, "an Add with a credential of Sceau's type and any content", add(&leaf(SCEAU))),
        (180, "an Update with a credential of type 3", place.update(leaf(3))),
    ] {
        let proposal = place.proposal(&proposal);
        let commit = place.signed.commit_to(&[&encode_authenticated_content(&proposal)]);
        decoded(t, number, clauses, about, &[&proposal], &commit);
    }
    for (number, about, commit) in [
        (
            181,
            "a Commit of a proposal of an unknown type by value",
            place.commit_of(&other(0xf001)),
        ),
        (182, "a path with a credential of an unknown type", place.commit_with(leaf(0xf001))),
    ] {
        decoded(t, number, clauses, about, &[], &commit);
    }
}

/// Type 0, and contents that are not what the type has.
fn no_types(t: &mut Topic, place: &Place) {
    let suite = SUITES[0].1;
    let content = ascii("content");
    let zero = Proposal::Other(0, content.clone());
    let of = |credential_type: u16| of_credential(suite, credential_type, &content);
    let commit = |leaf: LeafNode| bundle(&[], &place.commit_with(leaf));
    let unknown = place.proposal(&Proposal::Other(0xf001, content.clone()));
    let mut longer = encode_authenticated_content(&unknown);
    assert!(longer[CONTENT] == 7);
    // One more byte than there is before the signature's length: so the signature begins a byte late.
    longer[CONTENT] = 8;
    let mut long_length = encode_authenticated_content(&unknown).slice(0, CONTENT);
    let behind = encode_authenticated_content(&unknown);
    let behind = behind.slice(CONTENT + 1, behind.len() - CONTENT - 1);
    long_length = long_length.concat(&byte(0x40)).concat(&byte(7)).concat(&behind);
    let with = |bytes: &Octets| super::bundles::referred_bytes(&place.signed, &[bytes]);
    let both = "GRP-18 GDS-45";
    for (number, clauses, about, bytes) in [
        (183, both, "a proposal of type 0", place.by_reference(&zero)),
        (184, both, "a proposal of type 0 by value", place.by_value(&zero)),
        (185, both, "an Add with a credential of type 0", place.by_reference(&add(&of(0)))),
        (
            186,
            both,
            "an Update with a credential of type 0",
            place.by_reference(&place.update(of(0))),
        ),
        (187, both, "a path with a credential of type 0", commit(of(0))),
        (
            188,
            "GRP-15 GDS-45",
            "a proposal of an unknown type, its content's length a byte more",
            with(&longer),
        ),
        (
            189,
            "ENC-01 GRP-15",
            "a proposal of an unknown type, its content's length in two bytes",
            with(&long_length),
        ),
        (
            190,
            "GRP-15 GDS-45",
            "an Add with an X.509 credential that is no list of certificates",
            place.by_reference(&add(&of(X509))),
        ),
    ] {
        refused(t, number, clauses, about, bytes);
    }
}
