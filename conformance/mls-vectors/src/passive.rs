//! Passive clients: join by Welcome, then follow commits.

use crate::case::{Case, Failure, Outcome, require, same};
use crate::protection::own_key_package;
use sceau::crypto::Secret;
use sceau::group::{AcceptAny, Group, GroupPolicy, JoinParams, PskStore, Received};

/// The scripts' senders use public messages, external commits, lifetimes that are over, and old resumption keys.
fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.external_commits = true;
    policy.external_proposals = true;
    policy.max_lifetime = u64::MAX;
    policy.max_resumption_psks = u32::MAX;
    policy
}

pub(crate) fn passive_client(case: Case<'_>) -> Outcome {
    let own = own_key_package(case)?;
    let mut psks = PskStore::new();
    for psk in case.list("external_psks")? {
        psks.insert_external(&psk.bytes("psk_id")?, Secret::from_vec(psk.bytes("psk")?));
    }
    let tree = case.optional("ratchet_tree").map(Case::as_bytes).transpose()?;
    let mut params = JoinParams::new(policy(), &psks);
    params.ratchet_tree = tree.as_deref();
    let joined = Group::join(&case.bytes("welcome")?, &[&own], params, 0);
    let (mut group, used) = joined.map_err(|error| Failure::from(error).at("welcome"))?;
    same("the welcome's key package", used, own.reference())?;
    let expected = case.bytes("initial_epoch_authenticator")?;
    same("initial_epoch_authenticator", group.epoch_authenticator(), expected)?;
    for (number, epoch) in case.list("epochs")?.enumerate() {
        let followed = follow(&mut group, &psks, epoch);
        followed.map_err(|why| why.at(format_args!("epoch {number}")))?;
    }
    Ok(())
}

fn follow(group: &mut Group, psks: &PskStore, epoch: Case<'_>) -> Outcome {
    for proposal in epoch.list("proposals")? {
        let got = group.receive(&proposal.as_bytes()?, psks, 0);
        let got = got.map_err(|error| Failure::from(error).at("proposal"))?;
        require(matches!(got, Received::Proposal { .. }), "a proposal is none")?;
    }
    let got = group.receive(&epoch.bytes("commit")?, psks, 0);
    let Received::Commit(staged) = got.map_err(|error| Failure::from(error).at("commit"))? else {
        return Err(Failure::new("the commit is none"));
    };
    group.merge(*staged)?;
    let expected = epoch.bytes("epoch_authenticator")?;
    same("epoch_authenticator", group.epoch_authenticator(), expected)
}
