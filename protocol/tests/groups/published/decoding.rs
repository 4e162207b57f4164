//! Published failures of decoding: sizes, nesting, truncation, bytes behind, versions.

use super::{SUITE, altered, forge, go_on, invite, refusal};
use crate::stage::{
    NOW, add, check, commit_of, group_of, identity, join, leaf, open_policy, package, psks, rng,
};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use sceau::group::{
    Check, CommitOptions, Extension, ExternalJoin, ExternalSender, Group, GroupInfo,
    GroupInfoOptions, JoinParams, LeafNode, MlsMessage, OwnKeyPackage, Proposal, ProposalOrRef,
    RequiredCapabilities, Sender, SigningIdentity, extension_type, hazmat,
};
use sceau::{Error, Wire};

#[test]
fn lists_of_extensions_are_short_and_differ() {
    // GHSA-w62v-gv48-63rh
    let own = package(SUITE, "one");
    let with = |count: u16, value: &dyn Fn(u16) -> u16| {
        let mut key_package = own.key_package().clone();
        let extensions = (0..count).map(|index| Extension::new(value(index), vec![]));
        key_package.extensions = extensions.collect();
        key_package.to_bytes()
    };
    let decode = |bytes: &[u8]| sceau::group::KeyPackage::from_bytes(bytes);
    decode(&with(64, &|index| index)).unwrap();
    assert_eq!(decode(&with(65, &|index| index)).unwrap_err().class(), "malformed");
    assert_eq!(decode(&with(4_000, &|_| 7)).unwrap_err().class(), "malformed");
    let mut groups = group_of(SUITE, 2);
    let twice = decode(&with(64, &|_| 7)).unwrap();
    let options = CommitOptions::new(vec![Proposal::Add(Box::new(twice))]);
    let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::DuplicateExtension);
    go_on(&mut groups);
}

#[test]
fn nested_trees_cost_no_stack() {
    // GHSA-gc79-23g3-8g52: the data of an extension is bytes until somebody wants it.
    let mut innermost = package(SUITE, "one").key_package().leaf_node.clone();
    for _ in 0..1_500 {
        let node = [&[1, 1][..], &innermost.to_bytes()].concat();
        let tree = opaque(&node);
        innermost.extensions = vec![Extension::new(extension_type::RATCHET_TREE, tree)];
    }
    let bytes = innermost.to_bytes();
    assert!(bytes.len() > 200_000);
    let leaf = LeafNode::from_bytes(&bytes).unwrap();
    assert_eq!(leaf.to_bytes(), bytes);
    // With a stack of a few frames.
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    let decoded = small.spawn(move || LeafNode::from_bytes(&bytes).is_ok());
    assert!(decoded.unwrap().join().unwrap());
}

fn opaque(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap() | 0x8000_0000;
    [&length.to_be_bytes()[..], bytes].concat()
}

#[test]
fn truncated_structures_are_refused() {
    // GHSA-rrmv-c79f-cf5r: every prefix, and every byte at its greatest.
    let mut groups = group_of(SUITE, 2);
    let new = package(SUITE, "new");
    let mut options = CommitOptions::new(vec![add(&new)]);
    (options.public, options.group_info) = (true, true);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let private = groups[0].encrypt(b"data", b"aad", &mut rng()).unwrap();
    let key_package = MlsMessage::KeyPackage(Box::new(new.key_package().clone())).to_bytes();
    let messages =
        [output.commit, output.welcome.unwrap(), output.group_info.unwrap(), private, key_package];
    for message in messages {
        assert_eq!(MlsMessage::from_bytes(&message).unwrap().to_bytes(), message);
        for length in 0..message.len() {
            assert!(MlsMessage::from_bytes(&message[..length]).is_err());
        }
        for at in 0..message.len() {
            let mut greatest = message.clone();
            greatest[at] = 0xFF;
            if let Ok(decoded) = MlsMessage::from_bytes(&greatest) {
                assert_eq!(decoded.to_bytes(), greatest);
            }
        }
    }
    let tree = groups[0].ratchet_tree();
    for length in 0..tree.len() {
        let cut = hazmat::reencode("ratchet_tree", &tree[..length]).unwrap();
        assert!(cut.is_err());
    }
}

#[test]
fn bytes_behind_an_extensions_value_are_refused() {
    // openmls #2134: required_capabilities, external_senders, external_pub, ratchet_tree.
    let mut groups = group_of(SUITE, 2);
    let sender = identity(SUITE, "service");
    let sender = ExternalSender {
        signature_key: sender.signature_key().to_vec(),
        credential: sender.credential().clone(),
    };
    for mut extension in [
        Extension::required_capabilities(&RequiredCapabilities::default()),
        Extension::external_senders(&[sender]),
    ] {
        let control = vec![Proposal::GroupContextExtensions(vec![extension.clone()])];
        let (mut commit, _) = commit_of(&mut groups, &CommitOptions::new(control));
        extension.data.push(0);
        let longer = Proposal::GroupContextExtensions(vec![extension]);
        commit.proposals = vec![ProposalOrRef::Proposal(longer)];
        let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], false);
        assert!(matches!(refusal(&mut groups[1], &message), Error::Malformed(_)));
    }
    let (new, welcome, signer) = invite(&mut groups);
    let longer = altered(&welcome, &new, &signer, |contents| {
        let mut extensions = contents.info.extensions.iter_mut();
        let tree = extensions.find(|e| e.extension_type == extension_type::RATCHET_TREE);
        tree.unwrap().data.push(0);
    });
    assert!(matches!(join(&longer, &new).unwrap_err(), Error::Malformed(_)));
    let error = join_from_outside(&groups[0], &signer, |info| {
        let mut extensions = info.extensions.iter_mut();
        let external = extensions.find(|e| e.extension_type == extension_type::EXTERNAL_PUB);
        external.unwrap().data.push(0);
    });
    assert!(matches!(error.unwrap_err(), Error::Malformed(_)));
    join_from_outside(&groups[0], &signer, |_| {}).unwrap();
    go_on(&mut groups);
}

fn join_from_outside(
    group: &Group,
    signer: &SigningIdentity,
    alter: impl FnOnce(&mut GroupInfo),
) -> Result<(), Error> {
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    let info = group.group_info(&options, &mut rng()).unwrap();
    let MlsMessage::GroupInfo(mut info) = MlsMessage::from_bytes(&info).unwrap() else { panic!() };
    alter(&mut info);
    hazmat::sign_group_info(SUITE, signer, &mut info).unwrap();
    let info = MlsMessage::GroupInfo(info).to_bytes();
    let (psks, join) = (psks(), ExternalJoin::new(leaf()));
    let params = JoinParams::new(open_policy(), &psks);
    let outsider = identity(SUITE, "outsider");
    Group::join_external(&info, &outsider, &join, params, NOW, &mut rng()).map(drop)
}

#[test]
fn other_versions_are_refused() {
    // mls-rs #323: of the message, of a key package, of the group context in a group info and in a Welcome's.
    let mut groups = group_of(SUITE, 2);
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    let info = groups[0].group_info(&options, &mut rng()).unwrap();
    // MLSMessage: version and wire format; GroupInfo: GroupContext, which begins with its version.
    for at in [1, 5] {
        assert_eq!((info[at - 1], info[at]), (0, 1));
        for version in [0, 2, 255] {
            let mut other = info.clone();
            other[at] = version;
            let error = MlsMessage::from_bytes(&other).unwrap_err();
            assert_eq!(error.class(), "unsupported_version");
        }
    }
    let mut other = package(SUITE, "new").key_package().clone();
    other.version = 2;
    let message = MlsMessage::KeyPackage(Box::new(other)).to_bytes();
    assert_eq!(MlsMessage::from_bytes(&message).unwrap_err().class(), "unsupported_version");
    let (new, welcome, signer) = invite(&mut groups);
    let mut info = Vec::new();
    altered(&welcome, &new, &signer, |contents| info = contents.info.to_bytes());
    assert_eq!(info[..2], [0, 1]);
    let error = join(&with_info(&welcome, &new, &info), &new).unwrap_err();
    assert_eq!(check(error), Check::WelcomeUncovered, "the control: it lacks a path secret");
    for version in [0, 2, 255] {
        info[1] = version;
        let error = join(&with_info(&welcome, &new, &info), &new).unwrap_err();
        assert_eq!(error.class(), "unsupported_version");
    }
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

/// A Welcome with any bytes for a group info, encrypted with secrets of whoever makes it (§12.4.3.1).
fn with_info(welcome: &[u8], new: &OwnKeyPackage, info: &[u8]) -> Vec<u8> {
    let MlsMessage::Welcome(mut welcome) = MlsMessage::from_bytes(welcome).unwrap() else {
        panic!()
    };
    let zero = [0; 32];
    let secrets = hazmat::epoch(SUITE, &zero, &zero, &zero, &[]).unwrap();
    let [key, nonce] = [("key", 16), ("nonce", 12)].map(|(label, length)| {
        hazmat::expand_with_label(SUITE, &secrets.welcome_secret, label, &[], length).unwrap()
    });
    let cipher = Aes128Gcm::new_from_slice(&key).unwrap();
    let nonce = nonce.as_slice().try_into().unwrap();
    welcome.encrypted_group_info = cipher.encrypt(&nonce, info).unwrap();
    // GroupSecrets: no path secret, no pre-shared keys.
    let secrets = [&[32], &secrets.joiner_secret[..], &[0, 0]].concat();
    let (key, context) = (&new.key_package().init_key, &welcome.encrypted_group_info);
    let sealed =
        hazmat::encrypt_with_label(SUITE, key, "Welcome", context, &secrets, &mut rng()).unwrap();
    welcome.secrets[0].encrypted_group_secrets = sealed;
    MlsMessage::Welcome(welcome).to_bytes()
}
