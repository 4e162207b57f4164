//! Sceau's profile (GRP-01 to GRP-06, GRP-11, GRP-42): on unless the policy opens it.

use crate::stage::{
    NOW, assert_agreement, check, commit, create, group_of, identity, leaf, package, psks, rng,
    stage,
};
use sceau::crypto::Provider;
use sceau::group::{
    AcceptAny, Check, CipherSuite, Commit, CommitOptions, Content, Credential, Extension,
    ExternalJoin, ExternalSender, Group, GroupInfoOptions, GroupParams, GroupPolicy, JoinParams,
    LeafParams, MlsMessage, OwnKeyPackage, Padding, Proposal, ReInit, Sender, SigningIdentity,
    credential_type, extension_type, hazmat, propose_externally,
};
use sceau::{Error, Wire};

const SUITE: CipherSuite = CipherSuite::MlKem768X25519Aes256;

/// The profile, but that every member may be anybody.
fn profile() -> GroupPolicy {
    GroupPolicy::new(AcceptAny)
}

/// A credential of the profile's type, for a validator that looks at nothing.
fn sceau(name: &str) -> SigningIdentity {
    let credential = Credential::Sceau(name.as_bytes().to_vec());
    SigningIdentity::generate(SUITE, credential, &Provider::default(), &mut rng()).unwrap()
}

fn start(policy: GroupPolicy, identity: SigningIdentity, leaf: LeafParams) -> Result<Group, Error> {
    let params = GroupParams::new(SUITE, leaf, policy);
    Group::create(params, identity, NOW, &mut rng())
}

fn package_with(identity: &SigningIdentity, leaf: &LeafParams) -> OwnKeyPackage {
    let provider = Provider::default();
    OwnKeyPackage::generate(SUITE, identity, leaf, vec![], &provider, &mut rng()).unwrap()
}

fn two() -> Vec<Group> {
    let mut ada = start(profile(), sceau("a"), leaf()).unwrap();
    let bobs = package_with(&sceau("b"), &leaf());
    let options = CommitOptions::new(vec![crate::stage::add(&bobs)]);
    let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    ada.merge_pending().unwrap();
    let psks = psks();
    let params = JoinParams::new(profile(), &psks);
    let bob = Group::join(&output.welcome.unwrap(), &[&bobs], params, NOW).unwrap().0;
    let mut groups = vec![ada, bob];
    assert_agreement(&mut groups);
    groups
}

fn refused(group: &mut Group, proposals: Vec<Proposal>) -> Check {
    let options = CommitOptions::new(proposals);
    check(group.commit(&options, &psks(), NOW, &mut rng()).unwrap_err())
}

#[test]
fn members_send_private_messages() {
    // GRP-01, both ways.
    let mut groups = two();
    let mut options = CommitOptions::default();
    options.public = true;
    assert_eq!(groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err().class(), "misuse");
    assert!(groups[0].propose_update(None, true, NOW, &mut rng()).is_err());
    groups[0].set_policy({
        let mut policy = profile();
        policy.private_handshake = false;
        policy
    });
    let update = groups[0].propose_update(None, true, NOW, &mut rng()).unwrap();
    let error = groups[1].receive(&update, &psks(), NOW).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::NotPrivate, "malformed"));
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let error = stage(&mut groups[1], &output.commit).unwrap_err();
    assert_eq!(check(error), Check::NotPrivate);
    groups[0].clear_pending().unwrap();
    commit(&mut groups, 1, &CommitOptions::default());
    assert_agreement(&mut groups);
}

#[test]
fn nothing_from_outside() {
    // GRP-02: external senders, newcomers' proposals, external commits.
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 2);
    let service = identity(suite, "service");
    let listed = ExternalSender {
        signature_key: service.signature_key().to_vec(),
        credential: service.credential().clone(),
    };
    let extension = Extension::external_senders(&[listed]);
    let proposal = Proposal::GroupContextExtensions(vec![extension]);
    commit(&mut groups, 0, &CommitOptions::new(vec![proposal]));
    let context = groups[0].context().clone();
    let provider = Provider::default();
    let remove =
        propose_externally(&context, Proposal::Remove(0), Some(0), &service, &provider).unwrap();
    let new = package(suite, "new");
    let adding = new.propose_self(&context, &provider).unwrap();
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    let info = groups[0].group_info(&options, &mut rng()).unwrap();
    let psks = psks();
    let params = JoinParams::new(crate::stage::open_policy(), &psks);
    let join = ExternalJoin::new(leaf());
    let outsider = identity(suite, "outsider");
    let (_, joining) =
        Group::join_external(&info, &outsider, &join, params, NOW, &mut rng()).unwrap();
    // Interoperable, but not open.
    groups[1].set_policy(GroupPolicy::interoperable(AcceptAny));
    for message in [&remove, &adding, &joining] {
        let error = groups[1].receive(message, &psks, NOW).unwrap_err();
        assert_eq!(
            (check(error), error.class()),
            (Check::ExternalForbidden, "unauthorised_device")
        );
    }
    groups[1].set_policy(crate::stage::open_policy());
    for message in [&remove, &adding, &joining] {
        groups[1].receive(message, &psks, NOW).unwrap();
    }
}

#[test]
fn no_external_pub() {
    // GRP-03, in a group info and in a Welcome's.
    let mut groups = two();
    let mut info = GroupInfoOptions::default();
    info.external_pub = true;
    let error = groups[0].group_info(&info, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::ExternalPubForbidden);
    let mut options = CommitOptions::default();
    options.info = info.clone();
    let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::ExternalPubForbidden);
    assert!(!groups[0].has_pending_commit());
    // Nor as one of the further extensions.
    let mut given = GroupInfoOptions::default();
    given.extensions = vec![Extension::new(extension_type::EXTERNAL_PUB, vec![1, 7])];
    let error = groups[0].group_info(&given, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::ExternalPubForbidden);
    options.info = given.clone();
    let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::ExternalPubForbidden);
    let mut policy = profile();
    policy.external_pub = true;
    groups[0].set_policy(policy);
    groups[0].group_info(&info, &mut rng()).unwrap();
    groups[0].group_info(&given, &mut rng()).unwrap();
    given.external_pub = true;
    let error = groups[0].group_info(&given, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::DuplicateExtension);
    let given = groups[1].group_info(&GroupInfoOptions::default(), &mut rng()).unwrap();
    let MlsMessage::GroupInfo(given) = MlsMessage::from_bytes(&given).unwrap() else { panic!() };
    let external = extension_type::EXTERNAL_PUB;
    assert!(given.extensions.iter().all(|e| e.extension_type != external));
}

#[test]
fn credentials_are_sceaus() {
    // GRP-04: when a group is created, in key packages, in new leaves, in a tree, of external senders.
    let basic = identity(SUITE, "basic");
    let error = start(profile(), basic.clone(), leaf()).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::CredentialNotAllowed, "unauthorised_device"));
    let mut groups = two();
    let own = package_with(&basic, &leaf());
    assert_eq!(refused(&mut groups[0], vec![crate::stage::add(&own)]), Check::CredentialNotAllowed);
    let mut options = CommitOptions::default();
    options.identity = Some(basic.clone());
    let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::CredentialNotAllowed);
    let sender = ExternalSender {
        signature_key: basic.signature_key().to_vec(),
        credential: basic.credential().clone(),
    };
    let extension = Extension::external_senders(&[sender]);
    let listing = vec![Proposal::GroupContextExtensions(vec![extension])];
    assert_eq!(refused(&mut groups[0], listing), Check::CredentialNotAllowed);
    // A group with a member of another type is not joined.
    let mut mixed = start(GroupPolicy::interoperable(AcceptAny), basic, leaf()).unwrap();
    let bobs = package_with(&sceau("b"), &leaf());
    let options = CommitOptions::new(vec![crate::stage::add(&bobs)]);
    let welcome = mixed.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let store = psks();
    let params = JoinParams::new(profile(), &store);
    let error = Group::join(&welcome, &[&bobs], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::CredentialNotAllowed);
    // Opened by the policy.
    let mut policy = profile();
    policy.credential_types.push(credential_type::BASIC);
    let params = JoinParams::new(policy, &store);
    Group::join(&welcome, &[&bobs], params, NOW).unwrap();
}

#[test]
fn leaves_list_the_policy_extension() {
    // GRP-05
    assert!(leaf().capabilities.extensions.contains(&0xF64A));
    let mut without = leaf();
    without.capabilities.extensions.retain(|value| *value != extension_type::POLICY);
    let error = start(profile(), sceau("a"), without.clone()).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::PolicyExtension, "malformed"));
    let mut groups = two();
    let own = package_with(&sceau("c"), &without);
    assert_eq!(refused(&mut groups[0], vec![crate::stage::add(&own)]), Check::PolicyExtension);
    // Of a commit's path, whose maker has another policy.
    groups[0].set_policy(GroupPolicy::interoperable(AcceptAny));
    let mut options = CommitOptions::default();
    options.leaf = Some(without.clone());
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let error = stage(&mut groups[1], &output.commit).unwrap_err();
    assert_eq!(check(error), Check::PolicyExtension);
    groups[0].clear_pending().unwrap();
    // In a tree.
    let open = GroupPolicy::interoperable(AcceptAny);
    let mut other = start(open, sceau("a"), without).unwrap();
    let bobs = package_with(&sceau("b"), &leaf());
    let options = CommitOptions::new(vec![crate::stage::add(&bobs)]);
    let welcome = other.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let store = psks();
    let error =
        Group::join(&welcome, &[&bobs], JoinParams::new(profile(), &store), NOW).unwrap_err();
    assert_eq!(check(error), Check::PolicyExtension);
    commit(&mut groups, 1, &CommitOptions::default());
    assert_agreement(&mut groups);
}

#[test]
fn grease_is_everywhere() {
    // GRP-06: each of the fields of RFC 9420 §13.5.
    let is_grease = |value: u16| value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF;
    let own = package_with(&sceau("a"), &leaf());
    let key_package = own.key_package();
    let (kp, node) = (&key_package.extensions, &key_package.leaf_node);
    let capabilities = &node.capabilities;
    for list in [
        &capabilities.cipher_suites,
        &capabilities.extensions,
        &capabilities.proposals,
        &capabilities.credentials,
    ] {
        assert!(list.iter().any(|value| is_grease(*value)));
    }
    for list in [kp, &node.extensions] {
        let found = list.iter().find(|e| is_grease(e.extension_type)).unwrap();
        assert!(capabilities.extensions.contains(&found.extension_type));
    }
    let groups = two();
    for group in &groups {
        let leaf = group.member(0).unwrap();
        assert!(leaf.extensions.iter().any(|e| is_grease(e.extension_type)));
    }
    let info = groups[0].group_info(&GroupInfoOptions::default(), &mut rng()).unwrap();
    let MlsMessage::GroupInfo(info) = MlsMessage::from_bytes(&info).unwrap() else { panic!() };
    assert!(info.extensions.iter().any(|e| is_grease(e.extension_type)));
    let mut plain = leaf();
    plain.grease = false;
    let own = package_with(&sceau("a"), &plain);
    assert_eq!(own.key_package().leaf_node.capabilities, plain.capabilities);
    assert!(own.key_package().leaf_node.extensions.is_empty());
}

#[test]
fn the_suite_is_the_hybrid_one() {
    // GRP-11: to create, to join, and to reinitialise into.
    let classical = CipherSuite::X25519Aes128;
    let mut policy = profile();
    policy.credential_types.push(credential_type::BASIC);
    let params = GroupParams::new(classical, leaf(), policy.clone());
    let error = Group::create(params, identity(classical, "a"), NOW, &mut rng()).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::SuiteNotAllowed, "unsupported_suite"));
    let mut open = create(classical);
    let bobs = package(classical, "b");
    let options = CommitOptions::new(vec![crate::stage::add(&bobs)]);
    let welcome = open.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let store = psks();
    let params = JoinParams::new(policy.clone(), &store);
    let error = Group::join(&welcome, &[&bobs], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::SuiteNotAllowed);
    policy.suites.push(classical);
    let params = JoinParams::new(policy, &store);
    Group::join(&welcome, &[&bobs], params, NOW).unwrap();
    let mut groups = two();
    let reinit = |cipher_suite| {
        let group_id = b"new".to_vec();
        vec![Proposal::ReInit(ReInit { group_id, version: 1, cipher_suite, extensions: vec![] })]
    };
    assert_eq!(refused(&mut groups[0], reinit(1)), Check::SuiteNotAllowed);
    assert_eq!(refused(&mut groups[0], reinit(0x7777)), Check::SuiteNotAllowed);
    commit(&mut groups, 0, &CommitOptions::new(reinit(0xF64A)));
}

#[test]
fn messages_fill_buckets() {
    // GRP-42: signature and lengths are 66 bytes and more; what is over goes to the next bucket.
    let mut groups = two();
    let mut length = |data: usize| {
        let message = groups[0].encrypt(&vec![1; data], b"", &mut rng()).unwrap();
        let MlsMessage::Private(message) = MlsMessage::from_bytes(&message).unwrap() else {
            panic!()
        };
        let padded = message.ciphertext.len() - 16;
        assert_eq!(
            crate::stage::read(&mut groups[1], &message_bytes(message)).unwrap().len(),
            data
        );
        padded
    };
    let over = |data: usize| {
        data + if data < 64 {
            1
        } else if data < 16_384 {
            2
        } else {
            4
        } + 66
    };
    for (bucket, next) in [(256, 512), (512, 1024), (1024, 2048), (2048, 4096), (4096, 8192)] {
        let most = bucket - over(100) + 100;
        assert_eq!((length(most), length(most + 1)), (bucket, next));
    }
    assert_eq!((length(0), length(1)), (256, 256));
    assert_eq!(length(65_536), 69_632, "more than the largest inner frame");
    let mut policy = profile();
    policy.padding = Padding::Multiple(1);
    groups[0].set_policy(policy);
    let message = groups[0].encrypt(b"", b"", &mut rng()).unwrap();
    let MlsMessage::Private(message) = MlsMessage::from_bytes(&message).unwrap() else { panic!() };
    assert_eq!(message.ciphertext.len(), 16 + 67);
}

fn message_bytes(message: sceau::group::PrivateMessage) -> Vec<u8> {
    MlsMessage::Private(message).to_bytes()
}

#[test]
fn nothing_follows_a_reinit() {
    // GRP-94: neither made nor taken; what was sent before is read.
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 3);
    let late = groups[2].encrypt(b"late", b"", &mut rng()).unwrap();
    let reinit = ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::ReInit(reinit)]));
    let inactive = sceau::Error::from(sceau::error::Misuse::GroupInactive);
    assert_eq!(groups[1].encrypt(b"", b"", &mut rng()).unwrap_err(), inactive);
    let made = groups[1].commit(&CommitOptions::default(), &psks(), NOW, &mut rng());
    assert_eq!(made.unwrap_err(), inactive);
    assert_eq!(groups[1].propose_update(None, false, NOW, &mut rng()).unwrap_err(), inactive);
    assert_eq!(
        groups[1].propose(Proposal::Remove(0), false, b"", NOW, &mut rng()).unwrap_err(),
        inactive
    );
    // From a member that does not keep to it.
    let contents = [
        Content::Proposal(Box::new(Proposal::Remove(0))),
        Content::Commit(Box::new(Commit { proposals: vec![], path: None })),
    ];
    for content in contents {
        for private in [false, true] {
            let sender = Sender::Member(2);
            let content = content.clone();
            let message =
                hazmat::forge(&mut groups[2], sender, content, None, private, &mut rng()).unwrap();
            let before = groups[1].export_state();
            let error = groups[1].receive(&message, &psks(), NOW).unwrap_err();
            assert_eq!((check(error), error.class()), (Check::Replaced, "misuse"));
            assert_eq!(groups[1].export_state(), before);
        }
    }
    assert_eq!(crate::stage::read(&mut groups[1], &late).unwrap(), b"late");
}
