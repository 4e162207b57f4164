//! `CommitBundle`.

use super::{Contents, Messages, encoded};
use crate::vector::{Topic, fields, must};
use sceau_spec::group::delivery::{
    BundledProposals, CommitBundle, decode_commit_bundle, encode_commit_bundle,
};
use sceau_spec::group::framing::{
    AuthenticatedContent, EXTERNAL, MEMBER, MLS_PRIVATE_MESSAGE, MLS_PUBLIC_MESSAGE,
    NEW_MEMBER_COMMIT, NEW_MEMBER_PROPOSAL, encode_authenticated_content, encode_mls_message,
};
use sceau_spec::octets::{Octets, byte, empty, repeat};
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// `encode(CommitBundle)` of these contents, whatever they are.
pub fn bundle(proposals: &[&AuthenticatedContent], commit: &AuthenticatedContent) -> Octets {
    let proposals = proposals.iter().map(|content| (*content).clone()).collect();
    let proposals = BundledProposals::from_vec(proposals);
    encode_commit_bundle(&CommitBundle { proposals, commit: commit.clone() })
}

/// A bundle around any bytes.
fn around(version: u8, proposals: &[&Octets], commit: &Octets) -> Octets {
    let mut body = empty();
    for proposal in proposals {
        body = body.concat(&write_opaque(proposal));
    }
    byte(version).concat(&write_opaque(&body)).concat(&write_opaque(commit))
}

/// A bundle of these and a Commit that refers to them.
pub fn referred(signed: &Contents, proposals: &[&AuthenticatedContent]) -> Octets {
    referred_bytes(signed, &encoded(proposals).iter().collect::<Vec<_>>())
}

/// The same around any bytes.
pub fn referred_bytes(signed: &Contents, proposals: &[&Octets]) -> Octets {
    around(0, proposals, &encode_authenticated_content(&signed.commit_to(proposals)))
}

/// Bundles that are some.
pub fn bundles(t: &mut Topic) {
    let signed = Contents::new(t, 70);
    let both = [&signed.add, &signed.remove];
    let commit_to_both = signed.commit_to(&encoded(&both).iter().collect::<Vec<_>>());
    let cases: [(_, _, &[&AuthenticatedContent], _); 2] = [
        (70, "a Commit alone", &[], &signed.commit),
        (71, "a Commit with two proposals", &both, &commit_to_both),
    ];
    for (number, about, proposals, commit) in cases {
        decoded(t, number, "GDS-36 GDS-45", about, proposals, commit);
    }
    malformed(t, &signed);
    malformed_commits(t, &signed);
    malformed_proposals(t, &signed);
}

/// A bundle that decodes to what it was made of.
pub fn decoded(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    proposals: &[&AuthenticatedContent],
    commit: &AuthenticatedContent,
) {
    let bytes = bundle(proposals, commit);
    let again = must(about, decode_commit_bundle(&bytes));
    assert!(encode_commit_bundle(&again) == bytes && again.proposals.len() == proposals.len());
    t.valid(
        number,
        clauses,
        about,
        fields! {
            operation: "commit_bundle", proposals: encoded(proposals),
            commit: encode_authenticated_content(commit),
        },
        fields! {},
        fields! { commit_bundle: bytes },
    );
}

/// Refuses what decoding must.
pub fn refused(t: &mut Topic, number: u32, clauses: &str, about: &str, bytes: Octets) {
    refused_as(t, number, clauses, about, bytes, MALFORMED);
}

/// The same with another class.
pub fn refused_as(
    t: &mut Topic,
    number: u32,
    clauses: &str,
    about: &str,
    bytes: Octets,
    class: ErrorClass,
) {
    let read = decode_commit_bundle(&bytes);
    let input = fields! { operation: "decode", type: "CommitBundle", bytes: bytes };
    t.refused(number, clauses, about, input, read, class);
}

/// Bundles that end too soon or too late, and one of another version.
fn malformed(t: &mut Topic, signed: &Contents) {
    let good = referred(signed, &[&signed.remove]);
    let mut split = good.clone();
    // The vector of proposals, whose length is of two bytes, is a byte shorter, so that the last proposal is cut.
    split[2usize] -= 1;
    let other_version = altered(&good, 0, 0, 1);
    refused_as(t, 73, "GDS-45", "version 1", other_version, ErrorClass::UnsupportedVersion);
    refused(t, 74, "ENC-02", "a byte behind it", good.concat(&byte(0)));
    refused(t, 75, "ENC-04", "the Commit lacks a byte", good.slice(0, good.len() - 1));
    refused(t, 76, "ENC-04", "the Commit is missing", byte(0).concat(&byte(0)));
    refused(t, 77, "ENC-04", "no bytes", empty());
    refused(t, 78, "ENC-02", "proposals that end within one", split);
}

/// A byte of an encoded content, which is another one.
fn altered(content: &Octets, at: usize, from: u8, to: u8) -> Octets {
    let mut out = content.clone();
    assert!(out[at] == from);
    out[at] = to;
    out
}

// Where in an encoded content of [`Contents`] stand, behind the second byte of the wire format: a group id of 16
// bytes and the epoch; the sender, a member with four bytes of index; 13 bytes of authenticated data.
const WIRE_FORMAT: usize = 1;
const SENDER_TYPE: usize = 27;
const CONTENT_TYPE: usize = 46;

/// Bundles whose Commit is none.
fn malformed_commits(t: &mut Topic, signed: &Contents) {
    let commit = encode_authenticated_content(&signed.commit);
    let private = encode_mls_message(&Messages::new(t, 70).commit);
    let by = |sender_type| signed.signed_by(sender_type, MLS_PRIVATE_MESSAGE, &signed.commit);
    let alone = |commit: &AuthenticatedContent| bundle(&[], commit);
    let with = |commit: &Octets| around(0, &[], commit);
    refused(t, 79, "GDS-45", "a Commit of no bytes", with(&empty()));
    refused(t, 81, "GDS-45", "a proposal as the Commit", alone(&signed.remove));
    refused(t, 82, "GDS-45", "application data as the Commit", alone(&signed.application));
    let public = signed.signed_by(MEMBER, MLS_PUBLIC_MESSAGE, &signed.commit);
    refused(t, 110, "GDS-45", "a Commit's content signed for a PublicMessage", alone(&public));
    refused(t, 111, "GDS-45", "a PrivateMessage in place of the Commit's content", with(&private));
    refused(t, 112, "GDS-45", "a Commit of an external sender", alone(&by(EXTERNAL)));
    refused(t, 113, "GDS-45", "a Commit of new_member_proposal", alone(&by(NEW_MEMBER_PROPOSAL)));
    refused(t, 114, "GDS-45", "a Commit of new_member_commit", alone(&by(NEW_MEMBER_COMMIT)));
    let other = |at, from, to| with(&altered(&commit, at, from, to));
    refused(t, 115, "GDS-45", "a Commit's content of wire format 5", other(WIRE_FORMAT, 2, 5));
    refused(t, 116, "GRP-15", "a Commit's content of sender type 5", other(SENDER_TYPE, 1, 5));
    refused(t, 117, "GRP-15", "a Commit's content of content type 4", other(CONTENT_TYPE, 3, 4));
    let longer = with(&commit.concat(&byte(0)));
    refused(t, 118, "GRP-15", "a byte behind the Commit's content", longer);
    // The confirmation tag has 32 bytes, its length one.
    let untagged = with(&commit.slice(0, commit.len() - 33));
    refused(t, 119, "GRP-15", "a Commit's content without a confirmation tag", untagged);
}

/// Bundles whose proposals are none.
fn malformed_proposals(t: &mut Topic, signed: &Contents) {
    let proposal = encode_authenticated_content(&signed.remove);
    let private = encode_mls_message(&Messages::new(t, 70).remove);
    let by = |sender_type| signed.signed_by(sender_type, MLS_PRIVATE_MESSAGE, &signed.add);
    let both = |second: &AuthenticatedContent| referred(signed, &[&signed.remove, second]);
    let with = |proposal: &Octets| referred_bytes(signed, &[proposal]);
    let other = |at, from, to| with(&altered(&proposal, at, from, to));
    refused(t, 80, "GDS-45", "a proposal of no bytes", with(&empty()));
    refused(t, 84, "GDS-45", "a Commit's content among the proposals", both(&signed.commit));
    refused(t, 85, "GDS-45", "application data among the proposals", both(&signed.application));
    let short = proposal.slice(0, proposal.len() - 1);
    refused(t, 86, "GRP-15", "a proposal that lacks a byte", with(&short));
    refused(t, 89, "GDS-45", "a PrivateMessage in place of a proposal's content", with(&private));
    let public = signed.signed_by(MEMBER, MLS_PUBLIC_MESSAGE, &signed.remove);
    refused(t, 90, "GDS-45", "a proposal's content signed for a PublicMessage", both(&public));
    let longer = with(&proposal.concat(&byte(0)));
    refused(t, 91, "GRP-15", "a byte behind a proposal's content", longer);
    let tagged = with(&proposal.concat(&write_opaque(&repeat(0xc0, 32))));
    refused(t, 92, "GRP-15", "a proposal's content with a confirmation tag", tagged);
    refused(t, 93, "GDS-45", "a proposal's content of wire format 5", other(WIRE_FORMAT, 2, 5));
    refused(t, 94, "GRP-15", "a proposal's content of sender type 5", other(SENDER_TYPE, 1, 5));
    refused(t, 95, "GRP-15", "a proposal's content of content type 4", other(CONTENT_TYPE, 2, 4));
    refused(t, 97, "GDS-45", "a proposal of an external sender", both(&by(EXTERNAL)));
    refused(t, 98, "GDS-45", "a proposal of a newcomer", both(&by(NEW_MEMBER_PROPOSAL)));
}
