//! Published failures with commits, and with who has sent a message.

use super::{SUITE, altered, forge, go_on, invite, refusal};
use crate::stage::{
    NOW, add, assert_agreement, check, commit, commit_of, deliver, group_of, identity, join,
    open_policy, package, psks, rng, stage,
};
use sceau::group::{
    Check, Commit, CommitOptions, CommitOutput, Group, JoinParams, MlsMessage, OwnKeyPackage,
    Proposal, ProposalOrRef, Received, Sender, hazmat,
};
use sceau::{Error, Wire};

#[test]
fn a_shortened_tag_is_refused() {
    // GHSA-8x3w-qj7j-gqhf
    let mut groups = group_of(SUITE, 3);
    let (commit, tag) = commit_of(&mut groups, &CommitOptions::default());
    for private in [false, true] {
        let message = forge(&mut groups, Sender::Member(0), &commit, &[], private);
        let wanted = hazmat::wanted_tag(&groups[1], &message, &psks(), NOW).unwrap().unwrap();
        assert_eq!(wanted == tag, !private, "the wire format counts");
        let tag = wanted;
        for length in 0..tag.len() {
            let message = forge(&mut groups, Sender::Member(0), &commit, &tag[..length], private);
            let error = refusal(&mut groups[1], &message);
            assert_eq!((check(error), error.class()), (Check::TagLength, "malformed"));
        }
        let longer = [&tag[..], &[0]].concat();
        let message = forge(&mut groups, Sender::Member(0), &commit, &longer, private);
        assert_eq!(check(refusal(&mut groups[1], &message)), Check::TagLength);
        let mut other = tag.clone();
        *other.last_mut().unwrap() ^= 1;
        let message = forge(&mut groups, Sender::Member(0), &commit, &other, private);
        let error = refusal(&mut groups[1], &message);
        assert_eq!((check(error), error.class()), (Check::ConfirmationTag, "bad_signature"));
        let control = forge(&mut groups, Sender::Member(0), &commit, &tag, private);
        stage(&mut groups[1], &control).unwrap();
    }
    let message = forge(&mut groups, Sender::Member(0), &commit, &tag, false);
    let MlsMessage::Public(message) = MlsMessage::from_bytes(&message).unwrap() else { panic!() };
    for length in 0..message.membership_tag.as_ref().unwrap().len() {
        let mut shortened = message.clone();
        shortened.membership_tag.as_mut().unwrap().truncate(length);
        let shortened = MlsMessage::Public(shortened).to_bytes();
        let error = refusal(&mut groups[1], &shortened);
        assert_eq!((check(error), error.class()), (Check::MembershipTag, "bad_signature"));
    }
    // Of a group info in a Welcome, signed as it is.
    let (new, welcome, signer) = invite(&mut groups);
    for length in [0, 1, 31] {
        let shortened = altered(&welcome, &new, &signer, |contents| {
            let tag = contents.info.confirmation_tag.clone();
            contents.tag = Some(tag[..length].to_vec());
        });
        assert_eq!(check(join(&shortened, &new).unwrap_err()), Check::ConfirmationTag);
    }
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

#[test]
fn commits_of_nobody_are_refused() {
    // openmls #2182: senders whose leaf is blank or outside of the tree.
    let mut groups = group_of(SUITE, 5);
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(2)]));
    let (honest, tag) = commit_of(&mut groups, &CommitOptions::default());
    for leaf in [2, 5, 7, 8, 1 << 20, 1 << 30, u32::MAX / 2, u32::MAX] {
        for private in [false, true] {
            let message = forge(&mut groups, Sender::Member(leaf), &honest, &tag, private);
            let error = refusal(&mut groups[1], &message);
            assert_eq!((check(error), error.class()), (Check::UnknownSender, "malformed"));
        }
    }
    // Another member's leaf, with the first one's signature.
    for private in [false, true] {
        let message = forge(&mut groups, Sender::Member(3), &honest, &tag, private);
        let error = check(refusal(&mut groups[1], &message));
        let expected = if private { Check::Undecryptable } else { Check::ContentSignature };
        assert_eq!(error, expected);
    }
    go_on(&mut groups[..2]);
}

#[test]
fn one_pre_shared_key_twice_is_refused() {
    // openmls #1928, of a commit that its sender did not check.
    let mut groups = group_of(SUITE, 2);
    let psk = groups[0].external_psk(b"known", &mut rng());
    let mut options = CommitOptions::new(vec![psk.clone()]);
    options.path = false;
    let (mut commit, _) = commit_of(&mut groups, &options);
    commit.proposals.push(ProposalOrRef::Proposal(psk));
    let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], false);
    assert_eq!(check(refusal(&mut groups[1], &message)), Check::PskTwice);
    // And of a Welcome.
    let (new, welcome, signer) = invite(&mut groups);
    let id = |id: Proposal| match id {
        Proposal::PreSharedKey(id) => id,
        _ => panic!(),
    };
    let known = id(groups[0].external_psk(b"known", &mut rng()));
    let twice = altered(&welcome, &new, &signer, |contents| {
        contents.psks = vec![known.clone(), known.clone()];
    });
    assert_eq!(check(join_with(&twice, &new)), Check::PskTwice);
    let mut short = known.clone();
    short.nonce.pop();
    let short = altered(&welcome, &new, &signer, |contents| contents.psks = vec![short]);
    assert_eq!(check(join_with(&short, &new)), Check::PskNonce);
    go_on(&mut groups);
}

fn join_with(welcome: &[u8], new: &OwnKeyPackage) -> Error {
    let psks = psks();
    Group::join(welcome, &[new], JoinParams::new(open_policy(), &psks), NOW).unwrap_err()
}

#[test]
fn a_commit_that_changes_the_signature_key_invites_with_the_new_one() {
    // openmls #2143
    let mut groups = group_of(SUITE, 3);
    let new = package(SUITE, "new");
    let mut options = CommitOptions::new(vec![add(&new)]);
    options.identity = Some(identity(SUITE, "renewed"));
    options.group_info = true;
    let output = commit(&mut groups, 1, &options);
    groups.push(join(&output.welcome.unwrap(), &new).unwrap());
    assert_agreement(&mut groups);
    let info = output.group_info.unwrap();
    let MlsMessage::GroupInfo(info) = MlsMessage::from_bytes(&info).unwrap() else { panic!() };
    let key = groups[0].member(1).unwrap().signature_key.clone();
    assert!(hazmat::verify_group_info(SUITE, &info, &key).unwrap());
}

#[test]
fn a_late_message_is_its_senders() {
    // mls-rs #361: the sender is gone, and somebody else has the leaf.
    let mut groups = group_of(SUITE, 4);
    let late = groups[2].encrypt(b"late", b"", &mut rng()).unwrap();
    let epoch = groups[0].epoch();
    let sender = groups[0].member(2).unwrap().clone();
    let new = package(SUITE, "usurper");
    let options = CommitOptions::new(vec![Proposal::Remove(2), add(&new)]);
    commit(&mut groups, 0, &options);
    let newcomer = groups[0].member(2).unwrap();
    assert_ne!(newcomer.signature_key, sender.signature_key, "the leaf is another's");
    let received = groups[1].receive(&late, &psks(), NOW).unwrap();
    let Received::Application { sender: leaf, epoch: sent_in, data, .. } = received else {
        panic!()
    };
    assert_eq!((leaf, sent_in, &data[..]), (2, epoch, &b"late"[..]));
    assert_eq!(groups[1].member_at(sent_in, leaf).unwrap(), &sender);
    assert_eq!(groups[1].member_at(groups[1].epoch(), leaf), groups[1].member(leaf));
    assert_eq!(groups[1].member_at(epoch + 2, leaf), None);
    assert_eq!(groups[1].member_at(0, leaf), None, "its keys are gone");
}

#[test]
fn a_remove_without_a_path_is_neither_made_nor_taken() {
    // ts-mls GHSA-gwp3-968w-m7gv: one Remove alone; and each other proposal that wants a path.
    let mut groups = group_of(SUITE, 4);
    let mut options = CommitOptions::new(vec![Proposal::Remove(3)]);
    options.path = false;
    let (commit, _) = commit_of(&mut groups, &options);
    assert!(commit.path.is_some(), "made with a path all the same");
    let extensions = Proposal::GroupContextExtensions(vec![]);
    let lists = [vec![Proposal::Remove(3)], vec![extensions], vec![]];
    for list in lists {
        let proposals = list.into_iter().map(ProposalOrRef::Proposal).collect();
        let commit = Commit { proposals, path: None };
        for private in [false, true] {
            let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], private);
            assert_eq!(check(refusal(&mut groups[1], &message)), Check::PathMissing);
        }
    }
    // By reference.
    let remove = groups[2].propose(Proposal::Remove(3), false, b"", NOW, &mut rng()).unwrap();
    let update = groups[2].propose_update(None, false, NOW, &mut rng()).unwrap();
    let mut references = Vec::new();
    for message in [remove, update] {
        for index in [0, 1, 3] {
            let received = groups[index].receive(&message, &psks(), NOW).unwrap();
            let Received::Proposal { reference, .. } = received else { panic!() };
            references.push(reference);
        }
    }
    for reference in [&references[0], &references[3]] {
        let proposals = vec![ProposalOrRef::Reference(reference.clone())];
        let commit = Commit { proposals, path: None };
        let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], false);
        assert_eq!(check(refusal(&mut groups[1], &message)), Check::PathMissing);
    }
    // What is honest removes: the removed member is told, and cannot read on.
    let mut options = CommitOptions::new(vec![]);
    options.path = false;
    let output: CommitOutput = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    deliver(&mut groups, 0, &output.commit);
    assert!(!groups[3].is_active());
    let message = groups[0].encrypt(b"for three", b"", &mut rng()).unwrap();
    assert_eq!(refusal(&mut groups[3], &message).class(), "wrong_epoch");
    assert_agreement(&mut groups[..3]);
}

#[test]
fn who_is_removed_checks_what_needs_no_secret() {
    // GRP-96: an extension that the committer alone supports is refused by all, the removed member too.
    let mut groups = group_of(SUITE, 4);
    let mut list = crate::stage::leaf();
    list.capabilities.extensions.push(0xF001);
    let mut options = CommitOptions::new(vec![Proposal::Remove(3)]);
    options.leaf = Some(list);
    let (mut commit, _) = commit_of(&mut groups, &options);
    let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], false);
    assert!(stage(&mut groups[3], &message).unwrap().removes_self());
    let extensions = vec![sceau::group::Extension::new(0xF001, vec![])];
    commit.proposals.push(ProposalOrRef::Proposal(Proposal::GroupContextExtensions(extensions)));
    let message = forge(&mut groups, Sender::Member(0), &commit, &[0; 32], false);
    for member in [1, 3] {
        assert_eq!(check(refusal(&mut groups[member], &message)), Check::ExtensionsRequired);
    }
    go_on(&mut groups);
}
