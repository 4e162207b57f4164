//! Tree operations, tree validation, TreeKEM.

use crate::files::{hex, list, rng, suite_cases, u32_of};
use crate::protection::context;
use sceau::hazmat::mls;

#[test]
fn tree_operations() {
    for (suite, case) in suite_cases("tree-operations", 5, 5) {
        let of = |name: &str| hex(&case[name]);
        let before = mls::tree_hashes(suite, &of("tree_before")).unwrap();
        let root = before.len() / 2;
        assert_eq!(before[root], of("tree_hash_before"));
        let sender = u32_of(&case["proposal_sender"]);
        let after = mls::apply_proposal(suite, &of("tree_before"), &of("proposal"), sender);
        assert_eq!(after, Ok((of("tree_after"), of("tree_hash_after"))));
    }
}

#[test]
fn tree_validation() {
    for (suite, case) in suite_cases("tree-validation", 98, 42) {
        let tree = hex(&case["tree"]);
        let hashes: Vec<_> = list(&case["tree_hashes"]).iter().map(hex).collect();
        assert_eq!(mls::tree_hashes(suite, &tree), Ok(hashes));
        let resolutions = list(&case["resolutions"]).iter();
        let resolutions = resolutions.map(|nodes| list(nodes).iter().map(u32_of).collect());
        assert_eq!(mls::tree_resolutions(&tree), Ok(resolutions.collect::<Vec<Vec<u32>>>()));
        assert_eq!(mls::verify_tree(suite, &tree, &hex(&case["group_id"])), Ok(()));
    }
}

#[test]
fn treekem() {
    for (suite, case) in suite_cases("treekem", 77, 33) {
        let tree = hex(&case["ratchet_tree"]);
        let context = |tree_hash: &[u8]| {
            let confirmed = hex(&case["confirmed_transcript_hash"]);
            let epoch = case["epoch"].as_u64().unwrap();
            context(suite.to_u16(), &hex(&case["group_id"]), epoch, tree_hash, &confirmed)
        };
        let members = list(&case["leaves_private"]);
        let with_member = |index: u32, act: &mut dyn FnMut(&mls::TreeKemMember<'_>, &[u8])| {
            let leaf = members.iter().find(|leaf| u32_of(&leaf["index"]) == index).unwrap();
            let secrets = list(&leaf["path_secrets"]).iter();
            let secrets = secrets.map(|entry| (u32_of(&entry["node"]), hex(&entry["path_secret"])));
            let secrets: Vec<_> = secrets.collect();
            let member = mls::TreeKemMember {
                suite,
                tree: &tree,
                leaf: index,
                encryption_private: &hex(&leaf["encryption_priv"]),
                path_secrets: &secrets,
            };
            act(&member, &hex(&leaf["signature_priv"]));
        };
        for leaf in members {
            with_member(u32_of(&leaf["index"]), &mut |member, _| {
                for (node, public) in member.path_public_keys().unwrap() {
                    assert_eq!(member.public_key(node).unwrap(), Some(public));
                }
            });
        }
        for update in list(&case["update_paths"]) {
            let sender = u32_of(&update["sender"]);
            let path = hex(&update["update_path"]);
            let hash = hex(&update["tree_hash_after"]);
            for (index, secret) in (0u32..).zip(list(&update["path_secrets"])) {
                if secret.is_null() {
                    continue;
                }
                with_member(index, &mut |member, _| {
                    let got = member.process(sender, &path, context(&[])).unwrap();
                    assert_eq!(got.tree_hash, hash);
                    assert_eq!(got.commit_secret, hex(&update["commit_secret"]));
                    let node = mls::derive_secret(suite, &hex(secret), "node").unwrap();
                    let (_, public) = mls::derive_key_pair(suite, &node).unwrap();
                    assert_eq!(got.public_keys[0], public);
                });
            }
            // A path of one's own, for everybody else.
            let mut own = None;
            with_member(sender, &mut |member, signature| {
                own = Some(member.update(signature, context(&[]), &mut rng()).unwrap());
            });
            let (path, commit_secret) = own.unwrap();
            for index in members.iter().map(|leaf| u32_of(&leaf["index"])) {
                if index != sender {
                    with_member(index, &mut |member, _| {
                        let got = member.process(sender, &path, context(&[])).unwrap();
                        assert_eq!(got.commit_secret, commit_secret);
                    });
                }
            }
        }
    }
}
