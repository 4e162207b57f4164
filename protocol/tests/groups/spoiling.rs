//! What one member proposes does not spoil the commits of others, and keeps nobody from sending (GDS-29, GRP-59).

use crate::stage::{
    NOW, add_members, bundled, commit, group_of, identity, leaf, open_policy, package, psks, rng,
    stage,
};
use sceau::group::{
    CipherSuite, CommitOptions, Content, Extension, Group, GroupParams, JoinParams, LeafNode,
    LeafNodeSource, LeafParams, OwnKeyPackage, Proposal, RequiredCapabilities, Sender,
    SigningIdentity, hazmat,
};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;
const MALLORY: usize = 2;

/// Four members; the test has the third one's identity.
fn group_with_mallory() -> (Vec<Group>, SigningIdentity) {
    let mut groups = group_of(SUITE, 4);
    let mallory = identity(SUITE, "2");
    let mut options = CommitOptions::default();
    options.identity = Some(mallory.clone());
    commit(&mut groups, MALLORY, &options);
    (groups, mallory)
}

/// Mallory's Update with this encryption key.
fn update(mallory: &mut Group, who: &SigningIdentity, key: &[u8], more: Vec<Extension>) -> Vec<u8> {
    let index = mallory.own_leaf();
    let mut leaf: LeafNode = mallory.member(index).unwrap().clone();
    leaf.encryption_key = key.to_vec();
    leaf.source = LeafNodeSource::Update;
    leaf.extensions.extend(more);
    let group_id = mallory.group_id().to_vec();
    hazmat::sign_leaf_node(SUITE, who, &mut leaf, &group_id, index).unwrap();
    let content = Content::Proposal(Box::new(Proposal::Update(Box::new(leaf))));
    hazmat::forge(mallory, Sender::Member(index), content, None, true, &mut rng()).unwrap()
}

fn key_of(groups: &[Group], member: usize) -> Vec<u8> {
    let leaf = u32::try_from(member).unwrap();
    groups[0].member(leaf).unwrap().encryption_key.clone()
}

/// What Mallory sends all, none of which others would take in a commit of the first member.
type Attack = fn(&mut Vec<Group>, &SigningIdentity) -> Vec<Vec<u8>>;

fn proposed(groups: &mut [Group], proposal: Proposal) -> Vec<u8> {
    groups[MALLORY].propose(proposal, false, b"", NOW, &mut rng()).unwrap()
}

fn requiring(groups: &mut [Group], value: u16) -> Vec<u8> {
    let mut required = RequiredCapabilities::default();
    required.extensions.push(value);
    let list = vec![Extension::required_capabilities(&required)];
    proposed(groups, Proposal::GroupContextExtensions(list))
}

const ATTACKS: [(&str, Attack); 7] = [
    ("a type that nobody lists", |groups, _| {
        vec![proposed(groups, Proposal::Custom { proposal_type: 0xF999, data: vec![] })]
    }),
    ("an extension that nobody lists", |groups, _| {
        let list = vec![Extension::new(0xF998, vec![])];
        vec![proposed(groups, Proposal::GroupContextExtensions(list))]
    }),
    ("a requirement that nobody meets", |groups, _| vec![requiring(groups, 0xF997)]),
    ("the committer's encryption key", |groups, who| {
        let key = key_of(groups, 0);
        vec![update(&mut groups[MALLORY], who, &key, vec![])]
    }),
    ("another member's encryption key", |groups, who| {
        let key = key_of(groups, 3);
        vec![update(&mut groups[MALLORY], who, &key, vec![])]
    }),
    ("the key of an epoch before somebody came", |groups, _| {
        let epoch = groups[MALLORY].epoch() - 1;
        add_members(groups, 1);
        let id = groups[MALLORY].group_id().to_vec();
        let proposal = groups[MALLORY].resumption_psk_proposal(&id, epoch, &mut rng());
        vec![proposed(groups, proposal)]
    }),
    ("two that fail together with what came before", |groups, _| {
        (0..2).map(|n| requiring(groups, 0xF990 + n)).collect()
    }),
];

#[test]
fn what_others_would_refuse_is_left_out() {
    for (name, attack) in ATTACKS {
        let (mut groups, mallory) = group_with_mallory();
        for message in attack(&mut groups, &mallory) {
            groups[0].receive(&message, &psks(), NOW).unwrap();
        }
        // Nobody is kept from sending.
        assert!(!groups[0].must_commit(&psks(), NOW).unwrap(), "{name}");
        groups[0].encrypt(b"", b"", &mut rng()).unwrap();
        // What is good goes into the commit, and the others take it.
        let honest = groups[1].propose_update(None, false, NOW, &mut rng()).unwrap();
        groups[0].receive(&honest, &psks(), NOW).unwrap();
        assert!(groups[0].must_commit(&psks(), NOW).unwrap(), "{name}");
        let made = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
        let by: Vec<_> =
            bundled(&made.bundle.proposals).into_iter().map(|(sender, _)| sender).collect();
        assert_eq!(by, [Sender::Member(1)], "{name}");
        for member in [1, 2, 3] {
            let taken = groups[member].receive_bundle(&made.bundle, &psks(), NOW);
            let staged = taken.unwrap_or_else(|error| panic!("{name}, to {member}: {error}"));
            groups[member].merge(staged).unwrap();
        }
    }
}

#[test]
fn of_many_proposals_the_bad_ones_are_found() {
    // GRP-67, limits: 256 pre-shared keys are taken, and one more is not.
    let (mut groups, mallory) = group_with_mallory();
    let key = key_of(&groups, 0);
    let mut sent: Vec<_> = (0..257)
        .map(|_| {
            let proposal = groups[MALLORY].external_psk(b"known", &mut rng());
            proposed(&mut groups, proposal)
        })
        .collect();
    sent.insert(100, update(&mut groups[MALLORY], &mallory, &key, vec![]));
    let mut store = psks();
    store.insert_external(b"known", sceau::crypto::Secret::from_slice(&[7; 32]));
    for message in &sent {
        groups[0].receive(message, &store, NOW).unwrap();
    }
    let made = groups[0].commit(&CommitOptions::default(), &store, NOW, &mut rng()).unwrap();
    let taken = bundled(&made.bundle.proposals);
    assert_eq!(taken.len(), 256);
    assert!(taken.iter().all(|(_, taken)| matches!(taken, Proposal::PreSharedKey(_))));
    let staged = groups[1].receive_bundle(&made.bundle, &store, NOW).unwrap();
    groups[1].merge(staged).unwrap();
}

#[test]
fn an_add_that_has_become_too_late_is_cleared_by_a_commit() {
    // GDS-29: sending and committing judge alike.
    let mut groups = group_of(SUITE, 2);
    let mut params = leaf();
    params.lifetime = LeafParams::new(NOW - 10, NOW + 5).lifetime;
    let provider = sceau::crypto::Provider::default();
    let new = identity(SUITE, "new");
    let own = OwnKeyPackage::generate(SUITE, &new, &params, vec![], &provider, &mut rng()).unwrap();
    let adding = Proposal::Add(Box::new(own.key_package().clone()));
    let message = groups[1].propose(adding, false, b"", NOW, &mut rng()).unwrap();
    groups[0].receive(&message, &psks(), NOW).unwrap();
    let later = NOW + 10;
    assert!(groups[0].encrypt(b"", b"", &mut rng()).is_err());
    assert!(groups[0].must_commit(&psks(), later).unwrap());
    let made = groups[0].commit(&CommitOptions::default(), &psks(), later, &mut rng()).unwrap();
    assert!(made.bundle.proposals.is_empty());
    groups[0].merge_pending().unwrap();
    groups[0].encrypt(b"", b"", &mut rng()).unwrap();
    let staged = stage(&mut groups[1], &made.commit).unwrap();
    groups[1].merge(staged).unwrap();
}

#[test]
fn a_bundle_fits_the_relay() {
    // GDS-11: proposals that would leave no room for the commit are left out.
    let relay = sceau::delivery::RelayName::host("relay.example").unwrap();
    let params = GroupParams::new(SUITE, leaf(), open_policy()).ordered_by(&relay);
    let mut ada = Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap();
    let bobs = package(SUITE, "bob");
    let options = CommitOptions::new(vec![crate::stage::add(&bobs)]);
    let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    ada.merge_pending().unwrap();
    let store = psks();
    let params = JoinParams::new(open_policy(), &store);
    let (mut bob, _) = Group::join(&output.welcome.unwrap(), &[&bobs], params, NOW).unwrap();
    let psk = bob.external_psk(b"known", &mut rng());
    let message = bob.propose(psk, false, &vec![0; 900_000], NOW, &mut rng()).unwrap();
    ada.receive(&message, &store, NOW).unwrap();
    assert!(!ada.must_commit(&store, NOW).unwrap());
    let made = ada.commit(&CommitOptions::default(), &store, NOW, &mut rng()).unwrap();
    let bundle = made.bundle;
    ada.commit_secrets().unwrap().seal(&bundle, &mut rng()).unwrap();
}
