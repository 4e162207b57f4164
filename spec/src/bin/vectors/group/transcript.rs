//! Transcript hashes of Commits.

use super::SUITES;
use super::framing::{Epoch, commit_of};
use crate::vector::{Topic, fields};
use sceau_spec::group::framing::{
    MLS_PRIVATE_MESSAGE, MLS_PUBLIC_MESSAGE, encode_authenticated_content,
};
use sceau_spec::group::key_schedule::confirmation_tag;
use sceau_spec::group::suite::nh;
use sceau_spec::group::transcript::{
    confirmed_transcript_hash, confirmed_transcript_hash_input, interim_transcript_hash,
};

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-transcript-hashes", "GRP-TH");
    for (base, suite) in SUITES {
        let formats = [(MLS_PRIVATE_MESSAGE, 0), (MLS_PRIVATE_MESSAGE, 1), (MLS_PUBLIC_MESSAGE, 1)];
        for (i, (wire_format, epochs_before)) in formats.into_iter().enumerate() {
            let number = base + i as u32;
            let epoch = Epoch::new(&t, number, suite);
            // The interim hash of epoch 0 is of the first epoch's tag, so never empty here.
            let before = t.draw(number, "interim_transcript_hash", nh(suite) * epochs_before);
            let key = t.draw(number, "confirmation_key", nh(suite));
            let mut commit = epoch.signed(wire_format, &commit_of(&t, number));
            let input = confirmed_transcript_hash_input(&commit);
            let confirmed = confirmed_transcript_hash(suite, &before, &commit);
            let tag = confirmation_tag(suite, &key, &confirmed);
            commit.auth.confirmation_tag = tag.clone();
            t.valid(
                number,
                "GRP-30 GRP-31",
                match (epochs_before, wire_format) {
                    (0, _) => "a Commit behind an empty interim transcript hash",
                    (_, MLS_PUBLIC_MESSAGE) => "a Commit of a PublicMessage",
                    _ => "a Commit of a PrivateMessage",
                },
                fields! { operation: "transcript_hashes", cipher_suite: suite,
                interim_transcript_hash_before: before, confirmation_key: key,
                authenticated_content: encode_authenticated_content(&commit) },
                fields! { confirmed_transcript_hash_input: input },
                fields! { confirmed_transcript_hash: confirmed, confirmation_tag: tag,
                interim_transcript_hash: interim_transcript_hash(suite, &confirmed, &tag) },
            );
        }
    }
    t
}
