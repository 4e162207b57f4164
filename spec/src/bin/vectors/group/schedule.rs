//! The key schedule, exporters, external initialization.

use super::SUITES;
use crate::vector::{Topic, fields, must};
use hacspec_lib::*;
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::kem::{nenc, nrandom};
use sceau_spec::group::key_schedule::{
    check_confirmation_tag, check_export_label, confirmation_tag, epoch_secret, epoch_secrets,
    external_init, external_init_secret, external_key_pair, joiner_secret, mls_exporter,
    welcome_secret,
};
use sceau_spec::group::suite::{CipherSuite, MLKEM768X25519_SHA384, nh};
use sceau_spec::group::welcome::welcome_key_and_nonce;
use sceau_spec::octets::{Octets, ascii, zeros};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-key-schedule", "GRP-KS");
    for (base, suite) in SUITES {
        let mut init_secret = t.draw(base, "init_secret", nh(suite));
        for epoch in 0..3 {
            init_secret = epoch_vector(&mut t, base + epoch, suite, epoch, &init_secret);
        }
        exporters(&mut t, base + 10, suite);
        external(&mut t, base + 20, suite);
        tags(&mut t, base + 30, suite);
    }
    labels(&mut t);
    t
}

/// One epoch after the other; without PSKs, then without a path, then with an extension.
fn epoch_vector(
    t: &mut Topic,
    number: u32,
    suite: CipherSuite,
    epoch: u32,
    init_secret: &Octets,
) -> Octets {
    let mut extensions = Extensions::new(0);
    if epoch == 2 {
        let data = t.draw(number, "extension", 5);
        extensions = extensions.push(&Extension { extension_type: 0xf64a, data });
    }
    let secret = |name: &str| t.draw(number, name, nh(suite));
    let psk_secret = if epoch == 0 { zeros(nh(suite)) } else { secret("psk_secret") };
    let commit_secret = if epoch == 1 { zeros(nh(suite)) } else { secret("commit_secret") };
    let context = GroupContext {
        cipher_suite: suite,
        group_id: t.draw(number - epoch, "group_id", 16),
        epoch: u64::from(epoch) + 7,
        tree_hash: secret("tree_hash"),
        confirmed_transcript_hash: secret("confirmed_transcript_hash"),
        extensions,
    };
    let group_context = encode_group_context(&context);
    let joiner = joiner_secret(suite, init_secret, &commit_secret, &group_context);
    let welcome = welcome_secret(suite, &joiner, &psk_secret);
    let (welcome_key, welcome_nonce) = welcome_key_and_nonce(suite, &welcome);
    let secrets = epoch_secrets(suite, &epoch_secret(suite, &joiner, &psk_secret, &group_context));
    let external = external_key_pair(suite, &secrets.external_secret);
    let tag =
        confirmation_tag(suite, &secrets.confirmation_key, &context.confirmed_transcript_hash);
    t.valid(
        number,
        "GRP-10 GRP-19 GRP-31",
        match epoch {
            0 => "an epoch without PSKs",
            1 => "the epoch after it, whose Commit has no path",
            _ => "the epoch after that, with an extension in the context",
        },
        fields! { operation: "epoch", cipher_suite: suite, init_secret: init_secret,
        commit_secret: commit_secret, psk_secret: psk_secret, group_id: context.group_id,
        epoch: context.epoch, tree_hash: context.tree_hash,
        confirmed_transcript_hash: context.confirmed_transcript_hash,
        extension_types: (0..context.extensions.len())
            .map(|i| context.extensions[i].extension_type).collect::<Vec<u16>>(),
        extension_data: (0..context.extensions.len())
            .map(|i| context.extensions[i].data.clone()).collect::<Vec<Octets>>() },
        fields! { group_context: group_context, joiner_secret: joiner, welcome_secret: welcome,
        welcome_key: welcome_key, welcome_nonce: welcome_nonce,
        epoch_secret: secrets.epoch_secret },
        fields! { sender_data_secret: secrets.sender_data_secret,
        encryption_secret: secrets.encryption_secret,
        exporter_secret: secrets.exporter_secret, external_secret: secrets.external_secret,
        confirmation_key: secrets.confirmation_key, membership_key: secrets.membership_key,
        resumption_psk: secrets.resumption_psk,
        epoch_authenticator: secrets.epoch_authenticator, init_secret: secrets.init_secret,
        external_pub: external.public_key, confirmation_tag: tag },
    );
    secrets.init_secret
}

fn exporters(t: &mut Topic, base: u32, suite: CipherSuite) {
    let exporter_secret = t.draw(base, "exporter_secret", nh(suite));
    for (i, (context, length)) in [(0, 32), (20, 1), (100, 200)].into_iter().enumerate() {
        let number = base + i as u32;
        let context = t.draw(number, "context", context);
        t.valid(
            number,
            "GRP-10 GRP-19",
            "MLS-Exporter",
            fields! { operation: "mls_exporter", cipher_suite: suite,
            exporter_secret: exporter_secret, label: "Sceau test", context: context,
            length: length },
            fields! {},
            fields! { exported: mls_exporter(suite, &exporter_secret, "Sceau test", &context, length) },
        );
    }
}

fn external(t: &mut Topic, base: u32, suite: CipherSuite) {
    let external_secret = t.draw(base, "external_secret", nh(suite));
    let pair = external_key_pair(suite, &external_secret);
    let random = t.draw(base, "hpke", nrandom(suite));
    let (kem_output, init_secret) =
        must("external_init", external_init(suite, &pair.public_key, &random));
    let received = external_init_secret(suite, &pair.private_key, &kem_output);
    assert!(must("external_init_secret", received) == init_secret);
    t.valid(
        base,
        "GRP-10 GRP-19 GRP-33",
        "external initialization",
        fields! { operation: "external_init", cipher_suite: suite, external_secret: external_secret,
        hpke: random },
        fields! { external_pub: pair.public_key },
        fields! { kem_output: kem_output, init_secret: init_secret },
    );
    let mut wrong = vec![
        ("no KEM output", Octets::new(0)),
        ("a KEM output that lacks a byte", kem_output.slice(0, nenc(suite) - 1)),
        ("a KEM output with a byte too many", kem_output.push(&0)),
    ];
    if nenc(suite) == 32 {
        wrong.push(("a KEM output of order 1", zeros(32)));
    }
    for (i, (about, kem_output)) in wrong.into_iter().enumerate() {
        t.refused(
            base + 1 + i as u32,
            "GRP-33",
            about,
            fields! { operation: "external_init_secret", cipher_suite: suite,
            external_secret: external_secret, kem_output: kem_output },
            external_init_secret(suite, &pair.private_key, &kem_output),
            ErrorClass::Malformed,
        );
    }
}

fn tags(t: &mut Topic, base: u32, suite: CipherSuite) {
    let key = t.draw(base, "confirmation_key", nh(suite));
    let confirmed = t.draw(base, "confirmed_transcript_hash", nh(suite));
    let tag = confirmation_tag(suite, &key, &confirmed);
    let mut altered = tag.clone();
    altered[0usize] ^= 1;
    let wrong = [
        ("an altered confirmation tag", altered),
        ("a shortened one", tag.slice(0, 16)),
        ("none", Octets::new(0)),
    ];
    for (i, (about, tag)) in wrong.into_iter().enumerate() {
        t.refused(
            base + i as u32,
            "GRP-31",
            about,
            fields! { operation: "check_confirmation_tag", cipher_suite: suite,
            confirmation_key: key, confirmed_transcript_hash: confirmed, confirmation_tag: tag },
            check_confirmation_tag(suite, &key, &confirmed, &tag),
            ErrorClass::BadSignature,
        );
    }
}

/// Labels of a caller's export.
fn labels(t: &mut Topic) {
    for (number, about, label, callers) in [
        (1, "a caller's label", "Sceau test", true),
        (2, "no label", "", true),
        (3, "the prefix without its space", "Sceau 1", true),
        (4, "another number", "Sceau 10 commit key", true),
        (5, "the prefix in small letters", "sceau 1 commit key", true),
        (6, "the prefix behind something", "x Sceau 1 commit key", true),
        (7, "the prefix alone", "Sceau 1 ", false),
        (8, "the label of commit_handle", "Sceau 1 commit handle", false),
        (9, "the label of commit_key", "Sceau 1 commit key", false),
        (10, "a label that is nobody's yet", "Sceau 1 anything", false),
    ] {
        let result = check_export_label(&ascii(label));
        let input = fields! {
            operation: "check_export_label", cipher_suite: MLKEM768X25519_SHA384, label: label,
        };
        if callers {
            must(about, result);
            t.valid(number, "GRP-35", about, input, fields! {}, fields! {});
        } else {
            t.refused(number, "GRP-35", about, input, result, ErrorClass::Misuse);
        }
    }
}
