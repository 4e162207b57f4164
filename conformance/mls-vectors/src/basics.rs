//! Tree math, crypto basics, encodings.

use crate::case::{Case, Failure, Outcome, require, rng, same};
use sceau::group::HpkeCiphertext;
use sceau::hazmat::mls;

pub(crate) fn tree_math(case: Case<'_>) -> Outcome {
    let (leaves, nodes) = (case.u32("n_leaves")?, case.u32("n_nodes")?);
    let expected = leaves.checked_mul(2).and_then(|twice| twice.checked_sub(1));
    same("n_nodes", Some(nodes), expected)?;
    same("root", case.u32("root")?, leaves.saturating_sub(1))?;
    let of = |name: &str| {
        let numbers = case.list(name)?;
        same(format!("the length of {name}"), Ok(numbers.len()), usize::try_from(nodes))?;
        let number = |item: Case<'_>| (!item.0.is_null()).then(|| item.as_u32()).transpose();
        numbers.map(number).collect::<Result<Vec<Option<u32>>, Failure>>()
    };
    let columns = [of("left")?, of("right")?, of("parent")?, of("sibling")?];
    let [left, right, parent, sibling] = columns.map(Vec::into_iter);
    let rows = left.zip(right).zip(parent).zip(sibling);
    for (node, (((left, right), parent), sibling)) in (0..nodes).zip(rows) {
        let expected = [left, right, parent, sibling];
        same(format!("node {node}"), mls::node_math(leaves, node), expected)?;
    }
    Ok(())
}

pub(crate) fn deserialization(case: Case<'_>) -> Outcome {
    let length = mls::vector_length(&case.bytes("vlbytes_header")?)?;
    same("length", length, case.u32("length")?)
}

pub(crate) fn crypto_basics(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let part = case.get("ref_hash")?;
    let reference = mls::ref_hash(suite, part.text("label")?, &part.bytes("value")?)?;
    same("ref_hash", reference, part.bytes("out")?)?;

    let part = case.get("expand_with_label")?;
    let (label, context) = (part.text("label")?, part.bytes("context")?);
    let (secret, length) = (part.bytes("secret")?, part.usize("length")?);
    let out = mls::expand_with_label(suite, &secret, label, &context, length)?;
    same("expand_with_label", out, part.bytes("out")?)?;

    let part = case.get("derive_secret")?;
    let out = mls::derive_secret(suite, &part.bytes("secret")?, part.text("label")?)?;
    same("derive_secret", out, part.bytes("out")?)?;

    let part = case.get("derive_tree_secret")?;
    let (secret, length) = (part.bytes("secret")?, part.usize("length")?);
    let generation = part.u32("generation")?.to_be_bytes();
    let out = mls::expand_with_label(suite, &secret, part.text("label")?, &generation, length)?;
    same("derive_tree_secret", out, part.bytes("out")?)?;

    let part = case.get("sign_with_label")?;
    let (label, content) = (part.text("label")?, part.bytes("content")?);
    let (private, public) = (part.bytes("priv")?, part.bytes("pub")?);
    let verify = |signature: &[u8], whose: &str| {
        let valid = mls::verify_with_label(suite, &public, label, &content, signature)?;
        require(valid, format!("{whose} signature does not verify"))
    };
    verify(&part.bytes("signature")?, "the case's")?;
    verify(&mls::sign_with_label(suite, &private, label, &content)?, "a fresh")?;

    let part = case.get("encrypt_with_label")?;
    let (label, context) = (part.text("label")?, part.bytes("context")?);
    let (private, public) = (part.bytes("priv")?, part.bytes("pub")?);
    let plaintext = part.bytes("plaintext")?;
    let open = |sealed: &HpkeCiphertext, whose: &str| {
        let keys = (private.as_slice(), public.as_slice());
        let opened = mls::decrypt_with_label(suite, keys, label, &context, sealed)?;
        same(format!("{whose} plaintext"), opened.as_ref(), Some(&plaintext))
    };
    let (kem_output, ciphertext) = (part.bytes("kem_output")?, part.bytes("ciphertext")?);
    open(&HpkeCiphertext { kem_output, ciphertext }, "the case's")?;
    let own = mls::encrypt_with_label(suite, &public, label, &context, &plaintext, &mut rng())?;
    open(&own, "a fresh")
}

/// The members of a case of `messages`, with what each encodes.
const MESSAGES: [(&str, &str); 17] = [
    ("mls_welcome", "MLSMessage"),
    ("mls_group_info", "MLSMessage"),
    ("mls_key_package", "MLSMessage"),
    ("ratchet_tree", "ratchet_tree"),
    ("group_secrets", "GroupSecrets"),
    ("add_proposal", "Add"),
    ("update_proposal", "Update"),
    ("remove_proposal", "Remove"),
    ("pre_shared_key_proposal", "PreSharedKey"),
    ("re_init_proposal", "ReInit"),
    ("external_init_proposal", "ExternalInit"),
    ("group_context_extensions_proposal", "GroupContextExtensions"),
    ("commit", "Commit"),
    ("public_message_application", "MLSMessage"),
    ("public_message_proposal", "MLSMessage"),
    ("public_message_commit", "MLSMessage"),
    ("private_message", "MLSMessage"),
];

pub(crate) fn messages(case: Case<'_>) -> Outcome {
    let members = case.0.as_object().map(serde_json::Map::len);
    same("the number of messages", members, Some(MESSAGES.len()))?;
    for (name, structure) in MESSAGES {
        let bytes = case.bytes(name)?;
        let again = mls::reencode(structure, &bytes);
        let again = again.ok_or_else(|| Failure::new(format!("no structure {structure}")))?;
        same(name, again.map_err(|error| Failure::from(error).at(name))?, bytes)?;
    }
    Ok(())
}

pub(crate) fn secret_tree(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let data = case.get("sender_data")?;
    let (secret, ciphertext) = (data.bytes("sender_data_secret")?, data.bytes("ciphertext")?);
    let keys = mls::sender_data_keys(suite, &secret, &ciphertext)?;
    same("sender data's key and nonce", keys, (data.bytes("key")?, data.bytes("nonce")?))?;
    let secret = case.bytes("encryption_secret")?;
    let leaves = case.list("leaves")?;
    let count = u32::try_from(leaves.len()).map_err(Failure::new)?;
    for (leaf, generations) in (0..count).zip(leaves) {
        for entry in generations.as_list()? {
            let generation = entry.u32("generation")?;
            for (kind, handshake) in [("handshake", true), ("application", false)] {
                let key = (leaf, handshake);
                let got = mls::message_key(suite, &secret, count, key, generation)?;
                let of = |what: &str| entry.bytes(&format!("{kind}_{what}"));
                let what = format!("{kind} key and nonce of leaf {leaf}, generation {generation}");
                same(what, got, (of("key")?, of("nonce")?))?;
            }
        }
    }
    Ok(())
}
