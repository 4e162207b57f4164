//! Secret tree and framing.

use super::{Fed, crypto, number, run_all, same, secret};
use crate::codec::{Decode, Reader, Wire, Writer, decode_all};
use crate::error::{Error, Malformed};
use crate::group::active::{Group, GroupParams, LeafParams, SigningIdentity};
use crate::group::check::{LeafRules, check_sender};
use crate::group::crypto::Crypto;
use crate::group::framing::{
    PrivateKeys, framed_content_tbs, open_content, open_sender_data, protect_private,
    protect_public, sender_data_keys, sign_content, tests_guarded, verify_content,
    verify_membership,
};
use crate::group::policy::{AcceptAny, GroupPolicy, Padding};
use crate::group::schedule::{
    EncryptionSecret, MembershipKey, MessageKey, Ratchet, RatchetKind, RatchetLimits, SecretTree,
    SenderDataSecret,
};
use crate::group::suite::CipherSuite;
use crate::group::types::{
    AuthData, AuthenticatedContent, Content, ContentType, Credential, FramedContent, LeafNode,
    MlsMessage, PublicMessage, Sender, WIRE_PRIVATE, WIRE_PUBLIC,
};
use sceau_test_vectors::{Fields, Vector};
use std::vec::Vec;

/// Those of page *Limits*.
fn limits() -> RatchetLimits {
    GroupPolicy::new(AcceptAny).ratchet_limits(0)
}

#[test]
fn group_secret_tree() {
    run_all("group-secret-tree", |operation, input, vector| {
        let crypto = crypto(input);
        match operation {
            "secret_tree" => secret_tree(&crypto, input, vector)?,
            "sender_data_keys" => {
                let sender_data_secret = SenderDataSecret(secret(input, "sender_data_secret"));
                let ciphertext = input.bytes("ciphertext").unwrap();
                let (key, nonce) = sender_data_keys(&crypto, &sender_data_secret, &ciphertext)?;
                same(vector, "key", key.as_bytes());
                same(vector, "nonce", nonce.as_bytes());
            }
            "guarded_nonce" => {
                let guard = input.array("reuse_guard").unwrap();
                let nonce = tests_guarded(&secret(input, "nonce"), guard);
                same(vector, "guarded_nonce", nonce.as_bytes());
            }
            "ratchet" => ratchet(&crypto, input, vector)?,
            other => panic!("{other}"),
        }
        Ok(())
    });
}

fn check_key(vector: &Vector, expected: &Fields, key: &MessageKey) {
    let of = |name: &str| expected.bytes(name).unwrap();
    assert_eq!(key.key.as_bytes(), of("key"), "{}", vector.id);
    assert_eq!(key.nonce.as_bytes(), of("nonce"), "{}", vector.id);
}

fn secret_tree(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let encryption = EncryptionSecret(secret(input, "encryption_secret"));
    let mut tree = SecretTree::new(number(input, "leaves"), encryption);
    for sender in vector.out().unwrap().object_list("senders").unwrap() {
        let leaf = number(&sender, "leaf");
        for (name, kind) in
            [("handshake", RatchetKind::Handshake), ("application", RatchetKind::Application)]
        {
            for expected in sender.object_list(name).unwrap() {
                let generation = number(&expected, "generation");
                let (key, _) = tree.find(crypto, (leaf, kind), generation, limits())?;
                check_key(vector, &expected, &key);
                let (next, key, _) = tree.next(crypto, (leaf, kind))?;
                assert_eq!(next, generation);
                check_key(vector, &expected, &key);
            }
        }
    }
    Ok(())
}

/// A ratchet whose next generation is the given one.
fn ratchet_at(input: &Fields, generation: u32) -> Ratchet {
    let mut w = Writer::new();
    secret(input, "ratchet_secret").write(&mut w);
    w.u32(generation);
    w.vector(|_| {});
    Ratchet::decode(&mut Reader::new(&w.into_bytes())).unwrap()
}

fn ratchet(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let mut ratchet = ratchet_at(input, 0);
    let generations = input.list("generations").unwrap();
    let expected = vector.out().ok().map(|out| out.object_list("keys").unwrap());
    for (place, generation) in generations.iter().enumerate() {
        let generation = u32::try_from(generation.as_u64().unwrap()).unwrap();
        let found = ratchet.find(crypto, generation, limits());
        let last = place + 1 == generations.len();
        assert!(found.is_ok() || last, "{} {generation}", vector.id);
        let (key, advance) = found?;
        ratchet.advance(advance, limits());
        if let Some(expected) = &expected {
            assert_eq!(number(&expected[place], "generation"), generation);
            check_key(vector, &expected[place], &key);
        }
    }
    Ok(())
}

#[test]
fn group_framing() {
    run_all("group-framing", |operation, input, vector| match operation {
        "protect_private" => protect(input, vector, true),
        "protect_public" => protect(input, vector, false),
        "unprotect_private" => unprotect_private(input),
        "unprotect_public" => unprotect_public(input),
        "check_sender_content" => check_sender_content(input),
        "check_wire_format" => match decode_all(&input.bytes("message").unwrap())? {
            MlsMessage::Private(_) => Ok(()),
            MlsMessage::Public(message) => profile_group().check_public_form(&message),
            _ => Err(Malformed::Value.into()),
        },
        "check_leaf_profile" => {
            let leaf: LeafNode = decode_all(&input.bytes("leaf_node").unwrap())?;
            let policy = GroupPolicy::new(AcceptAny);
            let suite = CipherSuite::MlKem768X25519Aes256;
            let crypto = Crypto::new(&crate::crypto::Provider::Default, suite);
            LeafRules::new(&crypto, &policy, &[], &[], 0)?.check_profile(&leaf)
        }
        other => panic!("{other}"),
    });
}

fn signed(crypto: &Crypto, input: &Fields, wire_format: u16) -> (AuthenticatedContent, Vec<u8>) {
    let content: FramedContent = decode_all(&input.bytes("framed_content").unwrap()).unwrap();
    let context = input.bytes("group_context").unwrap();
    let tbs = framed_content_tbs(wire_format, &content, &context);
    let (nobody, private) = (Credential::Basic(Vec::new()), secret(input, "signature_private_key"));
    let signer =
        SigningIdentity::from_private(crypto.suite(), nobody, private, crypto.provider()).unwrap();
    let signature = sign_content(crypto, &signer, &tbs).unwrap();
    let commit = content.content.content_type() == ContentType::Commit;
    let confirmation_tag = commit.then(|| input.bytes("confirmation_tag").unwrap());
    let auth = AuthData { signature, confirmation_tag };
    (AuthenticatedContent { wire_format, content, auth }, tbs)
}

fn protect(input: &Fields, vector: &Vector, private: bool) -> Result<(), Error> {
    let crypto = crypto(input);
    let (message, tbs) = signed(&crypto, input, if private { WIRE_PRIVATE } else { WIRE_PUBLIC });
    same(vector, "signature", &message.auth.signature);
    let message = if private {
        let generation = number(input, "generation");
        let (at, message_key) = ratchet_at(input, generation).next(&crypto)?;
        assert_eq!(at, generation);
        let sender_data_secret = &SenderDataSecret(secret(input, "sender_data_secret"));
        let keys = PrivateKeys { sender_data_secret, generation, message_key };
        let mut rng = Fed::new([input.bytes("reuse_guard").unwrap()]);
        MlsMessage::Private(protect_private(&crypto, keys, message, Padding::Buckets, &mut rng)?)
    } else {
        let key = MembershipKey(secret(input, "membership_key"));
        let message = protect_public(&crypto, &key, message, &tbs)?;
        same(vector, "membership_tag", message.membership_tag.as_deref().unwrap_or_default());
        MlsMessage::Public(message.into())
    };
    same(vector, "message", &message.to_bytes());
    Ok(())
}

fn unprotect_private(input: &Fields) -> Result<(), Error> {
    let crypto = crypto(input);
    let MlsMessage::Private(message) = decode_all(&input.bytes("message").unwrap())? else {
        panic!()
    };
    let sender_data_secret = SenderDataSecret(secret(input, "sender_data_secret"));
    let sender = open_sender_data(&crypto, &sender_data_secret, &message)?;
    let ratchet = ratchet_at(input, number(input, "generation"));
    let (key, _) = ratchet.find(&crypto, sender.generation, limits())?;
    let opened = open_content(&crypto, &key, sender, &message)?;
    let context = input.bytes("group_context").unwrap();
    let tbs = framed_content_tbs(opened.wire_format, &opened.content, &context);
    let key = input.bytes("signature_public_key").unwrap();
    verify_content(&crypto, &key, &tbs, &opened.auth.signature)
}

fn unprotect_public(input: &Fields) -> Result<(), Error> {
    let crypto = crypto(input);
    let MlsMessage::Public(message) = decode_all(&input.bytes("message").unwrap())? else {
        panic!()
    };
    let mut open = profile_group();
    open.set_policy(GroupPolicy::interoperable(AcceptAny));
    open.check_public_form(&message)?;
    let context = input.bytes("group_context").unwrap();
    let tbs = framed_content_tbs(WIRE_PUBLIC, &message.content, &context);
    let key = MembershipKey(secret(input, "membership_key"));
    verify_membership(&crypto, &key, &message, &tbs)?;
    let key = input.bytes("signature_public_key").unwrap();
    verify_content(&crypto, &key, &tbs, &message.auth.signature)
}

/// Who may send what: the form of a message, and of a proposal its sender.
fn check_sender_content(input: &Fields) -> Result<(), Error> {
    let content: FramedContent = decode_all(&input.bytes("framed_content").unwrap())?;
    let sender = content.sender;
    if let Content::Proposal(proposal) = &content.content {
        check_sender(proposal, sender)?;
    }
    if matches!(sender, Sender::Member(_)) {
        return Ok(());
    }
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    (policy.external_commits, policy.external_proposals) = (true, true);
    let mut group = profile_group();
    group.set_policy(policy);
    let auth = AuthData { signature: Vec::new(), confirmation_tag: None };
    group.check_public_form(&PublicMessage { content, auth, membership_tag: None })
}

/// A group of one member with the profile's policy. Its leaf is behind all that the vectors name.
fn profile_group() -> Group {
    let suite = CipherSuite::MlKem768X25519Aes256;
    let policy = GroupPolicy::new(AcceptAny);
    let mut rng = crate::pairwise::tests::TestRng(1);
    let provider = crate::crypto::Provider::Default;
    let credential = Credential::Sceau(Vec::new());
    let identity = SigningIdentity::generate(suite, credential, &provider, &mut rng).unwrap();
    let params = GroupParams::new(suite, LeafParams::new(0, 10), policy);
    Group::create(params, identity, 1, &mut rng).unwrap()
}
