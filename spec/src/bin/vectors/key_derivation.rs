//! `expand_with_label`, `ref_hash`, `sign_with_label`.

use crate::signature;
use crate::vector::{Topic, counting, fields};
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::kdf::{
    expand_with_label, kdf_label, ref_hash, ref_hash_input, sign_content, sign_with_label,
    verify_with_label,
};
use sceau_spec::pairwise::labels;
use sceau_spec::pairwise::suite::signature_public_key;
use sceau_spec::primitives::hkdf_sha256_expand;

/// All labels of `expand_with_label`, each with a length that the text asks for.
const EXPANDED: [(&str, usize); 25] = [
    (labels::SAFETY_NUMBER, 30),
    (labels::IDENTITY_KEY, 32),
    (labels::IDENTITY_NONCE, 12),
    (labels::PSK, 32),
    (labels::ROOT, 32),
    (labels::HEADER_INITIATOR, 32),
    (labels::HEADER_RESPONDER, 32),
    (labels::PQ_RATCHET, 32),
    (labels::SESSION_ID, 32),
    (labels::EXPORTER, 32),
    (labels::RESUMPTION_PSK, 32),
    (labels::ABSORB, 32),
    (labels::RATCHET_ROOT, 32),
    (labels::RATCHET_CHAIN, 32),
    (labels::RATCHET_HEADER, 32),
    (labels::CHAIN, 32),
    (labels::MESSAGE, 32),
    (labels::MESSAGE_KEY, 32),
    (labels::MESSAGE_NONCE, 12),
    (labels::EXPORT, 16),
    (labels::MAILBOX_SECRET, 32),
    (labels::MAILBOX, 32),
    // Not labels of the text: a long one, an empty one, and one byte of output.
    ("a label of more than 63 bytes, whose length takes two bytes, with its prefix", 32),
    ("", 32),
    ("one byte", 1),
];

const REFERRED: [&str; 6] = [
    labels::ACCOUNT,
    labels::ISSUER,
    labels::CREDENTIAL,
    labels::DEVICE_LIST,
    labels::HANDSHAKE,
    labels::CONTACT_MAILBOX,
];

const SIGNED: [&str; 7] = [
    labels::CREDENTIAL_BY_ACCOUNT,
    labels::CREDENTIAL_BY_ISSUER,
    labels::DEVICE_LIST_BY_ACCOUNT,
    labels::DEVICE_LIST_BY_DEVICE,
    labels::DEVICE_LIST_BY_ISSUER,
    labels::PREKEY_BATCH,
    labels::DELIVERY,
];

fn expand(
    t: &mut Topic,
    number: u32,
    description: &str,
    secret: &Octets,
    label: &str,
    context: &Octets,
    length: usize,
) {
    let info = kdf_label(label, context, length);
    let output = expand_with_label(secret, label, context, length);
    assert_eq!(output, hkdf_sha256_expand(secret, &info, length));
    t.valid(
        number,
        "ENC-09",
        description,
        fields! { operation: "expand_with_label", secret: secret, label: label, context: context, length: length },
        if context.len() < 256 { fields! { kdf_label: info } } else { fields! {} },
        fields! { output: output },
    );
}

fn refer(t: &mut Topic, number: u32, description: &str, label: &str, value: &Octets) {
    t.valid(
        number,
        "ENC-09",
        description,
        fields! { operation: "ref_hash", label: label, value: value },
        fields! { ref_hash_input: ref_hash_input(label, value) },
        fields! { reference: ref_hash(label, value) },
    );
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("key-derivation", "KD");
    let secret = counting(32);
    expand(
        &mut t,
        1,
        "the text's example of a message key",
        &secret,
        labels::MESSAGE,
        &empty(),
        32,
    );
    expand(&mut t, 2, "the text's example of a chain key", &secret, labels::CHAIN, &empty(), 32);
    refer(&mut t, 3, "the text's example of a reference", labels::ACCOUNT, &empty());
    for (number, (label, length)) in (10..).zip(EXPANDED) {
        let secret = t.draw(number, "secret", 32);
        let context = t.draw(number, "context", if number % 3 == 0 { 64 } else { 32 });
        let about = format!("label \"{label}\", {length} bytes");
        expand(&mut t, number, &about, &secret, label, &context, length);
    }
    let longest = t.draw(40, "secret", 32);
    let context = t.draw(40, "context", 16_384);
    let about = "a context of 16,384 bytes, whose length takes four bytes";
    expand(&mut t, 40, about, &longest, labels::EXPORT, &context, 33);
    for (number, label) in (50..).zip(REFERRED) {
        let value = t.draw(number, "value", 60 + number as usize);
        refer(&mut t, number, &format!("label \"{label}\""), label, &value);
    }
    for (number, label) in (60..).zip(SIGNED) {
        let private_key = t.draw(number, "private_key", 32);
        let content = t.draw(number, "content", 40);
        let signature = sign_with_label(&private_key, label, &content);
        let public_key = signature_public_key(&private_key);
        assert!(verify_with_label(&public_key, label, &content, &signature));
        t.valid(
            number,
            "ENC-09 SUI-06",
            &format!("label \"{label}\""),
            fields! { operation: "sign_with_label", private_key: private_key, label: label, content: content },
            fields! { public_key: public_key, sign_content: sign_content(label, &content) },
            fields! { signature: signature },
        );
    }
    verify(&mut t);
    t
}

/// Signatures that do not verify.
fn verify(t: &mut Topic) {
    let private_key = t.draw(70, "private_key", 32);
    let public_key = signature_public_key(&private_key);
    let content = t.draw(70, "content", 40);
    let good = sign_with_label(&private_key, labels::PREKEY_BATCH, &content);
    let mut wrong = |number: u32,
                     clauses: &str,
                     description: &str,
                     key: &Octets,
                     label: &str,
                     content: &Octets,
                     signature: &Octets| {
        let valid = verify_with_label(key, label, content, signature);
        t.refused(
            number,
            clauses,
            description,
            fields! { operation: "verify_with_label", public_key: key, label: label, content: content, signature: signature },
            check(valid, ErrorClass::BadSignature),
            ErrorClass::BadSignature,
        );
    };
    let other = labels::CREDENTIAL_BY_ACCOUNT;
    let batch = labels::PREKEY_BATCH;
    wrong(
        70,
        "ENC-09 SUI-06",
        "another label than the signer's",
        &public_key,
        other,
        &content,
        &good,
    );
    let mut changed = content.clone();
    changed[0usize] ^= 1;
    wrong(71, "ENC-06 SUI-06", "another content", &public_key, batch, &changed, &good);
    let mut bit = good.clone();
    bit[63usize] ^= 0x40;
    wrong(72, "SUI-06", "S above L", &public_key, batch, &content, &bit);
    wrong(73, "SUI-06", "S + L in place of S", &public_key, batch, &content, &plus_order(&good));
    wrong(
        74,
        "SUI-06",
        "R of small order",
        &public_key,
        batch,
        &content,
        &identity_point().concat(&good.slice(32, 32)),
    );
    wrong(
        75,
        "SUI-06",
        "A of small order; the equation without cofactor holds",
        &identity_point(),
        batch,
        &content,
        &identity_point().concat(&empty_scalar()),
    );
    wrong(
        76,
        "SUI-06",
        "a signature of 63 bytes",
        &public_key,
        batch,
        &content,
        &good.slice(0, 63),
    );
    wrong(
        77,
        "SUI-06",
        "A that is not canonically encoded",
        &not_canonical(),
        batch,
        &content,
        &good,
    );
    for (number, about, kind) in [
        (78, "valid by the equation with the cofactor alone", "-cofactored"),
        (79, "R of small order; the equation without cofactor holds", "-small-order-r"),
        (
            80,
            "R that is not canonically encoded; the equation holds for the points",
            "-noncanonical-r",
        ),
    ] {
        let signature = signature::sign(kind, &private_key, batch, &content);
        wrong(number, "SUI-06", about, &public_key, batch, &content, &signature);
    }
    wrong(
        81,
        "SUI-06",
        "A of small order, R of large; the equation without cofactor holds",
        &signature::neutral_key(true),
        batch,
        &content,
        &signature::sign_under_neutral(&private_key, batch, &content),
    );
}

/// The encoding of the neutral element.
fn identity_point() -> Octets {
    let mut point = Octets::new(32);
    point[0usize] = 1;
    point
}

fn empty_scalar() -> Octets {
    Octets::new(32)
}

/// The y-coordinate 2^255 - 19 + 1, which is 1.
fn not_canonical() -> Octets {
    let mut point = Octets::from_vec(vec![0xff; 32]);
    point[0usize] = 0xee;
    point[31usize] = 0x7f;
    point
}

/// A signature with S + L.
fn plus_order(signature: &Octets) -> Octets {
    let order =
        Octets::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut out = signature.clone();
    let mut carry = 0u16;
    for i in 0..32usize {
        let sum = u16::from(signature[32 + i]) + u16::from(order[i]) + carry;
        out[32 + i] = sum as u8;
        carry = sum >> 8;
    }
    out
}
