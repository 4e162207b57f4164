//! What is behind a bundle: zeros up to its bucket.

use super::bundles::{bundle, referred};
use super::sealed::Place;
use super::{Contents, commit};
use crate::group::SUITES;
use crate::group::framing::Epoch;
use crate::vector::{Fields, Topic, fields, must, put};
use sceau_spec::group::commit::ProposalOrRef;
use sceau_spec::group::delivery::{COMMIT_OVERHEAD, MAX_BUNDLE, open_commit, seal_commit};
use sceau_spec::group::framing::{AuthenticatedContent, encode_authenticated_content};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::octets::{Octets, zeros};
use sceau_spec::pairwise::codec::write_length;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_FRAME;
use sceau_spec::primitives::sha256;

/// A bundle of a length, of a Commit alone whose `authenticated_data` are zeros.
struct Long {
    commit: AuthenticatedContent,
    zeros: usize,
    bytes: Octets,
}

impl Long {
    /// One of so many bytes.
    fn new(epoch: &Epoch, length: usize) -> Self {
        let around = Self::of_zeros(epoch, 0).bytes.len();
        // Longer lengths of the zeros and of the Commit take up to five bytes more.
        let tries = (0..=5).rev().map(|more| Self::of_zeros(epoch, length - around - more));
        let mut found = tries.filter(|long| long.bytes.len() == length);
        found.next().expect("a bundle of that length")
    }

    fn of_zeros(epoch: &Epoch, zero_bytes: usize) -> Self {
        let by_value = ProposalOrRef::Proposal(Proposal::Remove(3));
        let commit = epoch.signed_beside(&zeros(zero_bytes), &commit(&[by_value]));
        let bytes = bundle(&[], &commit);
        Self { commit, zeros: zero_bytes, bytes }
    }

    /// What `seal_commit` takes, without the zeros.
    fn input(&self, place: &Place) -> Fields {
        let bytes = encode_authenticated_content(&self.commit);
        // Before the zeros stand wire format, group id, epoch, sender and how many they are.
        let at = 2 + 17 + 8 + 5 + write_length(self.zeros).len();
        let behind = bytes.slice(at + self.zeros, bytes.len() - at - self.zeros);
        let mut input = place.sealing(&[], &bytes.slice(0, at).concat(&behind));
        put(&mut input, "commit_zeros_at", at);
        put(&mut input, "commit_zeros", self.zeros);
        input
    }
}

/// Bundles at the edges of buckets, sealed, and one that has none.
pub fn sealed(t: &mut Topic, place: &Place) {
    let epoch = Epoch::new(t, 230, SUITES[0].1);
    let Place { handle, key, nonce } = place;
    for (number, clauses, about, length, bucket) in [
        (232, "GDS-45", "a bundle that fills the first bucket", 256, 256),
        (233, "GDS-45", "a byte longer", 257, 512),
        (234, "GDS-45", "a bundle of 1024 bytes", 1024, 1024),
        (235, "GDS-45", "a byte longer than 1024", 1025, 2048),
        (236, "GDS-45", "a bundle of 4096 bytes", 4096, 4096),
        (237, "GDS-45", "a byte longer than 4096", 4097, 8192),
        (260, "GDS-45", "a bundle of 8192 bytes", 8192, 8192),
        (261, "GDS-45", "a byte longer than 8192", 8193, 12288),
        (238, "GDS-45", "a bundle as long as a frame may be", MAX_FRAME, MAX_FRAME),
        (239, "GDS-45", "a byte longer than a frame", MAX_FRAME + 1, MAX_FRAME + 4096),
        (230, "GDS-11 LIM-01", "a bundle as long as one may be", MAX_BUNDLE, MAX_BUNDLE),
    ] {
        let long = Long::new(&epoch, length);
        let sealed = must(about, seal_commit(handle, key, nonce, &long.bytes));
        assert_eq!(sealed.len(), bucket + COMMIT_OVERHEAD);
        must(about, open_commit(handle, key, &sealed));
        t.valid(
            number,
            clauses,
            about,
            long.input(place),
            fields! { commit_bundle_length: length, padded_length: bucket },
            fields! { sealed_commit_sha256: sha256(&sealed) },
        );
    }
    let long = Long::new(&epoch, MAX_BUNDLE + 1);
    let (about, input) = ("a bundle that is a byte longer", long.input(place));
    let result = seal_commit(handle, key, nonce, &long.bytes);
    t.refused(231, "GDS-11", about, input, result, ErrorClass::Limit);
}

/// What opens to a bundle with as many zeros as it should have, and what does not.
pub fn opened(t: &mut Topic, place: &Place) {
    let epoch = Epoch::new(t, 230, SUITES[0].1);
    let full = Long::new(&epoch, 256).bytes;
    let over = Long::new(&epoch, 257).bytes;
    for (number, about, bytes, more) in [
        (262, "a bundle that fills its bucket, and nothing behind it", &full, 0),
        (263, "a bundle of a byte more, and 255 zeros", &over, 255),
    ] {
        place.opens(t, number, "GDS-45", about, &bytes.concat(&zeros(more)));
    }
    let signed = Contents::new(t, 200);
    let bytes = referred(&signed, &[&signed.remove]);
    let short = 512 - bytes.len();
    assert!(bytes.len() > 256 && short > 2);
    let behind = |more: usize| bytes.concat(&zeros(more));
    let with = |at: usize, other: u8| {
        let mut padded = behind(short);
        padded[at] = other;
        padded
    };
    let mut version = bytes.clone();
    version[0usize] = 1;
    let long = Long::new(&epoch, 2049).bytes;
    let (malformed, other) = (ErrorClass::Malformed, ErrorClass::UnsupportedVersion);
    for (number, about, padded, class) in [
        (264, "nothing behind the bundle", bytes.clone(), malformed),
        (265, "a zero less than there should be", behind(short - 1), malformed),
        (266, "a zero more", behind(short + 1), malformed),
        (267, "zeros up to the bucket that follows", behind(512 + short), malformed),
        (268, "zeros behind a bundle that fills its bucket", full.concat(&zeros(256)), malformed),
        (269, "the first zero is none", with(bytes.len(), 0x80), malformed),
        (270, "the last zero is none", with(511, 1), malformed),
        (271, "zeros up to 2304, which is no bucket", long.concat(&zeros(255)), malformed),
        (272, "version 1, with nothing behind it: the version comes first", version, other),
    ] {
        place.refused(t, number, "GDS-45", about, &padded, class);
    }
}
