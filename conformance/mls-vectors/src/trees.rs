//! Tree operations, tree validation, TreeKEM.

use crate::case::{Case, Failure, Outcome, rng, same};
use crate::protection::context;
use sceau::group::GroupContext;
use sceau::hazmat::mls;

pub(crate) fn tree_operations(case: Case<'_>) -> Outcome {
    let suite = case.suite()?;
    let tree = case.bytes("tree_before")?;
    let before = mls::tree_hashes(suite, &tree)?;
    let root = before.get(before.len() / 2);
    same("tree_hash_before", root, Some(&case.bytes("tree_hash_before")?))?;
    let (proposal, sender) = (case.bytes("proposal")?, case.u32("proposal_sender")?);
    let (after, hash) = mls::apply_proposal(suite, &tree, &proposal, sender)?;
    same("tree_after", after, case.bytes("tree_after")?)?;
    same("tree_hash_after", hash, case.bytes("tree_hash_after")?)
}

pub(crate) fn tree_validation(case: Case<'_>) -> Outcome {
    let (suite, tree) = (case.suite()?, case.bytes("tree")?);
    let hashes = case.list("tree_hashes")?.map(Case::as_bytes);
    let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
    same("tree_hashes", mls::tree_hashes(suite, &tree)?, hashes)?;
    let resolutions =
        case.list("resolutions")?.map(|nodes| nodes.as_list()?.map(Case::as_u32).collect());
    let resolutions = resolutions.collect::<Result<Vec<Vec<u32>>, Failure>>()?;
    same("resolutions", mls::tree_resolutions(&tree)?, resolutions)?;
    Ok(mls::verify_tree(suite, &tree, &case.bytes("group_id")?)?)
}

/// What a case tells of a member's private keys.
struct Member {
    leaf: u32,
    encryption: Vec<u8>,
    signature: Vec<u8>,
    path_secrets: Vec<(u32, Vec<u8>)>,
}

impl Member {
    fn read(entry: Case<'_>) -> Result<Self, Failure> {
        let secret = |entry: Case<'_>| Ok((entry.u32("node")?, entry.bytes("path_secret")?));
        Ok(Self {
            leaf: entry.u32("index")?,
            encryption: entry.bytes("encryption_priv")?,
            signature: entry.bytes("signature_priv")?,
            path_secrets: entry
                .list("path_secrets")?
                .map(secret)
                .collect::<Result<_, Failure>>()?,
        })
    }
}

/// A case's group.
struct Setting<'a> {
    case: Case<'a>,
    suite: sceau::group::CipherSuite,
    tree: Vec<u8>,
    members: Vec<Member>,
}

impl Setting<'_> {
    fn context(&self) -> Result<GroupContext, Failure> {
        let (group_id, epoch) = (self.case.bytes("group_id")?, self.case.u64("epoch")?);
        let confirmed = self.case.bytes("confirmed_transcript_hash")?;
        context(self.suite, (&group_id, epoch), &[], &confirmed)
    }

    fn member(&self, leaf: u32) -> Result<&Member, Failure> {
        let member = self.members.iter().find(|member| member.leaf == leaf);
        member.ok_or_else(|| Failure::new(format!("no private keys of leaf {leaf}")))
    }

    fn kem<'a>(&'a self, member: &'a Member) -> mls::TreeKemMember<'a> {
        mls::TreeKemMember {
            suite: self.suite,
            tree: &self.tree,
            leaf: member.leaf,
            encryption_private: &member.encryption,
            path_secrets: &member.path_secrets,
        }
    }
}

pub(crate) fn treekem(case: Case<'_>) -> Outcome {
    let members = case.list("leaves_private")?.map(Member::read);
    let (suite, members) = (case.suite()?, members.collect::<Result<Vec<_>, _>>()?);
    let setting = Setting { case, suite, tree: case.bytes("ratchet_tree")?, members };
    for member in &setting.members {
        let kem = setting.kem(member);
        for (node, public) in kem.path_public_keys()? {
            let what = format!("the public key of node {node}, at leaf {}", member.leaf);
            same(what, kem.public_key(node)?, Some(public))?;
        }
    }
    for update in case.list("update_paths")? {
        let sender = update.u32("sender")?;
        check_path(&setting, update, sender)
            .map_err(|why| why.at(format_args!("path of {sender}")))?;
    }
    Ok(())
}

fn check_path(setting: &Setting<'_>, update: Case<'_>, sender: u32) -> Outcome {
    let (path, hash) = (update.bytes("update_path")?, update.bytes("tree_hash_after")?);
    let commit_secret = update.bytes("commit_secret")?;
    for (leaf, secret) in (0u32..).zip(update.list("path_secrets")?) {
        if secret.0.is_null() {
            continue;
        }
        let member = setting.kem(setting.member(leaf)?);
        let got = member.process(sender, &path, setting.context()?)?;
        same(format!("tree_hash_after at leaf {leaf}"), &got.tree_hash, &hash)?;
        same(format!("commit_secret at leaf {leaf}"), &got.commit_secret, &commit_secret)?;
        let node = mls::derive_secret(setting.suite, &secret.as_bytes()?, "node")?;
        let (_, public) = mls::derive_key_pair(setting.suite, &node)?;
        same(format!("path secret at leaf {leaf}"), got.public_keys.first(), Some(&public))?;
    }
    // A path of one's own, for everybody else.
    let own = setting.member(sender)?;
    let (path, commit_secret) =
        setting.kem(own).update(&own.signature, setting.context()?, &mut rng())?;
    for member in setting.members.iter().filter(|member| member.leaf != sender) {
        let got = setting.kem(member).process(sender, &path, setting.context()?)?;
        let what = format!("a fresh path's commit_secret at leaf {}", member.leaf);
        same(what, &got.commit_secret, &commit_secret)?;
    }
    Ok(())
}
