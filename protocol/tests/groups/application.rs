//! What the application decides: who is who, who comes from outside, what may be proposed; X.509, custom proposals.

use crate::stage::{
    NOW, add, assert_agreement, check, commit, identity, leaf, open_policy, package, propose, psks,
    rng, stage,
};
use sceau::crypto::Provider;
use sceau::group::hazmat;
use sceau::group::{
    Capabilities, Check, CipherSuite, Claim, ClaimPlace, Commit, CommitOptions, Content,
    Credential, CredentialValidator, Extension, ExternalJoin, ExternalSender, Group,
    GroupInfoOptions, GroupParams, GroupPolicy, JoinParams, LeafNode, LeafParams, MlsMessage,
    OwnKeyPackage, Proposal, Sender, SigningIdentity, credential_type, propose_externally,
};
use sceau::{Error, Wire};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

/// Judges as it is told, and keeps what it was asked.
#[derive(Clone, Default)]
struct Judge(Arc<Mutex<Rules>>);

#[derive(Default)]
struct Rules {
    claims: Vec<(ClaimPlace, Credential)>,
    /// Names that are not acceptable.
    refused: Vec<Vec<u8>>,
    admitted: bool,
    /// Whether a name stands for one client.
    by_name: bool,
    forbidden: Option<Proposal>,
    followed: bool,
}

/// Whether a member must be asked anew: neither kept, nor in a tree, nor from outside.
fn is_new(place: ClaimPlace) -> bool {
    use ClaimPlace::{ExternalSender, Kept, Tree};
    !matches!(place, ExternalSender | Kept | Tree)
}

impl Judge {
    /// What was asked since, each once: what is new, where else it stands, who.
    fn claims(&self) -> Vec<(Option<ClaimPlace>, Credential)> {
        let claims = core::mem::take(&mut self.0.lock().unwrap().claims);
        let claims = claims.into_iter();
        let mut claims: Vec<_> =
            claims.map(|(place, who)| ((!is_new(place)).then_some(place), who)).collect();
        claims.dedup();
        claims
    }

    fn policy(&self) -> GroupPolicy {
        let mut policy = GroupPolicy::interoperable(self.clone());
        policy.external_commits = true;
        policy.external_proposals = true;
        policy.external_pub = true;
        policy
    }
}

impl CredentialValidator for Judge {
    fn validate(&self, claim: &Claim<'_>) -> bool {
        let mut rules = self.0.lock().unwrap();
        assert_eq!((claim.suite, claim.now), (SUITE, NOW));
        rules.claims.push((claim.place, claim.credential.clone()));
        match claim.credential {
            Credential::Basic(name) => !rules.refused.contains(name),
            // The test's certificates end in the key that they certify.
            Credential::X509(chain) => {
                chain.first().is_some_and(|first| first.ends_with(claim.signature_key))
            }
            _ => false,
        }
    }

    fn is_successor(&self, _: &Credential, _: &Credential) -> bool {
        self.0.lock().unwrap().followed
    }

    fn client_id(&self, leaf: &LeafNode) -> Option<Vec<u8>> {
        self.0.lock().unwrap().by_name.then(|| leaf.credential.to_bytes())
    }

    fn admits(&self, _: &LeafNode) -> bool {
        self.0.lock().unwrap().admitted
    }

    fn permits(&self, proposal: &Proposal, _: Sender) -> bool {
        let rules = self.0.lock().unwrap();
        rules.forbidden.as_ref() != Some(proposal)
    }
}

fn basic(name: &str) -> Credential {
    Credential::Basic(name.as_bytes().to_vec())
}

/// A group of three under one judge.
fn three(judge: &Judge) -> Vec<Group> {
    let params = GroupParams::new(SUITE, leaf(), judge.policy());
    let mut groups = vec![Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap()];
    let packages = ["1", "2"].map(|name| package(SUITE, name));
    let options = CommitOptions::new(packages.iter().map(add).collect());
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].merge_pending().unwrap();
    let welcome = output.welcome.unwrap();
    for own in &packages {
        groups.push(join(judge, &welcome, own).unwrap());
    }
    groups
}

fn join(judge: &Judge, welcome: &[u8], own: &OwnKeyPackage) -> Result<Group, Error> {
    let psks = psks();
    let params = JoinParams::new(judge.policy(), &psks);
    Ok(Group::join(welcome, &[own], params, NOW)?.0)
}

#[test]
fn each_credential_is_judged_where_it_stands() {
    let judge = Judge::default();
    let params = GroupParams::new(SUITE, leaf(), judge.policy());
    let mut ada = Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap();
    assert_eq!(judge.claims(), [(None, basic("0"))]);
    let own = package(SUITE, "1");
    let options = CommitOptions::new(vec![add(&own)]);
    let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    ada.merge_pending().unwrap();
    assert_eq!(judge.claims(), [(None, basic("1")), (Some(ClaimPlace::Kept), basic("0"))]);
    let mut bob = join(&judge, &output.welcome.unwrap(), &own).unwrap();
    assert_eq!(
        judge.claims(),
        [(Some(ClaimPlace::Tree), basic("0")), (Some(ClaimPlace::Tree), basic("1"))]
    );
    // A new key of the same name is new; a new name must follow the old one too.
    let mut options = CommitOptions::default();
    options.identity = Some(identity(SUITE, "1"));
    let output = bob.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(judge.claims(), [(None, basic("1"))]);
    stage(&mut ada, &output.commit).unwrap();
    assert_eq!(judge.claims(), [(None, basic("1"))]);
    bob.clear_pending().unwrap();
    options.identity = Some(identity(SUITE, "another"));
    let refused = bob.commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(refused), Check::LeafSuccessor);
    judge.0.lock().unwrap().followed = true;
    bob.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    // External senders, when they are listed.
    judge.claims();
    let service = identity(SUITE, "service");
    let proposal = Proposal::GroupContextExtensions(vec![senders(&[&service])]);
    ada.commit(&CommitOptions::new(vec![proposal.clone()]), &psks(), NOW, &mut rng()).unwrap();
    ada.clear_pending().unwrap();
    assert!(judge.claims().contains(&(Some(ClaimPlace::ExternalSender), basic("service"))));
    judge.0.lock().unwrap().refused.push(b"service".to_vec());
    let refused = ada.commit(&CommitOptions::new(vec![proposal]), &psks(), NOW, &mut rng());
    assert_eq!(check(refused.unwrap_err()), Check::LeafCredential);
}

fn senders(identities: &[&SigningIdentity]) -> Extension {
    let sender = |identity: &&SigningIdentity| ExternalSender {
        signature_key: identity.signature_key().to_vec(),
        credential: identity.credential().clone(),
    };
    Extension::external_senders(&identities.iter().map(sender).collect::<Vec<_>>())
}

#[test]
fn proposals_that_the_application_forbids() {
    let judge = Judge::default();
    let mut groups = three(&judge);
    let remove = Proposal::Remove(2);
    // Each member asks its own application: the sender's allows it.
    groups[0].set_policy(open_policy());
    let options = CommitOptions::new(vec![remove.clone()]);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let by_itself = groups[0].propose(remove.clone(), false, b"", NOW, &mut rng()).unwrap();
    judge.0.lock().unwrap().forbidden = Some(remove);
    for message in [&output.commit, &by_itself] {
        let error = groups[1].receive(message, &psks(), NOW).unwrap_err();
        assert_eq!(
            (check(error), error.class()),
            (Check::ApplicationPolicy, "unauthorised_device")
        );
    }
    assert_eq!(groups[1].proposal_count(), 0);
    judge.0.lock().unwrap().forbidden = None;
    stage(&mut groups[1], &output.commit).unwrap();
}

#[test]
fn newcomers_from_outside_are_the_applications_to_admit() {
    let judge = Judge::default();
    let mut groups = three(&judge);
    let context = groups[0].context().clone();
    let new = package(SUITE, "new");
    let proposal = new.propose_self(&context, &Provider::default()).unwrap();
    let error = groups[1].receive(&proposal, &psks(), NOW).unwrap_err();
    assert_eq!(check(error), Check::ApplicationPolicy);
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    let info = groups[0].group_info(&options, &mut rng()).unwrap();
    let joined = |join: &ExternalJoin, name: &str| {
        let psks = psks();
        let params = JoinParams::new(open_policy(), &psks);
        let identity = identity(SUITE, name);
        Group::join_external(&info, &identity, join, params, NOW, &mut rng()).unwrap().1
    };
    let commit = joined(&ExternalJoin::new(leaf()), "outsider");
    assert_eq!(check(stage(&mut groups[1], &commit).unwrap_err()), Check::ExternalForbidden);
    // Nor does somebody else take a member's place.
    let mut resync = ExternalJoin::new(leaf());
    resync.resync = Some(2);
    let stolen = joined(&resync, "thief");
    assert_eq!(check(stage(&mut groups[1], &stolen).unwrap_err()), Check::LeafSuccessor);
    let back = joined(&resync, "2");
    stage(&mut groups[1], &back).unwrap();
    judge.0.lock().unwrap().admitted = true;
    stage(&mut groups[1], &commit).unwrap();
    groups[1].receive(&proposal, &psks(), NOW).unwrap();
    assert_eq!(groups[1].proposal_count(), 1);
}

#[test]
fn a_client_comes_from_outside_once() {
    // GRP-75, GRP-09, §12.2: where the committer's new leaf is one more of a member's, and its old one stays.
    let judge = Judge::default();
    let mut groups = three(&judge);
    *judge.0.lock().unwrap() = Rules { admitted: true, by_name: true, ..Rules::default() };
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    let info = groups[0].group_info(&options, &mut rng()).unwrap();
    let joined = |policy: GroupPolicy, resync: Option<u32>, name: &str| {
        let (psks, identity) = (psks(), identity(SUITE, name));
        let mut join = ExternalJoin::new(leaf());
        join.resync = resync;
        let params = JoinParams::new(policy, &psks);
        Group::join_external(&info, &identity, &join, params, NOW, &mut rng()).map(|(_, new)| new)
    };
    let again = joined(open_policy(), None, "2").unwrap();
    let before = groups[1].export_state();
    // Neither the member is to blame, nor anybody else of the group; where a member adds it once more, that one is.
    let blamed = |error: Error| match error {
        Error::Group(refused) => (refused.check, refused.leaf),
        other => panic!("{other}"),
    };
    let refused = blamed(stage(&mut groups[1], &again).unwrap_err());
    assert_eq!(refused, (Check::AddMember, None));
    assert_eq!(groups[1].export_state(), before);
    groups[2].set_policy(open_policy());
    let options = CommitOptions::new(vec![add(&package(SUITE, "0"))]);
    let output = groups[2].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let refused = blamed(stage(&mut groups[1], &output.commit).unwrap_err());
    assert_eq!(refused, (Check::AddMember, Some(2)));
    assert_eq!(check(joined(judge.policy(), None, "2").unwrap_err()), Check::AddMember);
    for (resync, name) in [(Some(2), "2"), (None, "3")] {
        let commit = joined(judge.policy(), resync, name).unwrap();
        stage(&mut groups[1], &commit).unwrap();
    }
}

#[test]
fn external_senders_add_and_remove_and_no_more() {
    let mut groups = crate::stage::group_of(SUITE, 3);
    let (service, other) = (identity(SUITE, "service"), identity(SUITE, "other"));
    let extensions = vec![senders(&[&other, &service])];
    let listing = Proposal::GroupContextExtensions(extensions.clone());
    commit(&mut groups, 0, &CommitOptions::new(vec![listing]));
    let context = groups[0].context().clone();
    let provider = Provider::default();
    let from = |proposal: Proposal, index, who: &SigningIdentity| {
        propose_externally(&context, proposal, Some(index), who, &provider).unwrap()
    };
    let new = package(SUITE, "new");
    let mut refused = |message: &[u8]| check(groups[1].receive(message, &psks(), NOW).unwrap_err());
    // Another's index, an index that the list does not have, no list.
    assert_eq!(refused(&from(add(&new), 0, &service)), Check::ContentSignature);
    assert_eq!(refused(&from(add(&new), 2, &service)), Check::UnknownSender);
    assert_eq!(refused(&from(add(&new), u32::MAX, &service)), Check::UnknownSender);
    // What only members may propose (§12.1.8).
    let update = Proposal::Update(Box::new(new.key_package().leaf_node.clone()));
    assert_eq!(refused(&from(update, 1, &service)), Check::ProposalSender);
    assert_eq!(refused(&from(Proposal::ExternalInit(vec![1]), 1, &service)), Check::ProposalSender);
    let custom = Proposal::Custom { proposal_type: 0xF123, data: vec![] };
    assert_eq!(refused(&from(custom, 1, &service)), Check::ProposalSender);
    // An external Add and an external Remove, committed by a member.
    for proposal in [add(&new), Proposal::Remove(2)] {
        propose(&mut groups, usize::MAX, &from(proposal, 1, &service));
    }
    let output = commit(&mut groups, 1, &CommitOptions::default());
    assert!(!groups[2].is_active());
    groups[2] = crate::stage::join(&output.welcome.unwrap(), &new).unwrap();
    assert_eq!(groups[2].context().extensions, extensions, "the list stays");
    assert_agreement(&mut groups);
    // The same messages in the next epoch.
    let error = groups[0].receive(&from(Proposal::Remove(1), 1, &service), &psks(), NOW);
    assert_eq!(check(error.unwrap_err()), Check::WrongEpoch);
}

#[test]
fn certificates_are_the_applications_to_judge() {
    let judge = Judge::default();
    let mut groups = three(&judge);
    let provider = Provider::default();
    let private = || sceau::crypto::Secret::from_slice(&[5; 32]);
    let plain = SigningIdentity::from_private(SUITE, basic("x"), private(), &provider).unwrap();
    let certificate = [b"of ", plain.signature_key()].concat();
    let chain = Credential::X509(vec![certificate, b"issuer".to_vec()]);
    let own = |credential: Credential, private| {
        let identity =
            SigningIdentity::from_private(SUITE, credential, private, &provider).unwrap();
        OwnKeyPackage::generate(SUITE, &identity, &leaf(), vec![], &provider, &mut rng()).unwrap()
    };
    // The end entity's key must be the leaf's.
    let stolen = own(chain.clone(), sceau::crypto::Secret::from_slice(&[6; 32]));
    let options = CommitOptions::new(vec![add(&stolen)]);
    let refused = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(refused), Check::LeafCredential);
    let own = own(chain.clone(), private());
    let options = CommitOptions::new(vec![add(&own)]);
    let output = commit(&mut groups, 0, &options);
    groups.push(join(&judge, &output.welcome.unwrap(), &own).unwrap());
    assert_eq!(groups[1].member(3).unwrap().credential, chain);
    assert_eq!(groups[1].member(3).unwrap().credential.credential_type(), credential_type::X509);
    assert_agreement(&mut groups);
    commit(&mut groups, 3, &CommitOptions::default());
    assert_agreement(&mut groups);
}

/// Everybody says that it supports types of proposals.
fn all_support(groups: &mut [Group], types: &[u16]) {
    let mut options = CommitOptions::default();
    options.by_reference = false;
    for by in 0..groups.len() {
        let mut params = LeafParams::new(0, 0);
        params.capabilities = Capabilities::default();
        params.capabilities.proposals.extend(types);
        options.leaf = Some(params);
        commit(groups, by, &options);
    }
}

#[test]
fn custom_proposals_come_by_reference_too() {
    let mut groups = crate::stage::group_of(SUITE, 3);
    let custom = Proposal::Custom { proposal_type: 0xF123, data: b"x".to_vec() };
    let by_itself = groups[1].propose(custom.clone(), false, b"", NOW, &mut rng()).unwrap();
    propose(&mut groups, 1, &by_itself);
    // Not everybody supports the type: a commit that has it is refused, whoever makes it (§12.2), so that one that is received
    // is left out, and keeps nobody from sending.
    let by_value = CommitOptions::new(vec![custom.clone()]);
    let refused = groups[0].commit(&by_value, &psks(), NOW, &mut rng());
    assert_eq!(check(refused.unwrap_err()), Check::ProposalType);
    assert!(!groups[0].must_commit(&psks(), NOW).unwrap());
    groups[0].encrypt(b"", b"", &mut rng()).unwrap();
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    assert!(output.bundle.proposals.is_empty());
    groups[0].clear_pending().unwrap();
    all_support(&mut groups, &[0xF123]);
    let by_itself = groups[1].propose(custom.clone(), false, b"", NOW, &mut rng()).unwrap();
    propose(&mut groups, 1, &by_itself);
    let output = groups[2].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let staged = stage(&mut groups[0], &output.commit).unwrap();
    assert!(staged.custom_proposals().eq([&custom]));
    crate::stage::deliver(&mut groups, 2, &output.commit);
    assert_agreement(&mut groups);
}

#[test]
fn what_a_commit_refers_to_often_is_held_once() {
    let mut groups = crate::stage::group_of(SUITE, 3);
    all_support(&mut groups, &[0xF123]);
    let custom = Proposal::Custom { proposal_type: 0xF123, data: vec![1; 1_000] };
    let by_itself = groups[1].propose(custom.clone(), false, b"", NOW, &mut rng()).unwrap();
    propose(&mut groups, 1, &by_itself);
    let mut options = CommitOptions::default();
    options.public = true;
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let MlsMessage::Public(message) = MlsMessage::from_bytes(&output.commit).unwrap() else {
        panic!()
    };
    let Content::Commit(mut commit) = message.content.content else { panic!() };
    assert_eq!(commit.proposals.len(), 1);
    commit.proposals = vec![commit.proposals[0].clone(); 100];
    let forge = |group: &mut Group, tag| {
        let (sender, content) = (Sender::Member(0), Content::Commit(commit.clone()));
        hazmat::forge(group, sender, content, Some(tag), false, &mut rng()).unwrap()
    };
    let untagged = forge(&mut groups[0], vec![0; 32]);
    let tag = hazmat::wanted_tag(&groups[2], &untagged, &psks(), NOW).unwrap().unwrap();
    let message = forge(&mut groups[0], tag);
    let staged = stage(&mut groups[2], &message).unwrap();
    assert_eq!(staged.custom_proposals().len(), 100);
    let first = staged.custom_proposals().next().unwrap();
    assert_eq!(*first, custom);
    assert!(staged.custom_proposals().all(|proposal| std::ptr::eq(proposal, first)));
}

#[test]
fn nobody_supports_a_grease_proposal() {
    // RFC 9420 §13.5: GREASE values stand in lists so that they are ignored there.
    let (grease, private) = ([0x0A0A, 0xEAEA], 0xFAFA);
    let mut groups = crate::stage::group_of(SUITE, 2);
    all_support(&mut groups, &[grease[0], grease[1], private]);
    let options =
        |proposal_type| CommitOptions::new(vec![Proposal::Custom { proposal_type, data: vec![] }]);
    for proposal_type in grease {
        let refused = groups[0].commit(&options(proposal_type), &psks(), NOW, &mut rng());
        assert_eq!(check(refused.unwrap_err()), Check::ProposalType);
    }
    commit(&mut groups, 0, &options(private));
    assert_agreement(&mut groups);
}

#[test]
fn the_last_epoch_has_no_next() {
    // Two Welcomes whose context says a great number, as a member can make them.
    let mut groups = crate::stage::group_of(SUITE, 2);
    let signer = identity(SUITE, "0");
    let mut options = CommitOptions::default();
    options.identity = Some(signer.clone());
    commit(&mut groups, 0, &options);
    let packages = ["a", "b"].map(|name| package(SUITE, name));
    let options = CommitOptions::new(packages.iter().map(add).collect());
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    let joined = |epoch| {
        packages.each_ref().map(|own| {
            let alter = |contents: &mut hazmat::WelcomeContents| {
                contents.info.group_context.epoch = epoch;
            };
            let altered = hazmat::alter_welcome(&welcome, own, &psks(), &signer, alter, &mut rng());
            crate::stage::join(&altered.unwrap(), own).unwrap()
        })
    };
    // A commit that is refused for what it lacks, and one that is refused before that.
    for (epoch, expected) in [(u64::MAX - 1, Check::PathMissing), (u64::MAX, Check::LastEpoch)] {
        let [mut a, mut b] = joined(epoch);
        let content = Content::Commit(Box::new(Commit { proposals: vec![], path: None }));
        let (sender, tag) = (Sender::Member(b.own_leaf()), Some(vec![0; 32]));
        let message = hazmat::forge(&mut b, sender, content, tag, false, &mut rng()).unwrap();
        let before = a.export_state();
        assert_eq!(check(a.receive(&message, &psks(), NOW).unwrap_err()), expected);
        assert_eq!(a.export_state(), before);
    }
    let [mut a, b] = joined(u64::MAX);
    let refused = a.commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!((check(refused), refused.class()), (Check::LastEpoch, "limit"));
    assert_agreement(&mut [a, b]);
}

/// Counts how often it is asked who a leaf is.
struct Counting(Arc<AtomicUsize>);

impl CredentialValidator for Counting {
    fn validate(&self, _: &Claim<'_>) -> bool {
        true
    }

    fn client_id(&self, leaf: &LeafNode) -> Option<Vec<u8>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Some(leaf.credential.to_bytes())
    }
}

#[test]
fn members_of_two_groups_are_compared_once_each_and_after_the_tag() {
    // GJN-15, with the members in another order, so that nobody stands where it stood.
    const MEMBERS: usize = 24;
    let mut old = crate::stage::group_of(SUITE, MEMBERS);
    let signer = identity(SUITE, "0");
    let mut options = CommitOptions::default();
    options.identity = Some(signer.clone());
    crate::stage::commit(&mut old, 0, &options);
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = || {
        let mut policy = open_policy();
        policy.validator = Arc::new(Counting(Arc::clone(&asked)));
        policy
    };
    let names = (1..MEMBERS).rev().map(|n| n.to_string());
    let mut packages: Vec<_> = names.map(|name| package(SUITE, &name)).collect();
    let branch = |packages: &[OwnKeyPackage]| {
        let all = packages.iter().map(|own| own.key_package().clone()).collect();
        let (_, output) = old[0].branch(all, leaf(), vec![], NOW, &mut rng()).unwrap();
        output.welcome.unwrap()
    };
    let join = |welcome: &[u8], own: &OwnKeyPackage| {
        let store = psks();
        let mut params = JoinParams::new(counting(), &store);
        params.from = Some(&old[1]);
        asked.store(0, Ordering::Relaxed);
        let joined = Group::join(welcome, &[own], params, NOW).map(drop);
        (joined, asked.load(Ordering::Relaxed))
    };
    let welcome = branch(&packages);
    let own = packages.pop().unwrap();
    let (joined, times) = join(&welcome, &own);
    joined.unwrap();
    assert_eq!(times, 2 * MEMBERS, "each member of each group once");
    // A tag that is wrong is refused before anybody is compared.
    let mut store = psks();
    store.insert_resumption(old[0].group_id(), old[0].epoch(), old[0].resumption_psk());
    let alter = |contents: &mut hazmat::WelcomeContents| contents.tag = Some(vec![0; 32]);
    let altered = hazmat::alter_welcome(&welcome, &own, &store, &signer, alter, &mut rng());
    let (joined, times) = join(&altered.unwrap(), &own);
    assert_eq!((check(joined.unwrap_err()), times), (Check::ConfirmationTag, 0));
}
