//! `CommitBundle`.

use super::{Messages, encoded};
use crate::vector::{Topic, fields, must};
use sceau_spec::group::delivery::{
    BundledProposals, CommitBundle, decode_commit_bundle, encode_commit_bundle,
};
use sceau_spec::group::framing::{MlsMessage, encode_mls_message};
use sceau_spec::octets::{Octets, byte, empty};
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// `encode(CommitBundle)` of these messages, whatever they are.
pub fn bundle(proposals: &[&MlsMessage], commit: &MlsMessage) -> Octets {
    let proposals = proposals.iter().map(|message| (*message).clone()).collect();
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

/// Bundles that are some, and such as are none.
pub fn bundles(t: &mut Topic) {
    let of = Messages::new(t, 70);
    let cases: [(_, _, &[&MlsMessage]); 3] = [
        (70, "a Commit alone", &[]),
        (71, "a Commit with two proposals", &[&of.add, &of.remove]),
        (
            72,
            "the same proposals in another order, and one twice",
            &[&of.remove, &of.add, &of.remove],
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
    let commit = encode_mls_message(&of.commit);
    let proposal = encode_mls_message(&of.remove);
    let good = bundle(&[&of.remove], &of.commit);
    let mut split = good.clone();
    // The vector of proposals is a byte shorter, so that the last proposal is cut.
    split[2usize] -= 1;
    let short = proposal.slice(0, proposal.len() - 1);
    let class = ErrorClass::UnsupportedVersion;
    for (number, clauses, about, bytes, class) in [
        (73, "GDS-45", "version 1", around(1, &[&proposal], &commit), class),
        (74, "ENC-02", "a byte behind it", good.concat(&byte(0)), MALFORMED),
        (75, "ENC-04", "the Commit lacks a byte", good.slice(0, good.len() - 1), MALFORMED),
        (76, "ENC-04", "the Commit is missing", byte(0).concat(&byte(0)), MALFORMED),
        (77, "ENC-04", "no bytes", empty(), MALFORMED),
        (78, "ENC-02", "proposals that end within one", split, MALFORMED),
        (79, "GDS-45", "a Commit of no bytes", around(0, &[], &empty()), MALFORMED),
        (80, "GDS-45", "a proposal of no bytes", around(0, &[&empty()], &commit), MALFORMED),
        (81, "GDS-45", "a proposal as the Commit", bundle(&[], &of.remove), MALFORMED),
        (82, "GDS-45", "application data as the Commit", bundle(&[], &of.application), MALFORMED),
        (
            83,
            "GDS-45",
            "a Commit that is a PublicMessage",
            bundle(&[], &of.public_commit),
            MALFORMED,
        ),
        (
            84,
            "GDS-45",
            "a Commit among the proposals",
            bundle(&[&of.remove, &of.commit], &of.commit),
            MALFORMED,
        ),
        (
            85,
            "GDS-45",
            "application data among the proposals",
            bundle(&[&of.application], &of.commit),
            MALFORMED,
        ),
        (86, "GRP-15", "a proposal that lacks a byte", around(0, &[&short], &commit), MALFORMED),
        (
            87,
            "GRP-15",
            "a byte behind the Commit's MLSMessage",
            around(0, &[], &commit.concat(&byte(0))),
            MALFORMED,
        ),
    ] {
        let read = decode_commit_bundle(&bytes);
        let input = fields! { operation: "decode", type: "CommitBundle", bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}
