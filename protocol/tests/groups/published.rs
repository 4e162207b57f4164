//! What others have published of failures in their implementations, and that it does not happen here. Each test names what
//! goes wrong; every refusal leaves the receiver as it was, and the next honest message is accepted.
//!
//! | source | what went wrong there | clause, RFC 9420 |
//! |---|---|---|
//! | openmls GHSA-8x3w-qj7j-gqhf | tags compared without their length: a shortened or empty tag is accepted | GRP-31, GRP-46, GRP-88; §6.1, §6.2 |
//! | openmls GHSA-w62v-gv48-63rh | the search for duplicate extensions takes quadratic time, before anything is authenticated | GRP-15, GRP-16, LIM-01; §13.4 |
//! | openmls GHSA-gc79-23g3-8g52 | a `ratchet_tree` in a leaf's extensions, in a `ratchet_tree`, and so on: decoding recurses until the stack is gone | GRP-15; §12.4.3.3 |
//! | openmls GHSA-rrmv-c79f-cf5r | decoding a truncated structure reads out of bounds and panics | GRP-15; §2.1 |
//! | openmls #2182 (#2186) | a sender's index outside of the tree is used: commits of nobody; an unmerged leaf that no tree has loops for ever | GRP-20, GRP-21, GRP-85; §6.3.2, §7.1 |
//! | openmls #1928 | a commit with one pre-shared key twice is accepted | GRP-76; §12.2 |
//! | openmls #2134 | bytes behind the value of a known extension are ignored | GRP-15; §2.1 |
//! | openmls #2143 | a commit that changes the committer's signature key signs the Welcome's group info with the old one: nobody can join | GJN-03; §12.4.3 |
//! | mls-rs #315 | the check of parent hashes ends with the first leaf whose chain reaches a blank root: planted keys are accepted | GRP-24; §7.9.2 |
//! | mls-rs #342, #352 | valid trees are refused: blank nodes between a parent and its descendant, blank ancestors of a node whose unmerged leaves have changed | GRP-24; §7.9.2 |
//! | mls-rs #360 | a parent whose parent hash was emptied is accepted | GRP-24; §7.9.2 |
//! | mls-rs #361 | a late message of a member that is gone is shown as from whoever has its leaf now | GRP-85; §6.3.2, §15.3 |
//! | mls-rs #321 | unmerged leaves out of order are accepted | GRP-20; §7.1 |
//! | mls-rs #323 | a group info of another version is accepted | GRP-17; §6 |
//! | ts-mls GHSA-gwp3-968w-m7gv | a commit of one Remove without a path, made and accepted: the removed member reads on | GRP-87; §12.4 |
//! | mlspp #363 | the tree is not verified when joining | GRP-21 to GRP-24; §12.4.3.1 |
//! | mlspp #430 | a wrong parent hash where the root's left subtree is empty: commits are refused by all | GRP-24, GRP-26; §7.9 |

use crate::stage::{
    NOW, add, add_members, assert_agreement, check, commit, deliver, group_of, identity, join,
    leaf, open_policy, package, psks, rng, stage,
};
use rand_core::Rng;
use sceau::group::hazmat::{self, Parent};
use sceau::group::{
    Check, CipherSuite, Commit, CommitOptions, CommitOutput, Content, Extension, ExternalJoin,
    ExternalSender, Group, GroupInfo, GroupInfoOptions, JoinParams, LeafNode, MlsMessage,
    OwnKeyPackage, Proposal, ProposalOrRef, Received, RequiredCapabilities, Sender,
    SigningIdentity, extension_type,
};
use sceau::{Error, Wire};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

/// A refusal that leaves the receiver as it was.
fn refusal(group: &mut Group, message: &[u8]) -> Error {
    let before = group.export_state();
    let error = group.receive(message, &psks(), NOW).unwrap_err();
    assert_eq!(group.export_state(), before);
    error
}

/// After all refusals: an honest commit is accepted by everybody.
fn go_on(groups: &mut [Group]) {
    commit(groups, 0, &CommitOptions::default());
    assert_agreement(groups);
}

/// A commit of the first member's, with nothing that signs or authenticates it.
fn commit_of(groups: &mut [Group], options: &CommitOptions) -> (Commit, Vec<u8>) {
    let mut options = options.clone();
    options.public = true;
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let MlsMessage::Public(message) = MlsMessage::from_bytes(&output.commit).unwrap() else {
        panic!()
    };
    let Content::Commit(commit) = message.content.content else { panic!() };
    (*commit, message.auth.confirmation_tag.unwrap())
}

fn forge(
    groups: &mut [Group],
    sender: Sender,
    commit: &Commit,
    tag: &[u8],
    private: bool,
) -> Vec<u8> {
    let content = Content::Commit(Box::new(commit.clone()));
    let tag = Some(tag.to_vec());
    hazmat::forge(&mut groups[0], sender, content, tag, private, &mut rng()).unwrap()
}

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

/// A newcomer that the first member, with a key that is known here, adds; the commit is dropped.
fn invite(groups: &mut [Group]) -> (OwnKeyPackage, Vec<u8>, SigningIdentity) {
    let signer = identity(SUITE, "0");
    let mut options = CommitOptions::default();
    options.identity = Some(signer.clone());
    commit(groups, 0, &options);
    let new = package(SUITE, "new");
    let options = CommitOptions::new(vec![add(&new)]);
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    (new, output.welcome.unwrap(), signer)
}

fn altered(
    welcome: &[u8],
    new: &OwnKeyPackage,
    signer: &SigningIdentity,
    alter: impl FnOnce(&mut hazmat::WelcomeContents),
) -> Vec<u8> {
    hazmat::alter_welcome(welcome, new, &psks(), signer, alter, &mut rng()).unwrap()
}

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
fn unmerged_leaves_are_leaves_of_the_tree_in_order() {
    // openmls #2182: an index that no tree has; mls-rs #321: not sorted.
    let mut groups = group_of(SUITE, 4);
    let (new, welcome, signer) = invite(&mut groups);
    let with = |unmerged: &[u32]| {
        altered(&welcome, &new, &signer, |contents| {
            alter_tree(&mut contents.info, 3, |parent| parent.unmerged_leaves = unmerged.to_vec());
        })
    };
    // Node 3 is above leaves 0 to 3; the newcomer has leaf 4.
    let refused = |unmerged: &[u32]| join(&with(unmerged), &new).unwrap_err();
    for unmerged in [&[2, 1][..], &[1, 1], &[3, 0, 1]] {
        assert_eq!(refused(unmerged).class(), "malformed");
        assert!(matches!(refused(unmerged), Error::Malformed(_)));
    }
    for leaf in [4, 6, 7, 8, 1 << 20, 1 << 31, u32::MAX] {
        assert_eq!(check(refused(&[leaf])), Check::TreeUnmerged);
    }
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

/// Alters the parent at a node, so that the tree hash fits; one that is blank starts with a key of the suite's length.
fn alter_tree(info: &mut GroupInfo, node: u32, alter: impl FnOnce(&mut Parent)) {
    let is_tree =
        |extension: &&mut Extension| extension.extension_type == extension_type::RATCHET_TREE;
    let extension = info.extensions.iter_mut().find(is_tree).unwrap();
    let blank =
        Parent { encryption_key: vec![9; 32], parent_hash: vec![0; 32], unmerged_leaves: vec![] };
    let mut parent = hazmat::parent(&extension.data, node).unwrap().unwrap_or(blank);
    alter(&mut parent);
    let (tree, hash) = hazmat::with_parent(SUITE, &extension.data, node, parent).unwrap();
    extension.data = tree;
    info.group_context.tree_hash = hash;
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
fn keys_that_nobody_put_there_are_refused() {
    // mls-rs #315, mlspp #363: the root is blank, and so no chain ends in it; one key is planted over two leaves.
    let mut groups = group_of(SUITE, 1);
    let signer = identity(SUITE, "0");
    let mut renewed = CommitOptions::default();
    renewed.identity = Some(signer.clone());
    commit(&mut groups, 0, &renewed);
    let packages: Vec<_> = (1..8).map(|index| package(SUITE, &format!("{index}"))).collect();
    let mut options = CommitOptions::new(packages.iter().map(add).collect());
    options.path = false;
    let output = commit(&mut groups, 0, &options);
    let welcome = output.welcome.unwrap();
    let last = &packages[6];
    for node in [1, 3, 5, 7, 9, 11, 13] {
        let planted = altered(&welcome, last, &signer, |contents| {
            alter_tree(&mut contents.info, node, |_| {});
        });
        assert_eq!(check(join(&planted, last).unwrap_err()), Check::TreeParentHash, "{node}");
    }
    groups.extend(packages.iter().map(|own| join(&welcome, own).unwrap()));
    go_on(&mut groups);
}

#[test]
fn an_emptied_or_altered_parent_hash_is_refused() {
    // mls-rs #360, mlspp #363
    let mut groups = group_of(SUITE, 8);
    for by in [5, 2, 7] {
        commit(&mut groups, by, &CommitOptions::default());
    }
    let (new, welcome, signer) = invite(&mut groups);
    let tree = groups[0].ratchet_tree();
    let mut tried = 0;
    // The newcomer, leaf 8, doubles the tree: the old root, node 7, has a parent hash of its own.
    for node in (1..15).step_by(2) {
        let Some(parent) = hazmat::parent(&tree, node).unwrap() else { continue };
        let alterations: [&dyn Fn(&mut Parent); 3] = [
            &|parent| parent.parent_hash.clear(),
            &|parent| parent.parent_hash = vec![0; 32],
            &|parent| parent.encryption_key[0] ^= 1,
        ];
        for alter in alterations {
            let mut wanted = parent.clone();
            alter(&mut wanted);
            if wanted == parent {
                continue;
            }
            let forged = altered(&welcome, &new, &signer, |contents| {
                alter_tree(&mut contents.info, node, alter);
            });
            assert_eq!(check(join(&forged, &new).unwrap_err()), Check::TreeParentHash, "{node}");
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

#[test]
fn valid_trees_with_blank_nodes_are_accepted() {
    // mls-rs #342: eleven members, one removed, seven more join, each by a commit of its own.
    for path in [true, false] {
        let mut groups = group_of(SUITE, 1);
        let grow = |groups: &mut Vec<Group>, count: usize| {
            for _ in 0..count {
                let new = package(SUITE, "new");
                let mut options = CommitOptions::new(vec![add(&new)]);
                options.path = path;
                let output = commit(groups, 0, &options);
                groups.push(join(&output.welcome.unwrap(), &new).unwrap());
            }
        };
        grow(&mut groups, 10);
        commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(1)]));
        groups.remove(1);
        grow(&mut groups, 7);
        assert_agreement(&mut groups);
    }
}

#[test]
fn trees_of_any_history_are_accepted() {
    // mls-rs #352: adds without a path below blank nodes, removes, updates, and then a newcomer verifies the tree.
    let mut rng = rng();
    let mut groups = group_of(SUITE, 3);
    for step in 0..120 {
        let members = u32::try_from(groups.len()).unwrap();
        let by = usize::try_from(rng.next_u32() % members).unwrap();
        let kind = if members < 4 { 0 } else { rng.next_u32() % 4 };
        match kind {
            2 if members > 4 => {
                let gone = usize::try_from(rng.next_u32() % members).unwrap();
                if gone != by {
                    let removed = groups[gone].own_leaf();
                    commit(&mut groups, by, &CommitOptions::new(vec![Proposal::Remove(removed)]));
                    groups.remove(gone);
                }
            }
            3 => {
                commit(&mut groups, by, &CommitOptions::default());
            }
            _ => {
                let new = package(SUITE, "new");
                let mut options = CommitOptions::new(vec![add(&new)]);
                options.path = rng.next_u32().is_multiple_of(3);
                let output = commit(&mut groups, by, &options);
                let joined = join(&output.welcome.unwrap(), &new);
                groups.push(joined.unwrap_or_else(|error| panic!("step {step}: {error}")));
            }
        }
    }
    assert_agreement(&mut groups);
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
fn other_versions_are_refused() {
    // mls-rs #323: of the message, of the group context in a group info and in a Welcome's.
    let groups = group_of(SUITE, 2);
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
    let key_package = package(SUITE, "new").key_package().clone();
    let mut other = key_package.clone();
    other.version = 2;
    let message = MlsMessage::KeyPackage(Box::new(other)).to_bytes();
    assert!(MlsMessage::from_bytes(&message).is_err());
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
fn a_root_whose_left_subtree_is_empty_has_a_right_parent_hash() {
    // mlspp #430
    let mut groups = group_of(SUITE, 8);
    let removes = (0..4).map(Proposal::Remove).collect();
    commit(&mut groups, 4, &CommitOptions::new(removes));
    groups.drain(..4);
    for by in [1, 3, 0] {
        commit(&mut groups, by, &CommitOptions::default());
        let tree = groups[0].ratchet_tree();
        hazmat::verify_tree(SUITE, &tree, groups[0].group_id()).unwrap();
    }
    add_members(&mut groups, 1);
    assert_eq!(groups[4].own_leaf(), 0);
    commit(&mut groups, 4, &CommitOptions::default());
    assert_agreement(&mut groups);
}
