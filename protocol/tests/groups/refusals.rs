//! What is refused, with the check that says so and the culprit.

use crate::stage::{
    NOW, add, assert_agreement, check, commit_of, create, group_of, identity, join, leaf, package,
    package_of, psks, rng, stage,
};
use sceau::crypto::Provider;
use sceau::group::{
    Check, CipherSuite, CommitOptions, Content, Credential, Extension, Group, KeyPackage,
    LeafParams, OwnKeyPackage, Proposal, RequiredCapabilities, Sender, extension_type, hazmat,
};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

fn refused(group: &mut Group, proposals: Vec<Proposal>) -> Check {
    let epoch = group.epoch();
    let options = CommitOptions::new(proposals);
    let error = group.commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert!(!group.has_pending_commit());
    assert_eq!(group.epoch(), epoch);
    check(error)
}

#[test]
fn proposal_lists() {
    let mut groups = group_of(SUITE, 4);
    let group = &mut groups[0];
    assert_eq!(refused(group, vec![Proposal::Remove(0)]), Check::RemoveCommitter);
    assert_eq!(refused(group, vec![Proposal::Remove(9)]), Check::RemoveBlank);
    let twice = vec![Proposal::Remove(2), Proposal::Remove(2)];
    assert_eq!(refused(group, twice), Check::SameLeaf);
    let one = package(SUITE, "one");
    assert_eq!(refused(group, vec![add(&one), add(&one)]), Check::AddTwice);
    let psk = group.external_psk(b"known", &mut rng());
    assert_eq!(refused(group, vec![psk.clone(), psk.clone()]), Check::PskTwice);
    let unknown = group.external_psk(b"unknown", &mut rng());
    assert_eq!(refused(group, vec![unknown]), Check::PskUnknown);
    let extensions = Proposal::GroupContextExtensions(vec![]);
    assert_eq!(refused(group, vec![extensions.clone(), extensions]), Check::ExtensionsTwice);
    assert_eq!(refused(group, vec![Proposal::ExternalInit(vec![1])]), Check::ExternalInitMember);
    let reinit = Proposal::ReInit(sceau::group::ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: 1,
        extensions: vec![],
    });
    assert_eq!(refused(group, vec![reinit, psk]), Check::ReInitAlone);
    let double = Extension::new(0xF001, vec![]);
    let extensions = Proposal::GroupContextExtensions(vec![double.clone(), double]);
    assert_eq!(refused(group, vec![extensions]), Check::DuplicateExtension);
    assert_agreement(&mut groups);
}

#[test]
fn key_packages() {
    let mut group = create(SUITE);
    let own = package(SUITE, "one");
    let altered = |alter: &dyn Fn(&mut KeyPackage)| {
        let mut key_package = own.key_package().clone();
        alter(&mut key_package);
        vec![Proposal::Add(Box::new(key_package))]
    };
    let mut fails = |alter: &dyn Fn(&mut KeyPackage)| refused(&mut group, altered(alter));
    assert_eq!(fails(&|kp| kp.signature[3] ^= 1), Check::KeyPackageSignature);
    assert_eq!(fails(&|kp| kp.leaf_node.signature[3] ^= 1), Check::LeafSignature);
    assert_eq!(fails(&|kp| kp.cipher_suite = 3), Check::KeyPackageSuite);
    assert_eq!(fails(&|kp| kp.version = 2), Check::KeyPackageVersion);
    // GRP-62
    assert_eq!(Check::KeyPackageSuite.class(), "unsupported_suite");
    assert_eq!(Check::KeyPackageVersion.class(), "unsupported_version");
    let same = |kp: &mut KeyPackage| kp.init_key = kp.leaf_node.encryption_key.clone();
    assert_eq!(fails(&same), Check::KeyPackageInitKey);
    assert_eq!(fails(&|kp| kp.init_key.truncate(31)), Check::KeyPackageInitKey);
    assert_eq!(fails(&|kp| kp.leaf_node.encryption_key.push(0)), Check::LeafKey);
    let unlisted = |kp: &mut KeyPackage| {
        kp.leaf_node.extensions.push(Extension::new(0xF0F0, vec![]));
    };
    assert_eq!(fails(&unlisted), Check::LeafExtensions);
    assert_eq!(fails(&|kp| kp.leaf_node.capabilities.cipher_suites.clear()), Check::LeafSuite);
    let none = |kp: &mut KeyPackage| kp.leaf_node.capabilities.credentials.clear();
    assert_eq!(fails(&none), Check::LeafCredentialType);
}

#[test]
fn lifetimes() {
    let mut group = create(SUITE);
    let mut with = |params: &LeafParams| {
        let provider = Provider::default();
        let identity = identity(SUITE, "one");
        let own = OwnKeyPackage::generate(SUITE, &identity, params, vec![], &provider, &mut rng())
            .unwrap();
        refused(&mut group, vec![add(&own)])
    };
    // GRP-55: `clock_skew` before it begins, and not in the second in which it ends.
    assert_eq!(with(&LeafParams::new(NOW - 100, NOW - 1)), Check::LeafExpired);
    assert_eq!(with(&LeafParams::new(NOW - 100, NOW)), Check::LeafExpired);
    assert_eq!(with(&LeafParams::new(NOW + 301, NOW + 400)), Check::LeafNotYetValid);
    // GDS-22
    assert_eq!(with(&LeafParams::new(0, NOW + 100)), Check::LeafLifetimeRange);
    assert_eq!(with(&LeafParams::new(NOW, NOW - 1)), Check::LeafLifetimeRange);
    assert_eq!(with(&LeafParams::new(NOW, NOW)), Check::LeafLifetimeRange);
    let most = 180 * 86_400;
    assert_eq!(with(&LeafParams::new(NOW, NOW + most + 1)), Check::LeafLifetimeRange);
    for (from, to) in [(NOW + 300, NOW + 301), (NOW - 100, NOW + 1), (NOW, NOW + most)] {
        let params = LeafParams::new(from, to);
        let (provider, identity) = (Provider::default(), identity(SUITE, "one"));
        let own = OwnKeyPackage::generate(SUITE, &identity, &params, vec![], &provider, &mut rng())
            .unwrap();
        let options = CommitOptions::new(vec![add(&own)]);
        group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
        group.clear_pending().unwrap();
    }
}

#[test]
fn lifetimes_of_what_others_add() {
    // GRP-55: the clock does not count, unless policy wants it. GDS-22: the length does, everywhere.
    let mut groups = group_of(SUITE, 2);
    let long = |policy: &mut sceau::group::GroupPolicy| policy.max_lifetime = u64::MAX;
    let mut policy = crate::stage::open_policy();
    long(&mut policy);
    groups[0].set_policy(policy.clone());
    let with = |params: &LeafParams| {
        let (provider, identity) = (Provider::default(), identity(SUITE, "one"));
        OwnKeyPackage::generate(SUITE, &identity, params, vec![], &provider, &mut rng()).unwrap()
    };
    let own = with(&leaf());
    let output =
        groups[0].commit(&CommitOptions::new(vec![add(&own)]), &psks(), NOW, &mut rng()).unwrap();
    for now in [0, NOW + 1_000, u64::MAX] {
        groups[1].receive(&output.commit, &psks(), now).unwrap();
    }
    let mut strict = crate::stage::open_policy();
    strict.check_lifetimes = true;
    groups[1].set_policy(strict);
    groups[1].receive(&output.commit, &psks(), NOW + 999).unwrap();
    let refusal = |group: &mut Group, commit: &[u8], now| {
        check(group.receive(commit, &psks(), now).unwrap_err())
    };
    assert_eq!(refusal(&mut groups[1], &output.commit, NOW + 1_000), Check::LeafExpired);
    assert_eq!(refusal(&mut groups[1], &output.commit, NOW - 311), Check::LeafNotYetValid);
    groups[1].set_policy(crate::stage::open_policy());
    groups[0].clear_pending().unwrap();
    let own = with(&LeafParams::new(0, u64::MAX));
    let output =
        groups[0].commit(&CommitOptions::new(vec![add(&own)]), &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(refusal(&mut groups[1], &output.commit, NOW), Check::LeafLifetimeRange);
    // In a tree as well.
    let welcome = output.welcome.unwrap();
    assert_eq!(check(join(&welcome, &own).unwrap_err()), Check::LeafLifetimeRange);
    let psks = psks();
    let params = sceau::group::JoinParams::new(policy, &psks);
    Group::join(&welcome, &[&own], params, NOW).unwrap();
}

#[test]
fn unique_keys_and_capabilities() {
    let mut groups = group_of(SUITE, 3);
    // A key package whose leaf has a member's signature key: only that member could sign it.
    let signer = identity(SUITE, "two faces");
    let first = package_of(SUITE, &signer);
    let second = package_of(SUITE, &signer);
    assert_eq!(refused(&mut groups[0], vec![add(&first), add(&second)]), Check::AddTwice);
    let options = CommitOptions::new(vec![add(&first)]);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    crate::stage::deliver(&mut groups, 0, &output.commit);
    groups.push(join(&output.welcome.unwrap(), &first).unwrap());
    assert_eq!(refused(&mut groups[0], vec![add(&second)]), Check::DuplicateSignatureKey);

    let mut required = RequiredCapabilities::default();
    required.credentials.push(sceau::group::credential_type::X509);
    let extensions = vec![Extension::required_capabilities(&required)];
    let proposal = Proposal::GroupContextExtensions(extensions);
    let output =
        groups[0].commit(&CommitOptions::new(vec![proposal]), &psks(), NOW, &mut rng()).unwrap();
    crate::stage::deliver(&mut groups, 0, &output.commit);
    let mut params = leaf();
    params.capabilities.credentials = vec![sceau::group::credential_type::BASIC];
    params.grease = false;
    let provider = Provider::default();
    let one = identity(SUITE, "only basic");
    let own = OwnKeyPackage::generate(SUITE, &one, &params, vec![], &provider, &mut rng()).unwrap();
    let got = refused(&mut groups[1], vec![add(&own)]);
    assert_eq!(got, Check::LeafRequiredCapabilities);
    assert_agreement(&mut groups);
}

#[test]
fn credential_types_in_use_are_supported_by_all() {
    let mut groups = group_of(SUITE, 2);
    let provider = Provider::default();
    let custom = sceau::group::SigningIdentity::generate(
        SUITE,
        Credential::Custom(0xF222, b"who".to_vec()),
        &provider,
        &mut rng(),
    )
    .unwrap();
    let mut params = leaf();
    params.capabilities.credentials.push(0xF222);
    let own =
        OwnKeyPackage::generate(SUITE, &custom, &params, vec![], &provider, &mut rng()).unwrap();
    assert_eq!(refused(&mut groups[0], vec![add(&own)]), Check::LeafCredentialType);
}

#[test]
fn welcomes_are_for_those_who_were_added() {
    let mut groups = group_of(SUITE, 2);
    let (new, other) = (package(SUITE, "new"), package(SUITE, "other"));
    let options = CommitOptions::new(vec![add(&new)]);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    assert_eq!(check(join(&welcome, &other).unwrap_err()), Check::NoKeyPackage);
    for index in (0..welcome.len()).step_by(7) {
        let mut damaged = welcome.clone();
        damaged[index] ^= 0x40;
        assert!(join(&damaged, &new).is_err(), "byte {index}");
    }
    join(&welcome, &new).unwrap();
    let psks = psks();
    let known = |_: &[u8]| true;
    let mut params = sceau::group::JoinParams::new(crate::stage::open_policy(), &psks);
    params.is_known = &known;
    let error = Group::join(&welcome, &[&new], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::GroupKnown);
}

#[test]
fn damaged_commits_are_refused_and_change_nothing() {
    let mut groups = group_of(SUITE, 3);
    for public in [false, true] {
        let mut options = CommitOptions::default();
        options.public = public;
        let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
        let before = groups[1].export_state();
        for index in (0..output.commit.len()).step_by(5) {
            let mut damaged = output.commit.clone();
            damaged[index] ^= 0x10;
            assert!(groups[1].receive(&damaged, &psks(), NOW).is_err(), "byte {index}");
        }
        assert_eq!(groups[1].export_state(), before);
        let staged = stage(&mut groups[1], &output.commit).unwrap();
        groups[1].merge(staged).unwrap();
        let staged = stage(&mut groups[2], &output.commit).unwrap();
        groups[2].merge(staged).unwrap();
        groups[0].merge_pending().unwrap();
        assert_agreement(&mut groups);
    }
}

#[test]
fn a_removed_member_checks_what_it_can() {
    // GRP-96: the path's public parts, and not the tag. GRP-88: but its length.
    let mut groups = group_of(SUITE, 4);
    let options = CommitOptions::new(vec![Proposal::Remove(3)]);
    let (commit, _) = commit_of(&mut groups, &options);
    let mut forge = |alter: &dyn Fn(&mut sceau::group::UpdatePath), tag: Vec<u8>| {
        let mut commit = commit.clone();
        alter(commit.path.as_mut().unwrap());
        let (sender, content) = (Sender::Member(0), Content::Commit(Box::new(commit)));
        hazmat::forge(&mut groups[0], sender, content, Some(tag), false, &mut rng()).unwrap()
    };
    let tag = vec![0; 32];
    let short = forge(&|_| (), vec![0; 31]);
    let node = forge(&|path| drop(path.nodes.pop()), tag.clone());
    let ciphertext = |path: &mut sceau::group::UpdatePath| {
        let more = path.nodes[0].encrypted_path_secret[0].clone();
        path.nodes[0].encrypted_path_secret.push(more);
    };
    let ciphertexts = forge(&ciphertext, tag.clone());
    let parent = |path: &mut sceau::group::UpdatePath| {
        path.nodes[1].encryption_key = path.leaf_node.encryption_key.clone();
        path.nodes[1].encryption_key[0] ^= 1;
    };
    let parents = forge(&parent, tag.clone());
    let leaf = forge(&|path| path.leaf_node.signature[0] ^= 1, tag.clone());
    let false_tag = forge(&|_| (), tag);
    let wrong = [
        (short, Check::TagLength),
        (node, Check::PathLength),
        (ciphertexts, Check::PathCiphertexts),
        (parents, Check::PathParentHash),
        (leaf, Check::LeafSignature),
    ];
    for (message, expected) in wrong {
        for receiver in [1, 3] {
            let before = groups[receiver].export_state();
            let error = groups[receiver].receive(&message, &psks(), NOW).unwrap_err();
            assert_eq!(check(error), expected);
            assert_eq!(groups[receiver].export_state(), before);
        }
    }
    let error = groups[1].receive(&false_tag, &psks(), NOW).unwrap_err();
    assert_eq!(check(error), Check::ConfirmationTag);
    let staged = stage(&mut groups[3], &false_tag).unwrap();
    assert!(staged.removes_self());
    groups[3].merge(staged).unwrap();
    assert!(groups[3].is_removed());
    groups.truncate(3);
    assert_agreement(&mut groups);
}

#[test]
fn nodes_above_a_newcomer_are_covered() {
    // GJN-19: the committer's path is above the newcomer, and the Welcome lacks its secret.
    let mut group = create(SUITE);
    let signer = identity(SUITE, "signer");
    let mut options = CommitOptions::default();
    options.identity = Some(signer.clone());
    group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    group.merge_pending().unwrap();
    let new = package(SUITE, "new");
    let with_path = |path: bool| {
        let mut options = CommitOptions::new(vec![add(&new)]);
        options.path = path;
        options
    };
    let output = group.commit(&with_path(true), &psks(), NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    join(&welcome, &new).unwrap();
    let without = |contents: &mut hazmat::WelcomeContents| contents.path_secret = None;
    let altered =
        hazmat::alter_welcome(&welcome, &new, &psks(), &signer, without, &mut rng()).unwrap();
    let error = join(&altered, &new).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::WelcomeUncovered, "malformed"));
    // Without a path the leaf is unmerged, and needs none.
    group.clear_pending().unwrap();
    let output = group.commit(&with_path(false), &psks(), NOW, &mut rng()).unwrap();
    join(&output.welcome.unwrap(), &new).unwrap();
}

#[test]
fn parents_of_a_received_tree_have_keys_of_the_suite() {
    // GRP-13
    for suite in CipherSuite::ALL {
        let mut group = create(*suite);
        let signer = identity(*suite, "signer");
        let mut options = CommitOptions::default();
        options.identity = Some(signer.clone());
        group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
        group.merge_pending().unwrap();
        let new = package(*suite, "new");
        let options = CommitOptions::new(vec![add(&new)]);
        let output = group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
        let welcome = output.welcome.unwrap();
        join(&welcome, &new).unwrap();
        let length = new.key_package().init_key.len();
        let mut keys = vec![vec![9; length - 1], vec![9; length + 1], vec![]];
        // Any 32 bytes are a key of X25519.
        keys.extend((length != 32).then(|| vec![0xFF; length]));
        for key in keys {
            let alter = |contents: &mut hazmat::WelcomeContents| {
                let info = &mut contents.info;
                let is_tree = |e: &&mut Extension| e.extension_type == extension_type::RATCHET_TREE;
                let tree = info.extensions.iter_mut().find(is_tree).unwrap();
                let mut root = hazmat::parent(&tree.data, 1).unwrap().unwrap();
                root.encryption_key = key;
                let (altered, hash) = hazmat::with_parent(*suite, &tree.data, 1, root).unwrap();
                tree.data = altered;
                info.group_context.tree_hash = hash;
            };
            let altered =
                hazmat::alter_welcome(&welcome, &new, &psks(), &signer, alter, &mut rng()).unwrap();
            let error = join(&altered, &new).unwrap_err();
            assert_eq!((check(error), error.class()), (Check::TreeKey, "malformed"));
        }
    }
}

#[test]
fn a_commits_extensions_judge_its_other_parts() {
    // GRP-83
    let mut groups = group_of(SUITE, 2);
    let mut knows = leaf();
    knows.capabilities.extensions.push(0xF001);
    let mut options = CommitOptions::default();
    options.leaf = Some(knows.clone());
    let output = groups[1].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    crate::stage::deliver(&mut groups, 1, &output.commit);
    let listing = Proposal::GroupContextExtensions(vec![Extension::new(0xF001, vec![])]);
    assert_eq!(refused(&mut groups[0], vec![listing.clone()]), Check::LeafGroupExtensions);
    // A proposal that was good by the old list is left out by the new one; the path's leaf lists it, though the one before does
    // not.
    let new = package(SUITE, "new");
    let adding = groups[1].propose(add(&new), false, b"", NOW, &mut rng()).unwrap();
    groups[0].receive(&adding, &psks(), NOW).unwrap();
    let mut options = CommitOptions::new(vec![listing]);
    options.leaf = Some(knows);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    assert!(output.bundle.proposals.is_empty());
    crate::stage::deliver(&mut groups, 0, &output.commit);
    assert_eq!(groups[1].context().extensions, [Extension::new(0xF001, vec![])]);
    assert_agreement(&mut groups);
}

#[test]
fn extensions_of_key_packages() {
    // GRP-97: listed when made, not asked for when received.
    let (provider, who) = (Provider::default(), identity(SUITE, "one"));
    let extensions = vec![Extension::new(0xF002, vec![]), Extension::last_resort()];
    let own =
        OwnKeyPackage::generate(SUITE, &who, &leaf(), extensions, &provider, &mut rng()).unwrap();
    let types = own.key_package().extensions.iter().map(|e| e.extension_type);
    let types: Vec<u16> = types.collect();
    assert!([0xF002, extension_type::LAST_RESORT].iter().all(|given| types.contains(given)));
    let listed = &own.key_package().leaf_node.capabilities.extensions;
    assert!(types.iter().all(|given| listed.contains(given)));
    let mut group = create(SUITE);
    let mut key_package = own.key_package().clone();
    key_package.extensions.push(Extension::new(0xF003, vec![]));
    key_package.leaf_node.capabilities.extensions.push(1);
    key_package.leaf_node.capabilities.proposals.push(1);
    hazmat::sign_key_package(SUITE, &who, &mut key_package).unwrap();
    let options = CommitOptions::new(vec![Proposal::Add(Box::new(key_package))]);
    group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
}
