//! The keys under which a Commit lies at the relay, and what lies there.

use super::bundles::{bundle, referred, referred_bytes};
use super::{Contents, Messages, commit, encoded};
use crate::group::SUITES;
use crate::group::framing::Epoch;
use crate::vector::{Fields, Topic, fields, items, must};
use sceau_spec::group::commit::ProposalOrRef;
use sceau_spec::group::crypto::derive_secret;
use sceau_spec::group::delivery::{
    COMMIT_NONCE, COMMIT_OVERHEAD, commit_handle, commit_key, encode_commit_bundle, open_commit,
    seal_commit,
};
use sceau_spec::group::framing::{
    AuthenticatedContent, MEMBER, MLS_PUBLIC_MESSAGE, encode_authenticated_content,
    encode_mls_message,
};
use sceau_spec::group::labels::{COMMIT_HANDLE_LABEL, COMMIT_KEY_LABEL};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::suite::{CipherSuite, nh};
use sceau_spec::octets::{Octets, byte, empty, zeros};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_MESSAGE;
use sceau_spec::primitives::{aes_256_gcm_siv_seal, sha256};

/// Handle, key and sealed bundles of an epoch of a suite.
pub fn sealed(t: &mut Topic, base: u32, suite: CipherSuite) {
    let exporter_secret = t.draw(base, "exporter_secret", nh(suite));
    let handle = commit_handle(suite, &exporter_secret);
    let key = commit_key(suite, &exporter_secret);
    t.valid(
        base,
        "GDS-04 GRP-19",
        "handle and key of an epoch",
        fields! {
            operation: "commit_keys", cipher_suite: suite, exporter_secret: exporter_secret,
        },
        fields! {
            commit_handle_secret: derive_secret(suite, &exporter_secret, COMMIT_HANDLE_LABEL),
            commit_key_secret: derive_secret(suite, &exporter_secret, COMMIT_KEY_LABEL),
        },
        fields! { commit_handle: handle, commit_key: key },
    );
    let signed = Contents::new(t, base);
    let both = [&signed.add, &signed.remove];
    let commit_to_both = signed.commit_to(&encoded(&both).iter().collect::<Vec<_>>());
    let cases: [(_, _, &[&AuthenticatedContent], _); 2] = [
        (1, "a Commit alone, sealed", &[], &signed.commit),
        (2, "a Commit with two proposals, sealed", &both, &commit_to_both),
    ];
    for (i, about, proposals, commit) in cases {
        let number = base + i;
        let nonce = t.draw(number, "commit_nonce", COMMIT_NONCE);
        let bytes = bundle(proposals, commit);
        let sealed = must(about, seal_commit(&handle, &key, &nonce, &bytes));
        let opened = must(about, open_commit(&handle, &key, &sealed));
        assert!(encode_commit_bundle(&opened) == bytes);
        t.valid(
            number,
            "GDS-05 GDS-36",
            about,
            fields! {
                operation: "seal_commit", commit_handle: handle, commit_key: key,
                proposals: encoded(proposals), commit: encode_authenticated_content(commit),
                commit_nonce: nonce,
            },
            fields! { commit_bundle: bytes },
            fields! { sealed_commit: sealed },
        );
    }
}

/// What `open_commit` takes.
fn opening(handle: &Octets, key: &Octets, sealed_commit: &Octets) -> Fields {
    fields! {
        operation: "open_commit", commit_handle: handle, commit_key: key,
        sealed_commit: sealed_commit,
    }
}

/// What comes from a relay and does not open, or opens and is no bundle.
pub fn opened(t: &mut Topic) {
    let (handle, key) = (t.draw(200, "commit_handle", 32), t.draw(200, "commit_key", 32));
    let nonce = t.draw(200, "commit_nonce", COMMIT_NONCE);
    let (of, signed) = (Messages::new(t, 200), Contents::new(t, 200));
    let bytes = referred(&signed, &[&signed.remove]);
    let seal = |bytes: &Octets| must("seal", seal_commit(&handle, &key, &nonce, bytes));
    let good = seal(&bytes);
    let read = must("open", open_commit(&handle, &key, &good));
    let proposals: Vec<AuthenticatedContent> = items(&read.proposals);
    t.valid(
        200,
        "GDS-10 GDS-45",
        "what a committer has sealed",
        opening(&handle, &key, &good),
        fields! { commit_bundle: bytes },
        fields! {
            proposals: encoded(&proposals.iter().collect::<Vec<_>>()),
            commit: encode_authenticated_content(&read.commit),
        },
    );
    let altered = |at: usize| {
        let mut out = good.clone();
        out[at] ^= 1;
        out
    };
    let (other_handle, other_key) =
        (t.draw(209, "commit_handle", 32), t.draw(210, "commit_key", 32));
    let unbound = nonce.concat(&aes_256_gcm_siv_seal(&key, &nonce, &empty(), &bytes));
    let last = good.len() - 1;
    let (malformed, closed) = (ErrorClass::Malformed, ErrorClass::Undecryptable);
    for (number, about, handle, key, sealed) in [
        (201, "no bytes", &handle, &key, empty()),
        (202, "a part of the nonce", &handle, &key, good.slice(0, 11)),
        (203, "the nonce alone", &handle, &key, good.slice(0, 12)),
        (204, "less than nonce and tag", &handle, &key, good.slice(0, 27)),
        (205, "a byte less", &handle, &key, good.slice(0, last)),
        (206, "a byte more", &handle, &key, good.concat(&byte(0))),
        (207, "an altered nonce", &handle, &key, altered(0)),
        (208, "an altered ciphertext", &handle, &key, altered(12)),
        (209, "another epoch's handle", &other_handle, &key, good.clone()),
        (210, "another epoch's key", &handle, &other_key, good.clone()),
        (211, "an altered tag", &handle, &key, altered(last)),
        (212, "sealed without the handle", &handle, &key, unbound),
        (213, "the bundle as it is", &handle, &key, bytes.clone()),
    ] {
        let result = open_commit(handle, key, &sealed);
        t.refused(number, "GDS-10", about, opening(handle, key, &sealed), result, closed);
    }
    let mut version = bytes.clone();
    version[0usize] = 1;
    let private = referred_bytes(&signed, &[&encode_mls_message(&of.remove)]);
    let public = signed.signed_by(MEMBER, MLS_PUBLIC_MESSAGE, &signed.remove);
    let public = referred(&signed, &[&public]);
    for (number, clauses, about, bytes, class) in [
        (220, "GDS-45", "it opens to nothing", empty(), malformed),
        (221, "GDS-45", "it opens to version 1", version, ErrorClass::UnsupportedVersion),
        (222, "GDS-45", "it opens to a proposal", bundle(&[], &signed.remove), malformed),
        (223, "ENC-02", "it opens to a bundle and a byte", bytes.concat(&byte(0)), malformed),
        (224, "GDS-45", "it opens to a proposal as PrivateMessage", private, malformed),
        (225, "GDS-45", "it opens to a proposal for a PublicMessage", public, malformed),
    ] {
        let sealed = seal(&bytes);
        let result = open_commit(&handle, &key, &sealed);
        t.refused(number, clauses, about, opening(&handle, &key, &sealed), result, class);
    }
    longest(t, &handle, &key, &nonce);
}

/// A content of the member with so many zeros as its `authenticated_data`: a Commit of a Remove by value.
fn commit_with_zeros(epoch: &Epoch, zero_bytes: usize) -> AuthenticatedContent {
    let by_value = ProposalOrRef::Proposal(Proposal::Remove(3));
    epoch.signed_beside(&zeros(zero_bytes), &commit(&[by_value]))
}

/// A bundle as long as one may be, and one that is a byte longer.
fn longest(t: &mut Topic, handle: &Octets, key: &Octets, nonce: &Octets) {
    let epoch = Epoch::new(t, 230, SUITES[0].1);
    // Lengths of four bytes are those of all contents that are this long.
    let around = bundle(&[], &commit_with_zeros(&epoch, 1 << 14)).len() - (1 << 14);
    let most = MAX_MESSAGE - COMMIT_OVERHEAD - around;
    // Before the zeros stand wire format, group id, epoch, sender and the length of the zeros.
    let at = 2 + 17 + 8 + 5 + 4;
    let input = |commit: &AuthenticatedContent, zero_bytes: usize| {
        let bytes = encode_authenticated_content(commit);
        let behind = bytes.slice(at + zero_bytes, bytes.len() - at - zero_bytes);
        fields! {
            operation: "seal_commit", commit_handle: handle, commit_key: key,
            proposals: Vec::<Octets>::new(), commit: bytes.slice(0, at).concat(&behind),
            commit_zeros_at: at, commit_zeros: zero_bytes, commit_nonce: nonce,
        }
    };
    let commit = commit_with_zeros(&epoch, most);
    let bytes = bundle(&[], &commit);
    let sealed = must("longest", seal_commit(handle, key, nonce, &bytes));
    assert_eq!(sealed.len(), MAX_MESSAGE);
    must("longest opens", open_commit(handle, key, &sealed));
    t.valid(
        230,
        "GDS-11 LIM-01",
        "a bundle as long as one may be",
        input(&commit, most),
        fields! { commit_bundle_length: bytes.len() },
        fields! { sealed_commit_sha256: sha256(&sealed) },
    );
    let commit = commit_with_zeros(&epoch, most + 1);
    let result = seal_commit(handle, key, nonce, &bundle(&[], &commit));
    let about = "a bundle that is a byte longer";
    t.refused(231, "GDS-11", about, input(&commit, most + 1), result, ErrorClass::Limit);
}
