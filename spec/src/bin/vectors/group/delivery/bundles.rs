//! `CommitBundle`.

use super::{Contents, Messages, encoded};
use crate::vector::{Topic, fields, must};
use sceau_spec::group::delivery::{
    BundledProposals, CommitBundle, decode_commit_bundle, encode_commit_bundle,
};
use sceau_spec::group::framing::{
    AuthenticatedContent, MlsMessage, encode_authenticated_content, encode_mls_message,
};
use sceau_spec::octets::{Octets, byte, empty, repeat};
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// `encode(CommitBundle)` of these contents and this message, whatever they are.
pub fn bundle(proposals: &[&AuthenticatedContent], commit: &MlsMessage) -> Octets {
    let proposals = proposals.iter().map(|content| (*content).clone()).collect();
    let proposals = BundledProposals::from_vec(proposals);
    encode_commit_bundle(&CommitBundle { proposals, commit: commit.clone() })
}

/// A bundle around any bytes.
pub fn around(version: u8, proposals: &[&Octets], commit: &Octets) -> Octets {
    let mut body = empty();
    for proposal in proposals {
        body = body.concat(&write_opaque(proposal));
    }
    byte(version).concat(&write_opaque(&body)).concat(&write_opaque(commit))
}

/// Bundles that are some.
pub fn bundles(t: &mut Topic) {
    let (of, signed) = (Messages::new(t, 70), Contents::new(t, 70));
    let cases: [(_, _, &[&AuthenticatedContent]); 3] = [
        (70, "a Commit alone", &[]),
        (71, "a Commit with two proposals", &[&signed.add, &signed.remove]),
        (
            72,
            "the same proposals in another order, and one twice",
            &[&signed.remove, &signed.add, &signed.remove],
        ),
    ];
    for (number, about, proposals) in cases {
        let bytes = bundle(proposals, &of.commit);
        let again = must(about, decode_commit_bundle(&bytes));
        assert!(encode_commit_bundle(&again) == bytes && again.proposals.len() == proposals.len());
        t.valid(
            number,
            "GDS-36 GDS-45",
            about,
            fields! {
                operation: "commit_bundle", proposals: encoded(proposals),
                commit: encode_mls_message(&of.commit),
            },
            fields! {},
            fields! { commit_bundle: bytes },
        );
    }
    malformed(t, &of, &signed);
    malformed_commits(t, &of, &signed);
    malformed_proposals(t, &of, &signed);
}

/// Refuses what decoding must.
fn refused(t: &mut Topic, number: u32, clauses: &str, about: &str, bytes: Octets) {
    refused_as(t, number, clauses, about, bytes, MALFORMED);
}

/// The same with another class.
fn refused_as(
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
fn malformed(t: &mut Topic, of: &Messages, signed: &Contents) {
    let commit = encode_mls_message(&of.commit);
    let proposal = encode_authenticated_content(&signed.remove);
    let good = bundle(&[&signed.remove], &of.commit);
    let mut split = good.clone();
    // The vector of proposals, whose length is of two bytes, is a byte shorter, so that the last proposal is cut.
    split[2usize] -= 1;
    let other_version = around(1, &[&proposal], &commit);
    refused_as(t, 73, "GDS-45", "version 1", other_version, ErrorClass::UnsupportedVersion);
    refused(t, 74, "ENC-02", "a byte behind it", good.concat(&byte(0)));
    refused(t, 75, "ENC-04", "the Commit lacks a byte", good.slice(0, good.len() - 1));
    refused(t, 76, "ENC-04", "the Commit is missing", byte(0).concat(&byte(0)));
    refused(t, 77, "ENC-04", "no bytes", empty());
    refused(t, 78, "ENC-02", "proposals that end within one", split);
}

/// Bundles whose Commit is none.
fn malformed_commits(t: &mut Topic, of: &Messages, signed: &Contents) {
    let commit = encode_mls_message(&of.commit);
    let content = encode_authenticated_content(&signed.commit);
    refused(t, 79, "GDS-45", "a Commit of no bytes", around(0, &[], &empty()));
    refused(t, 81, "GDS-45", "a proposal as the Commit", bundle(&[], &of.remove));
    refused(t, 82, "GDS-45", "application data as the Commit", bundle(&[], &of.application));
    refused(t, 83, "GDS-45", "a Commit that is a PublicMessage", bundle(&[], &of.public_commit));
    let longer = around(0, &[], &commit.concat(&byte(0)));
    refused(t, 87, "GRP-15", "a byte behind the Commit's MLSMessage", longer);
    // Its wire format stands where an MLSMessage has its version.
    let content = around(0, &[], &content);
    let class = ErrorClass::UnsupportedVersion;
    refused_as(t, 88, "GRP-17", "an AuthenticatedContent as the Commit", content, class);
}

/// Bundles whose proposals are none.
fn malformed_proposals(t: &mut Topic, of: &Messages, signed: &Contents) {
    let commit = encode_mls_message(&of.commit);
    let proposal = encode_authenticated_content(&signed.remove);
    let private = encode_mls_message(&of.remove);
    let with = |proposal: &Octets| around(0, &[proposal], &commit);
    let altered = |at: usize, from: u8, to: u8| {
        let mut out = proposal.clone();
        assert!(out[at] == from);
        out[at] = to;
        with(&out)
    };
    refused(t, 80, "GDS-45", "a proposal of no bytes", with(&empty()));
    let contents = bundle(&[&signed.remove, &signed.commit], &of.commit);
    refused(t, 84, "GDS-45", "a Commit's content among the proposals", contents);
    let contents = bundle(&[&signed.application], &of.commit);
    refused(t, 85, "GDS-45", "application data among the proposals", contents);
    let short = proposal.slice(0, proposal.len() - 1);
    refused(t, 86, "GRP-15", "a proposal that lacks a byte", with(&short));
    refused(t, 89, "GDS-45", "a PrivateMessage in place of a proposal's content", with(&private));
    let contents = bundle(&[&signed.remove, &signed.public_remove], &of.commit);
    refused(t, 90, "GDS-45", "a proposal's content signed for a PublicMessage", contents);
    let longer = with(&proposal.concat(&byte(0)));
    refused(t, 91, "GRP-15", "a byte behind a proposal's content", longer);
    let tagged = with(&proposal.concat(&write_opaque(&repeat(0xc0, 32))));
    refused(t, 92, "GRP-15", "a proposal's content with a confirmation tag", tagged);
    // Behind the wire format stand a group id of 16 bytes, the epoch, the sender (a member, four bytes of index),
    // 13 bytes of authenticated data, the content type and the type of the proposal.
    refused(t, 93, "GDS-45", "a proposal's content of wire format 5", altered(1, 2, 5));
    refused(t, 94, "GRP-15", "a proposal's content of sender type 5", altered(27, 1, 5));
    refused(t, 95, "GRP-15", "a proposal's content of content type 4", altered(46, 2, 4));
    refused(t, 96, "GRP-18", "a proposal of an unknown type", altered(48, 3, 0x99));
}
