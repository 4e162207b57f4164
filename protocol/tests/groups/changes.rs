//! Every kind of proposal, by value and by reference, in every suite.

use crate::stage::{
    NOW, add, add_members, assert_agreement, check, commit, deliver, group_of, identity, join,
    open_policy, package, propose, psks, rng,
};
use sceau::Wire;
use sceau::error::Misuse;
use sceau::group::{
    Capabilities, Check, CipherSuite, CommitOptions, Content, Credential, Extension, Group,
    GroupParams, LeafParams, Proposal, ProposalOrRef, RequiredCapabilities, Sender, hazmat,
};

#[test]
fn every_suite_adds_updates_and_removes() {
    for suite in CipherSuite::ALL {
        let mut groups = group_of(*suite, 5);
        for by in [3, 0, 4] {
            commit(&mut groups, by, &CommitOptions::default());
            assert_agreement(&mut groups);
        }
        commit(&mut groups, 1, &CommitOptions::new(vec![Proposal::Remove(3)]));
        assert!(!groups[3].is_active());
        assert_eq!(groups[0].member_count(), 4);
        assert_agreement(&mut groups);
        add_members(&mut groups, 2);
        assert_eq!(groups[0].member_count(), 6);
        assert_eq!(groups[5].own_leaf(), 3, "the leftmost blank leaf");
    }
}

#[test]
fn proposals_by_reference() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 6);
    for public in [false, true] {
        let update = groups[1].propose_update(None, public, NOW, &mut rng()).unwrap();
        propose(&mut groups, 1, &update);
        let new = package(suite, "new");
        let adding = groups[2].propose(add(&new), public, b"aad", NOW, &mut rng()).unwrap();
        propose(&mut groups, 2, &adding);
        let psk = groups[3].external_psk(b"known", &mut rng());
        let psk = groups[3].propose(psk, public, b"", NOW, &mut rng()).unwrap();
        propose(&mut groups, 3, &psk);
        let refused = groups[0].encrypt(b"", b"", &mut rng()).unwrap_err();
        assert_eq!(refused, Misuse::ProposalsPending.into());
        let key = groups[1].member(1).unwrap().encryption_key.clone();
        let output = commit(&mut groups, 5, &CommitOptions::default());
        assert_ne!(groups[1].member(1).unwrap().encryption_key, key);
        groups.push(join_with_psk(&output.welcome.unwrap(), &new));
        assert_agreement(&mut groups);
        // The member whose Update was committed by another has the right keys.
        commit(&mut groups, 0, &CommitOptions::default());
        assert_agreement(&mut groups);
    }
}

fn join_with_psk(welcome: &[u8], package: &sceau::group::OwnKeyPackage) -> sceau::group::Group {
    let psks = psks();
    let params = sceau::group::JoinParams::new(crate::stage::open_policy(), &psks);
    sceau::group::Group::join(welcome, &[package], params, NOW).unwrap().0
}

#[test]
fn commits_without_a_path_leave_unmerged_leaves() {
    let suite = CipherSuite::X25519ChaCha20;
    let mut groups = group_of(suite, 4);
    for by in 0..4 {
        commit(&mut groups, by, &CommitOptions::default());
    }
    for round in 0..5 {
        let new = package(suite, "new");
        let mut options = CommitOptions::new(vec![add(&new)]);
        options.path = false;
        let output = commit(&mut groups, round % 4, &options);
        groups.push(join(&output.welcome.unwrap(), &new).unwrap());
        assert_agreement(&mut groups);
    }
    for by in 0..groups.len() {
        commit(&mut groups, by, &CommitOptions::default());
        assert_agreement(&mut groups);
    }
}

#[test]
fn welcomes_with_the_tree_beside() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 3);
    let new = package(suite, "new");
    let mut options = CommitOptions::new(vec![add(&new)]);
    options.info.ratchet_tree = false;
    let output = commit(&mut groups, 1, &options);
    let welcome = output.welcome.unwrap();
    assert!(join(&welcome, &new).is_err(), "the tree is missing");
    let psks = psks();
    let tree = output.ratchet_tree.unwrap();
    assert_eq!(tree, groups[0].ratchet_tree());
    let mut params = sceau::group::JoinParams::new(crate::stage::open_policy(), &psks);
    params.ratchet_tree = Some(&tree);
    groups.push(sceau::group::Group::join(&welcome, &[&new], params, NOW).unwrap().0);
    assert_agreement(&mut groups);
}

#[test]
fn context_extensions_and_required_capabilities() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 3);
    let mut required = RequiredCapabilities::default();
    required.credentials.push(sceau::group::credential_type::BASIC);
    let extensions = vec![Extension::required_capabilities(&required)];
    let proposal = Proposal::GroupContextExtensions(extensions.clone());
    commit(&mut groups, 2, &CommitOptions::new(vec![proposal]));
    assert_eq!(groups[0].context().extensions, extensions);
    assert_agreement(&mut groups);
    required.proposals.push(0xF123);
    let proposal =
        Proposal::GroupContextExtensions(vec![Extension::required_capabilities(&required)]);
    let refused = groups[0]
        .commit(&CommitOptions::new(vec![proposal]), &psks(), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(refused.class(), "malformed");
    add_members(&mut groups, 1);
}

#[test]
fn nobody_supports_grease() {
    // GRP-53, GRP-61, GRP-69: though every leaf lists the values.
    const GREASE: u16 = 0x3A3A;
    let suite = CipherSuite::X25519Aes128;
    let mut listing = crate::stage::leaf();
    listing.grease = false;
    let lists = &mut listing.capabilities;
    for list in [&mut lists.extensions, &mut lists.proposals, &mut lists.credentials] {
        list.extend([GREASE, 0xF123]);
    }
    let mut groups = group_of(suite, 3);
    for by in 0..3 {
        let mut options = CommitOptions::default();
        options.leaf = Some(listing.clone());
        commit(&mut groups, by, &options);
    }
    let lists = |value| {
        let requiring = |extensions, proposals, credentials| {
            let required = RequiredCapabilities { extensions, proposals, credentials };
            Extension::required_capabilities(&required)
        };
        [
            Extension::new(value, vec![]),
            requiring(vec![value], vec![], vec![]),
            requiring(vec![], vec![value], vec![]),
            requiring(vec![], vec![], vec![value]),
        ]
    };
    for extension in lists(0xF123) {
        let proposal = Proposal::GroupContextExtensions(vec![extension]);
        commit(&mut groups, 0, &CommitOptions::new(vec![proposal]));
    }
    let by_leaf = [Check::LeafGroupExtensions, Check::LeafRequiredCapabilities];
    for extension in lists(GREASE) {
        let proposal = Proposal::GroupContextExtensions(vec![extension.clone()]);
        // Proposed, it keeps nobody from sending.
        let message = groups[1].propose(proposal.clone(), false, b"", NOW, &mut rng()).unwrap();
        groups[0].receive(&message, &psks(), NOW).unwrap();
        assert!(!groups[0].must_commit(&psks(), NOW).unwrap());
        let options = CommitOptions::new(vec![proposal.clone()]);
        let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
        assert!(by_leaf.contains(&check(error)));
        // Committed all the same, or the list that a group begins with.
        let mut plain = CommitOptions::default();
        plain.by_reference = false;
        let (mut forged, tag) = crate::stage::commit_of(&mut groups, &plain);
        forged.proposals.push(ProposalOrRef::Proposal(proposal));
        let (by, content) = (Sender::Member(0), Content::Commit(Box::new(forged)));
        let forged =
            hazmat::forge(&mut groups[0], by, content, Some(tag), true, &mut rng()).unwrap();
        let error = groups[2].receive(&forged, &psks(), NOW).map(drop).unwrap_err();
        assert!(by_leaf.contains(&check(error)));
        let mut params = GroupParams::new(suite, listing.clone(), open_policy());
        params.extensions = vec![extension];
        let made = Group::create(params, identity(suite, "0"), NOW, &mut rng()).map(drop);
        assert!(by_leaf.contains(&check(made.unwrap_err())));
    }
    assert_agreement(&mut groups);
}

#[test]
fn custom_proposals_need_support_of_all() {
    let suite = CipherSuite::X25519Aes128;
    let custom = Proposal::Custom { proposal_type: 0xF123, data: b"x".to_vec() };
    let mut groups = group_of(suite, 3);
    let options = CommitOptions::new(vec![custom.clone()]);
    let refused = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(refused.class(), "malformed");
    // Everybody says that it supports the type.
    for by in 0..3 {
        let mut params = LeafParams::new(0, 0);
        params.capabilities = Capabilities::default();
        params.capabilities.proposals.push(0xF123);
        let mut options = CommitOptions::default();
        options.leaf = Some(params);
        commit(&mut groups, by, &options);
    }
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let staged = crate::stage::stage(&mut groups[1], &output.commit).unwrap();
    assert!(staged.custom_proposals().eq([&custom]));
    groups[1].merge(staged).unwrap();
    groups[0].merge_pending().unwrap();
    assert_eq!(groups[0].epoch_authenticator(), groups[1].epoch_authenticator());
}

#[test]
fn identities_change() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 3);
    let new = identity(suite, "another");
    let mut options = CommitOptions::default();
    options.identity = Some(new.clone());
    commit(&mut groups, 1, &options);
    let member = groups[0].member(1).unwrap();
    assert_eq!(member.credential, Credential::Basic(b"another".to_vec()));
    assert_eq!(member.signature_key, new.signature_key());
    assert_agreement(&mut groups);
    let newer = identity(suite, "newer");
    let update = groups[2].propose_update(Some(&newer), false, NOW, &mut rng()).unwrap();
    propose(&mut groups, 2, &update);
    commit(&mut groups, 0, &CommitOptions::default());
    assert_eq!(groups[1].member(2).unwrap().signature_key, newer.signature_key());
    assert_agreement(&mut groups);
}

#[test]
fn pending_commits_are_merged_or_dropped() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 3);
    let mine = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let again = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng());
    assert_eq!(again.unwrap_err(), Misuse::PendingCommit.into());
    // Another's commit is the epoch's.
    let theirs = groups[1].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    deliver(&mut groups, 1, &theirs.commit);
    assert!(!groups[0].has_pending_commit());
    assert_eq!(groups[0].merge_pending().unwrap_err(), Misuse::NoPendingCommit.into());
    assert_agreement(&mut groups);
    let late = groups[2].receive(&mine.commit, &psks(), NOW).unwrap_err();
    assert_eq!(late.class(), "wrong_epoch");
    groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let mine = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    deliver(&mut groups, 0, &mine.commit);
    assert_agreement(&mut groups);
    // A staged commit that is dropped has changed nothing; it can be staged again.
    let mine = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    drop(crate::stage::stage(&mut groups[1], &mine.commit).unwrap());
    deliver(&mut groups, 0, &mine.commit);
    assert_agreement(&mut groups);
}

#[test]
fn key_packages_are_stored() {
    let provider = sceau::crypto::Provider::default();
    for suite in CipherSuite::ALL {
        let own = package(*suite, "stored");
        let again = sceau::group::OwnKeyPackage::from_record(&own.to_record(), &provider).unwrap();
        assert_eq!(again.key_package(), own.key_package());
        assert_eq!(again.reference(), own.reference());
        assert_eq!(
            sceau::group::KeyPackage::from_bytes(&own.key_package().to_bytes()).unwrap(),
            *own.key_package()
        );
        let mut groups = group_of(*suite, 2);
        let output = commit(&mut groups, 0, &CommitOptions::new(vec![add(&own)]));
        groups.push(join(&output.welcome.unwrap(), &again).unwrap());
        assert_agreement(&mut groups);
    }
}
