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
//! | mls-rs #362 | a parent where a blank leaf should be is accepted, and no tree hash covers it | GRP-20; §7.8, §12.4.3.3 |
//! | mls-rs #321 | unmerged leaves out of order are accepted; a leaf that is added before an unmerged one is listed after it | GRP-20, GRP-95; §7.1 |
//! | mls-rs #323 | a group info of another version is accepted | GRP-17; §6 |
//! | ts-mls GHSA-gwp3-968w-m7gv | a commit of one Remove without a path, made and accepted: the removed member reads on | GRP-87; §12.4 |
//! | mlspp #363 | the tree is not verified when joining | GRP-21 to GRP-24; §12.4.3.1 |
//! | mlspp #430 | a wrong parent hash where the root's left subtree is empty: commits are refused by all | GRP-24, GRP-26; §7.9 |

mod commits;
mod decoding;
mod trees;

use crate::stage::{NOW, add, assert_agreement, commit, identity, package, psks, rng};
use sceau::Error;
use sceau::group::hazmat::{self, Parent};
use sceau::group::{
    CipherSuite, Commit, CommitOptions, Content, Extension, Group, GroupInfo, OwnKeyPackage,
    Sender, SigningIdentity, extension_type,
};

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
