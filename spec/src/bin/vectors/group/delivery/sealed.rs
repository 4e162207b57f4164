//! The keys under which a Commit lies at the relay, and what lies there.

use super::bundles::{bundle, referred, referred_bytes};
use super::{Contents, Messages, encoded};
use crate::vector::{Fields, Topic, fields, items, must};
use sceau_spec::group::crypto::derive_secret;
use sceau_spec::group::delivery::{
    COMMIT_NONCE, COMMIT_OVERHEAD, commit_handle, commit_key, encode_commit_bundle, open_commit,
    pad_bundle, seal_commit,
};
use sceau_spec::group::framing::{
    AuthenticatedContent, MEMBER, MLS_PUBLIC_MESSAGE, encode_authenticated_content,
    encode_mls_message,
};
use sceau_spec::group::labels::{COMMIT_HANDLE_LABEL, COMMIT_KEY_LABEL};
use sceau_spec::group::suite::{CipherSuite, nh};
use sceau_spec::octets::{Octets, byte, empty, zeros};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::primitives::aes_256_gcm_siv_seal;

/// Where a Commit lies at a relay, with a nonce.
#[derive(Clone)]
pub struct Place {
    pub handle: Octets,
    pub key: Octets,
    pub nonce: Octets,
}

impl Place {
    /// That of the vectors which belong to no suite.
    pub fn new(t: &Topic) -> Self {
        Self {
            handle: t.draw(200, "commit_handle", 32),
            key: t.draw(200, "commit_key", 32),
            nonce: t.draw(200, "commit_nonce", COMMIT_NONCE),
        }
    }

    /// These bytes, whatever they are, sealed as a padded bundle is.
    fn sealed(&self, padded: &Octets) -> Octets {
        let sealed = aes_256_gcm_siv_seal(&self.key, &self.nonce, &self.handle, padded);
        self.nonce.concat(&sealed)
    }

    /// What `seal_commit` takes.
    pub fn sealing(&self, proposals: &[&AuthenticatedContent], commit: &Octets) -> Fields {
        fields! {
            operation: "seal_commit", commit_handle: self.handle, commit_key: self.key,
            proposals: encoded(proposals), commit: commit, commit_nonce: self.nonce,
        }
    }

    /// What `open_commit` takes.
    fn opening(&self, sealed_commit: &Octets) -> Fields {
        fields! {
            operation: "open_commit", commit_handle: self.handle, commit_key: self.key,
            sealed_commit: sealed_commit,
        }
    }

    /// What is sealed so opens to a bundle.
    pub fn opens(
        &self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        padded: &Octets,
    ) -> Octets {
        let sealed = self.sealed(padded);
        let read = must(about, open_commit(&self.handle, &self.key, &sealed));
        let bytes = encode_commit_bundle(&read);
        assert!(padded.slice(0, bytes.len()) == bytes);
        let proposals: Vec<AuthenticatedContent> = items(&read.proposals);
        t.valid(
            number,
            clauses,
            about,
            self.opening(&sealed),
            fields! { commit_bundle: bytes },
            fields! {
                proposals: encoded(&proposals.iter().collect::<Vec<_>>()),
                commit: encode_authenticated_content(&read.commit),
            },
        );
        sealed
    }

    /// What is sealed so opens, and is refused.
    pub fn refused(
        &self,
        t: &mut Topic,
        number: u32,
        clauses: &str,
        about: &str,
        padded: &Octets,
        class: ErrorClass,
    ) {
        let sealed = self.sealed(padded);
        let result = open_commit(&self.handle, &self.key, &sealed);
        t.refused(number, clauses, about, self.opening(&sealed), result, class);
    }
}

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
        let place = Place { handle: handle.clone(), key: key.clone(), nonce };
        let bytes = bundle(proposals, commit);
        let sealed = must(about, seal_commit(&handle, &key, &place.nonce, &bytes));
        let opened = must(about, open_commit(&handle, &key, &sealed));
        assert!(encode_commit_bundle(&opened) == bytes);
        t.valid(
            number,
            "GDS-05 GDS-36",
            about,
            place.sealing(proposals, &encode_authenticated_content(commit)),
            fields! { commit_bundle: bytes, padded_length: sealed.len() - COMMIT_OVERHEAD },
            fields! { sealed_commit: sealed },
        );
    }
}

/// What comes from a relay and does not open, or opens and is no bundle.
pub fn opened(t: &mut Topic, place: &Place) {
    let (of, signed) = (Messages::new(t, 200), Contents::new(t, 200));
    let bytes = referred(&signed, &[&signed.remove]);
    let padded = |bytes: &Octets| must("pad", pad_bundle(bytes));
    let about = "what a committer has sealed";
    let good = place.opens(t, 200, "GDS-10 GDS-45", about, &padded(&bytes));
    let altered = |at: usize| {
        let mut out = good.clone();
        out[at] ^= 1;
        out
    };
    let Place { key, nonce, .. } = place;
    let other_handle = Place { handle: t.draw(209, "commit_handle", 32), ..place.clone() };
    let other_key = Place { key: t.draw(210, "commit_key", 32), ..place.clone() };
    let unbound = nonce.concat(&aes_256_gcm_siv_seal(key, nonce, &empty(), &padded(&bytes)));
    let last = good.len() - 1;
    let (malformed, closed) = (ErrorClass::Malformed, ErrorClass::Undecryptable);
    for (number, about, place, sealed) in [
        (201, "no bytes", place, empty()),
        (202, "a part of the nonce", place, good.slice(0, 11)),
        (203, "the nonce alone", place, good.slice(0, 12)),
        (204, "less than nonce and tag", place, good.slice(0, 27)),
        (205, "a byte less", place, good.slice(0, last)),
        (206, "a byte more", place, good.concat(&byte(0))),
        (207, "an altered nonce", place, altered(0)),
        (208, "an altered ciphertext", place, altered(12)),
        (209, "another epoch's handle", &other_handle, good.clone()),
        (210, "another epoch's key", &other_key, good.clone()),
        (211, "an altered tag", place, altered(last)),
        (212, "sealed without the handle", place, unbound),
        (213, "the bundle as it is", place, padded(&bytes)),
    ] {
        let result = open_commit(&place.handle, &place.key, &sealed);
        t.refused(number, "GDS-10", about, place.opening(&sealed), result, closed);
    }
    let mut version = bytes.clone();
    version[0usize] = 1;
    let private = referred_bytes(&signed, &[&encode_mls_message(&of.remove)]);
    let public = signed.signed_by(MEMBER, MLS_PUBLIC_MESSAGE, &signed.remove);
    let public = referred(&signed, &[&public]);
    let proposal = bundle(&[], &signed.remove);
    for (number, about, padded, class) in [
        (220, "it opens to nothing", empty(), malformed),
        (221, "it opens to version 1", padded(&version), ErrorClass::UnsupportedVersion),
        (222, "it opens to a proposal", padded(&proposal), malformed),
        (224, "it opens to a proposal as PrivateMessage", padded(&private), malformed),
        (225, "it opens to a proposal for a PublicMessage", padded(&public), malformed),
        (226, "it opens to zeros", zeros(256), malformed),
    ] {
        place.refused(t, number, "GDS-45", about, &padded, class);
    }
}
