//! Leaves and contexts that are too long (GRP-37, GRP-38): refused where they are made and where they are received.

use crate::stage::{
    NOW, add, assert_agreement, commit, commit_of, create, group_of, identity, leaf, open_policy,
    package, package_of, psks, rng,
};
use sceau::crypto::Provider;
use sceau::group::{
    Check, CipherSuite, CommitOptions, Content, Extension, Group, GroupParams, LeafNode,
    LeafNodeSource, LeafParams, OwnKeyPackage, Proposal, ReInit, Sender, SigningIdentity,
    extension_type, hazmat,
};
use sceau::limits::{MAX_CONTEXT_EXTENSIONS, MAX_LEAF};
use sceau::{Error, Wire};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;
const TYPE: u16 = 0xF123;
const SPARE: usize = 60_000;

/// A leaf's parameters with an extension of so many bytes.
fn with_filler(bytes: usize) -> LeafParams {
    let mut params = leaf();
    params.grease = false;
    params.capabilities.extensions.push(TYPE);
    params.extensions = vec![Extension::new(TYPE, vec![7; bytes])];
    params
}

fn generate(who: &SigningIdentity, bytes: usize) -> Result<OwnKeyPackage, Error> {
    let provider = Provider::default();
    OwnKeyPackage::generate(SUITE, who, &with_filler(bytes), vec![], &provider, &mut rng())
}

/// How many bytes of filler make a leaf as long as it may be.
fn most(leaf: &LeafNode) -> usize {
    SPARE + MAX_LEAF as usize - leaf.to_bytes().len()
}

fn refused<T>(made: Result<T, Error>) -> (Check, Option<u32>) {
    match made.map(drop).unwrap_err() {
        Error::Group(refused) => (refused.check, refused.leaf),
        other => panic!("{other}"),
    }
}

#[test]
fn a_device_makes_no_leaf_that_is_too_long() {
    let who = identity(SUITE, "new");
    let fits = most(&generate(&who, SPARE).unwrap().key_package().leaf_node);
    let own = generate(&who, fits).unwrap();
    assert_eq!(own.key_package().leaf_node.to_bytes().len(), MAX_LEAF as usize);
    assert_eq!(refused(generate(&who, fits + 1)), (Check::LeafSize, None));
    // In the group that it makes, and in its commit.
    let creating = |bytes| {
        let params = GroupParams::new(SUITE, with_filler(bytes), open_policy());
        Group::create(params, who.clone(), NOW, &mut rng())
    };
    let fits = most(creating(SPARE).unwrap().member(0).unwrap());
    creating(fits).unwrap();
    assert_eq!(refused(creating(fits + 1)), (Check::LeafSize, None));
    let mut groups = group_of(SUITE, 2);
    let options = |bytes| {
        let mut options = CommitOptions::default();
        options.leaf = Some(with_filler(bytes));
        options
    };
    commit(&mut groups, 1, &options(SPARE));
    let fits = most(groups[0].member(1).unwrap());
    commit(&mut groups, 1, &options(fits));
    let before = groups[1].export_state();
    let made = groups[1].commit(&options(fits + 1), &psks(), NOW, &mut rng());
    assert_eq!(refused(made), (Check::LeafSize, None));
    assert_eq!(groups[1].export_state(), before);
    // A newcomer takes the tree with it.
    let new = package(SUITE, "new");
    let output = commit(&mut groups, 0, &CommitOptions::new(vec![add(&new)]));
    groups.push(crate::stage::join(&output.welcome.unwrap(), &new).unwrap());
    assert_agreement(&mut groups);
}

/// A leaf that is one byte too long, not signed yet.
fn lengthened(leaf: &LeafNode) -> LeafNode {
    let mut leaf = leaf.clone();
    leaf.capabilities.extensions.push(TYPE);
    leaf.extensions.push(Extension::new(TYPE, vec![7; SPARE]));
    let more = most(&leaf) + 1;
    leaf.extensions.last_mut().unwrap().data.resize(more, 7);
    assert_eq!(leaf.to_bytes().len(), MAX_LEAF as usize + 1);
    leaf
}

#[test]
fn a_leaf_that_is_too_long_is_refused_and_its_member_named() {
    let mut groups = group_of(SUITE, 3);
    let who = identity(SUITE, "1");
    let mut options = CommitOptions::default();
    options.identity = Some(who.clone());
    commit(&mut groups, 1, &options);
    let by = Sender::Member(1);
    let group_id = groups[1].group_id().to_vec();
    let mut key_package = package_of(SUITE, &identity(SUITE, "new")).key_package().clone();
    let newcomer = identity(SUITE, "newer");
    key_package.leaf_node.signature_key = newcomer.signature_key().to_vec();
    key_package.leaf_node = lengthened(&key_package.leaf_node);
    hazmat::sign_key_package(SUITE, &newcomer, &mut key_package).unwrap();
    let mut update = groups[1].member(1).unwrap().clone();
    update.encryption_key = key_package.init_key.clone();
    update.source = LeafNodeSource::Update;
    update = lengthened(&update);
    hazmat::sign_leaf_node(SUITE, &who, &mut update, &group_id, 1).unwrap();
    let proposals = [Proposal::Add(Box::new(key_package)), Proposal::Update(Box::new(update))];
    let before = groups[2].export_state();
    for proposal in proposals {
        let content = Content::Proposal(Box::new(proposal));
        let message = hazmat::forge(&mut groups[1], by, content, None, true, &mut rng()).unwrap();
        let taken = groups[2].receive(&message, &psks(), NOW);
        assert_eq!(refused(taken), (Check::LeafSize, Some(1)));
    }
    groups.swap(0, 1);
    let (mut commit, tag) = commit_of(&mut groups, &CommitOptions::default());
    groups.swap(0, 1);
    let path = commit.path.as_mut().unwrap();
    path.leaf_node = lengthened(&path.leaf_node);
    hazmat::sign_leaf_node(SUITE, &who, &mut path.leaf_node, &group_id, 1).unwrap();
    let content = Content::Commit(Box::new(commit));
    let message = hazmat::forge(&mut groups[1], by, content, Some(tag), true, &mut rng()).unwrap();
    let taken = groups[2].receive(&message, &psks(), NOW);
    assert_eq!(refused(taken), (Check::LeafSize, Some(1)));
    assert_eq!(groups[2].export_state(), before);
    assert_agreement(&mut groups);
}

#[test]
fn the_extensions_of_a_context_are_bounded() {
    // Type, and a length of four bytes.
    let most = MAX_CONTEXT_EXTENSIONS as usize - 6;
    let list = |bytes| vec![Extension::new(TYPE, vec![7; bytes])];
    let creating = |bytes| {
        let mut params = GroupParams::new(SUITE, with_filler(0), open_policy());
        params.extensions = list(bytes);
        Group::create(params, identity(SUITE, "0"), NOW, &mut rng())
    };
    creating(most).unwrap();
    assert_eq!(refused(creating(most + 1)), (Check::ContextSize, None));
    // In proposals, which are by whoever made them.
    let mut groups = group_of(SUITE, 3);
    for by in 0..3 {
        let mut options = CommitOptions::default();
        options.leaf = Some(with_filler(0));
        commit(&mut groups, by, &options);
    }
    let reinit = |bytes| ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: SUITE.to_u16(),
        extensions: list(bytes),
    };
    let both =
        |bytes| [Proposal::GroupContextExtensions(list(bytes)), Proposal::ReInit(reinit(bytes))];
    for proposal in both(most + 1) {
        let made = groups[1].propose(proposal.clone(), false, b"", NOW, &mut rng());
        assert_eq!(refused(made), (Check::ContextSize, None));
        let options = CommitOptions::new(vec![proposal.clone()]);
        let made = groups[1].commit(&options, &psks(), NOW, &mut rng());
        assert_eq!(refused(made), (Check::ContextSize, None));
        let content = Content::Proposal(Box::new(proposal));
        let by = Sender::Member(1);
        let message = hazmat::forge(&mut groups[1], by, content, None, true, &mut rng()).unwrap();
        let taken = groups[2].receive(&message, &psks(), NOW);
        assert_eq!(refused(taken), (Check::ContextSize, Some(1)));
    }
    for proposal in both(most) {
        commit(&mut groups, 1, &CommitOptions::new(vec![proposal]));
    }
    assert_eq!(groups[2].context().extensions, list(most));
    assert!(groups[2].reinit().is_some());
}

#[test]
fn a_newcomer_refuses_what_is_too_long() {
    let mut group = create(SUITE);
    let signer = identity(SUITE, "signer");
    let mut options = CommitOptions::default();
    options.identity = Some(signer.clone());
    options.leaf = Some(with_filler(0));
    group.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    group.merge_pending().unwrap();
    let new = generate(&identity(SUITE, "new"), 0).unwrap();
    let options = CommitOptions::new(vec![add(&new)]);
    let welcome = group.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let with_context = |bytes| {
        let alter = |contents: &mut hazmat::WelcomeContents| {
            contents.info.group_context.extensions = vec![Extension::new(TYPE, vec![7; bytes])];
        };
        let altered = hazmat::alter_welcome(&welcome, &new, &psks(), &signer, alter, &mut rng());
        crate::stage::join(&altered.unwrap(), &new)
    };
    let most = MAX_CONTEXT_EXTENSIONS as usize - 6;
    with_context(most).unwrap();
    assert_eq!(refused(with_context(most + 1)), (Check::ContextSize, Some(0)));
    // The signer's leaf in the tree.
    let short = group.member(0).unwrap().clone();
    let mut long = lengthened(&short);
    hazmat::sign_leaf_node(SUITE, &signer, &mut long, group.group_id(), 0).unwrap();
    let alter = |contents: &mut hazmat::WelcomeContents| {
        let info = &mut contents.info;
        let is_tree = |e: &&mut Extension| e.extension_type == extension_type::RATCHET_TREE;
        let tree = &mut info.extensions.iter_mut().find(is_tree).unwrap().data;
        *tree = with_leaf(tree, &long);
        info.group_context.tree_hash = hazmat::tree_hashes(SUITE, tree).unwrap().remove(1);
    };
    let altered = hazmat::alter_welcome(&welcome, &new, &psks(), &signer, alter, &mut rng());
    let joined = crate::stage::join(&altered.unwrap(), &new);
    assert_eq!(refused(joined), (Check::LeafSize, Some(0)));
}

/// An encoded tree of less than 16,384 bytes with another first leaf.
fn with_leaf(tree: &[u8], leaf: &LeafNode) -> Vec<u8> {
    let nodes = &tree[2..];
    let first = leaf_at_start(nodes).to_bytes().len();
    let nodes = [&nodes[..2], &leaf.to_bytes(), &nodes[2 + first..]].concat();
    let length = u32::try_from(nodes.len()).unwrap() | 1 << 31;
    [&length.to_be_bytes()[..], &nodes].concat()
}

/// The leaf behind the two bytes that say that one is there.
fn leaf_at_start(nodes: &[u8]) -> LeafNode {
    let ends = (2..=nodes.len()).map(|end| LeafNode::from_bytes(&nodes[2..end]));
    ends.flatten().next().unwrap()
}
